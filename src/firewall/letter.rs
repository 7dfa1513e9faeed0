//! A letter as everybody who gets it might read it: each text in it, decoded.

use std::{fmt, ops::Range};

use data_encoding::BASE64;

use super::fold;
use crate::mail::{self, Address, Digest, Message, PartRole, RawMessage};

/// Where in a letter something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A header field, `Subject` among them.
    Header,
    /// The text.
    Text,
    /// Part of that number, from 1, nested messages counted through: its words, or its bytes.
    Part(usize),
    /// The name of the part of that number.
    PartName(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Header => f.write_str("header"),
            Place::Text => f.write_str("text"),
            Place::Part(number) => write!(f, "part {number}"),
            Place::PartName(number) => write!(f, "name of part {number}"),
        }
    }
}

/// One text of a letter.
pub(super) struct View {
    pub(super) place: Place,
    pub(super) text: String,
    /// Lines of the letter before the first of this text, when it was decoded out of the middle of another.
    pub(super) lines_before: usize,
}

/// A letter taken apart for the scan. `Debug` shows counts only.
pub struct Letter {
    pub(super) views: Vec<View>,
    pub(super) digests: Vec<(Place, Digest)>,
    pub(super) to: Vec<Address>,
    opaque: usize,
}

/// Something encoded inside something encoded is followed so far.
const DEEP: usize = 3;
/// Fewer characters of base64 in a row are words.
const SHORTEST_BASE64: usize = 40;
/// Header fields that transports write or that hold addresses: nothing a writer can put a secret in, and long.
const PLUMBING: [&str; 8] =
    ["dkim-signature", "arc-seal", "arc-message-signature", "to", "from", "sender", "date", "mime-version"];

impl Letter {
    /// A plain text.
    pub fn of_text(text: &str) -> Self {
        let mut letter = Self::empty();
        letter.add(Place::Text, text.to_owned(), 0);
        letter
    }

    /// The bytes of a letter as it will be sent. What is no message is read as text.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        match Message::parse(&RawMessage::new(bytes)) {
            Ok(message) => Self::of(&message),
            Err(_) => Self::of_text(&String::from_utf8_lossy(bytes)),
        }
    }

    /// A file by its name and its bytes. What its words are is for the caller, who knows what kind of file it is ([`Letter::of_text`]).
    pub fn of_file(name: &str, bytes: &[u8]) -> Self {
        let mut letter = Self::empty();
        letter.add(Place::PartName(1), name.to_owned(), 0);
        letter.digests.push((Place::Part(1), Digest::of(bytes)));
        letter
    }

    /// A message.
    pub fn of(message: &Message) -> Self {
        let mut letter = Self::empty();
        letter.to = message.to.iter().map(|mailbox| mailbox.address.clone()).collect();
        letter.message(message, &mut 0);
        letter
    }

    fn empty() -> Self {
        Self { views: Vec::new(), digests: Vec::new(), to: Vec::new(), opaque: 0 }
    }

    /// How many parts could not be read: encrypted, packed, pictures. Only their names and digests were compared.
    pub fn opaque(&self) -> usize {
        self.opaque
    }

    fn message(&mut self, message: &Message, number: &mut usize) {
        let fields: Vec<String> = message
            .headers()
            .fields()
            .filter(|field| !PLUMBING.iter().any(|name| field.is(name)))
            .map(|field| mail::decoded(&field.unfolded()))
            .collect();
        self.add(Place::Header, fields.join("\n"), 0);
        self.add(Place::Text, message.text.clone(), 0);
        for part in &message.parts {
            *number += 1;
            let place = Place::Part(*number);
            if let Some(name) = &part.name {
                self.add(Place::PartName(*number), name.clone(), 0);
            }
            self.digests.push((place, Digest::of(&part.bytes)));
            if part.role == PartRole::Message {
                continue;
            }
            let is_text = part.role == PartRole::Body && part.content_type == "text/plain";
            match readable(&part.bytes) {
                Some(text) if part.content_type == "text/html" => {
                    self.add(place, without_tags(&text), 0);
                    // Comments and attributes are read by whoever looks at the source.
                    self.add(place, text, 0);
                }
                Some(text) if !is_text => {
                    if part.bytes.contains(&b'\r') {
                        self.digests.push((place, Digest::of(text.replace("\r\n", "\n").as_bytes())));
                    }
                    self.add(place, text, 0);
                }
                Some(_) => {}
                None => self.opaque += 1,
            }
        }
        for inner in &message.forwarded {
            self.message(inner, number);
        }
    }

    /// Adds a text, and what is encoded in it.
    fn add(&mut self, place: Place, text: String, lines_before: usize) {
        self.add_nested(place, text, lines_before, DEEP);
    }

    fn add_nested(&mut self, place: Place, text: String, lines_before: usize, deep: usize) {
        if text.is_empty() {
            return;
        }
        if deep > 0 {
            for (lines, decoded) in base64(&text) {
                self.add_nested(place, decoded, lines_before + lines.start, deep - 1);
            }
            if let Some(decoded) = quoted_printable(&text) {
                self.add_nested(place, decoded, lines_before, 0);
            }
        }
        self.views.push(View { place, text, lines_before });
    }
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Letter({} texts, {} opaque parts)", self.views.len(), self.opaque)
    }
}

/// The bytes as text, if they are text: UTF-8, UTF-16 with or without its mark, or one of the 8-bit sets.
pub(super) fn readable(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..bytes.len().min(512)).unwrap_or_default();
    let nulls = head.iter().filter(|byte| **byte == 0).count();
    if bytes.starts_with(&[0xff, 0xfe])
        || bytes.starts_with(&[0xfe, 0xff])
        || (nulls * 3 > head.len() && nulls * 3 < head.len() * 2)
    {
        let first_null = head.iter().position(|byte| *byte == 0).unwrap_or(1);
        let big = bytes.starts_with(&[0xfe, 0xff]) || (!bytes.starts_with(&[0xff, 0xfe]) && first_null % 2 == 0);
        let units = bytes.chunks_exact(2).map(|pair| match pair {
            [a, b] if big => u16::from_be_bytes([*a, *b]),
            [a, b] => u16::from_le_bytes([*a, *b]),
            _ => 0,
        });
        return Some(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect());
    }
    if nulls > 0 {
        return None;
    }
    let text = String::from_utf8_lossy(bytes);
    let broken = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER || (c.is_control() && !c.is_whitespace())).count();
    // Latin-1 has an accent here and there; a packed file has nothing else.
    (broken * 10 <= text.len()).then(|| text.into_owned())
}

/// The words of a page. Tags inside a line divide no word, others do.
fn without_tags(html: &str) -> String {
    const INLINE: [&str; 16] =
        ["b", "i", "u", "a", "em", "font", "span", "strong", "tt", "code", "wbr", "sub", "sup", "small", "big", "mark"];
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    // Behind the last bracket nothing is a tag: to look for its end at each beginning would grow with the square of the page.
    let last = html.rfind('>').map_or(0, |at| html.len() - at);
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let begins = tag.len() >= last && last > 0 && tag.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c));
        let found = if begins { tag.split_once('>') } else { None };
        let Some((tag, after)) = found else {
            text.push('<');
            rest = tag;
            continue;
        };
        let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if !INLINE.iter().any(|inline| name.eq_ignore_ascii_case(inline)) && !tag.starts_with('!') {
            text.push('\n');
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Texts encoded in base64 within a text, with their lines: a message that was forwarded as text carries its files so.
fn base64(text: &str) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    let mut block = String::new();
    let mut start = 0;
    for (number, line) in text.lines().chain([""]).enumerate() {
        let line = line.get(fold::quote_marks(line)..).unwrap_or_default().trim();
        // Only the last line of a block is short.
        let is_base64 = line.len() >= if block.is_empty() { SHORTEST_BASE64 } else { 2 }
            && line.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte));
        if is_base64 {
            if block.is_empty() {
                start = number;
            }
            block.push_str(line);
            continue;
        }
        if block.len() >= SHORTEST_BASE64 {
            let whole = block.trim_end_matches('=');
            let whole = whole.get(..whole.len() / 4 * 4).unwrap_or_default();
            let text = BASE64.decode(whole.as_bytes()).ok().and_then(|bytes| readable(&bytes));
            found.extend(text.map(|text| (start..number, text)));
        }
        block.clear();
    }
    found
}

/// The text decoded from quoted-printable, if it looks as if nobody had (`=3D`, `=20`).
fn quoted_printable(text: &str) -> Option<String> {
    let escapes = text.split('=').skip(1).filter(|after| escaped(after).is_some()).take(2).count();
    if escapes < 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split('=');
    bytes.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    for after in parts {
        match escaped(after) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend_from_slice(after.get(2..).unwrap_or_default().as_bytes());
            }
            None => match after.strip_prefix('\n').or_else(|| after.strip_prefix("\r\n")) {
                Some(next) => bytes.extend_from_slice(next.as_bytes()),
                None => {
                    bytes.push(b'=');
                    bytes.extend_from_slice(after.as_bytes());
                }
            },
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn escaped(after: &str) -> Option<u8> {
    let digits =
        after.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte)))?;
    u8::from_str_radix(digits, 16).ok()
}
