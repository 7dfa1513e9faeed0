//! The state folder: who may read it, who holds it, and what is refused.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::PathBuf,
};

use super::*;

/// A store that was opened and closed; its folder.
fn made(dir: &tempfile::TempDir) -> PathBuf {
    let state = dir.path().join("state");
    let (_lock, store) = open_in(&state);
    store.writer().write_blocking(|_| Ok(())).unwrap();
    state
}

fn refusal(state: &Path) -> String {
    let opened = Lock::take(state).and_then(|lock| Store::open(state, &lock).map(|_| ()));
    opened.unwrap_err().to_string().replace(&state.display().to_string(), "STATE")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn all_files_are_for_the_owner_alone() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let (_lock, store) = open_in(&state);
    store
        .writer()
        .write_blocking(|tx| {
            tx.sql().execute_batch("INSERT INTO fact VALUES ('a', 'b')").map_err(|_| crate::store::StoreError::Closed)
        })
        .unwrap();
    let _reader = store.reader().unwrap();
    assert_eq!(mode(&state), 0o700);
    for name in ["embargod.sqlite", "embargod.sqlite-wal", "embargod.sqlite-shm", "lock"] {
        assert_eq!(mode(&state.join(name)), 0o600, "{name}");
    }
}

#[test]
fn what_others_may_read_is_refused_with_the_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let state = made(&dir);
    fs::set_permissions(&state, fs::Permissions::from_mode(0o750)).unwrap();
    assert_eq!(refusal(&state), "STATE may be read by others (mode 0750); it holds embargoed mail: chmod 0700 STATE");
    fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(state.join("embargod.sqlite"), fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(
        refusal(&state),
        "STATE/embargod.sqlite may be read by others (mode 0640); it holds embargoed mail: chmod 0600 STATE/embargod.sqlite"
    );
}

#[test]
fn a_folder_that_cannot_be_made_says_how_to_make_it() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    assert_eq!(
        refusal(&dir.path().join("file/state")),
        "the state folder STATE cannot be used: not a directory; make it with `install -d -m 0700 STATE` for the user that runs embargod"
    );
}

#[test]
fn one_holds_the_state_and_the_next_gets_it_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let held = Lock::take(&state).unwrap();
    assert_eq!(refusal(&state), "another embargod is using STATE; there is one writer, always: stop it first");
    drop(held);
    Lock::take(&state).unwrap();
}

#[test]
fn a_newer_database_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let state = made(&dir);
    let known = open::steps();
    let database = Connection::open(state.join("embargod.sqlite")).unwrap();
    database.pragma_update(None, "user_version", i64::try_from(known + 3).unwrap()).unwrap();
    drop(database);
    let newer = known + 3;
    assert_eq!(
        refusal(&state),
        format!(
            "the database in STATE was made by a newer embargod (schema {newer}, this program knows {known}); install that version, or restore \
             the copy made before the upgrade (`embargod restore --config FILE STATE/upgrade-from-schema-{known}.sqlite`, or a backup)"
        )
    );
    let database = Connection::open(state.join("embargod.sqlite")).unwrap();
    assert_eq!(count(&database, "SELECT user_version FROM pragma_user_version"), i64::try_from(newer).unwrap());
}

#[test]
fn a_damaged_database_is_refused_before_anything_is_changed() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    drop(Lock::take(&state).unwrap());
    let file = state.join("embargod.sqlite");
    // Without a write-ahead log beside it, which would put the pages right again.
    let mut database = Connection::open(&file).unwrap();
    open::migrate_to(&mut database, open::steps());
    drop(database);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let whole = fs::read(&file).unwrap();
    let told = |why: &str| format!("the database in STATE is damaged ({why}); keep a copy of it and restore the last backup");
    fs::write(&file, b"this is no database at all, but it is long enough to be looked at".repeat(20)).unwrap();
    assert_eq!(refusal(&state), told("it is no SQLite database"));
    let mut broken = whole.clone();
    for byte in broken.iter_mut().skip(4096).take(whole.len() - 4096) {
        *byte = 0xAA;
    }
    fs::write(&file, &broken).unwrap();
    let said = refusal(&state);
    assert!(said == told("a page is malformed") || said == told("quick_check"), "{said}");
    assert_eq!(fs::read(&file).unwrap(), broken);
}
