use jiff::{
    SignedDuration, Timestamp, ToSpan as _,
    civil::{Date, Time, Weekday, date, time},
    tz::TimeZone,
};
use proptest::prelude::*;

use super::{Calendar, CalendarError, OfficeHours, Promise, Retry, Targets, civil, civil_date};

const NINE_TO_FIVE: OfficeHours = OfficeHours { start: time(9, 0, 0, 0), end: time(17, 0, 0, 0) };
const WEEK: [Weekday; 5] = [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Europe/London as a POSIX rule, so that the test needs no tz database.
fn london() -> TimeZone {
    TimeZone::posix("GMT0BST,M3.5.0/1,M10.5.0").unwrap()
}

fn calendar(zone: TimeZone, holidays: &[Date]) -> Calendar {
    Calendar::new(zone, WEEK, holidays.iter().copied(), NINE_TO_FIVE).unwrap()
}

#[test]
fn p41_a_report_of_friday_afternoon_is_due_next_friday() {
    let london = calendar(london(), &[]);
    // Friday 2026-03-13 17:30 GMT.
    assert_eq!(london.add_working_days(at("2026-03-13T17:30:00Z"), 5), at("2026-03-20T17:30:00Z"));
}

#[test]
fn the_time_of_day_survives_the_change_of_the_clocks() {
    let london = calendar(london(), &[]);
    // The clocks go forward on Sunday 2026-03-29 at 01:00 UTC and back on 2026-10-25.
    assert_eq!(london.add_working_days(at("2026-03-27T17:30:00Z"), 5), at("2026-04-03T16:30:00Z"));
    assert_eq!(london.add_working_days(at("2026-10-23T16:30:00Z"), 5), at("2026-10-30T17:30:00Z"));
}

#[test]
fn a_time_that_does_not_exist_is_the_one_after_the_jump() {
    let all_week = [Weekday::Saturday, Weekday::Sunday];
    let weekend = Calendar::new(london(), all_week, [], NINE_TO_FIVE).unwrap();
    // Saturday 01:30 GMT plus one day: Sunday 01:30 does not exist, 02:30 BST does.
    assert_eq!(weekend.add_working_days(at("2026-03-28T01:30:00Z"), 1), at("2026-03-29T01:30:00Z"));
    // Saturday 01:30 BST plus one day: Sunday 01:30 exists twice, the first counts.
    assert_eq!(weekend.add_working_days(at("2026-10-24T00:30:00Z"), 1), at("2026-10-25T00:30:00Z"));
}

#[test]
fn p27_two_working_weeks_before_the_embargo_ends() {
    let embargo = at("2026-03-19T12:00:00Z");
    assert_eq!(calendar(TimeZone::UTC, &[]).subtract_working_days(embargo, 10), at("2026-03-05T12:00:00Z"));
    let holiday = date(2026, 3, 17);
    assert_eq!(calendar(TimeZone::UTC, &[holiday]).subtract_working_days(embargo, 10), at("2026-03-04T12:00:00Z"));
}

#[test]
fn p43_predisclosed_on_monday_public_two_mondays_later() {
    let utc = calendar(TimeZone::UTC, &[]);
    assert_eq!(utc.add_working_days(at("2026-03-02T12:00:00Z"), 10), at("2026-03-16T12:00:00Z"));
}

#[test]
fn free_days_are_rolled_over() {
    let easter = calendar(TimeZone::UTC, &[date(2026, 4, 3), date(2026, 4, 6)]);
    let table = [
        // From, working days, then.
        ("2026-04-04T10:00:00Z", 0, "2026-04-07T10:00:00Z"), // Saturday: Tuesday, as Monday is free
        ("2026-04-04T10:00:00Z", 1, "2026-04-08T10:00:00Z"),
        ("2026-04-02T10:00:00Z", 0, "2026-04-02T10:00:00Z"), // Maundy Thursday is a working day
        ("2026-04-02T10:00:00Z", 1, "2026-04-07T10:00:00Z"),
        ("2026-04-01T10:00:00Z", 5, "2026-04-10T10:00:00Z"),
    ];
    for (from, days, then) in table {
        assert_eq!(easter.add_working_days(at(from), days), at(then), "{from} + {days}");
    }
    assert_eq!(easter.subtract_working_days(at("2026-04-06T10:00:00Z"), 0), at("2026-04-02T10:00:00Z"));
    assert_eq!(easter.add_working_days(at("2026-04-02T22:00:00Z"), 1), at("2026-04-07T22:00:00Z"));
}

#[test]
fn office_time_begins_when_somebody_is_there() {
    let london = calendar(london(), &[date(2026, 4, 6)]);
    let table = [
        ("2026-04-02T07:59:59Z", "2026-04-02T08:00:00Z"), // 08:59:59 BST
        ("2026-04-02T08:00:00Z", "2026-04-02T08:00:00Z"),
        ("2026-04-02T12:34:56Z", "2026-04-02T12:34:56Z"),
        ("2026-04-02T16:00:00Z", "2026-04-03T08:00:00Z"), // 17:00 is after hours
        ("2026-04-03T20:00:00Z", "2026-04-07T08:00:00Z"), // Friday evening before a free Monday
        ("2026-04-05T12:00:00Z", "2026-04-07T08:00:00Z"),
    ];
    for (now, next) in table {
        assert_eq!(london.next_office_time(at(now)), at(next), "{now}");
    }
}

#[test]
fn a_report_gets_its_three_dates() {
    let promise = Promise::for_report(at("2026-03-13T17:30:00Z"), &calendar(TimeZone::UTC, &[]), Targets::default());
    assert_eq!(
        promise,
        Promise {
            look_by: at("2026-03-16T17:30:00Z"),
            predisclosure: at("2026-03-20T17:30:00Z"),
            publication: at("2026-04-03T17:30:00Z"),
        }
    );
}

#[test]
fn a_calendar_without_sense_is_refused() {
    let no_day = Calendar::new(TimeZone::UTC, [], [], NINE_TO_FIVE);
    assert_eq!(no_day.unwrap_err(), CalendarError::NoWorkingDay);
    let night = OfficeHours { start: time(22, 0, 0, 0), end: time(6, 0, 0, 0) };
    assert_eq!(Calendar::new(TimeZone::UTC, WEEK, [], night).unwrap_err(), CalendarError::Hours);
}

#[test]
fn the_default_calendar_is_the_one_documented() {
    let calendar = Calendar::default();
    assert_eq!(calendar.hours(), NINE_TO_FIVE);
    assert_eq!(calendar.working_days(), WEEK);
    assert_eq!(calendar.zone(), &TimeZone::UTC);
    assert!(calendar.holidays().is_empty());
}

#[test]
fn people_read_the_weekday_and_utc() {
    let release = at("2026-04-28T12:00:00Z");
    assert_eq!(civil(release, &TimeZone::UTC), "Tuesday 2026-04-28 12:00 UTC");
    assert_eq!(civil(release, &london()), "Tuesday 2026-04-28 13:00 BST (12:00 UTC)");
    assert_eq!(civil(at("2026-01-06T12:00:00Z"), &london()), "Tuesday 2026-01-06 12:00 GMT (12:00 UTC)");
    let tokyo = TimeZone::posix("JST-9").unwrap();
    assert_eq!(civil(at("2026-04-28T17:00:00Z"), &tokyo), "Wednesday 2026-04-29 02:00 JST (2026-04-28 17:00 UTC)");
    assert_eq!(civil_date(at("2026-04-28T17:00:00Z"), &tokyo), "Wednesday 2026-04-29");
}

#[test]
fn the_end_of_the_calendar_is_no_panic() {
    let utc = calendar(TimeZone::UTC, &[]);
    assert_eq!(utc.add_working_days(Timestamp::MAX, 10), Timestamp::MAX);
    assert_eq!(utc.subtract_working_days(Timestamp::MIN, 100), Timestamp::MIN);
    let _ = utc.next_office_time(Timestamp::MAX);
}

#[test]
fn a_retry_waits_as_long_as_it_has_waited() {
    let retry = Retry::default();
    let first = at("2026-03-02T12:00:00Z");
    let table = [
        ("2026-03-02T12:00:00Z", Some("2026-03-02T12:05:00Z")),
        ("2026-03-02T12:05:00Z", Some("2026-03-02T12:10:00Z")),
        ("2026-03-02T12:10:00Z", Some("2026-03-02T12:20:00Z")),
        ("2026-03-02T14:00:00Z", Some("2026-03-02T16:00:00Z")),
        ("2026-03-03T12:00:00Z", Some("2026-03-03T16:00:00Z")), // never longer than 4 hours
        ("2026-03-07T09:00:00Z", Some("2026-03-07T12:00:00Z")), // the last attempt, 5 days after the first
        ("2026-03-07T12:00:00Z", None),
        ("2027-03-07T12:00:00Z", None),
        ("2026-03-01T12:00:00Z", Some("2026-03-01T12:05:00Z")), // the clock was put back
    ];
    for (now, next) in table {
        assert_eq!(retry.next_attempt(first, at(now)), next.map(at), "{now}");
    }
}

fn instants() -> impl Strategy<Value = Timestamp> {
    // 2020 to 2040.
    (1_577_836_800_i64..2_208_988_800).prop_map(|second| Timestamp::from_second(second).unwrap())
}

fn zones() -> impl Strategy<Value = TimeZone> {
    prop_oneof![Just(london()), Just(TimeZone::UTC), Just(TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap())]
}

fn holidays() -> impl Strategy<Value = Vec<Date>> {
    proptest::collection::vec((0_i64..7300).prop_map(|day| date(2020, 1, 1).saturating_add(day.days())), 0..400)
}

proptest! {
    #[test]
    fn a_sum_is_a_working_day_at_the_same_time_of_day(from in instants(), zone in zones(), free in holidays(), days in 0_u32..60) {
        let calendar = calendar(zone.clone(), &free);
        let then = calendar.add_working_days(from, days).to_zoned(zone.clone());
        let start = from.to_zoned(zone);
        prop_assert!(calendar.works_on(then.date()));
        prop_assert!(then.date() >= start.date());
        // Only in the hour that the clocks skip does the time of day move.
        let skipped = Time::midnight() + 4.hours();
        prop_assert!(then.time() == start.time() || then.time() < skipped);
        // Exactly that many working days lie between.
        let first = if calendar.works_on(start.date()) { start.date().tomorrow().unwrap() } else { start.date() };
        let between = first.series(1.day()).take_while(|date| *date <= then.date()).filter(|date| calendar.works_on(*date)).count();
        let rolled = u32::from(!calendar.works_on(start.date()));
        prop_assert_eq!(between, usize::try_from(days + rolled).unwrap());
    }

    #[test]
    fn subtracting_undoes_adding_from_a_working_day(from in instants(), free in holidays(), days in 0_u32..60) {
        let utc = calendar(TimeZone::UTC, &free);
        let start = utc.add_working_days(from, 0);
        prop_assert_eq!(utc.subtract_working_days(utc.add_working_days(start, days), days), start);
    }

    #[test]
    fn later_reports_are_never_due_earlier(one in instants(), other in instants(), zone in zones(), free in holidays()) {
        let calendar = calendar(zone, &free);
        let (early, late) = (one.min(other), one.max(other));
        // A free day rolls forward at its own time of day, so compare what starts on working days.
        let (early, late) = (calendar.next_office_time(early), calendar.next_office_time(late));
        prop_assert!(early <= late);
        prop_assert!(calendar.add_working_days(early, 5) <= calendar.add_working_days(late, 5));
    }

    #[test]
    fn office_time_is_office_time(from in instants(), zone in zones(), free in holidays()) {
        let calendar = calendar(zone.clone(), &free);
        let next = calendar.next_office_time(from);
        let local = next.to_zoned(zone);
        prop_assert!(next >= from);
        prop_assert!(calendar.works_on(local.date()));
        prop_assert!((NINE_TO_FIVE.start..NINE_TO_FIVE.end).contains(&local.time()));
        prop_assert_eq!(calendar.next_office_time(next), next);
    }

    #[test]
    fn a_retry_comes_soon_and_ends(first in instants(), age in 0_i64..500_000) {
        let retry = Retry::default();
        let now = first + SignedDuration::from_secs(age);
        match retry.next_attempt(first, now) {
            None => prop_assert!(age >= 432_000),
            Some(next) => {
                let pause = next.duration_since(now);
                prop_assert!(pause > SignedDuration::ZERO && pause <= retry.longest);
                prop_assert!(next.duration_since(first) <= retry.give_up);
            }
        }
    }
}
