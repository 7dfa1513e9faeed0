//! Copies that wait because their member wants verified TLS and nothing assures it: nothing is lost, the team is told of each letter once a week, and how the
//! other copies went does not wait for them.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use rusqlite::{OptionalExtension as _, params};

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

/// What waits and was not told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Untold {
    /// `member-2`, `delivery-77`, ...
    pub about: Vec<String>,
    /// What to note once it is told ([`told`]).
    pub keys: Vec<String>,
}

/// What waits and was not told in this week (ISO 8601, UTC), for each letter and member.
pub fn untold(tx: &Tx<'_>, now: Timestamp) -> Result<Untold, StoreError> {
    let week = now.to_zoned(TimeZone::UTC).date().iso_week_date();
    let week = format!("{}-W{:02}", week.year(), week.week());
    let mut statement = tx
        .sql()
        .prepare_cached(
            "SELECT member.id, delivery.id, 'tls:' || letter_id || ':' || member.id || ':' || ?2 AS key \
             FROM delivery INDEXED BY delivery_due JOIN member ON member.address = recipient \
             WHERE delivery.settled_at IS NULL AND delivery.state <> 'sending' AND reply = ?1 \
             AND NOT EXISTS (SELECT 1 FROM told WHERE told.key = 'tls:' || letter_id || ':' || member.id || ':' || ?2) \
             ORDER BY member.id, delivery.id",
        )
        .what(WHAT)?;
    let rows = statement
        .query_map([WAITS, &week], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?)))
        .what(WHAT)?;
    let mut untold = Untold::default();
    for row in rows {
        let (member, delivery, key) = row.what(WHAT)?;
        untold.about.extend([format!("member-{member}"), format!("delivery-{delivery}")]);
        untold.keys.push(key);
    }
    Ok(untold)
}

/// Notes that it was told: in the same transaction as the letter that says it, and after that.
pub fn told(tx: &Tx<'_>, keys: &[String], now: Timestamp) -> Result<(), StoreError> {
    for key in keys {
        tx.sql().run("INSERT OR IGNORE INTO told (key, at) VALUES (?1, ?2)", params![key, stored(now)]).what(WHAT)?;
    }
    Ok(())
}

/// Of an open letter of which nothing is open but copies that wait: the key to note ([`told`]) once the team has heard how the others went. `None`: it is not
/// so, or was told.
pub fn only_waits(tx: &Tx<'_>, letter: i64) -> Result<Option<String>, StoreError> {
    // Its last recipient is the last to be settled, as a rule: the first question has an answer at once then.
    let open = |sql: &str| tx.sql().ask(sql, params![letter, WAITS], |row| row.get::<_, bool>(0)).optional().what(WHAT);
    let last = "SELECT state = 'deferred' AND reply = ?2 FROM delivery WHERE letter_id = ?1 AND settled_at IS NULL ORDER BY id DESC LIMIT 1";
    let all = "SELECT MIN(state = 'deferred' AND reply = ?2) FROM delivery WHERE letter_id = ?1 AND settled_at IS NULL";
    if open(last)? != Some(true) || open(all)? != Some(true) {
        return Ok(None);
    }
    let key = format!("waits:{letter}");
    Ok((!super::super::roster::was_told(tx, &key)?).then_some(key))
}
