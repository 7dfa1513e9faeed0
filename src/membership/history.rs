//! The change history of the policy (P83): `v2.3 Sep 26th 2014: Added A, B and C to the predisclosure list.`
//!
//! Generated strictly, read liberally: months are written in many ways, days and their endings may be missing. Promises: a line that was written
//! here reads back as the same; no line holds an `@`. Fails with [`NotALine`].

use std::{fmt, str::FromStr};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::organisation;
use crate::mail::has_at;

/// The number of a version of the policy: `2.5`, printed as `2.5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PolicyVersion {
    /// Changes of the policy itself.
    pub major: u16,
    /// Publications under it.
    pub minor: u16,
}

/// A month of a year, perhaps with its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct HistoryDate {
    /// The year.
    pub year: i16,
    /// The month, from 1.
    pub month: i8,
    /// The day, where the line has one.
    pub day: Option<i8>,
}

/// One line of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryLine {
    /// The version of the policy that it tells of.
    pub version: PolicyVersion,
    /// When.
    pub date: HistoryDate,
    /// What stands in brackets behind the date: `published Jul 1st`.
    pub note: Option<String>,
    /// What was changed.
    pub text: String,
}

/// What was done to the list of organisations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// It gets the predisclosure list from then on.
    Added,
    /// It no longer does.
    Removed,
}

/// An organisation came or went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// Which.
    pub verb: Verb,
    /// The organisation, as the public list names it.
    pub organisation: String,
}

/// The text is no line of a change history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a line of the history is written `v3.23 Aug 8th 2019: Added NAME to the predisclosure list.`, without addresses")]
pub struct NotALine;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const FULL: [&str; 12] =
    ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];

/// The whole history, newest first: the lines that were there, and one for each day on which organisations came or went. The minor number grows by
/// one with each line.
pub fn lines(before: &[HistoryLine], changes: &[Change], first: PolicyVersion) -> Vec<HistoryLine> {
    let newest = before.iter().map(|line| line.version).max();
    let mut version = newest.unwrap_or(PolicyVersion { minor: first.minor.saturating_sub(1), ..first });
    let mut days: Vec<(Date, Vec<&Change>)> = Vec::new();
    let mut ordered: Vec<&Change> = changes.iter().collect();
    ordered.sort_by_key(|change| change.at);
    for change in ordered {
        let day = change.at.to_zoned(TimeZone::UTC).date();
        match days.last_mut() {
            Some((last, list)) if *last == day => list.push(change),
            _ => days.push((day, vec![change])),
        }
    }
    let mut all: Vec<HistoryLine> = Vec::new();
    for (day, changes) in days {
        let said: Vec<String> = [Verb::Added, Verb::Removed].into_iter().filter_map(|verb| sentence(verb, &changes)).collect();
        if said.is_empty() {
            continue;
        }
        version = PolicyVersion { minor: version.minor.saturating_add(1), ..version };
        let date = HistoryDate { year: day.year(), month: day.month(), day: Some(day.day()) };
        all.push(HistoryLine { version, date, note: None, text: said.join(" ") });
    }
    all.reverse();
    all.extend(before.iter().cloned());
    all
}

/// `Added A, B and C to the predisclosure list.`
fn sentence(verb: Verb, changes: &[&Change]) -> Option<String> {
    let of = changes.iter().filter(|change| change.verb == verb && organisation::is_showable(&change.organisation));
    let mut names: Vec<&str> = of.map(|change| change.organisation.as_str()).collect();
    let last = names.pop()?;
    let list = if names.is_empty() { last.to_owned() } else { format!("{} and {last}", names.join(", ")) };
    Some(match verb {
        Verb::Added => format!("Added {list} to the predisclosure list."),
        Verb::Removed => format!("Removed {list} from the predisclosure list."),
    })
}

/// Reads a history, newest first; blank lines are passed over.
///
/// # Errors
/// The number of the first line that is none, from 1.
pub fn read(text: &str) -> Result<Vec<HistoryLine>, (usize, NotALine)> {
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    lines.map(|(line, number)| line.parse().map_err(|error| (number, error))).collect()
}

/// Writes it, a line each.
pub fn write(lines: &[HistoryLine]) -> String {
    let shown = lines.iter().filter(|line| !has_at(&line.text));
    shown.fold(String::new(), |text, line| text + &line.to_string() + "\n")
}

impl fmt::Display for PolicyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl From<PolicyVersion> for String {
    fn from(version: PolicyVersion) -> Self {
        version.to_string()
    }
}

impl TryFrom<String> for PolicyVersion {
    type Error = NotALine;

    fn try_from(text: String) -> Result<Self, NotALine> {
        text.parse()
    }
}

impl FromStr for PolicyVersion {
    type Err = NotALine;

    /// `2.5`, `v2.5`, `v3`.
    fn from_str(text: &str) -> Result<Self, NotALine> {
        let text = text.trim().trim_start_matches(['v', 'V']);
        let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
        let number = |digits: &str| if digits.starts_with('+') { Err(NotALine) } else { digits.parse().map_err(|_| NotALine) };
        Ok(Self { major: number(major)?, minor: number(minor)? })
    }
}

impl fmt::Display for HistoryDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let month = usize::try_from(self.month - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or("Jan");
        match self.day {
            Some(day) => write!(f, "{month} {day}{} {}", ending(day), self.year),
            None => write!(f, "{month} {}", self.year),
        }
    }
}

/// `1st`, `2nd`, `3rd`, `11th`.
fn ending(day: i8) -> &'static str {
    match (day % 10, day) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    }
}

impl PolicyVersion {
    /// The version that comes after the one in force, which the first line of a history without lines has.
    pub fn after(in_force: &str) -> Self {
        let version = in_force.parse().unwrap_or(Self { major: 1, minor: 0 });
        Self { minor: version.minor.saturating_add(1), ..version }
    }
}

impl HistoryDate {
    /// The same for programs: `2014-09-26`, or `2014-09` without a day.
    pub fn machine(&self) -> String {
        match self.day {
            Some(day) => format!("{:04}-{:02}-{day:02}", self.year, self.month),
            None => format!("{:04}-{:02}", self.year, self.month),
        }
    }

    /// The words of a date: `Aug 8th 2019`, `Sept 29th, 2014`, `June 14th 2013`, `Jun 2014`, `8 August 2019`.
    fn of(words: &[&str]) -> Option<Self> {
        let (mut year, mut month, mut day) = (None, None, None);
        for word in words {
            let word = word.trim_matches([',', '.']);
            let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
            let rest = word.get(digits.len()..)?.to_ascii_lowercase();
            if digits.is_empty() {
                let named = FULL.iter().position(|full| rest.len() >= 3 && full.starts_with(&rest));
                // "Sept" is no beginning of a month in three letters, and everybody writes it.
                let at = named.or((rest == "sept").then_some(8))?;
                if month.replace(i8::try_from(at + 1).ok()?).is_some() {
                    return None;
                }
            } else if digits.len() == 4 && rest.is_empty() {
                if year.replace(digits.parse().ok()?).is_some() {
                    return None;
                }
            } else {
                let ends = ["", "st", "nd", "rd", "th"].contains(&rest.as_str());
                let number: i8 = digits.parse().ok().filter(|number| ends && (1..=31).contains(number))?;
                if day.replace(number).is_some() {
                    return None;
                }
            }
        }
        let date = Self { year: year?, month: month?, day };
        // The thirtieth of February is a mistake of the pen, and no date.
        day.is_none_or(|day| Date::new(date.year, date.month, day).is_ok()).then_some(date)
    }
}

impl fmt::Display for HistoryLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{} {}", self.version, self.date)?;
        if let Some(note) = &self.note {
            write!(f, " ({note})")?;
        }
        write!(f, ": {}", self.text)
    }
}

impl FromStr for HistoryLine {
    type Err = NotALine;

    fn from_str(text: &str) -> Result<Self, NotALine> {
        let text = text.trim().trim_start_matches(['*', '-']).trim();
        if has_at(text) || text.contains(char::is_control) {
            return Err(NotALine);
        }
        let rest = text.strip_prefix(['v', 'V']).ok_or(NotALine)?;
        let (version, rest) = rest.split_once(char::is_whitespace).ok_or(NotALine)?;
        let version = version.trim_end_matches(':').parse()?;
        let (head, said) = outside_brackets(rest).ok_or(NotALine)?;
        let (date, note) = match head.split_once('(') {
            Some((date, note)) => (date, Some(note.trim_end().strip_suffix(')').ok_or(NotALine)?.trim().to_owned())),
            None => (head, None),
        };
        let words: Vec<&str> = date.split_whitespace().collect();
        let date = HistoryDate::of(&words).ok_or(NotALine)?;
        let said = said.trim();
        if said.is_empty() {
            return Err(NotALine);
        }
        Ok(Self { version, date, note, text: said.to_owned() })
    }
}

/// What stands before the first colon outside brackets, and after it.
fn outside_brackets(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_u32;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => return Some((text.get(..at)?, text.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}
