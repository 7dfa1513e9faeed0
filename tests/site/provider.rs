//! The CSAF provider: what stands where, and that everything there is found from the metadata (CSAF 2.0 section 7). `provider.mjs` in
//! `tests/publication` holds the same files against schemas and the validator of others.

use serde_json::Value;
use sha2::{Digest as _, Sha256, Sha512};

use crate::sample::site_texts;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const BASE: &str = "https://example.org/xsa/csaf/";

#[test]
fn every_document_has_its_digests_and_is_listed_everywhere() {
    let site = site_texts();
    let documents: Vec<&String> = site.keys().filter(|name| name.starts_with("csaf/20") && name.ends_with(".json")).collect();
    assert_eq!(documents.len(), 17);
    let feed: Value = serde_json::from_str(&site["csaf/csaf-feed-tlp-white.json"]).unwrap();
    let entries = feed["feed"]["entry"].as_array().unwrap();
    assert_eq!(entries.len(), documents.len());
    for name in documents {
        let text = &site[name];
        let file = name.rsplit('/').next().unwrap();
        assert_eq!(site[&format!("{name}.sha256")], format!("{}  {file}\n", hex(&Sha256::digest(text))));
        assert_eq!(site[&format!("{name}.sha512")], format!("{}  {file}\n", hex(&Sha512::digest(text))));
        let place = name.strip_prefix("csaf/").unwrap();
        assert!(site["csaf/index.txt"].lines().any(|line| line == place), "{place}");
        let year = place.split('/').next().unwrap();
        assert!(site[&format!("csaf/{year}/index.html")].contains(&format!("href=\"{file}\"")), "{file}");
        let document: Value = serde_json::from_str(text).unwrap();
        let tracking = &document["document"]["tracking"];
        assert!(tracking["initial_release_date"].as_str().unwrap().starts_with(year), "{place}");
        let line = format!("\"{place}\",\"{}\"", tracking["current_release_date"].as_str().unwrap());
        assert!(site["csaf/changes.csv"].lines().any(|known| known == line), "{line}");
        let entry = entries.iter().find(|entry| entry["id"] == tracking["id"]).unwrap();
        assert_eq!(entry["content"]["src"], format!("{BASE}{place}"));
        assert_eq!(entry["title"], document["document"]["title"]);
        assert_eq!(
            (&entry["updated"], &entry["published"]),
            (&tracking["current_release_date"], &tracking["initial_release_date"])
        );
    }
}

#[test]
fn changes_are_in_order_the_newest_first() {
    let site = site_texts();
    let times: Vec<&str> = site["csaf/changes.csv"].lines().map(|line| line.split("\",\"").nth(1).unwrap()).collect();
    assert_eq!(times.len(), 17);
    assert!(times.is_sorted_by(|one, next| one >= next), "{times:?}");
    let first: Vec<&str> = site["csaf/index.txt"].lines().take(3).collect();
    assert_eq!(first, ["2026/xsa-933.json", "2026/xsa-932.json", "2026/xsa-931.json"]);
}

#[test]
fn the_metadata_lead_to_every_document_and_stand_where_everybody_looks() {
    let site = site_texts();
    assert_eq!(site[".well-known/csaf/provider-metadata.json"], site["csaf/provider-metadata.json"]);
    let metadata: Value = serde_json::from_str(&site["csaf/provider-metadata.json"]).unwrap();
    let there = |url: &Value| site.contains_key(&format!("csaf/{}", url.as_str().unwrap().strip_prefix(BASE).unwrap()));
    assert!(there(&metadata["canonical_url"]));
    assert_eq!(metadata["distributions"][0]["directory_url"], BASE);
    let rolie = &metadata["distributions"][1]["rolie"];
    assert!(there(&rolie["feeds"][0]["url"]) && there(&rolie["services"][0]) && there(&rolie["categories"][0]));
    assert_eq!(metadata["last_updated"], "2026-11-06T08:52:13Z");
    let service: Value = serde_json::from_str(&site["csaf/service.json"]).unwrap();
    assert_eq!(service["service"]["workspace"][0]["collection"][0]["href"], rolie["feeds"][0]["url"]);
    assert!(site[".well-known/security.txt"].contains(&format!("\nCSAF: {}\n", metadata["canonical_url"].as_str().unwrap())));
}
