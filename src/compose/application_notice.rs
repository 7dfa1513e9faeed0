//! To the team: an application arrived, or something in its thread; what of the checklist is there, with the applicant's own words as evidence
//! (P72-P79).

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
        Variable::Id("what"),
        Variable::Line("organisation"),
        Variable::Flag("embargo"),
        Variable::Line("heard"),
        Variable::Flag("complete"),
        Variable::Flag("sent_privately"),
        Variable::Line("proof"),
        Variable::Line("alias"),
        Variable::Flag("again"),
        Variable::List("items"),
        Variable::Line("open_items"),
        Variable::Flag("can_answer"),
        Variable::List("commands"),
    ],
};

/// One item of the checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChecklistLine {
    /// `A01-ORG-NAME`.
    pub id: String,
    /// The item in the policy's words.
    pub name: String,
    /// `present`, `absent`, `suspicious`, `not-applicable`.
    pub state: String,
    /// The applicant's words.
    pub quote: Option<String>,
    /// Why it is suspicious, or what a person said of it.
    pub note: Option<String>,
    /// Whether acceptance must wait for it (P79: no discretion).
    pub open: bool,
}

impl ChecklistLine {
    /// An open item is shown with the policy's words, so that nobody has to look them up.
    fn shown(&self) -> String {
        let mut text = format!("{}: {}", self.id, self.state);
        if let Some(quote) = &self.quote {
            text.push_str(&format!(": \"{quote}\""));
        }
        if let Some(note) = &self.note {
            text.push_str(&format!(" ({note})"));
        }
        if self.open {
            text.push_str(&format!(" -- the policy: {}", self.name));
        }
        text
    }
}

/// What brought the notice about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplicationNews {
    /// It came.
    New,
    /// It came again, with more.
    Again,
    /// Something else came in its thread.
    InThread,
}

impl ApplicationNews {
    fn words(self) -> &'static str {
        match self {
            ApplicationNews::New => "New application",
            ApplicationNews::Again => "Sent again",
            ApplicationNews::InThread => "A mail in its thread",
        }
    }
}

/// The notice of an application.
#[derive(Debug, Clone)]
pub struct ApplicationNotice {
    /// Its id: `application-5`.
    pub application: String,
    /// What happened.
    pub news: ApplicationNews,
    /// The team, or one of it.
    pub to: Recipients,
    /// For the one who gets it; `None` where nothing can be answered.
    pub token: Option<String>,
    /// Usually [`Thread::new`].
    pub thread: Thread,
    /// The organisation, as it names itself.
    pub organisation: Option<String>,
    /// The checklist: all of it, or what changed and what is open.
    pub items: Vec<ChecklistLine>,
    /// Ids of everything that is open, shown or not.
    pub open: Vec<String>,
    /// An embargo ran when it came.
    pub embargo: bool,
    /// A mail in the thread: what it seems to be, and what to answer.
    pub heard: Option<String>,
    /// Who sent it, as far as that is proven.
    pub proof: String,
    /// What is to be said of the alias.
    pub alias: Option<String>,
    /// It came to the security contact: the applicant was pointed to the public list.
    pub sent_privately: bool,
}

/// The commands that the notice shows; the whole list is a `help` away.
const COMMANDS: [&str; 7] = [
    "review                       you look at it",
    "incomplete                   drafts the public answer: what is missing, in the policy's words",
    "accept                       drafts the public answer; a second person's `send` adds the member",
    "reject because ...           drafts the public answer; the words are public",
    "item A06 present because ... what was not seen (or `absent`: what you find wanting)",
    "alias security@example.net   if it offers several, or none that was seen",
    "help                         shows all of them",
];

impl ApplicationNotice {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let values = Values::default()
            .line("application", &self.application)
            .line("what", self.news.words())
            .line("organisation", self.organisation.unwrap_or_default())
            .flag("embargo", self.embargo.into())
            .line("heard", self.heard.unwrap_or_default())
            .flag("complete", self.open.is_empty().into())
            .flag("sent_privately", self.sent_privately.into())
            .line("proof", &self.proof)
            .line("alias", self.alias.unwrap_or_default())
            .flag("again", (self.news == ApplicationNews::Again).into())
            .list("items", self.items.iter().map(ChecklistLine::shown))
            .line("open_items", self.open.join(", "))
            .flag("can_answer", self.token.is_some().into())
            .list("commands", COMMANDS);
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
            token: self.token.as_deref(),
            enclosure: None,
        })
    }
}
