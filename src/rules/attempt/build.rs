//! A pattern's tree written out as steps.

use regex_syntax::hir::{Hir, HirKind, Look, Repetition};

use super::{
    Attempt, Greed, Step,
    sets::{Ascii, Choice, First, Others, Set},
};

/// Patterns of more steps are left to the library.
const MAX_STEPS: usize = 5000;
/// More copies of a part than this are not made.
const MAX_COPIES: u32 = 16;
/// Up to so many ways are looked at one by one.
const FEW: usize = 3;

impl Attempt {
    /// `None` for a pattern that is not understood.
    pub(in crate::rules) fn of(tree: &Hir) -> Option<Self> {
        let mut attempt = Self { first: First::of(tree), ..Self::default() };
        attempt.add(tree, First::NOTHING)?;
        attempt.steps.shrink_to_fit();
        attempt.sets.shrink_to_fit();
        attempt.bytes.shrink_to_fit();
        Some(attempt)
    }

    fn push(&mut self, step: Step) -> Option<usize> {
        self.steps.push(step);
        (self.steps.len() <= MAX_STEPS).then_some(self.steps.len() - 1)
    }

    fn add(&mut self, tree: &Hir, behind: First) -> Option<()> {
        match tree.kind() {
            HirKind::Empty => Some(()),
            HirKind::Literal(literal) => {
                let (from, to) = self.written(&literal.0);
                self.push(Step::Bytes { from, to }).map(drop)
            }
            HirKind::Class(class) => self.run(Set::of(class)?, (1, 1), Greed::Most, behind),
            HirKind::Look(look) => {
                let known = matches!(
                    look,
                    Look::Start
                        | Look::End
                        | Look::StartLF
                        | Look::EndLF
                        | Look::WordAscii
                        | Look::WordUnicode
                        | Look::WordUnicodeNegate
                );
                known.then(|| self.push(Step::Look(*look))).flatten().map(drop)
            }
            HirKind::Capture(capture) => self.add(&capture.sub, behind),
            HirKind::Repetition(repetition) => self.repeated(repetition, behind),
            HirKind::Concat(parts) => self.sequence(parts, behind),
            HirKind::Alternation(branches) => self.either(branches, behind),
        }
    }

    fn written(&mut self, bytes: &[u8]) -> (u32, u32) {
        let from = self.bytes.len() as u32;
        self.bytes.extend_from_slice(bytes);
        (from, self.bytes.len() as u32)
    }

    fn first(&mut self, first: First) -> u16 {
        numbered(&mut self.firsts, first)
    }

    fn run(&mut self, set: Set, (least, most): (u32, u32), greed: Greed, then: First) -> Option<()> {
        let (set, then) = (numbered(&mut self.sets, set), self.first(then));
        let least = u16::try_from(least).ok()?;
        self.push(Step::Run { set, then, least, greed, most }).map(drop)
    }

    /// Letters in both cases and what is neither stand together as long as they can.
    fn sequence(&mut self, parts: &[Hir], behind: First) -> Option<()> {
        let mut letters = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            match part.kind() {
                HirKind::Class(class) if let Some(letter) = Set::of(class)?.letter() => {
                    letters.push(letter);
                    continue;
                }
                HirKind::Literal(literal) if !literal.0.iter().any(u8::is_ascii_alphabetic) => {
                    letters.extend_from_slice(&literal.0);
                    continue;
                }
                _ => {}
            }
            self.letters(&mut letters)?;
            self.add(part, First::of_all(parts.iter().skip(at + 1), behind))?;
        }
        self.letters(&mut letters)
    }

    fn letters(&mut self, letters: &mut Vec<u8>) -> Option<()> {
        if letters.is_empty() {
            return Some(());
        }
        let (from, to) = self.written(letters);
        letters.clear();
        self.push(Step::Letters { from, to }).map(drop)
    }

    fn repeated(&mut self, repetition: &Repetition, behind: First) -> Option<()> {
        let sub = match repetition.sub.kind() {
            HirKind::Capture(capture) => &capture.sub,
            _ => &repetition.sub,
        };
        let greed = if repetition.greedy { Greed::Most } else { Greed::Least };
        let times = (repetition.min, repetition.max.unwrap_or(u32::MAX));
        if let HirKind::Class(class) = sub.kind() {
            return self.run(Set::of(class)?, times, greed, behind);
        }
        if let HirKind::Literal(literal) = sub.kind()
            && let [byte] = *literal.0
            && byte.is_ascii()
        {
            return self.run(Set { ascii: Ascii::of(1 << byte), others: Others::None }, times, greed, behind);
        }
        let once = First::of(sub);
        if repetition.min.max(repetition.max.unwrap_or(0)) > MAX_COPIES || (repetition.max.is_none() && once.empty) {
            return None;
        }
        let again = once.then(once.or(behind));
        for _ in 0..repetition.min {
            self.add(sub, again.or(behind))?;
        }
        // The ways out of the repetition are known when it ends.
        let mut choices = Vec::new();
        let copies = repetition.max.map_or(1, |max| max.saturating_sub(repetition.min));
        for _ in 0..copies {
            choices.push(self.push(Step::Jump(0))?);
            self.add(sub, once.or(behind))?;
        }
        if repetition.max.is_none() {
            self.push(Step::Jump(choices.first().copied().unwrap_or_default() as u32))?;
        }
        let out = (behind, self.steps.len());
        for choice in choices {
            let into = (once.then(behind), choice + 1);
            let ways = if greed == Greed::Most { [into, out] } else { [out, into] };
            self.choose(choice, &ways);
        }
        Some(())
    }

    fn either(&mut self, branches: &[Hir], behind: First) -> Option<()> {
        let choice = self.push(Step::Jump(0))?;
        let mut ways = Vec::new();
        let mut ends = Vec::new();
        for branch in branches {
            ways.push((First::of(branch).then(behind), self.steps.len()));
            self.add(branch, behind)?;
            ends.push(self.push(Step::Jump(0))?);
        }
        let out = self.steps.len() as u32;
        for end in ends {
            if let Some(step) = self.steps.get_mut(end) {
                *step = Step::Jump(out);
            }
        }
        self.choose(choice, &ways);
        Some(())
    }

    fn choose(&mut self, at: usize, ways: &[(First, usize)]) {
        let chosen = if ways.len() <= FEW {
            let from = self.ways.len() as u32;
            for (first, to) in ways {
                let first = self.first(*first);
                self.ways.push((first, *to as u32));
            }
            Step::Either { from, to: self.ways.len() as u32 }
        } else {
            self.choices.push(Choice::of(ways));
            Step::Choice(self.choices.len() as u32 - 1)
        };
        if let Some(step) = self.steps.get_mut(at) {
            *step = chosen;
        }
    }
}

/// The number of a thing in a list that has each once.
fn numbered<T: PartialEq>(list: &mut Vec<T>, thing: T) -> u16 {
    let known = list.iter().position(|other| *other == thing);
    known.unwrap_or_else(|| {
        list.push(thing);
        list.len() - 1
    }) as u16
}
