//! `embargod page` on a real state: what is written, what a crash leaves, when it refuses.

use std::{collections::BTreeMap, fs, os::unix::process::ExitStatusExt as _, path::Path};

use crate::cli_support::{House, timeless};

/// `[publication]` for a house of the demo.
pub const PUBLICATION: &str = r#"
[publication]
directory = "pages"
name = "Xen Project Security Team"
namespace = "https://xenproject.org"
vendor = "Xen Project"
product = "Xen"
index-project = "xen"
pages = "https://xenproject.org/xsa/"
csaf-pages = "https://xenproject.org/xsa/csaf/"
"#;

/// A house that publishes, with a report and a post that have come in.
pub fn house() -> House {
    let house = House::with_mail();
    add(&house, PUBLICATION);
    list(&house, &["Cirrus", "Nimbus"]);
    house
}

/// The public list is this now.
fn list(house: &House, names: &[&str]) {
    fs::write(house.at("list.csv"), format!("name\n{}\n", names.join("\n"))).unwrap();
    let file = house.at("list.csv").display().to_string();
    house.embargod(&["roster", "import", &file]).good();
}

fn add(house: &House, text: &str) {
    let path = house.at("embargod.toml");
    let config = fs::read_to_string(&path).unwrap();
    fs::write(path, config + text).unwrap();
}

/// Every file below a folder, hidden ones too. Where nothing has been released the feeds say when they were made: that is no difference.
fn tree(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(here) = folders.pop() {
        for entry in fs::read_dir(here).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, timeless(&fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

#[test]
fn the_pages_are_written_where_they_are_asked_for() {
    let house = house();
    assert_eq!(house.embargod(&["page", "--out", "www"]).good(), "www: 15 files about 0 released advisories\n");
    let said = house.embargod(&["page", "--json"]).json();
    assert_eq!(said[0], serde_json::json!({ "directory": "pages", "files": 15, "advisories": 0, "left_out": [] }));
    let (www, pages) = (tree(&house.at("www")), tree(&house.at("pages")));
    assert_eq!(www.keys().collect::<Vec<_>>(), pages.keys().collect::<Vec<_>>());
    let organisations = &www["organisations.html"];
    assert!(organisations.contains("<li>Cirrus</li>\n<li>Nimbus</li>"), "{organisations}");
    assert!(!organisations.contains('@'));
}

#[test]
fn without_a_publisher_there_are_no_pages() {
    let house = House::with_mail();
    let said = house.embargod(&["page", "--out", "www"]).bad(2);
    assert_eq!(
        said,
        "embargod: embargod.toml: no [publication]: the pages name who publishes and where; config/xen.toml shows its keys\n"
    );
    assert!(!house.at("www").exists());
}

#[test]
fn an_embargoed_title_on_a_page_stops_it_and_is_named_by_case_and_rule() {
    let house = house();
    house.embargod(&["page"]).good();
    let before = tree(&house.at("pages"));
    // The report in the house is called "Out-of-bounds write in the timer code".
    let name = "Out-of-bounds write in the timer code Ltd";
    list(&house, &["Cirrus", "Nimbus", name]);
    let said = house.embargod(&["page"]).bad(1);
    assert_eq!(said, "embargod: nothing is written: organisations.html would give case-1 away (shingle)\n");
    assert!(tree(&house.at("pages")) == before, "the pages that are there stay");
}

#[test]
fn a_crash_leaves_the_old_pages_or_the_new_ones() {
    for (place, is_new) in [("pages-made", false), ("pages-exchanged", true)] {
        let house = house();
        house.embargod(&["page"]).good();
        let old = tree(&house.at("pages"));
        list(&house, &["Cirrus", "Cumulus", "Nimbus"]);
        let died = house.command(&["page"]).env("EMBARGOD_FAILPOINT", place).output().unwrap();
        assert_eq!(died.status.signal(), Some(9), "{place} was reached");
        let left = tree(&house.at("pages"));
        house.embargod(&["page"]).good();
        let new = tree(&house.at("pages"));
        assert_ne!(old["organisations.html"], new["organisations.html"]);
        assert!(left == if is_new { new } else { old }, "{place}: {:?}", left.keys());
        assert!(!house.at(".pages.new").exists(), "what the crash left is gone");
    }
}
