//! To the team: the policy was last reviewed a year ago or more (P1).

use std::collections::BTreeSet;

use super::{
    Desk, Draft, LetterError, LetterKind, Thread,
    desk::{Author, Page},
    values::{Blueprint, Values, Variable},
};
use crate::disclosure::{ContentClass, Recipients};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "review-due",
    text: include_str!("../../rules/letters/review-due.txt"),
    variables: &[Variable::Id("version"), Variable::Line("reviewed")],
};

/// The reminder.
#[derive(Debug, Clone)]
pub struct ReviewDue {
    /// The team.
    pub to: Recipients,
    /// The policy's version, as cases are stamped with it.
    pub version: String,
    /// When it was last reviewed.
    pub reviewed: jiff::civil::Date,
}

impl ReviewDue {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let values = Values::default().line("version", &self.version).line("reviewed", self.reviewed.to_string());
        desk.finish(Page {
            kind: LetterKind::Reminder,
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
        })
    }
}
