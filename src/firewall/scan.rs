//! The scan of a letter against all live cases.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Range,
    sync::Arc,
};

use aho_corasick::AhoCorasick;

use super::{
    Hit, Reader, Rule,
    chorus::Chorus,
    fingerprints::{Compiled, Counts, Fingerprints, Meaning, Phrase},
    fold::Folded,
    hit::Circle,
    identifier::{self, Strength},
    index::{Index, Run},
    letter::{Letter, Place, View},
    stream::{Known, Stream},
    vocabulary::Ground,
};
use crate::disclosure::CaseId;

/// A run whose words weigh so much together tells something: five words that are rare, or eight ordinary ones (`vocabulary::weight`).
const TELLING: u32 = 14;
/// Standing phrases in a run that goes on beyond them count so much together, at the most: never enough alone.
const SAID: u32 = 8;
/// Beside the number of the case less is enough: three words, or a line of the file table.
const TELLING_WITH_NUMBER: u32 = 8;
/// So many different names that count little alone.
const WEAK_NAMES: usize = 4;

/// All live cases.
pub struct Firewall {
    pub(super) cases: Vec<Arc<Fingerprints>>,
    /// Of each text in the index: which case, which of its texts.
    pub(super) texts: Vec<(usize, usize)>,
    pub(super) index: Index,
    phrases: Option<AhoCorasick>,
    /// Of each phrase in the automaton: which cases have it, and as what.
    meanings: Vec<Vec<(usize, Phrase)>>,
    names: BTreeMap<String, Vec<(usize, Strength, Counts)>>,
    chorus: Chorus,
}

/// A text of the letter, ready to be looked at.
struct Sight<'l> {
    view: &'l View,
    folded: Folded,
    stream: Stream,
}

/// Something found, before it is judged.
struct Find {
    case: usize,
    rule: Rule,
    sight: usize,
    /// Bytes of the view.
    span: Range<usize>,
    counts: Counts,
}

impl Firewall {
    /// Puts the cases together. Two cases that have a name in common are not given away by it alone.
    pub fn new(cases: impl IntoIterator<Item = Arc<Fingerprints>>) -> Self {
        let cases: Vec<Arc<Fingerprints>> = cases.into_iter().collect();
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
        for sharing in names.values_mut().filter(|sharing| sharing.len() > 1) {
            sharing.iter_mut().for_each(|(_, _, counts)| *counts = Counts::WithNumber);
        }
        // Somebody who reported two things is somebody who reports things.
        let is_reporter = |(_, phrase): &(usize, Phrase)| phrase.meaning == Meaning::Secret(Rule::Reporter);
        for sharing in by_words.values_mut().filter(|sharing| sharing.iter().filter(|one| is_reporter(one)).count() > 1) {
            sharing.iter_mut().filter(|one| is_reporter(one)).for_each(|(_, phrase)| phrase.counts = Counts::WithNumber);
        }
        // The automaton is built of finite words only and far below its limit of states.
        let phrases = AhoCorasick::new(by_words.keys()).ok().filter(|_| !by_words.is_empty());
        let meanings = by_words.into_values().collect();
        let mut wall = Self { texts, index, phrases, meanings, names, cases, chorus: Chorus::default() };
        wall.chorus = Chorus::of(&wall);
        wall
    }

    /// The text of that number in the index, with its case.
    pub(super) fn text(&self, number: usize) -> Option<(usize, &Compiled)> {
        let (case, text) = *self.texts.get(number)?;
        Some((case, self.cases.get(case)?.texts.get(text)?))
    }

    /// What in the letter gives away a case that its reader is not cleared for; empty when it may go. In the order of cases and rules.
    pub fn scan(&self, letter: &Letter, reader: &Reader) -> Vec<Hit> {
        let sights: Vec<Sight<'_>> = letter
            .views
            .iter()
            .map(|view| {
                let folded = Folded::of(&view.text);
                Sight { view, stream: Stream::of_letter(&folded), folded }
            })
            .collect();
        let mut finds = Vec::new();
        let mut numbered = BTreeSet::new();
        for (number, sight) in sights.iter().enumerate() {
            self.find_phrases(number, sight, letter, &mut finds, &mut numbered);
        }
        let closed: Vec<bool> = self.cases.iter().map(|case| !reader.cleared.contains(&case.case)).collect();
        for (number, sight) in sights.iter().enumerate() {
            self.find_runs(number, sight, &closed, reader.circle, &numbered, &mut finds);
        }
        self.find_names(&sights, &closed, reader.circle, &numbered, &mut finds);
        finds.retain(|find| {
            closed.get(find.case) == Some(&true) && (find.counts == Counts::Alone || numbered.contains(&find.case))
        });
        let shown = merged(finds).into_iter();
        let mut hits: Vec<Hit> = shown
            .filter_map(|find| Some(hit(self.cases.get(find.case)?.case, find.rule, sights.get(find.sight)?.view, find.span)))
            .chain(self.files(letter, &closed))
            .collect();
        hits.sort_by_key(|hit: &Hit| (hit.case, hit.rule, hit.place, hit.span.start));
        hits
    }

    fn find_phrases(
        &self,
        number: usize,
        sight: &Sight<'_>,
        letter: &Letter,
        finds: &mut Vec<Find>,
        numbered: &mut BTreeSet<usize>,
    ) {
        let Some(automaton) = &self.phrases else { return };
        for found in automaton.find_overlapping_iter(&sight.stream.bytes) {
            let whole = sight.stream.is_edge(found.start()) && sight.stream.is_edge(found.end());
            for (case, phrase) in self.meanings.get(found.pattern().as_usize()).into_iter().flatten() {
                match phrase.meaning {
                    // Only a digest is looked for by its beginning.
                    Meaning::Secret(Rule::Digest) => {}
                    _ if !whole => continue,
                    Meaning::Number => {
                        numbered.insert(*case);
                        continue;
                    }
                    // Nobody is told anything by his own name.
                    Meaning::Secret(Rule::Reporter) if self.is_for_reporter(*case, letter) => continue,
                    Meaning::Secret(_) => {}
                }
                if let Meaning::Secret(rule) = phrase.meaning {
                    let span = origin(sight, found.start(), found.end());
                    finds.push(Find { case: *case, rule, sight: number, span, counts: phrase.counts });
                }
            }
        }
    }

    fn is_for_reporter(&self, case: usize, letter: &Letter) -> bool {
        let Some(case) = self.cases.get(case) else { return false };
        !letter.to.is_empty() && letter.to.iter().all(|to| case.reporters.contains(to))
    }

    fn find_runs(
        &self,
        number: usize,
        sight: &Sight<'_>,
        closed: &[bool],
        circle: Circle,
        numbered: &BTreeSet<usize>,
        finds: &mut Vec<Find>,
    ) {
        let runs = self.index.runs(&sight.stream, |text| self.text(text).map(|(_, text)| &text.stream));
        let mut known: Vec<&Run> = Vec::new();
        if circle == Circle::Private {
            let is_known = |run: &&Run| self.text(run.source).is_some_and(|(case, _)| closed.get(case) == Some(&false));
            known = runs.iter().filter(is_known).collect();
        }
        for run in &runs {
            let Some((case, text)) = self.text(run.source) else { continue };
            let end = run.start + run.length;
            if closed.get(case) != Some(&true)
                || known.iter().any(|known| known.start <= run.start && end <= known.start + known.length)
            {
                continue;
            }
            let beside = numbered.contains(&case);
            let words = text.stream.within(run.at, run.at + run.length);
            let tokens = text.stream.tokens.get(words.clone()).unwrap_or_default();
            let (mut weight, mut said) = (0, 0);
            for (at, token) in words.zip(tokens) {
                match token.known {
                    Known::Furniture => {}
                    Known::Said if !beside => said += u32::from(token.weight.min(1)),
                    Known::No if self.chorus.contains(run.source, at) => {}
                    Known::Said | Known::No => weight += u32::from(token.weight),
                }
            }
            weight += said.min(SAID);
            let needed = if beside { TELLING_WITH_NUMBER } else { TELLING };
            if weight < needed {
                continue;
            }
            let code = tokens.iter().filter(|token| token.ground == Ground::Code).count();
            let rule = if code * 2 > tokens.len() { Rule::Hunk } else { Rule::Shingle };
            finds.push(Find { case, rule, sight: number, span: origin(sight, run.start, end), counts: Counts::Alone });
        }
    }

    fn find_names(
        &self,
        sights: &[Sight<'_>],
        closed: &[bool],
        circle: Circle,
        numbered: &BTreeSet<usize>,
        finds: &mut Vec<Find>,
    ) {
        let mut weak: BTreeMap<usize, BTreeMap<&str, (usize, Range<usize>)>> = BTreeMap::new();
        for (number, sight) in sights.iter().enumerate() {
            for (at, name) in identifier::candidates(&sight.folded) {
                let Some((name, owners)) = self.names.get_key_value(&name) else { continue };
                let limit = identifier::limit(&sight.folded, at.start);
                let known = |(case, _, _): &(usize, Strength, Counts)| closed.get(*case) == Some(&false);
                if circle == Circle::Private && owners.iter().any(known) {
                    continue;
                }
                let span = sight.folded.origin(at.start)..sight.folded.origin(at.end);
                for (case, strength, counts) in owners {
                    let beside = numbered.contains(case);
                    match ((*strength).min(limit), counts) {
                        (Strength::Strong, Counts::Alone) => {}
                        _ if beside => {}
                        (Strength::Weak, Counts::Alone) => {
                            weak.entry(*case).or_default().entry(name).or_insert((number, span.clone()));
                            continue;
                        }
                        (_, Counts::WithNumber) => continue,
                    }
                    finds.push(Find {
                        case: *case,
                        rule: Rule::Identifier,
                        sight: number,
                        span: span.clone(),
                        counts: Counts::Alone,
                    });
                }
            }
        }
        for (case, names) in weak.into_iter().filter(|(_, names)| names.len() >= WEAK_NAMES) {
            let found = names.into_values();
            finds.extend(found.map(|(sight, span)| Find { case, rule: Rule::Identifier, sight, span, counts: Counts::Alone }));
        }
    }

    fn files(&self, letter: &Letter, closed: &[bool]) -> Vec<Hit> {
        let open = self.cases.iter().zip(closed).filter(|(_, closed)| **closed);
        open.flat_map(|(case, _)| {
            let same = letter.digests.iter().filter(|(_, digest)| case.digests.contains(digest));
            same.map(|(place, _)| Hit {
                case: case.case,
                rule: Rule::Digest,
                place: *place,
                span: 0..0,
                lines: (0, 0),
                excerpt: String::new(),
            })
        })
        .collect()
    }
}

/// Bytes of the view that a part of its stream stands in, the last word included.
fn origin(sight: &Sight<'_>, start: usize, end: usize) -> Range<usize> {
    let (first, last) = sight.stream.origin(start, end);
    let text = &sight.view.text;
    let word =
        text.get(last..).and_then(|rest| rest.find(|c: char| !c.is_alphanumeric())).map_or(text.len(), |length| last + length);
    first..word
}

fn hit(case: CaseId, rule: Rule, view: &View, span: Range<usize>) -> Hit {
    let lines_to = |at: usize| view.lines_before + 1 + view.text.bytes().take(at).filter(|byte| *byte == b'\n').count();
    let lines = match view.place {
        Place::PartName(_) => (0, 0),
        _ => (lines_to(span.start), lines_to(span.end)),
    };
    let excerpt = view.text.get(span.clone()).unwrap_or_default().to_owned();
    Hit { case, rule, place: view.place, span, lines, excerpt }
}

/// The finds in order, those that overlap made one: an advisory has several revisions that say the same.
fn merged(mut finds: Vec<Find>) -> Vec<Find> {
    finds.sort_by_key(|find| (find.case, find.rule, find.sight, find.span.start));
    let mut kept: Vec<Find> = Vec::new();
    for find in finds {
        match kept.last_mut() {
            Some(last)
                if (last.case, last.rule, last.sight) == (find.case, find.rule, find.sight)
                    && find.span.start <= last.span.end =>
            {
                last.span.end = last.span.end.max(find.span.end);
            }
            _ => kept.push(find),
        }
    }
    kept
}

impl fmt::Debug for Firewall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Firewall({} cases, {} texts)", self.cases.len(), self.texts.len())
    }
}
