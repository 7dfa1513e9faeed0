//! To the team: posts have waited for too long for a ruling (ids and dates only). What is due in cases is told by [`super::due`].

use std::collections::BTreeSet;

use super::{
    Desk, Draft, HeldId, LetterError, LetterKind, Thread,
    desk::{Author, Page},
    values::{Blueprint, Values, Variable},
};
use crate::disclosure::{ContentClass, Recipients};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "reminder",
    text: include_str!("../../rules/letters/reminder.txt"),
    variables: &[Variable::Id("what"), Variable::List("posts")],
};

/// The reminder.
#[derive(Debug, Clone)]
pub struct Reminder {
    /// The team.
    pub to: Recipients,
    /// Below the first notice, where there is one Message-ID to name.
    pub thread: Thread,
    /// Held posts nobody ruled on, each with the time since when it waits, as people read dates.
    pub posts: Vec<(HeldId, String)>,
}

impl Reminder {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let what = match self.posts.as_slice() {
            [(held, _)] => held.to_string(),
            several => format!("{} held posts", several.len()),
        };
        let values = Values::default()
            .line("what", what)
            .list("posts", self.posts.iter().map(|(held, since)| format!("{held}, since {since}")));
        desk.finish(Page {
            kind: LetterKind::Reminder,
            text: BLUEPRINT.name,
            values,
            class: ContentClass::Confidential,
            reveals: BTreeSet::new(),
            held: None,
            to: self.to,
            author: Author::Notice,
            thread: &self.thread,
            token: None,
            enclosure: None,
        })
    }
}
