//! Things that must happen at a time unless they are settled before.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::{StoreError, Tx, What as _, instant, stored};
use crate::{decide::effect::ReminderKind, disclosure::Case, disclosure::CaseId};

/// A reminder that has fallen due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueReminder {
    /// Its row.
    pub id: i64,
    /// What it is about.
    pub about: DueAbout,
    /// When it was to happen.
    pub due: Timestamp,
}

/// What a due reminder is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DueAbout {
    /// A case nobody has claimed.
    Unclaimed(Case),
    /// A message that waits for a ruling.
    Held {
        /// Its number.
        inbox: i64,
        /// Since when.
        since: Timestamp,
    },
    /// What it was about is settled: nothing to say.
    Nothing,
}

/// The reminder that is due first.
pub fn next_due(tx: &Tx<'_>, now: Timestamp) -> Result<Option<DueReminder>, StoreError> {
    let found = tx
        .sql()
        .prepare_cached(
            "SELECT id, kind, object, due_at FROM reminder WHERE done_at IS NULL AND due_at <= ?1 ORDER BY due_at, id LIMIT 1",
        )
        .what("look for reminders")?
        .query_row([stored(now)], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?))
        })
        .optional()
        .what("look for reminders")?;
    let Some((id, kind, object, due)) = found else { return Ok(None) };
    let about = if kind == ReminderKind::Unclaimed.as_str() {
        super::snapshot::case(tx, CaseId(object))?.map_or(DueAbout::Nothing, DueAbout::Unclaimed)
    } else {
        let since: Option<i64> = tx
            .sql()
            .query_row("SELECT held_at FROM held WHERE inbox_id = ?1 AND state = 'waiting'", [object], |row| row.get(0))
            .optional()
            .what("look for reminders")?;
        since.map_or(DueAbout::Nothing, |since| DueAbout::Held { inbox: object, since: instant(since) })
    };
    Ok(Some(DueReminder { id, about, due: instant(due) }))
}

/// The reminder has been given; the next time is `again`, or never.
pub fn given(tx: &Tx<'_>, id: i64, again: Option<Timestamp>, now: Timestamp) -> Result<(), StoreError> {
    let done = again.is_none().then(|| stored(now));
    tx.sql()
        .execute(
            "UPDATE reminder SET due_at = COALESCE(?2, due_at), done_at = ?3 WHERE id = ?1",
            params![id, again.map(stored), done],
        )
        .what("settle a reminder")?;
    Ok(())
}

/// When the next reminder falls due.
pub fn next_time(tx: &Tx<'_>) -> Result<Option<Timestamp>, StoreError> {
    let next: Option<i64> = tx
        .sql()
        .query_row("SELECT MIN(due_at) FROM reminder WHERE done_at IS NULL", [], |row| row.get(0))
        .what("look for reminders")?;
    Ok(next.map(instant))
}
