//! Opening the state folder: permissions, the lock, the schema.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use rusqlite::{Connection, ErrorCode};
use rusqlite_migration::{M, Migrations};

use super::{
    backup,
    upgrade::{self, NoCopy},
};

/// The database file in the state folder.
pub const FILE_NAME: &str = "embargod.sqlite";
const LOCK_NAME: &str = "lock";

/// The schema, one step a version. A step is never changed once released: add the next one.
pub(super) const STEPS: &[M<'static>] = &[
    M::up(include_str!("migrations/0001-first.sql")),
    M::up(include_str!("migrations/0002-record.sql")),
    M::up(include_str!("migrations/0003-release.sql")),
    M::up(include_str!("migrations/0004-firewall.sql")),
    M::up(include_str!("migrations/0005-reminders.sql")),
    M::up(include_str!("migrations/0006-delivery.sql")),
    M::up(include_str!("migrations/0007-membership.sql")),
    M::up(include_str!("migrations/0008-bounces.sql")),
    M::up(include_str!("migrations/0009-outcome.sql")),
    M::up(include_str!("migrations/0010-letters-by-kind.sql")),
];
const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);

/// Why the state folder cannot be used; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be made or read.
    #[error("the state folder {path} cannot be used: {kind}; make it with `install -d -m 0700 {path}` for the user that runs embargod", path = path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        kind: io::ErrorKind,
    },
    /// Others could read embargoed mail.
    #[error("{path} may be read by others (mode {mode:04o}); it holds embargoed mail: chmod {wanted:04o} {path}", path = path.display())]
    Readable {
        /// The file or folder.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// The mode it should have.
        wanted: u32,
    },
    /// It belongs to somebody else.
    #[error("{path} belongs to another user; run embargod as its owner or change the owner", path = path.display())]
    Owner {
        /// The file or folder.
        path: PathBuf,
    },
    /// A daemon or another command is running on it.
    #[error("another embargod is using {path}; there is one writer, always: stop it first", path = path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// Made by a newer program.
    #[error("the database in {path} was made by a newer embargod (schema {found}, this program knows {known}); install that version, or restore the copy made before the upgrade (`embargod restore --config FILE {path}/upgrade-from-schema-{known}.sqlite`, or a backup)", path = path.display())]
    Newer {
        /// The folder.
        path: PathBuf,
        /// Its schema version.
        found: usize,
        /// The newest version this program knows.
        known: usize,
    },
    /// The file is no database, or its pages are damaged.
    #[error("the database in {path} is damaged ({why}); keep a copy of it and restore the last backup", path = path.display())]
    Damaged {
        /// The folder.
        path: PathBuf,
        /// What SQLite found.
        why: &'static str,
    },
    /// Its schema would be changed without a copy of what it was.
    #[error(
        "the database in {path} was made by an older embargod (schema {found}, this program makes it {known}), and the copy that is made before could not be: {why}. Nothing was changed",
        path = path.display()
    )]
    Upgrade {
        /// The folder.
        path: PathBuf,
        /// Its schema version.
        found: usize,
        /// The newest version this program knows.
        known: usize,
        /// Why there is no copy.
        why: Box<NoCopy>,
    },
    /// SQLite or the schema.
    #[error("the database in {path} cannot be opened: {why}", path = path.display())]
    Database {
        /// The folder.
        path: PathBuf,
        /// SQLite's words.
        why: String,
    },
}

/// Held by the one process that may write. Released when dropped, also by a crash.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Makes the state folder if there is none, checks who can read it, and takes the lock.
    pub fn take(state: &Path) -> Result<Self, OpenError> {
        prepare_folder(state)?;
        let path = state.join(LOCK_NAME);
        let folder = |error: io::Error| OpenError::Folder { path: state.to_owned(), kind: error.kind() };
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path).map_err(folder)?;
        hand_over(&file, state).map_err(folder)?;
        file.try_lock().map_err(|_| OpenError::Locked { path: state.to_owned() })?;
        Ok(Self { _file: file })
    }
}

/// Makes the folder if needed and refuses one that others can look into.
pub fn prepare_folder(state: &Path) -> Result<(), OpenError> {
    let folder = |error: io::Error| OpenError::Folder { path: state.to_owned(), kind: error.kind() };
    if !state.exists() {
        fs::create_dir_all(state).map_err(folder)?;
        fs::set_permissions(state, fs::Permissions::from_mode(0o700)).map_err(folder)?;
    }
    private(state, 0o700)?;
    for entry in fs::read_dir(state).map_err(folder)? {
        let path = entry.map_err(folder)?.path();
        let is_ours = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(FILE_NAME));
        if is_ours {
            match private(&path, 0o600) {
                // SQLite takes `-wal` and `-shm` away when the last reader or the daemon before us closes; what is gone nobody can read.
                Err(OpenError::Folder { kind: io::ErrorKind::NotFound, .. }) => {}
                judged => judged?,
            }
        }
    }
    Ok(())
}

/// Gives a file to the owner of the state folder. Root does the work of the daemon's user now and then (`restore`, `thaw` without a daemon), and what root leaves there that
/// user could neither read nor write.
pub(super) fn hand_over(file: &File, state: &Path) -> io::Result<()> {
    let (of, is) = (fs::metadata(state)?, file.metadata()?);
    if rustix::process::geteuid().is_root() && of.uid() != is.uid() {
        std::os::unix::fs::fchown(file, Some(of.uid()), Some(of.gid()))?;
    }
    Ok(())
}

/// Refuses a file or folder that is not ours or that others may read.
fn private(path: &Path, wanted: u32) -> Result<(), OpenError> {
    let meta = fs::metadata(path).map_err(|error| OpenError::Folder { path: path.to_owned(), kind: error.kind() })?;
    let me = rustix::process::geteuid().as_raw();
    if meta.uid() != me && me != 0 {
        return Err(OpenError::Owner { path: path.to_owned() });
    }
    let mode = meta.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(OpenError::Readable { path: path.to_owned(), mode, wanted });
    }
    Ok(())
}

/// The writing connection, with the schema of this version.
pub(super) fn connection(state: &Path, free: upgrade::Free) -> Result<Connection, OpenError> {
    let path = state.join(FILE_NAME);
    // "disk I/O error", says SQLite of a disk without room for its index.
    let database = |why: &dyn std::fmt::Display| OpenError::Database {
        path: state.to_owned(),
        why: upgrade::full(state, free).unwrap_or_else(|| why.to_string()),
    };
    backup::finish(state).map_err(|error| database(&error))?;
    if !path.exists() {
        // SQLite would make the file with the umask's mode; -wal and -shm take over the mode of the file.
        OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(|error| OpenError::Folder { path: state.to_owned(), kind: error.kind() })?;
    }
    // SQLite gives -wal and -shm to the owner of the file.
    File::open(&path)
        .and_then(|file| hand_over(&file, state))
        .map_err(|error| OpenError::Folder { path: state.to_owned(), kind: error.kind() })?;
    let mut connection = Connection::open(&path).map_err(|error| database(&error))?;
    connection.busy_timeout(std::time::Duration::from_secs(5)).map_err(|error| database(&error))?;
    // A write-ahead log that cannot be read, a cut file, a file that is none: all of it must be found before anything is changed.
    let first =
        settings(&connection).and_then(|()| connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0)));
    match first {
        Ok(said) if said == "ok" => {}
        Ok(_) => return Err(OpenError::Damaged { path: state.to_owned(), why: "quick_check" }),
        Err(error) => {
            return Err(match error.sqlite_error_code() {
                Some(ErrorCode::NotADatabase) => OpenError::Damaged { path: state.to_owned(), why: "it is no SQLite database" },
                Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged { path: state.to_owned(), why: "a page is malformed" },
                _ => database(&error),
            });
        }
    }
    let known = STEPS.len();
    let found: usize = connection
        .query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))
        .map_err(|error| database(&error))
        .map(|version| usize::try_from(version).unwrap_or(usize::MAX))?;
    if found > known {
        return Err(OpenError::Newer { path: state.to_owned(), found, known });
    }
    let is_older = 0 < found && found < known;
    let kept = if is_older {
        let refuse = |why| OpenError::Upgrade { path: state.to_owned(), found, known, why: Box::new(why) };
        let kept = upgrade::keep(&connection, state, found, free).map_err(refuse)?;
        tracing::info!(found, known, "the database is of an older version; {} is a copy of it as it was", kept.display());
        Some(kept)
    } else {
        None
    };
    MIGRATIONS.to_latest(&mut connection).map_err(|error| match error {
        // With its own words it would print the whole schema.
        rusqlite_migration::Error::RusqliteError { err, .. } => database(&err),
        error => database(&error),
    })?;
    if let Some(kept) = kept {
        tracing::info!(
            found,
            known,
            "the database is of this version now; the way back is the older program and `embargod restore --config FILE {}`",
            kept.display()
        );
        upgrade::tidy(state);
    }
    connection.set_prepared_statement_cache_capacity(512);
    Ok(connection)
}

pub(super) fn settings(connection: &Connection) -> rusqlite::Result<()> {
    // WAL with FULL: a commit is on disk before it is answered. secure_delete: embargoed text leaves no free pages behind.
    connection.execute_batch(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA secure_delete=ON; \
         PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=4000;",
    )
}

/// A database in memory with the newest schema, for tests of the functions that take a [`super::Tx`].
#[cfg(test)]
pub(super) fn in_memory() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    settings(&connection).unwrap();
    MIGRATIONS.to_latest(&mut connection).unwrap();
    connection
}

/// The steps up to `version`, for the tests of migrations on filled databases.
#[cfg(test)]
pub(super) fn migrate_to(connection: &mut Connection, version: usize) {
    MIGRATIONS.to_version(connection, version).unwrap();
}

/// How many steps there are.
#[cfg(test)]
pub(super) fn steps() -> usize {
    STEPS.len()
}

/// Whether each step can be applied to the one before it.
#[cfg(test)]
pub(super) fn validate() -> rusqlite_migration::Result<()> {
    MIGRATIONS.validate()
}
