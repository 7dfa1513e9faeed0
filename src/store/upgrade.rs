//! The copy that is made of a database before a newer version changes its schema: the way back, when the new version is no good.
//!
//! # What it promises
//! No schema is changed before a complete copy of the database, its log included, lies beside it: looked through, on the disk, for nobody else to read, named
//! `upgrade-from-schema-N.sqlite` after the version it has. Nothing is overwritten; a copy that is there already, byte for byte, is not made again, so that a start
//! that is tried ten times leaves one. [`KEPT`] of them stay once the upgrade went well, the newest.
//!
//! It bears no mark: it is what was there. `embargod restore` gives it one, so that it starts [frozen](super::frozen).
//!
//! Fails with [`NoCopy`], which says what to do; the database is as it was then.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

use rusqlite::Connection;

use super::{
    StoreError, What as _,
    backup::{self, BackupError},
};

/// So many copies stay: each is as large as the database.
pub(super) const KEPT: usize = 3;

const NAME: &str = "upgrade-from-schema-";
const END: &str = ".sqlite";
/// Not named like a copy, so that half of one is never taken for one.
const UNFINISHED: &str = "upgrade.unfinished";

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum NoCopy {
    /// No room.
    #[error(
        "{needed} are wanted for it and for the change itself, and {free} are free: free some (older copies {NAME}* may be moved elsewhere), and start again"
    )]
    Room {
        /// In words.
        needed: String,
        /// In words.
        free: String,
    },
    /// The room cannot be asked for.
    #[error("the free space of its file system cannot be read: {0}")]
    Space(io::ErrorKind),
    /// Making it.
    #[error("{0}")]
    Copy(#[from] BackupError),
    /// SQLite.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How much is free where a folder lies, in bytes, for a user without privileges.
pub(super) type Free = fn(&Path) -> io::Result<u64>;

/// What the file system says.
pub(super) fn free(folder: &Path) -> io::Result<u64> {
    let said = rustix::fs::statvfs(folder)?;
    Ok(said.f_bavail.saturating_mul(said.f_frsize))
}

/// Makes the copy of a database with schema `found`, unless there is one of just this; where it is.
pub(super) fn keep(original: &Connection, state: &Path, found: usize, free: Free) -> Result<PathBuf, NoCopy> {
    let pages =
        |name| original.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).what("ask for the size of the database");
    let size = u64::try_from(pages("page_count")?.saturating_mul(pages("page_size")?)).unwrap_or_default();
    // The change may write every page once more, into the log.
    let needed = size.saturating_mul(2);
    let there = free(state).map_err(|error| NoCopy::Space(error.kind()))?;
    if there < needed {
        return Err(NoCopy::Room { needed: in_words(needed.div_ceil(MIB)), free: in_words(there / MIB) });
    }
    let unfinished = state.join(UNFINISHED);
    let kept =
        backup::copy(original, &unfinished, state).map_err(NoCopy::from).and_then(|()| Ok(take_name(&unfinished, state, found)?));
    // It has another name by now, or is of no use.
    let _ = backup::remove(&unfinished);
    kept
}

/// The first name that is not taken, or that of a copy of the same bytes.
fn take_name(unfinished: &Path, state: &Path, found: usize) -> Result<PathBuf, BackupError> {
    let mut nth = 1;
    loop {
        let name = state.join(if nth == 1 { format!("{NAME}{found}{END}") } else { format!("{NAME}{found}.{nth}{END}") });
        match backup::take_name(unfinished, &name) {
            Ok(()) => return Ok(name),
            Err(BackupError::Exists(_)) if is_same(unfinished, &name).unwrap_or(false) => return Ok(name),
            Err(BackupError::Exists(_)) => nth += 1,
            Err(error) => return Err(error),
        }
    }
}

fn is_same(one: &Path, other: &Path) -> io::Result<bool> {
    let (one, other) = (File::open(one)?, File::open(other)?);
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let (mut one, mut other) = (BufReader::new(one).bytes(), BufReader::new(other).bytes());
    loop {
        match (one.next().transpose()?, other.next().transpose()?) {
            (None, None) => return Ok(true),
            (a, b) if a != b => return Ok(false),
            _ => {}
        }
    }
}

/// After the upgrade went well: the newest stay.
pub(super) fn tidy(state: &Path) {
    if let Err(error) = remove_older(state) {
        tracing::warn!("older copies from before an upgrade could not be removed: {error}");
    }
}

fn remove_older(state: &Path) -> Result<(), BackupError> {
    let mut copies = copies(state).map_err(backup::file(state))?;
    copies.sort();
    let surplus = copies.len().saturating_sub(KEPT);
    for (_, path) in copies.into_iter().take(surplus) {
        fs::remove_file(&path).map_err(backup::file(&path))?;
        tracing::info!("{} is removed: {KEPT} newer copies from before an upgrade are there", path.display());
    }
    Ok(())
}

/// When each was made, and where it is.
fn copies(state: &Path) -> io::Result<Vec<(SystemTime, PathBuf)>> {
    let mut copies = Vec::new();
    for entry in fs::read_dir(state)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(NAME) && name.ends_with(END) {
            copies.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    Ok(copies)
}

const MIB: u64 = 1024 * 1024;

fn in_words(mib: u64) -> String {
    format!("{mib} MiB")
}

/// What to say of an error where there is no room: it may well be its cause.
pub(super) fn full(state: &Path, free: Free) -> Option<String> {
    let there = free(state).ok().filter(|there| *there < MIB)?;
    Some(format!("its disk is full ({} KiB are free): free some space there and start again", there / 1024))
}
