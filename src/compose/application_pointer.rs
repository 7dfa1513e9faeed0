//! To an applicant who wrote to the security contact: applications are public, please send it there (P71).

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
    Blueprint { name: "application-pointer", text: include_str!("../../rules/letters/application-pointer.txt"), variables: &[] };

/// The pointer. Private: that somebody applied is theirs to publish.
#[derive(Debug, Clone)]
pub struct ApplicationPointer {
    /// The applicant.
    pub to: Address,
    /// The thread of the application.
    pub thread: Thread,
}

impl ApplicationPointer {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        desk.finish(Page {
            kind: LetterKind::ApplicationPointer,
            text: BLUEPRINT.name,
            values: Values::default(),
            class: ContentClass::Confidential,
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
