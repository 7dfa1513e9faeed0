//! Checks `[[upstream]]`: the projects whose embargoed advisories the team gets (P85).

use super::{
    claims::Claims,
    finding::Findings,
    project::{ADDRESS, LIST_ID, parse, words},
    raw::RawUpstream,
};
use crate::{disclosure::Upstream, mail::Address};

/// The projects, with every fault reported.
pub(super) fn check(raw: &[RawUpstream], claims: &Claims, findings: &mut Findings<'_>) -> Vec<Upstream> {
    raw.iter().filter_map(|one| project(one, claims, findings)).collect()
}

fn project(raw: &RawUpstream, claims: &Claims, findings: &mut Findings<'_>) -> Option<Upstream> {
    let name = words(&raw.name, findings);
    let list_id = raw.list_id.as_ref().map(|text| parse(text, LIST_ID, findings));
    let from: Vec<Option<Address>> = raw
        .from
        .iter()
        .map(|text| {
            let address: Address = parse(text, ADDRESS, findings)?;
            let Some(owner) = claims.owner(&address) else { return Some(address) };
            let remedy = "write the address from which the other project sends its advisories";
            findings.refuse(&text.span(), format!("the address of another project is {}", owner.name()), remedy);
            None
        })
        .collect();
    if list_id.is_none() && from.is_empty() {
        let remedy = "write from = [\"security@example.org\"], or list-id, or both";
        findings.refuse(&raw.name.span(), "nothing says which mail is of this project", remedy);
        return None;
    }
    let list_id = match list_id {
        Some(list_id) => Some(list_id?),
        None => None,
    };
    Some(Upstream { name: name?, list_id, from: from.into_iter().collect::<Option<_>>()? })
}
