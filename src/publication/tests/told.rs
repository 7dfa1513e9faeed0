//! What the artefacts say where the golden files do not go.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{DAY_ONE, at, mail, publish, published, publisher, record};
use crate::{
    disclosure::AdvisoryNumber,
    publication::{
        Audience::{Members, Public},
        PublicFacts, Standing, calendar,
        calendar::folded,
        card, csaf_document, csaf_file_name, cve_records, index, osv_record,
    },
};

fn facts() -> PublicFacts {
    PublicFacts::new(AdvisoryNumber::new(7).unwrap(), at(DAY_ONE))
}

#[test]
fn nothing_of_a_members_revision_is_told_but_its_version_and_instant() {
    let secret = ("UPDATES IN VERSION 2", "The secret of the second version.");
    let mails = [
        (mail(1, "EXA-7", &[]), "2026-10-20T09:00:00Z", Members),
        (mail(2, "EXA-7", &[secret]), "2026-10-22T09:00:00Z", Members),
        (mail(3, "EXA-7", &[("UPDATES IN VERSION 3", "Public release.")]), DAY_ONE, Public),
    ];
    let publication = publish(&mails, record()).unwrap();
    let document = csaf_document(&publication, &publisher());
    let expected = json!([
        { "date": "2026-10-20T09:00:00Z", "number": "1", "summary": "Sent to the predisclosure list, under embargo." },
        { "date": "2026-10-22T09:00:00Z", "number": "2", "summary": "Sent to the predisclosure list, under embargo." },
        { "date": "2026-11-03T12:00:00Z", "number": "3", "summary": "Public release." },
    ]);
    assert_eq!(document.pointer("/document/tracking/revision_history"), Some(&expected));
    let all = format!("{document}{}{:?}", osv_record(&publication, &publisher()), cve_records(&publication, &publisher()));
    assert!(!all.contains("secret"), "{all}");
}

#[test]
fn an_advisory_without_sections_has_its_title_and_no_fix() {
    let publication = published("EXA-7", &[]);
    let document = csaf_document(&publication, &publisher());
    let at = |path: &str| document.pointer(path).cloned();
    assert_eq!(at("/vulnerabilities/0/notes/0/text"), Some(json!("a title nobody may see early")));
    assert_eq!(at("/vulnerabilities/0/ids"), Some(json!([{ "system_name": "Example Project advisories", "text": "EXA-7" }])));
    assert_eq!(at("/vulnerabilities/0/remediations/0/category"), Some(json!("none_available")));
    assert_eq!(at("/vulnerabilities/0/product_status/known_affected"), Some(json!(["Hyper"])));
    assert_eq!(at("/product_tree/branches/0/branches/0/product/name"), Some(json!("Hyper, versions as EXA-7 says")));
    let osv = osv_record(&publication, &publisher());
    assert_eq!(osv.get("aliases"), None);
    assert_eq!(osv.get("affected"), None);
    assert_eq!(osv.get("details"), Some(&json!("a title nobody may see early")));
    assert_eq!(cve_records(&publication, &publisher()), Vec::<Value>::new());
}

#[test]
fn who_is_no_cna_writes_no_cve_record() {
    let publication = published("CVE-2026-90007 / EXA-7", &[]);
    let mut publisher = publisher();
    assert_eq!(cve_records(&publication, &publisher).len(), 1);
    publisher.cna = None;
    assert_eq!(cve_records(&publication, &publisher), Vec::<Value>::new());
}

#[test]
fn an_identifier_named_twice_has_one_record() {
    let publication = published("CVE-2026-90007,CVE-2026-90008,CVE-2026-90007 / EXA-7", &[("ISSUE DESCRIPTION", "Two.")]);
    let records = cve_records(&publication, &publisher());
    let ids: Vec<&Value> = records.iter().filter_map(|record| record.pointer("/cveMetadata/cveId")).collect();
    assert_eq!(ids, ["CVE-2026-90007", "CVE-2026-90008"]);
    let description = records.first().unwrap().pointer("/containers/cna/descriptions/0/value").unwrap();
    let expected =
        "[EXA-7 describes several vulnerabilities: CVE-2026-90007, CVE-2026-90008. The text says which is which.]\n\nTwo.";
    assert_eq!(description, expected);
    let osv = osv_record(&publication, &publisher());
    assert_eq!((osv.get("aliases"), osv.get("related")), (None, Some(&json!(["CVE-2026-90007", "CVE-2026-90008"]))));
}

#[test]
fn texts_longer_than_a_cve_record_takes_are_cut() {
    let long = "A sentence of the description.\n\n".repeat(400);
    let publication = published("CVE-2026-90007 / EXA-7", &[("ISSUE DESCRIPTION", &long), ("IMPACT", &long)]);
    let record = cve_records(&publication, &publisher()).remove(0);
    for path in ["/containers/cna/descriptions/0/value", "/containers/cna/impacts/0/descriptions/0/value"] {
        let text = record.pointer(path).unwrap().as_str().unwrap();
        assert!((3_900..=4_096).contains(&text.chars().count()), "{}", text.chars().count());
        assert!(text.ends_with("\n\n[...] The whole text: https://example.org/exa/advisory-7.txt"));
    }
}

#[test]
fn the_keys_of_the_index_follow_the_prefix() {
    let made = index(&[], &[facts()], &publisher());
    assert_eq!(made, json!([{ "exas": [{ "exa": "7", "public_time": "2026-11-03 12:00" }] }]));
    assert_eq!(csaf_file_name(&published("EXA-7", &[])), "exa-7.json");
}

#[test]
fn a_date_that_moves_counts_once() {
    let later = at("2026-11-10T12:00:00Z");
    assert_eq!(facts().moved_to(at(DAY_ONE)), facts());
    assert_eq!(facts().moved_to(later).changes(), 1);
    assert_eq!(facts().moved_to(later).moved_to(at(DAY_ONE)).changes(), 2);
    assert_eq!(facts().withdrawn().withdrawn().changes(), 1);
    let again = facts().withdrawn().moved_to(at(DAY_ONE));
    assert_eq!((again.changes(), again.standing()), (2, Standing::Planned));
    assert_eq!(PublicFacts::from_history(facts().number(), &[], Standing::Planned), None);
}

#[test]
fn one_event_for_a_number_and_nothing_but_the_facts() {
    let mut publisher = publisher();
    publisher.contact_address = "security-response@example.org".parse().unwrap();
    let file = calendar(&[facts(), facts()], Standing::Planned, &publisher, at("2026-10-20T09:00:00Z")).unwrap();
    let expected = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//embargod//public facts//EN\r\nMETHOD:PUBLISH\r\nBEGIN:VEVENT\r\n\
        UID:exa-7-release@example.org\r\nDTSTAMP:20261020T090000Z\r\nDTSTART:20261103T120000Z\r\nSEQUENCE:0\r\n\
        ORGANIZER;CN=\"Example Project Security Team\":mailto:security-response@examp\r\n le.org\r\nSTATUS:CONFIRMED\r\n\
        SUMMARY:EXA-7: planned public release\r\nCLASS:PUBLIC\r\nTRANSP:TRANSPARENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    assert_eq!(file, expected);
}

#[test]
fn a_name_cannot_break_out_of_its_parameter() {
    let mut publisher = publisher();
    publisher.name = "A\";X=\"b\r\nATTENDEE:mailto:x@example.org".to_owned();
    let file = calendar(&[facts()], Standing::Planned, &publisher, at(DAY_ONE)).unwrap();
    let unfolded = file.replace("\r\n ", "");
    assert!(unfolded.contains("ORGANIZER;CN=\"A;X=bATTENDEE:mailto:x@example.org\":mailto:security@example.org\r\n"), "{file}");
}

#[test]
fn the_card_names_number_and_date_only() {
    let text = card(&facts(), &publisher());
    assert!(text.contains("that its number is EXA-7;"));
    assert!(text.contains("planned to become public on Tuesday 2026-11-03 12:00 UTC."));
    assert!(!text.contains("Hyper"), "{text}");
    assert!(text.is_ascii() && text.lines().all(|line| line.len() <= 78), "{text}");
}

proptest! {
    #[test]
    fn folding_keeps_every_character(line in "[ -~äß€🔒]{0,300}") {
        let folded = folded(&line);
        prop_assert!(folded.ends_with("\r\n"));
        for part in folded.trim_end_matches("\r\n").split("\r\n") {
            prop_assert!(part.len() <= 75, "{} octets", part.len());
        }
        prop_assert_eq!(folded.trim_end_matches("\r\n").replace("\r\n ", ""), line);
    }
}
