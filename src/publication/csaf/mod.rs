//! Security advisories in CSAF 2.0 (OASIS Standard, 18 November 2022), profile 4: Security Advisory (clause 4.4).

mod products;
mod vulnerabilities;

use serde_json::{Map, Value, json};

use super::{Audience, Publication, Publisher, credits, wording};
use crate::advisory::Section;

/// The document of an advisory. Its file is called [`csaf_file_name`] (clause 5.1) and lies in a folder of the year of the first release (7.1.11).
///
/// Scores and weaknesses are left out: the advisories have none. TLP is `WHITE`, which CSAF 2.0 still calls what TLP 2.0 calls CLEAR (3.2.1.5.2).
pub fn csaf_document(publication: &Publication, publisher: &Publisher) -> Value {
    let products = products::of(publication, publisher);
    json!({
        "document": document(publication, publisher),
        "product_tree": products.tree,
        "vulnerabilities": vulnerabilities::of(publication, publisher, &products),
    })
}

/// Clause 5.1: the tracking id in small letters, what is not `[+\-a-z0-9]` as one underscore.
pub fn csaf_file_name(publication: &Publication) -> String {
    let mut name = String::new();
    for sign in publication.name().to_lowercase().chars() {
        match sign {
            'a'..='z' | '0'..='9' | '+' | '-' => name.push(sign),
            _ if name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    name + ".json"
}

fn document(publication: &Publication, publisher: &Publisher) -> Value {
    let mut members = Map::new();
    let mut put = |key: &str, value: Value| members.insert(key.to_owned(), value);
    put("category", json!("csaf_security_advisory"));
    put("csaf_version", json!("2.0"));
    put("lang", json!("en"));
    put("title", json!(format!("{}: {}", publication.name(), publication.title())));
    let tlp = json!({ "label": "WHITE", "url": "https://www.first.org/tlp/" });
    put("distribution", json!({ "text": "TLP:CLEAR. May be passed on without limit.", "tlp": tlp }));
    put(
        "publisher",
        json!({
            "category": "vendor",
            "contact_details": publisher.contact,
            "name": publisher.name,
            "namespace": publisher.namespace,
        }),
    );
    put("references", json!(references(publication, publisher)));
    put("tracking", tracking(publication));
    let notes = notes(publication, publisher);
    if !notes.is_empty() {
        put("notes", json!(notes));
    }
    if let Some(text) = publication.section(&publisher.outline.credits) {
        put("acknowledgments", json!(acknowledgments(&text)));
    }
    Value::Object(members)
}

/// Clause 3.2.1.12. The status is `final`: what was released is not taken back, amendments are further versions.
fn tracking(publication: &Publication) -> Value {
    json!({
        "current_release_date": wording::rfc3339(publication.updated_at()),
        "generator": { "engine": { "name": "embargod" } },
        "id": publication.name(),
        "initial_release_date": wording::rfc3339(publication.public_at()),
        "revision_history": history(publication),
        "status": "final",
        "version": publication.version().to_string(),
    })
}

/// Clause 3.2.1.12.6. All versions from 1 on, as test 6.1.21 demands: also those that went to the members only, without what was in them, and those
/// that are not known here, at the instant of the version before them.
fn history(publication: &Publication) -> Vec<Value> {
    let oldest = publication.steps.first().map_or(publication.public_at(), |step| step.at);
    let mut last = oldest.min(publication.public_at());
    let known = |number: u8| publication.steps.iter().find(|step| step.version == number);
    (1..=publication.version())
        .map(|number| {
            let step = known(number);
            last = step.map_or(last, |step| step.at);
            let summary = match step {
                None => "Not published by itself.",
                Some(step) if step.audience == Audience::Members => "Sent to the predisclosure list, under embargo.",
                Some(step) => step.updates.as_deref().unwrap_or("First public version."),
            };
            json!({ "date": wording::rfc3339(last), "number": number.to_string(), "summary": summary })
        })
        .collect()
}

/// Clause 3.2.1.9. `self` are this file and the same advisory as text; the files are beside it.
fn references(publication: &Publication, publisher: &Publisher) -> Vec<Value> {
    let year = wording::year(publication.public_at());
    let own = format!("{}{year}/{}", publisher.csaf_pages, csaf_file_name(publication));
    let mut found = vec![
        json!({ "category": "self", "summary": format!("{} in CSAF", publication.name()), "url": own }),
        json!({ "category": "self", "summary": format!("{} as signed text", publication.name()), "url": publisher.page_of(publication) }),
    ];
    let file = |file: &super::PublishedFile| {
        let summary = format!("{} (SHA-256 {})", file.name, file.digest);
        json!({ "category": "external", "summary": summary, "url": publisher.file_url(&file.name) })
    };
    found.extend(publication.files().iter().map(file));
    let page = |url: &String| json!({ "category": "external", "summary": "Further information", "url": url });
    found.extend(publication.record.references.iter().map(page));
    found
}

/// Clause 3.2.1.8: what is about the advisory and not about one of its vulnerabilities.
fn notes(publication: &Publication, publisher: &Publisher) -> Vec<Value> {
    let outline = &publisher.outline;
    let mut found = Vec::new();
    if let Some(text) = publication.section(&outline.vulnerable) {
        found.push(json!({ "category": "details", "text": text, "title": "Vulnerable systems" }));
    }
    // A remediation it is not, and some say for whom there is none and for whom there is.
    if let Some(text) = publication.section(&outline.mitigation).filter(|text| wording::says_none(text)) {
        found.push(json!({ "category": "details", "text": text, "title": "Mitigation" }));
    }
    let is_updates = |section: &Section| Some(&section.heading) == publication.updates.as_ref();
    for section in publication.sections() {
        let text = wording::tidy(&section.text);
        if !outline.has(&section.heading) && !is_updates(section) && !text.is_empty() {
            found.push(json!({ "category": "general", "text": text, "title": section.heading }));
        }
    }
    found
}

/// Clause 3.1.1: the whole section in any case; names where they are certain.
fn acknowledgments(text: &str) -> Vec<Value> {
    let whole = wording::paragraphs(text).join(" ");
    let finders = credits::finders(text);
    let [finder] = finders.as_slice() else {
        let names: Vec<&str> = finders.iter().map(|finder| finder.name.as_str()).collect();
        return if names.is_empty() {
            vec![json!({ "summary": whole })]
        } else {
            vec![json!({ "names": names, "summary": whole })]
        };
    };
    match &finder.organisation {
        Some(organisation) => vec![json!({ "names": [finder.name], "organization": organisation, "summary": whole })],
        None => vec![json!({ "names": [finder.name], "summary": whole })],
    }
}
