//! CVE identifiers.

use std::{fmt, str::FromStr};

/// `CVE-2026-23557`: year, and a number of 4 to 7 digits (CVE Program, syntax of 2014).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct CveId(String);

/// The text is no CVE identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a CVE identifier looks like CVE-2026-12345")]
pub struct NotACve;

impl CveId {
    /// The identifier in capitals.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CveId {
    type Err = NotACve;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let upper = text.to_ascii_uppercase();
        let (year, number) = upper.strip_prefix("CVE-").and_then(|rest| rest.split_once('-')).ok_or(NotACve)?;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if year.len() == 4 && (4..=7).contains(&number.len()) && digits(year) && digits(number) {
            Ok(Self(upper))
        } else {
            Err(NotACve)
        }
    }
}

impl fmt::Display for CveId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<CveId> for String {
    fn from(id: CveId) -> Self {
        id.0
    }
}

impl TryFrom<String> for CveId {
    type Error = NotACve;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}
