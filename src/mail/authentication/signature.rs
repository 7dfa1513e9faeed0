//! What the DKIM signatures (RFC 6376) of a domain cover. They are not verified here: our receiving server did that.

use std::collections::BTreeMap;

use super::Unproven;
use crate::mail::{dkim::tags, headers::Headers};

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
        if !signs(&tags, "From") {
            return Err(Unproven::FromUnsigned);
        }
        found = Ok(());
    }
    found
}

/// Whether a signature of `domain` in the message covers that field. One is enough: whoever adds a made-up signature that covers less must gain nothing.
pub(super) fn covers(headers: &Headers<'_>, domain: &str, field: &str) -> bool {
    let signatures = headers.all("DKIM-Signature").filter_map(|field| tags(&field.unfolded()));
    let mut of_domain = signatures.filter(|tags| tags.get("d").is_some_and(|signer| signer.eq_ignore_ascii_case(domain)));
    of_domain.any(|tags| signs(&tags, field))
}

fn signs(tags: &BTreeMap<String, String>, field: &str) -> bool {
    tags.get("h").is_some_and(|signed| signed.split(':').any(|name| name.eq_ignore_ascii_case(field)))
}
