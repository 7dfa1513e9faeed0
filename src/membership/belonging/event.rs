//! Everything that can happen to a member. Stored for ever: names never change, new fields have defaults.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    disclosure::{PersonName, TlsRequirement},
    mail::Address,
    membership::{Actor, Category},
};

/// An event with its place in the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRecorded {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
    /// What.
    pub event: MemberEvent,
}

/// Who a member is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Particulars {
    /// The organisation, as the public list names it.
    pub organisation: String,
    /// The role address.
    pub address: Address,
    /// People confirmed to write for it.
    #[serde(default)]
    pub posters: Vec<Address>,
    /// Its domains.
    #[serde(default)]
    pub domains: Vec<String>,
    /// What makes it eligible.
    #[serde(default)]
    pub category: Option<Category>,
    /// What the way to it must be.
    #[serde(default)]
    pub tls: TlsRequirement,
    /// Which terms it accepted.
    #[serde(default)]
    pub terms: Option<Terms>,
    /// The application it came from.
    #[serde(default)]
    pub application: Option<i64>,
    /// Why an alias is taken that does not look like a role's.
    #[serde(default)]
    pub override_because: Option<String>,
}

/// Terms that a member accepted (P54).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The version of the policy.
    pub version: String,
    /// When it said so.
    pub on: Date,
}

/// What takes two people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Add it.
    Add,
    /// Remove it.
    Remove {
        /// Why.
        because: String,
    },
}

impl Act {
    /// The word that people type.
    pub fn name(&self) -> &'static str {
        match self {
            Act::Add => "add",
            Act::Remove { .. } => "remove",
        }
    }
}

/// Why an alias was asked whether it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Probe {
    /// It is new.
    New,
    /// From time to time (P82).
    Still,
    /// A fire drill.
    Drill {
        /// Its number.
        drill: i64,
    },
}

/// Which alias agreed to a change of the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The one that gets mail now.
    Old,
    /// The one that shall get it.
    New,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event")]
pub enum MemberEvent {
    /// It was a member before there was this record.
    #[serde(rename = "member-adopted")]
    Adopted {
        /// Who it is.
        particulars: Particulars,
        /// How it stood.
        standing: super::Standing,
        /// Since when it is a member.
        since: Timestamp,
    },
    /// Somebody proposes it; it gets nothing.
    #[serde(rename = "member-entered")]
    Entered {
        /// Who it is.
        particulars: Particulars,
    },
    /// Something that takes two is proposed.
    #[serde(rename = "member-proposed")]
    Proposed {
        /// What.
        act: Act,
    },
    /// A person agrees.
    #[serde(rename = "member-seconded")]
    Seconded,
    /// The proposal is off.
    #[serde(rename = "member-retracted")]
    Retracted,
    /// Two people added it; it gets mail once its alias has answered.
    #[serde(rename = "member-accepted")]
    Accepted {
        /// The first of them; the second recorded this.
        proposed_by: PersonName,
    },
    /// Two people removed it.
    #[serde(rename = "member-ended")]
    Ended {
        /// Why.
        because: String,
        /// The first of them; the second recorded this.
        proposed_by: PersonName,
    },
    /// A letter with a token went to the alias.
    #[serde(rename = "member-probed")]
    Probed {
        /// Why.
        why: Probe,
    },
    /// The alias is read: its token came back, or a person knows.
    #[serde(rename = "member-confirmed")]
    Confirmed {
        /// How a person knows.
        because: Option<String>,
    },
    /// It gets both lists from now on.
    #[serde(rename = "member-activated")]
    Activated,
    /// It stands on the public list.
    #[serde(rename = "member-listed")]
    Listed,
    /// It no longer does.
    #[serde(rename = "member-unlisted")]
    Unlisted,
    /// A delivery came back.
    #[serde(rename = "member-bounced")]
    Bounced {
        /// Enhanced status.
        status: String,
    },
    /// An automaton answered for the alias.
    #[serde(rename = "member-automatic")]
    Automatic,
    /// An answer to a probe came that proves nothing.
    #[serde(rename = "member-doubtful-answer")]
    DoubtfulAnswer,
    /// A person has dealt with what was to be done.
    #[serde(rename = "member-settled")]
    Settled {
        /// How.
        because: String,
    },
    /// It gets nothing until a person thaws it.
    #[serde(rename = "member-frozen")]
    Frozen {
        /// Why.
        because: String,
    },
    /// It gets mail again.
    #[serde(rename = "member-thawed")]
    Thawed {
        /// Why.
        because: Option<String>,
    },
    /// It has another name.
    #[serde(rename = "member-renamed")]
    Renamed {
        /// The new one.
        organisation: String,
    },
    /// These are its domains.
    #[serde(rename = "member-domains")]
    Domains {
        /// All of them.
        domains: Vec<String>,
    },
    /// That makes it eligible.
    #[serde(rename = "member-category")]
    Category {
        /// What.
        category: Category,
    },
    /// This person writes for it.
    #[serde(rename = "member-poster-added")]
    PosterAdded {
        /// The address.
        address: Address,
    },
    /// This person no longer does.
    #[serde(rename = "member-poster-dropped")]
    PosterDropped {
        /// The address.
        address: Address,
    },
    /// The way to it must be this.
    #[serde(rename = "member-tls")]
    Tls {
        /// What.
        tls: TlsRequirement,
    },
    /// It accepted terms (P54).
    #[serde(rename = "member-terms")]
    TermsAccepted {
        /// Which, when.
        terms: Terms,
    },
    /// Another role address is wanted.
    #[serde(rename = "member-address-asked")]
    AddressAsked {
        /// The new one.
        address: Address,
        /// Why, or why it is taken although it does not look like a role's.
        because: String,
    },
    /// An alias agreed.
    #[serde(rename = "member-address-agreed")]
    AddressAgreed {
        /// Which.
        side: Side,
    },
    /// It has that role address from now on.
    #[serde(rename = "member-address-changed")]
    AddressChanged {
        /// The new one.
        address: Address,
    },
    /// It keeps the address it has.
    #[serde(rename = "member-address-dropped")]
    AddressDropped,
    /// It was looked at again, and stays.
    #[serde(rename = "member-kept")]
    Kept {
        /// Why.
        because: String,
    },
    /// A note.
    #[serde(rename = "member-noted")]
    Noted {
        /// The note.
        text: String,
    },
}

impl MemberEvent {
    /// The stored name of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            MemberEvent::Adopted { .. } => "member-adopted",
            MemberEvent::Entered { .. } => "member-entered",
            MemberEvent::Proposed { .. } => "member-proposed",
            MemberEvent::Seconded => "member-seconded",
            MemberEvent::Retracted => "member-retracted",
            MemberEvent::Accepted { .. } => "member-accepted",
            MemberEvent::Ended { .. } => "member-ended",
            MemberEvent::Probed { .. } => "member-probed",
            MemberEvent::Confirmed { .. } => "member-confirmed",
            MemberEvent::Activated => "member-activated",
            MemberEvent::Listed => "member-listed",
            MemberEvent::Unlisted => "member-unlisted",
            MemberEvent::Bounced { .. } => "member-bounced",
            MemberEvent::Automatic => "member-automatic",
            MemberEvent::DoubtfulAnswer => "member-doubtful-answer",
            MemberEvent::Settled { .. } => "member-settled",
            MemberEvent::Frozen { .. } => "member-frozen",
            MemberEvent::Thawed { .. } => "member-thawed",
            MemberEvent::Renamed { .. } => "member-renamed",
            MemberEvent::Domains { .. } => "member-domains",
            MemberEvent::Category { .. } => "member-category",
            MemberEvent::PosterAdded { .. } => "member-poster-added",
            MemberEvent::PosterDropped { .. } => "member-poster-dropped",
            MemberEvent::Tls { .. } => "member-tls",
            MemberEvent::TermsAccepted { .. } => "member-terms",
            MemberEvent::AddressAsked { .. } => "member-address-asked",
            MemberEvent::AddressAgreed { .. } => "member-address-agreed",
            MemberEvent::AddressChanged { .. } => "member-address-changed",
            MemberEvent::AddressDropped => "member-address-dropped",
            MemberEvent::Kept { .. } => "member-kept",
            MemberEvent::Noted { .. } => "member-noted",
        }
    }
}
