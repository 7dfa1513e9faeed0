//! The rehearsal on the real binary: it tells what will be sent, sends nothing, and changes nothing.

#![expect(clippy::unwrap_used, clippy::string_slice, reason = "a test program: its helpers may fail loudly")]

mod cli_support;

use std::{fs, path::Path, sync::Arc};

use cli_support::{House, POST, REPORT, keys};
use embargod::{
    clock::{Clock as _, ManualClock, SystemClock},
    config,
    daemon::{
        act::{Actor, Request, act},
        rehearse::rehearse,
        run,
    },
};
use jiff::{SignedDuration, Timestamp, ToSpan as _, tz::TimeZone};
use sha2::{Digest as _, Sha256};

/// Every file below a folder with its digest, but the rehearsal's own and the index of the write-ahead log.
fn state(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(state(&path));
        } else if !path.ends_with("rehearsal.txt") && !path.to_string_lossy().ends_with("-shm") {
            let bytes = fs::read(&path).unwrap();
            found.push((path.display().to_string(), format!("{} bytes {:x?}", bytes.len(), Sha256::digest(&bytes))));
        }
    }
    // An empty write-ahead log and its index go with the last reader.
    found.retain(|(_, content)| !content.starts_with("0 bytes"));
    found.sort();
    found
}

/// Two weeks from now.
fn until() -> String {
    let at = SystemClock.now().checked_add(SignedDuration::from_hours(14 * 24)).unwrap();
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[test]
fn a_rehearsal_shows_the_reminders_to_come_and_changes_nothing() {
    let house = House::with_mail();
    let (database, letters) = (state(&house.at("state")), state(&house.at("out")));
    let end = until();
    let told = house.embargod(&["simulate", "--until", &end]).good();
    let lines: Vec<&str> = told.lines().collect();
    // Each working day the three of the team hear of what is due in the case and of the held post.
    let days: Vec<_> =
        lines.iter().filter(|line| line.contains(" reminder to mona@team.example")).map(|line| &line[..10]).collect();
    assert!(days.len() >= 16 && days.is_sorted(), "{told}");
    for day in days {
        let date: jiff::civil::Date = day.parse().unwrap();
        assert!(!matches!(date.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday), "{day}");
    }
    let today = SystemClock.now().to_zoned(TimeZone::UTC).date();
    assert!(lines[0][..10].parse::<jiff::civil::Date>().unwrap() > today.checked_sub(1.day()).unwrap(), "{told}");
    let last = lines.last().unwrap();
    assert!(last.ends_with(" copies. Nothing was sent and nothing was changed."), "{last}");
    assert_eq!(state(&house.at("state")), database, "the database is what it was");
    assert_eq!(state(&house.at("out")), letters, "nothing left the house");

    assert_eq!(house.embargod(&["simulate", "--until", &end, "--diff"]).good(), "As in the last rehearsal.\n");
    house.embargod(&["case", "claim", "1"]).good();
    let difference = house.embargod(&["simulate", "--until", &end, "--diff"]).good();
    let (gone, new): (Vec<&str>, Vec<&str>) = difference.lines().partition(|line| line.starts_with("- "));
    assert!(gone.iter().all(|line| line.contains(" reminder to ")), "{difference}");
    assert!(new.iter().all(|line| line.starts_with("+ ") && line.contains(" command-answer to ")), "{difference}");
}

#[test]
fn letters_are_shown_in_full_or_as_json_and_wrong_instants_are_refused() {
    let house = House::with_mail();
    let full = house.embargod(&["simulate", "--until", &until(), "--full"]).good();
    assert!(full.contains("    Auto-Submitted: auto-generated\n"), "{full}");
    let letter = house.embargod(&["simulate", "--until", &until(), "--json"]).json().remove(0);
    assert_eq!(keys(&letter), ["at", "kind", "subject", "to"]);
    assert_eq!(
        house.embargod(&["simulate", "--until", "2020-01-01T00:00:00Z"]).bad(2),
        "embargod: --until lies in the past: a rehearsal begins now\n"
    );
    assert_eq!(House::new().embargod(&["simulate", "--until", &until()]).code, 2, "there is no database yet");
    let usage = house.embargod(&["simulate", "--until", "soon"]).bad(2);
    assert!(usage.contains("'--until <INSTANT>'"), "{usage}");
}

/// A month in which nobody does anything for a case that has an embargo: every letter to one of the team, by its date. The daemon's own code
/// opens the case and takes the commands, with a clock of its own.
#[test]
fn a_silent_month_of_a_case_rehearsed() {
    let house = House::new();
    house.receive("1.report", REPORT);
    house.receive("2.post", POST);
    let config = config::load(&house.at("embargod.toml")).unwrap();
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let monday = at("2026-11-02T10:00:00Z");
    let clock = Arc::new(ManualClock::at(monday));
    let letters = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        run::once(&config, clock.clone()).await.unwrap();
        clock.advance(SignedDuration::from_hours(26));
        {
            let open = run::House::open(&config, clock.clone()).await.unwrap();
            let uid = *config.uids.iter().find(|(_, name)| name.0 == "mona").unwrap().0;
            for command in ["claim", "public no", "embargo 2026-11-24T12:00:00Z because dora travels", "cve requested"] {
                let policy = open.shared.policy();
                let actor = Actor::of_uid(uid, 0, &policy);
                let request = Request::Case { id: 1, command: command.to_owned() };
                let said = act(&open.shared.store, policy, clock.as_ref(), actor, request).await;
                assert!(said.ok, "{command}: {said:?}");
            }
        }
        rehearse(&config, clock.now(), at("2026-11-24T13:00:00Z")).await.unwrap()
    });
    let told: Vec<String> = letters
        .iter()
        .filter(|letter| {
            letter.kind == "reminder" && letter.to.iter().any(|to| to.local() == "mona") && letter.subject.contains("case-1")
        })
        .map(|letter| {
            let text = String::from_utf8_lossy(letter.message.bytes())
                .replace("\r\n", "\n")
                .replace("\n      - ", "\n")
                .replace("\n    ", " ");
            let due: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("  - ")).collect();
            format!("{}: {}", letter.at.strftime("%a %d %H:%M"), due.join("; "))
        })
        .collect();
    let expected = [
        "Thu 05 10:00: the members should hear of it by Monday 2026-11-09 10:00 UTC (in 4 days); open in the middle of the first week:",
        "Thu 05 12:00: its CVE number is open (`cve requested|assigned|none`)",
        "Mon 09 10:00: the members should have heard of it by Monday 2026-11-09 10:00 UTC (now)",
        "Mon 09 12:00: its CVE number is open (`cve requested|assigned|none`)",
        "Tue 10 12:00: no complete patch, and two working weeks are left: send the members the state of knowledge",
        "Wed 11 10:00: the members should have heard of it by Monday 2026-11-09 10:00 UTC (2 days ago)",
        "Wed 11 12:00: its CVE number is open (`cve requested|assigned|none`)",
        "Fri 13 10:00: the members should have heard of it by Monday 2026-11-09 10:00 UTC (4 days ago)",
        "Fri 13 12:00: its CVE number is open (`cve requested|assigned|none`)",
        "Tue 17 10:00: the members should have heard of it by Monday 2026-11-09 10:00 UTC (8 days ago)",
        "Tue 17 12:00: 5 working days until it becomes public; its CVE number is open (`cve requested|assigned|none`)",
        "Thu 19 10:00: the members should have heard of it by Monday 2026-11-09 10:00 UTC (10 days ago)",
        "Thu 19 12:00: its CVE number is open (`cve requested|assigned|none`)",
        "Fri 20 12:00: 2 working days until it becomes public",
        "Mon 23 10:00: the members should have heard of it by Monday 2026-11-09 10:00 UTC (14 days ago)",
        "Mon 23 12:00: one working day until it becomes public; its CVE number is open (`cve requested|assigned|none`)",
        "Tue 24 09:00: it becomes public today",
        "Tue 24 12:00: the embargo is over, two people have not armed the release, and nothing is published",
        "Tue 24 12:15: the embargo is over, two people have not armed the release, and nothing is published",
        "Tue 24 12:30: the embargo is over, two people have not armed the release, and nothing is published",
        "Tue 24 12:45: the embargo is over, two people have not armed the release, and nothing is published",
        "Tue 24 13:00: the embargo is over, two people have not armed the release, and nothing is published",
    ];
    assert_eq!(told, expected);
    let urgent =
        letters.iter().filter(|letter| letter.subject == "[case-1] URGENT: the embargo is over and the release is not armed");
    let hours: Vec<_> = urgent.map(|letter| letter.at.strftime("%H:%M").to_string()).collect();
    assert_eq!(hours.iter().filter(|hour| *hour == "12:15").count(), 3, "each of the team hears it: {hours:?}");
}
