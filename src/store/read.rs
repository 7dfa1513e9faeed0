//! What people ask about: lists for the command line, read on a read-only connection, beside the running daemon.
//!
//! Fails with [`ReadError`] when there is no database to read, and says what to do; with [`StoreError`] when reading it fails.

use std::{
    io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;

use super::{
    StoreError, What as _, instant, open,
    why::{StoryEvent, StoryReason},
};
use crate::{
    decide::facts,
    mail::{Message, RawMessage},
};

pub use super::returned::{Bounces, bounces};

/// A connection that cannot write.
pub type ReadOnly = Connection;

/// Why there is nothing to read; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The state folder or the database in it is missing.
    #[error("there is no database {path}; run the daemon once (embargod run --once), or correct `state` in the configuration", path = .0.display())]
    Missing(PathBuf),
    /// The file is there, and nothing in it.
    #[error(
        "the database {path} is empty: the daemon is making it, or could not at its first start (its log says why); start it, or say this again in a moment",
        path = .0.display()
    )]
    Empty(PathBuf),
    /// Half of it is aside, and the new one has not got its place.
    #[error("a restore in {path} was interrupted; start the daemon, or say it again: both end it", path = .0.display())]
    Restoring(PathBuf),
    /// The system keeps us out.
    #[error("the database {path} cannot be read: {kind}; run the command as root or as the user that runs embargod", path = path.display())]
    Io {
        /// The database.
        path: PathBuf,
        /// What the system says.
        kind: io::ErrorKind,
    },
    /// Written by an older version, and not upgraded yet.
    #[error(
        "the database {path} has schema {found}, this program reads schema {known}: start the daemon of this program, which makes it that after a copy, or use the older program",
        path = path.display()
    )]
    Older {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: usize,
        /// Ours.
        known: usize,
    },
    /// Written by another version of the program.
    #[error("the database {path} has schema {found}, this program reads schema {known}; use the version that runs the daemon", path = path.display())]
    Schema {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: usize,
        /// Ours.
        known: usize,
    },
    /// SQLite.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Opens the database of a state folder for looking. Takes no lock: the daemon goes on.
pub fn open(state: &Path) -> Result<ReadOnly, ReadError> {
    if super::backup::is_interrupted(state) {
        return Err(ReadError::Restoring(state.to_owned()));
    }
    let path = state.join(open::FILE_NAME);
    // SQLite says only that it cannot open the file; the system knows why.
    if let Err(error) = std::fs::File::open(&path) {
        return Err(match error.kind() {
            io::ErrorKind::NotFound => ReadError::Missing(path),
            kind => ReadError::Io { path, kind },
        });
    }
    let connection = super::reader(&path)?;
    let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).what("read the schema version")?;
    let found = usize::try_from(found).unwrap_or(usize::MAX);
    let known = open::STEPS.len();
    if found == 0 {
        return Err(ReadError::Empty(path));
    }
    if found < known {
        return Err(ReadError::Older { path, found, known });
    }
    if found == known { Ok(connection) } else { Err(ReadError::Schema { path, found, known }) }
}

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

/// A held message with everything a ruling needs. The reasons show pieces of the mail: for the team's terminal, never for a log.
#[derive(Debug, Clone, Serialize)]
pub struct HeldFull {
    /// What the list shows.
    #[serde(flatten)]
    pub row: HeldRow,
    /// The letter that a rejection would bring.
    pub reason_class: String,
    /// The proven sender; empty: nobody is answered.
    pub poster: String,
    /// When it was settled (RFC 3339), empty while it waits.
    pub ruled_at: String,
    /// SHA-256 of its bytes.
    pub digest: String,
    /// Why it is held.
    pub reasons: Vec<StoryReason>,
}

/// One held message, waiting or settled.
pub fn held_message(connection: &Connection, id: i64) -> Result<Option<HeldFull>, StoreError> {
    let Some(row) = held(connection, Which::All)?.into_iter().find(|row| row.id == id) else { return Ok(None) };
    let full = connection.query_row(
        "SELECT reason_class, poster, ruled_at, lower(hex(digest)) FROM held JOIN inbox ON inbox.id = inbox_id WHERE inbox_id = ?1",
        [id],
        |more| {
            Ok(HeldFull {
                row,
                reason_class: more.get(0)?,
                poster: more.get(1)?,
                ruled_at: more.get::<_, Option<i64>>(2)?.map(|at| instant(at).to_string()).unwrap_or_default(),
                digest: more.get(3)?,
                reasons: Vec::new(),
            })
        },
    );
    let mut full = full.what("read a held message")?;
    full.reasons = super::why::reasons(connection, id)?;
    Ok(Some(full))
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

/// A case with its mails and its record.
#[derive(Debug, Clone, Serialize)]
pub struct CaseFull {
    /// What the list shows.
    #[serde(flatten)]
    pub row: CaseRow,
    /// How each mail came to belong to it.
    pub letters_in: Vec<CaseMailRow>,
    /// What happened, in order.
    pub events: Vec<StoryEvent>,
}

/// A mail of a case.
#[derive(Debug, Clone, Serialize)]
pub struct CaseMailRow {
    /// Its number.
    pub id: i64,
    /// `report`, `reply` or `suggested` (by References only).
    pub how: String,
    /// When the server received it (RFC 3339).
    pub arrived_at: String,
    /// The CVE ids that it names (P13): what its writer says, and no more.
    pub cves: Vec<String>,
}

/// One case, open or closed.
pub fn case(connection: &Connection, id: i64) -> Result<Option<CaseFull>, StoreError> {
    let Some(row) = cases(connection, Which::All)?.into_iter().find(|row| row.id == id) else { return Ok(None) };
    let mut mails = connection
        .prepare(
            "SELECT inbox_id, how, arrived_at FROM case_mail JOIN inbox ON inbox.id = inbox_id WHERE case_id = ?1 ORDER BY inbox_id",
        )
        .what("read a case")?;
    let mails = mails
        .query_map([id], |row| {
            let arrived_at = instant(row.get(2)?).to_string();
            Ok(CaseMailRow { id: row.get(0)?, how: row.get(1)?, arrived_at, cves: Vec::new() })
        })
        .what("read a case")?;
    let mut letters_in = mails.collect::<Result<Vec<_>, _>>().what("read a case")?;
    for mail in &mut letters_in {
        let message = raw(connection, mail.id)?.and_then(|bytes| Message::parse(&RawMessage::new(bytes)).ok());
        mail.cves = message.as_ref().map(facts::cves).unwrap_or_default();
    }
    Ok(Some(CaseFull { row, letters_in, events: super::why::case_events(connection, id)? }))
}

/// A member in a list.
#[derive(Debug, Clone, Serialize)]
pub struct MemberRow {
    /// Its number.
    pub id: i64,
    /// The organisation.
    pub organisation: String,
    /// Its role address.
    pub address: String,
    /// `proposed`, `unconfirmed`, `active`, `frozen` or `removed`.
    pub state: String,
    /// People confirmed to write for it.
    pub posters: Vec<String>,
    /// Since when it is a member (RFC 3339).
    pub added_at: String,
    /// When that last changed (RFC 3339).
    pub changed_at: String,
}

/// The membership table: who gets mail, or everyone who ever did.
pub fn members(connection: &Connection, which: Which) -> Result<Vec<MemberRow>, StoreError> {
    let mut statement = connection
        .prepare("SELECT id, organisation, address, CASE standing WHEN '' THEN state ELSE standing END, added_at, changed_at FROM member WHERE ?1 OR state <> 'removed' ORDER BY organisation COLLATE NOCASE, id")
        .what("list members")?;
    let mut posters =
        connection.prepare("SELECT address FROM poster WHERE member_id = ?1 ORDER BY address").what("list members")?;
    let rows = statement
        .query_map([which == Which::All], |row| {
            let member = MemberRow {
                id: row.get(0)?,
                organisation: row.get(1)?,
                address: row.get(2)?,
                state: row.get(3)?,
                posters: Vec::new(),
                added_at: instant(row.get(4)?).to_string(),
                changed_at: instant(row.get(5)?).to_string(),
            };
            Ok((row.get::<_, i64>(0)?, member))
        })
        .what("list members")?;
    let mut all = Vec::new();
    for row in rows {
        let (id, mut member) = row.what("list members")?;
        let people = posters.query_map([id], |row| row.get(0)).what("list members")?;
        member.posters = people.collect::<Result<_, _>>().what("list members")?;
        all.push(member);
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

/// The letter that brought the members their last advisory.
pub fn last_advisory_letter(connection: &Connection) -> Result<Option<i64>, StoreError> {
    connection
        .query_row("SELECT MAX(id) FROM letter WHERE kind = 'redistribution' AND label LIKE 'advisory:%'", [], |row| row.get(0))
        .what("look for the last advisory")
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

/// The states of a delivery, as the schema has them.
const DELIVERY_STATES: [&str; 7] = ["queued", "sending", "accepted", "deferred", "failed", "unknown", "withheld"];

/// How many deliveries are in each state.
pub fn deliveries_by_state(connection: &Connection) -> Result<Vec<(&'static str, i64)>, StoreError> {
    let mut statement = connection.prepare("SELECT COUNT(*) FROM delivery WHERE state = ?1").what("count deliveries")?;
    let mut count = |state| Ok((state, statement.query_row([state], |row| row.get(0)).what("count deliveries")?));
    DELIVERY_STATES.into_iter().map(&mut count).collect()
}

/// When a source brought its last mail; `None` when it never did.
pub fn last_intake(connection: &Connection, source: &str) -> Result<Option<jiff::Timestamp>, StoreError> {
    connection
        .query_row("SELECT MAX(taken_at) FROM inbox WHERE source = ?1", [source], |row| row.get::<_, Option<i64>>(0))
        .what("look for the last intake")
        .map(|at| at.map(instant))
}

/// The raw bytes of a stored message, for `held show`.
pub fn raw(connection: &Connection, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
    connection
        .query_row("SELECT bytes FROM inbox JOIN raw USING (digest) WHERE inbox.id = ?1", [id], |row| row.get(0))
        .optional()
        .what("read a message")
}
