//! The rehearsal on the real binary: it tells what will be sent, sends nothing, and changes nothing.

#![expect(clippy::unwrap_used, clippy::string_slice, reason = "a test program: its helpers may fail loudly")]

mod cli_support;

use std::{fs, path::Path};

use cli_support::{House, keys};
use embargod::clock::{Clock as _, SystemClock};
use jiff::{SignedDuration, ToSpan as _, tz::TimeZone};
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
    // Each working day the three of the team hear of the unclaimed case and of the held post.
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
    assert!(gone.len() >= 8 && gone.iter().all(|line| line.contains(" reminder to ")), "{difference}");
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
