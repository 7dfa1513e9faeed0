//! What a message shows to whoever judges it by its words.
//!
//! Promises: made once for each message, whoever asks; every text is cut at [`MAX_TEXT`] bytes. Cannot fail.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::{Message, Part};

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
}

impl Shown {
    pub(super) fn of(message: &Message) -> Self {
        let subject = message.subject.clone();
        let mut body = paragraphs(&message.own_words().text);
        body.truncate(body.floor_char_boundary(MAX_TEXT));
        let words = format!("{subject}\n\n{body}");
        let mut text = String::new();
        gather(message, &mut text);
        Self { subject, body, words, text }
    }
}

fn gather(message: &Message, text: &mut String) {
    push(text, message.readable_text());
    let shown = |part: &&Part| part.content_type.starts_with("text/") && part.content_type != "text/html";
    for part in message.attachments().filter(shown) {
        // A character cut in two at the end would be one that is not in the mail.
        let room = (MAX_TEXT - text.len().min(MAX_TEXT)).saturating_add(4);
        push(text, &utf8(part.bytes.get(..room).unwrap_or(&part.bytes)));
    }
    for inner in &message.forwarded {
        push(text, &inner.subject);
        gather(inner, text);
    }
}

/// The bytes as text. What is valid throughout is taken at once, which is several times quicker than looking for what is not.
pub(super) fn utf8(bytes: &[u8]) -> Cow<'_, str> {
    str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

fn push(text: &mut String, more: &str) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    let room = MAX_TEXT.saturating_sub(text.len());
    text.push_str(more.get(..more.floor_char_boundary(room)).unwrap_or(more));
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
