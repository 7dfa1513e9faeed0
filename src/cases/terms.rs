//! What events and requests speak of: who, revisions, plans, patches, roles, acts of two. Stored in events, so these names never change either.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::region::{CloseReason, EarlyEnd};
use crate::{
    disclosure::{AdvisoryNumber, DeploymentPermission, PersonName},
    mail::Digest,
};

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// A proven person of the team.
    Person(PersonName),
    /// The daemon: a timer, a delivery, a hook of the operator.
    Daemon,
    /// Who reported it.
    Discoverer,
}

/// How a case came to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A mail to the security address (P8).
    Report,
    /// A team member learned of it elsewhere (P10).
    Team,
    /// A published changeset turned out to be a fix (P9).
    Changeset,
    /// An embargoed advisory of another project (P85).
    Upstream,
}

/// Every advisory number that was ever used, and what for (T07: none of them is given to two cases).
pub type Numbers = BTreeMap<AdvisoryNumber, NumberUse>;

/// What an advisory number was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberUse {
    /// A case had it, or somebody outside has seen it.
    Taken,
    /// An advisory came with it that belongs to no case and was never sent.
    Submitted,
}

/// Whether what it is in has security support (P5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Support {
    /// It has.
    Supported,
    /// It has not.
    Unsupported,
}

/// For whom a revision was written and linted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RevisionAudience {
    /// The predisclosure list: embargo marked, DEPLOYMENT section present.
    Members,
    /// The world: no embargo mark.
    Public,
}

/// What the lint (X01-X15) said of a revision for its audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LintResult {
    /// Nothing wrong.
    Clean,
    /// So many errors.
    Errors(u32),
}

/// An immutable revision of the advisory (P35).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// The `version n` of its text.
    pub version: u32,
    /// Over all its bytes.
    pub digest: Digest,
    /// The number that its text names.
    pub number: AdvisoryNumber,
    /// For whom.
    pub audience: RevisionAudience,
    /// The embargo instant that subject, header and text agree on; `None` when it names none (P29).
    pub embargo: Option<Timestamp>,
    /// What its DEPLOYMENT section permits (P58).
    pub deployment: Option<DeploymentPermission>,
    /// The lint.
    pub lint: LintResult,
}

/// What two people arm, and nothing else: any change of it disarms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The version of the revision.
    pub version: u32,
    /// The bytes of the revision.
    pub digest: Digest,
    /// The first instant at which it may go out.
    pub instant: Timestamp,
    /// Where it goes.
    pub destinations: BTreeSet<String>,
}

/// Why an arming is void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DisarmCause {
    /// A person stopped it.
    Person,
    /// Another revision was registered.
    Revision,
    /// The instant changed.
    Instant,
    /// The number was burnt.
    Number,
    /// The destinations are others now.
    Destinations,
    /// More than a day passed between the two people, or more than an hour after the instant.
    Stale,
    /// The case was closed, or its answer to "public?" taken back.
    Case,
    /// The database was restored, or the clocks disagree.
    Machine,
}

/// A patch file (P18).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// Its file name.
    pub name: String,
    /// Its bytes.
    pub sha256: Digest,
    /// The branch it is for, as far as known.
    pub branch: Option<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// Who of the team has checked it.
    pub checked_by: Option<PersonName>,
}

impl fmt::Debug for Patch {
    /// Its name would say what it mends.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Patch({})", self.sha256)
    }
}

/// What an involved person is to the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InvolvedRole {
    /// Knows the matter; leaves when the case closes (P21).
    Expert,
    /// Makes hardware or software that is affected (P23).
    Vendor,
    /// The security contact of another project (P16).
    OtherProject,
    /// Leads the component of our project (P7).
    ProjectLead,
    /// Coordinates several vendors.
    Coordinator,
}

/// What a discoverer can ask for (P4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WishKind {
    /// How to be credited.
    Credit,
    /// Not to be named.
    Anonymity,
    /// A date.
    Date,
    /// Whom to contact, and whom not.
    Contact,
}

/// What a letter told the discoverer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "kebab-case")]
pub enum Telling {
    /// What a person wrote, and nothing else.
    Reply,
    /// The instant at which the embargo ends (T06, T13).
    Date {
        /// The instant.
        until: Timestamp,
    },
    /// That the embargo is over (T14-T16).
    Over,
    /// That the case is closed.
    Closed,
}

/// What needs a second person before it is done (T93).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum Act {
    /// Another embargo instant: later than the members were told (P44), or less than a day away (T91).
    Embargo {
        /// The instant.
        until: Timestamp,
        /// Why.
        because: String,
    },
    /// The embargo ends before its instant (T15, T16).
    EndEmbargo {
        /// What ended it.
        cause: EarlyEnd,
        /// What was seen, and where.
        what: String,
        /// The version that goes out at once with the second person's word; `None` when no public revision was registered.
        version: Option<u32>,
        /// Its bytes. A proposal of before this was kept arms nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        digest: Option<Digest>,
    },
    /// What was said not to be public is.
    Public {
        /// Where it can be read.
        source: String,
    },
    /// No transparency report (P38).
    WaiveReport {
        /// Why.
        because: String,
    },
    /// Close a case of which members hold an advisory that was never published.
    Close {
        /// As what.
        reason: CloseReason,
        /// Why.
        because: String,
    },
}

impl Act {
    /// Whether the second person asks for the same, words aside.
    pub fn matches(&self, other: &Act) -> bool {
        match (self, other) {
            (Act::Embargo { until, .. }, Act::Embargo { until: other, .. }) => until == other,
            (Act::EndEmbargo { cause, .. }, Act::EndEmbargo { cause: other, .. }) => cause == other,
            (Act::Public { .. }, Act::Public { .. }) | (Act::WaiveReport { .. }, Act::WaiveReport { .. }) => true,
            (Act::Close { reason, .. }, Act::Close { reason: other, .. }) => reason == other,
            _ => false,
        }
    }

    /// What it is, without a word of the case.
    pub fn name(&self) -> &'static str {
        match self {
            Act::Embargo { .. } => "embargo",
            Act::EndEmbargo { cause: EarlyEnd::ExploitedInTheWild, .. } => "in-the-wild",
            Act::EndEmbargo { cause: EarlyEnd::Leaked, .. } => "leaked",
            Act::EndEmbargo { cause: EarlyEnd::DiscovererEarly, .. } => "discoverer-early",
            Act::Public { .. } => "public yes",
            Act::WaiveReport { .. } => "waive-report",
            Act::Close { .. } => "close",
        }
    }
}

impl fmt::Debug for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Act({})", self.name())
    }
}
