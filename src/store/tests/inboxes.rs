//! What arrives: once, with its cursor, and never lost.

use super::*;
use crate::store::inbox::{
    Again, Position, Taken, count_try, marked, next_taken, position, quarantine, replay, take_in, unmarked,
};

fn cursor(uid_validity: u32, last_uid: u32) -> Option<(&'static str, &'static str, Position)> {
    Some(("imap", "INBOX", Position { uid_validity, last_uid }))
}

#[test]
fn the_same_batch_again_changes_nothing() {
    let connection = memory();
    within(&connection, |tx| {
        let batch = || vec![arrival(1, "Subject: a\n\na\n"), arrival(2, "Subject: b\n\nb\n")];
        assert_eq!(take_in(tx, batch(), cursor(1, 2), now()).unwrap(), [InboxId::of_row(1), InboxId::of_row(2)]);
        assert_eq!(take_in(tx, batch(), cursor(1, 2), later(1)).unwrap(), []);
        assert_eq!(count(&connection, "SELECT count(*) FROM inbox"), 2);
        assert_eq!(count(&connection, "SELECT count(*) FROM raw"), 2);
    });
}

#[test]
fn the_cursor_goes_forward_only_and_starts_again_with_a_new_uidvalidity() {
    let connection = memory();
    within(&connection, |tx| {
        let now_at = |uid_validity, last_uid| Some(Position { uid_validity, last_uid });
        assert_eq!(position(tx, "imap", "INBOX").unwrap(), None);
        for (given, then) in [((1, 5), (1, 5)), ((1, 3), (1, 5)), ((1, 9), (1, 9)), ((2, 1), (2, 1)), ((2, 4), (2, 4))] {
            take_in(tx, Vec::new(), cursor(given.0, given.1), now()).unwrap();
            assert_eq!(position(tx, "imap", "INBOX").unwrap(), now_at(then.0, then.1));
        }
        assert_eq!(position(tx, "imap", "Junk").unwrap(), None);
    });
}

#[test]
fn after_a_new_uidvalidity_a_mail_arrives_again_with_the_same_bytes() {
    let connection = memory();
    within(&connection, |tx| {
        take(tx, 1, "Subject: a\n\na\n");
        let again = Arrival { uid_validity: 2, ..arrival(1, "Subject: a\n\na\n") };
        assert_eq!(take_in(tx, vec![again], None, now()).unwrap(), [InboxId::of_row(2)]);
        assert_eq!(count(&connection, "SELECT count(*) FROM raw"), 1);
    });
}

#[test]
fn the_oldest_is_looked_at_first_and_a_quarantined_one_only_after_replay() {
    let connection = memory();
    within(&connection, |tx| {
        let (one, two) = (take(tx, 1, "Subject: a\n\na\n"), take(tx, 2, "Subject: b\n\nb\n"));
        assert_eq!(next(tx).unwrap().id, one);
        quarantine(tx, one, "the reason", now()).unwrap();
        assert_eq!(next(tx).unwrap().id, two);
        assert_eq!(
            quarantine(tx, one, "again", now()).unwrap_err().to_string(),
            "the message has changed in the meantime; nothing was done"
        );
        replay(tx, one, Again::AsNew, "mona", now()).unwrap();
        let taken = next(tx).unwrap();
        assert_eq!((taken.id, taken.raw.bytes()), (one, &b"Subject: a\r\n\r\na\r\n"[..]));
        assert_eq!(
            replay(tx, one, Again::AsNew, "mona", now()).unwrap_err().to_string(),
            "there is no quarantined message with that number"
        );
        assert_eq!(
            text(&connection, "SELECT group_concat(kind || ':' || text || ':' || actor, '; ' ORDER BY id) FROM event"),
            "quarantined:the reason:; replayed:put back to be handled again:mona"
        );
    });
}

#[test]
fn marks_are_noted_for_each_uid() {
    let connection = memory();
    within(&connection, |tx| {
        for uid in [3, 1, 2] {
            take(tx, uid, &format!("Subject: {uid}\n\nx\n"));
        }
        marked(tx, "imap", "INBOX", 1, &[2]).unwrap();
        assert_eq!(unmarked(tx, "imap", "INBOX", 1).unwrap(), [1, 3]);
        assert_eq!(unmarked(tx, "imap", "INBOX", 2).unwrap(), [0_u32; 0]);
    });
}

fn next(tx: &Tx<'_>) -> Option<Taken> {
    next_taken(tx, 1, 0).unwrap().pop()
}

#[test]
fn several_are_read_together_within_bounds_and_one_that_was_looked_at_before_comes_alone() {
    let connection = memory();
    within(&connection, |tx| {
        let ids: Vec<InboxId> = (1..=5).map(|uid| take(tx, uid, "0123456789")).collect();
        let read = |most: usize, octets: usize| -> Vec<InboxId> {
            next_taken(tx, most, octets).unwrap().iter().map(|taken| taken.id).collect()
        };
        assert_eq!(read(9, 1000), ids);
        assert_eq!(read(2, 1000), ids[..2]);
        // What goes over the bound is the last one: a message that is larger than it is read, too.
        let octets = next(tx).unwrap().raw.len();
        assert_eq!(read(9, octets), ids[..2]);
        assert_eq!(read(9, 0), ids[..1]);
        count_try(tx, ids[2]).unwrap();
        assert_eq!(read(9, 1000), ids[..2]);
        for id in &ids[..2] {
            quarantine(tx, *id, "a test", now()).unwrap();
        }
        assert_eq!(read(9, 1000), ids[2..3]);
    });
}
