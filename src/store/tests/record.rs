//! The record as a chain: whatever is changed behind our back is found, and named.

use super::*;
use crate::{
    disclosure::CaseId,
    store::record::{self, Entry, Fault, Head, Verified},
};

/// Five entries of all shapes, about a message that is stored.
fn filled() -> Connection {
    let connection = memory();
    within(&connection, |tx| {
        let id = take(tx, 1, "From: dora@finder.example\r\n\r\na report");
        tx.sql()
            .execute("INSERT INTO case_file (id, discoverer, token, state, opened_at) VALUES (1, '', 'a', 'open', 0)", [])
            .unwrap();
        let entries = [
            Entry {
                kind: "case-opened",
                about: Some(id),
                cause: Some(id),
                case: Some(CaseId(1)),
                text: "case-1",
                ..Entry::default()
            },
            Entry { kind: "claimed", case: Some(CaseId(1)), actor: "mona", text: "claimed by mona", ..Entry::default() },
            Entry {
                kind: "embargo-set",
                case: Some(CaseId(1)),
                actor: "mona",
                data: r#"{"until":"2026-12-08T12:00:00Z"}"#,
                ..Entry::default()
            },
            Entry { kind: "retry", actor: "operator", text: "delivery 3 is tried again", ..Entry::default() },
            Entry { kind: "note", ..Entry::default() },
        ];
        for (minute, entry) in (0..).zip(&entries) {
            record::append(tx, later(minute), entry).unwrap();
        }
    });
    connection
}

/// As somebody would who can write the file: triggers are no protection against him.
fn tamper(connection: &Connection, sql: &str) {
    connection
        .execute_batch("DROP TRIGGER IF EXISTS event_stays; DROP TRIGGER IF EXISTS event_remains; PRAGMA foreign_keys = OFF")
        .unwrap();
    connection.execute_batch(sql).unwrap();
}

fn faults(connection: &Connection, noted: Option<&Head>) -> Vec<String> {
    record::verify(connection, noted).unwrap().faults.iter().map(ToString::to_string).collect()
}

#[test]
fn an_untouched_record_is_what_was_written() {
    let connection = filled();
    assert_eq!(record::verify(&connection, None).unwrap(), Verified { entries: 5, older: 0, mails: 1, faults: Vec::new() });
    let head = record::head(&connection).unwrap().unwrap();
    assert_eq!(head.entry, 5);
    assert_eq!(head.to_string().parse(), Ok(head));
    assert_eq!(faults(&connection, Some(&head)), Vec::<String>::new());
}

#[test]
fn every_changed_column_of_every_entry_is_found() {
    let changes = [
        "at = at + 1",
        "kind = kind || 'x'",
        "inbox_id = CASE WHEN inbox_id IS NULL THEN 1 END",
        "cause = CASE WHEN cause IS NULL THEN 1 END",
        "case_id = CASE WHEN case_id IS NULL THEN 1 END",
        "actor = actor || ' '",
        "text = text || '.'",
        "data = data || ' '",
        // What moves from one text to the next keeps every byte and changes what is said.
        "actor = kind || actor, kind = ''",
        "hash = zeroblob(32)",
        "hash = x''",
    ];
    for change in changes {
        for entry in 1..=5 {
            let connection = filled();
            tamper(&connection, &format!("UPDATE event SET {change} WHERE id = {entry}"));
            let found = record::verify(&connection, None).unwrap().faults;
            let named = found
                .iter()
                .any(|fault| matches!(fault, Fault::Altered { entry: named, .. } if *named == entry || *named == entry + 1));
            assert!(named, "{change} of entry {entry}: {found:?}");
        }
    }
}

#[test]
fn any_flipped_bit_of_the_texts_and_hashes_is_found() {
    let connection = filled();
    for column in ["kind", "actor", "text", "data", "hash"] {
        for entry in 1..=5 {
            let length = count(&connection, &format!("SELECT length(CAST({column} AS BLOB)) FROM event WHERE id = {entry}"));
            for place in 0..usize::try_from(length).unwrap() {
                let copy = filled();
                let sql = format!("SELECT CAST({column} AS BLOB) FROM event WHERE id = {entry}");
                let mut bytes: Vec<u8> = copy.query_row(&sql, [], |row| row.get(0)).unwrap();
                bytes[place] ^= 1;
                tamper(&copy, "");
                let cast = if column == "hash" { "?1" } else { "CAST(?1 AS TEXT)" };
                copy.execute(&format!("UPDATE event SET {column} = {cast} WHERE id = {entry}"), [bytes]).unwrap();
                assert!(!record::verify(&copy, None).unwrap().faults.is_empty(), "{column} of entry {entry} at {place}");
            }
        }
    }
}

#[test]
fn entries_taken_out_put_in_or_moved_are_found() {
    let cases = [
        (
            "DELETE FROM event WHERE id = 3",
            vec!["entry 3 is gone", "entry 4 (2026-11-21T14:05:00Z) is not what was written, or was put in or moved"],
        ),
        ("DELETE FROM event WHERE id = 5", vec!["entry 5 is gone"]),
        ("DELETE FROM event", vec!["entry 1 is gone"]),
        (
            "INSERT INTO event (id, at, kind, hash) VALUES (6, 0, 'waived', zeroblob(32))",
            vec!["entry 6 (1970-01-01T00:00:00Z) is not what was written, or was put in or moved"],
        ),
        (
            "UPDATE event SET hash = x'' WHERE id <= 2",
            vec!["entry 3 (2026-11-21T14:04:00Z) is not what was written, or was put in or moved"],
        ),
    ];
    for (sql, expected) in cases {
        let connection = filled();
        tamper(&connection, sql);
        assert_eq!(faults(&connection, None), expected, "{sql}");
    }
}

/// Against a chain written anew helps only what somebody noted elsewhere.
#[test]
fn a_rewritten_record_does_not_have_the_noted_head() {
    let noted = record::head(&filled()).unwrap().unwrap();
    let other = memory();
    within(&other, |tx| {
        for minute in 0..5 {
            record::append(tx, later(minute), &Entry { kind: "note", text: "nothing happened", ..Entry::default() }).unwrap();
        }
    });
    assert_eq!(faults(&other, None), Vec::<String>::new());
    assert_eq!(faults(&other, Some(&noted)), ["the record does not have the head that was noted at entry 5: it was rewritten"]);
}

#[test]
fn changed_bytes_of_a_message_are_found() {
    let connection = filled();
    tamper(&connection, "UPDATE raw SET bytes = CAST(bytes || '!' AS BLOB)");
    assert_eq!(faults(&connection, None), ["the stored bytes of message 1 are not those that came"]);
}

/// The database refuses what our own statements never do.
#[test]
fn the_record_is_only_appended_to() {
    let connection = filled();
    for sql in ["UPDATE event SET text = '' WHERE id = 1", "DELETE FROM event WHERE id = 5"] {
        let refused = connection.execute(sql, []).unwrap_err().to_string();
        assert_eq!(refused, "the record is only ever appended to", "{sql}");
    }
}

/// A database from before the chain: its entries stand outside of it, the next ones begin it.
#[test]
fn entries_from_before_the_chain_are_counted() {
    let mut connection = Connection::open_in_memory().unwrap();
    open::migrate_to(&mut connection, 1);
    connection.execute_batch("INSERT INTO event (at, kind) VALUES (0, 'case-opened'), (1, 'claimed')").unwrap();
    open::migrate_to(&mut connection, open::steps());
    within(&connection, |tx| record::append(tx, now(), &Entry { kind: "note", ..Entry::default() }).unwrap());
    assert_eq!(record::verify(&connection, None).unwrap(), Verified { entries: 1, older: 2, mails: 0, faults: Vec::new() });
}

#[test]
fn a_head_is_read_as_it_is_printed() {
    for wrong in ["", "5", "5:", "5:abc", "x:0000000000000000000000000000000000000000000000000000000000000000"] {
        assert_eq!(
            wrong.parse::<Head>(),
            Err("a head is wanted as `embargod audit head` prints it: NUMBER:64 hexadecimal digits"),
            "{wrong}"
        );
    }
}
