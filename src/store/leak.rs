//! Who was given what, and when: for whoever looks where a leaked text came from. Only reads.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _};
use serde::Serialize;

use super::{StoreError, What as _, instant};
use crate::disclosure::AdvisoryNumber;

const WHAT: &str = "read who got an advisory";

/// One revision of an advisory that the relay took for one recipient.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Copy {
    /// The organisation; empty when no member has or had that address.
    pub organisation: String,
    /// The role address.
    pub address: String,
    /// Which revision.
    pub revision: u32,
    /// Since when (RFC 3339).
    pub since: String,
}

/// Every copy of an advisory that was delivered, the earliest first.
pub fn copies(connection: &Connection, number: AdvisoryNumber) -> Result<Vec<Copy>, StoreError> {
    let mut statement = connection
        .prepare(
            "SELECT coalesce((SELECT organisation FROM member WHERE member.address = recipient), ''), recipient, label, MIN(delivery.settled_at) AS since \
             FROM delivery JOIN letter ON letter.id = letter_id WHERE delivery.state = 'accepted' AND label LIKE ?1 \
             GROUP BY recipient, label ORDER BY since, recipient",
        )
        .what(WHAT)?;
    let rows = statement
        .query_map([format!("advisory:{}:%", number.get())], |row| {
            let label: String = row.get(2)?;
            Ok(Copy {
                organisation: row.get(0)?,
                address: row.get(1)?,
                revision: label.rsplit(':').next().and_then(|revision| revision.parse().ok()).unwrap_or(0),
                since: instant(row.get::<_, Option<i64>>(3)?.unwrap_or(0)).to_string(),
            })
        })
        .what(WHAT)?;
    rows.collect::<Result<_, _>>().what(WHAT)
}

/// Everyone who is or was a member: role address and organisation.
pub fn organisations(connection: &Connection) -> Result<BTreeMap<String, String>, StoreError> {
    let mut statement = connection.prepare("SELECT address, organisation FROM member").what(WHAT)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).what(WHAT)?;
    rows.collect::<Result<_, _>>().what(WHAT)
}

/// When a mail was on our disk (RFC 3339); `None` when there is no such mail.
pub fn arrived(connection: &Connection, mail: i64) -> Result<Option<String>, StoreError> {
    let at = connection.query_row("SELECT arrived_at FROM inbox WHERE id = ?1", [mail], |row| row.get(0)).optional();
    Ok(at.what(WHAT)?.map(|at| instant(at).to_string()))
}
