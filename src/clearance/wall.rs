//! The embargo firewall at the door: which cases are live, who outside the team is cleared for which, and what two people may accept.
//!
//! Does: keeps the fingerprints of all live cases together with the public half of each case ([`LiveCase`]); scans a letter for each of its
//! readers ([`Wall::scan`]). Promises: a wall that nobody has built ([`Wall::default`]) lets letters to the team pass and no other; what two
//! different people accept ([`Accepted`]) holds for one letter, byte for byte, and for what they were shown. Fails never; what it finds are hits.

use std::{collections::BTreeSet, fmt, sync::Arc};

use jiff::{SignedDuration, Timestamp};

use crate::{
    compose::{Draft, LetterKind},
    disclosure::{AdvisoryNumber, CaseId, PersonName, TeamMember},
    firewall::{Firewall, Hit, Letter, Place, Reader, Rule},
    mail::{Address, Digest},
};

/// A proposal of the first person is good for so long; after that the second one's word is a new proposal.
pub const PROPOSAL_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// What the door must know of a live case besides its fingerprints.
#[derive(Clone, PartialEq, Eq)]
pub struct LiveCase {
    /// Which one; an advisory that belongs to no case has a number below zero ([`CaseId::of_advisory`]).
    pub case: CaseId,
    /// Who reported it.
    pub discoverer: Option<Address>,
    /// Since when the members know of it.
    pub predisclosed: Option<Timestamp>,
    /// The number of its advisory.
    pub number: Option<AdvisoryNumber>,
}

impl fmt::Debug for LiveCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LiveCase({})", self.case)
    }
}

/// All live cases at the moment of the question.
#[derive(Clone, Default)]
pub struct Wall {
    firewall: Option<Arc<Firewall>>,
    cases: Arc<[LiveCase]>,
}

impl Wall {
    /// The fingerprints, and who is cleared for what.
    pub fn new(firewall: Arc<Firewall>, cases: impl IntoIterator<Item = LiveCase>) -> Self {
        Self { firewall: Some(firewall), cases: cases.into_iter().collect() }
    }

    /// There is no live case, and that is known.
    pub fn of_no_case() -> Self {
        Self::new(Arc::new(Firewall::new([])), [])
    }

    /// The fingerprints; `None` when nobody has looked up the live cases.
    pub fn firewall(&self) -> Option<&Firewall> {
        self.firewall.as_deref()
    }

    /// The live cases.
    pub fn cases(&self) -> &[LiveCase] {
        &self.cases
    }

    /// The live case of that advisory.
    pub fn case_of(&self, number: AdvisoryNumber) -> Option<CaseId> {
        self.cases.iter().find(|live| live.number == Some(number)).map(|live| live.case)
    }

    /// What a text says of live cases to everybody: what a public copy of an incoming mail gives away.
    pub fn told_to_everybody(&self, letter: &Letter) -> Vec<Hit> {
        self.firewall().map(|firewall| firewall.scan(letter, &Reader::public([]))).unwrap_or_default()
    }

    /// What in the letter gives a case away to one of the readers, each cleared for these cases. The bytes are taken apart once.
    ///
    /// A public release is read by everybody: what it has in common with another live case counts even where the released one says the same.
    pub(super) fn scan(&self, draft: &Draft, readers: &BTreeSet<BTreeSet<CaseId>>) -> Vec<Hit> {
        let Some(firewall) = self.firewall().filter(|_| !self.cases.is_empty() && !readers.is_empty()) else { return Vec::new() };
        let letter = Letter::of_bytes(&draft.bytes);
        let mut hits: Vec<Hit> = Vec::new();
        for cleared in readers {
            let cleared = cleared.iter().copied();
            let reader = match draft.kind {
                LetterKind::PublicRelease => Reader::public(cleared),
                _ => Reader::person(cleared),
            };
            let found = firewall.scan(&letter, &reader);
            hits.extend(found.into_iter().filter(|hit| !is_own_thread(hit)));
        }
        hits.sort_by_key(|hit| (hit.case, hit.rule, hit.place, hit.span.start));
        hits.dedup();
        hits
    }
}

/// A letter to one person or to the members answers a mail and names its ancestors; the ids themselves say nothing. In public mail they would.
fn is_own_thread(hit: &Hit) -> bool {
    hit.rule == Rule::Thread && hit.place == Place::Header
}

impl fmt::Debug for Wall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wall({} live cases)", self.cases.len())
    }
}

/// The first of two people wants to let a letter out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Who.
    pub by: PersonName,
    /// When.
    pub at: Timestamp,
}

/// Why two words do not make an acceptance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAccepted {
    /// It was the same person twice.
    #[error("letting it out needs a second person of the team")]
    SamePerson,
    /// The first word is older than a day.
    #[error("the proposal is older than a day")]
    TooOld,
}

/// Two different people of the team take it upon themselves that a letter says what the scan found in it. Good for that letter alone.
pub struct Accepted {
    letter: Digest,
    found: BTreeSet<(CaseId, Rule)>,
}

impl Accepted {
    /// The proposal of the first, and the word of the second within 24 hours; `found` is what both were shown.
    pub fn by_two(
        proposal: &Proposal,
        second: &TeamMember,
        letter: &[u8],
        found: impl IntoIterator<Item = (CaseId, Rule)>,
        now: Timestamp,
    ) -> Result<Self, NotAccepted> {
        if proposal.by == *second.name() {
            return Err(NotAccepted::SamePerson);
        }
        let age = now.duration_since(proposal.at);
        if age > PROPOSAL_LIFE || age < SignedDuration::ZERO {
            return Err(NotAccepted::TooOld);
        }
        Ok(Self { letter: Digest::of(letter), found: found.into_iter().collect() })
    }

    pub(super) fn covers(&self, draft: &Draft, hits: &[Hit]) -> bool {
        Digest::of(&draft.bytes) == self.letter && hits.iter().all(|hit| self.found.contains(&(hit.case, hit.rule)))
    }
}
