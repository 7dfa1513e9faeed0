//! The only reader of the system's clock.
//!
//! Time is an argument everywhere else (`now: Timestamp`), so that a decision can be repeated and a test can stand at any
//! instant. `.clippy.toml` refuses the system clock outside this file.

use std::{
    sync::{LazyLock, Mutex},
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};

#[cfg(test)]
mod tests;

/// Tells what time it is.
pub trait Clock: Send + Sync {
    /// The current instant (UTC).
    fn now(&self) -> Timestamp;

    /// Time that has passed since any fixed beginning of this process, by a clock that nobody can set: what tells a wall clock that jumped.
    fn monotonic(&self) -> Duration;
}

/// The machine's wall clock, in whole milliseconds: what the store keeps. An instant that is stored and one that is remembered are the same.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    fn monotonic(&self) -> Duration {
        static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);
        BEGINNING.elapsed()
    }
}

/// A clock that stands still until it is moved by hand: for tests, the demo and rehearsals.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// A clock standing at `at`.
    pub fn at(at: Timestamp) -> Self {
        Self(Mutex::new(at))
    }

    /// Moves the clock forward (or back, if `by` is negative).
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *now = now.saturating_add(by).unwrap_or(*now);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The hand that moves it moves both.
    fn monotonic(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.now().as_millisecond()).unwrap_or_default())
    }
}
