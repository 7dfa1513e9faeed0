//! A site to look at: the sample advisories of `tests/publication`, older ones made here, two that are planned, some organisations.

use std::{collections::BTreeMap, fs, path::Path};

use embargod::{
    advisory::{self, Advisory, AdvisoryRules},
    disclosure::{AdvisoryNumber, CaseId, Embargo, ListName, ListRole, PrivateList, Project, PublicList, project::TokenPlace},
    mail::{Message, RawMessage},
    publication::{Audience, Cause, Cna, Grounds, Outline, PublicFacts, Publication, Publisher, Record, Revision},
    site::{self, File, HistoryLine, Organisations, Released, Site},
};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn project() -> Project {
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
        tokens: TokenPlace::Address,
        upstreams: Vec::new(),
    }
}

pub fn publisher() -> Publisher {
    let publisher = Publisher {
        name: "Xen Project Security Team".to_owned(),
        namespace: "https://example.org".to_owned(),
        contact_address: "security@example.org".parse().unwrap(),
        contact: "mailto:security@example.org".to_owned(),
        prefix: "XSA".to_owned(),
        vendor: "Xen Project".to_owned(),
        product: "Xen".to_owned(),
        index_project: "xen".to_owned(),
        pages: "https://example.org/xsa/".to_owned(),
        csaf_pages: "https://example.org/xsa/csaf/".to_owned(),
        repository: None,
        cpe: Some("cpe:2.3:o:xen:xen".to_owned()),
        cna: Some(Cna { org_id: "5a7f1c9e-0b2d-4c3e-9f4a-6b8d0e1f2a3c".to_owned(), short_name: "EXAMPLE".to_owned() }),
        policy_url: "https://example.org/security-policy".to_owned(),
        uid_domain: "example.org".to_owned(),
        outline: Outline::default(),
    };
    publisher.check().unwrap();
    publisher
}

fn parsed(mail: &Message) -> Advisory {
    advisory::parse(mail, &project(), &AdvisoryRules::built_in().unwrap()).unwrap()
}

/// The publication of these mails, each with the instant at which it was sent.
pub fn publication(mails: Vec<(Message, &str, Audience)>, public_at: &str, grounds: Grounds) -> Publication {
    let advisories: Vec<Advisory> = mails.iter().map(|(mail, ..)| parsed(mail)).collect();
    let revisions: Vec<Revision<'_>> = mails
        .iter()
        .zip(&advisories)
        .map(|((mail, sent, audience), advisory)| Revision { mail, advisory, at: at(sent), audience: *audience })
        .collect();
    let record = Record { public_at: at(public_at), assigned_at: None, fixes: Vec::new(), references: Vec::new() };
    Publication::new(grounds, &revisions, record, &publisher()).unwrap()
}

fn saved(name: &str) -> Message {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/publication/advisories").join(name);
    Message::parse(&RawMessage::new(fs::read(path).unwrap())).unwrap()
}

/// An advisory that was public from the first: its words, its patches, unsigned.
pub struct Made<'a> {
    pub number: u16,
    pub title: &'a str,
    pub cves: &'a [&'a str],
    pub description: &'a str,
    pub patches: &'a [(&'a str, &'a str)],
}

impl Made<'_> {
    pub fn mail(&self) -> Message {
        let Made { number, title, description, .. } = self;
        let cves = if self.cves.is_empty() { String::new() } else { format!("{} / ", self.cves.join(",")) };
        let mut text = format!("            Xen Security Advisory {cves}XSA-{number}\n\n        {title}\n\n");
        let mut section = |heading: &str, words: &str| {
            text.push_str(&format!("{heading}\n{}\n\n{words}\n\n", "=".repeat(heading.len())));
        };
        section("ISSUE DESCRIPTION", description);
        section("IMPACT", "A guest may cause a Denial of Service (DoS) of the whole host.");
        section("VULNERABLE SYSTEMS", "All versions from 4.16 on are vulnerable.\n\nOnly x86 systems are vulnerable.");
        section("MITIGATION", "There is no known mitigation.");
        section("CREDITS", "This issue was discovered by Ada Example of Example Labs.");
        let table: String = self.patches.iter().map(|(name, _)| format!("{name:<24} xen-unstable, Xen 4.21.x\n")).collect();
        let digests: String = self
            .patches
            .iter()
            .map(|(name, patch)| {
                let digest: String = Sha256::digest(patch.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
                format!("{digest}  {name}\n")
            })
            .collect();
        let list = if digests.is_empty() { String::new() } else { format!("\n$ sha256sum xsa{number}*\n{digests}$") };
        section("RESOLUTION", &format!("Applying the attached patch resolves this issue.\n\n{table}{list}"));
        section("NOTE REGARDING LACK OF EMBARGO", "This was discussed in public before it was reported.");
        let mut mail = "From: security@example.org\nSubject: x\nMIME-Version: 1.0\n\
                        Content-Type: multipart/mixed; boundary=\"=-=\"\n\n"
            .to_owned();
        mail.push_str(&format!("--=-=\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n"));
        for (name, patch) in self.patches {
            mail.push_str(&format!(
                "--=-=\nContent-Type: text/plain; charset=utf-8; name=\"{name}\"\nContent-Disposition: attachment; filename=\"{name}\"\n\
                 Content-Transfer-Encoding: 8bit\n\n{patch}\n"
            ));
        }
        mail.push_str("--=-=--\n");
        Message::parse(&RawMessage::new(mail.into_bytes())).unwrap()
    }

    pub fn released(&self, when: &str) -> Released {
        let grounds = Grounds::AlreadyPublic(Cause::KnownInPublic);
        let publication = publication(vec![(self.mail(), when, Audience::Public)], when, grounds);
        Released { case: CaseId(i64::from(self.number)), publication }
    }
}

/// The number, title and identifiers of older advisories.
const OLDER: [(u16, &str, &[&str], &str); 14] = [
    (930, "balloon driver: pages are returned twice", &["CVE-2026-93000"], "2026-09-15T12:00:00Z"),
    (929, "vTPM: state of one guest readable by the next", &["CVE-2026-92900"], "2026-07-28T12:00:00Z"),
    (
        928,
        "x86: speculative use of stale segment limits, with a title that is longer than most of them are",
        &["CVE-2026-92801", "CVE-2026-92802", "CVE-2026-92803"],
        "2026-06-09T16:00:00Z",
    ),
    (927, "console daemon: log files can be filled without limit", &["CVE-2026-92700"], "2026-04-14T12:00:00Z"),
    (926, "Arm: cache maintenance misses write-back in one path", &["CVE-2026-92600"], "2026-02-24T12:00:00Z"),
    (925, "grant table: transfer of a page under a lock that is not held", &["CVE-2026-92500"], "2026-01-20T12:00:00Z"),
    (924, "device model: unchecked length in an emulated disk", &["CVE-2025-92400"], "2025-12-09T12:00:00Z"),
    (923, "store: a transaction can be kept open for ever", &["CVE-2025-92300"], "2025-10-21T12:00:00Z"),
    (922, "support: 32-bit control domains are no longer security supported", &[], "2025-09-09T12:00:00Z"),
    (921, "IOMMU: a mapping outlives its device", &["CVE-2025-92100"], "2025-07-01T12:00:00Z"),
    (920, "event channels: a race when one is closed", &["CVE-2025-92000"], "2025-04-08T12:00:00Z"),
    (919, "x86: shadow paging, an error path leaves a reference behind", &["CVE-2025-91900"], "2025-01-28T12:00:00Z"),
    (918, "network back end: memory is kept for packets that never come", &["CVE-2024-91800"], "2024-11-12T12:00:00Z"),
    (917, "x86: an instruction's emulation reads beyond the page", &["CVE-2024-91700"], "2024-07-16T12:00:00Z"),
];

const PATCH: &str = "From: Ines Example\nSubject: check before use\n\n--- a/common/part.c\n+++ b/common/part.c\n@@ -1,3 +1,4 @@\n \
                     int use(struct part *part)\n {\n+    check(part);\n     return part->value;\n";

pub fn released() -> Vec<Released> {
    let over = || {
        let until = at("2026-11-03T12:00:00Z");
        Grounds::EmbargoPassed(Embargo { until }.passed(until).unwrap())
    };
    let ring = vec![
        (saved("931-v1-members.eml"), "2026-10-20T09:10:00Z", Audience::Members),
        (saved("931-v2-public.eml"), "2026-11-03T12:00:41Z", Audience::Public),
    ];
    let timer = vec![
        (saved("932-v2-public.eml"), "2026-11-03T12:01:05Z", Audience::Public),
        (saved("932-v3-public.eml"), "2026-11-05T15:20:00Z", Audience::Public),
    ];
    let support = vec![(saved("933-v1-public.eml"), "2026-11-06T08:52:13Z", Audience::Public)];
    let one = |case, publication| Released { case: CaseId(case), publication };
    let mut all = vec![
        one(931, publication(ring, "2026-11-03T12:00:41Z", over())),
        one(932, publication(timer, "2026-11-03T12:01:05Z", over())),
        one(933, publication(support, "2026-11-06T08:52:13Z", Grounds::AlreadyPublic(Cause::KnownInPublic))),
    ];
    for (number, title, cves, when) in OLDER {
        let name = format!("xsa{number}.patch");
        let description = "A value that comes from a guest is used before anybody has looked at it, in a place where\nthe \
                           code around it takes for granted that somebody has.";
        let made = Made { number, title, cves, description, patches: &[(&name, PATCH)] };
        all.push(made.released(when));
    }
    all
}

pub fn announced() -> Vec<PublicFacts> {
    let number = |number| AdvisoryNumber::new(number).unwrap();
    vec![
        PublicFacts::new(number(934), at("2026-12-01T12:00:00Z")),
        PublicFacts::new(number(935), at("2026-12-01T12:00:00Z")).moved_to(at("2026-12-15T12:00:00Z")),
    ]
}

pub fn organisations() -> Organisations {
    let names = [
        "Aurora Compute Ltd",
        "Basalt Cloud Services",
        "Cirrus",
        "Delta Linux (volunteers)",
        "Estuary Hosting GmbH & Co. KG",
        "Fjord",
        "Granite Networks, Inc.",
        "Harbour Systems",
        "Isthmus Virtual Machines",
        "Juniper Hollow University Computing Centre",
        "Kelp",
        "Lagoon Distribution",
        "Müller & Söhne Rechenzentrum",
        "Nimbus",
    ];
    let line = |date: &str, text: &str| HistoryLine {
        day: date.parse::<jiff::civil::Date>().unwrap().strftime("%-d %B %Y").to_string(),
        machine: date.to_owned(),
        text: text.to_owned(),
    };
    Organisations {
        names: names.map(str::to_owned).to_vec(),
        history: vec![
            line("2026-10-12", "Added Nimbus to the predisclosure list."),
            line("2026-08-03", "Removed Obsidian Hosting, which asked for it, from the predisclosure list."),
            line("2025-02-17", "Version 3.22: clarified what members may deploy during an embargo."),
        ],
    }
}

pub const NOW: &str = "2026-11-22T09:00:00Z";

/// The site, changed a little.
pub fn files_of(change: impl FnOnce(&mut Vec<Released>, &mut Organisations)) -> (Vec<File>, Vec<Released>) {
    let (mut released, mut organisations) = (released(), organisations());
    change(&mut released, &mut organisations);
    let publisher = publisher();
    let files = site::generate(&Site {
        project: "Xen Project",
        advisory: "Xen Security Advisory",
        publisher: &publisher,
        released: &released,
        announced: &announced(),
        organisations: Some(&organisations),
        at: at(NOW),
    });
    (files.unwrap(), released)
}

/// The files by name, with their text.
pub fn site_texts() -> BTreeMap<String, String> {
    let (files, _) = files_of(|_, _| {});
    files.into_iter().map(|file| (file.name.clone(), String::from_utf8_lossy(&file.bytes).into_owned())).collect()
}
