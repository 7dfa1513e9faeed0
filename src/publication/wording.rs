//! Texts of sections, made fit for fields that have a limit.

use jiff::{Timestamp, tz::TimeZone};

/// RFC 3339 in UTC to the second: `2026-11-03T12:00:30Z`, as all three formats take it.
pub(super) fn rfc3339(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The year in UTC.
pub(super) fn year(at: Timestamp) -> i16 {
    at.to_zoned(TimeZone::UTC).year()
}

/// The text without blanks at line ends and without blank lines at its ends.
pub(super) fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// The paragraphs of a text, each on one line.
pub(super) fn paragraphs(text: &str) -> Vec<String> {
    let mut found: Vec<String> = vec![String::new()];
    for line in text.lines() {
        match (line.trim(), found.last_mut()) {
            ("", _) => found.push(String::new()),
            (words, Some(last)) if last.is_empty() => last.push_str(words),
            (words, Some(last)) => {
                last.push(' ');
                last.push_str(words);
            }
            (_, None) => {}
        }
    }
    found.retain(|paragraph| !paragraph.is_empty());
    found
}

/// At most `limit` characters: whole paragraphs, and where to read on when some are left out.
pub(super) fn at_most(text: &str, limit: usize, page: &str) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let more = format!("[...] The whole text: {page}");
    let room = limit.saturating_sub(more.chars().count() + 2);
    let mut kept = String::new();
    for paragraph in text.split("\n\n") {
        if kept.chars().count() + paragraph.chars().count() + 2 > room {
            break;
        }
        kept.push_str(paragraph);
        kept.push_str("\n\n");
    }
    if kept.is_empty() {
        kept = text.chars().take(room).collect();
        kept.push_str("\n\n");
    }
    kept + &more
}

/// Whether a section begins by saying that there is nothing: "There is no known mitigation.", "No fix is available."
pub(super) fn says_none(text: &str) -> bool {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let first = line.split('.').next().unwrap_or_default();
    let nouns = ["mitigation", "workaround", "resolution", "fix", "patch"];
    nouns.iter().any(|noun| ["no ", "no known ", "no available "].iter().any(|no| first.contains(&format!("{no}{noun}"))))
        || ["none", "none known", "none available"].contains(&first)
}
