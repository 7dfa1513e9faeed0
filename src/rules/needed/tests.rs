use proptest::prelude::*;
use regex::Regex;

use super::*;
use crate::rules::pattern::Pattern;

fn shown(pattern: &str) -> Vec<Vec<String>> {
    sets(pattern).into_iter().map(|set| set.into_iter().collect()).collect()
}

#[test]
fn what_patterns_need() {
    let cases: [(&str, &[&[&str]]); 12] = [
        ("Patch", &[&["patch"]]),
        (r"\bCVSS\b|\bCWE-\d+\b", &[&["cvss", "cwe-"]]),
        (r"(?i)\buse[- ]after[- ]free\b", &[&["use after free", "use after-free", "use-after free", "use-after-free"]]),
        (r"(?i)\bbackport\w*\b.{0,60}\btrees?\b", &[&["backport"], &["tree"]]),
        (r"(?:foo|bar)(?:baz)?", &[&["bar", "foo"]]),
        (r"(?:foo|bar)+\d", &[&["bar", "foo"]]),
        (r"(?:foo|b)\d", &[]),
        (r"a.*b", &[]),
        (r"(?:foo\d|\w+)", &[]),
        (r"x{3}", &[]),
        (r"уязвимост|漏洞", &[&["уязвимост", "漏洞"]]),
        (r"\d+", &[]),
    ];
    for (pattern, needed) in cases {
        assert_eq!(shown(pattern), needed, "{pattern}");
    }
}

#[test]
fn letters_that_fold_into_ascii_are_not_missed() {
    let index = Index::of([r"(?i)kernel", "(?i)süß"]);
    for (text, expected) in
        [("KERNEL", [true, false]), ("\u{212a}ernel", [true, true]), ("SÜß", [false, true]), ("x", [false, false])]
    {
        let candidates = index.candidates(text);
        assert_eq!([candidates.has(0), candidates.has(1)], expected, "{text}");
    }
}

#[test]
fn a_pattern_without_a_number_is_always_tried() {
    let index = Index::of(["needle"]);
    assert!(!index.candidates("hay").has(0));
    assert!(index.candidates("hay").has(usize::MAX));
    assert!(Index::of([]).candidates("hay").has(0));
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
        ".",
        r"\s",
        "(?:ab|ca)",
        "(?i:kb)",
        "(?i:ß)",
        "^",
        "a?",
        "(?:bc)?",
    ]);
    let piece = (atom, prop::sample::select(vec!["", "", "", "+", "{2}", "{0,3}", "*"]))
        .prop_map(|(atom, times)| if times.is_empty() { atom.to_owned() } else { format!("(?:{atom}){times}") });
    let branch = prop::collection::vec(piece, 1..5).prop_map(|pieces| pieces.concat());
    (prop::collection::vec(branch, 1..4), any::<bool>())
        .prop_map(|(branches, insensitive)| format!("{}{}", if insensitive { "(?i)" } else { "" }, branches.join("|")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_matches_is_a_candidate_and_matches_alike(pattern in pattern(), text in "[abcABCksKS \\-üÜß\u{212a}\u{17f}\n]{0,16}") {
        let regex = Regex::new(&pattern).unwrap();
        let found = regex.find(&text).map(|found| found.as_str());
        prop_assert!(found.is_none() || Index::of([pattern.as_str()]).candidates(&text).has(0));
        prop_assert_eq!(Pattern::compile(&pattern).unwrap().find(&text), found);
    }
}
