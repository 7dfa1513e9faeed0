//! Writes a [`Decision`]: the state of the message, the letters with one row for each recipient, tokens, reminders and the record.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::params;

use super::{
    Kept as _, StoreError, Tx, What as _, frozen,
    record::{self, Entry},
    stored,
};
use crate::{
    decide::{
        effect::{ApplicationWay, Decision, Effect, End, LetterKind, Note, Outgoing, ReminderKind, ReversePath, Ruling, Urgency},
        incoming::InboxId,
        keys::{Keys, return_key},
        snapshot::{AdvisoryState, TokenRecord},
    },
    disclosure::AdvisoryNumber,
    mail::{Digest, MessageId},
};

/// Writes everything a decision about the message `id` changes. One transaction: all of it or nothing.
pub fn decision(tx: &Tx<'_>, id: InboxId, decision: Decision, keys: &Keys, now: Timestamp) -> Result<(), StoreError> {
    frozen::refuse(tx)?;
    let state = match decision.end {
        End::Decided => "decided",
        End::Held => "held",
    };
    let changed = tx
        .sql()
        .run(
            "UPDATE inbox SET state = ?2, class = ?3, rule = ?4, decided_at = ?5, message_id = ?6, identity = ?7, place = ?8 \
             WHERE id = ?1 AND state = 'taken'",
            params![
                id.row(),
                state,
                decision.class.as_str(),
                decision.rule,
                stored(now),
                keys.message_id.as_ref().map(MessageId::as_str).unwrap_or_default(),
                keys.identity.map(|identity| *identity.bytes()),
                keys.place
            ],
        )
        .what("record a decision")?;
    if changed == 0 {
        return Err(StoreError::Changed("the message"));
    }
    for (stage, reason) in &decision.reasons {
        tx.sql()
            .prepare_cached("INSERT INTO reason (inbox_id, stage, rule, field, text) VALUES (?1, ?2, ?3, ?4, ?5)")
            .what("record a reason")?
            .execute(params![id.row(), stage.as_str(), reason.rule, reason.field, reason.text])
            .what("record a reason")?;
    }
    every(tx, Some(id), decision.effects, now)
}

/// Writes changes that no new message brought about: a reminder that fell due, a command typed on the machine.
pub fn effects(tx: &Tx<'_>, cause: Option<InboxId>, effects: Vec<Effect>, now: Timestamp) -> Result<(), StoreError> {
    if effects.is_empty() {
        return Ok(());
    }
    frozen::refuse(tx)?;
    every(tx, cause, effects, now)
}

fn every(tx: &Tx<'_>, cause: Option<InboxId>, effects: Vec<Effect>, now: Timestamp) -> Result<(), StoreError> {
    for change in effects {
        effect(tx, cause, change, now)?;
    }
    Ok(())
}

fn effect(tx: &Tx<'_>, cause: Option<InboxId>, effect: Effect, now: Timestamp) -> Result<(), StoreError> {
    let row = cause.map(InboxId::row);
    match effect {
        Effect::OpenCase { id, discoverer, token } => {
            let discoverer = discoverer.map(|address| address.to_string()).unwrap_or_default();
            tx.sql()
                .run(
                    "INSERT INTO case_file (id, discoverer, token, state, opened_at) VALUES (?1, ?2, ?3, 'open', ?4)",
                    params![id.0, discoverer, token, stored(now)],
                )
                .what("open a case")?;
            Ok(())
        }
        Effect::Attach { mail, case, how } => {
            tx.sql()
                .run(
                    "INSERT INTO case_mail (case_id, inbox_id, how) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                    params![case.0, mail.row(), how.as_str()],
                )
                .what("attach a mail to a case")?;
            Ok(())
        }
        Effect::Happened(happened) => super::case::happened(tx, cause, *happened, now),
        Effect::Hold { place, suggests, reason_class, urgency, poster } => {
            tx.sql()
                .run(
                    "INSERT INTO held (inbox_id, place, suggests, reason_class, urgent, poster, state, held_at) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'waiting', ?7)",
                    params![
                        row,
                        place.as_str(),
                        suggests.as_str(),
                        reason_class.unwrap_or_default(),
                        urgency == Urgency::Urgent,
                        poster.map(|address| address.to_string()).unwrap_or_default(),
                        stored(now)
                    ],
                )
                .what("hold a message")?;
            Ok(())
        }
        Effect::Settle { held, version, how, by } => settle(tx, held, version, how, &by, now),
        Effect::RegisterAdvisory { row: advisory, number, revision, digest, submitted_by, until } => {
            tx.sql()
                .run(
                    "INSERT INTO advisory (id, number, revision, inbox_id, digest, submitted_by, state, until, created_at) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'waiting', ?7, ?8)",
                    params![
                        advisory.0,
                        number.map(AdvisoryNumber::get),
                        revision,
                        row,
                        digest.bytes(),
                        submitted_by.0,
                        until.map(stored),
                        stored(now)
                    ],
                )
                .what("register an advisory")?;
            Ok(())
        }
        Effect::MoveAdvisory { row: advisory, version, to, by } => {
            let sent = (to == AdvisoryState::Sent).then(|| stored(now));
            let changed = tx
                .sql()
                .run(
                    "UPDATE advisory SET state = ?3, sent_by = ?4, sent_at = ?5, version = version + 1 WHERE id = ?1 AND version = ?2",
                    params![advisory.0, version, to.as_str(), by.0, sent],
                )
                .what("move an advisory")?;
            if changed == 1 { Ok(()) } else { Err(StoreError::Changed("the advisory")) }
        }
        Effect::Thread { message_id, number } => {
            tx.sql()
                .run(
                    "INSERT INTO advisory_thread (message_id, number) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                    params![message_id.as_str(), number.get()],
                )
                .what("note a thread")?;
            Ok(())
        }
        Effect::RecordApplication { via, missing } => {
            let way = match via {
                ApplicationWay::List => "list",
                ApplicationWay::Security => "security",
            };
            tx.sql()
                .run(
                    "INSERT INTO application (inbox_id, via, complete, missing, arrived_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![row, way, missing.is_empty(), missing.join(","), stored(now)],
                )
                .what("record an application")?;
            Ok(())
        }
        Effect::Membership(change) => super::membership::changed(tx, cause, *change, now),
        Effect::Queue(outgoing) => queue(tx, cause, *outgoing, now).map(|_| ()),
        Effect::Block(blocked) => super::blocked::keep(tx, cause, &blocked, now),
        Effect::MoveBlocked { id, proposed, to } => super::blocked::moved(tx, id, proposed.as_ref(), to, now),
        Effect::Mint(token) => mint(tx, &token, now),
        Effect::Spend(hash) => spend(tx, cause, &hash, now),
        Effect::BookBounce { delivery, status, permanent } => {
            tx.sql()
                .run(
                    "UPDATE delivery SET bounced_at = ?2, bounce = ?3 WHERE id = ?1 AND bounced_at IS NULL",
                    params![delivery, stored(now), format!("{status} {}", if permanent { "permanent" } else { "temporary" })],
                )
                .what("book a bounce")?;
            Ok(())
        }
        Effect::Remind { kind, object, due } => {
            tx.sql()
                .run(
                    "INSERT INTO reminder (kind, object, due_at) VALUES (?1, ?2, ?3) \
                     ON CONFLICT (kind, object) DO UPDATE SET due_at = excluded.due_at, done_at = NULL",
                    params![kind.as_str(), object, stored(due)],
                )
                .what("set a reminder")?;
            Ok(())
        }
        Effect::Reminded { case, due, whom } => super::reminder::reminded(tx, case, &due, &whom, now),
        Effect::Forget { kind, object } => forget(tx, kind, object, now),
        Effect::Note(note) => note_event(tx, cause, note, now),
    }
}

fn settle(tx: &Tx<'_>, held: InboxId, version: i64, how: Ruling, by: &str, now: Timestamp) -> Result<(), StoreError> {
    let changed = tx
        .sql()
        .run(
            "UPDATE held SET state = ?3, ruled_by = ?4, ruled_at = ?5, version = version + 1 \
             WHERE inbox_id = ?1 AND version = ?2 AND state = 'waiting'",
            params![held.row(), version, how.as_str(), by, stored(now)],
        )
        .what("settle a held message")?;
    if changed == 0 {
        return Err(StoreError::Changed("the held message"));
    }
    tx.sql()
        .run("UPDATE inbox SET state = 'ruled' WHERE id = ?1 AND state = 'held'", [held.row()])
        .what("settle a held message")?;
    forget(tx, ReminderKind::Held, held.row(), now)
}

fn forget(tx: &Tx<'_>, kind: ReminderKind, object: i64, now: Timestamp) -> Result<(), StoreError> {
    tx.sql()
        .run(
            "UPDATE reminder SET done_at = ?3 WHERE kind = ?1 AND object = ?2 AND done_at IS NULL",
            params![kind.as_str(), object, stored(now)],
        )
        .what("settle a reminder")?;
    Ok(())
}

/// Notices and answers before the members' copies: a person may be waiting for them, and there are few.
fn priority(kind: LetterKind) -> i64 {
    let [soon, later] = PRIORITIES;
    if kind == LetterKind::Redistribution { later } else { soon }
}

/// The priorities of deliveries, the more urgent first.
pub const PRIORITIES: [i64; 2] = [1, 5];

/// A letter and its delivery rows; returns the letter's number.
fn queue(tx: &Tx<'_>, cause: Option<InboxId>, outgoing: Outgoing, now: Timestamp) -> Result<i64, StoreError> {
    let draft = outgoing.letter.draft();
    let base = match &draft.reverse_path {
        ReversePath::Null => None,
        ReversePath::Verp(base) => Some(base),
    };
    tx.sql()
        .run(
            "INSERT INTO letter (kind, class, message_id, return_base, bytes, cause, about, case_id, label, created_at, return_key, return_hash) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            params![
                draft.kind.as_str(),
                draft.class.as_str(),
                draft.message_id.as_str(),
                base.map(|address| address.to_string()).unwrap_or_default(),
                draft.bytes,
                cause.map(InboxId::row),
                outgoing.about.map(InboxId::row),
                outgoing.case.map(|case| case.0),
                outgoing.label.to_stored(),
                stored(now),
                outgoing.return_key,
                (!outgoing.return_key.is_empty()).then(|| *Digest::of(outgoing.return_key.as_bytes()).bytes()),
            ],
        )
        .what("queue a letter")?;
    let letter = tx.sql().last_insert_rowid();
    let kept = frozen::is_kept(tx, draft.kind, cause, outgoing.about)?;
    let mut insert = tx
        .sql()
        .prepare_cached(
            "INSERT INTO delivery (letter_id, recipient, verp, return_path, priority, state, queued_at, next_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, 'queued', ?6, ?6)",
        )
        .what("queue a delivery")?;
    let mut once = BTreeSet::new();
    for (index, recipient) in draft.to.as_slice().iter().enumerate() {
        let written = recipient.to_string();
        if !once.insert(written.to_ascii_lowercase()) {
            return Err(StoreError::Judgement("a letter names a recipient twice".to_owned()));
        }
        let token = outgoing.return_tokens.get(index).filter(|_| base.is_some());
        let verp = token.map(|token| *return_key(token).bytes());
        let return_path = match (base, token) {
            (Some(base), Some(token)) => base.with_detail(token).to_string(),
            (Some(base), None) => base.to_string(),
            (None, _) => String::new(),
        };
        insert
            .execute(params![letter, written, verp, return_path, priority(draft.kind), stored(now)])
            .what("queue a delivery")?;
    }
    if let Some(keeping) = kept {
        frozen::keep(tx, letter, keeping, now)?;
    }
    Ok(letter)
}

fn mint(tx: &Tx<'_>, token: &TokenRecord, now: Timestamp) -> Result<(), StoreError> {
    tx.sql()
        .prepare_cached(
            "INSERT INTO token (hash, purpose, person, address, object, digest, version, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )
        .what("give out a token")?
        .execute(params![
            token.hash.bytes(),
            token.purpose.as_str(),
            token.person.as_ref().map(|name| name.0.as_str()).unwrap_or_default(),
            token.address.as_ref().map(ToString::to_string).unwrap_or_default(),
            token.object,
            token.digest.bytes(),
            token.version,
            stored(now),
        ])
        .what("give out a token")?;
    Ok(())
}

/// Uses a token up. Fails the transaction if it was used before: a token works once.
fn spend(tx: &Tx<'_>, cause: Option<InboxId>, hash: &Digest, now: Timestamp) -> Result<(), StoreError> {
    let changed = tx
        .sql()
        .run(
            "UPDATE token SET spent_at = ?2, spent_by = ?3 WHERE hash = ?1 AND spent_at IS NULL",
            params![hash.bytes(), stored(now), cause.map(InboxId::row)],
        )
        .what("use a token")?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Changed("the token")) }
}

fn note_event(tx: &Tx<'_>, cause: Option<InboxId>, note: Note, now: Timestamp) -> Result<(), StoreError> {
    let entry = Entry {
        kind: note.kind,
        about: note.about.or(cause),
        cause,
        case: note.case,
        actor: &note.actor,
        text: &note.text,
        ..Entry::default()
    };
    record::append(tx, now, &entry)
}
