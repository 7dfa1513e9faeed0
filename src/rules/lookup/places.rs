//! The places of literals in one text, and where matches begin that have them.

use std::{borrow::Cow, ops::Range, sync::OnceLock};

use super::{Bytes, Lead, Lookup, set_bit};

/// Where the literals stand in one text.
#[derive(Debug, Clone)]
pub(in crate::rules) struct Places {
    /// The places of the first literal found, then those of the next, and so on; each in the order of the text.
    places: Vec<u32>,
    /// For each literal its number among those that are there, from 1; 0 for one that is not.
    numbers: Vec<u16>,
    /// Where the places of each literal that is there begin and end.
    ranges: Vec<(u32, u32)>,
    /// The patterns that may match, as bits.
    possible: Vec<u64>,
    /// For each pattern its heads that are there: branches and literals.
    heads: Chains<(u32, u32)>,
    /// For each set of tails its literals that are there.
    tails: Chains<u32>,
    /// The text has characters that patterns take for others.
    pub(super) odd: bool,
    /// The longest word of the text, in bytes; rarely asked for.
    longest_word: OnceLock<usize>,
}

/// Things of many kinds in one list, from the last of a kind to the first.
#[derive(Debug, Clone)]
struct Chains<T> {
    /// One more than the place of the last; 0 for none.
    last: Vec<u16>,
    all: Vec<(T, u16)>,
}

impl<T: Copy> Chains<T> {
    fn of(kinds: usize) -> Self {
        Self { last: vec![0; kinds], all: Vec::new() }
    }

    /// `None` when there are too many.
    fn push(&mut self, kind: u32, thing: T) -> Option<()> {
        let last = self.last.get_mut(kind as usize)?;
        self.all.push((thing, *last));
        *last = u16::try_from(self.all.len()).ok()?;
        Some(())
    }

    fn of_kind(&self, kind: usize) -> impl Iterator<Item = T> {
        let mut next = self.last.get(kind).copied().unwrap_or_default();
        std::iter::from_fn(move || {
            let (thing, before) = self.all.get(usize::from(next).checked_sub(1)?)?;
            next = *before;
            Some(*thing)
        })
    }
}

impl Places {
    pub(super) fn of(found: &[(u32, u32)], lookup: &Lookup, literals: usize, odd: bool) -> Self {
        let mut numbers = vec![0_u16; literals];
        let mut there = Vec::with_capacity(found.len());
        let mut ranges: Vec<(u32, u32)> = Vec::with_capacity(found.len());
        for (literal, _) in found {
            let Some(number) = numbers.get_mut(*literal as usize) else { continue };
            if *number == 0 {
                there.push(*literal);
                ranges.push((0, 0));
                *number = there.len() as u16;
            }
            if let Some((_, count)) = ranges.get_mut(usize::from(*number - 1)) {
                *count += 1;
            }
        }
        let mut end = 0;
        for range in &mut ranges {
            let count = range.1;
            // From here on: where the next place goes, and in the end the last of them.
            *range = (end, end);
            end += count;
        }
        let mut places = vec![0; found.len()];
        for (literal, place) in found {
            let number = numbers.get(*literal as usize).copied().unwrap_or_default();
            if let Some((_, next)) = usize::from(number).checked_sub(1).and_then(|number| ranges.get_mut(number)) {
                places.get_mut(*next as usize).into_iter().for_each(|slot| *slot = *place);
                *next += 1;
            }
        }
        let mut this = Self {
            places,
            numbers,
            ranges,
            possible: lookup.always.clone(),
            heads: Chains::of(lookup.patterns.len()),
            tails: Chains::of(lookup.tail_sets),
            odd,
            longest_word: OnceLock::new(),
        };
        if this.gather(&there, lookup).is_none() {
            // More literals than a chain has numbers for: nothing is ruled out.
            this.heads = Chains::of(0);
            this.possible.fill(u64::MAX);
        }
        this
    }

    /// Which patterns begin with what is there.
    fn gather(&mut self, there: &[u32], lookup: &Lookup) -> Option<()> {
        for literal in there {
            for (branch, pattern) in lookup.heads.get(*literal) {
                set_bit(&mut self.possible, *pattern as usize);
                self.heads.push(*pattern, (*branch, *literal))?;
            }
            for set in lookup.tails.get(*literal) {
                self.tails.push(*set, *literal)?;
            }
        }
        Some(())
    }

    /// Nothing is known of the text.
    pub(super) fn is_unknown(&self) -> bool {
        self.heads.last.is_empty()
    }

    /// The patterns that may match in the text, sixty-four to a word.
    #[inline]
    pub(in crate::rules) fn possible(&self, word: usize) -> u64 {
        self.possible.get(word).copied().unwrap_or_default()
    }

    /// The branches of a pattern that have a head in the text, each with the literal.
    pub(super) fn heads_of(&self, pattern: usize) -> Vec<(u32, u32)> {
        self.heads.of_kind(pattern).collect()
    }

    pub(super) fn longest_word(&self, text: &str) -> usize {
        let between = |byte: &u8| byte.is_ascii() && !byte.is_ascii_alphanumeric() && *byte != b'_';
        *self.longest_word.get_or_init(|| text.as_bytes().split(between).map(<[u8]>::len).max().unwrap_or(0))
    }

    /// The places of a literal in a part of the text.
    pub(super) fn within(&self, literal: u32, part: &Range<usize>) -> &[u32] {
        let number = self.numbers.get(literal as usize).copied().unwrap_or_default();
        let range = usize::from(number).checked_sub(1).and_then(|number| self.ranges.get(number));
        let places = range.and_then(|(from, to)| self.places.get(*from as usize..*to as usize)).unwrap_or_default();
        let (Some(first), Some(last)) = (places.first(), places.last()) else { return &[] };
        if part.start <= *first as usize && (*last as usize) < part.end {
            return places;
        }
        let before = |limit: usize| places.partition_point(|place| (*place as usize) < limit);
        places.get(before(part.start)..before(part.end)).unwrap_or_default()
    }

    /// The places of any literal of a set of tails, in the order of the text.
    pub(super) fn any_of(&self, set: u32, part: &Range<usize>) -> Cow<'_, [u32]> {
        let mut all: Cow<'_, [u32]> = Cow::Borrowed(&[]);
        let mut sets = 0;
        let literals = self.tails.of_kind(set as usize);
        for places in literals.map(|literal| self.within(literal, part)).filter(|places| !places.is_empty()) {
            sets += 1;
            if sets == 1 {
                all = Cow::Borrowed(places);
            } else {
                all.to_mut().extend(places);
            }
        }
        if sets > 1 {
            all.to_mut().sort_unstable();
        }
        all
    }
}

/// A beginning that lies farther before a literal than this is not looked for.
const MAX_SKIPPED: usize = 400;

/// The lines that begin before these places with nothing between but bytes of the set; `None` when that is too far.
pub(super) fn lines_before(text: &str, part: &Range<usize>, heads: &[u32], skipped: Bytes, begins: &mut Vec<u32>) -> Option<()> {
    let bytes = text.as_bytes();
    for head in heads {
        let mut at = *head as usize;
        loop {
            let before = at.checked_sub(1).and_then(|before| bytes.get(before)).copied();
            if at == part.start || before == Some(b'\n') {
                begins.push(at as u32);
            }
            if at == part.start || !before.is_some_and(|byte| skipped.has(byte)) {
                break;
            }
            at -= 1;
            if at + MAX_SKIPPED < *head as usize {
                return None;
            }
        }
    }
    Some(())
}

/// Where matches may begin that have bytes of the set before these places; `None` when that is too far.
pub(super) fn behind(
    text: &str,
    part: &Range<usize>,
    (heads, blanks): (&[u32], usize),
    (set, lead): (Bytes, Lead),
    begins: &mut Vec<u32>,
) -> Option<()> {
    let bytes = text.as_bytes();
    let is_word = |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    for head in heads.iter().filter_map(|head| (*head as usize).checked_sub(blanks)).filter(|head| *head >= part.start) {
        let mut at = head;
        loop {
            let within_word = lead == Lead::Border && at > part.start && is_word(at - 1) && is_word(at);
            if text.is_char_boundary(at) && !within_word {
                begins.push(at as u32);
            }
            if at == part.start {
                break;
            }
            if !bytes.get(at - 1).is_some_and(|byte| set.has(*byte)) {
                // The one character of another kind.
                if lead == Lead::Any {
                    let before = (part.start..at).rev().find(|before| text.is_char_boundary(*before));
                    begins.extend(before.map(|before| before as u32));
                }
                break;
            }
            at -= 1;
            if at + MAX_SKIPPED < head {
                return None;
            }
        }
    }
    Some(())
}

/// Words that begin with so many bytes of the set: one byte of so many is looked at.
pub(super) fn runs(text: &str, part: &Range<usize>, set: Bytes, least: usize, begins: &mut Vec<u32>) {
    let bytes = text.as_bytes();
    let has = |at: usize| bytes.get(at).is_some_and(|byte| set.has(*byte));
    let mut at = part.start + least - 1;
    while at < part.end {
        if !has(at) {
            at += least;
            continue;
        }
        let begin = (part.start..at).rev().find(|before| !has(*before)).map_or(part.start, |before| before + 1);
        let end = (at..part.end).find(|behind| !has(*behind)).unwrap_or(part.end);
        if end - begin >= least {
            begins.push(begin as u32);
        }
        at = end + least;
    }
}

/// Keeps of the places from `first` on those that have a tail behind them, neither too near nor too far.
pub(super) fn followed(begins: &mut Vec<u32>, first: usize, tails: &[u32], least: u32, most: usize) {
    let mut tails = tails.iter().peekable();
    let mut kept = first;
    for at in first..begins.len() {
        let Some(head) = begins.get(at).copied() else { break };
        while tails.next_if(|tail| **tail < head.saturating_add(least)).is_some() {}
        let Some(tail) = tails.peek() else { break };
        if (**tail - head) as usize <= most {
            begins.swap(kept, at);
            kept += 1;
        }
    }
    begins.truncate(kept);
}
