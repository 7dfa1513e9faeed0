//! Whether an address is a role's or a person's (P48, P82: "role addresses ... survive personnel change").

use super::{
    Found, ItemState,
    evidence::{self, Evidence, Reach, matches},
    paste::Answers,
    rules::{ApplicationRules, ItemRule, RoleRules},
};
use crate::mail::Address;

/// What an address looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleScore {
    /// 2 and more: a role; -2 and less: a person; between: ask.
    pub score: i32,
    /// What a person must know whatever the score.
    pub flags: Vec<RoleFlag>,
}

/// What a person must know about an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleFlag {
    /// It is a mailing list, most likely with a public archive.
    PublicList,
    /// At a provider where anybody can have an address.
    FreeMail,
    /// The domain has letters of several scripts or is written in punycode.
    StrangeDomain,
}

/// Scores an address; `author` is who sent the application.
pub fn role_score(address: &Address, author: Option<&Address>, rules: &ApplicationRules) -> RoleScore {
    let rules = &rules.role;
    let local = address.local().to_lowercase();
    let domain = address.domain();
    let (base, suffixed) = without_suffix(&local, rules);
    let is_word = |word: &str| rules.words.iter().any(|other| other == word);
    let mut score = 0;
    if is_word(&local) || is_word(base) {
        score += 3 + i32::from(suffixed);
    }
    if rules.parts.iter().any(|part| local.contains(part.as_str())) {
        score += 2;
    }
    if is_personal(&local, rules) || author.is_some_and(|author| author.local().eq_ignore_ascii_case(&local)) {
        score -= 3;
    }
    if rules.given_names.contains(&local) {
        score -= 2;
    }
    let mut flags = Vec::new();
    if rules.free_mail.iter().any(|free| free == domain) {
        score -= 4;
        flags.push(RoleFlag::FreeMail);
    }
    if matches(&rules.public_lists, domain) {
        score -= 5;
        flags.push(RoleFlag::PublicList);
    }
    if !domain.is_ascii() || domain.split('.').any(|label| label.starts_with("xn--")) {
        flags.push(RoleFlag::StrangeDomain);
    }
    RoleScore { score, flags }
}

fn without_suffix<'l>(local: &'l str, rules: &RoleRules) -> (&'l str, bool) {
    match rules.suffixes.iter().find_map(|suffix| local.strip_suffix(suffix.as_str())) {
        Some(base) => (base, true),
        None => (local, false),
    }
}

/// `first.last`, `f.last`, `first_last`, neither part being a role's word.
fn is_personal(local: &str, rules: &RoleRules) -> bool {
    let Some((first, last)) = local.split_once(['.', '_']) else { return false };
    let is_name = |part: &str| part.chars().all(char::is_alphabetic) && !rules.words.iter().any(|word| word == part);
    let is_role = rules.parts.iter().any(|part| local.contains(part.as_str()));
    !first.is_empty() && last.chars().count() >= 2 && is_name(first) && is_name(last) && !is_role
}

/// The addresses that an application offers for the list, each with the line that does, in their order.
pub(super) fn offered<'a>(rule: &ItemRule, answers: &'a Answers) -> Vec<(&'a str, Address)> {
    let spots = evidence::spots(rule, answers, Reach::Sentence);
    let offered: Vec<(&str, Address)> = spots
        .into_iter()
        .flat_map(|spot| spot.addresses.into_iter().map(move |address| (spot.quote, address)).collect::<Vec<_>>())
        .collect();
    // An answer may go on ("... and write to me at ..."): the lines that offer an address are asked before the others.
    let told: Vec<_> = offered.iter().filter(|(line, _)| matches(&rule.context, line)).cloned().collect();
    if told.is_empty() { offered } else { told }
}

/// A11: exactly one address offered, and it is a role's.
pub(super) fn find(
    rule: &ItemRule,
    answers: &Answers,
    evidence: &Evidence,
    author: Option<&Address>,
    rules: &ApplicationRules,
) -> Found {
    let found = offered(rule, answers);
    let Some((shown, address)) = found.first().map(|(shown, address)| (*shown, address)) else { return Found::absent() };
    if found.iter().any(|(_, other)| other != address) {
        return Found::suspicious(shown, "more than one address: the policy asks for the single alias");
    }
    let RoleScore { score, flags } = role_score(address, author, rules);
    if flags.contains(&RoleFlag::PublicList) {
        return Found::suspicious(shown, "the address looks like a mailing list: embargoed mail could reach a public archive");
    }
    if flags.contains(&RoleFlag::StrangeDomain) {
        return Found::suspicious(shown, "the domain is written in an unusual script: compare it letter by letter");
    }
    if score <= -2 {
        return Found::suspicious(shown, "the address looks like a person's: the policy asks for a non-personal alias");
    }
    if score < 2 {
        return Found::suspicious(shown, "it cannot be told whether the address is a role's or a person's");
    }
    if evidence.declared(address.domain()) == Some(false) {
        return Found::suspicious(shown, "the address is not at a domain that the application names");
    }
    Found::with(ItemState::Present, shown)
}
