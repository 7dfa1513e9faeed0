//! The wordings of mail systems, read from `rules/bounces.toml` once.

use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use super::{Bounce, BounceKind, Permanence, Signs, failed_recipients, original_id};
use crate::mail::{
    Address, AutomaticKind, Message, MessageId, automatic,
    automatic::{is_mailer, mailer_field},
    headers::Headers,
};

/// A notice is short; what a longer one says in its first part is enough.
const MAX_NOTICE: usize = 64 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    subjects: Vec<String>,
    failed: String,
    delayed: String,
    #[serde(rename = "given-up")]
    given_up: String,
    permanent: String,
    temporary: String,
    copy: String,
    format: Vec<WrittenFormat>,
    recipients: WrittenRecipients,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFormat {
    name: String,
    opening: String,
    recipient: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRecipients {
    patterns: Vec<String>,
}

pub(super) struct Wordings {
    subjects: Vec<Regex>,
    failed: Regex,
    delayed: Regex,
    given_up: Regex,
    permanent: Regex,
    temporary: Regex,
    copy: Regex,
    formats: Vec<Format>,
    recipients: Vec<Regex>,
    status: Regex,
    reply: Regex,
    message_id: Regex,
}

struct Format {
    name: String,
    opening: Regex,
    recipients: Vec<Regex>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum BadWordings {
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    #[error("{0}")]
    Pattern(#[from] regex::Error),
}

impl Wordings {
    pub(super) fn read(text: &str) -> Result<Self, BadWordings> {
        let written: Written = toml::from_str(text)?;
        let all = |patterns: &[String]| patterns.iter().map(|pattern| Regex::new(pattern)).collect::<Result<Vec<_>, _>>();
        let format = |format: WrittenFormat| -> Result<Format, regex::Error> {
            Ok(Format { name: format.name, opening: Regex::new(&format.opening)?, recipients: all(&format.recipient)? })
        };
        Ok(Self {
            subjects: all(&written.subjects)?,
            failed: Regex::new(&written.failed)?,
            delayed: Regex::new(&written.delayed)?,
            given_up: Regex::new(&written.given_up)?,
            permanent: Regex::new(&written.permanent)?,
            temporary: Regex::new(&written.temporary)?,
            copy: Regex::new(&written.copy)?,
            formats: written.format.into_iter().map(format).collect::<Result<_, _>>()?,
            recipients: all(&written.recipients.patterns)?,
            // Not a part of an IP address or a version.
            status: Regex::new(r"(?m)(?:^|[^\d.])([245]\.\d{1,3}\.\d{1,3})(?:[^\d.]|\.\s|\.?$)")?,
            reply: Regex::new(r"(?m)(?:^|[\s:>'(])([45]\d\d)(?:[ -]|: )\D")?,
            message_id: Regex::new(r"(?im)^[> ]{0,4}message-id:\s*(<[^<>\s]+>)")?,
        })
    }
}

#[expect(clippy::expect_used, reason = "the file is part of the program; a test reads it")]
static WORDINGS: LazyLock<Wordings> =
    LazyLock::new(|| Wordings::read(include_str!("../../../rules/bounces.toml")).expect("rules/bounces.toml is readable"));

/// Whether the subject is one of a bounce.
pub(super) fn subject_says_so(subject: &str) -> bool {
    WORDINGS.subjects.iter().any(|pattern| pattern.is_match(subject))
}

/// The Message-ID line of a copy of the original in the text.
pub(super) fn copied_id(text: &str) -> Option<MessageId> {
    let notice = head(text);
    let begin = WORDINGS.copy.find(notice).map_or(0, |found| found.start());
    WORDINGS.message_id.captures(notice.get(begin..)?)?.get(1)?.as_str().parse().ok()
}

fn head(text: &str) -> &str {
    let mut end = text.len().min(MAX_NOTICE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// Recognises a notice by its words. `declared`: its MIME structure says that it is a delivery report, only without usable fields.
pub(super) fn recognise(message: &Message, headers: &Headers<'_>, signs: Signs, declared: bool) -> Option<Bounce> {
    // A person quotes the notice he asks about; a mail system quotes nothing.
    let author = message.from.first().map(|mailbox| &mailbox.address);
    let postmaster = author.is_some_and(|author| author.local().eq_ignore_ascii_case("postmaster"));
    let text = if signs.mailer || postmaster || declared { message.readable_text() } else { &message.own_words().text };
    let text = head(text);
    let notice = WORDINGS.copy.find(text).map_or(text, |copy| text.get(..copy.start()).unwrap_or(text));
    let format = WORDINGS.formats.iter().find(|format| format.opening.is_match(notice));
    let failed_field = failed_recipients(headers);
    let written_by_mailer = mailer_field(headers).is_some() || postmaster;
    let delayed = WORDINGS.delayed.is_match(notice);
    let failed_words = delayed || WORDINGS.failed.is_match(notice);
    let recognised = match format {
        Some(_) => signs.mailer || signs.subject || declared,
        // No wording we know. A null reverse path alone may be a vacation notice that speaks of a mailbox.
        None => {
            declared
                || failed_field.is_some()
                || (written_by_mailer && (signs.subject || failed_words || !message.forwarded.is_empty()))
                || (signs.mailer && signs.subject && failed_words)
        }
    };
    if !recognised || answers_by_itself(message) {
        return None;
    }
    let status = first_group(&WORDINGS.status, notice).map(str::to_owned);
    let kind = match () {
        () if delayed && !WORDINGS.given_up.is_match(notice) => BounceKind::Delayed,
        () => BounceKind::Failed,
    };
    Some(Bounce {
        kind,
        recipient: failed_field.or_else(|| recipient(notice, format, message)).or_else(|| returned_to(message)),
        permanence: permanence(notice, status.as_deref(), kind),
        status,
        diagnostic: diagnostic(notice),
        original_message_id: original_id(message, text),
        also: Vec::new(),
        format: format.map_or("unnamed", |format| &format.name).to_owned(),
    })
}

/// A vacation notice may well say "could not be delivered"; its subject gives it away.
fn answers_by_itself(message: &Message) -> bool {
    automatic(message).is_some_and(|mark| matches!(mark.kind, AutomaticKind::Vacation | AutomaticKind::ChallengeResponse))
}

fn recipient(notice: &str, format: Option<&Format>, message: &Message) -> Option<Address> {
    let ours = |address: &Address| {
        message.from.iter().chain(&message.to).any(|mailbox| mailbox.address == *address)
            || is_mailer(address)
            || address.local().eq_ignore_ascii_case("postmaster")
    };
    let specific = format.map(|format| format.recipients.as_slice()).unwrap_or_default();
    specific.iter().chain(&WORDINGS.recipients).find_map(|pattern| {
        let found = pattern.captures_iter(notice).filter_map(|found| bare(found.get(1)?.as_str()).parse::<Address>().ok());
        found.take(100).find(|address| !ours(address))
    })
}

/// An address without the colon behind it or the table's border before it: some notices print both without a blank.
pub(super) fn bare(found: &str) -> &str {
    let border = |c: char| !c.is_ascii() && !c.is_alphanumeric();
    let cell = found.rsplit(border).find(|cell| cell.contains('@')).unwrap_or(found);
    cell.trim_end_matches([':', '.', ',', ';'])
}

/// Whom the message that came back was for, where it is attached and names one recipient: some notices show nobody.
fn returned_to(message: &Message) -> Option<Address> {
    let [only] = message.forwarded.first()?.to.as_slice() else { return None };
    Some(only.address.clone()).filter(|address| !message.to.iter().any(|ours| ours.address == *address))
}

fn permanence(notice: &str, status: Option<&str>, kind: BounceKind) -> Permanence {
    if kind == BounceKind::Delayed {
        return Permanence::Temporary;
    }
    let code = status.or_else(|| first_group(&WORDINGS.reply, notice));
    match code.map_or(Permanence::Unknown, Permanence::of_status) {
        Permanence::Unknown if WORDINGS.temporary.is_match(notice) => Permanence::Temporary,
        Permanence::Unknown if WORDINGS.permanent.is_match(notice) => Permanence::Permanent,
        known => known,
    }
}

/// The line that carries the refusing server's reply.
fn diagnostic(notice: &str) -> Option<String> {
    let line = notice.lines().find(|line| WORDINGS.status.is_match(line) || WORDINGS.reply.is_match(line))?;
    Some(line.trim().chars().filter(|c| !c.is_control()).take(500).collect())
}

fn first_group<'t>(pattern: &Regex, text: &'t str) -> Option<&'t str> {
    pattern.captures(text)?.get(1).map(|found| found.as_str())
}
