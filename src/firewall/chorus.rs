//! What the tools of reporters say alike in many reports: a reproducer's helper functions, the frames every crash log ends with.

use std::collections::{BTreeMap, BTreeSet};

use super::{Firewall, TextKind, vocabulary::Ground};

/// Words of logs and programs in reports that another case has too, one of somebody else and about something else, by text and word: the
/// same bug reported twice is no chorus. Prose and patches are never among them: what
/// fifteen advisories of one day say alike is a secret of all fifteen.
#[derive(Default)]
pub(super) struct Chorus(BTreeMap<usize, BTreeSet<usize>>);

impl Chorus {
    /// Compares all reports with each other.
    pub(super) fn of(wall: &Firewall) -> Self {
        let mut heard = BTreeMap::new();
        let cases = 0..wall.cases.len();
        let pairs = cases.clone().flat_map(|one| cases.clone().map(move |other| (one, other)));
        let unrelated: BTreeMap<(usize, usize), bool> =
            pairs.map(|(one, other)| ((one, other), are_unrelated(wall, one, other))).collect();
        for number in 0..wall.texts.len() {
            let Some((case, text)) = wall.text(number) else { continue };
            let is_machine =
                |at: usize| text.stream.tokens.get(at).is_some_and(|token| matches!(token.ground, Ground::Log | Ground::Code));
            if text.source.kind != TextKind::Report || !(0..text.stream.tokens.len()).any(is_machine) {
                continue;
            }
            let mut words = BTreeSet::new();
            let others = |other: usize| {
                let (owner, text) = wall.text(other)?;
                let counts = owner != case && *unrelated.get(&(case, owner))?;
                counts.then_some(&text.stream)
            };
            for run in wall.index.runs(&text.stream, others) {
                words.extend(text.stream.within(run.start, run.start + run.length).filter(|at| is_machine(*at)));
            }
            heard.insert(number, words);
        }
        Self(heard)
    }

    /// Whether that word of that text is said in another case.
    pub(super) fn contains(&self, text: usize, word: usize) -> bool {
        self.0.get(&text).is_some_and(|words| words.contains(&word))
    }
}

/// Whether two cases have neither a reporter nor a name in their titles in common, nor half the words of a title.
fn are_unrelated(wall: &Firewall, one: usize, other: usize) -> bool {
    let (Some(one), Some(other)) = (wall.cases.get(one), wall.cases.get(other)) else { return false };
    let same_reporter = one.reporters.iter().any(|reporter| other.reporters.contains(reporter));
    let same_title = one.titles.iter().any(|one| other.titles.iter().any(|other| are_alike(one, other)));
    !same_reporter && !same_title
}

fn are_alike(one: &BTreeSet<String>, other: &BTreeSet<String>) -> bool {
    let shared = one.intersection(other).count();
    one.intersection(other).any(|word| word.contains('_')) || shared * 2 > one.len().min(other.len())
}
