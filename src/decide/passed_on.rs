//! Whose report it is that a person of the team passes on (P10): the writer's of what was attached or pasted, where that is certain; never the
//! person's own.

use super::Work;
use crate::{
    classify,
    mail::{self, Address, Message},
};

/// Whose words a mail of the team brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whose {
    /// The sender's own.
    Own,
    /// Somebody else's, by the head of what was passed on; `None`: nobody can say for certain.
    Other(Option<Address>),
}

/// Whether a mail of the team brings somebody else's: attached, or pasted below a subject that says so. Whatever the rules make of it, a person looks.
pub(super) fn passes_on(message: &Message) -> bool {
    !message.forwarded.is_empty() || classify::is_forward(&message.subject) && !mail::pasted(message).is_empty()
}

/// Whose it is. A colleague who passed it on before is not its writer either: then the message within is looked at.
pub(super) fn whose(work: &Work<'_>, message: &Message) -> Whose {
    whose_within(work, message, classify::is_forward(&message.subject))
}

fn whose_within(work: &Work<'_>, message: &Message, is_passed_on: bool) -> Whose {
    if let Some(inner) = message.forwarded.first() {
        return match inner.author() {
            Some(author) if is_of_the_team(work, author) => {
                match whose_within(work, inner, classify::is_forward(&inner.subject) || !mail::pasted(inner).is_empty()) {
                    Whose::Own => Whose::Other(None),
                    deeper => deeper,
                }
            }
            author => Whose::Other(certain(work, author)),
        };
    }
    let heads = mail::pasted(message);
    if !is_passed_on {
        // Nothing says that it is passed on: a block may be a quotation in an own report, and a person says whose it is.
        return if heads.is_empty() { Whose::Own } else { Whose::Other(None) };
    }
    let colleague = |author: &Option<Address>| author.as_ref().is_some_and(|author| is_of_the_team(work, author));
    let author = heads.into_iter().map(|head| head.author).find(|author| !colleague(author)).flatten();
    Whose::Other(certain(work, author.as_ref()))
}

fn is_of_the_team(work: &Work<'_>, address: &Address) -> bool {
    work.policy.team.iter().any(|person| person.writes_from(address))
}

/// An address of ours, a list's among them, is nobody's who could be answered.
fn certain(work: &Work<'_>, author: Option<&Address>) -> Option<Address> {
    author.filter(|author| !work.is_ours(author)).cloned()
}
