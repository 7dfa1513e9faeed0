//! Where in a text each of many patterns may begin, found in one pass.
//!
//! A rule file has hundreds of patterns and a mail matches a handful. The literals with which their matches begin ([`super::starts`]) stand in one
//! tree of characters; the text is compared with it at the beginnings of words, and elsewhere only at characters with which a literal begins that
//! may stand anywhere. Of those places only such are kept as have behind them what must follow. Promises: linear in the text; no match begins at a
//! place that is not found, so that no verdict can change (a test compares both ways). Cannot fail: a pattern without such literals has no places,
//! and is looked for everywhere.

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, ops::Range, sync::OnceLock};

use super::starts::{self, Bytes, Distance, Head, Literals, Place};

/// Bytes that stand in no literal. The others have a number each, capitals that of the small letter.
const NO_SYMBOL: u8 = u8::MAX;

/// Where literals stand that begin with a byte: the lower half of its kind.
const AT_WORD: u8 = 1;
const AT_LINE: u8 = 2;
const ANYWHERE: u8 = 4;
/// The upper half says which of these a place behind the byte is.
const BEHIND: u32 = 4;

/// A place in the tree: the literals that begin alike. The tree is a double array: the node behind a symbol stands at a fixed distance from
/// [`Node::children`], and is one only when it knows this one as its parent. Nodes of other parents fill the gaps.
#[derive(Debug, Clone, Copy)]
struct Node {
    parent: u32,
    /// With [`ENDS`], literals end here.
    children: u32,
}

const ENDS: u32 = 1 << 31;
const FREE: Node = Node { parent: u32::MAX, children: 0 };

/// The literals of many patterns.
#[derive(Debug, Clone)]
pub(super) struct Lookup {
    kinds: [u8; 256],
    openings: Openings,
    symbols: [u8; 256],
    nodes: Vec<Node>,
    /// For each node the sets whose literals end there: a range of `ended`.
    ends: Vec<(u32, u32)>,
    ended: Vec<u32>,
    /// How many sets of literals there are.
    sets: usize,
    /// The ways in which each pattern begins; `None` for one of which nothing is known.
    patterns: Vec<Option<Vec<Branch>>>,
    /// For each set the patterns, and their branches, that have it as a head.
    heads: Vec<Vec<(u32, u32)>>,
    /// The patterns that are always possible, as bits.
    always: Vec<u64>,
}

/// With what literals begin, whatever its case: their first four bytes, or as many as they have. A filter with a bit for each of these that may
/// say yes to others; most places are given up after a look here.
#[derive(Debug, Clone)]
struct Openings(Vec<u64>);

/// As many bits as fit into a corner of the processor's first cache.
const OPENINGS: u32 = 17;

impl Openings {
    fn bit(window: u32, length: u32) -> (usize, u64) {
        let kept = window & (u32::MAX >> (32 - 8 * length)) | 0x2020_2020 & (u32::MAX >> (32 - 8 * length));
        let hash = (kept ^ length << 29).wrapping_mul(0x9e37_79b1) >> (32 - OPENINGS);
        ((hash >> 6) as usize, 1 << (hash & 63))
    }

    fn add(&mut self, literal: &[u8]) {
        let mut window = [0; 4];
        window.iter_mut().zip(literal).for_each(|(slot, byte)| *slot = *byte);
        let (at, bit) = Self::bit(u32::from_le_bytes(window), literal.len().clamp(1, 4) as u32);
        if let Some(bits) = self.0.get_mut(at) {
            *bits |= bit;
        }
    }

    fn has(&self, window: u32) -> bool {
        let has = |length| {
            let (at, bit) = Self::bit(window, length);
            self.0.get(at).is_some_and(|bits| bits & bit != 0)
        };
        has(4) | has(3) | has(2) | has(1)
    }
}

/// So many bytes are looked at together.
const BLOCK: usize = 256;

/// What patterns are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Texts {
    /// The text, and parts of it that begin with a line.
    Whole,
    /// Sentences of it too: they begin behind a blank.
    WithSentences,
}

/// One way in which a pattern begins: the numbers of sets of literals.
#[derive(Debug, Clone)]
struct Branch {
    head: usize,
    begins: Begins,
    tails: Vec<Tail>,
}

/// Where a match begins, as seen from the literal.
#[derive(Debug, Clone, Copy)]
enum Begins {
    There,
    /// With a line, before bytes of the set.
    WithLine(Bytes),
    Anywhere,
}

/// A line that begins farther before a literal than this is not looked for.
const MAX_SKIPPED: usize = 400;

/// What must stand behind the beginning of a match: the number of a set, and where.
#[derive(Debug, Clone, Copy)]
struct Tail {
    set: usize,
    least: u32,
    most: Distance,
}

impl Default for Lookup {
    fn default() -> Self {
        Self::of([], Texts::Whole)
    }
}

impl Lookup {
    /// Reads off how the patterns begin; their numbers are their places.
    pub(super) fn of<'p>(patterns: impl IntoIterator<Item = &'p str>, texts: Texts) -> Self {
        let all: Vec<_> = patterns.into_iter().map(starts::of).collect();
        let written = |branch: &starts::Branch| {
            let tails = branch.tails.iter().flat_map(|tail| &tail.literals.literals);
            branch.head.literals().literals.iter().chain(tails).flatten().copied().collect::<Vec<u8>>()
        };
        let symbols = symbols(all.iter().flatten().flatten().flat_map(written));
        let openings = Openings(vec![0; 1 << (OPENINGS - 6)]);
        let mut sets = Sets { symbols, kinds: kinds(texts), openings, literals: BTreeMap::new(), known: BTreeMap::new() };
        let mut known = Vec::new();
        for branches in all {
            let branch = |branch: starts::Branch| {
                let head = sets.add(branch.head.literals())?;
                let begins = match branch.head {
                    Head::Begins(_) => Begins::There,
                    Head::BeginsLine(_, bytes) => Begins::WithLine(bytes),
                    Head::Has(_) => Begins::Anywhere,
                };
                let tails = branch.tails.iter().filter_map(|tail| {
                    let least = u32::try_from(tail.least).unwrap_or(u32::MAX);
                    Some(Tail { set: sets.add(&tail.literals)?, least, most: tail.most })
                });
                Some(Branch { head, begins, tails: tails.collect() })
            };
            known.push(branches.and_then(|branches| branches.into_iter().map(branch).collect()));
        }
        let mut heads = vec![Vec::new(); sets.known.len()];
        let mut always = vec![0; known.len().div_ceil(64)];
        for (number, branches) in known.iter().enumerate() {
            let branches: &Option<Vec<Branch>> = branches;
            for (at, branch) in branches.iter().flatten().enumerate() {
                if let Some(patterns) = heads.get_mut(branch.head) {
                    patterns.push((number as u32, at as u32));
                }
            }
            if branches.is_none() {
                set_bit(&mut always, number);
            }
        }
        let literals: Vec<(Vec<u8>, Vec<u32>)> = sets.literals.into_iter().collect();
        let Tree { nodes, ends, ended } = tree(&literals);
        let (kinds, openings, sets) = (sets.kinds, sets.openings, sets.known.len());
        Self { kinds, openings, symbols, nodes, ends, ended, sets, patterns: known, heads, always }
    }

    /// Where each pattern may begin in the text.
    pub(super) fn places(&self, text: &str) -> Places {
        if !text.is_ascii() && text.contains(starts::is_odd) {
            return Places::default();
        }
        let mut found: Vec<(u32, u32)> = Vec::new();
        // The text begins as if an end of line stood before it.
        let mut before = self.kinds.get(usize::from(b'\n')).copied().unwrap_or_default();
        let mut promising = [0_u32; BLOCK];
        let bytes = text.as_bytes();
        for (from, block) in (0_u32..).step_by(BLOCK).zip(bytes.chunks(BLOCK)) {
            // Without a branch for each byte: which words begin a literal cannot be foreseen.
            let mut count = 0;
            for (at, byte) in (from..).zip(block) {
                let kind = self.kinds.get(usize::from(*byte)).copied().unwrap_or_default();
                if let Some(next) = promising.get_mut(count) {
                    *next = at;
                }
                count += usize::from(kind & (before >> BEHIND) != 0);
                before = kind;
            }
            let mut kept = 0;
            for number in 0..count {
                let at = promising.get(number).copied().unwrap_or_default();
                let window = bytes.get(at as usize..at as usize + 4).and_then(|window| window.try_into().ok());
                if let Some(next) = promising.get_mut(kept) {
                    *next = at;
                }
                kept += usize::from(window.is_none_or(|window| self.openings.has(u32::from_le_bytes(window))));
            }
            for at in promising.get(..kept).unwrap_or_default() {
                self.begun(bytes.get(*at as usize..).unwrap_or_default(), *at, &mut found);
            }
        }
        let mut places = Places::sorted(&found, self.sets);
        places.possible.clone_from(&self.always);
        let mut seen = vec![0; self.sets.div_ceil(64)];
        for (set, _) in &found {
            if set_bit(&mut seen, *set as usize) {
                continue;
            }
            let heads = self.heads.get(*set as usize).map(Vec::as_slice).unwrap_or_default();
            for (pattern, _) in heads {
                set_bit(&mut places.possible, *pattern as usize);
            }
            places.open.extend(heads);
        }
        places.open.sort_unstable();
        places
    }

    /// The literals that stand at a place.
    fn begun(&self, bytes: &[u8], place: u32, found: &mut Vec<(u32, u32)>) {
        let mut here = 0;
        let mut children = self.nodes.first().map_or(0, |root| root.children);
        for byte in bytes {
            let symbol = self.symbols.get(usize::from(*byte)).copied().unwrap_or(NO_SYMBOL);
            let next = children.wrapping_add(u32::from(symbol));
            let Some(node) = self.nodes.get(next as usize).filter(|node| node.parent == here) else { return };
            (here, children) = (next, node.children & !ENDS);
            if node.children & ENDS != 0
                && let Some((from, to)) = self.ends.get(next as usize)
            {
                let sets = self.ended.get(*from as usize..*to as usize).unwrap_or_default();
                found.extend(sets.iter().map(|set| (*set, place)));
            }
        }
    }
}

/// The sets of literals, as they are gathered.
struct Sets {
    symbols: [u8; 256],
    kinds: [u8; 256],
    openings: Openings,
    /// The sets that each literal belongs to, written in symbols.
    literals: BTreeMap<Vec<u8>, Vec<u32>>,
    /// The numbers given so far.
    known: BTreeMap<Literals, usize>,
}

impl Sets {
    /// The number of a set. `None` when one of its literals begins with a byte without a symbol: such may stand anywhere.
    fn add(&mut self, set: &Literals) -> Option<usize> {
        if let Some(known) = self.known.get(set) {
            return Some(*known);
        }
        let symbol = |byte: &u8| self.symbols.get(usize::from(*byte)).copied().filter(|symbol| *symbol != NO_SYMBOL);
        let written: Vec<Vec<u8>> = set.literals.iter().map(|literal| literal.iter().map_while(symbol).collect()).collect();
        if written.iter().any(Vec::is_empty) {
            return None;
        }
        for literal in &set.literals {
            let Some(first) = literal.first() else { continue };
            for case in [first.to_ascii_lowercase(), first.to_ascii_uppercase()] {
                if let Some(kind) = self.kinds.get_mut(usize::from(case)) {
                    *kind |= match set.place {
                        Place::Border if first.is_ascii_alphanumeric() || *first == b'_' => AT_WORD,
                        Place::Line => AT_LINE,
                        Place::Border | Place::Anywhere => ANYWHERE,
                    };
                }
            }
            self.openings.add(literal);
        }
        for literal in written {
            let sets = self.literals.entry(literal).or_default();
            let number = self.known.len() as u32;
            if sets.last() != Some(&number) {
                sets.push(number);
            }
        }
        let number = self.known.len();
        self.known.insert(set.clone(), number);
        Some(number)
    }
}

fn kinds(texts: Texts) -> [u8; 256] {
    let mut kinds = [0; 256];
    for (kind, byte) in kinds.iter_mut().zip(0_u8..=255) {
        let behind = match byte {
            b'\n' | b'\r' => ANYWHERE | AT_WORD | AT_LINE,
            b' ' if texts == Texts::WithSentences => ANYWHERE | AT_WORD | AT_LINE,
            byte if byte.is_ascii_alphanumeric() => ANYWHERE,
            // Bytes outside ASCII too: they may be no letters. `_word_` is emphasis.
            _ => ANYWHERE | AT_WORD,
        };
        *kind = behind << BEHIND;
    }
    kinds
}

/// A symbol for each byte, in their order; capitals have those of the small letters.
fn symbols(bytes: impl Iterator<Item = u8>) -> [u8; 256] {
    let mut used = [false; 256];
    for byte in bytes {
        if let Some(used) = used.get_mut(usize::from(byte)) {
            *used = true;
        }
    }
    let mut symbols = [NO_SYMBOL; 256];
    let mut next = 0;
    for (symbol, used) in symbols.iter_mut().zip(used) {
        if used && next < NO_SYMBOL {
            *symbol = next;
            next += 1;
        }
    }
    for small in b'a'..=b'z' {
        let symbol = symbols.get(usize::from(small)).copied().unwrap_or(NO_SYMBOL);
        if let Some(capital) = symbols.get_mut(usize::from(small.to_ascii_uppercase())) {
            *capital = symbol;
        }
    }
    symbols
}

/// How far back a gap for the children of a node is looked for.
const LOOK_BACK: usize = 128;

struct Tree {
    nodes: Vec<Node>,
    ends: Vec<(u32, u32)>,
    ended: Vec<u32>,
}

/// The tree of sorted literals.
fn tree(literals: &[(Vec<u8>, Vec<u32>)]) -> Tree {
    let mut nodes = vec![Node { parent: u32::MAX - 1, ..FREE }];
    let mut ends: Vec<(usize, (u32, u32))> = Vec::new();
    let mut ended = Vec::new();
    let mut open = vec![(0_usize, 0_usize, literals)];
    while let Some((index, depth, here)) = open.pop() {
        let whole = here.iter().take_while(|(literal, _)| literal.len() == depth).count();
        let (whole, longer) = here.split_at_checked(whole).unwrap_or((here, &[]));
        let from = ended.len() as u32;
        ended.extend(whole.iter().flat_map(|(_, sets)| sets));
        let symbol = |alike: &[(Vec<u8>, Vec<u32>)]| {
            alike.first().and_then(|(literal, _)| literal.get(depth)).map_or(0, |symbol| usize::from(*symbol))
        };
        let below: Vec<(usize, _)> = longer
            .chunk_by(|(one, _), (other, _)| one.get(depth) == other.get(depth))
            .map(|alike| (symbol(alike), alike))
            .collect();
        let is_free = |at: usize| nodes.get(at).is_none_or(|node: &Node| node.parent == FREE.parent);
        let fits = |base: &usize| below.iter().all(|(symbol, _)| is_free(base + symbol));
        let children = (nodes.len().saturating_sub(LOOK_BACK).max(1)..).find(fits).unwrap_or(nodes.len());
        for (symbol, alike) in below {
            let at = children + symbol;
            if nodes.len() <= at {
                nodes.resize(at + 1, FREE);
            }
            if let Some(node) = nodes.get_mut(at) {
                node.parent = index as u32;
            }
            open.push((at, depth + 1, alike));
        }
        if let Some(node) = nodes.get_mut(index) {
            node.children = children as u32 | if whole.is_empty() { 0 } else { ENDS };
        }
        ends.push((index, (from, ended.len() as u32)));
    }
    let mut of_nodes = vec![(0, 0); nodes.len()];
    for (index, range) in ends {
        if let Some(place) = of_nodes.get_mut(index) {
            *place = range;
        }
    }
    Tree { nodes, ends: of_nodes, ended }
}

/// Where the literals of each set stand in one text.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    /// The places of the first set, then those of the second, and so on; each in the order of the text.
    places: Vec<u32>,
    /// Where the places of each set begin and end; nothing for a text that was not looked at.
    of_set: Vec<(u32, u32)>,
    /// The patterns that have one of their heads in the text, as bits.
    possible: Vec<u64>,
    /// Those patterns with the branches whose heads are there, in order.
    open: Vec<(u32, u32)>,
    /// The longest word of the text, in bytes; rarely asked for.
    longest_word: OnceLock<usize>,
}

/// Sets a bit, and says whether it was set before.
fn set_bit(bits: &mut [u64], at: usize) -> bool {
    bits.get_mut(at / 64).is_some_and(|bits| {
        let before = *bits >> (at % 64) & 1 != 0;
        *bits |= 1 << (at % 64);
        before
    })
}

impl Places {
    fn sorted(found: &[(u32, u32)], sets: usize) -> Self {
        let mut next = vec![0_u32; sets];
        for (set, _) in found {
            if let Some(count) = next.get_mut(*set as usize) {
                *count += 1;
            }
        }
        let mut end = 0;
        let mut of_set = Vec::with_capacity(sets);
        for count in &mut next {
            let from = end;
            end += *count;
            of_set.push((from, end));
            // From here on: where the next place of the set goes.
            *count = from;
        }
        let mut places = vec![0; found.len()];
        for (set, place) in found {
            if let Some(next) = next.get_mut(*set as usize) {
                if let Some(slot) = places.get_mut(*next as usize) {
                    *slot = *place;
                }
                *next += 1;
            }
        }
        Self { places, of_set, possible: Vec::new(), open: Vec::new(), longest_word: OnceLock::new() }
    }

    /// Whether a pattern may match in the text at all.
    pub(super) fn may_have(&self, pattern: usize) -> bool {
        self.possible.get(pattern / 64).is_none_or(|bits| bits >> (pattern % 64) & 1 != 0)
    }

    fn longest_word(&self, text: &str) -> usize {
        let between = |byte: &u8| byte.is_ascii() && !byte.is_ascii_alphanumeric() && *byte != b'_';
        *self.longest_word.get_or_init(|| text.as_bytes().split(between).map(<[u8]>::len).max().unwrap_or(0))
    }

    fn all_of(&self, set: usize) -> &[u32] {
        self.of_set.get(set).and_then(|(first, last)| self.places.get(*first as usize..*last as usize)).unwrap_or_default()
    }

    /// The places of a set in a part of the text.
    fn within(&self, set: usize, part: &Range<usize>) -> &[u32] {
        let places = self.all_of(set);
        if places.is_empty() || part.start == 0 && places.last().is_some_and(|last| (*last as usize) < part.end) {
            return places;
        }
        let before = |limit: usize| places.partition_point(|place| (*place as usize) < limit);
        places.get(before(part.start)..before(part.end)).unwrap_or_default()
    }
}

impl Lookup {
    /// Where a pattern may begin in a part of the text, in its order; `None` when that may be anywhere.
    pub(super) fn begins(&self, pattern: usize, places: &Places, text: &str, part: &Range<usize>) -> Option<Vec<u32>> {
        let branches = self.patterns.get(pattern)?.as_ref().filter(|_| places.of_set.len() == self.sets)?;
        let mut begins = Vec::new();
        let open = |limit: usize| places.open.partition_point(|(other, _)| (*other as usize) < limit);
        let open = places.open.get(open(pattern)..open(pattern + 1)).unwrap_or_default();
        for branch in open.iter().filter_map(|(_, at)| branches.get(*at as usize)) {
            let before = begins.len();
            let heads = places.within(branch.head, part);
            match branch.begins {
                _ if heads.is_empty() => continue,
                Begins::There => begins.extend(heads),
                Begins::WithLine(skipped) => lines_before(text, part, heads, skipped, &mut begins)?,
                Begins::Anywhere if branch.tails.iter().all(|tail| !places.within(tail.set, part).is_empty()) => return None,
                Begins::Anywhere => continue,
            }
            for tail in &branch.tails {
                if begins.len() == before {
                    break;
                }
                let most = match tail.most {
                    Distance::Within { bytes, words: 0 } => bytes,
                    Distance::Within { bytes, words } => bytes.saturating_add(words.saturating_mul(places.longest_word(text))),
                    Distance::Any => usize::MAX,
                };
                followed(&mut begins, before, places.within(tail.set, part), tail.least, most);
            }
        }
        if open.len() > 1 {
            begins.sort_unstable();
            begins.dedup();
        }
        Some(begins)
    }
}

/// The lines that begin before these places with nothing between but bytes of the set; `None` when that is too far.
fn lines_before(text: &str, part: &Range<usize>, heads: &[u32], skipped: Bytes, begins: &mut Vec<u32>) -> Option<()> {
    let bytes = text.as_bytes();
    let first = begins.len();
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
    begins.get_mut(first..)?.sort_unstable();
    begins.dedup();
    Some(())
}

/// Keeps of the places from `first` on those that have a tail behind them, neither too near nor too far.
fn followed(begins: &mut Vec<u32>, first: usize, tails: &[u32], least: u32, most: usize) {
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
