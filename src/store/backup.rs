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
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OpenFlags, backup::Backup};

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
    /// No room for it.
    #[error("there is no room for {path}: free some space there, or name a place with more", path = .0.display())]
    Full(PathBuf),
    /// A file.
    #[error("{path}: {kind}", path = path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        kind: io::ErrorKind,
    },
}

pub(super) fn file(path: &Path) -> impl Fn(io::Error) -> BackupError {
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
    let written = fill(&original, &unfinished, now, state).and_then(|()| take_name(&unfinished, copy));
    if written.is_err() {
        // What is left of it is of no use; that it cannot be removed is no news.
        let _ = remove(&unfinished);
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
///
/// Whatever interrupts it, the old database stays in its place with its log, or the new one comes into it without: once the new one is whole and on the disk it is
/// called `READY`, and whoever opens the state folder after that ends what was begun (`finish`).
pub fn restore(state: &Path, copy: &Path, now: Timestamp) -> Result<Restored, BackupError> {
    let lock = Lock::take(state)?;
    finish(state)?;
    let (steps, aside) = begin(state, copy, now)?;
    for step in &steps {
        step.go(state)?;
    }
    drop(lock);
    Ok(Restored { aside })
}

/// What a restored database is called between the moment when it is whole and the moment when it has its place.
const READY: &str = ".restored";

/// The old database and its log, in the order in which they go: the log of another file must never lie beside the new one, because SQLite would play it into that.
const OLD: [&str; 4] = ["-journal", "-wal", "-shm", ""];

/// One file changes its place, and that is on the disk.
#[derive(Debug)]
pub(super) struct Step {
    from: PathBuf,
    to: PathBuf,
}

impl Step {
    pub(super) fn go(&self, state: &Path) -> Result<(), BackupError> {
        fs::rename(&self.from, &self.to).map_err(file(&self.from))?;
        let folders = [self.to.parent().unwrap_or(state), state];
        folders.into_iter().try_for_each(|folder| File::open(folder).and_then(|folder| folder.sync_all()).map_err(file(folder)))
    }
}

/// Everything of a restore but its renames, which are returned.
pub(super) fn begin(state: &Path, copy: &Path, now: Timestamp) -> Result<(Vec<Step>, Option<PathBuf>), BackupError> {
    let made = fs::metadata(copy).and_then(|meta| meta.modified()).map_err(file(copy))?;
    let made = Timestamp::try_from(made).unwrap_or(now);
    // SQLite would make a file that is not there.
    let original = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_ONLY).what("open the copy")?;
    look_through(&original, copy)?;
    let place = state.join(open::FILE_NAME);
    let unfinished = beside(&place, ".restoring");
    if let Err(error) = fill(&original, &unfinished, made, state) {
        // Half a copy on a full disk would be in the way of whoever tries again.
        let _ = remove(&unfinished);
        return Err(error);
    }
    // SQLite takes -wal and -shm of the original away when it is closed: what is there after that is moved.
    drop(original);
    let aside = if old(state).is_empty() { None } else { Some(aside(state, now)?) };
    let mut steps = vec![Step { from: unfinished, to: ready(state) }];
    steps.extend(moves(state, aside.as_deref()));
    Ok((steps, aside))
}

/// Whether a restore waits for its end.
pub(super) fn is_interrupted(state: &Path) -> bool {
    ready(state).symlink_metadata().is_ok()
}

fn ready(state: &Path) -> PathBuf {
    beside(&state.join(open::FILE_NAME), READY)
}

/// Ends a restore that was interrupted after the new database was ready. The lock must be held.
pub(super) fn finish(state: &Path) -> Result<(), BackupError> {
    let Ok(meta) = ready(state).symlink_metadata() else { return Ok(()) };
    let left = old(state);
    let to = if left.is_empty() {
        None
    } else {
        let begun = meta.modified().ok().and_then(|at| Timestamp::try_from(at).ok()).unwrap_or(Timestamp::UNIX_EPOCH);
        // The rest goes where the first of it went.
        let fits = |folder: &PathBuf| left.iter().all(|name| !folder.join(name).exists());
        Some(replaced(state)?.filter(fits).map_or_else(|| aside(state, begun), Ok)?)
    };
    moves(state, to.as_deref()).iter().try_for_each(|step| step.go(state))
}

/// The newest folder that a restore moved a database into.
fn replaced(state: &Path) -> Result<Option<PathBuf>, BackupError> {
    let mut newest = None;
    for entry in fs::read_dir(state).map_err(file(state))? {
        let name = entry.map_err(file(state))?.file_name();
        if name.to_string_lossy().starts_with(REPLACED) {
            newest = newest.max(Some(name));
        }
    }
    Ok(newest.map(|name| state.join(name)))
}

fn old(state: &Path) -> Vec<String> {
    OLD.iter().map(|end| format!("{}{end}", open::FILE_NAME)).filter(|name| state.join(name).exists()).collect()
}

/// What is there goes aside, and the new one takes its place.
fn moves(state: &Path, aside: Option<&Path>) -> Vec<Step> {
    let old = old(state).into_iter();
    let mut steps: Vec<Step> = aside
        .into_iter()
        .flat_map(|aside| old.clone().map(|name| Step { from: state.join(&name), to: aside.join(name) }))
        .collect();
    steps.push(Step { from: ready(state), to: state.join(open::FILE_NAME) });
    steps
}

const REPLACED: &str = "replaced-";

/// A folder for what is replaced.
fn aside(state: &Path, now: Timestamp) -> Result<PathBuf, BackupError> {
    let aside = state.join(format!("{REPLACED}{}", now.strftime("%Y-%m-%dT%H%M%S%.3fZ")));
    fs::DirBuilder::new().mode(0o700).create(&aside).map_err(file(&aside))?;
    File::open(&aside).and_then(|folder| open::hand_over(&folder, state)).map_err(file(&aside))?;
    File::open(state).and_then(|folder| folder.sync_all()).map_err(file(state))?;
    Ok(aside)
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// What is left of an attempt that was interrupted. With its journal, which SQLite would play into the next file of that name.
pub(super) fn remove(path: &Path) -> Result<(), BackupError> {
    for left in ["", "-journal", "-wal", "-shm"].map(|end| beside(path, end)) {
        match fs::remove_file(&left) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(file(&left)(error)),
            _ => {}
        }
    }
    Ok(())
}

/// Makes the file and copies the database into it: all pages in one step, so that it is one moment. In a folder of the user to whom `state` belongs it is that user's.
pub(super) fn fill(original: &Connection, path: &Path, made: Timestamp, state: &Path) -> Result<(), BackupError> {
    let copy = pages(original, path)?;
    frozen::mark_as_backup(&copy, made)?;
    look_through(&copy, path)?;
    drop(copy);
    onto_the_disk(path, state)
}

/// The same without a mark, for nobody but us: what was there, and whole pages are all that is asked of it.
pub(super) fn copy(original: &Connection, path: &Path, state: &Path) -> Result<(), BackupError> {
    let copy = pages(original, path)?;
    if !is_whole(&copy) {
        return Err(BackupError::Damaged { path: path.to_owned(), why: "quick_check" });
    }
    drop(copy);
    onto_the_disk(path, state)
}

fn pages(original: &Connection, path: &Path) -> Result<Connection, BackupError> {
    remove(path)?;
    OpenOptions::new().create_new(true).write(true).mode(0o600).open(path).map_err(file(path))?;
    let mut copy = Connection::open(path).what("open the copy")?;
    copy.execute_batch("PRAGMA synchronous=OFF;").what("open the copy")?;
    let full = |error: rusqlite::Error| match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => BackupError::Full(path.to_owned()),
        _ => BackupError::Store(StoreError::Sqlite { what: "copy the database", source: error }),
    };
    {
        let backup = Backup::new(original, &mut copy).map_err(full)?;
        while backup.step(-1).map_err(full)? != rusqlite::backup::StepResult::Done {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
    // One file; whoever opens it to work in it makes it WAL again.
    copy.execute_batch("PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;").what("write the copy")?;
    Ok(copy)
}

fn onto_the_disk(path: &Path, state: &Path) -> Result<(), BackupError> {
    let copy = File::open(path).map_err(file(path))?;
    let owner = |folder: &Path| fs::metadata(folder).map(|meta| meta.uid()).map_err(file(folder));
    // To nobody else: the owner of any other folder has no right to what stands in it.
    if owner(folder_of(path))? == owner(state)? {
        open::hand_over(&copy, state).map_err(file(path))?;
    }
    copy.sync_all().map_err(file(path))
}

fn is_whole(copy: &Connection) -> bool {
    copy.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0)).is_ok_and(|said| said == "ok")
}

fn look_through(copy: &Connection, path: &Path) -> Result<(), BackupError> {
    let damaged = |why| BackupError::Damaged { path: path.to_owned(), why };
    if !is_whole(copy) {
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
pub(super) fn take_name(unfinished: &Path, name: &Path) -> Result<(), BackupError> {
    match fs::hard_link(unfinished, name) {
        Ok(()) => fs::remove_file(unfinished).map_err(file(unfinished))?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(BackupError::Exists(name.to_owned())),
        // A file system without links, as backups lie on now and then.
        Err(_) => fs::rename(unfinished, name).map_err(file(name))?,
    }
    let folder = folder_of(name);
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(file(folder))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
