//! Lists of CVE identifiers, as subjects and headings have them.

pub use crate::disclosure::{CveId, NotACve};

/// A list separated by commas, as subjects and headings have it; `None` when one of them is no identifier.
pub(super) fn list(text: &str) -> Option<Vec<CveId>> {
    text.split(',').map(|id| id.trim().parse().ok()).collect()
}
