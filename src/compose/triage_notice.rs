//! To each team member: a report arrived, this was seen in it, these three commands work (P6, P11, P13).

use std::collections::BTreeSet;

use super::{
    Desk, Draft, Enclosure, LetterError, LetterKind, NoticeMode, Thread,
    desk::{Author, Page},
    shown,
    values::{Blueprint, Values, Variable},
};
use crate::{
    disclosure::{CaseId, ContentClass, Recipients},
    mail::{Address, Encryption},
};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "triage-notice",
    text: include_str!("../../rules/letters/triage-notice.txt"),
    variables: &[
        Variable::Id("case"),
        Variable::Line("sender"),
        Variable::Flag("authenticated"),
        Variable::Line("class"),
        Variable::Line("rule"),
        Variable::Line("encryption"),
        Variable::List("facts"),
        Variable::Line("leak"),
        Variable::Flag("asks_discoverer"),
        Variable::Line("taken_from"),
        Variable::Line("look_by"),
        Variable::Line("summary"),
        Variable::Flag("enclosed"),
        Variable::List("support_urls"),
    ],
};

/// Whether the sender of a mail is proven (RFC 8601).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SenderProof {
    /// DKIM of the From domain, verified by our receiving server.
    Authenticated,
    /// The From line may be forged.
    Unproven,
}

/// An attachment as a notice names it: never by the name its sender chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentFact {
    /// `text/x-patch`.
    pub content_type: String,
    /// Decoded size.
    pub bytes: usize,
}

/// What was seen in a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// CVE ids named (P13).
    pub cves: Vec<String>,
    /// Versions named.
    pub versions: Vec<String>,
    /// Disclosure dates asked for (P11).
    pub dates: Vec<String>,
    /// Attachments by type and size.
    pub attachments: Vec<AttachmentFact>,
    /// Public addresses among To and Cc: the report may be known already.
    pub public_recipients: Vec<Address>,
    /// It was passed on by one of the team, and whose it is nobody can say for certain: the team is asked (P10).
    pub asks_discoverer: bool,
    /// It was passed on by one of the team, and its head names this writer, who is taken for the discoverer and whom nothing proves (P10).
    pub taken_from: Option<Address>,
    /// The other project whose embargoed advisory it is, and what is known of its date (P85).
    pub upstream: Option<(String, String)>,
}

impl Facts {
    fn taken_from(&self, mode: NoticeMode) -> String {
        self.taken_from.as_ref().map_or_else(String::new, |writer| match mode {
            NoticeMode::Full => writer.to_string(),
            NoticeMode::HeadersOnly => "the address in it".to_owned(),
        })
    }

    /// One line for each kind of fact that was seen; in [`NoticeMode::HeadersOnly`] numbers only: a CVE id is a secret during an embargo (P61).
    pub(super) fn lines(&self, mode: NoticeMode) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some((project, date)) = &self.upstream {
            lines.push(format!("An embargoed advisory of {project}; {date}"));
        }
        for (what, seen) in [("CVE ids", &self.cves), ("Versions named", &self.versions), ("Dates asked for", &self.dates)] {
            lines.extend(named(what, seen, mode));
        }
        lines.extend(attachments(&self.attachments, mode));
        lines
    }

    fn leak(&self) -> String {
        self.public_recipients.iter().map(shown::address).collect::<Vec<_>>().join(", ")
    }
}

/// `CVE ids: CVE-2026-0001`, or how many.
pub(super) fn named(what: &str, seen: &[String], mode: NoticeMode) -> Option<String> {
    match (seen.len(), mode) {
        (0, _) => None,
        (_, NoticeMode::Full) => Some(format!("{what}: {}", seen.join(", "))),
        (count, NoticeMode::HeadersOnly) => Some(format!("{what}: {count}")),
    }
}

/// `Attachments: text/x-patch (4711 bytes), application/zip (42 bytes)`.
pub(super) fn attachments(attachments: &[AttachmentFact], mode: NoticeMode) -> Option<String> {
    if attachments.is_empty() {
        return None;
    }
    if mode == NoticeMode::HeadersOnly {
        let total = attachments.iter().fold(0_usize, |total, attachment| total.saturating_add(attachment.bytes));
        return Some(format!("Attachments: {} ({total} bytes)", attachments.len()));
    }
    let each: Vec<String> =
        attachments.iter().map(|attachment| format!("{} ({} bytes)", attachment.content_type, attachment.bytes)).collect();
    Some(format!("Attachments: {}", each.join(", ")))
}

/// The notice of a new case to one member of the team.
#[derive(Clone)]
pub struct TriageNotice {
    /// The case opened.
    pub case: CaseId,
    /// This person's token for this case.
    pub token: String,
    /// The person.
    pub to: Address,
    /// Usually [`Thread::new`]: a case begins a thread of its own.
    pub thread: Thread,
    /// The class the recogniser gave (`report`, `other`).
    pub class: String,
    /// The rule that gave it.
    pub rule: String,
    /// Whether the sender is proven.
    pub proof: SenderProof,
    /// Whether it is encrypted.
    pub encryption: Encryption,
    /// What was seen in it.
    pub facts: Facts,
    /// By when somebody promised to look.
    pub look_by: String,
    /// The report.
    pub report: Enclosure,
    /// How much the notice may carry.
    pub mode: NoticeMode,
}

impl TriageNotice {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let values = Values::default()
            .line("case", self.case.to_string())
            .line("sender", self.report.sender(self.mode))
            .flag("authenticated", (self.proof == SenderProof::Authenticated).into())
            .line("class", &self.class)
            .line("rule", &self.rule)
            .line("encryption", encryption(self.encryption))
            .list("facts", self.facts.lines(self.mode))
            .line("leak", self.facts.leak())
            .flag("asks_discoverer", self.facts.asks_discoverer.into())
            .line("taken_from", self.facts.taken_from(self.mode))
            .line("look_by", &self.look_by)
            .line("summary", self.report.summary())
            .flag("enclosed", (self.mode == NoticeMode::Full).into())
            .list("support_urls", &desk.project.support_urls);
        desk.finish(Page {
            kind: LetterKind::TriageNotice,
            text: BLUEPRINT.name,
            values,
            class: ContentClass::Embargoed,
            reveals: BTreeSet::from([self.case]),
            held: None,
            to: Recipients::one(self.to),
            author: Author::Notice,
            thread: &self.thread,
            token: Some(&self.token),
            enclosure: self.report.enclosed(self.mode),
        })
    }
}

fn encryption(encryption: Encryption) -> &'static str {
    match encryption {
        Encryption::None => "",
        Encryption::PgpMime => "OpenPGP (PGP/MIME)",
        Encryption::InlinePgp => "OpenPGP (inside the text)",
        Encryption::Smime => "S/MIME",
    }
}
