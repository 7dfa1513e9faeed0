//! Copies that wait because their member wants verified TLS and nothing assures it: nothing is lost, and the team is told of each letter once.

use jiff::{SignedDuration, Timestamp};
use rusqlite::params;

use super::super::{Kept as _, StoreError, Tx, What as _, stored};

/// What stands at such a delivery.
pub const WAITS: &str = "waits for verified TLS";

/// Whether the way is assured now is looked at again after this time.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(60);

const WHAT: &str = "look for verified TLS";

/// The delivery waits. Its age begins anew: the days after which a letter is given up are the server's.
pub(super) fn wait(tx: &Tx<'_>, delivery: i64, now: Timestamp) -> Result<(), StoreError> {
    let again = now.saturating_add(LOOK_AGAIN).unwrap_or(now);
    tx.sql()
        .prepare_cached(
            "UPDATE delivery SET state = CASE state WHEN 'queued' THEN 'deferred' ELSE state END, next_at = ?2, queued_at = ?3, reply = ?4 \
             WHERE id = ?1 AND settled_at IS NULL AND state <> 'sending'",
        )
        .what(WHAT)?
        .execute(params![delivery, stored(again), stored(now), WAITS])
        .what(WHAT)?;
    Ok(())
}

/// Whether everybody may read the letter: then it goes to members as to the public lists.
pub(super) fn is_public(tx: &Tx<'_>, letter: i64) -> Result<bool, StoreError> {
    tx.sql()
        .prepare_cached("SELECT class = 'public' FROM letter WHERE id = ?1")
        .what(WHAT)?
        .query_row([letter], |row| row.get(0))
        .what(WHAT)
}

/// What waits and was not told: `member-2`, `delivery-77`, ... Each letter and member is told once.
pub fn untold(tx: &Tx<'_>, now: Timestamp) -> Result<Vec<String>, StoreError> {
    let mut statement = tx
        .sql()
        .prepare_cached(
            "SELECT member.id, delivery.id, 'tls:' || letter_id || ':' || member.id AS key FROM delivery JOIN member ON member.address = recipient \
             WHERE delivery.settled_at IS NULL AND reply = ?1 AND NOT EXISTS (SELECT 1 FROM told WHERE told.key = 'tls:' || letter_id || ':' || member.id) \
             ORDER BY member.id, delivery.id",
        )
        .what(WHAT)?;
    let rows = statement
        .query_map([WAITS], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?)))
        .what(WHAT)?;
    let found: Vec<(i64, i64, String)> = rows.collect::<Result<_, _>>().what(WHAT)?;
    let mut told = Vec::new();
    for (member, delivery, key) in found {
        tx.sql().run("INSERT OR IGNORE INTO told (key, at) VALUES (?1, ?2)", params![key, stored(now)]).what(WHAT)?;
        told.extend([format!("member-{member}"), format!("delivery-{delivery}")]);
    }
    Ok(told)
}
