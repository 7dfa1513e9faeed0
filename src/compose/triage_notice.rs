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
        Variable::Flag("answered"),
        Variable::Line("look_by"),
        Variable::Line("subject"),
        Variable::Line("summary"),
        Variable::Flag("enclosed"),
        Variable::Flag("large"),
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

/// Whether the sender of a report has had a letter of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// The acknowledgement, with its promise, is on its way.
    Acknowledged,
    /// A machine may not write there, or it came by a detour: a person has to.
    NotYet,
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
    /// Where it asks for answers, other than at its author's address: they go to the author until somebody says otherwise.
    pub answers_to: Option<Address>,
    /// The size of a mail of which only the head was fetched.
    pub beyond_cap: Option<u64>,
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
        if let Some(size) = self.beyond_cap {
            lines.push(format!("ONLY ITS HEAD IS HERE: it has {size} bytes, over the size cap; read it on the server"));
        }
        match (&self.answers_to, mode) {
            (None, _) => {}
            (Some(_), NoticeMode::HeadersOnly) => lines.push("It asks for answers at another address".to_owned()),
            (Some(to), NoticeMode::Full) => {
                let to = shown::address(to);
                lines.push(format!("It asks for answers at {to}; `discoverer {to}` has them go there"));
            }
        }
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
    /// Whether the sender knows that it arrived.
    pub answered: Answered,
    /// By when somebody promised to look, or should.
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
            .flag("answered", (self.answered == Answered::Acknowledged).into())
            .line("look_by", &self.look_by)
            .line("subject", self.report.subject(self.mode))
            .line("summary", self.report.summary())
            .flag("enclosed", self.report.enclosed(self.mode).is_some().into())
            .flag("large", self.report.is_large().into())
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
