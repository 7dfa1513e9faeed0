//! Checks `[[team]]`: who moderates, decides and answers.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

use super::{
    claims::Claims,
    finding::Findings,
    project::{ADDRESS, parse},
    raw::{RawPerson, Text},
};
use crate::{
    disclosure::{Person, PersonName},
    mail::Address,
};

/// The team and whom a unix user stands for.
pub(super) type Team = (Vec<Person>, BTreeMap<u32, PersonName>);

/// The team, with every fault reported.
pub(super) fn check(raw: &[Spanned<RawPerson>], claims: &Claims, findings: &mut Findings<'_>) -> Team {
    let mut people: Vec<Person> = Vec::new();
    let mut uids = BTreeMap::new();
    let mut names = BTreeSet::new();
    let mut addresses = BTreeSet::new();
    for person in raw {
        let raw = person.get_ref();
        let Some(name) = name(&raw.name, findings) else { continue };
        if !names.insert(name.0.to_ascii_lowercase()) {
            let remedy = "give each person a short name of their own: commands and notices use it";
            findings.refuse(&raw.name.span(), format!("there are two people named {name} in the team"), remedy);
        }
        let address = own(&raw.address, claims, &mut addresses, findings);
        let also: Vec<Option<Address>> = raw.also.iter().map(|text| own(text, claims, &mut addresses, findings)).collect();
        if let Some(uid) = &raw.uid {
            user(uid, &name, &mut uids, findings);
        }
        if let (Some(address), Some(also)) = (address, also.into_iter().collect()) {
            people.push(Person { name, address, also });
        }
    }
    if let [only] = raw {
        let place = findings.place(&only.get_ref().name.span());
        let text = "the team has one person: what needs two people (a team advisory, a public release) cannot be done";
        findings.warn_at(place, text);
    }
    (people, uids)
}

fn name(text: &Text, findings: &mut Findings<'_>) -> Option<PersonName> {
    let name = text.get_ref();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.len() > 32 || !name.chars().all(allowed) {
        let remedy = "write one word of letters, digits, hyphens, dots: \"mona\"";
        findings.refuse(&text.span(), "this is no short name of a person", remedy);
        return None;
    }
    Some(PersonName(name.clone()))
}

fn own(text: &Text, claims: &Claims, taken: &mut BTreeSet<Address>, findings: &mut Findings<'_>) -> Option<Address> {
    let address: Address = parse(text, ADDRESS, findings)?;
    if let Some(owner) = claims.owner(&address) {
        let remedy = "write the person's own address: notices would go round in circles, or become public";
        findings.refuse(&text.span(), format!("the address of a person of the team is {}", owner.name()), remedy);
        return None;
    }
    if !taken.insert(claims.canonical(&address)) {
        let remedy = "write each address once: it must tell who is writing";
        findings.refuse(&text.span(), "this address stands in the team a second time", remedy);
        return None;
    }
    Some(address)
}

fn user(uid: &Spanned<u32>, name: &PersonName, uids: &mut BTreeMap<u32, PersonName>, findings: &mut Findings<'_>) {
    if *uid.get_ref() == 0 {
        let problem = "user 0 (root) is the operator of this machine and no person of the team";
        findings.refuse(&uid.span(), problem, "write the user id of the person's own account, or delete the line");
    } else if let Some(other) = uids.insert(*uid.get_ref(), name.clone()) {
        let problem = format!("user {} stands for {other} already", uid.get_ref());
        findings.refuse(&uid.span(), problem, "give each person an account of their own, or delete one of the lines");
    }
}
