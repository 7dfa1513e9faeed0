//! Every address and List-Id of the configuration belongs to exactly one of its owners: a private list that shared one with a public list would
//! publish embargoed mail.

use std::{collections::BTreeMap, ops::Range};

use super::finding::Findings;
use crate::mail::{Address, ListId};

/// Who an address or List-Id belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// The predisclosure list.
    Primary,
    /// The discussion list.
    Discuss,
    /// The list for applications.
    Applications,
    /// The public list of that number in the file.
    Public(usize),
    /// The team's reporting address.
    Security,
    /// The sender of our letters.
    Desk,
}

impl Owner {
    /// Its name in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Owner::Primary => "lists.primary (private)",
            Owner::Discuss => "lists.discuss (private)",
            Owner::Applications => "lists.applications (public)",
            Owner::Public(_) => "one of lists.public",
            Owner::Security => "project.security",
            Owner::Desk => "project.desk",
        }
    }

    fn secrecy(self) -> Option<Secrecy> {
        match self {
            Owner::Primary | Owner::Discuss => Some(Secrecy::Private),
            Owner::Applications | Owner::Public(_) => Some(Secrecy::Public),
            Owner::Security | Owner::Desk => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Secrecy {
    Private,
    Public,
}

/// Which addresses and List-Ids are taken, domain aliases considered.
#[derive(Debug, Default)]
pub(super) struct Claims {
    aliases: BTreeMap<String, String>,
    addresses: BTreeMap<Address, Owner>,
    ids: BTreeMap<String, Owner>,
}

impl Claims {
    /// None yet. `aliases`: other domain -> main domain, both in lower case.
    pub(super) fn new(aliases: BTreeMap<String, String>) -> Self {
        Self { aliases, ..Self::default() }
    }

    /// Other domain -> main domain.
    pub(super) fn aliases(&self) -> &BTreeMap<String, String> {
        &self.aliases
    }

    /// The address with its domain's main name.
    pub(super) fn canonical(&self, address: &Address) -> Address {
        self.aliases.get(address.domain()).map_or_else(|| address.clone(), |main| address.at_domain(main))
    }

    /// Who owns this address, or the address it is a detail of (`desk+TOKEN@`).
    pub(super) fn owner(&self, address: &Address) -> Option<Owner> {
        let address = self.canonical(address);
        let base = address.split_detail().and_then(|(base, _)| self.addresses.get(&base));
        self.addresses.get(&address).or(base).copied()
    }

    /// Claims an address written in the file, or made from one (`LIST-bounces@`). Whether it was free, or the owner's already.
    pub(super) fn address(&mut self, address: &Address, owner: Owner, at: &Range<usize>, findings: &mut Findings<'_>) -> bool {
        match self.owner(address) {
            Some(other) if other != owner => {
                collision(&format!("the address {address}"), owner, other, at, findings);
                false
            }
            _ => {
                self.addresses.insert(self.canonical(address), owner);
                true
            }
        }
    }

    /// Claims a List-Id.
    pub(super) fn id(&mut self, id: &ListId, owner: Owner, at: &Range<usize>, findings: &mut Findings<'_>) {
        let canonical = self.canonical_id(id);
        match self.ids.get(&canonical) {
            Some(other) if *other != owner => collision(&format!("the List-Id {id}"), owner, *other, at, findings),
            _ => {
                self.ids.insert(canonical, owner);
            }
        }
    }

    /// `name.lists.xen.org` and `name.lists.xenproject.org` are one list where these domains are one.
    fn canonical_id(&self, id: &ListId) -> String {
        let id = id.as_str();
        let main = self.aliases.iter().find_map(|(alias, main)| {
            let name = id.strip_suffix(alias.as_str())?.strip_suffix('.')?;
            Some(format!("{name}.{main}"))
        });
        main.unwrap_or_else(|| id.to_owned())
    }
}

fn collision(what: &str, owner: Owner, other: Owner, at: &Range<usize>, findings: &mut Findings<'_>) {
    let problem = format!("{what} of {} belongs to {} as well", owner.name(), other.name());
    let remedy = match (owner.secrecy(), other.secrecy()) {
        (Some(one), Some(two)) if one != two => "give the private list one of its own: mail for it would become public",
        (Some(_), Some(_)) => "give each list one of its own: members and machines tell lists apart by it",
        _ => "give each an address of its own: mail for the one would be taken for mail for the other",
    };
    findings.refuse(at, problem, remedy);
}
