//! The public list of organisations: names only, in the policy's order (P52).
//!
//! Promises: a text of this room never contains an `@`; what it writes as CSV it reads back the same. Fails with [`RosterError`], which names the
//! line.

use std::fmt::Write as _;

use super::history::PolicyVersion;
use crate::mail::has_at;

/// An organisation as the public list shows it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Organisation {
    /// Its name.
    pub name: String,
    /// The version of the policy that added it; `None`: before there were versions, or nobody wrote it down.
    pub listed: Option<PolicyVersion>,
}

/// Why a list of organisations is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RosterError {
    /// The first line is no header.
    #[error("line {line}: the first line names the columns: `name,added_in_policy_version` (others are passed over)")]
    Header {
        /// The line, from 1.
        line: usize,
    },
    /// Quotes that do not fit (RFC 4180 2.5), or too few columns.
    #[error("line {line}: a quote is opened and not closed, or a column is missing")]
    Form {
        /// The line, from 1.
        line: usize,
    },
    /// No name, or one with a control character.
    #[error("line {line}: an organisation without a name, or with a control character in it")]
    Nameless {
        /// The line, from 1.
        line: usize,
    },
    /// The list is public; addresses are not (P52).
    #[error(
        "line {line}: an @ (or U+FF20 or U+FE6B, which look like one) in the name of an organisation: addresses are never on the public list"
    )]
    Address {
        /// The line, from 1.
        line: usize,
    },
    /// The same name again.
    #[error("line {line}: this organisation is on the list already (line {first})")]
    Twice {
        /// The line, from 1.
        line: usize,
        /// Where it stood first.
        first: usize,
    },
}

/// Whether the public list can show this name.
pub fn is_showable(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= 200 && !has_at(name) && !name.contains(char::is_control)
}

/// Reads a list: CSV (RFC 4180) with a column `name` and perhaps one `added_in_policy_version`, in the order of the public list.
///
/// # Errors
/// The first line that is wrong.
pub fn read(text: &str) -> Result<Vec<Organisation>, RosterError> {
    let mut lines = text.trim_start_matches('\u{feff}').lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let Some((header, line)) = lines.next() else { return Ok(Vec::new()) };
    let columns = fields(header).ok_or(RosterError::Header { line })?;
    let column = |wanted: &str| columns.iter().position(|column| column.trim() == wanted);
    let name_at = column("name").ok_or(RosterError::Header { line })?;
    let version_at = column("added_in_policy_version");
    let mut all: Vec<(Organisation, usize)> = Vec::new();
    for (text, line) in lines {
        let fields = fields(text).ok_or(RosterError::Form { line })?;
        let name = fields.get(name_at).ok_or(RosterError::Form { line })?.trim().to_owned();
        if has_at(&name) {
            return Err(RosterError::Address { line });
        }
        if !is_showable(&name) {
            return Err(RosterError::Nameless { line });
        }
        if let Some((_, first)) = all.iter().find(|(other, _)| key(&other.name) == key(&name)) {
            return Err(RosterError::Twice { line, first: *first });
        }
        let listed = version_at.and_then(|at| fields.get(at)).and_then(|version| version.trim().parse().ok());
        all.push((Organisation { name, listed }, line));
    }
    Ok(all.into_iter().map(|(organisation, _)| organisation).collect())
}

/// Writes the list in the form that [`read`] takes.
pub fn write_csv(list: &[Organisation]) -> String {
    let mut text = "name,added_in_policy_version\n".to_owned();
    for organisation in list.iter().filter(|organisation| is_showable(&organisation.name)) {
        let version = organisation.listed.map(|version| version.to_string()).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{},{version}", quoted(&organisation.name));
    }
    text
}

/// The list as the policy's page has it: one name a line, nothing else.
pub fn write_page(list: &[Organisation]) -> String {
    let shown = list.iter().filter(|organisation| is_showable(&organisation.name));
    shown.fold(String::new(), |text, organisation| text + &organisation.name + "\n")
}

/// Where a new organisation belongs in a list that is in the policy's order: by the alphabet, without moving those that stand out of it.
pub fn place_of(list: &[Organisation], name: &str) -> usize {
    let after = |organisation: &Organisation| key(&organisation.name) > key(name);
    list.iter().position(after).unwrap_or(list.len())
}

/// Names that differ in case, blanks or signs alone are the same.
pub fn is_same(one: &str, other: &str) -> bool {
    key(one) == key(other)
}

fn key(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn quoted(name: &str) -> String {
    if name.contains(['"', ',']) || name.trim() != name { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_owned() }
}

/// The fields of a line (RFC 4180 2.5 to 2.7, no line breaks inside quotes).
fn fields(line: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = line.trim_end();
    loop {
        let after = match rest.strip_prefix('"') {
            Some(inside) => {
                let (field, after) = quoted_field(inside)?;
                found.push(field);
                after
            }
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                let (field, after) = rest.split_at_checked(end)?;
                if field.contains('"') {
                    return None;
                }
                found.push(field.to_owned());
                after
            }
        };
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None if after.is_empty() => return Some(found),
            None => return None,
        }
    }
}

fn quoted_field(text: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"')?;
        field.push_str(part);
        match after.strip_prefix('"') {
            Some(next) => {
                field.push('"');
                rest = next;
            }
            None => return Some((field, after)),
        }
    }
}
