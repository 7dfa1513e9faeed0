//! The fingerprints of all live cases, as the newest entry of the record makes them.
//!
//! Compiling is dear, so that the writer thread keeps what it compiled ([`WallCache`]): a decision at which nothing has changed reads one row.
//! Promises: what a case got in an earlier transaction is protected in this one; a transaction that was rolled back leaves nothing behind, because
//! the cache remembers the last entry it has seen with its hash and begins anew when another one stands in its place. Fails like any reading; then
//! no letter leaves the team.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};

use super::{StoreError, Tx, What as _, case, instant, member, snapshot};
use crate::{
    decide::{
        Policy,
        incoming::InboxId,
        snapshot::{BlockedId, CaseFacts, CaseFile, Fingerprints, Firewall, LiveCase, Public, Snapshot, Use, Wall, material},
    },
    disclosure::{AdvisoryNumber, CaseId, Member},
    mail::{Message, RawMessage},
};

const WHAT: &str = "read the live cases";

/// Looks up what the door must know for a decision: the live cases, and the number of the next stopped letter.
pub fn look_up(tx: &Tx<'_>, snapshot: &mut Snapshot, policy: &Policy, now: Timestamp) -> Result<(), StoreError> {
    snapshot.wall = tx.walls().borrow_mut().build(tx.sql(), policy, now, Use::Door)?;
    snapshot.next_blocked = Some(BlockedId(snapshot::next_row(tx, "blocked_letter")?));
    Ok(())
}

/// The live cases as the door knows them, for whoever makes something that everybody may read.
pub fn door(connection: &Connection, policy: &Policy, now: Timestamp) -> Result<Wall, StoreError> {
    WallCache::default().build(connection, policy, now, Use::Door)
}

/// All cases there ever were, for whoever looks where a leaked text came from.
pub fn everything(connection: &Connection, policy: &Policy, now: Timestamp) -> Result<Wall, StoreError> {
    WallCache::default().build(connection, policy, now, Use::Triage)
}

/// What is known of one case.
struct Known {
    file: Option<CaseFile>,
    number: Option<AdvisoryNumber>,
    /// Since when members have an advisory of it, as the deliveries' record says.
    sent: Option<Timestamp>,
    /// Of an advisory without a case: its date, and whether somebody has said that it is over.
    until: Option<Timestamp>,
    ended: bool,
    stamp: u64,
    prints: Option<Arc<Fingerprints>>,
}

impl Known {
    fn is_live(&self, now: Timestamp) -> bool {
        match &self.file {
            Some(file) => file.is_embargoed(now),
            None => !self.ended && self.until.is_none_or(|until| until > now),
        }
    }

    fn live(&self, case: CaseId) -> LiveCase {
        let told = self.file.as_ref().and_then(CaseFile::predisclosed_at);
        LiveCase {
            case,
            discoverer: self.file.as_ref().and_then(|file| file.discoverer().cloned()),
            predisclosed: told.into_iter().chain(self.sent).min(),
            number: self.number,
        }
    }
}

/// The rows of one advisory number; two that are equal mean that nothing was registered or sent since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Revisions {
    count: i64,
    versions: i64,
    sent: Option<i64>,
    until: Option<i64>,
}

/// What the writer thread keeps from one decision to the next.
#[derive(Default)]
pub struct WallCache {
    /// The last entry of the record seen, with its hash.
    seen: Option<(i64, Vec<u8>)>,
    known: BTreeMap<CaseId, Known>,
    advisories: BTreeMap<AdvisoryNumber, Revisions>,
    ended: BTreeSet<AdvisoryNumber>,
    public: Option<(PublicKey, Arc<Public>)>,
    built: Option<(Vec<(CaseId, u64)>, Wall)>,
    stamp: u64,
}

/// What the public texts were made of: the published advisories, the state of the membership table, the edition of the policy with its letters.
type PublicKey = (Vec<AdvisoryNumber>, (i64, i64), u64);

impl WallCache {
    fn build(&mut self, connection: &Connection, policy: &Policy, now: Timestamp, scope: Use) -> Result<Wall, StoreError> {
        self.catch_up(connection)?;
        self.public(connection, policy, now)?;
        // At the door, cases whose content is under embargo, also undetermined, also closed, and live advisories without a case; all for triage.
        let counts = |known: &Known| scope == Use::Triage || known.is_live(now);
        let live: Vec<CaseId> = self.known.iter().filter(|(_, known)| counts(known)).map(|(case, _)| *case).collect();
        let key: Vec<(CaseId, u64)> =
            live.iter().filter_map(|case| self.known.get(case).map(|known| (*case, known.stamp))).collect();
        if let Some((built, wall)) = &self.built
            && *built == key
        {
            return Ok(wall.clone());
        }
        let members = member::all_on(connection)?;
        let Some((_, public)) = self.public.clone() else { return Err(StoreError::Missing("public text")) };
        let mut prints = Vec::new();
        for case in &live {
            let Some(known) = self.known.get_mut(case) else { continue };
            let compiled = match &known.prints {
                Some(compiled) => Arc::clone(compiled),
                None => compile(connection, *case, known, &Circumstances { members: &members, public: &public, policy, scope })?,
            };
            known.prints = Some(Arc::clone(&compiled));
            prints.push(compiled);
        }
        let cases = live.iter().filter_map(|case| self.known.get(case).map(|known| known.live(*case)));
        let before = self.built.take().map(|(_, wall)| wall);
        let firewall = match before.as_ref().and_then(Wall::firewall) {
            Some(before) => before.followed_by(prints),
            None => Firewall::new(prints),
        };
        let wall = Wall::new(Arc::new(firewall), cases);
        self.built = Some((key, wall.clone()));
        Ok(wall)
    }

    /// Reads what the record says since the last look.
    fn catch_up(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let newest: Option<(i64, Vec<u8>)> = connection
            .prepare_cached("SELECT id, hash FROM event ORDER BY id DESC LIMIT 1")
            .what(WHAT)?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
            .what(WHAT)?;
        if self.seen.is_some() && self.seen == newest {
            return Ok(());
        }
        let since = match &self.seen {
            Some((id, hash)) if is_there(connection, *id, hash)? => *id,
            // Another history than the one remembered: what was seen last was rolled back.
            _ => {
                *self = Self { stamp: self.stamp, ..Self::default() };
                0
            }
        };
        let sql = if since == 0 {
            "SELECT id FROM case_file WHERE ?1 = 0"
        } else {
            "SELECT DISTINCT case_id FROM event WHERE id > ?1 AND case_id IS NOT NULL"
        };
        let mut changed: BTreeSet<CaseId> = connection
            .prepare_cached(sql)
            .what(WHAT)?
            .query_map([since], |row| row.get(0).map(CaseId))
            .what(WHAT)?
            .collect::<Result<_, _>>()
            .what(WHAT)?;
        let advisories = revisions(connection)?;
        let ended = ended(connection)?;
        let moved = |number: &AdvisoryNumber| {
            self.advisories.get(number) != advisories.get(number) || self.ended.contains(number) != ended.contains(number)
        };
        changed.extend(
            self.known
                .iter()
                .filter(|(case, known)| case.0 > 0 && known.number.is_some_and(|number| moved(&number)))
                .map(|(case, _)| *case),
        );
        let alone: Vec<AdvisoryNumber> = advisories.keys().copied().filter(|number| moved(number)).collect();
        for id in changed {
            let file = match case::fold(connection, id) {
                Ok(None) => continue,
                // A record that nobody can read says nothing of its end: the case counts as live, and all other mail goes on.
                Err(StoreError::Unknown(_)) => None,
                file => file?,
            };
            let number = file.as_ref().and_then(CaseFile::live_number);
            self.know(id, file, number, number.and_then(|number| advisories.get(&number)), &ended);
        }
        let owned: BTreeSet<AdvisoryNumber> =
            self.known.iter().filter(|(case, _)| case.0 > 0).filter_map(|(_, known)| known.number).collect();
        for number in alone.into_iter().filter(|number| !owned.contains(number)) {
            self.know(CaseId::of_advisory(number), None, Some(number), advisories.get(&number), &ended);
        }
        // An advisory that a case has been given since is that case's.
        self.known.retain(|case, known| case.0 > 0 || known.number.is_none_or(|number| !owned.contains(&number)));
        self.advisories = advisories;
        self.ended = ended;
        self.seen = newest;
        Ok(())
    }

    fn know(
        &mut self,
        case: CaseId,
        file: Option<CaseFile>,
        number: Option<AdvisoryNumber>,
        revisions: Option<&Revisions>,
        ended: &BTreeSet<AdvisoryNumber>,
    ) {
        self.stamp += 1;
        let known = Known {
            file,
            number,
            sent: revisions.and_then(|revisions| revisions.sent).map(instant),
            until: revisions.and_then(|revisions| revisions.until).map(instant),
            ended: number.is_some_and(|number| ended.contains(&number)),
            stamp: self.stamp,
            prints: None,
        };
        self.known.insert(case, known);
    }

    /// Brings the public texts up to date; when they change, everything is compiled anew.
    fn public(&mut self, connection: &Connection, policy: &Policy, now: Timestamp) -> Result<(), StoreError> {
        let secret: BTreeSet<AdvisoryNumber> =
            self.known.values().filter(|known| known.is_live(now)).filter_map(|known| known.number).collect();
        let published: Vec<AdvisoryNumber> = self.ended.iter().filter(|number| !secret.contains(number)).copied().collect();
        let membership = connection
            .prepare_cached("SELECT COUNT(*), coalesce(MAX(changed_at), 0) FROM member")
            .what(WHAT)?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .what(WHAT)?;
        let key = (published, membership, policy.edition);
        if self.public.as_ref().is_some_and(|(known, _)| *known == key) {
            return Ok(());
        }
        let mut texts = Vec::new();
        for number in &key.0 {
            for (_, raw) in advisory_mails(connection, *number)? {
                texts.extend(Message::parse(&raw).ok().map(|message| message.text));
            }
        }
        let public = Public::new(policy.letters.texts(), texts.iter().map(String::as_str));
        self.public = Some((key, Arc::new(public)));
        self.built = None;
        for known in self.known.values_mut() {
            known.prints = None;
        }
        Ok(())
    }
}

/// What all cases are compiled with.
struct Circumstances<'a> {
    members: &'a [Member],
    public: &'a Public,
    policy: &'a Policy,
    scope: Use,
}

fn is_there(connection: &Connection, id: i64, hash: &[u8]) -> Result<bool, StoreError> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM event WHERE id = ?1 AND hash = ?2)")
        .what(WHAT)?
        .query_row((id, hash), |row| row.get(0))
        .what(WHAT)
}

fn compile(
    connection: &Connection,
    case: CaseId,
    known: &Known,
    circumstances: &Circumstances<'_>,
) -> Result<Arc<Fingerprints>, StoreError> {
    let facts = CaseFacts {
        case,
        file: known.file.clone(),
        number: known.number,
        mails: messages(
            connection,
            "SELECT inbox.id, bytes FROM case_mail JOIN inbox ON inbox.id = inbox_id JOIN raw USING (digest) WHERE case_id = ?1 \
             ORDER BY how <> 'report', inbox.id",
            case.0,
        )?
        .into_iter()
        .map(|(id, raw)| (InboxId::of_row(id), raw))
        .collect(),
        letters: messages(
            connection,
            "SELECT id, bytes FROM letter WHERE case_id = ?1 AND kind = 'case-reply' ORDER BY id",
            case.0,
        )?,
        advisories: match known.number {
            Some(number) => advisory_mails(connection, number)?,
            None => Vec::new(),
        },
    };
    let Circumstances { members, public, policy, scope } = *circumstances;
    Ok(Arc::new(Fingerprints::compile(&material::material(&facts, members, policy, scope), public)))
}

/// More bytes of one case are not held in memory to be compiled: who reports something can send mail on it without end.
const MOST_BYTES: usize = 128 << 20;

fn messages(connection: &Connection, sql: &str, object: i64) -> Result<Vec<(i64, RawMessage)>, StoreError> {
    let mut statement = connection.prepare_cached(sql).what(WHAT)?;
    let mut rows = statement.query([object]).what(WHAT)?;
    let mut found: Vec<(i64, RawMessage)> = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.next().what(WHAT)? {
        let raw = RawMessage::new(row.get::<_, Vec<u8>>(1).what(WHAT)?);
        bytes += raw.len();
        if bytes > MOST_BYTES && !found.is_empty() {
            break;
        }
        found.push((row.get(0).what(WHAT)?, raw));
    }
    Ok(found)
}

/// The revisions of an advisory whose bytes are here, cancelled ones too: what they say is no less secret.
fn advisory_mails(connection: &Connection, number: AdvisoryNumber) -> Result<Vec<(u32, RawMessage)>, StoreError> {
    let found = messages(
        connection,
        "SELECT revision, bytes FROM advisory JOIN inbox ON inbox.id = inbox_id JOIN raw ON raw.digest = inbox.digest WHERE number = ?1 \
         ORDER BY revision, advisory.id",
        i64::from(number.get()),
    )?;
    Ok(found.into_iter().map(|(revision, raw)| (u32::try_from(revision).unwrap_or(0), raw)).collect())
}

fn revisions(connection: &Connection) -> Result<BTreeMap<AdvisoryNumber, Revisions>, StoreError> {
    let mut statement = connection
        .prepare_cached(
            "SELECT number, COUNT(*), SUM(version), MIN(sent_at), (SELECT until FROM advisory AS dated WHERE dated.number = advisory.number \
             AND until IS NOT NULL ORDER BY revision DESC, id DESC LIMIT 1) FROM advisory WHERE number IS NOT NULL GROUP BY number",
        )
        .what(WHAT)?;
    let rows = statement
        .query_map([], |row| {
            let revisions = Revisions { count: row.get(1)?, versions: row.get(2)?, sent: row.get(3)?, until: row.get(4)? };
            Ok((row.get::<_, u16>(0)?, revisions))
        })
        .what(WHAT)?;
    let mut all = BTreeMap::new();
    for row in rows {
        let (number, revisions) = row.what(WHAT)?;
        all.insert(AdvisoryNumber::new(number).map_err(|_| StoreError::Unknown("advisory.number"))?, revisions);
    }
    Ok(all)
}

fn ended(connection: &Connection) -> Result<BTreeSet<AdvisoryNumber>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT number FROM advisory_ended").what(WHAT)?;
    let rows = statement.query_map([], |row| row.get::<_, u16>(0)).what(WHAT)?;
    let mut all = BTreeSet::new();
    for row in rows {
        all.insert(AdvisoryNumber::new(row.what(WHAT)?).map_err(|_| StoreError::Unknown("advisory.number"))?);
    }
    Ok(all)
}
