//! Checks `[[source.imap]]` and `[[source.maildir]]`: where mail comes from.

use std::{collections::BTreeSet, ops::RangeInclusive, time::Duration};

use super::{
    Site,
    finding::Findings,
    project::{ADDRESS, parse, words},
    quantity::{size_of, time_of},
    raw::{RawAuth, RawImap, RawMaildir, RawMark, RawSources, Text},
    secret::SecretPlace,
    settings::{ImapAuth, ImapSource, MaildirSource, Mark, Source},
    syntax::beginning,
};

const PORT: u16 = 993;
const SIZE_CAP: u64 = 25 << 20;
const POLL: Duration = Duration::from_secs(60);
const IDLE_RENEW: Duration = Duration::from_secs(300);
const TIMEOUT: Duration = Duration::from_secs(60);
const POLL_LIMITS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(300);

/// The sources, with every fault reported.
pub(super) fn check(raw: RawSources, site: &Site<'_>, findings: &mut Findings<'_>) -> Vec<Source> {
    if raw.imap.is_empty() && raw.maildir.is_empty() {
        nowhere(findings);
    }
    let mut names = BTreeSet::new();
    for name in raw.imap.iter().map(|source| &source.name).chain(raw.maildir.iter().map(|source| &source.name)) {
        if !names.insert(name.get_ref().as_str()) {
            let remedy = "give each source a name of its own: the position in the mailbox is remembered under it";
            findings.refuse(&name.span(), format!("there are two sources named {}", name.get_ref()), remedy);
        }
    }
    let imap: Vec<_> = raw.imap.into_iter().map(|source| imap(source, site, findings).map(Source::Imap)).collect();
    let maildir = raw.maildir.into_iter().map(|source| maildir(source, site, findings).map(Source::Maildir));
    imap.into_iter().chain(maildir).flatten().collect()
}

/// No source at all.
pub(super) fn nowhere(findings: &mut Findings<'_>) {
    findings.refuse(&beginning(), "mail comes from nowhere", "add a table [[source.imap]] or [[source.maildir]]");
}

fn imap(raw: RawImap, site: &Site<'_>, findings: &mut Findings<'_>) -> Option<ImapSource> {
    let name = source_name(&raw.name, findings);
    let host = host(&raw.host, findings);
    let user = words(&raw.user, findings);
    let at = raw.name.span();
    let password = secret(raw.password_credential.as_ref(), raw.password_file.as_ref(), &at, site, findings);
    let ca_file = raw.ca_file.as_ref().map(|text| site.existing_file(text, "certificates", findings));
    let folders = match &raw.folders {
        None => Some(vec!["INBOX".to_owned()]),
        Some(folders) if folders.get_ref().is_empty() => {
            findings.refuse(&folders.span(), "an account of which no folder is read", "name at least one: [\"INBOX\"]");
            None
        }
        Some(folders) => folders.get_ref().iter().map(|text| words(text, findings)).collect(),
    };
    let mark = match &raw.mark {
        None => Some(Mark::Leave),
        Some(mark) => self::mark(mark, folders.as_deref().unwrap_or_default(), findings),
    };
    let address = match &raw.address {
        Some(text) => Some(parse(text, ADDRESS, findings)?),
        None => None,
    };
    let renew_limits = Duration::from_secs(10)..=IDLE_RENEW;
    Some(ImapSource {
        port: raw.port.map_or(PORT, toml::Spanned::into_inner),
        server_name: raw.server_name.map(toml::Spanned::into_inner),
        auth: match raw.auth {
            Some(RawAuth::XOAuth2) => ImapAuth::XOAuth2,
            Some(RawAuth::Plain) | None => ImapAuth::Plain,
        },
        size_cap: size_of(raw.size_cap.as_ref(), SIZE_CAP, findings),
        poll_interval: time_of(raw.poll_interval.as_ref(), POLL, POLL_LIMITS, "a reporter's answer waits for it", findings),
        idle_renew: time_of(
            raw.idle_renew.as_ref(),
            IDLE_RENEW,
            renew_limits,
            "firewalls forget silent connections, and mail would come in unseen",
            findings,
        ),
        timeout: time_of(
            raw.timeout.as_ref(),
            TIMEOUT,
            Duration::from_secs(1)..=Duration::from_secs(300),
            "a silent server is left and tried again",
            findings,
        ),
        name: name?,
        host: host?,
        user: user?,
        password: password?,
        ca_file,
        folders: folders?,
        address,
        mark: mark?,
    })
}

fn maildir(raw: RawMaildir, site: &Site<'_>, findings: &mut Findings<'_>) -> Option<MaildirSource> {
    let name = source_name(&raw.name, findings);
    let path = site.existing_directory(&raw.path, "Maildir", findings);
    let address = match &raw.address {
        Some(text) => Some(parse(text, ADDRESS, findings)?),
        None => None,
    };
    Some(MaildirSource {
        name: name?,
        path,
        address,
        size_cap: size_of(raw.size_cap.as_ref(), SIZE_CAP, findings),
        poll_interval: time_of(raw.poll_interval.as_ref(), POLL, POLL_LIMITS, "a reporter's answer waits for it", findings),
    })
}

fn source_name(text: &Text, findings: &mut Findings<'_>) -> Option<String> {
    let name = text.get_ref();
    if name.is_empty() || name.len() > 64 || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        findings.refuse(
            &text.span(),
            "this is no name of a source",
            "write one word of letters, digits, hyphens, dots: \"security\"",
        );
        return None;
    }
    Some(name.clone())
}

/// A server: a name or an address literal.
pub(super) fn host(text: &Text, findings: &mut Findings<'_>) -> Option<String> {
    let name = text.get_ref();
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-._:".contains(c)) {
        findings.refuse(
            &text.span(),
            "this is no name of a server",
            "write the name alone: \"mail.example.org\"; the port is the key `port`",
        );
        return None;
    }
    Some(name.clone())
}

fn mark(raw: &toml::Spanned<RawMark>, folders: &[String], findings: &mut Findings<'_>) -> Option<Mark> {
    match raw.get_ref() {
        RawMark::Leave => Some(Mark::Leave),
        RawMark::Keyword(word) => {
            // RFC 9051 section 9: a flag-keyword is an atom.
            let atom = |c: char| c.is_ascii_graphic() && !"(){%*\"\\]".contains(c);
            if word.is_empty() || !word.chars().all(atom) {
                findings.refuse(&raw.span(), "this is no IMAP keyword", "write one word: { keyword = \"$Embargod\" }");
                return None;
            }
            Some(Mark::Keyword(word.clone()))
        }
        RawMark::Move(folder) => {
            if folder.is_empty() || folders.contains(folder) {
                let problem = "mail would be moved into a folder that is read";
                findings.refuse(&raw.span(), problem, "name a folder that is not in `folders`: { move = \"Done\" }");
                return None;
            }
            Some(Mark::Move(folder.clone()))
        }
    }
}

/// The place of a secret: a credential or a file, exactly one of them, checked and readable.
pub(super) fn secret(
    credential: Option<&Text>,
    file: Option<&Text>,
    at: &std::ops::Range<usize>,
    site: &Site<'_>,
    findings: &mut Findings<'_>,
) -> Option<SecretPlace> {
    let place = secret_named("password", credential, file, at, site, findings)?;
    let text = credential.or(file)?;
    if site.reads_secrets()
        && let Err(fault) = place.read()
    {
        findings.refuse(&text.span(), fault.to_string(), fault.remedy());
        return None;
    }
    Some(place)
}

/// The place of a secret whose two keys begin with `what`; it is not read.
pub(super) fn secret_named(
    what: &str,
    credential: Option<&Text>,
    file: Option<&Text>,
    at: &std::ops::Range<usize>,
    site: &Site<'_>,
    findings: &mut Findings<'_>,
) -> Option<SecretPlace> {
    let path = match (credential, file) {
        (Some(name), None) => site.credential(name, findings)?,
        (None, Some(file)) => site.path(file),
        (Some(_), Some(file)) => {
            let remedy = format!("delete {what}-credential or {what}-file");
            findings.refuse(&file.span(), format!("the {what} has two places"), remedy);
            return None;
        }
        (None, None) => {
            let remedy =
                format!("add {what}-credential = \"NAME\" (systemd LoadCredential) or {what}-file = \"FILE\" (chmod 600)");
            findings.refuse(at, format!("the {what} has no place"), remedy);
            return None;
        }
    };
    Some(SecretPlace::new(path, site.us))
}
