//! What the DKIM signatures (RFC 6376) of a domain cover. They are not verified here: our receiving server did that.

use std::collections::BTreeMap;

use super::Unproven;
use crate::mail::headers::Headers;

/// Whether every signature of `domain` in the message covers the From field and the whole body.
///
/// Every one, because the server's result does not always say which of them passed.
pub(super) fn covers_author(headers: &Headers<'_>, domain: &str) -> Result<(), Unproven> {
    let mut found = Err(Unproven::NoSignature);
    for field in headers.all("DKIM-Signature") {
        let Some(tags) = tags(&field.unfolded()) else { continue };
        if !tags.get("d").is_some_and(|signer| signer.eq_ignore_ascii_case(domain)) {
            continue;
        }
        if tags.contains_key("l") {
            return Err(Unproven::PartialSignature);
        }
        if !tags.get("h").is_some_and(|signed| signed.split(':').any(|name| name.eq_ignore_ascii_case("from"))) {
            return Err(Unproven::FromUnsigned);
        }
        found = Ok(());
    }
    found
}

/// A tag list (RFC 6376 3.2) without the blanks inside its values; `None` when a tag stands twice or has no `=`.
fn tags(value: &str) -> Option<BTreeMap<String, String>> {
    let mut tags = BTreeMap::new();
    for tag in value.split(';').map(str::trim).filter(|tag| !tag.is_empty()) {
        let (name, value) = tag.split_once('=')?;
        let value: String = value.chars().filter(|c| !c.is_whitespace()).collect();
        if tags.insert(name.trim().to_owned(), value).is_some() {
            return None;
        }
    }
    Some(tags)
}
