//! What a writer says himself: his text without quotes, signatures, footers, patches, logs and OpenPGP framing.
//!
//! Promises: every line taken out is listed with its kind, so that a rule can look there as well (a demand can hide in a signature);
//! command words come from text/plain only, never from HTML, never from a quote; work is linear in the text, of which at most
//! [`MAX_TEXT`] bytes are read (what has no blank for thousands of bytes counts little). Cannot fail. The wordings are those of the mail programs named beside them; an unknown one leaves quoted
//! text in, which a reader notices, rather than taking own text out.

mod appended;
mod attributions;
pub mod beside;
mod ends;
mod inserts;
mod lines;
mod marks;
mod pasted;
mod quotes;
#[cfg(test)]
mod tests;

pub use pasted::{Pasted, pasted};

use std::ops::Range;

use super::{Flow, Message};

/// Text beyond this many bytes is not read.
pub const MAX_TEXT: usize = 500_000;

/// The writer's own words, and what was taken out to get at them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnWords {
    /// The words: lines with `\n`, clearsign dash-escapes undone, format=flowed joined, no blank lines at the ends.
    pub text: String,
    /// Whether something was quoted.
    pub quoting: Quoting,
    /// Where the words were read.
    pub source: WordSource,
    /// What was taken out, in the order of the text.
    pub removed: Vec<Removed>,
}

/// Whether a text quotes another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    /// All of it is the writer's.
    None,
    /// Some lines were quoted, or a whole message was appended.
    Some,
}

/// Which form of the message was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordSource {
    /// text/plain.
    Plain,
    /// What the HTML says; there was no plain text.
    Html,
    /// There was no text.
    Nothing,
}

/// A run of lines that are not the writer's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// What it is.
    pub kind: RemovedKind,
    /// Its lines, counted from 0 in the text read (after joining format=flowed).
    pub lines: Range<usize>,
    /// The lines themselves.
    pub text: String,
}

/// What a run of lines is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RemovedKind {
    /// Lines with a quote mark (`>`, `|`, `AB>`).
    Quote,
    /// "On ... wrote:".
    Attribution,
    /// An appended message: everything from Outlook's header block, "-----Original Message-----", or an attribution without quote marks.
    Appended,
    /// After the line `-- ` (RFC 3676 4.3), or "Sent from my ...".
    Signature,
    /// The footer of a mailing list.
    ListFooter,
    /// "If you are not the intended recipient ...".
    Disclaimer,
    /// A mail gateway's banner above the text ("CAUTION: external sender").
    Banner,
    /// A diff, its diffstat included.
    Patch,
    /// Console output, a stack trace, a hex dump.
    Log,
    /// OpenPGP armour: signature, key, encrypted block, the frame of a clearsigned text.
    Armour,
    /// Beyond [`MAX_TEXT`].
    TooLong,
}

/// What may be read as a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandText {
    /// The writer's own lines: above the quote, below it, or between its parts, in their order.
    Words(String),
    /// There is text in HTML only. HTML is never read for commands: what it shows and what it says can differ.
    HtmlOnly,
    /// No words of the writer's own.
    Empty,
}

/// The writer's own words; of the HTML form when there is no plain text.
pub fn own_words(message: &Message) -> OwnWords {
    if !message.text.trim().is_empty() {
        strip(&message.text, message.flow, WordSource::Plain)
    } else if let Some(html) = message.html_text().filter(|text| !text.trim().is_empty()) {
        strip(lines::without_link_list(html), Flow::Fixed, WordSource::Html)
    } else {
        OwnWords { text: String::new(), quoting: Quoting::None, source: WordSource::Nothing, removed: Vec::new() }
    }
}

/// The words of a reply in which a command may stand (invariant 4).
pub fn command_words(message: &Message) -> CommandText {
    if message.text.trim().is_empty() {
        let html = message.html_text().is_some_and(|text| !text.trim().is_empty());
        return if html { CommandText::HtmlOnly } else { CommandText::Empty };
    }
    let words = strip(&message.text, message.flow, WordSource::Plain).text;
    if words.is_empty() { CommandText::Empty } else { CommandText::Words(words) }
}

fn strip(text: &str, flow: Flow, source: WordSource) -> OwnWords {
    let shortened = lines::without_endless_words(text, MAX_TEXT);
    let (text, beyond) = lines::head(&shortened, MAX_TEXT);
    let mut all = lines::read(text, flow);
    quotes::mark(&mut all);
    inserts::mark(&mut all);
    let mut words: Vec<&str> = Vec::new();
    let mut removed: Vec<Removed> = Vec::new();
    for (number, line) in all.iter().enumerate() {
        let Some(kind) = line.kind else {
            words.push(&line.text);
            continue;
        };
        match removed.last_mut().filter(|last| last.kind == kind && last.lines.end == number) {
            Some(last) => {
                last.lines.end = number + 1;
                last.text.push('\n');
                last.text.push_str(&line.text);
            }
            None => removed.push(Removed { kind, lines: number..number + 1, text: line.text.clone().into_owned() }),
        }
    }
    if !beyond.is_empty() {
        removed.push(Removed { kind: RemovedKind::TooLong, lines: all.len()..all.len() + 1, text: String::new() });
    }
    let quoted =
        |removed: &Removed| matches!(removed.kind, RemovedKind::Quote | RemovedKind::Attribution | RemovedKind::Appended);
    OwnWords {
        text: joined(&words),
        quoting: if removed.iter().any(quoted) { Quoting::Some } else { Quoting::None },
        source,
        removed,
    }
}

/// Lines with runs of blank ones made into one, none at the ends.
fn joined(words: &[&str]) -> String {
    let mut text = String::new();
    let mut blank = true;
    for line in words {
        let line = line.trim_end();
        if !(line.is_empty() && blank) {
            text.push_str(line);
            text.push('\n');
        }
        blank = line.is_empty();
    }
    text.trim_end().to_owned()
}
