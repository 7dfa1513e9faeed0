//! What a message shows to whoever judges it by its words.
//!
//! Promises: made once for each message, whoever asks; every text is cut at [`MAX_TEXT`] bytes. Cannot fail.

#[cfg(test)]
mod tests;

use std::{borrow::Cow, ops::Range, sync::OnceLock};

use super::{
    Beside, Flow, Message, Part, PartRole,
    reply::beside::{self, Attached, Form},
};

/// At most so many bytes of one text are looked at (T22: cost is bounded whatever arrives).
pub const MAX_TEXT: usize = 1_000_000;

/// The texts of a message. No `Debug`: they are the mail.
#[derive(Clone)]
pub struct Shown {
    /// The decoded subject.
    pub subject: String,
    /// The writer's own words, without quotes, signature and logs; paragraphs on one line.
    pub body: String,
    /// Subject and own words together: the subject, an empty line, the own words.
    pub words: String,
    /// Everything there is to read, lines kept: quotes, logs, text attachments, forwarded messages.
    pub text: String,
    /// Whether lines of the message's own text go on in the next.
    flow: Flow,
    /// What stands in `text` behind it.
    attached: Vec<Attached>,
    beside: OnceLock<Beside>,
}

impl Shown {
    pub(super) fn of(message: &Message) -> Self {
        let subject = message.subject.clone();
        let mut body = paragraphs(&message.own_words().text);
        body.truncate(body.floor_char_boundary(MAX_TEXT));
        let words = format!("{subject}\n\n{body}");
        let (mut text, mut attached) = (String::new(), Vec::new());
        gather(message, &mut text, &mut attached);
        Self { subject, body, words, text, flow: message.flow, attached, beside: OnceLock::new() }
    }

    /// The prose that goes out with the own words, read when first asked for: few messages are asked.
    pub fn beside(&self) -> &Beside {
        self.beside.get_or_init(|| beside::beside(&self.text, self.flow, &self.attached))
    }
}

fn gather(message: &Message, text: &mut String, attached: &mut Vec<Attached>) {
    push(text, message.readable_text());
    for part in message.attachments().filter(|part| part.role != PartRole::Message) {
        let Some(form) = form(part) else { continue };
        // A character cut in two at the end would be one that is not in the mail.
        let room = (MAX_TEXT - text.len().min(MAX_TEXT)).saturating_add(4);
        let range = push(text, &utf8(part.bytes.get(..room).unwrap_or(&part.bytes)));
        attached.push(Attached { form: if part.bytes.len() > range.len() { Form::Unread } else { form }, range });
    }
    for inner in &message.forwarded {
        let start = text.len();
        push(text, &inner.subject);
        gather(inner, text, &mut Vec::new());
        attached.push(Attached { range: start..text.len(), form: Form::Unread });
    }
}

/// What a part is as a text; `None` for what is none. Patches travel as `application/octet-stream` as often as not.
fn form(part: &Part) -> Option<Form> {
    let name = part.name.as_deref().unwrap_or_default().to_ascii_lowercase();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending).unwrap_or_default();
    let (kind, subtype) = part.content_type.split_once('/').unwrap_or_default();
    let is_patch = ["patch", "diff"].contains(&ending) || subtype.ends_with("-patch") || subtype.ends_with("-diff");
    let bytes = kind == "application" && (subtype == "octet-stream" || subtype.starts_with("x-"));
    match kind {
        "text" if subtype == "html" => None,
        "text" if is_patch => Some(Form::Patch),
        "text" => Some(Form::Text),
        _ if bytes && is_patch => Some(Form::Patch),
        _ if bytes && ["txt", "log", "meta", "asc", "sig"].contains(&ending) => Some(Form::Text),
        _ => None,
    }
}

/// The bytes as text. What is valid throughout is taken at once, which is several times quicker than looking for what is not.
pub(super) fn utf8(bytes: &[u8]) -> Cow<'_, str> {
    str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// Adds a text, and says where it stands.
fn push(text: &mut String, more: &str) -> Range<usize> {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    let (start, room) = (text.len(), MAX_TEXT.saturating_sub(text.len()));
    text.push_str(more.get(..more.floor_char_boundary(room)).unwrap_or(more));
    start..text.len()
}

/// Paragraphs on one line each, one blank between words.
fn paragraphs(text: &str) -> String {
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
