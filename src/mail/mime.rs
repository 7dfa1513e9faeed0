//! The only module that names the MIME library (mail-parser), so that moving to its next version touches one file.

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::LazyLock,
};

use jiff::Timestamp;
use mail_parser::{MessageParser, MessagePart, MimeHeaders as _, PartType};

use super::{
    Address, ListId, Mailbox, MessageId, RawMessage,
    doubt::Doubt,
    headers::{Found, Headers},
    message::{
        Encryption, Flow, MAX_ADDRESSES, MAX_NESTING, MAX_PARTS, Message, Part, PartKind, PartRole, ReadLater, Unreadable,
    },
    wording::constant_bytes,
};

static ATTACHED: LazyLock<regex::bytes::Regex> = LazyLock::new(|| constant_bytes(r"(?i-u)message/(?:rfc822|global|news)"));

/// More mentions of an attached message than this: not taken apart.
const MAX_ATTACHED: usize = 1000;
/// Attached messages are copied when opened, each with all it holds. All together may cost three times the message, and this much always.
const FORWARDED_FLOOR: usize = 4 << 20;

/// Takes a raw message apart.
pub(super) fn parse(raw: &RawMessage) -> Result<Message, Unreadable> {
    // mail-parser 0.11.9 has debug assertions that malformed multiparts reach; one message must not end the daemon.
    catch_unwind(AssertUnwindSafe(|| {
        let found = Headers::find(raw.bytes());
        if Headers::again(raw.bytes(), &found).fields().next().is_none() {
            return Err(Unreadable::NoHeader);
        }
        // The library drops what it nested by recursion: ten thousand attached messages in each other would overflow a thread's stack.
        if ATTACHED.find_iter(raw.bytes()).nth(MAX_ATTACHED).is_some() {
            return Err(Unreadable::Structure);
        }
        let parsed = MessageParser::default().parse(raw.bytes()).ok_or(Unreadable::NoHeader)?;
        let mut budget = FORWARDED_FLOOR.max(raw.len().saturating_mul(3));
        Ok(decode(raw.clone(), found, &parsed, 0, &mut budget))
    }))
    .unwrap_or(Err(Unreadable::Structure))
}

fn decode(raw: RawMessage, found: Found, parsed: &mail_parser::Message<'_>, depth: usize, budget: &mut usize) -> Message {
    let headers = Headers::again(raw.bytes(), &found);
    let ids_in = |name: &str| headers.first(name).map(|field| message_ids(&field.unfolded())).unwrap_or_default();
    let mut doubts = super::doubt::structural(raw.bytes(), &headers, &multiparts(parsed));
    let mut message = Message {
        from: mailboxes(parsed.from(), &mut doubts),
        sender: mailboxes(parsed.sender(), &mut doubts).into_iter().next(),
        reply_to: mailboxes(parsed.reply_to(), &mut doubts),
        to: parsed.all_to().flat_map(|to| mailboxes(Some(to), &mut doubts)).collect(),
        cc: parsed.all_cc().flat_map(|cc| mailboxes(Some(cc), &mut doubts)).collect(),
        subject: parsed.subject().unwrap_or_default().chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
        message_id: ids_in("Message-ID").into_iter().next(),
        in_reply_to: ids_in("In-Reply-To"),
        references: ids_in("References"),
        date: parsed.date().and_then(|date| Timestamp::from_second(date.to_timestamp()).ok()),
        list_ids: headers.all("List-Id").filter_map(|field| field.unfolded().parse::<ListId>().ok()).collect(),
        text: String::new(),
        flow: Flow::Fixed,
        parts: Vec::new(),
        forwarded: Vec::new(),
        encryption: Encryption::None,
        doubts: Vec::new(),
        read: ReadLater::of(found.clone()),
        raw,
    };
    if parsed.parts.len() > MAX_PARTS {
        doubts.push(Doubt::TooMany);
    }
    let bodies: BTreeSet<u32> = parsed.text_body.iter().chain(&parsed.html_body).copied().collect();
    for (index, part) in parsed.parts.iter().take(MAX_PARTS).enumerate() {
        let role = match (&part.body, bodies.contains(&u32::try_from(index).unwrap_or(u32::MAX))) {
            (PartType::Message(_), _) => PartRole::Message,
            (PartType::Text(_) | PartType::Html(_), true) if !is_attachment(part) => PartRole::Body,
            _ => PartRole::Attachment,
        };
        if part.is_encoding_problem {
            doubts.push(Doubt::BrokenEncoding);
        }
        read_part(&mut message, part, role);
        if let PartType::Message(inner) = &part.body {
            let size = inner.raw_message().len();
            if depth + 1 >= MAX_NESTING || size > *budget {
                doubts.push(Doubt::TooDeep);
            } else {
                *budget -= size;
                let bytes = RawMessage::new(inner.raw_message());
                let found = Headers::find(bytes.bytes());
                message.forwarded.push(decode(bytes, found, inner, depth + 1, budget));
            }
        }
    }
    if message.encryption == Encryption::None && message.text.lines().any(|line| line.trim_end() == "-----BEGIN PGP MESSAGE-----")
    {
        message.encryption = Encryption::InlinePgp;
    }
    if message.from.is_empty() {
        doubts.push(Doubt::NoAuthor);
    }
    doubts.sort();
    doubts.dedup();
    message.doubts = doubts;
    message
}

fn read_part(message: &mut Message, part: &MessagePart<'_>, role: PartRole) {
    let content_type = content_type(part);
    match content_type.as_str() {
        "multipart/encrypted" => message.encryption = Encryption::PgpMime,
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => message.encryption = Encryption::Smime,
        _ => {}
    }
    let bytes = match &part.body {
        PartType::Text(text) => {
            if role == PartRole::Body {
                if !message.text.is_empty() && !message.text.ends_with('\n') {
                    message.text.push('\n');
                }
                message.text.push_str(&text.replace("\r\n", "\n"));
                let says = |name: &str, value: &str| {
                    part.content_type().and_then(|ct| ct.attribute(name)).is_some_and(|said| said.eq_ignore_ascii_case(value))
                };
                if says("format", "flowed") {
                    message.flow = if says("delsp", "yes") { Flow::FlowedDelSp } else { Flow::Flowed };
                }
            }
            text.as_bytes().to_vec()
        }
        PartType::Html(html) => html.as_bytes().to_vec(),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => bytes.to_vec(),
        PartType::Message(inner) => inner.raw_message().to_vec(),
        PartType::Multipart(_) => return,
    };
    let name = part.attachment_name().map(str::to_owned);
    let kind = if matches!(part.body, PartType::Html(_)) { PartKind::Html } else { PartKind::Other };
    message.parts.push(Part { content_type, name, role, bytes, kind });
}

fn is_attachment(part: &MessagePart<'_>) -> bool {
    part.content_disposition().is_some_and(mail_parser::ContentType::is_attachment)
}

fn content_type(part: &MessagePart<'_>) -> String {
    match part.content_type() {
        Some(ct) => format!("{}/{}", ct.ctype(), ct.subtype().unwrap_or("plain")).to_ascii_lowercase(),
        None if matches!(part.body, PartType::Message(_)) => "message/rfc822".to_owned(),
        None => "text/plain".to_owned(),
    }
}

/// The boundaries of all multiparts of this message, attached messages left out.
fn multiparts(parsed: &mail_parser::Message<'_>) -> Vec<Option<String>> {
    let multipart = |part: &&MessagePart<'_>| part.content_type().is_some_and(|ct| ct.ctype().eq_ignore_ascii_case("multipart"));
    // Of two boundary parameters some readers take the first, some the last.
    let boundary = |part: &MessagePart<'_>| {
        let content_type = part.content_type()?;
        let mut boundaries =
            content_type.attributes()?.iter().filter(|attribute| attribute.name.eq_ignore_ascii_case("boundary"));
        let first = boundaries.next()?;
        boundaries.next().is_none().then(|| first.value.to_string())
    };
    parsed.parts.iter().take(MAX_PARTS).filter(multipart).map(boundary).collect()
}

fn mailboxes(field: Option<&mail_parser::Address<'_>>, doubts: &mut Vec<Doubt>) -> Vec<Mailbox> {
    let Some(field) = field else { return Vec::new() };
    let mut found = Vec::new();
    for (index, entry) in field.iter().enumerate() {
        if index >= MAX_ADDRESSES {
            doubts.push(Doubt::TooMany);
            break;
        }
        let address = entry.address.as_deref().and_then(|address| address.parse::<Address>().ok());
        if let Some(address) = address {
            let name = entry.name.as_deref().map(|name| name.chars().filter(|c| !c.is_control()).collect());
            found.push(Mailbox { name, address });
        }
    }
    found
}

/// How many mailboxes an address field names, those that are no addresses included.
pub(super) fn mailboxes_in(value: &[u8]) -> usize {
    let mut field = b"From:".to_vec();
    field.extend_from_slice(value);
    field.extend_from_slice(b"\r\n\r\n");
    catch_unwind(|| {
        MessageParser::default().parse(&field).map_or(0, |parsed| parsed.from().map_or(0, |from| from.iter().count()))
    })
    .unwrap_or(usize::MAX)
}

/// The ids in a field: what stands between angle brackets, blanks from folding removed; without any brackets, the words with an `@`. The
/// phrases that old mailers put into In-Reply-To (RFC 5322 4.5.4) are no ids.
fn message_ids(value: &str) -> Vec<MessageId> {
    if !value.contains('<') {
        return value
            .split([' ', ','])
            .filter(|word| word.contains('@'))
            .take(MAX_ADDRESSES)
            .filter_map(|word| word.parse().ok())
            .collect();
    }
    let bracketed = value.split('<').skip(1).filter_map(|rest| rest.split_once('>')).take(MAX_ADDRESSES);
    bracketed.filter_map(|(id, _)| id.chars().filter(|c| !c.is_whitespace()).collect::<String>().parse().ok()).collect()
}

/// The text of an unstructured value with its encoded words decoded (RFC 2047): for fields the message view has no place for.
pub fn decoded(value: &str) -> String {
    // The library decodes encoded words in the fields it knows as text only.
    let field = format!("Subject: {}\r\n\r\n", value.replace(['\r', '\n'], " "));
    MessageParser::default()
        .parse(field.as_bytes())
        .and_then(|parsed| parsed.subject().map(str::to_owned))
        .unwrap_or_else(|| value.to_owned())
}
