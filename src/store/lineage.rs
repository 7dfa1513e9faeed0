//! Which of two copies of the database is the newer one: a number in the database, and the highest it ever had in a file beside it.
//!
//! The number grows at every start, and while the daemon runs soon after anything was written. The file `high-water` follows it, each time after the commit: it
//! never runs ahead of the database that it lies beside. A database whose number is below it is an older copy; one that has a number and no such file beside it was
//! brought from elsewhere, and nobody knows what became of it there. Both start [frozen](super::frozen).
//!
//! A file that is there and cannot be read refuses the start.
//!
//! A copy of the whole folder brings its own file and looks like what it was; only single mails give that away ([`super::inbox::take_in`]). Fails with
//! [`StoreError`] when the file cannot be written: then nothing is begun.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OptionalExtension as _};

use super::{Kept as _, StoreError, Tx, What as _, open};

/// The file. Not named like the database, so that it is not restored with it (`cp embargod.sqlite* ...`).
pub const FILE_NAME: &str = "high-water";

const HEADING: &str = "embargod high-water 1";
const FACT: &str = "generation";

/// What the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HighWater {
    /// There is none.
    Missing,
    /// The highest number.
    Generation(i64),
}

impl HighWater {
    /// What lies in the state folder.
    ///
    /// # Errors
    /// [`StoreError::HighWater`] when it is there and says nothing that can be read: it may have been the only trace of a newer database, so that it does not
    /// count as absent.
    pub fn read(state: &Path) -> Result<Self, StoreError> {
        let path = state.join(FILE_NAME);
        let why = match fs::read_to_string(&path) {
            Ok(text) => match parse(&text) {
                Some(generation) => return Ok(Self::Generation(generation)),
                None => "it is not what embargod wrote".to_owned(),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::Missing),
            Err(error) => error.kind().to_string(),
        };
        Err(StoreError::HighWater { path, why })
    }
}

fn parse(text: &str) -> Option<i64> {
    let mut lines = text.lines();
    let generation = (lines.next()? == HEADING).then(|| lines.next()).flatten()?;
    generation.strip_prefix("generation ")?.parse().ok().filter(|generation| *generation >= 0)
}

/// Writes the file: whole, and on the disk.
///
/// # Errors
/// What the system says, with the file's name.
pub(super) fn note(state: &Path, generation: i64) -> Result<(), StoreError> {
    let path = state.join(FILE_NAME);
    let new = state.join(format!("{FILE_NAME}.new"));
    let written = || -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&new)?;
        writeln!(file, "{HEADING}\ngeneration {generation}")?;
        open::hand_over(&file, state)?;
        file.sync_all()?;
        fs::rename(&new, &path)?;
        File::open(state)?.sync_all()
    };
    written().map_err(|error| StoreError::Refused(format!("{} cannot be written: {}", path.display(), error.kind())))
}

/// How this database stands to the file beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// None is known to be newer.
    Newest,
    /// A newer one was here.
    Older,
    /// It comes from elsewhere.
    Moved,
}

pub(super) fn standing(connection: &Connection, beside: HighWater) -> Result<Standing, StoreError> {
    Ok(match (generation(connection)?, beside) {
        // Made by a version that did not count, or just now.
        (None, HighWater::Missing | HighWater::Generation(0)) => Standing::Newest,
        (None, _) => Standing::Older,
        (Some(_), HighWater::Missing) => Standing::Moved,
        (Some(own), HighWater::Generation(highest)) if own < highest => Standing::Older,
        (Some(_), HighWater::Generation(_)) => Standing::Newest,
    })
}

/// The number in the database.
pub(super) fn generation(connection: &Connection) -> Result<Option<i64>, StoreError> {
    let value = connection
        .ask("SELECT value FROM fact WHERE name = ?1", [FACT], |row| row.get::<_, String>(0))
        .optional()
        .what("read the generation")?;
    value.map(|value| value.parse().map_err(|_| StoreError::Unknown("fact"))).transpose()
}

/// The file beside a database that is to count: for a transaction that begins or ends something by counting.
#[derive(Debug, Clone)]
pub struct Beside(PathBuf);

impl Beside {
    /// In that state folder.
    pub fn of(state: &Path) -> Self {
        Self(state.to_owned())
    }

    /// Counts up, beyond what the file says. When there is no file, one is begun before the database counts: else a crash between the two would look like a
    /// database from elsewhere.
    pub(super) fn raise(&self, tx: &Tx<'_>) -> Result<i64, StoreError> {
        let highest = HighWater::read(&self.0)?;
        if highest == HighWater::Missing {
            note(&self.0, 0)?;
        }
        raise(tx, highest)
    }
}

/// Counts up, beyond `highest`; the number to write beside it once this is committed.
pub(super) fn raise(tx: &Tx<'_>, highest: HighWater) -> Result<i64, StoreError> {
    let highest = if let HighWater::Generation(highest) = highest { highest } else { 0 };
    let next = generation(tx.sql())?.unwrap_or_default().max(highest).saturating_add(1);
    tx.sql()
        .run(
            "INSERT INTO fact (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (FACT, next.to_string()),
        )
        .what("count a generation")?;
    Ok(next)
}

/// How many rows this connection has changed since it was opened.
pub(super) fn changes(tx: &Tx<'_>) -> Result<i64, StoreError> {
    tx.sql().ask("SELECT total_changes()", [], |row| row.get(0)).what("count changes")
}
