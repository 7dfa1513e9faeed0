//! What a request about an application lacks.

use crate::{disclosure::PersonName, membership::Looks};

/// Why nothing was done: the step that is missing. Shown to whoever asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Only the team decides.
    #[error("Only a person of the team can do that.")]
    NotThisActor,
    /// It is over.
    #[error("The application is {0}; nothing was done. A new application begins anew.")]
    Closed(&'static str),
    /// P79.
    #[error(
        "It cannot be accepted yet. \"{note}\" Still open: {items}. If one is there and was not seen: `item {first} present because ...`."
    )]
    Open {
        /// The ids of the open items; the notice has them in the policy's words.
        items: String,
        /// The policy's sentence.
        note: String,
        /// The first of them.
        first: String,
    },
    /// Nothing is missing.
    #[error(
        "Every required item is there, so that there is nothing to ask for. If one is not good enough, say so: `item A06 absent because ...`."
    )]
    NothingMissing,
    /// No such item.
    #[error("There is no such item; the checklist of the notice names them: A01 to A11.")]
    NoSuchItem,
    /// P52.
    #[error("Say first under which name it would be listed: `name Example Hosting Ltd` (no addresses).")]
    Nameless,
    /// P78.
    #[error("Say first which single alias is subscribed: `alias security@example.net`. It offers {0}.")]
    NoAlias(usize),
    /// P48.
    #[error("{} is {}. If it is to be taken, say why: `alias ADDRESS because ...`.", "That", .0.as_str())]
    AliasDoubtful(Looks),
    /// L: an archive is public.
    #[error(
        "That is a mailing list's address, whose archive may be public: embargoed mail must not go there. Ask for another one."
    )]
    AliasPublic,
    /// P48.
    #[error(
        "That address is a list or one of our own, or it is {0}'s already: embargoed mail reaches one organisation by one address."
    )]
    AliasTaken(String),
    /// P49.
    #[error("Say first what makes it eligible: `category public-hosting-provider|large-scale-user|vendor|os-distributor`.")]
    NoCategory,
    /// It is a member.
    #[error("{0} is a member already. If it is another organisation, give it another name: `name ...`.")]
    MemberAlready(String),
    /// Nothing waits.
    #[error("No answer is drafted: say `incomplete`, `accept` or `reject because ...` first.")]
    NoDraft,
    /// The text is another one by now.
    #[error("Another text is drafted by now than the one that you answer; read the newer letter.")]
    OtherDraft,
    /// P65: one table, two people.
    #[error("{0} drafted it, and adding a member takes two: another person of the team answers `send`.")]
    OwnDraft(PersonName),
    /// P80.
    #[error("It was not rejected, so that there is nothing to appeal against.")]
    NotRejected,
    /// A reason is missing.
    #[error("Say it in words: the text is empty.")]
    Empty,
    /// L: the public list must not hear of embargoes.
    #[error(
        "These words are for the public list and seem to speak of an embargo or an advisory. Say it without: whether one runs is nobody's business there."
    )]
    SpeaksOfEmbargo,
    /// It is so already.
    #[error("That is so already; nothing was changed.")]
    Already,
}
