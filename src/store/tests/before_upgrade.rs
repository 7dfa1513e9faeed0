//! The copy that is made before a schema is changed: complete, private, once, over nothing; without it nothing is changed.

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use super::{
    upgrades::{fill, rows, tables},
    *,
};
use crate::store::{
    OpenError, backup,
    frozen::{self, Cause},
    lineage::HighWater,
    upgrade,
};

/// A state folder as a daemon of that version left it, killed: the rows stand in the log, and nobody has written them into the file.
fn left_by(dir: &tempfile::TempDir, version: usize) -> PathBuf {
    let (elsewhere, state) = (dir.path().join("killed.sqlite"), dir.path().join("state"));
    drop(Lock::take(&state).unwrap());
    let mut connection = Connection::open(&elsewhere).unwrap();
    open::settings(&connection).unwrap();
    fill(&mut connection, version);
    for end in ["", "-wal", "-shm"] {
        let (from, to) = (format!("killed.sqlite{end}"), state.join(format!("embargod.sqlite{end}")));
        fs::copy(dir.path().join(from), &to).unwrap();
        fs::set_permissions(&to, fs::Permissions::from_mode(0o600)).unwrap();
    }
    assert!(fs::metadata(state.join("embargod.sqlite-wal")).unwrap().len() > 0);
    state
}

fn start(state: &Path, free: upgrade::Free) -> Result<(), OpenError> {
    let _lock = Lock::take(state)?;
    open::connection(state, free).map(drop)
}

fn version(path: &Path) -> i64 {
    count(&Connection::open(path).unwrap(), "SELECT user_version FROM pragma_user_version")
}

/// Every table with the number of its rows.
fn content(path: &Path) -> Vec<(String, i64)> {
    let connection = Connection::open(path).unwrap();
    tables(&connection).into_iter().map(|table| (table.clone(), rows(&connection, &table))).collect()
}

fn copies(state: &Path) -> Vec<String> {
    let names = fs::read_dir(state).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name.starts_with("upgrade")).collect();
    names.sort();
    names
}

const NEWEST: fn() -> i64 = || i64::try_from(open::steps()).unwrap();

#[test]
fn every_older_version_is_kept_as_it_was_and_can_be_restored() {
    for old in 1..open::steps() {
        let dir = tempfile::tempdir().unwrap();
        let state = left_by(&dir, old);
        let before = content(&dir.path().join("killed.sqlite"));
        start(&state, upgrade::free).unwrap();
        let name = format!("upgrade-from-schema-{old}.sqlite");
        assert_eq!(copies(&state), std::slice::from_ref(&name));
        let copy = state.join(name);
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(version(&copy), i64::try_from(old).unwrap());
        assert_eq!(content(&copy), before, "schema {old}, with what stood in the log");
        assert_eq!(version(&state.join("embargod.sqlite")), NEWEST());

        // The next start finds nothing to do, and makes no second copy.
        let at = fs::metadata(&copy).unwrap().modified().unwrap();
        start(&state, upgrade::free).unwrap();
        assert_eq!(copies(&state).len(), 1);
        assert_eq!(fs::metadata(&copy).unwrap().modified().unwrap(), at);

        // The way back: what was there has the old version again, and is frozen.
        backup::restore(&state, &copy, now()).unwrap();
        let back = state.join("embargod.sqlite");
        assert_eq!(version(&back), i64::try_from(old).unwrap());
        let frozen = frozen::would_be(&Connection::open(&back).unwrap(), HighWater::Missing, now()).unwrap();
        assert_eq!(frozen.map(|frozen| frozen.cause), Some(Cause::Backup));
        // Who upgrades once more has two copies that differ: the mark is in one of them.
        start(&state, upgrade::free).unwrap();
        assert_eq!(copies(&state).len(), 2);
    }
}

#[test]
fn a_new_database_and_one_of_this_version_need_no_copy() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let nothing: upgrade::Free = |_| Ok(0);
    start(&state, nothing).unwrap();
    start(&state, nothing).unwrap();
    assert!(copies(&state).is_empty());
}

#[test]
fn without_the_copy_nothing_is_changed() {
    let dir = tempfile::tempdir().unwrap();
    let state = left_by(&dir, 9);
    let known = open::steps();
    let told = |error: OpenError| error.to_string().replace(&state.display().to_string(), "STATE");
    let untouched = || {
        let look = dir.path().join("look.sqlite");
        fs::copy(state.join("embargod.sqlite"), &look).unwrap();
        assert_eq!(version(&look), 9);
        assert_eq!(content(&look), content(&dir.path().join("killed.sqlite")));
        fs::remove_file(look).unwrap();
    };
    let head = format!(
        "the database in STATE was made by an older embargod (schema 9, this program makes it {known}), and the copy that is made before could not be: "
    );

    // No room: it is said how much.
    let full = told(start(&state, |_| Ok(300 * 1024)).unwrap_err());
    let rest = full.strip_prefix(&head).unwrap_or_else(|| panic!("{full}"));
    assert_eq!(
        rest,
        "1 MiB are wanted for it and for the change itself, and 0 MiB are free: free some (older copies upgrade-from-schema-* may be moved elsewhere), \
         and start again. Nothing was changed"
    );
    assert!(copies(&state).is_empty());
    untouched();

    // The room cannot be asked for.
    let unknown = told(start(&state, |_| Err(std::io::ErrorKind::PermissionDenied.into())).unwrap_err());
    assert_eq!(
        unknown,
        format!("{head}the free space of its file system cannot be read: permission denied. Nothing was changed")
    );
    untouched();

    // It cannot be written.
    let place = state.join("upgrade.unfinished");
    fs::create_dir_all(place.join("something")).unwrap();
    let stopped = told(start(&state, upgrade::free).unwrap_err());
    assert!(stopped.starts_with(&head) && stopped.contains("STATE/upgrade.unfinished: is a directory"), "{stopped}");
    untouched();
    fs::remove_dir_all(place).unwrap();

    // When that is mended it goes on by itself.
    start(&state, upgrade::free).unwrap();
    assert_eq!(copies(&state), ["upgrade-from-schema-9.sqlite"]);
    assert_eq!(version(&state.join("embargod.sqlite")), NEWEST());
}

/// SQLite says "disk I/O error" or "unable to open" of a disk without room for its log.
#[test]
fn a_full_disk_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    drop(Lock::take(&state).unwrap());
    fs::create_dir(state.join("embargod.sqlite")).unwrap();
    fs::set_permissions(state.join("embargod.sqlite"), fs::Permissions::from_mode(0o700)).unwrap();
    let told = |free| start(&state, free).unwrap_err().to_string().replace(&state.display().to_string(), "STATE");
    assert_eq!(
        told(|_| Ok(100 * 1024)),
        "the database in STATE cannot be opened: its disk is full (100 KiB are free): free some space there and start again"
    );
    assert_eq!(
        told(upgrade::free),
        "the database in STATE cannot be opened: unable to open database file: STATE/embargod.sqlite"
    );
}

#[test]
fn a_change_that_fails_at_every_start_leaves_one_copy_and_the_old_database() {
    let dir = tempfile::tempdir().unwrap();
    let state = left_by(&dir, 1);
    // Something that the way up does not expect.
    Connection::open(state.join("embargod.sqlite")).unwrap().execute_batch("CREATE TABLE blocked_letter (a)").unwrap();
    let mut first = None;
    for _ in 0..4 {
        let failed = start(&state, upgrade::free).unwrap_err();
        assert!(matches!(failed, OpenError::Database { .. }), "{failed}");
        assert_eq!(copies(&state), ["upgrade-from-schema-1.sqlite"]);
        let copy = fs::read(state.join("upgrade-from-schema-1.sqlite")).unwrap();
        assert_eq!(first.get_or_insert(copy.clone()), &copy);
        assert_eq!(version(&state.join("embargod.sqlite")), 1);
    }
}

#[test]
fn nothing_is_overwritten_and_the_newest_three_stay() {
    let dir = tempfile::tempdir().unwrap();
    let state = left_by(&dir, 9);
    let day = Duration::from_secs(24 * 60 * 60);
    let old = |name: &str, age: u32| {
        let made = SystemTime::UNIX_EPOCH + day * (20_000 - age);
        fs::write(state.join(name), name).unwrap();
        fs::set_permissions(state.join(name), fs::Permissions::from_mode(0o600)).unwrap();
        File::options().write(true).open(state.join(name)).unwrap().set_modified(made).unwrap();
    };
    old("upgrade-from-schema-9.sqlite", 10);
    old("upgrade-from-schema-3.sqlite", 300);
    old("upgrade-from-schema-8.sqlite", 20);
    old("upgrade-from-schema-2.sqlite", 400);
    old("upgrade-notes.txt", 500);
    start(&state, upgrade::free).unwrap();
    assert_eq!(
        copies(&state),
        ["upgrade-from-schema-8.sqlite", "upgrade-from-schema-9.2.sqlite", "upgrade-from-schema-9.sqlite", "upgrade-notes.txt"]
    );
    assert_eq!(fs::read(state.join("upgrade-from-schema-9.sqlite")).unwrap(), b"upgrade-from-schema-9.sqlite");
    assert_eq!(version(&state.join("upgrade-from-schema-9.2.sqlite")), 9);
}

#[test]
fn the_copy_belongs_to_the_owner_of_the_folder() {
    use std::os::unix::fs::MetadataExt as _;
    const DAEMON: u32 = 4711;
    assert!(rustix::process::geteuid().is_root(), "only root can give files away: run tests/all.sh as root");
    let dir = tempfile::tempdir().unwrap();
    let state = left_by(&dir, 9);
    for path in [state.clone(), state.join("embargod.sqlite"), state.join("lock")] {
        std::os::unix::fs::chown(path, Some(DAEMON), Some(DAEMON)).unwrap();
    }
    start(&state, upgrade::free).unwrap();
    assert_eq!(fs::metadata(state.join("upgrade-from-schema-9.sqlite")).unwrap().uid(), DAEMON);
}
