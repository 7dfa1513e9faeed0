//! Where in a text each of many patterns may begin, found in one pass.
//!
//! A rule file has hundreds of patterns and a mail matches a handful. The literals with which their matches begin ([`super::starts`]) stand in one
//! tree of characters; the text is compared with it at the beginnings of words, at marks, and elsewhere only where a literal may stand anywhere.
//! Promises: linear in the text; no match begins at a place that is not found, so that no verdict can change (a test compares both ways). Cannot
//! fail: a pattern without such literals has no places, and is looked for everywhere.

mod places;
mod scan;
#[cfg(test)]
mod tests;
mod tree;

use std::{collections::BTreeMap, ops::Range};

use super::starts::{self, Bytes, Distance, Head, Lead, Literals, Place};
use places::{behind, followed, lines_before, runs};
use scan::Scan;
use tree::Tree;

pub(super) use places::Places;

/// The literals of many patterns.
#[derive(Debug, Clone)]
pub(super) struct Lookup {
    scan: Scan,
    tree: Tree,
    /// For each literal the branches that begin with it, and the patterns they belong to.
    heads: Lists<(u32, u32)>,
    /// For each literal the sets of tails that it is in.
    tails: Lists<u32>,
    /// How many such sets there are.
    tail_sets: usize,
    /// How many literals are all of ASCII; they come first.
    ascii: usize,
    /// The ways in which each pattern begins: a range of `branches`; `None` for one of which nothing is known.
    patterns: Vec<Option<Range<u32>>>,
    branches: Vec<Branch>,
    /// The patterns that are always possible, as bits.
    always: Vec<u64>,
}

/// One way in which a pattern begins.
#[derive(Debug, Clone)]
struct Branch {
    begins: Begins,
    tails: Box<[Tail]>,
}

/// Where a match begins, as seen from the literal.
#[derive(Debug, Clone, Copy)]
enum Begins {
    There,
    /// There, when a line begins.
    AtLine,
    /// With the text.
    WithText,
    /// With a line, before bytes of the set.
    WithLine(Bytes),
    /// So many blanks before it, and before bytes of the set.
    Before(usize, Bytes, Lead),
    /// With a word of so many bytes of the set; it has no literal.
    Run(Bytes, usize),
    Anywhere,
}

/// What must stand behind the beginning of a match: a literal of a set, and where.
#[derive(Debug, Clone)]
struct Tail {
    set: u32,
    least: u32,
    most: Distance,
}

impl Default for Lookup {
    fn default() -> Self {
        Self::of([])
    }
}

impl Lookup {
    /// Reads off how the patterns begin; their numbers are their places.
    pub(super) fn of<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Self {
        let ways: Vec<Option<Vec<starts::Branch>>> = patterns.into_iter().map(starts::of).collect();
        let known = Known::of(ways.iter().flatten().flatten());
        let mut branches: Vec<Branch> = Vec::new();
        let mut of_patterns = Vec::new();
        let mut heads = vec![Vec::new(); known.literals.len()];
        let mut tails = vec![Vec::new(); known.literals.len()];
        let mut sets: BTreeMap<Vec<u32>, u32> = BTreeMap::new();
        let mut always = vec![0; ways.len().div_ceil(64)];
        for (number, ways) in ways.iter().enumerate() {
            let first = branches.len() as u32;
            for way in ways.iter().flatten() {
                let branch = branches.len() as u32;
                for literal in way.head.literals().into_iter().flat_map(|literals| known.numbers(literals)) {
                    heads.get_mut(literal as usize).into_iter().for_each(|heads| heads.push((branch, number as u32)));
                }
                let tail = |tail: &starts::Tail| {
                    let literals: Vec<u32> = known.numbers(&tail.literals).collect();
                    let next = sets.len() as u32;
                    let set = *sets.entry(literals.clone()).or_insert(next);
                    if set == next {
                        let mut of = |literal: &u32| {
                            tails.get_mut(*literal as usize).into_iter().for_each(|sets: &mut Vec<u32>| sets.push(set))
                        };
                        literals.iter().for_each(&mut of);
                    }
                    Tail { set, least: u32::try_from(tail.least).unwrap_or(u32::MAX), most: tail.most }
                };
                let branch = Branch { begins: Begins::of(&way.head), tails: way.tails.iter().map(tail).collect() };
                if matches!(branch.begins, Begins::Run(..)) {
                    set_bit(&mut always, number);
                }
                branches.push(branch);
            }
            if ways.is_none() {
                set_bit(&mut always, number);
            }
            of_patterns.push(ways.as_ref().map(|_| first..branches.len() as u32));
        }
        let literals: Vec<(&[u8], u32)> =
            known.literals.iter().map(|(literal, (number, _))| (literal.as_slice(), *number)).collect();
        // Of a file with more than any needs nothing is known: its patterns are looked for everywhere.
        let Some(tree) = Tree::of(&literals) else {
            return Self { always: vec![u64::MAX; always.len()], patterns: vec![None; ways.len()], ..Self::default() };
        };
        Self {
            scan: Scan::of(known.literals.iter().map(|(literal, (_, place))| (literal.as_slice(), *place))),
            tree,
            heads: Lists::of(&heads),
            tails: Lists::of(&tails),
            tail_sets: sets.len(),
            ascii: known.ascii,
            patterns: of_patterns,
            branches,
            always,
        }
    }

    /// Where each pattern may begin in the text.
    pub(super) fn places(&self, text: &str) -> Places {
        let ascii = text.is_ascii();
        let odd = !ascii && has_odd(text);
        let found = self.scan.found(&self.tree, text.as_bytes(), odd);
        Places::of(&found, self, if ascii { self.ascii } else { self.heads.ends.len() }, odd)
    }

    /// Where a pattern may begin in a part of the text, in its order; `None` when that may be anywhere.
    pub(super) fn begins(&self, pattern: usize, places: &Places, text: &str, part: &Range<usize>) -> Option<Vec<u32>> {
        let branches = self.patterns.get(pattern)?.as_ref().filter(|_| !places.is_unknown())?;
        let mut begins = Vec::new();
        let mut open = places.heads_of(pattern);
        open.sort_unstable();
        for same in open.chunk_by(|(one, _), (other, _)| one == other) {
            let Some(branch) = same.first().and_then(|(branch, _)| self.branches.get(*branch as usize)) else { continue };
            let first = begins.len();
            for heads in same.iter().map(|(_, literal)| places.within(*literal, part)).filter(|heads| !heads.is_empty()) {
                match branch.begins {
                    Begins::There => begins.extend(heads),
                    Begins::AtLine => begins.extend(heads.iter().filter(|head| begins_line(text, **head as usize, part))),
                    Begins::WithText => begins.push(part.start as u32),
                    Begins::WithLine(skipped) => {
                        lines_before(text, part, heads, skipped.in_a_text(places.odd), &mut begins)?;
                    }
                    Begins::Before(blanks, bytes, lead) => {
                        behind(text, part, (heads, blanks), (bytes.in_a_text(places.odd), lead), &mut begins)?;
                    }
                    Begins::Anywhere if branch.tails.iter().all(|tail| !places.any_of(tail.set, part).is_empty()) => {
                        return None;
                    }
                    Begins::Anywhere | Begins::Run(..) => {}
                }
            }
            if same.len() > 1 || matches!(branch.begins, Begins::WithText | Begins::WithLine(_) | Begins::Before(..)) {
                begins.get_mut(first..)?.sort_unstable();
                dedup_from(&mut begins, first);
            }
            self.keep_followed(branch, &mut begins, first, (places, text, part));
        }
        let runs_of = self.branches.get(branches.start as usize..branches.end as usize).unwrap_or_default();
        for branch in runs_of {
            if let Begins::Run(bytes, least) = branch.begins {
                // Odd characters may stand for those of the set.
                (!places.odd).then_some(())?;
                let first = begins.len();
                runs(text, part, bytes, least, &mut begins);
                self.keep_followed(branch, &mut begins, first, (places, text, part));
            }
        }
        if branches.len() > 1 {
            begins.sort_unstable();
            begins.dedup();
        }
        Some(begins)
    }

    /// Takes out the places from `first` on that have not behind them what must follow.
    fn keep_followed(
        &self,
        branch: &Branch,
        begins: &mut Vec<u32>,
        first: usize,
        (places, text, part): (&Places, &str, &Range<usize>),
    ) {
        for tail in &branch.tails {
            if begins.len() == first {
                break;
            }
            let most = match tail.most {
                // What stands for a letter takes more bytes than it.
                _ if places.odd => usize::MAX,
                Distance::Within { bytes, words: 0 } => bytes,
                Distance::Within { bytes, words } => bytes.saturating_add(words.saturating_mul(places.longest_word(text))),
                Distance::Any => usize::MAX,
            };
            followed(begins, first, &places.any_of(tail.set, part), tail.least, most);
        }
    }
}

/// Whether the text has characters that patterns take for others. Most of it is ASCII, of which none are.
fn has_odd(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| !byte.is_ascii()) {
        let mut chars = rest.get(at..).unwrap_or_default().chars();
        if chars.next().is_some_and(starts::is_odd) {
            return true;
        }
        rest = chars.as_str();
    }
    false
}

/// Sorted places from `first` on, each once.
fn dedup_from(begins: &mut Vec<u32>, first: usize) {
    let mut last = None;
    let mut at = 0;
    begins.retain(|begin| {
        let again = at >= first && last == Some(*begin);
        last = Some(*begin);
        at += 1;
        !again
    });
}

fn begins_line(text: &str, at: usize, part: &Range<usize>) -> bool {
    at == part.start || at.checked_sub(1).and_then(|before| text.as_bytes().get(before)) == Some(&b'\n')
}

impl Begins {
    fn of(head: &Head) -> Self {
        match head {
            Head::Begins(literals) if literals.place == Place::Line => Self::AtLine,
            Head::Begins(_) => Self::There,
            Head::BeginsText(_) => Self::WithText,
            Head::BeginsLine(_, bytes) => Self::WithLine(*bytes),
            Head::Run(bytes, least) => Self::Run(*bytes, *least),
            Head::Behind(_, blanks, bytes, lead) => Self::Before(*blanks, *bytes, *lead),
            Head::Has(_) => Self::Anywhere,
        }
    }
}

/// All literals, with their numbers and where they may stand.
struct Known {
    literals: BTreeMap<Vec<u8>, (u32, Place)>,
    /// So many are all of ASCII.
    ascii: usize,
}

impl Known {
    fn of<'b>(branches: impl Iterator<Item = &'b starts::Branch>) -> Self {
        let mut literals: BTreeMap<Vec<u8>, (u32, Place)> = BTreeMap::new();
        for branch in branches {
            for set in branch.head.literals().into_iter().chain(branch.tails.iter().map(|tail| &tail.literals)) {
                for literal in &set.literals {
                    // Where a literal stands anywhere for one pattern it is looked for everywhere.
                    let (_, place) = literals.entry(literal.clone()).or_insert((0, set.place));
                    *place = (*place).max(set.place);
                }
            }
        }
        let ascii = literals.keys().filter(|literal| literal.is_ascii()).count();
        let (mut next, mut next_other) = (0, ascii as u32);
        for (literal, (number, _)) in &mut literals {
            let next = if literal.is_ascii() { &mut next } else { &mut next_other };
            *number = *next;
            *next += 1;
        }
        Self { literals, ascii }
    }

    fn numbers(&self, set: &Literals) -> impl Iterator<Item = u32> {
        set.literals.iter().filter_map(|literal| self.literals.get(literal)).map(|(number, _)| *number)
    }
}

/// Many short lists, one behind the other.
#[derive(Debug, Clone)]
struct Lists<T> {
    all: Box<[T]>,
    /// Where each ends.
    ends: Box<[u32]>,
}

impl<T: Copy> Lists<T> {
    fn of(lists: &[Vec<T>]) -> Self {
        let mut end = 0;
        let ends = lists.iter().map(|list| {
            end += list.len() as u32;
            end
        });
        Self { ends: ends.collect(), all: lists.concat().into() }
    }

    fn get(&self, number: u32) -> &[T] {
        let before = number.checked_sub(1).and_then(|before| self.ends.get(before as usize)).copied().unwrap_or(0);
        self.ends.get(number as usize).and_then(|end| self.all.get(before as usize..*end as usize)).unwrap_or_default()
    }
}

/// Sets a bit, and says whether it was set before.
fn set_bit(bits: &mut [u64], at: usize) -> bool {
    bits.get_mut(at / 64).is_some_and(|bits| {
        let before = *bits >> (at % 64) & 1 != 0;
        *bits |= 1 << (at % 64);
        before
    })
}
