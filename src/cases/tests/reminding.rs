use jiff::{
    civil::{Time, date},
    tz::TimeZone,
};

use super::*;
use crate::schedule::{Calendar, OfficeHours};

/// What is due of that kind.
fn keys(story: &Story, kind: &str) -> Vec<String> {
    let of_kind = |due: &Due| due.what.kind() == kind;
    due(&story.file, story.now, &story.standards).into_iter().filter(of_kind).map(|due| due.key).collect()
}

/// Nothing of the kind is due at the first instant, and the keys are due at the second.
fn comes(story: &mut Story, kind: &str, before: &str, then: &str, expected: &[&str]) {
    assert_eq!(keys(story.at(before), kind), [""; 0], "{kind} at {before}");
    assert_eq!(keys(story.at(then), kind), expected, "{kind} at {then}");
}

#[test]
fn a6_an_unclaimed_case_is_called_in_mind_each_working_day() {
    let mut story = Story::begins();
    comes(&mut story, "unclaimed", "2026-03-03T08:59:59Z", "2026-03-03T09:00:00Z", &["unclaimed::1"]);
    let whom = |story: &Story| due(&story.file, story.now, &story.standards)[0].to;
    assert_eq!(whom(&story), RemindWhom::Team);
    assert_eq!(keys(story.at("2026-03-04T09:00:00Z"), "unclaimed"), ["unclaimed::2"]);
    assert_eq!(whom(&story), RemindWhom::Everyone, "on the second day the contact outside the mailbox too");
    story.mona(CLAIM);
    assert_eq!(keys(&story, "unclaimed"), [""; 0]);
}

#[test]
fn p41_two_days_before_the_members_should_hear_and_after() {
    // Arrival Monday 2026-03-02 09:00: the target is the next Monday.
    let mut story = Story::embargoed();
    let soon = "predisclosure-soon:2026-03-09T09:00:00Z";
    comes(&mut story, "predisclosure-soon", "2026-03-04T16:59:59Z", "2026-03-05T09:00:00Z", &[soon]);
    let overdue = "predisclosure-overdue:2026-03-09T09:00:00Z";
    let first = format!("{overdue}:1");
    comes(&mut story, "predisclosure-overdue", "2026-03-06T16:00:00Z", "2026-03-09T09:00:00Z", &[&first]);
    assert_eq!(keys(&story, "predisclosure-soon"), [""; 0]);
    assert_eq!(keys(story.at("2026-03-10T16:00:00Z"), "predisclosure-overdue"), [first]);
    assert_eq!(keys(story.at("2026-03-11T09:00:00Z"), "predisclosure-overdue"), [format!("{overdue}:2")]);
    let mut told = Story::predisclosed();
    assert_eq!(keys(told.at("2026-03-11T09:00:00Z"), "predisclosure-overdue"), [""; 0]);
}

/// P27: embargo Thursday 2026-03-19, holiday list empty: 2026-03-05; with a holiday in between: 2026-03-04.
#[test]
fn p27_no_patch_two_working_weeks_before_the_instant() {
    let mut story = Story::confirmed();
    story.mona(public(Publicity::No));
    story.mona(embargo("2026-03-19T12:00:00Z", "a Thursday"));
    let key = "patch-late:2026-03-19T12:00:00Z";
    let mut with_holiday = story.clone();
    comes(&mut story, "patch-late", "2026-03-05T11:59:59Z", "2026-03-05T12:00:00Z", &[key]);
    let hours = OfficeHours { start: Time::constant(9, 0, 0, 0), end: Time::constant(17, 0, 0, 0) };
    let days = Calendar::default().working_days().to_vec();
    with_holiday.standards.calendar = Calendar::new(TimeZone::UTC, days, [date(2026, 3, 17)], hours).unwrap();
    comes(&mut with_holiday, "patch-late", "2026-03-04T11:59:59Z", "2026-03-04T12:00:00Z", &[key]);
    // With the patch for every branch there is nothing to say; the reminder names what lacks (P19).
    story.standards.branches = vec!["4.17".to_owned(), "4.20".to_owned()];
    story.mona(Request::PatchComplete { branches: set(&["4.20"]) });
    let missing = due(&story.file, story.now, &story.standards).into_iter().find_map(|due| match due.what {
        Reminder::PatchLate(missing) => Some(missing),
        _ => None,
    });
    assert_eq!(missing, Some(vec!["4.17".to_owned()]));
    story.mona(Request::PatchComplete { branches: set(&["4.17"]) });
    assert_eq!(keys(&story, "patch-late"), [""; 0]);
}

#[test]
fn p28_members_hold_less_than_we_have() {
    let mut story = Story::predisclosed();
    let patch = Patch { name: "fix.patch".to_owned(), sha256: Digest::of(b"fix"), branch: None, author: None, checked_by: None };
    assert_eq!(keys(&story, "members-hold-old-patch"), [""; 0]);
    story.at("2026-03-10T10:00:00Z").daemon(Request::RegisterPatch { patch });
    // Within one tick.
    assert_eq!(keys(&story, "members-hold-old-patch"), ["members-hold-old-patch:2026-03-10T10:00:00Z:1"]);
    story.at("2026-03-11T10:00:00Z").mona(Request::Register { revision: for_members(2, DEFAULT) });
    assert_eq!(keys(&story, "members-hold-old-revision"), ["members-hold-old-revision:2026-03-11T10:00:00Z:1"]);
    assert_eq!(
        keys(story.at("2026-03-12T10:00:00Z"), "members-hold-old-revision"),
        ["members-hold-old-revision:2026-03-11T10:00:00Z:2"]
    );
    story.mona(Request::Predisclose { version: 2 });
    assert_eq!(story.file.members_lag(), None);
    story.mona(embargo("2026-03-30T12:00:00Z", "later"));
    story.otto(SECOND);
    assert_eq!(keys(&story, "members-hold-old-instant"), ["members-hold-old-instant:2026-03-12T10:00:00Z:1"]);
}

#[test]
fn c4_five_two_one_and_no_days_before_the_release() {
    let mut story = Story::predisclosed();
    let kind = "before-release";
    comes(&mut story, kind, "2026-03-16T11:59:59Z", "2026-03-16T12:00:00Z", &["before-release:2026-03-23T12:00:00Z:5"]);
    let table =
        [("2026-03-19T11:59:59Z", 5), ("2026-03-19T12:00:00Z", 2), ("2026-03-20T12:00:00Z", 1), ("2026-03-23T09:00:00Z", 0)];
    for (now, days) in table {
        assert_eq!(keys(story.at(now), kind), [format!("before-release:2026-03-23T12:00:00Z:{days}")], "{now}");
    }
    assert_eq!(keys(story.at(DEFAULT), kind), [""; 0]);
    // Who sets a date three days away knows that it is less than five; another date begins anew.
    let mut short = Story::predisclosed();
    short.mona(embargo("2026-03-12T12:00:00Z", "the discoverer asks"));
    assert_eq!(keys(&short, kind), [""; 0]);
    assert_eq!(keys(short.at("2026-03-10T12:00:00Z"), kind), ["before-release:2026-03-12T12:00:00Z:2"]);
}

#[test]
fn p14_the_cve_number_is_asked_after_every_other_day() {
    let mut story = Story::confirmed();
    story.mona(Request::CveRequest);
    let first = "cve-missing:2026-03-02T09:00:00Z:1";
    comes(&mut story, "cve-missing", "2026-03-04T08:59:59Z", "2026-03-04T09:00:00Z", &[first]);
    let found = due(&story.file, story.now, &story.standards);
    assert!(found.iter().any(|due| due.key == first && due.to == RemindWhom::Owner));
    assert_eq!(keys(story.at("2026-03-06T09:00:00Z"), "cve-missing"), ["cve-missing:2026-03-02T09:00:00Z:2"]);
    story.mona(Request::CveNone);
    assert_eq!(keys(&story, "cve-missing"), [""; 0]);
}

#[test]
fn p17_a_silent_contact_after_three_days_and_then_each_week() {
    let mut story = Story::confirmed();
    let contact = address("psirt@vendor.example");
    story.mona(Request::Involve { address: contact.clone(), role: InvolvedRole::Vendor });
    let serial = story.file.version();
    let key = |times: u32| format!("contact-silent:{serial}:{times}");
    comes(&mut story, "contact-silent", "2026-03-05T08:59:59Z", "2026-03-05T09:00:00Z", &[&key(1)]);
    assert_eq!(keys(story.at("2026-03-11T16:59:59Z"), "contact-silent"), [key(1)]);
    assert_eq!(keys(story.at("2026-03-12T09:00:00Z"), "contact-silent"), [key(2)]);
    story.daemon(Request::Heard { address: contact });
    assert_eq!(keys(&story, "contact-silent"), [""; 0]);
}

#[test]
fn p55_a_consultation_is_called_in_mind_before_and_after_its_deadline() {
    let mut story = Story::predisclosed();
    story.mona(Request::Consult {
        member: "Example Cloud".to_owned(),
        question: "May we?".to_owned(),
        owner: None,
        deadline: at("2026-03-12T12:00:00Z"),
    });
    let key = |times: u32| format!("consultation:1:2026-03-12T12:00:00Z:{times}");
    comes(&mut story, "consultation", "2026-03-11T11:59:59Z", "2026-03-11T12:00:00Z", &[&key(0)]);
    assert_eq!(keys(story.at("2026-03-12T12:00:00Z"), "consultation"), [key(1)]);
    assert_eq!(keys(story.at("2026-03-13T12:00:00Z"), "consultation"), [key(2)]);
    story.mona(Request::Answer { consultation: 1, answer: "You may.".to_owned() });
    assert_eq!(keys(&story, "consultation"), [""; 0]);
}

#[test]
fn p42_on_the_third_day_the_checklist() {
    let mut story = Story::confirmed();
    comes(&mut story, "mid-week", "2026-03-05T08:59:59Z", "2026-03-05T09:00:00Z", &["mid-week:"]);
    let found = due(&story.file, story.now, &story.standards);
    let list = found.iter().find_map(|due| if let Reminder::MidWeek(list) = &due.what { Some(list.clone()) } else { None });
    let list: Vec<String> = list.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        list,
        [
            "is it public? (`public yes|no|unknown`)",
            "it has no number (`xsa next`)",
            "the CVE number is open (`cve requested|assigned|none`)",
            "no patch is complete (`patch complete`)",
            "no advisory is registered (`register`)",
        ]
    );
}

#[test]
fn p30_unarmed_after_the_instant_every_quarter_of_an_hour_at_any_hour() {
    let mut story = Story::predisclosed();
    story.at("2026-03-20T10:00:00Z").mona(Request::Register { revision: for_public(2) });
    story.mona(Request::Snooze { until: at("2026-03-27T10:00:00Z") });
    story.at("2026-03-22T13:00:00Z").mona(Request::Arm);
    let key = |quarter: u32| format!("unarmed:2026-03-23T12:00:00Z:{quarter}");
    comes(&mut story, "unarmed", "2026-03-23T11:59:59Z", DEFAULT, &[&key(0)]);
    assert_eq!(keys(story.at("2026-03-23T12:14:59Z"), "unarmed"), [key(0)]);
    assert_eq!(keys(story.at("2026-03-23T12:15:00Z"), "unarmed"), [key(1)]);
    // Night, and still snoozed: nothing else is due.
    assert_eq!(story.at("2026-03-24T02:01:00Z").due(), [key(56)]);
    let alarm = &due(&story.file, story.now, &story.standards)[0];
    assert_eq!((alarm.to, alarm.hours, alarm.at), (RemindWhom::Everyone, RemindWhen::AnyHour, at("2026-03-24T02:00:00Z")));
    // Armed by two it goes out; if it does not within a quarter of an hour, the alarm goes on.
    story.at("2026-03-24T02:01:00Z").mona(Request::Disarm { cause: DisarmCause::Person });
    story.mona(Request::Arm);
    story.otto(Request::Arm);
    assert_eq!(story.due(), [""; 0]);
    assert_eq!(story.at("2026-03-24T02:15:59Z").due(), [""; 0]);
    assert_eq!(story.at("2026-03-24T02:16:00Z").due(), [key(57)]);
    story.daemon(Request::Begin);
    assert_eq!(story.due(), [""; 0]);
}

#[test]
fn p46_what_is_leaked_and_not_published_alarms_as_well() {
    let mut story = Story::predisclosed();
    story.at("2026-03-14T22:00:00Z").mona(end(EarlyEnd::Leaked));
    assert_eq!(story.due(), [""; 0]);
    story.otto(SECOND);
    assert_eq!(story.due(), ["unarmed:2026-03-14T22:00:00Z:0"]);
}

#[test]
fn p31_p33_p38_after_the_release_until_it_is_done() {
    let mut story = Story::released();
    let released = "2026-03-23T12:00:00Z";
    comes(&mut story, "report", "2026-03-24T11:59:59Z", "2026-03-24T12:00:00Z", &[&format!("report:{released}:1")]);
    assert_eq!(keys(&story, "steps-open"), [format!("steps-open:{released}:1")]);
    assert_eq!(keys(story.at("2026-03-25T12:00:00Z"), "report"), [format!("report:{released}:2")]);
    story.mona(Request::Pushed { commits: Vec::new() });
    story.mona(Request::PagePublished);
    assert_eq!(keys(&story, "steps-open"), [""; 0]);
    story.mona(Request::WaiveReport { because: "nothing was decided in private".to_owned() });
    assert_eq!(keys(&story, "report"), [format!("report:{released}:2")], "one person has not waived it");
    story.otto(SECOND);
    assert_eq!(keys(&story, "report"), [""; 0]);
}

#[test]
fn p85_upstreams_instant_has_passed() {
    let mut story = Story::begins();
    story.daemon(Request::Upstream { project: "Other".to_owned(), id: None, until: at("2026-03-10T17:00:00Z") });
    story.mona(CLAIM);
    let key = "ask-upstream:2026-03-10T17:00:00Z:1";
    comes(&mut story, "ask-upstream", "2026-03-10T16:59:00Z", "2026-03-11T09:00:00Z", &[key]);
    assert_eq!(keys(&story, "unarmed"), [""; 0], "it is not ours to publish");
}

#[test]
fn everything_else_waits_for_office_hours_and_for_the_end_of_a_snooze() {
    let mut story = Story::begins();
    for closed in ["2026-03-04T08:59:59Z", "2026-03-04T17:00:00Z", "2026-03-07T12:00:00Z"] {
        assert_eq!(story.at(closed).due(), [""; 0], "{closed}");
    }
    story.at("2026-03-04T09:00:00Z");
    let due = story.due();
    assert_eq!(due, ["unclaimed::2"]);
    story.mona(Request::Snooze { until: at("2026-03-05T12:00:00Z") });
    assert_eq!(story.at("2026-03-05T11:59:59Z").due(), [""; 0]);
    assert_eq!(story.at("2026-03-05T12:00:00Z").due(), ["predisclosure-soon:2026-03-09T09:00:00Z", "unclaimed::3", "mid-week:"]);
}

#[test]
fn every_station_of_the_usual_story_has_its_next_action() {
    let mut story = Story::begins();
    let mut steps = vec![story.next()];
    let requests = [
        (ARRIVAL, CLAIM),
        (ARRIVAL, SUPPORTED),
        (ARRIVAL, public(Publicity::No)),
        (ARRIVAL, Request::Confirm),
        (ARRIVAL, embargo(DEFAULT, "")),
        (ARRIVAL, NEXT_NUMBER),
        (ARRIVAL, Request::Register { revision: for_members(1, DEFAULT) }),
        (ARRIVAL, Request::Deployment { permission: DeploymentPermission::AllPermitted, because: None }),
        ("2026-03-09T09:00:00Z", Request::Predisclose { version: 1 }),
        ("2026-03-23T09:00:00Z", Request::Register { revision: for_public(2) }),
    ];
    for (now, request) in requests {
        story.at(now).mona(request);
        steps.push(story.next());
    }
    let expected = [
        (Next::Item(OpenItem::Claim), "2026-03-03T09:00:00Z"),
        (Next::Item(OpenItem::Scope), "2026-03-04T09:00:00Z"),
        (Next::Item(OpenItem::Publicity), "2026-03-04T09:00:00Z"),
        (Next::Item(OpenItem::Confirmation), "2026-03-05T09:00:00Z"),
        (Next::Item(OpenItem::Date), "2026-03-05T09:00:00Z"),
        (Next::Item(OpenItem::Number), "2026-03-06T09:00:00Z"),
        (Next::Item(OpenItem::Advisory), "2026-03-09T09:00:00Z"),
        (Next::Item(OpenItem::Deployment), "2026-03-09T09:00:00Z"),
        (Next::Predisclose, "2026-03-09T09:00:00Z"),
        (Next::PublicRevision, "2026-03-20T12:00:00Z"),
        (Next::Arm, DEFAULT),
    ];
    assert_eq!(steps, expected.map(|(next, due)| (next, at(due))));
}

#[test]
fn a_promise_is_called_in_mind_until_a_person_has_written() {
    let mut story = Story::begins();
    let until = "2026-03-12T12:00:00Z";
    assert_eq!(story.refused(&Request::Promise { until: at(until) }), Refused::Unclaimed);
    story.mona(CLAIM);
    story.mona(Request::Promise { until: at(until) });
    let anchor = format!("promise:{ARRIVAL}:{until}");
    comes(&mut story, "promise", "2026-03-11T11:59:59Z", "2026-03-11T12:00:00Z", &[&format!("{anchor}:0")]);
    let whom = |story: &Story| {
        let due = due(&story.file, story.now, &story.standards);
        due.into_iter().find(|due| due.what.kind() == "promise").map(|due| due.to)
    };
    assert_eq!(whom(&story), Some(RemindWhom::Owner));
    assert_eq!(keys(story.at(until), "promise"), [format!("{anchor}:1")]);
    assert_eq!(whom(&story), Some(RemindWhom::Team));
    assert_eq!(keys(story.at("2026-03-13T12:00:00Z"), "promise"), [format!("{anchor}:2")]);
    // A letter in which nobody speaks keeps no promise.
    let tell = |telling, words| Request::Tell { telling, words };
    story.mona(tell(Telling::Date { until: at(DEFAULT) }, false));
    assert_eq!(keys(&story, "promise"), [format!("{anchor}:2")]);
    story.mona(tell(Telling::Reply, true));
    assert_eq!(keys(story.at("2026-03-16T12:00:00Z"), "promise"), [""; 0]);
}
