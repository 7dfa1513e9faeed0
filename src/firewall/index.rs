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
/// Bits for each seed in the filter that answers most look-ups without touching the table.
const FILTER: usize = 16;
/// The filter has 2 to so many bits, at the least and at the most: one that outgrows the processor's cache saves nothing.
const FILTER_BITS: (u32, u32) = (10, 23);

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
    filter: Vec<u64>,
    filter_bits: u32,
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
        let filter_bits = (seeds.len() * FILTER).next_power_of_two().ilog2().clamp(FILTER_BITS.0, FILTER_BITS.1);
        let mut filter = vec![0; 1 << (filter_bits - 6)];
        for seed in &seeds {
            let (word, bit) = filter_place(seed.hash, filter_bits);
            if let Some(word) = filter.get_mut(word) {
                *word |= bit;
            }
        }
        Self { seeds, filter, filter_bits }
    }

    fn places(&self, hash: u64) -> &[Seed] {
        let (word, bit) = filter_place(hash, self.filter_bits);
        if self.filter.get(word).is_none_or(|word| word & bit == 0) {
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

fn filter_place(hash: u64, bits: u32) -> (usize, u64) {
    let place = hash >> (64 - bits);
    (usize::try_from(place >> 6).unwrap_or(usize::MAX), 1 << (place & 63))
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
