//! The mark of an embargoed copy (P29): a banner, a date, a header field.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use super::rules::AdvisoryRules;
use crate::mail::Message;

/// What a mail says about its embargo. Whatever it says, what is not known to be public is embargoed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmbargoMark {
    /// Nothing.
    Unmarked,
    /// Embargoed, without a date that could be read with certainty.
    Undated,
    /// Embargoed until this instant.
    Until(Timestamp),
    /// Several dates that differ, or a weekday that is not the date's.
    Contradictory,
}

/// Reads the mark from the header field, the subject and the first lines of the text.
pub fn embargo_until(message: &Message, rules: &AdvisoryRules) -> EmbargoMark {
    let top = message.readable_text().lines().take(rules.banner_lines).collect::<Vec<_>>().join("\n");
    let mut dates: Vec<Option<Date>> = Vec::new();
    if let Some(value) = message.header(&rules.until_header) {
        dates.push(value.parse().ok().map(Date::Read));
    }
    for text in [message.subject.as_str(), top.as_str()] {
        for pattern in &rules.until {
            dates.extend(pattern.captures_iter(text).filter_map(|found| found.name("date")).map(|date| read_date(date.as_str())));
        }
    }
    let marked = [message.subject.as_str(), &top].iter().any(|text| rules.banner.iter().any(|banner| banner.is_match(text)));
    let mut read = dates.iter().flatten();
    match read.next() {
        None if marked || !dates.is_empty() => EmbargoMark::Undated,
        None => EmbargoMark::Unmarked,
        Some(Date::Wrong) => EmbargoMark::Contradictory,
        Some(Date::Read(first)) => match read.all(|other| *other == Date::Read(*first)) {
            false => EmbargoMark::Contradictory,
            // One place is readable and another is not: they need not say the same.
            true if dates.contains(&None) => EmbargoMark::Undated,
            true => EmbargoMark::Until(*first),
        },
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Date {
    Read(Timestamp),
    /// The weekday is another one.
    Wrong,
}

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The spellings; weekday, commas, "at" and the zone are gone before.
const FORMS: [&str; 10] = [
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H:%M:%S",
    "%d %B %Y %H:%M",
    "%d %b %Y %H:%M",
    "%B %d %Y %H:%M",
    "%b %d %Y %H:%M",
    "%d %B %Y %H:%M:%S",
    "%d %b %Y %H:%M:%S",
    "%B %d %Y %H:%M:%S",
    "%b %d %Y %H:%M:%S",
];

/// A date with time and an explicit UTC; a bare date or another zone is not read.
fn read_date(text: &str) -> Option<Date> {
    let upper = text.trim();
    let bare = ["UTC", "GMT", "utc", "gmt", "Z", "z"].iter().find_map(|zone| upper.strip_suffix(zone))?;
    let bare = bare.replace(',', " ");
    let mut weekday = None;
    let mut words: Vec<String> = Vec::new();
    for word in bare.split_whitespace() {
        let lower = word.to_ascii_lowercase();
        let day =
            WEEKDAYS.iter().position(|name| lower.starts_with(name) && lower.bytes().all(|byte| byte.is_ascii_alphabetic()));
        match (lower.as_str(), day) {
            ("at" | "on" | "the", _) => {}
            (_, Some(day)) if words.is_empty() => weekday = Some(day),
            _ => words.push(without_ordinal(word)),
        }
    }
    // RFC 3339 has a T between date and time.
    let plain = match words.as_slice() {
        [one] => one.replacen(['T', 't'], " ", 1),
        several => several.join(" "),
    };
    let date = FORMS.iter().find_map(|form| DateTime::strptime(form, &plain).ok())?;
    let right = weekday.is_none_or(|day| usize::try_from(date.weekday().to_monday_zero_offset()) == Ok(day));
    if !right {
        return Some(Date::Wrong);
    }
    Some(Date::Read(TimeZone::UTC.to_timestamp(date).ok()?))
}

/// `28th` is 28.
fn without_ordinal(word: &str) -> String {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let ordinal = ["st", "nd", "rd", "th"].contains(&word.strip_prefix(digits).unwrap_or_default());
    let number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if ordinal && number { digits.to_owned() } else { word.to_owned() }
}
