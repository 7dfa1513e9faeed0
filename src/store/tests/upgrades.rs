//! Every step of the schema on a database that the version before it has filled: `tests/upgrades/NNNN.sql` holds such rows for each version.

use std::{fs, path::PathBuf};

use super::*;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

pub(super) fn tables(connection: &Connection) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    connection.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

pub(super) fn rows(connection: &Connection, table: &str) -> i64 {
    count(connection, &format!("SELECT count(*) FROM {table}"))
}

/// A database of that version with its rows.
fn filled(version: usize) -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    fill(&mut connection, version);
    connection
}

/// Makes an empty database one of that version with its rows.
pub(super) fn fill(connection: &mut Connection, version: usize) {
    let name = format!("tests/upgrades/{version:04}.sql");
    let rows = fs::read_to_string(folder(&name))
        .unwrap_or_else(|_| panic!("{name} is missing: write rows for every table as version {version} leaves them"));
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    open::migrate_to(connection, version);
    connection.execute_batch(&rows).unwrap();
}

#[test]
fn the_steps_fit_one_another() {
    open::validate().unwrap();
    let files = fs::read_dir(folder("src/store/migrations")).unwrap().count();
    assert_eq!(files, open::steps(), "a step without its file, or a file that is no step");
}

#[test]
fn every_version_filled_becomes_the_newest_and_loses_nothing() {
    for version in 1..=open::steps() {
        let mut connection = filled(version);
        let before: Vec<(String, i64)> =
            tables(&connection).into_iter().map(|table| (table.clone(), rows(&connection, &table))).collect();
        for (table, rows) in &before {
            assert!(*rows > 0, "tests/upgrades/{version:04}.sql has no row for {table}");
        }
        open::migrate_to(&mut connection, open::steps());
        assert_eq!(text(&connection, "PRAGMA integrity_check"), "ok");
        assert_eq!(count(&connection, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
        for (table, kept) in before {
            assert_eq!(rows(&connection, &table), kept, "{table} after version {version}");
        }
    }
}

#[test]
fn an_attempt_that_was_on_the_wire_at_the_upgrade_has_an_unknown_end() {
    let mut connection = filled(8);
    connection
        .execute_batch(
            "UPDATE attempt SET outcome = 'sending', ended_at = NULL; UPDATE delivery SET state = 'sending', settled_at = NULL",
        )
        .unwrap();
    open::migrate_to(&mut connection, open::steps());
    assert_eq!(
        text(&connection, "SELECT DISTINCT outcome || ' ' || reply FROM every_attempt WHERE ended_at IS NOT NULL"),
        "unknown interrupted"
    );
    assert_eq!(count(&connection, "SELECT count(*) FROM every_attempt WHERE outcome = 'sending'"), 0);
}

/// SQLite refuses such a column in a table that has rows.
#[test]
fn no_step_adds_a_column_that_old_rows_cannot_have() {
    for entry in fs::read_dir(folder("src/store/migrations")).unwrap() {
        let path = entry.unwrap().path();
        for statement in fs::read_to_string(&path).unwrap().split(';') {
            let words = statement.to_uppercase();
            let adds = words.contains("ALTER TABLE") && words.contains(" ADD ");
            assert!(!adds || !words.contains("NOT NULL") || words.contains("DEFAULT"), "{}: {statement}", path.display());
        }
    }
}

/// The filled database is one that this version can work with, not only one that fits the schema.
#[test]
fn the_newest_filled_database_is_read_and_goes_on() {
    let connection = filled(open::steps());
    let status = crate::store::read::status(&connection).unwrap();
    let told = (status.messages, status.held, status.quarantined, status.members, status.queued, status.live_advisories);
    assert_eq!(told, (4, 1, 1, 1, 1, 1));
    let story = crate::store::why::story(&connection, 3).unwrap().unwrap();
    assert_eq!(story.ruling.unwrap().by, "nils");
    let recipients: Vec<_> =
        story.letters.iter().flat_map(|letter| &letter.deliveries).map(|one| one.recipient.as_str()).collect();
    assert_eq!(recipients, ["security@alpha.example", "security@beta.example"]);
    within(&connection, |tx| {
        let claimed = claim(tx, at("2026-11-21T14:08:00Z")).unwrap();
        assert_eq!(claimed.due.recipient, address("security@alpha.example"));
    });
}

#[test]
fn who_refuses_is_known_from_before_and_old_return_paths_lead_on() {
    let mut connection = filled(8);
    for (number, (recipient, state, reply)) in [
        ("refuses@x.example", "accepted", "250"),
        ("refuses@x.example", "failed", "550 5.1.1"),
        ("takes@x.example", "failed", "550 5.1.1"),
        ("takes@x.example", "accepted", "250"),
        ("unknown@x.example", "failed", "unknown twice"),
    ]
    .into_iter()
    .enumerate()
    {
        let row = 100 + i64::try_from(number).unwrap();
        let letter = "INSERT INTO letter (id, kind, class, message_id, created_at, bytes) VALUES (?1, 'alarm', 'confidential', 'x', 1, x'41')";
        connection.execute(letter, [row]).unwrap();
        let delivery = "INSERT INTO delivery (id, letter_id, recipient, priority, state, attempts, queued_at, next_at, settled_at, reply) \
                        VALUES (?1, ?1, ?2, 1, ?3, 1, ?1, ?1, ?1, ?4)";
        connection.execute(delivery, rusqlite::params![row, recipient, state, reply]).unwrap();
    }
    open::migrate_to(&mut connection, open::steps());
    assert_eq!(text(&connection, "SELECT group_concat(recipient, ' ' ORDER BY recipient) FROM refusing"), "refuses@x.example");
    assert_eq!(
        count(
            &connection,
            "SELECT letter_id FROM delivery WHERE verp = x'0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C'"
        ),
        2
    );
}
