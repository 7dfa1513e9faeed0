//! The public list of organisations and its history, fire drills, and the digests that were given. No address is ever written here (P52): the
//! database itself refuses one.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};
use serde::Serialize;

use super::{
    StoreError, Tx, What as _,
    delivery::tls::WAITS,
    instant,
    record::{self, Entry},
    stored,
};
use crate::decide::membership::{HistoryLine, Organisation, PolicyVersion, RosterChange, Verb, history, organisation};

/// The public list, in its order.
pub fn organisations(connection: &Connection) -> Result<Vec<Organisation>, StoreError> {
    connection
        .prepare_cached("SELECT name, listed FROM organisation ORDER BY place, id")
        .what("read the public list")?
        .query_map([], |row| {
            Ok(Organisation { name: row.get(0)?, listed: row.get::<_, String>(1)?.parse::<PolicyVersion>().ok() })
        })
        .what("read the public list")?
        .collect::<Result<_, _>>()
        .what("read the public list")
}

/// The change history, newest first. `first` is the version of the policy that its first line has where there is none before.
pub fn history(connection: &Connection, first: PolicyVersion) -> Result<Vec<HistoryLine>, StoreError> {
    let before: Vec<String> = connection
        .prepare_cached("SELECT line FROM history_line ORDER BY place")
        .what("read the history")?
        .query_map([], |row| row.get(0))
        .what("read the history")?
        .collect::<Result<_, _>>()
        .what("read the history")?;
    let before: Vec<HistoryLine> = before.iter().filter_map(|line| line.parse().ok()).collect();
    let changes: Vec<RosterChange> = connection
        .prepare_cached("SELECT at, verb, organisation FROM roster_change ORDER BY id")
        .what("read the history")?
        .query_map([], |row| {
            let verb: String = row.get(1)?;
            let verb = if verb == "added" { Verb::Added } else { Verb::Removed };
            Ok(RosterChange { at: instant(row.get(0)?), verb, organisation: row.get(2)? })
        })
        .what("read the history")?
        .collect::<Result<_, _>>()
        .what("read the history")?;
    Ok(history::lines(&before, &changes, first))
}

/// An organisation came or went: the list, and the line of the history that follows.
pub(super) fn changed(tx: &Tx<'_>, verb: Verb, name: &str, now: Timestamp) -> Result<(), StoreError> {
    let list = organisations(tx.sql())?;
    let known = list.iter().find(|organisation| organisation::is_same(&organisation.name, name)).map(|known| known.name.clone());
    match (verb, known) {
        // It stood on the list before it was a member here.
        (Verb::Added, Some(_)) | (Verb::Removed, None) => return Ok(()),
        (Verb::Added, None) => insert(tx, organisation::place_of(&list, name), name, "")?,
        (Verb::Removed, Some(known)) => {
            tx.sql().execute("DELETE FROM organisation WHERE name = ?1", [known]).what("write the public list")?;
        }
    }
    let word = if verb == Verb::Added { "added" } else { "removed" };
    tx.sql()
        .execute("INSERT INTO roster_change (at, verb, organisation) VALUES (?1, ?2, ?3)", params![stored(now), word, name])
        .what("write the history")?;
    Ok(())
}

/// An organisation that was a member before embargod knew of it: it stands on the list, and the history has no line of it.
pub fn was_there(tx: &Tx<'_>, name: &str) -> Result<(), StoreError> {
    let list = organisations(tx.sql())?;
    if list.iter().any(|organisation| organisation::is_same(&organisation.name, name)) {
        return Ok(());
    }
    insert(tx, organisation::place_of(&list, name), name, "")
}

/// A listed organisation has another name; where an imported list names it so already, it stands there once.
pub(super) fn renamed(tx: &Tx<'_>, from: &str, to: &str) -> Result<(), StoreError> {
    tx.sql()
        .execute(
            "DELETE FROM organisation WHERE name = ?1 AND EXISTS (SELECT 1 FROM organisation WHERE name = ?2 AND name <> ?1)",
            params![from, to],
        )
        .what("write the public list")?;
    tx.sql().execute("UPDATE organisation SET name = ?2 WHERE name = ?1", params![from, to]).what("write the public list")?;
    Ok(())
}

fn insert(tx: &Tx<'_>, place: usize, name: &str, listed: &str) -> Result<(), StoreError> {
    let place = i64::try_from(place).unwrap_or(i64::MAX);
    // Places are counted anew, so that they are those of the list.
    tx.sql()
        .execute(
            "UPDATE organisation SET place = (SELECT COUNT(*) FROM organisation AS before WHERE (before.place, before.id) < (organisation.place, organisation.id))",
            [],
        )
        .what("write the public list")?;
    tx.sql().execute("UPDATE organisation SET place = place + 1 WHERE place >= ?1", [place]).what("write the public list")?;
    tx.sql()
        .execute("INSERT INTO organisation (place, name, listed) VALUES (?1, ?2, ?3)", params![place, name, listed])
        .what("write the public list")?;
    Ok(())
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// How many came new.
    pub new: usize,
    /// What stood there already and still does, and is not in the imported list.
    pub others: Vec<String>,
}

/// Takes today's list over, in its order; what is there already stays and keeps its place in the new order.
pub fn import(tx: &Tx<'_>, list: &[Organisation], actor: &str, now: Timestamp) -> Result<Imported, StoreError> {
    let before = organisations(tx.sql())?;
    let mut new = 0;
    let left: Vec<&Organisation> =
        before.iter().filter(|known| !list.iter().any(|one| organisation::is_same(&one.name, &known.name))).collect();
    tx.sql().execute("DELETE FROM organisation", []).what("write the public list")?;
    for (place, one) in list.iter().enumerate() {
        let known = before.iter().find(|known| organisation::is_same(&known.name, &one.name));
        new += usize::from(known.is_none());
        let listed = one.listed.or(known.and_then(|known| known.listed)).map(|version| version.to_string()).unwrap_or_default();
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        tx.sql()
            .execute("INSERT INTO organisation (place, name, listed) VALUES (?1, ?2, ?3)", params![place, one.name, listed])
            .what("write the public list")?;
    }
    let others = left.iter().map(|one| one.name.clone()).collect();
    for one in left {
        let place = organisation::place_of(&organisations(tx.sql())?, &one.name);
        insert(tx, place, &one.name, &one.listed.map(|version| version.to_string()).unwrap_or_default())?;
    }
    let text = format!("the public list was imported: {} organisations, {new} new", list.len());
    record::append(tx, now, &Entry { kind: "roster-imported", actor, text: &text, ..Entry::default() })?;
    Ok(Imported { new, others })
}

/// Takes the history over that there was before; in place of an earlier import.
pub fn import_history(tx: &Tx<'_>, lines: &[HistoryLine], actor: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.sql().execute("DELETE FROM history_line", []).what("write the history")?;
    for (place, line) in lines.iter().enumerate() {
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        tx.sql()
            .execute("INSERT INTO history_line (place, line) VALUES (?1, ?2)", params![place, line.to_string()])
            .what("write the history")?;
    }
    let text = format!("{} lines of the change history were imported", lines.len());
    record::append(tx, now, &Entry { kind: "history-imported", actor, text: &text, ..Entry::default() })
}

/// The number the next fire drill gets.
pub fn next_drill(tx: &Tx<'_>) -> Result<i64, StoreError> {
    super::snapshot::next_row(tx, "drill")
}

pub(super) fn drill(tx: &Tx<'_>, id: i64, by: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.sql()
        .execute("INSERT INTO drill (id, at, by) VALUES (?1, ?2, ?3)", params![id, stored(now), by])
        .what("begin a fire drill")?;
    let text = format!("drill-{id} begins");
    record::append(tx, now, &Entry { kind: "drill", actor: by, text: &text, ..Entry::default() })
}

/// Notes that a digest is given. Fails if it was given before: then nothing of this transaction happens, its letters included.
pub(super) fn told(tx: &Tx<'_>, key: &str, now: Timestamp) -> Result<(), StoreError> {
    let added = tx
        .sql()
        .execute("INSERT INTO told (key, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING", params![key, stored(now)])
        .what("note a digest")?;
    if added == 1 { Ok(()) } else { Err(StoreError::Changed("the digest")) }
}

/// Whether a digest was given.
pub fn was_told(tx: &Tx<'_>, key: &str) -> Result<bool, StoreError> {
    tx.sql().query_row("SELECT EXISTS (SELECT 1 FROM told WHERE key = ?1)", [key], |row| row.get(0)).what("look for a digest")
}

/// How a fire drill went to one member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DrillRow {
    /// The organisation.
    pub organisation: String,
    /// Its alias.
    pub address: String,
    /// State of the delivery; `bounced` where it came back.
    pub state: String,
    /// Code and enhanced status of the server.
    pub reply: String,
    /// Seconds from the queue to the server's acceptance.
    pub seconds: Option<i64>,
    /// What is known of the way behind the relay: only of a member who wants verified TLS as the report is made; what he wanted at the drill is not kept.
    pub tls: Option<String>,
    /// Hours until the alias answered; `None`: it is silent.
    pub answered_after_hours: Option<i64>,
}

/// The last fire drill, or the one of that number: its number, when it began, and how it went.
pub fn drill_report(connection: &Connection, id: Option<i64>) -> Result<Option<(i64, String, Vec<DrillRow>)>, StoreError> {
    const WHAT: &str = "read a fire drill";
    let mut statement =
        connection.prepare_cached("SELECT id, at FROM drill WHERE ?1 IS NULL OR id = ?1 ORDER BY id DESC LIMIT 1").what(WHAT)?;
    let mut found = statement.query_map([id], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))).what(WHAT)?;
    let Some(found) = found.next() else { return Ok(None) };
    let (id, began) = found.what(WHAT)?;
    // The answer to a drill confirms the alias: the first confirmation after it counts.
    let mut rows = connection
        .prepare_cached(
            "SELECT organisation, recipient, CASE WHEN bounce <> '' THEN 'bounced' ELSE delivery.state END, \
                    CASE WHEN bounce <> '' THEN bounce ELSE reply END, delivery.settled_at - queued_at, \
                    (SELECT MIN(event.at) FROM happening JOIN event ON event.id = event_id \
                     WHERE room = 'member' AND object = member.id AND kind = 'member-confirmed' AND event.at >= ?2) - ?2, delivery.state, tls \
             FROM letter JOIN delivery ON letter_id = letter.id LEFT JOIN member ON member.address = recipient \
             WHERE label = 'drill:' || ?1 ORDER BY organisation COLLATE NOCASE, recipient",
        )
        .what(WHAT)?;
    let list = rows
        .query_map(params![id, began], |row| {
            let settled: Option<i64> = row.get(4)?;
            let accepted = row.get::<_, String>(6)? == "accepted";
            Ok(DrillRow {
                organisation: row.get::<_, Option<String>>(0)?.unwrap_or_default(),
                address: row.get(1)?,
                state: row.get(2)?,
                reply: row.get(3)?,
                seconds: settled.filter(|_| accepted).map(|ms| SignedDuration::from_millis(ms).as_secs()),
                tls: match row.get::<_, Option<String>>(7)?.as_deref() {
                    Some("verify") if accepted => Some("wants verified TLS today".to_owned()),
                    Some("verify") => Some(row.get::<_, String>(3)?).filter(|reply| reply == WAITS),
                    _ => None,
                },
                answered_after_hours: row.get::<_, Option<i64>>(5)?.map(|ms| SignedDuration::from_millis(ms).as_hours()),
            })
        })
        .what(WHAT)?
        .collect::<Result<_, _>>()
        .what(WHAT)?;
    Ok(Some((id, instant(began).to_string(), list)))
}

/// Whether the last letter that was tried to this address was refused for good, and none was accepted since.
pub fn is_refusing(connection: &Connection, address: &str) -> Result<bool, StoreError> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM refusing WHERE recipient = ?1)")
        .what("read deliveries")?
        .query_row([address], |row| row.get(0))
        .what("read deliveries")
}
