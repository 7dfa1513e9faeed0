//! To the team: somebody ruled, so that nobody else needs to.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    Desk, Draft, HeldId, LetterError, LetterKind, Thread,
    desk::{Author, Page},
    values::{Blueprint, Values, Variable},
};
use crate::disclosure::{ContentClass, PersonName, Recipients};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "ruled",
    text: include_str!("../../rules/letters/ruled.txt"),
    variables: &[
        Variable::Id("held"),
        Variable::Line("ruling"),
        Variable::Line("by"),
        Variable::Line("at"),
        Variable::Line("recipients"),
        Variable::Flag("still_waits"),
    ],
};

/// What became of a held post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ruling {
    /// Goes to the list.
    Approved,
    /// The poster was told why not.
    Rejected,
    /// Stays where it is.
    Held,
    /// Ended without an answer; the bytes are kept.
    Discarded,
    /// Became a report.
    Rerouted,
    /// An advisory goes to the members.
    SentOut,
    /// Its poster took it back.
    Withdrawn,
}

impl Ruling {
    /// As said after `was`.
    pub fn as_str(self) -> &'static str {
        match self {
            Ruling::Approved => "approved",
            Ruling::Rejected => "rejected",
            Ruling::Held => "kept on hold",
            Ruling::Discarded => "discarded",
            Ruling::Rerouted => "rerouted to the reports",
            Ruling::SentOut => "sent out",
            Ruling::Withdrawn => "withdrawn",
        }
    }
}

/// Who ruled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuledBy {
    /// A team member.
    Person(PersonName),
    /// A rule, inside the gate.
    Rule(String),
    /// The poster (`withdraw`).
    Poster,
}

impl std::fmt::Display for RuledBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RuledBy::Person(name) => write!(f, "{name}"),
            RuledBy::Rule(rule) => write!(f, "rule {rule}"),
            RuledBy::Poster => f.write_str("its poster"),
        }
    }
}

/// The news of a ruling: `approved by mona at 14:02 UTC`.
#[derive(Debug, Clone)]
pub struct Ruled {
    /// The post.
    pub held: HeldId,
    /// The team, the one who ruled included: to him it is the confirmation.
    pub to: Recipients,
    /// Below the notices of this post, where there is one Message-ID to name.
    pub thread: Thread,
    /// What was ruled.
    pub ruling: Ruling,
    /// By whom.
    pub by: RuledBy,
    /// When.
    pub at: Timestamp,
    /// To how many members it goes.
    pub recipients: Option<usize>,
}

impl Ruled {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let values = Values::default()
            .line("held", self.held.to_string())
            .line("ruling", self.ruling.as_str())
            .line("by", self.by.to_string())
            .line("at", clock(self.at))
            .line("recipients", self.recipients.map(|count| count.to_string()).unwrap_or_default())
            .flag("still_waits", (self.ruling == Ruling::Held).into());
        desk.finish(Page {
            kind: LetterKind::Ruled,
            text: BLUEPRINT.name,
            values,
            class: ContentClass::Confidential,
            reveals: BTreeSet::new(),
            held: Some(self.held),
            to: self.to,
            author: Author::Notice,
            thread: &self.thread,
            token: None,
            enclosure: None,
        })
    }
}

/// `14:02 UTC on 21 November 2026`.
pub(super) fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M UTC on %-d %B %Y").to_string()
}
