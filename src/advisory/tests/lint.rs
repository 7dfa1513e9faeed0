use std::{collections::BTreeMap, fs, path::Path};

use super::{message, project, rules};
use crate::{
    advisory::{Circumstances, Destination, Finding, Level, lint},
    mail::Message,
};

const FIRST: &str = include_str!("../../../rules/advisory/samples/01-members-first.eml");
const SECOND: &str = include_str!("../../../rules/advisory/samples/02-public-second.eml");

fn levels(findings: &[Finding]) -> BTreeMap<&'static str, Level> {
    let mut worst = BTreeMap::new();
    for finding in findings {
        let level = worst.entry(finding.id).or_insert(finding.level);
        *level = (*level).max(finding.level);
    }
    worst
}

fn texts(message: &Message, circumstances: &Circumstances) -> Vec<String> {
    let findings = lint(message, &project(), rules(), circumstances);
    findings.iter().filter(|finding| finding.id != "X10").map(|finding| format!("{} {}", finding.id, finding.text)).collect()
}

/// A sample's first header says what is expected: `X-Expect: X04=error X10=warn`.
#[test]
fn the_samples_get_what_they_expect() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/advisory/samples");
    let mut seen = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mail = message(&fs::read_to_string(&path).unwrap());
        let expected = mail.header("X-Expect").unwrap();
        let found = levels(&lint(&mail, &project(), rules(), &Circumstances::default()));
        let found: Vec<String> = found
            .iter()
            .map(|(id, level)| {
                seen.insert(*id, ());
                format!("{id}={}", if *level == Level::Error { "error" } else { "warn" })
            })
            .collect();
        assert_eq!(found.join(" "), expected, "{}", path.display());
    }
    let ids: Vec<&str> = seen.keys().copied().collect();
    let all = ["X01", "X02", "X03", "X04", "X05", "X06", "X07", "X08", "X09", "X10", "X11", "X12", "X13", "X14"];
    assert_eq!(ids, all, "every rule is hit by a sample");
}

#[test]
fn findings_say_what_is_wrong_and_where() {
    let text = include_str!("../../../rules/advisory/samples/03-other-contents.eml");
    let mail = message(text);
    let findings = lint(&mail, &project(), rules(), &Circumstances::default());
    let finding = findings.iter().find(|finding| finding.id == "X04").unwrap();
    assert_eq!(finding.text, "xsa901.patch is attached with other contents than its digest says");
    let line = mail.text.lines().nth(finding.line.unwrap() - 1).unwrap();
    assert!(line.ends_with("  xsa901.patch"));
    assert_eq!(format!("{finding:?}"), format!("Finding(X04 Error, line {:?})", finding.line));
    assert_eq!(
        serde_json::to_string(finding).unwrap(),
        format!("{{\"id\":\"X04\",\"level\":\"error\",\"text\":\"{}\",\"line\":{}}}", finding.text, finding.line.unwrap())
    );
}

#[test]
fn the_record_is_compared() {
    let until = Some("2026-11-17T12:00:00Z".parse().unwrap());
    let first = message(FIRST);
    let right =
        Circumstances { destination: Some(Destination::Members), last_version: Some(0), until, ..Circumstances::default() };
    assert_eq!(texts(&first, &right), Vec::<String>::new());
    let wrong = Circumstances { last_version: Some(1), until: Some("2026-11-24T12:00:00Z".parse().unwrap()), ..right };
    assert_eq!(
        texts(&first, &wrong),
        [
            "X02 version 1 follows version 1",
            "X07 the mail says Tuesday 2026-11-17 12:00 UTC, the record Tuesday 2026-11-24 12:00 UTC",
        ]
    );
}

#[test]
fn a_public_copy_waits_for_the_instant() {
    let until = Some("2026-11-17T12:00:00Z".parse().unwrap());
    let second = message(SECOND);
    let public =
        Circumstances { destination: Some(Destination::Public), last_version: Some(1), until, now: None, discoverer: None };
    let early = Circumstances { now: Some("2026-11-17T11:59:59Z".parse().unwrap()), ..public };
    assert_eq!(texts(&second, &early), ["X08 the embargo ends on Tuesday 2026-11-17 12:00 UTC"]);
    let in_time = Circumstances { now: until, ..public };
    assert_eq!(texts(&second, &in_time), Vec::<String>::new());
}

#[test]
fn a_copy_for_members_goes_to_nobody_else() {
    let mail = message(&FIRST.replace(
        "To: xen-security-issues@lists.example.org",
        "To: xen-security-issues@lists.example.org\nCc: friend@example.net",
    ));
    let members = Circumstances { destination: Some(Destination::Members), ..Circumstances::default() };
    assert_eq!(texts(&mail, &members), ["X11 friend@example.net is neither the private list nor the team"]);
    // Sent as if it were public: the members' copy is marked, says nothing of a release, and names the private list.
    let public = Circumstances { destination: Some(Destination::Public), ..Circumstances::default() };
    assert_eq!(
        texts(&message(FIRST), &public),
        [
            "X01 CVE-2026-90001 stands in the heading and not in the subject",
            "X08 the public copy says neither \"Public release.\" nor why there was no embargo",
            "X08 the public copy still carries an embargo mark",
            "X11 xen-security-issues@lists.example.org gets its copy in a mail of its own",
        ]
    );
}

#[test]
fn files_are_compared_both_ways() {
    // The second attachment twice, the first under a name without digest.
    let twice = SECOND.replace("name=\"xsa901.patch\"", "name=\"xsa901-4.21.patch\"");
    assert_eq!(
        texts(&message(&twice), &Circumstances::default()),
        [
            "X04 xsa901.patch has a digest and is not attached",
            "X04 xsa901-4.21.patch is attached 2 times",
            "X06 xsa901.meta, xen of master: xsa901.patch is not attached",
            "X14 xsa901.patch stands in the file table and is not attached",
        ]
    );
    let renamed = SECOND.replace("name=\"xsa901.patch\"", "name=\"xsa901-extra.patch\"");
    assert_eq!(
        texts(&message(&renamed), &Circumstances::default()),
        [
            "X04 xsa901-extra.patch is attached and has no digest",
            "X04 xsa901.patch has a digest and is not attached",
            "X06 xsa901.meta, xen of master: xsa901.patch is not attached",
            "X14 xsa901-extra.patch is attached and does not stand in the file table",
            "X14 xsa901.patch stands in the file table and is not attached",
        ]
    );
}

#[test]
fn a_patch_sent_as_text_keeps_its_digest() {
    // A list server that sends the patch as text/plain gives it the line ends of mail.
    let (head, rest) = SECOND.split_once("Content-Type: application/octet-stream; name=\"xsa901.patch\"").unwrap();
    let (encoded, tail) = rest.split_once("\n\n").unwrap().1.split_once("\n--=separator").unwrap();
    let bytes = data_encoding::BASE64.decode(encoded.replace('\n', "").as_bytes()).unwrap();
    let patch = String::from_utf8(bytes).unwrap();
    let text = format!(
        "{head}Content-Type: text/plain; name=\"xsa901.patch\"\nContent-Disposition: attachment; filename=\"xsa901.patch\"\n\n{patch}\n--=separator{tail}"
    );
    let mail = message(&text.replace('\n', "\r\n"));
    assert_eq!(texts(&mail, &Circumstances::default()), Vec::<String>::new());
}

#[test]
fn what_is_no_advisory_is_said_so() {
    let mail = message("From: a@example.org\nSubject: Xen Security Advisory 5 v1 - x\n\nSee you.\n");
    assert_eq!(texts(&mail, &Circumstances::default()), ["X01 the text has no advisory heading"]);
}

#[test]
fn names_from_the_mail_are_shown_escaped() {
    let mail = message(&SECOND.replace("  xsa901.patch\n", "  xsa901\u{1b}[2J.patch\n"));
    let found = texts(&mail, &Circumstances::default());
    assert!(found.iter().any(|text| text.contains("\\u{1b}")), "{found:?}");
    assert!(found.iter().all(|text| !text.contains('\u{1b}')), "{found:?}");
}

#[test]
fn a_hostile_advisory_ends() {
    let line = format!("{}  xsa901.patch\n", "0".repeat(64));
    for part in [line.as_str(), "xsa901-*.patch  x\n", "RESOLUTION\n==========\n", "*", " ", "EMBARGOED until "] {
        let text = format!(
            "From: a@example.org\nSubject: x\n\nXen Security Advisory XSA-901\n\ntitle\n\nRESOLUTION\n==========\n{}",
            part.repeat(500_000 / part.len())
        );
        assert!(!lint(&message(&text), &project(), rules(), &Circumstances::default()).is_empty(), "{part}");
    }
}
