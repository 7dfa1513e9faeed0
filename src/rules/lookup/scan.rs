//! One pass over a text: where literals may begin, and which do.

use super::{Place, tree::Tree};

/// What literals begin with.
#[derive(Debug, Clone)]
pub(super) struct Scan {
    openings: Openings,
    /// Literals that may stand within words: the beginnings of them.
    within: Option<Pairs>,
    blank: Blanks,
}

/// Whether literals begin with a blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blanks {
    Skip,
    Look,
}

/// The first two bytes of literals, five bits of each: a filter that may say yes to others.
#[derive(Debug, Clone)]
struct Pairs(Box<[u32; 32]>);

impl Pairs {
    fn add(&mut self, literal: &[u8]) {
        let row = literal.first().map_or(0, |byte| usize::from(byte & 31));
        if let Some(row) = self.0.get_mut(row) {
            *row |= literal.get(1).map_or(u32::MAX, |second| 1 << (second & 31));
        }
    }

    /// For eight bytes and the one behind them, the high bit of each that begins such a pair.
    fn in_block(&self, block: u64, behind: u8) -> u64 {
        let mut found = 0;
        let mut rest = block;
        for at in 0..8 {
            let second = if at == 7 { u64::from(behind) } else { rest >> 8 };
            let row = self.0.get((rest & 31) as usize).copied().unwrap_or_default();
            found |= u64::from(row >> (second & 31) & 1) << (at * 8 + 7);
            rest >>= 8;
        }
        found
    }
}

/// The first three bytes of literals, five bits of each: a filter that may say yes to others. Most places are given up after a look here.
#[derive(Debug, Clone)]
struct Openings(Box<[u32; 1024]>);

impl Openings {
    fn add(&mut self, literal: &[u8]) {
        let bits = |at: usize| literal.get(at).map(|byte| usize::from(byte & 31));
        let Some(first) = bits(0) else { return };
        let seconds = bits(1).map_or(0..32, |second| second..second + 1);
        let third = bits(2).map_or(u32::MAX, |third| 1 << third);
        for second in seconds {
            self.0.get_mut(first << 5 | second).into_iter().for_each(|row| *row |= third);
        }
    }

    fn has(&self, window: u32) -> bool {
        let row = self.0.get((window << 5 & 0x3e0 | window >> 8 & 31) as usize);
        row.is_some_and(|row| row >> (window >> 16 & 31) & 1 != 0)
    }
}

/// The high bit of each of eight bytes.
const HIGH: u64 = 0x8080_8080_8080_8080;
const ONES: u64 = 0x0101_0101_0101_0101;

/// The high bit of each byte that is a letter or digit of ASCII, of each blank, and of each outside ASCII.
fn kinds(block: u64) -> (u64, u64, u64) {
    let outside = block & HIGH;
    let low = block & !HIGH;
    let at_least = |bytes: u64, least: u8| bytes + ONES * u64::from(0x80 - least);
    let between = |bytes: u64, least: u8, most: u8| at_least(bytes, least) & !at_least(bytes, most + 1);
    let alphanumeric = (between(low | (ONES * 0x20), b'a', b'z') | between(low, b'0', b'9')) & HIGH & !outside;
    let blank = !at_least(low ^ (ONES * 0x20), 1) & HIGH & !outside;
    (alphanumeric, blank, outside)
}

impl Scan {
    pub(super) fn of<'l>(literals: impl Iterator<Item = (&'l [u8], Place)>) -> Self {
        let mut openings = Openings(Box::new([0; 1024]));
        let mut pairs = Pairs(Box::new([0; 32]));
        let mut any_within = false;
        let mut blank = Blanks::Skip;
        for (literal, place) in literals {
            let Some(byte) = literal.first() else { continue };
            if *byte == b' ' {
                blank = Blanks::Look;
            }
            openings.add(literal);
            if place == Place::Anywhere && byte.is_ascii_alphanumeric() {
                pairs.add(literal);
                any_within = true;
            }
        }
        Self { openings, within: any_within.then_some(pairs), blank }
    }

    /// The literals found, each with its place, in the order of the text.
    pub(super) fn found(&self, tree: &Tree, bytes: &[u8], odd: bool) -> Vec<(u32, u32)> {
        let mut found = Vec::new();
        let (blocks, rest) = bytes.as_chunks::<8>();
        let last = rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        let word_at = |number: usize| blocks.get(number).map_or(last, |block| u64::from_le_bytes(*block));
        let mut before = 0;
        let mut behind = word_at(0);
        for number in 0..=blocks.len() {
            let from = 8 * number as u32;
            let word = behind;
            behind = if number < blocks.len() { word_at(number + 1) } else { 0 };
            let (alphanumeric, blank, outside) = kinds(word);
            let mut promising = alphanumeric & !(alphanumeric << 8 | before);
            before = alphanumeric >> 56;
            // Marks, and characters outside ASCII: some of both begin literals.
            promising |= !(alphanumeric | blank) & HIGH;
            if self.blank == Blanks::Look {
                promising |= blank;
            }
            if let Some(pairs) = &self.within {
                promising |= alphanumeric & pairs.in_block(word, behind as u8);
            }
            if odd {
                promising |= alphanumeric | outside;
            }
            let both = u128::from(behind) << 64 | u128::from(word);
            while promising != 0 {
                let bit = promising.trailing_zeros();
                promising &= promising - 1;
                let at = from | (bit / 8);
                if odd {
                    tree.begun_oddly(bytes.get(at as usize..).unwrap_or_default(), at, &mut found);
                } else if self.openings.has((both >> (bit & 56)) as u32) {
                    tree.begun(bytes.get(at as usize..).unwrap_or_default(), at, &mut found);
                }
            }
        }
        found
    }
}
