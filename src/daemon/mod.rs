//! The loops that keep the house running: fetch, handle, deliver, tick, and the control socket.
//!
//! Each loop waits for its wake-up or a short time, whichever comes first; a wake-up carries no data, so losing one costs a moment and never a
//! mail. The queue is the database: a loop that dies loses nothing, and a restart goes on from there.

pub mod act;
pub mod assemble;
pub mod control;
pub mod convert;
pub mod deliver;
pub mod failpoint;
pub mod fetch;
mod handed_in;
pub mod handle;
pub mod log;
pub mod pages;
pub mod rehearse;
pub mod release;
pub mod run;
mod service;
pub mod tick;
pub mod witness;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Instant,
};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use crate::{
    clock::Clock,
    config::publication::Publication as Pages,
    decide::Policy,
    release::Checkpoint,
    schedule::Retry,
    store::{Lock, Store, inbox::Look},
    transport::{OnwardWay, Transport},
};

/// What all loops share.
pub struct Shared {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where letters go.
    pub transport: Transport,
    /// What assures members who want it verified TLS behind the relay.
    pub onward: OnwardWay,
    /// When deliveries are tried again.
    pub delivery: DeliveryTimes,
    /// While this file exists, no rule acts by itself.
    pub kill_switch: PathBuf,
    /// Who is asked for the date before a release.
    pub witnesses: Vec<witness::Witness>,
    /// The files that a release writes.
    pub pages: Option<Pages>,
    pages_written: pages::follow::Written,
    checkpoint: Mutex<Checkpoint>,
    good_clocks: Mutex<BTreeSet<Timestamp>>,
    policy: RwLock<Arc<Policy>>,
    polls: Mutex<BTreeMap<String, Instant>>,
    looked_at: Mutex<BTreeSet<i64>>,
    looked_through: Mutex<BTreeSet<String>>,
    refusals: Mutex<BTreeMap<(String, String), u32>>,
    arrived: Notify,
    queued: Notify,
    releases: Notify,
    facts: Notify,
    /// Behind the store, which is closed first.
    _lock: Option<Lock>,
}

/// When deliveries are tried again, and how they travel.
#[derive(Debug, Clone, Copy)]
pub struct DeliveryTimes {
    /// After a temporary failure.
    pub retry: Retry,
    /// After an unknown outcome.
    pub unknown_resend_after: SignedDuration,
    /// Connections to the relay at most, those at which it says nothing not counted.
    pub connections: usize,
    /// Recipients of one transaction at most, where a transaction has several.
    pub recipients: usize,
    /// How each recipient gets a return path.
    pub return_paths: ReturnPathWay,
}

/// How a bounce is to name its recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnPathWay {
    /// A transaction for each recipient, with a return path of its own.
    OwnTransaction,
    /// One transaction, in which the relay makes the return paths (Postfix `XVERP`); a transaction for each where it does not offer that.
    Xverp,
    /// One transaction with one return path; the bounce's own fields name the recipient.
    Shared,
}

impl Shared {
    /// Everything the loops need, from a checked configuration.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        transport: Transport,
        policy: Policy,
        delivery: DeliveryTimes,
        kill_switch: PathBuf,
    ) -> Self {
        Self {
            checkpoint: Mutex::new(witness::checkpoint(clock.as_ref())),
            good_clocks: Mutex::default(),
            witnesses: Vec::new(),
            pages: None,
            onward: if matches!(transport, Transport::Smtp(_)) { OnwardWay::Nothing } else { OnwardWay::Unneeded },
            pages_written: pages::follow::Written::default(),
            store,
            clock,
            transport,
            delivery,
            kill_switch,
            policy: RwLock::new(Arc::new(policy)),
            polls: Mutex::default(),
            looked_at: Mutex::default(),
            looked_through: Mutex::default(),
            refusals: Mutex::default(),
            arrived: Notify::new(),
            queued: Notify::new(),
            releases: Notify::new(),
            facts: Notify::new(),
            _lock: None,
        }
    }

    /// With what a release needs: who is asked for the date, and the files to write. Without a witness nothing is released at an instant.
    #[must_use]
    pub fn releasing(self, witnesses: Vec<witness::Witness>, pages: Option<Pages>) -> Self {
        Self { witnesses, pages, ..self }
    }

    /// With the lock of the state folder: it is free when the last loop has ended, the deliverer's thread among them, and not before. A process that stops
    /// while a relay keeps silent must not let another one begin beside it.
    #[must_use]
    pub fn locked(self, lock: Lock) -> Self {
        Self { _lock: Some(lock), ..self }
    }

    /// With what assures verified TLS behind the relay.
    #[must_use]
    pub fn carried(self, onward: OnwardWay) -> Self {
        Self { onward, ..self }
    }

    /// The policy in force.
    pub fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.policy.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another policy in force, for the next message.
    pub fn swap_policy(&self, policy: Policy) {
        let mut place = self.policy.write().unwrap_or_else(PoisonError::into_inner);
        *place = Arc::new(Policy { edition: place.edition + 1, ..policy });
    }

    /// Whether the kill switch stands.
    pub fn kill_switch(&self) -> bool {
        // What cannot be looked at may be there: then it stands.
        !matches!(self.kill_switch.try_exists(), Ok(false))
    }

    /// A mailbox was looked at with success.
    pub fn polled(&self, mailbox: &str) {
        self.polls.lock().unwrap_or_else(PoisonError::into_inner).insert(mailbox.to_owned(), Instant::now());
    }

    /// Everything that lay in the mailbox has been taken in since this process began.
    pub fn looked_through(&self, mailbox: &str) {
        self.looked_through.lock().unwrap_or_else(PoisonError::into_inner).insert(mailbox.to_owned());
    }

    /// Which look at the mailbox this is.
    pub fn look(&self, mailbox: &str) -> Look {
        let known = self.looked_through.lock().unwrap_or_else(PoisonError::into_inner).contains(mailbox);
        if known { Look::Later } else { Look::AtStart }
    }

    /// How long ago each mailbox was looked at with success.
    pub fn poll_ages(&self) -> BTreeMap<String, std::time::Duration> {
        let polls = self.polls.lock().unwrap_or_else(PoisonError::into_inner);
        polls.iter().map(|(mailbox, at)| (mailbox.clone(), at.elapsed())).collect()
    }

    /// Whether this process has not looked at that message before, as long as it is not done with it.
    pub fn looks_for_the_first_time(&self, message: i64) -> bool {
        self.looked_at.lock().unwrap_or_else(PoisonError::into_inner).insert(message)
    }

    /// This process is done with that message.
    pub fn has_looked_at(&self, message: i64) {
        self.looked_at.lock().unwrap_or_else(PoisonError::into_inner).remove(&message);
    }

    /// One more time that a source did not give this message; how often that makes.
    pub fn refused(&self, mailbox: &str, message: &str) -> u32 {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        let count = refusals.entry((mailbox.to_owned(), message.to_owned())).or_default();
        *count += 1;
        *count
    }

    /// When the clocks were last known to be right.
    pub fn checkpoint(&self) -> Checkpoint {
        *self.checkpoint.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The clocks are right now.
    pub fn renew(&self, checkpoint: Checkpoint) {
        *self.checkpoint.lock().unwrap_or_else(PoisonError::into_inner) = checkpoint;
    }

    /// Ahead of this instant the clocks were asked and agreed: they are asked again when it comes.
    pub fn note_good_clocks(&self, instant: Timestamp) {
        let mut known = self.good_clocks.lock().unwrap_or_else(PoisonError::into_inner);
        let long_gone = instant.saturating_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
        known.retain(|other| *other >= long_gone);
        known.insert(instant);
    }

    /// Whether the clocks were asked ahead of this instant and agreed.
    pub fn clocks_were_good(&self, instant: Timestamp) -> bool {
        self.good_clocks.lock().unwrap_or_else(PoisonError::into_inner).contains(&instant)
    }

    /// A release may be due, or armed.
    pub fn wake_releaser(&self) {
        self.releases.notify_one();
    }

    /// There is something to look at.
    pub fn wake_handler(&self) {
        self.arrived.notify_one();
    }

    /// The pages may tell something that is not so any more.
    pub fn wake_pages(&self) {
        self.facts.notify_one();
    }

    /// There is something to deliver.
    pub fn wake_deliverer(&self) {
        self.queued.notify_waiters();
        self.queued.notify_one();
    }
}
