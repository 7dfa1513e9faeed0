//! Messages that arrived: on disk before anyone looks.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::{
    Kept as _, StoreError, Tx, What as _, frozen, instant,
    record::{self, Entry},
    stored,
};
use crate::{decide::incoming::InboxId, mail::RawMessage};

/// One message as a source fetched it.
pub struct Arrival {
    /// Which configured source.
    pub source: String,
    /// Which mailbox of it.
    pub mailbox: String,
    /// IMAP UIDVALIDITY, 0 for a Maildir.
    pub uid_validity: u32,
    /// IMAP UID, 0 for a Maildir.
    pub uid: u32,
    /// A Maildir file's unique name, empty for IMAP.
    pub unique_name: String,
    /// The address the mailbox is configured for, or empty.
    pub came_for: String,
    /// When the server received it.
    pub arrived: Timestamp,
    /// The bytes, or the header block only when it was over the cap.
    pub raw: RawMessage,
    /// Size of the whole in bytes.
    pub full_size: u64,
    /// Whether `raw` is the whole.
    pub extent: Extent,
    /// What stands at it on the server.
    pub mark: Mark,
    /// When it was found.
    pub look: Look,
}

/// Which look at its mailbox a message was found in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// The first since this process began: it may have lain there for long.
    AtStart,
    /// A later one: it came while we were looking.
    Later,
}

/// What stands at a message on its server before we have told the server anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Nothing of ours, or nobody asked.
    None,
    /// The keyword that we give to what is on our disk.
    Ours,
}

/// How much of a message was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// The header block: the message is over the size cap.
    HeaderOnly,
}

/// A stored message that waits to be looked at.
pub struct Taken {
    /// Its number.
    pub id: InboxId,
    /// Its bytes.
    pub raw: RawMessage,
    /// Whether that is all of it.
    pub extent: Extent,
    /// Size of the whole.
    pub full_size: u64,
    /// When the server received it.
    pub arrived: Timestamp,
    /// The address the mailbox is configured for, or empty.
    pub came_for: String,
    /// How many processes have looked at it before.
    pub tries: u32,
}

/// Where a mailbox was read to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// UIDVALIDITY the UID belongs to.
    pub uid_validity: u32,
    /// Highest UID that is on disk.
    pub last_uid: u32,
}

/// Where the mailbox was read to, if ever.
pub fn position(tx: &Tx<'_>, source: &str, mailbox: &str) -> Result<Option<Position>, StoreError> {
    tx.sql()
        .prepare_cached("SELECT uid_validity, last_uid FROM cursor WHERE source = ?1 AND mailbox = ?2")
        .what("read a cursor")?
        .query_row(params![source, mailbox], |row| Ok(Position { uid_validity: row.get(0)?, last_uid: row.get(1)? }))
        .optional()
        .what("read a cursor")
}

/// Stores a batch and moves the cursor, in one transaction (invariant 1). A message that is already there (same mailbox, UIDVALIDITY and UID,
/// or the same Maildir name) is left as it is; returns the numbers of the new ones.
///
/// What another database may have handled is set aside in the same transaction ([`set_aside`]): a message with our keyword whose bytes this one has never seen, and
/// after a restore what may have come before it ([`frozen`]). Everything else waits to be looked at.
pub fn take_in(
    tx: &Tx<'_>,
    batch: Vec<Arrival>,
    cursor: Option<(&str, &str, Position)>,
    now: Timestamp,
) -> Result<Vec<InboxId>, StoreError> {
    let mut ids = Vec::with_capacity(batch.len());
    let mut found = Vec::new();
    for arrival in batch {
        let digest = arrival.raw.digest();
        tx.sql()
            .prepare_cached("INSERT INTO raw (digest, bytes) VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING")
            .what("store a message")?
            .execute(params![digest.bytes(), arrival.raw.bytes()])
            .what("store a message")?;
        let added = tx
            .sql()
            .prepare_cached(
                "INSERT INTO inbox (source, mailbox, uid_validity, uid, unique_name, came_for, digest, full_size, complete, arrived_at, taken_at, state, marked) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'taken', ?12) ON CONFLICT DO NOTHING",
            )
            .what("store an arrival")?
            .execute(params![
                arrival.source,
                arrival.mailbox,
                arrival.uid_validity,
                arrival.uid,
                arrival.unique_name,
                arrival.came_for,
                digest.bytes(),
                i64::try_from(arrival.full_size).unwrap_or(i64::MAX),
                arrival.extent == Extent::Whole,
                stored(arrival.arrived),
                stored(now),
                arrival.mark == Mark::Ours,
            ])
            .what("store an arrival")?;
        if added == 1 {
            let id = InboxId::of_row(tx.sql().last_insert_rowid());
            ids.push(id);
            found.push(frozen::Found { id, arrived: arrival.arrived, look: arrival.look, mark: arrival.mark });
        }
    }
    if let Some((source, mailbox, position)) = cursor {
        tx.sql()
            .prepare_cached(
                "INSERT INTO cursor (source, mailbox, uid_validity, last_uid) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (source, mailbox) DO UPDATE SET uid_validity = excluded.uid_validity, last_uid = excluded.last_uid \
                 WHERE cursor.uid_validity <> excluded.uid_validity OR cursor.last_uid < excluded.last_uid",
            )
            .what("move a cursor")?
            .execute(params![source, mailbox, position.uid_validity, position.last_uid])
            .what("move a cursor")?;
    }
    frozen::taken_in(tx, &found, now)?;
    Ok(ids)
}

/// Those of the messages just taken in that were set aside, because another database may have handled them.
pub fn set_aside(tx: &Tx<'_>, ids: &[InboxId]) -> Result<Vec<InboxId>, StoreError> {
    let mut statement =
        tx.sql().prepare_cached("SELECT 1 FROM inbox WHERE id = ?1 AND state = 'quarantined'").what("read the inbox")?;
    let mut aside = Vec::new();
    for id in ids {
        if statement.exists([id.row()]).what("read the inbox")? {
            aside.push(*id);
        }
    }
    Ok(aside)
}

/// The unique names of all files of a Maildir that were taken in.
pub fn known_files(tx: &Tx<'_>, source: &str, mailbox: &str) -> Result<BTreeSet<String>, StoreError> {
    let mut statement = tx
        .sql()
        .prepare_cached("SELECT unique_name FROM inbox WHERE source = ?1 AND mailbox = ?2 AND uid_validity = 0 AND uid = 0")
        .what("read known files")?;
    let rows = statement.query_map(params![source, mailbox], |row| row.get(0)).what("read known files")?;
    rows.collect::<Result<_, _>>().what("read known files")
}

/// The oldest messages that nobody has looked at: so many, or one more than there are `octets` for. One that was looked at before, by a process that
/// did not come to an end with it, comes alone, so that what it does to this process it does to no other.
pub fn next_taken(tx: &Tx<'_>, most: usize, octets: usize) -> Result<Vec<Taken>, StoreError> {
    let mut statement = tx
        .sql()
        .prepare_cached(
            "SELECT inbox.id, bytes, complete, full_size, arrived_at, came_for, tries FROM inbox JOIN raw USING (digest) \
             WHERE state = 'taken' ORDER BY inbox.id",
        )
        .what("read the inbox")?;
    let mut rows = statement.query([]).what("read the inbox")?;
    let mut taken: Vec<Taken> = Vec::new();
    let mut read = 0;
    while let Some(row) = rows.next().what("read the inbox")? {
        let next = taken_of(row).what("read the inbox")?;
        let looked_at = next.tries > 0;
        if looked_at && !taken.is_empty() {
            break;
        }
        read += next.raw.len();
        taken.push(next);
        if looked_at || taken.len() >= most || read > octets {
            break;
        }
    }
    Ok(taken)
}

/// The oldest message that nobody has decided about: the one whose turn it is.
pub fn oldest_taken(tx: &Tx<'_>) -> Result<Option<InboxId>, StoreError> {
    tx.sql()
        .ask("SELECT MIN(id) FROM inbox WHERE state = 'taken'", [], |row| row.get::<_, Option<i64>>(0))
        .what("read the inbox")
        .map(|id| id.map(InboxId::of_row))
}

fn taken_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Taken> {
    Ok(Taken {
        id: InboxId::of_row(row.get(0)?),
        raw: RawMessage::new(row.get::<_, Vec<u8>>(1)?),
        extent: if row.get(2)? { Extent::Whole } else { Extent::HeaderOnly },
        full_size: row.get::<_, i64>(3)?.unsigned_abs(),
        arrived: instant(row.get(4)?),
        came_for: row.get(5)?,
        tries: row.get(6)?,
    })
}

/// Notes that a process is going to look at a message; on disk before it does.
pub fn count_try(tx: &Tx<'_>, id: InboxId) -> Result<(), StoreError> {
    tx.sql().run("UPDATE inbox SET tries = tries + 1 WHERE id = ?1", [id.row()]).what("count a try")?;
    Ok(())
}

/// Sets a message aside whose handling failed. Its bytes stay; `fault` says why in words of ours.
pub fn quarantine(tx: &Tx<'_>, id: InboxId, fault: &str, now: Timestamp) -> Result<(), StoreError> {
    let changed = tx
        .sql()
        .run(
            "UPDATE inbox SET state = 'quarantined', fault = ?2, decided_at = ?3 WHERE id = ?1 AND state = 'taken'",
            params![id.row(), fault, stored(now)],
        )
        .what("quarantine a message")?;
    if changed == 0 {
        return Err(StoreError::Changed("the message"));
    }
    record::append(tx, now, &Entry { kind: "quarantined", about: Some(id), cause: Some(id), text: fault, ..Entry::default() })
}

/// What is to become of a quarantined message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Again {
    /// It is handled as if it came now.
    #[default]
    AsNew,
    /// The same, but letters to others than the team are not sent: they may have been sent before.
    KeepLetters,
    /// Nothing: it was handled before.
    WasHandled,
}

/// Puts a quarantined message back to be handled again, or settles it.
pub fn replay(tx: &Tx<'_>, id: InboxId, again: Again, actor: &str, now: Timestamp) -> Result<(), StoreError> {
    let text = match again {
        Again::AsNew => "put back to be handled again",
        Again::KeepLetters => "put back to be handled again; its letters are kept back",
        Again::WasHandled => return was_handled(tx, id, actor, now),
    };
    if again == Again::KeepLetters {
        frozen::keep_letters_of(tx, id)?;
    }
    let changed = tx
        .sql()
        .run("UPDATE inbox SET state = 'taken', fault = '', tries = 0 WHERE id = ?1 AND state = 'quarantined'", [id.row()])
        .what("replay a message")?;
    if changed == 0 {
        return Err(StoreError::Missing("quarantined message"));
    }
    record::append(tx, now, &Entry { kind: "replayed", about: Some(id), actor, text, ..Entry::default() })
}

fn was_handled(tx: &Tx<'_>, id: InboxId, actor: &str, now: Timestamp) -> Result<(), StoreError> {
    let changed = tx
        .sql()
        .run("UPDATE inbox SET state = 'ruled' WHERE id = ?1 AND state = 'quarantined'", [id.row()])
        .what("settle a message")?;
    if changed == 0 {
        return Err(StoreError::Missing("quarantined message"));
    }
    let text = "it was handled before; nothing is done with it";
    record::append(tx, now, &Entry { kind: "was-handled", about: Some(id), actor, text, ..Entry::default() })
}

/// The raw bytes of a stored message.
pub fn raw(tx: &Tx<'_>, id: InboxId) -> Result<RawMessage, StoreError> {
    tx.sql()
        .prepare_cached("SELECT bytes FROM inbox JOIN raw USING (digest) WHERE inbox.id = ?1")
        .what("read a message")?
        .query_row([id.row()], |row| row.get::<_, Vec<u8>>(0))
        .optional()
        .what("read a message")?
        .map(RawMessage::new)
        .ok_or(StoreError::Missing("message"))
}

/// UIDs of one mailbox that are on disk and not yet marked on the server, oldest first.
pub fn unmarked(tx: &Tx<'_>, source: &str, mailbox: &str, uid_validity: u32) -> Result<Vec<u32>, StoreError> {
    let mut statement = tx
        .sql()
        .prepare_cached("SELECT uid FROM inbox WHERE source = ?1 AND mailbox = ?2 AND uid_validity = ?3 AND marked = 0 AND uid > 0 ORDER BY uid LIMIT 500")
        .what("read marks")?;
    let rows = statement.query_map(params![source, mailbox, uid_validity], |row| row.get(0)).what("read marks")?;
    rows.collect::<Result<_, _>>().what("read marks")
}

/// Notes that the server was told about these UIDs.
pub fn marked(tx: &Tx<'_>, source: &str, mailbox: &str, uid_validity: u32, uids: &[u32]) -> Result<(), StoreError> {
    let mut statement = tx
        .sql()
        .prepare_cached("UPDATE inbox SET marked = 1 WHERE source = ?1 AND mailbox = ?2 AND uid_validity = ?3 AND uid = ?4")
        .what("note a mark")?;
    for uid in uids {
        statement.execute(params![source, mailbox, uid_validity, uid]).what("note a mark")?;
    }
    Ok(())
}
