//! Decided posts with their bytes, for judging them again (`rules replay`, `rules diff`).
//!
//! Promises: reads only; one post in memory at a time. Fails with [`StoreError`] when the database cannot be read, or with what the visitor says.

use jiff::Timestamp;
use rusqlite::Connection;

use super::{StoreError, What as _, stored};

/// A post to the discussion list as it was decided.
#[derive(Clone)]
pub struct ArchivedPost {
    /// Its number.
    pub id: i64,
    /// What became of it: `approved`, `rejected`, `discarded`, `rerouted`, `withdrawn`, or `waiting`.
    pub decided: String,
    /// Whether a person said so or a rule.
    pub by: DecidedBy,
    /// The rule that spoke; empty when none did.
    pub rule: String,
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
    /// Nobody yet: it is held.
    Nobody,
}

/// Visits the decided and held posts that arrived at or after `since`, oldest first. Posts over the size cap are left out: only their headers
/// are kept. So are copies of a post that came before.
pub fn posts(connection: &Connection, since: Option<Timestamp>, mut visit: impl FnMut(ArchivedPost)) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare(
            "SELECT inbox.id, COALESCE(held.state, \
               (SELECT kind FROM event WHERE event.inbox_id = inbox.id AND kind IN ('approved', 'rejected') ORDER BY event.id LIMIT 1)), \
               held.inbox_id IS NOT NULL, inbox.rule, bytes \
             FROM inbox JOIN raw USING (digest) LEFT JOIN held ON held.inbox_id = inbox.id AND held.place = 'discuss' \
             WHERE class = 'post' AND inbox.state IN ('decided', 'held', 'ruled') AND complete = 1 AND (?1 IS NULL OR arrived_at >= ?1) \
             ORDER BY inbox.id",
        )
        .what("read the archive")?;
    let rows = statement
        .query_map([since.map(stored)], |row| {
            let (decided, held): (Option<String>, bool) = (row.get(1)?, row.get(2)?);
            let post = |decided: String| -> rusqlite::Result<ArchivedPost> {
                let by = match (held, decided.as_str()) {
                    (true, "waiting") => DecidedBy::Nobody,
                    (true, _) => DecidedBy::Person,
                    (false, _) => DecidedBy::Rule,
                };
                Ok(ArchivedPost { id: row.get(0)?, decided, by, rule: row.get(3)?, bytes: row.get(4)? })
            };
            decided.map(post).transpose()
        })
        .what("read the archive")?;
    for post in rows {
        if let Some(post) = post.what("read the archive")? {
            visit(post);
        }
    }
    Ok(())
}
