//! The life of an application (P71-P81): received, incomplete, sent again, under review, answered in public.
//!
//! Promises: accepting needs every required item and two different people; an answer goes out in the words that a person was shown; what a machine
//! found can be corrected by a person who says why. Fails with [`Refused`].

mod event;
mod file;
mod judge;
mod refused;

pub use event::{Answer, ApplicationEvent, ApplicationRecorded, FoundItem, FoundState, Heard};
pub use file::{ApplicationFile, ApplicationState, Draft, Unfit};
pub use judge::{ApplicationRequest, Circumstances, judge};
pub use refused::Refused;
