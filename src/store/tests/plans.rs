//! Questions asked for every message or every delivery find their rows by an index, however many years the database holds.

use super::*;

/// The plan of `sql` as SQLite tells it. Parameters are bound to nothing: the plan does not depend on them.
fn plan(connection: &Connection, sql: &str) -> String {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let mut rows = statement.raw_query();
    let mut lines = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        lines.push(row.get::<_, String>(3).unwrap());
    }
    lines.join("\n")
}

/// The SQL of a source file of the store: every string literal that begins like a statement and holds `part`.
fn statements(source: &str, part: &str) -> Vec<String> {
    let literals = source.split('"').skip(1).step_by(2);
    let joined = literals.map(|literal| literal.split("\\\n").map(str::trim_start).collect::<String>());
    joined.filter(|literal| literal.starts_with("SELECT") && literal.contains(part)).collect()
}

#[test]
fn nothing_that_is_asked_often_reads_a_whole_table() {
    let connection = memory();
    let delivery = concat!(include_str!("../delivery.rs"), include_str!("../delivery/claim.rs"));
    let snapshot = concat!(include_str!("../snapshot.rs"), include_str!("../returned.rs"));
    let inbox = include_str!("../inbox.rs");
    for (source, part, index) in [
        (delivery, "priority = ?2 AND next_at", "delivery_due"),
        (delivery, "MIN(next_at)", "delivery_due"),
        (delivery, "id FROM letter WHERE settled_at IS NULL AND", "letter_open"),
        (delivery, "letter_id = ?1 AND settled_at IS NULL", "delivery_letter"),
        (inbox, "state = 'taken' ORDER BY", "inbox_taken"),
        (inbox, "marked = 0", "inbox_unmarked"),
        (snapshot, "identity = ?1 AND place", "inbox_identity"),
        (snapshot, "identity <> ?3", "inbox_message_id"),
        (snapshot, "verp = ?1", "delivery_verp"),
        (snapshot, "return_hash = ?1", "letter_return"),
        (snapshot, "(kind = 'redistribution') = ?2", "letter_message_id"),
        (snapshot, "inbox.message_id = ?1", "letter_message_id"),
        (snapshot, "FROM token WHERE hash", "sqlite_autoindex_token_1"),
        (snapshot, "?2 IS NULL OR recipient", "letter_kind"),
        (snapshot, "'subscription-answer' AND recipient", "letter_kind"),
        (snapshot, "kind = 'command-answer'", "letter_kind"),
        (snapshot, "kind IN ('held-notice'", "letter_kind"),
        (snapshot, "kind = 'triage-notice'", "letter_kind"),
        (snapshot, "FROM case_mail WHERE case_id", "sqlite_autoindex_case_mail_1"),
    ] {
        let found = statements(source, part);
        let [sql] = found.as_slice() else { panic!("{} statements with {part}", found.len()) };
        let plan = plan(&connection, sql);
        assert!(plan.contains(index), "{part} does not use {index}:\n{plan}");
        let scans: Vec<&str> = plan
            .lines()
            .filter(|line| line.starts_with("SCAN") && !line.contains("USING") && *line != "SCAN CONSTANT ROW")
            .collect();
        assert!(scans.is_empty(), "{part}:\n{plan}");
        assert!(!plan.contains("TEMP B-TREE FOR ORDER BY") || part.contains("next_at"), "{part} sorts:\n{plan}");
    }
}
