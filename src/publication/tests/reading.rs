//! What is read out of sections and tables, and what is rather left alone.

use super::published;
use crate::publication::{
    credits::{Finder, finders},
    files::matches,
    series, wording,
};

#[test]
fn series_in_every_spelling_seen() {
    let read = |text| series::read(text, "Xen").map(|list| list.join(" "));
    for (text, expected) in [
        ("xen-unstable", "unstable"),
        ("Xen 4.4.x", "4.4.x"),
        ("xen-unstable, Xen 4.8.x, 4.7.x, 4.6.x, 4.5.x", "unstable 4.8.x 4.7.x 4.6.x 4.5.x"),
        ("Xen 4.21.x - Xen 4.19.x", "4.21.x 4.20.x 4.19.x"),
        ("xen-unstable, Xen 4.16.x - 4.13.x", "unstable 4.16.x 4.15.x 4.14.x 4.13.x"),
        ("4.11.x ... 4.9.x", "4.11.x 4.10.x 4.9.x"),
        ("Xen 4.13.x .. Xen 4.12.x", "4.13.x 4.12.x"),
        ("Xen 4.12 and 4.11", "4.12.x 4.11.x"),
        ("Xen 4.9.x - 4.11.x", "4.9.x 4.10.x 4.11.x"),
        // The newest stable series is not known: only the ends are certain.
        ("xen-unstable - 4.11", "unstable 4.11.x"),
        ("stable-4.19", "4.19.x"),
        ("master", "unstable"),
    ] {
        assert_eq!(read(text).as_deref(), Some(expected), "{text}");
    }
    for text in [
        "Linux 6.1.x",
        "qemu-unstable",
        "Xen 4.19.1",
        "all versions",
        "Xen 4.x",
        "Xen 4.20.x - 3.4.x",
        "Xen 4.20.x (x86 only)",
        "",
        "4.1.x - 4.999.x",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn names_are_read_only_where_they_are_certain() {
    let person =
        |name: &str, organisation: Option<&str>| Finder { name: name.to_owned(), organisation: organisation.map(str::to_owned) };
    let cases = [
        ("This issue was discovered by Ada Example of Example Labs.", vec![person("Ada Example", Some("Example Labs"))]),
        (
            "This issue was discovered by Ada Q. Example of Example\nLabs and Bela Muster (Muster).",
            vec![person("Ada Q. Example", Some("Example Labs")), person("Bela Muster", Some("Muster"))],
        ),
        ("Reported by Ada Example.\n", vec![person("Ada Example", None)]),
        ("The first was found by Ada Example.  The second was found by Ada Example.", vec![person("Ada Example", None)]),
        (
            "This issue was discovered by Ada Example of Threat Research, Example Inc.",
            vec![person("Ada Example", Some("Threat Research, Example Inc"))],
        ),
        ("This issue was discovered by the Example fuzzing team.", vec![]),
        ("This issue was discovered by an anonymous researcher of Example Labs.", vec![]),
        ("This issue was discovered by Ada Example, Bela Muster and Caro Beispiel.", vec![]),
        ("We thank Ada Example.", vec![]),
        ("", vec![]),
    ];
    for (text, expected) in cases {
        assert_eq!(finders(text), expected, "{text}");
    }
}

#[test]
fn globs_stay_in_their_folder() {
    let holds = |glob: &str, name: &str| matches(glob.as_bytes(), name.as_bytes());
    for (glob, name) in [
        ("a.patch", "a.patch"),
        ("a-?.patch", "a-1.patch"),
        ("a/*.patch", "a/0001-b.patch"),
        ("*", "abc"),
        ("*b*d", "abcbd"),
        ("a*", "a"),
    ] {
        assert!(holds(glob, name), "{glob} {name}");
    }
    for (glob, name) in [
        ("a-?.patch", "a-4.20-1.patch"),
        ("a*", "a/b"),
        ("a?b", "a/b"),
        ("*.patch", "a.meta"),
        ("", "a"),
        ("a", ""),
        ("a*b", "a"),
    ] {
        assert!(!holds(glob, name), "{glob} {name}");
    }
    // No exponential search.
    assert!(!holds(&"*a".repeat(200), &"a".repeat(4_000).replace('a', "b")));
}

#[test]
fn a_text_is_cut_at_a_paragraph_and_says_where_to_go_on() {
    let page = "https://example.org/exa/advisory-7.txt";
    assert_eq!(wording::at_most("short", 10, page), "short");
    let text = "one\n\ntwo two\n\nthree three three";
    let more = format!("[...] The whole text: {page}");
    let limit = more.len() + "one\n\ntwo two\n\n".len() + 2;
    assert_eq!(wording::at_most(&format!("{text}{}", "x".repeat(90)), limit, page), format!("one\n\ntwo two\n\n{more}"));
    let long = "ä".repeat(5_000);
    let cut = wording::at_most(&long, 4_096, page);
    assert_eq!(cut.chars().count(), 4_096);
    assert!(cut.ends_with(&format!("ä\n\n{more}")));
}

#[test]
fn a_section_that_says_none_is_no_mitigation() {
    for text in [
        "There is no known mitigation.",
        "No mitigation is available.",
        "There is no mitigation\navailable.",
        "None.",
        "There is no\nworkaround.",
    ] {
        assert!(wording::says_none(text), "{text}");
    }
    for text in ["Use no ring.", "Avoid it.  There is no known mitigation for others.", ""] {
        assert!(!wording::says_none(text), "{text}");
    }
}

#[test]
fn an_unsigned_text_is_published_whole() {
    let publication = published("EXA-7", &[("IMPACT", "It stops.")]);
    let expected = "Example Security Advisory EXA-7\n\na title nobody may see early\n\nNOTE REGARDING LACK OF EMBARGO\n\
        ==============================\n\nIt was public.\n\nIMPACT\n======\n\nIt stops.\n\n";
    assert_eq!(String::from_utf8(publication.text().to_vec()).unwrap(), expected);
}
