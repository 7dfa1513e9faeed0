//! Checks `[schedule]`: zone, working days, holidays, and the promises counted in working days.

use std::{collections::BTreeSet, ops::Range};

use jiff::{
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};
use toml::Spanned;

use super::{
    Site,
    claims::Claims,
    finding::{Findings, Place},
    project::{ADDRESS, date, parse},
    raw::{RawSchedule, Text},
    settings::{OfficeHours, Schedule},
};
use crate::mail::Address;

const DAYS: [(&str, Weekday); 7] = [
    ("Mon", Weekday::Monday),
    ("Tue", Weekday::Tuesday),
    ("Wed", Weekday::Wednesday),
    ("Thu", Weekday::Thursday),
    ("Fri", Weekday::Friday),
    ("Sat", Weekday::Saturday),
    ("Sun", Weekday::Sunday),
];
const WORKING_WEEK: [Weekday; 5] = [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];

/// The schedule; a refused value is replaced by its default, for the checks that follow.
pub(super) fn check(raw: RawSchedule, claims: &Claims, site: &Site<'_>, findings: &mut Findings<'_>) -> Schedule {
    let mut holidays: BTreeSet<Date> = raw.holidays.iter().filter_map(|day| date(day, findings)).collect();
    if let Some(text) = &raw.holidays_file {
        holidays.extend(holidays_file(text, site, findings));
    }
    Schedule {
        zone: raw.zone.as_ref().and_then(|text| zone(text, findings)).unwrap_or(TimeZone::UTC),
        working_days: raw.working_days.as_ref().and_then(|days| working_days(days, findings)).unwrap_or(WORKING_WEEK.to_vec()),
        holidays,
        hours: raw
            .office_hours
            .as_ref()
            .and_then(|text| hours(text, findings))
            .unwrap_or(OfficeHours { from: Time::constant(9, 0, 0, 0), until: Time::constant(17, 0, 0, 0) }),
        predisclosure_after: days(raw.predisclosure_after.as_ref(), 5, findings),
        public_after: days(raw.public_after.as_ref(), 10, findings),
        answer_within: days(raw.answer_within.as_ref(), 5, findings),
        unclaimed_after: days(raw.unclaimed_after.as_ref(), 1, findings),
        backup_contact: raw.backup_contact.as_ref().and_then(|text| outside(text, claims, findings)),
    }
}

/// An address that is none of ours: a call for help in the mailbox that nobody reads helps nobody.
fn outside(text: &Text, claims: &Claims, findings: &mut Findings<'_>) -> Option<Address> {
    let address: Address = parse(text, ADDRESS, findings)?;
    let Some(owner) = claims.owner(&address) else { return Some(address) };
    let remedy = "write the address of a person or a pager that does not read the team's mail";
    findings.refuse(&text.span(), format!("the contact for unclaimed reports is {}", owner.name()), remedy);
    None
}

fn zone(text: &Text, findings: &mut Findings<'_>) -> Option<TimeZone> {
    let remedy = "write a name of the IANA time zone database: \"UTC\", \"Europe/London\" (Debian package tzdata)";
    let zone = TimeZone::get(text.get_ref()).map_err(|_| format!("the time zone {} is not known here", text.get_ref()));
    findings.take(&text.span(), zone, remedy)
}

fn working_days(raw: &Spanned<Vec<Text>>, findings: &mut Findings<'_>) -> Option<Vec<Weekday>> {
    let remedy = "write the days people work on: [\"Mon\", \"Tue\", \"Wed\", \"Thu\", \"Fri\"]";
    let mut found = Vec::new();
    for text in raw.get_ref() {
        let Some((_, day)) = DAYS.iter().find(|(name, _)| name == text.get_ref()) else {
            findings.refuse(&text.span(), format!("{} is no day of the week", text.get_ref()), remedy);
            return None;
        };
        if found.contains(day) {
            findings.refuse(&text.span(), format!("{} stands here twice", text.get_ref()), remedy);
        }
        found.push(*day);
    }
    if found.is_empty() {
        findings.refuse(&raw.span(), "a week without working days: no promise could ever be due", remedy);
        return None;
    }
    Some(found)
}

fn hours(text: &Text, findings: &mut Findings<'_>) -> Option<OfficeHours> {
    let parsed = text.get_ref().split_once('-').and_then(|(from, until)| Some((clock(from)?, clock(until)?)));
    let hours = parsed.filter(|(from, until)| from < until).map(|(from, until)| OfficeHours { from, until });
    findings.take(&text.span(), hours.ok_or("these are no office hours"), "write beginning and end of the day: \"09:00-17:00\"")
}

fn clock(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

fn days(raw: Option<&Spanned<u32>>, default: u32, findings: &mut Findings<'_>) -> u32 {
    let Some(days) = raw else { return default };
    if !(1..=260).contains(days.get_ref()) {
        let problem = format!("{} working days is outside the limits of this key", days.get_ref());
        findings.refuse(&days.span(), problem, "write a number of working days from 1 to 260");
        return default;
    }
    *days.get_ref()
}

/// One date a line; what follows it (its name) and lines that begin with `#` are for people.
fn holidays_file(text: &Text, site: &Site<'_>, findings: &mut Findings<'_>) -> BTreeSet<Date> {
    let path = site.path(text);
    let at: Range<usize> = text.span();
    let mut days = BTreeSet::new();
    let content = match std::fs::read_to_string(&path) {
        Ok(content) => content,
        Err(error) => {
            let problem = format!("the holidays file {} cannot be read: {}", path.display(), error.kind());
            findings.refuse(&at, problem, "make that file readable, or delete the line");
            return days;
        }
    };
    for (nth, line) in content.lines().enumerate() {
        let Some(word) = line.split_whitespace().next().filter(|word| !word.starts_with('#')) else { continue };
        match word.parse::<Date>() {
            Ok(day) => {
                days.insert(day);
            }
            Err(_) => {
                let place = Place { file: path.clone(), line: nth + 1, column: 1 };
                findings.refuse_at(place, "this line does not begin with a date", "write: 2026-12-25 Christmas Day");
            }
        }
    }
    days
}
