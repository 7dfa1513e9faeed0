//! Where a word may be unknown: beside the work on a patch, and away from everything that is about people, days and decisions.
//!
//! A vocabulary holds the names of a trade, never those of every tool, test and chip. A sentence about a build may have a few of them; one in which
//! anybody is told, asked, served or waited for may not.

use std::collections::BTreeSet;

use super::super::Pattern;

/// What an unknown word must stand beside, and must not (`stray-words`, `stray-beside`, `stray-unless`).
#[derive(Debug, Clone)]
pub struct Stray {
    /// So many in a sentence.
    pub most: usize,
    /// The sentence has one of these.
    pub beside: Vec<Pattern>,
    /// And none of these.
    pub unless: Vec<Pattern>,
}

impl Stray {
    /// Whether a sentence may have these unknown words.
    pub(super) fn passes(&self, sentence: &str, unknown: &[&str]) -> bool {
        let different: BTreeSet<&&str> = unknown.iter().collect();
        different.len() <= self.most
            && unknown.iter().all(|word| is_common(word))
            && self.beside.iter().any(|pattern| pattern.is_match(sentence))
            && !self.unless.iter().any(|pattern| pattern.is_match(sentence))
    }
}

/// What words for people, their doings and their institutions end with: a tester, a trainee, a deployment, a university.
const PEOPLE: [&str; 22] = [
    "er", "ers", "or", "ors", "ist", "ists", "ian", "ians", "ee", "ees", "ant", "ants", "man", "men", "day", "days", "ment", "ments", "ity", "ities",
    "ency", "ship",
];

/// The few of them that are not.
const NO_PEOPLE: [&str; 3] = ["under", "number", "numbers"];

/// Of small letters, so no name; and not like a word for people. Who owns something is a person or a firm.
fn is_common(word: &str) -> bool {
    word.len() > 1
        && (NO_PEOPLE.contains(&word) || !PEOPLE.iter().any(|ending| word.ends_with(ending)))
        && !word.ends_with("'s")
        && word.starts_with(|c: char| c.is_ascii_lowercase()) && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-'_".contains(c))
}
