//! The Xen Project as the samples and the corpus see it.

use std::collections::BTreeMap;

use embargod::{
    disclosure::{ListName, ListRole, Person, PersonName, PrivateList, Project, PublicList, project::TokenPlace},
    mail::Address,
};

pub fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn private(role: ListRole, name: &str, phrase: &str) -> PrivateList {
    PrivateList {
        role,
        name: ListName(name.to_owned()),
        address: address(&format!("{name}@lists.xenproject.org")),
        aliases: Vec::new(),
        list_id: format!("{name}.lists.xenproject.org").parse().unwrap(),
        phrase: phrase.to_owned(),
    }
}

fn public(name: &str) -> PublicList {
    PublicList {
        address: address(&format!("{name}@lists.xenproject.org")),
        aliases: Vec::new(),
        list_id: format!("{name}.lists.xenproject.org").parse().ok(),
    }
}

pub fn xen() -> Project {
    Project {
        name: "Xen Project".to_owned(),
        team_name: "Xen Project Security Team".to_owned(),
        advisory_prefix: "XSA".to_owned(),
        advisory_title: "Xen Security Advisory".to_owned(),
        security: address("security@xenproject.org"),
        security_aliases: vec![address("security-team-members@xenproject.org")],
        desk: address("security-desk@xenproject.org"),
        primary: private(ListRole::Primary, "xen-security-issues", "Xen predisclosure"),
        discuss: private(ListRole::Discuss, "xen-security-issues-discuss", "Xen predisclosure discussion"),
        applications: public("predisclosure-applications"),
        public: vec![public("xen-announce"), public("xen-devel"), public("xen-users")],
        domain_aliases: BTreeMap::from([
            ("xen.org".to_owned(), "xenproject.org".to_owned()),
            ("lists.xen.org".to_owned(), "lists.xenproject.org".to_owned()),
        ]),
        policy_url: "https://xenproject.org/security-policy/".to_owned(),
        organisations_url: None,
        support_urls: Vec::new(),
        upstreams: Vec::new(),
        tokens: TokenPlace::Address,
    }
}

#[allow(dead_code, reason = "each test program uses the part it needs")]
pub fn team() -> Vec<Person> {
    vec![Person { name: PersonName("mona".to_owned()), address: address("mona@team.example"), also: Vec::new() }]
}
