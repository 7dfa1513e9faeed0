//! The words without which a pattern cannot match, and one pass over a text that finds which patterns may match in it at all.
//!
//! A rule file has hundreds of patterns and a mail matches a handful. What a pattern needs is read off its syntax tree: of each of some sets of
//! words at least one must stand in the text. All words of all patterns are looked for in one pass (Aho-Corasick); only patterns that have all
//! they need are tried. Promises: a pattern that would match is always among them, so that no verdict can change (a test compares both ways).
//! Cannot fail: a pattern whose needs are not understood is always tried.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use regex_syntax::hir::{Class, Hir, HirKind};

/// More words than this in one set are not told apart.
const MAX_WORDS: usize = 64;
/// A class of more characters than this is any character.
const MAX_CLASS: usize = 8;
/// Shorter words stand in every text.
const MIN_WORD: usize = 2;
/// Longer words are cut: their beginning says enough.
const MAX_WORD: usize = 24;

/// The rarest sets of a pattern; more cost more than they save.
const MAX_SETS: usize = 2;

/// Characters outside ASCII that a pattern takes for `k` and `s` when case does not matter (Unicode simple case folding).
const FOLDED_INTO_ASCII: [char; 2] = ['\u{212a}', '\u{17f}'];

type Words = BTreeSet<String>;

/// What a part of a pattern matches, or at least needs.
#[derive(Default)]
struct Needs {
    /// All that it matches, in lower case, when that is little.
    exact: Option<Words>,
    /// Of each set one must be in the text.
    sets: Vec<Words>,
}

impl Needs {
    fn exactly(word: &str) -> Self {
        Self { exact: Some(Words::from([word.to_owned()])), sets: Vec::new() }
    }

    fn settled(self) -> Vec<Words> {
        let mut sets = self.sets;
        sets.extend(self.exact);
        sets.retain(|set| !set.is_empty() && set.iter().all(|word| word.len() >= MIN_WORD));
        sets
    }
}

/// The sets of words of which a text must have one each; none when the pattern may match without any.
pub(super) fn sets(pattern: &str) -> Vec<BTreeSet<String>> {
    let tree = regex_syntax::Parser::new().parse(pattern);
    let mut sets = tree.map(|tree| needs(&tree).settled()).unwrap_or_default();
    sets.sort_by_key(|set| std::cmp::Reverse(weight(set)));
    sets.truncate(MAX_SETS);
    sets.into_iter().map(shortest).collect()
}

/// How rare one of the words is in a text: long words, few of them.
fn weight(set: &Words) -> (usize, usize) {
    (set.iter().map(String::len).min().unwrap_or(0).min(6), usize::MAX - set.len())
}

/// Words that contain another one of the set say nothing more.
fn shortest(set: Words) -> Words {
    let cut: Words = set.iter().map(|word| word.get(..word.floor_char_boundary(MAX_WORD)).unwrap_or(word).to_owned()).collect();
    let redundant = |word: &String| cut.iter().any(|other| other != word && word.contains(other.as_str()));
    cut.iter().filter(|word| !redundant(word)).cloned().collect()
}

fn needs(tree: &Hir) -> Needs {
    match tree.kind() {
        HirKind::Empty | HirKind::Look(_) => Needs::exactly(""),
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) => Needs::exactly(&text.to_ascii_lowercase()),
            Err(_) => Needs::default(),
        },
        HirKind::Class(class) => Needs { exact: characters(class), sets: Vec::new() },
        HirKind::Capture(capture) => needs(&capture.sub),
        HirKind::Repetition(repetition) => {
            let inner = needs(&repetition.sub);
            match (repetition.min, repetition.max, inner.exact) {
                (1, Some(1), exact) => Needs { exact, sets: inner.sets },
                (0, Some(1), Some(mut exact)) => {
                    exact.insert(String::new());
                    Needs { exact: Some(exact), sets: Vec::new() }
                }
                (0, ..) => Needs::default(),
                (_, _, exact) => Needs { exact: None, sets: Needs { exact, sets: inner.sets }.settled() },
            }
        }
        HirKind::Concat(parts) => concatenated(parts),
        HirKind::Alternation(branches) => alternatives(branches),
    }
}

fn characters(class: &Class) -> Option<Words> {
    let mut words = Words::new();
    let mut add = |c: char| {
        if !FOLDED_INTO_ASCII.contains(&c) {
            words.insert(c.to_ascii_lowercase().to_string());
        }
    };
    let mut room = MAX_CLASS * 2;
    let mut fits = |size: usize| {
        room = room.saturating_sub(size);
        room > 0
    };
    match class {
        Class::Unicode(class) => {
            for range in class.iter() {
                fits(range.len()).then_some(())?;
                (range.start()..=range.end()).for_each(&mut add);
            }
        }
        Class::Bytes(class) => {
            for range in class.iter() {
                (fits(range.len()) && range.end().is_ascii()).then_some(())?;
                (range.start()..=range.end()).map(char::from).for_each(&mut add);
            }
        }
    }
    (1..=MAX_CLASS).contains(&words.len()).then_some(words)
}

fn concatenated(parts: &[Hir]) -> Needs {
    let mut done: Vec<Words> = Vec::new();
    let mut open = Words::from([String::new()]);
    let mut whole = true;
    for part in parts {
        let Needs { exact, sets } = needs(part);
        match exact {
            Some(exact) if open.len().saturating_mul(exact.len()) <= MAX_WORDS => {
                open = open.iter().flat_map(|head| exact.iter().map(move |tail| format!("{head}{tail}"))).collect();
            }
            exact => {
                whole = false;
                done.push(std::mem::replace(&mut open, exact.unwrap_or_else(|| Words::from([String::new()]))));
                done.extend(sets);
            }
        }
    }
    if whole {
        return Needs { exact: Some(open), sets: Vec::new() };
    }
    done.push(open);
    Needs { exact: None, sets: Needs { exact: None, sets: done }.settled() }
}

fn alternatives(branches: &[Hir]) -> Needs {
    let all: Vec<Needs> = branches.iter().map(needs).collect();
    let exact = all.iter().map(|branch| branch.exact.as_ref()).collect::<Option<Vec<_>>>();
    if let Some(exact) = exact {
        let union: Words = exact.into_iter().flatten().cloned().collect();
        if union.len() <= MAX_WORDS {
            return Needs { exact: Some(union), sets: Vec::new() };
        }
    }
    let rarest = |branch: Needs| branch.settled().into_iter().max_by_key(weight);
    let union = all.into_iter().map(rarest).collect::<Option<Vec<_>>>();
    let union: Option<Words> = union.map(|sets| sets.into_iter().flatten().collect());
    Needs { exact: None, sets: union.into_iter().collect() }
}

/// Which patterns may match in a text.
#[derive(Debug, Clone, Default)]
pub(super) struct Candidates {
    /// One for each pattern: how many of its sets are still without a word. `None` for a text that was not looked at: all of them may.
    missing: Option<Vec<u16>>,
}

impl Candidates {
    /// Whether the pattern of that number may match.
    pub(super) fn has(&self, pattern: usize) -> bool {
        self.missing.as_ref().and_then(|missing| missing.get(pattern)).is_none_or(|missing| *missing == 0)
    }
}

/// The words of all patterns.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    /// `None` without any words.
    automaton: Option<AhoCorasick>,
    /// The sets that each word belongs to.
    sets_of_word: Vec<Vec<u32>>,
    /// The pattern that each set belongs to.
    pattern_of_set: Vec<u32>,
    /// How many sets each pattern has.
    sets_of_pattern: Vec<u16>,
}

impl Index {
    /// Reads off what the patterns need; their numbers are their places.
    pub(super) fn of<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Self {
        let mut index = Self::default();
        let mut words: std::collections::BTreeMap<String, Vec<u32>> = std::collections::BTreeMap::new();
        for (number, pattern) in patterns.into_iter().enumerate() {
            let sets = sets(pattern);
            index.sets_of_pattern.push(u16::try_from(sets.len()).unwrap_or(0));
            if u16::try_from(sets.len()).is_err() {
                continue;
            }
            for set in sets {
                let id = u32::try_from(index.pattern_of_set.len()).unwrap_or(u32::MAX);
                index.pattern_of_set.push(u32::try_from(number).unwrap_or(u32::MAX));
                for word in set {
                    words.entry(word).or_default().push(id);
                }
            }
        }
        let built = AhoCorasickBuilder::new().match_kind(MatchKind::Standard).ascii_case_insensitive(true).build(words.keys());
        // Without the automaton every pattern is tried.
        match built {
            Ok(automaton) if !words.is_empty() => index.automaton = Some(automaton),
            _ => index.sets_of_pattern.iter_mut().for_each(|sets| *sets = 0),
        }
        index.sets_of_word = words.into_values().collect();
        index
    }

    /// The patterns that may match in the text, one pass over it.
    pub(super) fn candidates(&self, text: &str) -> Candidates {
        let Some(automaton) = &self.automaton else { return Candidates::default() };
        if !text.is_ascii() && text.contains(FOLDED_INTO_ASCII) {
            return Candidates::default();
        }
        let mut missing = self.sets_of_pattern.clone();
        let mut word_seen = vec![false; self.sets_of_word.len()];
        let mut set_seen = vec![false; self.pattern_of_set.len()];
        for found in automaton.find_overlapping_iter(text) {
            let word = found.pattern().as_usize();
            match word_seen.get_mut(word) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            for set in self.sets_of_word.get(word).into_iter().flatten() {
                let set = *set as usize;
                let pattern = self.pattern_of_set.get(set).map(|pattern| *pattern as usize);
                if let (Some(seen), Some(pattern)) = (set_seen.get_mut(set), pattern)
                    && !std::mem::replace(seen, true)
                    && let Some(missing) = missing.get_mut(pattern)
                {
                    *missing = missing.saturating_sub(1);
                }
            }
        }
        Candidates { missing: Some(missing) }
    }
}
