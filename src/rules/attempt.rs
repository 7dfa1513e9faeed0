//! A pattern tried at one place of a text.
//!
//! [`super::lookup`] says where a pattern may match at all: few places, and most of them fail within a few characters. An automaton that reads a
//! megabyte of text in a millisecond has to be built, fetched into the processor's cache and filled first, which costs more than such a try, and
//! takes a hundred times the memory. A try here walks the pattern's own tree, written out as steps of a few bytes each, and takes back what did not
//! lead on. Promises: what it finds is what the regex library finds there (a test compares both); no try goes on beyond its budget, so that work
//! stays linear in the text. Cannot fail: a pattern that is not understood has no attempt, and one that takes too long is left to the library.

mod build;
mod sets;

use regex_syntax::hir::Look;

use sets::{Choice, First, Set, folded_into};

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

/// The steps of a pattern, and what they refer to by number.
#[derive(Debug, Default)]
pub(super) struct Attempt {
    first: First,
    steps: Vec<Step>,
    bytes: Vec<u8>,
    sets: Vec<Set>,
    firsts: Vec<First>,
    ways: Vec<(u16, u32)>,
    choices: Vec<Choice>,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// These bytes.
    Bytes {
        from: u32,
        to: u32,
    },
    /// These bytes, where a small letter stands for the capital too.
    Letters {
        from: u32,
        to: u32,
    },
    /// So many characters of a set, and what must follow.
    Run {
        set: u16,
        then: u16,
        least: u16,
        greed: Greed,
        most: u32,
    },
    /// A place between two characters.
    Look(Look),
    /// The first of a few ways that leads to a match.
    Either {
        from: u32,
        to: u32,
    },
    /// The first of many.
    Choice(u32),
    Jump(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Greed {
    Most,
    Least,
}

/// What to do when the way taken leads nowhere.
#[derive(Debug, Clone, Copy)]
pub(super) enum Back {
    /// Take one of the few ways from this one on.
    Ways { next: u32, end: u32, at: usize },
    /// The same of a choice.
    Admitted { choice: u32, next: u32, end: u32, at: usize },
    /// End the run earlier, but not before `least`.
    Shorter { step: usize, least: usize, at: usize },
    /// Go on with the run.
    Longer { step: usize, at: usize, more: u32 },
}

impl Attempt {
    /// Tries it at each place of a text from one on; the first place where it matches, and how far.
    pub(super) fn anywhere(&self, text: &str, from: usize, budget: &mut usize) -> Result<Option<(usize, usize)>, Spent> {
        let bytes = text.as_bytes();
        let mut ways_back = Vec::new();
        for place in (from..=bytes.len()).filter(|place| text.is_char_boundary(*place)) {
            if self.first.admits(bytes.get(place).copied()) {
                match self.at(text, place, budget, &mut ways_back) {
                    Tried::Match(end) => return Ok(Some((place, end))),
                    Tried::Nothing => {}
                    Tried::TooLong => return Err(Spent),
                }
            }
        }
        Ok(None)
    }

    /// Tries it. The budget is so many steps; `ways_back` is room for the ways not taken, from one try to the next.
    pub(super) fn at(&self, text: &str, place: usize, budget: &mut usize, ways_back: &mut Vec<Back>) -> Tried {
        let bytes = text.as_bytes();
        if !self.first.admits(bytes.get(place).copied()) {
            return Tried::Nothing;
        }
        ways_back.clear();
        let (mut step, mut at) = (0, place);
        loop {
            let Some(left) = budget.checked_sub(1) else { return Tried::TooLong };
            *budget = left;
            let went = match self.steps.get(step) {
                None => return Tried::Match(at),
                Some(Step::Bytes { from, to }) => {
                    let wanted = self.bytes.get(*from as usize..*to as usize).unwrap_or_default();
                    let found = bytes.get(at..at + wanted.len()).is_some_and(|found| found == wanted);
                    found.then(|| (step + 1, at + wanted.len()))
                }
                Some(Step::Letters { from, to }) => {
                    let wanted = self.bytes.get(*from as usize..*to as usize).unwrap_or_default();
                    letters(bytes, at, wanted).map(|end| (step + 1, end))
                }
                Some(Step::Look(look)) => is_there(*look, text, at).then_some((step + 1, at)),
                Some(Step::Jump(to)) => Some((*to as usize, at)),
                Some(Step::Either { from, to }) => self.way((*from, *to), at, bytes, ways_back),
                Some(Step::Choice(choice)) => {
                    let admitted = self.choices.get(*choice as usize).map(|choice| choice.admitted(bytes.get(at).copied()));
                    self.admitted(*choice, admitted.unwrap_or_default(), at, ways_back)
                }
                Some(Step::Run { set, then, least, greed, most }) => {
                    let Some(set) = self.sets.get(usize::from(*set)) else { return Tried::Nothing };
                    let first = if *greed == Greed::Most { *most } else { u32::from(*least) };
                    let Run { end, count, enough } = run(set, text, at, u32::from(*least), first, budget);
                    match enough {
                        None => None,
                        Some(_) if *greed == Greed::Least => {
                            if count < *most {
                                ways_back.push(Back::Longer { step, at: end, more: *most - count });
                            }
                            Some((step + 1, end))
                        }
                        Some(enough) => self.shorter(step, *then, (enough, end), text, ways_back, budget),
                    }
                }
            };
            let mut next = went;
            while next.is_none() {
                next = match ways_back.pop() {
                    None => return Tried::Nothing,
                    Some(Back::Ways { next, end, at }) => self.way((next, end), at, bytes, ways_back),
                    Some(Back::Admitted { choice, next, end, at }) => self.admitted(choice, (next, end), at, ways_back),
                    Some(Back::Shorter { step, least, at }) => match self.steps.get(step) {
                        Some(Step::Run { then, .. }) => {
                            self.shorter(step, *then, (least, before(bytes, at)), text, ways_back, budget)
                        }
                        _ => None,
                    },
                    Some(Back::Longer { step, at, more }) => match self.steps.get(step) {
                        Some(Step::Run { set, .. }) => {
                            match self.sets.get(usize::from(*set)).map_or(0, |set| set.width(text, at)) {
                                0 => None,
                                width => {
                                    if more > 1 {
                                        ways_back.push(Back::Longer { step, at: at + width, more: more - 1 });
                                    }
                                    Some((step + 1, at + width))
                                }
                            }
                        }
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
        then: u16,
        (least, mut end): (usize, usize),
        text: &str,
        ways_back: &mut Vec<Back>,
        budget: &mut usize,
    ) -> Option<(usize, usize)> {
        let bytes = text.as_bytes();
        let then = self.firsts.get(usize::from(then))?;
        // Where a word must begin, most places will not do.
        let look = match self.steps.get(step + 1) {
            Some(Step::Look(look)) => Some(*look),
            _ => None,
        };
        let from = end;
        while !(then.admits(bytes.get(end).copied()) && look.is_none_or(|look| is_there(look, text, end))) {
            if end <= least {
                *budget = budget.saturating_sub((from - end) / 4);
                return None;
            }
            end = before(bytes, end);
        }
        *budget = budget.saturating_sub((from - end) / 4);
        if end > least {
            ways_back.push(Back::Shorter { step, least, at: end });
        }
        Some((step + 1, end))
    }

    /// The next of a few ways that what stands there admits.
    fn way(&self, (from, end): (u32, u32), at: usize, bytes: &[u8], ways_back: &mut Vec<Back>) -> Option<(usize, usize)> {
        let next = bytes.get(at).copied();
        let admits = |(first, _): &(u16, u32)| self.firsts.get(usize::from(*first)).is_some_and(|first| first.admits(next));
        let ways = self.ways.get(from as usize..end as usize)?;
        let chosen = ways.iter().position(admits)?;
        let (_, to) = ways.get(chosen)?;
        let rest = ways.get(chosen + 1..).unwrap_or_default();
        if let Some(other) = rest.iter().position(admits) {
            ways_back.push(Back::Ways { next: from + (chosen + 1 + other) as u32, end, at });
        }
        Some((*to as usize, at))
    }

    /// The next of many: what stands there admits them all.
    fn admitted(&self, choice: u32, (next, end): (u32, u32), at: usize, ways_back: &mut Vec<Back>) -> Option<(usize, usize)> {
        let to = *self.choices.get(choice as usize)?.ways.get(next as usize).filter(|_| next < end)?;
        if next + 1 < end {
            ways_back.push(Back::Admitted { choice, next: next + 1, end, at });
        }
        Some((to as usize, at))
    }
}

/// Where the letters end that stand there, in either case.
fn letters(bytes: &[u8], at: usize, wanted: &[u8]) -> Option<usize> {
    let mut end = at;
    for wanted in wanted {
        let found = bytes.get(end)?;
        if found == wanted || wanted.is_ascii_lowercase() && found | 0x20 == *wanted {
            end += 1;
        } else if found.is_ascii() {
            return None;
        } else {
            let odd = folded_into(*wanted)?;
            let width = odd.len_utf8();
            let same = bytes.get(end..end + width)? == odd.encode_utf8(&mut [0; 4]).as_bytes();
            end += same.then_some(width)?;
        }
    }
    Some(end)
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
        Look::WordAscii => is_word(before()) != is_word(bytes.get(at).copied()),
        Look::WordUnicode => is_border(text, at),
        Look::WordUnicodeNegate => !is_border(text, at),
        _ => false,
    }
}

fn is_word(byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_border(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let (before, after) = (at.checked_sub(1).and_then(|at| bytes.get(at)), bytes.get(at));
    let of_word = |byte: Option<&u8>, other: &dyn Fn() -> Option<char>| match byte {
        None => false,
        Some(byte) if byte.is_ascii() => byte.is_ascii_alphanumeric() || *byte == b'_',
        Some(_) => other().is_some_and(|c| regex_syntax::try_is_word_character(c).unwrap_or(false)),
    };
    of_word(before, &|| text.get(..at)?.chars().next_back()) != of_word(after, &|| text.get(at..)?.chars().next())
}
