//! To the team: something has waited for too long (A6, F6, L13: ids and dates only).

use std::collections::BTreeSet;

use super::{
    Desk, Draft, HeldId, LetterError, LetterKind, Thread,
    desk::{Author, Page},
    values::{Blueprint, Values, Variable},
};
use crate::disclosure::{CaseId, ContentClass, Recipients};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "reminder",
    text: include_str!("../../rules/letters/reminder.txt"),
    variables: &[Variable::Id("what"), Variable::List("cases"), Variable::List("posts"), Variable::Flag("can_answer")],
};

/// What waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waiting {
    /// A case nobody claimed.
    UnclaimedCase {
        /// The case.
        case: CaseId,
        /// Since when, as people read dates.
        since: String,
    },
    /// Held posts nobody ruled on, each with the time since when it waits.
    HeldPosts(Vec<(HeldId, String)>),
}

/// The reminder.
#[derive(Debug, Clone)]
pub struct Reminder {
    /// The team, or one person where there is a token.
    pub to: Recipients,
    /// A token of this one person with which a reply claims the case; never with several recipients.
    pub token: Option<String>,
    /// Below the first notice, where there is one Message-ID to name.
    pub thread: Thread,
    /// What waits.
    pub waiting: Waiting,
}

impl Reminder {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let (what, cases, posts, reveals) = match &self.waiting {
            Waiting::UnclaimedCase { case, since } => {
                (case.to_string(), vec![format!("{case}, since {since}")], Vec::new(), BTreeSet::from([*case]))
            }
            Waiting::HeldPosts(posts) => {
                let lines = posts.iter().map(|(held, since)| format!("{held}, since {since}")).collect();
                let what = match posts.as_slice() {
                    [(held, _)] => held.to_string(),
                    several => format!("{} held posts", several.len()),
                };
                (what, Vec::new(), lines, BTreeSet::new())
            }
        };
        // A token belongs to one person: with several readers, any of them could spend it.
        let token = self.token.as_deref().filter(|_| self.to.as_slice().len() == 1);
        let values = Values::default()
            .line("what", what)
            .list::<String>("cases", cases)
            .list::<String>("posts", posts)
            .flag("can_answer", token.is_some().into());
        desk.finish(Page {
            kind: LetterKind::Reminder,
            text: BLUEPRINT.name,
            values,
            class: ContentClass::Confidential,
            reveals,
            held: None,
            to: self.to,
            author: Author::Notice,
            thread: &self.thread,
            token,
            enclosure: None,
        })
    }
}
