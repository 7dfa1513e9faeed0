//! The one way from generated files to files that may be written: every one of them is read by the embargo firewall first.
//!
//! Promises: [`Passed`] is made here alone; a file in which the firewall finds a live case is refused, and then none is written. Two things are no
//! find: number and planned date of an advisory, which are public, and words of another case that stand in the very mail that went to everybody
//! (two people may have let that mail out, invariant 3; the page then tells no more than the archives of the public lists). That
//! excuse never holds for the case of the page itself: if it is live, nothing of it is public, whatever the record says.
//! Fails with [`Refused`].

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, thread,
};

use super::{File, Released, reading};
use crate::{
    clearance::Wall,
    disclosure::CaseId,
    firewall::{Hit, Letter, Rule},
    publication::Publication,
};

/// Files that everybody may read.
#[derive(Debug)]
pub struct Passed(Vec<File>);

impl Passed {
    /// The files, by their names.
    pub fn files(&self) -> &[File] {
        &self.0
    }
}

/// A file that gives a live case away. Names file, case, rule and place; shows no word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.told())]
pub struct Refused {
    /// What was found in which file, the first of each kind; in the order of the files.
    pub found: Vec<Found>,
}

/// One find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// In which file.
    pub file: String,
    /// Of which case.
    pub case: CaseId,
    /// What.
    pub rule: Rule,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} would give {} away ({})", self.file, self.case, self.rule)
    }
}

impl Refused {
    fn told(&self) -> String {
        const MOST: usize = 5;
        let mut lines: Vec<String> = self.found.iter().take(MOST).map(ToString::to_string).collect();
        if self.found.len() > MOST {
            lines.push(format!("and {} more", self.found.len() - MOST));
        }
        format!("nothing is written: {}", lines.join("; "))
    }
}

/// Has every file read by the firewall.
///
/// # Errors
/// [`Refused`] when one of them gives a live case away, or when nobody has looked up the live cases.
pub fn pass(files: Vec<File>, released: &[Released], wall: &Wall) -> Result<Passed, Refused> {
    if wall.firewall().is_none() {
        // A wall that nobody has built knows no case: then every case counts as live.
        let found = files.first().map(|file| Found { file: file.name.clone(), case: CaseId(0), rule: Rule::Shingle });
        return Err(Refused { found: found.into_iter().collect() });
    }
    if wall.cases().is_empty() {
        return Ok(Passed(files));
    }
    let publications: BTreeMap<CaseId, &Publication> = released.iter().map(|one| (one.case, &one.publication)).collect();
    let workers = thread::available_parallelism().map_or(1, usize::from).min(8);
    let share = files.len().div_ceil(workers).max(1);
    let found: Vec<Found> = thread::scope(|scope| {
        let publications = &publications;
        let running: Vec<_> = files
            .chunks(share)
            .map(|files| {
                scope.spawn(move || files.iter().flat_map(|file| look(file, publications, wall)).collect::<Vec<Found>>())
            })
            .collect();
        // A worker that panics has passed nothing.
        let lost = || vec![Found { file: "a page".to_owned(), case: CaseId(0), rule: Rule::Shingle }];
        running.into_iter().flat_map(|worker| worker.join().unwrap_or_else(|_| lost())).collect()
    });
    if found.is_empty() { Ok(Passed(files)) } else { Err(Refused { found }) }
}

fn look(file: &File, publications: &BTreeMap<CaseId, &Publication>, wall: &Wall) -> Vec<Found> {
    let own = file.about.and_then(|case| publications.get(&case).copied());
    // Nothing in it could be a find: everybody has it, and the case is not live.
    let is_live = |case| wall.cases().iter().any(|live| live.case == case);
    if own.is_some_and(|publication| is_attached(file, publication)) && !file.about.is_some_and(is_live) {
        return Vec::new();
    }
    let texts = reading::texts(file);
    let letters = std::iter::once(Letter::of_file(&file.name, &file.bytes)).chain(texts.iter().map(|text| Letter::of_text(text)));
    let mut kinds = BTreeSet::new();
    for letter in letters {
        for hit in wall.told_to_everybody(&letter) {
            let excused = match own {
                Some(publication) => file.about != Some(hit.case) && is_public(&hit, file, publication),
                // A list names what the pages of the released advisories say.
                None => publications.iter().any(|(case, publication)| *case != hit.case && is_public(&hit, file, publication)),
            };
            if !excused {
                kinds.insert((hit.case, hit.rule));
            }
        }
    }
    let found = |(case, rule)| Found { file: file.name.clone(), case, rule };
    kinds.into_iter().map(found).collect()
}

/// Whether the words found stand in the signed text that everybody has, or the file is one of those that everybody has.
fn is_public(hit: &Hit, file: &File, publication: &Publication) -> bool {
    if is_attached(file, publication) {
        return true;
    }
    let words = squashed(hit.excerpt());
    !words.is_empty() && squashed(&String::from_utf8_lossy(publication.text())).contains(&words)
}

fn is_attached(file: &File, publication: &Publication) -> bool {
    publication.files().iter().any(|attached| attached.content.as_ref() == Some(&file.bytes))
}

/// Letters and digits alone: line ends, blanks and marks differ between a mail and a page.
fn squashed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
