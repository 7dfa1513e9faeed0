//! Tells the applicant's own words from the policy's, which applicants paste and answer below (corpus README, warning 5).
//!
//! A line is the policy's when its words begin a criterion, or go on where the line before it left off. That finds criteria quoted with
//! `>`, quoted with the wrapped rest unquoted, pasted bare, numbered, with the answer behind them on the same line; and it leaves an
//! applicant's own sentence alone that uses the policy's words ("We have read this policy and agree to abide by the terms").

use super::rules::ApplicationRules;

/// How much of a mail is read: no application is as long, and a longer one costs a reader more than it may (T28). What is not read is not
/// there, so the checklist stays open.
const MAX_TEXT: usize = 200_000;
const MAX_LINES: usize = 3_000;

/// A sentence of the policy, as words.
#[derive(Debug, Clone)]
pub(super) struct Criterion {
    words: Vec<String>,
    item: Option<usize>,
}

impl Criterion {
    pub(super) fn new(text: &str, item: Option<usize>) -> Self {
        Self { words: words(text).into_iter().map(|(word, _)| word).collect(), item }
    }
}

/// The applicant's own lines, each with the item it answers where that is known.
pub(super) struct Answers {
    lines: Vec<OwnLine>,
    paragraphs: Vec<String>,
    pasted: Vec<usize>,
}

/// One line of the applicant.
pub(super) struct OwnLine {
    pub(super) text: String,
    pub(super) item: Option<usize>,
    placeholder: bool,
}

/// How far into which criterion the line before went.
#[derive(Clone, Copy)]
struct Place {
    criterion: usize,
    read: usize,
}

impl Answers {
    pub(super) fn read(text: &str, rules: &ApplicationRules) -> Self {
        let mut answers = Self { lines: Vec::new(), paragraphs: Vec::new(), pasted: Vec::new() };
        let (mut item, mut place, mut paragraph) = (None, None, String::new());
        let text = text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or_default();
        for line in text.lines().take(MAX_LINES) {
            if line.trim_end() == "--" {
                break;
            }
            let (quoted, line) = without_quote_marks(line);
            let line = without_bullet(line);
            if line.is_empty() {
                place = None;
                answers.end_paragraph(&mut paragraph);
                continue;
            }
            let mut own = line;
            if let Some((next, rest)) = criterion(line, place, rules) {
                item = rules.criteria.get(next.criterion).and_then(|criterion| criterion.item);
                answers.pasted.extend(item);
                place = Some(next);
                answers.end_paragraph(&mut paragraph);
                own = rest.trim_start_matches(|c: char| c.is_whitespace() || ".:;,-–—*>".contains(c));
            } else {
                place = None;
                if quoted {
                    continue;
                }
                if let Some((labelled, rest)) = label(line, rules) {
                    item = Some(labelled);
                    answers.end_paragraph(&mut paragraph);
                    own = rest;
                } else if rules.closings.iter().any(|closing| closing.is_match(line)) {
                    item = None;
                    answers.end_paragraph(&mut paragraph);
                    continue;
                }
            }
            if own.chars().any(char::is_alphanumeric) {
                let placeholder = rules.placeholders.iter().any(|pattern| pattern.is_match(own));
                answers.lines.push(OwnLine { text: own.to_owned(), item, placeholder });
                paragraph.push_str(own);
                paragraph.push(' ');
            }
        }
        answers.end_paragraph(&mut paragraph);
        answers
    }

    /// The lines that answer the item.
    pub(super) fn of(&self, item: usize) -> impl Iterator<Item = &str> {
        self.lines.iter().filter(move |line| line.item == Some(item) && !line.placeholder).map(|line| line.text.as_str())
    }

    /// All own lines.
    pub(super) fn lines(&self) -> &[OwnLine] {
        &self.lines
    }

    /// The own words by paragraph, each on one line.
    pub(super) fn paragraphs(&self) -> impl Iterator<Item = &str> {
        self.paragraphs.iter().map(String::as_str)
    }

    /// Whether the policy's text of the item stands in the mail.
    pub(super) fn criterion_was_pasted(&self, item: usize) -> bool {
        self.pasted.contains(&item)
    }

    fn end_paragraph(&mut self, paragraph: &mut String) {
        let text = std::mem::take(paragraph);
        if !text.trim().is_empty() {
            self.paragraphs.push(text.trim_end().to_owned());
        }
    }
}

fn without_quote_marks(line: &str) -> (bool, &str) {
    let rest = line.trim_start_matches(|c: char| c == '>' || c.is_whitespace());
    (line.trim_start().starts_with('>'), rest.trim_end())
}

/// The line without "1.", "a)", "-", "*" and the like before it.
fn without_bullet(line: &str) -> &str {
    let line = line.trim_start_matches(|c: char| c.is_whitespace() || "-*\u{2022}\u{b7}+#_".contains(c));
    let head = line.split(char::is_whitespace).next().unwrap_or_default();
    let inner = head.trim_matches(['(', ')', '.', ':', '[', ']']);
    let numbered = inner.len() < head.len()
        && !inner.is_empty()
        && (inner.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && inner.len() <= 4
            || inner.len() == 1 && inner.bytes().all(|byte| byte.is_ascii_alphabetic())
            || inner.len() == 3 && inner.starts_with(['A', 'a']) && inner.bytes().skip(1).all(|byte| byte.is_ascii_digit()));
    if numbered { line.strip_prefix(head).unwrap_or(line).trim_start() } else { line }
}

fn label<'l>(line: &'l str, rules: &ApplicationRules) -> Option<(usize, &'l str)> {
    rules.items.iter().find_map(|item| {
        let found = item.labels.iter().find_map(|label| label.find(line))?;
        Some((item.index, line.get(found.end()..).unwrap_or_default().trim()))
    })
}

/// Whether the line is the policy's, how far it goes, and what stands behind it on the line.
fn criterion<'l>(line: &'l str, place: Option<Place>, rules: &ApplicationRules) -> Option<(Place, &'l str)> {
    let line_words = words(line);
    let mut best: Option<(Place, usize)> = None;
    for (index, criterion) in rules.criteria.iter().enumerate() {
        let starts = [Some(0), place.filter(|place| place.criterion == index).map(|place| place.read)];
        for start in starts.into_iter().flatten() {
            let rest = criterion.words.get(start..).unwrap_or_default();
            let same = line_words.iter().zip(rest).take_while(|((word, _), other)| word == *other).count();
            if belongs(same, line_words.len(), rest.len(), start) && best.is_none_or(|(_, most)| same > most) {
                best = Some((Place { criterion: index, read: start + same }, same));
            }
        }
    }
    let (place, same) = best?;
    let end = same.checked_sub(1).and_then(|last| line_words.get(last)).map_or(0, |(_, end)| *end);
    let to_its_end = rules.criteria.get(place.criterion).is_some_and(|criterion| criterion.words.len() == place.read);
    // Words that differ before the criterion is at its end are another version of the policy, not an answer.
    let rest = if to_its_end { line.get(end..).unwrap_or_default() } else { "" };
    Some((place, rest))
}

/// Whether `same` equal words of a line of `line` words make it the policy's, `rest` being what the criterion still has.
fn belongs(same: usize, line: usize, rest: usize, start: usize) -> bool {
    let whole_line = same == line && (same >= 3 || start > 0);
    let to_its_end = same == rest && same > 0;
    let reworded = same >= 6 && same * 5 >= line * 3;
    whole_line || to_its_end || reworded
}

/// The words of a text in a form that survives spelling and punctuation, each with the byte at which it ends.
fn words(text: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut word = String::new();
    for (at, c) in text.char_indices() {
        match c {
            c if c.is_whitespace() || c == '/' => finish(&mut found, &mut word, at),
            c if c.is_alphanumeric() => word.extend(c.to_lowercase()),
            // A colon ends a word even without a blank behind it ("organization:Example").
            ':' => finish(&mut found, &mut word, at),
            _ => {}
        }
    }
    finish(&mut found, &mut word, text.len());
    found
}

fn finish(found: &mut Vec<(String, usize)>, word: &mut String, end: usize) {
    if !word.is_empty() {
        found.push((std::mem::take(word).replace("ization", "isation"), end));
    }
}
