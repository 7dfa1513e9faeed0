//! How the letters of a case have gone, for its transparency report (P37, P38).

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{StoreError, Tx, What as _, instant};
use crate::{
    decide::{
        effect::{Label, LetterKind},
        report_draft::{DeliveryCount, Sent},
    },
    disclosure::CaseId,
};

/// What the store adds to the record of a case, within a transaction.
pub fn of_case(tx: &Tx<'_>, case: CaseId, prefix: &str) -> Result<Sent, StoreError> {
    read(tx.sql(), case, prefix)
}

/// The same for whoever only reads. `prefix` stands before an advisory's number.
pub fn read(connection: &Connection, case: CaseId, prefix: &str) -> Result<Sent, StoreError> {
    Ok(Sent {
        deliveries: deliveries(connection, case, prefix)?,
        acknowledged: acknowledged(connection, case)?,
        members: members(connection)?,
    })
}

/// Letters to people outside the team, by what they carried, in the order in which they were first written: those of the case, and those that
/// carried an advisory with a number that the case had.
fn deliveries(connection: &Connection, case: CaseId, prefix: &str) -> Result<Vec<DeliveryCount>, StoreError> {
    let mut statement = connection
        .prepare_cached(
            "SELECT kind, label, COUNT(*), SUM(delivery.state = 'accepted' AND bounce NOT LIKE '%permanent'), \
                    SUM(delivery.state IN ('failed', 'withheld') OR bounce LIKE '%permanent') \
             FROM letter JOIN delivery ON letter_id = letter.id \
             WHERE letter.case_id = ?1 OR EXISTS (SELECT 1 FROM event WHERE event.case_id = ?1 AND event.kind = 'number-allocated' \
                   AND event.data <> '' AND letter.label LIKE 'advisory:' || (event.data ->> '$.event.number') || ':%') \
             GROUP BY kind, label ORDER BY MIN(letter.id)",
        )
        .what("count deliveries")?;
    let rows = statement
        .query_map(params![case.0], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, i64>(2)?,
                row.get::<_, i64>(3)?,
                row.get::<_, i64>(4)?,
            ))
        })
        .what("count deliveries")?;
    let mut counts = Vec::new();
    for row in rows {
        let (kind, label, recipients, accepted, failed) = row.what("count deliveries")?;
        if LetterKind::from_stored(&kind).is_none_or(|kind| kind.is_for_the_team() || kind == LetterKind::CommandAnswer) {
            continue;
        }
        let what = match Label::from_stored(&label) {
            Label::Advisory(number, version) => format!("{} v{version} ({kind})", number.with_prefix(prefix)),
            Label::Post(_) | Label::Drill(_) | Label::None => kind,
        };
        let count = |counted: i64| u64::try_from(counted).unwrap_or_default();
        counts.push(DeliveryCount { what, recipients: count(recipients), accepted: count(accepted), failed: count(failed) });
    }
    Ok(counts)
}

fn acknowledged(connection: &Connection, case: CaseId) -> Result<Option<Timestamp>, StoreError> {
    let first: Option<i64> = connection
        .query_row("SELECT MIN(created_at) FROM letter WHERE case_id = ?1 AND kind = 'acknowledgement'", [case.0], |row| {
            row.get(0)
        })
        .optional()
        .what("look for the acknowledgement")?
        .flatten();
    Ok(first.map(instant))
}

fn members(connection: &Connection) -> Result<Vec<String>, StoreError> {
    connection
        .prepare_cached("SELECT organisation FROM member UNION SELECT address FROM member UNION SELECT address FROM poster")
        .what("read the members")?
        .query_map([], |row| row.get(0))
        .what("read the members")?
        .collect::<Result<_, _>>()
        .what("read the members")
}
