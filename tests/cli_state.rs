//! The commands on the daemon's state, on the real binary: what they print, what they change, how they refuse.

#![expect(clippy::unwrap_used, reason = "a test program: its helpers may fail loudly")]

mod cli_support;

use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, net::UnixDatagram},
    path::Path,
};

use cli_support::{House, POST, REPORT, Said, embargod, keys, timeless};
use regex::Regex;
use serde_json::json;
use sha2::{Digest as _, Sha256};

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

const NAMELESS: &str =
    "embargod: say whose state is meant: --config FILE (the daemon's configuration; of a demo: DIR/embargod.toml)\n";
const TEAM_ONLY: &str = "embargod: that is for a team member; root and the daemon's user operate, they do not decide \
                         (set `uid` for the person in the configuration)\n";
/// Every command that looks at the state.
const LOOKING: [&[&str]; 16] = [
    &["status"],
    &["held", "list"],
    &["held", "show", "1"],
    &["case", "list"],
    &["member", "list"],
    &["applications"],
    &["readiness"],
    &["drill", "report"],
    &["roster", "list"],
    &["roster", "history"],
    &["advisory", "list"],
    &["outbox", "list"],
    &["tls-policy", "check"],
    &["why", "1"],
    &["audit", "head"],
    &["audit", "verify"],
];

#[test]
fn without_a_configuration_or_a_database_there_is_nothing_to_look_at() {
    let house = House::new();
    for args in LOOKING {
        assert_eq!(embargod(&house.at(""), args).bad(2), NAMELESS, "{args:?}");
        let expected = "embargod: there is no database state/embargod.sqlite; run the daemon once (embargod run --once), \
                        or correct `state` in the configuration\n";
        assert_eq!(house.embargod(args).bad(2), expected, "{args:?}");
    }
    for args in [&["case", "claim", "1"][..], &["replay", "1"], &["outbox", "retry", "1"], &["held", "approve", "1"]] {
        assert_eq!(embargod(&house.at(""), args).bad(2), NAMELESS, "{args:?}");
    }
    // A first start that had no room, or that goes on just now.
    fs::write(house.at("state/embargod.sqlite"), "").unwrap();
    fs::set_permissions(house.at("state/embargod.sqlite"), fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::chown(house.at("state/embargod.sqlite"), house.person(), house.person()).unwrap();
    let empty = house.embargod(&["status"]).bad(2);
    assert!(empty.starts_with("embargod: the database state/embargod.sqlite is empty: the daemon is making it"), "{empty}");
    assert_eq!(
        embargod(&house.at(""), &["status", "--config", "none.toml"]).bad(2),
        "embargod: none.toml:1:1: the configuration cannot be read: entity not found\n  \
         remedy: write the path of a readable TOML file; config/xen.toml is one to copy\n"
    );
}

#[test]
fn a_database_of_another_version_is_not_read() {
    let house = House::with_mail();
    let database = rusqlite::Connection::open(house.at("state/embargod.sqlite")).unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    drop(database);
    let complaint = house.embargod(&["status"]).bad(2);
    let expected = "embargod: the database state/embargod.sqlite has schema 99, this program reads schema ";
    assert!(complaint.starts_with(expected), "{complaint}");
    assert!(complaint.ends_with("; use the version that runs the daemon\n"), "{complaint}");
}

#[test]
fn status_counts_what_waits() {
    let house = House::with_mail();
    let expected = "\
moderation            rules decide inside the gate
daemon                not running
messages              2 (0 not looked at yet)
held                  1, the oldest since TIME UTC (0 min)
quarantined           0
open cases            1
  unclaimed           1, the oldest since TIME UTC (0 min)
live advisories       0
  waiting to be sent  0
members               2
deliveries waiting    0
deliveries failed     0
bounces, 30 days      0 booked, 0 to no letter of ours and ignored (0 ever)
";
    assert_eq!(timeless(&house.embargod(&["status"]).good()), expected);
    fs::write(house.at("state/hold-all"), "").unwrap();
    let mut status = house.embargod(&["status", "--json"]).json().remove(0);
    for oldest in ["oldest_held", "oldest_unclaimed"] {
        status[oldest] = json!(timeless(status[oldest].as_str().unwrap()));
    }
    let expected = json!({
        "mode": "kill-switch", "daemon": "stopped", "frozen": null, "messages": 2, "taken": 0, "held": 1, "quarantined": 0, "unclaimed": 1,
        "open_cases": 1, "live_advisories": 0, "waiting_advisories": 0, "members": 2, "queued": 0, "failed": 0, "mailboxes": [],
        "oldest_held": "TIME", "oldest_unclaimed": "TIME", "bounces": { "booked_30_days": 0, "forged_30_days": 0, "forged": 0 },
    });
    assert_eq!(status, expected);
}

/// What a monitoring system gets: the same figures, and not one word of a mail, nor an address.
#[test]
fn status_tells_its_figures_to_prometheus() {
    let house = House::with_mail();
    let text = house.embargod(&["status", "--prometheus"]).good();
    let sample = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse::<f64>().ok());
    let status = house.embargod(&["status", "--json"]).json().remove(0);
    for (name, key) in [
        ("messages", "messages"),
        ("held", "held"),
        ("quarantined", "quarantined"),
        ("cases_open", "open_cases"),
        ("cases_unclaimed", "unclaimed"),
        ("members", "members"),
    ] {
        assert_eq!(sample(&format!("embargod_{name}")), status[key].as_f64(), "{text}");
    }
    let accepted = house.embargod(&["outbox", "list", "--all", "--json"]).json().len();
    assert_eq!(sample("embargod_deliveries{state=\"accepted\"}"), Some(f64::from(u32::try_from(accepted).unwrap())));
    assert_eq!((sample("embargod_deliveries{state=\"failed\"}"), sample("embargod_frozen")), (Some(0.0), Some(0.0)));
    let head = house.embargod(&["audit", "head"]).good();
    assert_eq!(sample("embargod_record_entries"), head.split_once(':').unwrap().0.parse().ok());
    let (read, held) = (sample("embargod_read_timestamp_seconds"), sample("embargod_held_oldest_timestamp_seconds"));
    assert!(held.is_some() && held <= read, "{text}");
    let intake = sample("embargod_last_intake_timestamp_seconds{source=\"demo\"}");
    assert!(intake.is_some() && intake <= held, "{text}");
    for secret in ["@", "Rita", "rita", "timer", "Ada", "backport", "Cirrus", "mona"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }

    fs::write(house.at("state/hold-all"), "").unwrap();
    let text = house.embargod(&["status", "--prometheus"]).good();
    assert!(text.contains("\nembargod_kill_switch 1\n") && text.contains("\nembargod_automatic 0\n"), "{text}");
    house.embargod(&["held", "discard", "2"]).good();
    let text = house.embargod(&["status", "--prometheus"]).good();
    assert!(text.contains("\nembargod_held 0\n") && !text.contains("\nembargod_held_oldest_timestamp_seconds "), "{text}");
    assert!(house.embargod(&["status", "--prometheus", "--json"]).bad(2).contains("cannot be used with"), "one shape at a time");
}

/// A file that could not be written whole must not pass for one: the timer moves it into place only when all went well.
#[test]
fn figures_that_cannot_be_written_are_a_failure() {
    let house = House::with_mail();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let run = house.command(&["status", "--prometheus"]).stdout(full).output().unwrap();
    assert_eq!(run.status.code(), Some(2));
    let said = String::from_utf8(run.stderr).unwrap();
    assert!(said.starts_with("embargod: the figures could not be written"), "{said}");
}

#[test]
fn a_held_post_is_listed_and_shown() {
    let house = House::with_mail();
    let expected = "\
id  state    place    suggests  rule       since (UTC)  age
2   waiting  discuss  hold      technical  TIME  0 min
";
    let list = timeless(&house.embargod(&["held", "list"]).good());
    assert_eq!(list.replace("(UTC)       age", "(UTC)  age"), expected);
    let row = house.embargod(&["held", "list", "--json"]).json().remove(0);
    assert_eq!(keys(&row), ["held_at", "id", "place", "rule", "ruled_by", "state", "suggests", "urgent"]);

    let expected = "\
held-2: waiting
  place     discuss
  rule      technical
  suggests  hold (not-embargoed)
  since     TIME UTC (0 min)
  sender    not proven: nobody is answered
  sha256    DIGEST

  class   to \"xen-security-issues-discuss@lists.xenproject.org\" (post)
  verdict body \"does not build\" (technical)
  gate    not-a-member \"the sender is not proven: the From line may be forged\" (gate)
  gate    not-live \"it names advisory 999, which is not under embargo here\" (gate)

  | From: Ada <ada@cirrus.example>
  | To: xen-security-issues-discuss@lists.xenproject.org
  | Subject: Re: XSA-999
  | Date: Mon, 02 Nov 2026 09:31:00 +0000
  | Message-ID: <post-1@cirrus.example>
  | X-Trick: a\\u{1b}[2Jb

the whole message: embargod held --config embargod.toml show 2 --raw
";
    assert_eq!(timeless(&house.embargod(&["held", "show", "held-2"]).good()), expected);
    let shown = house.embargod(&["held", "show", "2", "--json"]).json().remove(0);
    let reasons: Vec<_> = shown["reasons"].as_array().unwrap().iter().map(|reason| reason["stage"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["class", "verdict", "gate", "gate"]);
    assert!(shown["header"].as_str().unwrap().ends_with("X-Trick: a\\u{1b}[2Jb"), "{shown}");
    assert_eq!(house.embargod(&["held", "show", "2", "--raw"]).good(), POST.replace('\n', "\r\n"));

    assert_eq!(house.embargod(&["held", "show", "1"]).bad(1), "embargod: there is no held message 1\n");
    let wrong = house.embargod(&["held", "show", "x"]).bad(2);
    assert!(wrong.starts_with("error: invalid value 'x' for '<ID>': a number is wanted, as the lists show it: 17\n"), "{wrong}");
}

#[test]
fn a_person_rules_once_and_the_story_tells_it() {
    let house = House::with_mail();
    assert_eq!(house.embargod(&["advisory", "live", "XSA-999"]).code, 0);
    let done = house.embargod(&["held", "approve", "2"]).good();
    assert_eq!(done, "held-2: approved (No daemon runs: letters about it go out at the next run.)\n");
    assert_eq!(house.letters_to("security@cirrus.example").len(), 0, "nothing goes out before the next run");
    house.embargod(&["run", "--once"]).good();
    for member in ["security@cirrus.example", "psirt@nimbus.example"] {
        let letters = house.letters_to(member);
        assert_eq!(letters.len(), 1, "{member}");
        assert!(letters[0].ends_with("Does the patch build on 4.17? It does not build here.\r\n"), "{member}");
    }
    let again = timeless(&house.embargod(&["held", "reject", "2", "--class", "policy"]).bad(1));
    assert_eq!(again, "embargod: It was approved by mona at TIME; nothing was done.\n");
    assert_eq!(house.embargod(&["held", "list"]).good(), "nothing is held\n");
    assert!(house.embargod(&["held", "list", "--all"]).good().contains("approved"));

    let story = timeless(&house.embargod(&["why", "2"]).good());
    for line in [
        "message 2: post, ruled, approved\n",
        "  TIME  received by the mail server (demo/INBOX)\n",
        "  TIME  decided: post by technical\n",
        "verdict body \"does not build\" (technical)\n",
        "  TIME  approved by mona\n",
    ] {
        assert!(story.contains(line), "{line}in\n{story}");
    }
    let places = [
        "received by the mail server",
        "on our disk",
        "decided: post",
        "held-notice",
        "approved by mona",
        "nimbus.example accepted",
    ];
    let found: Vec<Option<usize>> = places.iter().map(|place| story.find(place)).collect();
    assert!(found.is_sorted() && found.iter().all(Option::is_some), "{found:?} in\n{story}");
    let by_id = timeless(&house.embargod(&["why", "<post-1@cirrus.example>"]).good());
    assert_eq!(by_id, story, "the same story by its Message-ID");
    let full = house.embargod(&["why", "2", "--full"]).good();
    assert!(full.contains("psirt@nimbus.example tried: accepted: 250 2.0.0"), "{full}");

    let json = house.embargod(&["why", "2", "--json"]).json().remove(0);
    assert_eq!((json["ruling"]["state"].as_str(), json["ruling"]["by"].as_str()), (Some("approved"), Some("mona")));
    let sent = json["letters"].as_array().unwrap().iter().flat_map(|letter| letter["deliveries"].as_array().unwrap());
    assert!(sent.clone().all(|delivery| delivery["state"] == "accepted" && delivery["tries"].as_array().unwrap().len() == 1));
    assert!(sent.count() > 4);
    assert_eq!(house.embargod(&["why", "99"]).bad(1), "embargod: there is no message 99\n");
    assert_eq!(
        house.embargod(&["why", "<none@nowhere.example>"]).bad(1),
        "embargod: there is no message with the Message-ID <none@nowhere.example>\n"
    );
}

#[test]
fn every_ruling_is_reachable_and_a_wrong_word_is_refused() {
    let house = House::new();
    for number in 1..=5 {
        house.receive(&format!("{number}.post"), &POST.replace("post-1", &format!("post-{number}")));
    }
    house.embargod(&["run", "--once"]).good();
    let rulings = [
        &["held", "reject", "1", "--class", "policy"][..],
        &["held", "discard", "held-3"],
        &["held", "reroute", "4"],
        &["held", "hold", "5"],
    ];
    for ruling in rulings {
        house.embargod(ruling).good();
    }
    let rows = house.embargod(&["held", "list", "--all", "--json"]).json();
    let states: Vec<_> = rows.iter().map(|row| (row["id"].as_i64().unwrap(), row["state"].as_str().unwrap())).collect();
    assert_eq!(states, [(1, "rejected"), (2, "waiting"), (3, "discarded"), (4, "rerouted"), (5, "waiting")]);
    let unsent = house.embargod(&["held", "reject", "2", "--text", "Please ask on xen-devel."]).bad(1);
    let expected = "embargod: The sender is not proven, so no letter may go there and your words would be lost. `discard` it, \
                    or `reject` without a text.\n";
    assert_eq!(unsent, expected);
    let wrong = house.embargod(&["held", "reject", "2", "--class", "rude"]).bad(2);
    let expected = "error: invalid value 'rude' for '--class <CLASS>': a class is one of policy, membership, not-embargoed, \
                    public-recipient, mixed, unreadable\n";
    assert!(wrong.starts_with(expected), "{wrong}");
    let missing = house.embargod(&["held", "approve", "77"]).bad(1);
    assert_eq!(missing, "embargod: there is no held message with that number\n");
}

#[test]
fn a_case_is_claimed_answered_and_closed() {
    let house = House::with_mail();
    let row = house.embargod(&["case", "list", "--json"]).json().remove(0);
    assert_eq!(keys(&row), ["claimed_by", "discoverer", "id", "mails", "next", "opened_at", "reason", "state"]);
    assert_eq!(keys(&row["next"]), ["due", "owner", "what"]);
    assert_eq!(
        (row["next"]["what"].as_str(), row["next"]["owner"].as_str()),
        (Some("nobody has claimed it (`claim`)"), Some("team"))
    );
    let list = timeless(&house.embargod(&["case", "list"]).good());
    let cells: Vec<&str> = list.lines().nth(1).unwrap().split("  ").filter(|cell| !cell.is_empty()).map(str::trim).collect();
    let expected = ["1", "unclaimed", "TIME", "0 min", "rita@research.example", "1", "TIME", "nobody has claimed it (`claim`)"];
    assert_eq!(cells, expected, "{list}");
    assert_eq!((row["state"].as_str(), row["mails"].clone()), (Some("open"), json!([1])));
    house.embargod(&["case", "claim", "case-1"]).good();
    assert_eq!(house.fed(&["case", "reply", "1"], " \n").bad(2), "embargod: an answer without words is not sent\n");
    assert_eq!(
        house.embargod(&["case", "reply", "1", "--file", "none.txt"]).bad(2),
        "embargod: none.txt: cannot be read: entity not found\n"
    );
    house.fed(&["case", "reply", "1"], "Thank you, we can reproduce it.\n").good();
    house.embargod(&["case", "reply", "1", "--text", "The fix is ready."]).good();
    house.embargod(&["run", "--once"]).good();
    let letters = house.letters_to("rita@research.example").concat();
    assert!(letters.contains("Thank you, we can reproduce it.") && letters.contains("The fix is ready."));
    let show = distanceless(&timeless(&house.embargod(&["case", "show", "1"]).good()));
    let expected = "\
case-1: claimed
  discoverer  rita@research.example
  opened      TIME UTC (0 min)
  claimed by  mona
  next        is it security-supported? (`scope`)
              mona, by TIME UTC (DISTANCE)

  handling         being looked at
  confidentiality  not determined: counts as embargoed
  number           none
  CVE              none
  patches          none
  advisory         none
  deployment       not said

  the members should hear of it   TIME UTC (DISTANCE)
  public by the policy's targets  TIME UTC (DISTANCE)

  open:
  - is it security-supported? (`scope`)
  - is it public? (`public yes|no|unknown`)
  - is it a vulnerability? (`confirm`)
  - it has no number (`xsa next`)
  - the CVE number is open (`cve requested|assigned|none`)
  - no patch is complete (`patch complete`)
  - no advisory is registered (`register`)
  - the advisory is not public (`arm`)

mail  as      arrived (UTC)
1     report  TIME

  TIME  opened: case-1 opened (mail 1)
";
    assert!(show.starts_with(expected), "{show}");
    let told = house.embargod(&["case", "say", "1", "embargo", "2099-12-08T12:00:00Z"]).bad(1);
    assert_eq!(told, "embargod: Say first whether it is public: `public yes|no|unknown`.\n");
    house.embargod(&["case", "say", "1", "public", "no"]).good();
    house.embargod(&["case", "say", "1", "xsa", "next"]).good();
    house.embargod(&["case", "close", "1", "fixed", "in", "XSA-500"]).good();
    assert_eq!(house.embargod(&["case", "list"]).good(), "no case is open\n");
    let row = house.embargod(&["case", "list", "--all", "--json"]).json().remove(0);
    assert_eq!((row["state"].as_str(), row["reason"].as_str()), (Some("closed"), Some("fixed in XSA-500")));
    assert_eq!(house.embargod(&["case", "show", "9"]).bad(1), "embargod: there is no case 9\n");
    let full = house.embargod(&["case", "show", "1", "--json"]).json().remove(0);
    assert_eq!(full["letters_in"][0]["how"], "report");
    let regions: Vec<_> = full["regions"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(regions[0], "closed: by hand");
    assert_eq!((full["next"].clone(), full["open"].clone(), full["reminders"].clone()), (json!(null), json!([]), json!([])));
}

/// The discoverer's answer brings a CVE id: the case shows which mail says so, and the notice names it.
#[test]
fn cve_ids_of_a_follow_up_are_shown() {
    let house = House::with_mail();
    assert!(!house.embargod(&["case", "show", "1"]).good().contains("CVE ids"), "the report names none");
    let letter = house.letters_to("rita@research.example").concat();
    let field = |name: &str| letter.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    let follow_up = format!(
        "From: Rita Reporter <rita@research.example>\nTo: security@xenproject.org\nSubject: Re: {}\nIn-Reply-To: {}\n\
         Date: Mon, 02 Nov 2026 10:30:00 +0000\nMessage-ID: <report-2@research.example>\n\nIt has a number: cve-2026-31337.\n",
        field("Subject:"),
        field("Message-ID:")
    );
    house.receive("3.follow-up", &follow_up);
    house.embargod(&["run", "--once"]).good();
    let show = house.embargod(&["case", "show", "1"]).good();
    assert!(show.contains("\n  CVE ids     CVE-2026-31337 (mail 3)\n"), "{show}");
    let full = house.embargod(&["case", "show", "1", "--json"]).json().remove(0);
    let cves: Vec<_> = full["letters_in"].as_array().unwrap().iter().map(|mail| mail["cves"].clone()).collect();
    assert_eq!(cves, [json!([]), json!(["CVE-2026-31337"])]);
    // What a mail says is not what was assigned.
    assert!(show.contains("\n  CVE              none\n"), "{show}");
    let notice = house.letters_to("tariq@team.example").pop().unwrap();
    assert!(notice.contains("Subject: [case-1] Another mail") && notice.contains("  CVE ids: "), "{notice}");
}

/// What is left of it stands at a distance that the clock decides.
fn distanceless(text: &str) -> String {
    Regex::new(r"\((?:in )?\d+ (?:day|hour|minute)[^)]*\)").unwrap().replace_all(text, "(DISTANCE)").into_owned()
}

#[test]
fn the_report_of_a_case_under_embargo_is_sealed() {
    let house = House::with_mail();
    house.embargod(&["case", "claim", "1"]).good();
    house.embargod(&["case", "say", "1", "decide: we wait for the vendor of mona"]).good();
    let rule = "=".repeat(78);
    let said = house.embargod(&["case", "report", "1"]).good();
    let begin = format!(
        "{rule}\nSEALED: THIS CASE IS UNDER EMBARGO. NOT FOR ANYBODY OUTSIDE THE TEAM.\n\n# Transparency report: case-1\n"
    );
    assert!(said.starts_with(&begin) && said.ends_with(&format!("[decided]\n{rule}\n")), "{said}");
    assert!(said.contains("team member A: we wait for the vendor of team member A\n"), "{said}");
    assert!(!said.contains("rita@research.example") && !said.contains("Rita"), "{said}");

    // Only its digest is in the record, and the file is nobody else's to read.
    let out = house.embargod(&["case", "report", "1", "--out", "report.md"]).good();
    let text = fs::read_to_string(house.at("report.md")).unwrap();
    let digest = sha256(text.as_bytes());
    assert_eq!(out, format!("report.md is written (sealed: not for anybody outside the team, SHA-256 {digest})\n"));
    assert_eq!(fs::metadata(house.at("report.md")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(text, said.replace(&format!("{rule}\n"), ""));
    let shown = house.embargod(&["case", "show", "1"]).good();
    let entry = format!("report-sealed by mona: a sealed report was written out, SHA-256 {digest}\n");
    assert_eq!(shown.matches(&entry).count(), 2, "{shown}");
    house.embargod(&["audit", "verify"]).good();

    let again = house.embargod(&["case", "report", "1", "--out", "report.md"]).bad(2);
    assert_eq!(again, "embargod: report.md is there already; name a new file\n");
    assert_eq!(house.embargod(&["case", "report", "9"]).bad(1), "embargod: there is no case 9\n");
    let answer = house.embargod(&["case", "report", "1", "--json"]).json().remove(0);
    assert_eq!(
        (keys(&answer), answer["sealed"].clone(), answer["sha256"].as_str()),
        (vec!["case", "sealed", "sha256", "text"], json!(true), Some(&*digest))
    );
}

#[test]
fn a_calendar_tells_nothing_of_what_members_have_not_heard() {
    let house = House::with_mail();
    house.embargod(&["case", "say", "1", "claim"]).good();
    house.embargod(&["case", "say", "1", "public", "no"]).good();
    house.embargod(&["case", "say", "1", "embargo", "2099-12-08T12:00:00Z", "because", "it", "is", "a", "test"]).good();
    let nothing = "embargod: there is no date to tell: members have not heard of it, or it is public\n";
    assert_eq!(house.embargod(&["case", "calendar", "1"]).bad(1), nothing);
    assert_eq!(house.embargod(&["case", "calendar", "--all", "--out", "x.ics"]).bad(1), nothing);
    assert!(!house.at("x.ics").exists());
    let nothing = "embargod: there is nothing to tell: members have not heard of it, or it is public\n";
    assert_eq!(house.embargod(&["case", "card", "1"]).bad(1), nothing);
    assert_eq!(house.embargod(&["case", "card", "9"]).bad(1), "embargod: there is no case 9\n");
    assert_eq!(house.embargod(&["case", "calendar", "9"]).bad(1), "embargod: there is no case 9\n");
    assert_eq!(house.embargod(&["case", "calendar"]).code, 2);
}

#[test]
fn the_membership_is_one_table_and_takes_two_people() {
    let house = House::with_mail();
    let added = house.embargod(&["member", "add", "Stratus", "psirt@stratus.example", "--poster", "bo@stratus.example"]).good();
    let alone = " (No daemon runs: letters about it go out at the next run.)\n";
    assert_eq!(added, format!("member-3 is proposed; it takes a second person of the team, who answer `second`.{alone}"));
    assert_eq!(
        house.embargod(&["member", "say", "3", "second"]).bad(1),
        "embargod: mona proposed it, and it takes two: another person of the team answers `second`.\n"
    );
    let removed = house.embargod(&["member", "remove", "psirt@nimbus.example", "--because", "they asked."]).good();
    let expected = "mona has frozen Nimbus (member-2), because they asked. Nothing more goes there. mona wants to remove Nimbus (member-2). \
                    A second person makes it final: answer this mail with `second` if you agree, or `thaw`.";
    assert_eq!(removed, format!("{expected}{alone}"));
    let list = timeless(&house.embargod(&["member", "list"]).good());
    let expected = "\
member  organisation  address                  state     since (UTC)       posters
1       Cirrus        security@cirrus.example  active    TIME  ada@cirrus.example
2       Nimbus        psirt@nimbus.example     frozen    TIME
3       Stratus       psirt@stratus.example    proposed  TIME  bo@stratus.example
";
    assert_eq!(list, expected);
    let all = house.embargod(&["member", "list", "--all", "--json"]).json();
    assert_eq!(keys(&all[0]), ["added_at", "address", "changed_at", "id", "organisation", "posters", "state"]);
    assert_eq!(
        house.embargod(&["member", "add", "World", "xen-devel@lists.xenproject.org"]).bad(1),
        "embargod: That address is a list or one of our own; embargoed mail must not go there.\n"
    );
    assert_eq!(
        house.embargod(&["member", "add", "Jo", "jo.smith@jo.example"]).bad(1),
        "embargod: That is a person's address, or one at a free-mail provider. If it is to be taken, say why: `... because ...`.\n"
    );
    assert_eq!(house.embargod(&["member", "remove", "a@b.example"]).bad(1), "embargod: there is no member with that number\n");
    house.embargod(&["member", "thaw", "2"]).good();
    let shown = house.embargod(&["member", "show", "2"]).good();
    assert!(shown.starts_with("member-2 Nimbus: active since ") && shown.contains("retracted  mona\n"), "{shown}");
}

#[test]
fn the_public_list_is_imported_shown_and_exported() {
    let house = House::with_mail();
    let list = "name,added_in_policy_version\nCirrus,2.5\n\"Nimbus, Inc\",\nXen Team,1.2-or-unrecorded\nVollmar,3.6\n";
    let lines = "v3.6 Mar 24th 2015: Added Vollmar to the predisclosure list.\nv2.5 Sep 30th 2014: Added Cirrus to the predisclosure list.\n";
    fs::write(house.at("list.csv"), list).unwrap();
    fs::write(house.at("history.txt"), lines).unwrap();
    let files = [house.at("list.csv").display().to_string(), house.at("history.txt").display().to_string()];
    let imported = house.embargod(&["roster", "import", &files[0], "--history", &files[1]]).good();
    assert!(
        imported.starts_with(
            "5 organisations stand on the public list, 3 of them new. Not in the file, and still there: Nimbus. If "
        ),
        "{imported}"
    );
    assert_eq!(house.embargod(&["roster", "list"]).good(), "Cirrus\nNimbus\nNimbus, Inc\nXen Team\nVollmar\n");
    house.embargod(&["member", "say", "2", "rename", "Nimbus,", "Inc"]).good();
    assert_eq!(house.embargod(&["roster", "list"]).good(), "Cirrus\nNimbus, Inc\nXen Team\nVollmar\n");
    assert_eq!(house.embargod(&["roster", "history"]).good(), lines);
    let exported = house.embargod(&["roster", "export"]).good();
    assert_eq!(exported, "name,added_in_policy_version\nCirrus,2.5\n\"Nimbus, Inc\",\nXen Team,\nVollmar,3.6\n");
    fs::write(house.at("list.csv"), "name\nCirrus\nsecurity@nimbus.example\n").unwrap();
    let refused = house.embargod(&["roster", "import", &files[0]]).bad(1);
    assert_eq!(
        refused,
        "embargod: line 3: an @ (or U+FF20 or U+FE6B, which look like one) in the name of an organisation: addresses are never on the public list\n"
    );
    assert_eq!(house.embargod(&["roster", "list"]).good().lines().count(), 4, "a list that is refused changes nothing");
}

#[test]
fn a_fire_drill_and_readiness_are_looked_at() {
    let house = House::with_mail();
    assert_eq!(house.embargod(&["drill", "report"]).bad(1), "embargod: there was no fire drill (`embargod drill start`)\n");
    let started = house.embargod(&["drill", "start"]).good();
    assert!(started.starts_with("drill-1 is on its way to 2 members;"), "{started}");
    let rows = house.embargod(&["drill", "report", "--json"]).json();
    assert_eq!(keys(&rows[0]), ["address", "answered_after_hours", "organisation", "reply", "seconds", "state", "tls"]);
    assert_eq!((rows.len(), rows[0]["state"].as_str()), (2, Some("queued")));
    let ready = house.embargod(&["readiness", "--json"]).json();
    assert_eq!(keys(&ready[0]), ["faults", "id", "organisation", "score"]);
    assert_eq!(ready[0]["faults"][0], "nobody ever confirmed that its alias is read");
    assert_eq!(
        house.embargod(&["tls-policy", "write"]).bad(2),
        "embargod: no table is configured: add verified-tls = \"policy-table\" and tls-policy-file = \"FILE\" to [transport.relay]\n"
    );
    assert_eq!(house.embargod(&["applications"]).good(), "no application waits\n");
    assert_eq!(house.embargod(&["applications", "show", "9"]).bad(1), "embargod: there is no application 9\n");
}

#[test]
fn advisories_become_live_and_public() {
    let house = House::with_mail();
    assert_eq!(house.embargod(&["advisory", "list"]).good(), "there are no advisories\n");
    house.embargod(&["advisory", "live", "XSA-999", "--until", "2099-01-01T12:00:00Z"]).good();
    let row = house.embargod(&["advisory", "list", "--json"]).json().remove(0);
    assert_eq!(keys(&row), ["id", "number", "revision", "sent_by", "state", "submitted_by", "until"]);
    assert_eq!((row["number"].clone(), row["until"].as_str()), (json!(999), Some("2099-01-01T12:00:00Z")));
    house.embargod(&["advisory", "public", "999"]).good();
    let list = house.embargod(&["advisory", "list"]).good();
    assert_eq!(
        list,
        "id  advisory    state  embargo until (UTC)  from  sent by\n1   XSA-999 v0  ended  2099-01-01 12:00     mona  mona\n"
    );
    assert_eq!(house.embargod(&["advisory", "send", "7"]).bad(1), "embargod: there is no advisory with that number\n");
    assert_eq!(house.embargod(&["advisory", "cancel", "7"]).bad(1), "embargod: there is no advisory with that number\n");
}

#[test]
fn nobody_catches_up_on_what_was_not_sent_from_here() {
    let house = House::with_mail();
    let none = "embargod: there is no advisory with the members with that number\n";
    assert_eq!(house.embargod(&["advisory", "catch-up", "XSA-999"]).bad(1), none);
    house.embargod(&["advisory", "live", "XSA-999"]).good();
    assert_eq!(house.embargod(&["advisory", "catch-up", "XSA-999"]).bad(1), none, "its bytes are not here");
}

/// A mail for the predisclosure list's address, saved with the line ends of this machine.
const ADVISORY: &str = "\
From: Mona <mona@team.example>
To: xen-security-issues@lists.xenproject.org
Subject: Xen Security Advisory 999 v1 - the timer code is used unchecked
Date: Mon, 02 Nov 2026 09:32:00 +0000
Message-ID: <advisory-1@team.example>

*** EMBARGOED UNTIL 2099-01-01 12:00 UTC ***

The timer code is used unchecked.
";

/// Who is asked for the second word sees whose confidentiality nobody has on record (P54), and that somebody is named who did not want to be (P4).
#[test]
fn the_request_to_send_tells_of_missing_terms_and_of_the_credits() {
    let house = House::with_mail();
    for line in ["claim", "public no", "scope supported timer", "confirm", "xsa 999", "request anonymity: please do not name me"]
    {
        house.embargod(&["case", "say", "1", line]).good();
    }
    let asked = |name: &str, id: &str| {
        let heading = format!("{:>50}\n\n{:>60}\n\n", "Xen Security Advisory XSA-999", "the timer code is used unchecked");
        let credits = "\n\nCREDITS\n=======\n\nRita Reporter of Example Research found it.\n";
        let text = ADVISORY.replacen("\nThe timer code", &format!("\n{heading}The timer code"), 1).replacen("advisory-1", id, 1);
        fs::write(house.at(name), format!("{}{credits}", text.trim_end())).unwrap();
        house.embargod(&["advisory", "submit", name]).good();
        house.embargod(&["run", "--once"]).good();
        let letter = house.letters_to("tariq@team.example").pop().unwrap();
        letter.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let first = asked("first.eml", "advisory-1");
    assert!(first.contains("error X15: it names the discoverer, who asked not to be named"), "{first}");
    assert!(first.contains("No accepted terms are on record of these members (2 of 2: Cirrus, Nimbus)."), "{first}");
    house.embargod(&["member", "say", "1", "terms", "v3.23", "2026-11-21"]).good();
    let second = asked("second.eml", "advisory-2");
    assert!(second.contains("(1 of 2: Nimbus)"), "{second}");
    house.embargod(&["member", "say", "2", "terms", "v3.23", "2026-11-21"]).good();
    house.embargod(&["case", "say", "1", "request credit: as Rita Reporter"]).good();
    let third = asked("third.eml", "advisory-3");
    assert!(!third.contains("accepted terms") && !third.contains("X15"), "{third}");
}

/// A report whose From is no one person's: the case has no discoverer until somebody says who it is.
#[test]
fn whose_report_it_is_can_be_said() {
    let house = House::new();
    let two =
        REPORT.replacen("From: Rita Reporter <rita@research.example>", "From: rita@research.example, ralf@research.example", 1);
    house.receive("1.report", &two);
    house.embargod(&["run", "--once"]).good();
    assert_eq!(house.embargod(&["case", "list", "--json"]).json()[0]["discoverer"], "");
    let nobody = house.embargod(&["case", "reply", "1", "--text", "Thank you."]).bad(1);
    assert!(nobody.contains("The discoverer's address is not known; nothing was sent."), "{nobody}");
    house.embargod(&["case", "say", "1", "discoverer", "rita@research.example"]).good();
    assert_eq!(house.embargod(&["case", "list", "--json"]).json()[0]["discoverer"], "rita@research.example");
    house.embargod(&["case", "reply", "1", "--text", "Thank you."]).good();
    house.embargod(&["run", "--once"]).good();
    assert!(house.letters_to("rita@research.example").concat().contains("Thank you."));
    let again = house.embargod(&["case", "say", "1", "discoverer", "ralf@research.example"]);
    assert_eq!(again.code, 1, "{again:?}");
}

#[test]
fn an_advisory_is_handed_in_as_a_file_by_a_person() {
    let house = House::with_mail();
    let file = |name: &str, text: &str| fs::write(house.at(name), text).unwrap();
    file("advisory.eml", ADVISORY);
    let said = timeless(&house.embargod(&["advisory", "submit", "advisory.eml"]).good());
    assert!(said.starts_with("message 3 (SHA-256 "), "{said}");
    assert!(
        said.contains("is registered; the others of the team are asked. Its OpenPGP signature was not checked (X10)."),
        "{said}"
    );
    let row = house.embargod(&["advisory", "list", "--json"]).json().remove(0);
    assert_eq!((row["state"].as_str(), row["submitted_by"].as_str()), (Some("waiting"), Some("mona")));
    house.embargod(&["run", "--once"]).good();
    let asked = house.letters_to("tariq@team.example").pop().unwrap();
    assert!(asked.contains("The timer code is used unchecked.") && asked.contains("\n  send "), "{asked}");

    // The same file twice is one advisory; what is refused is not kept, so that the mended file can come.
    let again = house.embargod(&["advisory", "submit", "advisory.eml"]).bad(1);
    assert_eq!(again, "embargod: message 3 is the same mail; nothing more is done with it\n");
    file("no-id.eml", &ADVISORY.replacen("Message-ID", "X-Id", 1));
    let refused = house.embargod(&["advisory", "submit", "no-id.eml"]).bad(1);
    assert_eq!(
        refused,
        "embargod: the file has no Message-ID field; it must be a complete mail, as it is to go out (RFC 5322 section 3.6)\n"
    );
    file("other.eml", &ADVISORY.replacen("The timer code", "The other code", 1));
    let refused = house.embargod(&["advisory", "submit", "other.eml"]).bad(1);
    assert_eq!(refused, "embargod: an earlier mail had the same Message-ID and another content; submit it as a new mail\n");
    assert!(house.embargod(&["advisory", "submit", "none.eml"]).bad(2).contains("none.eml: cannot be read"), "no such file");
    assert_eq!(house.embargod(&["advisory", "list", "--json"]).json().len(), 1);
    assert_eq!(house.embargod(&["status", "--json"]).json()[0]["quarantined"], json!(0));
}

#[test]
fn a_second_word_typed_names_what_it_agrees_to() {
    let house = House::with_mail();
    for line in ["claim", "public no", "public yes https://bugs.example/1"] {
        house.embargod(&["case", "say", "1", line]).good();
    }
    let asked = house.embargod(&["case", "say", "1", "second"]).bad(1);
    let (before, after) = asked.split_once(". `second ").unwrap();
    assert_eq!(before, "embargod: mona wants `public yes`: https://bugs.example/1");
    let (serial, rest) = after.split_once('`').unwrap();
    assert_eq!(rest, " agrees to that.\n");
    let own = house.embargod(&["case", "say", "1", &format!("second {serial}")]).bad(1);
    assert!(own.contains("You have proposed it"), "{own}");
}

#[test]
fn nobody_says_pushed_of_what_is_not_public() {
    let house = House::with_mail();
    let none = house.embargod(&["advisory", "pushed", "XSA-998", "0123456789ab"]).bad(1);
    assert_eq!(none, "embargod: there is no case of an advisory with that number\n");
    for line in ["claim", "public no", "scope supported timer", "confirm", "xsa 998"] {
        house.embargod(&["case", "say", "1", line]).good();
    }
    let early = house.embargod(&["advisory", "pushed", "XSA-998", "0123456789ab"]).bad(1);
    assert_eq!(early, "embargod: It is not public yet: the release comes first (`arm`).\n");
    let wrong = house.embargod(&["advisory", "pushed", "XSA-998", "main"]).bad(1);
    assert_eq!(wrong, "embargod: a changeset is named by seven hexadecimal digits or more\n");
}

#[test]
fn the_outbox_shows_what_is_open() {
    let house = House::with_mail();
    assert_eq!(house.embargod(&["outbox", "list"]).good(), "nothing waits and nothing failed\n");
    let all = house.embargod(&["outbox", "list", "--all", "--json"]).json();
    let expected = ["attempts", "bounce", "id", "kind", "label", "letter", "next_at", "recipient", "reply", "state"];
    assert_eq!(keys(&all[0]), expected);
    let one = house.embargod(&["outbox", "list", "--letter", "1"]).good();
    let expected = "\
id  letter  kind             recipient              state     tries  next (UTC)  reply
1   1       acknowledgement  rita@research.example  accepted  1      -           accepted: 250 2.0.0
";
    assert_eq!(one, expected);
    assert_eq!(
        house.embargod(&["outbox", "retry", "1"]).bad(1),
        "embargod: there is no failed or waiting delivery 1; none is tried again\n"
    );
    // Several are one request: all or none.
    let database = rusqlite::Connection::open(house.at("state/embargod.sqlite")).unwrap();
    database.execute_batch("UPDATE delivery SET state = 'failed' WHERE id IN (1, 2)").unwrap();
    let retried =
        || -> i64 { database.query_row("SELECT count(*) FROM event WHERE kind = 'retry'", [], |row| row.get(0)).unwrap() };
    let none = house.embargod(&["outbox", "retry", "1", "2", "999"]).bad(1);
    assert_eq!(none, "embargod: there is no failed or waiting delivery 999; none is tried again\n");
    assert_eq!(retried(), 0);
    let retries = house.embargod(&["outbox", "retry", "1", "2", "2"]).good();
    assert!(retries.starts_with("2 deliveries are tried again: 1, 2."), "{retries}");
    assert_eq!(retried(), 2);
    // The relay is mended: what waits for its next attempt goes at once, and nothing else.
    assert_eq!(house.embargod(&["outbox", "retry", "--waiting"]).good(), "no delivery waits for its next attempt\n");
    database.execute_batch("UPDATE delivery SET state = 'deferred', next_at = 4000000000000 WHERE id IN (1, 3)").unwrap();
    database.execute_batch("UPDATE delivery SET state = 'unknown' WHERE id = 2").unwrap();
    let waiting = house.embargod(&["outbox", "retry", "--waiting"]).good();
    assert!(waiting.starts_with("2 deliveries are tried again: 1, 3."), "{waiting}");
    assert_eq!(retried(), 4);
    for two in [&["--waiting", "1"][..], &["--waiting", "--letter", "1"], &[]] {
        assert_eq!(house.embargod(&[&["outbox", "retry"], two].concat()).code, 2, "{two:?}");
    }
    assert_eq!(house.embargod(&["replay", "1"]).bad(1), "embargod: there is no quarantined message with that number\n");
    let refused = house.embargod(&["replay", "1", "--json"]);
    assert_eq!(refused.code, 1);
    let expected = "{\"ok\":false,\"text\":\"there is no quarantined message with that number\"}\n";
    assert_eq!((refused.stdout.as_str(), refused.stderr.as_str()), (expected, ""));
}

#[test]
fn a_high_water_that_cannot_be_read_refuses_the_start_and_says_what_to_do() {
    let house = House::with_mail();
    let (file, state) = (house.at("state/high-water"), house.at("state"));
    fs::write(&file, "generation\n").unwrap();
    for args in [&["run", "--once"][..], &["status"], &["thaw"]] {
        let refused = house.embargod(args).bad(2);
        assert!(refused.contains("state/high-water cannot be read (it is not what embargod wrote)"), "{args:?}: {refused}");
        assert!(refused.contains("mark the database as a copy (`embargod restore --config FILE "), "{args:?}: {refused}");
    }
    // The remedy that it names: frozen, whatever was lost.
    fs::remove_file(&file).unwrap();
    let path = state.join("embargod.sqlite");
    house.embargod(&["restore", path.to_str().unwrap()]).good();
    let frozen = house.embargod(&["run", "--once"]).bad(2);
    assert!(frozen.contains("the database is frozen"), "{frozen}");
    house.embargod(&["thaw", "--confirm"]).good();
}

/// Who runs the program as nobody of the team may operate, not decide.
#[test]
fn the_operator_operates_and_does_not_decide() {
    let house = House::with_mail();
    let config = fs::read_to_string(house.at("embargod.toml")).unwrap();
    let without: String = config.lines().filter(|line| !line.starts_with("uid = ")).flat_map(|line| [line, "\n"]).collect();
    fs::write(house.at("embargod.toml"), without).unwrap();
    for args in [&["held", "approve", "2"][..], &["case", "claim", "1"], &["advisory", "public", "999"]] {
        assert_eq!(house.embargod(args).bad(1), TEAM_ONLY, "{args:?}");
    }
    house.embargod(&["member", "remove", "psirt@nimbus.example"]).good();
}

/// While the daemon runs it has the lock: commands reach it through its socket, and looking disturbs nobody.
#[test]
fn a_running_daemon_is_asked() {
    let house = House::with_mail();
    let ready = UnixDatagram::bind(house.at("notify")).unwrap();
    fs::set_permissions(house.at("notify"), fs::Permissions::from_mode(0o777)).unwrap();
    ready.set_read_timeout(Some(std::time::Duration::from_secs(30))).unwrap();
    let mut daemon = house.command(&["run"]).env("NOTIFY_SOCKET", house.at("notify")).spawn().unwrap();
    let mut told = [0; 512];
    let heard = loop {
        let Ok(length) = ready.recv(&mut told) else { break false };
        if String::from_utf8_lossy(&told[..length]).contains("READY=1") {
            break true;
        }
    };
    // A copy of the configuration with another state folder and the same socket: who begins it must not take the people of this one away.
    let config = fs::read_to_string(house.at("embargod.toml")).unwrap();
    fs::write(house.at("other.toml"), config.replacen("state = \"state\"", "state = \"other\"", 1)).unwrap();
    fs::create_dir(house.at("other")).unwrap();
    std::os::unix::fs::chown(house.at("other"), house.person(), house.person()).unwrap();
    fs::set_permissions(house.at("other"), fs::Permissions::from_mode(0o700)).unwrap();
    let other = house.command_on("other.toml", &["run"]).output().unwrap();
    let answers =
        [house.embargod(&["held", "discard", "2"]), house.embargod(&["status", "--json"]), house.embargod(&["run", "--once"])];
    let pid = rustix::process::Pid::from_raw(i32::try_from(daemon.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(daemon.wait().unwrap().success());
    assert!(heard, "the daemon said that it is ready");
    let [discard, status, second] = answers;
    assert_eq!(other.status.code(), Some(2));
    let said = String::from_utf8(other.stderr).unwrap();
    let expected = "embargod: another embargod listens at state/control.sock: give this one a `control-socket` of its own (and a state folder), or stop the other\n";
    assert!(said.ends_with(expected), "{said}");
    assert_eq!(discard.good(), "held-2: discarded\n");
    let status = status.json().remove(0);
    assert_eq!((status["daemon"].as_str(), status["held"].clone()), (Some("running"), json!(0)));
    let mailbox = &status["mailboxes"][0];
    assert_eq!((mailbox["mailbox"].as_str(), mailbox["is_read"].as_bool()), (Some("demo/INBOX"), Some(true)), "{status}");
    assert!(mailbox["read"].is_string(), "{status}");
    assert_eq!(second.bad(2), "embargod: another embargod is using state; there is one writer, always: stop it first\n");
}

#[test]
fn check_tells_what_would_run() {
    let house = House::new();
    let report = house.embargod(&["check", "--connect"]).good();
    for line in [
        "embargod.toml: the configuration is usable\n",
        "team: mona, tariq, uma, reports to security@xenproject.org, letters from security-desk@xenproject.org\n",
        "rules: ",
        "database: made at the first start\n",
        "ok source demo: 0 messages\n",
        "ok transport: the folder can be written\n",
    ] {
        assert!(report.contains(line), "{line} in\n{report}");
    }
    fs::set_permissions(house.at("in/new"), fs::Permissions::from_mode(0o0)).unwrap();
    let Said { code, stdout, stderr } = house.embargod(&["check", "--connect"]);
    assert_eq!((code, stdout.contains("ok transport")), (1, true), "the rest goes on");
    let expected = "embargod: source demo: cannot list in/new (permission denied); check that it exists, its owner and permissions, \
                    and the free space\n";
    assert_eq!(stderr, expected);
    house.embargod(&["check"]).good();
}

/// The operator's own rules may be stricter than the built-in ones: those must never stand in for them unnoticed.
#[test]
fn rules_that_are_meant_and_not_read_are_no_silent_matter() {
    let house = House::new();
    let config = fs::read_to_string(house.at("embargod.toml")).unwrap();
    fs::write(house.at("embargod.toml"), format!("rules = \"rules\"\n{config}")).unwrap();
    fs::create_dir(house.at("rules")).unwrap();
    let shipped = |name: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules").join(name)).unwrap();
    let refused = |expected: &str| {
        for args in [&["check"][..], &["run", "--once"]] {
            let said = house.embargod(args);
            assert_eq!((said.code, said.stderr.as_str()), (2, format!("embargod: {expected}\n").as_str()), "{args:?}");
        }
    };
    let report = house.embargod(&["check"]).good();
    assert!(report.contains("(built in; there is none in rules)"), "{report}");

    // As root leaves it with its umask of 077, for a daemon that is another user.
    fs::write(house.at("rules/discuss.toml"), shipped("discuss.toml")).unwrap();
    fs::set_permissions(house.at("rules/discuss.toml"), fs::Permissions::from_mode(0o000)).unwrap();
    let remedy = "make it readable for the user that runs embargod";
    refused(&format!("rules/discuss.toml: cannot be read: permission denied; {remedy}"));
    fs::set_permissions(house.at("rules/discuss.toml"), fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(house.at("rules"), fs::Permissions::from_mode(0o000)).unwrap();
    refused(&format!("rules: cannot be read: permission denied; {remedy}"));
    fs::set_permissions(house.at("rules"), fs::Permissions::from_mode(0o755)).unwrap();
    let report = house.embargod(&["check"]).good();
    assert!(report.contains("(discuss.toml of rules, the others built in)"), "{report}");

    // A link into nothing, a name that nobody reads, and a file that is read from the program alone.
    fs::remove_file(house.at("rules/discuss.toml")).unwrap();
    std::os::unix::fs::symlink("elsewhere.toml", house.at("rules/discuss.toml")).unwrap();
    refused(&format!("rules/discuss.toml: cannot be read: entity not found; {remedy}"));
    fs::remove_file(house.at("rules/discuss.toml")).unwrap();
    fs::write(house.at("rules/discus.toml"), shipped("discuss.toml")).unwrap();
    refused(
        "rules/discus.toml: no file of rules has this name, and nobody would read it; the names are inbox.toml, discuss.toml, application.toml, \
         advisory.toml. Rename it, or give it another ending than .toml",
    );
    fs::rename(house.at("rules/discus.toml"), house.at("rules/discus.toml.old")).unwrap();
    fs::write(house.at("rules/bounces.toml"), shipped("bounces.toml")).unwrap();
    house.embargod(&["check"]).good();
    fs::write(house.at("rules/bounces.toml"), "# nothing\n").unwrap();
    refused("rules/bounces.toml: these rules are built in, and what was changed here would do nothing; remove the file");
}

/// An operator installs a new version over a state that an older one left, and may want to go back.
#[test]
fn an_upgrade_keeps_what_was_there_and_says_where() {
    let house = House::new();
    let config = fs::read_to_string(house.at("embargod.toml")).unwrap();
    fs::write(house.at("embargod.toml"), config.replacen("level = \"warn\"", "level = \"info\"", 1)).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut steps: Vec<_> = fs::read_dir(root.join("src/store/migrations")).unwrap().map(|entry| entry.unwrap().path()).collect();
    steps.sort();
    let database = house.at("state/embargod.sqlite");
    let old = rusqlite::Connection::open(&database).unwrap();
    for step in steps.iter().take(9) {
        old.execute_batch(&fs::read_to_string(step).unwrap()).unwrap();
    }
    old.execute_batch(&fs::read_to_string(root.join("tests/upgrades/0009.sql")).unwrap()).unwrap();
    old.pragma_update(None, "user_version", 9).unwrap();
    drop(old);
    fs::set_permissions(&database, fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::chown(&database, house.person(), house.person()).unwrap();

    // Who only looks changes nothing, and has to do with the program that runs the daemon.
    let older = house.embargod(&["status"]).bad(2);
    assert!(
        older.contains("has schema 9, this program reads schema ") && older.contains(": start the daemon of this program"),
        "{older}"
    );
    let check = house.embargod(&["check"]).good();
    assert!(
        check.contains("database: of schema 9; the next start makes it ") && check.contains(", after a copy (upgrade-from-"),
        "{check}"
    );
    let log = house.embargod(&["run", "--once"]).stderr;
    let copy = "state/upgrade-from-schema-9.sqlite";
    assert!(log.contains(&format!("the database is of an older version; {copy} is a copy of it as it was")), "{log}");
    assert!(log.contains(&format!("the way back is the older program and `embargod restore --config FILE {copy}`")), "{log}");
    let again = house.embargod(&["run", "--once"]).stderr;
    assert!(!again.contains("older version"), "{again}");
    let version = |path: &Path| -> i64 {
        rusqlite::Connection::open(path).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
    };
    let newest = i64::try_from(steps.len()).unwrap();
    assert_eq!((version(&house.at(copy)), version(&database)), (9, newest));

    // Back, by this program or by the older one: what was there is in place, with its version, and starts frozen.
    let back = house.embargod(&["restore", copy]).good();
    assert!(back.contains("It starts frozen"), "{back}");
    assert_eq!(version(&database), 9);
    let frozen = house.embargod(&["run", "--once"]);
    assert_eq!(frozen.code, 2);
    assert!(frozen.stderr.contains("the database is frozen"), "{}", frozen.stderr);
}

#[test]
fn check_refuses_what_the_daemon_would_refuse() {
    let house = House::new();
    let config = fs::read_to_string(house.at("embargod.toml")).unwrap();
    fs::create_dir(house.at("rules")).unwrap();
    fs::write(house.at("rules/inbox.toml"), "[[rule]]\nname = \"x\"\naction = \"reprot\"\nsubject = ['x']\n").unwrap();
    fs::write(house.at("embargod.toml"), format!("rules = \"rules\"\n{config}")).unwrap();
    let said = house.embargod(&["check"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.starts_with("embargod: rules/inbox.toml:3:10: "), "{}", said.stderr);
    assert!(said.stderr.contains("\n  remedy: "), "{}", said.stderr);
    fs::write(house.at("embargod.toml"), format!("colour = \"red\"\n{config}")).unwrap();
    let refused = house.embargod(&["check"]).bad(2);
    assert!(refused.starts_with("embargod: embargod.toml:1:1: "), "{refused}");
    assert!(embargod(Path::new("/"), &["check"]).bad(2).contains("--config <FILE>"));
}

#[test]
fn the_record_is_verified_and_a_noted_head_tells_of_a_rewritten_one() {
    let house = House::with_mail();
    let head = house.embargod(&["audit", "head"]).good();
    let verified = house.embargod(&["audit", "verify", "--head", head.trim()]).good();
    assert!(verified.ends_with(" entries and 2 messages are what was written.\n"), "{verified}");
    let answer = house.embargod(&["audit", "verify", "--json"]).json().remove(0);
    assert_eq!(keys(&answer), ["entries", "faults", "mails", "older"]);
    let database = rusqlite::Connection::open(house.at("state/embargod.sqlite")).unwrap();
    database.execute_batch("DROP TRIGGER event_stays; UPDATE event SET actor = 'nobody' WHERE id = 1").unwrap();
    drop(database);
    let altered = house.embargod(&["audit", "verify"]);
    assert_eq!(altered.code, 1);
    assert!(
        timeless(&altered.stdout).contains("  entry 1 (TIME) is not what was written, or was put in or moved\n"),
        "{altered:?}"
    );
    let other = House::with_mail();
    let rewritten = other.embargod(&["audit", "verify", "--head", &format!("9999:{}", head.trim().split_once(':').unwrap().1)]);
    assert!(rewritten.stdout.contains("the record does not have the head that was noted at entry 9999"), "{rewritten:?}");
    let usage = house.embargod(&["audit", "verify", "--head", "12"]).bad(2);
    assert!(usage.contains("a head is wanted as `embargod audit head` prints it"), "{usage}");
}
