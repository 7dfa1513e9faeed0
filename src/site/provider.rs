//! The CSAF provider (CSAF 2.0 section 7): documents in folders of their years with digests, `index.txt`, `changes.csv`, a ROLIE feed and the
//! metadata that lead there. Both ways of distribution are there, and folders can be listed without the help of the web server (7.1.14).
//!
//! The role is `csaf_provider`. A trusted provider also signs (7.1.19), which takes a key that no program should hold.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha512};

use super::{
    Files, Kind, Released, Site, SiteError,
    page::{Pages, rfc3339},
};
use crate::publication::{Publication, Publisher, bytes_of, csaf_document, csaf_file_name};

const METADATA: &str = "provider-metadata.json";
const FEED: &str = "csaf-feed-tlp-white.json";
const SERVICE: &str = "service.json";
const CATEGORY: &str = "category-csaf-feed-tlp-white.json";
/// RFC 8322 7.1.2: what kind of information a collection holds.
const INFORMATION_TYPE: &str = "urn:ietf:params:rolie:category:information-type";

/// Where the metadata are (7.1.7).
pub(super) fn metadata_url(publisher: &Publisher) -> String {
    format!("{}{METADATA}", publisher.csaf_pages)
}

/// `2026/xsa-501.json`: the folder of the first release's year (7.1.11), the name of 5.1.
pub(super) fn place(publication: &Publication) -> String {
    format!("{}/{}", publication.public_at().strftime("%Y"), csaf_file_name(publication))
}

/// Puts all files of the provider below `csaf/`, and the metadata where everybody looks first (7.1.9).
pub(super) fn put(site: &Site<'_>, newest: &[&Released], pages: &Pages, files: &mut Files) -> Result<(), SiteError> {
    let publisher = site.publisher;
    let mut folders: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in newest {
        let publication = &one.publication;
        let place = place(publication);
        let document = bytes_of(&csaf_document(publication, publisher));
        let name = csaf_file_name(publication);
        // 7.1.18: the digest, and the name of the file, as sha256sum and sha512sum read them.
        let digests = [
            ("sha256", data_encoding::HEXLOWER.encode(&Sha256::digest(document.as_bytes()))),
            ("sha512", data_encoding::HEXLOWER.encode(&Sha512::digest(document.as_bytes()))),
        ];
        for (suffix, digest) in digests {
            files.put(format!("csaf/{place}.{suffix}"), Kind::Whole, Some(one.case), format!("{digest}  {name}\n"))?;
        }
        files.put(format!("csaf/{place}"), Kind::Whole, Some(one.case), document)?;
        let folder = folders.entry(publication.public_at().strftime("%Y").to_string()).or_default();
        folder.extend([name.clone(), format!("{name}.sha256"), format!("{name}.sha512")]);
    }
    let mut top: Vec<String> = folders.keys().map(|year| format!("{year}/")).collect();
    for (year, names) in folders {
        files.listing(format!("csaf/{year}/index.html"), pages.listing(site, &format!("csaf/{year}/"), &names)?)?;
    }
    let mut changed: Vec<&Publication> = newest.iter().map(|one| &one.publication).collect();
    changed.sort_by_key(|publication| std::cmp::Reverse((publication.updated_at(), publication.number())));
    files.listing("csaf/index.txt", changed.iter().map(|publication| place(publication) + "\n").collect::<String>())?;
    files.listing("csaf/changes.csv", changed.iter().map(|publication| change(publication)).collect::<String>())?;
    files.listing(format!("csaf/{FEED}"), bytes_of(&feed(site, &changed)))?;
    files.listing(format!("csaf/{SERVICE}"), bytes_of(&service(publisher)))?;
    files.listing(format!("csaf/{CATEGORY}"), bytes_of(&category(publisher)))?;
    let metadata = bytes_of(&metadata(site));
    files.whole(format!(".well-known/csaf/{METADATA}"), metadata.clone())?;
    files.whole(format!("csaf/{METADATA}"), metadata)?;
    top.extend([CATEGORY, "changes.csv", FEED, "index.txt", METADATA, SERVICE].map(str::to_owned));
    files.listing("csaf/index.html", pages.listing(site, "csaf/", &top)?)
}

/// 7.1.13: path and current release date of a document, the newest first (RFC 4180).
fn change(publication: &Publication) -> String {
    format!("\"{}\",\"{}\"\n", place(publication), rfc3339(publication.updated_at()))
}

/// 7.1.7, `provider_json_schema.json`.
fn metadata(site: &Site<'_>) -> Value {
    let publisher = site.publisher;
    let url = |name: &str| format!("{}{name}", publisher.csaf_pages);
    let feed = json!({
        "summary": format!("All TLP:WHITE advisories of {}.", publisher.name),
        "tlp_label": "WHITE",
        "url": url(FEED),
    });
    json!({
        "canonical_url": metadata_url(publisher),
        "distributions": [
            { "directory_url": publisher.csaf_pages },
            { "rolie": { "categories": [url(CATEGORY)], "feeds": [feed], "services": [url(SERVICE)] } },
        ],
        "last_updated": rfc3339(site.updated()),
        "list_on_CSAF_aggregators": true,
        "metadata_version": "2.0",
        "mirror_on_CSAF_aggregators": true,
        "publisher": {
            "category": "vendor",
            "contact_details": publisher.contact,
            "name": publisher.name,
            "namespace": publisher.namespace,
        },
        "role": "csaf_provider",
    })
}

/// 7.1.15, `ROLIE_feed_json_schema.json`, over RFC 8322.
fn feed(site: &Site<'_>, changed: &[&Publication]) -> Value {
    let publisher = site.publisher;
    let entries: Vec<Value> = changed.iter().map(|publication| entry(publication, publisher)).collect();
    json!({
        "feed": {
            "id": "csaf-feed-tlp-white",
            "title": format!("{}: security advisories (TLP:WHITE)", publisher.name),
            "link": [
                { "rel": "self", "href": format!("{}{FEED}", publisher.csaf_pages) },
                { "rel": "service", "href": format!("{}{SERVICE}", publisher.csaf_pages) },
            ],
            "category": [{ "scheme": INFORMATION_TYPE, "term": "csaf" }],
            "updated": rfc3339(site.updated()),
            "entry": entries,
        },
    })
}

fn entry(publication: &Publication, publisher: &Publisher) -> Value {
    let document = format!("{}{}", publisher.csaf_pages, place(publication));
    json!({
        "id": publication.name(),
        "title": format!("{}: {}", publication.name(), publication.title()),
        "link": [
            { "rel": "self", "href": document },
            { "rel": "hash", "href": format!("{document}.sha256") },
            { "rel": "hash", "href": format!("{document}.sha512") },
        ],
        "published": rfc3339(publication.public_at()),
        "updated": rfc3339(publication.updated_at()),
        "content": { "type": "application/json", "src": document },
        "format": {
            "schema": "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json",
            "version": "2.0",
        },
    })
}

/// 7.1.16.
fn service(publisher: &Publisher) -> Value {
    let collection = json!({
        "title": format!("{}: security advisories (TLP:WHITE)", publisher.name),
        "href": format!("{}{FEED}", publisher.csaf_pages),
        "categories": { "category": [{ "scheme": INFORMATION_TYPE, "term": "csaf" }] },
    });
    json!({ "service": { "workspace": [{ "title": "Public CSAF feed", "collection": [collection] }] } })
}

/// 7.1.17: what the entries of the feed are about.
fn category(publisher: &Publisher) -> Value {
    json!({ "categories": { "category": [{ "term": publisher.vendor }, { "term": publisher.product }] } })
}
