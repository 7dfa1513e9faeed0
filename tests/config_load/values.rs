//! Files that are refused for one value, and the ways in which a value may be written.

use std::time::Duration;

use embargod::config::Source;
use jiff::civil::{Weekday, date, time};

use crate::machine::{BASE, Machine, edited, refused};

#[test]
fn values() {
    refused(&[
        (
            "an address with a name",
            r#"security = "security@example.org""#,
            r#"security = "Team <security@example.org>""#,
            r#"embargod.toml:9:12: the address contains a character that is not allowed there
  remedy: write the bare address in double quotes: "name@example.org""#,
        ),
        (
            "a List-Id with an @",
            r#"list-id = "early.lists.example.org""#,
            r#"list-id = "early@lists.example.org""#,
            r#"embargod.toml:23:11: not a valid identifier (empty, too long, or with blanks or brackets in it)
  remedy: write what stands between the angle brackets of the List-Id: "name.lists.example.org""#,
        ),
        (
            "a prefix with its hyphen",
            r#"advisory-prefix = "EXA""#,
            r#"advisory-prefix = "EXA-""#,
            r#"embargod.toml:7:19: this is no prefix of advisory numbers
  remedy: write 1 to 16 letters without the hyphen: "XSA" for XSA-484"#,
        ),
        (
            "an empty name",
            r#"name = "Example""#,
            r#"name = " ""#,
            "embargod.toml:5:8: this text is empty or has more than one line
  remedy: write one line of text in double quotes",
        ),
        (
            "two lines in a header",
            r#"phrase = "Early""#,
            r#"phrase = "Early\nBcc: all@example.org""#,
            "embargod.toml:24:10: this text is empty or has more than one line
  remedy: write one line of text in double quotes",
        ),
        (
            "a web address without its scheme",
            r#"url = "https://example.org/policy""#,
            r#"url = "example.org/policy""#,
            r#"embargod.toml:17:7: this is no web address
  remedy: write it whole: "https://example.org/page/""#,
        ),
        (
            "a date with a time",
            "reviewed = 2026-01-01",
            "reviewed = 2026-01-01T12:00:00Z",
            "embargod.toml:19:12: this is no date
  remedy: write the date alone, without quotes: 2026-12-25",
        ),
        (
            "a chain of domain aliases",
            r#""lists.old.example.org" = "lists.example.org""#,
            r#""lists.old.example.org" = "old.example.org""#,
            "embargod.toml:14:27: old.example.org stands for another domain itself
  remedy: name the main domain for lists.old.example.org directly",
        ),
        (
            "a person's name with a blank",
            r#"name = "mona""#,
            r#"name = "Mona M""#,
            r#"embargod.toml:39:8: this is no short name of a person
  remedy: write one word of letters, digits, hyphens, dots: "mona""#,
        ),
        (
            "a source's name with a blank",
            r#"name = "security""#,
            r#"name = "the mailbox""#,
            r#"embargod.toml:51:8: this is no name of a source
  remedy: write one word of letters, digits, hyphens, dots: "security""#,
        ),
        (
            "a server with its port",
            r#"host = "imap.example.org""#,
            r#"host = "imap.example.org/993""#,
            r#"embargod.toml:52:8: this is no name of a server
  remedy: write the name alone: "mail.example.org"; the port is the key `port`"#,
        ),
        (
            "no folder",
            r#"user = "embargod""#,
            r#"user = "embargod"
folders = []"#,
            r#"embargod.toml:54:11: an account of which no folder is read
  remedy: name at least one: ["INBOX"]"#,
        ),
        (
            "no IMAP keyword",
            r#"user = "embargod""#,
            r#"user = "embargod"
mark = { keyword = "two words" }"#,
            r#"embargod.toml:54:8: this is no IMAP keyword
  remedy: write one word: { keyword = "$Embargod" }"#,
        ),
        (
            "moved in a circle",
            r#"user = "embargod""#,
            r#"user = "embargod"
mark = { move = "INBOX" }"#,
            r#"embargod.toml:54:8: mail would be moved into a folder that is read
  remedy: name a folder that is not in `folders`: { move = "Done" }"#,
        ),
        (
            "an unknown mark",
            r#"user = "embargod""#,
            r#"user = "embargod"
mark = "delete""#,
            r#"embargod.toml:54:8: "delete" is not a value that this key has
  remedy: write one of "leave", "keyword", "move""#,
        ),
        (
            "a size without unit",
            r#"user = "embargod""#,
            r#"user = "embargod"
size-cap = "1000000""#,
            r#"embargod.toml:54:12: this is no size
  remedy: write a number and a unit: "512 KiB", "25 MiB", "1 GiB""#,
        ),
        (
            "a size too large",
            r#"user = "embargod""#,
            r#"user = "embargod"
size-cap = "2 GiB""#,
            "embargod.toml:54:12: 2 GiB is outside the limits of this key
  remedy: write a size from 64 KiB to 256 MiB: a message is read into memory whole",
        ),
        (
            "a time without unit",
            r#"user = "embargod""#,
            r#"user = "embargod"
timeout = "60""#,
            r#"embargod.toml:54:11: this is no length of time
  remedy: write a number and a unit: "90 s", "5 min", "4 h", "5 days""#,
        ),
        (
            "an IDLE that is too long",
            r#"user = "embargod""#,
            r#"user = "embargod"
idle-renew = "29 min""#,
            "embargod.toml:54:14: 29 min is outside the limits of this key
  remedy: write a time from 10 s to 5 min: firewalls forget silent connections, and mail would come in unseen",
        ),
        (
            "a poll that is too rare",
            r#"user = "embargod""#,
            r#"user = "embargod"
poll-interval = "1 h""#,
            "embargod.toml:54:17: 1 h is outside the limits of this key
  remedy: write a time from 1 s to 5 min: a reporter's answer waits for it",
        ),
        (
            "a zone that does not exist",
            r#"zone = "UTC""#,
            r#"zone = "Mars/Olympus""#,
            r#"embargod.toml:61:8: the time zone Mars/Olympus is not known here
  remedy: write a name of the IANA time zone database: "UTC", "Europe/London" (Debian package tzdata)"#,
        ),
        (
            "a day that does not exist",
            r#"zone = "UTC""#,
            r#"working-days = ["Mon", "Freitag"]"#,
            r#"embargod.toml:61:24: Freitag is no day of the week
  remedy: write the days people work on: ["Mon", "Tue", "Wed", "Thu", "Fri"]"#,
        ),
        (
            "a day twice",
            r#"zone = "UTC""#,
            r#"working-days = ["Mon", "Mon"]"#,
            r#"embargod.toml:61:24: Mon stands here twice
  remedy: write the days people work on: ["Mon", "Tue", "Wed", "Thu", "Fri"]"#,
        ),
        (
            "no working day",
            r#"zone = "UTC""#,
            "working-days = []",
            r#"embargod.toml:61:16: a week without working days: no promise could ever be due
  remedy: write the days people work on: ["Mon", "Tue", "Wed", "Thu", "Fri"]"#,
        ),
        (
            "hours the wrong way round",
            r#"zone = "UTC""#,
            r#"office-hours = "17:00-09:00""#,
            r#"embargod.toml:61:16: these are no office hours
  remedy: write beginning and end of the day: "09:00-17:00""#,
        ),
        (
            "no working days to wait",
            r#"zone = "UTC""#,
            "predisclosure-after = 0",
            "embargod.toml:61:23: 0 working days is outside the limits of this key
  remedy: write a number of working days from 1 to 260",
        ),
        (
            "a holiday in quotes",
            r#"zone = "UTC""#,
            r#"holidays = ["2026-12-25"]"#,
            "embargod.toml:61:13: a text stands where a date is expected
  remedy: write the date without quotes: 2026-12-25",
        ),
        (
            "a holidays file that is not there",
            r#"zone = "UTC""#,
            r#"holidays-file = "holidays.txt""#,
            "embargod.toml:61:17: the holidays file holidays.txt cannot be read: entity not found
  remedy: make that file readable, or delete the line",
        ),
        (
            "no acknowledgement at all",
            r#"[schedule]
zone = "UTC""#,
            "[acknowledgement]
per-hour = 0",
            "embargod.toml:61:12: 0 is outside the limits of this key
  remedy: write a number from 1 to 10000: every discoverer gets an answer, a mail loop comes to rest",
        ),
        (
            "waits the wrong way round",
            r#"[schedule]
zone = "UTC""#,
            r#"[delivery]
retry-first = "8 h""#,
            "embargod.toml:61:15: the first wait (8 h) is longer than the longest (4 h)
  remedy: make retry-first at most retry-most",
        ),
        (
            "giving up at once",
            r#"[schedule]
zone = "UTC""#,
            r#"[delivery]
give-up-after = "1 min""#,
            "embargod.toml:61:17: 1 min is outside the limits of this key
  remedy: write a time from 1 h to 14 days: a server that is away over a weekend comes back (RFC 5321 4.5.4.1 asks for 4 to 5 days)",
        ),
        (
            "rules that are not there",
            r#"state = "state""#,
            r#"state = "state"
rules = "my-rules""#,
            "embargod.toml:2:9: the rules directory my-rules does not exist
  remedy: create it (mkdir -p my-rules), or write the directory that is meant",
        ),
        (
            "letters that are not there",
            r#"state = "state""#,
            r#"state = "state"
letters = "my-letters""#,
            "embargod.toml:2:11: the letters directory my-letters does not exist
  remedy: create it (mkdir -p my-letters), or write the directory that is meant",
        ),
        (
            "certificates that are not there",
            r#"user = "embargod""#,
            r#"user = "embargod"
ca-file = "ca.pem""#,
            "embargod.toml:54:11: the file of certificates ca.pem cannot be read: entity not found
  remedy: make that file readable, or delete the line",
        ),
        (
            "a Maildir that is not there",
            "[schedule]",
            r#"[[source.maildir]]
name = "local"
path = "nowhere"

[schedule]"#,
            "embargod.toml:62:8: the Maildir directory nowhere does not exist
  remedy: create it (mkdir -p nowhere), or write the directory that is meant",
        ),
        (
            "a state that cannot be made",
            r#"state = "state""#,
            r#"state = "missing/state""#,
            "embargod.toml:1:9: the state directory missing/state cannot be made: its parent does not exist
  remedy: run: install -d -m 700 missing/state",
        ),
        (
            "a state that is a file",
            r#"state = "state""#,
            r#"state = "members.csv""#,
            r#"embargod.toml:1:9: the state members.csv is no directory
  remedy: name a directory: state = "/var/lib/embargod""#,
        ),
    ]);
}

#[test]
fn ways_to_write_a_time() {
    let machine = Machine::new();
    for (written, seconds) in [
        ("90 s", 90),
        ("90s", 90),
        ("1 second", 1),
        ("5 min", 300),
        ("5 minutes", 300),
        ("4 h", 14_400),
        ("4 hours", 14_400),
        ("1 day", 86_400),
        (" 1 d ", 86_400),
    ] {
        let text = edited(BASE, "[schedule]", &format!("[delivery]\nunknown-resend-after = \"{written}\"\n[schedule]"));
        let delivery = machine.load(&text).unwrap().delivery;
        assert_eq!(delivery.unknown_resend_after, Duration::from_secs(seconds), "{written}");
    }
    for wrong in
        ["", "s", "5", "5 m", "five min", "-5 min", "1.5 h", "5 min 3 s", "99999999999999999999 s", "999999999999999999 d"]
    {
        let text = edited(BASE, "[schedule]", &format!("[delivery]\nunknown-resend-after = \"{wrong}\"\n[schedule]"));
        assert_eq!(
            machine.refusal(&text),
            "embargod.toml:61:24: this is no length of time
  remedy: write a number and a unit: \"90 s\", \"5 min\", \"4 h\", \"5 days\"",
            "{wrong}"
        );
    }
}

#[test]
fn ways_to_write_a_size() {
    let machine = Machine::new();
    for (written, bytes) in [("64 KiB", 65_536), ("25 MiB", 26_214_400), ("25MiB", 26_214_400), ("256 MiB", 268_435_456)] {
        let text = edited(BASE, "user = \"embargod\"", &format!("user = \"embargod\"\nsize-cap = \"{written}\""));
        let sources = machine.load(&text).unwrap().sources;
        let [Source::Imap(imap)] = sources.as_slice() else { panic!("{sources:?}") };
        assert_eq!(imap.size_cap, bytes, "{written}");
    }
}

#[test]
fn a_week_of_another_country() {
    let machine = Machine::new();
    let holidays = "# public holidays\n2026-12-25 Christmas Day\n\n2027-01-01\n";
    machine.private("holidays.txt", holidays);
    let week = "zone = \"Asia/Dubai\"
working-days = [\"Sun\", \"Mon\", \"Tue\", \"Wed\", \"Thu\"]
office-hours = \"08:30-16:00\"
holidays = [2026-12-02]
holidays-file = \"holidays.txt\"";
    let schedule = machine.load(&edited(BASE, "zone = \"UTC\"", week)).unwrap().schedule;
    assert_eq!(schedule.zone.iana_name(), Some("Asia/Dubai"));
    assert_eq!((schedule.hours.from, schedule.hours.until), (time(8, 30, 0, 0), time(16, 0, 0, 0)));
    assert_eq!((schedule.working_days.len(), schedule.working_days[0]), (5, Weekday::Sunday));
    let days: Vec<_> = schedule.holidays.into_iter().collect();
    assert_eq!(days, [date(2026, 12, 2), date(2026, 12, 25), date(2027, 1, 1)]);

    machine.private("holidays.txt", "2026-12-25\nboxing day\n");
    assert_eq!(
        machine.refusal(&edited(BASE, "zone = \"UTC\"", week)),
        "holidays.txt:2:1: this line does not begin with a date
  remedy: write: 2026-12-25 Christmas Day"
    );
}

#[test]
fn loopback_needs_no_tls_whatever_its_name() {
    let machine = Machine::new();
    for host in ["localhost", "127.0.0.1", "127.0.0.53", "::1"] {
        assert_eq!(machine.refusal(&edited(BASE, "host = \"localhost\"", &format!("host = \"{host}\""))), "it loads", "{host}");
    }
    for host in ["localhost.example.org", "127.0.0.1.example.org", "10.0.0.1", "::2", "0.0.0.0"] {
        let refusal = machine.refusal(&edited(BASE, "host = \"localhost\"", &format!("host = \"{host}\"")));
        assert!(refusal.contains("embargoed mail would travel to"), "{host}: {refusal}");
    }
}
