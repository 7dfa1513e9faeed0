//! To whoever answered a notice: what became of the command, and what can be written instead.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    BlockedId, Desk, Draft, HeldId, LetterError, LetterKind, RuledBy, Ruling, Thread,
    desk::{Author, Page},
    ruled::clock,
    values::{Blueprint, Values, Variable},
};
use crate::{
    disclosure::{CaseId, ContentClass, Recipients},
    mail::Address,
};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "command-answer",
    text: include_str!("../../rules/letters/command-answer.txt"),
    variables: &[
        Variable::Id("about"),
        Variable::Id("what"),
        Variable::Flag("done"),
        Variable::Flag("news"),
        Variable::Block("help"),
        Variable::Line("settled"),
        Variable::Flag("spent"),
        Variable::Flag("changed"),
        Variable::Line("refused"),
        Variable::Block("told"),
        Variable::Flag("can_answer"),
    ],
};

/// What a command was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// A case.
    Case(CaseId),
    /// A held post.
    Held(HeldId),
    /// A letter that the firewall has stopped.
    Blocked(BlockedId),
    /// A letter about several cases, of which none was named.
    Cases,
    /// An application for membership, by its number.
    Application(i64),
    /// A member, by its number.
    Member(i64),
}

impl std::fmt::Display for About {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            About::Case(case) => write!(f, "{case}"),
            About::Cases => f.write_str("several cases"),
            About::Held(held) => write!(f, "{held}"),
            About::Blocked(blocked) => write!(f, "{blocked}"),
            About::Application(number) => write!(f, "application-{number}"),
            About::Member(number) => write!(f, "member-{number}"),
        }
    }
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Carried out; the text says what, in our own words.
    Done(String),
    /// Nobody's command who reads it: what another person's did, in our own words.
    News(String),
    /// Not understood; the text is the command reader's help with examples.
    NotUnderstood(String),
    /// Somebody was quicker.
    AlreadyRuled {
        /// What was ruled.
        ruling: Ruling,
        /// By whom.
        by: RuledBy,
        /// When.
        at: Timestamp,
    },
    /// The token was used before.
    SpentToken,
    /// The thing changed since the notice was written: look again.
    Changed,
    /// Not allowed; the text says why and what to do, in our own words: `send needs a second person`.
    Refused(String),
    /// The answer to `explain`: the reasons, one a line. May hold words of the post.
    Explained(String),
}

/// The answer to a command.
#[derive(Clone)]
pub struct CommandAnswer {
    /// What it was about.
    pub about: About,
    /// A fresh token, where another command makes sense.
    pub token: Option<String>,
    /// The person who sent the command.
    pub to: Address,
    /// The thread of the command.
    pub thread: Thread,
    /// What became of it.
    pub answer: Answer,
}

impl CommandAnswer {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let (mut done, mut spent, mut changed) = (false, false, false);
        let (mut help, mut settled, mut refused, mut told) = (String::new(), String::new(), String::new(), String::new());
        let mut class = ContentClass::Confidential;
        let what = if matches!(self.answer, Answer::News(_)) { "News" } else { "Your command" };
        let mut news = false;
        match self.answer {
            Answer::News(text) => {
                news = true;
                told = text;
            }
            Answer::Done(text) => {
                done = true;
                told = text;
            }
            Answer::NotUnderstood(text) => help = text,
            Answer::AlreadyRuled { ruling, by, at } => settled = format!("{} by {by} at {}", ruling.as_str(), clock(at)),
            Answer::SpentToken => spent = true,
            Answer::Changed => changed = true,
            Answer::Refused(text) => refused = text,
            Answer::Explained(text) => {
                class = ContentClass::Embargoed;
                told = text;
            }
        }
        let values = Values::default()
            .line("about", self.about.to_string())
            .line("what", what)
            .flag("done", done.into())
            .flag("news", news.into())
            .block("help", &help)
            .line("settled", &settled)
            .flag("spent", spent.into())
            .flag("changed", changed.into())
            .line("refused", &refused)
            .block("told", &told)
            .flag("can_answer", self.token.is_some().into());
        let (reveals, held) = match self.about {
            About::Case(case) => (BTreeSet::from([case]), None),
            About::Held(held) => (BTreeSet::new(), Some(held)),
            About::Blocked(_) => (BTreeSet::new(), None),
            About::Cases | About::Application(_) | About::Member(_) => (BTreeSet::new(), None),
        };
        desk.finish(Page {
            kind: LetterKind::CommandAnswer,
            text: BLUEPRINT.name,
            values,
            class,
            reveals,
            held,
            to: Recipients::one(self.to),
            // News answers nothing that its reader wrote (RFC 3834 section 5), and a bounce of it is worth knowing.
            author: if news { Author::Notice } else { Author::Answer },
            thread: &self.thread,
            token: self.token.as_deref(),
            enclosure: None,
        })
    }
}
