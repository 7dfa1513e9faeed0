//! A database that may not be the newest of its kind is frozen: mail comes in and is kept, everything may be looked at, and nothing is decided, sent, released, marked
//! or moved, until a person has seen what is in doubt and ends it.
//!
//! # How it is known
//! [`Cause`] has the three ways; each leaves the fact `frozen` in the database, in the transaction that finds it out, and a restart does not end it.
//!
//! # What it promises
//! [`refuse`] stands before every decision, claim and command, in their own transaction: no loop has to remember. What ends it ([`thaw`]) drops nothing and sends
//! nothing of what is in doubt: letters that waited may have gone out since and become `failed` with [`PERHAPS_SENT`]; mails that came before may have been handled and are
//! quarantined; armed releases are disarmed. Only a person brings any of it back to life (`outbox retry`, `replay`, `arm`).
//!
//! Fails with [`StoreError`]; [`StoreError::Frozen`] is what a frozen database answers.

use std::fmt;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use super::{
    Kept as _, StoreError, Tx, What as _, case,
    inbox::{self, Look, Mark},
    instant,
    lineage::{self, Beside, HighWater, Standing},
    record::{self, Entry},
    release, stored,
};
use crate::decide::{
    effect::{Happened, LetterKind},
    incoming::InboxId,
    snapshot::{Actor, CaseEvent, DisarmCause},
};

/// What stands at a delivery that a database from before this one may have made. Begins like every outcome that nobody knows.
pub const PERHAPS_SENT: &str = "unknown: perhaps sent before the restore";

/// What stands at a message that another database may have handled.
pub const PERHAPS_HANDLED: &str = "it may have been handled by another database before the restore";

/// What stands at a message that bore our keyword when it came, and that this database did not give it.
pub const MARKED_ELSEWHERE: &str = "another database may have handled it: it bears our keyword, and this one never saw it";

/// What to do about it, in one sentence.
pub const REMEDY: &str = "`embargod thaw --config FILE` shows what may have happened since, and how to end it";

const FACT: &str = "frozen";
/// After a freeze that ended with things in doubt: when it began.
const RESTORED: &str = "restored";
/// In copies that `backup` writes: when.
const BACKUP: &str = "backup";

/// Why a database is frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// It bears the mark of a backup.
    Backup,
    /// The state folder has seen a newer one.
    Older,
    /// It was brought from elsewhere.
    Moved,
}

/// A frozen database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// When it was found out.
    pub since: Timestamp,
    /// Why.
    pub cause: Cause,
    /// The moment it shows: when the backup was made, or the last entry of its record; `None` when it is empty.
    pub as_of: Option<Timestamp>,
}

impl fmt::Display for Frozen {
    /// One sentence without its beginning: `it was restored from the backup of 2026-11-22 03:00:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let as_of = self.as_of.map_or_else(|| "nothing".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string());
        match (self.cause, self.as_of) {
            (Cause::Backup, _) => write!(f, "it was restored from the backup of {as_of}"),
            (_, None) => write!(f, "it is empty, and the state folder has the trace of another one"),
            (Cause::Older, _) => write!(f, "a newer database was in its place; the last entry of this one is of {as_of}"),
            (Cause::Moved, _) => {
                write!(f, "it was put here without its file {}; the last entry is of {as_of}", lineage::FILE_NAME)
            }
        }
    }
}

/// The freeze, if there is one.
pub fn current(connection: &Connection) -> Result<Option<Frozen>, StoreError> {
    let fact = |name: &str| {
        connection
            .ask("SELECT value FROM fact WHERE name = ?1", [name], |row| row.get::<_, String>(0))
            .optional()
            .what("look whether the database is frozen")
    };
    fact(FACT)?.map(|value| serde_json::from_str(&value).map_err(|_| StoreError::Unknown("fact"))).transpose()
}

/// The same within a transaction.
pub fn within(tx: &Tx<'_>) -> Result<Option<Frozen>, StoreError> {
    current(tx.sql())
}

/// Whether it is frozen.
pub fn is_frozen(tx: &Tx<'_>) -> Result<bool, StoreError> {
    tx.sql()
        .ask("SELECT EXISTS (SELECT 1 FROM fact WHERE name = ?1)", [FACT], |row| row.get(0))
        .what("look whether the database is frozen")
}

/// Nothing is decided on a frozen database.
///
/// # Errors
/// [`StoreError::Frozen`] when it is.
pub fn refuse(tx: &Tx<'_>) -> Result<(), StoreError> {
    if is_frozen(tx)? { Err(StoreError::Frozen) } else { Ok(()) }
}

/// Looks at a database that was just opened, and freezes it where it may not be the newest.
pub fn at_opening(tx: &Tx<'_>, beside: HighWater, now: Timestamp) -> Result<Option<Frozen>, StoreError> {
    let cause = match (backup_of(tx.sql())?, lineage::standing(tx.sql(), beside)?) {
        (Some(_), _) => Some(Cause::Backup),
        (None, Standing::Older) => Some(Cause::Older),
        (None, Standing::Moved) => Some(Cause::Moved),
        (None, Standing::Newest) => None,
    };
    if let Some(cause) = cause {
        freeze(tx, cause, now)?;
    }
    within(tx)
}

/// What a database that nobody has started yet will be found to be: for those who only look.
pub fn would_be(connection: &Connection, beside: HighWater, now: Timestamp) -> Result<Option<Frozen>, StoreError> {
    if let Some(frozen) = current(connection)? {
        return Ok(Some(frozen));
    }
    let cause = match (backup_of(connection)?, lineage::standing(connection, beside)?) {
        (Some(_), _) => Cause::Backup,
        (None, Standing::Older) => Cause::Older,
        (None, Standing::Moved) => Cause::Moved,
        (None, Standing::Newest) => return Ok(None),
    };
    Ok(Some(Frozen { since: now, cause, as_of: as_of(connection)? }))
}

/// Freezes it. One that is frozen stays as it is.
fn freeze(tx: &Tx<'_>, cause: Cause, now: Timestamp) -> Result<(), StoreError> {
    if is_frozen(tx)? {
        return Ok(());
    }
    let frozen = Frozen { since: now, cause, as_of: as_of(tx.sql())? };
    set(tx.sql(), FACT, &serde_json::to_string(&frozen).map_err(|_| StoreError::Unknown("fact"))?)?;
    record::append(tx, now, &Entry { kind: "frozen", text: &frozen.to_string(), ..Entry::default() })
}

fn as_of(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    if let Some(made) = backup_of(connection)? {
        return Ok(Some(made));
    }
    let last = "SELECT MAX(at) FROM (SELECT (SELECT at FROM event ORDER BY id DESC LIMIT 1) AS at UNION ALL \
                SELECT (SELECT taken_at FROM inbox ORDER BY id DESC LIMIT 1))";
    let last = connection.ask(last, [], |row| row.get::<_, Option<i64>>(0)).what("look for the last entry")?;
    Ok(last.map(instant))
}

fn backup_of(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let made = connection
        .ask("SELECT value FROM fact WHERE name = ?1", [BACKUP], |row| row.get::<_, String>(0))
        .optional()
        .what("look whether the database is a backup")?;
    // Whatever stands there, it is one.
    Ok(made.map(|made| made.parse().unwrap_or(Timestamp::UNIX_EPOCH)))
}

/// Marks a copy as a backup, unless it bears such a mark.
pub(super) fn mark_as_backup(copy: &Connection, made: Timestamp) -> Result<(), StoreError> {
    if backup_of(copy)?.is_none() {
        set(copy, BACKUP, &made.to_string())?;
    }
    Ok(())
}

fn set(connection: &Connection, name: &str, value: &str) -> Result<(), StoreError> {
    connection
        .run(
            "INSERT INTO fact (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [name, value],
        )
        .what("note a fact")?;
    Ok(())
}

fn clear(connection: &Connection, name: &str) -> Result<usize, StoreError> {
    connection.run("DELETE FROM fact WHERE name = ?1", [name]).what("forget a fact")
}

/// Messages that may have been handled by another database: those nobody had looked at when the copy was made, and those that [`taken_in`] noted. ?1 is the
/// beginning of the freeze; ?2: whether to say so only of what bears a mark that the frozen database did not give, which is evidence whatever people say.
const IN_DOUBT: &str = "SELECT inbox.id FROM inbox LEFT JOIN fact ON fact.name = 'came-before:' || inbox.id \
     WHERE state = 'taken' AND CASE WHEN ?2 THEN fact.value = 'marked' ELSE taken_at < ?1 OR fact.value IS NOT NULL END ORDER BY inbox.id";

/// A message that was taken in.
pub(super) struct Found {
    pub(super) id: InboxId,
    pub(super) arrived: Timestamp,
    pub(super) look: Look,
    pub(super) mark: Mark,
}

/// Looks at what was taken in for what another database may have handled: it waits for a person, alone, and all other mail is handled as always.
///
/// Our keyword at a mail that this database never saw is evidence whenever it is found. Somebody who can have it set (a delivery agent that believes `X-Keywords`, a
/// mail program that keeps it at a changed copy) gains that a person looks at this one mail.
///
/// After a restore it is also those that lay in their mailbox at the first look of the frozen database, and those that arrived before the freeze. The server's clock may
/// be off; what came later than both came to us alone. A frozen database quarantines nothing: it notes them, and the end of the freeze does it; after it such
/// messages, of a mailbox that could not be read before for example, go to quarantine at once. A mail of the same mailbox whose bytes were decided about is a copy,
/// and nothing comes of it.
pub(super) fn taken_in(tx: &Tx<'_>, found: &[Found], now: Timestamp) -> Result<(), StoreError> {
    if found.is_empty() {
        return Ok(());
    }
    let frozen = within(tx)?;
    let since = frozen.as_ref().map(|frozen| frozen.since).map_or_else(|| restored_at(tx.sql()), |since| Ok(Some(since)))?;
    for one in found {
        let is_marked = one.mark == Mark::Ours && !is_known(tx, one.id)?;
        let came_before = since.is_some_and(|since| one.arrived < since) || (frozen.is_some() && one.look == Look::AtStart);
        if !is_marked && (!came_before || is_copy(tx, one.id)?) {
            continue;
        }
        if frozen.is_some() {
            set(tx.sql(), &format!("came-before:{}", one.id.row()), if is_marked { "marked" } else { "" })?;
        } else {
            inbox::quarantine(tx, one.id, if is_marked { MARKED_ELSEWHERE } else { PERHAPS_HANDLED }, now)?;
        }
    }
    Ok(())
}

/// Whether this database has the same bytes from an earlier arrival, and knows itself what became of them.
fn is_known(tx: &Tx<'_>, id: InboxId) -> Result<bool, StoreError> {
    tx.sql()
        .ask(
            "SELECT EXISTS (SELECT 1 FROM inbox AS known JOIN inbox AS this ON this.id = ?1 WHERE known.digest = this.digest AND known.id < this.id \
             AND NOT (known.state = 'quarantined' AND known.fault IN (?2, ?3)) AND NOT EXISTS \
             (SELECT 1 FROM fact WHERE name = 'came-before:' || known.id))",
            params![id.row(), PERHAPS_HANDLED, MARKED_ELSEWHERE],
            |row| row.get(0),
        )
        .what("look whether a message is known")
}

fn is_copy(tx: &Tx<'_>, id: InboxId) -> Result<bool, StoreError> {
    tx.sql()
        .ask(
            "SELECT EXISTS (SELECT 1 FROM inbox AS known JOIN inbox AS this ON this.id = ?1 WHERE known.digest = this.digest AND known.source = this.source \
             AND known.mailbox = this.mailbox AND known.state IN ('decided', 'held', 'ruled'))",
            [id.row()],
            |row| row.get(0),
        )
        .what("look whether a message is a copy")
}

/// When the last freeze began that ended with things in doubt.
fn restored_at(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let at = connection
        .ask("SELECT value FROM fact WHERE name = ?1", [RESTORED], |row| row.get::<_, String>(0))
        .optional()
        .what("look for the last restore")?;
    at.map(|at| at.parse().map_err(|_| StoreError::Unknown("fact"))).transpose()
}

/// What a person should know before it ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Doubt {
    /// The freeze.
    #[serde(flatten)]
    pub frozen: Frozen,
    /// Letters with copies that were not settled: those may have gone out since.
    pub letters: Vec<OpenLetter>,
    /// Mails that may have been handled since: decided again, they would be answered and sent again.
    pub mails: Vec<i64>,
    /// Mails that came during the freeze: handled as new when it ends.
    pub new_mails: i64,
    /// Releases that are armed, and cases whose release is under way.
    pub releases: Vec<OpenRelease>,
    /// Held mail that waits here, and may have been ruled on.
    pub held: i64,
    /// Advisories that wait here for a second person, and may have been sent.
    pub advisories: i64,
    /// Letters that the firewall stopped and that wait here.
    pub stopped: i64,
}

/// A letter with copies that were not settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenLetter {
    /// Its number.
    pub letter: i64,
    /// What it is for.
    pub kind: String,
    /// Of how many recipients nobody knows whether they have it.
    pub open: i64,
}

/// A release that was armed or under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenRelease {
    /// The case's number.
    pub case: i64,
    /// The instant that was armed.
    pub instant: Option<Timestamp>,
    /// `armed` or `under-way`.
    pub state: &'static str,
}

/// What is in doubt on a frozen database.
pub fn doubt(connection: &Connection, frozen: Frozen, know: Since) -> Result<Doubt, StoreError> {
    let count = |sql: &str| connection.ask(sql, [], |row| row.get::<_, i64>(0)).what("count what is in doubt");
    let mut statement = connection.prepare_cached(IN_DOUBT).what("look for mails in doubt")?;
    let mails = statement
        .query_map(params![stored(frozen.since), know == Since::NothingWasSent], |row| row.get(0))
        .what("look for mails in doubt")?;
    let mails: Vec<i64> = mails.collect::<Result<_, _>>().what("look for mails in doubt")?;
    let mut statement = connection
        .prepare_cached(
            "SELECT letter.id, kind, COUNT(*) FROM delivery JOIN letter ON letter.id = letter_id WHERE delivery.settled_at IS NULL \
             GROUP BY letter.id ORDER BY letter.id",
        )
        .what("look for open letters")?;
    let letters = statement
        .query_map([], |row| Ok(OpenLetter { letter: row.get(0)?, kind: row.get(1)?, open: row.get(2)? }))
        .what("look for open letters")?;
    let letters = letters.collect::<Result<_, _>>().what("look for open letters")?;
    let taken = count("SELECT COUNT(*) FROM inbox WHERE state = 'taken'")?;
    let mut releases = Vec::new();
    for file in release::candidates_on(connection)? {
        let armed = file.arming().map(|arming| arming.plan.instant);
        let state = if file.is_releasing() { Some("under-way") } else { armed.map(|_| "armed") };
        releases.extend(state.map(|state| OpenRelease { case: file.id().0, instant: armed, state }));
    }
    Ok(Doubt {
        new_mails: taken - i64::try_from(mails.len()).unwrap_or(taken),
        letters,
        mails,
        releases,
        held: count("SELECT COUNT(*) FROM held WHERE state = 'waiting'")?,
        advisories: count("SELECT COUNT(*) FROM advisory WHERE state = 'waiting'")?,
        stopped: count("SELECT COUNT(*) FROM blocked_letter WHERE state = 'waiting'")?,
        frozen,
    })
}

/// What whoever ends it knows of the time since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Since {
    /// Anything may have been sent and handled.
    Unknown,
    /// Nothing was: this is the newest database after all.
    NothingWasSent,
}

/// Ends the freeze; what was in doubt, and was dealt with as the description of this module says. With [`Since::NothingWasSent`] letters go on and mails are handled;
/// what another database has marked is kept back nevertheless, and no release stays armed. From this transaction on it counts as the newest: its number goes beyond
/// the one `beside` it.
///
/// # Errors
/// [`StoreError::Missing`] when it is not frozen; [`StoreError::HighWater`] when nobody can say how far to count.
pub fn thaw(tx: &Tx<'_>, know: Since, by: &str, beside: &Beside, now: Timestamp) -> Result<Doubt, StoreError> {
    let frozen = within(tx)?.ok_or(StoreError::Missing("frozen database"))?;
    let doubt = doubt(tx.sql(), frozen, know)?;
    clear(tx.sql(), FACT)?;
    clear(tx.sql(), BACKUP)?;
    beside.raise(tx)?;
    tx.sql().run("DELETE FROM fact WHERE name LIKE 'came-before:%'", []).what("forget facts")?;
    let text = match know {
        Since::Unknown => "the freeze is over; what may have been sent or handled since waits for a person",
        Since::NothingWasSent => "the freeze is over; nothing was sent since, says who ended it",
    };
    record::append(tx, now, &Entry { kind: "thawed", actor: by, text, ..Entry::default() })?;
    for id in &doubt.mails {
        inbox::quarantine(tx, InboxId::of_row(*id), PERHAPS_HANDLED, now)?;
    }
    if know == Since::Unknown {
        set(tx.sql(), RESTORED, &doubt.frozen.since.to_string())?;
        give_up(tx, now)?;
        rulings_in_doubt(tx)?;
    }
    for open in doubt.releases.iter().filter(|open| open.instant.is_some()) {
        let event = CaseEvent::Disarmed { cause: DisarmCause::Machine };
        let text = "disarmed: the database was restored".to_owned();
        let id = crate::disclosure::CaseId(open.case);
        case::happened(tx, None, Happened { case: id, about: None, by: Actor::Daemon, event, text }, now)?;
    }
    Ok(doubt)
}

/// What waited is not sent by itself any more. Its letters are closed here: the team hears of all of them together.
fn give_up(tx: &Tx<'_>, now: Timestamp) -> Result<(), StoreError> {
    tx.sql()
        .run(
            "UPDATE delivery SET state = 'failed', settled_at = ?1, tried_at = NULL, reply = ?2 WHERE settled_at IS NULL",
            params![stored(now), PERHAPS_SENT],
        )
        .what("give deliveries up")?;
    tx.sql().run("UPDATE letter SET settled_at = ?1 WHERE settled_at IS NULL", [stored(now)]).what("give letters up")?;
    Ok(())
}

/// A person may rule on what waits here as it may have been ruled on already: then the members' copies, and the answer to its author, stay here once.
fn rulings_in_doubt(tx: &Tx<'_>) -> Result<(), StoreError> {
    tx.sql()
        .run(
            "INSERT OR IGNORE INTO fact (name, value) SELECT 'ruling-in-doubt:' || inbox_id, '' FROM held WHERE state = 'waiting' \
             UNION SELECT 'ruling-in-doubt:' || inbox_id, '' FROM advisory WHERE state = 'waiting' AND inbox_id IS NOT NULL",
            [],
        )
        .what("note what may have been ruled on")?;
    Ok(())
}

/// Whether this letter stays here because it may have been sent before, and how the team hears of that.
pub(super) fn is_kept(
    tx: &Tx<'_>,
    kind: LetterKind,
    cause: Option<InboxId>,
    about: Option<InboxId>,
) -> Result<Option<Keeping>, StoreError> {
    if let (LetterKind::Redistribution | LetterKind::Rejection, Some(about)) = (kind, about)
        && clear(tx.sql(), &format!("ruling-in-doubt:{}", about.row()))? > 0
    {
        return Ok(Some(Keeping::Told));
    }
    match cause {
        Some(cause) if !kind.is_for_the_team() && letters_are_kept(tx, cause)? => Ok(Some(Keeping::Asked)),
        _ => Ok(None),
    }
}

/// Why a letter stays here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeping {
    /// A person asked for it.
    Asked,
    /// Nobody did: the team hears of it as of every letter that did not arrive.
    Told,
}

/// What a message makes us write to others than the team is kept back when it is decided about.
pub(super) fn keep_letters_of(tx: &Tx<'_>, id: InboxId) -> Result<(), StoreError> {
    set(tx.sql(), &kept_back(id), "")
}

fn letters_are_kept(tx: &Tx<'_>, cause: InboxId) -> Result<bool, StoreError> {
    tx.sql()
        .ask("SELECT EXISTS (SELECT 1 FROM fact WHERE name = ?1)", [kept_back(cause)], |row| row.get(0))
        .what("look whether letters are kept back")
}

/// The letter was queued and is not sent; a person may (`outbox retry`).
pub(super) fn keep(tx: &Tx<'_>, letter: i64, keeping: Keeping, now: Timestamp) -> Result<(), StoreError> {
    tx.sql()
        .run(
            "UPDATE delivery SET state = 'failed', settled_at = ?2, reply = ?3 WHERE letter_id = ?1",
            params![letter, stored(now), PERHAPS_SENT],
        )
        .what("keep a letter back")?;
    if keeping == Keeping::Asked {
        tx.sql()
            .run("UPDATE letter SET settled_at = ?2 WHERE id = ?1", params![letter, stored(now)])
            .what("keep a letter back")?;
    }
    Ok(())
}

fn kept_back(id: InboxId) -> String {
    format!("letters-kept-back:{}", id.row())
}
