//! What is due, and the attempt that is on disk before the network is touched.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::super::{StoreError, Tx, What as _, instant, stored};
use crate::{
    decide::effect::LetterKind,
    disclosure::{Assurance, Person, TlsRequirement},
    mail::Address,
};

/// A delivery that may be attempted now.
#[derive(Debug, Clone)]
pub struct Due {
    /// The delivery's row.
    pub delivery: i64,
    /// The letter's row.
    pub letter: i64,
    /// What the letter is for.
    pub kind: LetterKind,
    /// The letter's size in octets.
    pub size: u64,
    /// To whom.
    pub recipient: Address,
    /// The reverse-path; `None` is `<>`.
    pub return_path: Option<Address>,
    /// The secret key of the whole letter; empty for one that has none.
    pub return_key: String,
    /// When the first attempt at this delivery could be made.
    pub queued: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// Whether the last attempt ended in an unknown outcome.
    pub unknown: bool,
    /// Whether it was sent once more after an unknown outcome before.
    pub resent: bool,
}

/// One attempt that was recorded and may now be made.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Which attempt at the delivery it is, from 1.
    pub attempt: u32,
    /// The delivery as it was when it fell due.
    pub due: Due,
    /// What the way behind the relay must be.
    pub tls: TlsRequirement,
}

impl Claimed {
    /// Whether this is the second sending after an unknown outcome.
    pub fn is_resent(&self) -> bool {
        self.due.unknown || self.due.resent
    }
}

/// How far a list of due deliveries has been read: the time and the number of the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    next_at: i64,
    delivery: i64,
}

impl Place {
    /// Before the first.
    pub const START: Self = Self { next_at: i64::MIN, delivery: 0 };
}

/// The deliveries of that priority that are due and come after `place`, `limit` at most, in the order of their times; `place` moves behind them. Rows
/// that cannot be sent at all are settled on the way.
pub fn due(tx: &Tx<'_>, priority: i64, place: &mut Place, limit: usize, now: Timestamp) -> Result<Vec<Due>, StoreError> {
    // A bare parameter after LIMIT makes SQLite compile the statement again each time.
    let mut statement = tx
        .sql()
        .prepare_cached(
            "SELECT delivery.id, letter_id, recipient, return_path, queued_at, attempts, state = 'unknown', resent, next_at, kind, length(bytes), return_key \
             FROM delivery JOIN letter ON letter.id = letter_id \
             WHERE delivery.settled_at IS NULL AND state <> 'sending' AND priority = ?2 AND next_at <= ?1 AND (next_at, delivery.id) > (?3, ?4) \
             ORDER BY next_at, delivery.id LIMIT CAST(?5 AS INTEGER)",
        )
        .what("look for due deliveries")?;
    let mut rows = statement
        .query(params![stored(now), priority, place.next_at, place.delivery, i64::try_from(limit).unwrap_or(i64::MAX)])
        .what("look for due deliveries")?;
    let mut found = Vec::new();
    let mut unusable = Vec::new();
    while let Some(row) = rows.next().what("look for due deliveries")? {
        let read = || -> rusqlite::Result<(Place, Option<LetterKind>, Option<Due>)> {
            let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
            let place = Place { next_at: row.get(8)?, delivery: row.get(0)? };
            let Some(kind) = LetterKind::from_stored(text(9)?) else { return Ok((place, None, None)) };
            let return_path = match text(3)? {
                "" => Ok(None),
                path => path.parse::<Address>().map(Some),
            };
            let (Ok(recipient), Ok(return_path)) = (text(2)?.parse::<Address>(), return_path) else {
                return Ok((place, Some(kind), None));
            };
            let due = Due {
                delivery: place.delivery,
                letter: row.get(1)?,
                kind,
                size: u64::try_from(row.get::<_, i64>(10)?).unwrap_or_default(),
                recipient,
                return_path,
                return_key: row.get(11)?,
                queued: instant(row.get(4)?),
                attempts: row.get(5)?,
                unknown: row.get(6)?,
                resent: row.get(7)?,
            };
            Ok((place, Some(kind), Some(due)))
        };
        let (at, kind, due) = read().what("look for due deliveries")?;
        *place = at;
        match due {
            Some(due) => found.push(due),
            None => unusable.push((at.delivery, kind)),
        }
    }
    drop(rows);
    drop(statement);
    for (delivery, kind) in unusable {
        // One row that cannot be sent must not stand in the way of all others.
        let (state, why) =
            if kind.is_none() { ("withheld", "a letter of an unknown kind") } else { ("failed", "unusable address") };
        end(tx, delivery, state, why, now)?;
    }
    Ok(found)
}

/// Records the attempt at a delivery. Nothing may touch the network before this is on disk. `None`: it is not due any more, or may not go.
///
/// A private-list recipient who is no longer an active member, and a recipient of the team's own letters who is no longer of the team, is withheld
/// here, at the last moment. One who wants verified TLS that nothing assures waits ([`tls`](super::tls)); what is public goes as it can.
pub fn claim(
    tx: &Tx<'_>,
    due: &Due,
    team: &[Person],
    onward: &dyn Fn(&Address) -> Assurance,
    now: Timestamp,
) -> Result<Option<Claimed>, StoreError> {
    let member = match due.kind {
        LetterKind::Redistribution | LetterKind::Drill => active_member(tx, due)?,
        // It says nothing that is secret, and must not wait.
        LetterKind::EmbargoEnded => active_member(tx, due)?.map(|_| TlsRequirement::Opportunistic),
        _ => Some(TlsRequirement::Opportunistic),
    };
    let tls = member.unwrap_or_default();
    let kept_back = match due.kind {
        _ if member.is_none() => Some("no longer a member"),
        kind if kind.is_for_the_team() && !is_of_the_team(team, &due.recipient) => Some("no longer of the team"),
        _ => None,
    };
    if let Some(why) = kept_back {
        end(tx, due.delivery, "withheld", why, now)?;
        return Ok(None);
    }
    if tls == TlsRequirement::Verify && onward(&due.recipient) == Assurance::Lacking {
        super::tls::wait(tx, due.delivery, now)?;
        return Ok(None);
    }
    let changed = tx
        .sql()
        .prepare_cached(
            "UPDATE delivery SET state = 'sending', attempts = attempts + 1, tried_at = ?3, resent = MAX(resent, ?2) \
             WHERE id = ?1 AND settled_at IS NULL AND state <> 'sending' AND attempts = ?4 AND next_at <= ?3",
        )
        .what("claim a delivery")?
        .execute(params![due.delivery, due.unknown, stored(now), due.attempts])
        .what("claim a delivery")?;
    if changed == 0 {
        return Ok(None);
    }
    Ok(Some(Claimed { attempt: due.attempts.saturating_add(1), due: due.clone(), tls }))
}

/// The bytes of a letter.
pub fn content(tx: &Tx<'_>, letter: i64) -> Result<Vec<u8>, StoreError> {
    tx.sql()
        .prepare_cached("SELECT bytes FROM letter WHERE id = ?1")
        .what("read a letter")?
        .query_row([letter], |row| row.get(0))
        .what("read a letter")
}

fn end(tx: &Tx<'_>, delivery: i64, state: &str, why: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.sql()
        .execute(
            "UPDATE delivery SET state = ?2, settled_at = ?3, reply = ?4 WHERE id = ?1 AND settled_at IS NULL AND state <> 'sending'",
            params![delivery, state, stored(now), why],
        )
        .what("give a delivery up")?;
    Ok(())
}

fn is_of_the_team(team: &[Person], address: &Address) -> bool {
    team.iter().any(|person| person.address == *address)
}

/// What the way to an active member must be for this letter; `None`: no active member has that address.
fn active_member(tx: &Tx<'_>, due: &Due) -> Result<Option<TlsRequirement>, StoreError> {
    let tls: Option<String> = tx
        .sql()
        .prepare_cached("SELECT tls FROM member WHERE address = ?1 AND state = 'active'")
        .what("look up a member")?
        .query_row([due.recipient.to_string()], |row| row.get(0))
        .optional()
        .what("look up a member")?;
    match tls.map(|tls| TlsRequirement::from_stored(&tls)) {
        Some(TlsRequirement::Verify) if super::tls::is_public(tx, due.letter)? => Ok(Some(TlsRequirement::Opportunistic)),
        other => Ok(other),
    }
}
