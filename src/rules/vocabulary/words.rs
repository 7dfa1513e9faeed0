//! The table of known words.
//!
//! Each word of a post is looked up in it, so that the work for one counts: a hash of a few multiplications does, as nobody but the author of the
//! rules chooses what stands in the table.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// Words, and words that are known in company only.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    entries: HashMap<Box<str>, Entry, BuildHasherDefault<Folding>>,
}

#[derive(Debug, Clone, Default)]
struct Entry {
    alone: Alone,
    /// The words that may follow it: `#` is anything of a technical form.
    phrases: Vec<Vec<String>>,
}

/// Whether a word is known by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Alone {
    #[default]
    Unknown,
    Known,
}

impl Words {
    pub(super) fn add(&mut self, word: &str) {
        self.entries.entry(word.into()).or_default().alone = Alone::Known;
    }

    pub(super) fn add_phrase(&mut self, first: &str, rest: Vec<String>) {
        self.entries.entry(first.into()).or_default().phrases.push(rest);
    }

    pub(super) fn extend(&mut self, other: &Self) {
        for (word, entry) in &other.entries {
            let mine = self.entries.entry(word.clone()).or_default();
            if entry.alone == Alone::Known {
                mine.alone = Alone::Known;
            }
            mine.phrases.extend(entry.phrases.iter().cloned());
        }
    }

    pub(super) fn has(&self, word: &str) -> bool {
        self.entries.get(word).is_some_and(|entry| entry.alone == Alone::Known)
    }

    /// What may follow a word.
    pub(super) fn phrases(&self, first: &str) -> &[Vec<String>] {
        self.entries.get(first).map(|entry| entry.phrases.as_slice()).unwrap_or_default()
    }
}

/// A multiplication for eight bytes.
#[derive(Debug, Clone, Copy, Default)]
struct Folding(u64);

impl Hasher for Folding {
    fn write(&mut self, bytes: &[u8]) {
        for block in bytes.chunks(8) {
            let word = match <[u8; 8]>::try_from(block) {
                Ok(whole) => u64::from_le_bytes(whole),
                Err(_) => block.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
            };
            self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.0 = (self.0.rotate_left(5) ^ u64::from(byte)).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 29
    }
}
