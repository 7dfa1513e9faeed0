//! What of a case becomes a fingerprint, and what is known anyway.

use super::*;
use crate::{
    decide::material::{CaseFacts, Use, material},
    firewall::CaseMaterial,
};

fn raw(text: &str) -> RawMessage {
    RawMessage::new(text.replace('\n', "\r\n").into_bytes())
}

fn facts(discoverer: &str, subject: &str) -> CaseFacts {
    let opened = CaseEvent::Opened { discoverer: Some(address(discoverer)), origin: Origin::Report, policy: None };
    let file = CaseFile::fold(CaseId(4), &[Recorded { at: at(NOW), by: Actor::Daemon, event: opened }]).unwrap();
    let from = format!("Dora Finder <{discoverer}>");
    let first = format!("From: {from}\nTo: {SECURITY}\nSubject: {subject}\nMessage-ID: <r1@x.example>\n\nThe first words.\n");
    let second = format!(
        "From: {from}\nTo: {SECURITY}\nSubject: Re: {subject}\nMessage-ID: <r2@x.example>\n\n\
         On Saturday the team wrote:\n> We come back to you within two working days.\n\nMy own second words.\n"
    );
    CaseFacts {
        case: CaseId(4),
        file: Some(file),
        number: Some(number(999)),
        mails: vec![(InboxId::of_row(1), raw(&first)), (InboxId::of_row(2), raw(&second))],
        letters: Vec::new(),
        advisories: Vec::new(),
    }
}

fn said(material: &CaseMaterial, words: &str) -> bool {
    material.texts.iter().any(|text| text.text.contains(words))
}

fn made(facts: &CaseFacts, of: Use) -> CaseMaterial {
    material(facts, &roster().members, &policy(), of)
}

#[test]
fn a_reporter_is_a_secret_unless_people_meet_the_address_for_other_reasons() {
    let of = |discoverer: &str| {
        made(&facts(discoverer, "x"), Use::Door).reporters.into_iter().map(|one| (one.name, one.address)).collect::<Vec<_>>()
    };
    assert_eq!(of(DORA), [(Some("Dora Finder".to_owned()), address(DORA))]);
    for known in
        [MONA, "mona@home.example.net", WRITER, "security@alpha.example", "security@example.com", "exo-devel@lists.example.org"]
    {
        assert_eq!(of(known), [], "{known}");
    }
}

#[test]
fn a_subject_that_hundreds_of_reports_have_is_no_title() {
    let titles = |subject: &str| made(&facts(DORA, subject), Use::Door).titles;
    assert_eq!(titles("Security vulnerability report"), [""; 0]);
    assert_eq!(titles("Bug in the hypervisor"), [""; 0]);
    assert_eq!(titles("Re: Fwd: doorbell teardown races unmask"), ["doorbell teardown races unmask"]);
    assert_eq!(titles("overflow in grant_copy"), ["overflow in grant_copy"]);
}

#[test]
fn what_a_discoverer_quotes_of_our_letters_is_not_the_cases() {
    let mut facts = facts(DORA, "x");
    let standing = "We come back to you within two working days.";
    assert!(said(&made(&facts, Use::Door), standing), "nobody has written to her: the quote is somebody else's");
    facts.letters.push((7, raw(&format!("From: security-desk@example.org\nSubject: [case-4]\n\n{standing}\n"))));
    let door = made(&facts, Use::Door);
    assert!(!said(&door, standing) && said(&door, "My own second words.") && said(&door, "The first words."));
    // Whoever looks where a leak came from looks at our letters as well.
    assert!(said(&made(&facts, Use::Triage), standing));
}

#[test]
fn advisories_give_title_and_cve_identifiers_and_long_texts_are_cut() {
    let mut facts = facts(DORA, "x");
    let text = format!(
        "Exo Security Advisory CVE-2026-12345 / XSA-999\n\n   doorbell page teardown race\n\nISSUE DESCRIPTION\n====\n\n{}\n",
        "\u{17b}\u{f3}\u{142}w ".repeat(300_000)
    );
    let mail = format!("From: {MONA}\nSubject: Exo Security Advisory 999 v1\nContent-Type: text/plain; charset=utf-8\n\n{text}");
    facts.advisories.push((1, raw(&mail)));
    let material = made(&facts, Use::Door);
    assert!(material.titles.iter().any(|title| title.contains("doorbell page teardown race")), "{:?}", material.titles);
    assert_eq!(material.cves.iter().map(ToString::to_string).collect::<Vec<_>>(), ["CVE-2026-12345"]);
    assert!(material.texts.iter().all(|text| text.text.len() <= 1 << 20));
}

/// Who has reported something can send as much on it as he likes; the wall is held in memory.
#[test]
fn of_a_case_with_endless_mails_the_first_are_compiled() {
    let mut facts = facts(DORA, "guest escape");
    let long = "a b c d e f g\n".repeat(75_000);
    for number in 20..40 {
        facts.mails.push((InboxId::of_row(number), raw(&format!("From: {DORA}\nSubject: more {number}\n\n{long}"))));
    }
    let material = made(&facts, Use::Door);
    let text: usize = material.texts.iter().map(|text| text.text.len()).sum();
    assert!(text <= 8 << 20, "{text}");
    assert!(said(&material, "The first words.") && said(&material, "more 22"));
}
