//! The commands on saved mail, on the real binary: shapes of `--json`, what people read, exit statuses.

#![expect(clippy::unwrap_used, reason = "a test program: its helpers may fail loudly")]

mod cli_support;

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use cli_support::{POST, REPORT, embargod, keys};
use serde_json::json;

const BOUNCE: &str = "\
From: MAILER-DAEMON@mx.example.net
To: xen-security-issues-bounces@lists.xenproject.org
Subject: Undelivered Mail Returned to Sender
Date: Mon, 02 Nov 2026 09:30:00 +0000
Message-ID: <bounce-1@mx.example.net>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"

--b
Content-Type: text/plain

It did not work.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; psirt@nimbus.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 unknown user

--b--
";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

#[test]
fn classify_has_the_promised_shape() {
    let dir = folder(&[("report.eml", REPORT), ("post.eml", POST), ("bounce.eml", BOUNCE)]);
    let answers = embargod(dir.path(), &["classify", "--json", "report.eml", "post.eml", "bounce.eml"]).json();
    let report = json!({
        "path": "report.eml", "class": "report", "rule": "memory-safety",
        "reasons": [{"rule": "memory-safety", "field": "words", "text": "Out-of-bounds"}], "bounce": null,
    });
    assert_eq!(answers[0], report);
    let post = json!({
        "path": "post.eml", "class": "post", "rule": "post",
        "reasons": [{"rule": "post", "field": "to", "text": "xen-security-issues-discuss@lists.xenproject.org"}], "bounce": null,
    });
    assert_eq!(answers[1], post);
    assert_eq!(keys(&answers[2]), ["bounce", "class", "path", "reasons", "rule"]);
    let bounce = json!({"recipient": "psirt@nimbus.example", "status": "5.1.1", "permanent": true});
    assert_eq!((answers[2]["class"].as_str(), &answers[2]["bounce"]), (Some("bounce"), &bounce));
    assert_eq!(
        embargod(dir.path(), &["classify", "report.eml"]).good(),
        "report.eml: report by memory-safety\n    words \"Out-of-bounds\" (memory-safety)\n"
    );
}

#[test]
fn the_envelope_recipient_decides_where_it_is_given() {
    let dir = folder(&[("report.eml", REPORT)]);
    let to = "xen-security-issues-discuss@lists.xenproject.org";
    let answer = embargod(dir.path(), &["classify", "--json", "--to", to, "report.eml"]).json().remove(0);
    assert_eq!((answer["class"].as_str(), answer["reasons"][0]["field"].as_str()), (Some("post"), Some("envelope")));
    let wrong = embargod(dir.path(), &["classify", "--to", "nobody", "report.eml"]).bad(2);
    assert!(wrong.starts_with("error: invalid value 'nobody' for '--to <ADDR>': "), "{wrong}");
}

#[test]
fn every_kind_of_saved_mail_is_read_and_a_bad_one_stops_nothing() {
    let separator = "From rita@research.example Mon Nov  2 09:30:00 2026\n";
    let mbox = format!("{separator}{REPORT}\n{separator}{POST}");
    let dir = folder(&[
        ("box", &mbox),
        ("md/new/1.x", REPORT),
        ("md/cur/2.x:2,S", POST),
        ("tree/a/b/one.eml", POST),
        ("tree/not-mail.txt", "x"),
        ("noise.eml", "\n\n"),
    ]);
    let said = embargod(dir.path(), &["classify", "--json", "missing.eml", "box", "noise.eml", "md", "tree"]);
    let seen: Vec<(String, String)> = said
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|answer| (answer["path"].as_str().unwrap().to_owned(), answer["class"].as_str().unwrap().to_owned()))
        .collect();
    let expected = [
        ("box#1", "report"),
        ("box#2", "post"),
        ("md/new/1.x", "report"),
        ("md/cur/2.x:2,S", "post"),
        ("tree/a/b/one.eml", "post"),
    ];
    assert_eq!(seen, expected.map(|(path, class)| (path.to_owned(), class.to_owned())));
    assert_eq!(said.code, 1);
    assert_eq!(
        said.stderr,
        "embargod: missing.eml: cannot be read: entity not found\n\
         embargod: noise.eml: no header field found: this is no message (RFC 5322)\n"
    );
}

#[test]
fn judging_leaves_no_trace_and_needs_no_state() {
    let dir = folder(&[("report.eml", REPORT)]);
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/demo.toml");
    fs::copy(demo, dir.path().join("embargod.toml")).unwrap();
    embargod(dir.path(), &["classify", "--config", "embargod.toml", "report.eml"]).good();
    let mut names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["embargod.toml", "report.eml"]);
}

#[test]
fn moderate_has_the_promised_shape() {
    let dir = folder(&[("post.eml", POST)]);
    let answer = |args: &[&str]| embargod(dir.path(), &[&["moderate", "--json", "post.eml"], args].concat()).json().remove(0);
    let hit = json!({"rule": "technical", "field": "body", "text": "does not build"});
    let approved = json!({
        "path": "post.eml", "verdict": "approve", "suggests": "approve", "rule": "technical", "reason_class": null, "reasons": [hit],
    });
    assert_eq!(answer(&["--live", "XSA-999"]), approved);
    assert_eq!(answer(&["--live", "XSA-1", "--live", "999"]), approved);
    assert_eq!(answer(&["--assume-live"]), approved);
    let gate = json!({"rule": "gate", "field": "not-live", "text": "it names advisory 999, which is not under embargo here"});
    let held = json!({
        "path": "post.eml", "verdict": "hold", "suggests": "hold", "rule": "technical", "reason_class": "not-embargoed",
        "reasons": [hit, gate],
    });
    assert_eq!(answer(&[]), held);
    assert_eq!(
        embargod(dir.path(), &["moderate", "post.eml"]).good(),
        "post.eml: hold by technical, suggests hold (not-embargoed)\n    body \"does not build\" (technical)\n    \
         not-live \"it names advisory 999, which is not under embargo here\" (gate)\n"
    );
    let wrong = embargod(dir.path(), &["moderate", "--live", "soon", "post.eml"]).bad(2);
    assert!(wrong.starts_with("error: invalid value 'soon' for '--live <XSA-N>': an advisory number is"), "{wrong}");
}

#[test]
fn moderation_by_hand_holds_everything() {
    let demo = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/demo.toml")).unwrap();
    let by_hand = demo.replace("automatic = true", "automatic = false");
    assert_ne!(demo, by_hand);
    let dir = folder(&[("post.eml", POST), ("by-hand.toml", &by_hand)]);
    let args = ["moderate", "--config", "by-hand.toml", "--assume-live", "--json", "post.eml"];
    let answer = embargod(dir.path(), &args).json().remove(0);
    assert_eq!((answer["verdict"].as_str(), answer["suggests"].as_str()), (Some("hold"), Some("approve")));
}

fn rules(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("rules").join(name).display().to_string()
}

#[test]
fn application_has_the_promised_shape() {
    let dir = folder(&[]);
    let path = rules("application/samples/05-not-acceptable.eml");
    let answer = embargod(dir.path(), &["application", "--json", &path]).json().remove(0);
    assert_eq!(keys(&answer), ["complete", "items", "path"]);
    assert_eq!((answer["path"].as_str(), answer["complete"].as_bool()), (Some(path.as_str()), Some(false)));
    let items = answer["items"].as_array().unwrap();
    assert_eq!(items.len(), 11);
    assert_eq!(items[0], json!({"id": "A01-ORG-NAME", "state": "present", "quote": "Seller Ltd"}));
    let quote = "https://www.example.net/prices/list-2026.pdf (see page 3)";
    assert_eq!(items[4], json!({"id": "A05-EVIDENCE-PROVIDER", "state": "suspicious", "quote": quote}));
    let complete = embargod(dir.path(), &["application", "--json", &rules("application/samples/01-labels.eml")]).json().remove(0);
    assert_eq!(complete["complete"].as_bool(), Some(true));
    let text = embargod(dir.path(), &["application", &path]).good();
    let expected = format!(
        "{path}: 5 of 11 items open\n  item                     state       evidence\n  \
         A01-ORG-NAME             present     \"Seller Ltd\"\n"
    );
    assert!(text.starts_with(&expected), "{text}");
    assert!(
        text.contains("\n                                       the page is not on a domain that the application names\n"),
        "{text}"
    );
}

#[test]
fn lint_has_the_promised_shape_and_says_no_by_its_status() {
    let good = rules("advisory/samples/01-members-first.eml");
    let bad = rules("advisory/samples/06-subject-and-text-differ.eml");
    let dir = folder(&[]);
    let answer = embargod(dir.path(), &["lint", "--json", &good]).json().remove(0);
    let remedy = "sign the text whole (gpg --clearsign) and check the signature yourself";
    let text = "the OpenPGP signature is not checked";
    let warning = json!({"id": "X10", "level": "warn", "text": text, "line": null, "remedy": remedy});
    assert_eq!(answer, json!({"path": good, "ok": true, "findings": [warning]}));
    let said = embargod(dir.path(), &["lint", "--json", &bad]);
    let answer: serde_json::Value = serde_json::from_str(said.stdout.trim_end()).unwrap();
    assert_eq!((said.code, answer["ok"].as_bool()), (1, Some(false)));
    assert!(answer["findings"].as_array().unwrap().iter().any(|finding| finding["level"] == "error"), "{answer}");
    assert_eq!(
        embargod(dir.path(), &["lint", &good]).good(),
        format!("{good}: may go\n    X10 warn  the OpenPGP signature is not checked\n        {remedy}\n")
    );
}

#[test]
fn the_shipped_rules_answer_their_samples() {
    let dir = folder(&[]);
    let report = embargod(dir.path(), &["rules", "test"]).good();
    for kind in ["inbox: ", "discuss: ", "application: "] {
        assert!(report.lines().any(|line| line.starts_with(kind) && line.ends_with(" samples right")), "{kind} in\n{report}");
    }
    for answer in embargod(dir.path(), &["rules", "test", "--json"]).json() {
        assert_eq!(keys(&answer), ["expected", "got", "ok", "rules", "sample"]);
        assert_eq!(answer["ok"].as_bool(), Some(true), "{answer}");
    }
}

#[test]
fn a_wrong_sample_is_named_and_fails() {
    let right = format!("X-Expect: report by memory-safety\n{REPORT}");
    let wrong = format!("X-Expect: spam by memory-safety\n{REPORT}");
    let dir = folder(&[
        ("s/inbox/samples/right.eml", &right),
        ("s/inbox/samples/wrong.eml", &wrong),
        ("s/inbox/samples/none.eml", REPORT),
        ("s/inbox/samples/notes.txt", "x"),
    ]);
    let said = embargod(dir.path(), &["rules", "test", "--samples", "s"]);
    assert_eq!((said.code, said.stderr.as_str()), (1, ""));
    let expected = "\
inbox/samples/none.eml
    got      put `X-Expect: VERDICT by RULE` on its first line
inbox/samples/wrong.eml
    expected spam by memory-safety
    got      report by memory-safety
";
    assert!(said.stdout.starts_with(expected), "{}", said.stdout);
    assert!(said.stdout.contains("\ninbox: 1 of 3 samples right\n"), "{}", said.stdout);
    assert!(said.stdout.contains("\ninbox.toml: no sample is decided by rule `"), "{}", said.stdout);
    assert_eq!(
        embargod(dir.path(), &["rules", "test", "--samples", "none"]).bad(2),
        "embargod: none: there is no such folder; it is laid out as rules/ of the source\n"
    );
}

#[test]
fn rules_of_ones_own_are_tried_on_samples_of_ones_own() {
    let rule = "[[rule]]\nname = \"timer\"\naction = \"report\"\nsubject = ['timer']\n";
    let sample = format!("X-Expect: report by timer\n{REPORT}");
    let dir = folder(&[("r/inbox.toml", rule), ("r/inbox/samples/timer.eml", &sample)]);
    let report = embargod(dir.path(), &["rules", "test", "--rules", "r"]).good();
    assert!(
        report.starts_with(
            "inbox.toml: rule `timer`: `subject` holds in every sample: add a near miss\ninbox: 1 of 1 samples right\n"
        ),
        "{report}"
    );
    fs::write(dir.path().join("r/inbox.toml"), rule.replace("timer']", "(']")).unwrap();
    let refused = embargod(dir.path(), &["rules", "test", "--rules", "r"]).bad(2);
    assert!(refused.contains("r/inbox.toml:4:12: the pattern is no regular expression: "), "{refused}");
}

#[test]
fn rules_explain_shows_each_condition_with_its_text() {
    let dir = folder(&[("post.eml", POST), ("report.eml", REPORT)]);
    let text = embargod(dir.path(), &["rules", "explain", "post.eml"]).good();
    assert!(text.starts_with("post.eml: post by post; the rules of discuss.toml:\n"), "{text}");
    assert!(text.contains("\nyes technical -> approve\n      yes from  \"member\"\n"), "{text}");
    assert!(text.contains("\"does not build\""), "{text}");
    let answer = embargod(dir.path(), &["rules", "explain", "--json", "report.eml"]).json().remove(0);
    assert_eq!(keys(&answer), ["class", "path", "rule", "rules", "traces"]);
    assert_eq!((answer["rules"].as_str(), answer["class"].as_str()), (Some("inbox"), Some("report")));
    let trace = answer["traces"].as_array().unwrap().iter().find(|trace| trace["rule"] == "memory-safety").unwrap();
    assert_eq!(trace["truth"], "true");
    assert!(trace["conditions"][0]["found"].to_string().contains("Out-of-bounds"), "{trace}");
    let forced = embargod(dir.path(), &["rules", "explain", "--rules", "inbox", "post.eml"]).good();
    assert!(forced.contains("the rules of inbox.toml:"), "{forced}");
}

#[test]
fn standard_input_is_a_mail_like_any_other() {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_embargod"));
    let output = command.args(["classify", "-"]).write_stdin(REPORT).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("-: report by memory-safety\n"));
}

#[test]
fn a_reader_who_goes_away_hears_no_complaint() {
    let dir = folder(&[("post.eml", POST)]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_embargod"))
        .args(["rules", "explain"])
        .args(vec!["post.eml"; 50])
        .current_dir(dir.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn help_is_short_and_complete() {
    let dir = folder(&[]);
    let help = embargod(dir.path(), &["help"]).good();
    for command in [
        "run",
        "check",
        "status",
        "held",
        "case",
        "applications",
        "member",
        "readiness",
        "drill",
        "roster",
        "advisory",
        "outbox",
        "tls-policy",
        "why",
        "replay",
        "classify",
        "moderate",
        "application",
        "lint",
        "rules",
    ] {
        assert!(help.lines().any(|line| line.starts_with(&format!("  {command} "))), "{command} in\n{help}");
    }
    let nothing = embargod(dir.path(), &[]);
    assert_eq!((nothing.code, nothing.stdout.as_str()), (2, ""));
    assert!(nothing.stderr.contains("Usage: embargod <COMMAND>"));
    assert_eq!(embargod(dir.path(), &["--version"]).good(), format!("embargod {}\n", env!("CARGO_PKG_VERSION")));
}
