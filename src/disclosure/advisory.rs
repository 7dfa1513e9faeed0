//! Advisory numbers, embargo dates and what members may deploy.

use std::{fmt, str::FromStr};

use jiff::Timestamp;

use crate::mail::MessageId;

/// The number of an advisory without the project's prefix: 484 of `XSA-484`. From 1 to 9999, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(into = "u16", try_from = "u16")]
pub struct AdvisoryNumber(u16);

/// Why a text or number is no [`AdvisoryNumber`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an advisory number is a number from 1 to 9999, with or without its prefix (XSA-484)")]
pub struct AdvisoryNumberError;

impl AdvisoryNumber {
    /// A number from 1 to 9999.
    pub fn new(number: u16) -> Result<Self, AdvisoryNumberError> {
        if (1..=9999).contains(&number) { Ok(Self(number)) } else { Err(AdvisoryNumberError) }
    }

    /// The bare number.
    pub fn get(self) -> u16 {
        self.0
    }

    /// `XSA-484`.
    pub fn with_prefix(self, prefix: &str) -> String {
        format!("{prefix}-{}", self.0)
    }
}

impl From<AdvisoryNumber> for u16 {
    fn from(number: AdvisoryNumber) -> Self {
        number.0
    }
}

impl TryFrom<u16> for AdvisoryNumber {
    type Error = AdvisoryNumberError;

    fn try_from(number: u16) -> Result<Self, Self::Error> {
        Self::new(number)
    }
}

impl FromStr for AdvisoryNumber {
    type Err = AdvisoryNumberError;

    /// Accepts `484`, `XSA-484`, `xsa484`: any letters, one optional hyphen, the number without leading zeros.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.trim().trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let digits = digits.strip_prefix('-').unwrap_or(digits);
        if digits.starts_with('0') || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(AdvisoryNumberError);
        }
        Self::new(digits.parse().map_err(|_| AdvisoryNumberError)?)
    }
}

impl fmt::Display for AdvisoryNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// An agreed secrecy until an instant (policy, "Embargo and disclosure schedule").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Embargo {
    /// When it ends (UTC).
    pub until: Timestamp,
}

/// Proof that an embargo's instant lay in the past when it was asked. Only [`Embargo::passed`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmbargoPassed(());

impl Embargo {
    /// The proof that it is over at `now`, or nothing.
    pub fn passed(self, now: Timestamp) -> Option<EmbargoPassed> {
        (now >= self.until).then_some(EmbargoPassed(()))
    }
}

/// What members may deploy during the embargo, from the advisory's DEPLOYMENT section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeploymentPermission {
    /// Patches and mitigations, on public-facing systems too.
    AllPermitted,
    /// Patches yes, mitigations not.
    PatchesOnly,
    /// Only where members administer and use everything.
    MembersOnly,
    /// On hosts and members' own virtual machines.
    HostAndMemberVms,
    /// Something else: a person must read it.
    Custom,
}

/// An advisory that members hold and the public does not: sent to the predisclosure list, embargo not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveAdvisory {
    /// Its number.
    pub number: AdvisoryNumber,
    /// When the embargo ends, if the team told us.
    pub until: Option<Timestamp>,
    /// Message-IDs under which members know it: answers to these are about it.
    pub message_ids: Vec<MessageId>,
}
