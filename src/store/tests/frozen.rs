//! A database that may not be the newest: how it is found out, what is refused, and what becomes of what is in doubt.

use super::*;
use crate::{
    decide::{
        effect::{Effect, LetterKind, Note},
        tests as cast,
    },
    store::{
        StoreError,
        frozen::{self, Cause, Since, at_opening, doubt, thaw},
        inbox::{Again, Look, Mark, Position, take_in},
        lineage::{self, Beside, HighWater, Standing, standing},
    },
};

/// A state folder of its own without a trace.
fn none() -> (tempfile::TempDir, Beside) {
    let state = tempfile::tempdir().unwrap();
    let beside = Beside::of(state.path());
    (state, beside)
}

fn fact(connection: &Connection, name: &str) -> String {
    text(connection, &format!("SELECT group_concat(value) FROM fact WHERE name = '{name}'"))
}

/// Frozen at 14:02, because the folder knew a later one.
fn freeze(tx: &Tx<'_>) {
    let frozen = at_opening(tx, HighWater::Generation(5), now()).unwrap().unwrap();
    assert_eq!((frozen.since, frozen.cause), (now(), Cause::Older));
}

fn found(uid: u32, minutes: i64, look: Look, mark: Mark) -> Arrival {
    Arrival { arrived: later(minutes), look, mark, ..arrival(uid, &format!("Subject: {uid}\n\n{uid}\n")) }
}

fn states(connection: &Connection) -> String {
    text(connection, "SELECT group_concat(uid || ' ' || state, ', ' ORDER BY uid) FROM inbox")
}

#[test]
fn the_number_in_the_database_is_compared_with_the_one_beside_it() {
    let connection = memory();
    let stands = |beside| standing(&connection, beside).unwrap();
    // Made by an earlier version, or just now: only a trace of another one says anything.
    assert_eq!(stands(HighWater::Missing), Standing::Newest);
    assert_eq!(stands(HighWater::Generation(0)), Standing::Newest, "a first start that was interrupted");
    assert_eq!(stands(HighWater::Generation(1)), Standing::Older);
    within(&connection, |tx| {
        assert_eq!(lineage::raise(tx, HighWater::Missing).unwrap(), 1);
        assert_eq!(lineage::raise(tx, HighWater::Generation(1)).unwrap(), 2);
        assert_eq!(lineage::raise(tx, HighWater::Generation(7)).unwrap(), 8, "beyond what was there");
    });
    assert_eq!(stands(HighWater::Generation(8)), Standing::Newest);
    assert_eq!(stands(HighWater::Generation(3)), Standing::Newest, "the file follows the database, and was not written");
    assert_eq!(stands(HighWater::Generation(9)), Standing::Older);
    assert_eq!(stands(HighWater::Missing), Standing::Moved);
}

#[test]
fn the_file_beside_it_is_private_and_read_back_or_said_to_be_unreadable() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("high-water");
    assert_eq!(HighWater::read(folder.path()).unwrap(), HighWater::Missing);
    for generation in [0, 1, 41] {
        lineage::note(folder.path(), generation).unwrap();
        assert_eq!(HighWater::read(folder.path()).unwrap(), HighWater::Generation(generation));
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "embargod high-water 1\ngeneration 41\n");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    for text in
        ["", "41", "embargod high-water 2\ngeneration 41\n", "embargod high-water 1\ngeneration -1\n", "embargod high-water 1\n"]
    {
        std::fs::write(&file, text).unwrap();
        let refused = HighWater::read(folder.path()).unwrap_err().to_string();
        assert!(refused.starts_with(&format!("{} cannot be read (it is not what embargod wrote)", file.display())), "{refused}");
        assert!(refused.contains("remove it and mark the database as a copy (`embargod restore --config FILE "), "{refused}");
    }
}

#[tokio::test]
async fn the_number_grows_at_a_start_and_after_changes_and_the_file_never_runs_ahead() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let (_lock, store) = open_in(&state);
    let in_database = || fact(&store.reader().unwrap(), "generation");
    let changes = store.raise_high_water().await.unwrap();
    assert_eq!((HighWater::read(&state).unwrap(), in_database()), (HighWater::Generation(1), "1".to_owned()));
    let same = store.follow_high_water(changes).await.unwrap();
    assert_eq!((same, HighWater::read(&state).unwrap()), (changes, HighWater::Generation(1)), "nothing was written since");
    store.writer().write(|tx| take_in(tx, vec![arrival(1, "Subject: a\n\na\n")], None, now())).await.unwrap();
    let more = store.follow_high_water(changes).await.unwrap();
    assert!(more > changes);
    assert_eq!((HighWater::read(&state).unwrap(), in_database()), (HighWater::Generation(2), "2".to_owned()));
    // A frozen one leaves the trace of the other as it is.
    lineage::note(&state, 9).unwrap();
    store.writer().write(|tx| at_opening(tx, HighWater::Generation(9), now())).await.unwrap();
    store.raise_high_water().await.unwrap();
    assert_eq!((HighWater::read(&state).unwrap(), in_database()), (HighWater::Generation(9), "2".to_owned()));
    // When it thaws it is the newest, and what was there before is not.
    let beside = store.beside();
    store.writer().write(move |tx| thaw(tx, Since::Unknown, "mona", &beside, now())).await.unwrap();
    assert_eq!((HighWater::read(&state).unwrap(), in_database()), (HighWater::Generation(9), "10".to_owned()));
    // A crash here, before the file follows, leaves no database that counts as old.
    let again = store.writer().write(|tx| at_opening(tx, HighWater::Generation(9), later(1))).await.unwrap();
    assert_eq!(again, None);
    store.note_high_water().await.unwrap();
    assert_eq!((HighWater::read(&state).unwrap(), in_database()), (HighWater::Generation(10), "10".to_owned()));
}

#[tokio::test]
async fn a_database_from_elsewhere_stays_thawed_when_the_machine_fails_in_that_moment() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let (_lock, store) = open_in(&state);
    store.raise_high_water().await.unwrap();
    std::fs::remove_file(state.join("high-water")).unwrap();
    let moved = store.writer().write(|tx| at_opening(tx, HighWater::Missing, now())).await.unwrap().unwrap();
    assert_eq!(moved.cause, Cause::Moved);
    let beside = store.beside();
    store.writer().write(move |tx| thaw(tx, Since::Unknown, "mona", &beside, now())).await.unwrap();
    let left = HighWater::read(&state).unwrap();
    let again = store.writer().write(move |tx| at_opening(tx, left, later(1))).await.unwrap();
    assert_eq!((left, again), (HighWater::Generation(0), None));
}

#[test]
fn a_freeze_is_kept_until_it_is_ended_and_says_why() {
    let connection = memory();
    within(&connection, |tx| {
        assert_eq!(at_opening(tx, HighWater::Missing, now()).unwrap(), None, "a first start");
        assert_eq!(frozen::would_be(&connection, HighWater::Missing, now()).unwrap(), None);
        frozen::mark_as_backup(&connection, later(-60)).unwrap();
        let would_be = frozen::would_be(&connection, HighWater::Missing, now()).unwrap().unwrap();
        let is = at_opening(tx, HighWater::Missing, now()).unwrap().unwrap();
        assert_eq!(is, would_be);
        assert_eq!(is.to_string(), "it was restored from the backup of 2026-11-21 13:02:00Z");
        assert_eq!(at_opening(tx, HighWater::Generation(3), later(5)).unwrap(), Some(is), "the first reason stands");
        assert_eq!(
            text(&connection, "SELECT group_concat(kind || ': ' || text) FROM event"),
            "frozen: it was restored from the backup of 2026-11-21 13:02:00Z"
        );
        thaw(tx, Since::Unknown, "mona", &none().1, later(6)).unwrap();
        assert_eq!(at_opening(tx, HighWater::Generation(0), later(7)).unwrap(), None, "the mark is gone");
        assert_eq!(
            thaw(tx, Since::Unknown, "mona", &none().1, later(8)).unwrap_err().to_string(),
            "there is no frozen database with that number"
        );
        // The last entry tells what an unmarked one shows.
        let older = at_opening(tx, HighWater::Generation(5), later(9)).unwrap().unwrap();
        assert_eq!(older.to_string(), "a newer database was in its place; the last entry of this one is of 2026-11-21 14:08:00Z");
    });
}

#[test]
fn nothing_is_decided_or_queued_while_it_is_frozen() {
    let connection = memory();
    within(&connection, |tx| {
        let id = take(tx, 1, &cast::forged(cast::DORA, cast::SECURITY, "guest escape", "buffer overflow in the grant table"));
        freeze(tx);
        let error = decisions::handle(tx, id, now(), 1).unwrap_err();
        assert!(matches!(error, StoreError::Frozen) && error.is_the_databases(), "{error}");
        let note = Note { kind: "n", about: None, case: None, actor: String::new(), text: String::new() };
        assert!(matches!(apply::effects(tx, None, vec![Effect::Note(note)], now()), Err(StoreError::Frozen)));
        assert!(apply::effects(tx, None, Vec::new(), now()).is_ok(), "nothing to do is nothing refused");
        assert_eq!(count(&connection, "SELECT count(*) FROM letter"), 0);
        assert_eq!(text(&connection, "SELECT state FROM inbox"), "taken");
    });
}

#[test]
fn what_may_have_been_handled_is_quarantined_and_what_came_later_is_not() {
    let connection = memory();
    within(&connection, |tx| {
        take_in(tx, vec![found(1, -90, Look::Later, Mark::None)], None, later(-90)).unwrap();
        connection.execute_batch("UPDATE inbox SET state = 'decided'").unwrap();
        take_in(tx, vec![found(2, -80, Look::Later, Mark::None)], None, later(-80)).unwrap();
        freeze(tx);
        let copy = Arrival { uid: 9, ..found(1, -90, Look::AtStart, Mark::None) };
        let batch = vec![
            copy,
            found(3, -30, Look::AtStart, Mark::None),
            // The server's clock is ahead of ours: it lay there when we came.
            found(4, 30, Look::AtStart, Mark::None),
            found(5, -30, Look::Later, Mark::None),
            found(6, 3, Look::Later, Mark::Ours),
            found(7, 3, Look::Later, Mark::None),
        ];
        take_in(tx, batch, None, later(3)).unwrap();
        let row = |uid: i64| count(&connection, &format!("SELECT id FROM inbox WHERE uid = {uid}"));
        let frozen = frozen::within(tx).unwrap().unwrap();
        let seen = doubt(&connection, frozen, Since::Unknown).unwrap();
        assert_eq!((seen.mails, seen.new_mails), ([2, 3, 4, 5, 6].map(row).to_vec(), 2));
        thaw(tx, Since::Unknown, "mona", &none().1, later(4)).unwrap();
        let quarantined = ["2", "3", "4", "5", "6"].map(|uid| format!("{uid} quarantined")).join(", ");
        assert_eq!(states(&connection), format!("1 decided, {quarantined}, 7 taken, 9 taken"));
        assert_eq!(text(&connection, "SELECT DISTINCT fault FROM inbox WHERE fault <> ''"), frozen::PERHAPS_HANDLED);
        assert_eq!(count(&connection, "SELECT count(*) FROM fact WHERE name LIKE 'came-before%'"), 0);
        // A mailbox that could not be read during the freeze: its old mail is found later.
        take_in(tx, vec![found(20, -10, Look::AtStart, Mark::None), found(21, 5, Look::AtStart, Mark::None)], None, later(6))
            .unwrap();
        assert!(states(&connection).ends_with("20 quarantined, 21 taken"), "{}", states(&connection));
        // Who knows that it was handled says so; nothing comes of it.
        inbox::replay(tx, InboxId::of_row(row(3)), Again::WasHandled, "mona", later(7)).unwrap();
        assert_eq!(text(&connection, "SELECT state FROM inbox WHERE uid = 3"), "ruled");
        let again = inbox::replay(tx, InboxId::of_row(row(3)), Again::WasHandled, "mona", later(8));
        assert_eq!(again.unwrap_err().to_string(), "there is no quarantined message with that number");
    });
}

#[test]
fn who_knows_that_nothing_was_sent_goes_on_but_for_what_another_has_marked() {
    let connection = memory();
    within(&connection, |tx| {
        letter(tx, "acknowledgement", &["a@x.example"]);
        take_in(tx, vec![found(1, -80, Look::Later, Mark::None)], None, later(-80)).unwrap();
        connection.execute_batch("UPDATE inbox SET marked = 1").unwrap();
        freeze(tx);
        let copy = Arrival { uid: 9, mark: Mark::Ours, ..found(1, -80, Look::AtStart, Mark::None) };
        let batch = vec![found(2, -30, Look::AtStart, Mark::None), found(3, -20, Look::AtStart, Mark::Ours), copy];
        take_in(tx, batch, None, later(1)).unwrap();
        let ended = thaw(tx, Since::NothingWasSent, "mona", &none().1, later(2)).unwrap();
        assert_eq!((ended.mails.len(), ended.new_mails, ended.letters.len()), (1, 3, 1));
        assert_eq!(states(&connection), "1 taken, 2 taken, 3 quarantined, 9 taken", "a copy of what we have is no evidence");
        assert_eq!(text(&connection, "SELECT state FROM delivery"), "queued");
        take_in(tx, vec![found(4, -10, Look::AtStart, Mark::None)], None, later(6)).unwrap();
        assert!(states(&connection).contains("4 taken"), "old mail is no news to who said so");
        assert_eq!(
            text(&connection, "SELECT actor || ': ' || text FROM event WHERE kind = 'thawed'"),
            "mona: the freeze is over; nothing was sent since, says who ended it"
        );
    });
}

#[test]
fn our_keyword_at_an_unknown_mail_sets_this_mail_aside_and_nothing_else() {
    let known = || found(1, 0, Look::AtStart, Mark::None);
    let cases = [
        ("another one took it in", found(2, 1, Look::AtStart, Mark::Ours), "2 quarantined"),
        ("no mark", found(2, 1, Look::AtStart, Mark::None), "2 taken"),
        ("a second instance gave it while we were looking", found(2, 1, Look::Later, Mark::Ours), "2 quarantined"),
        ("the mailbox is another one", Arrival { uid_validity: 2, ..found(2, 1, Look::AtStart, Mark::Ours) }, "2 quarantined"),
        ("we know it", Arrival { uid: 2, mark: Mark::Ours, ..known() }, "2 taken"),
        ("another mailbox", Arrival { mailbox: "Other".to_owned(), ..found(2, 1, Look::AtStart, Mark::Ours) }, "2 quarantined"),
    ];
    for (case, arrival, expected) in cases {
        let connection = memory();
        within(&connection, |tx| {
            let cursor = Some(("imap", "INBOX", Position { uid_validity: 1, last_uid: 1 }));
            take_in(tx, vec![known()], cursor, now()).unwrap();
            connection.execute_batch("UPDATE inbox SET state = 'decided'").unwrap();
            let batch = vec![arrival, found(3, 1, Look::AtStart, Mark::None)];
            let ids = take_in(tx, batch, None, later(1)).unwrap();
            assert_eq!(states(&connection), format!("1 decided, {expected}, 3 taken"), "{case}");
            assert_eq!(frozen::within(tx).unwrap(), None, "{case}");
            let aside = inbox::set_aside(tx, &ids).unwrap();
            assert_eq!(aside.len(), usize::from(expected.ends_with("quarantined")), "{case}");
            for id in aside {
                assert_eq!(text(&connection, &format!("SELECT fault FROM inbox WHERE id = {id}")), frozen::MARKED_ELSEWHERE);
            }
        });
    }
}

#[test]
fn what_was_set_aside_does_not_come_in_by_another_door_until_a_person_has_looked() {
    let connection = memory();
    within(&connection, |tx| {
        let marked = |uid, uid_validity| Arrival { uid, uid_validity, ..found(2, 1, Look::Later, Mark::Ours) };
        take_in(tx, vec![marked(2, 1), marked(3, 1)], None, later(1)).unwrap();
        take_in(tx, vec![marked(4, 2)], None, later(2)).unwrap();
        assert_eq!(states(&connection), "2 quarantined, 3 quarantined, 4 quarantined");
        inbox::replay(tx, InboxId::of_row(1), Again::WasHandled, "mona", later(3)).unwrap();
        take_in(tx, vec![marked(5, 3)], None, later(4)).unwrap();
        assert!(states(&connection).ends_with("5 taken"), "a copy of what is settled: {}", states(&connection));
    });
}

#[test]
fn letters_that_waited_stay_here_until_a_person_sends_them() {
    let connection = memory();
    within(&connection, |tx| {
        let first = letter(tx, "redistribution", &["a@x.example", "b@x.example"]);
        letter(tx, "acknowledgement", &["c@x.example"]);
        connection
            .execute_batch("UPDATE delivery SET state = 'accepted', settled_at = 1 WHERE recipient = 'a@x.example'")
            .unwrap();
        freeze(tx);
        let frozen = frozen::within(tx).unwrap().unwrap();
        let seen = doubt(&connection, frozen, Since::Unknown).unwrap();
        let open: Vec<(i64, &str, i64)> = seen.letters.iter().map(|open| (open.letter, open.kind.as_str(), open.open)).collect();
        assert_eq!(open, [(first, "redistribution", 1), (first + 1, "acknowledgement", 1)]);
        thaw(tx, Since::Unknown, "mona", &none().1, later(1)).unwrap();
        assert_eq!(
            text(&connection, "SELECT group_concat(recipient || ' ' || state || ' ' || reply, ', ' ORDER BY id) FROM delivery"),
            "a@x.example accepted , b@x.example failed unknown: perhaps sent before the restore, \
             c@x.example failed unknown: perhaps sent before the restore"
        );
        assert!(claim(tx, later(10_000)).is_none(), "never by itself");
        assert_eq!(delivery::close_letters(tx, later(2)).unwrap(), [0; 0], "told all together");
        let row = count(&connection, "SELECT id FROM delivery WHERE recipient = 'c@x.example'");
        delivery::retry(tx, row, "mona", later(3)).unwrap();
        assert_eq!(claim(tx, later(3)).unwrap().due.recipient.to_string(), "c@x.example");
    });
}

#[test]
fn a_report_handled_again_may_keep_its_letters_here() {
    let connection = memory();
    within(&connection, |tx| {
        freeze(tx);
        let report = cast::forged(cast::DORA, cast::SECURITY, "guest escape", "buffer overflow in the grant table");
        let id = *take_in(tx, vec![Arrival { arrived: later(-5), ..arrival(1, &report) }], None, now()).unwrap().first().unwrap();
        thaw(tx, Since::Unknown, "mona", &none().1, later(1)).unwrap();
        inbox::replay(tx, id, Again::KeepLetters, "mona", later(2)).unwrap();
        decisions::handle(tx, id, later(3), 1).unwrap();
        assert_eq!(text(&connection, "SELECT state FROM case_file"), "open");
        assert_eq!(
            text(
                &connection,
                "SELECT group_concat(kind || ' ' || recipient || ' ' || state || ' ' || reply, ', ' ORDER BY delivery.id) \
                 FROM delivery JOIN letter ON letter.id = letter_id"
            ),
            "acknowledgement dora@finder.example failed unknown: perhaps sent before the restore, \
             triage-notice mona@team.example.org queued , triage-notice nils@team.example.org queued "
        );
        assert_eq!(delivery::close_letters(tx, later(4)).unwrap(), [0; 0], "who asked for it is not told");
    });
}

#[test]
fn what_waited_for_a_ruling_may_have_been_ruled_on_once() {
    let connection = memory();
    within(&connection, |tx| {
        let post = take(tx, 1, "Subject: a\n\na\n");
        connection
            .execute_batch(
                "INSERT INTO held (inbox_id, place, suggests, urgent, state, held_at) VALUES (1, 'discuss', 'hold', 0, 'waiting', 1); \
                 UPDATE inbox SET state = 'held'",
            )
            .unwrap();
        freeze(tx);
        thaw(tx, Since::Unknown, "mona", &none().1, later(1)).unwrap();
        let kept = |kind, about| frozen::is_kept(tx, kind, None, about).unwrap().is_some();
        assert!(!kept(LetterKind::Ruled, Some(post)), "the team hears of the ruling");
        assert!(!kept(LetterKind::Redistribution, Some(InboxId::of_row(2))), "another one");
        assert!(kept(LetterKind::Redistribution, Some(post)));
        assert!(!kept(LetterKind::Redistribution, Some(post)), "once: what a person sends after that is new");
    });
}
