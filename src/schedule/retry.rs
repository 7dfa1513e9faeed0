//! When a delivery that was put off is tried again.

use jiff::{SignedDuration, Timestamp};

/// Retry by age: wait as long as it has waited already (RFC 5321 4.5.4.1 asks for 4 to 5 days before giving up).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// The shortest pause.
    pub shortest: SignedDuration,
    /// The longest pause.
    pub longest: SignedDuration,
    /// The age at which the last attempt is made.
    pub give_up: SignedDuration,
}

impl Default for Retry {
    /// 5 minutes to 4 hours, for 5 days.
    fn default() -> Self {
        Self {
            shortest: SignedDuration::from_mins(5),
            longest: SignedDuration::from_hours(4),
            give_up: SignedDuration::from_hours(5 * 24),
        }
    }
}

impl Retry {
    /// The next attempt after one that failed at `now`, when the first was made at `first`. The last one is made at the age of
    /// `give_up`; `None` after it. A clock that was put back costs a pause of `shortest`, never an attempt.
    pub fn next_attempt(&self, first: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let age = now.duration_since(first);
        if age >= self.give_up {
            return None;
        }
        let pause = age.min(self.longest).max(self.shortest);
        let next = now.saturating_add(pause).unwrap_or(now);
        let last = first.saturating_add(self.give_up).unwrap_or(next);
        Some(if age.is_negative() { next } else { next.min(last) })
    }
}
