//! Letters made to cost much: whoever has reported something knows what is looked for, and can send it again as often as fits into a mail. The work must grow
//! with the letter, not with its square: it is done while nothing else is decided.

use std::time::{Duration, Instant};

use super::*;

fn within_reason<T>(work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let done = work();
    let took = started.elapsed();
    // Square growth would take minutes; a slow machine that does other things takes seconds.
    assert!(took < Duration::from_secs(30), "{took:?}");
    done
}

#[test]
fn beginnings_of_tags_without_an_end() {
    for opening in ["<a", "<", "<!", "<br <"] {
        let page = opening.repeat(3_000_000 / opening.len());
        let mail = format!("From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n{page}\r\n");
        within_reason(|| Letter::of_bytes(mail.as_bytes()));
    }
    // What stands behind the last tag is text.
    let wall = wall(&[material()]);
    let page = "<p>hello</p> if a <b the neighbour's mapping lingers although its page returns to the allocator";
    let mail = format!("From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n{page}\r\n");
    assert!(!wall.scan(&Letter::of_bytes(mail.as_bytes()), &Reader::public([])).is_empty());
}

#[test]
fn the_same_word_of_a_case_on_every_line() {
    let wall = wall(&[material()]);
    let letter = "ruth@example.org and\n".repeat(60_000);
    let found = within_reason(|| found(&wall, &letter));
    assert_eq!(found.first().map(String::as_str), Some("case-17: reporter in text, line 1"));
    assert_eq!(found.get(9).map(String::as_str), Some("case-17: reporter in text, line 10"));
    assert!(found.len() < 1000, "{}", found.len());
}

#[test]
fn the_same_name_of_a_case_on_one_line() {
    let wall = wall(&[material()]);
    let letter = "doorbell_revoke_peers, ".repeat(40_000);
    let found = within_reason(|| found(&wall, &letter));
    assert!(found.contains(&"case-17: identifier in text, line 1".to_owned()), "{:?}", found.first());
}

#[test]
fn the_same_sentence_of_two_cases_again_and_again() {
    let sentence = "the neighbour's mapping lingers although its page returns to the allocator";
    let wall = wall(&[case_with(1, TextKind::Report, sentence), case_with(2, TextKind::Report, sentence)]);
    let letter = format!("{sentence} zq\n").repeat(15_000);
    let hits = within_reason(|| wall.scan(&Letter::of_text(&letter), &Reader::person([CaseId(1)])));
    // Nobody looks any more whether the cleared case excuses each of them: a person does.
    assert!(hits.iter().all(|hit| hit.case == CaseId(2)));
    assert!(!hits.is_empty());
    // A letter as people write it is excused.
    assert!(wall.scan(&Letter::of_text(sentence), &Reader::person([CaseId(1)])).is_empty());
}

/// Subject, file names and display name of a report are its writer's to choose. What is looked for of them must stay small: the wall is held in memory, and
/// put together anew for each mail.
#[test]
fn names_as_long_as_a_field_make_no_large_wall() {
    let words: String = (0..12_000).map(|number| format!("word{number}q ")).collect();
    let mut material = CaseMaterial::new(CaseId(17));
    material.titles = vec![words.clone(), "x".repeat(100_000), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa ".repeat(3000)];
    material.reporters = vec![Mailbox { name: Some(words.clone()), address: "ruth@example.org".parse().unwrap() }];
    for number in 0..2 {
        material.files.push(CaseFile { name: Some(format!("{number} {words}.patch")), digest: None });
    }
    let compiled = within_reason(|| Fingerprints::compile(&material, &Public::default()));
    let bytes: usize = compiled.phrases.iter().map(|phrase| phrase.words.len()).sum();
    assert!(bytes < 40_000, "{bytes} bytes of phrases");
    // Its beginning gives it away all the same.
    let wall = within_reason(|| wall(&[material]));
    let beginning: String = words.split_inclusive(' ').take(60).collect();
    assert!(found(&wall, &beginning).contains(&"case-17: title in text, line 1".to_owned()));
}

#[test]
fn a_text_of_attributions_alone() {
    let attributions = "On Mon, 16 Nov 2026, Ada Byron wrote:\n> a\n\nb\n\n".repeat(12_000);
    let text = attributions + &"and what follows them\n".repeat(800_000);
    let mail = format!("From: a@b.example\r\nSubject: x\r\n\r\n{}", text.replace('\n', "\r\n"));
    let message = crate::mail::Message::parse(&crate::mail::RawMessage::new(mail.into_bytes())).unwrap();
    let mut material = CaseMaterial::new(CaseId(17));
    within_reason(|| material.message(TextKind::Report, 1, &message));
}
