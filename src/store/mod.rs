//! The only SQL in the house: one SQLite file, one writer thread, functions that take a [`Tx`].
//!
//! # What it promises
//! What a function of this module has returned is on disk (WAL, `synchronous=FULL`, the answer is given after COMMIT). Everything a decision
//! changes is one transaction. There is one writer, always: a lock file keeps a second process out.
//!
//! # The states, and what makes a row pass from one to the next
//!
//! | table | state | what is true then | leaves it by |
//! |---|---|---|---|
//! | `inbox` | `taken` | bytes, digest and cursor are on disk; nobody has looked | [`apply::decision`], [`inbox::quarantine`] |
//! | | `decided` | class, reasons, letters, delivery rows and events are on disk | - |
//! | | `held` | as decided, and a row in `held` waits for a person | a ruling ([`apply::decision`] of another message) |
//! | | `ruled` | a person or the poster has settled it | - |
//! | | `quarantined` | handling failed, or another database may have handled it; bytes and fault are kept, the team is told | [`inbox::replay`] puts it back to `taken`, or settles it (`ruled`) |
//! | `held` | `waiting` | nobody has ruled; never expires | `approved`, `rejected`, `discarded`, `rerouted`, `withdrawn`, each once |
//! | `delivery` | `queued` | nothing was tried | `sending` ([`delivery::claim`]), `withheld` |
//! | | `sending` | an attempt was recorded, the network may have been touched (or its turn did not come) | its outcome; after a crash `unknown` ([`delivery::recover`]) |
//! | | `accepted` | the relay said 250 | - (a bounce may be booked on it) |
//! | | `deferred` | the relay said 4xx or could not be reached; `next_at` says when again | `sending`; `failed` after five days |
//! | | `failed` | the relay said 5xx, or the time is up; the team is told | `queued` by `outbox retry` |
//! | | `unknown` | the connection was cut after the message was sent | once `sending` again after 15 minutes, counted |
//! | | `withheld` | the recipient is no longer cleared at send time | `queued` by `outbox retry`, after a new look |
//! | `blocked_letter` | `waiting` | the firewall stopped it; perhaps one person has proposed to let it out; never expires | `let-out` by a second person, `discarded` by one |
//! | `application_file` | `received`, `incomplete`, `resubmitted`, `under-review`, `appealed` | somebody has something to do | the answer of two (`accepted`) or one (`rejected`, `incomplete`), `withdrawn`, `expired` |
//! | | `accepted` | the answer is queued, the member is there, its alias is asked | `subscribed` and `listed` when the alias answers |
//! | `member` | `frozen`, standing `proposed` | somebody proposes it; it gets nothing | `unconfirmed` by a second person |
//! | | `frozen`, standing `unconfirmed` | two people added it; it gets nothing | `active` when its alias answers |
//! | | `active` | it gets both lists | `frozen` by a person |
//! | | `frozen` | it gets nothing from the next attempt on | `active` by a person, `removed` by two |
//!
//! A crash before a COMMIT leaves the earlier state, and the step is done again from there with the same result. The one step that cannot be
//! taken back is the relay's 250: a crash between it and our COMMIT leaves `sending`, which becomes `unknown`, and the copy may arrive twice,
//! with the same Message-ID. Nothing else can happen twice, and nothing is lost.
//!
//! All of that holds for the newest database. One that may not be the newest is [`frozen`]: of the table, it only makes rows `taken`.
//!
//! # How it fails
//! With [`StoreError`]; a failing job leaves nothing behind and does not disturb the jobs committed together with it.

pub mod apply;
pub mod archive;
pub mod backup;
pub mod blocked;
pub mod case;
pub mod delivery;
pub mod frozen;
pub mod inbox;
pub mod leak;
pub mod lineage;
pub mod member;
pub mod membership;
pub mod open;
pub mod read;
pub mod record;
pub mod release;
pub mod reminder;
mod returned;
pub mod roster;
pub mod sent;
pub mod snapshot;
#[cfg(test)]
pub(crate) mod tests;
mod upgrade;
pub mod wall;
pub mod why;
mod writer;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use lineage::Beside;
pub use open::{Lock, OpenError};
use rusqlite::{Connection, OpenFlags};
pub use upgrade::NoCopy;
pub use writer::{Tx, Writer};

/// Why a store function failed. Never contains a word of a mail.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite's own error.
    #[error("Cannot {what}: {source}")]
    Sqlite {
        /// What was being done.
        what: &'static str,
        /// SQLite's error.
        source: rusqlite::Error,
    },
    /// The object was changed by somebody else since the decision was made.
    #[error("{0} has changed in the meantime; nothing was done")]
    Changed(&'static str),
    /// There is no such row.
    #[error("there is no {0} with that number")]
    Missing(&'static str),
    /// A stored value that this version does not know.
    #[error("the database holds an unknown value in {0}")]
    Unknown(&'static str),
    /// The judgement could not be finished (a letter that cannot be written, a recipient who is not cleared).
    #[error("no decision could be made: {0}")]
    Judgement(String),
    /// What was asked for is not done, for this reason; nothing of it was kept.
    #[error("{0}")]
    Refused(String),
    /// The job panicked; nothing of it was kept.
    #[error("handling failed inside the program (a bug); nothing of it was kept")]
    Panicked,
    /// This may not be the newest database: nothing is decided or sent until a person says so ([`frozen`]).
    #[error("the database is frozen: {}", frozen::REMEDY)]
    Frozen,
    /// An earlier message has not been decided about: nothing was done, and its turn comes.
    #[error("an earlier message has not been decided about")]
    OutOfTurn,
    /// What lies beside the database, and would say whether a newer one was here, cannot be read.
    #[error(
        "{path} cannot be read ({why}), so that nobody knows whether the database beside it is the newest: mend its owner or its mode, or put it back; when it is lost, remove it and mark \
         the database as a copy (`embargod restore --config FILE {state}/embargod.sqlite`): it starts frozen then",
        path = path.display(), state = path.parent().unwrap_or(path).display()
    )]
    HighWater {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The writer thread is gone: the daemon is stopping.
    #[error("the database is closed")]
    Closed,
    /// The commit of the whole group failed.
    #[error("Cannot commit: {0}")]
    Commit(String),
}

impl StoreError {
    /// Whether the database itself cannot be used now (disk full, locked, I/O, frozen), so that waiting may help; anything else is the fault of what was
    /// being written.
    pub fn is_the_databases(&self) -> bool {
        use rusqlite::ErrorCode as Code;
        match self {
            StoreError::Closed | StoreError::Commit(_) | StoreError::Frozen => true,
            StoreError::Sqlite { source, .. } => matches!(
                source.sqlite_error_code(),
                Some(
                    Code::DiskFull
                        | Code::SystemIoFailure
                        | Code::DatabaseBusy
                        | Code::DatabaseLocked
                        | Code::CannotOpen
                        | Code::ReadOnly
                        | Code::OutOfMemory
                        | Code::DatabaseCorrupt
                        | Code::NotADatabase
                )
            ),
            _ => false,
        }
    }
}

/// Gives a SQLite error the words that say what was being done.
pub(crate) trait What<T> {
    /// `Cannot {what}: ...`.
    fn what(self, what: &'static str) -> Result<T, StoreError>;
}

impl<T> What<T> for Result<T, rusqlite::Error> {
    fn what(self, what: &'static str) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Sqlite { what, source })
    }
}

/// Statements that stay compiled: to parse one costs more than to run it.
pub(crate) trait Kept {
    /// Runs a statement; how many rows it changed.
    fn run(&self, sql: &str, params: impl rusqlite::Params) -> rusqlite::Result<usize>;
    /// The first row of its answer.
    fn ask<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T>;
}

impl Kept for Connection {
    fn run(&self, sql: &str, params: impl rusqlite::Params) -> rusqlite::Result<usize> {
        self.prepare_cached(sql)?.execute(params)
    }

    fn ask<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        self.prepare_cached(sql)?.query_row(params, read)
    }
}

/// The open database: the writer, and where readers find the file.
#[derive(Clone)]
pub struct Store {
    writer: Writer,
    path: PathBuf,
    state: PathBuf,
}

impl Store {
    /// Opens (and makes, and migrates) the database in the state folder. The lock must be held by the caller for as long as the store lives.
    pub fn open(state: &Path, _lock: &Lock) -> Result<Self, OpenError> {
        let path = state.join(open::FILE_NAME);
        let connection = open::connection(state, upgrade::free)?;
        Ok(Self { writer: Writer::start(connection), path, state: state.to_owned() })
    }

    /// A copy in memory of the database in `state`, which is only read: for rehearsals. Beside a running daemon it shows one moment of it.
    pub fn copy_in_memory(state: &Path) -> Result<Self, read::ReadError> {
        let original = read::open(state)?;
        let mut copy = Connection::open_in_memory().what("make a copy in memory")?;
        {
            let backup = rusqlite::backup::Backup::new(&original, &mut copy).what("copy the database into memory")?;
            // All pages in one step: one moment of the database. Busy or locked is only a checkpoint of the daemon's, over in a moment.
            while backup.step(-1).what("copy the database into memory")? != rusqlite::backup::StepResult::Done {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        }
        open::settings(&copy).what("make a copy in memory")?;
        Ok(Self { writer: Writer::start(copy), path: state.join(open::FILE_NAME), state: state.to_owned() })
    }

    /// The writer.
    pub fn writer(&self) -> &Writer {
        &self.writer
    }

    /// Counts a generation, and notes it beside the database: an older copy that is put in its place is known from now on ([`lineage`]). A frozen database
    /// is left as it is. How many rows had been changed by then.
    ///
    /// # Errors
    /// [`StoreError`]; also when the file beside it cannot be written.
    pub async fn raise_high_water(&self) -> Result<i64, StoreError> {
        let beside = self.beside();
        let counted = self
            .writer
            .write(move |tx| {
                if frozen::is_frozen(tx)? {
                    return Ok(None);
                }
                let generation = beside.raise(tx)?;
                Ok(Some((generation, lineage::changes(tx)?)))
            })
            .await?;
        let Some((generation, changes)) = counted else { return Ok(0) };
        let state = self.state.clone();
        self.writer.write(move |_| lineage::note(&state, generation)).await?;
        Ok(changes)
    }

    /// The same if more than `changes` rows have been changed.
    pub async fn follow_high_water(&self, changes: i64) -> Result<i64, StoreError> {
        if self.writer.write(lineage::changes).await? > changes { self.raise_high_water().await } else { Ok(changes) }
    }

    /// Writes beside the database what it has counted to; a frozen one leaves the trace of the other as it is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn note_high_water(&self) -> Result<(), StoreError> {
        let state = self.state.clone();
        let note = move |tx: &Tx<'_>| match lineage::generation(tx.sql())? {
            Some(generation) if !frozen::is_frozen(tx)? => lineage::note(&state, generation),
            _ => Ok(()),
        };
        self.writer.write(note).await
    }

    /// What counts, and lies beside the database.
    pub fn beside(&self) -> Beside {
        Beside::of(&self.state)
    }

    /// A read-only connection.
    pub fn reader(&self) -> Result<Connection, StoreError> {
        reader(&self.path)
    }
}

/// A read-only connection to the database file.
pub fn reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).what("open the database for reading")?;
    connection.busy_timeout(std::time::Duration::from_secs(5)).what("set the waiting time")?;
    Ok(connection)
}

/// An instant as stored: milliseconds since 1970, UTC.
pub(crate) fn stored(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// A stored instant; one out of range becomes 1970, which only a damaged database holds.
pub(crate) fn instant(stored: i64) -> Timestamp {
    Timestamp::from_millisecond(stored).unwrap_or(Timestamp::UNIX_EPOCH)
}
