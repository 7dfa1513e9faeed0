//! To each team member: another mail on a case, certain or only suggested.

use std::collections::BTreeSet;

use super::{
    Desk, Draft, Enclosure, LetterError, LetterKind, NoticeMode, SenderProof, Thread,
    desk::{Author, Page},
    triage_notice::named,
    values::{Blueprint, Values, Variable},
};
use crate::{
    disclosure::{CaseId, ContentClass, Recipients},
    mail::Address,
};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "case-mail",
    text: include_str!("../../rules/letters/case-mail.txt"),
    variables: &[
        Variable::Id("case"),
        Variable::Line("sender"),
        Variable::Flag("authenticated"),
        Variable::Line("suggested"),
        Variable::Line("subject"),
        Variable::Line("summary"),
        Variable::List("card"),
        Variable::Line("cves"),
        Variable::Flag("enclosed"),
        Variable::Flag("large"),
    ],
};

/// Why a mail is taken to belong to a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Belonging {
    /// It came to the case's secret address.
    Certain,
    /// Something else points there; said in a few words, never in words of the mail: `it answers our letter of 20 November`.
    Suggested(String),
}

/// The notice of a mail on an existing case to one member of the team.
#[derive(Clone)]
pub struct CaseMail {
    /// The case.
    pub case: CaseId,
    /// This person's token for this case.
    pub token: String,
    /// The person.
    pub to: Address,
    /// Below the triage notice this person got.
    pub thread: Thread,
    /// How sure the connection is.
    pub belonging: Belonging,
    /// Where the case stands, a line each, in words that the discoverer may read; empty where the mail is only suggested.
    pub card: Vec<String>,
    /// Whether the sender is proven.
    pub proof: SenderProof,
    /// CVE ids named in it (P13).
    pub cves: Vec<String>,
    /// The mail.
    pub mail: Enclosure,
    /// How much the notice may carry.
    pub mode: NoticeMode,
}

impl CaseMail {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let suggested = match &self.belonging {
            Belonging::Certain => "",
            Belonging::Suggested(why) => why,
        };
        let values = Values::default()
            .line("case", self.case.to_string())
            .line("sender", self.mail.sender(self.mode))
            .flag("authenticated", (self.proof == SenderProof::Authenticated).into())
            .line("suggested", suggested)
            .line("subject", self.mail.subject(self.mode))
            .line("summary", self.mail.summary())
            .list("card", &self.card)
            .line("cves", named("CVE ids", &self.cves, self.mode).unwrap_or_default())
            .flag("enclosed", self.mail.enclosed(self.mode).is_some().into())
            .flag("large", self.mail.is_large().into());
        desk.finish(Page {
            kind: LetterKind::CaseMail,
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
