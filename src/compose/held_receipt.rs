//! To the authenticated poster: your post waits for a moderator; `withdraw` takes it back. Nothing of the post is in it.

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

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "held-receipt",
    text: include_str!("../../rules/letters/held-receipt.txt"),
    variables: &[Variable::Id("held"), Variable::Line("list")],
};

/// The receipt. To authenticated posters only: to others it would be backscatter.
#[derive(Debug, Clone)]
pub struct HeldReceipt {
    /// The held post.
    pub held: HeldId,
    /// The poster's token, good for `withdraw`.
    pub token: String,
    /// The poster.
    pub to: Address,
    /// The thread of the post.
    pub thread: Thread,
    /// The list.
    pub list: ListName,
}

impl HeldReceipt {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        desk.finish(Page {
            kind: LetterKind::HeldReceipt,
            text: BLUEPRINT.name,
            values: Values::default().line("held", self.held.to_string()).line("list", &self.list.0),
            class: ContentClass::Confidential,
            reveals: BTreeSet::new(),
            held: Some(self.held),
            to: Recipients::one(self.to),
            author: Author::Answer,
            thread: &self.thread,
            token: Some(&self.token),
            enclosure: None,
        })
    }
}
