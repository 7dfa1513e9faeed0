//! Artefacts of released advisories against golden files, which `tests/publication/validate.mjs` holds against the published schemas and the
//! validators of others; and of every real advisory in `../shared`, where that is present.
//!
//! After a wanted change: `EMBARGOD_BLESS=1 cargo test --test publication` writes the golden files anew; read the difference.

#![expect(clippy::unwrap_used, reason = "a test program: its helpers may fail loudly")]

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use embargod::{
    advisory::{self, Advisory, AdvisoryRules},
    disclosure::{AdvisoryNumber, Embargo, ListName, ListRole, PrivateList, Project, PublicList, project::TokenPlace},
    mail::{Message, RawMessage},
    publication::{
        self, Audience, Cause, Cna, Fix, Grounds, Outline, PublicFacts, Publication, Publisher, Record, Revision, Standing,
    },
};
use jiff::Timestamp;

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/publication")
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
    let announce = PublicList { address: "announce@lists.example.org".parse().unwrap(), aliases: Vec::new(), list_id: None };
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
        applications: announce.clone(),
        public: vec![announce],
        domain_aliases: BTreeMap::new(),
        policy_url: "https://example.org/security-policy".to_owned(),
        organisations_url: None,
        support_urls: Vec::new(),
        upstreams: Vec::new(),
        tokens: TokenPlace::Address,
    }
}

fn publisher() -> Publisher {
    let publisher = Publisher {
        name: "Xen Project Security Team".to_owned(),
        namespace: "https://example.org".to_owned(),
        contact_address: "security@example.org".parse().unwrap(),
        contact: "security@example.org, OpenPGP key on https://example.org/security-policy".to_owned(),
        prefix: "XSA".to_owned(),
        vendor: "Xen".to_owned(),
        product: "Xen".to_owned(),
        index_project: "xen".to_owned(),
        pages: "https://example.org/xsa/".to_owned(),
        csaf_pages: "https://example.org/.well-known/csaf/white/".to_owned(),
        repository: Some("https://git.example.org/xen.git".to_owned()),
        cpe: Some("cpe:2.3:o:xen:xen".to_owned()),
        cna: Some(Cna { org_id: "5a7f1c9e-0b2d-4c3e-9f4a-6b8d0e1f2a3c".to_owned(), short_name: "EXAMPLE".to_owned() }),
        policy_url: "https://example.org/security-policy".to_owned(),
        uid_domain: "example.org".to_owned(),
        outline: Outline::default(),
    };
    publisher.check().unwrap();
    publisher
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn over() -> Grounds {
    let until = at("2026-11-03T12:00:00Z");
    Grounds::EmbargoPassed(Embargo { until }.passed(until).unwrap())
}

fn read(path: &Path) -> (Message, Advisory) {
    let message = Message::parse(&RawMessage::new(fs::read(path).unwrap())).unwrap();
    let advisory = advisory::parse(&message, &project(), &AdvisoryRules::built_in().unwrap()).unwrap();
    (message, advisory)
}

/// The publication of one of our samples: its mails with the instants at which they were sent, the members' before the public's.
fn sample(mails: &[(&str, &str, Audience)], grounds: Grounds, record: Record) -> Publication {
    let read: Vec<_> = mails.iter().map(|(name, ..)| read(&here().join("advisories").join(name))).collect();
    let revisions: Vec<Revision<'_>> = read
        .iter()
        .zip(mails)
        .map(|((mail, advisory), (_, sent, audience))| Revision { mail, advisory, at: at(sent), audience: *audience })
        .collect();
    Publication::new(grounds, &revisions, record, &publisher()).unwrap()
}

fn record(public_at: &str) -> Record {
    Record { public_at: at(public_at), assigned_at: None, fixes: Vec::new(), references: Vec::new() }
}

/// Two CVE identifiers, patches for four branches and a `.meta`; the first version went to the members.
fn ring() -> Publication {
    let fix = |branch: &str, digit: &str| Fix { branch: branch.to_owned(), commit: digit.repeat(40) };
    let record = Record {
        assigned_at: Some(at("2026-10-19T08:00:00Z")),
        fixes: vec![fix("master", "a"), fix("stable-4.21", "b")],
        references: vec!["https://lists.example.org/archive/announce/931.html".to_owned()],
        ..record("2026-11-03T12:00:41Z")
    };
    let mails = [
        ("931-v1-members.eml", "2026-10-20T09:10:00Z", Audience::Members),
        ("931-v2-public.eml", "2026-11-03T12:00:41Z", Audience::Public),
    ];
    sample(&mails, over(), record)
}

/// An amendment that brought the CVE identifier and a patch; the first version is not at hand.
fn timer() -> Publication {
    let mails = [
        ("932-v2-public.eml", "2026-11-03T12:01:05Z", Audience::Public),
        ("932-v3-public.eml", "2026-11-05T15:20:00Z", Audience::Public),
    ];
    sample(&mails, over(), record("2026-11-03T12:01:05Z"))
}

/// No CVE identifier, never under embargo.
fn support() -> Publication {
    let mails = [("933-v1-public.eml", "2026-11-06T08:52:13Z", Audience::Public)];
    sample(&mails, Grounds::AlreadyPublic(Cause::KnownInPublic), record("2026-11-06T08:52:13Z"))
}

/// Folder and file of every JSON artefact of a publication.
fn artefacts(publication: &Publication) -> Vec<(String, String)> {
    let publisher = publisher();
    let csaf = publication::csaf_document(publication, &publisher);
    let osv = publication::osv_record(publication, &publisher);
    let mut all = vec![
        (format!("csaf/{}", publication::csaf_file_name(publication)), publication::bytes_of(&csaf)),
        (format!("osv/{}.json", publication.name()), publication::bytes_of(&osv)),
    ];
    for (cve, record) in publication.cves().iter().zip(publication::cve_records(publication, &publisher)) {
        all.push((format!("cve/{cve}.json"), publication::bytes_of(&record)));
    }
    all
}

fn golden(name: &str, made: &str) {
    let path = here().join("golden").join(name);
    if env::var_os("EMBARGOD_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, made).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    assert!(made == expected, "{name} is not what its golden file says; it is now:\n{made}");
}

#[test]
fn the_artefacts_are_those_of_the_golden_files() {
    for publication in [ring(), timer(), support()] {
        for (name, text) in artefacts(&publication) {
            golden(&name, &text);
        }
    }
}

#[test]
fn the_same_facts_give_the_same_bytes() {
    assert_eq!(artefacts(&ring()), artefacts(&ring()));
}

#[test]
fn the_index_tells_no_title_of_an_embargoed_number() {
    let number = |number| AdvisoryNumber::new(number).unwrap();
    let announced = [
        PublicFacts::new(number(934), at("2026-11-17T12:00:00Z")),
        // Published meanwhile, and withdrawn.
        PublicFacts::new(number(932), at("2026-11-03T12:00:00Z")),
        PublicFacts::new(number(930), at("2026-11-17T12:00:00Z")).withdrawn(),
    ];
    let one_way = publication::index(&[support(), ring(), timer()], &announced, &publisher());
    let other_way = publication::index(&[timer(), ring(), support(), timer()], &announced, &publisher());
    assert_eq!(one_way, other_way);
    golden("xsa.json", &publication::bytes_of(&one_way));
    let first = one_way.pointer("/0/xsas/0").unwrap();
    assert_eq!(first, &serde_json::json!({ "xsa": "934", "public_time": "2026-11-17 12:00" }));
    let numbers: Vec<&str> =
        one_way.pointer("/0/xsas").unwrap().as_array().unwrap().iter().map(|entry| entry["xsa"].as_str().unwrap()).collect();
    assert_eq!(numbers, ["934", "933", "932", "931"]);
}

#[test]
fn text_and_files_are_the_signed_bytes() {
    let publication = ring();
    let mail = fs::read_to_string(here().join("advisories/931-v2-public.eml")).unwrap();
    let (_, after) = mail.split_once("-----BEGIN PGP SIGNED MESSAGE-----").unwrap();
    let (signed, _) = after.split_once("-----END PGP SIGNATURE-----").unwrap();
    let expected = format!("-----BEGIN PGP SIGNED MESSAGE-----{signed}-----END PGP SIGNATURE-----\n");
    assert_eq!(String::from_utf8(publication.text().to_vec()).unwrap(), expected);
    let names: Vec<&str> = publication.files().iter().map(|file| file.name.as_str()).collect();
    let expected = [
        "xsa931.meta",
        "xsa931-1.patch",
        "xsa931-2.patch",
        "xsa931-4.18-1.patch",
        "xsa931-4.18-2.patch",
        "xsa931-4.20-1.patch",
        "xsa931-4.20-2.patch",
    ];
    assert_eq!(names, expected);
    for file in publication.files() {
        assert_eq!(embargod::mail::Digest::of(file.content.as_ref().unwrap()), file.digest, "{}", file.name);
    }
}

#[test]
fn the_calendar_tells_three_facts() {
    let number = AdvisoryNumber::new(934).unwrap();
    let dates = [at("2026-11-10T12:00:00Z"), at("2026-11-10T12:00:00Z"), at("2026-11-17T12:00:00Z")];
    let moved = PublicFacts::from_history(number, &dates, Standing::Planned).unwrap();
    let other = PublicFacts::new(AdvisoryNumber::new(935).unwrap(), at("2026-11-17T17:00:00Z"));
    let made = at("2026-11-04T08:30:00Z");
    let file = publication::calendar(&[other, moved], Standing::Planned, &publisher(), made).unwrap();
    golden("planned.ics", &file);
    let file = publication::calendar(&[moved.withdrawn(), other], Standing::Withdrawn, &publisher(), made).unwrap();
    golden("withdrawn.ics", &file);
    assert_eq!(publication::calendar(&[moved], Standing::Withdrawn, &publisher(), made), None);
}

#[test]
fn the_card_is_about_the_three_facts() {
    let facts = PublicFacts::new(AdvisoryNumber::new(934).unwrap(), at("2026-11-17T12:00:00Z"));
    golden("card.txt", &publication::card(&facts, &publisher()));
    golden("card-withdrawn.txt", &publication::card(&facts.withdrawn(), &publisher()));
}

/// Real advisories give artefacts too; they are left beside the test program for `validate.mjs`.
#[test]
fn every_real_advisory_is_published() {
    let roots = ["../shared", "../../shared"].map(|root| Path::new(env!("CARGO_MANIFEST_DIR")).join(root));
    let Some(folder) = roots.iter().map(|root| root.join("corpus/dev/advisory")).find(|path| path.exists()) else {
        println!("../shared/corpus/dev/advisory is not there: only our own samples are published");
        return;
    };
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("publication");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let (mail, advisory) = read(&path);
        let sent = mail.date.unwrap();
        let revision = Revision { mail: &mail, advisory: &advisory, at: sent, audience: Audience::Public };
        let record = Record { public_at: sent, assigned_at: None, fixes: Vec::new(), references: Vec::new() };
        let passed = Grounds::EmbargoPassed(Embargo { until: sent }.passed(sent).unwrap());
        let publication = Publication::new(passed, &[revision], record, &publisher()).unwrap();
        assert!(publication.text().starts_with(b"-----BEGIN PGP SIGNED MESSAGE-----\n"), "{}", path.display());
        assert!(publication.text().ends_with(b"-----END PGP SIGNATURE-----\n"), "{}", path.display());
        // Archives empty some attachments.
        let attached = mail.attachments().filter(|part| part.name.is_some() && !part.bytes.is_empty()).count();
        let found = publication.files().iter().filter(|file| file.content.is_some()).count();
        assert_eq!(found, attached, "{}", path.display());
        assert_eq!(publication.missing().count(), publication.files().len() - found, "{}", path.display());
        assert!(!publication.series().is_empty(), "{}", path.display());
        for (name, text) in artefacts(&publication) {
            let path = out.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        count += 1;
    }
    println!("{count} real advisories published into {}", out.display());
    assert!(count > 0);
}
