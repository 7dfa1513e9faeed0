//! Who armed the release: two of the team, shortly before the instant, this revision and this instant.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::gate::EmbargoPassed;
use crate::{
    disclosure::PersonName,
    mail::Digest,
    schedule::{ALARM_EVERY, ARMING_WINDOW},
};

/// Somebody of the team armed a release; who it was is proven before this is made ([`crate::mail::Authenticated`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arming {
    /// Who.
    pub by: PersonName,
    /// When.
    pub at: Timestamp,
    /// The revision looked at, by its digest.
    pub revision: Digest,
    /// The end of the embargo as it was then.
    pub until: Timestamp,
}

/// The proof that two people armed this revision for this instant. Made by [`armed`] alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Armed {
    first: PersonName,
    second: PersonName,
    revision: Digest,
    until: Timestamp,
}

impl Armed {
    /// The two, in the order in which they did.
    pub fn people(&self) -> [&PersonName; 2] {
        [&self.first, &self.second]
    }

    /// What they armed.
    pub fn revision(&self) -> Digest {
        self.revision
    }
}

/// Why a release is not armed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unarmed {
    /// Nobody has armed this revision for this instant.
    #[error("nobody has armed this revision for this instant")]
    Nobody,
    /// One person has; a second is missing.
    #[error("only {0} has armed it; a second person is missing")]
    OnlyOne(PersonName),
}

/// Whether `revision` is armed for `until`. An arming counts when its writer is of the team now, it is not from the future, not older than
/// [`ARMING_WINDOW`] at the instant, and of exactly this revision and instant: a new revision or date disarms. After the instant any time will
/// do: the sooner the better, and what is armed too long ago is stale ([`crate::cases::Arming::is_stale`]).
///
/// # Errors
/// [`Unarmed`] says who is missing.
pub fn armed(
    armings: &[Arming],
    team: &BTreeSet<PersonName>,
    revision: Digest,
    until: Timestamp,
    now: Timestamp,
) -> Result<Armed, Unarmed> {
    let mut first_times: BTreeMap<&PersonName, Timestamp> = BTreeMap::new();
    let counts = |arming: &&Arming| {
        arming.revision == revision
            && arming.until == until
            && arming.at <= now
            && until.duration_since(arming.at) <= ARMING_WINDOW
            && team.contains(&arming.by)
    };
    for arming in armings.iter().filter(counts) {
        first_times.entry(&arming.by).and_modify(|at| *at = arming.at.min(*at)).or_insert(arming.at);
    }
    let mut people: Vec<(Timestamp, &PersonName)> = first_times.into_iter().map(|(by, at)| (at, by)).collect();
    people.sort();
    match people.as_slice() {
        [] => Err(Unarmed::Nobody),
        [(_, one)] => Err(Unarmed::OnlyOne((*one).clone())),
        [(_, first), (_, second), ..] => Ok(Armed { first: (*first).clone(), second: (*second).clone(), revision, until }),
    }
}

/// The right to publish one revision: two people armed it, and its embargo has passed or there is none any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licence {
    people: [PersonName; 2],
    revision: Digest,
    passed: Option<EmbargoPassed>,
}

impl Licence {
    /// Joins the two proofs; `None` when they are about different instants.
    pub fn new(armed: Armed, passed: EmbargoPassed) -> Option<Self> {
        let Armed { first, second, revision, until } = armed;
        (until == passed.until()).then_some(Self { people: [first, second], revision, passed: Some(passed) })
    }

    /// For a matter that is public already, or whose embargo two people have ended (P46): no clock is asked, two people still are.
    ///
    /// # Errors
    /// [`Unarmed`] when there are not two different people of the team.
    pub fn of_public(people: &[PersonName], team: &BTreeSet<PersonName>, revision: Digest) -> Result<Self, Unarmed> {
        let people: BTreeSet<&PersonName> = people.iter().filter(|name| team.contains(*name)).collect();
        let mut people = people.into_iter();
        match (people.next(), people.next()) {
            (Some(first), Some(second)) => Ok(Self { people: [first.clone(), second.clone()], revision, passed: None }),
            (Some(one), None) => Err(Unarmed::OnlyOne(one.clone())),
            (None, _) => Err(Unarmed::Nobody),
        }
    }

    /// The revision that may be published.
    pub fn revision(&self) -> Digest {
        self.revision
    }

    /// Who armed it.
    pub fn people(&self) -> [&PersonName; 2] {
        [&self.people[0], &self.people[1]]
    }

    /// The proof of the instant; `None` where there was no embargo to wait for.
    pub fn passed(&self) -> Option<EmbargoPassed> {
        self.passed
    }
}

/// Whether it is time for an(other) alarm about a release that is due at `until` and cannot go out.
pub fn alarm_due(until: Timestamp, last: Option<Timestamp>, now: Timestamp) -> bool {
    // A clock that went back must not silence it.
    now >= until && last.is_none_or(|last| last > now || now.duration_since(last) >= ALARM_EVERY)
}
