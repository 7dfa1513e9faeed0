//! Some cases put together once: the index of their texts, their phrases, their names.
//!
//! A wall is a few such parts, each at least twice as large as the next ([`regrouped`]). A report of a flood makes a small part anew, and a large one
//! once in a while: without that, the thousandth report would cost as much as the thousand before it together.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aho_corasick::AhoCorasick;

use super::{
    Rule,
    fingerprints::{Compiled, Counts, Fingerprints, Meaning, Phrase},
    identifier::Strength,
    index::{Index, Run},
    stream::Stream,
};

/// Cases, and what they are found by. Cases have numbers from 0 within their part.
pub(super) struct Part {
    pub(super) cases: Vec<Arc<Fingerprints>>,
    /// Of each text in the index: which case, which of its texts.
    texts: Vec<(usize, usize)>,
    index: Index,
    pub(super) phrases: Option<AhoCorasick>,
    /// Of each phrase in the automaton: which cases have it, and as what.
    pub(super) meanings: Vec<Vec<(usize, Phrase)>>,
    /// Of the names and addresses of reporters: how many cases have them.
    reporters: BTreeMap<Vec<u8>, usize>,
    pub(super) names: BTreeMap<String, Vec<(usize, Strength, Counts)>>,
}

impl Part {
    pub(super) fn of(cases: Vec<Arc<Fingerprints>>) -> Self {
        let texts: Vec<(usize, usize)> =
            cases.iter().enumerate().flat_map(|(case, one)| (0..one.texts.len()).map(move |text| (case, text))).collect();
        let index = Index::of(cases.iter().flat_map(|case| &case.texts).map(|text| &text.stream));
        let mut by_words: BTreeMap<&[u8], Vec<(usize, Phrase)>> = BTreeMap::new();
        let mut names: BTreeMap<String, Vec<(usize, Strength, Counts)>> = BTreeMap::new();
        for (case, one) in cases.iter().enumerate() {
            for phrase in &one.phrases {
                by_words.entry(&phrase.words).or_default().push((case, phrase.clone()));
            }
            for (name, (strength, counts)) in &one.names {
                names.entry(name.clone()).or_default().push((case, *strength, *counts));
            }
        }
        let of_reporters = by_words.iter().map(|(words, owners)| {
            let reporters = owners.iter().filter(|(_, phrase)| phrase.meaning == Meaning::Secret(Rule::Reporter));
            (words.to_vec(), reporters.map(|(case, _)| case).collect::<BTreeSet<_>>().len())
        });
        let reporters = of_reporters.filter(|(_, cases)| *cases > 0).collect();
        // The automaton is built of finite words only and far below its limit of states.
        let phrases = AhoCorasick::new(by_words.keys()).ok().filter(|_| !by_words.is_empty());
        let meanings = by_words.into_values().collect();
        Self { texts, index, phrases, meanings, reporters, names, cases }
    }

    /// In how many cases of the part somebody of that name or address is a reporter.
    pub(super) fn reported(&self, words: &[u8]) -> usize {
        self.reporters.get(words).copied().unwrap_or(0)
    }

    /// All parts of a letter that stand in a text of the part, with the case and its text.
    pub(super) fn runs(&self, letter: &Stream) -> impl Iterator<Item = (usize, &Compiled, Run)> {
        let runs = self.index.runs(letter, |number| self.text(number).map(|(_, text)| &text.stream));
        runs.into_iter().filter_map(|run| self.text(run.source).map(|(case, text)| (case, text, run)))
    }

    fn text(&self, number: usize) -> Option<(usize, &Compiled)> {
        let (case, text) = *self.texts.get(number)?;
        Some((case, self.cases.get(case)?.texts.get(text)?))
    }
}

/// The parts that hold exactly these cases; of the parts there were, those are kept whose cases are all among them, unless a new one has grown so
/// large beside them that they are put together.
pub(super) fn regrouped(before: &[Arc<Part>], cases: Vec<Arc<Fingerprints>>) -> Vec<Arc<Part>> {
    let mut left: BTreeSet<*const Fingerprints> = cases.iter().map(Arc::as_ptr).collect();
    let mut groups: Vec<Group> = Vec::new();
    for part in before {
        let still: Vec<Arc<Fingerprints>> = part.cases.iter().filter(|case| left.remove(&Arc::as_ptr(case))).cloned().collect();
        let made = (still.len() == part.cases.len()).then(|| Arc::clone(part));
        groups.push(Group::of(still, made));
    }
    groups.push(Group::of(cases.into_iter().filter(|case| left.remove(&Arc::as_ptr(case))).collect(), None));
    groups.retain(|group| !group.cases.is_empty());
    groups.sort_by_key(|group| group.bytes);
    let mut kept: Vec<Group> = Vec::new();
    let mut grown: Option<Group> = None;
    for group in groups {
        grown = Some(match grown {
            Some(smaller) if group.bytes < smaller.bytes.saturating_mul(2) => group.and(smaller),
            Some(smaller) => {
                kept.push(smaller);
                group
            }
            None => group,
        });
    }
    kept.extend(grown);
    kept.into_iter().map(Group::made).collect()
}

struct Group {
    bytes: usize,
    cases: Vec<Arc<Fingerprints>>,
    made: Option<Arc<Part>>,
}

impl Group {
    fn of(cases: Vec<Arc<Fingerprints>>, made: Option<Arc<Part>>) -> Self {
        let bytes = cases.iter().flat_map(|case| &case.texts).map(|text| text.stream.bytes.len()).sum();
        Self { bytes, cases, made }
    }

    fn and(mut self, other: Self) -> Self {
        self.cases.extend(other.cases);
        Self { bytes: self.bytes + other.bytes, cases: self.cases, made: None }
    }

    fn made(self) -> Arc<Part> {
        self.made.unwrap_or_else(|| Arc::new(Part::of(self.cases)))
    }
}
