//! The public pages: what everybody may read about released advisories, as the files of a static web site (P33, P52).
//!
//! Does: turns released advisories, announced numbers and the organisations into files ([`generate`]): pages for people, feeds and a CSAF provider
//! for programs; then lets the embargo firewall read every one of them ([`pass`]).
//! Promises: pure; the same facts give the same bytes; of an advisory under embargo a file has its number and its planned date and nothing
//! else ([`PublicFacts`] has no place for more); every word of a mail is escaped and its hidden characters are shown; no page needs JavaScript or
//! asks another server; what nobody has passed cannot be written, because the writer takes [`Passed`] alone, which is made in one place.
//! Fails with [`SiteError`] when a template or an organisation's name is unfit, and with [`Refused`], which names file, case and rule and shows
//! no word.
//!
//! | files | for | standard |
//! |---|---|---|
//! | `index.html`, `advisory-N.html`, `organisations.html` | people | HTML, CSS |
//! | `advisory-N.txt` and the advisory's files | people | the signed bytes |
//! | `feed.atom` | people | RFC 4287 |
//! | `xsa.json`, `planned.ics` | programs | the list that xenbits.xen.org has, RFC 5545 |
//! | `csaf/` | programs | CSAF 2.0 section 7: requirements 1-3, 7, 11-18 |
//! | `osv/`, `cve/` | programs | OSV, CVE Record Format |
//! | `.well-known/security.txt`, `.well-known/csaf/provider-metadata.json` | programs | RFC 9116, CSAF 2.0 7.1.8-9 |

mod contact;
mod feed;
mod organisations;
mod page;
mod passed;
mod prose;
mod provider;
mod reading;
mod released;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use organisations::{HistoryLine, Organisations};
pub use passed::{Found, Passed, Refused, pass};
pub use released::{NotTold, Told, announcement, fit, released};

use crate::{
    disclosure::CaseId,
    publication::{self, PublicFacts, Publication, Publisher, Standing, bytes_of},
};

/// A released advisory.
#[derive(Debug, Clone)]
pub struct Released {
    /// Its case.
    pub case: CaseId,
    /// What everybody has of it.
    pub publication: Publication,
}

/// Everything that the pages tell.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    /// What the project is called: `Xen Project`.
    pub project: &'a str,
    /// What one advisory is called: `Xen Security Advisory`.
    pub advisory: &'a str,
    /// Who publishes, and where.
    pub publisher: &'a Publisher,
    /// The released advisories.
    pub released: &'a [Released],
    /// What may be said of the advisories that members hold.
    pub announced: &'a [PublicFacts],
    /// The organisations on the predisclosure list; `None`: there is no page of them.
    pub organisations: Option<&'a Organisations>,
    /// When the files are made.
    pub at: Timestamp,
}

impl Site<'_> {
    /// The released advisories, each number once in its newest version, the newest number first.
    fn newest(&self) -> Vec<&Released> {
        let mut each: BTreeMap<u16, &Released> = BTreeMap::new();
        for one in self.released {
            let publication = &one.publication;
            let slot = each.entry(publication.number().get()).or_insert(one);
            if slot.publication.version() < publication.version() {
                *slot = one;
            }
        }
        each.into_values().rev().collect()
    }

    /// The numbers that are announced and not published, the highest first.
    fn planned(&self) -> Vec<&PublicFacts> {
        let mut planned: Vec<&PublicFacts> = self
            .announced
            .iter()
            .filter(|facts| facts.standing() == Standing::Planned)
            .filter(|facts| self.released.iter().all(|one| one.publication.number() != facts.number()))
            .collect();
        planned.sort_by_key(|facts| std::cmp::Reverse(facts.number()));
        planned.dedup_by_key(|facts| facts.number());
        planned
    }

    /// When anything on the pages changed last: the newest version's instant. Without any: now.
    fn updated(&self) -> Timestamp {
        self.released.iter().map(|one| one.publication.updated_at()).max().unwrap_or(self.at)
    }
}

/// Why there are no files.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// A template does not render. The text names file and line and no value.
    #[error("page template {0}")]
    Template(String),
    /// The name of an organisation, or a line of the history, holds an `@`: nothing that could be an address is published (P52).
    #[error("the page of the organisations would hold an @: entry {entry} of the {list}")]
    Address {
        /// `names` or `history`.
        list: &'static str,
        /// Which one, from 1.
        entry: usize,
    },
    /// Two files of one name.
    #[error("two files are called {0}")]
    Twice(String),
}

/// How a file is read by the firewall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One text about one thing.
    Whole,
    /// Entries that have nothing to do with each other: the number of one says nothing about the title of the next.
    Listing,
}

/// A file of the site.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// Its name below the directory, with `/`.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    kind: Kind,
    /// The released case that it is about.
    about: Option<CaseId>,
}

#[cfg(test)]
impl File {
    /// A file for the tests of whoever writes files.
    pub(crate) fn of_test(name: &str, bytes: &[u8]) -> Self {
        Self { name: name.to_owned(), bytes: bytes.to_owned(), kind: Kind::Whole, about: None }
    }
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "File({}, {} bytes)", self.name, self.bytes.len())
    }
}

/// The files while they are gathered.
struct Files(BTreeMap<String, File>);

impl Files {
    fn put(&mut self, name: String, kind: Kind, about: Option<CaseId>, bytes: impl Into<Vec<u8>>) -> Result<(), SiteError> {
        let file = File { name: name.clone(), bytes: bytes.into(), kind, about };
        match self.0.insert(name, file) {
            None => Ok(()),
            Some(twice) => Err(SiteError::Twice(twice.name)),
        }
    }

    fn whole(&mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Result<(), SiteError> {
        self.put(name.into(), Kind::Whole, None, bytes)
    }

    fn listing(&mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Result<(), SiteError> {
        self.put(name.into(), Kind::Listing, None, bytes)
    }
}

/// All files, by their names. Nobody has looked at them yet: see [`pass`].
///
/// # Errors
/// [`SiteError`].
pub fn generate(site: &Site<'_>) -> Result<Vec<File>, SiteError> {
    let publisher = site.publisher;
    let pages = page::Pages::new()?;
    let mut files = Files(BTreeMap::new());
    let newest = site.newest();
    files.listing("index.html", pages.index(site, &newest)?)?;
    files.whole("site.css", page::STYLE)?;
    files.whole("icon.svg", page::ICON)?;
    if let Some(organisations) = site.organisations {
        organisations.check()?;
        files.listing("organisations.html", pages.organisations(site, organisations)?)?;
    }
    for one in &newest {
        let publication = &one.publication;
        let about = Some(one.case);
        let mut own = |name: String, bytes: Vec<u8>| files.put(name, Kind::Whole, about, bytes);
        own(page::page_name(publication), pages.advisory(site, publication)?.into_bytes())?;
        own(publication.text_file_name(), publication.text().to_vec())?;
        for file in publication.files() {
            if let Some(content) = &file.content {
                own(file.name.clone(), content.clone())?;
            }
        }
        own(format!("osv/{}.json", publication.name()), bytes_of(&publication::osv_record(publication, publisher)).into_bytes())?;
        for (cve, record) in publication.cves().iter().zip(publication::cve_records(publication, publisher)) {
            // A record has one file, whichever advisories name the identifier: that of the newest.
            let name = format!("cve/{cve}.json");
            if !files.0.contains_key(&name) {
                files.put(name, Kind::Whole, about, bytes_of(&record))?;
            }
        }
    }
    provider::put(site, &newest, &pages, &mut files)?;
    files.listing("feed.atom", feed::atom(site, &newest, &pages)?)?;
    let published: Vec<Publication> = newest.iter().map(|one| one.publication.clone()).collect();
    let index = publication::index(&published, site.announced, publisher);
    files.listing(format!("{}.json", publisher.prefix.to_ascii_lowercase()), bytes_of(&index))?;
    let planned: Vec<PublicFacts> = site.planned().into_iter().copied().collect();
    if let Some(dates) = publication::calendar(&planned, Standing::Planned, publisher, site.at) {
        files.listing("planned.ics", dates)?;
    }
    files.whole(".well-known/security.txt", contact::security_txt(site))?;
    Ok(files.0.into_values().collect())
}
