//! Who found it, as far as a program can read it out of the section.

use super::wording;

/// A person who is credited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finder {
    /// The person's name.
    pub(super) name: String,
    /// For whom.
    pub(super) organisation: Option<String>,
}

/// Words that stand before the list of the finders.
const VERBS: [&str; 4] = ["discovered by ", "reported by ", "found by ", "identified by "];

/// The people of sentences like "This issue was discovered by Ada Example of Example Labs." Empty when the text says it in another way:
/// a wrong name in a database is worse than none, and the whole sentence is published in any case.
pub(super) fn finders(text: &str) -> Vec<Finder> {
    let mut found: Vec<Finder> = Vec::new();
    for paragraph in wording::paragraphs(text) {
        for sentence in sentences(&paragraph) {
            let lower = sentence.to_ascii_lowercase();
            let Some(after) = VERBS.iter().find_map(|verb| Some(lower.find(verb)? + verb.len())) else { continue };
            let Some((_, list)) = sentence.split_at_checked(after) else { continue };
            let read: Option<Vec<Finder>> = people(list).into_iter().map(finder).collect();
            for finder in read.unwrap_or_default() {
                if !found.contains(&finder) {
                    found.push(finder);
                }
            }
        }
    }
    found
}

/// Sentences without their full stop; the dot of an initial ends none.
fn sentences(paragraph: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for word in paragraph.split(' ') {
        let Some(last) = found.last_mut() else { continue };
        if !last.is_empty() {
            last.push(' ');
        }
        match word.strip_suffix('.').filter(|stem| stem.chars().count() > 2) {
            Some(stem) => {
                last.push_str(stem);
                found.push(String::new());
            }
            None => last.push_str(word),
        }
    }
    found
}

/// The parts of a list. A comma may also stand before an employer's branch ("of Threat Research, Example Inc"), so that only " and " parts
/// when no comma does.
fn people(list: &str) -> Vec<&str> {
    if list.contains(',') { vec![list] } else { list.split(" and ").collect() }
}

fn finder(text: &str) -> Option<Finder> {
    let text = text.trim();
    let cut = [" of ", " from ", " at ", " ("].iter().find_map(|mark| text.split_once(mark));
    let (name, organisation) = match cut {
        Some((name, rest)) => (name, Some(rest.trim_end_matches(')').trim())),
        None => (text, None),
    };
    let words: Vec<&str> = name.split(' ').collect();
    // "the Example fuzzing team" and "an anonymous researcher" are no names.
    let is_name = (2..=4).contains(&words.len())
        && words.iter().all(|word| word.starts_with(char::is_uppercase) && !word.contains([',', '(', ')', '@', '<', ':']));
    let organisation = organisation.filter(|rest| !rest.is_empty() && !rest.contains(['@', '<'])).map(str::to_owned);
    is_name.then(|| Finder { name: name.to_owned(), organisation })
}
