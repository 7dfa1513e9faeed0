//! Checks `[project]`, `[policy]` and `[lists]`: names, addresses, List-Ids, and that no two of them collide.

use std::{collections::BTreeMap, fmt::Display, ops::Range, str::FromStr};

use jiff::civil::Date;
use toml::{Spanned, value::Datetime};

use super::{
    claims::{Claims, Owner},
    finding::Findings,
    raw::{RawLists, RawPolicy, RawPrivateList, RawProject, RawPublicList, RawTokenPlace, Text},
    settings::Policy,
};
use crate::{
    disclosure::{ListName, ListRole, PrivateList, Project, PublicList, project::TokenPlace},
    mail::{Address, ListId},
};

pub(super) const ADDRESS: &str = "write the bare address in double quotes: \"name@example.org\"";
pub(super) const LIST_ID: &str = "write what stands between the angle brackets of the List-Id: \"name.lists.example.org\"";

/// Room for the desk address in `desk+TOKEN@`: the local part may have 64 bytes (RFC 5321 4.5.3.1.1), the token takes up to 31 with its sign.
const LONGEST_DESK: usize = 33;

/// `LIST-bounces+TOKEN` must fit into the 64 bytes of a local part (RFC 5321 4.5.3.1.1): the return path of every copy is made of it.
const LONGEST_LIST: usize = 29;

/// The project, its policy, and who owns which address. `None` when something needed is refused.
pub(super) fn check(
    project: RawProject,
    policy: RawPolicy,
    lists: RawLists,
    findings: &mut Findings<'_>,
) -> (Option<(Project, Policy)>, Claims) {
    let mut claims = Claims::new(domains(project.domain_aliases, findings));
    let tokens = match project.reply_tokens {
        Some(RawTokenPlace::MessageId) => TokenPlace::MessageId,
        Some(RawTokenPlace::Address) | None => TokenPlace::Address,
    };

    let security = owned(&project.security, Owner::Security, &mut claims, findings);
    let security_aliases = every(&project.security_aliases, Owner::Security, &mut claims, findings);
    let desk = owned(&project.desk, Owner::Desk, &mut claims, findings);
    if let (Some(desk), TokenPlace::Address) = (&desk, tokens) {
        room_for_tokens(desk, &project.desk.span(), findings);
    }
    let primary = private(lists.primary, ListRole::Primary, &mut claims, findings);
    let discuss = private(lists.discuss, ListRole::Discuss, &mut claims, findings);
    let applications = public(&lists.applications, Owner::Applications, &mut claims, findings);
    let public: Vec<Option<PublicList>> =
        lists.public.iter().enumerate().map(|(nth, list)| public(list, Owner::Public(nth), &mut claims, findings)).collect();

    let name = words(&project.name, findings);
    let team_name = words(&project.team_name, findings);
    let advisory_title = words(&project.advisory_title, findings);
    let advisory_prefix = prefix(&project.advisory_prefix, findings);
    let policy_url = url(&policy.url, findings);
    let organisations_url = policy.organisations_url.as_ref().map(|text| url(text, findings));
    let support_urls: Option<Vec<String>> = policy.support_urls.iter().map(|text| url(text, findings)).collect();
    let version = words(&policy.version, findings);
    let reviewed = date(&policy.reviewed, findings);
    let branches: Option<Vec<String>> = policy.supported_branches.iter().map(|text| words(text, findings)).collect();

    let checked = (|| {
        let project = Project {
            name: name?,
            team_name: team_name?,
            advisory_prefix: advisory_prefix?,
            advisory_title: advisory_title?,
            security: security?,
            security_aliases: security_aliases?,
            desk: desk?,
            primary: primary?,
            discuss: discuss?,
            applications: applications?,
            public: public.into_iter().collect::<Option<_>>()?,
            domain_aliases: claims.aliases().clone(),
            policy_url: policy_url?,
            organisations_url: match organisations_url {
                Some(url) => Some(url?),
                None => None,
            },
            support_urls: support_urls?,
            tokens,
            upstreams: Vec::new(),
        };
        Some((project, Policy { version: version?, branches: branches?, reviewed: reviewed? }))
    })();
    (checked, claims)
}

/// The value a text stands for; a fault goes to `findings`.
pub(super) fn parse<T>(text: &Text, remedy: &str, findings: &mut Findings<'_>) -> Option<T>
where
    T: FromStr,
    T::Err: Display,
{
    findings.take(&text.span(), text.get_ref().parse(), remedy)
}

fn owned(text: &Text, owner: Owner, claims: &mut Claims, findings: &mut Findings<'_>) -> Option<Address> {
    let address: Address = parse(text, ADDRESS, findings)?;
    claims.address(&address, owner, &text.span(), findings);
    Some(address)
}

fn every(texts: &[Text], owner: Owner, claims: &mut Claims, findings: &mut Findings<'_>) -> Option<Vec<Address>> {
    let addresses: Vec<Option<Address>> = texts.iter().map(|text| owned(text, owner, claims, findings)).collect();
    addresses.into_iter().collect()
}

fn domains(raw: BTreeMap<Text, Text>, findings: &mut Findings<'_>) -> BTreeMap<String, String> {
    let lower = |text: &Text| text.get_ref().trim().trim_end_matches('.').to_ascii_lowercase();
    let pairs: BTreeMap<String, String> = raw.iter().map(|(alias, main)| (lower(alias), lower(main))).collect();
    for (alias, main) in &raw {
        if pairs.contains_key(&lower(main)) {
            let problem = format!("{} stands for another domain itself", main.get_ref());
            findings.refuse(&main.span(), problem, format!("name the main domain for {} directly", alias.get_ref()));
        }
    }
    pairs
}

fn room_for_tokens(desk: &Address, at: &Range<usize>, findings: &mut Findings<'_>) {
    let no_plus = "or write reply-tokens = \"message-id\" when the mail system has no plus-addressing";
    if desk.local().contains('+') {
        let problem = "the desk address contains a + already, and reply addresses are made of it by adding +TOKEN";
        findings.refuse(at, problem, format!("use an address without +, {no_plus}"));
    } else if desk.local().len() > LONGEST_DESK {
        let problem = format!("the desk address has no room for +TOKEN (its local part is longer than {LONGEST_DESK} bytes)");
        findings.refuse(at, problem, format!("use a shorter address, {no_plus}"));
    }
}

fn private(raw: RawPrivateList, role: ListRole, claims: &mut Claims, findings: &mut Findings<'_>) -> Option<PrivateList> {
    let owner = match role {
        ListRole::Primary => Owner::Primary,
        ListRole::Discuss => Owner::Discuss,
    };
    let at = raw.address.span();
    let address: Option<Address> = parse(&raw.address, ADDRESS, findings);
    if address.as_ref().is_some_and(|address| address.local().len() > LONGEST_LIST) {
        let problem =
            format!("the list's address has no room for -bounces+TOKEN (its local part is longer than {LONGEST_LIST} bytes)");
        findings.refuse(&at, problem, "use a shorter address for the list");
    }
    if let Some(address) = &address
        && claims.address(address, owner, &at, findings)
    {
        for suffix in ["-request", "-bounces", "-owner"] {
            claims.address(&address.with_suffix(suffix), owner, &at, findings);
        }
    }
    let aliases = every(&raw.aliases, owner, claims, findings);
    let list_id: Option<ListId> = parse(&raw.list_id, LIST_ID, findings);
    if let Some(id) = &list_id {
        claims.id(id, owner, &raw.list_id.span(), findings);
    }
    let phrase = words(&raw.phrase, findings);
    let name = match &raw.name {
        Some(text) => words(text, findings),
        None => address.as_ref().map(|address| address.local().to_owned()),
    };
    Some(PrivateList { role, name: ListName(name?), address: address?, aliases: aliases?, list_id: list_id?, phrase: phrase? })
}

fn public(raw: &RawPublicList, owner: Owner, claims: &mut Claims, findings: &mut Findings<'_>) -> Option<PublicList> {
    let address = owned(&raw.address, owner, claims, findings);
    let aliases = every(&raw.aliases, owner, claims, findings);
    let list_id = match &raw.list_id {
        Some(text) => {
            let id: ListId = parse(text, LIST_ID, findings)?;
            claims.id(&id, owner, &text.span(), findings);
            Some(id)
        }
        None => None,
    };
    Some(PublicList { address: address?, aliases: aliases?, list_id })
}

/// A text that stands in header fields and letters: not empty, one line.
pub(super) fn words(text: &Text, findings: &mut Findings<'_>) -> Option<String> {
    let value = text.get_ref().trim();
    if value.is_empty() || value.contains(char::is_control) {
        findings.refuse(&text.span(), "this text is empty or has more than one line", "write one line of text in double quotes");
        return None;
    }
    Some(value.to_owned())
}

fn prefix(text: &Text, findings: &mut Findings<'_>) -> Option<String> {
    let value = text.get_ref();
    if value.is_empty() || value.len() > 16 || !value.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        let remedy = "write 1 to 16 letters without the hyphen: \"XSA\" for XSA-484";
        findings.refuse(&text.span(), "this is no prefix of advisory numbers", remedy);
        return None;
    }
    Some(value.clone())
}

fn url(text: &Text, findings: &mut Findings<'_>) -> Option<String> {
    let value = text.get_ref();
    let host = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
    let bad = |c: char| c.is_control() || c.is_whitespace() || "<>\"".contains(c);
    if host.is_none_or(str::is_empty) || value.contains(bad) {
        findings.refuse(&text.span(), "this is no web address", "write it whole: \"https://example.org/page/\"");
        return None;
    }
    Some(value.clone())
}

/// A TOML date without time.
pub(super) fn date(value: &Spanned<Datetime>, findings: &mut Findings<'_>) -> Option<Date> {
    let found = match value.get_ref() {
        Datetime { date: Some(date), time: None, offset: None } => {
            let year = i16::try_from(date.year).ok();
            let month_and_day = i8::try_from(date.month).ok().zip(i8::try_from(date.day).ok());
            year.zip(month_and_day).and_then(|(year, (month, day))| Date::new(year, month, day).ok())
        }
        _ => None,
    };
    if found.is_none() {
        findings.refuse(&value.span(), "this is no date", "write the date alone, without quotes: 2026-12-25");
    }
    found
}
