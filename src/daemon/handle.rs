//! Looks at stored messages, oldest first: parse, look up, decide, commit.
//!
//! A few are under way together: while the writer decides about one, the next is taken apart, and decisions that wait for the writer share its commit.
//! They are made in the order of the messages, each with all before it in the database.
//!
//! Promises: a message whose handling fails is quarantined with its bytes and the team is told; the next one goes on. A database that cannot be
//! written (disk full) quarantines nothing: the message waits.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
};

use tokio::task::JoinHandle;

use crate::{
    daemon::{Shared, failpoint},
    decide::{
        self,
        incoming::{InboxId, Incoming, IncomingBody},
        keys::Keys,
    },
    entropy::SystemEntropy,
    mail::{Message, Unreadable},
    store::{
        StoreError, apply, frozen,
        inbox::{self, Extent, Taken},
        snapshot, wall,
    },
};

/// What a round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    /// A message was handled (or quarantined).
    Handled,
    /// Nothing waits.
    Idle,
}

/// How many processes may end while looking at a message before it is set aside.
const TRIES: u32 = 5;

/// Messages that are read together.
const TOGETHER: usize = 16;
/// Octets after which no further message is read.
const OCTETS: usize = 8 << 20;
/// Decisions that wait for the writer together: they keep its other callers waiting as long.
const UNDER_WAY: usize = 4;

type Deciding = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>>;

/// Handles the oldest messages that nobody has looked at. `told` hears of each one that is decided.
pub async fn next(shared: &Arc<Shared>, told: impl Fn()) -> Result<Round, StoreError> {
    let looking = Arc::clone(shared);
    let taken = shared
        .store
        .writer()
        .write(move |tx| {
            if frozen::is_frozen(tx)? {
                return Ok(Vec::new());
            }
            let taken = inbox::next_taken(tx, TOGETHER, OCTETS)?;
            for one in &taken {
                if looking.looks_for_the_first_time(one.id.row()) {
                    inbox::count_try(tx, one.id)?;
                }
            }
            Ok(taken)
        })
        .await?;
    if taken.is_empty() {
        return Ok(Round::Idle);
    }
    let mut waiting = taken.into_iter();
    let mut parsing: VecDeque<(InboxId, JoinHandle<Incoming>)> = VecDeque::new();
    let mut deciding: VecDeque<(InboxId, Deciding)> = VecDeque::new();
    loop {
        while parsing.len() + deciding.len() < UNDER_WAY
            && let Some(one) = waiting.next()
        {
            if one.tries >= TRIES {
                // It ended the program, and more than once: a crash that no catch_unwind sees (stack, memory) must not end it for ever.
                let id = one.id;
                tracing::error!(inbox = id.row(), "message {id} ended the program {TRIES} times and is quarantined");
                quarantine(shared, id, format!("looking at it ended the program {TRIES} times")).await?;
                told();
                continue;
            }
            parsing.push_back((one.id, tokio::task::spawn_blocking(move || take_apart(one))));
        }
        if let Some((id, parsed)) = parsing.pop_front() {
            let decision: Deciding = match parsed.await {
                Ok(incoming) => Box::pin(submit(shared, incoming).await?),
                Err(_) => Box::pin(std::future::ready(Err(StoreError::Panicked))),
            };
            deciding.push_back((id, decision));
            if deciding.len() < UNDER_WAY && !parsing.is_empty() {
                continue;
            }
        }
        let Some((id, decision)) = deciding.pop_front() else { return Ok(Round::Handled) };
        let decided = decision.await;
        if matches!(decided, Err(StoreError::OutOfTurn)) {
            return Ok(Round::Handled);
        }
        finished(shared, id, decided).await?;
        told();
    }
}

/// A decision is on disk, or could not be made.
async fn finished(shared: &Arc<Shared>, id: InboxId, decided: Result<(), StoreError>) -> Result<(), StoreError> {
    match decided {
        Ok(()) => {
            failpoint::reach("decided");
            shared.has_looked_at(id.row());
            tracing::info!(inbox = id.row(), "message {id} decided");
            Ok(())
        }
        // The disk is full or the file is locked: the message waits. Any other error is this message's own, and the next one must not wait for it.
        Err(error) if error.is_the_databases() => Err(error),
        Err(error) => {
            tracing::error!(inbox = id.row(), "message {id} could not be handled and is quarantined: {error}");
            quarantine(shared, id, error.to_string()).await
        }
    }
}

/// Sends a message to the writer to be decided about.
async fn submit(
    shared: &Arc<Shared>,
    incoming: Incoming,
) -> Result<impl Future<Output = Result<(), StoreError>> + Send + use<>, StoreError> {
    let house = Arc::clone(shared);
    shared
        .store
        .writer()
        .submit(move |tx| {
            // The one before it may have met a full disk: a second person's word must not be taken for the first.
            if inbox::oldest_taken(tx)? != Some(incoming.id) {
                return Err(StoreError::OutOfTurn);
            }
            // As of now, not as of when it was sent here: decisions wait for one another, and the kill switch counts at once.
            let (policy, now, hold_all) = (house.policy(), house.clock.now(), house.kill_switch());
            let mut entropy = SystemEntropy;
            let keys = Keys::of(&incoming, &policy.project);
            let mut snapshot = snapshot::snapshot(tx, incoming.id, &keys, &policy.team, now)?;
            snapshot.hold_all = hold_all;
            wall::look_up(tx, &mut snapshot, &policy, now)?;
            let decision = decide::decide(&incoming, &snapshot, &policy, now, &mut entropy)
                .map_err(|error| StoreError::Judgement(error.to_string()))?;
            apply::decision(tx, incoming.id, decision, &keys, now)?;
            failpoint::reach("decided-uncommitted");
            Ok(())
        })
        .await
}

/// Takes a stored message apart. Never fails: what cannot be read is said to be so.
pub fn take_apart(taken: Taken) -> Incoming {
    let parse = |raw: &crate::mail::RawMessage| {
        catch_unwind(AssertUnwindSafe(|| Message::parse(raw))).unwrap_or(Err(Unreadable::Structure))
    };
    let body = match taken.extent {
        Extent::Whole => match parse(&taken.raw) {
            Ok(message) => IncomingBody::Readable(Box::new(message)),
            Err(why) => IncomingBody::Unreadable(taken.raw, why),
        },
        Extent::HeaderOnly => IncomingBody::Oversized { header: parse(&taken.raw).ok().map(Box::new), size: taken.full_size },
    };
    Incoming { id: taken.id, mailbox_for: taken.came_for.parse().ok(), arrived: taken.arrived, body }
}

async fn quarantine(shared: &Arc<Shared>, id: InboxId, fault: String) -> Result<(), StoreError> {
    let policy = shared.policy();
    let now = shared.clock.now();
    shared
        .store
        .writer()
        .write(move |tx| {
            inbox::quarantine(tx, id, &fault, now)?;
            Ok(())
        })
        .await?;
    shared.has_looked_at(id.row());
    // Even an alarm that cannot be written must not keep the message from being set aside: the log has the error then.
    let alarm = shared
        .store
        .writer()
        .write(move |tx| {
            let effects = decide::tick::quarantined(id, &policy, now, &mut SystemEntropy)
                .map_err(|error| StoreError::Judgement(error.to_string()))?;
            apply::effects(tx, Some(id), effects, now)
        })
        .await;
    if let Err(error) = alarm {
        tracing::error!(inbox = id.row(), "the team could not be told that message {id} is quarantined: {error}");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
