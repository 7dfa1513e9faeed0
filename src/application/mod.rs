//! Applications for the predisclosure list become a checklist with quoted evidence (policy, "application process"; P71-P77).
//!
//! Takes the eleven items from [`ApplicationRules`]. Promises: nothing is fetched; the policy's own text, pasted in whatever layout, is
//! never taken for the applicant's answer; `present` says that something is there, never that it is true; whatever is not plainly there
//! keeps the checklist from being complete. Cannot fail: a mail without any of it has eleven open items. The mail is on a public list, so the
//! quotes are no secret.

mod evidence;
mod layout;
mod particulars;
mod paste;
mod role;
mod rules;

#[cfg(test)]
mod tests;

pub use evidence::{Link, Unacceptable};
pub use particulars::{InThread, Particulars, in_thread, particulars};
pub use role::{RoleFlag, RoleScore, role_score};
pub use rules::{APPLICATION_RULES, ApplicationRules, Days};

use std::ops::Range;

use evidence::Evidence;
use paste::Answers;
use rules::{ItemRule, Kind};

use crate::mail::{Address, Message};

/// What an application holds.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Checklist {
    /// The items in the policy's order.
    pub items: Vec<Item>,
    /// Nothing absent, nothing suspicious. People decide; this only says that they can.
    pub complete: bool,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Item {
    /// `A01-ORG-NAME`.
    pub id: String,
    /// The item in the policy's words, for the letter that asks for it.
    pub name: String,
    /// What was found.
    pub state: ItemState,
    /// The line that says so, at most 200 characters, control characters escaped.
    pub quote: Option<String>,
    /// Why it is suspicious, in the policy's words where it has some.
    pub note: Option<String>,
}

/// What was found of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemState {
    /// Something is there.
    Present,
    /// Nothing is there.
    Absent,
    /// Something is there that the policy does not take, or that a person must look at.
    Suspicious,
    /// Not asked of this applicant.
    NotApplicable,
}

impl ItemState {
    /// The word shown.
    pub fn as_str(self) -> &'static str {
        match self {
            ItemState::Present => "present",
            ItemState::Absent => "absent",
            ItemState::Suspicious => "suspicious",
            ItemState::NotApplicable => "not-applicable",
        }
    }
}

impl Checklist {
    /// The items that are not settled.
    pub fn open(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| matches!(item.state, ItemState::Absent | ItemState::Suspicious))
    }
}

/// Reads an application.
pub fn checklist(message: &Message, rules: &ApplicationRules) -> Checklist {
    let answers = Answers::read(message.readable_text(), rules);
    let evidence = Evidence::read(&answers, rules);
    let items: Vec<Item> = rules.items.iter().map(|rule| judge(rule, &answers, &evidence, message.author(), rules)).collect();
    let complete = items.iter().all(|item| matches!(item.state, ItemState::Present | ItemState::NotApplicable));
    Checklist { items, complete }
}

/// What a look at an item found: state, the line, and a remark.
struct Found {
    state: ItemState,
    quote: Option<String>,
    note: Option<String>,
}

impl Found {
    fn absent() -> Self {
        Self { state: ItemState::Absent, quote: None, note: None }
    }

    fn with(state: ItemState, line: &str) -> Self {
        Self { state, quote: Some(quoted(line)), note: None }
    }

    fn suspicious(line: &str, note: &str) -> Self {
        Self { state: ItemState::Suspicious, quote: Some(quoted(line)), note: Some(note.to_owned()) }
    }
}

fn judge(rule: &ItemRule, answers: &Answers, evidence: &Evidence, author: Option<&Address>, rules: &ApplicationRules) -> Item {
    let found = match rule.kind {
        Kind::Text => text(rule, answers),
        Kind::Domains => domains(evidence),
        Kind::Link => evidence.link(rule, answers, rules),
        Kind::Contact => evidence.contact(rule, answers, rules),
        Kind::Parts => parts(rule, answers, evidence),
        Kind::Statement => statement(rule, answers),
        Kind::RoleAddress => role::find(rule, answers, evidence, author, rules),
    };
    Item { id: rule.id.clone(), name: rule.name.clone(), state: found.state, quote: found.quote, note: found.note }
}

/// A01, A03, A04: words of the applicant's own below the criterion, behind a label, or in prose.
fn text(rule: &ItemRule, answers: &Answers) -> Found {
    let refused = |line: &str| evidence::matches(&rule.unless, line);
    let answer: Vec<&str> = answers.of(rule.index).collect();
    if let Some(line) = answer.iter().find(|line| evidence::matches(&rule.not_applicable_answer, line))
        && !refused(line)
    {
        return Found::with(ItemState::NotApplicable, line);
    }
    let words: usize = answer.iter().map(|line| line.split_whitespace().count()).sum();
    if let Some(first) = answer.first().filter(|_| words >= rule.min_words) {
        return Found::with(ItemState::Present, first);
    }
    // Sentences break over lines in mail, so prose is read by the paragraph.
    for paragraph in answers.paragraphs() {
        if !refused(paragraph) && evidence::matches(&rule.not_applicable, paragraph) {
            return Found::with(ItemState::NotApplicable, paragraph);
        }
        if let Some(found) = rule.anywhere.iter().find_map(|pattern| pattern.find(paragraph)) {
            return Found::with(ItemState::Present, sentence_with(paragraph, found.range()));
        }
    }
    Found::absent()
}

/// A02.
fn domains(evidence: &Evidence) -> Found {
    match evidence.domain_line() {
        Some(line) => Found::with(ItemState::Present, line),
        None => Found::absent(),
    }
}

/// A09: asked when a PDF is involved or pages are long. How long a page is, nobody here knows.
fn parts(rule: &ItemRule, answers: &Answers, evidence: &Evidence) -> Found {
    if let Some(line) = answers.of(rule.index).next() {
        return Found::with(ItemState::Present, line);
    }
    let found = |text| rule.anywhere.iter().find_map(|pattern| pattern.find(text));
    let named = answers.paragraphs().find_map(|text| Some(sentence_with(text, found(text)?.range())));
    match (named, evidence.has_pdf()) {
        (Some(sentence), _) => Found::with(ItemState::Present, sentence),
        (None, true) => Found::absent(),
        (None, false) => Found { state: ItemState::NotApplicable, quote: None, note: None },
    }
}

/// A10: read, agrees, and says it of confidentiality. Below the pasted criterion one word is enough.
fn statement(rule: &ItemRule, answers: &Answers) -> Found {
    let answer: Vec<&str> = answers.of(rule.index).collect();
    let joined = answer.join(" ");
    let own = answers.paragraphs();
    for text in std::iter::once(joined.as_str()).chain(own) {
        let agrees = rule.all.iter().all(|pattern| pattern.is_match(text));
        let touches = agrees || rule.all.iter().any(|pattern| pattern.is_match(text));
        if touches && let Some(back) = rule.unless.iter().find_map(|pattern| pattern.find(text)) {
            return Found::suspicious(back.as_str(), "this seems to limit the agreement or to take it back");
        }
        if agrees {
            let shown = rule.all.first().and_then(|pattern| pattern.find(text));
            let shown = shown.map_or(text, |found| sentence_with(text, found.range()));
            return match rule.confidentiality.iter().any(|pattern| pattern.is_match(text)) {
                true => Found::with(ItemState::Present, shown),
                false => Found::suspicious(shown, "the statement says nothing of confidentiality during an embargo"),
            };
        }
    }
    let Some(first) = answer.first() else { return Found::absent() };
    if let Some(back) = rule.unless.iter().find_map(|pattern| pattern.find(&joined)) {
        return Found::suspicious(back.as_str(), "this seems to limit the agreement or to take it back");
    }
    // "Accepted" says it of everything that stands above it, confidentiality included, only when the criterion itself does.
    match (rule.short.iter().any(|pattern| pattern.is_match(first)), answers.criterion_was_pasted(rule.index)) {
        (true, true) => Found::with(ItemState::Present, first),
        (true, false) => Found::suspicious(first, "it does not say what is agreed to"),
        (false, _) => Found::suspicious(first, "this is no plain statement of agreement"),
    }
}

/// The longest [`Item::quote`], in characters before control characters are escaped.
const MAX_QUOTE: usize = 200;

/// The sentence around what was found, or what was found alone when the sentence is too long to be shown with it.
fn sentence_with(text: &str, found: Range<usize>) -> &str {
    let sentences = layout::sentences(text);
    let start = sentences.iter().map(|sentence| sentence.start).filter(|start| *start <= found.start).max().unwrap_or(0);
    let end = sentences.iter().map(|sentence| sentence.end).filter(|end| *end >= found.end).min().unwrap_or(text.len());
    let start = if found.end - start > MAX_QUOTE { found.start } else { start };
    text.get(start..end).unwrap_or(text)
}

/// A line as it is shown: short, nothing that moves a terminal's cursor.
fn quoted(line: &str) -> String {
    let escaped =
        |c: char| if c.is_control() || evidence::invisible(c) { c.escape_unicode().collect::<String>() } else { c.to_string() };
    line.trim().chars().take(MAX_QUOTE).map(escaped).collect()
}
