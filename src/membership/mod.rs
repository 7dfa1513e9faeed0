//! Applications and members: who may be on the two private lists, and what the public is told about it (P48-P54, P71-P83).
//!
//! Does: an application and a member are what their events add up to; a request of a person, of an alias or of the clock is judged against that
//! and answered with events, or with the step that is missing. The public list of organisations ([`organisation`])
//! and its change history ([`history`]) follow from the same events.
//!
//! Promises: pure; only people accept, reject, add, remove, freeze or thaw; adding and removing takes two different ones; no text made here for
//! the public holds an address. Fails with sentences for whoever asked.

pub mod applying;
pub mod belonging;
pub mod history;
pub mod organisation;
pub mod queue;
mod terms;

#[cfg(test)]
mod tests;

pub use history::{HistoryDate, HistoryLine, PolicyVersion};
pub use organisation::{Organisation, RosterError};
pub use terms::{Actor, ApplicationId, Category, Looks, MemberId};
