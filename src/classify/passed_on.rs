//! What a mail passes on: messages attached whole, and one pasted below the sender's words.
//!
//! Whoever forwards a report says little himself ("someone sent us this"): the report is in what he forwards. Promises: bounded (at most
//! [`MOST`] messages), pure. Cannot fail: a text that is not seen to be a forwarded one is not judged apart.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::mail::{Message, RawMessage, RemovedKind};

/// So many messages of one mail are looked into.
pub const MOST: usize = 8;

/// Subjects of forwarded mail, as mail programs write them (Outlook and Thunderbird in their languages).
const PREFIXES: [&str; 16] = [
    "fwd:", "fw:", "wg:", "tr:", "rv:", "rif:", "enc:", "pd:", "vs:", "vb:", "doorst:", "i:", "forward:", "转发", "轉寄", "転送",
];

/// What stands in the line above a forwarded text: "Forwarded message", "Weitergeleitete Nachricht", "Message transféré".
const SEPARATORS: [&str; 18] = [
    "forward",
    "weitergeleitet",
    "transféré",
    "transfere",
    "réexpédi",
    "reenviad",
    "inoltrat",
    "encaminhad",
    "doorgestuur",
    "przekazan",
    "přeposlan",
    "пересыла",
    "переслан",
    "переслано",
    "转发",
    "轉寄",
    "転送",
    "전달",
];

/// The subject of the forwarded message in the lines above it.
const SUBJECTS: [&str; 15] = [
    "subject:",
    "betreff:",
    "objet",
    "asunto:",
    "oggetto:",
    "assunto:",
    "onderwerp:",
    "temat:",
    "předmět:",
    "тема:",
    "ämne:",
    "emne:",
    "主题",
    "件名",
    "제목",
];

/// The messages that it passes on, from the outside in.
pub(super) fn messages(message: &Message) -> impl Iterator<Item = Cow<'_, Message>> {
    let mut open: Vec<&Message> = message.forwarded.iter().collect();
    // Each is made when it is asked for: all together may be larger than the mail.
    let attached = std::iter::from_fn(move || {
        let inner = open.pop()?;
        open.extend(&inner.forwarded);
        Some(inner)
    });
    let with_pasted = attached.flat_map(|inner| pasted(inner).map(Cow::Owned).into_iter().chain([Cow::Borrowed(inner)]));
    pasted(message).map(Cow::Owned).into_iter().chain(with_pasted).take(MOST)
}

/// Whether a subject says that the mail is forwarded.
pub fn is_forward(subject: &str) -> bool {
    let subject = subject.trim_start().to_lowercase();
    PREFIXES.iter().any(|prefix| subject.starts_with(prefix))
}

/// The text below a forwarding program's separator, as a message of its own.
fn pasted(message: &Message) -> Option<Message> {
    let by_subject = is_forward(&message.subject);
    let of_others = |kind: RemovedKind| kind == RemovedKind::Appended || (by_subject && kind == RemovedKind::Quote);
    let runs: Vec<&str> =
        message.own_words().removed.iter().filter(|run| of_others(run.kind)).map(|run| run.text.as_str()).collect();
    let separator = runs.first()?.lines().find(|line| !line.trim().is_empty())?.to_lowercase();
    if !by_subject && !SEPARATORS.iter().any(|word| separator.contains(word)) {
        return None;
    }
    let text = below_its_header(&runs.join("\n"));
    let header = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
    Message::parse(&RawMessage::new(format!("{header}{text}\r\n").into_bytes())).ok()
}

/// The text without the lines that say whose it is; its subject stays.
fn below_its_header(text: &str) -> String {
    let mut out = String::new();
    let mut in_header = true;
    for (number, line) in text.lines().enumerate() {
        let separates = number == 0 && !line.starts_with('>');
        let line = line.trim_start_matches(['>', ' ', '*']);
        let name = line.split(':').next().unwrap_or_default();
        let is_field = line.contains(':') && !name.is_empty() && name.chars().count() < 20 && name.split(' ').count() < 3;
        in_header = in_header && (separates || line.trim().is_empty() || is_field);
        let lower = line.to_lowercase();
        if !in_header {
            out.push_str(line);
            out.push_str("\r\n");
        } else if SUBJECTS.iter().any(|field| lower.starts_with(field)) {
            out.push_str(line.split_once(':').map_or(line, |(_, subject)| subject.trim()));
            out.push_str("\r\n\r\n");
        }
    }
    out
}
