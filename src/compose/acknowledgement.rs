//! To the discoverer, seconds after the report: we have it, this happens next, by then (P3).

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
    name: "acknowledgement",
    text: include_str!("../../rules/letters/acknowledgement.txt"),
    variables: &[
        Variable::Id("case"),
        Variable::Flag("encrypted"),
        Variable::Flag("unreadable"),
        Variable::Line("look_by"),
        Variable::Line("predisclosure_by"),
    ],
};

/// How much of a report the daemon could read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Plain text.
    Plain,
    /// Encrypted: a person decrypts it, the daemon never does.
    Encrypted,
    /// Damaged, or no text in it.
    Unreadable,
}

/// The acknowledgement. Answers one report, once per sender and case; never quotes it; null envelope sender (RFC 3834).
#[derive(Debug, Clone)]
pub struct Acknowledgement {
    /// The case opened.
    pub case: CaseId,
    /// The secret part of the case's reply address.
    pub token: String,
    /// The discoverer.
    pub to: Address,
    /// The thread of the report.
    pub thread: Thread,
    /// Whether we could read it.
    pub reading: Reading,
    /// By when a person looks, as people read dates: `Tuesday 24 November 2026`.
    pub look_by: String,
    /// When the predisclosure list would hear of it by the default schedule (P41), as people read dates.
    pub predisclosure_by: String,
}

impl Acknowledgement {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let values = Values::default()
            .line("case", self.case.to_string())
            .flag("encrypted", (self.reading == Reading::Encrypted).into())
            .flag("unreadable", (self.reading == Reading::Unreadable).into())
            .line("look_by", &self.look_by)
            .line("predisclosure_by", &self.predisclosure_by);
        desk.finish(Page {
            kind: LetterKind::Acknowledgement,
            text: BLUEPRINT.name,
            values,
            class: ContentClass::Confidential,
            reveals: BTreeSet::from([self.case]),
            held: None,
            to: Recipients::one(self.to),
            author: Author::Answer,
            thread: &self.thread,
            token: Some(&self.token),
            enclosure: None,
        })
    }
}
