//! The set-up that the tests of letters and clearance share: a small project at example addresses, a fixed clock, seeded randomness.

use std::{collections::BTreeMap, sync::LazyLock};

use jiff::Timestamp;

use super::{Desk, Draft, Letters, Thread};
use crate::{
    disclosure::{
        ListName, ListRole, Member, Membership, Person, PersonName, PrivateList, Project, PublicList, Roster, project::TokenPlace,
    },
    entropy::SeededEntropy,
    mail::{Address, Message, RawMessage},
};

mod answers;
mod delivery;
mod discoverer;
mod moderation;
mod notices;
mod redistribution;
mod safety;
mod texts;

pub(crate) fn address(text: &str) -> Address {
    text.parse().unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) const NOW: &str = "2026-11-21T14:02:00Z";
pub(crate) const TOKEN: &str = "abcdefghijklmnopqrstuvwxyz";

fn private(role: ListRole, name: &str, phrase: &str) -> PrivateList {
    PrivateList {
        role,
        name: ListName(name.to_owned()),
        address: address(&format!("{name}@lists.example.org")),
        aliases: Vec::new(),
        list_id: format!("{name}.lists.example.org").parse().unwrap(),
        phrase: phrase.to_owned(),
    }
}

fn public(at: &str) -> PublicList {
    PublicList { address: address(at), aliases: Vec::new(), list_id: None }
}

pub(crate) fn project() -> Project {
    Project {
        name: "Exo Project".to_owned(),
        team_name: "Exo Security Team".to_owned(),
        advisory_prefix: "XSA".to_owned(),
        advisory_title: "Exo Security Advisory".to_owned(),
        security: address("security@example.org"),
        security_aliases: Vec::new(),
        desk: address("security-desk@example.org"),
        primary: private(ListRole::Primary, "exo-issues", "Exo predisclosure"),
        discuss: private(ListRole::Discuss, "exo-issues-discuss", "Exo predisclosure discussion"),
        applications: public("applications@lists.example.org"),
        public: vec![public("exo-devel@lists.example.org"), public("exo-announce@lists.example.org")],
        domain_aliases: BTreeMap::from([("example.com".to_owned(), "example.org".to_owned())]),
        policy_url: "https://example.org/security-policy".to_owned(),
        organisations_url: Some("https://example.org/security-policy#list".to_owned()),
        support_urls: vec!["https://example.org/SUPPORT".to_owned()],
        upstreams: Vec::new(),
        tokens: TokenPlace::Address,
    }
}

pub(crate) fn roster() -> Roster {
    let person = |name: &str| Person {
        name: PersonName(name.to_owned()),
        address: address(&format!("{name}@team.example.org")),
        also: vec![address(&format!("{name}@home.example.net"))],
    };
    let member = |organisation: &str, at: &str, membership| Member {
        organisation: organisation.to_owned(),
        address: address(at),
        posters: vec![address(&format!("writer@{}", address(at).domain()))],
        membership,
        tls: crate::disclosure::TlsRequirement::default(),
    };
    Roster {
        team: vec![person("mona"), person("nils")],
        members: vec![
            member("Alpha Cloud", "security@alpha.example", Membership::Active),
            member("Beta Hosting", "psirt@beta.example", Membership::Active),
            member("Gamma Linux", "security@gamma.example", Membership::Frozen),
        ],
    }
}

/// Runs `write` at a desk with the built-in texts.
pub(crate) fn at_desk<T>(project: &Project, write: impl FnOnce(&mut Desk<'_>) -> T) -> T {
    static LETTERS: LazyLock<Letters> = LazyLock::new(|| Letters::new(&BTreeMap::new()).unwrap());
    write(&mut Desk { project, letters: &LETTERS, now: at(NOW), entropy: &mut SeededEntropy::new(1) })
}

fn message(text: &str) -> Message {
    Message::parse(&RawMessage::new(text.replace('\n', "\r\n").into_bytes())).unwrap()
}

/// A report with words that no letter to others may repeat.
fn report() -> Message {
    message(
        "From: Dora Finder <dora@finder.example>\nTo: security@example.org\nSubject: canary-subject guest escape\n\
         Message-ID: <report-1@finder.example>\nReferences: <before@finder.example>\nDate: Sat, 21 Nov 2026 13:59:00 +0000\n\n\
         canary-body: the grant table overflows.\n",
    )
}

fn thread() -> Thread {
    Thread::answering(&report())
}

/// The message with `\n` line ends, after checking that it has none but CRLF ones and no long lines.
fn text_of(draft: &Draft) -> String {
    let text = String::from_utf8(draft.bytes.clone()).unwrap();
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "bare LF");
    assert_eq!(text.matches('\r').count(), text.matches("\r\n").count(), "bare CR");
    for line in text.lines() {
        assert!(line.chars().count() <= 78, "{} columns: {line}", line.chars().count());
    }
    text.replace("\r\n", "\n")
}
