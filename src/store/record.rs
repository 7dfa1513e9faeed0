//! The record: what happened, in order, each entry bound to everything before it.
//!
//! Does: appends entries to the table `event`; the hash of an entry covers the entry and the hash of the one before it (SHA-256). Promises: an
//! entry that was changed, taken out, put in or moved afterwards is found by [`verify`], and so is a mail whose bytes were changed. Whoever can
//! write the database file can write a whole new chain: against that helps only a head ([`head`]) that a person noted elsewhere, which `verify`
//! compares. Fails with [`StoreError`]; faults of the chain are no errors but [`Fault`]s, all of them.

use std::fmt;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{StoreError, Tx, What as _, instant, stored};
use crate::{decide::incoming::InboxId, disclosure::CaseId, mail::Digest};

/// An entry on its way into the record. Its texts are ours, or what a team member typed for the record; never a word of a mail.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Entry<'a> {
    /// A short word: `opened`.
    pub(super) kind: &'a str,
    /// The message it is about.
    pub(super) about: Option<InboxId>,
    /// The message that brought it about.
    pub(super) cause: Option<InboxId>,
    /// The case it is about.
    pub(super) case: Option<CaseId>,
    /// Who acted; empty: the daemon.
    pub(super) actor: &'a str,
    /// One sentence.
    pub(super) text: &'a str,
    /// What a case is folded from, as JSON; empty: nothing.
    pub(super) data: &'a str,
}

/// Appends to the record.
pub(super) fn append(tx: &Tx<'_>, at: Timestamp, entry: &Entry<'_>) -> Result<(), StoreError> {
    let before: Option<Vec<u8>> = tx
        .sql()
        .prepare_cached("SELECT hash FROM event ORDER BY id DESC LIMIT 1")
        .what("write the record")?
        .query_row([], |row| row.get(0))
        .optional()
        .what("write the record")?;
    // AUTOINCREMENT's counter, not the last row: an entry cut off the end leaves a gap that shows.
    let id = super::snapshot::next_row(tx, "event")?;
    let row = Stored {
        id,
        at: stored(at),
        kind: entry.kind.to_owned(),
        about: entry.about.map(InboxId::row),
        cause: entry.cause.map(InboxId::row),
        case: entry.case.map(|case| case.0),
        actor: entry.actor.to_owned(),
        text: entry.text.to_owned(),
        data: entry.data.to_owned(),
        hash: Vec::new(),
    };
    let hash = row.chained_to(&before.unwrap_or_default());
    tx.sql()
        .prepare_cached(
            "INSERT INTO event (id, at, kind, inbox_id, cause, case_id, actor, text, data, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )
        .what("write the record")?
        .execute(params![row.id, row.at, row.kind, row.about, row.cause, row.case, row.actor, row.text, row.data, hash])
        .what("write the record")?;
    Ok(())
}

/// An entry as it stands in the table.
struct Stored {
    id: i64,
    at: i64,
    kind: String,
    about: Option<i64>,
    cause: Option<i64>,
    case: Option<i64>,
    actor: String,
    text: String,
    data: String,
    hash: Vec<u8>,
}

impl Stored {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            at: row.get(1)?,
            kind: row.get(2)?,
            about: row.get(3)?,
            cause: row.get(4)?,
            case: row.get(5)?,
            actor: row.get(6)?,
            text: row.get(7)?,
            data: row.get(8)?,
            hash: row.get(9)?,
        })
    }

    /// The hash of this entry after one with the hash `before`. Lengths stand before texts, so that no two entries read the same.
    fn chained_to(&self, before: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut put = |bytes: &[u8]| {
            hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(bytes);
        };
        put(b"embargod record 1");
        put(before);
        put(&self.id.to_be_bytes());
        put(&self.at.to_be_bytes());
        for number in [self.about, self.cause, self.case] {
            put(number.map(i64::to_be_bytes).as_ref().map_or(&[][..], |bytes| &bytes[..]));
        }
        for text in [&self.kind, &self.actor, &self.text, &self.data] {
            put(text.as_bytes());
        }
        hash.finalize().into()
    }
}

/// The end of the chain: an entry and the hash over everything up to it. Noted elsewhere, it proves later that nothing was rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The entry.
    pub entry: i64,
    /// Its hash.
    pub hash: Digest,
}

impl fmt::Display for Head {
    /// `1204:9f86d0...`: as `audit head` prints it and `audit verify --head` takes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.entry, self.hash)
    }
}

impl std::str::FromStr for Head {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WANTED: &str = "a head is wanted as `embargod audit head` prints it: NUMBER:64 hexadecimal digits";
        // As it stands in a mail, or in the answer that quotes it.
        let (entry, hash) = text.trim_start_matches(['>', ' ', '\t']).trim_end().split_once(':').ok_or(WANTED)?;
        Ok(Self { entry: entry.parse().map_err(|_| WANTED)?, hash: hash.parse().map_err(|_| WANTED)? })
    }
}

/// The end of the chain now; `None` while the record is empty.
pub fn head(connection: &Connection) -> Result<Option<Head>, StoreError> {
    let last = connection
        .query_row("SELECT id, hash FROM event ORDER BY id DESC LIMIT 1", [], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)))
        .optional()
        .what("read the record")?;
    Ok(last.and_then(|(entry, hash)| Some(Head { entry, hash: Digest::from_bytes(<[u8; 32]>::try_from(hash).ok()?) })))
}

/// The same within a transaction.
pub fn head_in(tx: &Tx<'_>) -> Result<Option<Head>, StoreError> {
    head(tx.sql())
}

/// What does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum Fault {
    /// An entry is not what was written, or the one before it is not.
    Altered {
        /// The entry.
        entry: i64,
        /// When it says it was written (RFC 3339).
        at: String,
    },
    /// Entries are gone: there is none with this number.
    Missing {
        /// The first that is gone.
        entry: i64,
    },
    /// A message's bytes are not those that came.
    Mail {
        /// The message.
        message: i64,
    },
    /// The head a person noted is not in this record.
    Head {
        /// The entry it names.
        entry: i64,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Altered { entry, at } => write!(f, "entry {entry} ({at}) is not what was written, or was put in or moved"),
            Fault::Missing { entry } => write!(f, "entry {entry} is gone"),
            Fault::Mail { message } => write!(f, "the stored bytes of message {message} are not those that came"),
            Fault::Head { entry } => {
                write!(f, "the record does not have the head that was noted at entry {entry}: it was rewritten")
            }
        }
    }
}

/// What was looked at, and what does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Entries of the chain.
    pub entries: u64,
    /// Entries from before there was a chain: nothing is known about them.
    pub older: u64,
    /// Messages whose bytes were compared with their digest.
    pub mails: u64,
    /// What does not fit.
    pub faults: Vec<Fault>,
}

/// Goes through the whole record, and through the bytes of every message. `noted` is a [`head`] that somebody kept elsewhere.
pub fn verify(connection: &Connection, noted: Option<&Head>) -> Result<Verified, StoreError> {
    let mut verified = Verified { entries: 0, older: 0, mails: 0, faults: Vec::new() };
    chain(connection, noted, &mut verified)?;
    mails(connection, &mut verified)?;
    Ok(verified)
}

fn chain(connection: &Connection, noted: Option<&Head>, verified: &mut Verified) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare("SELECT id, at, kind, inbox_id, cause, case_id, actor, text, data, hash FROM event ORDER BY id")
        .what("read the record")?;
    let rows = statement.query_map([], Stored::of).what("read the record")?;
    let mut before: Vec<u8> = Vec::new();
    let mut next = 1;
    let mut noted_seen = noted.is_none();
    for row in rows {
        let row = row.what("read the record")?;
        if row.id != next {
            verified.faults.push(Fault::Missing { entry: next });
        }
        next = row.id + 1;
        if row.hash.is_empty() && verified.entries == 0 {
            verified.older += 1;
            continue;
        }
        verified.entries += 1;
        if row.hash != row.chained_to(&before) {
            verified.faults.push(Fault::Altered { entry: row.id, at: instant(row.at).to_string() });
        }
        noted_seen |= noted.is_some_and(|noted| noted.entry == row.id && row.hash == noted.hash.bytes());
        before = row.hash;
    }
    let given: Option<i64> = connection
        .query_row("SELECT seq FROM sqlite_sequence WHERE name = 'event'", [], |row| row.get(0))
        .optional()
        .what("read the record")?;
    if given.unwrap_or(0) >= next {
        verified.faults.push(Fault::Missing { entry: next });
    }
    if let Some(noted) = noted.filter(|_| !noted_seen) {
        verified.faults.push(Fault::Head { entry: noted.entry });
    }
    Ok(())
}

fn mails(connection: &Connection, verified: &mut Verified) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare("SELECT raw.digest, raw.bytes, (SELECT MIN(id) FROM inbox WHERE inbox.digest = raw.digest) FROM raw")
        .what("read the messages")?;
    let mut rows = statement.query([]).what("read the messages")?;
    while let Some(row) = rows.next().what("read the messages")? {
        let digest: [u8; 32] = row.get(0).what("read the messages")?;
        let bytes = row.get_ref(1).what("read the messages")?.as_blob().unwrap_or_default();
        verified.mails += 1;
        if Digest::of(bytes) != Digest::from_bytes(digest) {
            let message: Option<i64> = row.get(2).what("read the messages")?;
            verified.faults.push(Fault::Mail { message: message.unwrap_or(0) });
        }
    }
    Ok(())
}
