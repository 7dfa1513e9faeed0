//! To the alias of a member: is this read, and by whom (P82); and the fire drill, by the way that an advisory takes.
//!
//! Promises: nothing in these letters is confidential, and nothing names a case or an advisory.

use std::collections::BTreeSet;

use super::{
    Desk, Draft, LetterError, LetterKind, ReversePath, Thread,
    desk::{Author, Page},
    redistribute,
    values::{Blueprint, Values, Variable},
};
use crate::{
    disclosure::{ContentClass, Recipients},
    mail::{Address, RawMessage},
};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "alias-probe",
    text: include_str!("../../rules/letters/alias-probe.txt"),
    variables: &[
        Variable::Id("member"),
        Variable::Id("what"),
        Variable::Line("organisation"),
        Variable::Flag("fresh"),
        Variable::Flag("still"),
        Variable::Flag("old"),
        Variable::Line("new_address"),
    ],
};

pub(super) const DRILL: Blueprint =
    Blueprint { name: "drill", text: include_str!("../../rules/letters/drill.txt"), variables: &[Variable::Id("drill")] };

/// Why an alias is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AliasQuestion {
    /// It is new: is it the right one?
    New,
    /// Is it still read?
    Still,
    /// Shall this other address take its place?
    Replaced(Address),
    /// Shall it take another one's place?
    Replacing,
}

impl AliasQuestion {
    fn words(&self) -> &'static str {
        match self {
            AliasQuestion::New => "a new address on the predisclosure list",
            AliasQuestion::Still => "does somebody read this address?",
            AliasQuestion::Replaced(_) | AliasQuestion::Replacing => "another address for the predisclosure list",
        }
    }
}

/// A question to an alias.
#[derive(Debug, Clone)]
pub struct AliasProbe {
    /// The member: `member-3`.
    pub member: String,
    /// Its organisation.
    pub organisation: String,
    /// The alias.
    pub to: Address,
    /// For the answer.
    pub token: String,
    /// What is asked.
    pub question: AliasQuestion,
}

impl AliasProbe {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let new_address = match &self.question {
            AliasQuestion::Replaced(address) => address.to_string(),
            _ => String::new(),
        };
        let values = Values::default()
            .line("member", &self.member)
            .line("what", self.question.words())
            .line("organisation", &self.organisation)
            .flag("fresh", (self.question == AliasQuestion::New).into())
            .flag("still", (self.question == AliasQuestion::Still).into())
            .flag("old", (!new_address.is_empty()).into())
            .line("new_address", new_address);
        desk.finish(Page {
            kind: LetterKind::AliasProbe,
            text: BLUEPRINT.name,
            values,
            class: ContentClass::Confidential,
            reveals: BTreeSet::new(),
            held: None,
            to: Recipients::one(self.to),
            author: Author::Notice,
            thread: &Thread::new(),
            token: Some(&self.token),
            enclosure: None,
        })
    }
}

/// The fire drill, to one member.
#[derive(Debug, Clone)]
pub struct Drill {
    /// Its number: `drill-2`.
    pub drill: String,
    /// The member's alias.
    pub to: Address,
    /// For the answer.
    pub token: String,
}

impl Drill {
    /// Writes it, with the list's own header block on top: the members' filters must treat it like an advisory (P66).
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let list = desk.project.primary.clone();
        let values = Values::default().line("drill", &self.drill);
        let draft = desk.finish(Page {
            kind: LetterKind::Drill,
            text: DRILL.name,
            values,
            class: ContentClass::Confidential,
            reveals: BTreeSet::new(),
            held: None,
            to: Recipients::one(self.to),
            author: Author::Notice,
            thread: &Thread::new(),
            token: Some(&self.token),
            enclosure: None,
        })?;
        let sent = redistribute(&RawMessage::new(draft.bytes.clone()), &list, None, desk)?;
        Ok(Draft { bytes: sent.bytes, message_id: sent.message_id, reverse_path: ReversePath::Verp(list.bounces()), ..draft })
    }
}
