//! Patterns looked for at the places found, and everywhere.

use proptest::prelude::*;
use regex::Regex;

use super::Lookup;
use crate::rules::pattern::Pattern;

fn begins(patterns: &[&str], text: &str) -> Vec<Option<Vec<u32>>> {
    let lookup = Lookup::of(patterns.iter().copied());
    let places = lookup.places(text);
    (0..patterns.len()).map(|pattern| lookup.begins(pattern, &places, text, &(0..text.len()))).collect()
}

#[test]
fn places_in_a_text() {
    let patterns = [
        r"(?i)\bpatch\w*",
        "atch",
        r"(?i)\bfix\b.{0,9}\btrees?\b",
        r"(?m)^-",
        r"\w+x",
        r"(?i)\bfix|\btree",
        r"\w+_x",
        r"(?m)^[-\s]*(?:fix|patch)",
        r"[a-z]+",
        r"(?i)\b[0-9a-f]{7,}\b",
        r"\w+ to ",
    ];
    let text = "Patches: dispatch a FIX to the tree\n- fix it, far from any other tree 00DEADbeef";
    let expected = [
        Some(vec![0]),
        Some(vec![1, 13]),
        // Nine characters may be thirty-six bytes.
        Some(vec![20, 38]),
        // A sentence may begin behind a blank, and a pattern with `^` be asked about it.
        Some(vec![36]),
        // Whatever stands before an `x` in the same word.
        Some(vec![20, 21, 22, 38, 39, 40]),
        Some(vec![20, 31, 38, 65]),
        // No `_x` stands there at all.
        Some(vec![]),
        Some(vec![0, 36]),
        None,
        Some(vec![70]),
        Some(vec![20, 21, 22, 23]),
    ];
    assert_eq!(begins(&patterns, text), expected);
}

#[test]
fn a_match_may_begin_with_two_characters_of_a_class() {
    assert_eq!(begins(&["[- ]{2}[a-c]", "(?:[- ]{2}|k)[a-c]"], "--a"), [Some(vec![0]), Some(vec![0])]);
    assert_eq!(begins(&["[a-z]{2}_x", "(?:[a-z]{2}|ü)_x"], "see ab_x"), [Some(vec![4, 5, 6]), Some(vec![4, 5, 6])]);
}

#[test]
fn odd_characters_may_stand_before_a_literal() {
    let patterns = [r"(?i)\wkß", r"(?i)(?m)^sß", r"(?i)\w+kß"];
    assert_eq!(begins(&patterns, "a\u{212a}ß"), [Some(vec![0, 1, 4]), Some(vec![]), Some(vec![0, 1, 4])]);
    // And they are longer than the letters that they stand for.
    assert_eq!(begins(&[r"(?i)\bask{20}(?:.{8})\bso"], &format!("as{}--------so", "\u{212a}".repeat(20))), [Some(vec![0])]);
}

#[test]
fn a_part_of_a_text_has_its_own_places() {
    let lookup = Lookup::of([r"\bone\b.{0,40}\btwo\b"]);
    let text = "one and two. one. two";
    let places = lookup.places(text);
    assert_eq!(lookup.begins(0, &places, text, &(0..text.len())), Some(vec![0, 13]));
    assert_eq!(lookup.begins(0, &places, text, &(13..17)), Some(vec![]), "a sentence without the second word");
    assert_eq!(lookup.begins(7, &places, text, &(0..4)), None, "an unknown pattern may begin anywhere");
}

#[test]
fn letters_that_fold_into_ascii_and_foreign_digits_are_not_missed() {
    for (text, expected) in [("\u{212a}ERNEL kernel", [0, 9]), ("kernel \u{17f}ernel", [0, 0]), ("kernel 1 v٣", [0, 9])] {
        let [first, last] = expected;
        let found = begins(&["(?i)kernel", r"\bv\d"], text);
        assert_eq!(found.first().unwrap().as_ref().unwrap().first(), Some(&first), "{text}");
        let places: Vec<u32> = found.into_iter().flatten().flatten().collect();
        assert_eq!(places.iter().max(), Some(&last), "{text}");
    }
    // A run of hexadecimal digits is not looked for where foreign digits stand.
    assert_eq!(begins(&[r"\b[0-9a-f]{7,}"], "d527f51 ٣"), [None]);
    assert_eq!(begins(&["(?i)süß"], "SÜß süß SÜẞ"), [Some(vec![0, 6, 12])]);
}

#[test]
fn more_places_than_tries_find_the_same() {
    let pattern = Pattern::compile(r"(?i)\bfix\b.{0,40}\btree\b").unwrap();
    let far = Pattern::compile(r"(?is)\bfix\b.{5,}\btree\b").unwrap();
    let text = "fix and a tree too far away, which is more than forty characters off: tre. ".repeat(40).replace("tree", "trie")
        + "fix the tree";
    let lookup = Lookup::of([pattern.as_str(), far.as_str()]);
    let places = lookup.places(&text);
    for (number, pattern) in [pattern, far].iter().enumerate() {
        let begins: Vec<usize> = text.match_indices("fix").map(|(at, _)| at).collect();
        let expected = Regex::new(pattern.as_str()).unwrap().find(&text).map(|found| found.range());
        assert_eq!(pattern.find_at(&text, begins.into_iter()), expected);
        let begins = lookup.begins(number, &places, &text, &(0..text.len())).unwrap();
        assert_eq!(pattern.find_at(&text, begins.iter().map(|at| *at as usize)), expected);
    }
}

#[test]
fn literals_are_found_wherever_blocks_of_the_text_end() {
    let patterns = [r"\bword", "within", r"-mark", r"(?i)\b\u{fc}ber"];
    for at in 0..200 {
        for (number, literal) in ["WORD", "within", "-mark", "\u{fc}BER"].into_iter().enumerate() {
            let word = if number == 0 { r"(?i)\bword" } else { patterns[number] };
            let all: Vec<&str> = (0..4).map(|other| if other == number { word } else { patterns[other] }).collect();
            let before = if number == 1 { "x".repeat(at) } else { ". ".repeat(at / 2) + if at % 2 == 0 { "" } else { " " } };
            for behind in ["", " and so on", &" filled".repeat(20)] {
                let found = begins(&all, &format!("{before}{literal}{behind}"));
                assert_eq!(found[number], Some(vec![at as u32]), "{literal} at {at}");
                assert!(
                    found.iter().enumerate().all(|(other, found)| other == number || *found == Some(vec![])),
                    "{literal} at {at}"
                );
            }
        }
    }
}

/// What a rule's author might write: words, classes, repetitions, alternatives, borders, with and without case.
fn pattern() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(vec![
        "ab",
        "abc",
        "k",
        "K",
        "s",
        "ü",
        "[- ]",
        "[a-c]",
        r"\w",
        r"\b",
        r"\b",
        ".",
        r"\s",
        r"\d",
        "(?:ab|ca)",
        "(?:ab |ca-)",
        "(?i:kb)",
        "(?i:ß)",
        "^",
        "^[- ab]*",
        "(?m:^)",
        r"(?m:^)[-\s]*",
        "(?m:^).{0,3}",
        "ab_c",
        "(?:ab|b|a)*?",
        "$",
        "a?",
        "(?:bc)?",
        r".{0,9}",
        r"(?:\w+ )",
        r"\B",
        r"(?-u:\b)",
        r"(?-u:\b)",
    ]);
    let piece = (atom, prop::sample::select(vec!["", "", "", "", "+", "{2}", "{0,3}", "*"]))
        .prop_map(|(atom, times)| if times.is_empty() { atom.to_owned() } else { format!("(?:{atom}){times}") });
    let branch = prop::collection::vec(piece, 1..7).prop_map(|pieces| pieces.concat());
    (prop::collection::vec(branch, 1..4), any::<bool>())
        .prop_map(|(branches, insensitive)| format!("{}{}", if insensitive { "(?i)" } else { "" }, branches.join("|")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn at_the_places_found_it_matches_as_everywhere(
        patterns in prop::collection::vec(pattern(), 1..4),
        text in "[abcABCksKS1 \\-üÜß\u{212a}\u{17f}٣\n]{0,24}|[abckAB \\-\n]{0,24}",
        cut in (0..24_usize, 0..24_usize),
    ) {
        let lookup = Lookup::of(patterns.iter().map(String::as_str));
        let places = lookup.places(&text);
        // Parts that are asked about: the whole text, or one that begins with a line or behind a blank.
        let from = text.floor_char_boundary(cut.0.min(cut.1));
        let to = text.floor_char_boundary(cut.0.max(cut.1));
        let part = if from == 0 || text.get(..from).unwrap().ends_with(['\n', ' ']) { from..to } else { 0..text.len() };
        let asked = text.get(part.clone()).unwrap();
        for (number, pattern) in patterns.iter().enumerate() {
            let expected = Regex::new(pattern).unwrap().find(asked).map(|found| found.range());
            let compiled = Pattern::compile(pattern).unwrap();
            prop_assert_eq!(compiled.find(asked), expected.clone().and_then(|range| asked.get(range)));
            if let Some(begins) = lookup.begins(number, &places, &text, &part) {
                let places = begins.iter().map(|at| *at as usize - part.start);
                let found = compiled.find_at(asked, places);
                // What matches nothing is refused in rule files.
                if expected.as_ref().is_none_or(|range| !range.is_empty()) {
                    prop_assert_eq!(found, expected, "{} in {:?}", pattern, asked);
                }
            }
        }
    }
}
