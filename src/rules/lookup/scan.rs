//! One pass over a text: where literals may begin, and which do.

use super::{Place, tree::Tree};

/// What literals begin with.
#[derive(Debug, Clone)]
pub(super) struct Scan {
    openings: Openings,
    marks: Marks,
    /// The first two bytes of literals that may stand within words.
    within: Vec<[u8; 2]>,
}

/// The bytes besides letters and digits of ASCII with which literals begin.
#[derive(Debug, Clone)]
enum Marks {
    /// These.
    Few(Vec<u8>),
    /// Any, the blank among them or not.
    Any(Blanks),
}

/// Whether literals begin with a blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blanks {
    Skip,
    Look,
}

/// A comparison of all bytes with one more mark costs as much as a look at every eightieth byte.
const FEW: usize = 12;

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

    fn has(&self, bytes: &[u8]) -> bool {
        let window = match bytes.first_chunk() {
            Some(four) => u32::from_le_bytes(*four),
            None => bytes.iter().rev().fold(0, |window, byte| window << 8 | u32::from(*byte)),
        };
        let row = self.0.get((window << 5 & 0x3e0 | window >> 8 & 31) as usize);
        row.is_some_and(|row| row >> (window >> 16 & 31) & 1 != 0)
    }
}

/// So many bytes are looked at together. What is done to each of them is written as a plain loop, which the compiler turns into vectors.
const BLOCK: usize = 64;
type Block = [u8; BLOCK];

/// Sets each byte of `held` to 1 where something holds of the byte and the one behind it.
fn hold(held: &mut Block, here: &Block, behind: &Block, holds: impl Fn(u8, u8) -> bool) {
    for ((held, byte), next) in held.iter_mut().zip(here).zip(behind) {
        *held |= u8::from(holds(*byte, *next));
    }
}

/// A bit for each byte that is 1.
fn bits(held: &Block) -> u64 {
    // The product brings the lowest bits of eight bytes together in the highest byte.
    let eight = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    held.as_chunks::<8>().0.iter().rev().fold(0, |bits, bytes| bits << 8 | eight(bytes))
}

fn is_alphanumeric(byte: u8) -> bool {
    (byte | 0x20).wrapping_sub(b'a') < 26 || byte.wrapping_sub(b'0') < 10
}

/// Up to a block of these bytes, zeros behind them.
fn block(bytes: &[u8]) -> Block {
    if let Some(whole) = bytes.first_chunk() {
        return *whole;
    }
    let mut block = [0; BLOCK];
    block.iter_mut().zip(bytes).for_each(|(to, byte)| *to = *byte);
    block
}

impl Scan {
    pub(super) fn of<'l>(literals: impl Iterator<Item = (&'l [u8], Place)>) -> Self {
        let mut openings = Openings(Box::new([0; 1024]));
        let mut marks = Vec::new();
        let mut within = Vec::new();
        for (literal, place) in literals {
            let Some(first) = literal.first().copied() else { continue };
            openings.add(literal);
            if !first.is_ascii_alphanumeric() {
                marks.push(first);
            } else if place == Place::Anywhere {
                within.push([first, literal.get(1).copied().unwrap_or_default()]);
            }
        }
        marks.sort_unstable();
        marks.dedup();
        within.sort_unstable();
        within.dedup();
        let blanks = if marks.contains(&b' ') { Blanks::Look } else { Blanks::Skip };
        let marks = if marks.len() <= FEW { Marks::Few(marks) } else { Marks::Any(blanks) };
        Self { openings, marks, within }
    }

    /// The literals found, each with its place, in the order of the text.
    pub(super) fn found(&self, tree: &Tree, bytes: &[u8], odd: bool) -> Vec<(u32, u32)> {
        let mut found = Vec::new();
        let mut before = 0;
        for from in (0..bytes.len()).step_by(BLOCK) {
            let here = block(bytes.get(from..).unwrap_or_default());
            let (mut of_words, mut others) = ([0; BLOCK], [0; BLOCK]);
            hold(&mut of_words, &here, &here, |byte, _| is_alphanumeric(byte));
            self.mark(&mut others, &here);
            if !self.within.is_empty() {
                self.mark_within(&mut others, &here, &block(bytes.get(from + 1..).unwrap_or_default()));
            }
            let of_words = bits(&of_words);
            let mut promising = of_words & !(of_words << 1 | before) | bits(&others);
            before = of_words >> 63;
            if odd {
                promising = u64::MAX;
            }
            while promising != 0 {
                let at = from + promising.trailing_zeros() as usize;
                promising &= promising - 1;
                let rest = bytes.get(at..).unwrap_or_default();
                if odd {
                    tree.begun_oddly(rest, at as u32, &mut found);
                } else if self.openings.has(rest) {
                    tree.begun(rest, at as u32, &mut found);
                }
            }
        }
        found
    }

    /// Marks, and characters outside ASCII: some of both begin literals.
    fn mark(&self, found: &mut Block, here: &Block) {
        match &self.marks {
            Marks::Few(marks) => marks.iter().for_each(|mark| hold(found, here, here, |byte, _| byte == *mark)),
            Marks::Any(Blanks::Look) => hold(found, here, here, |byte, _| !is_alphanumeric(byte)),
            Marks::Any(Blanks::Skip) => hold(found, here, here, |byte, _| !is_alphanumeric(byte) && byte != b' '),
        }
    }

    /// The first two bytes of what may stand within words. Without one bit a capital is the small letter.
    fn mark_within(&self, found: &mut Block, here: &Block, behind: &Block) {
        for [first, second] in &self.within {
            match second {
                0 => hold(found, here, here, |byte, _| byte | 0x20 == *first),
                _ => hold(found, here, behind, |byte, next| byte | 0x20 == *first && next | 0x20 == second | 0x20),
            }
        }
    }
}
