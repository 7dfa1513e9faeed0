//! Decided messages with their bytes, for judging them again (`rules replay`, `rules diff`).
//!
//! Promises: reads only; one message in memory at a time. Fails with [`StoreError`] when the database cannot be read.

use jiff::Timestamp;
use rusqlite::Connection;

use super::{StoreError, What as _, stored};

/// A message as it was decided.
#[derive(Clone)]
pub struct Archived {
    /// Its number.
    pub id: i64,
    /// What it was taken for.
    pub class: String,
    /// The rule that spoke; empty when none did.
    pub rule: String,
    /// The address its mailbox is configured for; empty when it is none's alone.
    pub came_for: String,
    /// What became of a post: `approved`, `rejected`, `discarded`, `rerouted`, `withdrawn`, or `waiting`; empty for other mail.
    pub outcome: String,
    /// Who brought that about.
    pub by: DecidedBy,
    /// The bytes as they came.
    pub bytes: Vec<u8>,
}

/// Who decided a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DecidedBy {
    /// A person of the team, or the poster who withdrew it.
    Person,
    /// A rule, by itself.
    Rule,
    /// Nobody yet: it waits.
    Nobody,
}

/// Which messages are visited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Posts to the discussion list.
    Posts,
    /// Everything that came in.
    Everything,
}

/// Visits what was decided or is held, and arrived at or after `since`, oldest first. Messages over the size cap are left out: only their headers
/// are kept. So are posts of which nothing became, as copies of one that came before.
pub fn each(
    connection: &Connection,
    which: Which,
    since: Option<Timestamp>,
    mut visit: impl FnMut(Archived),
) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare(
            "SELECT inbox.id, class, inbox.rule, came_for, COALESCE(held.state, (SELECT kind FROM event WHERE event.inbox_id = inbox.id \
               AND kind IN ('approved', 'rejected') ORDER BY event.id LIMIT 1), '') AS outcome, held.inbox_id IS NOT NULL, bytes \
             FROM inbox JOIN raw USING (digest) LEFT JOIN held ON held.inbox_id = inbox.id AND held.place = 'discuss' \
             WHERE inbox.state IN ('decided', 'held', 'ruled') AND complete = 1 AND (?1 IS NULL OR arrived_at >= ?1) \
               AND (?2 OR (class = 'post' AND outcome <> '')) ORDER BY inbox.id",
        )
        .what("read the archive")?;
    let rows = statement
        .query_map((since.map(stored), which == Which::Everything), |row| {
            let (outcome, held): (String, bool) = (row.get(4)?, row.get(5)?);
            let by = match (held, outcome.as_str()) {
                (true, "waiting") => DecidedBy::Nobody,
                (true, _) => DecidedBy::Person,
                (false, _) => DecidedBy::Rule,
            };
            Ok(Archived {
                id: row.get(0)?,
                class: row.get(1)?,
                rule: row.get(2)?,
                came_for: row.get(3)?,
                outcome,
                by,
                bytes: row.get(6)?,
            })
        })
        .what("read the archive")?;
    for message in rows {
        visit(message.what("read the archive")?);
    }
    Ok(())
}
