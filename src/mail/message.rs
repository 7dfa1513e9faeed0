//! The decoded view of a message: what its writer meant, as far as it can be read.
//!
//! Promises: made once from the raw bytes, owns everything it holds, never panics, whatever the bytes (a panic of the MIME library is
//! caught). What mail readers might understand differently is listed in [`Message::doubts`]; who decides by rule must look there first.
//! Fails with [`Unreadable`] only when there is no message in the bytes at all.

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use super::{
    Address, AutomaticMark, ListId, Mailbox, MessageId, OwnWords, RawMessage, Shown, automatic,
    doubt::Doubt,
    headers::{Found, Headers},
    html, mime, reply, shown,
};

/// Caps that keep a hostile message from costing more than its own handling.
pub const MAX_NESTING: usize = 8;
/// More MIME parts than this are not looked at; the message gets a [`Doubt`].
pub const MAX_PARTS: usize = 1000;
/// More addresses in one field than this are not looked at; the message gets a [`Doubt`].
pub const MAX_ADDRESSES: usize = 1000;

/// A message taken apart. `Debug` is not derived on purpose: what is in it may be embargoed.
#[derive(Clone)]
pub struct Message {
    /// The bytes it was made from.
    pub raw: RawMessage,
    /// Who wrote it, by its own account. Proves nothing.
    pub from: Vec<Mailbox>,
    /// `Sender`.
    pub sender: Option<Mailbox>,
    /// `Reply-To`.
    pub reply_to: Vec<Mailbox>,
    /// `To`.
    pub to: Vec<Mailbox>,
    /// `Cc`.
    pub cc: Vec<Mailbox>,
    /// `Subject`, decoded and unfolded; empty when there is none.
    pub subject: String,
    /// `Message-ID`.
    pub message_id: Option<MessageId>,
    /// `In-Reply-To`.
    pub in_reply_to: Vec<MessageId>,
    /// `References`, oldest first.
    pub references: Vec<MessageId>,
    /// `Date`.
    pub date: Option<Timestamp>,
    /// The lists it says it came through: `List-Id` in every spelling seen, from the top.
    pub list_ids: Vec<ListId>,
    /// The text of all text/plain body parts, `\n` line ends, in order. Empty for an HTML-only message.
    pub text: String,
    /// The lines of `text` may be soft-broken (RFC 3676 format=flowed).
    pub flow: Flow,
    /// The leaves of the MIME tree, body texts and attachments alike.
    pub parts: Vec<Part>,
    /// Messages attached as message/rfc822, opened up to [`MAX_NESTING`] deep.
    pub forwarded: Vec<Message>,
    /// Whether it is encrypted, and how.
    pub encryption: Encryption,
    /// Text around the parts of its multiparts, where few mail programs show it, and fields of parts that no standard gives them.
    pub around: String,
    /// What a human must look at before any rule acts.
    pub doubts: Vec<Doubt>,
    /// Read when first asked for: most mail has a text part, and many questions need neither.
    pub(super) read: ReadLater,
}

/// What is read from a message at its first use.
#[derive(Clone, Default)]
pub(super) struct ReadLater {
    fields: OnceLock<Found>,
    automatic: OnceLock<Option<AutomaticMark>>,
    html_text: OnceLock<Option<String>>,
    own_words: OnceLock<OwnWords>,
    shown: OnceLock<Arc<Shown>>,
}

/// Whether the text is format=flowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Lines are lines.
    Fixed,
    /// A line that ends in a blank goes on in the next one.
    Flowed,
    /// The same, and that blank is not part of the text (`delsp=yes`, RFC 3676 4.2; Apple Mail).
    FlowedDelSp,
}

/// Whether and how a message is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// Readable.
    None,
    /// multipart/encrypted (RFC 3156).
    PgpMime,
    /// An OpenPGP message inside the text.
    InlinePgp,
    /// application/pkcs7-mime (RFC 8551).
    Smime,
}

/// One leaf of the MIME tree.
#[derive(Clone)]
pub struct Part {
    /// `type/subtype`, lower case.
    pub content_type: String,
    /// The file name its sender gave it, decoded. Never a path for us: attachments are stored by digest.
    pub name: Option<String>,
    /// Its Content-Description, decoded.
    pub description: Option<String>,
    /// Body text or attachment.
    pub role: PartRole,
    /// The decoded bytes.
    pub bytes: Vec<u8>,
    /// How the MIME library read it.
    pub(super) kind: PartKind,
}

/// How the MIME library read a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartKind {
    /// A page.
    Html,
    /// Anything else.
    Other,
}

/// What a part is to its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartRole {
    /// One of the texts a reader shows.
    Body,
    /// Something beside the text.
    Attachment,
    /// An attached message (message/rfc822), also to be found in [`Message::forwarded`].
    Message,
}

/// There is no message in these bytes. The text never shows any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The parser found no header field.
    #[error("no header field found: this is no message (RFC 5322)")]
    NoHeader,
    /// The MIME library panicked; caught.
    #[error("the MIME structure could not be taken apart")]
    Structure,
}

impl ReadLater {
    /// Nothing read yet but the fields.
    pub(super) fn of(found: Found) -> Self {
        Self { fields: OnceLock::from(found), ..Self::default() }
    }
}

impl Message {
    /// Takes the message apart.
    pub fn parse(raw: &RawMessage) -> Result<Self, Unreadable> {
        mime::parse(raw)
    }

    /// Its header fields as they stand in the bytes.
    pub fn headers(&self) -> Headers<'_> {
        Headers::again(self.raw.bytes(), self.found())
    }

    /// Where they stand.
    pub(crate) fn found(&self) -> &Found {
        self.read.fields.get_or_init(|| Headers::find(self.raw.bytes()))
    }

    /// The value of the topmost field of that name, unfolded, encoded words left as they are.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers().first(name).map(|field| field.unfolded())
    }

    /// The only author; `None` when there is none or several.
    pub fn author(&self) -> Option<&Address> {
        match self.from.as_slice() {
            [one] => Some(&one.address),
            _ => None,
        }
    }

    /// Everyone in To and Cc.
    pub fn recipients(&self) -> impl Iterator<Item = &Address> {
        self.to.iter().chain(&self.cc).map(|mailbox| &mailbox.address)
    }

    /// Parts that are attachments.
    pub fn attachments(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.role != PartRole::Body)
    }

    /// The ids this message answers: In-Reply-To first, then References from the newest.
    pub fn answers(&self) -> impl Iterator<Item = &MessageId> {
        self.in_reply_to.iter().chain(self.references.iter().rev())
    }

    /// What the HTML body parts say, as plain text.
    pub fn html_text(&self) -> Option<&str> {
        let shown = |part: &&Part| part.role == PartRole::Body && part.kind == PartKind::Html;
        let read = || {
            let mut pages = self.parts.iter().filter(shown).map(|page| html::text_of(&shown::utf8(&page.bytes)));
            let first = pages.next()?;
            Some(pages.fold(first, |text, page| text + &page))
        };
        self.read.html_text.get_or_init(read).as_deref()
    }

    /// The sign that it is automatic, looked for once.
    pub(super) fn automatic(&self) -> Option<&AutomaticMark> {
        self.read.automatic.get_or_init(|| automatic::look(self)).as_ref()
    }

    /// The writer's own words, read once.
    pub fn own_words(&self) -> &OwnWords {
        self.read.own_words.get_or_init(|| reply::own_words(self))
    }

    /// What it shows to whoever judges it by its words, made once.
    pub fn shown(&self) -> Arc<Shown> {
        Arc::clone(self.read.shown.get_or_init(|| Arc::new(Shown::of(self))))
    }

    /// The readable text: the plain text, or what the HTML says when there is no plain text.
    pub fn readable_text(&self) -> &str {
        if self.text.trim().is_empty() { self.html_text().unwrap_or_default() } else { &self.text }
    }
}
