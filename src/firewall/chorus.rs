//! What the tools of reporters say alike in many reports: a reproducer's helper functions, the frames every crash log ends with.

use std::collections::{BTreeMap, BTreeSet};

use super::{Firewall, TextKind, scan::Shared, stream::Token};

/// Words of logs and programs that a letter has in common with a report and with another case, too, one of somebody else and about something
/// else: the same bug reported twice is no chorus. Prose and patches are never among them: what fifteen advisories of one day say alike is a
/// secret of all fifteen.
pub(super) struct Chorus<'w> {
    wall: &'w Firewall,
    shared: &'w [Shared<'w>],
    unrelated: BTreeMap<(usize, usize), bool>,
}

impl<'w> Chorus<'w> {
    /// Of a letter that has these parts in common with the cases.
    pub(super) fn of(wall: &'w Firewall, shared: &'w [Shared<'w>]) -> Self {
        Self { wall, shared, unrelated: BTreeMap::new() }
    }

    /// Whether a word of that part is said in another case.
    pub(super) fn heard(&mut self, one: &'w Shared<'w>) -> impl Fn(&Token) -> bool + use<'w> {
        let mut others = Vec::new();
        if one.text.source.kind == TextKind::Report {
            let beside = self
                .shared
                .iter()
                .filter(|other| other.case != one.case && other.here.start < one.here.end && one.here.start < other.here.end);
            for other in beside {
                let wall = self.wall;
                if *self.unrelated.entry((one.case, other.case)).or_insert_with(|| are_unrelated(wall, one.case, other.case)) {
                    others.push(other.here.clone());
                }
            }
        }
        // Without those that lie in another, the one that begins last before a word is the one that ends last.
        others.sort_by_key(|other| (other.start, std::cmp::Reverse(other.end)));
        let mut end = 0;
        others.retain(|other| {
            let reaches_on = other.end > end;
            end = end.max(other.end);
            reaches_on
        });
        move |token| {
            let place = |at: u32| (at as usize).saturating_sub(one.there.start) + one.here.start;
            let last = others.partition_point(|other| other.start <= place(token.start));
            let other = last.checked_sub(1).and_then(|last| others.get(last));
            token.is_of_a_machine() && other.is_some_and(|other| place(token.end) <= other.end)
        }
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
