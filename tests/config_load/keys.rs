//! `config/xen.toml` shows every key there is, and every default it states is the default there is.
//!
//! The keys are asked from the program itself: a key that cannot exist is put into each table, and the refusal lists those that can.

use std::collections::{BTreeMap, BTreeSet};

use embargod::config::Access;

use crate::machine::{Machine, shipped};

const PROBE: &str = "no-such-key-anywhere";

/// The text with every unused key and table in use: `#key = ...` and `#[table]` without their `#`.
fn everything_in_use(text: &str) -> String {
    let line = |line: &str| match line.strip_prefix('#') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '[') => rest.to_owned(),
        _ => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// `[[lists.public]]` -> `lists.public`.
fn header(line: &str) -> Option<&str> {
    let line = line.strip_prefix('[')?;
    let line = line.strip_prefix('[').unwrap_or(line);
    Some(line.split(']').next().unwrap())
}

/// `key = value` -> `key`.
fn key(line: &str) -> Option<&str> {
    let (key, _) = line.split_once(" = ")?;
    key.chars().all(|c| c.is_ascii_lowercase() || c == '-').then_some(key)
}

/// The tables of a text with their keys and sub-tables.
fn tables(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in text.lines() {
        if let Some(name) = header(line) {
            current = name.to_owned();
            tables.entry(current.clone()).or_default();
            let (parent, child) = name.rsplit_once('.').unwrap_or(("", name));
            tables.entry(parent.to_owned()).or_default().insert(child.to_owned());
            if let Some((grandparent, _)) = name.split_once('.') {
                tables.entry(String::new()).or_default().insert(grandparent.to_owned());
            }
        } else if let Some(key) = key(line) {
            tables.entry(current.clone()).or_default().insert(key.to_owned());
        }
    }
    tables
}

/// The keys that the program knows in `table`.
fn known(text: &str, table: &str) -> BTreeSet<String> {
    let mut lines: Vec<&str> = text.lines().collect();
    let probe = format!("{PROBE} = 1");
    let own = format!("[{table}]");
    match lines.iter().position(|line| header(line) == Some(table)) {
        _ if table.is_empty() => lines.insert(0, &probe),
        Some(nth) => lines.insert(nth + 1, &probe),
        None => lines.extend([own.as_str(), &probe]),
    }
    let probed = lines.join("\n");
    let errors = Machine::new().load(&probed).unwrap_err();
    let error = errors.0.iter().find(|error| error.problem == format!("the key `{PROBE}` does not exist here"));
    let error = error.unwrap_or_else(|| panic!("[{table}] takes any key:\n{errors}"));
    let keys = error.remedy.strip_prefix("delete it, or use one of: ").unwrap();
    keys.split(", ").map(str::to_owned).collect()
}

#[test]
fn xen_toml_shows_every_key() {
    let text = everything_in_use(&shipped("xen.toml"));
    let shown = tables(&text);
    // Their keys are domains.
    let free = ["project.domain-aliases", "dmarc.policies"];
    for (table, keys) in shown.iter().filter(|(table, _)| !free.contains(&table.as_str())) {
        assert_eq!(*keys, known(&text, table), "the keys of [{table}]");
    }
    let names: Vec<&str> = shown.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "",
            "acknowledgement",
            "delivery",
            "dkim",
            "dmarc",
            "dmarc.policies",
            "lists",
            "lists.applications",
            "lists.discuss",
            "lists.primary",
            "lists.public",
            "log",
            "member",
            "moderation",
            "policy",
            "project",
            "project.domain-aliases",
            "publication",
            "schedule",
            "source",
            "source.imap",
            "source.maildir",
            "status",
            "team",
            "transport",
            "transport.directory",
            "transport.relay",
            "trust",
            "upstream",
        ]
    );
}

/// A key in use: its lines, and what the comment above it says about its absence.
struct Entry {
    name: String,
    lines: std::ops::Range<usize>,
    says: Says,
}

enum Says {
    Required,
    Default(Option<String>),
}

/// The keys in use, each with the last line of its comment.
fn entries(text: &str) -> Vec<Entry> {
    let lines: Vec<&str> = text.lines().collect();
    let mut entries = Vec::new();
    for (nth, line) in lines.iter().enumerate() {
        let Some(name) = key(line) else { continue };
        let above = nth.checked_sub(1).and_then(|above| lines.get(above)).copied().unwrap_or_default();
        let says = match above.strip_prefix("# Default: ") {
            Some(none) if none.starts_with("none") => Says::Default(None),
            Some(value) => Says::Default(Some(value.to_owned())),
            None if above.starts_with("# Required") => Says::Required,
            None => panic!("line {}: the comment of {name} does not end with its default", nth + 1),
        };
        let end = if line.ends_with('[') { (nth..).find(|nth| lines[*nth] == "]").unwrap() } else { nth };
        entries.push(Entry { name: name.to_owned(), lines: nth..end + 1, says });
    }
    entries
}

/// Loads `text` with the lines of `entry` replaced; the configuration as text.
fn loaded(machine: &Machine, text: &str, entry: &Entry, replacement: &str) -> Result<String, String> {
    let mut lines: Vec<&str> = text.lines().collect();
    // Lines are blanked, not removed: warnings carry line numbers.
    for nth in entry.lines.clone() {
        lines[nth] = "";
    }
    lines[entry.lines.start] = replacement;
    machine.load(&lines.join("\n")).map(|config| format!("{config:#?}")).map_err(|errors| errors.to_string())
}

fn every_default_is_true(text: &str) -> usize {
    // A visitor does not look for the state directory, so its real default can be tried on any machine.
    let mut machine = Machine::new();
    machine.access = Access::Visitor;
    if let Err(errors) = machine.load(text) {
        panic!("refused before any change:\n{errors}");
    }
    let entries = entries(text);
    for entry in &entries {
        let (name, line) = (&entry.name, entry.lines.start + 1);
        let without = loaded(&machine, text, entry, "");
        match &entry.says {
            Says::Required => assert!(without.is_err(), "line {line}: {name} says Required, and the file loads without it"),
            Says::Default(None) => assert!(without.is_ok(), "line {line}: {name} says Default: none\n{without:?}"),
            Says::Default(Some(value)) => {
                let stated = loaded(&machine, text, entry, &format!("{name} = {value}"));
                let (without, stated) = (without.unwrap(), stated.unwrap());
                let differing = without.lines().zip(stated.lines()).find(|(one, other)| one != other);
                assert_eq!(differing, None, "line {line}: without {name}, and with the default that is stated");
                assert_eq!(without.lines().count(), stated.lines().count(), "line {line}: {name}");
            }
        }
    }
    entries.len()
}

#[test]
fn every_default_that_xen_toml_states_is_true() {
    assert_eq!(every_default_is_true(&shipped("xen.toml")), 89, "keys in use");
}

/// Puts the commented-out table `header` to use, as far as the next line that is no part of it.
fn with_table(text: &str, header: &str) -> String {
    let mut inside = false;
    let line = |line: &str| {
        inside = line == header || (inside && !line.starts_with('[') && !line.starts_with("# ---") && !line.starts_with("#["));
        match line.strip_prefix('#') {
            Some(rest) if inside && !rest.starts_with(' ') => rest.to_owned(),
            _ => line.to_owned(),
        }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn so_is_every_default_of_the_tables_not_in_use() {
    let text = with_table(&with_table(&shipped("xen.toml"), "#[[source.maildir]]"), "#[[member]]");
    let text = text.replace("path = \"/var/mail/security\"", "path = \"in\"");
    // The members stand in [[member]] now.
    let text = text.replace("\nmembers-credential = \"members.csv\"\n", "\n\n");
    assert_eq!(every_default_is_true(&text), 89 + 5 + 3 - 1, "keys in use");
}

#[test]
fn the_other_files_use_no_key_that_xen_toml_does_not_explain() {
    let explained = tables(&everything_in_use(&shipped("xen.toml")));
    for name in ["demo.toml", "other.toml"] {
        for (table, keys) in tables(&shipped(name)) {
            for key in keys {
                assert!(explained.get(&table).is_some_and(|keys| keys.contains(&key)), "{name}: {key} in [{table}]");
            }
        }
    }
}
