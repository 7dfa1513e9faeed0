//! What one mail shows to rules.
//!
//! Line breaks inside a paragraph are blanks in `body` and `words`, so that a pattern matches a phrase wherever its writer's program broke the
//! line; `text` keeps its lines, for patterns about logs and patches. Every field is cut at [`MAX_TEXT`] bytes.

use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
};

use crate::{
    disclosure::Poster,
    mail::{Address, Message, RawMessage, RemovedKind, headers::Headers},
};

use super::{
    needed::Candidates,
    set::{Indexed, Indexes},
};

/// At most so many bytes of one field are looked at (T22: cost is bounded whatever arrives).
pub const MAX_TEXT: usize = 1_000_000;

/// What `attachment` shows for a patch that stands in the text.
const INLINE_PATCH: &str = "(inline) text/x-patch";

/// Who wrote a mail, as far as rules care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PosterKind {
    /// A person of the team, authenticated.
    Team,
    /// A confirmed poster or role address of a member, authenticated.
    Member,
    /// Authenticated, at a member's domain, not confirmed (D15).
    MembersDomain,
    /// Authenticated, unknown.
    Stranger,
    /// Not authenticated.
    Unproven,
}

impl PosterKind {
    /// All kinds with the words rule files use for them.
    pub const NAMES: [(&'static str, PosterKind); 5] = [
        ("team", PosterKind::Team),
        ("member", PosterKind::Member),
        ("members-domain", PosterKind::MembersDomain),
        ("stranger", PosterKind::Stranger),
        ("unproven", PosterKind::Unproven),
    ];

    /// The word rule files use.
    pub fn as_str(self) -> &'static str {
        match self {
            PosterKind::Team => "team",
            PosterKind::Member => "member",
            PosterKind::MembersDomain => "members-domain",
            PosterKind::Stranger => "stranger",
            PosterKind::Unproven => "unproven",
        }
    }
}

impl From<&Poster> for PosterKind {
    fn from(poster: &Poster) -> Self {
        match poster {
            Poster::Team(_) => PosterKind::Team,
            Poster::Member { .. } => PosterKind::Member,
            Poster::MembersDomain { .. } => PosterKind::MembersDomain,
            Poster::Stranger => PosterKind::Stranger,
            Poster::Unproven => PosterKind::Unproven,
        }
    }
}

/// What a mail shows to rules. No `Debug`: it is the mail.
#[derive(Clone)]
pub struct MailView {
    /// The decoded subject.
    pub subject: String,
    /// The writer's own words, without quotes, signature and logs; paragraphs on one line.
    pub body: String,
    /// Subject and own words together.
    pub words: String,
    /// Everything there is to read, lines kept: quotes, logs, text attachments, forwarded messages.
    pub text: String,
    /// `Name <address>` of each author.
    pub sender: Vec<String>,
    /// Addresses it was sent to, by header and envelope.
    pub to: Vec<String>,
    /// List-Ids.
    pub list: Vec<String>,
    /// `name type/subtype` of each attachment; `(inline) text/x-patch` for a patch in the text.
    pub attachment: Vec<String>,
    /// Who wrote it.
    pub poster: PosterKind,
    raw: RawMessage,
    /// Which patterns may match, of the rule file asked first: a view is made for one.
    words_seen: OnceLock<Seen>,
    text_seen: OnceLock<Seen>,
}

#[derive(Clone)]
struct Seen {
    indexes: Arc<Indexes>,
    candidates: Candidates,
}

impl MailView {
    /// Looks at a message. `envelope_to` are the addresses it was delivered to, as far as known.
    pub fn of(message: &Message, poster: PosterKind, envelope_to: &[Address]) -> Self {
        let own = message.own_words();
        let body = cut(&paragraphs(&own.text)).to_owned();
        let subject = message.subject.clone();
        let mut text = String::new();
        gather(message, &mut text);
        let words = format!("{subject}\n\n{body}");
        let sender = message.from.iter().map(|author| match &author.name {
            Some(name) => format!("{name} <{}>", author.address),
            None => author.address.to_string(),
        });
        let attachment = message
            .attachments()
            .map(|part| format!("{} {}", part.name.as_deref().unwrap_or_default(), part.content_type).trim().to_owned());
        let inline = own.removed.iter().filter(|removed| removed.kind == RemovedKind::Patch).map(|_| INLINE_PATCH.to_owned());
        Self {
            sender: sender.collect(),
            to: message.recipients().chain(envelope_to).map(ToString::to_string).collect(),
            list: message.list_ids.iter().map(ToString::to_string).collect(),
            attachment: attachment.chain(inline).collect(),
            subject,
            body,
            words,
            text,
            poster,
            raw: message.raw.clone(),
            words_seen: OnceLock::new(),
            text_seen: OnceLock::new(),
        }
    }

    /// The values of the header fields of that name, unfolded.
    pub fn header(&self, name: &str) -> Vec<String> {
        Headers::of(self.raw.bytes()).all(name).map(|field| cut(&field.unfolded()).to_owned()).collect()
    }

    /// Which patterns of a rule file may match in a text. The text is searched once for each file.
    pub(super) fn candidates(&self, text: Indexed, indexes: &Arc<Indexes>) -> Cow<'_, Candidates> {
        let (seen, shown) = match text {
            Indexed::Words => (&self.words_seen, &self.words),
            Indexed::Text => (&self.text_seen, &self.text),
        };
        let search = || indexes.of(text).candidates(shown);
        let first = seen.get_or_init(|| Seen { indexes: Arc::clone(indexes), candidates: search() });
        if Arc::ptr_eq(&first.indexes, indexes) { Cow::Borrowed(&first.candidates) } else { Cow::Owned(search()) }
    }
}

fn gather(message: &Message, text: &mut String) {
    push(text, message.readable_text());
    let shown = |part: &&crate::mail::Part| part.content_type.starts_with("text/") && part.content_type != "text/html";
    for part in message.attachments().filter(shown) {
        push(text, &String::from_utf8_lossy(&part.bytes));
    }
    for inner in &message.forwarded {
        push(text, &inner.subject);
        gather(inner, text);
    }
}

fn push(text: &mut String, more: &str) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    let room = MAX_TEXT.saturating_sub(text.len());
    text.push_str(more.get(..more.floor_char_boundary(room)).unwrap_or(more));
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or(text)
}

/// Paragraphs on one line each, one blank between words.
pub(crate) fn paragraphs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = "";
    for line in text.lines() {
        let mut empty = true;
        for word in line.split_whitespace() {
            out.push_str(if empty { gap } else { " " });
            out.push_str(word);
            empty = false;
        }
        gap = match (empty, out.is_empty()) {
            (_, true) => "",
            (true, false) => "\n\n",
            (false, false) => " ",
        };
    }
    out
}

#[cfg(test)]
mod tests;
