//! Every text we send, one file per letter; the wording itself is in `rules/letters/*.txt`.
//!
//! Does: turns a typed request ([`Acknowledgement`], [`HeldNotice`], [`Redistribution`], ...) into a [`Draft`]: envelope, bytes, and what those
//! bytes may reveal. `LETTER.write(&mut desk)` is the same call for all of them.
//!
//! Promises: pure (time, randomness and calendar dates are arguments); nothing read from a mail is ever a template, a header field or an unescaped
//! character ([`shown`]); a letter's Subject is made of ids alone; Date, Message-ID and boundary are always explicit.
//!
//! Fails: with a [`LetterError`] that names the letter and never a word of the mail it is about. A text that names an unknown variable is found
//! by [`Letters::new`] at start, not here.
//!
//! A draft goes nowhere by itself: [`crate::clearance::may_send`] is the way to a delivery row.

mod acknowledgement;
mod alarm;
mod alias_probe;
mod application_answer;
mod application_notice;
mod application_pointer;
mod arm_request;
mod block_notice;
mod case_mail;
mod case_news;
mod case_reply;
mod command_answer;
mod delivery_summary;
mod desk;
mod draft;
mod due;
mod embargo_ended;
mod enclosure;
mod escalation;
pub mod field_names;
mod held_notice;
mod held_receipt;
mod layout;
mod letters;
mod membership_due;
mod public_release;
mod redistribution;
mod rejection;
mod reminder;
mod report_draft;
mod review_due;
mod ruled;
mod send_request;
pub mod shown;
mod subscription_answer;
mod triage_notice;
mod values;

#[cfg(test)]
pub(crate) mod tests;

pub use acknowledgement::{Acknowledgement, Reading};
pub use alarm::{Alarm, AlarmKind};
pub use alias_probe::{AliasProbe, AliasQuestion, Drill};
pub use application_answer::{ApplicationAnswer, ApplicationDraft, DraftFor, PublicAnswer};
pub use application_notice::{ApplicationNews, ApplicationNotice, ChecklistLine};
pub use application_pointer::ApplicationPointer;
pub use arm_request::ArmRequest;
pub use block_notice::{BlockNotice, BlockedSpot};
pub use case_mail::{Belonging, CaseMail};
pub use case_news::{CaseNews, News};
pub use case_reply::CaseReply;
pub use command_answer::{About, Answer, CommandAnswer};
pub use delivery_summary::{DeliverySummary, Sent, Trouble, Unfortunate};
pub use desk::{Desk, LetterError, Thread};
pub use draft::{BlockedId, Draft, HeldId, LetterKind, Readers, ReversePath};
pub use due::{DueCase, DueDigest, DuePoint, Pressing};
pub use embargo_ended::{EmbargoEnded, EndedBy};
pub use enclosure::{Enclosure, NoticeMode};
pub use escalation::Escalation;
pub use held_notice::{Haste, HeldNotice, HeldWhat};
pub use held_receipt::HeldReceipt;
pub use letters::{LetterErrors, LetterFault, Letters};
pub use membership_due::MembershipDue;
pub use public_release::PublicRelease;
pub use redistribution::{AdvisoryMark, FromField, Redistributed, Redistribution, redistribute};
pub use rejection::Rejection;
pub use reminder::Reminder;
pub use report_draft::ReportDraft;
pub use review_due::ReviewDue;
pub use ruled::{Ruled, RuledBy, Ruling};
pub use send_request::SendRequest;
pub use subscription_answer::SubscriptionAnswer;
pub use triage_notice::{Answered, AttachmentFact, Facts, SenderProof, TriageNotice};
