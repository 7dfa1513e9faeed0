//! The vulnerabilities of an advisory (CSAF 2.0 3.2.3).

use serde_json::{Map, Value, json};

use super::products::Products;
use crate::{
    advisory::CveId,
    publication::{Publication, Publisher, series, wording},
};

/// One for each CVE identifier, or one under the advisory's own name. An advisory with several identifiers describes them together: each
/// has the whole description, and the title of the document stays with the document.
pub(super) fn of(publication: &Publication, publisher: &Publisher, products: &Products) -> Vec<Value> {
    match publication.cves() {
        [] => vec![one(None, publication, publisher, products)],
        cves => cves.iter().map(|cve| one(Some(cve), publication, publisher, products)).collect(),
    }
}

fn one(cve: Option<&CveId>, publication: &Publication, publisher: &Publisher, products: &Products) -> Value {
    let outline = &publisher.outline;
    let mut members = Map::new();
    let mut put = |key: &str, value: Value| members.insert(key.to_owned(), value);
    match cve {
        Some(cve) => _ = put("cve", json!(cve)),
        None => {
            let system = format!("{} advisories", publisher.vendor);
            put("ids", json!([{ "system_name": system, "text": publication.name() }]));
        }
    }
    if publication.cves().len() < 2 && !publication.title().is_empty() {
        put("title", json!(publication.title()));
    }
    let description = publication.description(&outline.description);
    put("notes", json!([{ "category": "description", "text": description, "title": "Issue description" }]));
    put("product_status", json!({ "known_affected": products.all }));
    put("release_date", json!(wording::rfc3339(publication.public_at())));
    put("remediations", json!(remediations(publication, publisher, products)));
    if let Some(impact) = publication.section(&outline.impact) {
        put("threats", json!([{ "category": "impact", "details": impact, "product_ids": products.all }]));
    }
    Value::Object(members)
}

/// Clause 3.2.3.12: the mitigation, the resolution as a whole, and each patch for the series that its line of the table names.
fn remediations(publication: &Publication, publisher: &Publisher, products: &Products) -> Vec<Value> {
    let outline = &publisher.outline;
    let date = wording::rfc3339(publication.public_at());
    let page = publisher.page_of(publication);
    let has_fix = !publication.record.fixes.is_empty() || publication.files().iter().any(|file| file.name.ends_with(".patch"));
    let resolution = publication.section(&outline.resolution);
    let category = match &resolution {
        Some(text) if !has_fix && wording::says_none(text) => "none_available",
        None if !has_fix => "none_available",
        _ => "vendor_fix",
    };
    let details = resolution.unwrap_or_else(|| format!("See {page}"));
    let mut found =
        vec![json!({ "category": category, "date": date, "details": details, "product_ids": products.all, "url": page })];
    for file in publication.files().iter().filter(|file| file.name.ends_with(".patch")) {
        let named = file.versions.as_deref().and_then(|versions| series::read(versions, &publisher.product)).unwrap_or_default();
        let ids: Vec<&String> = named.iter().filter_map(|series| products.by_series.get(series)).collect();
        if !ids.is_empty() {
            let details = format!("{} (SHA-256 {})", file.name, file.digest);
            let url = publisher.file_url(&file.name);
            found.push(json!({ "category": "vendor_fix", "date": date, "details": details, "product_ids": ids, "url": url }));
        }
    }
    if let Some(text) = publication.section(&outline.mitigation).filter(|text| !wording::says_none(text)) {
        found.push(json!({ "category": "mitigation", "date": date, "details": text, "product_ids": products.all, "url": page }));
    }
    found
}
