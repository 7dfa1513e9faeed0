use jiff::{SignedDuration, Timestamp, civil::date};

use super::{Told, Written};

fn told(events: i64) -> Told {
    Told { events, organisations: None, edition: 1, month: date(2026, 11, 1) }
}

#[test]
fn pages_are_written_at_a_start_and_when_what_they_tell_has_changed() {
    let (written, now) = (Written::default(), "2026-11-22T12:00:00Z".parse::<Timestamp>().unwrap());
    assert!(written.needs(&told(1), now), "after a start nobody knows");
    written.is(told(1));
    assert!(!written.needs(&told(1), now));
    assert!(written.needs(&told(2), now));
    assert!(written.needs(&Told { month: date(2026, 12, 1), ..told(1) }, now), "security.txt expires");
}

#[test]
fn pages_that_cannot_be_written_are_tried_again_every_quarter_of_an_hour_or_when_something_changes() {
    let (written, now) = (Written::default(), "2026-11-22T12:00:00Z".parse::<Timestamp>().unwrap());
    written.is(told(1));
    written.failed(told(2), now);
    let later = |minutes: i64| now + SignedDuration::from_mins(minutes);
    assert!(!written.needs(&told(2), later(14)));
    assert!(written.needs(&told(2), later(15)));
    assert!(written.needs(&told(2), later(-1)), "a clock that was set back");
    assert!(written.needs(&told(3), later(1)));
    assert!(!written.needs(&told(1), later(1)), "what is there is what is so again");
}
