//! To each of the team: the public revision of an advisory is registered; two of them arm it, and the daemon publishes it at its instant (P30).

use std::collections::BTreeSet;

use super::{
    AttachmentFact, Desk, Draft, Enclosure, LetterError, LetterKind, NoticeMode, Thread,
    desk::{Author, Page},
    triage_notice::attachments,
    values::{Blueprint, Values, Variable},
};
use crate::{
    disclosure::{CaseId, ContentClass, PersonName, Recipients},
    mail::Address,
};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "arm-request",
    text: include_str!("../../rules/letters/arm-request.txt"),
    variables: &[
        Variable::Id("case"),
        Variable::Id("advisory"),
        Variable::Id("version"),
        Variable::Line("submitted_by"),
        Variable::Line("subject"),
        Variable::Line("summary"),
        Variable::Line("attachments"),
        Variable::Line("digest"),
        Variable::Line("instant"),
        Variable::Line("opens"),
        Variable::List("destinations"),
        Variable::List("findings"),
        Variable::Flag("enclosed"),
        Variable::Flag("large"),
    ],
};

/// The request to one member of the team.
#[derive(Clone)]
pub struct ArmRequest {
    /// The case.
    pub case: CaseId,
    /// This person's token for the case.
    pub token: String,
    /// The person.
    pub to: Address,
    /// Usually [`Thread::new`].
    pub thread: Thread,
    /// `XSA-484`.
    pub advisory: String,
    /// The version of the revision.
    pub version: u32,
    /// Who submitted it.
    pub submitted_by: PersonName,
    /// Its Subject, told in [`NoticeMode::Full`] only.
    pub subject: String,
    /// Its attachments.
    pub attachments: Vec<AttachmentFact>,
    /// The first digits of its SHA-256: what is armed.
    pub digest: String,
    /// When it may go out, as people read it; empty: at once.
    pub instant: String,
    /// From when on it can be armed, as people read it; empty: now.
    pub opens: String,
    /// Where it goes.
    pub destinations: Vec<String>,
    /// The lint's findings, one line each.
    pub findings: Vec<String>,
    /// The mail.
    pub mail: Enclosure,
    /// How much the notice may carry.
    pub mode: NoticeMode,
}

impl ArmRequest {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let full = self.mode == NoticeMode::Full;
        let findings = match (full, self.findings.len()) {
            (true, _) | (_, 0) => self.findings,
            (false, count) => vec![format!("findings: {count}; see them on the server")],
        };
        let values = Values::default()
            .line("case", self.case.to_string())
            .line("advisory", &self.advisory)
            .line("version", self.version.to_string())
            .line("submitted_by", &self.submitted_by.0)
            .line("subject", if full { self.subject.as_str() } else { "" })
            .line("summary", self.mail.summary())
            .line("attachments", attachments(&self.attachments, self.mode).unwrap_or_default())
            .line("digest", &self.digest)
            .line("instant", &self.instant)
            .line("opens", &self.opens)
            .list("destinations", &self.destinations)
            .list("findings", findings)
            .flag("enclosed", self.mail.enclosed(self.mode).is_some().into())
            .flag("large", self.mail.is_large().into());
        desk.finish(Page {
            kind: LetterKind::ArmRequest,
            text: BLUEPRINT.name,
            values,
            class: ContentClass::Embargoed,
            reveals: BTreeSet::from([self.case]),
            held: None,
            to: Recipients::one(self.to),
            author: Author::Notice,
            thread: &self.thread,
            token: Some(&self.token),
            enclosure: self.mail.enclosed(self.mode),
        })
    }
}
