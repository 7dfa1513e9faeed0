//! To the discoverer, when a person's command or a release changes what the discoverer should know: the date of the embargo, its end, the end of
//! the case (P11, P44-P46, T06, T13-T16). Of the matter nothing is said but that and what a person adds.

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

pub(super) const DATE: Blueprint = Blueprint {
    name: "embargo-date",
    text: include_str!("../../rules/letters/embargo-date.txt"),
    variables: &[Variable::Id("case"), Variable::Flag("changed"), Variable::Line("until"), Variable::Block("words")],
};

pub(super) const OVER: Blueprint = Blueprint {
    name: "embargo-over",
    text: include_str!("../../rules/letters/embargo-over.txt"),
    variables: &[
        Variable::Id("case"),
        Variable::Flag("early"),
        Variable::Line("since"),
        Variable::Line("advisory"),
        Variable::Block("words"),
    ],
};

pub(super) const CLOSED: Blueprint = Blueprint {
    name: "case-closed",
    text: include_str!("../../rules/letters/case-closed.txt"),
    variables: &[Variable::Id("case"), Variable::Block("words")],
};

/// What is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The embargo ends then.
    Date {
        /// The instant in UTC, as people read it.
        until: String,
        /// Whether there was another one before.
        changed: bool,
    },
    /// It is over.
    Over {
        /// Since when, in UTC, as people read it.
        since: String,
        /// Whether before its date.
        early: bool,
        /// The advisory that is published now, if one is: `XSA-999`.
        advisory: Option<String>,
    },
    /// The case is closed.
    Closed,
}

/// The letter. `Auto-Submitted`, for its words are the daemon's; bounces come back to the team.
#[derive(Clone)]
pub struct CaseNews {
    /// The discoverer's own case.
    pub case: CaseId,
    /// The secret part of its reply address.
    pub token: String,
    /// The discoverer.
    pub to: Address,
    /// The thread of the discoverer's last mail.
    pub thread: Thread,
    /// What is new.
    pub news: News,
    /// What a person adds, as typed; empty when nobody does.
    pub words: String,
}

impl CaseNews {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let values = Values::default().line("case", self.case.to_string()).block("words", &self.words);
        let (text, values) = match &self.news {
            News::Date { until, changed } => (DATE, values.line("until", until).flag("changed", (*changed).into())),
            News::Over { since, early, advisory } => {
                let advisory = advisory.as_deref().unwrap_or_default();
                (OVER, values.line("since", since).flag("early", (*early).into()).line("advisory", advisory))
            }
            News::Closed => (CLOSED, values),
        };
        desk.finish(Page {
            kind: LetterKind::CaseNews,
            text: text.name,
            values,
            class: ContentClass::Confidential,
            reveals: BTreeSet::from([self.case]),
            held: None,
            to: Recipients::one(self.to),
            author: Author::Notice,
            thread: &self.thread,
            token: Some(&self.token),
            enclosure: None,
        })
    }
}
