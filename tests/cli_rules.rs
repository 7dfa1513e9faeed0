//! `rules replay` and `rules diff` on the real binary, on an archive made by `run --once`.

#![expect(clippy::unwrap_used, reason = "a test program: its helpers may fail loudly")]

mod cli_support;

use std::fs;

use cli_support::{House, embargod};
use serde_json::json;

/// Approves what names a build; `BODY` says what keeps it from it.
const APPROVES: &str = "[[rule]]\nname = \"build\"\naction = \"approve\"\nfrom = \"member\"\nbody = ['(?i)does not build']\n";
const HOLDS: &str = "[[rule]]\nname = \"build\"\naction = \"hold\"\nsuggests = \"approve\"\nbody = ['(?i)does not build']\n";

/// The house with both rule files in it.
fn house() -> House {
    let house = House::with_mail();
    fs::write(house.at("approves.toml"), APPROVES).unwrap();
    fs::write(house.at("holds.toml"), HOLDS).unwrap();
    house
}

#[test]
fn replay_shows_what_would_come_out_otherwise() {
    let house = house();
    // The post could not be proven to be a member's, so it is held; a member's own would be approved.
    let said = house.embargod(&["rules", "replay", "--days", "1", "--json"]).json();
    // The mail is dated by the Maildir file, which was made today.
    assert_eq!(said.len(), 1);
    let change = &said[0];
    assert_eq!(
        (&change["id"], &change["decided"], &change["by"], &change["now"], &change["error"]),
        (&json!(2), &json!("waiting"), &json!("nobody"), &json!("approve"), &json!(false))
    );
    assert!(change["reasons"].as_array().unwrap().iter().any(|reason| reason["text"] == "does not build"), "{change}");

    house.embargod(&["held", "reject", "2", "--class", "policy"]).good();
    let said = house.embargod(&["rules", "replay"]);
    assert_eq!(said.code, 1, "{said:?}");
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert_eq!(lines[0], "2: rejected by a person; now approve by technical");
    assert_eq!(lines[1], "    error: rules would approve what a person did not");
    assert_eq!(lines[lines.len() - 2], "1 posts in 30 days, 1 would be treated in another way, 1 against a person's ruling");
    assert_eq!(
        lines[lines.len() - 1],
        "(posts are judged as a member's about a live advisory: who had proved what, and what was live, is not kept)"
    );
}

#[test]
fn what_a_person_did_too_is_no_change() {
    let house = house();
    house.embargod(&["advisory", "live", "XSA-999"]).good();
    house.embargod(&["held", "approve", "2"]).good();
    assert_eq!(house.embargod(&["rules", "replay", "--json"]).good(), "");
}

#[test]
fn diff_tells_the_flips_and_refuses_to_overrule_a_person() {
    let house = house();
    let diff = |old: &str, new: &str| house.embargod(&["rules", "diff", old, new, "--json"]);
    assert_eq!(diff("holds.toml", "holds.toml").good(), "");
    // Nobody has said anything yet: a flip, no error.
    let flips = diff("holds.toml", "approves.toml").json();
    assert_eq!(
        flips,
        [json!({
            "message": "2", "rules": "discuss", "decided": "waiting",
            "old": {"verdict": "hold", "suggests": "approve", "rule": "build",
                    "reasons": [{"rule": "build", "field": "body", "text": "does not build"}]},
            "new": {"verdict": "approve", "suggests": "approve", "rule": "build",
                    "reasons": [{"rule": "build", "field": "body", "text": "does not build"}]},
            "error": null,
        })]
    );
    house.embargod(&["held", "reject", "2", "--class", "policy"]).good();
    let said = diff("holds.toml", "approves.toml");
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stdout.contains("\"error\":\"the new rules would approve what a person did not\""), "{said:?}");
    // Back again nothing is approved against anybody.
    assert_eq!(diff("approves.toml", "holds.toml").code, 0);
    let text = house.embargod(&["rules", "diff", "holds.toml", "approves.toml"]);
    assert_eq!(
        text.stdout,
        "2 (rejected): hold, suggests approve by build -> approve by build\n    error: the new rules would approve what a person did not\n    \
         body \"does not build\" (build)\n1 messages, 1 judged differently, 1 of them an error\n\
         (posts are judged as a member's about a live advisory: who had proved what, and what was live, is not kept)\n"
    );
}

#[test]
fn rules_of_the_inbox_must_not_lose_a_report() {
    let house = house();
    let report = "[[rule]]\nname = \"says-so\"\naction = \"report\"\nbody = ['(?i)vulnerability']\n";
    fs::write(house.at("old.toml"), report).unwrap();
    fs::write(house.at("new.toml"), report.replace("\"report\"", "\"spam\"")).unwrap();
    let said = house.embargod(&["rules", "diff", "old.toml", "new.toml"]);
    assert_eq!(
        (said.code, said.stdout.as_str()),
        (
            1,
            "1 (report): report by says-so -> spam by says-so\n    error: the new rules would lose what was a report\n    \
             body \"vulnerability\" (says-so)\n2 messages, 1 judged differently, 1 of them an error\n"
        )
    );
}

#[test]
fn saved_mail_needs_no_daemon() {
    let house = house();
    let dir = house.at("");
    fs::write(house.at("one.eml"), cli_support::POST).unwrap();
    let said = embargod(&dir, &["rules", "diff", "approves.toml", "holds.toml", "one.eml"]).good();
    assert!(said.starts_with("one.eml: approve by build -> hold, suggests approve by build\n"), "{said}");
    let gone = embargod(&dir, &["rules", "diff", "approves.toml", "holds.toml", "one.eml", "gone.eml"]);
    assert_eq!((gone.code, gone.stderr.as_str()), (1, "embargod: gone.eml: cannot be read: entity not found\n"));
}

#[test]
fn what_cannot_be_compared_is_said_so() {
    let house = house();
    fs::write(house.at("inbox.toml"), "[[rule]]\nname = \"x\"\naction = \"spam\"\nbody = ['x']\n").unwrap();
    fs::write(house.at("bad.toml"), APPROVES.replace("build']", "build(']")).unwrap();
    fs::write(house.at("none.toml"), "").unwrap();
    let dir = house.at("");
    let refused = |args: &[&str]| embargod(&dir, &[&["rules", "diff"], args].concat()).bad(2);
    assert_eq!(
        refused(&["approves.toml", "holds.toml"]),
        "embargod: say on which mail: --config FILE (the daemon's archive) or PATH... (saved mail)\n"
    );
    assert_eq!(
        refused(&["approves.toml", "inbox.toml", "x.eml"]),
        "embargod: approves.toml and inbox.toml are rules of different kinds: compare rules for posts with such, and rules for mail with such\n"
    );
    assert_eq!(
        refused(&["none.toml", "none.toml", "x.eml"]),
        "embargod: none.toml: no rule in it has an action of discuss.toml (approve, reject, hold) or a class of inbox.toml (report, spam, ...)\n"
    );
    let bad = refused(&["approves.toml", "bad.toml", "x.eml"]);
    assert!(bad.starts_with("embargod: bad.toml:5:"), "{bad}");
    assert_eq!(refused(&["gone.toml", "holds.toml", "x.eml"]), "embargod: gone.toml: cannot be read: entity not found\n");
    let nameless = embargod(&dir, &["rules", "replay"]).bad(2);
    assert!(nameless.starts_with("embargod: say whose state is meant: --config FILE"), "{nameless}");
}
