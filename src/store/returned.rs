//! What a bounce came back to: one delivery by its own return path, or a letter by its key; and how many came back, to us or to nothing of ours.
//!
//! The secrets are looked up by their hashes, and as long as the rows stand, which is for ever: a relay may keep a mail for days before it gives up.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Row};
use serde::Serialize;

use super::{StoreError, Tx, What as _, instant, member, stored};
use crate::{
    decide::{
        effect::Label,
        incoming::InboxId,
        keys::Keys,
        snapshot::{Returned, ReturnedLetter},
    },
    mail::Digest,
};

const WHAT: &str = "look up a return path";

/// The delivery with that return path of its own.
pub(super) fn copy(tx: &Tx<'_>, hash: &Digest) -> Result<Option<Returned>, StoreError> {
    tx.sql()
        .prepare_cached(
            "SELECT delivery.id, recipient, label, about, (SELECT COUNT(*) FROM delivery WHERE letter_id = letter.id), \
             (SELECT COUNT(*) FROM delivery WHERE letter_id = letter.id AND bounce = '' AND state NOT IN ('failed', 'withheld')), bounced_at, kind \
             FROM delivery JOIN letter ON letter.id = letter_id WHERE verp = ?1",
        )
        .what(WHAT)?
        .query_row([hash.bytes()], |row| Ok(read(row)))
        .optional()
        .what(WHAT)?
        .transpose()
}

/// The letter with that key, all its deliveries, and the members among its recipients.
pub(super) fn letter(tx: &Tx<'_>, hash: &Digest, keys: &Keys) -> Result<Option<ReturnedLetter>, StoreError> {
    let mut statement = tx
        .sql()
        .prepare_cached(
            "SELECT delivery.id, recipient, label, about, (SELECT COUNT(*) FROM delivery WHERE letter_id = letter.id), \
             (SELECT COUNT(*) FROM delivery WHERE letter_id = letter.id AND bounce = '' AND state NOT IN ('failed', 'withheld')), bounced_at, kind \
             FROM letter JOIN delivery ON letter_id = letter.id WHERE return_hash = ?1",
        )
        .what(WHAT)?;
    let rows = statement.query_map([hash.bytes()], |row| Ok(read(row))).what(WHAT)?;
    let mut found = ReturnedLetter { named: keys.returned_for.clone(), ..ReturnedLetter::default() };
    for row in rows {
        let copy = row.what(WHAT)??;
        found.members.extend(member::at(tx, &copy.recipient)?);
        found.copies.push(copy);
    }
    Ok((!found.copies.is_empty()).then_some(found))
}

/// What came back, counted in the record on disk: no restart begins anew, and nothing resets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bounces {
    /// Copies that came back in the last 30 days, each once.
    pub booked_30_days: i64,
    /// Reports of the last 30 days that came to no return path of ours: made up, or about mail that others sent in our name. Nothing was done about them.
    pub forged_30_days: i64,
    /// The same since the record began.
    pub forged: i64,
}

const THIRTY_DAYS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Counts them.
///
/// # Errors
/// [`StoreError`].
pub fn bounces(connection: &Connection, now: Timestamp) -> Result<Bounces, StoreError> {
    let since = now.checked_sub(THIRTY_DAYS).map_or(0, stored);
    let count = |sql: &str, since: i64| connection.query_row(sql, [since], |row| row.get(0)).what("count bounces");
    let forged = "SELECT COUNT(*) FROM event WHERE kind = 'bounce-unknown' AND at >= ?1";
    Ok(Bounces {
        booked_30_days: count("SELECT COUNT(*) FROM delivery WHERE bounced_at >= ?1", since)?,
        forged_30_days: count(forged, since)?,
        forged: count(forged, i64::MIN)?,
    })
}

fn read(row: &Row<'_>) -> Result<Returned, StoreError> {
    let recipient: String = row.get(1).what(WHAT)?;
    let label: String = row.get(2).what(WHAT)?;
    let about: Option<i64> = row.get(3).what(WHAT)?;
    let booked: Option<i64> = row.get(6).what(WHAT)?;
    Ok(Returned {
        delivery: row.get(0).what(WHAT)?,
        recipient: recipient.parse().map_err(|_| StoreError::Unknown("delivery.recipient"))?,
        label: Label::from_stored(&label),
        about: about.map(InboxId::of_row),
        total: row.get(4).what(WHAT)?,
        fine: row.get(5).what(WHAT)?,
        booked: booked.map(instant),
        kind: row.get(7).what(WHAT)?,
    })
}
