//! The page that teaches writing a rule: each of its rule files loads, each of its samples is answered as it says by the rules above it.

#![expect(clippy::unwrap_used, reason = "a test program: its helpers may fail loudly")]

mod rules_support;

use embargod::{
    classify::InboxRules,
    moderation::{self, DiscussRules},
    rules::samples::Outcome,
};

const PAGE: &str = include_str!("../docs/rules.md");

/// The fenced blocks: what stands behind the fence, and the text.
fn blocks() -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    let mut rest = PAGE;
    while let Some((_, after)) = rest.split_once("\n```") {
        let (name, text) = after.split_once('\n').unwrap();
        let (block, after) = text.split_once("\n```\n").unwrap();
        found.push((name, block));
        rest = after;
    }
    found
}

#[test]
fn every_example_of_the_page_does_what_it_says() {
    let (project, team) = (rules_support::xen(), rules_support::team());
    let mut rules = None;
    let (mut files, mut samples) = (0, 0);
    for (name, block) in blocks() {
        match name {
            "toml discuss" => {
                rules = Some(DiscussRules::parse("docs/rules.md", block, &project).unwrap_or_else(|errors| panic!("{errors}")));
                files += 1;
            }
            "toml inbox" => {
                InboxRules::parse("docs/rules.md", block, &project).unwrap_or_else(|errors| panic!("{errors}"));
                files += 1;
            }
            "eml" => {
                let mail = format!("{block}\n");
                let results = moderation::samples::run([("page", mail.as_bytes())], rules.as_ref().unwrap(), &project, &team);
                let result = &results[0];
                assert_eq!(result.outcome, Outcome::Right, "{}, not {}:\n{block}", result.got, result.expected);
                samples += 1;
            }
            "text" => assert!(block.lines().all(|line| line.starts_with("embargod rules ")), "{block}"),
            other => panic!("what is a block of {other:?}?"),
        }
    }
    assert_eq!((files, samples), (7, 10));
}

/// The table of keys is whole: a key that the page names is one, and the reader's complaint about a wrong one names no other.
#[test]
fn the_page_names_every_key() {
    let wrong = DiscussRules::parse("x", "[[rule]]\nwrong = 1\n", &rules_support::xen()).err().unwrap().to_string();
    let keys = wrong.split('`').skip(3).step_by(2);
    let mut named = 0;
    for key in keys.filter(|key| !key.starts_with("unless-") && !key.contains(' ')) {
        let shown = [format!("`{key}`"), format!("`{key} "), format!("\n{key} "), format!("`{key}.")];
        assert!(shown.iter().any(|shown| PAGE.contains(shown)), "{key} is not on the page: {wrong}");
        named += 1;
    }
    assert!(named >= 18, "{named}: {wrong}");
}
