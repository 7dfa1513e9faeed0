//! What a mail carries beside its writer's own words and is prose all the same: the message of a commit, comments in a patch, a sentence among the
//! lines of a log, a signature, an attached text, the question to which the words are the answer.
//!
//! It goes out with the words, so that whoever decides by words must know these too. Left out is what no person writes by the way: code, file names
//! and hashes, the frame of a diff, diffstats, and trailers such as `Signed-off-by: Ada Byron <ada@...>`. Promises: one pass over the text; a line that
//! claims to be of a patch and is beyond what its hunk counts is prose; what cannot be read is a piece of its own, [`BesideKind::Unread`].
//! Cannot fail.

pub(in crate::mail) mod armour;
mod body;
mod code;
pub(in crate::mail) mod joined;
mod logs;
mod patch;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, ops::Range};

use crate::mail::Flow;

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
    /// What stands around the words and is neither own nor a quote of what is answered: a frame somebody drew, a forwarded message, a line of armour.
    Frame,
    /// A sentence in code that a patch leaves as it is.
    Context,
    /// What a file is called or described as.
    Name,
    /// What gateways, lists and lawyers add.
    Notice,
    /// The subject of an answer.
    Subject,
    /// Something that could not be read: not UTF-8, binary, or too long.
    Unread,
}

impl BesideKind {
    /// All kinds with the words that rule files use for them.
    pub const NAMES: [(&'static str, BesideKind); 14] = [
        ("message", BesideKind::Message),
        ("comment", BesideKind::Comment),
        ("aside", BesideKind::Aside),
        ("log", BesideKind::Log),
        ("output", BesideKind::Output),
        ("signature", BesideKind::Signature),
        ("question", BesideKind::Question),
        ("text", BesideKind::Text),
        ("frame", BesideKind::Frame),
        ("context", BesideKind::Context),
        ("name", BesideKind::Name),
        ("notice", BesideKind::Notice),
        ("subject", BesideKind::Subject),
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
    /// An OpenPGP signature.
    Signature,
    /// A signature in DER.
    Der,
    /// Something else: its words are not looked at.
    Unread,
}

/// A message whose text is read.
pub(in crate::mail) struct Given<'a> {
    /// The text, and what is attached behind it.
    pub(in crate::mail) text: &'a str,
    pub(in crate::mail) flow: Flow,
    pub(in crate::mail) attached: &'a [Attached],
    /// What its parts are called and described as.
    pub(in crate::mail) names: &'a [String],
    pub(in crate::mail) answers: Answers<'a>,
}

/// What a message answers.
#[derive(Clone, Copy)]
pub(in crate::mail) enum Answers<'a> {
    /// Something, under this subject.
    To(&'a str),
    /// Nothing.
    Nothing,
}

impl Answers<'_> {
    fn is_answer(self) -> bool {
        matches!(self, Answers::To(_))
    }

    /// Whether an older message of that subject may be what is answered.
    fn is_about(self, other: &str) -> bool {
        match self {
            Answers::To(subject) => matter(subject) == matter(other),
            Answers::Nothing => false,
        }
    }
}

/// A subject without what mail programs and lists put before it.
fn matter(subject: &str) -> String {
    let mut rest = subject.trim();
    loop {
        let tagless = rest.strip_prefix('[').and_then(|tag| tag.split_once(']')).map(|(_, after)| after.trim_start());
        let short = |mark: &str| mark.chars().filter(|c| c.is_alphabetic()).count() <= 4 && !mark.contains('-');
        let next = tagless.or_else(|| rest.split_once(':').filter(|(mark, _)| short(mark)).map(|(_, after)| after.trim_start()));
        match next {
            Some(next) => rest = next,
            None => return rest.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase(),
        }
    }
}

/// Whether a subject says that it answers: `Re: ...`, `AW: ...`, `[list] Re: ...`.
pub fn is_answer(subject: &str) -> bool {
    let mut rest = subject.trim_start();
    while let Some((_, after)) = rest.strip_prefix('[').and_then(|tag| tag.split_once(']')) {
        rest = after.trim_start();
    }
    let Some((mark, _)) = rest.split_once(':') else { return false };
    let mark = mark.split('[').next().unwrap_or_default().trim().to_ascii_lowercase();
    ["re", "aw", "antw", "sv", "vs", "odp", "rif"].contains(&mark.as_str())
}

/// Reads the text of a message, and what is attached to it.
pub(in crate::mail) fn beside(given: &Given<'_>) -> Beside {
    let mut out = Gathered::default();
    let Given { text, attached, .. } = *given;
    let own = attached.first().map_or(text.len(), |first| first.range.start);
    if let Answers::To(subject) = given.answers
        && is_answer(subject)
    {
        title(subject, &mut out);
    }
    body::read(text.get(..own).unwrap_or_default(), given.flow, given.answers, &mut out);
    given.names.iter().for_each(|name| file_name(name, &mut out));
    for part in attached {
        let text = text.get(part.range.clone()).unwrap_or_default();
        match part.form {
            Form::Der => {}
            _ if !is_readable(text) => out.unread(),
            Form::Patch => patch::read(&text.lines().collect::<Vec<_>>(), &mut out),
            Form::Signature => armour::read(&text.lines().collect::<Vec<_>>(), &mut out),
            Form::Text => attached_text(text, &mut out),
            Form::Unread => out.unread(),
        }
    }
    out.beside
}

/// The subject of an answer without its marks.
fn title(subject: &str, out: &mut Gathered) {
    let mut rest = subject.trim_start();
    while let Some((mark, after)) = rest.split_once([':', ']']) {
        if mark.trim_start_matches('[').chars().count() > 40 || !(mark.starts_with('[') || is_answer(rest)) {
            break;
        }
        if mark.starts_with('[') && !joined::is_tag(mark.trim_start_matches('[')) {
            out.piece(BesideKind::Subject, mark.trim_start_matches('['));
        }
        rest = after.trim_start();
    }
    // A matter is named in a word or two besides the number of the advisory.
    let words = || rest.split(|c: char| !c.is_alphabetic() && c != '\'').filter(|word| word.len() > 1);
    if words().count() > 3 || words().any(joined::is_of_sentences) || rest.contains("(was") {
        out.piece(BesideKind::Subject, &rest.replace(',', ", "));
    }
}

/// What a file is called: its words, when there are two at least.
fn file_name(name: &str, out: &mut Gathered) {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let stem = if ending.len() > 5 || ending.contains(' ') { name } else { stem };
    let words: Vec<&str> = joined::parts(stem).filter(|part| part.chars().any(char::is_alphabetic)).collect();
    let plain = words.iter().filter(|word| word.len() > 1 && word.chars().all(|c| c.is_alphabetic() || c == '\'')).count();
    if plain > 1 {
        out.piece(BesideKind::Name, &words.join(" "));
    }
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
