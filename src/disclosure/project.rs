//! The project that embargod serves: its names, addresses and lists. Comes from the configuration; nothing in the code knows a project by name.

use std::{collections::BTreeMap, fmt};

use crate::mail::{Address, ListId, Message};

/// The name of a list: the local part of its address (`xen-security-issues-discuss`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct ListName(pub String);

impl fmt::Display for ListName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The two private lists. Their recipients are the same (P65).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ListRole {
    /// The predisclosure list: the team's advisories go out on it.
    Primary,
    /// The discussion list: members post to it, the team moderates it (P62-P70).
    Discuss,
}

/// A private list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateList {
    /// Its role.
    pub role: ListRole,
    /// Its name.
    pub name: ListName,
    /// Its address.
    pub address: Address,
    /// Other addresses under which mail for it arrives.
    pub aliases: Vec<Address>,
    /// Its List-Id: the same for ever, members filter on it (P66).
    pub list_id: ListId,
    /// The words before the List-Id: `Xen predisclosure discussion`.
    pub phrase: String,
}

impl PrivateList {
    /// `LIST-request@`: help and subscription requests.
    pub fn request(&self) -> Address {
        self.address.with_suffix("-request")
    }

    /// `LIST-bounces@`: the base of the return paths (VERP).
    pub fn bounces(&self) -> Address {
        self.address.with_suffix("-bounces")
    }
}

/// A public list of the project or of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicList {
    /// Its address.
    pub address: Address,
    /// Other addresses of it.
    pub aliases: Vec<Address>,
    /// Its List-Id.
    pub list_id: Option<ListId>,
}

/// Names, addresses and lists of the project.
#[derive(Debug, Clone)]
pub struct Project {
    /// `Xen Project`.
    pub name: String,
    /// `Xen Project Security Team`.
    pub team_name: String,
    /// What advisories' numbers begin with: `XSA`.
    pub advisory_prefix: String,
    /// How advisories' subjects begin: `Xen Security Advisory`.
    pub advisory_title: String,
    /// Where reports go: `security@xenproject.org`.
    pub security: Address,
    /// Other addresses under which mail for the team arrives.
    pub security_aliases: Vec<Address>,
    /// Where our letters come from, and the base of all reply addresses (`security-desk@`; `security-desk+TOKEN@`).
    pub desk: Address,
    /// The predisclosure list.
    pub primary: PrivateList,
    /// The discussion list.
    pub discuss: PrivateList,
    /// The public list for membership applications (P71).
    pub applications: PublicList,
    /// The lists of a public release, and every other public address mail could leak to.
    pub public: Vec<PublicList>,
    /// Domains that mean the same: `xen.org` is `xenproject.org`.
    pub domain_aliases: BTreeMap<String, String>,
    /// The security policy on the web.
    pub policy_url: String,
    /// Where the public list of organisations is.
    pub organisations_url: Option<String>,
    /// Pages the triage notice names (P6).
    pub support_urls: Vec<String>,
    /// Reply tokens travel in the address (`desk+TOKEN@`) or in our Message-ID.
    pub tokens: TokenPlace,
    /// Projects whose embargoed advisories the team gets (P85).
    pub upstreams: Vec<Upstream>,
}

/// Another project that tells the team of its advisories before they are public (P85).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// `QEMU`.
    pub name: String,
    /// The list on which it does (RFC 2919). Anybody can write this field.
    pub list_id: Option<ListId>,
    /// The addresses from which it does; what a proven mail from there says of its embargo is believed.
    pub from: Vec<Address>,
}

/// Where a reply finds its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenPlace {
    /// `desk+TOKEN@domain` in Reply-To: the mail system delivers addresses with details.
    Address,
    /// In our Message-ID, found in In-Reply-To: for mail systems without plus-addressing.
    MessageId,
}

impl Project {
    /// The address with its domain's main name: `security@xen.org` becomes `security@xenproject.org`.
    pub fn canonical(&self, address: &Address) -> Address {
        match self.domain_aliases.get(address.domain()) {
            Some(main) => address.at_domain(main),
            None => address.clone(),
        }
    }

    /// Whether both addresses mean the same place, domain aliases considered.
    pub fn same(&self, one: &Address, other: &Address) -> bool {
        one.local().eq_ignore_ascii_case(other.local())
            && self.main_domain(one.domain()).eq_ignore_ascii_case(self.main_domain(other.domain()))
    }

    fn main_domain<'d>(&'d self, domain: &'d str) -> &'d str {
        self.domain_aliases.get(domain).map_or(domain, String::as_str)
    }

    /// Whether `address` is one of the team's own (reports arrive there).
    pub fn is_security(&self, address: &Address) -> bool {
        self.same(address, &self.security) || self.security_aliases.iter().any(|alias| self.same(alias, address))
    }

    /// The two private lists.
    pub fn private_lists(&self) -> [&PrivateList; 2] {
        [&self.primary, &self.discuss]
    }

    /// The private list with this posting address.
    pub fn private_list(&self, address: &Address) -> Option<&PrivateList> {
        self.private_lists()
            .into_iter()
            .find(|list| self.same(&list.address, address) || list.aliases.iter().any(|alias| self.same(alias, address)))
    }

    /// The private list of that role.
    pub fn list(&self, role: ListRole) -> &PrivateList {
        match role {
            ListRole::Primary => &self.primary,
            ListRole::Discuss => &self.discuss,
        }
    }

    /// Whether mail to `address` becomes public: a public list or the applications list.
    pub fn is_public(&self, address: &Address) -> bool {
        self.public
            .iter()
            .chain([&self.applications])
            .any(|list| self.same(&list.address, address) || list.aliases.iter().any(|alias| self.same(alias, address)))
    }

    /// The public addresses among To and Cc of a message.
    pub fn public_recipients<'m>(&'m self, message: &'m Message) -> impl Iterator<Item = &'m Address> {
        message.recipients().filter(|address| self.is_public(address))
    }
}
