//! Links, domains and addresses in the applicant's own lines. Nothing is fetched: it would tell the applicant's server who is looking.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::{
    Found, ItemState, MAX_QUOTE,
    paste::{Answers, OwnLine, Sentence},
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
    domains: Vec<String>,
    domain_line: Option<String>,
    pdf: bool,
}

/// A place in the letter that belongs to an item, and what stands there.
pub(super) struct Spot<'a> {
    pub(super) quote: &'a str,
    pub(super) links: Vec<Link>,
    pub(super) addresses: Vec<Address>,
}

/// How far the words reach that say what a link or an address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// To the link next to them: "buy it at LINK and read about Xen at LINK".
    Nearest,
    /// Over the sentence: "please add ADDRESS and ADDRESS".
    Sentence,
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
        let lines = answers.lines().iter().flat_map(|line| links(&line.text)).take(MAX_LINKS);
        let pdf = lines.into_iter().any(|(_, link)| link.extension() == Some("pdf"));
        let mut evidence = Self { domains: Vec::new(), domain_line: None, pdf };
        for rule in rules.items.iter().filter(|rule| rule.kind == Kind::Domains) {
            let mut lines: Vec<&str> = answers.of(rule.index).filter(|line| !domains(line).is_empty()).collect();
            if lines.is_empty() {
                let free = answers.free_sentences(rule.index).map(|(sentence, _)| sentence.text.as_str());
                lines = free.filter(|text| matches(&rule.context, text) && !domains(text).is_empty()).collect();
            }
            evidence.domain_line = lines.first().map(|line| (*line).to_owned());
            evidence.domains = lines.iter().flat_map(|line| domains(line)).take(MAX_LINKS).collect();
        }
        evidence
    }

    pub(super) fn domain_line(&self) -> Option<&str> {
        self.domain_line.as_deref()
    }

    pub(super) fn domains(&self) -> &[String] {
        &self.domains
    }

    pub(super) fn has_pdf(&self) -> bool {
        self.pdf
    }

    /// Whether the domain is one of those declared. Unknown when none is.
    pub(super) fn declared(&self, domain: &str) -> Option<bool> {
        let link = Link { host: domain.to_lowercase(), path: String::new() };
        (!self.domains.is_empty()).then(|| self.domains.iter().any(|domain| link.is_on(domain)))
    }

    /// A05, A06, A07: a link below the criterion or behind the label, else one whose sentence says what it is.
    pub(super) fn link(&self, rule: &ItemRule, answers: &Answers, rules: &ApplicationRules) -> Found {
        self.judge(rule, &spots(rule, answers, Reach::Nearest), rules)
    }

    fn judge(&self, rule: &ItemRule, spots: &[Spot<'_>], rules: &ApplicationRules) -> Found {
        let mut doubtful = None;
        for (line, link) in spots.iter().flat_map(|spot| spot.links.iter().map(|link| (spot.quote, link))) {
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
        let spots = spots(rule, answers, Reach::Nearest);
        let links = self.judge(rule, &spots, rules);
        match spots.iter().find(|spot| !spot.addresses.is_empty()) {
            Some(spot) if links.state != ItemState::Present => Found::with(ItemState::Present, spot.quote),
            _ => links,
        }
    }
}

/// The links and addresses of an item: those that answer it; without any, those whose own sentence or the line above says so.
pub(super) fn spots<'a>(rule: &ItemRule, answers: &'a Answers, reach: Reach) -> Vec<Spot<'a>> {
    let lines = answers.lines();
    let of_line = |text: &'a str| {
        let (links, addresses) = (links(text).into_iter(), addresses(text).into_iter());
        Spot { quote: text, links: links.map(|(_, link)| link).collect(), addresses: addresses.map(|(_, at)| at).collect() }
    };
    let holds = |spot: &Spot<'_>| !spot.links.is_empty() || !spot.addresses.is_empty();
    let own = lines.iter().filter(|line| line.item == Some(rule.index));
    let direct: Vec<Spot<'a>> = own.map(|line| of_line(&line.text)).filter(holds).take(MAX_LINKS).collect();
    if !direct.is_empty() {
        return direct;
    }
    let mut found = Vec::new();
    for (sentence, lines) in answers.free_sentences(rule.index) {
        if !matches(&rule.unless, &sentence.text) {
            found.extend(in_sentence(rule, sentence, lines, reach));
        }
        if found.len() >= MAX_LINKS {
            break;
        }
    }
    if !found.is_empty() {
        return found;
    }
    let mut above = "";
    for line in lines.iter().filter(|line| answers.is_free(line, rule.index)) {
        let spot = of_line(&line.text);
        let both = format!("{above} {}", line.text);
        // The line above counts when it leads to the link ("... is described here:"), not when it has a link of its own.
        let held = holds(&spot);
        if held && matches(&rule.context, &both) && !matches(&rule.unless, &both) {
            found.push(spot);
        }
        above = if held { "" } else { line.text.as_str() };
    }
    found.truncate(MAX_LINKS);
    found
}

/// The links and addresses that a sentence speaks of: those behind the words of the item, else those before them, else all.
fn in_sentence<'a>(rule: &ItemRule, sentence: &'a Sentence, lines: &'a [OwnLine], reach: Reach) -> Vec<Spot<'a>> {
    let text = sentence.text.as_str();
    if !matches(&rule.context, text) {
        return Vec::new();
    }
    let mut things: Vec<(Range<usize>, Thing)> = links(text).into_iter().map(|(at, link)| (at, Thing::Link(link))).collect();
    things.extend(addresses(text).into_iter().map(|(at, address)| (at, Thing::Address(address))));
    things.sort_by_key(|(at, _)| at.start);
    things.truncate(MAX_SENTENCE);
    let about = |from: usize, to: usize| matches(&rule.context, text.get(from..to).unwrap_or_default());
    let ends = |index: usize| things.get(index).map_or(text.len(), |(at, _)| at.start);
    let mut before = Vec::new();
    let mut behind = Vec::new();
    let mut last = 0;
    for (index, (at, _)) in things.iter().enumerate() {
        before.push(about(last, at.end));
        behind.push(about(at.start, ends(index + 1)));
        last = at.end;
    }
    let chosen = match reach {
        Reach::Nearest if before.contains(&true) => before,
        Reach::Nearest if behind.contains(&true) => behind,
        _ => vec![true; things.len()],
    };
    let line_with = |at: &Range<usize>| {
        let shown = text.get(at.clone()).unwrap_or_default();
        let line = lines.iter().find(|line| line.text.contains(shown)).map(|line| line.text.as_str());
        // A letter in HTML has a paragraph on each line: the words that lead to the link are shown.
        let near = || text.get(text.ceil_char_boundary(at.end.saturating_sub(MAX_QUOTE))..).unwrap_or(text);
        line.filter(|line| line.len() <= MAX_QUOTE).unwrap_or_else(near)
    };
    let wanted = things.into_iter().zip(chosen).filter(|(_, chosen)| *chosen);
    wanted
        .map(|((at, thing), _)| match thing {
            Thing::Link(link) => Spot { quote: line_with(&at), links: vec![link], addresses: Vec::new() },
            Thing::Address(address) => Spot { quote: line_with(&at), links: Vec::new(), addresses: vec![address] },
        })
        .collect()
}

enum Thing {
    Link(Link),
    Address(Address),
}

/// No sentence names more links.
const MAX_SENTENCE: usize = 20;

/// The addresses of a text.
fn addresses(text: &str) -> Vec<(Range<usize>, Address)> {
    let Some(pattern) = ADDRESS.as_ref() else { return Vec::new() };
    let address = |found: regex::Captures<'_>| {
        let (whole, local, domain) = (found.get(0)?.range(), found.get(1)?.as_str(), found.get(2)?.as_str());
        let domain = DOT.as_ref().map_or_else(|| domain.into(), |dot| dot.replace_all(domain, "."));
        Some((whole, format!("{}@{domain}", local.trim_matches('.')).parse().ok()?))
    };
    pattern.captures_iter(text).filter_map(address).collect()
}

fn links(text: &str) -> Vec<(Range<usize>, Link)> {
    let Some(pattern) = LINK.as_ref() else { return Vec::new() };
    let link = |found: regex::Captures<'_>| {
        let whole = found.iter().skip(1).flatten().next()?;
        // What stands directly behind an @ is the domain of an address.
        let before = text.get(..whole.start()).unwrap_or_default();
        if before.ends_with('@') { None } else { Some((found.get(0)?.range(), Link::parse(whole.as_str())?)) }
    };
    pattern.captures_iter(text).filter_map(link).collect()
}

/// Domain names that stand for themselves, not as part of an address; where there is none, the hosts of links.
fn domains(text: &str) -> Vec<String> {
    let Some(pattern) = DOMAIN.as_ref() else { return Vec::new() };
    let links = links(text);
    let mut found: Vec<String> = Vec::new();
    for name in pattern.find_iter(text) {
        let around = (text.get(..name.start()).unwrap_or_default(), text.get(name.end()..).unwrap_or_default());
        let alone = !around.0.ends_with(['@', '/', '.', '-', '_', '+']) && !around.1.starts_with(['@', '/']);
        if alone && !links.iter().any(|(at, _)| at.contains(&name.start())) {
            found.push(name.as_str().to_lowercase().trim_start_matches("www.").to_owned());
        }
    }
    if found.is_empty() {
        found.extend(links.into_iter().map(|(_, link)| link.host.strip_prefix("www.").unwrap_or(&link.host).to_owned()));
    }
    found
}

pub(super) fn matches(patterns: &[Regex], text: &str) -> bool {
    patterns.iter().any(|pattern| pattern.is_match(text))
}

/// Characters that show nothing or turn the direction of what follows.
pub(super) fn invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}')
}
