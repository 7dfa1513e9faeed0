//! What a release consists of, and what of it is done.

use std::fmt;

use jiff::Timestamp;

use crate::{
    disclosure::PersonName,
    mail::{Address, Digest},
    schedule::Retry,
};

/// One place where the advisory becomes public, or one thing that must happen with it (P50, T14).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Destination {
    /// A public list.
    PublicList(Address),
    /// The copy to the predisclosure list, a mail of its own.
    Members,
    /// A file of the pages, by its name: the text, the index, the machine-readable forms.
    Page(String),
    /// The changesets are in the public repository. A person says so, or an operator's hook.
    Push,
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Destination::PublicList(address) => write!(f, "list {address}"),
            Destination::Members => f.write_str("members"),
            Destination::Page(name) => write!(f, "page {name}"),
            Destination::Push => f.write_str("push"),
        }
    }
}

/// Where a step stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Not tried yet.
    Waiting,
    /// Done by the daemon.
    Done {
        /// When.
        at: Timestamp,
    },
    /// Tried and failed; it is tried again.
    Failed {
        /// When it failed first.
        first: Timestamp,
        /// When it failed last.
        last: Timestamp,
    },
    /// A person says that it is done.
    Ticked {
        /// Who.
        by: PersonName,
        /// When.
        at: Timestamp,
    },
}

/// A destination and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The destination.
    pub destination: Destination,
    /// Where it stands.
    pub state: State,
}

impl Step {
    fn is_over(&self) -> bool {
        matches!(self.state, State::Done { .. } | State::Ticked { .. })
    }
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done,
    /// It failed.
    Failed,
    /// A person did it, or saw that it is done.
    Ticked(PersonName),
}

/// The steps of one release. Made once and stored; each outcome is recorded, and after a crash the rest goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    revision: Digest,
    steps: Vec<Step>,
}

/// The destination is none of this release's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this release has no such step")]
pub struct NotInPlan;

impl Plan {
    /// The steps for the revision, in the order in which they are begun; each destination once.
    pub fn new(revision: Digest, destinations: impl IntoIterator<Item = Destination>) -> Self {
        let steps = destinations.into_iter().map(|destination| Step { destination, state: State::Waiting });
        Self::resumed(revision, steps)
    }

    /// The steps as they were stored.
    pub fn resumed(revision: Digest, stored: impl IntoIterator<Item = Step>) -> Self {
        let mut steps: Vec<Step> = Vec::new();
        for step in stored {
            match steps.iter_mut().find(|known| known.destination == step.destination) {
                // Of two records of one step the one that says it is over is right: nothing is published twice.
                Some(known) if !known.is_over() => known.state = step.state,
                Some(_) => {}
                None => steps.push(step),
            }
        }
        Self { revision, steps }
    }

    /// What is published.
    pub fn revision(&self) -> Digest {
        self.revision
    }

    /// All steps.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What is to be done at `now`: what was not tried, and what failed and is due again. One failure holds up no other destination.
    pub fn next(&self, now: Timestamp, retry: &Retry) -> Vec<&Destination> {
        let due = |step: &&Step| match step.state {
            State::Waiting => true,
            State::Failed { first, last } => {
                // A release is never given up: what is too old for a letter is tried at the longest pause.
                let late = last.saturating_add(retry.longest).unwrap_or(last);
                retry.next_attempt(first, last).unwrap_or(late) <= now
            }
            State::Done { .. } | State::Ticked { .. } => false,
        };
        self.steps.iter().filter(due).map(|step| &step.destination).collect()
    }

    /// Records how a try ended at `at`. What is over stays as it was first recorded: an answer that comes late changes nothing.
    ///
    /// # Errors
    /// [`NotInPlan`] when there is no such step.
    pub fn record(&mut self, destination: &Destination, outcome: Outcome, at: Timestamp) -> Result<(), NotInPlan> {
        let step = self.steps.iter_mut().find(|step| step.destination == *destination).ok_or(NotInPlan)?;
        if step.is_over() {
            return Ok(());
        }
        let first = match step.state {
            State::Failed { first, .. } => first,
            _ => at,
        };
        step.state = match outcome {
            Outcome::Done => State::Done { at },
            Outcome::Failed => State::Failed { first, last: at },
            Outcome::Ticked(by) => State::Ticked { by, at },
        };
        Ok(())
    }

    /// Whether every step is done or ticked.
    pub fn is_complete(&self) -> bool {
        self.steps.iter().all(Step::is_over)
    }

    /// Whether anything has gone out: from then on there is no way back.
    pub fn has_begun(&self) -> bool {
        self.steps.iter().any(Step::is_over)
    }
}
