//! A mail enclosed in a notice, as it is; and what is told about it where it may not be enclosed.

use jiff::Timestamp;

use super::{
    desk::{LetterError, minute},
    field_names as name,
};
use crate::mail::{Address, Message, NewField, RawMessage};

/// What notices to the team carry (`moderation.notice`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeMode {
    /// Everything seen, and the mail itself.
    Full,
    /// Sizes, counts, dates and the sender's domain: nothing that a member of the public could learn the issue from.
    HeadersOnly,
}

/// A mail that a notice is about.
#[derive(Clone, PartialEq, Eq)]
pub struct Enclosure {
    /// The bytes.
    pub raw: RawMessage,
    /// The only author it names.
    pub from: Option<Address>,
    /// Its Date.
    pub date: Option<Timestamp>,
    /// Its Subject.
    pub subject: String,
}

/// A larger mail is not enclosed: as base64 and with the words of the notice it stays below the 10,240,000 bytes that Postfix takes at most unless told
/// otherwise, and a notice that nobody gets helps nobody.
pub(super) const LARGEST: usize = 7_000_000;

impl Enclosure {
    /// What a notice tells about `message`.
    pub fn of(message: &Message) -> Self {
        Self { raw: message.raw.clone(), from: message.author().cloned(), date: message.date, subject: message.subject.clone() }
    }

    /// A mail nobody could take apart.
    pub fn unreadable(raw: RawMessage) -> Self {
        Self { raw, from: None, date: None, subject: String::new() }
    }

    /// The sender as the mode allows.
    pub(super) fn sender(&self, mode: NoticeMode) -> String {
        match (&self.from, mode) {
            (None, _) => "no single sender".to_owned(),
            (Some(address), NoticeMode::Full) => super::shown::address(address),
            (Some(address), NoticeMode::HeadersOnly) => {
                format!("somebody at {}", address.domain().chars().flat_map(char::escape_default).collect::<String>())
            }
        }
    }

    /// `4711 bytes, dated 2026-11-21 14:02 UTC`.
    pub(super) fn summary(&self) -> String {
        match self.date {
            Some(date) => format!("{} bytes, dated {}", self.raw.len(), minute(date)),
            None => format!("{} bytes, no readable date", self.raw.len()),
        }
    }

    /// The Subject, where the mode lets it out.
    pub(super) fn subject(&self, mode: NoticeMode) -> &str {
        if mode == NoticeMode::Full { &self.subject } else { "" }
    }

    /// The mail, where the mode lets it out and mail servers would take it.
    pub(super) fn enclosed(&self, mode: NoticeMode) -> Option<&RawMessage> {
        (mode == NoticeMode::Full && !self.is_large()).then_some(&self.raw)
    }

    /// Whether mail servers may refuse a notice that carries it.
    pub(super) fn is_large(&self) -> bool {
        self.raw.len() > LARGEST
    }
}

/// The part that carries an enclosed mail.
pub(super) struct Enclosed {
    pub(super) fields: Vec<NewField>,
    pub(super) body: Vec<u8>,
    pub(super) encoding: &'static str,
}

/// message/rfc822 with every byte unchanged (RFC 2046 5.2.1 allows 7bit and 8bit only); a mail that SMTP cannot carry as it is (bare CR or LF,
/// NUL, lines over 998 bytes) goes as base64 of the same bytes, so that nobody's relay repairs the evidence.
pub(super) fn enclose(mail: &RawMessage) -> Result<Enclosed, LetterError> {
    let bytes = mail.bytes();
    let disposition = NewField::ascii(name::CONTENT_DISPOSITION, "attachment; filename=\"mail.eml\"")?;
    if !is_transportable(bytes) {
        let mut body = Vec::with_capacity(bytes.len() * 3 / 2);
        for line in bytes.chunks(57) {
            body.extend_from_slice(data_encoding::BASE64.encode(line).as_bytes());
            body.extend_from_slice(b"\r\n");
        }
        let encoding = "base64";
        let fields = vec![
            NewField::ascii(name::CONTENT_TYPE, "application/octet-stream; name=\"mail.eml\"")?,
            NewField::ascii(name::CONTENT_TRANSFER_ENCODING, encoding)?,
            disposition,
        ];
        return Ok(Enclosed { fields, body, encoding });
    }
    let encoding = if bytes.is_ascii() { "7bit" } else { "8bit" };
    let fields = vec![
        NewField::ascii(name::CONTENT_TYPE, "message/rfc822")?,
        NewField::ascii(name::CONTENT_TRANSFER_ENCODING, encoding)?,
        disposition,
    ];
    Ok(Enclosed { fields, body: bytes.to_vec(), encoding })
}

/// RFC 5321 2.3.8 and 4.5.3.1.6.
fn is_transportable(bytes: &[u8]) -> bool {
    let mut column = 0_usize;
    let mut previous = 0_u8;
    for &byte in bytes {
        match (previous, byte) {
            (_, 0) => return false,
            (b'\r', b'\n') => column = 0,
            (b'\r', _) | (_, b'\n') => return false,
            (_, b'\r') => {}
            _ => column += 1,
        }
        if column > 998 {
            return false;
        }
        previous = byte;
    }
    previous != b'\r'
}
