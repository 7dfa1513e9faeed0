//! Copies: whole, marked, private, and never over anything.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
};

use super::*;
use crate::store::{
    backup,
    frozen::{self, Cause},
    lineage::HighWater,
    read,
};

/// What a database file says of itself, and how many messages are in it.
fn said(path: &Path) -> (Option<Cause>, i64) {
    let connection = Connection::open(path).unwrap();
    let frozen = frozen::would_be(&connection, HighWater::Missing, now()).unwrap();
    (frozen.map(|frozen| frozen.cause), count(&connection, "SELECT count(*) FROM inbox"))
}

fn fill(store: &Store, uid: u32) {
    store.writer().write_blocking(move |tx| Ok(take(tx, uid, &format!("Subject: {uid}\n\n{uid}\n")))).unwrap();
}

/// The writer's thread has ended: SQLite takes the log away.
fn closed(state: &Path) {
    while state.join("embargod.sqlite-wal").exists() {
        std::thread::yield_now();
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_backup_is_made_beside_the_writer_marked_and_alone() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let (_lock, store) = open_in(&state);
    fill(&store, 1);
    let out = tempfile::tempdir().unwrap();
    let copy = out.path().join("embargod-1.backup");
    backup::write(&state, &copy, now()).unwrap();
    fill(&store, 2);
    assert_eq!(names(out.path()), ["embargod-1.backup"], "one file, nothing unfinished");
    assert_eq!(fs::metadata(&copy).unwrap().mode() & 0o777, 0o600);
    assert_eq!(said(&copy), (Some(Cause::Backup), 1));
    let original = store.reader().unwrap();
    assert_eq!(count(&original, "SELECT count(*) FROM fact WHERE name = 'backup'"), 0, "the mark is in the copy only");

    let again = backup::write(&state, &copy, now()).unwrap_err().to_string();
    assert!(
        again.ends_with("embargod-1.backup is there already; give the copy another name, with the date in it for example"),
        "{again}"
    );
    let nowhere = backup::write(&state, &out.path().join("no/such/place"), now()).unwrap_err().to_string();
    assert!(nowhere.ends_with("no/such/place.unfinished: entity not found"), "{nowhere}");
    assert_eq!(names(out.path()), ["embargod-1.backup"]);
    // A copy of a copy still says when the first one was made.
    let second = dir.path().join("second");
    fs::create_dir(&second).unwrap();
    fs::copy(&copy, second.join("embargod.sqlite")).unwrap();
    let copy_of_copy = out.path().join("embargod-2.backup");
    backup::write(&second, &copy_of_copy, later(60)).unwrap();
    let frozen = frozen::would_be(&Connection::open(&copy_of_copy).unwrap(), HighWater::Missing, now()).unwrap().unwrap();
    assert_eq!(frozen.as_of, Some(now()));
}

#[test]
fn a_restore_moves_aside_what_is_there_with_its_log() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let copy = dir.path().join("kept");
    {
        let (lock, store) = open_in(&state);
        fill(&store, 1);
        backup::write(&state, &copy, now()).unwrap();
        fill(&store, 2);
        let refused = backup::restore(&state, &copy, now()).unwrap_err().to_string();
        assert!(refused.starts_with("another embargod is using "), "{refused}");
        drop((store, lock));
    }
    closed(&state);
    // As a killed daemon leaves it.
    fs::write(state.join("embargod.sqlite-wal"), "the log of the other one").unwrap();
    fs::set_permissions(state.join("embargod.sqlite-wal"), fs::Permissions::from_mode(0o600)).unwrap();
    let restored = backup::restore(&state, &copy, now()).unwrap();
    let aside = restored.aside.unwrap();
    assert_eq!(aside.file_name().unwrap(), "replaced-2026-11-21T140200.000Z");
    assert!(names(&aside).iter().any(|name| name == "embargod.sqlite-wal"), "{:?}", names(&aside));
    assert_eq!(names(&state).iter().filter(|name| name.starts_with("embargod.sqlite")).collect::<Vec<_>>(), ["embargod.sqlite"]);
    assert_eq!(said(&state.join("embargod.sqlite")), (Some(Cause::Backup), 1));
    assert_eq!(fs::metadata(state.join("embargod.sqlite")).unwrap().mode() & 0o777, 0o600);
    assert!(copy.exists(), "the backup stays where it is");
    // A snapshot that was put back knows nothing: its own file is put in its own place, marked.
    Connection::open(state.join("embargod.sqlite")).unwrap().execute_batch("DELETE FROM fact").unwrap();
    assert_eq!(said(&state.join("embargod.sqlite")), (None, 1));
    backup::restore(&state, &state.join("embargod.sqlite"), later(1)).unwrap();
    assert_eq!(said(&state.join("embargod.sqlite")), (Some(Cause::Backup), 1));
}

#[test]
fn a_file_without_a_mark_gets_one_when_it_is_restored() {
    let dir = tempfile::tempdir().unwrap();
    let (other, state) = (dir.path().join("other"), dir.path().join("state"));
    {
        let (_lock, store) = open_in(&other);
        fill(&store, 1);
    }
    closed(&other);
    let raw = other.join("embargod.sqlite");
    assert_eq!(said(&raw).0, None);
    assert_eq!(backup::restore(&state, &raw, now()).unwrap().aside, None, "a new folder");
    assert_eq!(said(&state.join("embargod.sqlite")), (Some(Cause::Backup), 1));
    assert_eq!(said(&raw).0, None, "the file itself is only read");
}

#[test]
fn what_is_no_whole_database_is_not_restored_and_nothing_is_touched() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    {
        let (_lock, store) = open_in(&state);
        fill(&store, 1);
    }
    let bad = dir.path().join("bad");
    fs::write(&bad, "no database").unwrap();
    closed(&state);
    let before = names(&state);
    let refused = backup::restore(&state, &bad, now()).unwrap_err().to_string();
    assert!(refused.contains("is not whole (quick_check)"), "{refused}");
    let empty = dir.path().join("empty");
    fs::write(&empty, "").unwrap();
    let refused = backup::restore(&state, &empty, now()).unwrap_err().to_string();
    assert!(refused.contains("it is no database of embargod"), "{refused}");
    let newer = dir.path().join("newer");
    Connection::open(&newer).unwrap().execute_batch("CREATE TABLE a (b); PRAGMA user_version = 999").unwrap();
    let refused = backup::restore(&state, &newer, now()).unwrap_err().to_string();
    assert!(refused.contains("was made by a newer embargod (schema 999"), "{refused}");
    // Whole, of a version of ours, and not ours: found when it is marked.
    let foreign = dir.path().join("foreign");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE a (b); PRAGMA user_version = 1").unwrap();
    let refused = backup::restore(&state, &foreign, now()).unwrap_err().to_string();
    assert!(refused.contains("no such table: fact"), "{refused}");
    let missing = backup::restore(&state, &dir.path().join("missing"), now()).unwrap_err().to_string();
    assert!(missing.ends_with("missing: entity not found"), "{missing}");
    assert_eq!(names(&state), before);
    assert_eq!(said(&state.join("embargod.sqlite")), (None, 1));
    let nothing = backup::write(&dir.path().join("no-state"), &dir.path().join("c"), now()).unwrap_err();
    assert!(matches!(nothing, backup::BackupError::Read(read::ReadError::Missing(_))), "{nothing}");
}

/// SQLite would take it for the restored file's own, and write old pages into that.
#[test]
fn a_journal_of_the_old_file_goes_aside_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let (live, copy) = (dir.path().join("live"), dir.path().join("kept"));
    let (lock, store) = open_in(&live);
    fill(&store, 1);
    backup::write(&live, &copy, now()).unwrap();
    drop((store, lock));
    closed(&live);
    let journal = live.join("embargod.sqlite-journal");
    fs::write(&journal, "hot").unwrap();
    fs::set_permissions(&journal, fs::Permissions::from_mode(0o600)).unwrap();
    let aside = backup::restore(&live, &copy, now()).unwrap().aside.unwrap();
    assert!(!live.join("embargod.sqlite-journal").exists() && aside.join("embargod.sqlite-journal").exists());
}

#[test]
fn whatever_interrupts_a_restore_the_log_of_the_old_file_never_meets_the_new_one() {
    // What of the state folder is the old database, message by message, with what stands in its log alone.
    for stop in 0..=6 {
        let dir = tempfile::tempdir().unwrap();
        let (live, state, copy) = (dir.path().join("live"), dir.path().join("state"), dir.path().join("kept"));
        let (_lock, store) = open_in(&live);
        fill(&store, 1);
        backup::write(&live, &copy, now()).unwrap();
        for uid in 2..5 {
            fill(&store, uid);
        }
        // As a killed daemon leaves it: the last messages stand in the log.
        drop(Lock::take(&state).unwrap());
        for end in ["", "-wal", "-shm"] {
            let name = format!("embargod.sqlite{end}");
            fs::copy(live.join(&name), state.join(&name)).unwrap();
        }
        let (steps, aside) = backup::begin(&state, &copy, now()).unwrap();
        assert_eq!(steps.len(), 5, "ready, three files aside, and in place");
        // The power fails after so many of them.
        for step in steps.iter().take(stop) {
            step.go(&state).unwrap();
        }
        let looked = read::open(&state);
        assert_eq!(matches!(looked, Err(read::ReadError::Restoring(_))), (1..5).contains(&stop), "after {stop} steps");
        drop(looked);
        {
            let lock = Lock::take(&state).unwrap();
            let opened = Store::open(&state, &lock).unwrap();
            let reader = opened.reader().unwrap();
            let (messages, marks) =
                (count(&reader, "SELECT count(*) FROM inbox"), count(&reader, "SELECT count(*) FROM fact WHERE name = 'backup'"));
            let expected = if stop == 0 { (4, 0) } else { (1, 1) };
            assert_eq!((messages, marks), expected, "after {stop} steps");
        }
        closed(&state);
        if stop > 0 {
            // Together, so that nothing of it is lost.
            let old = Connection::open(aside.unwrap().join("embargod.sqlite")).unwrap();
            assert_eq!(count(&old, "SELECT count(*) FROM inbox"), 4, "after {stop} steps");
            assert_eq!(names(&state).iter().filter(|name| name.starts_with("replaced-")).count(), 1);
            assert!(!names(&state).iter().any(|name| name.contains("resto")), "{:?}", names(&state));
        }
    }
}

#[test]
fn a_copy_that_was_interrupted_leaves_nothing_that_is_played_into_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let (_lock, store) = open_in(&state);
    fill(&store, 1);
    let copy = dir.path().join("kept");
    fs::write(dir.path().join("kept.unfinished"), "half").unwrap();
    fs::write(dir.path().join("kept.unfinished-journal"), "its journal").unwrap();
    backup::write(&state, &copy, now()).unwrap();
    assert_eq!(names(dir.path()), ["kept", "state"]);
}

#[tokio::test]
async fn what_root_makes_in_the_state_folder_belongs_to_its_owner() {
    const DAEMON: u32 = 4711;
    assert!(rustix::process::geteuid().is_root(), "only root can give files away: run tests/all.sh as root");
    let dir = tempfile::tempdir().unwrap();
    let (state, copy) = (dir.path().join("state"), dir.path().join("kept"));
    fs::create_dir(&state).unwrap();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
    std::os::unix::fs::chown(&state, Some(DAEMON), Some(DAEMON)).unwrap();
    let belongs = |when: &str| {
        let all = names(&state);
        for name in &all {
            let meta = fs::metadata(state.join(name)).unwrap();
            assert_eq!((meta.uid(), meta.gid()), (DAEMON, DAEMON), "{when}: {name}");
        }
        all
    };
    {
        let lock = Lock::take(&state).unwrap();
        let store = Store::open(&state, &lock).unwrap();
        store.raise_high_water().await.unwrap();
        store.writer().write(|tx| Ok(take(tx, 1, "Subject: 1\n\n1\n"))).await.unwrap();
        assert_eq!(belongs("a start").len(), 5, "database, log, its index, lock, high-water");
        backup::write(&state, &copy, now()).unwrap();
        backup::write(&state, &state.join("kept-here"), now()).unwrap();
        belongs("a backup");
    }
    closed(&state);
    assert_eq!(fs::metadata(&copy).unwrap().uid(), 0, "what root puts elsewhere is no business of the daemon's user");
    backup::restore(&state, &copy, now()).unwrap();
    assert!(belongs("a restore").contains(&"replaced-2026-11-21T140200.000Z".to_owned()));
    let lock = Lock::take(&state).unwrap();
    let store = Store::open(&state, &lock).unwrap();
    store.writer().write(|tx| frozen::at_opening(tx, HighWater::Missing, now())).await.unwrap().unwrap();
    let beside = store.beside();
    store.writer().write(move |tx| frozen::thaw(tx, frozen::Since::Unknown, "root", &beside, now())).await.unwrap();
    store.note_high_water().await.unwrap();
    belongs("a thaw");
}
