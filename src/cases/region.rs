//! The seven regions of a case. They run beside each other, because the policy's steps do ("immediately, and in parallel").

use std::{collections::BTreeSet, fmt};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::disclosure::{AdvisoryNumber, CaseId, CveId, DeploymentPermission};

/// H: how far the handling has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handling {
    /// It arrived (T01).
    Received,
    /// The discoverer has heard that it arrived (T02).
    Acknowledged,
    /// A person of the team handles it (T03).
    Triaging,
    /// It is a vulnerability of ours (P5).
    Confirmed,
    /// The advisory is being written (P24).
    AdvisoryPrep,
    /// Done. What comes later is a new case (T19), except amendments of what was released (T17).
    Closed(CloseReason),
}

/// Why a case is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "as", rename_all = "kebab-case")]
pub enum CloseReason {
    /// The advisory is public and everything that belongs to it is done.
    Released,
    /// It is no vulnerability (T04).
    NotAVulnerability,
    /// Another case has it. Its confidentiality stays its own: a second finder is a second pair of lips (T04).
    Duplicate {
        /// That case.
        of: CaseId,
    },
    /// It belongs to others (T04).
    OtherProject {
        /// Their name.
        project: String,
    },
    /// No security support for what it is in (P5).
    Unsupported,
    /// The discoverer takes it back.
    Withdrawn,
    /// The other project has published its advisory (P85).
    UpstreamPublished,
    /// The team did the rest by hand, and says what.
    ByHand,
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CloseReason::Released => f.write_str("released"),
            CloseReason::NotAVulnerability => f.write_str("not a vulnerability"),
            CloseReason::Duplicate { of } => write!(f, "a duplicate of {of}"),
            CloseReason::OtherProject { project } => write!(f, "a matter of {project}"),
            CloseReason::ByHand => f.write_str("by hand"),
            CloseReason::Unsupported => f.write_str("not security-supported"),
            CloseReason::Withdrawn => f.write_str("withdrawn"),
            CloseReason::UpstreamPublished => f.write_str("published by the other project"),
        }
    }
}

/// The required answer to "is it public already?" (P12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Publicity {
    /// It is, and a source says so.
    Yes,
    /// It is not.
    No,
    /// Nobody knows yet. No embargo can be agreed on that.
    Unknown,
}

/// C: who may know. Whatever is not [`Confidentiality::Public`] is under embargo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidentiality {
    /// Not agreed yet: counts as embargoed.
    Undetermined,
    /// Agreed until an instant. It stays embargoed after the instant until a release begins: late is tolerated, early never.
    Embargoed {
        /// The instant (UTC).
        until: Timestamp,
    },
    /// The world knows.
    Public {
        /// How it came about.
        cause: PublicCause,
        /// Since when, as far as our record goes.
        since: Timestamp,
    },
}

/// How something became public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PublicCause {
    /// At the agreed instant.
    Scheduled,
    /// The discoverer published first.
    DiscovererEarly,
    /// It is exploited in the wild (P46).
    ExploitedInTheWild,
    /// Somebody told (T16).
    Leaked,
    /// It was public when it came to us (T05).
    AlreadyPublic,
}

/// What ends an embargo before its instant. Each needs two people (T15, T16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EarlyEnd {
    /// It is exploited in the wild (P46).
    ExploitedInTheWild,
    /// The content leaked, not merely the three public facts (T16).
    Leaked,
    /// The discoverer published first.
    DiscovererEarly,
}

impl EarlyEnd {
    /// The cause as the state shows it.
    pub fn cause(self) -> PublicCause {
        match self {
            EarlyEnd::ExploitedInTheWild => PublicCause::ExploitedInTheWild,
            EarlyEnd::Leaked => PublicCause::Leaked,
            EarlyEnd::DiscovererEarly => PublicCause::DiscovererEarly,
        }
    }
}

/// N: the advisory number. Never reused, also not by the same case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbering {
    /// None yet.
    None,
    /// The case has it.
    Allocated(AdvisoryNumber),
    /// The world has seen it.
    Published(AdvisoryNumber),
    /// Given up (T18). The case may get another one.
    Burnt(AdvisoryNumber),
}

/// V: the CVE identifiers. May be assigned after the publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CveState {
    /// Nobody has asked.
    None,
    /// Asked for (P14).
    Requested,
    /// Given.
    Assigned(BTreeSet<CveId>),
    /// The team decided that there is none.
    Declined,
}

impl CveState {
    /// Whether nothing is to be done about it any more.
    pub fn is_settled(&self) -> bool {
        matches!(self, CveState::Assigned(_) | CveState::Declined)
    }
}

/// P: the patches, over the supported branches (P19).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatchState {
    /// None.
    None,
    /// There are some; these branches have none.
    Partial {
        /// The branches without a complete patch.
        missing: Vec<String>,
    },
    /// Every supported branch has its patch.
    Complete,
}

/// A: the advisory, by the version that members or the world hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdvisoryStage {
    /// Nothing registered.
    None,
    /// Registered, and nobody outside the team has it.
    Draft(u32),
    /// Members hold it.
    Predisclosed(u32),
    /// The world holds it.
    Public(u32),
    /// The world holds a later version (T17).
    Amended(u32),
}

impl AdvisoryStage {
    /// Whether the world holds an advisory.
    pub fn is_public(self) -> bool {
        matches!(self, AdvisoryStage::Public(_) | AdvisoryStage::Amended(_))
    }

    /// The version that somebody outside the team holds; 0 when nobody does.
    pub fn sent_version(self) -> u32 {
        match self {
            AdvisoryStage::None | AdvisoryStage::Draft(_) => 0,
            AdvisoryStage::Predisclosed(version) | AdvisoryStage::Public(version) | AdvisoryStage::Amended(version) => version,
        }
    }
}

/// D: what members may deploy (P57). `None` until a person has said it.
pub type Deployment = Option<DeploymentPermission>;
