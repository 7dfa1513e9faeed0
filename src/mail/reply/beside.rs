//! What a mail carries beside its writer's own words and is prose all the same: the message of a commit, comments in a patch, a sentence among the
//! lines of a log, a signature, an attached text, the question to which the words are the answer.
//!
//! It goes out with the words, so that whoever decides by words must know these too. Left out is what no person writes by the way: code, file names
//! and hashes, the frame of a diff, diffstats, and trailers such as `Signed-off-by: Ada Byron <ada@...>`. Promises: one pass over the text; a line that
//! claims to be of a patch and is beyond what its hunk counts is prose; what cannot be read is a piece of its own, [`BesideKind::Unread`].
//! Cannot fail.

mod code;
mod logs;
mod patch;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, ops::Range};

use super::{MAX_TEXT, RemovedKind, ends, inserts, lines, lines::Line, quotes};
use crate::mail::{Flow, wording::pattern};

/// Pieces of prose, one below the other with an empty line between them. No `Debug`: it is the mail.
#[derive(Clone, Default)]
pub struct Beside {
    /// All pieces; one blank between words.
    pub text: String,
    /// Where each stands, in their order.
    pub pieces: Vec<Piece>,
}

/// One piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub kind: BesideKind,
    /// Where it stands in the text.
    pub range: Range<usize>,
}

/// What a piece of prose beside the own words is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BesideKind {
    /// The title and the message of a commit, and whatever else stands in a patch and is no code.
    Message,
    /// A comment that a patch adds or takes away, a text in quotation marks in such a line, a line of it that reads like prose.
    Comment,
    /// A sentence of either that names a function which the patch does not have: it may be about other code.
    Aside,
    /// A line of a log that reads like a sentence.
    Log,
    /// Any other line of a log.
    Output,
    /// A line below `-- `.
    Signature,
    /// What is quoted right above an answer that begins like one: with a yes, a no, a "we do".
    Question,
    /// A paragraph of an attached text that is neither patch nor log.
    Text,
    /// Something that could not be read: not UTF-8, binary, or too long.
    Unread,
}

impl BesideKind {
    /// All kinds with the words that rule files use for them.
    pub const NAMES: [(&'static str, BesideKind); 9] = [
        ("message", BesideKind::Message),
        ("comment", BesideKind::Comment),
        ("aside", BesideKind::Aside),
        ("log", BesideKind::Log),
        ("output", BesideKind::Output),
        ("signature", BesideKind::Signature),
        ("question", BesideKind::Question),
        ("text", BesideKind::Text),
        ("unread", BesideKind::Unread),
    ];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        Self::NAMES.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// What stands in the text of a message behind its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::mail) struct Attached {
    /// Where.
    pub(in crate::mail) range: Range<usize>,
    /// What it is.
    pub(in crate::mail) form: Form,
}

/// What an attached text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mail) enum Form {
    /// A patch, by its name or type.
    Patch,
    /// Any other text.
    Text,
    /// Something else: its words are not looked at.
    Unread,
}

/// Reads the text of a message, and what is attached to it.
pub(in crate::mail) fn beside(text: &str, flow: Flow, attached: &[Attached]) -> Beside {
    let mut out = Gathered::default();
    let own = attached.first().map_or(text.len(), |first| first.range.start);
    body(text.get(..own).unwrap_or_default(), flow, &mut out);
    for part in attached {
        let text = text.get(part.range.clone()).unwrap_or_default();
        match part.form {
            _ if !is_readable(text) => out.unread(),
            Form::Patch => patch::read(&text.lines().collect::<Vec<_>>(), &mut out),
            Form::Text => attached_text(text, &mut out),
            Form::Unread => out.unread(),
        }
    }
    out.beside
}

/// Whether it is text as people write it: no control characters, nothing that could not be decoded.
fn is_readable(text: &str) -> bool {
    !text.chars().any(|c| c == '\u{fffd}' || c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}'))
}

/// The pieces so far, and the paragraph that is open.
#[derive(Default)]
struct Gathered {
    beside: Beside,
    open: Option<BesideKind>,
}

impl Gathered {
    /// A line of a paragraph. One of another kind ends the paragraph before.
    fn line(&mut self, kind: BesideKind, line: &str) {
        if self.open != Some(kind) {
            self.end();
        }
        for word in line.split_whitespace() {
            let Beside { text, pieces } = &mut self.beside;
            if self.open.is_none() {
                if !text.is_empty() {
                    text.push_str("\n\n");
                }
                pieces.push(Piece { kind, range: text.len()..text.len() });
                self.open = Some(kind);
            } else {
                text.push(' ');
            }
            text.push_str(word);
            if let Some(piece) = pieces.last_mut() {
                piece.range.end = text.len();
            }
        }
    }

    /// Ends the paragraph.
    fn end(&mut self) {
        self.open = None;
    }

    /// A paragraph of its own.
    fn piece(&mut self, kind: BesideKind, text: &str) {
        self.end();
        self.line(kind, text);
        self.end();
    }

    /// Makes asides of the sentences among the latest pieces that name what is not in the code.
    fn asides(&mut self, from: usize, code: &[&str]) {
        let latest = self.beside.pieces.get(from..).unwrap_or_default();
        let text = |piece: &Piece| self.beside.text.get(piece.range.clone()).unwrap_or_default();
        if !latest.iter().any(|piece| functions(text(piece)).next().is_some()) {
            return;
        }
        let known = code.iter().flat_map(|line| line.split(|c: char| !is_of_name(c)));
        let known: BTreeSet<&str> = known.filter(|name| name.len() > 2).collect();
        let latest: Vec<(BesideKind, String)> = latest.iter().map(|piece| (piece.kind, text(piece).to_owned())).collect();
        let start = self.beside.pieces.get(from).map_or(self.beside.text.len(), |piece| piece.range.start);
        self.beside.text.truncate(start.saturating_sub(2));
        self.beside.pieces.truncate(from);
        for (kind, text) in latest {
            if matches!(kind, BesideKind::Message | BesideKind::Comment) {
                for sentence in text.split_inclusive(". ") {
                    let elsewhere = functions(sentence).any(|name| !known.contains(name));
                    self.line(if elsewhere { BesideKind::Aside } else { kind }, sentence);
                }
                self.end();
            } else {
                self.piece(kind, &text);
            }
        }
    }

    fn unread(&mut self) {
        if self.beside.pieces.last().is_none_or(|piece| piece.kind != BesideKind::Unread) {
            self.piece(BesideKind::Unread, "unread");
        }
    }
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The functions that a text names: `foo()`, `foo(bar)`, `do_foo`.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace().filter_map(|word| {
        let word = word.trim_start_matches(|c: char| !is_of_name(c));
        let (name, behind) = word.split_at_checked(word.find(|c: char| !is_of_name(c)).unwrap_or(word.len()))?;
        let called = behind.starts_with('(') && !name.is_empty();
        let small = name.contains('_') && name.chars().all(|c| !c.is_ascii_uppercase()) && !behind.starts_with(['/', '.', '-']);
        (called || small).then_some(name)
    })
}

fn body(text: &str, flow: Flow, out: &mut Gathered) {
    let shortened = lines::without_endless_words(text, MAX_TEXT);
    let (text, beyond) = lines::head(&shortened, MAX_TEXT);
    let mut all = lines::read(text, flow);
    quotes::mark(&mut all);
    inserts::mark(&mut all);
    let mut at = 0;
    let mut answered = None;
    while let Some(line) = all.get(at) {
        let kind = line.kind;
        let length = all.iter().skip(at).take_while(|line| line.kind == kind).count();
        let run = all.get(at..at + length).unwrap_or_default();
        match kind {
            Some(RemovedKind::Patch) => patch::read(&texts(run), out),
            Some(RemovedKind::Log) => run.iter().for_each(|line| logs::line(&line.text, out)),
            Some(RemovedKind::Signature) => signatures(&texts(run), out),
            Some(RemovedKind::Quote) => answered = Some(run),
            None => {
                let own = run.iter().find(|line| !line.is_blank());
                if let Some(own) = own {
                    answer(&own.text, answered.take(), all.get(at + length..).unwrap_or_default(), out);
                }
            }
            _ => {}
        }
        out.end();
        at += length;
    }
    if !beyond.is_empty() {
        out.unread();
    }
}

fn texts<'l>(lines: &'l [Line<'_>]) -> Vec<&'l str> {
    lines.iter().map(|line| &*line.text).collect()
}

pattern!(
    ANSWER,
    r"(?i)^\W*(?:yes|yep|yeah|yup|aye|no|nope|nah|not (?:yet|really|quite|here|me)|never|none|neither|both|all|sure|ok|okay|okey|fine|right|correct|exactly|precisely|indeed|true|false|done|agreed?|agree|ack|nak|nack|\+ ?1|-1|same|so do|so did|me too|us too|likewise|please do|go ahead|go for it|of course|absolutely|definitely|certainly|already|sent|pushed|posted|will do|(?:we|they) (?:can|could|may|should|must|do|did|are|will|have)|(?:you|i|it|that|this|one|he|she|members?) (?:can|could|may|should|must|might|do|did|does|will|would|have|has|is|was)(?: not|n't)?[.,;!]|works for|probably|maybe|perhaps|mostly|partly|half|ja|nein|oui|non|si|sí)(?:\b|$)|^\s*\+1"
);

// What somebody will do himself he says in his own words; what "do it" stands for stands in the question.
pattern!(
    OWN_PLAN,
    r"(?i)^\W*(?:yes|yep|sure|ok|okay)[,.;!]? (?:I['\u{2019}]ll|I will|I can|let me) (?:[a-ce-z]|d[a-np-z])[a-z]+ (?:[^\s.]+ ){2,}"
);

/// The question that own words answer: what is quoted right above them; or below, when they begin with a yes and nothing is above.
fn answer(own: &str, above: Option<&[Line<'_>]>, below: &[Line<'_>], out: &mut Gathered) {
    if !ANSWER.is_match(own) || OWN_PLAN.is_match(own) {
        return;
    }
    if let Some(quoted) = above {
        let asked = last_paragraph(quoted).into_iter().rev().collect::<Vec<_>>().join(" ");
        // What leads up to a question was said before.
        let question = asked.trim_end_matches([')', '"', '\'', '*', '_', ' ']);
        let sentence = question.strip_suffix('?').and_then(|rest| rest.rfind(". ")).and_then(|end| asked.get(end + 2..));
        return out.piece(BesideKind::Question, sentence.unwrap_or(&asked));
    }
    let quoted = |line: &&Line<'_>| matches!(line.kind, Some(RemovedKind::Quote | RemovedKind::Appended));
    for line in below.iter().filter(quoted) {
        let line = unquoted(&line.text);
        if line.contains('?') {
            out.piece(BesideKind::Question, line);
        }
    }
}

/// The lines of the last paragraph of a quote, from the bottom. Lines of a quoted patch are none.
fn last_paragraph<'l>(quoted: &'l [Line<'_>]) -> Vec<&'l str> {
    let mut lines: Vec<&str> = Vec::new();
    for line in quoted.iter().rev() {
        let line = unquoted(&line.text);
        match line.is_empty() {
            true if lines.is_empty() => {}
            true => break,
            false if line.starts_with(['+', '@']) || line.starts_with("--- ") || line.starts_with("diff ") => {}
            false => lines.push(line),
        }
    }
    lines
}

/// A quoted line without its marks.
fn unquoted(line: &str) -> &str {
    let line = line.trim();
    let (_, rest) = lines::depth(line);
    rest.trim_start_matches(['|', '>']).trim()
}

/// A signature without the disclaimers in it.
fn signatures(lines: &[&str], out: &mut Gathered) {
    let mut legal = false;
    for (at, line) in lines.iter().enumerate() {
        if line.trim().is_empty() {
            legal = false;
        } else if !legal && ends::is_boilerplate(line) {
            let rest: Vec<&str> = lines.iter().skip(at).copied().take_while(|line| !line.trim().is_empty()).collect();
            legal = ends::is_disclaimer(&rest.join(" "));
        }
        if !legal {
            signature(line, out);
        }
    }
}

/// A line of a signature without what is no word: addresses, sites, numbers.
fn signature(line: &str, out: &mut Gathered) {
    let is_site = |word: &str| {
        let (link, path) = word.split_once("://").map_or((word.starts_with("www."), word), |(_, rest)| (true, rest));
        link && path.trim_end_matches('/').matches('/').count() == 0
    };
    let is_contact = |word: &&str| {
        word.contains('@')
            || is_site(word)
            || !word.chars().any(char::is_alphabetic)
            || word.chars().any(|c| c.is_ascii_digit()) && word.chars().all(|c| c.is_ascii_hexdigit() || c == ':')
    };
    let words: Vec<&str> = line.split_whitespace().filter(|word| !is_contact(word)).collect();
    out.piece(BesideKind::Signature, &words.join(" "));
}

/// An attached text: a patch if one begins in it, else a log or prose, as its lines are.
fn attached_text(text: &str, out: &mut Gathered) {
    let lines: Vec<&str> = text.lines().collect();
    if lines.windows(2).any(|two| matches!(two, [a, b] if a.starts_with("--- ") && b.starts_with("+++ "))) {
        return patch::read(&lines, out);
    }
    for line in lines {
        if logs::is_log(line) {
            logs::line(line, out);
        } else if line.trim().is_empty() {
            out.end();
        } else {
            out.line(BesideKind::Text, line);
        }
    }
    out.end();
}
