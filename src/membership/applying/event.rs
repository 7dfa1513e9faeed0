//! Everything that can happen to an application. Stored for ever: names never change, new fields have defaults.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    mail::{Address, Digest},
    membership::{Actor, Category, Looks},
};

/// An event with its place in the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationRecorded {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
    /// What.
    pub event: ApplicationEvent,
}

/// What was found of an item of the checklist in one mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundItem {
    /// `A01-ORG-NAME`.
    pub id: String,
    /// What was found.
    pub state: FoundState,
    /// The applicant's own line, which is public.
    pub quote: Option<String>,
    /// Why it is suspicious.
    pub note: Option<String>,
}

/// What was found of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FoundState {
    /// Something is there.
    Present,
    /// Nothing is there.
    Absent,
    /// The policy does not take it, or a person must look.
    Suspicious,
    /// Not asked of this applicant.
    NotApplicable,
}

impl FoundState {
    /// Whether acceptance waits for it (P79).
    pub fn is_open(self) -> bool {
        matches!(self, FoundState::Absent | FoundState::Suspicious)
    }

    /// The word shown.
    pub fn as_str(self) -> &'static str {
        match self {
            FoundState::Present => "present",
            FoundState::Absent => "absent",
            FoundState::Suspicious => "suspicious",
            FoundState::NotApplicable => "not-applicable",
        }
    }
}

/// A mail in the thread that is no application again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Heard {
    /// The applicant seems to take the application back.
    Withdrawal,
    /// The applicant seems to appeal (P80).
    Appeal,
    /// Something else of the applicant's.
    Applicant,
    /// Somebody else's: the list is public, and people comment.
    Comment,
}

/// What the team says on the public list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Items are missing (P79).
    Incomplete,
    /// It is accepted.
    Accepted,
    /// It is not; with the way to appeal (P80).
    Rejected,
}

impl Answer {
    /// The word shown, stored, and used for the name of its text.
    pub fn as_str(self) -> &'static str {
        match self {
            Answer::Incomplete => "incomplete",
            Answer::Accepted => "accepted",
            Answer::Rejected => "rejected",
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event")]
pub enum ApplicationEvent {
    /// It came.
    #[serde(rename = "application-received")]
    Received {
        /// The mail, by its number in the store.
        mail: i64,
        /// Who sent it, as the mail says.
        applicant: Option<Address>,
        /// The organisation, as it names itself.
        organisation: Option<String>,
        /// Its domains.
        domains: Vec<String>,
        /// The addresses it offers.
        aliases: Vec<Address>,
        /// The category it names.
        category: Option<Category>,
        /// The checklist.
        items: Vec<FoundItem>,
        /// Whether an embargo ran when it came. For the team alone.
        embargo: bool,
    },
    /// It came again, with more.
    #[serde(rename = "application-resubmitted")]
    Resubmitted {
        /// The mail.
        mail: i64,
        /// The organisation, as it names itself.
        organisation: Option<String>,
        /// Its domains.
        domains: Vec<String>,
        /// The addresses it offers.
        aliases: Vec<Address>,
        /// The category it names.
        category: Option<Category>,
        /// The checklist of that mail alone.
        items: Vec<FoundItem>,
    },
    /// Another mail in its thread.
    #[serde(rename = "application-heard")]
    Heard {
        /// The mail.
        mail: i64,
        /// What it seems to be.
        what: Heard,
    },
    /// A person says that an item is there, or is not, whatever the machine found.
    #[serde(rename = "application-item")]
    Item {
        /// Its id.
        item: String,
        /// Present or absent.
        state: FoundState,
        /// Why.
        because: String,
    },
    /// A person says under which name it would be listed.
    #[serde(rename = "application-named")]
    Named {
        /// The name.
        organisation: String,
    },
    /// A person chose the alias.
    #[serde(rename = "application-alias")]
    Alias {
        /// The address.
        alias: Address,
        /// What it looks like.
        looks: Looks,
        /// Why it is taken although it does not look like a role's (P48).
        because: Option<String>,
    },
    /// A person says in which category it is.
    #[serde(rename = "application-category")]
    Categorised {
        /// The category.
        category: Category,
    },
    /// A person looks at it.
    #[serde(rename = "application-review")]
    ReviewBegun,
    /// An answer was drafted.
    #[serde(rename = "application-drafted")]
    Drafted {
        /// Which.
        answer: Answer,
        /// The text, as it would stand on the public list.
        text: String,
        /// SHA-256 of the text.
        digest: Digest,
    },
    /// The draft is void: a person dropped it, or the application changed.
    #[serde(rename = "application-draft-dropped")]
    DraftDropped,
    /// The answer was sent to the public list.
    #[serde(rename = "application-answered")]
    Answered {
        /// Which.
        answer: Answer,
        /// The text that went out.
        digest: Digest,
        /// Who drafted it; who recorded this event confirmed it.
        drafted_by: crate::disclosure::PersonName,
    },
    /// The applicant took it back.
    #[serde(rename = "application-withdrawn")]
    Withdrawn {
        /// Where that stands.
        because: Option<String>,
    },
    /// Nobody answers any more.
    #[serde(rename = "application-expired")]
    Expired {
        /// Why.
        because: String,
    },
    /// The applicant appeals (P80).
    #[serde(rename = "application-appealed")]
    Appealed {
        /// Where that stands.
        because: Option<String>,
    },
    /// The alias is on both lists.
    #[serde(rename = "application-subscribed")]
    Subscribed {
        /// The member.
        member: i64,
    },
    /// The organisation stands on the public list.
    #[serde(rename = "application-listed")]
    Listed,
    /// A note.
    #[serde(rename = "application-noted")]
    Noted {
        /// The note.
        text: String,
    },
}

impl ApplicationEvent {
    /// The stored name of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            ApplicationEvent::Received { .. } => "application-received",
            ApplicationEvent::Resubmitted { .. } => "application-resubmitted",
            ApplicationEvent::Heard { .. } => "application-heard",
            ApplicationEvent::Item { .. } => "application-item",
            ApplicationEvent::Named { .. } => "application-named",
            ApplicationEvent::Alias { .. } => "application-alias",
            ApplicationEvent::Categorised { .. } => "application-category",
            ApplicationEvent::ReviewBegun => "application-review",
            ApplicationEvent::Drafted { .. } => "application-drafted",
            ApplicationEvent::DraftDropped => "application-draft-dropped",
            ApplicationEvent::Answered { .. } => "application-answered",
            ApplicationEvent::Withdrawn { .. } => "application-withdrawn",
            ApplicationEvent::Expired { .. } => "application-expired",
            ApplicationEvent::Appealed { .. } => "application-appealed",
            ApplicationEvent::Subscribed { .. } => "application-subscribed",
            ApplicationEvent::Listed => "application-listed",
            ApplicationEvent::Noted { .. } => "application-noted",
        }
    }
}
