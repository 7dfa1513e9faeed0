//! To the members: the embargo of an advisory that they hold ended before its date, and why (P46, P47). Number and instant, and no word of the matter.

use std::collections::BTreeSet;

use super::{
    AdvisoryMark, Desk, Draft, LetterError, LetterKind, ReversePath, Thread,
    desk::{Author, Page},
    redistribute,
    values::{Blueprint, Values, Variable},
};
use crate::{
    disclosure::{ContentClass, Recipients},
    mail::RawMessage,
};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "embargo-ended",
    text: include_str!("../../rules/letters/embargo-ended.txt"),
    variables: &[Variable::Id("advisory"), Variable::Line("since"), Variable::Flag("exploited"), Variable::Flag("leaked")],
};

/// What ended it, as members are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedBy {
    /// It is exploited in the wild.
    Exploit,
    /// Somebody told.
    Leak,
    /// Somebody published it.
    Publication,
}

/// The notice.
#[derive(Debug, Clone)]
pub struct EmbargoEnded {
    /// The active members.
    pub to: Recipients,
    /// What the header says of the advisory; no date any more.
    pub advisory: AdvisoryMark,
    /// Since when, in UTC, as people read it.
    pub since: String,
    /// What ended it.
    pub by: EndedBy,
}

impl EmbargoEnded {
    /// Writes it, with the list's own header block on top: members filter on that (P66).
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let list = desk.project.primary.clone();
        let values = Values::default()
            .line("advisory", self.advisory.number.with_prefix(&desk.project.advisory_prefix))
            .line("since", &self.since)
            .flag("exploited", (self.by == EndedBy::Exploit).into())
            .flag("leaked", (self.by == EndedBy::Leak).into());
        let draft = desk.finish(Page {
            kind: LetterKind::EmbargoEnded,
            text: BLUEPRINT.name,
            values,
            class: ContentClass::Confidential,
            reveals: BTreeSet::new(),
            held: None,
            to: self.to,
            author: Author::Notice,
            thread: &Thread::new(),
            token: None,
            enclosure: None,
        })?;
        let sent = redistribute(&RawMessage::new(draft.bytes.clone()), &list, Some(&self.advisory), desk)?;
        Ok(Draft { bytes: sent.bytes, message_id: sent.message_id, reverse_path: ReversePath::Verp(list.bounces()), ..draft })
    }
}
