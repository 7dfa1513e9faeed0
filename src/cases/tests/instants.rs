use jiff::tz::TimeZone;

use super::*;

#[test]
fn only_rfc_3339_with_z_is_an_instant() {
    let good = [
        ("2026-03-17T12:00:00Z", "2026-03-17T12:00:00Z"),
        (" 2026-03-17t12:00:00z ", "2026-03-17T12:00:00Z"),
        ("2026-03-17T12:00:00.5Z", "2026-03-17T12:00:00.5Z"),
        ("2028-02-29T23:59:59Z", "2028-02-29T23:59:59Z"),
    ];
    for (text, meant) in good {
        assert_eq!(parse_instant(text), Ok(at(meant)), "{text}");
    }
    let bad = [
        "",
        "tomorrow",
        "2026-03-17",
        "2026-03-17T12:00Z",
        "2026-03-17T12Z",
        "2026-03-17 12:00:00Z",
        "2026-03-17T12:00:00",
        "2026-03-17T12:00:00+00:00",
        "2026-03-17T13:00:00+01:00",
        "2026-03-17T12:00:00 UTC",
        "2026-03-17T12:00:00Z[UTC]",
        "2026-3-17T12:00:00Z",
        "20260317T120000Z",
        "2026-W12-2T12:00:00Z",
        "+002026-03-17T12:00:00Z",
        "2026-02-30T12:00:00Z",
        "2026-13-17T12:00:00Z",
        "2026-03-17T24:00:00Z",
        "2026-03-17T12:00:60Z",
        "2026-03-17T12:00:00.Z",
        "2026-03-17T12:00:00.1234567890Z",
        "2026-03-17T12:00:00,5Z",
        "2026−03−17T12:00:00Z",
        "２026-03-17T12:00:00Z",
        "2026-03-17T12:00:00Z2026-03-17T12:00:00Z",
    ];
    for text in bad {
        assert_eq!(parse_instant(text), Err(NotAnInstant), "{text}");
    }
    assert_eq!(
        NotAnInstant.to_string(),
        "Write the instant in UTC, as RFC 3339 has it with a `Z` at the end: 2026-03-17T12:00:00Z. No other zone, no shorter form."
    );
}

#[test]
fn t91_an_instant_is_said_back_with_what_looks_odd() {
    let now = at("2026-03-02T09:00:00Z");
    // Written as POSIX rules, so that the test needs no tz database.
    let zones = [TimeZone::posix("GMT0BST,M3.5.0/1,M10.5.0").unwrap(), TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()];
    let usual = Echo::of(at("2026-03-31T12:00:00Z"), now, &zones);
    assert_eq!(
        usual.to_string(),
        "Tuesday 2026-03-31 12:00 UTC, in 29 days and 3 hours.\n\
         Tuesday 2026-03-31 13:00 BST (12:00 UTC)\n\
         Tuesday 2026-03-31 14:00 CEST (12:00 UTC)"
    );
    assert_eq!(usual.warnings, []);
    let month_off = Echo::of(at("2026-04-30T23:30:00Z"), now, &zones[1..]);
    assert_eq!(
        month_off.to_string(),
        "Thursday 2026-04-30 23:30 UTC, in 59 days and 14 hours.\n\
         Friday 2026-05-01 01:30 CEST (2026-04-30 23:30 UTC)\n\
         It is a Thursday, not a Tuesday.\n\
         It is neither 12:00 nor 17:00 UTC.\n\
         It is more than 35 days away."
    );
    let table = [
        ("2026-03-09T09:00:00Z", "in 7 days"),
        ("2026-03-03T09:00:00Z", "in 1 day"),
        ("2026-03-02T10:59:59Z", "in 1 hour"),
        ("2026-03-02T09:01:00Z", "in 1 minute"),
        ("2026-03-02T07:00:00Z", "2 hours ago"),
    ];
    for (until, distance) in table {
        assert_eq!(Echo::of(at(until), now, &[]).distance, distance);
    }
    let warnings = |until: &str| Echo::of(at(until), now, &[]).warnings;
    assert_eq!(warnings("2026-03-10T17:00:00Z"), []);
    assert_eq!(warnings("2026-03-03T12:00:00Z"), [InstantWarning::Soon]);
    assert_eq!(warnings("2026-03-10T12:00:01Z"), [InstantWarning::UnusualHour]);
    assert_eq!(warnings("2026-04-07T12:00:00Z"), [InstantWarning::Far]);
}
