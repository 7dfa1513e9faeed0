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
            "project" => raw.project = section(name, value, findings),
            "policy" => raw.policy = section(name, value, findings),
            "lists" => raw.lists = section(name, value, findings),
            "team" => raw.team = section(name, value, findings),
            "member" => raw.member = section(name, value, findings),
            "trust" => raw.trust = section(name, value, findings),
            "source" => raw.source = section(name, value, findings),
            "transport" => raw.transport = section(name, value, findings),
            "moderation" => raw.moderation = section(name, value, findings),
            "schedule" => raw.schedule = section(name, value, findings),
            "acknowledgement" => raw.acknowledgement = section(name, value, findings),
            "delivery" => raw.delivery = section(name, value, findings),
            "log" => raw.log = section(name, value, findings),
            unknown => {
                let (problem, remedy) = unknown_key(unknown, &TOP);
                findings.refuse(&at, problem, remedy);
            }
        }
    }
    Some(raw)
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
        let remedy = format!("add it: {name} = ... (config/xen.toml explains every key)");
        return (format!("the key `{name}` is missing in this table of `{table}`"), remedy);
    }
    if message.starts_with("unknown variant") {
        let name = quoted.next().unwrap_or_default();
        let known: Vec<String> = quoted.map(|word| format!("\"{word}\"")).collect();
        return (format!("\"{name}\" is not a value that this key has"), format!("write one of {}", known.join(", ")));
    }
    if message.starts_with("invalid type") {
        return (message.to_owned(), wanted(message).to_owned());
    }
    (message.to_owned(), "config/xen.toml explains every key and shows its form".to_owned())
}

fn wanted(message: &str) -> &'static str {
    match message.rsplit("expected ").next().unwrap_or_default() {
        "a string" => "write a text in double quotes",
        "u16" | "u32" => "write a number without quotes",
        "a boolean" => "write true or false, without quotes",
        "a sequence" => "write a list: [\"one\", \"two\"], or a table in double brackets: [[team]]",
        _ => "config/xen.toml explains every key and shows its form",
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
