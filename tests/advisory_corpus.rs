//! Advisories of other people, read from `../shared` where that is present; our own samples otherwise.

#![expect(clippy::unwrap_used, reason = "a test program: its helpers may fail loudly")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use embargod::{
    advisory::{self, AdvisoryRules, Circumstances, Framing, PublicClaim, SubjectKind},
    disclosure::{DeploymentPermission, ListName, ListRole, PrivateList, Project, PublicList, project::TokenPlace},
    mail::{Message, RawMessage},
};

fn shared(path: &str) -> Option<PathBuf> {
    // A git worktree stands one folder deeper.
    let roots = ["../shared", "../../shared"].map(|root| Path::new(env!("CARGO_MANIFEST_DIR")).join(root));
    let found = roots.iter().map(|root| root.join(path)).find(|path| path.exists());
    if found.is_none() {
        println!("../shared/{path} is not there: only our own samples are read");
    }
    found
}

fn project() -> Project {
    let list = |role, name: &str| PrivateList {
        role,
        name: ListName(name.to_owned()),
        address: format!("{name}@lists.example.org").parse().unwrap(),
        aliases: Vec::new(),
        list_id: format!("{name}.lists.example.org").parse().unwrap(),
        phrase: name.to_owned(),
    };
    let public = |name: &str| PublicList {
        address: format!("{name}@lists.example.org").parse().unwrap(),
        aliases: Vec::new(),
        list_id: None,
    };
    Project {
        name: "Xen Project".to_owned(),
        team_name: "Xen Project Security Team".to_owned(),
        advisory_prefix: "XSA".to_owned(),
        advisory_title: "Xen Security Advisory".to_owned(),
        security: "security@example.org".parse().unwrap(),
        security_aliases: Vec::new(),
        desk: "security-desk@example.org".parse().unwrap(),
        primary: list(ListRole::Primary, "xen-security-issues"),
        discuss: list(ListRole::Discuss, "xen-security-issues-discuss"),
        applications: public("predisclosure-applications"),
        public: vec![public("announce")],
        domain_aliases: BTreeMap::new(),
        policy_url: "https://example.org/security-policy".to_owned(),
        organisations_url: None,
        support_urls: Vec::new(),
        upstreams: Vec::new(),
        tokens: TokenPlace::Address,
    }
}

fn read(path: &Path) -> Message {
    Message::parse(&RawMessage::new(fs::read(path).unwrap())).unwrap()
}

#[test]
fn every_subject_ever_collected_is_read() {
    let Some(path) = shared("data/subjects.txt") else { return };
    let text = fs::read_to_string(path).unwrap();
    let mut counts = (0, 0, 0);
    for line in text.lines() {
        let subject = advisory::subject::parse(line, &project()).unwrap_or_else(|| panic!("not read: {line}"));
        counts.0 += 1;
        counts.1 += usize::from(subject.version.is_some());
        counts.2 += usize::from(subject.kind == SubjectKind::Answer);
        assert!(line.ends_with(&subject.title), "{line}");
    }
    println!("{} subjects read, {} with a version, {} answers", counts.0, counts.1, counts.2);
    assert_eq!(counts.0, 78);
}

#[test]
fn real_advisories_are_taken_apart() {
    let Some(folder) = shared("corpus/dev/advisory") else { return };
    let rules = AdvisoryRules::built_in().unwrap();
    // Number, version, CVE identifiers, sections, digests, table lines.
    let expected =
        [("xsa188.eml", (188, 3, 1, 8, 1, 1)), ("xsa214.eml", (214, 2, 0, 8, 1, 1)), ("xsa491.eml", (491, 2, 1, 8, 2, 2))];
    for (name, shape) in expected {
        let path = folder.join(name);
        if !path.exists() {
            println!("{name} is not there");
            continue;
        }
        let advisory = advisory::parse(&read(&path), &project(), &rules).unwrap();
        let heading = &advisory.heading;
        let (sections, digests, table) = (advisory.sections.len(), advisory.digests.len(), advisory.table.len());
        assert_eq!((heading.number.get(), heading.version, heading.cves.len(), sections, digests, table), shape, "{name}");
        // The copy of XSA-491 was taken from a web archive, which names the attachments below the signature.
        let framing = if name == "xsa491.eml" { Framing::TextOutside } else { Framing::Clearsigned };
        assert_eq!(advisory.framing, framing, "{name}");
        assert_eq!(advisory.deployment, Some(DeploymentPermission::AllPermitted), "{name}");
        assert_eq!(advisory.claims, PublicClaim::Release, "{name}");
        let subject = advisory.subject.unwrap();
        assert_eq!((subject.number, subject.version.unwrap_or(heading.version)), (heading.number, heading.version), "{name}");
        assert_eq!(subject.title, heading.title, "{name}");
    }
}

/// XSA-214 (2017-05-02) went out with the name of another patch in its table; the digest is right.
#[test]
fn the_mistake_of_xsa_214_is_found() {
    let Some(path) = shared("corpus/dev/advisory/xsa214.eml") else { return };
    let rules = AdvisoryRules::built_in().unwrap();
    let findings = advisory::lint(&read(&path), &project(), &rules, &Circumstances::default());
    let texts: Vec<String> = findings.iter().map(|finding| format!("{} {}", finding.id, finding.text)).collect();
    assert!(!texts.iter().any(|text| text.starts_with("X04")), "{texts:?}");
    assert!(texts.contains(&"X14 xsa124.patch stands in the file table and is not attached".to_owned()), "{texts:?}");
    assert!(texts.contains(&"X14 xsa214.patch is attached and does not stand in the file table".to_owned()), "{texts:?}");
}

#[test]
fn our_own_samples_are_advisories() {
    let rules = AdvisoryRules::built_in().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/advisory/samples");
    let mut read_ones = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let advisory = advisory::parse(&read(&path), &project(), &rules).unwrap();
        assert!(advisory.subject.is_some(), "{}", path.display());
        assert!(!advisory.digests.is_empty(), "{}", path.display());
        read_ones += 1;
    }
    assert!(read_ones >= 10);
}
