//! The Atom feed (RFC 4287): one entry for each released advisory, the one that changed last first.

use serde::Serialize;

use super::{
    Released, Site, SiteError,
    page::{Pages, page_name, rfc3339, values},
};
use crate::compose::shown;

/// So many entries: a reader that comes once a year misses none.
const ENTRIES: usize = 50;

#[derive(Serialize)]
struct Entry {
    id: String,
    name: String,
    title: String,
    link: String,
    text: String,
    published: String,
    updated: String,
    version: u8,
    cves: Vec<String>,
}

/// The feed's text. Ids are those of RFC 4151, `tag:`, and so stay what they are when the site moves (RFC 4287 4.2.6).
pub(super) fn atom(site: &Site<'_>, newest: &[&Released], pages: &Pages) -> Result<String, SiteError> {
    let publisher = site.publisher;
    let mut changed: Vec<&Released> = newest.to_vec();
    changed.sort_by_key(|one| std::cmp::Reverse((one.publication.updated_at(), one.publication.number())));
    let entries: Vec<Entry> = changed
        .iter()
        .take(ENTRIES)
        .map(|one| {
            let publication = &one.publication;
            Entry {
                id: format!("tag:{},2005:{}", publisher.uid_domain, publication.name().to_ascii_lowercase()),
                name: publication.name(),
                title: shown::line(publication.title()),
                link: format!("{}{}", publisher.pages, page_name(publication)),
                text: format!("{}{}", publisher.pages, publication.text_file_name()),
                published: rfc3339(publication.public_at()),
                updated: rfc3339(publication.updated_at()),
                version: publication.version(),
                cves: publication.cves().iter().map(ToString::to_string).collect(),
            }
        })
        .collect();
    pages.render(
        "feed.xml",
        minijinja::context! {
            id => format!("tag:{},2005:{}-feed", publisher.uid_domain, publisher.prefix.to_ascii_lowercase()),
            project => site.project,
            publisher => publisher.name.as_str(),
            home => publisher.pages.as_str(),
            own => format!("{}feed.atom", publisher.pages),
            updated => rfc3339(site.updated()),
            entries => values(&entries),
        },
    )
}
