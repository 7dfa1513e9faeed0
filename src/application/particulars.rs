//! What an application says of the organisation, as far as it can be read: name, domains, aliases, category. A person corrects it.
//!
//! Promises: pure; no address is guessed that does not stand in the text. Cannot fail: what is not plainly there is missing.

use super::{
    evidence::{self, Evidence},
    paste::Answers,
    role,
    rules::{ApplicationRules, Kind},
};
use crate::mail::{Address, Message};

/// What an application says of the organisation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Particulars {
    /// Its name.
    pub organisation: Option<String>,
    /// Its domains.
    pub domains: Vec<String>,
    /// The addresses it offers for the list, each once.
    pub aliases: Vec<Address>,
    /// The category, by the name that it has in `rules/application.toml`.
    pub category: Option<String>,
}

/// What a mail in the thread of an application seems to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InThread {
    /// It has answers to the checklist.
    Answers,
    /// It takes the application back.
    Withdrawal,
    /// It appeals.
    Appeal,
    /// None of these.
    Other,
}

/// The longest name of an organisation, in characters; what is longer is a sentence.
const LONGEST_NAME: usize = 80;

/// Reads the particulars.
pub fn particulars(message: &Message, rules: &ApplicationRules) -> Particulars {
    let answers = Answers::read(message.readable_text(), rules);
    let evidence = Evidence::read(&answers, rules);
    let mut found = Particulars { domains: evidence.domains().to_vec(), ..Particulars::default() };
    if let Some(rule) = rules.items.first().filter(|rule| rule.kind == Kind::Text) {
        let own = answers.of(rule.index).next();
        let whole = || answers.paragraphs().find(|line| rule.anywhere.first().is_some_and(|pattern| pattern.is_match(line)));
        let name = own.or_else(whole).map(|name| name.trim().trim_end_matches(['.', ',']).trim());
        let is_name = |name: &&str| !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.contains(['@', '/']);
        found.organisation = name.filter(is_name).map(str::to_owned);
    }
    for rule in rules.items.iter().filter(|rule| rule.kind == Kind::RoleAddress) {
        for (_, address) in role::offered(rule, &answers) {
            if !found.aliases.contains(&address) {
                found.aliases.push(address);
            }
        }
    }
    let mut named =
        rules.categories.iter().filter(|(_, patterns)| answers.paragraphs().any(|text| evidence::matches(patterns, text)));
    // Two categories in one letter: a person says which.
    if let (Some((category, _)), None) = (named.next(), named.next()) {
        found.category = Some(category.clone());
    }
    found
}

/// What a mail in the thread seems to be, by its own words. `answered` says whether it has evidence for any item.
pub fn in_thread(words: &str, answered: bool, rules: &ApplicationRules) -> InThread {
    if evidence::matches(&rules.thread.withdrawal, words) {
        return InThread::Withdrawal;
    }
    if evidence::matches(&rules.thread.appeal, words) {
        return InThread::Appeal;
    }
    if answered { InThread::Answers } else { InThread::Other }
}
