//! What a message shows to whoever judges it by its words.
//!
//! Promises: made once for each message, whoever asks; every text is cut at [`MAX_TEXT`] bytes. Cannot fail.

#[cfg(test)]
mod tests;

use std::{borrow::Cow, ops::Range, sync::OnceLock};

use super::{
    Beside, Flow, Message, Part, PartRole,
    reply::beside::{self, Answers, Attached, Form, Given},
};

/// At most so many bytes of one text are looked at (cost is bounded whatever arrives).
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
    /// What its parts are called and described as.
    names: Vec<String>,
    /// Whether it says that it answers something.
    answers: bool,
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
        let names = message.parts.iter().flat_map(|part| part.name.iter().chain(&part.description)).cloned().collect();
        let answers = message.answers().next().is_some();
        Self { subject, body, words, text, flow: message.flow, attached, names, answers, beside: OnceLock::new() }
    }

    /// The prose that goes out with the own words, read when first asked for: few messages are asked.
    pub fn beside(&self) -> &Beside {
        let answers = if self.answers { Answers::To(&self.subject) } else { Answers::Nothing };
        let given = Given { text: &self.text, flow: self.flow, attached: &self.attached, names: &self.names, answers };
        self.beside.get_or_init(|| beside::beside(&given))
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
    let signature = subtype == "pgp-signature" || bytes && ["asc", "sig"].contains(&ending);
    match kind {
        "application" if subtype.ends_with("pkcs7-signature") => {
            Some(if beside::armour::is_der(&part.bytes) { Form::Der } else { Form::Unread })
        }
        _ if signature => Some(Form::Signature),
        "text" if subtype == "html" => None,
        "text" if is_patch => Some(Form::Patch),
        "text" => Some(Form::Text),
        _ if bytes && is_patch => Some(Form::Patch),
        _ if bytes && ["txt", "log", "meta"].contains(&ending) => Some(Form::Text),
        _ if is_patch => Some(Form::Unread),
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
