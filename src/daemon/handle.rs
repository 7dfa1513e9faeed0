//! Looks at stored messages, one by one, oldest first: parse, look up, decide, commit.
//!
//! Promises: a message whose handling fails is quarantined with its bytes and the team is told; the next one goes on. A database that cannot be
//! written (disk full) quarantines nothing: the message waits.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

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
        StoreError, apply,
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

/// Handles the oldest message that nobody has looked at.
pub async fn next(shared: &Arc<Shared>) -> Result<Round, StoreError> {
    let Some(taken) = shared.store.writer().write(inbox::next_taken).await? else { return Ok(Round::Idle) };
    let id = taken.id;
    if shared.looks_for_the_first_time(id.row()) {
        shared.store.writer().write(move |tx| inbox::count_try(tx, id)).await?;
    }
    if taken.tries >= TRIES {
        // It ended the program, and more than once: a crash that no catch_unwind sees (stack, memory) must not end it for ever.
        tracing::error!(inbox = id.row(), "message {id} ended the program {TRIES} times and is quarantined");
        quarantine(shared, id, format!("looking at it ended the program {TRIES} times")).await?;
        return Ok(Round::Handled);
    }
    match decide_about(shared, taken).await {
        Ok(()) => {
            failpoint::reach("decided");
            tracing::info!(inbox = id.row(), "message {id} decided");
            Ok(Round::Handled)
        }
        // The disk is full or the file is locked: the message waits. Any other error is this message's own, and the next one must not wait for it.
        Err(error) if error.is_the_databases() => Err(error),
        Err(error) => {
            tracing::error!(inbox = id.row(), "message {id} could not be handled and is quarantined: {error}");
            quarantine(shared, id, error.to_string()).await?;
            Ok(Round::Handled)
        }
    }
}

async fn decide_about(shared: &Arc<Shared>, taken: Taken) -> Result<(), StoreError> {
    let incoming = tokio::task::spawn_blocking(move || take_apart(taken)).await.map_err(|_| StoreError::Panicked)?;
    let policy = shared.policy();
    let now = shared.clock.now();
    let hold_all = shared.kill_switch();
    shared
        .store
        .writer()
        .write(move |tx| {
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
