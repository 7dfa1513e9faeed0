//! The picture of the live cases: one bar each, from the day it came to the day it becomes public, and where today is.
//!
//! An SVG that stretches with the page: places are percentages, so that letters keep their size on a narrow screen. Pure. The same facts stand in
//! the table of the page, for whoever does not see pictures.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp, ToSpan as _, tz::TimeZone};

use super::facts::CaseLine;

/// Above the first bar: the months.
const HEAD: i64 = 34;
/// A line of words and a bar.
const ROW: i64 = 52;
/// A case without a date is drawn so far beyond today.
const OPEN_END: SignedDuration = SignedDuration::from_hours(14 * 24);
/// What lies further away, on either side, is drawn at the edge: one old case must not make lines of all others.
const HORIZON: SignedDuration = SignedDuration::from_hours(120 * 24);
/// Words closer together than this, in percent, would cover each other on a phone.
const APART: f64 = 17.0;

/// The span of time that a picture shows.
struct Scale {
    from: Timestamp,
    length: f64,
}

impl Scale {
    fn of(cases: &[&CaseLine], now: Timestamp) -> Self {
        let (past, future) = (now.saturating_sub(HORIZON).unwrap_or(now), now.saturating_add(HORIZON).unwrap_or(now));
        let first = cases.iter().filter_map(|case| case.opened).min().unwrap_or(now).clamp(past, now);
        let last = cases.iter().map(|case| end(case, now)).max().unwrap_or(now).clamp(now, future);
        let margin = SignedDuration::from_hours(24);
        let (from, to) = (first.saturating_sub(margin).unwrap_or(first), last.saturating_add(margin).unwrap_or(last));
        Self { from, length: to.duration_since(from).as_secs_f64().max(1.0) }
    }

    /// How far to the right, in percent.
    fn place(&self, at: Timestamp) -> f64 {
        (at.duration_since(self.from).as_secs_f64() / self.length * 100.0).clamp(0.0, 100.0)
    }
}

fn end(case: &CaseLine, now: Timestamp) -> Timestamp {
    let open = now.saturating_add(OPEN_END).unwrap_or(now);
    case.until.unwrap_or(open)
}

/// The picture; `None` when no case is live.
pub fn svg(cases: &[CaseLine], now: Timestamp) -> Option<String> {
    let mut live: Vec<&CaseLine> = cases.iter().filter(|case| case.is_live && case.opened.is_some()).collect();
    if live.is_empty() {
        return None;
    }
    live.sort_by_key(|case| (case.until.is_none(), case.until, case.case));
    let scale = Scale::of(&live, now);
    let height = HEAD + ROW * i64::try_from(live.len()).unwrap_or_default() + 8;
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<svg class=\"timeline\" width=\"100%\" height=\"{height}\" role=\"img\" aria-labelledby=\"timeline-words\">\
         <title id=\"timeline-words\">The live cases from their arrival to their dates</title>"
    );
    for (at, words) in ticks(&scale) {
        let _ = write!(
            out,
            "<line class=\"tick\" x1=\"{at:.2}%\" x2=\"{at:.2}%\" y1=\"20\" y2=\"{height}\"/><text class=\"month\" x=\"{at:.2}%\" y=\"13\">{words}</text>"
        );
    }
    for (row, case) in live.iter().enumerate() {
        draw(&mut out, &scale, case, HEAD + ROW * i64::try_from(row).unwrap_or_default(), now);
    }
    let today = scale.place(now);
    let _ = write!(out, "<line class=\"today\" x1=\"{today:.2}%\" x2=\"{today:.2}%\" y1=\"20\" y2=\"{height}\"/></svg>");
    Some(out)
}

/// The first day of each month, or of each week when the picture is short.
fn ticks(scale: &Scale) -> Vec<(f64, String)> {
    let begin = scale.from.to_zoned(TimeZone::UTC).date();
    let is_short = scale.length < 75.0 * 86_400.0;
    let (step, format, first) = if is_short {
        let monday = i64::from(begin.weekday().to_monday_zero_offset());
        (7.days(), "%-d %b", begin.checked_sub(monday.days()))
    } else {
        (1.month(), "%b", Ok(begin.first_of_month()))
    };
    let mut found = Vec::new();
    let Ok(mut day) = first else { return found };
    for _ in 0..60 {
        let Ok(next) = day.checked_add(step) else { break };
        day = next;
        let Ok(at) = day.to_zoned(TimeZone::UTC).map(|day| day.timestamp()) else { break };
        let place = scale.place(at);
        if place > 92.0 {
            break;
        }
        found.push((place, day.strftime(format).to_string()));
    }
    let mut last = -APART;
    found.retain(|(place, _): &(f64, String)| {
        let has_room = place - last >= APART;
        last = if has_room { *place } else { last };
        has_room
    });
    found
}

fn draw(out: &mut String, scale: &Scale, case: &CaseLine, top: i64, now: Timestamp) {
    let from = case.opened.map_or(0.0, |opened| scale.place(opened));
    let to = scale.place(end(case, now));
    let (text, bar) = (top + 16, top + 24);
    let name = case.number.as_ref().map_or_else(|| case.case.to_string(), |number| format!("{number} ({})", case.case));
    let when = case.until.map_or("no date yet".to_owned(), |until| when(until, now));
    let class = if case.until.is_some() { "bar" } else { "bar open" };
    let _ = write!(
        out,
        "<text class=\"name\" x=\"0\" y=\"{text}\">{name}<tspan class=\"when\" dx=\"10\">{when}</tspan></text>\
         <rect class=\"{class}\" x=\"{from:.2}%\" y=\"{bar}\" width=\"{:.2}%\" height=\"12\" rx=\"3\"/>",
        (to - from).max(0.5)
    );
    if let Some(heard) = case.predisclosed {
        let heard = scale.place(heard);
        let _ = write!(
            out,
            "<rect class=\"bar heard\" x=\"{heard:.2}%\" y=\"{bar}\" width=\"{:.2}%\" height=\"12\" rx=\"3\"/>",
            (to - heard).max(0.5)
        );
    }
    if case.until.is_some() {
        let _ = write!(out, "<circle class=\"date\" cx=\"{to:.2}%\" cy=\"{}\" r=\"7\"/>", bar + 6);
    }
}

/// `1 Dec 12:00, in 9 days`.
fn when(until: Timestamp, now: Timestamp) -> String {
    let (civil, today) = (until.to_zoned(TimeZone::UTC), now.to_zoned(TimeZone::UTC));
    let format = if civil.year() == today.year() { "%-d %b %H:%M" } else { "%-d %b %Y" };
    let away = until.duration_since(now);
    let distance = match away.as_hours() {
        _ if away.is_negative() => "over".to_owned(),
        0 => "within the hour".to_owned(),
        hours @ 1..48 => format!("in {hours} h"),
        hours => format!("in {} days", hours / 24),
    };
    format!("{}, {distance}", civil.strftime(format))
}

#[cfg(test)]
mod tests;
