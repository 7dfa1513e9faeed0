use std::{collections::BTreeSet, time::Duration};

use jiff::SignedDuration;

use super::{super::*, at};
use crate::{disclosure::PersonName, mail::Digest};

const UNTIL: &str = "2026-11-17T12:00:00Z";

fn name(name: &str) -> PersonName {
    PersonName(name.to_owned())
}

fn team() -> BTreeSet<PersonName> {
    ["mona", "nils", "olga"].map(name).into()
}

fn arming(by: &str, when: &str) -> Arming {
    Arming { by: name(by), at: at(when), revision: Digest::of(b"v3"), until: at(UNTIL) }
}

fn verdict(armings: &[Arming]) -> String {
    match armed(armings, &team(), Digest::of(b"v3"), at(UNTIL), at("2026-11-17T11:00:00Z")) {
        Ok(armed) => format!("armed by {} and {}", armed.people()[0], armed.people()[1]),
        Err(unarmed) => unarmed.to_string(),
    }
}

#[test]
fn it_takes_two() {
    let (mona, nils) = (arming("mona", "2026-11-17T09:00:00Z"), arming("nils", "2026-11-17T08:00:00Z"));
    assert_eq!(verdict(&[]), "nobody has armed this revision for this instant");
    assert_eq!(verdict(&[mona.clone(), mona.clone()]), "only mona has armed it; a second person is missing");
    assert_eq!(verdict(&[mona, nils]), "armed by nils and mona");
}

#[test]
fn what_does_not_count() {
    let mona = arming("mona", "2026-11-17T09:00:00Z");
    let only = "only mona has armed it; a second person is missing";
    let second = |change: fn(&mut Arming)| {
        let mut nils = arming("nils", "2026-11-17T09:00:00Z");
        change(&mut nils);
        verdict(&[mona.clone(), nils])
    };
    assert_eq!(second(|nils| nils.revision = Digest::of(b"v2")), only);
    assert_eq!(second(|nils| nils.until = at("2026-11-18T12:00:00Z")), only);
    assert_eq!(second(|nils| nils.at = at("2026-11-16T11:59:59Z")), only);
    assert_eq!(second(|nils| nils.at = at("2026-11-17T11:00:01Z")), only);
    assert_eq!(second(|nils| nils.by = name("a stranger")), only);
    assert_eq!(second(|nils| nils.at = at("2026-11-16T12:00:00Z")), "armed by nils and mona");
}

#[test]
fn after_the_instant_it_can_be_armed_however_late_it_is() {
    let late = at("2026-11-20T09:00:00Z");
    let both = ["mona", "nils"].map(|by| arming(by, "2026-11-20T08:00:00Z"));
    assert!(armed(&both, &team(), Digest::of(b"v3"), at(UNTIL), late).is_ok());
}

#[test]
fn a_licence_needs_both_proofs_of_one_instant() {
    let both = [arming("mona", "2026-11-17T09:00:00Z"), arming("nils", "2026-11-17T10:00:00Z")];
    let ready = armed(&both, &team(), Digest::of(b"v3"), at(UNTIL), at(UNTIL)).unwrap();
    let passed = |until: &str| {
        let now = at("2026-11-17T12:00:05Z");
        let checkpoint = Checkpoint { wall: now, monotonic: Duration::ZERO };
        let servers = vec![ServerDate { name: "imap".to_owned(), origin: Origin::Remote, says: now, age: Duration::ZERO }];
        let clocks = Clocks { wall: now, monotonic: Duration::ZERO, checkpoint, servers, remotes: 1, recorded: None };
        match judge(at(until), &clocks, &Tolerance::default()) {
            Gate::Open(passed) => passed,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(Licence::new(ready.clone(), passed("2026-11-17T11:00:00Z")), None);
    let licence = Licence::new(ready, passed(UNTIL)).unwrap();
    assert_eq!(licence.revision(), Digest::of(b"v3"));
    assert_eq!(licence.people(), [&name("mona"), &name("nils")]);
    assert_eq!(licence.passed().unwrap().seen(), at("2026-11-17T12:00:05Z"));
}

#[test]
fn an_unarmed_release_alarms_every_quarter_of_an_hour() {
    let until = at(UNTIL);
    let mut last = None;
    let mut alarms = Vec::new();
    for minute in -30..=46 {
        let now = until + SignedDuration::from_mins(minute);
        if alarm_due(until, last, now) {
            alarms.push(minute);
            last = Some(now);
        }
    }
    assert_eq!(alarms, [0, 15, 30, 45]);
    // The clock was set back by a day meanwhile.
    assert!(alarm_due(until, Some(until + SignedDuration::from_hours(24)), until));
}
