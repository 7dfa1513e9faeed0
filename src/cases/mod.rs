//! The handling of a case, from the report to the transparency report: what may be done, what it changes, and what is due.
//!
//! Does: [`judge`] answers a [`Request`] with [`CaseEvent`]s or with the step that is missing ([`Refused`]); [`CaseFile`] adds stored events
//! up to the seven regions (`region.rs`); [`next_action`], [`open_items`] and [`due`] say what comes next, what stands open and what the
//! team is reminded of; [`parse_instant`] and [`Echo`] read an embargo instant and say it back.
//! Promises: the events that the judgement gives always fit the file; the file made of the stored events is the one that the judgement saw;
//! no state of [`CaseFile`] is illegal (`tests/walk` walks a million requests and says which states are); undetermined counts as
//! embargoed; nothing is public before its instant without two people and a cause; what needs two people is never done by one.
//! Fails: with [`Refused`], a friendly sentence without a word of the matter, or with [`Unfit`] on a record that cannot be one.
//!
//! Nothing here is stored, sent or read from a clock. To use it: read the events, [`CaseFile::fold`] them, ask [`judge`] with the instant, and
//! store what it gives with that same instant and actor, all in one transaction. `Debug` of everything here shows kinds, never content.

mod event;
mod file;
mod fold;
mod instant;
mod judge;
mod parts;
mod refused;
mod region;
mod reminders;
mod request;
mod targets;
mod terms;

#[cfg(test)]
mod tests;

pub use event::{CaseEvent, Recorded};
pub use file::{CaseFile, Unfit};
pub use instant::{Echo, InstantWarning, NotAnInstant, distance, parse_instant};
pub use judge::{Circumstances, judge};
pub use parts::{Arming, Consultation, Involvement, Pending, Promised, Release, ReportState, Told, Wish};
pub use refused::Refused;
pub use region::{
    AdvisoryStage, CloseReason, Confidentiality, CveState, Deployment, EarlyEnd, Handling, Numbering, PatchState, PublicCause,
    Publicity,
};
pub use reminders::{Due, RemindWhen, RemindWhom, Reminder, due};
pub use request::{NumberWish, Request};
pub use targets::{Lag, Next, NextAction, OpenItem, Owner, PATCH_LATE, Standards, arming_opens, next_action, open_items};
pub use terms::{
    Act, Actor, DisarmCause, InvolvedRole, LintResult, NumberUse, Numbers, Origin, Patch, Plan, Revision, RevisionAudience,
    Support, Telling, WishKind,
};
