//! `rules/application.toml`: the items, the policy's text, and what is no evidence.

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;

use super::paste::Criterion;
use crate::patterns::{self, PatternFileError, Written};

/// The rule file that is part of the program.
pub const APPLICATION_RULES: &str = include_str!("../../rules/application.toml");

/// The checked contents of `rules/application.toml`.
#[derive(Debug, Clone)]
pub struct ApplicationRules {
    /// The policy's sentence that goes with every "incomplete".
    pub policy_note: String,
    pub(super) placeholders: Vec<Regex>,
    pub(super) closings: Vec<Regex>,
    pub(super) criteria: Vec<Criterion>,
    pub(super) items: Vec<ItemRule>,
    pub(super) unacceptable: UnacceptableRules,
    pub(super) role: RoleRules,
    pub(super) categories: Vec<(String, Vec<Regex>)>,
    pub(super) thread: ThreadRules,
    never_public: Vec<Regex>,
    /// When something is brought up again.
    pub days: Days,
}

#[derive(Debug, Clone)]
pub(super) struct ThreadRules {
    pub(super) withdrawal: Vec<Regex>,
    pub(super) appeal: Vec<Regex>,
}

/// When something about applications and members is brought up again, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Days {
    /// An application waits for the team.
    pub team: u16,
    /// An application waits for the applicant.
    pub applicant: u16,
    /// An alias has time to answer.
    pub alias: u16,
    /// Aliases are asked whether they are read (P82).
    pub probe_every: u16,
}

impl Default for Days {
    fn default() -> Self {
        Self { team: 5, applicant: 28, alias: 14, probe_every: 91 }
    }
}

impl ApplicationRules {
    /// The names of the items in the policy's words, by their ids.
    pub fn names(&self) -> BTreeMap<String, String> {
        self.items.iter().map(|item| (item.id.clone(), item.name.clone())).collect()
    }

    /// Whether anybody can have an address at that domain: two such addresses are two applicants.
    pub fn is_free_mail(&self, domain: &str) -> bool {
        self.role.free_mail.iter().any(|free| free == domain)
    }

    /// The id of the item that asks for the alias.
    pub fn alias_item(&self) -> Option<&str> {
        self.items.iter().find(|item| item.kind == Kind::RoleAddress).map(|item| item.id.as_str())
    }

    /// Whether a person's words for the public list speak of what must not be spoken of there.
    pub fn is_never_public(&self, words: &str) -> bool {
        self.never_public.iter().any(|pattern| pattern.is_match(words))
    }
}

#[derive(Debug, Clone)]
pub(super) struct ItemRule {
    pub(super) index: usize,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) min_words: usize,
    pub(super) labels: Vec<Regex>,
    pub(super) anywhere: Vec<Regex>,
    pub(super) context: Vec<Regex>,
    pub(super) all: Vec<Regex>,
    pub(super) confidentiality: Vec<Regex>,
    pub(super) short: Vec<Regex>,
    pub(super) unless: Vec<Regex>,
    pub(super) not_applicable: Vec<Regex>,
    pub(super) not_applicable_answer: Vec<Regex>,
    pub(super) forges: Vec<String>,
}

/// How an answer is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    Text,
    Domains,
    Link,
    Contact,
    Parts,
    Statement,
    RoleAddress,
}

#[derive(Debug, Clone)]
pub(super) struct UnacceptableRules {
    pub(super) sentence: String,
    pub(super) pdf_sentence: String,
    pub(super) hosts: Vec<Regex>,
    pub(super) paths: Vec<String>,
    pub(super) extensions: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) struct RoleRules {
    pub(super) words: Vec<String>,
    pub(super) parts: Vec<String>,
    pub(super) suffixes: Vec<String>,
    pub(super) given_names: Vec<String>,
    pub(super) free_mail: Vec<String>,
    pub(super) public_lists: Vec<Regex>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    policy_note: String,
    placeholders: Vec<Written>,
    closings: Vec<Written>,
    boilerplate: Vec<String>,
    item: Vec<ItemKeys>,
    unacceptable: UnacceptableKeys,
    role_address: RoleKeys,
    #[serde(default)]
    categories: BTreeMap<String, Vec<Written>>,
    #[serde(default)]
    thread: ThreadKeys,
    #[serde(default)]
    never_public: Vec<Written>,
    #[serde(default)]
    days: Days,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ThreadKeys {
    #[serde(default)]
    withdrawal: Vec<Written>,
    #[serde(default)]
    appeal: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ItemKeys {
    id: Written,
    name: String,
    kind: Kind,
    #[serde(default = "one")]
    min_words: usize,
    criteria: Vec<String>,
    labels: Vec<Written>,
    #[serde(default)]
    anywhere: Vec<Written>,
    #[serde(default)]
    context: Vec<Written>,
    #[serde(default)]
    all: Vec<Written>,
    #[serde(default)]
    confidentiality: Vec<Written>,
    #[serde(default)]
    short: Vec<Written>,
    #[serde(default)]
    unless: Vec<Written>,
    #[serde(default)]
    not_applicable: Vec<Written>,
    #[serde(default)]
    not_applicable_answer: Vec<Written>,
    #[serde(default)]
    forges: Vec<String>,
}

fn one() -> usize {
    1
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct UnacceptableKeys {
    sentence: String,
    pdf_sentence: String,
    hosts: Vec<Written>,
    paths: Vec<String>,
    extensions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RoleKeys {
    words: Vec<String>,
    parts: Vec<String>,
    suffixes: Vec<String>,
    given_names: Vec<String>,
    free_mail: Vec<String>,
    public_lists: Vec<Written>,
}

impl ApplicationRules {
    /// Reads the text of `rules/application.toml`.
    ///
    /// # Errors
    /// The first thing wrong with it, with line and column: an unknown key, a bad pattern, an id that stands twice, a statement item
    /// without the patterns of a statement.
    pub fn parse(file: &str) -> Result<Self, PatternFileError> {
        let keys: File = patterns::read(file)?;
        let mut criteria: Vec<Criterion> = keys.boilerplate.iter().map(|text| Criterion::new(text, None)).collect();
        let mut items: Vec<ItemRule> = Vec::new();
        for (index, item) in keys.item.into_iter().enumerate() {
            if items.iter().any(|other| other.id == *item.id.get_ref()) {
                return Err(patterns::refused(file, &item.id, "this id stands twice"));
            }
            if item.kind == Kind::Statement && (item.all.is_empty() || item.confidentiality.is_empty()) {
                return Err(patterns::refused(file, &item.id, "an item of kind `statement` needs `all` and `confidentiality`"));
            }
            criteria.extend(item.criteria.iter().map(|text| Criterion::new(text, Some(index))));
            items.push(item_rule(file, index, item)?);
        }
        Ok(Self {
            policy_note: keys.policy_note,
            placeholders: patterns::compile(file, &keys.placeholders)?,
            closings: patterns::compile(file, &keys.closings)?,
            criteria,
            items,
            unacceptable: UnacceptableRules {
                sentence: keys.unacceptable.sentence,
                pdf_sentence: keys.unacceptable.pdf_sentence,
                hosts: hosts(file, &keys.unacceptable.hosts)?,
                paths: keys.unacceptable.paths,
                extensions: keys.unacceptable.extensions,
            },
            role: RoleRules {
                words: keys.role_address.words,
                parts: keys.role_address.parts,
                suffixes: keys.role_address.suffixes,
                given_names: keys.role_address.given_names,
                free_mail: keys.role_address.free_mail,
                public_lists: hosts(file, &keys.role_address.public_lists)?,
            },
            categories: keys
                .categories
                .into_iter()
                .map(|(name, written)| patterns::compile(file, &written).map(|patterns| (name, patterns)))
                .collect::<Result<_, _>>()?,
            thread: ThreadRules {
                withdrawal: patterns::compile(file, &keys.thread.withdrawal)?,
                appeal: patterns::compile(file, &keys.thread.appeal)?,
            },
            never_public: patterns::compile(file, &keys.never_public)?,
            days: keys.days,
        })
    }

    /// The rules that come with embargod (`rules/application.toml` of its source tree), for commands that run without a configuration.
    ///
    /// # Errors
    /// Never, as long as the tests pass; the type says that it is the same reader.
    pub fn built_in() -> Result<Self, PatternFileError> {
        Self::parse(APPLICATION_RULES)
    }
}

fn item_rule(file: &str, index: usize, item: ItemKeys) -> Result<ItemRule, PatternFileError> {
    let compile = |written: &[Written]| patterns::compile(file, written);
    Ok(ItemRule {
        index,
        labels: labels(file, &item.labels)?,
        anywhere: compile(&item.anywhere)?,
        context: compile(&item.context)?,
        all: compile(&item.all)?,
        confidentiality: compile(&item.confidentiality)?,
        short: compile(&item.short)?,
        unless: compile(&item.unless)?,
        not_applicable: compile(&item.not_applicable)?,
        not_applicable_answer: compile(&item.not_applicable_answer)?,
        id: item.id.into_inner(),
        name: item.name,
        kind: item.kind,
        min_words: item.min_words,
        forges: item.forges,
    })
}

/// Labels are found whole: what stands before the colon, or alone on its line.
fn labels(file: &str, written: &[Written]) -> Result<Vec<Regex>, PatternFileError> {
    written.iter().map(|label| patterns::compile_one(file, label, &format!("^(?i:{})$", label.get_ref()))).collect()
}

/// Host names with `*`: `*.blogspot.*`. One without a star stands for the host and everything below it.
fn hosts(file: &str, written: &[Written]) -> Result<Vec<Regex>, PatternFileError> {
    let pattern = |host: &Written| {
        let text = regex::escape(host.get_ref()).replace("\\*", ".*");
        let below = if host.get_ref().contains('*') { "" } else { "(.*\\.)?" };
        patterns::compile_one(file, host, &format!("^{below}{text}$"))
    };
    written.iter().map(pattern).collect()
}
