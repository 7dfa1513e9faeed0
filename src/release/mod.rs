//! The gate for the public release: not before the instant, not without two people (P46, P50).
//!
//! Does: judges all clocks at hand ([`judge`]) and counts who armed the release ([`armed`]). [`Licence`] joins the two; without one nothing is
//! published. Which destination has it stands in the case ([`crate::cases::Release`]).
//! Promises: pure; [`EmbargoPassed`] and [`Armed`] are made here and nowhere else; the gate opens only when the wall clock **and every server's
//! own date** have reached the instant, so that one right server is enough never to be early, whatever the other clocks say; in doubt it is
//! closed and says why. Late is tolerated, early never (XSA-338 was 97 minutes late, none was early).
//! Fails: with a [`Fault`] or [`Unarmed`], which the caller makes an alarm of.

mod arming;
mod gate;

#[cfg(test)]
mod tests;

pub use arming::{Armed, Arming, Licence, Unarmed, alarm_due, armed};
pub use gate::{Checkpoint, Clocks, EmbargoPassed, Fault, Gate, Origin, ServerDate, Tolerance, judge, renewed};
