//! Why a letter does not go: never may it, or the scan found a live case in it. Names rule, kind and the position of the recipient; never content and
//! never an address.

use crate::{
    compose::{Draft, LetterKind},
    disclosure::CaseId,
    firewall::Hit,
};

/// Why a letter goes to nobody. One recipient who may not get it stops it for all: somebody has made a mistake about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A public list or another public address is among the recipients.
    #[error("{kind}: recipient {index} is a public address; no letter goes there")]
    PublicAddress {
        /// What the letter is for.
        kind: LetterKind,
        /// Which recipient, from 0.
        index: usize,
    },
    /// A private list's own address is among the recipients: members get letters one by one.
    #[error("{kind}: recipient {index} is the address of a private list")]
    PrivateList {
        /// What the letter is for.
        kind: LetterKind,
        /// Which recipient, from 0.
        index: usize,
    },
    /// One of our own addresses: the letter would come back.
    #[error("{kind}: recipient {index} is one of our own addresses")]
    OwnAddress {
        /// What the letter is for.
        kind: LetterKind,
        /// Which recipient, from 0.
        index: usize,
    },
    /// A notice to the team is addressed to somebody else.
    #[error("{kind}: recipient {index} is not of the team")]
    NotTeam {
        /// What the letter is for.
        kind: LetterKind,
        /// Which recipient, from 0.
        index: usize,
    },
    /// The recipients are not the active members, all of them and nobody else (P65).
    #[error("{kind}: the recipients are not exactly the active members ({missing} missing, {extra} too many)")]
    NotTheMembers {
        /// What the letter is for.
        kind: LetterKind,
        /// Members left out.
        missing: usize,
        /// Recipients who are no active members.
        extra: usize,
    },
    /// The members do not know of the case yet.
    #[error("{kind}: {case} has not been predisclosed")]
    NotPredisclosed {
        /// What the letter is for.
        kind: LetterKind,
        /// The case.
        case: CaseId,
    },
    /// Embargoed content for somebody who is neither team nor member.
    #[error("{kind}: embargoed content, and recipient {index} is not of the team")]
    Embargoed {
        /// What the letter is for.
        kind: LetterKind,
        /// Which recipient, from 0.
        index: usize,
    },
    /// The letter reveals a case that this recipient did not report.
    #[error("{kind}: recipient {index} is not cleared for {case}")]
    NotCleared {
        /// What the letter is for.
        kind: LetterKind,
        /// Which recipient, from 0.
        index: usize,
        /// The case.
        case: CaseId,
    },
    /// A letter about a post for somebody who is not its proven poster.
    #[error("{kind}: recipient {index} is not the proven poster")]
    NotThePoster {
        /// What the letter is for.
        kind: LetterKind,
        /// Which recipient, from 0.
        index: usize,
    },
    /// A pointer for somebody who sent no application.
    #[error("{kind}: recipient {index} sent no application")]
    NotAnApplicant {
        /// What the letter is for.
        kind: LetterKind,
        /// Which recipient, from 0.
        index: usize,
    },
    /// A letter that should name its case or post names none, so that nobody can be cleared for it.
    #[error("{kind}: it does not say which case or post it is about")]
    AboutNothing {
        /// What the letter is for.
        kind: LetterKind,
    },
    /// A public release of a case that nobody has licensed (P30).
    #[error("{kind}: the release is not armed by two people, or its embargo has not passed")]
    NotLicensed {
        /// What the letter is for.
        kind: LetterKind,
    },
    /// A public release to an address that is no public list of the project (P32).
    #[error("{kind}: recipient {index} is no public list of the project")]
    NotAPublicList {
        /// What the letter is for.
        kind: LetterKind,
        /// Which recipient, from 0.
        index: usize,
    },
    /// An answer to the public applications list that no person confirmed in these words (P79).
    #[error("{kind}: no person of the team has confirmed these very words for the public list")]
    NotConfirmed {
        /// What the letter is for.
        kind: LetterKind,
    },
    /// A question for somebody who is no alias, or a drill for somebody who is no active member.
    #[error("{kind}: recipient {index} is not the alias of a member")]
    NotAnAlias {
        /// What the letter is for.
        kind: LetterKind,
        /// Which recipient, from 0.
        index: usize,
    },
    /// Nobody has looked up which cases are live: such a letter goes to the team alone.
    #[error("{kind}: the live cases were not looked up, so that only the team may get it")]
    CasesUnknown {
        /// What the letter is for.
        kind: LetterKind,
    },
    /// A letter to anyone that is not public or tells of a case or post.
    #[error("{kind}: a letter to anyone must be public and tell of no case and no post")]
    NotPublic {
        /// What the letter is for.
        kind: LetterKind,
    },
}

/// A letter that gives a live case away to somebody who is not cleared for it. `Debug` shows no word of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// The letter, so that nothing is lost.
    pub draft: Draft,
    /// What was found: never empty.
    pub hits: Vec<Hit>,
}

/// Why a letter does not go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stopped {
    /// It never may go to these recipients.
    Refused(Refused),
    /// The scan found a case in it: kept, until two people let it out or one ends it.
    Blocked(Box<Blocked>),
}

impl From<Refused> for Stopped {
    fn from(refused: Refused) -> Self {
        Stopped::Refused(refused)
    }
}
