//! The header block of a raw message as byte ranges: read fields, remove fields, put fields on top, touch nothing else.
//!
//! Promises: [`HeaderEdit::emit`] of an unedited message gives back exactly the bytes it was made from; a kept field and the body are never
//! re-serialised, so that DKIM signatures and OpenPGP clearsignatures survive. Cannot fail: what is no field is carried along.

#[cfg(test)]
mod tests;

use std::{ops::Range, sync::Arc};

use memchr::memchr;

/// The fields of a raw message, in order from the top.
#[derive(Debug, Clone)]
pub struct Headers<'a> {
    raw: &'a [u8],
    found: Found,
}

/// Where the fields of some message stand; found once, shared by all who look.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    items: Arc<Vec<Item>>,
    body_at: usize,
}

/// More fields than this are carried along unread.
const MAX_FIELDS: usize = 100_000;

#[derive(Debug, Clone)]
enum Item {
    Field { name: Range<usize>, whole: Range<usize>, key: Key },
    Opaque(Range<usize>),
}

/// What a name can be told apart by at a glance, whatever its case: its length, its first and its last byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key(usize, u8, u8);

impl Key {
    fn of(name: &[u8]) -> Self {
        let lower = |byte: Option<&u8>| byte.map_or(0, u8::to_ascii_lowercase);
        Self(name.len(), lower(name.first()), lower(name.last()))
    }
}

impl Item {
    fn whole(&self) -> Range<usize> {
        match self {
            Item::Field { whole, .. } | Item::Opaque(whole) => whole.clone(),
        }
    }
}

/// One header field.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// The field name as written.
    pub name: &'a str,
    /// The value as it stands in the message: folded, encoded, without the final line break.
    pub value: &'a [u8],
    /// Name, colon, value and final line break.
    pub whole: &'a [u8],
}

impl Field<'_> {
    /// The value unfolded (RFC 5322 2.2.3), trimmed, with broken UTF-8 replaced; encoded words stay encoded.
    pub fn unfolded(&self) -> String {
        let text = String::from_utf8_lossy(self.value);
        text.split(['\r', '\n']).collect::<String>().trim().replace('\t', " ")
    }

    /// Whether this is the field `name` (ASCII case does not matter).
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

impl<'a> Headers<'a> {
    /// Finds the fields. The block ends at the first empty line, or with the message.
    pub fn of(raw: &'a [u8]) -> Self {
        Self { raw, found: Self::find(raw) }
    }

    /// The fields of bytes in which they were found before.
    pub(crate) fn again(raw: &'a [u8], found: &Found) -> Self {
        Self { raw, found: found.clone() }
    }

    /// Where they were found.
    pub(super) fn find(raw: &[u8]) -> Found {
        let mut items = Vec::new();
        let mut at = 0;
        while at < raw.len() {
            let first_line = line_at(raw, at);
            if matches!(first_line, b"\r\n" | b"\n") {
                break;
            }
            if items.len() >= MAX_FIELDS {
                let end = end_of_block(raw, at);
                items.push(Item::Opaque(at..end));
                at = end;
                break;
            }
            let mut end = at + first_line.len();
            while matches!(raw.get(end), Some(b' ' | b'\t')) {
                end += line_at(raw, end).len();
            }
            items.push(match memchr(b':', first_line) {
                // RFC 5322 3.6.8: a name is printable ASCII without the colon; 4.5 allows blanks before the colon.
                Some(colon) => match name_of(first_line, colon) {
                    Some(length) => {
                        let key = Key::of(first_line.get(..length).unwrap_or_default());
                        Item::Field { name: at..at + length, whole: at..end, key }
                    }
                    None => Item::Opaque(at..end),
                },
                None => Item::Opaque(at..end),
            });
            at = end;
        }
        Found { items: Arc::new(items), body_at: at }
    }

    /// All fields from the top.
    pub fn fields(&self) -> impl Iterator<Item = Field<'a>> + '_ {
        self.found.items.iter().filter_map(|item| self.field(item))
    }

    /// The topmost field of that name.
    pub fn first(&self, name: &str) -> Option<Field<'a>> {
        self.all(name).next()
    }

    /// All fields of that name, from the top.
    pub fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = Field<'a>> + 's {
        let wanted = Key::of(name.as_bytes());
        self.found.items.iter().filter(move |item| self.is_named(item, name, wanted)).filter_map(|item| self.field(item))
    }

    /// How many fields of that name there are.
    pub fn count(&self, name: &str) -> usize {
        self.all(name).count()
    }

    /// How many fields of each of these names there are.
    pub(super) fn counts<const N: usize>(&self, names: [&str; N]) -> [usize; N] {
        let wanted = names.map(|name| Key::of(name.as_bytes()));
        let mut counts = [0; N];
        for item in self.found.items.iter() {
            for ((name, wanted), count) in names.iter().zip(wanted).zip(&mut counts) {
                *count += usize::from(self.is_named(item, name, wanted));
            }
        }
        counts
    }

    fn is_named(&self, item: &Item, name: &str, wanted: Key) -> bool {
        let Item::Field { name: at, key, .. } = item else { return false };
        if *key != wanted {
            return false;
        }
        self.raw.get(at.clone()).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// How many lines in the block are neither a field nor its continuation, or are continuations of blanks only. Some readers end the
    /// header block there (RFC 5322 4.2 calls the latter obsolete). An mbox `From ` line on top is not counted.
    pub fn stray_lines(&self) -> usize {
        let blank_continuations = |whole: &[u8]| match memchr(b'\n', whole) {
            Some(end) if end + 1 < whole.len() => {
                whole.split(|&byte| byte == b'\n').skip(1).filter(|line| is_blank(line)).count()
            }
            _ => 0,
        };
        let stray = |(at, item): (usize, &Item)| match item {
            Item::Opaque(range) if at == 0 && self.raw.get(range.clone()).is_some_and(|line| line.starts_with(b"From ")) => 0,
            Item::Opaque(_) => 1,
            Item::Field { whole, .. } => self.raw.get(whole.clone()).map_or(0, blank_continuations),
        };
        self.found.items.iter().enumerate().map(stray).sum()
    }

    /// Everything after the empty line that ends the header block.
    pub fn body(&self) -> &'a [u8] {
        let rest = self.raw.get(self.found.body_at..).unwrap_or_default();
        rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")).unwrap_or(rest)
    }

    /// The header block: all fields with their line breaks, without the empty line.
    pub fn block(&self) -> &'a [u8] {
        self.raw.get(..self.found.body_at).unwrap_or_default()
    }

    fn field(&self, item: &Item) -> Option<Field<'a>> {
        let Item::Field { name, whole, .. } = item else { return None };
        let name_text = std::str::from_utf8(self.raw.get(name.clone())?).ok()?;
        let whole = self.raw.get(whole.clone())?;
        let colon = memchr(b':', whole)?;
        let value = whole.get(colon + 1..)?;
        let value = value.strip_suffix(b"\n").unwrap_or(value);
        let value = value.strip_suffix(b"\r").unwrap_or(value);
        Some(Field { name: name_text, value, whole })
    }
}

fn line_at(raw: &[u8], at: usize) -> &[u8] {
    let rest = raw.get(at..).unwrap_or_default();
    let length = memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
    rest.get(..length).unwrap_or_default()
}

/// Where the empty line stands, or the message ends.
fn end_of_block(raw: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < raw.len() {
        let line = line_at(raw, at);
        if matches!(line, b"\r\n" | b"\n") {
            break;
        }
        at += line.len();
    }
    at
}

fn is_blank(line: &[u8]) -> bool {
    !line.is_empty() && line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
}

fn name_of(line: &[u8], colon: usize) -> Option<usize> {
    let name = line.get(..colon)?.trim_ascii_end();
    (!name.is_empty() && name.iter().all(|byte| (33..=126).contains(byte))).then_some(name.len())
}

/// An edited copy of a message: some fields gone, some new ones on top, all else byte for byte.
#[derive(Debug, Clone)]
pub struct HeaderEdit<'a> {
    headers: Headers<'a>,
    on_top: Vec<Vec<u8>>,
    removed: Vec<String>,
}

impl<'a> HeaderEdit<'a> {
    /// Starts from the message as it is.
    pub fn of(raw: &'a [u8]) -> Self {
        Self { headers: Headers::of(raw), on_top: Vec::new(), removed: Vec::new() }
    }

    /// Removes every field for which `unwanted` says so; returns the names removed, for the record.
    pub fn remove_where(&mut self, mut unwanted: impl FnMut(&Field<'_>) -> bool) -> Vec<String> {
        let mut gone = Vec::new();
        let mut kept = Vec::new();
        for item in self.headers.found.items.iter() {
            match self.headers.field(item).filter(|field| unwanted(field)) {
                Some(field) => gone.push(field.name.to_owned()),
                None => kept.push(item.clone()),
            }
        }
        self.headers.found.items = Arc::new(kept);
        self.removed.extend(gone.iter().cloned());
        gone
    }

    /// Puts a complete field (ending in CRLF) below those put on top before it, above everything that came with the message.
    pub fn add(&mut self, field: NewField) {
        self.on_top.push(field.0);
    }

    /// The message with the edits.
    pub fn emit(&self) -> Vec<u8> {
        let raw = self.headers.raw;
        let mut out = Vec::with_capacity(raw.len() + 2048);
        for field in &self.on_top {
            out.extend_from_slice(field);
        }
        for item in self.headers.found.items.iter() {
            out.extend_from_slice(raw.get(item.whole()).unwrap_or_default());
        }
        out.extend_from_slice(raw.get(self.headers.found.body_at..).unwrap_or_default());
        out
    }
}

/// A header field made by us: encoded, folded, ended with CRLF, and without a way to smuggle another line in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewField(Vec<u8>);

/// A value with a line break or another control character in it: refused, because it could carry another field (RFC 5322 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a header value contains a control character")]
pub struct ControlCharacter;

impl NewField {
    /// A field whose value is machine-made ASCII (ids, addresses, dates); longer values are folded at blanks.
    pub fn ascii(name: &str, value: &str) -> Result<Self, ControlCharacter> {
        if value.chars().any(char::is_control) || !value.is_ascii() {
            return Err(ControlCharacter);
        }
        let mut out = format!("{name}:");
        let mut column = out.len();
        for word in value.split(' ').filter(|word| !word.is_empty()) {
            if column + 1 + word.len() > 78 && column > name.len() + 1 {
                out.push_str("\r\n");
                column = 0;
            }
            out.push(' ');
            out.push_str(word);
            column += 1 + word.len();
        }
        out.push_str("\r\n");
        Ok(Self(out.into_bytes()))
    }

    /// A field of free text, encoded as RFC 2047 asks.
    pub fn text(name: &str, value: &str) -> Result<Self, ControlCharacter> {
        use mail_builder::headers::{Header as _, text::Text};
        if value.chars().any(char::is_control) {
            return Err(ControlCharacter);
        }
        let mut out = format!("{name}: ").into_bytes();
        let column = out.len();
        Text::new(value).write_header(&mut out, column);
        Ok(Self(out))
    }

    /// A field holding one address with an optional display name.
    pub fn mailbox(name: &str, display: Option<&str>, address: &super::Address) -> Result<Self, ControlCharacter> {
        use mail_builder::headers::{Header as _, address::Address};
        if display.is_some_and(|display| display.chars().any(char::is_control)) {
            return Err(ControlCharacter);
        }
        let mut out = format!("{name}: ").into_bytes();
        let column = out.len();
        Address::new_address(display, address.to_string()).write_header(&mut out, column);
        Ok(Self(out))
    }

    /// A field with another one's value, folded and encoded as that was.
    ///
    /// # Errors
    /// A line of it does not begin with a blank: it could carry another field.
    pub fn renamed(name: &str, value: &[u8]) -> Result<Self, ControlCharacter> {
        let mut lines = value.split(|byte| *byte == b'\n');
        let first = lines.next().unwrap_or_default();
        let fine = |line: &[u8]| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            !line.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t')
        };
        if !fine(first) || !lines.all(|line| (line.starts_with(b" ") || line.starts_with(b"\t")) && fine(line)) {
            return Err(ControlCharacter);
        }
        Ok(Self([name.as_bytes(), b":", value, b"\r\n"].concat()))
    }

    /// The bytes of the field, CRLF included.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}
