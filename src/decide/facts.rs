//! What a triage notice names of a report: seen in the text, judged by nobody (P6, P11, P13).

use std::{collections::BTreeSet, sync::LazyLock};

use regex::Regex;

use crate::{
    classify,
    compose::{AttachmentFact, Facts},
    disclosure::Project,
    mail::{self, Address, Message},
};

/// More findings of one kind than this are noise.
const MOST: usize = 12;

static CVE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)\bCVE-\d{4}-\d{4,7}\b").ok());
static VERSION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:v(?:ersion)?s?\.?\s*)?(\d{1,2}\.\d{1,3}(?:\.(?:\d{1,4}|x))?(?:-?rc\d{1,2})?|\d{1,2}\.x)\b").ok()
});
static DATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let month = "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
    Regex::new(&format!(
        r"(?i)\b(?:\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{month}\b(?:,?\s+\d{{4}})?|{month}\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}})?|(?:in|within|after)\s+\d{{1,3}}\s+(?:working\s+)?(?:days|weeks))\b"
    ))
    .ok()
});

/// What is to be seen in a report.
pub fn seen(message: &Message, project: &Project) -> Facts {
    let text = format!("{}\n{}", message.subject, readable(message));
    Facts {
        cves: named_cves(&text),
        versions: found(&VERSION, &text),
        dates: found(&DATE, &text),
        attachments: message
            .attachments()
            .take(MOST)
            .map(|part| AttachmentFact { content_type: part.content_type.clone(), bytes: part.bytes.len() })
            .collect(),
        public_recipients: public_recipients(message, project),
        answers_to: answers_to(message),
        beyond_cap: None,
        upstream: None,
        asks_discoverer: false,
        taken_from: None,
    }
}

/// Its Reply-To, where that is one address and not the author's: `noreply@` of a tracker, an alias that nobody reads.
fn answers_to(message: &Message) -> Option<Address> {
    let [to] = message.reply_to.as_slice() else { return None };
    (message.author() != Some(&to.address)).then(|| to.address.clone())
}

/// The public addresses among its recipients, and among those of what it passes on: whoever forwards a report sends it to us alone, and its writer may
/// have sent it to a list.
fn public_recipients(message: &Message, project: &Project) -> Vec<Address> {
    let mut found: Vec<Address> = Vec::new();
    let pasted = if classify::is_forward(&message.subject) { mail::pasted(message) } else { Vec::new() };
    let pasted = pasted.into_iter().flat_map(|head| head.recipients).filter(|address| project.is_public(address));
    let sent = std::iter::once(message).chain(&message.forwarded).flat_map(|mail| project.public_recipients(mail)).cloned();
    for address in sent.chain(pasted) {
        if found.len() < MOST && !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

/// The CVE ids that a mail names, with those attached to it (P13).
pub fn cves(message: &Message) -> Vec<String> {
    named_cves(&format!("{}\n{}", message.subject, readable(message)))
}

fn named_cves(text: &str) -> Vec<String> {
    found(&CVE, text).into_iter().map(|cve| cve.to_ascii_uppercase()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The text of the message and of those attached to it, cut where nobody would read on.
fn readable(message: &Message) -> String {
    let mut text: String = message.readable_text().chars().take(200_000).collect();
    for inner in &message.forwarded {
        text.push('\n');
        text.extend(inner.readable_text().chars().take(200_000));
    }
    text
}

fn found(pattern: &LazyLock<Option<Regex>>, text: &str) -> Vec<String> {
    let Some(pattern) = pattern.as_ref() else { return Vec::new() };
    let mut seen = BTreeSet::new();
    let once = |hit: regex::Match<'_>| seen.insert(hit.as_str().to_lowercase()).then(|| hit.as_str().to_owned());
    pattern.find_iter(text).take(500).filter_map(once).take(MOST).collect()
}
