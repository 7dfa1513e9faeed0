//! `case-12: claim`: an answer to a letter about several cases names the one it means.

use super::{line::Lines, read};
use crate::disclosure::CaseId;

/// More cases than this in one answer are not told apart: it is read as naming several.
const MOST: usize = 100;

/// Which cases the lines of an answer address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Addressed {
    /// None: the words are as they were.
    Nobody,
    /// One, at the beginning: the case, and the words without its name.
    One(CaseId, String),
    /// Further down another case stands before another command. Nothing may be done: one mail is one command.
    Several,
}

/// Reads which case an answer is for. Only a first line that begins with a case is for one; a case that is mentioned later is a word like
/// others, unless it stands before a command.
pub fn addressed(words: &str) -> Addressed {
    let lines = Lines::of(words);
    let Some((case, rest)) = lines.command().and_then(|line| split(line.as_written())) else { return Addressed::Nobody };
    let again = lines.after().take(MOST).filter_map(|line| split(line.as_written()));
    let is_command = |rest: &str| read(rest, super::CommandContext::Case).is_ok();
    if again.into_iter().any(|(_, rest)| is_command(&rest)) {
        return Addressed::Several;
    }
    let below: Vec<&str> = lines.after().map(super::line::Line::as_written).collect();
    Addressed::One(case, [&[rest.as_str()], below.as_slice()].concat().join("\n"))
}

/// `case-12: claim`, `Case 12, claim`, `[case-12] claim`: the case and what follows.
fn split(line: &str) -> Option<(CaseId, String)> {
    let line = line.trim().trim_start_matches(['[', '*', '_', '`', '"']);
    let (word, rest) = (line.get(..4)?, line.get(4..)?);
    if !word.eq_ignore_ascii_case("case") {
        return None;
    }
    let rest = rest.trim_start_matches(['-', ' ', '#', '\u{2010}', '\u{2011}']);
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (number, rest) = rest.split_at_checked(end)?;
    let number = number.parse().ok().filter(|number| *number > 0)?;
    // "case-12 claim", but not "case-12b" and not "case 12.5".
    let ends = rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || "]:,;*_`\"".contains(c));
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || "]:,;*_`\"".contains(c));
    ends.then(|| (CaseId(number), rest.to_owned()))
}
