//! The life of a member: proposed, added by two, confirmed by its alias, probed, frozen, removed (P48, P54, P63, P65, P82).
//!
//! Promises: two different people add and remove; nothing that a machine brings about takes a member off the lists, and nothing but the answer of a
//! new alias puts one on; an address changes only after the old alias, the new one and a person agreed. Fails with [`Refused`].

mod event;
mod file;
mod judge;
mod readiness;
mod refused;

pub use event::{Act, MemberEvent, MemberRecorded, Particulars, Probe, Side, Terms};
pub use file::{AddressChange, MemberFile, Pending, Standing, ToDo};
pub use judge::{MemberCircumstances, MemberRequest, judge};
pub use readiness::{Facts, Fault, Readiness, is_due, readiness};
pub use refused::Refused;

use jiff::SignedDuration;

/// A proposal to add or to remove waits so long for the second person; then it has to be made again.
pub const PROPOSAL_LIFE: SignedDuration = SignedDuration::from_hours(14 * 24);
