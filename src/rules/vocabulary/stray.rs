//! Sentences: where a word may be unknown, and which sentence stops an approval though all its words are known.
//!
//! A vocabulary holds the words of a trade, never the names of every tool, test and chip. A sentence about a build may have a few of them; one in
//! which anybody is told, asked, served or waited for may not. And known words tell of a new bug as well as of the one that is being mended: a
//! sentence that says what goes wrong must also say that a patch, a build or a test is meant.

use std::collections::BTreeSet;

use super::{
    super::{Pattern, view::Answers},
    Sentence,
};

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

/// Which sentence is not understood whatever its words (`wary`).
#[derive(Debug, Clone)]
pub struct Wary {
    /// The sentence has one of these.
    pub of: Vec<Pattern>,
    /// And none of these.
    pub unless: Vec<Pattern>,
}

impl Stray {
    /// Whether a sentence may have its unknown words.
    pub(super) fn passes(&self, sentence: &Sentence<'_>, answers: Option<&Answers>) -> bool {
        let different: BTreeSet<&&str> = sentence.unknown.iter().collect();
        different.len() <= self.most
            && different.iter().all(|word| is_common(word) && !sentence.text.contains(&format!("{word}'s")))
            && self.beside.iter().any(|pattern| sentence.find(pattern, answers).is_some())
            && self.against(sentence, answers).is_none()
    }

    /// What in the sentence forbids it unknown words.
    pub(super) fn against<'s>(&self, sentence: &'s Sentence<'_>, answers: Option<&Answers>) -> Option<&'s str> {
        self.unless.iter().find_map(|pattern| sentence.find(pattern, answers))
    }
}

impl Wary {
    /// What in the sentence makes it one that a person reads.
    pub(super) fn finds<'s>(&self, sentence: &'s Sentence<'_>, answers: Option<&Answers>) -> Option<&'s str> {
        let found = self.of.iter().find_map(|pattern| sentence.find(pattern, answers))?;
        (!self.unless.iter().any(|pattern| sentence.find(pattern, answers).is_some())).then_some(found)
    }
}

/// What words for people, their doings and their institutions end with: a tester, a trainee, a deployment, a university.
const PEOPLE: [&str; 22] = [
    "er", "ers", "or", "ors", "ist", "ists", "ian", "ians", "ee", "ees", "ant", "ants", "man", "men", "day", "days", "ment",
    "ments", "ity", "ities", "ency", "ship",
];

/// The few of them that are not.
const NO_PEOPLE: [&str; 3] = ["under", "number", "numbers"];

/// Of small letters, so no name; and not like a word for people. Who owns something is a person or a firm.
fn is_common(word: &str) -> bool {
    word.len() > 1
        && (NO_PEOPLE.contains(&word) || !PEOPLE.iter().any(|ending| word.ends_with(ending)))
        && word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-'_".contains(c))
}
