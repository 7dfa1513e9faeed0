//! To each team member but its author: an advisory waits for a second person's `send`.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    AttachmentFact, Desk, Draft, Enclosure, HeldId, LetterError, LetterKind, NoticeMode, Thread,
    desk::{Author, Page},
    ruled::clock,
    triage_notice::attachments,
    values::{Blueprint, Values, Variable},
};
use crate::{
    disclosure::{CaseId, ContentClass, ListName, PersonName, Recipients},
    mail::Address,
};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "send-request",
    text: include_str!("../../rules/letters/send-request.txt"),
    variables: &[
        Variable::Id("held"),
        Variable::Line("list"),
        Variable::Line("submitted_by"),
        Variable::Line("subject"),
        Variable::Line("summary"),
        Variable::Line("attachments"),
        Variable::Line("recipients"),
        Variable::Line("embargo"),
        Variable::List("findings"),
        Variable::Line("without_terms"),
        Variable::Flag("enclosed"),
        Variable::Flag("large"),
    ],
};

/// The request to one member of the team.
#[derive(Clone)]
pub struct SendRequest {
    /// The waiting mail.
    pub held: HeldId,
    /// The case it belongs to, if known.
    pub case: Option<CaseId>,
    /// This person's token, good for `send` and `hold`.
    pub token: String,
    /// The person.
    pub to: Address,
    /// Usually [`Thread::new`].
    pub thread: Thread,
    /// The list it goes to.
    pub list: ListName,
    /// Who submitted it: somebody else must send it.
    pub submitted_by: PersonName,
    /// Its Subject, told in [`NoticeMode::Full`] only.
    pub subject: String,
    /// Its attachments.
    pub attachments: Vec<AttachmentFact>,
    /// To how many members it would go.
    pub recipients: usize,
    /// The end of the embargo as read from it.
    pub embargo_until: Option<Timestamp>,
    /// The lint's findings, one line each (`error X04: ...`).
    pub findings: Vec<String>,
    /// The members it would go to of whom no accepted terms are on record (P54).
    pub without_terms: Vec<String>,
    /// The mail.
    pub advisory: Enclosure,
    /// How much the notice may carry.
    pub mode: NoticeMode,
}

impl SendRequest {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let full = self.mode == NoticeMode::Full;
        let findings = match (full, self.findings.len()) {
            (true, _) | (_, 0) => self.findings,
            (false, count) => vec![format!("findings: {count}; see them on the server")],
        };
        let without_terms = match self.without_terms.len() {
            0 => String::new(),
            count => format!("{count} of {}: {}", self.recipients, self.without_terms.join(", ")),
        };
        let values = Values::default()
            .line("held", self.held.to_string())
            .line("list", &self.list.0)
            .line("submitted_by", &self.submitted_by.0)
            .line("subject", if full { self.subject.as_str() } else { "" })
            .line("summary", self.advisory.summary())
            .line("attachments", attachments(&self.attachments, self.mode).unwrap_or_default())
            .line("recipients", self.recipients.to_string())
            .line("embargo", self.embargo_until.map(clock).unwrap_or_default())
            .list("findings", findings)
            .line("without_terms", without_terms)
            .flag("enclosed", self.advisory.enclosed(self.mode).is_some().into())
            .flag("large", self.advisory.is_large().into());
        desk.finish(Page {
            kind: LetterKind::SendRequest,
            text: BLUEPRINT.name,
            values,
            class: ContentClass::Embargoed,
            reveals: self.case.into_iter().collect::<BTreeSet<_>>(),
            held: Some(self.held),
            to: Recipients::one(self.to),
            author: Author::Notice,
            thread: &self.thread,
            token: Some(&self.token),
            enclosure: self.advisory.enclosed(self.mode),
        })
    }
}
