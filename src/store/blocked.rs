//! Letters that the firewall stopped: kept, found again, let out or ended.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;

use super::{StoreError, Tx, What as _, instant, stored};
use crate::{
    decide::{
        effect::{BlockedMove, Draft, HeldId, Label, LetterKind, ReversePath},
        incoming::InboxId,
        snapshot::{BlockedId, BlockedLetter, BlockedState, Found, Proposal, Rule},
    },
    disclosure::{CaseId, ContentClass, PersonName, Recipients},
    mail::Address,
};

/// Keeps a stopped letter.
pub(super) fn keep(tx: &Tx<'_>, cause: Option<InboxId>, blocked: &BlockedLetter, now: Timestamp) -> Result<(), StoreError> {
    let draft = &blocked.draft;
    let base = match &draft.reverse_path {
        ReversePath::Null => String::new(),
        ReversePath::Verp(base) => base.to_string(),
    };
    let reveals: Vec<String> = draft.reveals.iter().map(|case| case.0.to_string()).collect();
    let to: Vec<String> = draft.to.as_slice().iter().map(ToString::to_string).collect();
    let outsider = match &blocked.outsider {
        Some(outsider) => serde_json::to_string(outsider).map_err(|_| StoreError::Unknown("the reader of a letter"))?,
        None => String::new(),
    };
    tx.sql()
        .execute(
            "INSERT INTO blocked_letter (id, kind, class, message_id, return_base, reveals, held, recipients, outsider, cause, about, \
             case_id, label, blocked_at, state, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 'waiting', ?15)",
            params![
                blocked.id.0,
                draft.kind.as_str(),
                draft.class.as_str(),
                draft.message_id.as_str(),
                base,
                reveals.join(","),
                draft.held.map(|held| held.0),
                to.join("\n"),
                outsider,
                cause.map(InboxId::row),
                blocked.about.map(InboxId::row),
                blocked.case.map(|case| case.0),
                blocked.label.to_stored(),
                stored(now),
                draft.bytes,
            ],
        )
        .what("keep a stopped letter")?;
    hits(tx, blocked.id, &blocked.found)
}

fn hits(tx: &Tx<'_>, id: BlockedId, found: &[Found]) -> Result<(), StoreError> {
    for one in found {
        tx.sql()
            .prepare_cached("INSERT INTO blocked_hit (blocked_id, case_id, rule, spot) VALUES (?1, ?2, ?3, ?4)")
            .what("keep a stopped letter")?
            .execute(params![id.0, one.case.0, one.rule.as_str(), one.spot])
            .what("keep a stopped letter")?;
    }
    Ok(())
}

/// Moves a stopped letter on; fails when it does not wait any more, or when another proposal stands than the decision was made for.
pub(super) fn moved(
    tx: &Tx<'_>,
    id: BlockedId,
    proposed: Option<&Proposal>,
    to: BlockedMove,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (state, proposal, settled) = match &to {
        BlockedMove::Proposed(by) => ("waiting", Some(by), None),
        BlockedMove::LetOut(by) => ("let-out", proposed.map(|proposal| &proposal.by), Some(by)),
        BlockedMove::Discarded(by) => ("discarded", proposed.map(|proposal| &proposal.by), Some(by)),
        BlockedMove::Found(_) => ("waiting", None, None),
    };
    let at = match &to {
        BlockedMove::Proposed(_) => Some(stored(now)),
        BlockedMove::LetOut(_) | BlockedMove::Discarded(_) => proposed.map(|proposal| stored(proposal.at)),
        BlockedMove::Found(_) => None,
    };
    let name = |name: Option<&PersonName>| name.map(|name| name.0.clone()).unwrap_or_default();
    let changed = tx
        .sql()
        .execute(
            "UPDATE blocked_letter SET state = ?2, proposed_by = ?3, proposed_at = ?4, settled_by = ?5, settled_at = ?6 \
             WHERE id = ?1 AND state = 'waiting' AND proposed_by = ?7 AND proposed_at IS ?8",
            params![
                id.0,
                state,
                name(proposal),
                at,
                name(settled),
                settled.map(|_| stored(now)),
                name(proposed.map(|proposal| &proposal.by)),
                proposed.map(|proposal| stored(proposal.at)),
            ],
        )
        .what("move a stopped letter")?;
    if changed == 0 {
        return Err(StoreError::Changed("the stopped letter"));
    }
    if let BlockedMove::Found(found) = to {
        tx.sql().execute("DELETE FROM blocked_hit WHERE blocked_id = ?1", [id.0]).what("move a stopped letter")?;
        hits(tx, id, &found)?;
    }
    Ok(())
}

/// A stopped letter by its number.
pub fn letter(tx: &Tx<'_>, id: BlockedId) -> Result<Option<BlockedLetter>, StoreError> {
    read(tx.sql(), id)
}

struct Stored {
    kind: String,
    class: String,
    message_id: String,
    base: String,
    reveals: String,
    held: Option<i64>,
    recipients: String,
    outsider: String,
    about: Option<i64>,
    case: Option<i64>,
    label: String,
    state: String,
    proposed_by: String,
    proposed_at: Option<i64>,
    settled_by: String,
    settled_at: Option<i64>,
    bytes: Vec<u8>,
}

/// The same for whoever only reads.
pub fn read(connection: &Connection, id: BlockedId) -> Result<Option<BlockedLetter>, StoreError> {
    const WHAT: &str = "read a stopped letter";
    let found = connection
        .prepare_cached(
            "SELECT kind, class, message_id, return_base, reveals, held, recipients, outsider, about, case_id, label, state, \
             proposed_by, proposed_at, settled_by, settled_at, bytes FROM blocked_letter WHERE id = ?1",
        )
        .what(WHAT)?
        .query_row([id.0], |row| {
            Ok(Stored {
                kind: row.get(0)?,
                class: row.get(1)?,
                message_id: row.get(2)?,
                base: row.get(3)?,
                reveals: row.get(4)?,
                held: row.get(5)?,
                recipients: row.get(6)?,
                outsider: row.get(7)?,
                about: row.get(8)?,
                case: row.get(9)?,
                label: row.get(10)?,
                state: row.get(11)?,
                proposed_by: row.get(12)?,
                proposed_at: row.get(13)?,
                settled_by: row.get(14)?,
                settled_at: row.get(15)?,
                bytes: row.get(16)?,
            })
        })
        .optional()
        .what(WHAT)?;
    let Some(kept) = found else { return Ok(None) };
    let unknown = || StoreError::Unknown("blocked_letter");
    let to: Vec<Address> = kept.recipients.lines().map(str::parse).collect::<Result<_, _>>().map_err(|_| unknown())?;
    let reveals = kept.reveals.split(',').filter(|case| !case.is_empty());
    let draft = Draft {
        kind: LetterKind::from_stored(&kept.kind).ok_or_else(unknown)?,
        class: ContentClass::from_stored(&kept.class),
        reveals: reveals.map(|case| case.parse().map(CaseId)).collect::<Result<_, _>>().map_err(|_| unknown())?,
        held: kept.held.map(HeldId),
        message_id: kept.message_id.parse().map_err(|_| unknown())?,
        bytes: kept.bytes,
        to: Recipients::new(to).ok_or_else(unknown)?,
        reverse_path: match kept.base.as_str() {
            "" => ReversePath::Null,
            base => ReversePath::Verp(base.parse().map_err(|_| unknown())?),
        },
    };
    let by = PersonName(kept.settled_by);
    let at = instant(kept.settled_at.unwrap_or(0));
    Ok(Some(BlockedLetter {
        id,
        draft,
        about: kept.about.map(InboxId::of_row),
        case: kept.case.map(CaseId),
        label: Label::from_stored(&kept.label),
        outsider: match kept.outsider.as_str() {
            "" => None,
            json => Some(serde_json::from_str(json).map_err(|_| unknown())?),
        },
        found: found_in(connection, id)?,
        state: match kept.state.as_str() {
            "let-out" => BlockedState::LetOut { by, at },
            "discarded" => BlockedState::Discarded { by, at },
            _ => BlockedState::Waiting,
        },
        proposed: kept.proposed_at.map(|at| Proposal { by: PersonName(kept.proposed_by), at: instant(at) }),
    }))
}

fn found_in(connection: &Connection, id: BlockedId) -> Result<Vec<Found>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT case_id, rule, spot FROM blocked_hit WHERE blocked_id = ?1 ORDER BY id")
        .what("read a stopped letter")?;
    let rows = statement
        .query_map([id.0], |row| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?)))
        .what("read a stopped letter")?;
    let mut found = Vec::new();
    for row in rows {
        let (case, rule, spot) = row.what("read a stopped letter")?;
        let rule = Rule::from_stored(&rule).ok_or(StoreError::Unknown("blocked_hit.rule"))?;
        found.push(Found { case: CaseId(case), rule, spot });
    }
    Ok(found)
}

/// A stopped letter in a list.
#[derive(Debug, Clone, Serialize)]
pub struct BlockedRow {
    /// Its number.
    pub id: i64,
    /// What it was for.
    pub kind: String,
    /// waiting, let-out or discarded.
    pub state: String,
    /// When it was stopped (RFC 3339).
    pub at: String,
    /// The mail it is about.
    pub about: Option<i64>,
    /// How many would have got it.
    pub recipients: usize,
    /// Who wants to let it out.
    pub proposed_by: String,
    /// Who settled it.
    pub settled_by: String,
    /// Case, rule and place of all that was found.
    pub found: Vec<String>,
}

/// All stopped letters, those that wait first.
pub fn list(connection: &Connection) -> Result<Vec<BlockedRow>, StoreError> {
    let mut statement = connection
        .prepare(
            "SELECT id, kind, state, blocked_at, about, recipients, proposed_by, settled_by FROM blocked_letter \
             ORDER BY state <> 'waiting', id DESC",
        )
        .what("list stopped letters")?;
    let rows = statement
        .query_map([], |row| {
            Ok(BlockedRow {
                id: row.get(0)?,
                kind: row.get(1)?,
                state: row.get(2)?,
                at: instant(row.get(3)?).to_string(),
                about: row.get(4)?,
                recipients: row.get::<_, String>(5)?.lines().count(),
                proposed_by: row.get(6)?,
                settled_by: row.get(7)?,
                found: Vec::new(),
            })
        })
        .what("list stopped letters")?;
    let mut all = rows.collect::<Result<Vec<_>, _>>().what("list stopped letters")?;
    for row in &mut all {
        row.found = found_in(connection, BlockedId(row.id))?.iter().map(ToString::to_string).collect();
    }
    Ok(all)
}
