//! The one membership table: its active rows are the recipients of both private lists (P65).

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::{
    StoreError, Tx, What as _,
    record::{self, Entry},
    stored,
};
use crate::{
    disclosure::{Member, Membership},
    mail::Address,
};

/// All members that were not removed, in the order in which they came.
pub fn all(tx: &Tx<'_>) -> Result<Vec<Member>, StoreError> {
    all_on(tx.sql())
}

/// The same on any connection.
pub fn all_on(connection: &rusqlite::Connection) -> Result<Vec<Member>, StoreError> {
    let mut posters =
        connection.prepare_cached("SELECT address FROM poster WHERE member_id = ?1 ORDER BY address").what("read members")?;
    let mut members = connection
        .prepare_cached("SELECT id, organisation, address, state FROM member WHERE state <> 'removed' ORDER BY id")
        .what("read members")?;
    let rows = members
        .query_map([], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?))
        })
        .what("read members")?;
    let mut all = Vec::new();
    for row in rows {
        let (id, organisation, address, state) = row.what("read members")?;
        let names = posters.query_map([id], |row| row.get::<_, String>(0)).what("read members")?;
        let mut writes = Vec::new();
        for name in names {
            writes.push(name.what("read members")?.parse().map_err(|_| StoreError::Unknown("poster.address"))?);
        }
        all.push(Member {
            organisation,
            address: address.parse().map_err(|_| StoreError::Unknown("member.address"))?,
            posters: writes,
            membership: if state == "active" { Membership::Active } else { Membership::Frozen },
        });
    }
    Ok(all)
}

/// Whether the table was ever filled.
pub fn is_empty(tx: &Tx<'_>) -> Result<bool, StoreError> {
    tx.sql().query_row("SELECT NOT EXISTS (SELECT 1 FROM member)", [], |row| row.get(0)).what("count members")
}

/// Adds an organisation, or brings a removed one back with what is given now.
pub fn add(tx: &Tx<'_>, member: &Member, actor: &str, now: Timestamp) -> Result<(), StoreError> {
    let existing: Option<(i64, String)> = tx
        .sql()
        .query_row("SELECT id, state FROM member WHERE address = ?1", [member.address.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
        .what("look up a member")?;
    let id = match existing {
        Some((_, known)) if known != "removed" => {
            return Err(StoreError::Changed("the membership (that address is a member already)"));
        }
        Some((id, _)) => {
            tx.sql()
                .execute(
                    "UPDATE member SET organisation = ?2, state = ?3, changed_at = ?4 WHERE id = ?1",
                    params![id, member.organisation, state(member.membership), stored(now)],
                )
                .what("add a member")?;
            // Who wrote for it then is not confirmed to write for it now.
            tx.sql().execute("DELETE FROM poster WHERE member_id = ?1", [id]).what("add a member")?;
            id
        }
        None => {
            tx.sql()
                .execute(
                    "INSERT INTO member (organisation, address, state, added_at, changed_at) VALUES (?1, ?2, ?3, ?4, ?4)",
                    params![member.organisation, member.address.to_string(), state(member.membership), stored(now)],
                )
                .what("add a member")?;
            tx.sql().last_insert_rowid()
        }
    };
    for poster in &member.posters {
        tx.sql()
            .execute(
                "INSERT INTO poster (member_id, address) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                params![id, poster.to_string()],
            )
            .what("add a poster")?;
    }
    record::append(tx, now, &Entry { kind: "member-added", actor, text: &member.organisation, ..Entry::default() })
}

/// A change of the list of organisations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// When.
    pub at: Timestamp,
    /// What.
    pub change: Change,
    /// Which organisation.
    pub organisation: String,
}

/// What happened to a membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It began.
    Added,
    /// It ended.
    Removed,
}

/// How the list of organisations changed, in order, since it was filled at the first start.
pub fn changes(connection: &rusqlite::Connection) -> Result<Vec<Changed>, StoreError> {
    let mut statement = connection
        .prepare_cached(
            "SELECT at, kind, text FROM event WHERE kind IN ('member-added', 'member-removed') AND actor <> 'first start' ORDER BY id",
        )
        .what("read the changes of the membership")?;
    let rows = statement
        .query_map([], |row| {
            let change = if row.get::<_, String>(1)? == "member-added" { Change::Added } else { Change::Removed };
            Ok(Changed { at: super::instant(row.get(0)?), change, organisation: row.get(2)? })
        })
        .what("read the changes of the membership")?;
    rows.collect::<Result<_, _>>().what("read the changes of the membership")
}

fn state(membership: Membership) -> &'static str {
    match membership {
        Membership::Active => "active",
        Membership::Frozen => "frozen",
    }
}

/// Ends a membership; takes effect before the next attempt at any delivery.
pub fn remove(tx: &Tx<'_>, address: &Address, actor: &str, now: Timestamp) -> Result<String, StoreError> {
    let organisation: Option<String> = tx
        .sql()
        .query_row(
            "UPDATE member SET state = 'removed', changed_at = ?2 WHERE address = ?1 AND state <> 'removed' RETURNING organisation",
            params![address.to_string(), stored(now)],
            |row| row.get(0),
        )
        .optional()
        .what("remove a member")?;
    let organisation = organisation.ok_or(StoreError::Missing("member"))?;
    record::append(tx, now, &Entry { kind: "member-removed", actor, text: &organisation, ..Entry::default() })?;
    Ok(organisation)
}
