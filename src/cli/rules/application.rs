//! The samples of `rules/application.toml`.
//!
//! `X-Expect: A03=absent A10=suspicious, A09=not-applicable`: the open items, or `complete`; after a comma the items not asked of this applicant.
//! `, A09=present` may be said to make plain what the sample is about.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{
    application::{self, ApplicationRules, Checklist, ItemState},
    mail::{HeaderEdit, Headers, Message, RawMessage, Unreadable},
    rules::samples::{Outcome, SampleError, SampleResult},
    source::maildir,
};

pub(super) fn run(files: &[(String, Vec<u8>)], rules: &ApplicationRules) -> Vec<SampleResult> {
    files.iter().map(|(name, bytes)| one(name, bytes, rules)).collect()
}

fn one(name: &str, bytes: &[u8], rules: &ApplicationRules) -> SampleResult {
    let result = |expected: &str, got: String, outcome| SampleResult {
        name: name.to_owned(),
        expected: expected.to_owned(),
        got,
        outcome,
        traces: Vec::new(),
        rule: None,
    };
    let bytes = maildir::with_crlf(bytes.to_vec());
    let Some(expected) = Headers::of(&bytes).first("X-Expect").map(|field| field.unfolded()) else {
        return result("", SampleError::Expectation.to_string(), Outcome::Unusable(SampleError::Expectation));
    };
    let mut edit = HeaderEdit::of(&bytes);
    edit.remove_where(|field| field.is("X-Expect"));
    let raw = RawMessage::new(edit.emit());
    let parsed = catch_unwind(AssertUnwindSafe(|| Message::parse(&raw))).unwrap_or(Err(Unreadable::Structure));
    let Ok(message) = parsed else {
        return result(&expected, SampleError::Unreadable.to_string(), Outcome::Unusable(SampleError::Unreadable));
    };
    let got = summary(&application::checklist(&message, rules));
    let outcome = if meant(&expected) == got { Outcome::Right } else { Outcome::Wrong };
    result(&expected, got, outcome)
}

/// What must be answered, without what is said to make it plain.
fn meant(expected: &str) -> String {
    let items: Vec<&str> = expected.split(", ").filter(|part| !part.ends_with("=present")).collect();
    items.join(", ")
}

fn summary(list: &Checklist) -> String {
    let of = |states: &[ItemState]| {
        let wanted = list.items.iter().filter(|item| states.contains(&item.state));
        let short = |id: &str| id.split('-').next().unwrap_or_default().to_owned();
        wanted.map(|item| format!("{}={}", short(&item.id), item.state.as_str())).collect::<Vec<_>>().join(" ")
    };
    let open = if list.complete { "complete".to_owned() } else { of(&[ItemState::Absent, ItemState::Suspicious]) };
    let not_asked = of(&[ItemState::NotApplicable]);
    if not_asked.is_empty() { open } else { format!("{open}, {not_asked}") }
}
