//! The rules of the program, asked with and without the search for candidates: what is left out never matches.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its input fails")]

mod rules_support;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use embargod::{
    classify,
    mail::{Message, RawMessage},
    moderation,
    rules::{Condition, MailView, PosterKind, RuleSet, Ruling, set::Field},
};
use regex::Regex;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// The keys of the conditions with patterns on the four long texts, each with the matches a plain regex finds there.
fn plain<A: Ruling>(rules: &RuleSet<A>, view: &MailView, compiled: &mut BTreeMap<String, Regex>) -> Vec<(String, String, usize)> {
    let mut found = Vec::new();
    for rule in rules.rules() {
        for condition in &rule.conditions {
            let (Condition::Found { field, patterns, .. } | Condition::Absent { field, patterns }) = condition else { continue };
            let text = match field {
                Field::Subject => &view.subject,
                Field::Body => &view.body,
                Field::Words => &view.words,
                Field::Text => &view.text,
                _ => continue,
            };
            let enough = if let Condition::Found { at_least, .. } = condition { *at_least } else { 1 };
            let mut is_match = |source: &str| {
                let regex = compiled.entry(source.to_owned()).or_insert_with(|| Regex::new(source).unwrap());
                regex.is_match(text)
            };
            let count = patterns.iter().filter(|pattern| is_match(pattern.as_str())).count();
            found.push((rule.name.clone(), condition.key(), count.min(enough)));
        }
    }
    found
}

fn explained<A: Ruling>(rules: &RuleSet<A>, view: &MailView) -> Vec<(String, String, usize)> {
    let mut found = Vec::new();
    for trace in rules.explain(view) {
        for condition in &trace.conditions {
            let key = condition.key.strip_prefix("unless-").unwrap_or(&condition.key);
            if ["subject", "body", "words", "text"].contains(&key) {
                found.push((trace.rule.clone(), condition.key.clone(), condition.found.len()));
            }
        }
    }
    found
}

#[test]
fn every_pattern_finds_the_same() {
    let project = rules_support::xen();
    let (inbox, discuss) = (classify::built_in_rules(&project).unwrap(), moderation::built_in_rules(&project).unwrap());
    let mut paths = Vec::new();
    for folder in ["rules/inbox/samples", "rules/discuss/samples", "tests/mail"] {
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut paths);
    }
    paths.sort();
    let mut compiled = BTreeMap::new();
    let mut asked = 0;
    for (number, path) in paths.iter().enumerate() {
        let mut bytes = fs::read(path).unwrap();
        if number % 2 == 0 {
            bytes.extend_from_slice("\r\n\r\nGrüße von der \u{212a}\u{17f}-Zeile\r\n".as_bytes());
        }
        let Ok(message) = Message::parse(&RawMessage::new(bytes)) else { continue };
        let view = MailView::of(&message, PosterKind::Member, &[]);
        // The second rule file asks a view that has seen the first.
        assert_eq!(plain(&inbox, &view, &mut compiled), explained(&inbox, &view), "{}", path.display());
        assert_eq!(plain(&discuss, &view, &mut compiled), explained(&discuss, &view), "{}", path.display());
        asked += 1;
    }
    assert!(asked > 150, "{asked} mails");
}
