mod grounds;
mod reading;
mod told;

use std::sync::LazyLock;

use jiff::Timestamp;

use super::{Audience, Cause, Cna, Grounds, NotPublishable, Outline, Publication, Publisher, Record, Revision};
use crate::{
    advisory::{self, Advisory, AdvisoryRules},
    disclosure::{ListName, ListRole, PrivateList, Project, PublicList, project::TokenPlace},
    mail::{Message, RawMessage},
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn publisher() -> Publisher {
    Publisher {
        name: "Example Project Security Team".to_owned(),
        namespace: "https://example.org".to_owned(),
        contact_address: "security@example.org".parse().unwrap(),
        contact: "security@example.org".to_owned(),
        prefix: "EXA".to_owned(),
        vendor: "Example Project".to_owned(),
        product: "Hyper".to_owned(),
        index_project: "hyper".to_owned(),
        pages: "https://example.org/exa/".to_owned(),
        csaf_pages: "https://example.org/csaf/".to_owned(),
        repository: None,
        cpe: None,
        cna: Some(Cna { org_id: "5a7f1c9e-0b2d-4c3e-9f4a-6b8d0e1f2a3c".to_owned(), short_name: "EXA".to_owned() }),
        policy_url: "https://example.org/policy".to_owned(),
        uid_domain: "example.org".to_owned(),
        outline: Outline::default(),
    }
}

fn project() -> Project {
    let list = |role, name: &str| PrivateList {
        role,
        name: ListName(name.to_owned()),
        address: format!("{name}@lists.example.org").parse().unwrap(),
        aliases: Vec::new(),
        list_id: format!("{name}.lists.example.org").parse().unwrap(),
        phrase: name.to_owned(),
    };
    Project {
        name: "Example Project".to_owned(),
        team_name: "Example Project Security Team".to_owned(),
        advisory_prefix: "EXA".to_owned(),
        advisory_title: "Example Security Advisory".to_owned(),
        security: "security@example.org".parse().unwrap(),
        security_aliases: Vec::new(),
        desk: "desk@example.org".parse().unwrap(),
        primary: list(ListRole::Primary, "exa"),
        discuss: list(ListRole::Discuss, "exa-discuss"),
        applications: PublicList { address: "apply@example.org".parse().unwrap(), aliases: Vec::new(), list_id: None },
        public: Vec::new(),
        domain_aliases: std::collections::BTreeMap::new(),
        policy_url: "https://example.org/policy".to_owned(),
        organisations_url: None,
        support_urls: Vec::new(),
        upstreams: Vec::new(),
        tokens: TokenPlace::Address,
    }
}

/// An unsigned advisory: its heading lines, then sections as `HEADING: text`.
fn mail(version: u8, heading: &str, sections: &[(&str, &str)]) -> Message {
    let mut text = format!("Subject: x\nContent-Type: text/plain; charset=utf-8\n\nExample Security Advisory {heading}\n");
    if version > 1 {
        text.push_str(&format!("version {version}\n"));
    }
    text.push_str("\na title nobody may see early\n\n");
    for (heading, words) in sections {
        text.push_str(&format!("{heading}\n{}\n\n{words}\n\n", "=".repeat(heading.len())));
    }
    Message::parse(&RawMessage::new(text.into_bytes())).unwrap()
}

fn parsed(mail: &Message) -> Advisory {
    static RULES: LazyLock<AdvisoryRules> = LazyLock::new(|| AdvisoryRules::built_in().unwrap());
    advisory::parse(mail, &project(), &RULES).unwrap()
}

const DAY_ONE: &str = "2026-11-03T12:00:00Z";

fn record() -> Record {
    Record { public_at: at(DAY_ONE), assigned_at: None, fixes: Vec::new(), references: Vec::new() }
}

/// Publishes the mails as they are; who got them and when is beside them.
fn publish(mails: &[(Message, &str, Audience)], record: Record) -> Result<Publication, NotPublishable> {
    let advisories: Vec<Advisory> = mails.iter().map(|(mail, ..)| parsed(mail)).collect();
    let revisions: Vec<Revision<'_>> = mails
        .iter()
        .zip(&advisories)
        .map(|((mail, sent, audience), advisory)| Revision { mail, advisory, at: at(sent), audience: *audience })
        .collect();
    Publication::new(Grounds::AlreadyPublic(Cause::KnownInPublic), &revisions, record, &publisher())
}

/// One public mail of a first version.
fn published(heading: &str, sections: &[(&str, &str)]) -> Publication {
    let never = [("NOTE REGARDING LACK OF EMBARGO", "It was public.")];
    let all: Vec<(&str, &str)> = never.iter().chain(sections).copied().collect();
    publish(&[(mail(1, heading, &all), DAY_ONE, Audience::Public)], record()).unwrap()
}
