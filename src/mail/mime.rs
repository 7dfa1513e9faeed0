//! The only module that names the MIME library (mail-parser), so that moving to its next version touches one file.

mod around;
#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
};

use jiff::Timestamp;
use mail_parser::{MessageParser, MessagePart, MimeHeaders as _, PartType};
use memchr::{memchr, memchr_iter, memmem};

use super::{
    Address, ListId, Mailbox, MessageId, RawMessage,
    doubt::Doubt,
    headers::{Found, Headers},
    message::{
        Encryption, Flow, MAX_ADDRESSES, MAX_NESTING, MAX_PARTS, Message, Part, PartKind, PartRole, ReadLater, Unreadable,
    },
};

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
        if mentions_of_messages(raw.bytes()).nth(MAX_ATTACHED).is_some() {
            return Err(Unreadable::Structure);
        }
        let (bytes, cut) = affordable(raw.bytes(), &found);
        let parsed = MessageParser::default().parse(bytes.as_ref()).ok_or(Unreadable::NoHeader)?;
        let mut budget = FORWARDED_FLOOR.max(raw.len().saturating_mul(3));
        let mut message = decode(raw.clone(), found, parsed, 0, &mut budget);
        if cut == Cut::Yes && !message.doubts.contains(&Doubt::TooMany) {
            message.doubts.push(Doubt::TooMany);
            message.doubts.sort();
        }
        Ok(message)
    }))
    .unwrap_or(Err(Unreadable::Structure))
}

/// Whether something was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Yes,
    No,
}

/// Up to this size the library may have all of a message: its work stays small.
const SMALL: usize = 1 << 20;
/// The library keeps some two hundred bytes for each field and each part, however short. It gets no more of the header block than this,
const MAX_HEADER: usize = 1 << 20;
/// no more of a field than this (RFC 5322 2.1.1 knows lines of 998 bytes; a list of a thousand addresses takes less),
const MAX_FIELD: usize = 1 << 18;
/// and nothing behind so many lines that may be delimiters, or fields of parts and attached messages.
const MAX_DELIMITERS: usize = 100_000;
const MAX_COLONS: usize = 500_000;

/// The fields that are read through the library.
const READ: [&str; 11] = [
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Disposition",
];

/// The message without what would cost the library more memory than the message is worth. Nearly always that is all of it.
fn affordable<'r>(raw: &'r [u8], found: &Found) -> (Cow<'r, [u8]>, Cut) {
    if raw.len() <= SMALL {
        return (raw.into(), Cut::No);
    }
    let headers = Headers::again(raw, found);
    let end = memmem::find_iter(raw, b"\n--").nth(MAX_DELIMITERS).unwrap_or(raw.len());
    let body = raw.get(headers.block().len()..end).unwrap_or_default();
    let end = fields_in(body).nth(MAX_COLONS).map_or(end, |at| headers.block().len() + at);
    let kept = raw.get(..end).unwrap_or(raw);
    let cut = if end < raw.len() { Cut::Yes } else { Cut::No };
    if headers.block().len() <= MAX_HEADER && headers.fields().all(|field| field.whole.len() <= MAX_FIELD) {
        return (kept.into(), cut);
    }
    let body = kept.get(headers.block().len()..).unwrap_or_default();
    let mut reduced = Vec::with_capacity(MAX_HEADER + body.len());
    for field in headers.fields() {
        // What decides about the message finds room behind any amount of other fields.
        let room = if READ.iter().any(|name| field.is(name)) { 4 * MAX_HEADER } else { MAX_HEADER };
        match field.whole.get(..MAX_FIELD) {
            _ if reduced.len() + field.whole.len().min(MAX_FIELD) > room => {}
            None => reduced.extend_from_slice(field.whole),
            Some(head) => {
                reduced.extend_from_slice(head);
                reduced.extend_from_slice(b"\r\n");
            }
        }
    }
    reduced.extend_from_slice(body);
    (reduced.into(), Cut::Yes)
}

/// Where lines begin that may be header fields.
fn fields_in(body: &[u8]) -> impl Iterator<Item = usize> {
    let mut before = 0;
    memchr_iter(b'\n', body).filter_map(move |end| {
        let start = std::mem::replace(&mut before, end + 1);
        memchr(b':', body.get(start..end)?).map(|_| start)
    })
}

/// Where `message/rfc822` and its like stand, in any case.
fn mentions_of_messages(bytes: &[u8]) -> impl Iterator<Item = usize> {
    memchr_iter(b'/', bytes).filter(|at| {
        let before = at.checked_sub(7).and_then(|from| bytes.get(from..*at)).unwrap_or_default();
        let after = bytes.get(at + 1..).unwrap_or_default();
        let follows = |name: &[u8]| after.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name));
        before.eq_ignore_ascii_case(b"message") && (follows(b"rfc822") || follows(b"global") || follows(b"news"))
    })
}

fn decode(raw: RawMessage, found: Found, mut parsed: mail_parser::Message<'_>, depth: usize, budget: &mut usize) -> Message {
    let headers = Headers::again(raw.bytes(), &found);
    let ids_in = |name: &str| headers.first(name).map(|field| message_ids(&field.unfolded())).unwrap_or_default();
    let boundaries = multiparts(&parsed);
    let mut doubts = super::doubt::structural(raw.bytes(), &headers, &boundaries);
    let mut message = Message {
        from: mailboxes(parsed.from(), &mut doubts),
        sender: mailboxes(parsed.sender(), &mut doubts).into_iter().next(),
        reply_to: mailboxes(parsed.reply_to(), &mut doubts),
        to: parsed.all_to().flat_map(|to| mailboxes(Some(to), &mut doubts)).collect(),
        cc: parsed.all_cc().flat_map(|cc| mailboxes(Some(cc), &mut doubts)).collect(),
        subject: printable(parsed.subject().unwrap_or_default()),
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
        around: around::text(headers.block(), headers.body(), &boundaries),
        doubts: Vec::new(),
        read: ReadLater::of(found.clone()),
        raw,
    };
    if parsed.parts.len() > MAX_PARTS {
        doubts.push(Doubt::TooMany);
    }
    let bodies: BTreeSet<u32> = parsed.text_body.iter().chain(&parsed.html_body).copied().collect();
    for (index, part) in parsed.parts.iter_mut().take(MAX_PARTS).enumerate() {
        let role = match (&part.body, bodies.contains(&u32::try_from(index).unwrap_or(u32::MAX))) {
            (PartType::Message(_), _) => PartRole::Message,
            (PartType::Text(_) | PartType::Html(_), true) if !is_attachment(part) => PartRole::Body,
            _ => PartRole::Attachment,
        };
        if part.is_encoding_problem {
            doubts.push(Doubt::BrokenEncoding);
        }
        let body = std::mem::take(&mut part.body);
        if let Some(inner) = read_part(&mut message, part, body, role) {
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
    if message.encryption == Encryption::None && has_armour(&message.text) {
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

/// More of a subject is not read; the message has [`Doubt::HugeHeader`].
const MAX_SUBJECT: usize = 102_400;

fn printable(subject: &str) -> String {
    let subject = subject.get(..subject.floor_char_boundary(MAX_SUBJECT)).unwrap_or(subject);
    subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

const ARMOUR: &str = "-----BEGIN PGP MESSAGE-----";

/// Whether the line that begins an OpenPGP message stands there.
fn has_armour(text: &str) -> bool {
    memmem::find_iter(text.as_bytes(), ARMOUR).any(|at| {
        let starts_line = at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n');
        let rest = text.get(at + ARMOUR.len()..).unwrap_or_default();
        starts_line && rest.lines().next().is_none_or(|rest| rest.trim_end().is_empty())
    })
}

/// Puts a part in its place; gives back the attached message.
fn read_part<'x>(
    message: &mut Message,
    part: &MessagePart<'x>,
    body: PartType<'x>,
    role: PartRole,
) -> Option<mail_parser::Message<'x>> {
    let content_type = content_type(part, &body);
    match content_type.as_str() {
        "multipart/encrypted" => message.encryption = Encryption::PgpMime,
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => message.encryption = Encryption::Smime,
        _ => {}
    }
    let kind = if matches!(body, PartType::Html(_)) { PartKind::Html } else { PartKind::Other };
    let (bytes, inner) = match body {
        PartType::Text(text) => {
            if role == PartRole::Body {
                if !message.text.is_empty() && !message.text.ends_with('\n') {
                    message.text.push('\n');
                }
                push_lines(&mut message.text, &text);
                let says = |name: &str, value: &str| {
                    part.content_type().and_then(|ct| ct.attribute(name)).is_some_and(|said| said.eq_ignore_ascii_case(value))
                };
                if says("format", "flowed") {
                    message.flow = if says("delsp", "yes") { Flow::FlowedDelSp } else { Flow::Flowed };
                }
            }
            (text.into_owned().into_bytes(), None)
        }
        PartType::Html(html) => (html.into_owned().into_bytes(), None),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => (Cow::into_owned(bytes), None),
        PartType::Message(inner) => (inner.raw_message().to_vec(), Some(inner)),
        PartType::Multipart(_) => return None,
    };
    let name = part.attachment_name().map(str::to_owned);
    let description = part.content_description().map(str::to_owned);
    message.parts.push(Part { content_type, name, description, role, bytes, kind });
    inner
}

/// The text with `\n` for `\r\n`.
fn push_lines(out: &mut String, text: &str) {
    out.reserve(text.len());
    let bytes = text.as_bytes();
    let mut from = 0;
    for at in memchr_iter(b'\r', bytes).filter(|at| bytes.get(at + 1) == Some(&b'\n')) {
        out.push_str(text.get(from..at).unwrap_or_default());
        from = at + 1;
    }
    out.push_str(text.get(from..).unwrap_or_default());
}

fn is_attachment(part: &MessagePart<'_>) -> bool {
    part.content_disposition().is_some_and(mail_parser::ContentType::is_attachment)
}

fn content_type(part: &MessagePart<'_>, body: &PartType<'_>) -> String {
    match part.content_type() {
        Some(ct) => format!("{}/{}", ct.ctype(), ct.subtype().unwrap_or("plain")).to_ascii_lowercase(),
        None if matches!(body, PartType::Message(_)) => "message/rfc822".to_owned(),
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
