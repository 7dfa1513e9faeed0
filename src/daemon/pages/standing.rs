//! What is published already: a machine never takes an advisory off a page.
//!
//! A database that is older than the pages (a restored copy, a machine that was put back) knows nothing of advisories that were released after it, or an older
//! version of them. Pages written from it would take back what everybody may have read. So what stands there is compared with what is to be written; whoever
//! wants an advisory off the pages removes its page by hand.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde_json::Value;

use super::folder;
use crate::site::File;

/// An advisory as the list for programs has it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Entry {
    version: u64,
    files: BTreeSet<String>,
}

/// What the pages in `folder` have and these files have not: numbers of advisories, their newer versions, and their files. Empty: nothing.
pub(super) fn withdrawn(folder: &Path, prefix: &str, files: &[File]) -> Vec<String> {
    let list = format!("{}.json", prefix.to_ascii_lowercase());
    let there = fs::read(folder.join(&list)).map(|bytes| entries(prefix, &bytes)).unwrap_or_default();
    let new = files.iter().find(|file| file.name == list).map(|file| entries(prefix, &file.bytes)).unwrap_or_default();
    let names: BTreeSet<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let mut lacking = Vec::new();
    for number in published(folder) {
        let (before, after) = (there.get(&number), new.get(&number));
        if !names.contains(page(&number).as_str()) {
            lacking.push(format!("{prefix}-{number}"));
        } else if let (Some(before), Some(after)) = (before, after) {
            if after.version < before.version {
                lacking.push(format!("{prefix}-{number} version {}", before.version));
            } else if after.version == before.version {
                lacking.extend(before.files.difference(&after.files).map(|name| format!("{name} of {prefix}-{number}")));
            }
        }
    }
    lacking
}

fn page(number: &str) -> String {
    format!("advisory-{number}.html")
}

/// The numbers whose pages an earlier run wrote, and nobody has removed.
fn published(folder: &Path) -> BTreeSet<String> {
    let list = fs::read_to_string(folder.join(folder::LIST)).unwrap_or_default();
    let number = |name: &str| name.strip_prefix("advisory-")?.strip_suffix(".html").map(ToOwned::to_owned);
    list.lines().filter_map(number).filter(|number| folder.join(page(number)).exists()).collect()
}

/// The published advisories of the list for programs; what cannot be read is none.
fn entries(prefix: &str, bytes: &[u8]) -> BTreeMap<String, Entry> {
    let key = prefix.to_ascii_lowercase();
    let Ok(list) = serde_json::from_slice::<Value>(bytes) else { return BTreeMap::new() };
    let all = list.get(0).and_then(|index| index.get(format!("{key}s"))).and_then(Value::as_array);
    let entry = |entry: &Value| {
        let version = entry.get("version")?.as_u64()?;
        let files = entry.get("files").and_then(Value::as_array).into_iter().flatten();
        let files = files.filter_map(|file| file.get("name")?.as_str().map(ToOwned::to_owned)).collect();
        Some((entry.get(&key)?.as_str()?.to_owned(), Entry { version, files }))
    };
    all.into_iter().flatten().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The pages of advisories with their versions and files.
    fn pages(advisories: &[(u16, u8, &[&str])]) -> Vec<File> {
        let entry = |(number, version, files): &(u16, u8, &[&str])| {
            let files: Vec<Value> = files.iter().map(|name| json!({ "name": name })).collect();
            json!({ "xsa": number.to_string(), "version": version, "files": files })
        };
        let planned = json!({ "xsa": "600", "public_time": "2026-12-01 12:00" });
        let all: Vec<Value> = advisories.iter().map(entry).chain([planned]).collect();
        let index = json!([{ "xsas": all }]).to_string();
        let mut files = vec![File::of_test("xsa.json", index.as_bytes()), File::of_test("index.html", b"-")];
        files.extend(advisories.iter().map(|(number, ..)| File::of_test(&format!("advisory-{number}.html"), b"-")));
        files
    }

    #[test]
    fn what_everybody_may_have_read_is_not_taken_back() {
        let here = tempfile::tempdir().unwrap();
        let folder = here.path().join("pages");
        let standing = pages(&[(500, 1, &["xsa500.patch"]), (501, 2, &["xsa501.patch", "xsa501-2.patch"])]);
        assert_eq!(withdrawn(&folder, "XSA", &standing), [""; 0], "the first pages");
        folder::replace(&folder, &standing).unwrap();
        let cases: [(&str, Vec<File>, &[&str]); 6] = [
            ("the same", standing.clone(), &[]),
            (
                "a new advisory",
                pages(&[(500, 1, &["xsa500.patch"]), (501, 2, &["xsa501.patch", "xsa501-2.patch"]), (502, 1, &[])]),
                &[],
            ),
            ("a new version with other files", pages(&[(500, 2, &["xsa500-b.patch"]), (501, 3, &[])]), &[]),
            ("an older database", pages(&[(500, 1, &["xsa500.patch"])]), &["XSA-501"]),
            ("an older version", pages(&[(500, 1, &["xsa500.patch"]), (501, 1, &["xsa501.patch"])]), &["XSA-501 version 2"]),
            (
                "a file is gone",
                pages(&[(500, 1, &[]), (501, 2, &["xsa501-2.patch"])]),
                &["xsa500.patch of XSA-500", "xsa501.patch of XSA-501"],
            ),
        ];
        for (case, files, expected) in cases {
            assert_eq!(withdrawn(&folder, "XSA", &files), expected, "{case}");
        }
        assert_eq!(withdrawn(&folder, "XSA", &[]), ["XSA-500", "XSA-501"], "an empty database");
        // The list for programs is damaged: the pages themselves are still known.
        fs::write(folder.join("xsa.json"), "[").unwrap();
        assert_eq!(withdrawn(&folder, "XSA", &pages(&[(500, 1, &[])])), ["XSA-501"]);
        // A person takes an advisory off the pages.
        fs::remove_file(folder.join("advisory-501.html")).unwrap();
        assert_eq!(withdrawn(&folder, "XSA", &pages(&[(500, 1, &[])])), [""; 0]);
    }
}
