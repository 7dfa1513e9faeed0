//! Drafts of OSV records (OSV schema 1.6.7; members are named as there).

use serde_json::{Map, Value, json};

use super::{Publication, Publisher, credits, wording};

/// The draft for an advisory. Its id is the advisory's name: the prefix has to be known to the OSV project before its database takes the record.
///
/// One CVE identifier is an alias; several are `related`, because aliases are the same vulnerability and these are not. A range is given only when the
/// fixing commits are known (it begins at `0`, the schema's word for "from the first commit on": no advisory names the commit that brought the fault).
/// Series and files are in `database_specific`. Without a person to read the credits, only names that are certain are given.
pub fn osv_record(publication: &Publication, publisher: &Publisher) -> Value {
    let mut members = Map::new();
    let mut put = |key: &str, value: Value| members.insert(key.to_owned(), value);
    put("schema_version", json!("1.6.7"));
    put("id", json!(publication.name()));
    put("modified", json!(wording::rfc3339(publication.updated_at())));
    put("published", json!(wording::rfc3339(publication.public_at())));
    match publication.cves() {
        [] => {}
        [one] => _ = put("aliases", json!([one])),
        several => _ = put("related", json!(several)),
    }
    put("summary", json!(publication.title()));
    put("details", json!(details(publication, publisher)));
    put("references", json!(references(publication, publisher)));
    let finders = publication.section(&publisher.outline.credits).map(|text| credits::finders(&text)).unwrap_or_default();
    if !finders.is_empty() {
        let credit = |finder: credits::Finder| json!({ "name": finder.name, "type": "FINDER" });
        put("credits", finders.into_iter().map(credit).collect());
    }
    if let (Some(repository), false) = (&publisher.repository, publication.record.fixes.is_empty()) {
        let fixed = publication.record.fixes.iter().map(|fix| json!({ "fixed": fix.commit.to_ascii_lowercase() }));
        let events: Vec<Value> = [json!({ "introduced": "0" })].into_iter().chain(fixed).collect();
        put("affected", json!([{ "ranges": [{ "type": "GIT", "repo": repository, "events": events }] }]));
    }
    put("database_specific", specific(publication));
    Value::Object(members)
}

/// The sections as CommonMark, in the order of the advisory's outline.
fn details(publication: &Publication, publisher: &Publisher) -> String {
    let outline = &publisher.outline;
    let parts = [
        (None, &outline.description),
        (Some("Impact"), &outline.impact),
        (Some("Vulnerable systems"), &outline.vulnerable),
        (Some("Mitigation"), &outline.mitigation),
    ];
    let texts = parts.into_iter().filter_map(|(title, heading)| {
        let text = publication.section(heading)?;
        Some(title.map_or(text.clone(), |title| format!("## {title}\n\n{text}")))
    });
    let details = texts.collect::<Vec<_>>().join("\n\n");
    if details.is_empty() { publication.description(&outline.description) } else { details }
}

fn references(publication: &Publication, publisher: &Publisher) -> Vec<Value> {
    let mut found = vec![json!({ "type": "ADVISORY", "url": publisher.page_of(publication) })];
    let patches = publication.files().iter().filter(|file| file.name.ends_with(".patch"));
    found.extend(patches.map(|file| json!({ "type": "FIX", "url": publisher.file_url(&file.name) })));
    found.extend(publication.record.references.iter().map(|url| json!({ "type": "WEB", "url": url })));
    found
}

fn specific(publication: &Publication) -> Value {
    let file = |file: &super::PublishedFile| {
        let mut entry = Map::new();
        entry.insert("name".to_owned(), json!(file.name));
        entry.insert("sha256".to_owned(), json!(file.digest.to_string()));
        if let Some(versions) = &file.versions {
            entry.insert("versions".to_owned(), json!(versions));
        }
        Value::Object(entry)
    };
    let files: Vec<Value> = publication.files().iter().map(file).collect();
    let recipes = publication.meta.iter().flat_map(|meta| &meta.recipes);
    let recipes: Vec<Value> = recipes
        .filter(|(_, _, recipe)| recipe.has_full_ref())
        .map(|(branch, tree, recipe)| {
            json!({
                "branch": branch,
                "tree": tree,
                "made_for": recipe.stable_ref,
                "after": recipe.prereqs,
                "patches": recipe.patches,
            })
        })
        .collect();
    let mut members = Map::new();
    members.insert("version".to_owned(), json!(publication.version()));
    members.insert("series".to_owned(), json!(publication.series()));
    members.insert("files".to_owned(), json!(files));
    if !recipes.is_empty() {
        members.insert("recipes".to_owned(), json!(recipes));
    }
    Value::Object(members)
}
