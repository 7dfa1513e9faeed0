//! Which days and hours the team works.

use std::collections::BTreeSet;

use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};

/// The team's working days.
#[derive(Debug, Clone)]
pub struct Calendar {
    zone: TimeZone,
    working_days: Vec<Weekday>,
    holidays: BTreeSet<Date>,
    hours: OfficeHours,
}

/// The part of a working day in which somebody can be expected to look at mail, local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfficeHours {
    /// The first instant.
    pub start: Time,
    /// The first instant after it, on the same day.
    pub end: Time,
}

/// Why a calendar makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// Not one working day.
    #[error("at least one day of the week must be a working day")]
    NoWorkingDay,
    /// Office hours that end before they begin.
    #[error("office hours must begin before they end, on the same day")]
    Hours,
}

impl Calendar {
    /// The calendar of a team.
    ///
    /// # Errors
    /// [`CalendarError`] when no day is a working day or the office hours are empty.
    pub fn new(
        zone: TimeZone,
        working_days: impl IntoIterator<Item = Weekday>,
        holidays: impl IntoIterator<Item = Date>,
        hours: OfficeHours,
    ) -> Result<Self, CalendarError> {
        let working_days: Vec<Weekday> = working_days.into_iter().collect();
        if working_days.is_empty() {
            return Err(CalendarError::NoWorkingDay);
        }
        if hours.start >= hours.end {
            return Err(CalendarError::Hours);
        }
        Ok(Self { zone, working_days, holidays: holidays.into_iter().collect(), hours })
    }

    /// The zone in which the days are counted.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The days of the week on which the team works.
    pub fn working_days(&self) -> &[Weekday] {
        &self.working_days
    }

    /// The dates on which it does not.
    pub fn holidays(&self) -> &BTreeSet<Date> {
        &self.holidays
    }

    /// When it works on a working day.
    pub fn hours(&self) -> OfficeHours {
        self.hours
    }

    /// Whether the team works on that date.
    pub fn works_on(&self, date: Date) -> bool {
        self.working_days.contains(&date.weekday()) && !self.holidays.contains(&date)
    }

    /// `days` working days later, at the same local time of day. A start on a free day counts from the next working day.
    pub fn add_working_days(&self, from: Timestamp, days: u32) -> Timestamp {
        self.walk(from, days, Date::tomorrow)
    }

    /// `days` working days earlier, at the same local time of day. A start on a free day counts from the working day before it.
    pub fn subtract_working_days(&self, from: Timestamp, days: u32) -> Timestamp {
        self.walk(from, days, Date::yesterday)
    }

    /// `at` itself within office hours, else when they begin next.
    pub fn next_office_time(&self, at: Timestamp) -> Timestamp {
        let local = at.to_zoned(self.zone.clone());
        let (date, time) = (local.date(), local.time());
        if self.works_on(date) && time < self.hours.end {
            return if time >= self.hours.start { at } else { self.instant(date, self.hours.start).unwrap_or(at) };
        }
        date.tomorrow()
            .ok()
            .and_then(|next| self.working_day(next, Date::tomorrow))
            .and_then(|next| self.instant(next, self.hours.start))
            .unwrap_or(at)
    }

    fn walk(&self, from: Timestamp, days: u32, step: Step) -> Timestamp {
        let local = from.to_zoned(self.zone.clone());
        let mut date = self.working_day(local.date(), step);
        for _ in 0..days {
            date = date.and_then(|date| step(date).ok()).and_then(|date| self.working_day(date, step));
        }
        date.and_then(|date| self.instant(date, local.time())).unwrap_or(from)
    }

    /// The date itself or the nearest working day in the direction of `step`; `None` at the end of the calendar.
    fn working_day(&self, mut date: Date, step: Step) -> Option<Date> {
        while !self.works_on(date) {
            date = step(date).ok()?;
        }
        Some(date)
    }

    /// The instant of a local time. A time that the clocks jump over stands for the one as long after the jump; of a repeated one the
    /// first counts (RFC 5545 3.3.5).
    fn instant(&self, date: Date, time: Time) -> Option<Timestamp> {
        self.zone.to_ambiguous_timestamp(date.to_datetime(time)).compatible().ok()
    }
}

type Step = fn(Date) -> Result<Date, jiff::Error>;

impl Default for Calendar {
    /// Monday to Friday, nine to five, UTC, no holidays.
    fn default() -> Self {
        let nine = Time::midnight().wrapping_add(9.hours());
        Self {
            zone: TimeZone::UTC,
            working_days: vec![Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday],
            holidays: BTreeSet::new(),
            hours: OfficeHours { start: nine, end: nine.wrapping_add(8.hours()) },
        }
    }
}
