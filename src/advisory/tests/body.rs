use proptest::prelude::*;

use super::{message, project, rules};
use crate::{
    advisory::{
        Framing, Meta, NotAnAdvisory, NotMeta, PublicClaim,
        cleartext::unframe,
        files::{glob, has_extension, with_lf},
        parse,
    },
    disclosure::DeploymentPermission,
};

const FRAMED: &str = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nfirst\n- -----BEGIN\n- - item\n-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n";

#[test]
fn the_signed_text_is_taken_out_of_its_frame() {
    let read = unframe(FRAMED);
    assert_eq!((read.text.as_str(), read.framing, read.lines_before), ("first\n-----BEGIN\n- item\n", Framing::Clearsigned, 3));
    let plain = unframe("no frame\n");
    assert_eq!((plain.text.as_str(), plain.framing, plain.lines_before), ("no frame\n", Framing::Unsigned, 0));
}

#[test]
fn words_outside_the_signature_are_noticed() {
    let table = [
        (format!("hello\n{FRAMED}"), Framing::TextOutside),
        (format!("{FRAMED}hello\n"), Framing::TextOutside),
        (format!("\n\n{FRAMED}\n"), Framing::Clearsigned),
        (format!("{FRAMED}{FRAMED}"), Framing::Several),
        (FRAMED.replace("Hash: SHA256", "Hash: SHA256\nComment: public release"), Framing::TextOutside),
        (FRAMED.replace("-----END PGP SIGNATURE-----\n", ""), Framing::Unfinished),
        ("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nfirst\n".to_owned(), Framing::Unfinished),
        (FRAMED.replace("first", "-----BEGIN PGP SIGNED MESSAGE-----"), Framing::Several),
    ];
    for (text, framing) in table {
        assert_eq!(unframe(&text).framing, framing, "{text}");
    }
}

#[test]
fn an_advisory_is_taken_apart() {
    let text = include_str!("../../../rules/advisory/samples/02-public-second.eml");
    let advisory = parse(&message(text), &project(), rules()).unwrap();
    let heading = &advisory.heading;
    assert_eq!((heading.number.get(), heading.version, heading.title.as_str()), (901, 2, "x86: timer slot is used unchecked"));
    assert_eq!(heading.cves.iter().map(crate::advisory::CveId::as_str).collect::<Vec<_>>(), ["CVE-2026-90001"]);
    let headings: Vec<&str> = advisory.sections.iter().map(|section| section.heading.as_str()).collect();
    assert_eq!(
        headings,
        [
            "UPDATES IN VERSION 2",
            "ISSUE DESCRIPTION",
            "IMPACT",
            "VULNERABLE SYSTEMS",
            "MITIGATION",
            "CREDITS",
            "RESOLUTION",
            "DEPLOYMENT DURING EMBARGO"
        ]
    );
    let impact = advisory.sections.iter().find(|section| section.heading == "IMPACT").unwrap();
    assert_eq!((impact.text.as_str(), impact.underline), ("\nA guest can stop the host.\n\n", 6));
    let files: Vec<&str> = advisory.digests.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(files, ["xsa901.meta", "xsa901.patch", "xsa901-4.21.patch"]);
    let table: Vec<(&str, &str)> = advisory.table.iter().map(|line| (line.name.as_str(), line.versions.as_str())).collect();
    assert_eq!(table, [("xsa901.patch", "xen-unstable"), ("xsa901-4.2?.patch", "Xen 4.21.x - 4.20.x")]);
    assert_eq!(advisory.updates, Some(2));
    assert_eq!(advisory.framing, Framing::Clearsigned);
    assert_eq!(advisory.deployment, Some(DeploymentPermission::AllPermitted));
    assert_eq!(advisory.claims, PublicClaim::Release);
    assert_eq!(format!("{advisory:?}"), "Advisory(901 v2)");
    // The numbers of lines are those of the text a reader sees.
    let whole = message(text).text;
    for line in &advisory.digests {
        assert!(whole.lines().nth(line.line - 1).unwrap().ends_with(&line.name));
    }
    for line in &advisory.table {
        assert!(whole.lines().nth(line.line - 1).unwrap().starts_with(&line.name));
    }
    for section in &advisory.sections {
        assert_eq!(whole.lines().nth(section.line - 1), Some(section.heading.as_str()));
    }
}

#[test]
fn headings_come_in_many_forms() {
    let table = [
        ("  Xen Security Advisory XSA-44\n       version 3\n\n\ta title\n\n", Some((44, 3, "a title", 0))),
        (
            "Xen Security Advisory CVE-2027-1000,CVE-2027-1001 / XSA-44\n\n  first line\n  second line\n\nX",
            Some((44, 1, "first line second line", 2)),
        ),
        ("xen security advisory cve-2027-1000 / xsa-44\n\ntitle\n", Some((44, 1, "title", 1))),
        ("Xen Security Advisory XSA-044\n\ntitle\n", None),
        ("Xen Security Advisory none / XSA-44\n\ntitle\n", None),
        ("See Xen Security Advisory XSA-44\n\ntitle\n", None),
        ("Xen Security Advisory 44\n\ntitle\n", None),
    ];
    for (text, expected) in table {
        let mail = message(&format!("From: a@example.org\nSubject: x\n\n{text}"));
        let read = parse(&mail, &project(), rules());
        match expected {
            None => assert_eq!(read.unwrap_err(), NotAnAdvisory::NoHeading, "{text}"),
            Some((number, version, title, cves)) => {
                let heading = read.unwrap().heading;
                let found = (heading.number.get(), heading.version, heading.title.as_str(), heading.cves.len());
                assert_eq!(found, (number, version, title, cves), "{text}");
            }
        }
    }
}

#[test]
fn a_recipe_is_read() {
    let text = br#"{"XSA": 44, "Recipes": {"4.21": {"Recipes": {"xen": {"StableRef": "0123456789012345678901234567890123456789",
        "Prereqs": [44, 41], "Patches": ["xsa44/*.patch"]}}}}}"#;
    let meta = Meta::parse(text, "XSA").unwrap();
    let [(branch, tree, recipe)] = meta.recipes.as_slice() else { panic!("one recipe") };
    assert_eq!((meta.number, branch.as_str(), tree.as_str()), (44, "4.21", "xen"));
    assert!(recipe.has_full_ref());
    assert_eq!(
        (recipe.prereqs.as_slice(), recipe.patches.as_slice()),
        ([44, 41].as_slice(), ["xsa44/*.patch".to_owned()].as_slice())
    );
    assert_eq!(Meta::parse(b"[]", "XSA"), Err(NotMeta::Json));
    assert_eq!(Meta::parse(text, "EKA"), Err(NotMeta::Number));
    assert_eq!(Meta::parse(br#"{"XSA": 44, "Recipes": []}"#, "XSA"), Err(NotMeta::Recipes));
    assert_eq!(Meta::parse("[".repeat(100_000).as_bytes(), "XSA"), Err(NotMeta::Json));
}

#[test]
fn globs_do_not_reach_over_a_folder() {
    let matches = |pattern: &str, name: &str| glob(pattern).unwrap().is_match(name);
    assert!(matches("xsa512-4.17-?.patch", "xsa512-4.17-2.patch"));
    assert!(!matches("xsa512-4.17-?.patch", "xsa512-4.17-12.patch"));
    assert!(matches("xsa370/*.patch", "xsa370/0001-a.patch"));
    assert!(!matches("xsa370*.patch", "xsa370/0001-a.patch"));
    assert!(!matches("xsa1.patch", "xsa1xpatch"));
    assert!(has_extension("a.patch", "patch") && !has_extension(".patch", "patch") && !has_extension("apatch", "patch"));
    assert_eq!(with_lf(b"a\r\nb\rc\n\r\n"), b"a\nb\rc\n\n");
}

proptest! {
    #[test]
    fn no_text_panics(text in "(-----BEGIN PGP SIGNED MESSAGE-----|-----BEGIN PGP SIGNATURE-----|Xen Security Advisory XSA-44|RESOLUTION|=====|\\n|- |[a-f0-9]{64}  x|xsa4.patch  x|\\PC){0,60}") {
        let mail = message(&format!("From: a@example.org\nSubject: x\n\n{text}"));
        let _ = parse(&mail, &project(), rules());
    }
}
