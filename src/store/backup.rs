//! Copies of the database: one that is made beside the running daemon and bears a mark, and one that is put in the place of what was lost.
//!
//! # What it promises
//! A copy is written under another name, looked through (`quick_check`, `foreign_key_check`), put on the disk and only then given its name; it shows one moment, is one
//! file (no `-wal`), for nobody else to read, and a database opened from it is [frozen]. What a restored copy replaces is moved aside, never deleted, with its `-wal`: SQLite
//! would play the log of another file into the copy. Neither overwrites anything.
//!
//! Fails with [`BackupError`], which says what to do.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, backup::Backup};

use super::{
    StoreError, What as _, frozen,
    open::{self, Lock, OpenError},
    read::{self, ReadError},
};

/// Why there is no copy, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The state folder, or a daemon that runs on it.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// SQLite.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing is overwritten.
    #[error("{path} is there already; give the copy another name, with the date in it for example", path = .0.display())]
    Exists(PathBuf),
    /// It is no whole database.
    #[error("{path} is not whole ({why}): take another copy", path = path.display())]
    Damaged {
        /// The copy.
        path: PathBuf,
        /// What was found.
        why: &'static str,
    },
    /// It was made by another version.
    #[error("{path} was made by a newer embargod (schema {found}, this program knows {known}); install that version", path = path.display())]
    Newer {
        /// The copy.
        path: PathBuf,
        /// Its schema.
        found: usize,
        /// The newest this program knows.
        known: usize,
    },
    /// A file.
    #[error("{path}: {kind}", path = path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        kind: io::ErrorKind,
    },
}

fn file(path: &Path) -> impl Fn(io::Error) -> BackupError {
    let path = path.to_owned();
    move |error| BackupError::File { path: path.clone(), kind: error.kind() }
}

/// Writes a copy of the database in `state` to `copy`, marked with the instant. Beside a running daemon.
pub fn write(state: &Path, copy: &Path, now: Timestamp) -> Result<(), BackupError> {
    if copy.symlink_metadata().is_ok() {
        return Err(BackupError::Exists(copy.to_owned()));
    }
    let original = read::open(state)?;
    let unfinished = beside(copy, ".unfinished");
    let written = fill(&original, &unfinished, now).and_then(|()| take_name(&unfinished, copy));
    if written.is_err() {
        // What is left of it is of no use; that it cannot be removed is no news.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Where what was there is now.
    pub aside: Option<PathBuf>,
}

/// Puts a copy of the copy in the place of the database in `state`, marked, so that it starts frozen. No daemon may run. A copy without a mark gets one: when it
/// was made nobody knows, so that the last change of the file stands for it.
pub fn restore(state: &Path, copy: &Path, now: Timestamp) -> Result<Restored, BackupError> {
    let made = fs::metadata(copy).and_then(|meta| meta.modified()).map_err(file(copy))?;
    let made = Timestamp::try_from(made).unwrap_or(now);
    let _lock = Lock::take(state)?;
    // SQLite would make a file that is not there.
    let original = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_ONLY).what("open the copy")?;
    look_through(&original, copy)?;
    let place = state.join(open::FILE_NAME);
    let unfinished = beside(&place, ".restoring");
    fill(&original, &unfinished, made)?;
    let aside = move_aside(state, now)?;
    take_name(&unfinished, &place)?;
    Ok(Restored { aside })
}

/// The database with its log, into a folder of its own.
fn move_aside(state: &Path, now: Timestamp) -> Result<Option<PathBuf>, BackupError> {
    let names = ["", "-wal", "-shm"].map(|end| format!("{}{end}", open::FILE_NAME));
    let there: Vec<&String> = names.iter().filter(|name| state.join(name).exists()).collect();
    if there.is_empty() {
        return Ok(None);
    }
    let aside = state.join(format!("replaced-{}", now.strftime("%Y-%m-%dT%H%M%S%.3fZ")));
    fs::DirBuilder::new().create(&aside).map_err(file(&aside))?;
    fs::set_permissions(&aside, std::os::unix::fs::PermissionsExt::from_mode(0o700)).map_err(file(&aside))?;
    // The log last: a database whose log went first would lose what stands there, if this was interrupted.
    for name in there {
        fs::rename(state.join(name), aside.join(name)).map_err(file(&state.join(name)))?;
    }
    Ok(Some(aside))
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Makes the file and copies the database into it: all pages in one step, so that it is one moment.
fn fill(original: &Connection, path: &Path, made: Timestamp) -> Result<(), BackupError> {
    // From an attempt that was interrupted.
    if path.exists() {
        fs::remove_file(path).map_err(file(path))?;
    }
    OpenOptions::new().create_new(true).write(true).mode(0o600).open(path).map_err(file(path))?;
    let mut copy = Connection::open(path).what("open the copy")?;
    copy.execute_batch("PRAGMA synchronous=OFF;").what("open the copy")?;
    {
        let backup = Backup::new(original, &mut copy).what("copy the database")?;
        while backup.step(-1).what("copy the database")? != rusqlite::backup::StepResult::Done {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
    // One file; whoever opens it to work in it makes it WAL again.
    copy.execute_batch("PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;").what("write the copy")?;
    frozen::mark_as_backup(&copy, made)?;
    look_through(&copy, path)?;
    drop(copy);
    File::open(path).and_then(|copy| copy.sync_all()).map_err(file(path))
}

fn look_through(copy: &Connection, path: &Path) -> Result<(), BackupError> {
    let damaged = |why| BackupError::Damaged { path: path.to_owned(), why };
    let first = copy.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    if !first.is_ok_and(|said| said == "ok") {
        return Err(damaged("quick_check"));
    }
    let found: u32 = copy.pragma_query_value(None, "user_version", |row| row.get(0)).what("read the schema version")?;
    let (found, known) = (usize::try_from(found).unwrap_or(usize::MAX), open::STEPS.len());
    if found > known {
        return Err(BackupError::Newer { path: path.to_owned(), found, known });
    }
    if found == 0 {
        return Err(damaged("it is no database of embargod"));
    }
    let mut dangling = copy.prepare("PRAGMA foreign_key_check").what("look through the copy")?;
    if dangling.exists([]).what("look through the copy")? { Err(damaged("foreign_key_check")) } else { Ok(()) }
}

/// The finished file gets its name, unless something else has it by now.
fn take_name(unfinished: &Path, name: &Path) -> Result<(), BackupError> {
    match fs::hard_link(unfinished, name) {
        Ok(()) => fs::remove_file(unfinished).map_err(file(unfinished))?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(BackupError::Exists(name.to_owned())),
        // A file system without links, as backups lie on now and then.
        Err(_) => fs::rename(unfinished, name).map_err(file(name))?,
    }
    let folder = name.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(file(folder))
}
