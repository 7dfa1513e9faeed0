//! Bounces: delivery status notifications (RFC 3464), and the notices of mail systems that never heard of it.
//!
//! Promises: never takes a mail for a bounce on one sign alone; looks at the mail system's own words only, not at the copy of the original
//! below them; never runs longer than a few passes over the text. Two thirds of the real bounces we looked at do not follow RFC 3464:
//! their wordings are in `rules/bounces.toml`. Cannot fail: what is not recognised is no bounce. Anyone can write a bounce: what it says
//! proves nothing; the token of the envelope does.

mod formats;
mod report;
#[cfg(test)]
mod tests;

use super::{Address, Message, MessageId, PartRole, automatic::mailer_field, headers::Headers};

/// What a mail system says about a message of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    /// What happened.
    pub kind: BounceKind,
    /// For whom, as we addressed it where the notice says so (`Original-Recipient`, RFC 3464 2.3.1), else the final address.
    pub recipient: Option<Address>,
    /// The enhanced status code (RFC 3463): `5.1.1`.
    pub status: Option<String>,
    /// Whether trying again could help. A failed delivery can have a temporary cause: the queue gave up waiting (4.4.7).
    pub permanence: Permanence,
    /// What the refusing server said, at most 500 characters.
    pub diagnostic: Option<String>,
    /// The message that came back, where the notice shows its id.
    pub original_message_id: Option<MessageId>,
    /// What it says about further recipients of the same message (RFC 3464 2.3: a group each).
    pub also: Vec<Bounce>,
    /// How it was recognised: `rfc3464`, `arf`, or a format of `rules/bounces.toml`.
    pub format: String,
}

/// What happened to the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BounceKind {
    /// Given up. One failed recipient among others is enough.
    Failed,
    /// Still trying: no failure yet.
    Delayed,
    /// Delivered, relayed or expanded: good news somebody asked for.
    Delivered,
    /// A feedback report (RFC 5965): a reader or a DMARC check complained. The message did arrive.
    Complaint,
}

/// Whether trying again could help (RFC 3463 2: class 5 or 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permanence {
    /// Class 5, or words to that effect.
    Permanent,
    /// Class 4, or words to that effect.
    Temporary,
    /// The notice does not say.
    Unknown,
}

impl Permanence {
    fn of_status(status: &str) -> Self {
        match status.bytes().next() {
            Some(b'5') => Self::Permanent,
            Some(b'4') => Self::Temporary,
            _ => Self::Unknown,
        }
    }
}

/// The envelope id that we gave the message (`ENVID`, RFC 3461 4.4) as a report repeats it in `Original-Envelope-Id`. Anybody can write one: it is worth
/// what the secret in it is worth.
pub fn envelope_id(message: &Message) -> Option<String> {
    let part = message.parts.iter().find(|part| report::STATUS_TYPES.contains(&part.content_type.as_str()))?;
    report::envelope_id(&part.bytes)
}

/// Who or what shows that a mail system speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Signs {
    mailer: bool,
    subject: bool,
}

impl Signs {
    fn of(message: &Message, headers: &Headers<'_>) -> Self {
        let path = headers.first("Return-Path").map(|field| field.unfolded().to_ascii_lowercase()).unwrap_or_default();
        Self {
            mailer: mailer_field(headers).is_some() || path == "<>" || path.trim_start_matches('<').starts_with("mailer-daemon"),
            subject: formats::subject_says_so(&message.subject),
        }
    }
}

/// Recognises a bounce.
pub fn bounce(message: &Message) -> Option<Bounce> {
    let headers = message.headers();
    let content_type = headers.first("Content-Type").map(|field| field.unfolded().to_ascii_lowercase()).unwrap_or_default();
    let is_report = content_type.starts_with("multipart/report");
    let signs = Signs::of(message, &headers);
    if let Some(part) = message.parts.iter().find(|part| part.content_type == "message/feedback-report")
        && is_report
    {
        return Some(report::complaint(&part.bytes, message));
    }
    let status = message.parts.iter().find(|part| report::STATUS_TYPES.contains(&part.content_type.as_str()));
    if let Some(part) = status
        && (is_report || signs.mailer)
        && let Some(found) = report::per_recipient(&part.bytes)
    {
        return Some(completed(found, message, &headers));
    }
    let says_report = is_report && content_type.contains("delivery-status");
    let declared = says_report || (status.is_some() && signs.mailer);
    if declared || signs.mailer || signs.subject { formats::recognise(message, &headers, signs, declared) } else { None }
}

/// Fills what the standard fields left open from the rest of the notice.
fn completed(mut found: Bounce, message: &Message, headers: &Headers<'_>) -> Bounce {
    found.recipient = found.recipient.or_else(|| failed_recipients(headers));
    found.original_message_id = original_id(message, &message.text);
    found
}

/// Exim's and Gmail's own field.
fn failed_recipients(headers: &Headers<'_>) -> Option<Address> {
    let value = headers.first("X-Failed-Recipients")?.unfolded();
    value.split(',').find_map(|address| address.parse().ok())
}

/// The id of the message that came back: from the attached message, its attached header block, or a copy in the text. `In-Reply-To` of the
/// notice comes last (Gmail, Office 365).
fn original_id(message: &Message, text: &str) -> Option<MessageId> {
    let attached = message.forwarded.iter().find_map(|original| original.message_id.clone());
    let in_headers = |bytes: &[u8]| Headers::of(bytes).first("Message-ID").and_then(|field| field.unfolded().parse().ok());
    attached
        .or_else(|| {
            let original = |kind: &str| kind.ends_with("/rfc822-headers") || kind == "message/global-headers";
            message
                .parts
                .iter()
                .filter(|part| part.role == PartRole::Message || original(&part.content_type))
                .find_map(|part| in_headers(&part.bytes))
        })
        .or_else(|| formats::copied_id(text))
        .or_else(|| message.in_reply_to.first().cloned())
}
