//! The store on real files and in memory.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};

use super::{
    Lock, Store, Tx, apply, delivery,
    inbox::{self, Arrival, Extent},
    open,
};
use crate::{
    decide::{
        effect::Effect,
        incoming::InboxId,
        membership::{Actor, Change, MemberEvent, MemberId},
    },
    disclosure::{Member, Membership, Person, PersonName},
    mail::{Address, RawMessage},
};

mod backup;
mod before_upgrade;
pub(crate) mod beside;
mod cases;
mod conservation;
mod decisions;
mod deliveries;
mod firewall;
mod frozen;
mod inboxes;
mod knowledge;
mod membership;
mod opening;
mod plans;
mod record;
mod reminders;
mod upgrades;
mod writing;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-21T14:02:00Z")
}

fn later(minutes: i64) -> Timestamp {
    now().checked_add(SignedDuration::from_mins(minutes)).unwrap()
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// Everybody to whom the letters of these tests go.
fn team() -> Vec<Person> {
    let person = |at: &str| Person { name: PersonName(at.to_owned()), address: address(at), also: Vec::new() };
    ["mona@team.example.org", "nils@team.example.org", "a@x.example", "b@x.example", "c@x.example", "d@x.example", "e@x.example"]
        .map(person)
        .to_vec()
}

/// A new store in `state`, with the lock that it needs.
fn open_in(state: &Path) -> (Lock, Store) {
    let lock = Lock::take(state).unwrap();
    let store = Store::open(state, &lock).unwrap();
    (lock, store)
}

/// A database in memory; `work` gets a transaction on it.
fn within<T>(connection: &Connection, work: impl FnOnce(&Tx<'_>) -> T) -> T {
    work(&Tx::of(connection))
}

fn arrival(uid: u32, text: &str) -> Arrival {
    Arrival {
        source: "imap".to_owned(),
        mailbox: "INBOX".to_owned(),
        uid_validity: 1,
        uid,
        unique_name: String::new(),
        came_for: String::new(),
        arrived: now(),
        raw: RawMessage::new(text.replace('\n', "\r\n").into_bytes()),
        full_size: 10,
        extent: Extent::Whole,
        mark: inbox::Mark::None,
        look: inbox::Look::Later,
    }
}

fn take(tx: &Tx<'_>, uid: u32, text: &str) -> InboxId {
    let ids = inbox::take_in(tx, vec![arrival(uid, text)], None, now()).unwrap();
    *ids.first().unwrap()
}

fn member(organisation: &str, at: &str, posters: &[&str]) -> Member {
    Member {
        organisation: organisation.to_owned(),
        address: address(at),
        posters: posters.iter().map(|poster| address(poster)).collect(),
        membership: Membership::Active,
        tls: crate::disclosure::TlsRequirement::default(),
    }
}

/// A letter with a delivery for each recipient, due at once; returns its row. `kind` decides the priority as `apply` does.
fn letter(tx: &Tx<'_>, kind: &str, to: &[&str]) -> i64 {
    let sql = tx.sql();
    sql.execute(
        "INSERT INTO letter (kind, class, message_id, bytes, created_at) VALUES (?1, 'embargoed', 'l@example.org', x'41', ?2)",
        params![kind, super::stored(now())],
    )
    .unwrap();
    let letter = sql.last_insert_rowid();
    let priority = if kind == "redistribution" { 5 } else { 1 };
    for recipient in to {
        sql.execute(
            "INSERT INTO delivery (letter_id, recipient, return_path, priority, state, queued_at, next_at) VALUES (?1, ?2, '', ?3, 'queued', ?4, ?4)",
            params![letter, recipient, priority, super::stored(now())],
        )
        .unwrap();
    }
    letter
}

fn text(connection: &Connection, sql: &str) -> String {
    connection.query_row(sql, [], |row| row.get::<_, Option<String>>(0)).unwrap().unwrap_or_default()
}

fn count(connection: &Connection, sql: &str) -> i64 {
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn memory() -> Connection {
    open::in_memory()
}

/// Records the attempt at the most urgent delivery that is due.
fn claim(tx: &Tx<'_>, at: Timestamp) -> Option<delivery::Claimed> {
    for priority in apply::PRIORITIES {
        for due in delivery::due(tx, priority, &mut { delivery::Place::START }, 100, at).unwrap() {
            if let Some(claimed) = delivery::claim(tx, &due, &team(), &|_| crate::disclosure::Assurance::Lacking, at).unwrap() {
                return Some(claimed);
            }
        }
    }
    None
}

/// Root stops a member's mail: it takes effect with the commit.
fn leaves(tx: &Tx<'_>, alias: &str) {
    let file = crate::store::member::at(tx, &address(alias)).unwrap().expect("a member");
    happens(tx, file.id(), Actor::Operator, MemberEvent::Frozen { because: "it left".to_owned() });
}

/// Something happens to a member, as an effect of a decision.
fn happens(tx: &Tx<'_>, id: MemberId, by: Actor, event: MemberEvent) {
    let change = Effect::Membership(Box::new(Change::Member { id, by, event }));
    crate::store::apply::effects(tx, None, vec![change], now()).unwrap();
}
