//! Deliveries: claimed one attempt at a time, the attempt on disk before the network is touched, the outcome after.

mod claim;
pub mod tls;

use std::collections::BTreeSet;

pub use claim::{Claimed, Due, Place, claim, content, due};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension as _, params};

use super::{
    Kept as _, StoreError, Tx, What as _,
    apply::PRIORITIES,
    instant,
    record::{self, Entry},
    stored,
};
use crate::{
    decide::effect::{Label, LetterKind},
    mail::Address,
};

/// What became of an attempt, as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Which attempt at the delivery it was, from 1.
    pub attempt: u32,
    /// The delivery's row.
    pub delivery: i64,
    /// The letter's row.
    pub letter: i64,
    /// To whom.
    pub recipient: Address,
    /// The state the delivery passes to.
    pub state: DeliveryState,
    /// Code and enhanced status; never the server's words, which may quote the mail.
    pub reply: String,
    /// When to try again (`Deferred`, `Unknown`).
    pub again: Option<Timestamp>,
}

/// Where a delivery can pass to after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// The relay took responsibility (RFC 5321 6.1).
    Accepted,
    /// Not now.
    Deferred,
    /// Never.
    Failed,
    /// Cut off after the message was sent.
    Unknown,
}

impl DeliveryState {
    /// The word stored.
    pub fn as_str(self) -> &'static str {
        match self {
            DeliveryState::Accepted => "accepted",
            DeliveryState::Deferred => "deferred",
            DeliveryState::Failed => "failed",
            DeliveryState::Unknown => "unknown",
        }
    }
}

/// The deliveries that were being sent when the program ended. Only open letters have such.
macro_rules! interrupted {
    () => {
        "state = 'sending' AND settled_at IS NULL AND letter_id IN (SELECT id FROM letter WHERE settled_at IS NULL)"
    };
}

/// After a start: attempts whose end was never recorded have an unknown outcome. Returns how many.
pub fn recover(tx: &Tx<'_>, resend_after: SignedDuration, now: Timestamp) -> Result<usize, StoreError> {
    let again = stored(now.saturating_add(resend_after).unwrap_or(now));
    tx.sql()
        .run(
            concat!(
                "INSERT INTO attempt (delivery_id, started_at, ended_at, outcome, reply) \
                 SELECT id, tried_at, ?1, 'unknown', 'interrupted' FROM delivery WHERE tried_at IS NOT NULL AND ",
                interrupted!()
            ),
            [stored(now)],
        )
        .what("close interrupted attempts")?;
    // What may be on a public list is not sent there again by itself.
    tx.sql()
        .run(
            concat!(
                "UPDATE delivery SET state = 'failed', settled_at = ?1, tried_at = NULL, reply = 'unknown' \
                 WHERE letter_id IN (SELECT id FROM letter WHERE kind IN (?2, ?3)) AND ",
                interrupted!()
            ),
            params![stored(now), LetterKind::PublicRelease.as_str(), LetterKind::ApplicationAnswer.as_str()],
        )
        .what("settle interrupted deliveries")?;
    // A second cut is not resent by itself: a person looks (invariant 7).
    tx.sql()
        .run(
            concat!(
                "UPDATE delivery SET state = 'failed', settled_at = ?1, tried_at = NULL, reply = 'unknown twice' WHERE resent = 1 AND ",
                interrupted!()
            ),
            [stored(now)],
        )
        .what("settle interrupted deliveries")?;
    tx.sql()
        .run(
            concat!(
                "UPDATE delivery SET state = 'unknown', next_at = ?1, tried_at = NULL, reply = 'interrupted' WHERE ",
                interrupted!()
            ),
            [again],
        )
        .what("settle interrupted deliveries")
}

/// Records what became of attempts that ended together. Returns the letters whose last delivery this settled, each once.
pub fn settle(tx: &Tx<'_>, outcomes: &[Settled], now: Timestamp) -> Result<Vec<i64>, StoreError> {
    let mut ended = BTreeSet::new();
    let mut delivery = tx
        .sql()
        .prepare_cached(
            "UPDATE delivery SET state = ?3, reply = ?4, settled_at = ?5 WHERE id = ?1 AND attempts = ?2 AND state = 'sending'",
        )
        .what("record an outcome")?;
    let mut refusing = refusing(tx)?;
    for outcome in outcomes {
        // An outcome that comes late, for an attempt that was closed in the meantime, changes nothing.
        if let Some(again) = outcome.again {
            put_off(tx, outcome, again, now)?;
            continue;
        }
        let state = outcome.state.as_str();
        let changed = delivery
            .execute(params![outcome.delivery, outcome.attempt, state, outcome.reply, stored(now)])
            .what("record an outcome")?;
        if changed == 1 {
            ended.insert(outcome.letter);
            refusing |= note_refusal(tx, outcome, refusing, now)?;
        }
    }
    let mut closed = Vec::new();
    for letter in ended {
        closed.extend(settled_letter(tx, letter, now)?);
    }
    Ok(closed)
}

/// The attempt goes to those before it, and the delivery waits for the next.
fn put_off(tx: &Tx<'_>, outcome: &Settled, again: Timestamp, now: Timestamp) -> Result<(), StoreError> {
    let state = outcome.state.as_str();
    tx.sql()
        .run(
            "INSERT INTO attempt (delivery_id, started_at, ended_at, outcome, reply) \
             SELECT id, tried_at, ?3, ?4, ?5 FROM delivery WHERE id = ?1 AND attempts = ?2 AND state = 'sending'",
            params![outcome.delivery, outcome.attempt, stored(now), state, outcome.reply],
        )
        .what("record an outcome")?;
    tx.sql()
        .run(
            // Days in which it only waited do not count for giving up.
            "UPDATE delivery SET state = ?3, reply = ?4, next_at = ?5, tried_at = NULL, queued_at = CASE WHEN ?4 = ?6 THEN ?7 ELSE queued_at END \
             WHERE id = ?1 AND attempts = ?2 AND state = 'sending'",
            params![outcome.delivery, outcome.attempt, state, outcome.reply, stored(again), tls::WAITS, stored(now)],
        )
        .what("record an outcome")?;
    Ok(())
}

/// Whether any address is known to refuse: hardly ever.
fn refusing(tx: &Tx<'_>) -> Result<bool, StoreError> {
    tx.sql().ask("SELECT EXISTS (SELECT 1 FROM refusing)", [], |row| row.get(0)).what("look who refuses")
}

/// Keeps the list of addresses that refuse; `any`: it is not empty. Whether this one was put on it.
fn note_refusal(tx: &Tx<'_>, outcome: &Settled, any: bool, now: Timestamp) -> Result<bool, StoreError> {
    let recipient = || outcome.recipient.to_string();
    match outcome.state {
        DeliveryState::Failed if !outcome.reply.starts_with("unknown") => tx
            .sql()
            .run(
                "INSERT INTO refusing (recipient, since) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                params![recipient(), stored(now)],
            )
            .what("note who refuses")
            .map(|_| true),
        DeliveryState::Accepted if any => {
            tx.sql().run("DELETE FROM refusing WHERE recipient = ?1", [recipient()]).what("note who refuses").map(|_| false)
        }
        _ => Ok(false),
    }
}

/// Closes a letter when nothing of it is open; `Some` exactly once for each letter. Its last recipient is the last to be settled, as a rule.
fn settled_letter(tx: &Tx<'_>, letter: i64, now: Timestamp) -> Result<Option<i64>, StoreError> {
    let open: Option<i64> = tx
        .sql()
        .ask("SELECT id FROM delivery WHERE letter_id = ?1 AND settled_at IS NULL ORDER BY id DESC LIMIT 1", [letter], |row| {
            row.get(0)
        })
        .optional()
        .what("close a letter")?;
    if open.is_some() {
        return Ok(None);
    }
    let closed = tx
        .sql()
        .run("UPDATE letter SET settled_at = ?2 WHERE id = ?1 AND settled_at IS NULL", params![letter, stored(now)])
        .what("close a letter")?;
    Ok((closed == 1).then_some(letter))
}

/// Closes every letter of which nothing is open any more, and returns them: those whose last delivery was withheld by [`claim`] or given up by
/// [`recover`]. Each letter is returned once, here or by [`settle`].
pub fn close_letters(tx: &Tx<'_>, now: Timestamp) -> Result<Vec<i64>, StoreError> {
    let mut statement = tx
        .sql()
        .prepare_cached(
            "SELECT id FROM letter WHERE settled_at IS NULL AND \
             (SELECT id FROM delivery WHERE letter_id = letter.id AND settled_at IS NULL ORDER BY id DESC LIMIT 1) IS NULL ORDER BY id",
        )
        .what("close letters")?;
    let rows = statement.query_map([], |row| row.get::<_, i64>(0)).what("close letters")?;
    let ended: Vec<i64> = rows.collect::<Result<_, _>>().what("close letters")?;
    let mut closed = Vec::new();
    for letter in ended {
        closed.extend(settled_letter(tx, letter, now)?);
    }
    Ok(closed)
}

/// When the next delivery falls due, if any is waiting.
pub fn next_due(tx: &Tx<'_>) -> Result<Option<Timestamp>, StoreError> {
    let mut soonest = None;
    for priority in PRIORITIES {
        let next: Option<i64> = tx
            .sql()
            .ask(
                "SELECT MIN(next_at) FROM delivery INDEXED BY delivery_due WHERE settled_at IS NULL AND state <> 'sending' AND priority = ?1",
                [priority],
                |row| row.get(0),
            )
            .what("look for due deliveries")?;
        soonest = soonest.into_iter().chain(next).min();
    }
    Ok(soonest.map(instant))
}

/// The letter of a delivery: its number and what it is for, as stored.
pub fn letter_of(tx: &Tx<'_>, delivery: i64) -> Result<(i64, String), StoreError> {
    tx.sql()
        .prepare_cached("SELECT letter.id, kind FROM delivery JOIN letter ON letter.id = letter_id WHERE delivery.id = ?1")
        .what("look up a letter")?
        .query_row([delivery], |row| Ok((row.get(0)?, row.get(1)?)))
        .what("look up a letter")
}

/// Puts a failed, withheld or waiting delivery back into the queue, to be tried at once. One that was accepted is never sent again.
pub fn retry(tx: &Tx<'_>, delivery: i64, actor: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.sql()
        .run(
            "INSERT INTO attempt (delivery_id, started_at, ended_at, outcome, reply) SELECT id, tried_at, settled_at, state, reply FROM delivery \
             WHERE id = ?1 AND state = 'failed' AND tried_at IS NOT NULL",
            [delivery],
        )
        .what("retry a delivery")?;
    let changed = tx
        .sql()
        .run(
            "UPDATE delivery SET state = 'queued', tried_at = NULL, next_at = ?2, queued_at = ?2, settled_at = NULL, resent = 0 \
             WHERE id = ?1 AND state IN ('failed', 'withheld', 'deferred', 'unknown')",
            params![delivery, stored(now)],
        )
        .what("retry a delivery")?;
    if changed == 0 {
        return Err(StoreError::Missing("failed or waiting delivery"));
    }
    tx.sql()
        .run("UPDATE letter SET settled_at = NULL WHERE id = (SELECT letter_id FROM delivery WHERE id = ?1)", [delivery])
        .what("retry a delivery")?;
    record::append(
        tx,
        now,
        &Entry { kind: "retry", actor, text: &format!("delivery {delivery} is tried again"), ..Entry::default() },
    )
}

/// How the deliveries of a letter ended: for the one-line summary to the team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterResult {
    /// The letter's kind, as stored.
    pub kind: String,
    /// What the team calls it.
    pub label: String,
    /// The message it carried.
    pub about: Option<i64>,
    /// Recipients in all.
    pub total: u32,
    /// Accepted by the relay.
    pub accepted: u32,
    /// Not delivered: domain of the recipient and the status.
    pub failed: Vec<(String, String)>,
    /// Sent a second time after an unknown outcome.
    pub resent: u32,
}

/// The result of a settled letter.
pub fn result(tx: &Tx<'_>, letter: i64) -> Result<LetterResult, StoreError> {
    let (kind, label, about) = tx
        .sql()
        .ask("SELECT kind, label, about FROM letter WHERE id = ?1", [letter], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .what("read a letter")?;
    let mut statement = tx
        .sql()
        .prepare_cached("SELECT recipient, state, reply, resent FROM delivery WHERE letter_id = ?1 ORDER BY id")
        .what("read deliveries")?;
    let rows = statement
        .query_map([letter], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, bool>(3)?))
        })
        .what("read deliveries")?;
    let mut result = LetterResult { kind, label, about, total: 0, accepted: 0, failed: Vec::new(), resent: 0 };
    for row in rows {
        let (recipient, state, reply, resent) = row.what("read deliveries")?;
        result.total += 1;
        result.resent += u32::from(resent);
        if state == "accepted" {
            result.accepted += 1;
        } else {
            let domain = recipient.rsplit_once('@').map_or(String::new(), |(_, domain)| domain.to_owned());
            result.failed.push((domain, if reply.is_empty() { state } else { reply }));
        }
    }
    Ok(result)
}

/// Who of the members has a letter of that label, or will: what failed or was withheld does not count.
pub fn holders(tx: &Tx<'_>, label: Label) -> Result<Vec<Address>, StoreError> {
    let mut statement = tx
        .sql()
        .prepare_cached(
            "SELECT DISTINCT recipient FROM delivery JOIN letter ON letter.id = letter_id \
             WHERE kind = ?1 AND label = ?2 AND delivery.state NOT IN ('failed', 'withheld')",
        )
        .what("look who has a letter")?;
    let rows = statement
        .query_map(params![LetterKind::Redistribution.as_str(), label.to_stored()], |row| row.get::<_, String>(0))
        .what("look who has a letter")?;
    let mut found = Vec::new();
    for row in rows {
        found.extend(row.what("look who has a letter")?.parse::<Address>());
    }
    Ok(found)
}
