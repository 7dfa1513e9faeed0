//! The one membership table: its active rows are the recipients of both private lists (P65).
//!
//! A member is what its events add up to ([`MemberFile`]); its row says who gets mail, and is written from the file whenever an event is. Members
//! from before there were events are adopted into the record with the first thing that happens to them.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{
    StoreError, Tx, What as _, instant,
    membership::{Kept, events, keep},
    record::{self, Entry},
    roster, stored,
};
use crate::{
    decide::{
        incoming::InboxId,
        membership::{Actor, MemberEvent, MemberFile, MemberId, MemberRecorded, Particulars, Standing, Verb},
    },
    disclosure::{Member, Membership, TlsRequirement},
    mail::Address,
};

/// All members that were not removed, in the order in which they came. Who is only proposed is none.
pub fn all(tx: &Tx<'_>) -> Result<Vec<Member>, StoreError> {
    all_on(tx.sql())
}

/// The same on any connection.
pub fn all_on(connection: &Connection) -> Result<Vec<Member>, StoreError> {
    let mut rows = connection
        .prepare_cached(
            "SELECT member.id, organisation, member.address, state, tls, poster.address FROM member LEFT JOIN poster ON member_id = member.id \
             WHERE state <> 'removed' AND standing <> 'proposed' ORDER BY member.id, poster.address",
        )
        .what("read members")?;
    let mut rows = rows.query([]).what("read members")?;
    let mut all: Vec<Member> = Vec::new();
    let mut last = None;
    while let Some(row) = rows.next().what("read members")? {
        // A member comes once for each of its posters.
        let read = || -> rusqlite::Result<(i64, Option<&str>)> { Ok((row.get(0)?, row.get_ref(5)?.as_str_or_null()?)) };
        let (id, poster) = read().what("read members")?;
        if last.replace(id) != Some(id) {
            all.push(member_of(row)?);
        }
        if let (Some(poster), Some(member)) = (poster, all.last_mut()) {
            member.posters.push(poster.parse().map_err(|_| StoreError::Unknown("poster.address"))?);
        }
    }
    Ok(all)
}

fn member_of(row: &Row<'_>) -> Result<Member, StoreError> {
    let text = |column: usize| row.get_ref(column).and_then(|value| Ok(value.as_str()?)).what("read members");
    Ok(Member {
        organisation: text(1)?.to_owned(),
        address: text(2)?.parse().map_err(|_| StoreError::Unknown("member.address"))?,
        posters: Vec::new(),
        membership: if text(3)? == "active" { Membership::Active } else { Membership::Frozen },
        tls: TlsRequirement::from_stored(text(4)?),
    })
}

fn posters(connection: &Connection, id: i64) -> Result<Vec<Address>, StoreError> {
    let mut posters =
        connection.prepare_cached("SELECT address FROM poster WHERE member_id = ?1 ORDER BY address").what("read members")?;
    let names = posters.query_map([id], |row| row.get::<_, String>(0)).what("read members")?;
    let mut writes = Vec::new();
    for name in names {
        writes.push(name.what("read members")?.parse().map_err(|_| StoreError::Unknown("poster.address"))?);
    }
    Ok(writes)
}

/// Whether the table was ever filled.
pub fn is_empty(tx: &Tx<'_>) -> Result<bool, StoreError> {
    tx.sql().query_row("SELECT NOT EXISTS (SELECT 1 FROM member)", [], |row| row.get(0)).what("count members")
}

/// Fills the table at the first start, from the configuration. From then on it changes by events (`happened`).
pub fn add(tx: &Tx<'_>, member: &Member, actor: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.sql()
        .execute(
            "INSERT INTO member (organisation, address, state, added_at, changed_at, tls) VALUES (?1, ?2, ?3, ?4, ?4, ?5)",
            params![member.organisation, member.address.to_string(), state(member.membership), stored(now), member.tls.as_str()],
        )
        .what("add a member")?;
    let id = tx.sql().last_insert_rowid();
    write_posters(tx, id, &member.posters)?;
    record::append(tx, now, &Entry { kind: "member-added", actor, text: &member.organisation, ..Entry::default() })
}

fn write_posters(tx: &Tx<'_>, id: i64, posters: &[Address]) -> Result<(), StoreError> {
    tx.sql().execute("DELETE FROM poster WHERE member_id = ?1", [id]).what("write a poster")?;
    for poster in posters {
        tx.sql()
            .execute(
                "INSERT INTO poster (member_id, address) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                params![id, poster.to_string()],
            )
            .what("write a poster")?;
    }
    Ok(())
}

fn state(membership: Membership) -> &'static str {
    match membership {
        Membership::Active => "active",
        Membership::Frozen => "frozen",
    }
}

/// Writes an event and brings the row up to it: from the commit on, the next attempt at any delivery goes by it.
pub(super) fn happened(
    tx: &Tx<'_>,
    cause: Option<InboxId>,
    id: MemberId,
    by: Actor,
    event: MemberEvent,
    now: Timestamp,
) -> Result<(), StoreError> {
    let is_known = !events::<MemberEvent>(tx.sql(), "member", id.0)?.is_empty();
    if !is_known && !matches!(event, MemberEvent::Entered { .. }) {
        let adopted = adoption(tx.sql(), id)?.ok_or(StoreError::Missing("member"))?;
        append(tx, None, id, Actor::Daemon, adopted, now)?;
    } else if !is_known && let Some(adopted) = adoption(tx.sql(), id)? {
        append(tx, None, id, Actor::Daemon, adopted, now)?;
    }
    let verb = match &event {
        MemberEvent::Listed => Some(Verb::Added),
        MemberEvent::Unlisted => Some(Verb::Removed),
        _ => None,
    };
    let before = match &event {
        MemberEvent::Renamed { .. } => {
            file(tx, id)?.filter(MemberFile::is_listed).map(|file| file.particulars().organisation.clone())
        }
        _ => None,
    };
    append(tx, cause, id, by, event, now)?;
    let file = file(tx, id)?.ok_or(StoreError::Missing("member"))?;
    write(tx, &file, now)?;
    if let Some(before) = before {
        roster::renamed(tx, &before, &file.particulars().organisation)?;
    }
    match verb {
        Some(verb) => roster::changed(tx, verb, &file.particulars().organisation, now),
        None => Ok(()),
    }
}

fn append(
    tx: &Tx<'_>,
    cause: Option<InboxId>,
    id: MemberId,
    by: Actor,
    event: MemberEvent,
    now: Timestamp,
) -> Result<(), StoreError> {
    let kind = event.kind();
    let text = format!("{id}: {}", kind.trim_start_matches("member-").replace('-', " "));
    keep(tx, ("member", id.0), Entry { kind, about: cause, cause, text: &text, ..Entry::default() }, &Kept { by, event }, now)
}

fn write(tx: &Tx<'_>, file: &MemberFile, now: Timestamp) -> Result<(), StoreError> {
    let of = file.particulars();
    let (state, standing) = match file.standing() {
        Standing::Proposed => ("frozen", "proposed"),
        Standing::Unconfirmed => ("frozen", "unconfirmed"),
        Standing::Active => ("active", ""),
        Standing::Frozen => ("frozen", ""),
        Standing::Removed => ("removed", ""),
    };
    tx.sql()
        .execute(
            "INSERT INTO member (id, organisation, address, state, standing, tls, added_at, changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) \
             ON CONFLICT (id) DO UPDATE SET organisation = ?2, address = ?3, state = ?4, standing = ?5, tls = ?6, changed_at = ?7",
            params![file.id().0, of.organisation, of.address.to_string(), state, standing, of.tls.as_str(), stored(now)],
        )
        .what("write a member")?;
    write_posters(tx, file.id().0, &of.posters)
}

/// What stands for a member from before there were events; `None` when there is no such row.
fn adoption(connection: &Connection, id: MemberId) -> Result<Option<MemberEvent>, StoreError> {
    let found = connection
        .prepare_cached("SELECT organisation, address, state, tls, added_at FROM member WHERE id = ?1")
        .what("look up a member")?
        .query_row([id.0], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
                row.get::<_, String>(3)?,
                instant(row.get(4)?),
            ))
        })
        .optional()
        .what("look up a member")?;
    let Some((organisation, address, state, tls, since)) = found else { return Ok(None) };
    let particulars = Particulars {
        organisation,
        address: address.parse().map_err(|_| StoreError::Unknown("member.address"))?,
        posters: posters(connection, id.0)?,
        domains: Vec::new(),
        category: None,
        tls: TlsRequirement::from_stored(&tls),
        terms: None,
        application: None,
        override_because: None,
    };
    let standing = match state.as_str() {
        "active" => Standing::Active,
        "frozen" => Standing::Frozen,
        _ => Standing::Removed,
    };
    Ok(Some(MemberEvent::Adopted { particulars, standing, since }))
}

/// A member as its events make it, or as its row says where there are none.
pub fn file(tx: &Tx<'_>, id: MemberId) -> Result<Option<MemberFile>, StoreError> {
    fold(tx.sql(), id)
}

/// The same for whoever only reads.
pub fn fold(connection: &Connection, id: MemberId) -> Result<Option<MemberFile>, StoreError> {
    let record = record_of(connection, id)?;
    if record.is_empty() {
        return Ok(None);
    }
    MemberFile::fold(id, &record).map(Some).map_err(|_| StoreError::Unknown("the record of a member"))
}

/// The events of a member, in order; an older one begins with what stands for it.
pub fn record_of(connection: &Connection, id: MemberId) -> Result<Vec<MemberRecorded>, StoreError> {
    let kept = events::<MemberEvent>(connection, "member", id.0)?;
    if kept.is_empty() {
        let adopted = adoption(connection, id)?;
        let recorded = |event| {
            let at = if let MemberEvent::Adopted { since, .. } = &event { *since } else { Timestamp::UNIX_EPOCH };
            MemberRecorded { at, by: Actor::Daemon, event }
        };
        return Ok(adopted.into_iter().map(recorded).collect());
    }
    Ok(kept.into_iter().map(|(at, kept)| MemberRecorded { at, by: kept.by, event: kept.event }).collect())
}

/// All members, those proposed and those removed too, in the order in which they came; a damaged one is left out and logged.
pub fn files(connection: &Connection) -> Result<Vec<MemberFile>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id FROM member ORDER BY id").what("list members")?;
    let ids = statement.query_map([], |row| row.get(0).map(MemberId)).what("list members")?;
    let mut files = Vec::new();
    for id in ids {
        let id = id.what("list members")?;
        match fold(connection, id) {
            Ok(file) => files.extend(file),
            Err(StoreError::Unknown(what)) => {
                tracing::error!(member = id.0, "{what} cannot be read (`embargod audit verify`)");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(files)
}

/// All of them, within a transaction.
pub fn files_in(tx: &Tx<'_>) -> Result<Vec<MemberFile>, StoreError> {
    files(tx.sql())
}

/// The organisations that get mail and of which no accepted terms are on record (P54).
pub(super) fn without_terms(tx: &Tx<'_>) -> Result<Vec<String>, StoreError> {
    let gets_mail = |file: &MemberFile| file.standing() == Standing::Active && file.particulars().terms.is_none();
    let mut names: Vec<String> =
        files_in(tx)?.iter().filter(|file| gets_mail(file)).map(|file| file.particulars().organisation.clone()).collect();
    names.sort_by_key(|name| name.to_lowercase());
    Ok(names)
}

/// The member with this alias, whatever its standing.
pub fn at(tx: &Tx<'_>, address: &Address) -> Result<Option<MemberFile>, StoreError> {
    let id: Option<i64> = tx
        .sql()
        .prepare_cached("SELECT id FROM member WHERE address = ?1")
        .what("look up a member")?
        .query_row([address.to_string()], |row| row.get(0))
        .optional()
        .what("look up a member")?;
    id.map(|id| file(tx, MemberId(id))).transpose().map(Option::flatten)
}

/// Organisations and addresses of everybody who is or may become a member.
pub(super) fn known(tx: &Tx<'_>) -> Result<Named, StoreError> {
    named(tx, "SELECT organisation, address FROM member WHERE state <> 'removed' ORDER BY id")
}

/// Name and alias of everybody who was one.
pub(super) fn gone(tx: &Tx<'_>) -> Result<Named, StoreError> {
    named(tx, "SELECT organisation, address FROM member WHERE state = 'removed' ORDER BY id")
}

type Named = Vec<(String, Address)>;

fn named(tx: &Tx<'_>, sql: &str) -> Result<Named, StoreError> {
    let mut statement = tx.sql().prepare_cached(sql).what("read members")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).what("read members")?;
    let mut named = Vec::new();
    for row in rows {
        let (organisation, address) = row.what("read members")?;
        named.push((organisation, address.parse().map_err(|_| StoreError::Unknown("member.address"))?));
    }
    Ok(named)
}
