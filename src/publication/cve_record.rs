//! Drafts of CVE records (CVE Record Format 5.1; the members of a CNA's container are named as there).

use serde_json::{Map, Value, json};

use super::{Audience, Cna, Publication, Publisher, wording};

/// `description.value` and its kin.
const LONGEST_TEXT: usize = 4_096;
/// `title`.
const LONGEST_TITLE: usize = 256;

/// One draft for each CVE identifier of the advisory, in their order; none when the project is no CNA. A person reviews them before they leave.
///
/// Versions: the series that have a file are affected (`lessThanOrEqual` with `.*`, as the format's own examples have it), every other version is
/// `unknown` and the advisory is to be consulted: no program reads VULNERABLE SYSTEMS with certainty.
pub fn cve_records(publication: &Publication, publisher: &Publisher) -> Vec<Value> {
    let Some(cna) = &publisher.cna else { return Vec::new() };
    let container = container(publication, publisher, cna);
    let record = |cve| {
        json!({
            "dataType": "CVE_RECORD",
            "dataVersion": "5.1",
            "cveMetadata": {
                "assignerOrgId": cna.org_id,
                "assignerShortName": cna.short_name,
                "cveId": cve,
                "state": "PUBLISHED",
            },
            "containers": { "cna": container },
        })
    };
    publication.cves().iter().map(record).collect()
}

fn container(publication: &Publication, publisher: &Publisher, cna: &Cna) -> Value {
    let outline = &publisher.outline;
    let page = publisher.page_of(publication);
    let text = |heading: &str| publication.section(heading).map(|text| english(&text, &page));
    let mut members = Map::new();
    let mut put = |key: &str, value: Value| members.insert(key.to_owned(), value);
    put("providerMetadata", json!({ "orgId": cna.org_id, "shortName": cna.short_name }));
    let title: String = publication.title().chars().take(LONGEST_TITLE).collect();
    if !title.is_empty() {
        put("title", json!(title));
    }
    put("datePublic", json!(wording::rfc3339(publication.public_at())));
    if let Some(at) = publication.record.assigned_at {
        put("dateAssigned", json!(wording::rfc3339(at)));
    }
    put("descriptions", json!([english(&description(publication, publisher), &page)]));
    put("affected", json!([affected(publication, publisher)]));
    put("references", json!(references(publication, publisher)));
    put("source", json!({ "advisory": publication.name(), "discovery": "UNKNOWN" }));
    put("timeline", json!(timeline(publication)));
    if let Some(impact) = text(&outline.impact) {
        put("impacts", json!([{ "descriptions": [impact] }]));
    }
    if let Some(vulnerable) = text(&outline.vulnerable) {
        put("configurations", json!([vulnerable]));
    }
    if let Some(mitigation) = text(&outline.mitigation) {
        put("workarounds", json!([mitigation]));
    }
    if let Some(resolution) = text(&outline.resolution) {
        put("solutions", json!([resolution]));
    }
    if let Some(Value::Object(mut credit)) = text(&outline.credits) {
        credit.insert("type".to_owned(), json!("finder"));
        put("credits", json!([credit]));
    }
    Value::Object(members)
}

/// The advisory's description; where it speaks of several identifiers the record says so, because the text is about all of them.
fn description(publication: &Publication, publisher: &Publisher) -> String {
    let text = publication.description(&publisher.outline.description);
    if publication.cves().len() < 2 {
        return text;
    }
    let list: Vec<&str> = publication.cves().iter().map(|cve| cve.as_str()).collect();
    let name = publication.name();
    format!("[{name} describes several vulnerabilities: {}. The text says which is which.]\n\n{text}", list.join(", "))
}

fn affected(publication: &Publication, publisher: &Publisher) -> Value {
    let mut versions: Vec<Value> = publication
        .series()
        .iter()
        .map(|series| match series.strip_suffix(".x") {
            Some(first) => {
                json!({ "version": first, "lessThanOrEqual": format!("{first}.*"), "status": "affected", "versionType": "custom" })
            }
            None => json!({ "version": series, "status": "affected" }),
        })
        .collect();
    versions.push(json!({ "version": format!("consult advisory {}", publication.name()), "status": "unknown" }));
    let mut product = Map::new();
    product.insert("vendor".to_owned(), json!(publisher.vendor));
    product.insert("product".to_owned(), json!(publisher.product));
    product.insert("defaultStatus".to_owned(), json!("unknown"));
    product.insert("versions".to_owned(), json!(versions));
    if let Some(repository) = &publisher.repository {
        product.insert("repo".to_owned(), json!(repository));
    }
    Value::Object(product)
}

fn references(publication: &Publication, publisher: &Publisher) -> Vec<Value> {
    let mut found =
        vec![json!({ "url": publisher.page_of(publication), "name": publication.name(), "tags": ["vendor-advisory"] })];
    let patches = publication.files().iter().filter(|file| file.name.ends_with(".patch"));
    found.extend(patches.map(|file| json!({ "url": publisher.file_url(&file.name), "tags": ["patch"] })));
    found.extend(publication.record.references.iter().map(|url| json!({ "url": url })));
    found
}

/// The public revisions.
fn timeline(publication: &Publication) -> Vec<Value> {
    let public = publication.steps.iter().filter(|step| step.audience == Audience::Public);
    let event = |step: &super::Step| {
        let value = format!("{} version {} is published", publication.name(), step.version);
        json!({ "time": wording::rfc3339(step.at), "lang": "en", "value": value })
    };
    public.map(event).collect()
}

fn english(text: &str, page: &str) -> Value {
    json!({ "lang": "en", "value": wording::at_most(text, LONGEST_TEXT, page) })
}
