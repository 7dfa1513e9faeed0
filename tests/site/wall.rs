//! The firewall reads every file before it may be written.

use std::sync::Arc;

use embargod::{
    clearance::{LiveCase, Wall},
    disclosure::{AdvisoryNumber, CaseId},
    firewall::{AdvisoryName, CaseMaterial, Fingerprints, Firewall, Public, Rule},
    site::{self, Released},
};

use crate::sample::{Made, files_of};

const SECRET: &str = "migration stream: a guest rewrites the header of another";

/// One live case with this title, this identifier and this number.
fn wall(case: i64, number: u16, title: &str) -> Wall {
    let number = AdvisoryNumber::new(number).unwrap();
    let mut material = CaseMaterial::new(CaseId(case));
    material.titles.push(title.to_owned());
    material.cves.push("CVE-2026-93499".parse().unwrap());
    material.advisory = Some(AdvisoryName { prefix: "XSA".to_owned(), title: "Xen Security Advisory".to_owned(), number });
    let prints = Fingerprints::compile(&material, &Public::default());
    let live = LiveCase { case: CaseId(case), discoverer: None, predisclosed: None, number: Some(number) };
    Wall::new(Arc::new(Firewall::new([Arc::new(prints)])), [live])
}

fn refusal(wall: &Wall, change: impl FnOnce(&mut Vec<Released>, &mut site::Organisations)) -> Vec<(String, CaseId, Rule)> {
    let (files, released) = files_of(change);
    match site::pass(files, &released, wall) {
        Ok(_) => Vec::new(),
        Err(refused) => refused.found.into_iter().map(|found| (found.file, found.case, found.rule)).collect(),
    }
}

#[test]
fn the_site_passes_although_it_names_the_number_of_a_live_case() {
    assert_eq!(refusal(&wall(7, 934, SECRET), |_, _| {}), []);
}

#[test]
fn a_title_in_the_history_of_the_organisations_stops_everything() {
    let plant = |_: &mut Vec<Released>, organisations: &mut site::Organisations| {
        organisations.history[1].text = format!("Added Cumulus, who fixed \"{SECRET}\".");
    };
    assert_eq!(refusal(&wall(7, 934, SECRET), plant), [("organisations.html".to_owned(), CaseId(7), Rule::Title)]);
    let (files, released) = files_of(plant);
    let said = site::pass(files, &released, &wall(7, 934, SECRET)).unwrap_err().to_string();
    assert_eq!(said, "nothing is written: organisations.html would give case-7 away (title)");
}

#[test]
fn an_embargoed_advisory_taken_for_a_released_one_is_refused_whatever_the_record_says() {
    let made = Made { number: 934, title: SECRET, cves: &["CVE-2026-93499"], description: "As the title says.", patches: &[] };
    let found = refusal(&wall(934, 934, SECRET), |released, _| released.push(made.released("2026-11-10T12:00:00Z")));
    let of = |name: &str| found.iter().filter(|(file, ..)| file == name).map(|(_, _, rule)| *rule).collect::<Vec<_>>();
    assert_eq!(of("advisory-934.html"), [Rule::Title, Rule::Cve]);
    assert_eq!(of("advisory-934.txt"), [Rule::Title, Rule::Cve]);
    assert_eq!(of("index.html"), [Rule::Title, Rule::Cve]);
    assert_eq!(of("feed.atom"), [Rule::Title, Rule::Cve]);
    assert_eq!(of("xsa.json"), [Rule::Title, Rule::Cve]);
    assert_eq!(of("csaf/csaf-feed-tlp-white.json"), [Rule::Title]);
    assert_eq!(of("csaf/2026/xsa-934.json"), [Rule::Title, Rule::Cve]);
    assert_eq!(of("osv/XSA-934.json"), [Rule::Title, Rule::Cve]);
    assert_eq!(of("cve/CVE-2026-93499.json"), [Rule::Title, Rule::Cve]);
    assert!(found.iter().all(|(_, case, _)| *case == CaseId(934)));
}

#[test]
fn what_went_to_everybody_with_another_advisory_is_public() {
    // Two people let that mail out: the page tells no more than the archives of the lists.
    let description = format!("This is not the issue called \"{SECRET}\" but one beside it.");
    let made = Made { number: 940, title: "console: another one", cves: &[], description: &description, patches: &[] };
    assert_eq!(refusal(&wall(7, 934, SECRET), |released, _| released.push(made.released("2026-11-10T12:00:00Z"))), []);
    // On a page that is not of that advisory the same words are found.
    let found = refusal(&wall(7, 934, SECRET), |released, _| {
        released.push(made.released("2026-11-10T12:00:00Z"));
        let other = Made { number: 941, title: SECRET, cves: &[], description: "x", patches: &[] };
        released.push(Released { case: CaseId(7), publication: other.released("2026-11-11T12:00:00Z").publication });
    });
    assert!(found.contains(&("advisory-941.html".to_owned(), CaseId(7), Rule::Title)), "{found:?}");
    assert!(found.iter().all(|(file, ..)| file != "advisory-940.html"), "{found:?}");
}

#[test]
fn a_wall_that_nobody_has_built_lets_nothing_pass() {
    let (files, released) = files_of(|_, _| {});
    assert!(site::pass(files, &released, &Wall::default()).is_err());
}
