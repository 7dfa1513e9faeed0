mod body;
mod credits;
mod lint;
mod marks;
mod subject;
mod traps;

use std::{collections::BTreeMap, sync::LazyLock};

use crate::{
    advisory::AdvisoryRules,
    disclosure::{ListName, ListRole, PrivateList, Project, PublicList, project::TokenPlace},
    mail::{Message, RawMessage},
};

pub(super) fn rules() -> &'static AdvisoryRules {
    static RULES: LazyLock<AdvisoryRules> = LazyLock::new(|| AdvisoryRules::built_in().unwrap());
    &RULES
}

pub(super) fn message(text: &str) -> Message {
    Message::parse(&RawMessage::new(text.as_bytes())).unwrap()
}

/// A project with Xen's names at addresses of examples.
pub(super) fn project() -> Project {
    let list = |role, name: &str| PrivateList {
        role,
        name: ListName(name.to_owned()),
        address: format!("{name}@lists.example.org").parse().unwrap(),
        aliases: Vec::new(),
        list_id: format!("{name}.lists.example.org").parse().unwrap(),
        phrase: "predisclosure".to_owned(),
    };
    let public = |name: &str| PublicList {
        address: format!("{name}@lists.example.org").parse().unwrap(),
        aliases: Vec::new(),
        list_id: None,
    };
    Project {
        name: "Xen Project".to_owned(),
        team_name: "Xen Project Security Team".to_owned(),
        advisory_prefix: "XSA".to_owned(),
        advisory_title: "Xen Security Advisory".to_owned(),
        security: "security@example.org".parse().unwrap(),
        security_aliases: Vec::new(),
        desk: "security-desk@example.org".parse().unwrap(),
        primary: list(ListRole::Primary, "xen-security-issues"),
        discuss: list(ListRole::Discuss, "xen-security-issues-discuss"),
        applications: public("predisclosure-applications"),
        public: vec![public("announce"), public("devel")],
        domain_aliases: BTreeMap::new(),
        policy_url: "https://example.org/security-policy".to_owned(),
        organisations_url: None,
        support_urls: Vec::new(),
        upstreams: Vec::new(),
        tokens: TokenPlace::Address,
    }
}
