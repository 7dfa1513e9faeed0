//! Things that must happen at a time unless they are settled before, and the reminders of cases that were given.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;

use super::{StoreError, Tx, What as _, case, instant, snapshot, stored};
use crate::{
    decide::{
        effect::{ALARM_EVERY, Due, ReminderKind},
        tick::Watched,
    },
    disclosure::{Case, CaseId, PersonName},
};

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
    /// A case nobody has claimed, and of which nobody was told yet.
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
        snapshot::case(tx, CaseId(object))?.map_or(DueAbout::Nothing, DueAbout::Unclaimed)
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

/// The cases of which somebody may have to be reminded, with what was given of each. A closed one is left alone, unless it has a release whose
/// report is open (P38) or that came after the closing (T17).
pub fn watched(tx: &Tx<'_>) -> Result<Vec<Watched>, StoreError> {
    let mut statement = tx
        .sql()
        .prepare_cached(
            "SELECT id FROM case_file WHERE state <> 'closed' OR id IN ( \
                SELECT case_id FROM event WHERE kind = 'release-begun' AND data <> '' AND ( \
                    NOT EXISTS (SELECT 1 FROM event AS told WHERE told.case_id = event.case_id AND told.kind IN ('report-sent', 'report-waived')) \
                    OR event.id > (SELECT MAX(done.id) FROM event AS done WHERE done.case_id = event.case_id AND done.kind = 'closed'))) \
             ORDER BY id",
        )
        .what("look for cases")?;
    let ids = statement.query_map([], |row| row.get(0).map(CaseId)).what("look for cases")?;
    let mut watched = Vec::new();
    for id in ids {
        let id = id.what("look for cases")?;
        let file = match case::file(tx, id) {
            Ok(file) => file,
            // One damaged record must not silence the others.
            Err(StoreError::Unknown(what)) => {
                tracing::error!(case = id.0, "{what} cannot be read: nobody is reminded of it (`embargod audit verify`)");
                continue;
            }
            Err(error) => return Err(error),
        };
        if let (Some(case), Some(file)) = (snapshot::case(tx, id)?, file) {
            watched.push(Watched { case, file, given: given_keys(tx, id)? });
        }
    }
    Ok(watched)
}

fn given_keys(tx: &Tx<'_>, case: CaseId) -> Result<BTreeSet<String>, StoreError> {
    tx.sql()
        .prepare_cached("SELECT key FROM reminded WHERE case_id = ?1")
        .what("look for reminders")?
        .query_map([case.0], |row| row.get(0))
        .what("look for reminders")?
        .collect::<Result<_, _>>()
        .what("look for reminders")
}

/// When the alarm of an unarmed release comes again that came last: it is the only reminder that comes more often than a rehearsal's clock looks.
pub fn next_alarm(tx: &Tx<'_>) -> Result<Option<Timestamp>, StoreError> {
    let last: Option<i64> = tx
        .sql()
        .query_row("SELECT MAX(due_at) FROM reminded WHERE kind = 'unarmed'", [], |row| row.get(0))
        .what("look for reminders")?;
    Ok(last.and_then(|last| instant(last).checked_add(ALARM_EVERY).ok()))
}

/// A reminder that was given, in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReminderRow {
    /// What about: `unclaimed`, `cve-missing`.
    pub kind: String,
    /// To whom of the team.
    pub whom: String,
    /// Since when it was due (RFC 3339).
    pub due_at: String,
    /// When it was given (RFC 3339).
    pub given_at: String,
}

/// The reminders that were given of a case, in order.
pub fn of_case(connection: &Connection, case: CaseId) -> Result<Vec<ReminderRow>, StoreError> {
    connection
        .prepare_cached("SELECT kind, whom, due_at, given_at FROM reminded WHERE case_id = ?1 ORDER BY given_at, due_at, key")
        .what("look for reminders")?
        .query_map([case.0], |row| {
            Ok(ReminderRow {
                kind: row.get(0)?,
                whom: row.get(1)?,
                due_at: instant(row.get(2)?).to_string(),
                given_at: instant(row.get(3)?).to_string(),
            })
        })
        .what("look for reminders")?
        .collect::<Result<_, _>>()
        .what("look for reminders")
}

/// Notes that a reminder is given. Fails if it was given before: then nothing of this transaction happens, its letters included.
pub(super) fn reminded(tx: &Tx<'_>, case: CaseId, due: &Due, whom: &[PersonName], now: Timestamp) -> Result<(), StoreError> {
    let names: Vec<&str> = whom.iter().map(|name| name.0.as_str()).collect();
    let added = tx
        .sql()
        .execute(
            "INSERT INTO reminded (case_id, key, kind, whom, due_at, given_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
            params![case.0, due.key, due.what.kind(), names.join(", "), stored(due.at), stored(now)],
        )
        .what("note a reminder")?;
    if added == 1 { Ok(()) } else { Err(StoreError::Changed("the reminder")) }
}
