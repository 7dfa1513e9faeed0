//! Working weeks, the dates we promise, reminders, retry times, and dates in the form people read.
//!
//! The policy speaks of "one working week" and "two working weeks" (P41, P43) and defines neither; here a working week is five working
//! days of the team's [`Calendar`]. Promises: instants in, instants out, never a look at the clock; the local time of day
//! is kept over a change of daylight saving time; adding a working day never goes back. Cannot fail: past the last date of the calendar
//! (year 9999) the instant given comes back.

mod calendar;
mod civil;
mod promise;
mod releases;
mod retry;

#[cfg(test)]
mod tests;

pub use calendar::{Calendar, CalendarError, OfficeHours};
pub use civil::{civil, civil_date};
pub use promise::{Promise, Targets, WORKING_WEEK};
pub use releases::{ALARM_EVERY, ARMING_WINDOW};
pub use retry::Retry;
