//! Text -> raw tables: TOML syntax, unknown keys, missing keys, wrong types. Each table is read by itself, so one run reports the first fault of
//! each table.
//!
//! No message quotes the line it is about: somebody may have written a password there.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::{
    Spanned,
    de::{DeTable, DeValue, ValueDeserializer},
};

use super::{
    finding::Findings,
    raw::{Raw, Section, TOP},
};

/// Keys people write a secret into; none of them exists.
const SECRET_KEYS: [&str; 6] = ["password", "pass", "passwd", "secret", "token", "access-token"];

const SECRETS_ARE_FILES: &str = "secrets never stand in the configuration: delete the line, change the secret, and name its place instead: \
                                 password-file = \"FILE\" (chmod 600) or password-credential = \"NAME\" (systemd LoadCredential)";

/// The tables of the file. Faults go to `findings`; `None` when the text is no TOML at all.
pub(super) fn read(text: &str, findings: &mut Findings<'_>) -> Option<Raw> {
    let (root, faults) = DeTable::parse_recoverable(text);
    if !faults.is_empty() {
        for fault in faults {
            let at = fault.span().unwrap_or_default();
            if fault.message() == "duplicate key" {
                findings.refuse(&at, "this key stands here a second time", "delete one of the two");
            } else {
                findings.refuse(
                    &at,
                    format!("not valid TOML: {}", fault.message()),
                    "write it as KEY = VALUE, texts in double quotes (https://toml.io)",
                );
            }
        }
        return None;
    }
    let mut raw = Raw::default();
    for (key, value) in root.into_inner() {
        let at = key.span();
        let name = key.get_ref().as_ref();
        match name {
            "state" => raw.state = section(name, value, findings),
            "control-socket" => raw.control_socket = section(name, value, findings),
            "rules" => raw.rules = section(name, value, findings),
            "letters" => raw.letters = section(name, value, findings),
            "members-file" => raw.members_file = section(name, value, findings),
            "members-credential" => raw.members_credential = section(name, value, findings),
            "project" => raw.project = table(name, value, findings),
            "policy" => raw.policy = table(name, value, findings),
            "lists" => raw.lists = table(name, value, findings),
            "team" => raw.team = section(name, value, findings),
            "member" => raw.member = section(name, value, findings),
            "upstream" => raw.upstream = section(name, value, findings),
            "trust" => raw.trust = table(name, value, findings),
            "source" => raw.source = table(name, value, findings),
            "transport" => raw.transport = table(name, value, findings),
            "moderation" => raw.moderation = table(name, value, findings),
            "schedule" => raw.schedule = table(name, value, findings),
            "acknowledgement" => raw.acknowledgement = table(name, value, findings),
            "delivery" => raw.delivery = table(name, value, findings),
            "dkim" => raw.dkim = table(name, value, findings),
            "dmarc" => raw.dmarc = table(name, value, findings),
            "publication" => raw.publication = table(name, value, findings),
            "status" => raw.status = table(name, value, findings),
            "log" => raw.log = table(name, value, findings),
            unknown => {
                let (problem, remedy) = unknown_key(unknown, &TOP);
                findings.refuse(&at, problem, remedy);
            }
        }
    }
    Some(raw)
}

/// serde takes a list for a struct, field by field; people do not.
fn table<T: DeserializeOwned>(name: &str, value: Spanned<DeValue<'_>>, findings: &mut Findings<'_>) -> Section<T> {
    if value.get_ref().is_table() {
        return section(name, value, findings);
    }
    findings.refuse(
        &value.span(),
        format!("`{name}` is no table"),
        format!("write [{name}] on a line of its own, and its keys below"),
    );
    Section::Refused
}

fn section<T: DeserializeOwned>(name: &str, value: Spanned<DeValue<'_>>, findings: &mut Findings<'_>) -> Section<T> {
    let at = value.span();
    match T::deserialize(ValueDeserializer::from(value)) {
        Ok(value) => Section::Present(value),
        Err(error) => {
            let (problem, remedy) = explain(name, error.message());
            findings.refuse(&error.span().unwrap_or(at), problem, remedy);
            Section::Refused
        }
    }
}

/// serde's message as a sentence for the one who wrote the file, and what to do.
fn explain(table: &str, message: &str) -> (String, String) {
    let mut quoted = message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown field") {
        let name = quoted.next().unwrap_or_default();
        return unknown_key(name, &quoted.collect::<Vec<_>>());
    }
    if message.starts_with("missing field") {
        let name = quoted.next().unwrap_or_default();
        let form = if table == "lists" { format!("a table [lists.{name}]") } else { format!("{name} = ...") };
        let remedy = format!("add {form} (config/xen.toml explains every key)");
        return (format!("the key `{name}` is missing in this table of `{table}`"), remedy);
    }
    if message.starts_with("unknown variant") {
        let name = quoted.next().unwrap_or_default();
        let known: Vec<String> = quoted.map(|word| format!("\"{word}\"")).collect();
        return (format!("\"{name}\" is not a value that this key has"), format!("write one of {}", known.join(", ")));
    }
    let (wanted, remedy) = wanted(message);
    if let Some(found) = message.strip_prefix("invalid type: ") {
        return (format!("{} stands where {wanted} is expected", found_type(found)), remedy.to_owned());
    }
    if message.starts_with("invalid value: integer") {
        return ("this number is too small or too large".to_owned(), "write a small whole number, 1 or more".to_owned());
    }
    (message.to_owned(), "config/xen.toml explains every key and shows its form".to_owned())
}

/// What serde says it found, without the value: it may be a password in the wrong place.
fn found_type(found: &str) -> &'static str {
    match found.split([' ', ',']).next().unwrap_or_default() {
        "string" => "a text",
        "integer" => "a number",
        "floating" => "a number with a point",
        "boolean" => "true or false",
        "map" => "a table",
        "sequence" => "a list",
        _ => "something else",
    }
}

/// What serde expected, in the words of the file's author, and how to write it.
fn wanted(message: &str) -> (&'static str, &'static str) {
    match message.rsplit("expected ").next().unwrap_or_default() {
        "a string" => ("a text", "write a text in double quotes"),
        "u16" | "u32" => ("a number", "write a whole number, without quotes"),
        "a boolean" => ("true or false", "write true or false, without quotes"),
        "a sequence" => ("a list", "write a list: [\"one\", \"two\"]; for a table, double brackets: [[team]]"),
        "a TOML datetime" => ("a date", "write the date without quotes: 2026-12-25"),
        _ => ("a table", "write a table: [NAME], and its keys below"),
    }
}

fn unknown_key(name: &str, known: &[&str]) -> (String, String) {
    if SECRET_KEYS.contains(&name) {
        return (format!("a secret in the configuration (key `{name}`)"), SECRETS_ARE_FILES.to_owned());
    }
    let nearest = known.iter().map(|word| (distance(name, word), *word)).min();
    let remedy = match nearest {
        Some((far, word)) if far <= 2 => format!("did you mean `{word}`?"),
        _ => format!("delete it, or use one of: {}", known.join(", ")),
    };
    (format!("the key `{name}` does not exist here"), remedy)
}

/// How many letters must be added, removed or changed to make one word of the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (nth, letter) in one.chars().enumerate() {
        let mut left = nth + 1;
        let mut next = vec![left];
        for (pair, wanted) in row.windows(2).zip(&other) {
            let (diagonal, above) = (pair.first().copied().unwrap_or(0), pair.last().copied().unwrap_or(0));
            left = (diagonal + usize::from(letter != *wanted)).min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

/// The span of the beginning of the file: the place of what is not there.
pub(super) fn beginning() -> Range<usize> {
    0..0
}
