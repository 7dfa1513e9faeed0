//! The times around a public release that several rooms go by.

use jiff::SignedDuration;

/// So long before and after the instant an arming counts, and so far apart the two people may be (P30): whoever armed two weeks ago has not seen
/// the last revision's reasons.
pub const ARMING_WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// While a release is due and does not go out, an alarm so often (P30).
pub const ALARM_EVERY: SignedDuration = SignedDuration::from_mins(15);
