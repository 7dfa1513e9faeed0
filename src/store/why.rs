//! The whole story of one message, from its arrival to the last delivery of what it brought about.

use rusqlite::{Connection, OptionalExtension as _};
use serde::Serialize;

use super::{StoreError, What as _, instant};

/// Everything known about a message. The reasons show pieces of the mail: this is for the team's terminal, never for a log.
#[derive(Debug, Clone, Serialize)]
pub struct Story {
    /// Its number.
    pub id: i64,
    /// Source and mailbox it came by.
    pub source: String,
    /// When the server received it (RFC 3339).
    pub arrived_at: String,
    /// When it was on our disk.
    pub taken_at: String,
    /// When it was decided about.
    pub decided_at: String,
    /// SHA-256 of its bytes.
    pub digest: String,
    /// Its size in bytes.
    pub size: i64,
    /// Where it stands.
    pub state: String,
    /// Its class.
    pub class: String,
    /// The rule that decided.
    pub rule: String,
    /// Why it is in quarantine, if it is.
    pub fault: String,
    /// The reasons, in order.
    pub reasons: Vec<StoryReason>,
    /// The ruling, if it was held.
    pub ruling: Option<StoryRuling>,
    /// What happened to it and because of it.
    pub events: Vec<StoryEvent>,
    /// The letters it brought about, or that carried it.
    pub letters: Vec<StoryLetter>,
}

/// One reason.
#[derive(Debug, Clone, Serialize)]
pub struct StoryReason {
    /// class, verdict or gate.
    pub stage: String,
    /// The rule.
    pub rule: String,
    /// What it looked at.
    pub field: String,
    /// What matched.
    pub text: String,
}

/// How a held message was settled.
#[derive(Debug, Clone, Serialize)]
pub struct StoryRuling {
    /// waiting, approved, ...
    pub state: String,
    /// What the rules suggested.
    pub suggests: String,
    /// By whom.
    pub by: String,
    /// When (RFC 3339).
    pub at: String,
}

/// One entry of the record.
#[derive(Debug, Clone, Serialize)]
pub struct StoryEvent {
    /// When (RFC 3339).
    pub at: String,
    /// A short word.
    pub kind: String,
    /// The mail that brought it about, if another one.
    pub cause: Option<i64>,
    /// The case, if any.
    pub case: Option<i64>,
    /// Who acted.
    pub actor: String,
    /// One sentence.
    pub text: String,
}

/// One letter and its deliveries.
#[derive(Debug, Clone, Serialize)]
pub struct StoryLetter {
    /// Its number.
    pub id: i64,
    /// Its kind.
    pub kind: String,
    /// Its clearance class.
    pub class: String,
    /// When it was queued (RFC 3339).
    pub queued_at: String,
    /// Its deliveries.
    pub deliveries: Vec<StoryDelivery>,
}

/// One delivery.
#[derive(Debug, Clone, Serialize)]
pub struct StoryDelivery {
    /// To whom.
    pub recipient: String,
    /// Where it stands.
    pub state: String,
    /// Attempts.
    pub attempts: u32,
    /// Last code and status.
    pub reply: String,
    /// When it was settled (RFC 3339).
    pub settled_at: String,
    /// Booked bounce.
    pub bounce: String,
    /// Each attempt, in order.
    pub tries: Vec<StoryTry>,
}

/// One attempt at a delivery.
#[derive(Debug, Clone, Serialize)]
pub struct StoryTry {
    /// When it began (RFC 3339).
    pub started_at: String,
    /// When it ended (RFC 3339), empty while it lasts or when a crash cut it short.
    pub ended_at: String,
    /// What came of it.
    pub outcome: String,
    /// Code and status.
    pub reply: String,
}

/// The messages that came with this Message-ID (without angle brackets), or that brought about or are carried by our letter of that id.
pub fn with_message_id(connection: &Connection, message_id: &str) -> Result<Vec<i64>, StoreError> {
    let mut statement = connection
        .prepare(
            "SELECT id FROM inbox WHERE message_id = ?1 UNION \
             SELECT coalesce(about, cause) FROM letter WHERE message_id = ?1 AND coalesce(about, cause) IS NOT NULL ORDER BY 1",
        )
        .what("look up a Message-ID")?;
    let found = statement.query_map([message_id], |row| row.get(0)).what("look up a Message-ID")?;
    found.collect::<Result<_, _>>().what("look up a Message-ID")
}

/// Why a message was classed and judged as it was.
pub(super) fn reasons(connection: &Connection, id: i64) -> Result<Vec<StoryReason>, StoreError> {
    rows(connection, "SELECT stage, rule, field, text FROM reason WHERE inbox_id = ?1 ORDER BY id", id, |row| {
        Ok(StoryReason { stage: row.get(0)?, rule: row.get(1)?, field: row.get(2)?, text: row.get(3)? })
    })
}

/// The record of a case.
pub(super) fn case_events(connection: &Connection, case: i64) -> Result<Vec<StoryEvent>, StoreError> {
    rows(
        connection,
        "SELECT at, kind, coalesce(cause, inbox_id), case_id, actor, text FROM event WHERE case_id = ?1 ORDER BY id",
        case,
        event,
    )
}

fn event(row: &rusqlite::Row<'_>) -> rusqlite::Result<StoryEvent> {
    Ok(StoryEvent {
        at: instant(row.get(0)?).to_string(),
        kind: row.get(1)?,
        cause: row.get(2)?,
        case: row.get(3)?,
        actor: row.get(4)?,
        text: row.get(5)?,
    })
}

/// The story of message `id`; `None` when there is no such message.
pub fn story(connection: &Connection, id: i64) -> Result<Option<Story>, StoreError> {
    let found = connection
        .query_row(
            "SELECT source, mailbox, arrived_at, taken_at, decided_at, lower(hex(digest)), full_size, state, class, rule, fault FROM inbox WHERE id = ?1",
            [id],
            |row| {
                Ok(Story {
                    id,
                    source: format!("{}/{}", row.get::<_, String>(0)?, row.get::<_, String>(1)?),
                    arrived_at: when(row.get(2)?),
                    taken_at: when(row.get(3)?),
                    decided_at: when(row.get(4)?),
                    digest: row.get(5)?,
                    size: row.get(6)?,
                    state: row.get(7)?,
                    class: row.get(8)?,
                    rule: row.get(9)?,
                    fault: row.get(10)?,
                    reasons: Vec::new(),
                    ruling: None,
                    events: Vec::new(),
                    letters: Vec::new(),
                })
            },
        )
        .optional()
        .what("read a story")?;
    let Some(mut story) = found else { return Ok(None) };
    story.reasons = reasons(connection, id)?;
    story.ruling = connection
        .query_row("SELECT state, suggests, ruled_by, ruled_at FROM held WHERE inbox_id = ?1", [id], |row| {
            Ok(StoryRuling { state: row.get(0)?, suggests: row.get(1)?, by: row.get(2)?, at: when(row.get(3)?) })
        })
        .optional()
        .what("read a story")?;
    story.events = rows(
        connection,
        "SELECT at, kind, nullif(cause, ?1), case_id, actor, text FROM event WHERE inbox_id = ?1 OR cause = ?1 ORDER BY id",
        id,
        event,
    )?;
    story.letters = rows(
        connection,
        "SELECT id, kind, class, created_at FROM letter WHERE cause = ?1 OR about = ?1 ORDER BY id",
        id,
        |row| {
            Ok(StoryLetter {
                id: row.get(0)?,
                kind: row.get(1)?,
                class: row.get(2)?,
                queued_at: when(row.get(3)?),
                deliveries: Vec::new(),
            })
        },
    )?;
    for letter in &mut story.letters {
        letter.deliveries = deliveries(connection, letter.id)?;
    }
    Ok(Some(story))
}

fn deliveries(connection: &Connection, letter: i64) -> Result<Vec<StoryDelivery>, StoreError> {
    let sql = "SELECT recipient, state, attempts, reply, settled_at, bounce, id FROM delivery WHERE letter_id = ?1 ORDER BY id";
    let found = rows(connection, sql, letter, |row| {
        let delivery = StoryDelivery {
            recipient: row.get(0)?,
            state: row.get(1)?,
            attempts: row.get(2)?,
            reply: row.get(3)?,
            settled_at: when(row.get(4)?),
            bounce: row.get(5)?,
            tries: Vec::new(),
        };
        Ok((row.get::<_, i64>(6)?, delivery))
    })?;
    let mut all = Vec::with_capacity(found.len());
    for (id, mut delivery) in found {
        let sql = "SELECT started_at, ended_at, outcome, reply FROM every_attempt WHERE delivery_id = ?1 ORDER BY place";
        delivery.tries = rows(connection, sql, id, |row| {
            let started_at = instant(row.get(0)?).to_string();
            Ok(StoryTry { started_at, ended_at: when(row.get(1)?), outcome: row.get(2)?, reply: row.get(3)? })
        })?;
        all.push(delivery);
    }
    Ok(all)
}

/// A stored instant that may be missing, as RFC 3339; empty when it is.
fn when(at: Option<i64>) -> String {
    at.map(|at| instant(at).to_string()).unwrap_or_default()
}

fn rows<T>(
    connection: &Connection,
    sql: &str,
    id: i64,
    read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare(sql).what("read a story")?;
    let found = statement.query_map([id], read).what("read a story")?;
    found.collect::<Result<_, _>>().what("read a story")
}
