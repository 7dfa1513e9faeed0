//! The membership table as the configuration gives it: a CSV file (RFC 4180) or `[[member]]` tables.
//!
//! It fills the table in the database at the first start; from then on `member add` and `member remove` change that table, and this text is only
//! checked. Errors name the organisation and the line, never a member's address: those are for the team alone (policy, "the actual email
//! addresses" are not public, P52).

use std::{collections::BTreeMap, path::Path};

use super::{
    claims::Claims,
    finding::{Findings, Place},
    raw::RawMember,
};
use crate::{
    disclosure::{Member, Membership, TlsRequirement},
    mail::{Address, has_at},
};

/// The first line of a members file.
const HEADER: [&str; 3] = ["organisation", "address", "posters"];

const FORM: &str =
    "write: organisation,address,posters (quotes around a name with a comma; posters separated by blanks; the last may be empty)";

/// Providers whose mailboxes belong to persons, not to organisations: such a role address deserves a look.
const FREE_MAIL: [&str; 16] = [
    "163.com",
    "aol.com",
    "gmail.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mail.ru",
    "outlook.com",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "yahoo.com",
    "yandex.ru",
];

/// One organisation as written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    place: Place,
    organisation: String,
    address: String,
    posters: Vec<String>,
}

/// The rows of `[[member]]` tables.
pub(super) fn rows_of_tables(tables: &[toml::Spanned<RawMember>], findings: &Findings<'_>) -> Vec<Row> {
    let row = |member: &toml::Spanned<RawMember>| {
        let raw = member.get_ref();
        Row {
            place: findings.place(&raw.address.span()),
            organisation: raw.organisation.get_ref().clone(),
            address: raw.address.get_ref().clone(),
            posters: raw.posters.iter().map(|poster| poster.get_ref().clone()).collect(),
        }
    };
    tables.iter().map(row).collect()
}

/// The rows of a members file; `None` when there are none because they were refused. Blank lines and lines that begin with `#` are comments.
pub(super) fn rows_of_file(file: &Path, text: &str, findings: &mut Findings<'_>) -> Option<Vec<Row>> {
    let mut rows = Vec::new();
    let mut refused = false;
    let mut lines = text
        .trim_start_matches('\u{feff}')
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let place = |nth: usize| Place { file: file.to_owned(), line: nth + 1, column: 1 };
    let Some((nth, header)) = lines.next() else { return Some(rows) };
    if header.split(',').map(str::trim).ne(HEADER) {
        findings.refuse_at(
            place(nth),
            "the first line of a members file names its columns",
            "write: organisation,address,posters",
        );
        return None;
    }
    for (nth, line) in lines {
        let Some(fields) = fields(line) else {
            findings.refuse_at(place(nth), "a quote is opened and not closed, or stands inside a field", FORM);
            refused = true;
            continue;
        };
        let (organisation, address, posters) = match fields.as_slice() {
            [organisation, address] => (organisation, address, ""),
            [organisation, address, posters] => (organisation, address, posters.as_str()),
            _ => {
                findings.refuse_at(place(nth), format!("this line has {} columns instead of 3", fields.len()), FORM);
                refused = true;
                continue;
            }
        };
        rows.push(Row {
            place: place(nth),
            organisation: organisation.trim().to_owned(),
            address: address.trim().to_owned(),
            posters: posters.split([' ', ';', '\t']).filter(|poster| !poster.is_empty()).map(str::to_owned).collect(),
        });
    }
    (!refused || !rows.is_empty()).then_some(rows)
}

/// The fields of a line (RFC 4180 2.5 to 2.7, without line breaks inside quotes); `None` when the quotes do not fit.
fn fields(line: &str) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut rest = line.trim_end();
    loop {
        let (field, after) = match rest.trim_start().strip_prefix('"') {
            Some(quoted) => quoted_field(quoted)?,
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                let (field, after) = rest.split_at_checked(end)?;
                if field.contains('"') {
                    return None;
                }
                (field.to_owned(), after)
            }
        };
        fields.push(field);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None if after.trim().is_empty() => return Some(fields),
            None => return None,
        }
    }
}

/// The text up to the closing quote, `""` standing for `"`, and what follows it.
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

/// The members, with every fault reported.
pub(super) fn check(rows: Vec<Row>, claims: &Claims, findings: &mut Findings<'_>) -> Vec<Member> {
    let mut members = Vec::new();
    let mut organisations: BTreeMap<String, usize> = BTreeMap::new();
    let mut addresses: BTreeMap<Address, (String, usize)> = BTreeMap::new();
    for row in rows {
        let line = row.place.line;
        if row.organisation.is_empty() || row.organisation.contains(char::is_control) {
            findings.refuse_at(row.place.clone(), "a member without the name of its organisation", FORM);
        }
        if has_at(&row.organisation) {
            let remedy = "write the organisation's name alone: it stands on the public list, where no address may be";
            findings.refuse_at(
                row.place.clone(),
                "the name of an organisation with an @ (or U+FF20 or U+FE6B, which look like one)",
                remedy,
            );
        }
        if let Some(first) = organisations.insert(row.organisation.to_lowercase(), line) {
            let problem = format!("{} is a member already (line {first})", row.organisation);
            findings.refuse_at(row.place.clone(), problem, "delete one of the two: an organisation has one role address (P48)");
        }
        let role = usable(&row, &row.address, "role address", claims, &mut addresses, findings);
        let posters: Vec<Option<Address>> =
            row.posters.iter().map(|poster| usable(&row, poster, "poster", claims, &mut addresses, findings)).collect();
        if let Some(address) = &role
            && FREE_MAIL.contains(&address.domain())
        {
            let text = format!(
                "the role address of {} is at a free-mail provider: is it read by more than one person?",
                row.organisation
            );
            findings.warn_at(row.place.clone(), text);
        }
        if let (Some(address), Some(posters)) = (role, posters.into_iter().collect()) {
            members.push(Member {
                organisation: row.organisation,
                address,
                posters,
                membership: Membership::Active,
                tls: TlsRequirement::default(),
            });
        }
    }
    members
}

fn usable(
    row: &Row,
    text: &str,
    what: &str,
    claims: &Claims,
    taken: &mut BTreeMap<Address, (String, usize)>,
    findings: &mut Findings<'_>,
) -> Option<Address> {
    let organisation = &row.organisation;
    let Ok(address) = text.parse::<Address>() else {
        let problem = format!("the {what} of {organisation} is no mail address");
        findings.refuse_at(row.place.clone(), problem, "write the bare address: name@example.org");
        return None;
    };
    if let Some(owner) = claims.owner(&address) {
        let problem = format!("the {what} of {organisation} is {}", owner.name());
        findings.refuse_at(
            row.place.clone(),
            problem,
            "use the organisation's own address: embargoed mail must reach it and nobody else",
        );
        return None;
    }
    let key = claims.canonical(&address);
    if let Some((other, line)) = taken.get(&key)
        && other != organisation
    {
        let problem = format!("the {what} of {organisation} is an address of {other} already (line {line})");
        findings.refuse_at(row.place.clone(), problem, "give each organisation addresses of its own");
        return None;
    }
    taken.insert(key, (organisation.clone(), row.place.line));
    Some(address)
}
