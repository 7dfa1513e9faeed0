//! The writer thread: a group commits together, a failing job alone fails, and no answer comes before the commit.

use super::*;
use crate::store::StoreError;

/// Blocks the writer in a first job until `release` is dropped, so that all that is sent meanwhile forms one group.
async fn held_up(store: &Store) -> (std::sync::mpsc::Sender<()>, tokio::task::JoinHandle<()>) {
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let (started, has_started) = tokio::sync::oneshot::channel();
    let writer = store.writer().clone();
    let first = tokio::spawn(async move {
        let job = move |_: &Tx<'_>| {
            let _ = started.send(());
            let _ = wait.recv();
            Ok(())
        };
        writer.write(job).await.unwrap();
    });
    has_started.await.unwrap();
    (release, first)
}

fn put(tx: &Tx<'_>, name: &str) -> Result<(), StoreError> {
    tx.sql().execute("INSERT INTO fact (name, value) VALUES (?1, '')", [name]).unwrap();
    Ok(())
}

fn facts(store: &Store) -> String {
    text(&store.reader().unwrap(), "SELECT group_concat(name, ' ' ORDER BY name) FROM fact")
}

#[tokio::test]
async fn a_failing_and_a_panicking_job_leave_nothing_and_hurt_no_other() {
    let state = tempfile::tempdir().unwrap();
    let (_lock, store) = open_in(&state.path().join("state"));
    let (release, first) = held_up(&store).await;
    let writer = store.writer();
    let one = writer.write(|tx| put(tx, "one"));
    let failing = writer.write(|tx| put(tx, "failing").and(Err::<(), _>(StoreError::Missing("thing"))));
    let panicking = writer.write(|tx| -> Result<(), StoreError> {
        put(tx, "panicking")?;
        panic!("a bug");
    });
    let two = writer.write(|tx| put(tx, "two"));
    let all = async { tokio::join!(one, failing, panicking, two) };
    let free = async {
        tokio::task::yield_now().await;
        drop(release);
    };
    let ((one, failing, panicking, two), ()) = tokio::join!(all, free);
    first.await.unwrap();
    assert!(one.is_ok() && two.is_ok());
    assert_eq!(failing.unwrap_err().to_string(), "there is no thing with that number");
    assert_eq!(panicking.unwrap_err().to_string(), "handling failed inside the program (a bug); nothing of it was kept");
    assert_eq!(facts(&store), "one two");
    writer.write(|tx| put(tx, "three")).await.unwrap();
    assert_eq!(facts(&store), "one three two");
}

#[tokio::test]
async fn what_was_answered_can_be_read_by_others_at_once_and_nothing_before() {
    let state = tempfile::tempdir().unwrap();
    let (_lock, store) = open_in(&state.path().join("state"));
    let (seen, look) = std::sync::mpsc::channel();
    let reader = store.reader().unwrap();
    let job = move |tx: &Tx<'_>| {
        put(tx, "one")?;
        // Another connection, while the job runs: nothing is committed yet.
        seen.send(count(&reader, "SELECT count(*) FROM fact")).unwrap();
        Ok(())
    };
    store.writer().write(job).await.unwrap();
    assert_eq!(look.recv().unwrap(), 0);
    assert_eq!(facts(&store), "one");
}

#[tokio::test]
async fn a_transaction_that_sqlite_gave_up_keeps_nothing_of_the_group() {
    let state = tempfile::tempdir().unwrap();
    let (_lock, store) = open_in(&state.path().join("state"));
    let (release, first) = held_up(&store).await;
    let writer = store.writer();
    let before = writer.write(|tx| put(tx, "before"));
    // What a full disk does: the whole transaction is rolled back inside a job.
    let full = writer.write(|tx| {
        tx.sql().execute_batch("ROLLBACK").unwrap();
        Err::<(), _>(StoreError::Missing("room"))
    });
    let after = writer.write(|tx| put(tx, "after"));
    let free = async {
        tokio::task::yield_now().await;
        drop(release);
    };
    let all = async { tokio::join!(before, full, after) };
    let ((before, full, after), ()) = tokio::join!(all, free);
    first.await.unwrap();
    assert!(before.is_err() && full.is_err() && after.is_err(), "a caller was told that it is on disk");
    assert_eq!(facts(&store), "");
    writer.write(|tx| put(tx, "next")).await.unwrap();
    assert_eq!(facts(&store), "next");
}

#[test]
fn a_caller_outside_the_runtime_gets_the_same() {
    let state = tempfile::tempdir().unwrap();
    let (_lock, store) = open_in(&state.path().join("state"));
    assert_eq!(store.writer().write_blocking(|tx| put(tx, "one").map(|()| 42)).unwrap(), 42);
    assert_eq!(facts(&store), "one");
}
