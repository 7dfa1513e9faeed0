//! The public list and its history.

use std::{fs, path::Path};

use proptest::prelude::*;

use crate::membership::{
    HistoryDate, HistoryLine, Organisation, PolicyVersion, RosterError,
    history::{self, Change, Verb},
    organisation::{self, is_showable, place_of},
};

const SAMPLE: &str = include_str!("../../../config/organisations.example.csv");

fn version(major: u16, minor: u16) -> PolicyVersion {
    PolicyVersion { major, minor }
}

#[test]
fn a_list_in_the_policys_order_reads_and_stays_in_it() {
    let list = organisation::read(SAMPLE).unwrap();
    let names: Vec<&str> = list.iter().map(|organisation| organisation.name.as_str()).collect();
    assert_eq!(
        organisation::write_page(&list),
        "1 & 1 Alpha AG\nBeta, Inc\nGamma Linux\nXen Made Easy\nXen Response Team\nXCP Example\nVollmar Example GmbH\nZulu\n"
    );
    assert_eq!(names.len(), 8);
    assert_eq!(list[1].listed, Some(version(3, 12)));
    assert_eq!(list[2].listed, None);
    assert_eq!(organisation::read(&organisation::write_csv(&list)).unwrap(), list);
    // A new one goes where the alphabet wants it; those out of order stay.
    let place = |name: &str| place_of(&list, name);
    assert_eq!([place("Aardvark"), place("Delta Host"), place("Yankee"), place("Zz")], [1, 2, 7, 8]);
}

/// The restored list of the project itself, where this machine has it.
#[test]
fn todays_list_imports_and_renders_in_its_order() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/organisations.csv");
    let text = match fs::read_to_string(&path) {
        Ok(text) => {
            println!("with the restored list of organisations");
            text
        }
        Err(_) => {
            println!("without the restored list: only the sample of this file was read");
            SAMPLE.to_owned()
        }
    };
    let list = organisation::read(&text).unwrap();
    let page = organisation::write_page(&list);
    assert_eq!(page.lines().count(), text.lines().count() - 1);
    assert!(!page.contains('@'));
    for (shown, line) in page.lines().zip(text.lines().skip(1)) {
        assert!(line.trim_start_matches('"').starts_with(shown), "{shown} is not in the place of {line}");
    }
    assert_eq!(organisation::read(&organisation::write_csv(&list)).unwrap(), list);
}

#[test]
fn a_wrong_list_is_refused_with_its_line() {
    let refused = |text: &str| organisation::read(text).unwrap_err();
    assert_eq!(refused("organisation\nAlpha\n"), RosterError::Header { line: 1 });
    assert_eq!(refused("name\nAlpha\n\"Beta\n"), RosterError::Form { line: 3 });
    for at in ["@", "\u{ff20}", "\u{fe6b}"] {
        assert_eq!(refused(&format!("name\nAlpha\nsecurity{at}beta.example\n")), RosterError::Address { line: 3 });
        assert!(!is_showable(&format!("security{at}beta")));
    }
    assert_eq!(refused("name,x\n,y\n"), RosterError::Nameless { line: 2 });
    assert_eq!(refused("name\nAlpha Cloud\n\nalpha-cloud\n"), RosterError::Twice { line: 4, first: 2 });
    assert_eq!(organisation::read("").unwrap(), []);
}

#[test]
fn lines_as_people_wrote_them_are_read() {
    let read = |text: &str| text.parse::<HistoryLine>().map(|line| (line.version, line.date, line.note, line.text)).unwrap();
    let date = |year, month, day| HistoryDate { year, month, day };
    for (text, expected) in [
        ("v3.23 Aug 8th 2019: Added Alpha", date(2019, 8, Some(8))),
        ("v2.3 Sept 26th 2014: Added Alpha", date(2014, 9, Some(26))),
        ("  * v1.4 June 14th, 2013: Added Alpha", date(2013, 6, Some(14))),
        ("v2.1 Jun 2014: Added Alpha", date(2014, 6, None)),
        ("v1.0 Dec 2011 : Added Alpha", date(2011, 12, None)),
        ("v1.0 8 December 2011: Added Alpha", date(2011, 12, Some(8))),
    ] {
        let line = read(text);
        assert_eq!((line.1, line.3.as_str()), (expected, "Added Alpha"), "{text}");
    }
    let line = read("v3.0 May 21st 2015 (published: Jul 1st): Remove Alpha. See (a: b)");
    assert_eq!(
        line,
        (version(3, 0), date(2015, 5, Some(21)), Some("published: Jul 1st".into()), "Remove Alpha. See (a: b)".into())
    );
    for text in [
        "",
        "3.1 Jan 2011: x",
        "v3.1 Foo 2011: x",
        "v3.1 Jan 2011",
        "v3.1 Jan 2011: ",
        "v3.1 Feb 30th 2011: x",
        "v3 Jan 2011: a@b",
    ] {
        assert!(text.parse::<HistoryLine>().is_err(), "{text}");
    }
}

#[test]
fn each_day_of_changes_is_one_line_of_its_own_version() {
    let before = history::read("v2.2 Aug 8th 2014: Added Alpha to the predisclosure list.\n").unwrap();
    let change = |at: &str, verb, name: &str| Change { at: at.parse().unwrap(), verb, organisation: name.to_owned() };
    let changes = [
        change("2014-09-26T08:00:00Z", Verb::Added, "Beta, Inc"),
        change("2014-09-26T09:00:00Z", Verb::Added, "Gamma"),
        change("2014-09-29T23:59:59Z", Verb::Removed, "Alpha"),
        change("2014-09-26T10:00:00Z", Verb::Added, "Delta"),
    ];
    let lines = history::lines(&before, &changes, version(1, 0));
    assert_eq!(
        history::write(&lines),
        "v2.4 Sep 29th 2014: Removed Alpha from the predisclosure list.\n\
         v2.3 Sep 26th 2014: Added Beta, Inc, Gamma and Delta to the predisclosure list.\n\
         v2.2 Aug 8th 2014: Added Alpha to the predisclosure list.\n"
    );
    assert_eq!(history::read(&history::write(&lines)).unwrap(), lines);
    let first = history::lines(&[], &changes[..1], version(3, 24));
    assert_eq!(first[0].to_string(), "v3.24 Sep 26th 2014: Added Beta, Inc to the predisclosure list.");
}

proptest! {
    #[test]
    fn what_is_written_reads_back_and_shows_no_address(
        names in proptest::collection::vec("\\PC{0,30}", 0..12),
        days in proptest::collection::vec(0_i64..20_000, 0..12),
    ) {
        let list: Vec<Organisation> =
            names.iter().map(|name| Organisation { name: name.clone(), listed: Some(version(2, 5)) }).collect();
        let csv = organisation::write_csv(&list);
        prop_assert!(!csv.contains('@') && !organisation::write_page(&list).contains('@'));
        let changes: Vec<Change> = names
            .iter()
            .zip(&days)
            .map(|(name, day)| Change {
                at: jiff::Timestamp::from_second(day * 86_400).unwrap(),
                verb: if day % 3 == 0 { Verb::Removed } else { Verb::Added },
                organisation: name.trim().to_owned(),
            })
            .collect();
        let lines = history::lines(&[], &changes, version(1, 1));
        let text = history::write(&lines);
        prop_assert!(!text.contains('@'));
        prop_assert_eq!(history::read(&text).unwrap(), lines);
    }
}
