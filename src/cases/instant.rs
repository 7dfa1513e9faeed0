//! Reading an embargo instant, and saying it back so that nobody is a month off (T91).

use std::fmt;

use jiff::{SignedDuration, Timestamp, civil::Weekday, tz::TimeZone};

use crate::schedule::civil;

/// The text is no instant that we take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "Write the instant in UTC, as RFC 3339 has it with a `Z` at the end: 2026-03-17T12:00:00Z. No other zone, no shorter form."
)]
pub struct NotAnInstant;

/// Reads an instant: RFC 3339 section 5.6 with `Z` and nothing else, because a local time is what people get wrong. A fraction of a second is
/// read; a leap second is not, as it would come out a second early.
///
/// # Errors
/// [`NotAnInstant`], whose sentence shows the form.
pub fn parse_instant(text: &str) -> Result<Timestamp, NotAnInstant> {
    let upper = text.trim().to_ascii_uppercase();
    let (date_time, fraction) =
        upper.strip_suffix('Z').map(|rest| rest.split_once('.').unwrap_or((rest, "0"))).ok_or(NotAnInstant)?;
    let shape = "dddd-dd-ddTdd:dd:dd";
    let fits = |(found, wanted): (char, char)| if wanted == 'd' { found.is_ascii_digit() } else { found == wanted };
    let in_shape = date_time.len() == shape.len() && date_time.chars().zip(shape.chars()).all(fits);
    let digits = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !in_shape || !digits || date_time.ends_with(":60") {
        return Err(NotAnInstant);
    }
    upper.parse().map_err(|_| NotAnInstant)
}

/// What looks odd about an instant. None of it forbids anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstantWarning {
    /// Most advisories come out on a Tuesday.
    NotTuesday(Weekday),
    /// They come out at 12:00 UTC, or at 17:00 UTC with hardware vendors.
    UnusualHour,
    /// Fewer than seven days away.
    Soon,
    /// More than 35 days away.
    Far,
}

impl fmt::Display for InstantWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InstantWarning::NotTuesday(day) => write!(f, "It is a {}, not a Tuesday.", weekday(*day)),
            InstantWarning::UnusualHour => f.write_str("It is neither 12:00 nor 17:00 UTC."),
            InstantWarning::Soon => f.write_str("It is less than 7 days away."),
            InstantWarning::Far => f.write_str("It is more than 35 days away."),
        }
    }
}

/// An instant said back: weekday, distance, local times, and what looks odd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Echo {
    /// `Tuesday 2026-03-17 12:00 UTC`.
    pub utc: String,
    /// `in 8 days and 3 hours`.
    pub distance: String,
    /// The same instant in each zone, in the order given.
    pub local: Vec<String>,
    /// What looks odd.
    pub warnings: Vec<InstantWarning>,
}

impl Echo {
    /// Says `until` back as seen from `now`, in the zones of the team.
    pub fn of(until: Timestamp, now: Timestamp, zones: &[TimeZone]) -> Self {
        let away = until.duration_since(now);
        let datetime = TimeZone::UTC.to_datetime(until);
        let day = SignedDuration::from_hours(24);
        let on_the_hour = (datetime.minute(), datetime.second(), datetime.subsec_nanosecond()) == (0, 0, 0);
        let checks = [
            (datetime.weekday() != Weekday::Tuesday, InstantWarning::NotTuesday(datetime.weekday())),
            (!(on_the_hour && matches!(datetime.hour(), 12 | 17)), InstantWarning::UnusualHour),
            (away < day * 7, InstantWarning::Soon),
            (away > day * 35, InstantWarning::Far),
        ];
        Self {
            utc: civil(until, &TimeZone::UTC),
            distance: distance(away),
            local: zones.iter().map(|zone| civil(until, zone)).collect(),
            warnings: checks.into_iter().filter(|(is_odd, _)| *is_odd).map(|(_, warning)| warning).collect(),
        }
    }
}

impl fmt::Display for Echo {
    /// One fact a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}.", self.utc, self.distance)?;
        for local in &self.local {
            write!(f, "\n{local}")?;
        }
        for warning in &self.warnings {
            write!(f, "\n{warning}")?;
        }
        Ok(())
    }
}

/// `in 8 days and 3 hours`, `in 45 minutes`, `2 hours ago`. Rounded down: what is left is never less than said.
pub fn distance(away: SignedDuration) -> String {
    let minutes = away.as_mins().unsigned_abs();
    let (days, hours) = (minutes / 1440, minutes / 60 % 24);
    let unit = |count: u64, name: &str| format!("{count} {name}{}", if count == 1 { "" } else { "s" });
    let amount = match (days, hours) {
        (0, 0) => unit(minutes, "minute"),
        (0, _) => unit(hours, "hour"),
        (_, 0) => unit(days, "day"),
        _ => format!("{} and {}", unit(days, "day"), unit(hours, "hour")),
    };
    if away.is_negative() { format!("{amount} ago") } else { format!("in {amount}") }
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}
