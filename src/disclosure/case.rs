//! A case: the handling record of one report (glossary: `Case`, VINCE).

use std::{fmt, str::FromStr};

use jiff::Timestamp;

use super::roster::PersonName;
use crate::mail::Address;

/// The number of a case, shown as `case-17`. Never reused. Says nothing about the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct CaseId(pub i64);

impl CaseId {
    /// What stands for the case of an advisory that has none, where its content must be protected like a case's: a number below zero, which no
    /// case ever has.
    pub fn of_advisory(number: super::AdvisoryNumber) -> Self {
        Self(-i64::from(number.get()))
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            number if number < 0 => write!(f, "advisory-{}", number.unsigned_abs()),
            number => write!(f, "case-{number}"),
        }
    }
}

impl FromStr for CaseId {
    type Err = std::num::ParseIntError;

    /// Accepts `17` and `case-17`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim().trim_start_matches("case-").parse().map(CaseId)
    }
}

/// Where the handling stands, as lists show it. The seven regions of a case are in [`crate::cases`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CaseState {
    /// Nobody has taken it.
    Open,
    /// A team member handles it.
    Claimed,
    /// Done; the record stays.
    Closed,
}

impl CaseState {
    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            CaseState::Open => "open",
            CaseState::Claimed => "claimed",
            CaseState::Closed => "closed",
        }
    }
}

/// A case as the judgement sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its number.
    pub id: CaseId,
    /// Who reported, as far as the mail says; `None` when the From could not be read.
    pub discoverer: Option<Address>,
    /// When the report arrived.
    pub opened: Timestamp,
    /// Where it stands.
    pub state: CaseState,
    /// Who claimed it.
    pub claimed_by: Option<PersonName>,
    /// Counts the changes: a command made for another version asks again.
    pub version: i64,
    /// The secret part of its reply address.
    pub token: String,
}
