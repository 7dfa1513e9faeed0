//! The pages for people: `rules/pages/*.html` filled in.
//!
//! Promises: values are escaped for HTML by the engine (the templates' names end in `.html` or `.xml`), and what a mail says is made safe to look
//! at before that. Fails with [`SiteError::Template`], which says which template and line and shows no value.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};
use minijinja::{Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig, value::Serde};
use serde::Serialize;

use super::{
    Organisations, Released, Site, SiteError,
    prose::{self, Block},
    provider,
};
use crate::{compose::shown, publication::Publication};

/// The one style sheet.
pub(super) const STYLE: &str = include_str!("../../rules/pages/site.css");
/// The sign beside the name in the browser.
pub(super) const ICON: &str = include_str!("../../rules/pages/icon.svg");

const TEMPLATES: [(&str, &str); 6] = [
    ("layout.html", include_str!("../../rules/pages/layout.html")),
    ("index.html", include_str!("../../rules/pages/index.html")),
    ("advisory.html", include_str!("../../rules/pages/advisory.html")),
    ("organisations.html", include_str!("../../rules/pages/organisations.html")),
    ("listing.html", include_str!("../../rules/pages/listing.html")),
    ("feed.xml", include_str!("../../rules/pages/feed.xml")),
];

/// The templates, ready to be filled in.
pub(super) struct Pages(Environment<'static>);

/// A line of the index.
#[derive(Serialize)]
struct Row {
    name: String,
    link: String,
    title: String,
    version: u8,
    public: When,
    updated: When,
    cves: Vec<String>,
    planned: bool,
}

#[derive(Serialize)]
struct Year {
    year: String,
    rows: Vec<Row>,
}

/// An instant, for people and for programs.
#[derive(Serialize)]
struct When {
    day: String,
    minute: String,
    machine: String,
}

#[derive(Serialize)]
struct FileRow {
    name: String,
    versions: String,
    digest: String,
    size: String,
    missing: bool,
}

#[derive(Serialize)]
struct SectionRow {
    heading: String,
    anchor: String,
    blocks: Vec<Block>,
}

#[derive(Serialize)]
struct VersionRow {
    version: u8,
    at: When,
    members: bool,
}

impl Pages {
    pub(super) fn new() -> Result<Self, SiteError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        // The builder fails only on delimiters, which stay the usual ones.
        if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
            environment.set_syntax(syntax);
        }
        for (name, text) in TEMPLATES {
            environment.add_template(name, text).map_err(|error| SiteError::Template(error.to_string()))?;
        }
        Ok(Self(environment))
    }

    pub(super) fn render(&self, name: &str, values: Value) -> Result<String, SiteError> {
        let fault = |error: minijinja::Error| SiteError::Template(error.to_string());
        self.0.get_template(name).map_err(fault)?.render(values).map_err(fault)
    }

    /// A page: its own part in the frame that all pages have.
    fn page(&self, name: &str, title: &str, description: &str, values: Value) -> Result<String, SiteError> {
        let main = Value::from_safe_string(self.render(name, values.clone())?);
        self.render("layout.html", context! { title, description, main, ..values })
    }

    /// What every page has.
    fn frame(site: &Site<'_>) -> Value {
        context! {
            root => "",
            project => site.project,
            advisory => site.advisory,
            publisher => site.publisher.name.as_str(),
            policy => site.publisher.policy_url.as_str(),
            prefix => site.publisher.prefix.as_str(),
            index_file => format!("{}.json", site.publisher.prefix.to_ascii_lowercase()),
            has_organisations => site.organisations.is_some(),
        }
    }

    /// The index of all advisories.
    pub(super) fn index(&self, site: &Site<'_>, newest: &[&Released]) -> Result<String, SiteError> {
        let prefix = &site.publisher.prefix;
        let mut planned = site.planned();
        planned.sort_by_key(|facts| (facts.planned(), facts.number()));
        let planned: Vec<Row> = planned
            .into_iter()
            .map(|facts| Row {
                name: facts.number().with_prefix(prefix),
                link: String::new(),
                title: String::new(),
                version: 0,
                public: when(facts.planned()),
                updated: when(facts.planned()),
                cves: Vec::new(),
                planned: true,
            })
            .collect();
        let mut years: BTreeMap<i16, Vec<Row>> = BTreeMap::new();
        for one in newest {
            let publication = &one.publication;
            years.entry(publication.public_at().to_zoned(TimeZone::UTC).year()).or_default().push(row(publication));
        }
        let years: Vec<Year> = years.into_iter().rev().map(|(year, rows)| Year { year: year.to_string(), rows }).collect();
        self.page(
            "index.html",
            "Security advisories",
            &format!("All security advisories of {}: number, dates, version, CVE identifiers and title.", site.project),
            context! { here => "index", planned => values(&planned), years => values(&years), count => newest.len(), ..Self::frame(site) },
        )
    }

    /// The page of one advisory.
    pub(super) fn advisory(&self, site: &Site<'_>, publication: &Publication) -> Result<String, SiteError> {
        let sections: Vec<SectionRow> = publication
            .sections()
            .iter()
            .enumerate()
            .map(|(index, section)| SectionRow {
                heading: shown::line(&section.heading),
                anchor: format!("section-{}", index + 1),
                blocks: prose::blocks(&shown::block(&section.text)),
            })
            .collect();
        let files: Vec<FileRow> = publication
            .files()
            .iter()
            .map(|file| FileRow {
                name: file.name.clone(),
                versions: file.versions.as_deref().map(shown::line).unwrap_or_default(),
                digest: file.digest.to_string(),
                size: file.content.as_ref().map(|content| size(content.len())).unwrap_or_default(),
                missing: file.content.is_none(),
            })
            .collect();
        let history: Vec<VersionRow> = publication
            .history()
            .map(|(version, at, is_public)| VersionRow { version, at: when(at), members: !is_public })
            .collect();
        let cna = site.publisher.cna.is_some();
        let one = row(publication);
        let title = format!("{}: {}", one.name, one.title);
        self.page(
            "advisory.html",
            &title,
            &format!("{} {title}", site.advisory),
            context! {
                here => "advisory",
                one => values(&one),
                text => publication.text_file_name(),
                csaf => format!("csaf/{}", provider::place(publication)),
                osv => format!("osv/{}.json", publication.name()),
                records => publication.cves().iter().filter(|_| cna).map(ToString::to_string).collect::<Vec<_>>(),
                sections => values(&sections),
                files => values(&files),
                history => values(&history),
                ..Self::frame(site)
            },
        )
    }

    /// The page of the organisations. It holds no address of anybody, the team's own included.
    pub(super) fn organisations(&self, site: &Site<'_>, organisations: &Organisations) -> Result<String, SiteError> {
        let names: Vec<String> = organisations.names.iter().map(|name| shown::line(name)).collect();
        let history: Vec<Value> = organisations
            .history
            .iter()
            .map(|line| context! { day => shown::line(&line.day), machine => line.machine.clone(), text => shown::line(&line.text) })
            .collect();
        self.page(
            "organisations.html",
            "Organisations on the predisclosure list",
            &format!("The organisations on the predisclosure list of {}, and how the list changed.", site.project),
            context! { here => "organisations", names, history, ..Self::frame(site) },
        )
    }

    /// The list of a folder, as web servers make it: names that can be used in a URL as they are.
    pub(super) fn listing(&self, site: &Site<'_>, folder: &str, names: &[String]) -> Result<String, SiteError> {
        let root = "../".repeat(folder.matches('/').count());
        self.page(
            "listing.html",
            folder,
            "Security advisories for programs",
            context! { here => "listing", folder, names => values(&names), root, ..Self::frame(site) },
        )
    }
}

/// A struct of ours as the engine's value.
pub(super) fn values(of: &impl Serialize) -> Value {
    Value::from(Serde(of))
}

fn row(publication: &Publication) -> Row {
    let title = shown::line(publication.title());
    Row {
        name: publication.name(),
        link: page_name(publication),
        title: if title.is_empty() { publication.name() } else { title },
        version: publication.version(),
        public: when(publication.public_at()),
        updated: when(publication.updated_at()),
        cves: publication.cves().iter().map(ToString::to_string).collect(),
        planned: false,
    }
}

/// `advisory-501.html`.
pub(super) fn page_name(publication: &Publication) -> String {
    format!("advisory-{}.html", publication.number())
}

/// RFC 3339 in UTC, to the second.
pub(super) fn rfc3339(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn when(at: Timestamp) -> When {
    let civil = at.to_zoned(TimeZone::UTC);
    When {
        day: civil.strftime("%Y-%m-%d").to_string(),
        minute: civil.strftime("%-d %B %Y, %H:%M UTC").to_string(),
        machine: rfc3339(at),
    }
}

/// `812 B`, `4.1 kB`: as people compare sizes, not as they verify them.
fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}
