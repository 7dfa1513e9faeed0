//! Finds which parts of a letter also stand in the sources: seeds and their extension.
//!
//! Every [`STEP`]th [`SEED`] bytes of each source are hashed; every [`SEED`] bytes of the letter are looked up. So whatever is copied and at
//! least `SEED + STEP - 1` letters and digits long is found for certain. A find is compared byte by byte and followed to its ends: hashes
//! decide nothing. Work is linear in the letter; hostile repetition is stopped by [`WORK`].

use super::stream::{Stream, position};

/// Bytes of a seed.
const SEED: usize = 16;
/// The distance of the seeds of a source.
const STEP: usize = 4;
/// Of one seed, so many places in a source are kept: more only in repetitions.
const PLACES: usize = 2;
/// Of one seed, so many places in all sources together are looked at.
const LOOKS: usize = 256;
/// Bytes compared for each byte of the letter, at the most.
const WORK: usize = 256;
/// So many distances are remembered of each source: a program has the same line at several places.
const DISTANCES: usize = 8;
/// A seed with fewer different bytes is a repetition (`00000000`, `AAAA`) and tells nothing.
const VARIETY: u32 = 5;
/// The filter that answers most look-ups without touching the table has so many bits for each seed, so that it is as often right with few cases, when
/// it fits into the processor's nearest cache, as with thousands.
const FILTER_BITS_A_SEED: usize = 64;
/// 2 to this many bits in the filter, at least and at most.
const FILTER_BITS: std::ops::RangeInclusive<u32> = 12..=23;

/// A part of the letter that stands in a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// Which source.
    pub(super) source: usize,
    /// Where in the source's stream.
    pub(super) at: usize,
    /// Where in the letter's stream.
    pub(super) start: usize,
    /// How long.
    pub(super) length: usize,
}

struct Seed {
    hash: u64,
    source: u32,
    at: u32,
}

/// The seeds of all sources.
pub(super) struct Index {
    seeds: Vec<Seed>,
    filter: Filter,
}

/// Says of most hashes that no seed has them.
struct Filter {
    words: Vec<u64>,
    bits: u32,
}

impl Index {
    /// Reads the sources.
    pub(super) fn of<'s>(sources: impl IntoIterator<Item = &'s Stream>) -> Self {
        let mut seeds = Vec::new();
        for (source, stream) in sources.into_iter().enumerate() {
            let every = rolling(&stream.bytes).filter(|(at, _)| at % STEP == 0);
            seeds.extend(every.filter(|(at, _)| tells(stream.bytes.get(*at..at + SEED))).map(|(at, hash)| Seed {
                hash,
                source: position(source),
                at: position(at),
            }));
        }
        seeds.sort_unstable_by_key(|seed| (seed.hash, seed.source, seed.at));
        let mut same = (0, 0, 0);
        seeds.retain(|seed| {
            same = if (same.0, same.1) == (seed.hash, seed.source) {
                (same.0, same.1, same.2 + 1)
            } else {
                (seed.hash, seed.source, 1)
            };
            same.2 <= PLACES
        });
        let filter = Filter::of(&seeds);
        Self { seeds, filter }
    }

    fn places(&self, hash: u64) -> &[Seed] {
        if !self.filter.may_have(hash) {
            return &[];
        }
        let first = self.seeds.partition_point(|seed| seed.hash < hash);
        let rest = self.seeds.get(first..).unwrap_or_default();
        let count = rest.iter().take(LOOKS).take_while(|seed| seed.hash == hash).count();
        rest.get(..count).unwrap_or_default()
    }

    /// All parts of `letter` that stand in a source, each as long as it can be.
    pub(super) fn runs<'s>(&self, letter: &Stream, source: impl Fn(usize) -> Option<&'s Stream>) -> Vec<Run> {
        let mut runs = Vec::new();
        // Of each source: at which distances the letter was followed last, and how far.
        let mut followed: Vec<[(i64, usize); DISTANCES]> = Vec::new();
        let mut work = letter.bytes.len().saturating_mul(WORK);
        for (start, hash) in rolling(&letter.bytes) {
            for seed in self.places(hash) {
                let distance = i64::from(seed.at) - i64::from(position(start));
                let source_number = seed.source as usize;
                if followed.len() <= source_number {
                    followed.resize(source_number + 1, [(0, 0); DISTANCES]);
                }
                let Some(recent) = followed.get_mut(source_number) else { continue };
                if recent.iter().any(|(at, end)| *at == distance && *end >= start + SEED) {
                    continue;
                }
                // Nothing is left to compare repetitions with: some of them are enough.
                if work < SEED && start % SEED != 0 {
                    continue;
                }
                let Some(stream) = source(source_number) else { continue };
                let Some(run) = follow(letter, stream, start, seed, &mut work) else { continue };
                recent.rotate_right(1);
                if let Some(last) = recent.first_mut() {
                    *last = (distance, run.start + run.length);
                }
                runs.push(run);
            }
        }
        runs
    }
}

impl Filter {
    fn of(seeds: &[Seed]) -> Self {
        let wanted = seeds.len().saturating_mul(FILTER_BITS_A_SEED).checked_next_power_of_two().map_or(u32::MAX, usize::ilog2);
        let bits = wanted.clamp(*FILTER_BITS.start(), *FILTER_BITS.end());
        let mut filter = Self { words: vec![0; 1 << (bits - 6)], bits };
        for seed in seeds {
            let (word, bit) = filter.place(seed.hash);
            if let Some(word) = filter.words.get_mut(word) {
                *word |= bit;
            }
        }
        filter
    }

    fn may_have(&self, hash: u64) -> bool {
        let (word, bit) = self.place(hash);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    fn place(&self, hash: u64) -> (usize, u64) {
        let place = hash >> (64 - self.bits);
        (usize::try_from(place >> 6).unwrap_or(usize::MAX), 1 << (place & 63))
    }
}

/// The whole part around a seed that is the same in both.
fn follow(letter: &Stream, stream: &Stream, start: usize, seed: &Seed, work: &mut usize) -> Option<Run> {
    let at = seed.at as usize;
    let (ours, theirs) = (letter.bytes.get(start..)?, stream.bytes.get(at..)?);
    let ahead = ours.iter().zip(theirs).take(*work).take_while(|(a, b)| a == b).count();
    let exhausted = *work < SEED;
    if ahead < SEED && !exhausted {
        return None;
    }
    let (ours, theirs) = (letter.bytes.get(..start)?, stream.bytes.get(..at)?);
    let behind = ours.iter().rev().zip(theirs.iter().rev()).take(*work).take_while(|(a, b)| a == b).count();
    *work = work.saturating_sub(ahead + behind);
    let length = if exhausted { SEED } else { ahead + behind };
    Some(Run { source: seed.source as usize, at: at - behind, start: start - behind, length })
}

/// The hash of each [`SEED`] bytes, by their place.
fn rolling(bytes: &[u8]) -> impl Iterator<Item = (usize, u64)> {
    const BASE: u64 = 0x0001_0000_01b3;
    let leaving = (1..SEED).fold(1_u64, |power, _| power.wrapping_mul(BASE));
    let mut hash = 0_u64;
    let gone = std::iter::repeat_n(None, SEED).chain(bytes.iter().map(Some));
    bytes.iter().zip(gone).enumerate().filter_map(move |(index, (byte, gone))| {
        if let Some(gone) = gone {
            hash = hash.wrapping_sub((u64::from(*gone) + 1).wrapping_mul(leaving));
        }
        hash = hash.wrapping_mul(BASE).wrapping_add(u64::from(*byte) + 1);
        let at = (index + 1).checked_sub(SEED)?;
        Some((at, mixed(hash)))
    })
}

/// All bits of the hash in all bits (the finisher of MurmurHash3).
fn mixed(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

fn tells(seed: Option<&[u8]>) -> bool {
    let Some(seed) = seed else { return false };
    let seen = seed.iter().fold([0_u64; 4], |mut seen, byte| {
        if let Some(word) = seen.get_mut(usize::from(byte >> 6)) {
            *word |= 1 << (byte & 63);
        }
        seen
    });
    seen.iter().map(|word| word.count_ones()).sum::<u32>() >= VARIETY
}

#[cfg(test)]
mod tests;
