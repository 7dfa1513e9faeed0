//! To whoever asks for a subscription by mail: not this way; the same words for everybody (P81).

use std::collections::BTreeSet;

use super::{
    Desk, Draft, LetterError, LetterKind, Thread,
    desk::{Author, Page},
    values::{Blueprint, Values},
};
use crate::{
    disclosure::{ContentClass, Recipients},
    mail::Address,
};

pub(super) const BLUEPRINT: Blueprint =
    Blueprint { name: "subscription-answer", text: include_str!("../../rules/letters/subscription-answer.txt"), variables: &[] };

/// The fixed answer of `LIST-request@`. Tells nothing but what the policy says in public: not even which list.
#[derive(Debug, Clone)]
pub struct SubscriptionAnswer {
    /// The asker.
    pub to: Address,
    /// The thread of the request.
    pub thread: Thread,
}

impl SubscriptionAnswer {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        desk.finish(Page {
            kind: LetterKind::SubscriptionAnswer,
            text: BLUEPRINT.name,
            values: Values::default(),
            class: ContentClass::Public,
            reveals: BTreeSet::new(),
            held: None,
            to: Recipients::one(self.to),
            author: Author::Answer,
            thread: &self.thread,
            token: None,
            enclosure: None,
        })
    }
}
