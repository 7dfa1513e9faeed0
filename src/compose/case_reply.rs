//! To the discoverer: what a team member typed after `reply`, under the team's name, with the case's secret address to answer to.

use std::collections::BTreeSet;

use super::{
    Desk, Draft, LetterError, LetterKind, Thread,
    desk::{Author, Page},
    values::{Blueprint, Values, Variable},
};
use crate::{
    disclosure::{CaseId, ContentClass, Recipients},
    mail::Address,
};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "case-reply",
    text: include_str!("../../rules/letters/case-reply.txt"),
    variables: &[Variable::Id("case"), Variable::Block("text")],
};

/// A person's answer to the discoverer. No `Auto-Submitted`: a person wrote it.
#[derive(Clone)]
pub struct CaseReply {
    /// The case.
    pub case: CaseId,
    /// The secret part of the case's reply address.
    pub token: String,
    /// The discoverer.
    pub to: Address,
    /// The thread of the discoverer's last mail.
    pub thread: Thread,
    /// The text as typed.
    pub text: String,
}

impl CaseReply {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        desk.finish(Page {
            kind: LetterKind::CaseReply,
            text: BLUEPRINT.name,
            values: Values::default().line("case", self.case.to_string()).block("text", &self.text),
            class: ContentClass::Confidential,
            reveals: BTreeSet::from([self.case]),
            held: None,
            to: Recipients::one(self.to),
            author: Author::Person,
            thread: &self.thread,
            token: Some(&self.token),
            enclosure: None,
        })
    }
}
