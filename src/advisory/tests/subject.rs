use proptest::prelude::*;

use super::project;
use crate::advisory::{
    CveId,
    SubjectKind::{self, Advisory, Answer},
    subject::parse,
};

#[test]
fn subjects_of_advisories_are_read() {
    type Row = (&'static str, u16, Option<u8>, &'static [&'static str], &'static str, SubjectKind);
    let table: [Row; 17] = [
        (
            "Xen Security Advisory 601 v1 (CVE-2027-10001) - x86: slot of a timer",
            601,
            Some(1),
            &["CVE-2027-10001"],
            "x86: slot of a timer",
            Advisory,
        ),
        ("Xen Security Advisory 7 - one digit and nothing else", 7, None, &[], "one digit and nothing else", Advisory),
        ("Xen Security Advisory 9999 v99 - the last of all", 9999, Some(99), &[], "the last of all", Advisory),
        (
            "Xen Security Advisory 160 (CVE-2015-1234) - before versions",
            160,
            None,
            &["CVE-2015-1234"],
            "before versions",
            Advisory,
        ),
        (
            "Xen Security Advisory 602 v3 (CVE-2027-10002,CVE-2027-1234567) - two ids",
            602,
            Some(3),
            &["CVE-2027-10002", "CVE-2027-1234567"],
            "two ids",
            Advisory,
        ),
        (
            "Xen Security Advisory 602 v3 (CVE-2027-10002, CVE-2027-10003) - with a blank",
            602,
            Some(3),
            &["CVE-2027-10002", "CVE-2027-10003"],
            "with a blank",
            Advisory,
        ),
        ("[oss-security] Xen Security Advisory 603 v2 - a list's tag", 603, Some(2), &[], "a list's tag", Advisory),
        ("[Xen-devel] [a.b_c-1] Xen Security Advisory 603 v2 - two tags", 603, Some(2), &[], "two tags", Advisory),
        ("Re: [oss-security] Xen Security Advisory 604 v2 - answered", 604, Some(2), &[], "answered", Answer),
        (
            "[oss-security] RE: Re[2]: Xen Security Advisory 604 v2 - answered thrice",
            604,
            Some(2),
            &[],
            "answered thrice",
            Answer,
        ),
        ("AW: Fwd:Xen Security Advisory 604 - zweimal", 604, None, &[], "zweimal", Answer),
        ("[EMBARGOED until 2027-01-12 12:00 UTC] Xen Security Advisory 605 v1 - marked", 605, Some(1), &[], "marked", Advisory),
        (
            "Xen Security Advisory 606 v2 (CVE-2027-10004)\r\n - folded before the title",
            606,
            Some(2),
            &["CVE-2027-10004"],
            "folded before the title",
            Advisory,
        ),
        ("Xen Security Advisory 606 v2 - folded in\r\n\tthe title", 606, Some(2), &[], "folded in the title", Advisory),
        ("Xen Security Advisory 607 v1 - a (bracket) - and a dash", 607, Some(1), &[], "a (bracket) - and a dash", Advisory),
        (
            "Xen Security Advisory 607 v1 - Don't: pass foo_bar() to x/y",
            607,
            Some(1),
            &[],
            "Don't: pass foo_bar() to x/y",
            Advisory,
        ),
        (
            "xen security advisory 608 V2 (cve-2027-10005) - small letters",
            608,
            Some(2),
            &["CVE-2027-10005"],
            "small letters",
            Advisory,
        ),
    ];
    for (text, number, version, cves, title, kind) in table {
        let subject = parse(text, &project()).unwrap_or_else(|| panic!("{text} is not read"));
        let ids: Vec<&str> = subject.cves.iter().map(CveId::as_str).collect();
        assert_eq!(
            (subject.number.get(), subject.version, ids.as_slice(), subject.title.as_str(), subject.kind),
            (number, version, cves, title, kind),
            "{text}"
        );
    }
}

#[test]
fn other_subjects_are_not() {
    for text in [
        "",
        "Xen Security Advisory",
        "Xen Security Advisory 601",
        "Xen Security Advisory 601 v1",
        "Xen Security Advisory 601 v1 - ",
        "Xen Security Advisory 601 v1 title without a dash",
        "Xen Security Advisory 0601 v1 - leading zero",
        "Xen Security Advisory 10000 v1 - too many",
        "Xen Security Advisory XSA-601 v1 - with the prefix",
        "Xen Security Advisory 601 v0 - no version nought",
        "Xen Security Advisory 601 v100 - too many versions",
        "Xen Security Advisory 601 (CVE-27-1) - no identifier",
        "Xen Security Advisory 601 () - empty list",
        "Question about Xen Security Advisory 601 v1 - what is it",
        "XSA-601: thoughts",
    ] {
        assert_eq!(parse(text, &project()), None, "{text}");
    }
}

#[test]
fn another_project_has_other_words() {
    let mut other = project();
    other.advisory_title = "Example Kernel Advisory".to_owned();
    let subject = parse("Example Kernel Advisory 12 v2 - kept", &other).unwrap();
    assert_eq!((subject.number.get(), subject.version, subject.title.as_str()), (12, Some(2), "kept"));
    assert_eq!(parse("Xen Security Advisory 12 v2 - not theirs", &other), None);
}

proptest! {
    #[test]
    fn no_subject_panics(text in "\\PC{0,120}|(Re:|\\[|\\]|Xen Security Advisory| |1|v2|\\(|\\)|CVE-2027-12345|,|-){0,20}") {
        let _ = parse(&text, &project());
    }

    #[test]
    fn what_is_written_is_read(number in 1_u16..=9999, version in 1_u8..=99, ids in proptest::collection::vec(1000_u32..9_999_999, 0..6), title in "[a-zA-Z0-9:'/_]{1,20}( [a-zA-Z0-9:'/_.-]{1,9}){0,5}") {
        let ids: Vec<String> = ids.iter().map(|id| format!("CVE-2027-{id}")).collect();
        let list = if ids.is_empty() { String::new() } else { format!(" ({})", ids.join(",")) };
        let text = format!("Xen Security Advisory {number} v{version}{list} - {title}");
        let subject = parse(&text, &project()).unwrap();
        prop_assert_eq!(subject.number.get(), number);
        prop_assert_eq!(subject.version, Some(version));
        prop_assert_eq!(subject.cves.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>(), ids);
        prop_assert_eq!(subject.title, title);
    }
}
