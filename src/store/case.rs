//! Cases: their events in the record, and what is read from them.
//!
//! A case is what its events add up to ([`CaseFile`]); the row in `case_file` repeats what lists ask for, and is written from the file whenever
//! an event is. Cases from before there were events have a row only: the events that it stands for are made up from it when they are read.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use super::{
    Kept as _, StoreError, Tx, What as _, instant,
    record::{self, Entry},
    stored,
};
use crate::{
    decide::{
        effect::Happened,
        incoming::InboxId,
        snapshot::{Actor, CaseEvent, CaseFile, CloseReason, NumberUse, Numbers, Origin, Recorded, WaitingAdvisory, material},
    },
    disclosure::{AdvisoryNumber, Case, CaseId, CaseState, PersonName},
    mail::{Mailbox, Message, RawMessage},
};

/// An event as the record keeps it.
#[derive(Serialize, Deserialize)]
struct Kept {
    by: Actor,
    event: CaseEvent,
}

/// Writes an event and brings the row of the case up to it. The time of the entry is the time of the event.
pub(super) fn happened(tx: &Tx<'_>, cause: Option<InboxId>, happened: Happened, now: Timestamp) -> Result<(), StoreError> {
    let Happened { case, about, by, event, text } = happened;
    let actor = match &by {
        Actor::Person(name) => name.0.clone(),
        Actor::Daemon => String::new(),
        Actor::Discoverer => "discoverer".to_owned(),
    };
    let kind = event.kind();
    let reason = match &event {
        CaseEvent::Closed { reason, because, .. } => Some(because.clone().unwrap_or_else(|| reason.to_string())),
        _ => None,
    };
    let data = serde_json::to_string(&Kept { by, event }).map_err(|_| StoreError::Unknown("an event of a case"))?;
    let entry = Entry { kind, about: about.or(cause), cause, case: Some(case), actor: &actor, text: &text, data: &data };
    record::append(tx, now, &entry)?;
    let file = file(tx, case)?.ok_or(StoreError::Missing("case"))?;
    let state = match (file.is_closed(), file.claimed_by()) {
        (true, _) => CaseState::Closed,
        (false, Some(_)) => CaseState::Claimed,
        (false, None) => CaseState::Open,
    };
    let closed = file.is_closed().then(|| stored(now));
    tx.sql()
        .run(
            "UPDATE case_file SET state = ?2, claimed_by = ?3, closed_at = coalesce(closed_at, ?4), reason = coalesce(?5, reason), \
             version = ?6, discoverer = coalesce(?7, discoverer) WHERE id = ?1",
            params![
                case.0,
                state.as_str(),
                file.claimed_by().map(|name| name.0.clone()).unwrap_or_default(),
                closed,
                reason,
                i64::try_from(file.version()).unwrap_or(i64::MAX),
                file.discoverer().map(ToString::to_string)
            ],
        )
        .what("move a case")?;
    if let Some(number) = file.live_number().filter(|_| kind == "release-begun") {
        super::snapshot::end_embargo(tx, number, "its release", now)?;
    }
    Ok(())
}

/// A case as its events make it; `None` when there is no such case.
pub fn file(connection: &Tx<'_>, id: CaseId) -> Result<Option<CaseFile>, StoreError> {
    fold(connection.sql(), id)
}

/// The same for whoever only reads.
pub fn fold(connection: &Connection, id: CaseId) -> Result<Option<CaseFile>, StoreError> {
    let record = events(connection, id)?;
    if record.is_empty() {
        return Ok(None);
    }
    CaseFile::fold(id, &record).map(Some).map_err(|_| StoreError::Unknown("the record of a case"))
}

/// The events of a case, in order, within a transaction.
pub fn record(tx: &Tx<'_>, id: CaseId) -> Result<Vec<Recorded>, StoreError> {
    events(tx.sql(), id)
}

/// The events of a case, in order.
pub fn events(connection: &Connection, id: CaseId) -> Result<Vec<Recorded>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT at, data FROM event WHERE case_id = ?1 AND data <> '' ORDER BY id")
        .what("read the record of a case")?;
    let rows = statement
        .query_map([id.0], |row| Ok((instant(row.get(0)?), row.get::<_, String>(1)?)))
        .what("read the record of a case")?;
    let mut record = Vec::new();
    for row in rows {
        let (at, data) = row.what("read the record of a case")?;
        let kept: Kept = serde_json::from_str(&data).map_err(|_| StoreError::Unknown("the record of a case"))?;
        record.push(Recorded { at, by: kept.by, event: kept.event });
    }
    if matches!(record.first(), Some(Recorded { event: CaseEvent::Opened { .. }, .. })) {
        return Ok(record);
    }
    let mut all = older(connection, id, &record)?;
    all.append(&mut record);
    Ok(all)
}

/// What the row of a case from before the events stood for when the first of these events came.
fn older(connection: &Connection, id: CaseId, since: &[Recorded]) -> Result<Vec<Recorded>, StoreError> {
    let found = connection
        .prepare_cached("SELECT discoverer, opened_at, claimed_by, state, closed_at, reason FROM case_file WHERE id = ?1")
        .what("look up a case")?
        .query_row([id.0], |row| {
            Ok((
                row.get::<_, String>(0)?,
                instant(row.get(1)?),
                row.get::<_, String>(2)?,
                row.get::<_, String>(3)?,
                row.get::<_, Option<i64>>(4)?,
                row.get::<_, String>(5)?,
            ))
        })
        .optional()
        .what("look up a case")?;
    let Some((discoverer, opened, claimed_by, state, closed, reason)) = found else { return Ok(Vec::new()) };
    // The row repeats what was named since: the opening did not have it.
    let named_since = since.iter().any(|recorded| matches!(recorded.event, CaseEvent::DiscovererNamed { .. }));
    let discoverer = discoverer.parse().ok().filter(|_| !named_since);
    let opening = CaseEvent::Opened { discoverer, origin: Origin::Report, policy: None };
    let mut record = vec![Recorded { at: opened, by: Actor::Daemon, event: opening }];
    let taken_over = since.iter().find_map(|recorded| match &recorded.event {
        CaseEvent::Claimed { instead_of } => Some(instead_of.clone()),
        _ => None,
    });
    let holder = taken_over.unwrap_or_else(|| (!claimed_by.is_empty()).then_some(PersonName(claimed_by)));
    if let Some(holder) = holder.clone() {
        record.push(Recorded { at: opened, by: Actor::Person(holder), event: CaseEvent::Claimed { instead_of: None } });
    }
    if state == CaseState::Closed.as_str() && !since.iter().any(|recorded| matches!(recorded.event, CaseEvent::Closed { .. })) {
        // Who closed it stands in the old record in words only.
        let by = Actor::Person(holder.unwrap_or_else(|| PersonName("the team".to_owned())));
        let event = CaseEvent::Closed { reason: CloseReason::Withdrawn, because: Some(reason), proposed_by: None };
        record.push(Recorded { at: closed.map_or(opened, instant), by, event });
    }
    Ok(record)
}

/// The cases that were closed as duplicates of this one, and the duplicates of those.
pub fn duplicates(tx: &Tx<'_>, of: CaseId) -> Result<Vec<(Case, CaseFile)>, StoreError> {
    const WHAT: &str = "look for duplicates of a case";
    let mut statement = tx
        .sql()
        .prepare_cached(
            "SELECT case_id FROM event WHERE kind = 'closed' AND data <> '' AND data ->> '$.event.reason.of' = ?1 ORDER BY id",
        )
        .what(WHAT)?;
    let mut found: Vec<(Case, CaseFile)> = Vec::new();
    let mut originals = vec![of];
    while let Some(original) = originals.pop() {
        let ids = statement.query_map([original.0], |row| row.get(0).map(CaseId)).what(WHAT)?;
        for id in ids.collect::<Result<Vec<_>, _>>().what(WHAT)? {
            let is_known = id == of || found.iter().any(|(case, _)| case.id == id);
            if let (false, Some(case), Some(file)) = (is_known, super::snapshot::case(tx, id)?, file(tx, id)?) {
                originals.push(id);
                found.push((case, file));
            }
        }
    }
    Ok(found)
}

/// The cases that were given the number of an advisory.
pub fn of_advisory(tx: &Tx<'_>, advisory: Option<&WaitingAdvisory>) -> Result<Vec<CaseFile>, StoreError> {
    of_number(tx, advisory.and_then(|advisory| advisory.number))
}

/// The cases that were given this number.
pub fn of_number(tx: &Tx<'_>, number: Option<AdvisoryNumber>) -> Result<Vec<CaseFile>, StoreError> {
    let Some(number) = number else { return Ok(Vec::new()) };
    let mut statement = tx
        .sql()
        .prepare_cached("SELECT DISTINCT case_id FROM event WHERE kind = 'number-allocated' AND data ->> '$.event.number' = ?1")
        .what("look for the case of an advisory")?;
    let cases = statement
        .query_map([number.get()], |row| row.get(0).map(CaseId))
        .what("look for the case of an advisory")?
        .collect::<Result<Vec<_>, _>>()
        .what("look for the case of an advisory")?;
    let mut files = Vec::new();
    for case in cases {
        files.extend(file(tx, case)?);
    }
    Ok(files)
}

/// The discoverers of these cases, each with the name that a mail of the case gives.
pub fn discoverers(tx: &Tx<'_>, files: &[CaseFile]) -> Result<Vec<(CaseId, Mailbox)>, StoreError> {
    let mut found = Vec::new();
    for file in files {
        let Some(address) = file.discoverer() else { continue };
        let mut statement = tx
            .sql()
            .prepare_cached(
                "SELECT bytes FROM case_mail JOIN inbox ON inbox.id = inbox_id JOIN raw USING (digest) WHERE case_id = ?1 \
                 ORDER BY how <> 'report', inbox.id LIMIT 20",
            )
            .what("look for a discoverer")?;
        let mails = statement.query_map([file.id().0], |row| row.get::<_, Vec<u8>>(0)).what("look for a discoverer")?;
        let mut name = None;
        for bytes in mails {
            let message = Message::parse(&RawMessage::new(bytes.what("look for a discoverer")?)).ok();
            name = name.or_else(|| message.and_then(|message| material::named(&message, address)));
        }
        found.push((file.id(), Mailbox { name, address: address.clone() }));
    }
    Ok(found)
}

/// Every advisory number that was ever used, by a case or by an advisory (T07).
pub fn numbers(tx: &Tx<'_>) -> Result<Numbers, StoreError> {
    let mut numbers = Numbers::new();
    let mut statement = tx
        .sql()
        .prepare_cached(
            "SELECT number, MAX(taken) FROM (SELECT number, state = 'sent' AS taken FROM advisory WHERE number IS NOT NULL \
             UNION ALL SELECT number, 1 FROM advisory_ended \
             UNION ALL SELECT data ->> '$.event.number', 1 FROM event WHERE kind = 'number-allocated' AND data <> '') GROUP BY number",
        )
        .what("read the numbers")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, u16>(0)?, row.get::<_, bool>(1)?))).what("read the numbers")?;
    for row in rows {
        let (number, taken) = row.what("read the numbers")?;
        let number = AdvisoryNumber::new(number).map_err(|_| StoreError::Unknown("an advisory number"))?;
        numbers.insert(number, if taken { NumberUse::Taken } else { NumberUse::Submitted });
    }
    Ok(numbers)
}
