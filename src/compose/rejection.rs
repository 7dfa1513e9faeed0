//! To the authenticated poster: your post was not distributed, why, and where it belongs instead (P70).
//!
//! It names the security contact and the public lists, and warns not to repeat embargoed content there. It holds neither the post nor its
//! Subject, no other member's address, no CVE, no title.

use std::collections::BTreeSet;

use super::{
    Desk, Draft, HeldId, LetterError, LetterKind, Thread,
    desk::{Author, Page},
    values::{Blueprint, Values, Variable},
};
use crate::{
    disclosure::{ContentClass, ListName, Recipients},
    mail::Address,
};

const VARIABLES: &[Variable] = &[
    Variable::Id("held"),
    Variable::Line("list"),
    Variable::Line("discussion"),
    Variable::List("public_lists"),
    Variable::Block("moderators_text"),
    Variable::Flag("can_answer"),
];

macro_rules! rejection {
    ($constant:ident, $class:literal) => {
        pub(super) const $constant: Blueprint = Blueprint {
            name: concat!("rejection-", $class),
            text: include_str!(concat!("../../rules/letters/rejection-", $class, ".txt")),
            variables: VARIABLES,
        };
    };
}

rejection!(POLICY, "policy");
rejection!(MEMBERSHIP, "membership");
rejection!(NOT_EMBARGOED, "not-embargoed");
rejection!(PUBLIC_RECIPIENT, "public-recipient");
rejection!(MIXED, "mixed");
rejection!(OTHER, "other");
rejection!(PRIMARY, "primary");

/// The rejection. To authenticated members only, once, null envelope sender.
#[derive(Debug, Clone)]
pub struct Rejection {
    /// The held (or at once rejected) post.
    pub held: HeldId,
    /// A token with which the poster can answer the moderators; without one, answers go to the desk and are recognised by their thread.
    pub token: Option<String>,
    /// The poster.
    pub to: Address,
    /// The thread of the post.
    pub thread: Thread,
    /// The list.
    pub list: ListName,
    /// The reason class of the rule or the moderator: `policy`. Picks the text `rejection-CLASS`; [`super::Letters::has_rejection`] tells whether
    /// there is one.
    pub reason_class: String,
    /// What the moderator adds, as typed.
    pub moderators_text: Option<String>,
    /// The public lists to name (P70: "public Xen mailing lists").
    pub public_lists: Vec<Address>,
}

impl Rejection {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let values = Values::default()
            .line("held", self.held.to_string())
            .line("list", &self.list.0)
            .line("discussion", desk.project.discuss.address.to_string())
            .list("public_lists", self.public_lists.iter().map(Address::to_string))
            .block("moderators_text", self.moderators_text.as_deref().unwrap_or_default())
            .flag("can_answer", self.token.is_some().into());
        desk.finish(Page {
            kind: LetterKind::Rejection,
            text: &format!("rejection-{}", self.reason_class),
            values,
            class: ContentClass::Confidential,
            reveals: BTreeSet::new(),
            held: Some(self.held),
            to: Recipients::one(self.to),
            author: Author::Answer,
            thread: &self.thread,
            token: self.token.as_deref(),
            enclosure: None,
        })
    }
}
