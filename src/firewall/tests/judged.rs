use super::*;
use crate::mail::{Digest, Message, RawMessage};

#[test]
fn the_three_public_facts_pass_and_the_cve_does_not() {
    let wall = wall(&[material()]);
    let facts =
        "Xen Security Advisory XSA-931 (Xen Security Advisory 931) will be published on Tuesday, 17 November 2026 at 12:00 UTC.";
    assert_eq!(found(&wall, facts), NOTHING);
    assert_eq!(found(&wall, &format!("{facts}\n\nIt is CVE-2026-93101.")), ["case-17: cve in text, line 3"]);
    assert_eq!(found(&wall, "CVE-2026-931011 and CVE-2025-93101 are others."), NOTHING);
    assert_eq!(found(&wall, "See 2026-93101."), ["case-17: cve in text, line 1"]);
}

#[test]
fn a_name_of_the_patch_is_enough_and_everybodys_names_are_not() {
    let wall = wall(&[material()]);
    assert_eq!(found(&wall, "What does doorbell_revoke_peers do?"), ["case-17: identifier in text, line 1"]);
    assert_eq!(found(&wall, "What does DOORBELL_REVOKE_PEERS() do?"), ["case-17: identifier in text, line 1"]);
    assert_eq!(found(&wall, "Call spin_lock() before free_domheap_page(), and use uint64_t."), NOTHING);
    // The file counts beside the number only.
    assert_eq!(found(&wall, "The next series cleans up xen/common/doorbell.c."), NOTHING);
    assert_eq!(found(&wall, "XSA-931 is about xen/common/doorbell.c."), ["case-17: identifier in text, line 1"]);
}

#[test]
fn a_name_that_is_public_or_another_cases_too_counts_beside_the_number() {
    let public = Public::new([], ["+++ b/x.c\n@@ -1 +1 @@\n+ doorbell_revoke_peers(box);\n"]);
    let one = Firewall::new([Arc::new(Fingerprints::compile(&material(), &public))]);
    let two = wall(&[material(), case_with(18, TextKind::Patch, PATCH)]);
    for wall in [one, two] {
        assert_eq!(found(&wall, "Is doorbell_revoke_peers() slow?"), NOTHING);
        assert_eq!(found(&wall, "Is doorbell_revoke_peers() slow in XSA-931?"), ["case-17: identifier in text, line 1"]);
    }
}

#[test]
fn a_hunk_is_a_hunk_in_whatever_form() {
    let wall = wall(&[material()]);
    let hunk = PATCH.split_once("@@").unwrap().1;
    let after = "if ( !box )\n    return;\n\ndoorbell_revoke_peers(box);\nspin_lock(&d->lock);\n}";
    let before = "if ( !box )\n    return;\nspin_lock(&d->lock);\nfree_stale_page(d);\n}";
    for (text, rule) in [(hunk, "hunk"), (after, "hunk"), (before, "identifier")] {
        assert!(found(&wall, text).iter().any(|hit| hit.contains(rule)), "{text}: {:?}", found(&wall, text));
    }
    assert_eq!(found(&wall, "    }\n    return 0;\n}\n\n    if ( rc )\n        goto out;\n"), NOTHING);
    assert_eq!(found(&wall, "Signed-off-by: Otto Example <otto@example.net>\nCc: stable"), NOTHING);
}

#[test]
fn the_title_or_most_of_it() {
    let wall = wall(&[material()]);
    assert_eq!(found(&wall, "Re: Doorbell mailbox keeps\n a stale page"), ["case-17: title in text, lines 1-2"]);
    assert_eq!(found(&wall, "a doorbell mailbox keeps a stale one"), ["case-17: title in text, line 1"]);
    assert_eq!(found(&wall, "the mailbox keeps a copy of each page"), NOTHING);
}

#[test]
fn standing_phrases_tell_something_beside_the_number_only() {
    let wall = wall(&[material()]);
    let phrase = "All Xen versions are vulnerable.";
    assert_eq!(found(&wall, phrase), NOTHING);
    assert_eq!(found(&wall, &format!("XSA-931: {phrase}")), ["case-17: shingle in text, line 1"]);
}

#[test]
fn what_fifteen_advisories_say_alike_is_a_secret_of_all() {
    let batch: Vec<CaseMaterial> = (1..=15).map(|number| case_with(number, TextKind::Advisory, ADVISORY)).collect();
    let hits = found(&wall(&batch), "the neighbour's mapping lingers although its page returns to the allocator");
    assert_eq!(hits.len(), 15);
}

#[test]
fn the_sentences_of_a_tool_in_reports_about_other_things_tell_nothing() {
    let log = "[   12.345678] quux_scheduler frobnicated widget basket overflowed gadget conveyor halted\n";
    let report = |number: i64, title: &str| {
        let mut material = case_with(number, TextKind::Report, &log.repeat(4));
        material.titles = vec![title.to_owned()];
        material
    };
    let line = log.repeat(4);
    assert_ne!(found(&wall(&[report(1, "crash in alpha_one")]), &line), NOTHING);
    assert_eq!(found(&wall(&[report(1, "crash in alpha_one"), report(2, "hang of beta_two")]), &line), NOTHING);
    // The same bug, reported twice.
    assert_ne!(found(&wall(&[report(1, "crash in alpha_one"), report(2, "alpha_one hangs")]), &line), NOTHING);
}

#[test]
fn a_reader_is_cleared_for_his_cases_and_no_other() {
    let other =
        case_with(18, TextKind::Report, "A guest with seventeen floppy drives confuses the enumeration of legacy controllers.");
    let wall = wall(&[material(), other]);
    let letter = Letter::of_text(&format!("{ADVISORY}\nA guest with seventeen floppy drives confuses the enumeration."));
    let cases = |reader: Reader| wall.scan(&letter, &reader).iter().map(|hit| hit.case.0).collect::<Vec<_>>();
    assert_eq!(cases(Reader::person([])), [17, 18]);
    assert_eq!(cases(Reader::person([CaseId(17)])), [18]);
    assert_eq!(cases(Reader::person([CaseId(18)])), [17]);
    assert_eq!(cases(Reader::person([CaseId(17), CaseId(18)])), NO_CASES);
}

const NO_CASES: [i64; 0] = [];

#[test]
fn what_a_cleared_case_says_itself_is_no_news_to_its_people_but_is_to_the_public() {
    let wall = wall(&[material(), case_with(18, TextKind::Report, ADVISORY)]);
    let letter = Letter::of_text(ADVISORY);
    assert_eq!(wall.scan(&letter, &Reader::person([CaseId(18)])), []);
    let hits = wall.scan(&letter, &Reader::public([CaseId(18)]));
    assert_eq!(hits.iter().map(|hit| hit.case.0).collect::<Vec<_>>(), [17]);
    // The title stays case 17's.
    let title = Letter::of_text("doorbell mailbox keeps a stale page");
    assert_eq!(wall.scan(&title, &Reader::person([CaseId(18)])).len(), 1);
}

#[test]
fn the_reporter() {
    let wall = wall(&[material()]);
    assert_eq!(found(&wall, "ruth@example.org told us"), ["case-17: reporter in text, line 1"]);
    assert_eq!(found(&wall, "ruth at example dot org told us"), ["case-17: reporter in text, line 1"]);
    assert_eq!(found(&wall, "truth@example.org told us"), NOTHING);
    // Many people know the name.
    assert_eq!(found(&wall, "Ruth Muster is on the programme of the summit."), NOTHING);
    assert_eq!(found(&wall, "Ruth Muster found XSA-931."), ["case-17: reporter in text, line 1"]);
    // A letter to herself.
    let to = |to: &str| {
        let letter = format!("To: {to}\r\nSubject: x\r\n\r\nOn Friday, Ruth Muster <ruth@example.org> wrote something.\r\n");
        wall.scan(&Letter::of_bytes(letter.as_bytes()), &Reader::person([])).len()
    };
    assert_eq!((to("ruth@example.org"), to("otto@example.net"), to("ruth@example.org, otto@example.net")), (0, 1, 1));
    let twice = super::wall(&[material(), {
        let mut other = case_with(18, TextKind::Note, "something else");
        other.reporters = vec![reporter()];
        other
    }]);
    assert_eq!(found(&twice, "ruth@example.org told us"), NOTHING);
}

#[test]
fn files_by_name_and_by_content() {
    let mut material = material();
    let file = |name: &str, bytes: &[u8]| CaseFile { name: Some(name.to_owned()), digest: Some(Digest::of(bytes)) };
    material.files = vec![
        file("xsa931-4.20.patch", b"one"),
        file("xsa931/0001-doorbell-Drop-lingering-mappings.patch", b"two"),
        file("poc.c", b"three"),
        file("empty.txt", b""),
    ];
    let wall = wall(&[material]);
    assert_eq!(found(&wall, "xsa931-4.20.patch, poc.c, empty.txt"), NOTHING);
    assert_eq!(found(&wall, "doorbell-Drop-lingering-mappings"), ["case-17: file-name in text, line 1"]);
    let digest = Digest::of(b"three").to_string();
    assert_eq!(found(&wall, &digest), ["case-17: digest in text, line 1"]);
    assert_eq!(found(&wall, &digest.get(..32).unwrap().to_uppercase()), ["case-17: digest in text, line 1"]);
    let mail = |body: &str| {
        let mail = format!(
            "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello.\r\n--b\r\nContent-Disposition: attachment; filename=a\r\n\r\n{body}\r\n--b--\r\n"
        );
        wall.scan(&Letter::of_bytes(mail.as_bytes()), &Reader::person([])).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(mail("three"), ["case-17: digest in part 2"]);
    assert_eq!(mail("four"), NOTHING);
}

#[test]
fn a_thread_is_not_carried_into_public() {
    let mut material = material();
    material.message_ids = vec!["<q8w7e6@mail.example.org>".trim_matches(['<', '>']).parse().unwrap()];
    let wall = wall(&[material]);
    let letter = b"Subject: x\r\nReferences: <a@b.example>\r\n <q8w7e6@mail.example.org>\r\n\r\nHello.\r\n";
    let hits = wall.scan(&Letter::of_bytes(letter), &Reader::person([]));
    assert_eq!(hits.iter().map(|hit| hit.rule).collect::<Vec<_>>(), [Rule::Thread]);
}

#[test]
fn a_mail_becomes_material_without_its_furniture() {
    let raw = b"From: r@example.org\r\nSubject: widget inversion\r\nMessage-ID: <m1@example.org>\r\nContent-Type: text/plain\r\n\r\nInverting a widget twice corrupts the \
                pneumatic tube ledger.\r\n\r\n-- \r\nRuth Muster, Chief Widget Inspector of Example Laboratories\r\n";
    let mut material = CaseMaterial::new(CaseId(1));
    material.message(TextKind::Report, 4, &Message::parse(&RawMessage::new(&raw[..])).unwrap());
    let wall = wall(&[material]);
    assert_eq!(found(&wall, "twice corrupts the pneumatic tube ledger"), ["case-1: shingle in text, line 1"]);
    assert_eq!(found(&wall, "Ruth Muster, Chief Widget Inspector of Example Laboratories"), NOTHING);
}

#[test]
fn nothing_printed_shows_a_word() {
    let material = material();
    let public = Public::default();
    let compiled = Fingerprints::compile(&material, &public);
    let wall = wall(std::slice::from_ref(&material));
    let letter = Letter::of_text(ADVISORY);
    let hits = wall.scan(&letter, &Reader::person([]));
    let printed = format!("{material:?} {compiled:?} {wall:?} {letter:?} {hits:?} {} {public:?}", hits[0]);
    for secret in ["doorbell", "mailbox", "linger", "ruth", "93101"] {
        assert!(!printed.to_lowercase().contains(secret), "{printed}");
    }
    assert_eq!(hits.len(), 1);
    assert!(
        hits[0].excerpt().starts_with("ISSUE DESCRIPTION") && hits[0].excerpt().ends_with("vulnerable"),
        "{}",
        hits[0].excerpt()
    );
    assert_eq!(hits[0].lines, (1, 10));
    assert_eq!(ADVISORY.get(hits[0].span.clone()).unwrap(), hits[0].excerpt());
}
