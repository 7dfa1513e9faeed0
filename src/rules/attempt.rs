//! A pattern tried at one place of a text.
//!
//! [`super::lookup`] says where a pattern may match at all: few places, and most of them fail within a few characters. An automaton that reads a
//! megabyte of text in a millisecond has to be fetched into the processor's cache and filled first, which costs more than such a try. A try here
//! walks the pattern's own tree, and takes back what did not lead on. Promises: what it finds is what the regex library finds there, in a text
//! without the characters that [`super::starts::is_odd`] names; no try goes on beyond its budget, so that work stays linear in the text. Cannot
//! fail: a pattern that is not understood has no attempt, and one that takes too long is left to the library.

use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};

/// Patterns of more steps are left to the library.
const MAX_STEPS: usize = 5000;
/// More copies of a part than this are not made.
const MAX_COPIES: u32 = 16;

/// What became of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tried {
    /// It matches up to here.
    Match(usize),
    /// It does not match.
    Nothing,
    /// The budget is used up.
    TooLong,
}

/// The budget is used up.
#[derive(Debug)]
pub(super) struct Spent;

/// The steps of a pattern.
#[derive(Debug)]
pub(super) struct Attempt {
    first: First,
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    /// These bytes.
    Bytes(Box<[u8]>),
    /// These bytes, where a small letter stands for the capital too.
    Letters(Box<[u8]>),
    /// So many characters of a set, and what must follow.
    Run {
        set: Set,
        least: u32,
        most: u32,
        greed: Greed,
        then: First,
    },
    /// A place between two characters.
    Look(Look),
    /// The first of these ways that leads to a match.
    Either(Vec<(First, usize)>),
    Jump(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Greed {
    Most,
    Least,
}

/// Characters: those of ASCII as bits, the others as ranges.
#[derive(Debug, Clone)]
struct Set {
    ascii: u128,
    others: Box<[(char, char)]>,
}

impl Set {
    fn of(class: &Class) -> Option<Self> {
        let Class::Unicode(class) = class else { return None };
        let mut ascii = 0;
        let mut others = Vec::new();
        for range in class.iter() {
            (range.start()..=range.end().min('\u{7f}')).for_each(|c| ascii |= 1_u128 << u32::from(c));
            if !range.end().is_ascii() {
                others.push((range.start().max('\u{80}'), range.end()));
            }
        }
        Some(Self { ascii, others: others.into() })
    }

    /// How long the character of the set is that stands there; 0 for another one.
    fn width(&self, text: &str, at: usize) -> usize {
        match text.as_bytes().get(at) {
            None => 0,
            Some(byte) if byte.is_ascii() => (self.ascii >> byte & 1) as usize,
            Some(_) if self.others.is_empty() => 0,
            Some(_) => {
                let next = text.get(at..).and_then(|rest| rest.chars().next());
                next.filter(|c| self.has_other(*c)).map_or(0, char::len_utf8)
            }
        }
    }

    fn has_other(&self, c: char) -> bool {
        let after = self.others.partition_point(|(first, _)| *first <= c);
        after.checked_sub(1).and_then(|at| self.others.get(at)).is_some_and(|(_, last)| c <= *last)
    }

    /// The small letter when the set is one letter in both cases. Kelvin's sign and the long s are odd: no text that is asked about has them.
    fn letter(&self) -> Option<u8> {
        let first = u8::try_from(self.ascii.trailing_zeros()).ok().filter(u8::is_ascii_uppercase)?;
        let both = 1_u128 << first | 1_u128 << first.to_ascii_lowercase();
        let odd = |(first, last): &(char, char)| first == last && super::starts::is_odd(*first);
        (self.ascii == both && self.others.iter().all(odd)).then_some(first.to_ascii_lowercase())
    }
}

/// With what a part of a pattern may begin.
#[derive(Debug, Clone, Copy)]
struct First {
    ascii: u128,
    /// With characters outside ASCII, too.
    others: bool,
    /// It may match nothing.
    empty: bool,
}

impl First {
    const NOTHING: Self = Self { ascii: 0, others: false, empty: true };

    fn of(tree: &Hir) -> Self {
        match tree.kind() {
            HirKind::Empty | HirKind::Look(_) => Self::NOTHING,
            HirKind::Literal(literal) => match literal.0.first() {
                Some(byte) if byte.is_ascii() => Self { ascii: 1 << byte, others: false, empty: false },
                _ => Self { ascii: 0, others: true, empty: false },
            },
            HirKind::Class(class) => match Set::of(class) {
                Some(set) => Self { ascii: set.ascii, others: !set.others.is_empty(), empty: false },
                None => Self { ascii: u128::MAX, others: true, empty: false },
            },
            HirKind::Capture(capture) => Self::of(&capture.sub),
            HirKind::Repetition(repetition) => {
                let first = Self::of(&repetition.sub);
                Self { empty: first.empty || repetition.min == 0, ..first }
            }
            HirKind::Concat(parts) => Self::of_all(parts, Self::NOTHING),
            HirKind::Alternation(branches) => {
                let none = Self { empty: false, ..Self::NOTHING };
                branches.iter().map(Self::of).fold(none, |one, other| Self { empty: one.empty || other.empty, ..one.or(other) })
            }
        }
    }

    /// Of a sequence with something behind it.
    fn of_all<'t>(parts: impl IntoIterator<Item = &'t Hir>, behind: Self) -> Self {
        let mut all = Self::NOTHING;
        for part in parts {
            all = all.then(Self::of(part));
            if !all.empty {
                return all;
            }
        }
        all.then(behind)
    }

    fn or(self, other: Self) -> Self {
        Self { ascii: self.ascii | other.ascii, others: self.others || other.others, empty: self.empty || other.empty }
    }

    fn then(self, behind: Self) -> Self {
        if self.empty { Self { empty: behind.empty, ..self.or(behind) } } else { self }
    }

    fn admits(self, next: Option<u8>) -> bool {
        match next {
            _ if self.empty => true,
            None => false,
            Some(byte) if byte.is_ascii() => self.ascii >> byte & 1 != 0,
            Some(_) => self.others,
        }
    }
}

/// What to do when the way taken leads nowhere.
enum Back {
    /// Take the ways from this one on.
    Ways { step: usize, way: usize, at: usize },
    /// End the run earlier, but not before `least`.
    Shorter { step: usize, least: usize, at: usize },
    /// Go on with the run.
    Longer { step: usize, at: usize, more: u32 },
}

impl Attempt {
    /// `None` for a pattern that is not understood.
    pub(super) fn of(tree: &Hir) -> Option<Self> {
        let mut attempt = Self { first: First::of(tree), steps: Vec::new() };
        attempt.add(tree, First::NOTHING)?;
        Some(attempt)
    }

    fn push(&mut self, step: Step) -> Option<usize> {
        self.steps.push(step);
        (self.steps.len() <= MAX_STEPS).then_some(self.steps.len() - 1)
    }

    fn add(&mut self, tree: &Hir, behind: First) -> Option<()> {
        match tree.kind() {
            HirKind::Empty => Some(()),
            HirKind::Literal(literal) => self.push(Step::Bytes(literal.0.clone())).map(drop),
            HirKind::Class(class) => self.run(Set::of(class)?, 1, 1, Greed::Most, behind),
            HirKind::Look(look) => {
                let known = matches!(
                    look,
                    Look::Start | Look::End | Look::StartLF | Look::EndLF | Look::WordUnicode | Look::WordUnicodeNegate
                );
                known.then(|| self.push(Step::Look(*look))).flatten().map(drop)
            }
            HirKind::Capture(capture) => self.add(&capture.sub, behind),
            HirKind::Repetition(repetition) => self.repeated(repetition, behind),
            HirKind::Concat(parts) => self.sequence(parts, behind),
            HirKind::Alternation(branches) => self.either(branches, behind),
        }
    }

    fn run(&mut self, set: Set, least: u32, most: u32, greed: Greed, then: First) -> Option<()> {
        self.push(Step::Run { set, least, most, greed, then }).map(drop)
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
            if !letters.is_empty() {
                self.push(Step::Letters(std::mem::take(&mut letters).into()))?;
            }
            self.add(part, First::of_all(parts.iter().skip(at + 1), behind))?;
        }
        if !letters.is_empty() {
            self.push(Step::Letters(letters.into()))?;
        }
        Some(())
    }

    fn repeated(&mut self, repetition: &Repetition, behind: First) -> Option<()> {
        let sub = match repetition.sub.kind() {
            HirKind::Capture(capture) => &capture.sub,
            _ => &repetition.sub,
        };
        let greed = if repetition.greedy { Greed::Most } else { Greed::Least };
        let most = repetition.max.unwrap_or(u32::MAX);
        if let HirKind::Class(class) = sub.kind() {
            return self.run(Set::of(class)?, repetition.min, most, greed, behind);
        }
        if let HirKind::Literal(literal) = sub.kind()
            && let [byte] = *literal.0
            && byte.is_ascii()
        {
            return self.run(Set { ascii: 1 << byte, others: Box::new([]) }, repetition.min, most, greed, behind);
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
            choices.push(self.push(Step::Either(Vec::new()))?);
            self.add(sub, once.or(behind))?;
        }
        if repetition.max.is_none() {
            self.push(Step::Jump(choices.first().copied().unwrap_or_default()))?;
        }
        let out = (behind, self.steps.len());
        for choice in choices {
            let into = (once.then(behind), choice + 1);
            let ways = if greed == Greed::Most { vec![into, out] } else { vec![out, into] };
            self.choose(choice, ways);
        }
        Some(())
    }

    fn either(&mut self, branches: &[Hir], behind: First) -> Option<()> {
        let choice = self.push(Step::Either(Vec::new()))?;
        let mut ways = Vec::new();
        let mut ends = Vec::new();
        for branch in branches {
            ways.push((First::of(branch).then(behind), self.steps.len()));
            self.add(branch, behind)?;
            ends.push(self.push(Step::Jump(0))?);
        }
        let out = self.steps.len();
        for end in ends {
            if let Some(step) = self.steps.get_mut(end) {
                *step = Step::Jump(out);
            }
        }
        self.choose(choice, ways);
        Some(())
    }

    fn choose(&mut self, choice: usize, ways: Vec<(First, usize)>) {
        if let Some(step) = self.steps.get_mut(choice) {
            *step = Step::Either(ways);
        }
    }

    /// Tries it at each place of a text from one on; the first place where it matches, and how far.
    pub(super) fn anywhere(&self, text: &str, from: usize, budget: &mut usize) -> Result<Option<(usize, usize)>, Spent> {
        let bytes = text.as_bytes();
        for place in (from..=bytes.len()).filter(|place| text.is_char_boundary(*place)) {
            if self.first.admits(bytes.get(place).copied()) {
                match self.at(text, place, budget) {
                    Tried::Match(end) => return Ok(Some((place, end))),
                    Tried::Nothing => {}
                    Tried::TooLong => return Err(Spent),
                }
            }
        }
        Ok(None)
    }

    /// Tries it. The budget is so many steps.
    pub(super) fn at(&self, text: &str, place: usize, budget: &mut usize) -> Tried {
        let bytes = text.as_bytes();
        let mut ways_back: Vec<Back> = Vec::new();
        let (mut step, mut at) = (0, place);
        loop {
            let Some(left) = budget.checked_sub(1) else { return Tried::TooLong };
            *budget = left;
            let went = match self.steps.get(step) {
                None => return Tried::Match(at),
                Some(Step::Bytes(wanted)) => {
                    let found = bytes.get(at..at + wanted.len()).is_some_and(|found| *found == **wanted);
                    found.then(|| (step + 1, at + wanted.len()))
                }
                Some(Step::Letters(wanted)) => {
                    let found = bytes.get(at..at + wanted.len()).is_some_and(|found| is_same(found, wanted));
                    found.then(|| (step + 1, at + wanted.len()))
                }
                Some(Step::Look(look)) => is_there(*look, text, at).then_some((step + 1, at)),
                Some(Step::Jump(to)) => Some((*to, at)),
                Some(Step::Either(ways)) => chosen(ways, step, 0, at, bytes, &mut ways_back),
                Some(Step::Run { set, least, most, greed, .. }) => {
                    let first = if *greed == Greed::Most { *most } else { *least };
                    let Run { end, count, enough } = run(set, text, at, *least, first, budget);
                    match enough {
                        None => None,
                        Some(_) if *greed == Greed::Least => {
                            if count < *most {
                                ways_back.push(Back::Longer { step, at: end, more: *most - count });
                            }
                            Some((step + 1, end))
                        }
                        Some(enough) => self.shorter(step, enough, Some(end), text, &mut ways_back, budget),
                    }
                }
            };
            let mut next = went;
            while next.is_none() {
                next = match ways_back.pop() {
                    None => return Tried::Nothing,
                    Some(Back::Ways { step, way, at }) => match self.steps.get(step) {
                        Some(Step::Either(ways)) => chosen(ways, step, way, at, bytes, &mut ways_back),
                        _ => None,
                    },
                    Some(Back::Shorter { step, least, at }) => {
                        let end = before(bytes, at);
                        self.shorter(step, least, Some(end), text, &mut ways_back, budget)
                    }
                    Some(Back::Longer { step, at, more }) => match self.steps.get(step) {
                        Some(Step::Run { set, .. }) => match set.width(text, at) {
                            0 => None,
                            width => {
                                if more > 1 {
                                    ways_back.push(Back::Longer { step, at: at + width, more: more - 1 });
                                }
                                Some((step + 1, at + width))
                            }
                        },
                        _ => None,
                    },
                };
            }
            (step, at) = next.unwrap_or_default();
        }
    }

    /// The end of a run at `end` or before, where what must follow may begin.
    fn shorter(
        &self,
        step: usize,
        least: usize,
        end: Option<usize>,
        text: &str,
        ways_back: &mut Vec<Back>,
        budget: &mut usize,
    ) -> Option<(usize, usize)> {
        let Some(Step::Run { then, .. }) = self.steps.get(step) else { return None };
        let bytes = text.as_bytes();
        let mut end = end?;
        while !then.admits(bytes.get(end).copied()) {
            if end <= least {
                return None;
            }
            *budget = budget.saturating_sub(1);
            end = before(bytes, end);
        }
        if end > least {
            ways_back.push(Back::Shorter { step, least, at: end });
        }
        Some((step + 1, end))
    }
}

/// The next way that what stands there admits.
fn chosen(
    ways: &[(First, usize)],
    step: usize,
    from: usize,
    at: usize,
    bytes: &[u8],
    ways_back: &mut Vec<Back>,
) -> Option<(usize, usize)> {
    let next = bytes.get(at).copied();
    let mut open = ways.iter().enumerate().skip(from).filter(|(_, (first, _))| first.admits(next));
    let (_, (_, to)) = open.next()?;
    if let Some((way, _)) = open.next() {
        ways_back.push(Back::Ways { step, way, at });
    }
    Some((*to, at))
}

fn is_same(found: &[u8], wanted: &[u8]) -> bool {
    found.iter().zip(wanted).all(|(found, wanted)| found == wanted || wanted.is_ascii_lowercase() && found | 0x20 == *wanted)
}

struct Run {
    end: usize,
    count: u32,
    /// Where the run was long enough; `None` when it never was.
    enough: Option<usize>,
}

/// Characters of the set from `at` on, at most `most`.
fn run(set: &Set, text: &str, at: usize, least: u32, most: u32, budget: &mut usize) -> Run {
    let mut run = Run { end: at, count: 0, enough: (least == 0).then_some(at) };
    while run.count < most {
        let width = set.width(text, run.end);
        if width == 0 {
            break;
        }
        run.end += width;
        run.count += 1;
        if run.count == least {
            run.enough = Some(run.end);
        }
    }
    *budget = budget.saturating_sub(run.count as usize / 4);
    run
}

/// Where the character before a place begins.
fn before(bytes: &[u8], at: usize) -> usize {
    let mut at = at.saturating_sub(1);
    while at > 0 && bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80) {
        at -= 1;
    }
    at
}

fn is_there(look: Look, text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let before = || at.checked_sub(1).and_then(|at| bytes.get(at)).copied();
    match look {
        Look::Start => at == 0,
        Look::End => at == bytes.len(),
        Look::StartLF => before().is_none_or(|byte| byte == b'\n'),
        Look::EndLF => bytes.get(at).is_none_or(|byte| *byte == b'\n'),
        Look::WordUnicode => is_border(text, at),
        Look::WordUnicodeNegate => !is_border(text, at),
        _ => false,
    }
}

fn is_border(text: &str, at: usize) -> bool {
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let of_word = |byte: Option<&u8>, other: &dyn Fn() -> Option<char>| match byte {
        None => false,
        Some(byte) if byte.is_ascii() => byte.is_ascii_alphanumeric() || *byte == b'_',
        Some(_) => other().is_some_and(|c| regex_syntax::try_is_word_character(c).unwrap_or(false)),
    };
    of_word(before.as_bytes().last(), &|| before.chars().next_back())
        != of_word(after.as_bytes().first(), &|| after.chars().next())
}
