//! The subject of an advisory: `Xen Security Advisory 484 v2 (CVE-2026-23557) - Xenstored DoS via XS_RESET_WATCHES command`.

use super::cve::{self, CveId};
use crate::disclosure::{AdvisoryNumber, Project};

/// The marks that mail programs put before the subject of an answer or a forwarded mail (English, German, Scandinavian, French).
const REPLY_TAGS: [&str; 12] = ["re", "fwd", "fw", "aw", "sv", "wg", "tr", "antw", "vs", "ref", "ynt", "rv"];

/// What the subject says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvisorySubject {
    /// The advisory's number.
    pub number: AdvisoryNumber,
    /// `v2`; before 2018 subjects had none.
    pub version: Option<u8>,
    /// The CVE identifiers, often fewer than the text names; none in the copy under embargo.
    pub cves: Vec<CveId>,
    /// The title.
    pub title: String,
    /// Whether it is the advisory or an answer to it.
    pub kind: SubjectKind,
}

/// What stands before the advisory's title line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectKind {
    /// Nothing, or list tags.
    Advisory,
    /// A reply or forward mark.
    Answer,
}

/// Reads a subject (decoded; folded or not). `None` when it does not follow the grammar of the project's advisories.
pub fn parse(subject: &str, project: &Project) -> Option<AdvisorySubject> {
    let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    let (rest, kind) = without_tags(&subject);
    let rest = strip_prefix_ignoring_case(rest, &project.advisory_title)?.strip_prefix(' ')?;
    let (number, rest) = rest.split_once(' ')?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: AdvisoryNumber = number.parse().ok()?;
    let (version, rest) = match rest.strip_prefix(['v', 'V']).and_then(|rest| rest.split_once(' ')) {
        Some((digits, rest)) => (Some(version(digits)?), rest),
        None => (None, rest),
    };
    let (cves, rest) = match rest.strip_prefix('(').and_then(|rest| rest.split_once(") ")) {
        Some((list, rest)) => (cve::list(list)?, rest),
        None => (Vec::new(), rest),
    };
    let title = rest.strip_prefix("- ")?.to_owned();
    Some(AdvisorySubject { number, version, cves, title, kind })
}

/// 1 to 99, no leading zero.
pub(super) fn version(digits: &str) -> Option<u8> {
    let plain = digits.len() <= 2 && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

/// The subject without reply and list tags in any order ("Re: [oss-security] ..."), and whether one of them made it an answer.
fn without_tags(subject: &str) -> (&str, SubjectKind) {
    let (mut rest, mut kind) = (subject, SubjectKind::Advisory);
    loop {
        rest = rest.trim_start();
        if let Some(after) = after_list_tag(rest) {
            rest = after;
        } else if let Some(after) = after_reply_tag(rest) {
            (rest, kind) = (after, SubjectKind::Answer);
        } else {
            return (rest, kind);
        }
    }
}

fn after_list_tag(text: &str) -> Option<&str> {
    let (tag, after) = text.strip_prefix('[')?.split_once(']')?;
    // An embargo tag ("[EMBARGOED until 2026-04-28 12:00 UTC]") is a tag with blanks and colons in it.
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-: +/".contains(c);
    (!tag.is_empty() && tag.len() <= 64 && tag.chars().all(allowed)).then_some(after)
}

fn after_reply_tag(text: &str) -> Option<&str> {
    let (tag, after) = text.split_once(':')?;
    // "Re[2]:" counts its answers.
    let word = tag.split_once('[').filter(|(_, count)| count.ends_with(']')).map_or(tag, |(word, _)| word);
    REPLY_TAGS.contains(&word.trim().to_ascii_lowercase().as_str()).then_some(after)
}

/// `text` without `prefix`; ASCII case does not matter.
pub(super) fn strip_prefix_ignoring_case<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}
