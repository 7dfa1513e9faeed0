//! What a request about a member lacks.

use crate::{disclosure::PersonName, membership::Looks};

/// Why nothing was done: the step that is missing. Shown to whoever asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Only the team decides.
    #[error("Only a person of the team can do that.")]
    NotThisActor,
    /// It is gone.
    #[error("It is no member (any more).")]
    NotAMember,
    /// It is one.
    #[error("{0} is a member already, or proposed; an organisation has one role address (P48).")]
    MemberAlready(String),
    /// The record of one that left holds the address.
    #[error(
        "That address was the alias of {0}, which is no member any more, and stays with its record: take another address, or remove this member and add it again with that alias, by two."
    )]
    FormerAlias(String),
    /// A list, or our own.
    #[error("That address is a list or one of our own; embargoed mail must not go there.")]
    OurOwn,
    /// P48.
    #[error("That is {}. If it is to be taken, say why: `... because ...`.", .0.as_str())]
    AliasDoubtful(Looks),
    /// P52.
    #[error("The name is empty or holds an @ (or what looks like one): the public list shows names, never addresses.")]
    Nameless,
    /// Two people.
    #[error("{0} proposed it, and it takes two: another person of the team answers `second`.")]
    OwnProposal(PersonName),
    /// Nothing waits.
    #[error("Nothing waits for a second person, or it has waited for more than 14 days: propose it again.")]
    NothingPending,
    /// Another thing waits.
    #[error("`{0}` waits for a second person already: `second` it, or `retract` it first.")]
    OtherProposal(&'static str),
    /// It is so.
    #[error("That is so already; nothing was changed.")]
    Already,
    /// Not frozen.
    #[error("It is not frozen.")]
    NotFrozen,
    /// It was never confirmed.
    #[error(
        "Nobody has ever confirmed that its alias is read. Wait for the answer (`probe` asks again), or say how you know: `thaw because ...`."
    )]
    NeverConfirmed,
    /// No change of address.
    #[error("No other address is asked for: `address security@example.net because ...` begins a change.")]
    NoChange,
    /// Somebody has not agreed.
    #[error(
        "The {0} alias has not answered. The address changes when the old one, the new one and a person agree; if the old one is dead, remove the member and add it again, by two."
    )]
    NotAgreed(&'static str),
    /// Nothing is to be done.
    #[error("There is nothing to settle.")]
    NothingToSettle,
    /// A reason is missing.
    #[error("Say it in words: the text is empty.")]
    Empty,
}
