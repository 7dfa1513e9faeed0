//! What a file holds besides its regions: armings, releases, people, questions, wishes, proposals.

use std::{collections::BTreeSet, fmt};

use jiff::{SignedDuration, Timestamp};

use super::terms::{Act, InvolvedRole, Plan, Telling, WishKind};
use crate::{disclosure::PersonName, schedule::ARMING_WINDOW};

/// How long a proposal waits for its second person.
pub const PROPOSAL_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// How late an armed release may begin; after that it must be armed again.
pub const LATEST_BEGIN: SignedDuration = SignedDuration::from_hours(1);

/// An instant moved to less than this away needs two people (T91).
pub const SHORT_NOTICE: SignedDuration = SignedDuration::from_hours(24);

/// Who has armed what (P30).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arming {
    /// What.
    pub plan: Plan,
    /// Who, in their order; never one person twice, never more than two.
    pub by: Vec<PersonName>,
    /// When the first did.
    pub first: Timestamp,
    /// When the last did.
    pub last: Timestamp,
}

impl Arming {
    /// Whether two people have armed it.
    pub fn is_full(&self) -> bool {
        self.by.len() >= 2
    }

    /// Whether it is void by its age at `now`: a day without the second person, or an hour after both and the instant.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        if self.is_full() {
            now.duration_since(self.plan.instant.max(self.last)) > LATEST_BEGIN
        } else {
            now.duration_since(self.first) > ARMING_WINDOW
        }
    }
}

/// A public release under way or done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// What goes out.
    pub plan: Plan,
    /// Which destinations have it.
    pub done: BTreeSet<String>,
    /// When it began.
    pub begun: Timestamp,
    /// When the last destination had it.
    pub finished: Option<Timestamp>,
}

/// Somebody outside the team who takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Involvement {
    /// The version of the file with it: names this involvement where the address should not stand.
    pub serial: u64,
    /// As what.
    pub role: InvolvedRole,
    /// Since when.
    pub since: Timestamp,
    /// When the agreement to the embargo was recorded; content may go to them from then on (P16).
    pub agreed: Option<Timestamp>,
    /// When they last wrote.
    pub heard: Option<Timestamp>,
}

/// A question of a member (P55).
#[derive(Clone, PartialEq, Eq)]
pub struct Consultation {
    /// Who asks.
    pub member: String,
    /// The question.
    pub question: String,
    /// Who answers.
    pub owner: Option<PersonName>,
    /// Until when.
    pub deadline: Timestamp,
    /// The answer.
    pub answer: Option<String>,
}

/// A wish of the discoverer (P4).
#[derive(Clone, PartialEq, Eq)]
pub struct Wish {
    /// What about.
    pub kind: WishKind,
    /// The wish.
    pub text: String,
    /// Whether it was answered.
    pub answered: bool,
}

/// An answer that the discoverer was promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promised {
    /// By whom.
    pub by: PersonName,
    /// When.
    pub at: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// A letter to the discoverer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// What it tells.
    pub telling: Telling,
    /// When.
    pub at: Timestamp,
}

/// A proposal that waits for a second person.
#[derive(Clone, PartialEq, Eq)]
pub struct Pending {
    /// What.
    pub act: Act,
    /// Who asks.
    pub by: PersonName,
    /// Since when.
    pub at: Timestamp,
    /// The version of the file with it: names this proposal and no other.
    pub serial: u64,
    /// What the discoverer is to read with it, once it is done.
    pub words: Option<String>,
}

impl fmt::Debug for Pending {
    /// Not what the discoverer is to read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pending({:?} by {}, {})", self.act, self.by, self.serial)
    }
}

/// Where the transparency report stands (P38).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportState {
    /// Not written.
    None,
    /// Written.
    Drafted,
    /// Sent.
    Sent,
    /// Two people said that there is none.
    Waived,
}
