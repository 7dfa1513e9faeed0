//! The organisations on the predisclosure list, and how the list changed (P48, P52).

use super::SiteError;
use crate::mail::has_at;

/// What the page of the organisations shows, in the order in which it is given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Organisations {
    /// Their names.
    pub names: Vec<String>,
    /// What changed, in the order in which it is to be shown.
    pub history: Vec<HistoryLine>,
}

/// A change of the list or of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryLine {
    /// The day, as people read it; some old lines have a month only.
    pub day: String,
    /// The same for programs: `2014-09-26`, `2014-09`.
    pub machine: String,
    /// What changed.
    pub text: String,
}

impl Organisations {
    /// Names only: nothing that could be an address is published.
    pub(super) fn check(&self) -> Result<(), SiteError> {
        if let Some(entry) = self.names.iter().position(|name| has_at(name)) {
            return Err(SiteError::Address { list: "names", entry: entry + 1 });
        }
        match self.history.iter().position(|line| has_at(&line.text)) {
            Some(entry) => Err(SiteError::Address { list: "history", entry: entry + 1 }),
            None => Ok(()),
        }
    }
}
