//! Links, domains and addresses in the applicant's own lines. Nothing is fetched: it would tell the applicant's server who is looking.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    Found, ItemState,
    paste::Answers,
    rules::{ApplicationRules, ItemRule, Kind, UnacceptableRules},
};
use crate::mail::Address;

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The host, lower case, without user and port.
    pub host: String,
    /// The path with its leading `/`, lower case, without query and fragment.
    pub path: String,
}

/// Why a link is no evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unacceptable {
    /// A kind of page that the policy names.
    Kind,
    /// A PDF linked directly.
    Pdf,
}

/// What the lines hold.
pub(super) struct Evidence {
    links: Vec<(usize, Link)>,
    addresses: Vec<(usize, Address)>,
    domains: Vec<String>,
    domain_line: Option<String>,
}

/// More links or addresses than this are not looked at.
const MAX_LINKS: usize = 1_000;

/// A pattern of this file. Every one of them is compiled by the tests; one that failed would find nothing.
fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(r#"(?i)\b(?:https?://([^\s<>"'\]]+)|(www\.[^\s<>"'\]]+)|((?:[a-z0-9-]+\.)+[a-z]{2,}/[^\s<>"'\]]*))"#)
});
static DOMAIN: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"(?i)(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z]"));
/// Addresses, also in the forms that people use on public lists: `security [at] example [dot] net`.
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)([\p{L}\d._%+=-]+)\s*(?:@|[\[(<{]\s*at\s*[\])>}])\s*([\p{L}\d-]+(?:(?:\.|\s*[\[(<{]\s*dot\s*[\])>}]\s*)[\p{L}\d-]+)+)",
    )
});
static DOT: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"(?i)\s*[\[(<{]\s*dot\s*[\])>}]\s*"));

impl Link {
    /// Takes a link apart. What stands before an `@` is a user name, whatever it looks like.
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '*']);
        let text = text.split(['?', '#']).next().unwrap_or_default();
        let (authority, path) = text.split_once('/').unwrap_or((text, ""));
        let host = authority.rsplit('@').next().unwrap_or_default().split(':').next().unwrap_or_default();
        host.contains('.').then(|| Self { host: host.to_lowercase(), path: format!("/{}", path.to_lowercase()) })
    }

    fn extension(&self) -> Option<&str> {
        self.path.rsplit('/').next()?.rsplit_once('.').map(|(_, extension)| extension)
    }

    /// Whether the host is the domain or below it.
    pub fn is_on(&self, domain: &str) -> bool {
        self.host == domain || self.host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
    }

    fn refused(&self, rules: &UnacceptableRules) -> Option<Unacceptable> {
        if self.extension() == Some("pdf") {
            return Some(Unacceptable::Pdf);
        }
        let folder = format!("{}/", self.path.trim_end_matches('/'));
        let host = rules.hosts.iter().any(|pattern| pattern.is_match(&self.host));
        let path = rules.paths.iter().any(|part| folder.contains(part.as_str()));
        let extension = self.extension().is_some_and(|extension| rules.extensions.iter().any(|other| other == extension));
        (host || path || extension).then_some(Unacceptable::Kind)
    }
}

impl Evidence {
    pub(super) fn read(answers: &Answers, rules: &ApplicationRules) -> Self {
        let mut evidence = Self { links: Vec::new(), addresses: Vec::new(), domains: Vec::new(), domain_line: None };
        for (index, line) in answers.lines().iter().enumerate() {
            evidence.links.extend(links(&line.text).into_iter().map(|link| (index, link)));
            evidence.addresses.extend(addresses(&line.text).into_iter().map(|address| (index, address)));
        }
        evidence.links.truncate(MAX_LINKS);
        evidence.addresses.truncate(MAX_LINKS);
        for rule in rules.items.iter().filter(|rule| rule.kind == Kind::Domains) {
            let mut lines: Vec<&str> = answers.of(rule.index).filter(|line| !domains(line).is_empty()).collect();
            if lines.is_empty() {
                let all = answers.lines().iter().map(|line| line.text.as_str());
                lines = all.filter(|line| matches(&rule.context, line) && !domains(line).is_empty()).collect();
            }
            evidence.domain_line = lines.first().map(|line| (*line).to_owned());
            evidence.domains = lines.iter().flat_map(|line| domains(line)).collect();
        }
        evidence
    }

    pub(super) fn domain_line(&self) -> Option<&str> {
        self.domain_line.as_deref()
    }

    pub(super) fn has_pdf(&self) -> bool {
        self.links.iter().any(|(_, link)| link.extension() == Some("pdf"))
    }

    /// Whether the domain is one of those declared. Unknown when none is.
    pub(super) fn declared(&self, domain: &str) -> Option<bool> {
        let link = Link { host: domain.to_lowercase(), path: String::new() };
        (!self.domains.is_empty()).then(|| self.domains.iter().any(|domain| link.is_on(domain)))
    }

    pub(super) fn addresses(&self) -> impl Iterator<Item = (usize, &Address)> {
        self.addresses.iter().map(|(line, address)| (*line, address))
    }

    /// A05, A06, A07: a link below the criterion or behind the label, else one whose line says what it is.
    pub(super) fn link(&self, rule: &ItemRule, answers: &Answers, rules: &ApplicationRules) -> Found {
        let mut doubtful = None;
        for (line, link) in self.links_for(rule, answers) {
            let note = match link.refused(&rules.unacceptable) {
                Some(Unacceptable::Pdf) => rules.unacceptable.pdf_sentence.as_str(),
                Some(Unacceptable::Kind) => rules.unacceptable.sentence.as_str(),
                None if rule.forges.iter().any(|forge| link.is_on(forge)) => return Found::with(ItemState::Present, line),
                None if self.declared(&link.host) == Some(false) => "the page is not on a domain that the application names",
                None => return Found::with(ItemState::Present, line),
            };
            doubtful.get_or_insert_with(|| Found::suspicious(line, note));
        }
        doubtful.unwrap_or_else(Found::absent)
    }

    /// A08: an address or a link that the public is told to use.
    pub(super) fn contact(&self, rule: &ItemRule, answers: &Answers, rules: &ApplicationRules) -> Found {
        let links = self.link(rule, answers, rules);
        if links.state == ItemState::Present {
            return links;
        }
        let lines = self.lines_for(rule, answers);
        let addressed = lines.into_iter().find(|line| self.addresses.iter().any(|(index, _)| index == line));
        match addressed.and_then(|line| answers.lines().get(line)) {
            Some(line) => Found::with(ItemState::Present, &line.text),
            None => links,
        }
    }

    fn links_for<'a>(&'a self, rule: &ItemRule, answers: &'a Answers) -> impl Iterator<Item = (&'a str, &'a Link)> {
        let lines = self.lines_for(rule, answers);
        let wanted = self.links.iter().filter(move |(index, _)| lines.contains(index));
        wanted.filter_map(|(index, link)| Some((answers.lines().get(*index)?.text.as_str(), link)))
    }

    /// The lines that belong to the item and hold a link or an address: those that answer it; without any, those whose own words or those of
    /// the line above say so.
    fn lines_for(&self, rule: &ItemRule, answers: &Answers) -> Vec<usize> {
        let holds =
            |index: usize| self.links.iter().any(|(at, _)| *at == index) || self.addresses.iter().any(|(at, _)| *at == index);
        let lines = answers.lines();
        let direct: Vec<usize> = lines
            .iter()
            .enumerate()
            .filter(|(index, line)| line.item == Some(rule.index) && holds(*index))
            .map(|(at, _)| at)
            .collect();
        if !direct.is_empty() {
            return direct;
        }
        let mut found = Vec::new();
        let mut above = "";
        for (index, line) in lines.iter().enumerate() {
            let both = format!("{above} {}", line.text);
            // The line above counts when it leads to the link ("... is described here:"), not when it has a link of its own.
            if holds(index) && matches(&rule.context, &both) && !matches(&rule.unless, &both) {
                found.push(index);
            }
            above = if holds(index) { "" } else { line.text.as_str() };
        }
        found
    }
}

/// The addresses of a text.
pub(super) fn addresses(text: &str) -> Vec<Address> {
    let Some(pattern) = ADDRESS.as_ref() else { return Vec::new() };
    let address = |found: regex::Captures<'_>| {
        let (local, domain) = (found.get(1)?.as_str(), found.get(2)?.as_str());
        let domain = DOT.as_ref().map_or_else(|| domain.into(), |dot| dot.replace_all(domain, "."));
        format!("{}@{domain}", local.trim_matches('.')).parse().ok()
    };
    pattern.captures_iter(text).filter_map(address).collect()
}

fn links(text: &str) -> Vec<Link> {
    let Some(pattern) = LINK.as_ref() else { return Vec::new() };
    let link = |found: regex::Captures<'_>| {
        let whole = found.iter().skip(1).flatten().next()?;
        // What stands directly behind an @ is the domain of an address.
        let before = text.get(..whole.start()).unwrap_or_default();
        if before.ends_with('@') { None } else { Link::parse(whole.as_str()) }
    };
    pattern.captures_iter(text).filter_map(link).collect()
}

/// Domain names that stand for themselves or as a link's host, not as part of an address.
fn domains(text: &str) -> Vec<String> {
    let Some(pattern) = DOMAIN.as_ref() else { return Vec::new() };
    let mut found: Vec<String> = Vec::new();
    for link in links(text) {
        found.push(link.host.strip_prefix("www.").unwrap_or(&link.host).to_owned());
    }
    for name in pattern.find_iter(text) {
        let around = (text.get(..name.start()).unwrap_or_default(), text.get(name.end()..).unwrap_or_default());
        let alone = !around.0.ends_with(['@', '/', '.', '-', '_', '+']) && !around.1.starts_with(['@', '/']);
        if alone {
            found.push(name.as_str().to_lowercase().trim_start_matches("www.").to_owned());
        }
    }
    found
}

pub(super) fn matches(patterns: &[Regex], text: &str) -> bool {
    patterns.iter().any(|pattern| pattern.is_match(text))
}

/// Characters that show nothing or turn the direction of what follows (T31).
pub(super) fn invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}')
}
