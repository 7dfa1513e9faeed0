//! Releases: the cases that may have one, what became of its letters, and when an alarm about it rang last.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{StoreError, Tx, What as _, case, instant, stored};
use crate::{
    decide::{
        effect::{Label, LetterKind},
        policy::MEMBERS,
        release::Reached,
        snapshot::{CaseEvent, CaseFile, Recorded},
    },
    disclosure::CaseId,
    mail::{Digest, RawMessage},
};

/// The cases whose advisory may be due, or under way: armed since the last release was complete, closed or not. What is complete is not read again.
pub fn candidates(tx: &Tx<'_>) -> Result<Vec<CaseFile>, StoreError> {
    candidates_on(tx.sql())
}

/// The same on any connection.
pub fn candidates_on(connection: &Connection) -> Result<Vec<CaseFile>, StoreError> {
    let armed = cases(
        connection,
        "SELECT case_id FROM event WHERE data <> '' AND kind IN ('release-armed', 'embargo-ended', 'release-finished') \
         GROUP BY case_id HAVING MAX(id * (kind <> 'release-finished')) > MAX(id * (kind = 'release-finished')) ORDER BY case_id",
    )?;
    let mut files = Vec::new();
    for id in armed {
        match case::fold(connection, id) {
            Ok(file) => files.extend(file),
            // One damaged record must not keep the others from their instant.
            Err(StoreError::Unknown(what)) => {
                tracing::error!(case = id.0, "{what} cannot be read: {id} is not released (`embargod audit verify`)");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(files)
}

/// A case of which members or everybody have an advisory: what public pages can tell of.
pub struct Told {
    /// Which.
    pub case: CaseId,
    /// Its record.
    pub events: Vec<Recorded>,
    /// The registered revisions that are stored.
    pub mails: BTreeMap<Digest, RawMessage>,
}

/// All of them as they are at one moment.
pub fn told_all(connection: &Connection) -> Result<Vec<Told>, StoreError> {
    let moment = connection.unchecked_transaction().what("look at what is public")?;
    let told = cases(
        &moment,
        "SELECT DISTINCT case_id FROM event WHERE data <> '' AND kind IN ('predisclosed', 'release-begun') ORDER BY case_id",
    )?;
    let mut all = Vec::new();
    for id in told {
        let events = case::events(&moment, id)?;
        let mut mails = BTreeMap::new();
        for recorded in &events {
            if let CaseEvent::RevisionRegistered { revision } = &recorded.event {
                mails.extend(revision_on(&moment, revision.digest)?.map(|mail| (revision.digest, mail)));
            }
        }
        all.push(Told { case: id, events, mails });
    }
    Ok(all)
}

/// The newest event of a case that pages tell of: another number is other pages.
pub fn told_until(connection: &Connection) -> Result<i64, StoreError> {
    connection
        .prepare_cached(
            "SELECT COALESCE(MAX(id), 0) FROM event WHERE data <> '' AND case_id IN \
             (SELECT case_id FROM event WHERE case_id > 0 AND data <> '' AND kind IN ('predisclosed', 'release-begun'))",
        )
        .what("look at what is public")?
        .query_row([], |row| row.get(0))
        .what("look at what is public")
}

fn cases(connection: &Connection, sql: &str) -> Result<Vec<CaseId>, StoreError> {
    let mut statement = connection.prepare_cached(sql).what("look for releases")?;
    let cases = statement.query_map([], |row| row.get(0).map(CaseId)).what("look for releases")?;
    cases.collect::<Result<_, _>>().what("look for releases")
}

/// The bytes of a registered revision.
pub fn revision(tx: &Tx<'_>, digest: Digest) -> Result<Option<RawMessage>, StoreError> {
    revision_on(tx.sql(), digest)
}

/// The same on any connection.
pub fn revision_on(connection: &Connection, digest: Digest) -> Result<Option<RawMessage>, StoreError> {
    connection
        .query_row("SELECT bytes FROM raw WHERE digest = ?1", [digest.bytes()], |row| row.get::<_, Vec<u8>>(0))
        .optional()
        .what("read a revision")
        .map(|bytes| bytes.map(RawMessage::new))
}

/// How far the letters of a case's release have come, by destination. What no letter goes to is not named.
pub fn reached(tx: &Tx<'_>, case: CaseId, label: Label) -> Result<BTreeMap<String, Reached>, StoreError> {
    let mut reached = BTreeMap::new();
    let mut lists = tx
        .sql()
        .prepare_cached(
            "SELECT recipient, delivery.state FROM delivery JOIN letter ON letter.id = letter_id \
             WHERE case_id = ?1 AND kind = ?2 AND label = ?3 ORDER BY letter.id",
        )
        .what("look at a release")?;
    let rows = lists
        .query_map(params![case.0, LetterKind::PublicRelease.as_str(), label.to_stored()], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })
        .what("look at a release")?;
    for row in rows {
        let (list, state) = row.what("look at a release")?;
        let state = match state.as_str() {
            "accepted" => Reached::Yes,
            "failed" | "withheld" => Reached::Stuck,
            _ => Reached::NotYet,
        };
        reached.insert(list, state);
    }
    let members: Option<(i64, i64)> = tx
        .sql()
        .query_row(
            "SELECT COUNT(*), COUNT(settled_at) FROM letter WHERE case_id = ?1 AND kind = ?2 AND label = ?3",
            params![case.0, LetterKind::Redistribution.as_str(), label.to_stored()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()
        .what("look at a release")?;
    // The summary tells of members who did not get it; without any member there is nothing to wait for.
    let done = members.is_none_or(|(letters, settled)| letters == settled);
    reached.insert(MEMBERS.to_owned(), if done { Reached::Yes } else { Reached::NotYet });
    Ok(reached)
}

/// When the last alarm about the release of a case rang.
pub fn last_alarm(tx: &Tx<'_>, case: CaseId) -> Result<Option<Timestamp>, StoreError> {
    let last: Option<i64> = tx
        .sql()
        .query_row("SELECT at FROM release_alarm WHERE case_id = ?1", [case.0], |row| row.get(0))
        .optional()
        .what("look at an alarm")?;
    Ok(last.map(instant))
}

/// An alarm about it rings now.
pub fn alarmed(tx: &Tx<'_>, case: CaseId, now: Timestamp) -> Result<(), StoreError> {
    tx.sql()
        .execute(
            "INSERT INTO release_alarm (case_id, at) VALUES (?1, ?2) ON CONFLICT (case_id) DO UPDATE SET at = excluded.at",
            params![case.0, stored(now)],
        )
        .what("note an alarm")?;
    Ok(())
}

/// When the newest entry of the record was written: time does not go back behind it.
pub fn recorded(tx: &Tx<'_>) -> Result<Option<Timestamp>, StoreError> {
    let last: Option<i64> = tx
        .sql()
        .query_row("SELECT at FROM event ORDER BY id DESC LIMIT 1", [], |row| row.get(0))
        .optional()
        .what("read the record")?;
    Ok(last.map(instant))
}
