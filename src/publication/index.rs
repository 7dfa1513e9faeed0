//! `xsa.json`: the index of all advisories that programs read.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value, json};

use super::{PublicFacts, Publication, Publisher, Standing};

/// The index: the newest number first. An advisory under embargo has its number and the planned date, nothing else; a withdrawn one is not there.
///
/// The shape is that of Xen's own file: a list of one object whose `xsas` is the list; `xsa` a string; times `YYYY-MM-DD HH:MM` in UTC; `cve`
/// only where there are identifiers. The key follows the project's prefix (`XSA` gives `xsas` and `xsa`). A number that is published is not
/// announced any more, and of two publications with one number the newer version counts.
pub fn index(published: &[Publication], announced: &[PublicFacts], publisher: &Publisher) -> Value {
    let mut entries: BTreeMap<u16, (u8, Value)> = BTreeMap::new();
    let key = publisher.prefix.to_ascii_lowercase();
    for facts in announced.iter().filter(|facts| facts.standing() == Standing::Planned) {
        let mut entry = Map::new();
        entry.insert(key.clone(), json!(facts.number().to_string()));
        entry.insert("public_time".to_owned(), json!(minute(facts.planned())));
        entries.insert(facts.number().get(), (0, Value::Object(entry)));
    }
    for publication in published {
        let number = publication.number().get();
        if entries.get(&number).is_none_or(|(version, _)| *version < publication.version()) {
            entries.insert(number, (publication.version(), entry(publication, &key, publisher)));
        }
    }
    let list: Vec<Value> = entries.into_values().rev().map(|(_, entry)| entry).collect();
    let mut index = Map::new();
    index.insert(format!("{key}s"), Value::Array(list));
    json!([index])
}

fn entry(publication: &Publication, key: &str, publisher: &Publisher) -> Value {
    let mut entry = Map::new();
    entry.insert(key.to_owned(), json!(publication.number().to_string()));
    entry.insert("title".to_owned(), json!(publication.title()));
    entry.insert("version".to_owned(), json!(publication.version()));
    entry.insert("version_time".to_owned(), json!(minute(publication.updated_at())));
    entry.insert("public_time".to_owned(), json!(minute(publication.public_at())));
    if !publication.cves().is_empty() {
        entry.insert("cve".to_owned(), json!(publication.cves()));
    }
    let files = publication.files().iter().map(|file| {
        let mut entry = Map::new();
        entry.insert("name".to_owned(), json!(file.name));
        entry.insert("project".to_owned(), json!(publisher.index_project));
        if let Some(versions) = &file.versions {
            entry.insert("versions".to_owned(), json!(versions));
        }
        Value::Object(entry)
    });
    entry.insert("files".to_owned(), json!(files.collect::<Vec<_>>()));
    Value::Object(entry)
}

fn minute(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M").to_string()
}
