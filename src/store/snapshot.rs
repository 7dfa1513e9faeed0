//! Reads what bears on one message, in the transaction that will record the decision about it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension as _, Row, params};

use super::{
    Kept as _, StoreError, Tx, What as _, inbox, instant, member,
    record::{self, Entry},
    stored,
};
use crate::{
    decide::{
        effect::{Label, Reason},
        incoming::InboxId,
        keys::Keys,
        snapshot::{
            AdvisoryRow, AdvisoryState, Answered, BlockedId, CaseFile, HeldPlace, HeldPost, HeldState, Purpose, Snapshot,
            TokenRecord, WaitingAdvisory,
        },
    },
    disclosure::{AdvisoryNumber, Case, CaseId, CaseState, LiveAdvisory, Person, PersonName, Roster},
    mail::{Address, Digest, RawMessage},
};

/// What the store knows about the message `id` with these keys.
pub fn snapshot(tx: &Tx<'_>, id: InboxId, keys: &Keys, team: &[Person], now: Timestamp) -> Result<Snapshot, StoreError> {
    let mut snapshot = Snapshot {
        roster: Roster { team: team.to_vec(), members: member::all(tx)? },
        live: live(tx, now)?,
        copy_of: copy_of(tx, id, keys)?,
        next_case: Some(next_case(tx)?),
        next_advisory: Some(AdvisoryRow(next_row(tx, "advisory")?)),
        ..Snapshot::default()
    };
    if let Some(message_id) = &keys.message_id {
        snapshot.own_letter = own_letter(tx, message_id.as_str(), Ours::Written)?;
        snapshot.own_copy = own_letter(tx, message_id.as_str(), Ours::Redistributed)?;
        snapshot.same_id_as = same_id(tx, id, message_id.as_str(), keys)?;
    }
    for hash in &keys.tokens {
        snapshot.tokens.extend(token(tx, hash)?);
    }
    for hash in &keys.returned {
        if snapshot.returned.is_none() {
            snapshot.returned = super::returned::copy(tx, hash)?;
        }
        if snapshot.returned_letter.is_none() {
            snapshot.returned_letter = super::returned::letter(tx, hash, keys)?;
        }
    }
    for message_id in &keys.answers {
        if let Some((case, advisory)) = answered(tx, message_id.as_str())? {
            snapshot.answers.push(Answered { message_id: message_id.clone(), case, advisory });
        }
    }
    // The case that a token is about comes first; those that the mail only refers to follow.
    let mut cases: Vec<CaseId> = Vec::new();
    for token in snapshot.tokens.clone() {
        match token.purpose {
            Purpose::Moderate | Purpose::Withdraw => snapshot.held = held(tx, InboxId::of_row(token.object))?,
            Purpose::Send => {
                snapshot.advisory = advisory(tx, AdvisoryRow(token.object))?;
                snapshot.files.extend(super::case::of_advisory(tx, snapshot.advisory.as_ref())?);
            }
            Purpose::LetOut => blocked(tx, &mut snapshot, BlockedId(token.object))?,
            // Looked up below.
            Purpose::Application | Purpose::Member | Purpose::Alias => {}
            Purpose::Case => {
                cases.push(CaseId(token.object));
                snapshot.duplicates.extend(super::case::duplicates(tx, CaseId(token.object))?);
            }
            Purpose::Discoverer => cases.push(CaseId(token.object)),
        }
    }
    cases.extend(snapshot.answers.iter().filter_map(|answer| answer.case));
    cases.extend(super::case::of_number(tx, keys.advisory)?.iter().map(CaseFile::id));
    let mut seen = BTreeSet::new();
    cases.retain(|case| seen.insert(*case));
    for case_id in cases {
        snapshot.cases.extend(case(tx, case_id)?);
        snapshot.files.extend(super::case::file(tx, case_id)?);
    }
    if keys.predisclosure {
        snapshot.without_terms = member::without_terms(tx)?;
    }
    if keys.predisclosure || snapshot.advisory.is_some() {
        snapshot.discoverers = super::case::discoverers(tx, &snapshot.files)?;
    }
    if !snapshot.cases.is_empty() {
        snapshot.numbers = super::case::numbers(tx)?;
    }
    if let Some(case) = snapshot.cases.first() {
        snapshot.last_mail = last_mail(tx, case.id)?;
        snapshot.recent_case_mails = recent_case_mails(tx, case.id, now)?;
    }
    if let Some(author) = &keys.author {
        snapshot.answered_author = answers_since(tx, Some(author), now, SignedDuration::from_hours(24))?;
        snapshot.answered_commands = commands_answered(tx, author, now)?;
        snapshot.subscription_answered = subscription_answered(tx, author, now)?;
    }
    snapshot.recent_notices = recent_notices(tx, NOTICES, now)?;
    snapshot.recent_cases = recent_notices(tx, ANNOUNCED_CASES, now)?;
    snapshot.answered_anyone = answers_since(tx, None, now, SignedDuration::from_hours(1))?;
    snapshot.registered = registered(tx)?;
    snapshot.membership = super::membership::facts(tx, keys, &snapshot.tokens, now)?;
    if let Some(returned) = &snapshot.returned {
        snapshot.membership.member = member::at(tx, &returned.recipient)?.or(snapshot.membership.member.take());
    }
    Ok(snapshot)
}

/// A stopped letter, and the advisory that waits for it, if it is one.
pub fn blocked(tx: &Tx<'_>, snapshot: &mut Snapshot, id: BlockedId) -> Result<(), StoreError> {
    snapshot.blocked = super::blocked::letter(tx, id)?;
    let about = snapshot
        .blocked
        .as_ref()
        .filter(|blocked| matches!(blocked.label, Label::Advisory(..)))
        .and_then(|blocked| blocked.about);
    if let Some(about) = about {
        let row: Option<i64> = tx
            .sql()
            .prepare_cached("SELECT id FROM advisory WHERE inbox_id = ?1 ORDER BY id DESC LIMIT 1")
            .what("look up an advisory")?
            .query_row([about.row()], |row| row.get(0))
            .optional()
            .what("look up an advisory")?;
        snapshot.advisory = row.map(|row| advisory(tx, AdvisoryRow(row))).transpose()?.flatten();
        snapshot.files.extend(super::case::of_advisory(tx, snapshot.advisory.as_ref())?);
    }
    Ok(())
}

/// Advisories sent to the members, not yet public, embargo not over. The newest revision that names a date says when it ends.
pub fn live(tx: &Tx<'_>, now: Timestamp) -> Result<Vec<LiveAdvisory>, StoreError> {
    let mut statement = tx
        .sql()
        .prepare_cached(
            "SELECT number, (SELECT until FROM advisory AS dated WHERE dated.number = advisory.number AND dated.state = 'sent' AND until IS NOT NULL \
             ORDER BY revision DESC, id DESC LIMIT 1), number IN (SELECT data ->> '$.event.number' FROM event \
             JOIN case_file ON case_file.id = case_id WHERE kind = 'number-allocated' AND data <> '' AND case_file.state <> 'closed') \
             FROM advisory WHERE state = 'sent' AND number IS NOT NULL AND number NOT IN (SELECT number FROM advisory_ended) GROUP BY number",
        )
        .what("read live advisories")?;
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, u16>(0)?, row.get::<_, Option<i64>>(1)?, row.get::<_, bool>(2)?)))
        .what("read live advisories")?;
    let mut live = BTreeMap::new();
    for row in rows {
        let (number, until, has_case) = row.what("read live advisories")?;
        let until = until.map(instant);
        // Of an open case the release ends the embargo: an instant at which nobody has armed anything makes nothing public.
        if has_case || until.is_none_or(|until| until > now) {
            let number = AdvisoryNumber::new(number).map_err(|_| StoreError::Unknown("advisory.number"))?;
            live.insert(number, LiveAdvisory { number, until, message_ids: Vec::new() });
        }
    }
    let mut threads = tx.sql().prepare_cached("SELECT message_id, number FROM advisory_thread").what("read threads")?;
    let rows = threads.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, u16>(1)?))).what("read threads")?;
    for row in rows {
        let (message_id, number) = row.what("read threads")?;
        if let (Ok(message_id), Some(advisory)) =
            (message_id.parse(), AdvisoryNumber::new(number).ok().and_then(|number| live.get_mut(&number)))
        {
            advisory.message_ids.push(message_id);
        }
    }
    Ok(live.into_values().collect())
}

/// Embargoes whose date has passed end, but not those of an open case: there the release is the end. Held posts have to be looked at again.
/// Returns how many ended.
pub fn end_embargoes(tx: &Tx<'_>, now: Timestamp) -> Result<usize, StoreError> {
    let ended = tx
        .sql()
        .prepare_cached(
            "INSERT INTO advisory_ended (number, ended_at, said_by) SELECT number, ?1, 'its date' FROM advisory \
             WHERE state = 'sent' AND number IS NOT NULL AND number NOT IN (SELECT data ->> '$.event.number' FROM event \
             JOIN case_file ON case_file.id = case_id WHERE kind = 'number-allocated' AND data <> '' AND case_file.state <> 'closed') \
             GROUP BY number HAVING (SELECT until FROM advisory AS dated \
             WHERE dated.number = advisory.number AND dated.state = 'sent' AND until IS NOT NULL ORDER BY revision DESC, id DESC LIMIT 1) <= ?1 \
             ON CONFLICT DO NOTHING",
        )
        .what("end embargoes")?
        .execute([stored(now)])
        .what("end embargoes")?;
    if ended > 0 {
        look_again(tx)?;
        record::append(tx, now, &Entry { kind: "embargo-ended", text: "the date of an embargo has passed", ..Entry::default() })?;
    }
    Ok(ended)
}

/// A person says that the embargo of an advisory is over.
pub fn end_embargo(tx: &Tx<'_>, number: AdvisoryNumber, actor: &str, now: Timestamp) -> Result<(), StoreError> {
    let changed = tx
        .sql()
        .run(
            "INSERT INTO advisory_ended (number, ended_at, said_by) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![number.get(), stored(now), actor],
        )
        .what("end an embargo")?;
    if changed == 1 {
        look_again(tx)?;
        record::append(
            tx,
            now,
            &Entry { kind: "embargo-ended", actor, text: &format!("the embargo of {number} is over"), ..Entry::default() },
        )?;
    }
    Ok(())
}

/// An advisory that members hold and that was sent before embargod came, or whose embargo was ended by mistake: makes it live.
pub fn add_live(
    tx: &Tx<'_>,
    number: AdvisoryNumber,
    until: Option<Timestamp>,
    actor: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.sql().run("DELETE FROM advisory_ended WHERE number = ?1", [number.get()]).what("add a live advisory")?;
    tx.sql()
        .run(
            "INSERT INTO advisory (number, revision, digest, submitted_by, state, until, created_at, sent_at, sent_by) \
             VALUES (?1, 0, zeroblob(32), ?2, 'sent', ?3, ?4, ?4, ?2)",
            params![number.get(), actor, until.map(stored), stored(now)],
        )
        .what("add a live advisory")?;
    record::append(
        tx,
        now,
        &Entry { kind: "advisory-live", actor, text: &format!("{number} is under embargo"), ..Entry::default() },
    )
}

/// Every notice of a waiting post was written for another state of things: the next command on it is asked for again.
fn look_again(tx: &Tx<'_>) -> Result<(), StoreError> {
    tx.sql().run("UPDATE held SET version = version + 1 WHERE state = 'waiting' AND place = 'discuss'", []).what("look again")?;
    Ok(())
}

/// The number the next case gets.
pub fn next_case(tx: &Tx<'_>) -> Result<CaseId, StoreError> {
    Ok(CaseId(next_row(tx, "case_file")?))
}

/// The number the next row of a table with AUTOINCREMENT gets.
pub(super) fn next_row(tx: &Tx<'_>, table: &'static str) -> Result<i64, StoreError> {
    // AUTOINCREMENT's own counter: a number is never given twice, even after a row is gone.
    let last: Option<i64> = tx
        .sql()
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = ?1")
        .what("read the next number")?
        .query_row([table], |row| row.get(0))
        .optional()
        .what("read the next number")?;
    Ok(last.unwrap_or(0) + 1)
}

/// Another arrival of the same mail for the same place that was decided about (invariant 5). Usually an earlier one; a later one when this
/// message lay in quarantine while its copy was handled.
fn copy_of(tx: &Tx<'_>, id: InboxId, keys: &Keys) -> Result<Option<InboxId>, StoreError> {
    let Some(identity) = &keys.identity else { return Ok(None) };
    let found: Option<i64> = tx
        .sql()
        .prepare_cached(
            "SELECT MIN(id) FROM inbox WHERE identity = ?1 AND place = ?2 AND id <> ?3 AND state NOT IN ('taken', 'quarantined')",
        )
        .what("look for copies")?
        .query_row(params![identity.bytes(), keys.place, id.row()], |row| row.get(0))
        .what("look for copies")?;
    Ok(found.map(InboxId::of_row))
}

fn same_id(tx: &Tx<'_>, id: InboxId, message_id: &str, keys: &Keys) -> Result<Option<InboxId>, StoreError> {
    let Some(identity) = &keys.identity else { return Ok(None) };
    let found: Option<i64> = tx
        .sql()
        .prepare_cached("SELECT MIN(id) FROM inbox WHERE message_id = ?1 AND +id < ?2 AND identity <> ?3 AND place = ?4")
        .what("look for Message-IDs")?
        .query_row(params![message_id, id.row(), identity.bytes(), keys.place], |row| row.get(0))
        .what("look for Message-IDs")?;
    Ok(found.map(InboxId::of_row))
}

/// Written by us, or somebody else's mail that we sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ours {
    Written,
    Redistributed,
}

fn own_letter(tx: &Tx<'_>, message_id: &str, ours: Ours) -> Result<bool, StoreError> {
    // A redistribution keeps its author's Message-ID, so that this alone does not say the mail is ours; X-BeenThere does.
    tx.sql()
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM letter WHERE message_id = ?1 AND (kind = 'redistribution') = ?2)")
        .what("look for our letters")?
        .query_row(params![message_id, ours == Ours::Redistributed], |row| row.get(0))
        .what("look for our letters")
}

fn token(tx: &Tx<'_>, hash: &Digest) -> Result<Option<TokenRecord>, StoreError> {
    let found = tx
        .sql()
        .prepare_cached("SELECT purpose, person, address, object, digest, version, spent_at, spent_by FROM token WHERE hash = ?1")
        .what("look up a token")?
        .query_row([hash.bytes()], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
                row.get::<_, i64>(3)?,
                row.get::<_, [u8; 32]>(4)?,
                row.get::<_, i64>(5)?,
                row.get::<_, Option<i64>>(6)?,
                row.get::<_, Option<i64>>(7)?,
            ))
        })
        .optional()
        .what("look up a token")?;
    let Some((purpose, person, address, object, digest, version, spent_at, spent_by)) = found else { return Ok(None) };
    Ok(Some(TokenRecord {
        hash: *hash,
        purpose: Purpose::from_stored(&purpose).ok_or(StoreError::Unknown("token.purpose"))?,
        person: (!person.is_empty()).then_some(PersonName(person)),
        address: address.parse().ok(),
        object,
        digest: Digest::from_bytes(digest),
        version,
        spent: spent_at.map(|at| (instant(at), spent_by.map(InboxId::of_row))),
    }))
}

type CaseAndAdvisory = (Option<CaseId>, Option<AdvisoryNumber>);

fn answered(tx: &Tx<'_>, message_id: &str) -> Result<Option<CaseAndAdvisory>, StoreError> {
    let case: Option<i64> = tx
        .sql()
        .prepare_cached(
            "SELECT case_id FROM letter WHERE message_id = ?1 AND case_id IS NOT NULL UNION ALL \
             SELECT case_id FROM inbox JOIN case_mail ON inbox_id = inbox.id WHERE inbox.message_id = ?1 LIMIT 1",
        )
        .what("look for a thread")?
        .query_row([message_id], |row| row.get(0))
        .optional()
        .what("look for a thread")?;
    let number: Option<u16> = tx
        .sql()
        .prepare_cached("SELECT number FROM advisory_thread WHERE message_id = ?1")
        .what("look for a thread")?
        .query_row([message_id], |row| row.get(0))
        .optional()
        .what("look for a thread")?;
    let advisory = number.and_then(|number| AdvisoryNumber::new(number).ok());
    Ok((case.is_some() || advisory.is_some()).then_some((case.map(CaseId), advisory)))
}

/// A held message by its number.
pub fn held(tx: &Tx<'_>, id: InboxId) -> Result<Option<HeldPost>, StoreError> {
    let found = tx
        .sql()
        .prepare_cached("SELECT place, poster, state, version, reason_class, ruled_at, ruled_by FROM held WHERE inbox_id = ?1")
        .what("look up a held message")?
        .query_row([id.row()], |row| {
            let state: String = row.get(2)?;
            let state = match state.as_str() {
                "waiting" => HeldState::Waiting,
                _ => HeldState::Ruled { how: state, by: row.get(6)?, at: instant(row.get::<_, Option<i64>>(5)?.unwrap_or(0)) },
            };
            let place: String = row.get(0)?;
            let poster: String = row.get(1)?;
            let class: String = row.get(4)?;
            Ok((place, poster, state, row.get::<_, i64>(3)?, class))
        })
        .optional()
        .what("look up a held message")?;
    let Some((place, poster, state, version, class)) = found else { return Ok(None) };
    Ok(Some(HeldPost {
        inbox: id,
        raw: inbox::raw(tx, id)?,
        place: match place.as_str() {
            "discuss" => HeldPlace::Discuss,
            "primary" => HeldPlace::Primary,
            _ => HeldPlace::Other,
        },
        poster: poster.parse::<Address>().ok(),
        state,
        version,
        reason_class: (!class.is_empty()).then_some(class),
        reasons: reasons(tx, id)?,
    }))
}

fn reasons(tx: &Tx<'_>, id: InboxId) -> Result<Vec<Reason>, StoreError> {
    let mut statement = tx
        .sql()
        .prepare_cached("SELECT rule, field, text FROM reason WHERE inbox_id = ?1 AND stage <> 'class' ORDER BY id")
        .what("read reasons")?;
    let rows = statement
        .query_map([id.row()], |row| Ok(Reason { rule: row.get(0)?, field: row.get(1)?, text: row.get(2)? }))
        .what("read reasons")?;
    rows.collect::<Result<_, _>>().what("read reasons")
}

/// The newest revision of an advisory that went to the members through here.
pub fn newest_sent(tx: &Tx<'_>, number: AdvisoryNumber) -> Result<Option<WaitingAdvisory>, StoreError> {
    let row: Option<i64> = tx
        .sql()
        .query_row(
            "SELECT id FROM advisory WHERE number = ?1 AND state = 'sent' AND inbox_id IS NOT NULL ORDER BY revision DESC, id DESC LIMIT 1",
            [number.get()],
            |row| row.get(0),
        )
        .optional()
        .what("look up an advisory")?;
    row.map_or(Ok(None), |row| advisory(tx, AdvisoryRow(row)))
}

/// An advisory record by its row.
pub fn advisory(tx: &Tx<'_>, row: AdvisoryRow) -> Result<Option<WaitingAdvisory>, StoreError> {
    let found = tx
        .sql()
        .prepare_cached(
            "SELECT number, revision, inbox_id, submitted_by, state, until, version, sent_by, sent_at FROM advisory \
             WHERE id = ?1 AND inbox_id IS NOT NULL",
        )
        .what("look up an advisory")?
        .query_row([row.0], |found| {
            Ok((
                found.get::<_, Option<u16>>(0)?,
                found.get::<_, u32>(1)?,
                found.get::<_, i64>(2)?,
                found.get::<_, String>(3)?,
                found.get::<_, String>(4)?,
                found.get::<_, Option<i64>>(5)?,
                found.get::<_, i64>(6)?,
                found.get::<_, String>(7)?,
                found.get::<_, Option<i64>>(8)?,
            ))
        })
        .optional()
        .what("look up an advisory")?;
    let Some((number, revision, inbox_id, by, state, until, version, sent_by, sent_at)) = found else { return Ok(None) };
    let inbox_id = InboxId::of_row(inbox_id);
    Ok(Some(WaitingAdvisory {
        row,
        number: number.and_then(|number| AdvisoryNumber::new(number).ok()),
        revision,
        inbox: inbox_id,
        raw: inbox::raw(tx, inbox_id)?,
        submitted_by: PersonName(by),
        state: match state.as_str() {
            "waiting" => AdvisoryState::Waiting,
            "sent" => AdvisoryState::Sent,
            _ => AdvisoryState::Cancelled,
        },
        decided_by: (!sent_by.is_empty()).then(|| (PersonName(sent_by), instant(sent_at.unwrap_or(0)))),
        until: until.map(instant),
        version,
    }))
}

/// A case by its number.
pub fn case(tx: &Tx<'_>, id: CaseId) -> Result<Option<Case>, StoreError> {
    tx.sql()
        .prepare_cached("SELECT id, discoverer, token, state, claimed_by, version, opened_at FROM case_file WHERE id = ?1")
        .what("look up a case")?
        .query_row([id.0], case_of)
        .optional()
        .what("look up a case")
}

fn case_of(row: &Row<'_>) -> rusqlite::Result<Case> {
    let discoverer: String = row.get(1)?;
    let state: String = row.get(3)?;
    let claimed_by: String = row.get(4)?;
    Ok(Case {
        id: CaseId(row.get(0)?),
        discoverer: discoverer.parse().ok(),
        opened: instant(row.get(6)?),
        state: match state.as_str() {
            "open" => CaseState::Open,
            "claimed" => CaseState::Claimed,
            _ => CaseState::Closed,
        },
        claimed_by: (!claimed_by.is_empty()).then_some(PersonName(claimed_by)),
        version: row.get(5)?,
        token: row.get(2)?,
    })
}

/// Automatic answers (null reverse-path, to somebody who wrote to us) since a while ago: to one address or to all.
fn answers_since(tx: &Tx<'_>, to: Option<&Address>, now: Timestamp, within: SignedDuration) -> Result<u32, StoreError> {
    let since = stored(now.saturating_sub(within).unwrap_or(now));
    let to = to.map(ToString::to_string);
    tx.sql()
        .prepare_cached(
            "SELECT COUNT(*) FROM letter CROSS JOIN delivery ON letter_id = letter.id WHERE created_at > ?1 AND created_at <= ?3 AND (?2 IS NULL OR recipient = ?2) \
             AND kind IN ('acknowledgement', 'application-pointer', 'subscription-answer', 'rejection', 'held-receipt')",
        )
        .what("count answers")?
        .query_row(params![since, to, stored(now)], |row| row.get(0))
        .what("count answers")
}

fn subscription_answered(tx: &Tx<'_>, author: &Address, now: Timestamp) -> Result<bool, StoreError> {
    let since = stored(now.saturating_sub(SignedDuration::from_hours(7 * 24)).unwrap_or(now));
    tx.sql()
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM letter CROSS JOIN delivery ON letter_id = letter.id \
             WHERE kind = 'subscription-answer' AND recipient = ?1 AND created_at > ?2 AND created_at <= ?3)",
        )
        .what("count answers")?
        .query_row(params![author.to_string(), since, stored(now)], |row| row.get(0))
        .what("count answers")
}

const NOTICES: &str = "SELECT COUNT(DISTINCT +cause) FROM letter WHERE kind IN ('held-notice', 'alarm', 'case-mail') AND created_at > ?1 AND created_at <= ?2";
const ANNOUNCED_CASES: &str =
    "SELECT COUNT(DISTINCT +cause) FROM letter WHERE kind = 'triage-notice' AND created_at > ?1 AND created_at <= ?2";

fn recent_notices(tx: &Tx<'_>, sql: &'static str, now: Timestamp) -> Result<u32, StoreError> {
    let since = stored(now.saturating_sub(SignedDuration::from_mins(10)).unwrap_or(now));
    tx.sql().prepare_cached(sql).what("count notices")?.query_row([since, stored(now)], |row| row.get(0)).what("count notices")
}

pub(super) fn recent_case_mails(tx: &Tx<'_>, case: CaseId, now: Timestamp) -> Result<u32, StoreError> {
    let since = stored(now.saturating_sub(SignedDuration::from_mins(10)).unwrap_or(now));
    tx.sql()
        .ask(
            "SELECT COUNT(DISTINCT +cause) FROM letter WHERE kind = 'case-mail' AND created_at > ?1 AND created_at <= ?2 AND +case_id = ?3",
            params![since, stored(now), case.0],
            |row| row.get(0),
        )
        .what("count notices")
}

/// Answers to commands within an hour: a program that answers each answer must come to rest.
fn commands_answered(tx: &Tx<'_>, author: &Address, now: Timestamp) -> Result<u32, StoreError> {
    let since = stored(now.saturating_sub(SignedDuration::from_hours(1)).unwrap_or(now));
    tx.sql()
        .prepare_cached(
            "SELECT COUNT(*) FROM letter CROSS JOIN delivery ON letter_id = letter.id \
             WHERE created_at > ?1 AND created_at <= ?3 AND kind = 'command-answer' AND recipient = ?2",
        )
        .what("count answers")?
        .query_row(params![since, author.to_string(), stored(now)], |row| row.get(0))
        .what("count answers")
}

/// The last mail that certainly belongs to a case.
pub fn last_mail(tx: &Tx<'_>, id: CaseId) -> Result<Option<RawMessage>, StoreError> {
    let last: Option<i64> = tx
        .sql()
        .prepare_cached("SELECT MAX(inbox_id) FROM case_mail WHERE case_id = ?1 AND how <> 'suggested'")
        .what("look for the last mail of a case")?
        .query_row([id.0], |row| row.get(0))
        .what("look for the last mail of a case")?;
    last.map(|last| inbox::raw(tx, InboxId::of_row(last))).transpose()
}

fn registered(tx: &Tx<'_>) -> Result<Vec<(AdvisoryNumber, u32)>, StoreError> {
    let mut statement = tx
        .sql()
        .prepare_cached(
            "SELECT number, MAX(revision) FROM advisory WHERE state <> 'cancelled' AND number IS NOT NULL GROUP BY number",
        )
        .what("read advisories")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, u16>(0)?, row.get::<_, u32>(1)?))).what("read advisories")?;
    let mut all = Vec::new();
    for row in rows {
        let (number, revision) = row.what("read advisories")?;
        all.push((AdvisoryNumber::new(number).map_err(|_| StoreError::Unknown("advisory.number"))?, revision));
    }
    Ok(all)
}
