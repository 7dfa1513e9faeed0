//! The scan of a letter against all live cases.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Range,
    sync::Arc,
};

use memchr::memchr_iter;

use super::{
    Hit, Reader, Rule,
    chorus::Chorus,
    fingerprints::{Compiled, Counts, Fingerprints, Meaning, Phrase},
    fold::Folded,
    hit::Circle,
    identifier::{self, Strength},
    letter::{Letter, Place, View},
    part::{self, Part},
    stream::{Known, Stream, Token},
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

/// All live cases. They have numbers from 0, through all parts.
#[derive(Default)]
pub struct Firewall {
    pub(super) parts: Vec<Arc<Part>>,
    pub(super) cases: Vec<Arc<Fingerprints>>,
}

/// A part of a letter that stands in a text of a case.
pub(super) struct Shared<'w> {
    pub(super) case: usize,
    pub(super) text: &'w Compiled,
    /// Where in the letter's stream.
    pub(super) here: Range<usize>,
    /// Where in the text's stream.
    pub(super) there: Range<usize>,
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

/// Of one case, what was found by one rule in one text of the letter is kept so often: a flood of reports of one person makes a product of the letter's
/// words and the cases.
const PLACES: usize = 200;
/// More parts that a letter and the cases have in common are not compared with one another: then none excuses another.
const COMPARED: usize = 4000;

/// What was found so far.
#[derive(Default)]
struct Finds {
    kept: Vec<Find>,
    places: BTreeMap<(usize, Rule, usize, bool), usize>,
}

impl Finds {
    fn push(&mut self, find: Find) {
        let key = (find.case, find.rule, find.sight, find.counts == Counts::Alone);
        let places = self.places.entry(key).or_default();
        *places += 1;
        if *places <= PLACES {
            self.kept.push(find);
        }
    }
}

impl Firewall {
    /// Puts the cases together. Two cases that have a name in common are not given away by it alone.
    pub fn new(cases: impl IntoIterator<Item = Arc<Fingerprints>>) -> Self {
        Self::default().followed_by(cases)
    }

    /// The wall of these cases; what this one has put together of those that stay is used again.
    pub fn followed_by(&self, cases: impl IntoIterator<Item = Arc<Fingerprints>>) -> Self {
        let parts = part::regrouped(&self.parts, cases.into_iter().collect());
        let cases = parts.iter().flat_map(|part| &part.cases).cloned().collect();
        Self { parts, cases }
    }

    /// The parts, each with the number of its first case.
    fn parts(&self) -> impl Iterator<Item = (usize, &Part)> {
        self.parts.iter().scan(0, |next, part| {
            let first = *next;
            *next += part.cases.len();
            Some((first, part.as_ref()))
        })
    }

    /// What a letter and the texts have in common.
    pub(super) fn shared(&self, letter: &Stream) -> Vec<Shared<'_>> {
        let parts = self.parts().flat_map(|(first, part)| {
            part.runs(letter).map(move |(case, text, run)| Shared {
                case: first + case,
                text,
                here: run.start..run.start + run.length,
                there: run.at..run.at + run.length,
            })
        });
        parts.collect()
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
        let mut finds = Finds::default();
        let mut numbered = BTreeSet::new();
        for (number, sight) in sights.iter().enumerate() {
            self.find_phrases(number, sight, letter, &mut finds, &mut numbered);
        }
        let closed: Vec<bool> = self.cases.iter().map(|case| !reader.cleared.contains(&case.case)).collect();
        for (number, sight) in sights.iter().enumerate() {
            self.find_runs(number, sight, &closed, reader.circle, &numbered, &mut finds);
        }
        self.find_names(&sights, &closed, reader.circle, &numbered, &mut finds);
        finds.kept.retain(|find| {
            closed.get(find.case) == Some(&true) && (find.counts == Counts::Alone || numbered.contains(&find.case))
        });
        let shown = merged(finds.kept).into_iter();
        let mut breaks: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let shown: Vec<Hit> = shown
            .filter_map(|find| {
                let (case, view) = (self.cases.get(find.case)?.case, sights.get(find.sight)?.view);
                let breaks = breaks.entry(find.sight).or_insert_with(|| memchr_iter(b'\n', view.text.as_bytes()).collect());
                Some(hit(case, find.rule, view, breaks, find.span))
            })
            .collect();
        let mut hits: Vec<Hit> = shown.into_iter().chain(self.files(letter, &closed)).collect();
        hits.sort_by_key(|hit: &Hit| (hit.case, hit.rule, hit.place, hit.span.start));
        hits
    }

    fn find_phrases(&self, number: usize, sight: &Sight<'_>, letter: &Letter, finds: &mut Finds, numbered: &mut BTreeSet<usize>) {
        for (first, part) in self.parts() {
            let Some(automaton) = &part.phrases else { continue };
            for found in automaton.find_overlapping_iter(&sight.stream.bytes) {
                let whole = sight.stream.is_edge(found.start()) && sight.stream.is_edge(found.end());
                for (case, phrase) in part.meanings.get(found.pattern().as_usize()).into_iter().flatten() {
                    let case = first + case;
                    match phrase.meaning {
                        // Only a digest is looked for by its beginning.
                        Meaning::Secret(Rule::Digest) => {}
                        _ if !whole => continue,
                        Meaning::Number => {
                            numbered.insert(case);
                            continue;
                        }
                        // Nobody is told anything by his own name.
                        Meaning::Secret(Rule::Reporter) if self.is_for_reporter(case, letter) => continue,
                        Meaning::Secret(_) => {}
                    }
                    if let Meaning::Secret(rule) = phrase.meaning {
                        let span = origin(sight, found.start(), found.end());
                        finds.push(Find { case, rule, sight: number, span, counts: self.counts(phrase) });
                    }
                }
            }
        }
    }

    /// Somebody who reported two things is somebody who reports things.
    fn counts(&self, phrase: &Phrase) -> Counts {
        let is_frequent = || self.parts.iter().map(|part| part.reported(&phrase.words)).sum::<usize>() > 1;
        match phrase.meaning {
            Meaning::Secret(Rule::Reporter) if is_frequent() => Counts::WithNumber,
            _ => phrase.counts,
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
        finds: &mut Finds,
    ) {
        let shared = self.shared(&sight.stream);
        let is_known = |one: &&Shared<'_>| circle == Circle::Private && closed.get(one.case) == Some(&false);
        let is_much = shared.len() > COMPARED;
        let known: Vec<&Shared<'_>> = shared.iter().filter(is_known).take(if is_much { 0 } else { COMPARED }).collect();
        let mut chorus = Chorus::of(self, if is_much { &[] } else { &shared });
        for one in &shared {
            let within = |known: &&Shared<'_>| known.here.start <= one.here.start && one.here.end <= known.here.end;
            if closed.get(one.case) != Some(&true) || known.iter().any(within) {
                continue;
            }
            let beside = numbered.contains(&one.case);
            let needed = if beside { TELLING_WITH_NUMBER } else { TELLING };
            let stream = &one.text.stream;
            let tokens = stream.tokens.get(stream.within(one.there.start, one.there.end)).unwrap_or_default();
            let weight = |heard: &dyn Fn(&Token) -> bool| {
                let (mut weight, mut said) = (0, 0);
                for token in tokens {
                    match token.known {
                        Known::Furniture => {}
                        Known::Said if !beside => said += u32::from(token.weight.min(1)),
                        Known::No if heard(token) => {}
                        Known::Said | Known::No => weight += u32::from(token.weight),
                    }
                }
                weight + said.min(SAID)
            };
            if weight(&|_| false) < needed {
                continue;
            }
            if tokens.iter().any(Token::is_of_a_machine) && weight(&chorus.heard(one)) < needed {
                continue;
            }
            let code = tokens.iter().filter(|token| token.ground == Ground::Code).count();
            let rule = if code * 2 > tokens.len() { Rule::Hunk } else { Rule::Shingle };
            let span = origin(sight, one.here.start, one.here.end);
            finds.push(Find { case: one.case, rule, sight: number, span, counts: Counts::Alone });
        }
    }

    fn find_names(&self, sights: &[Sight<'_>], closed: &[bool], circle: Circle, numbered: &BTreeSet<usize>, finds: &mut Finds) {
        let mut weak: BTreeMap<usize, BTreeMap<&str, (usize, Range<usize>)>> = BTreeMap::new();
        for (number, sight) in sights.iter().enumerate() {
            let mut line = identifier::Limit::default();
            for (at, name) in identifier::candidates(&sight.folded) {
                let owners = self.owners(&name);
                let Some((name, _, _, _)) = owners.first().copied() else { continue };
                let limit = line.of(&sight.folded, at.start);
                let known = |(_, case, _, _): &(&str, usize, Strength, Counts)| closed.get(*case) == Some(&false);
                if circle == Circle::Private && owners.iter().any(known) {
                    continue;
                }
                let span = sight.folded.origin(at.start)..sight.folded.origin(at.end);
                for (_, case, strength, counts) in owners {
                    let beside = numbered.contains(&case);
                    match (strength.min(limit), counts) {
                        (Strength::Strong, Counts::Alone) => {}
                        _ if beside => {}
                        (Strength::Weak, Counts::Alone) => {
                            weak.entry(case).or_default().entry(name).or_insert((number, span.clone()));
                            continue;
                        }
                        (_, Counts::WithNumber) => continue,
                    }
                    finds.push(Find { case, rule: Rule::Identifier, sight: number, span: span.clone(), counts: Counts::Alone });
                }
            }
        }
        for (case, names) in weak.into_iter().filter(|(_, names)| names.len() >= WEAK_NAMES) {
            let found = names.into_values();
            for (sight, span) in found {
                finds.push(Find { case, rule: Rule::Identifier, sight, span, counts: Counts::Alone });
            }
        }
    }

    /// Which cases have that name. What two have in common gives neither away alone.
    fn owners(&self, name: &str) -> Vec<(&str, usize, Strength, Counts)> {
        let mut owners = Vec::new();
        for (first, part) in self.parts() {
            let Some((name, of_part)) = part.names.get_key_value(name) else { continue };
            owners.extend(of_part.iter().map(|(case, strength, counts)| (name.as_str(), first + case, *strength, *counts)));
        }
        if owners.len() > 1 {
            owners.iter_mut().for_each(|(_, _, _, counts)| *counts = Counts::WithNumber);
        }
        owners
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

fn hit(case: CaseId, rule: Rule, view: &View, breaks: &[usize], span: Range<usize>) -> Hit {
    let lines_to = |at: usize| view.lines_before + 1 + breaks.partition_point(|line_break| *line_break < at);
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
        let texts: usize = self.cases.iter().map(|case| case.texts.len()).sum();
        write!(f, "Firewall({} cases, {texts} texts)", self.cases.len())
    }
}
