//! Chance with a seed, and the clock of the walk.

use super::*;

/// SplitMix64: the same walk on every machine.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to, but not with, `bound`.
    pub fn up_to(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub fn one_in(&mut self, of: u64) -> bool {
        self.up_to(of) == 0
    }

    pub fn one_of<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.up_to(of.len() as u64) as usize].clone()
    }

    /// When the next request comes: mostly a little later, often close to an instant that matters, sometimes days later, and sometimes the
    /// clock is wrong.
    pub fn moment(&mut self, file: &CaseFile, now: Timestamp) -> Timestamp {
        let instant = file.arming().map(|arming| arming.plan.instant).or(file.public_at()).unwrap_or(now);
        let (from, seconds) = match self.up_to(100) {
            0..=69 => (now, self.up_to(600).cast_signed()),
            70..=79 => (now, self.up_to(6 * 3600).cast_signed()),
            80..=84 => (now, self.up_to(4 * 86400).cast_signed()),
            85..=92 if instant > now => (instant, self.up_to(3).cast_signed() - 1),
            93..=95 if instant > now => (instant, -self.up_to(26 * 3600).cast_signed()),
            96 => (now, -self.up_to(40 * 3600).cast_signed()),
            _ => (now, 1),
        };
        from.saturating_add(SignedDuration::from_secs(seconds)).unwrap()
    }
}
