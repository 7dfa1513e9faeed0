//! To the team: what waits about applications and members, in one letter (P82).

use std::collections::BTreeSet;

use super::{
    Desk, Draft, LetterError, LetterKind, Thread,
    desk::{Author, Page},
    values::{Blueprint, Values, Variable},
};
use crate::disclosure::{ContentClass, Recipients};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "membership-due",
    text: include_str!("../../rules/letters/membership-due.txt"),
    variables: &[Variable::Id("what"), Variable::List("applications_waiting"), Variable::List("members_waiting")],
};

/// What waits.
#[derive(Debug, Clone)]
pub struct MembershipDue {
    /// The team.
    pub to: Recipients,
    /// The applications, a line each.
    pub applications: Vec<String>,
    /// The members, a line each.
    pub members: Vec<String>,
}

impl MembershipDue {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let count = self.applications.len() + self.members.len();
        let values = Values::default()
            .line("what", format!("{count} waiting"))
            .list("applications_waiting", self.applications)
            .list("members_waiting", self.members);
        desk.finish(Page {
            kind: LetterKind::MembershipDue,
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
