//! Applications: their events in the record, and what of applications and members bears on a message.
//!
//! An application is what its events add up to ([`ApplicationFile`]); the row in `application_file` repeats what lists ask for, and is written
//! from the file whenever an event is. Fails with [`StoreError::Unknown`] on a record that was changed by hand.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    StoreError, Tx, What as _, inbox, instant, member,
    record::{self, Entry},
    roster, stored,
};
use crate::{
    decide::{
        incoming::InboxId,
        keys::Keys,
        membership::{
            Actor, ApplicationEvent, ApplicationFile, ApplicationId, ApplicationRecorded, Change, FoundBy, MemberId,
            MembershipFacts,
        },
        snapshot::{Purpose, TokenRecord},
    },
    mail::Address,
};

/// An event as the record keeps it.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept<E> {
    pub(super) by: Actor,
    pub(super) event: E,
}

const WHAT: &str = "read the record of an application or a member";

/// Writes a change.
pub(super) fn changed(tx: &Tx<'_>, cause: Option<InboxId>, change: Change, now: Timestamp) -> Result<(), StoreError> {
    match change {
        Change::Application { id, by, event } => happened(tx, cause, id, by, event, now),
        Change::Member { id, by, event } => member::happened(tx, cause, id, by, event, now),
        Change::Drill { id, by } => roster::drill(tx, id, &by, now),
        Change::Told { key } => roster::told(tx, &key, now),
    }
}

/// Appends an event to the record, and says whose it is.
pub(super) fn keep<E: Serialize>(
    tx: &Tx<'_>,
    (room, object): (&'static str, i64),
    entry: Entry<'_>,
    kept: &Kept<E>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let data = serde_json::to_string(kept).map_err(|_| StoreError::Unknown("an event of an application or a member"))?;
    let id = super::snapshot::next_row(tx, "event")?;
    record::append(tx, now, &Entry { actor: kept.by.name(), data: &data, ..entry })?;
    tx.sql()
        .prepare_cached("INSERT INTO happening (event_id, room, object) VALUES (?1, ?2, ?3)")
        .what("write the record")?
        .execute(params![id, room, object])
        .what("write the record")?;
    Ok(())
}

/// The events of an object, in order.
pub(super) fn events<E: DeserializeOwned>(
    connection: &Connection,
    room: &'static str,
    object: i64,
) -> Result<Vec<(Timestamp, Kept<E>)>, StoreError> {
    let mut statement = connection
        .prepare_cached(
            "SELECT at, data FROM happening JOIN event ON event.id = event_id WHERE room = ?1 AND object = ?2 ORDER BY event.id",
        )
        .what(WHAT)?;
    let rows =
        statement.query_map(params![room, object], |row| Ok((instant(row.get(0)?), row.get::<_, String>(1)?))).what(WHAT)?;
    let mut all = Vec::new();
    for row in rows {
        let (at, data) = row.what(WHAT)?;
        all.push((at, serde_json::from_str(&data).map_err(|_| StoreError::Unknown("the record of an application or a member"))?));
    }
    Ok(all)
}

fn happened(
    tx: &Tx<'_>,
    cause: Option<InboxId>,
    id: ApplicationId,
    by: Actor,
    event: ApplicationEvent,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mail = match &event {
        ApplicationEvent::Received { mail, .. }
        | ApplicationEvent::Resubmitted { mail, .. }
        | ApplicationEvent::Heard { mail, .. } => Some(*mail),
        _ => None,
    };
    let kind = event.kind();
    let text = format!("{id}: {}", kind.trim_start_matches("application-").replace('-', " "));
    let entry = Entry { kind, about: Some(InboxId::of_row(id.0)), cause, text: &text, ..Entry::default() };
    keep(tx, ("application", id.0), entry, &Kept { by, event }, now)?;
    let file = file(tx, id)?.ok_or(StoreError::Missing("application"))?;
    let applicant = file.applicant().map(ToString::to_string).unwrap_or_default();
    let domain = file.applicant().map(|address| address.domain().to_owned()).unwrap_or_default();
    tx.sql()
        .execute(
            "INSERT INTO application_file (id, state, applicant, domain, arrived_at, since) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
             ON CONFLICT (id) DO UPDATE SET state = excluded.state, since = excluded.since",
            params![id.0, file.state().as_str(), applicant, domain, stored(file.arrived()), stored(file.since())],
        )
        .what("write an application")?;
    if let Some(mail) = mail {
        tx.sql()
            .execute(
                "INSERT INTO application_mail (inbox_id, application_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                params![mail, id.0],
            )
            .what("write an application")?;
    }
    Ok(())
}

/// An application as its events make it.
pub fn file(tx: &Tx<'_>, id: ApplicationId) -> Result<Option<ApplicationFile>, StoreError> {
    fold(tx.sql(), id)
}

/// The same for whoever only reads.
pub fn fold(connection: &Connection, id: ApplicationId) -> Result<Option<ApplicationFile>, StoreError> {
    let record: Vec<ApplicationRecorded> = events(connection, "application", id.0)?
        .into_iter()
        .map(|(at, kept)| ApplicationRecorded { at, by: kept.by, event: kept.event })
        .collect();
    if record.is_empty() {
        return Ok(None);
    }
    ApplicationFile::fold(id, &record).map(Some).map_err(|_| StoreError::Unknown("the record of an application"))
}

/// The events of an application, for whoever shows them.
pub fn record_of(connection: &Connection, id: ApplicationId) -> Result<Vec<ApplicationRecorded>, StoreError> {
    let all = events(connection, "application", id.0)?;
    Ok(all.into_iter().map(|(at, kept)| ApplicationRecorded { at, by: kept.by, event: kept.event }).collect())
}

/// All applications, in the order in which they came; a damaged one is left out and logged, so that it does not hide the others.
pub fn all(connection: &Connection) -> Result<Vec<ApplicationFile>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id FROM application_file ORDER BY id").what("list applications")?;
    let ids = statement.query_map([], |row| row.get(0).map(ApplicationId)).what("list applications")?;
    let mut files = Vec::new();
    for id in ids {
        let id = id.what("list applications")?;
        match fold(connection, id) {
            Ok(file) => files.extend(file),
            Err(StoreError::Unknown(what)) => {
                tracing::error!(application = id.0, "{what} cannot be read (`embargod audit verify`)");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(files)
}

/// All applications, within a transaction.
pub fn all_in(tx: &Tx<'_>) -> Result<Vec<ApplicationFile>, StoreError> {
    all(tx.sql())
}

/// What bears on a message with these keys and tokens.
pub(super) fn facts(tx: &Tx<'_>, keys: &Keys, tokens: &[TokenRecord], now: Timestamp) -> Result<MembershipFacts, StoreError> {
    let mut facts = MembershipFacts {
        next_member: Some(next_member(tx)?),
        known: member::known(tx)?,
        gone: member::gone(tx)?,
        recent_notices: recent_notices(tx, now)?,
        ..MembershipFacts::default()
    };
    for token in tokens {
        match token.purpose {
            Purpose::Application => application(tx, &mut facts, ApplicationId(token.object))?,
            Purpose::Member | Purpose::Alias => of_member(tx, &mut facts, MemberId(token.object))?,
            _ => {}
        }
    }
    if keys.applications
        && let Some((id, found_by)) = of_mail(tx, keys)?
    {
        facts.application = file(tx, id)?;
        facts.found_by = Some(found_by);
    }
    Ok(facts)
}

/// An application with everything that a command about it needs.
pub fn application(tx: &Tx<'_>, facts: &mut MembershipFacts, id: ApplicationId) -> Result<(), StoreError> {
    facts.application = file(tx, id)?;
    let Some(file) = &facts.application else { return Ok(()) };
    if let Some(alias) = file.alias() {
        facts.former = member::at(tx, alias)?;
    }
    facts.last_mail = last_mail(tx, file)?;
    Ok(())
}

/// A member with the application it came from.
pub fn of_member(tx: &Tx<'_>, facts: &mut MembershipFacts, id: MemberId) -> Result<(), StoreError> {
    facts.member = member::file(tx, id)?;
    if let Some(application) = facts.member.as_ref().and_then(|file| file.particulars().application) {
        facts.application = file(tx, ApplicationId(application))?;
    }
    Ok(())
}

/// What commands typed on the machine need.
pub fn ready(tx: &Tx<'_>) -> Result<MembershipFacts, StoreError> {
    Ok(MembershipFacts { next_member: Some(next_member(tx)?), known: member::known(tx)?, ..MembershipFacts::default() })
}

/// Who had this alias before.
pub fn former(tx: &Tx<'_>, facts: &mut MembershipFacts, alias: &Address) -> Result<(), StoreError> {
    facts.former = member::at(tx, alias)?;
    Ok(())
}

fn next_member(tx: &Tx<'_>) -> Result<MemberId, StoreError> {
    super::snapshot::next_row(tx, "member").map(MemberId)
}

/// The application that a mail belongs to: by its references, or because the same address, or one at the same domain, has an open one.
fn of_mail(tx: &Tx<'_>, keys: &Keys) -> Result<Option<(ApplicationId, FoundBy)>, StoreError> {
    for answered in &keys.answers {
        let found: Option<i64> = tx
            .sql()
            .prepare_cached(
                "SELECT application_id FROM application_mail JOIN inbox ON inbox.id = inbox_id WHERE message_id = ?1 UNION ALL \
                 SELECT about FROM letter WHERE message_id = ?1 AND kind = 'application-answer' LIMIT 1",
            )
            .what("look for an application")?
            .query_row([answered.as_str()], |row| row.get(0))
            .optional()
            .what("look for an application")?;
        if let Some(id) = found {
            return Ok(Some((ApplicationId(id), FoundBy::Reference)));
        }
    }
    let Some(author) = &keys.author else { return Ok(None) };
    let found: Option<i64> = tx
        .sql()
        .prepare_cached(
            "SELECT id FROM application_file WHERE domain = ?1 AND state IN ('received', 'incomplete', 'resubmitted', 'under-review', 'appealed') \
             ORDER BY applicant = ?2 DESC, id DESC LIMIT 1",
        )
        .what("look for an application")?
        .query_row(params![author.domain(), author.to_string()], |row| row.get(0))
        .optional()
        .what("look for an application")?;
    Ok(found.map(|id| (ApplicationId(id), FoundBy::Applicant)))
}

/// The applicant's own last mail: those of others are not answered in public.
fn last_mail(tx: &Tx<'_>, file: &ApplicationFile) -> Result<Option<crate::mail::RawMessage>, StoreError> {
    let own = events::<ApplicationEvent>(tx.sql(), "application", file.id().0)?;
    let mail = own.iter().rev().find_map(|(_, kept)| match &kept.event {
        ApplicationEvent::Received { mail, .. } | ApplicationEvent::Resubmitted { mail, .. } => Some(*mail),
        ApplicationEvent::Heard { mail, what } if *what != crate::decide::membership::Heard::Comment => Some(*mail),
        _ => None,
    });
    mail.map(|mail| inbox::raw(tx, InboxId::of_row(mail))).transpose()
}

fn recent_notices(tx: &Tx<'_>, now: Timestamp) -> Result<u32, StoreError> {
    let since = stored(now.saturating_sub(SignedDuration::from_mins(10)).unwrap_or(now));
    tx.sql()
        .prepare_cached(
            "SELECT COUNT(DISTINCT +cause) FROM letter WHERE kind = 'application-notice' AND created_at > ?1 AND created_at <= ?2",
        )
        .what("count notices")?
        .query_row([since, stored(now)], |row| row.get(0))
        .what("count notices")
}
