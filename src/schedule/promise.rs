//! The dates that the policy lets a discoverer expect.

use jiff::Timestamp;

use super::Calendar;

/// Working days in a working week (the policy does not say).
pub const WORKING_WEEK: u32 = 5;

/// The policy's targets in working days. Targets, not limits: the discoverer's date comes first (P45), and a short embargo exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Targets {
    /// From the arrival until a person has looked.
    pub look: u32,
    /// From the notification until the predisclosure list hears of it (P41).
    pub predisclosure: u32,
    /// From the predisclosure until the publication (P43).
    pub publication: u32,
}

impl Default for Targets {
    /// One working day, one working week, two working weeks.
    fn default() -> Self {
        Self { look: 1, predisclosure: WORKING_WEEK, publication: 2 * WORKING_WEEK }
    }
}

/// What follows from the targets for one report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// Until then a person has looked at it.
    pub look_by: Timestamp,
    /// When the predisclosure list should hear of it.
    pub predisclosure: Timestamp,
    /// When it should become public.
    pub publication: Timestamp,
}

impl Promise {
    /// The dates for a report that arrived at `arrival`.
    pub fn for_report(arrival: Timestamp, calendar: &Calendar, targets: Targets) -> Self {
        let predisclosure = calendar.add_working_days(arrival, targets.predisclosure);
        Self {
            look_by: calendar.add_working_days(arrival, targets.look),
            predisclosure,
            publication: calendar.add_working_days(predisclosure, targets.publication),
        }
    }
}
