//! To the public applications list: what the team decided about an application (P79, P80), and the draft of it to the team.
//!
//! Promises: the text is a function of the answer alone; nothing in it says whether an embargo runs, and it holds no address of the applicant's
//! alias. What a person confirms is what goes out, line by line.

use std::collections::BTreeSet;

use super::{
    Desk, Draft, LetterError, LetterKind, Thread,
    desk::{Author, Page},
    values::{Blueprint, Values, Variable},
};
use crate::{
    disclosure::{ContentClass, PersonName, Recipients},
    mail::{Address, Digest, has_at},
};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "application-answer",
    text: include_str!("../../rules/letters/application-answer.txt"),
    variables: &[
        Variable::Id("answer"),
        Variable::Block("said"),
        Variable::Line("organisation"),
        Variable::Flag("incomplete"),
        Variable::Flag("accepted"),
        Variable::List("items"),
        Variable::Line("note"),
        Variable::Block("because"),
    ],
};

pub(super) const DRAFT: Blueprint = Blueprint {
    name: "application-draft",
    text: include_str!("../../rules/letters/application-draft.txt"),
    variables: &[
        Variable::Id("application"),
        Variable::Id("answer"),
        Variable::Line("drafted_by"),
        Variable::Flag("yours"),
        Variable::Flag("second"),
        Variable::Line("alias"),
        Variable::Line("stopped"),
        Variable::Block("text"),
        Variable::Line("digest"),
    ],
};

/// What the team says of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicAnswer {
    /// Items are missing.
    Incomplete {
        /// The organisation, as it would be listed.
        organisation: Option<String>,
        /// The open items in the policy's words.
        items: Vec<String>,
        /// The policy's sentence about them.
        note: String,
    },
    /// It is accepted.
    Accepted {
        /// The organisation, as it will be listed.
        organisation: Option<String>,
    },
    /// It is not.
    Rejected {
        /// The organisation.
        organisation: Option<String>,
        /// A person's words.
        because: String,
    },
}

impl PublicAnswer {
    /// The word in the Subject.
    pub fn word(&self) -> &'static str {
        match self {
            PublicAnswer::Incomplete { .. } => "incomplete",
            PublicAnswer::Accepted { .. } => "accepted",
            PublicAnswer::Rejected { .. } => "not accepted",
        }
    }

    /// The whole text, as it will stand on the list.
    pub fn text(&self, desk: &Desk<'_>) -> Result<String, LetterError> {
        let (organisation, items, note, because) = match self {
            PublicAnswer::Incomplete { organisation, items, note } => (organisation, items.as_slice(), note.as_str(), ""),
            PublicAnswer::Accepted { organisation } => (organisation, &[][..], "", ""),
            PublicAnswer::Rejected { organisation, because } => (organisation, &[][..], "", because.as_str()),
        };
        // A name with an address in it is not repeated in public (P52).
        let organisation = organisation.as_deref().filter(|name| !has_at(name)).unwrap_or_default();
        let values = Values::default()
            .line("answer", self.word())
            .block("said", "")
            .line("organisation", organisation)
            .flag("incomplete", matches!(self, PublicAnswer::Incomplete { .. }).into())
            .flag("accepted", matches!(self, PublicAnswer::Accepted { .. }).into())
            .list("items", items)
            .line("note", note)
            .block("because", because);
        desk.body_of(BLUEPRINT.name, values)
    }
}

/// The answer on its way to the public list, in the words that a person confirmed.
#[derive(Debug, Clone)]
pub struct ApplicationAnswer {
    /// The word in the Subject: [`PublicAnswer::word`].
    pub word: String,
    /// The text.
    pub text: String,
    /// The applicant's last mail.
    pub thread: Thread,
}

impl ApplicationAnswer {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let values = Values::default()
            .line("answer", &self.word)
            .block("said", &self.text)
            .line("organisation", "")
            .flag("incomplete", false.into())
            .flag("accepted", false.into())
            .list::<&str>("items", [])
            .line("note", "")
            .block("because", "");
        desk.finish(Page {
            kind: LetterKind::ApplicationAnswer,
            text: BLUEPRINT.name,
            values,
            class: ContentClass::Public,
            reveals: BTreeSet::new(),
            held: None,
            to: Recipients::one(desk.project.applications.address.clone()),
            author: Author::Person,
            thread: &self.thread,
            token: None,
            enclosure: None,
        })
    }
}

/// What the one who gets the draft can do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftFor {
    /// Anybody of the team may send it.
    Anybody,
    /// It takes two, and this is the second.
    Second,
    /// It takes two, and this is the first.
    First,
}

/// The draft of an answer, to one of the team.
#[derive(Debug, Clone)]
pub struct ApplicationDraft {
    /// The application: `application-5`.
    pub application: String,
    /// The word in the Subject.
    pub word: String,
    /// Who gets it.
    pub to: Address,
    /// For `send` and `retract`.
    pub token: String,
    /// What that one can do.
    pub reader: DraftFor,
    /// Who drafted it.
    pub by: PersonName,
    /// The alias that will be subscribed, if it is accepted.
    pub alias: Option<Address>,
    /// Why it could not go out now.
    pub stopped: Option<String>,
    /// The text.
    pub text: String,
    /// Its SHA-256.
    pub digest: Digest,
}

impl ApplicationDraft {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let digest: String = self.digest.to_string().chars().take(16).collect();
        let values = Values::default()
            .line("application", &self.application)
            .line("answer", &self.word)
            .line("drafted_by", &self.by.0)
            .flag("yours", (self.reader == DraftFor::First).into())
            .flag("second", (self.reader == DraftFor::Second).into())
            .line("alias", self.alias.map(|alias| alias.to_string()).unwrap_or_default())
            .line("stopped", self.stopped.unwrap_or_default())
            .block("text", &self.text)
            .line("digest", digest);
        desk.finish(Page {
            kind: LetterKind::ApplicationDraft,
            text: DRAFT.name,
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
