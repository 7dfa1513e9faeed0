//! What people ask about: lists for the command line, read on a read-only connection.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;

use super::{StoreError, What as _, instant};

/// A held message in a list. No subject: lists of held mail are read over shoulders.
#[derive(Debug, Clone, Serialize)]
pub struct HeldRow {
    /// Its number.
    pub id: i64,
    /// `discuss` or `other`.
    pub place: String,
    /// What the rules suggest.
    pub suggests: String,
    /// The rule.
    pub rule: String,
    /// `waiting` or how it was settled.
    pub state: String,
    /// Since when (RFC 3339).
    pub held_at: String,
    /// By whom it was settled.
    pub ruled_by: String,
    /// Whether it jumps the queue.
    pub urgent: bool,
}

/// Held messages: those that wait, or all.
pub fn held(connection: &Connection, which: Which) -> Result<Vec<HeldRow>, StoreError> {
    let mut statement = connection
        .prepare(
            "SELECT inbox_id, held.place, suggests, rule, held.state, held_at, ruled_by, urgent FROM held JOIN inbox ON inbox.id = inbox_id \
             WHERE ?1 OR held.state = 'waiting' ORDER BY urgent DESC, inbox_id",
        )
        .what("list held messages")?;
    let rows = statement
        .query_map([which == Which::All], |row| {
            Ok(HeldRow {
                id: row.get(0)?,
                place: row.get(1)?,
                suggests: row.get(2)?,
                rule: row.get(3)?,
                state: row.get(4)?,
                held_at: instant(row.get(5)?).to_string(),
                ruled_by: row.get(6)?,
                urgent: row.get(7)?,
            })
        })
        .what("list held messages")?;
    rows.collect::<Result<_, _>>().what("list held messages")
}

/// Whether a list shows what is open or everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Only what waits for somebody.
    Open,
    /// Everything.
    All,
}

/// A case in a list.
#[derive(Debug, Clone, Serialize)]
pub struct CaseRow {
    /// Its number.
    pub id: i64,
    /// Who reported.
    pub discoverer: String,
    /// open, claimed, closed.
    pub state: String,
    /// Who has it.
    pub claimed_by: String,
    /// When it was opened (RFC 3339).
    pub opened_at: String,
    /// The mails that belong to it.
    pub mails: Vec<i64>,
    /// Why it was closed.
    pub reason: String,
}

/// Cases: those that are open, or all.
pub fn cases(connection: &Connection, which: Which) -> Result<Vec<CaseRow>, StoreError> {
    let mut statement = connection
        .prepare("SELECT id, discoverer, state, claimed_by, opened_at, reason FROM case_file WHERE ?1 OR state <> 'closed' ORDER BY id")
        .what("list cases")?;
    let mut mails =
        connection.prepare("SELECT inbox_id FROM case_mail WHERE case_id = ?1 ORDER BY inbox_id").what("list cases")?;
    let rows = statement
        .query_map([which == Which::All], |row| {
            Ok(CaseRow {
                id: row.get(0)?,
                discoverer: row.get(1)?,
                state: row.get(2)?,
                claimed_by: row.get(3)?,
                opened_at: instant(row.get(4)?).to_string(),
                mails: Vec::new(),
                reason: row.get(5)?,
            })
        })
        .what("list cases")?;
    let mut all = rows.collect::<Result<Vec<_>, _>>().what("list cases")?;
    for case in &mut all {
        let ids = mails.query_map([case.id], |row| row.get(0)).what("list cases")?;
        case.mails = ids.collect::<Result<_, _>>().what("list cases")?;
    }
    Ok(all)
}

/// A delivery in a list.
#[derive(Debug, Clone, Serialize)]
pub struct DeliveryRow {
    /// Its number.
    pub id: i64,
    /// The letter.
    pub letter: i64,
    /// The letter's kind.
    pub kind: String,
    /// What the team calls the letter.
    pub label: String,
    /// To whom.
    pub recipient: String,
    /// See the table of states in [`super`].
    pub state: String,
    /// Attempts so far.
    pub attempts: u32,
    /// The last code and status.
    pub reply: String,
    /// When it is tried again, if it waits (RFC 3339).
    pub next_at: String,
    /// Booked bounce, if any.
    pub bounce: String,
}

/// Deliveries: those that wait or failed, or all of one letter, or all.
pub fn outbox(connection: &Connection, which: Which, letter: Option<i64>) -> Result<Vec<DeliveryRow>, StoreError> {
    let mut statement = connection
        .prepare(
            "SELECT delivery.id, letter_id, kind, label, recipient, state, attempts, reply, next_at, bounce FROM delivery \
             JOIN letter ON letter.id = letter_id WHERE (?1 OR state <> 'accepted' OR bounce <> '') AND (?2 IS NULL OR letter_id = ?2) \
             ORDER BY delivery.id",
        )
        .what("list deliveries")?;
    let rows = statement
        .query_map(params![which == Which::All || letter.is_some(), letter], |row| {
            let state: String = row.get(5)?;
            let waits = matches!(state.as_str(), "queued" | "deferred" | "unknown");
            Ok(DeliveryRow {
                id: row.get(0)?,
                letter: row.get(1)?,
                kind: row.get(2)?,
                label: row.get(3)?,
                recipient: row.get(4)?,
                attempts: row.get(6)?,
                reply: row.get(7)?,
                next_at: if waits { instant(row.get(8)?).to_string() } else { String::new() },
                bounce: row.get(9)?,
                state,
            })
        })
        .what("list deliveries")?;
    rows.collect::<Result<_, _>>().what("list deliveries")
}

/// The return path of a delivery: the address a bounce of it comes back to. `None` when it has none, or does not exist.
pub fn return_path(connection: &Connection, delivery: i64) -> Result<Option<String>, StoreError> {
    connection
        .query_row("SELECT return_path FROM delivery WHERE id = ?1 AND return_path <> ''", [delivery], |row| row.get(0))
        .optional()
        .what("read a return path")
}

/// An advisory in a list. No title.
#[derive(Debug, Clone, Serialize)]
pub struct AdvisoryRowRead {
    /// Row.
    pub id: i64,
    /// Number without prefix.
    pub number: Option<u16>,
    /// Version.
    pub revision: u32,
    /// waiting, sent, cancelled, or ended (the embargo is over).
    pub state: String,
    /// Embargo end (RFC 3339), empty when unknown.
    pub until: String,
    /// Who gave it to us.
    pub submitted_by: String,
    /// Who released it.
    pub sent_by: String,
}

/// All advisory records.
pub fn advisories(connection: &Connection) -> Result<Vec<AdvisoryRowRead>, StoreError> {
    let mut statement = connection
        .prepare(
            "SELECT id, number, revision, CASE WHEN number IN (SELECT number FROM advisory_ended) AND state = 'sent' THEN 'ended' ELSE state END, \
             until, submitted_by, sent_by FROM advisory ORDER BY number, revision, id",
        )
        .what("list advisories")?;
    let rows = statement
        .query_map([], |row| {
            Ok(AdvisoryRowRead {
                id: row.get(0)?,
                number: row.get(1)?,
                revision: row.get(2)?,
                state: row.get(3)?,
                until: row.get::<_, Option<i64>>(4)?.map(|until| instant(until).to_string()).unwrap_or_default(),
                submitted_by: row.get(5)?,
                sent_by: row.get(6)?,
            })
        })
        .what("list advisories")?;
    rows.collect::<Result<_, _>>().what("list advisories")
}

/// Counts for `status`. Numbers only: nothing here is embargoed.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// Messages on disk.
    pub messages: i64,
    /// Not looked at yet.
    pub taken: i64,
    /// Waiting for a person.
    pub held: i64,
    /// Set aside because handling failed.
    pub quarantined: i64,
    /// Open cases nobody claimed.
    pub unclaimed: i64,
    /// Open cases.
    pub open_cases: i64,
    /// Live advisories.
    pub live_advisories: i64,
    /// Advisories that wait for a second team member.
    pub waiting_advisories: i64,
    /// Active members.
    pub members: i64,
    /// Deliveries that wait.
    pub queued: i64,
    /// Deliveries that failed or are withheld.
    pub failed: i64,
    /// When the oldest held message arrived (RFC 3339).
    pub oldest_held: String,
    /// When the oldest unclaimed case was opened (RFC 3339).
    pub oldest_unclaimed: String,
}

/// The counts.
pub fn status(connection: &Connection) -> Result<Status, StoreError> {
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).what("count");
    let oldest = |sql: &str| {
        connection
            .query_row(sql, [], |row| row.get::<_, Option<i64>>(0))
            .what("count")
            .map(|at| at.map(|at| instant(at).to_string()).unwrap_or_default())
    };
    Ok(Status {
        messages: count("SELECT COUNT(*) FROM inbox")?,
        taken: count("SELECT COUNT(*) FROM inbox WHERE state = 'taken'")?,
        held: count("SELECT COUNT(*) FROM held WHERE state = 'waiting'")?,
        quarantined: count("SELECT COUNT(*) FROM inbox WHERE state = 'quarantined'")?,
        unclaimed: count("SELECT COUNT(*) FROM case_file WHERE state = 'open'")?,
        open_cases: count("SELECT COUNT(*) FROM case_file WHERE state <> 'closed'")?,
        live_advisories: count(
            "SELECT COUNT(DISTINCT number) FROM advisory WHERE state = 'sent' AND number IS NOT NULL AND number NOT IN (SELECT number FROM advisory_ended)",
        )?,
        waiting_advisories: count("SELECT COUNT(*) FROM advisory WHERE state = 'waiting'")?,
        members: count("SELECT COUNT(*) FROM member WHERE state = 'active'")?,
        queued: count("SELECT COUNT(*) FROM delivery WHERE state IN ('queued', 'sending', 'deferred', 'unknown')")?,
        failed: count("SELECT COUNT(*) FROM delivery WHERE state IN ('failed', 'withheld')")?,
        oldest_held: oldest("SELECT MIN(held_at) FROM held WHERE state = 'waiting'")?,
        oldest_unclaimed: oldest("SELECT MIN(opened_at) FROM case_file WHERE state = 'open'")?,
    })
}

/// The raw bytes of a stored message, for `held show`.
pub fn raw(connection: &Connection, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
    connection
        .query_row("SELECT bytes FROM inbox JOIN raw USING (digest) WHERE inbox.id = ?1", [id], |row| row.get(0))
        .optional()
        .what("read a message")
}
