//! To the team: an application arrived; what of the checklist is there, with the applicant's own words as evidence (P72-P79).

use std::collections::BTreeSet;

use super::{
    Desk, Draft, LetterError, LetterKind, Thread,
    desk::{Author, Page},
    values::{Blueprint, Values, Variable},
};
use crate::disclosure::{ContentClass, Recipients};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "application-notice",
    text: include_str!("../../rules/letters/application-notice.txt"),
    variables: &[
        Variable::Id("application"),
        Variable::Flag("complete"),
        Variable::Flag("sent_privately"),
        Variable::List("items"),
        Variable::Line("open_items"),
    ],
};

/// One item of the checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChecklistLine {
    /// `A01-ORG-NAME`.
    pub id: String,
    /// `present`, `absent`, `suspicious`, `not-applicable`.
    pub state: String,
    /// The applicant's words.
    pub quote: Option<String>,
    /// Whether acceptance must wait for it (P79: no discretion).
    pub open: bool,
}

/// The notice of an application.
#[derive(Debug, Clone)]
pub struct ApplicationNotice {
    /// Its id: `application-5`.
    pub application: String,
    /// The team.
    pub to: Recipients,
    /// Usually [`Thread::new`].
    pub thread: Thread,
    /// The checklist.
    pub items: Vec<ChecklistLine>,
    /// It came to the security contact: the applicant was pointed to the public list.
    pub sent_privately: bool,
}

impl ApplicationNotice {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let open: Vec<&str> = self.items.iter().filter(|item| item.open).map(|item| item.id.as_str()).collect();
        let items = self.items.iter().map(|item| match &item.quote {
            Some(quote) => format!("{}: {}: \"{quote}\"", item.id, item.state),
            None => format!("{}: {}", item.id, item.state),
        });
        let values = Values::default()
            .line("application", &self.application)
            .flag("complete", open.is_empty().into())
            .flag("sent_privately", self.sent_privately.into())
            .list("items", items)
            .line("open_items", open.join(", "));
        desk.finish(Page {
            kind: LetterKind::ApplicationNotice,
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
