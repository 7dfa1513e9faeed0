//! Names in code: functions, macros, files.

use std::{collections::BTreeMap, ops::Range};

use super::{
    diff,
    fold::Folded,
    vocabulary::{self, Ground, Grounds},
};

/// How much a name tells on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// Counts with others of the same case: a name from a report, from the lines around a change, or a file.
    Weak,
    /// Counts alone: a name from the changed lines of a patch, or from the text of an advisory.
    Strong,
}

/// A shorter name is a word.
const SHORTEST: usize = 7;

/// The names in a text, in lower case, with their strength.
pub(super) fn of(folded: &Folded, written: Strength) -> BTreeMap<String, Strength> {
    let mut found: BTreeMap<String, Strength> = BTreeMap::new();
    let mut in_hunk = false;
    let mut grounds = Grounds::of(folded.text());
    for line in folded.text().lines() {
        let place = diff::line(line, &mut in_hunk);
        // What ran before a crash and what a reproducer's functions are called is the tool's; what copies them is found as text.
        let ground = grounds.next(line);
        if place == diff::Line::Text && written == Strength::Weak && ground != Ground::Prose && ground != Ground::Names {
            continue;
        }
        let strength = match place {
            diff::Line::Added | diff::Line::Removed | diff::Line::Hunk => Strength::Strong,
            diff::Line::Context => Strength::Weak,
            diff::Line::Text if ground == Ground::Log => Strength::Weak,
            diff::Line::File | diff::Line::Text => written,
        };
        for (at, word) in words(line) {
            let called = line.get(at + word.len()..).is_some_and(|rest| rest.starts_with('('));
            for (name, strongest) in names(word, called) {
                let strength = strength.min(strongest);
                found.entry(name).and_modify(|known| *known = strength.max(*known)).or_insert(strength);
            }
        }
    }
    found
}

/// The names in a letter, in lower case, with the word they stand in (its place in the folded text): whatever could be one.
pub(super) fn candidates(folded: &Folded) -> impl Iterator<Item = (Range<usize>, String)> {
    words(folded.text()).flat_map(|(at, word)| {
        let name = word.rsplit('/').next().filter(|name| name.len() < word.len());
        let whole = word.trim_start_matches("a/").trim_start_matches("b/");
        let parts = word.split(['/', '.', '-', ':', '+']).filter(|part| part.len() < word.len());
        let all = parts.chain(name).chain([whole]).filter(|name| name.len() >= SHORTEST);
        all.map(move |name| (at..at + word.len(), name.to_ascii_lowercase()))
    })
}

/// What a name can count where it stands in a letter: a crash log names a hundred functions; the one it accuses stands in its first line. Each line is
/// looked at once, however many names it has.
#[derive(Default)]
pub(super) struct Limit {
    line: Range<usize>,
    strength: Option<Strength>,
}

impl Limit {
    /// Of a name at that place of the folded text.
    pub(super) fn of(&mut self, folded: &Folded, at: usize) -> Strength {
        if let Some(strength) = self.strength.filter(|_| self.line.contains(&at)) {
            return strength;
        }
        let text = folded.text();
        let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
        let end = text.get(at..).and_then(|after| after.find('\n')).map_or(text.len(), |length| at + length);
        let line = text.get(start..end).unwrap_or_default();
        let accused = ["BUG", "KASAN", "WARNING"].iter().any(|mark| line.contains(mark));
        let strength = if vocabulary::is_log(line) && !accused { Strength::Weak } else { Strength::Strong };
        (self.line, self.strength) = (start..end, Some(strength));
        strength
    }
}

/// Words as names and paths have them, with their place.
pub(super) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | '.' | '-' | '+' | ':');
        rest = rest.get(rest.find(is_word)?..)?;
        let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(end)?;
        let at = text.len() - rest.len();
        rest = after;
        let trimmed = word.trim_start_matches(['.', '-', '+', ':', '/']);
        let at = at + word.len() - trimmed.len();
        Some((at, trimmed.trim_end_matches(['.', '-', '+', ':', '/'])))
    })
}

fn names(word: &str, called: bool) -> Vec<(String, Strength)> {
    if word.contains('/') {
        return file(word.trim_start_matches("a/").trim_start_matches("b/"));
    }
    if let [stem, extension] = word.split('.').collect::<Vec<_>>().as_slice()
        && is_source(extension)
        && stem.len() >= SHORTEST
    {
        return kept(word, Strength::Weak);
    }
    let parts = word.split(['.', '-', ':', '+']).filter(|part| part.len() >= SHORTEST);
    parts
        .filter_map(|part| match shape(part) {
            Some(strength) => Some((part, strength)),
            None => called.then_some((part, Strength::Weak)),
        })
        .flat_map(|(part, strength)| kept(part, strength))
        .collect()
}

fn file(path: &str) -> Vec<(String, Strength)> {
    let path = path.split(':').next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let Some((stem, extension)) = name.rsplit_once('.') else { return Vec::new() };
    if !is_source(extension) || path.contains("://") {
        return Vec::new();
    }
    let mut found = kept(path, Strength::Weak);
    if stem.len() >= SHORTEST && stem.contains(['_', '-']) {
        found.extend(kept(name, Strength::Weak));
    }
    found
}

fn is_source(extension: &str) -> bool {
    matches!(
        extension,
        "c" | "h" | "S" | "s" | "cc" | "cpp" | "hpp" | "rs" | "py" | "ml" | "mli" | "go" | "pl" | "sh" | "lds" | "java" | "js"
    )
}

/// Names of several parts; a name in one part is a word like others.
fn shape(name: &str) -> Option<Strength> {
    let parts = name.split('_').filter(|part| part.len() >= 2 && part.bytes().any(|byte| byte.is_ascii_alphabetic())).count();
    if parts >= 2 {
        return Some(if name.starts_with("CONFIG_") { Strength::Weak } else { Strength::Strong });
    }
    let bytes = name.as_bytes();
    let humps = bytes.iter().zip(bytes.iter().skip(1)).filter(|(a, b)| a.is_ascii_lowercase() && b.is_ascii_uppercase()).count();
    (humps >= 2 && name.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(Strength::Weak)
}

fn kept(name: &str, strength: Strength) -> Vec<(String, Strength)> {
    let name = name.to_ascii_lowercase();
    if name.len() < SHORTEST || vocabulary::is_everybodys(&name) || vocabulary::is_everybodys(name.trim_matches('_')) {
        return Vec::new();
    }
    vec![(name, strength)]
}
