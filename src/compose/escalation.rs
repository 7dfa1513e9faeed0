//! To the contact outside the team's mailboxes: reports wait, and nobody has taken them. Says that they wait and nothing of what they say:
//! the contact need not be cleared for anything.

use std::collections::BTreeSet;

use super::{
    Desk, Draft, LetterError, LetterKind, Thread,
    desk::{Author, Page},
    values::{Blueprint, Values, Variable},
};
use crate::{
    disclosure::{ContentClass, Recipients},
    mail::Address,
};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "escalation",
    text: include_str!("../../rules/letters/escalation.txt"),
    variables: &[Variable::Line("days"), Variable::List("waiting")],
};

/// The call for help.
#[derive(Debug, Clone)]
pub struct Escalation {
    /// The contact.
    pub to: Address,
    /// Working days that the oldest has waited.
    pub days: u32,
    /// When each arrived.
    pub waiting: Vec<String>,
}

impl Escalation {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let values = Values::default().line("days", self.days.to_string()).list("waiting", &self.waiting);
        desk.finish(Page {
            kind: LetterKind::Escalation,
            text: BLUEPRINT.name,
            values,
            class: ContentClass::Public,
            reveals: BTreeSet::new(),
            held: None,
            to: Recipients::one(self.to),
            author: Author::Notice,
            thread: &Thread::new(),
            token: None,
            enclosure: None,
        })
    }
}
