//! Traps: what real advisories did and a reader must bear.

use super::{message, project, rules};
use crate::{
    advisory::{Circumstances, Level, Meta, deployment::permission, files::glob, lint, parse, subject},
    disclosure::DeploymentPermission::{self, AllPermitted, Custom, HostAndMemberVms, MembersOnly, PatchesOnly},
};

const SECOND: &str = include_str!("../../../rules/advisory/samples/02-public-second.eml");

/// Every advisory since 2015 has the boundary `=separator`: one forwarded inside another nests it.
#[test]
fn an_advisory_inside_an_advisory_lends_it_no_files() {
    let inner = SECOND.replace("XSA-901", "XSA-902").replace("Advisory 901", "Advisory 902").replace("xsa901", "xsa902");
    let inner = inner.split_once('\n').unwrap().1;
    let part = format!("--=separator\nContent-Type: message/rfc822\n\n{inner}\n");
    let end = SECOND.rfind("--=separator--").unwrap();
    let nested = format!("{}{part}--=separator--\n", SECOND.get(..end).unwrap());
    let mail = message(&nested.replace('\n', "\r\n"));
    let advisory = parse(&mail, &project(), rules()).unwrap();
    assert_eq!(advisory.heading.number.get(), 901);
    let digests: Vec<&str> = advisory.digests.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(digests, ["xsa901.meta", "xsa901.patch", "xsa901-4.21.patch"]);
    let findings = lint(&mail, &project(), rules(), &Circumstances::default());
    // Whatever the inner boundary does to the structure, such a mail does not go out unseen.
    let stopped = findings.iter().any(|finding| finding.level == Level::Error) || !mail.doubts.is_empty();
    assert!(stopped, "{findings:?}");
}

/// XSA-512: six files behind three lines of the table.
#[test]
fn a_line_of_the_table_may_stand_for_several_files() {
    let names = [
        "xsa512-1.patch",
        "xsa512-2.patch",
        "xsa512-4.17-1.patch",
        "xsa512-4.17-2.patch",
        "xsa512-4.18-1.patch",
        "xsa512-4.18-2.patch",
    ];
    for (line, found) in
        [("xsa512-?.patch", 2), ("xsa512-4.17-?.patch", 2), ("xsa512-4.18-?.patch", 2), ("xsa512*.patch", 6), ("xsa51?.patch", 0)]
    {
        let glob = glob(line).unwrap();
        assert_eq!(names.iter().filter(|name| glob.is_match(name)).count(), found, "{line}");
    }
}

/// XSA-414's recipes for 4.13 to 4.15 name XSA-414 as their own prerequisite.
#[test]
fn a_recipe_may_name_itself() {
    let text =
        br#"{"XSA": 414, "SupportedVersions": ["master", "4.13"], "Trees": ["xen"], "Recipes": {"4.13": {"Recipes": {"xen": {
        "StableRef": "0be63c2615b268001f7cc9b72ce25eed952737dc", "Prereqs": [414], "Patches": ["xsa414-4.14.patch"]}}}}}"#;
    let meta = Meta::parse(text, "XSA").unwrap();
    assert_eq!(meta.number, 414);
    let (_, _, recipe) = &meta.recipes[0];
    assert_eq!((recipe.prereqs.as_slice(), recipe.has_full_ref()), ([414].as_slice(), true));
    // The check does not follow it round.
    let name = "name=\"xsa901.meta\"";
    let (head, rest) = SECOND.split_once(name).unwrap();
    let (fields, encoded) = rest.split_once("\n\n").unwrap();
    let (encoded, tail) = encoded.split_once("\n--=separator").unwrap();
    let old = data_encoding::BASE64.decode(encoded.replace('\n', "").as_bytes()).unwrap();
    let mut meta: serde_json::Value = serde_json::from_slice(&old).unwrap();
    for branch in meta["Recipes"].as_object_mut().unwrap().values_mut() {
        branch["Recipes"]["xen"]["Prereqs"] = serde_json::json!([901, 901]);
    }
    let new = serde_json::to_vec(&meta).unwrap();
    let sum = |bytes: &[u8]| crate::mail::Digest::of(bytes).to_string();
    let mail = format!("{head}{name}{fields}\n\n{}\n--=separator{tail}", data_encoding::BASE64.encode(&new))
        .replace(&sum(&old), &sum(&new));
    let findings = lint(&message(&mail), &project(), rules(), &Circumstances::default());
    assert!(findings.iter().all(|finding| finding.id == "X10"), "{findings:?}");
}

/// Wordings, by the advisory that had them.
#[test]
fn permissions_in_the_words_of_real_advisories() {
    let norm = "Deployment of the patches and/or mitigations described above (or\nothers which are substantially similar) is permitted during the\nembargo, even on public-facing systems with untrusted guest users and\nadministrators.\n\nBut: Distribution of updated software is prohibited (except to other\nmembers of the predisclosure list).\n\nPredisclosure list members who wish to deploy significantly different\npatches and/or mitigations, please contact the Xen Project Security\nTeam.\n";
    let patches = "Deployment of the patches described above (or others which are\nsubstantially similar) is permitted during the embargo, even on\npublic-facing systems with untrusted guest users and administrators.\n\nHOWEVER, deployment of the mitigation is NOT permitted (except where\nall the affected systems and VMs are administered and used only by\norganisations which are members of the Xen Project Security Issues\nPredisclosure List).  Specifically, deployment on public cloud systems\nis NOT permitted.\n";
    let table: [(&str, String, DeploymentPermission); 7] = [
        ("the norm", norm.to_owned(), AllPermitted),
        ("309", patches.to_owned(), PatchesOnly),
        (
            "461",
            "Deployment of patches or mitigations is NOT permitted (except where\nall the affected systems and VMs are administered and used only by\norganisations which are members of the Xen Project Security Issues\nPredisclosure List).\n".to_owned(),
            MembersOnly,
        ),
        (
            "441",
            "Deployment of the patches described above (or others which are\nsubstantially similar) is permitted during the embargo on the host and\non VMs administered by members.  It is NOT permitted on VMs of\nnon-members.\n".to_owned(),
            HostAndMemberVms,
        ),
        // The permission changed while the embargo lasted.
        ("384", norm.replace("is permitted during", "*is* now (following the public release of XSA-379) permitted during"), Custom),
        ("207", format!("{norm}\nAND: migration between different types of IOMMU is not permitted.\n"), Custom),
        ("a further restriction", format!("{norm}\nADDITIONALLY, deployment must not be announced.\n"), Custom),
    ];
    for (name, text, expected) in table {
        assert_eq!(permission(&text, rules()), expected, "{name}");
    }
}

/// The forms of Subject since 2012.
#[test]
fn subjects_of_every_era() {
    let table = [
        ("Xen Security Advisory 217 (CVE-2017-10912) - page transfer may allow PV guest to elevate privilege", 217, None, 1),
        ("[Xen-devel] Xen Security Advisory 309 v3 (CVE-2019-19578) - Linear pagetable use / entry miscounts", 309, Some(3), 1),
        (
            "[oss-security] Xen Security Advisory 484 v2 (CVE-2026-23557) - Xenstored DoS via\r\n XS_RESET_WATCHES command",
            484,
            Some(2),
            1,
        ),
        (
            "Xen Security Advisory 489 v2 (CVE-2026-42481,CVE-2026-42482,CVE-2026-42483,CVE-2026-42484,CVE-2026-42486)\r\n - Multiple RBAC issues in XAPI",
            489,
            Some(2),
            5,
        ),
        ("Xen Security Advisory 355 v2 - stack corruption from XSA-346 change", 355, Some(2), 0),
    ];
    for (text, number, version, cves) in table {
        // Folded as in the mail: the reader of mail unfolds it.
        let mail = message(&format!("From: a@example.org\r\nSubject: {text}\r\n\r\nx\r\n"));
        let subject = subject::parse(&mail.subject, &project()).unwrap_or_else(|| panic!("{text}"));
        assert_eq!((subject.number.get(), subject.version, subject.cves.len()), (number, version, cves), "{text}");
        assert!(!subject.title.contains(['\r', '\n']), "{text}");
    }
}

/// Every rule tells what to do, and no two the same.
#[test]
fn every_finding_has_a_remedy() {
    let mail = message(&SECOND.replace("  xsa901.patch\n", "  xsa909.patch\n"));
    let findings = lint(&mail, &project(), rules(), &Circumstances::default());
    let wrong = findings.iter().find(|finding| finding.id == "X04" && finding.line.is_some()).unwrap();
    assert_eq!(wrong.remedy(), "run sha256sum again over the files as they are attached, and attach each of them once");
    assert!(mail.text.lines().nth(wrong.line.unwrap() - 1).unwrap().ends_with("xsa909.patch"));
    let remedies: std::collections::BTreeSet<&str> =
        (1..=14).map(|number| super::super::lint::remedy::of(&format!("X{number:02}"))).collect();
    assert_eq!(remedies.len(), 14);
}
