//! A text as the letters and digits in it, without anything between them. Line breaks, hyphens at their ends, punctuation, indentation and
//! quote marks are gone, so that a re-wrapped, indented or quoted copy is the same stream.

use std::ops::Range;

use super::{
    fold::Folded,
    vocabulary::{self, Ground, Grounds},
};

/// One word of the stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    /// Where it begins in the stream.
    pub(super) start: u32,
    /// Where it ends in the stream.
    pub(super) end: u32,
    /// Where it begins in the original text.
    pub(super) origin: u32,
    /// How much it tells ([`vocabulary::weight`]).
    pub(super) weight: u8,
    /// Whether the words around it are known anyway.
    pub(super) known: Known,
    /// What kind of line it stands in.
    pub(super) ground: Ground,
}

impl Token {
    /// Whether a program wrote it, or a programmer.
    pub(super) fn is_of_a_machine(&self) -> bool {
        matches!(self.ground, Ground::Log | Ground::Code)
    }
}

/// Whether words are in public texts already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Known {
    /// No.
    No,
    /// Other advisories say so too: it tells something only beside the number of the case.
    Said,
    /// Everybody says so, or we do: it tells nothing.
    Furniture,
}

/// The letters and digits of a text, in lower case, and where its words are.
#[derive(Clone, Default)]
pub(super) struct Stream {
    pub(super) bytes: Vec<u8>,
    pub(super) tokens: Vec<Token>,
}

impl Stream {
    /// Reads a folded text.
    pub(super) fn of(folded: &Folded) -> Self {
        let mut stream = Self { bytes: Vec::with_capacity(folded.text().len()), tokens: Vec::new() };
        let mut at = 0;
        let mut grounds = Grounds::of(folded.text());
        for line in folded.text().split_inclusive('\n') {
            stream.line(line, at, folded, grounds.next(line));
            at += line.len();
        }
        stream
    }

    /// Reads a letter: where its words are. What they weigh is asked of the sources.
    pub(super) fn of_letter(folded: &Folded) -> Self {
        let mut stream = Self { bytes: Vec::with_capacity(folded.text().len()), tokens: Vec::new() };
        let mut at = 0;
        for line in folded.text().split_inclusive('\n') {
            stream.line(line, at, folded, Ground::Library);
            at += line.len();
        }
        stream
    }

    /// A stream of plain words, for phrases.
    pub(super) fn phrase(text: &str) -> Self {
        Self::of(&Folded::of(text))
    }

    fn line(&mut self, line: &str, at: usize, folded: &Folded, ground: Ground) {
        let mut open = false;
        let mut in_url = false;
        for (index, c) in line.char_indices() {
            if !c.is_alphanumeric() {
                open = false;
                in_url = (in_url && !c.is_whitespace()) || line.get(index..).is_some_and(|rest| rest.starts_with("://"));
                continue;
            }
            // Chinese, Japanese and Korean have no blanks between words.
            let alone = u32::from(c) >= 0x2e80;
            if !open || alone {
                self.close();
                let ground = if in_url && ground != Ground::Library { Ground::Url } else { ground };
                let start = position(self.bytes.len());
                let origin = position(folded.origin(at + index));
                self.tokens.push(Token { start, end: start, origin, weight: 0, known: Known::No, ground });
            }
            open = !alone;
            let mut buffer = [0; 4];
            self.bytes.extend_from_slice(c.to_ascii_lowercase().encode_utf8(&mut buffer).as_bytes());
        }
        self.close();
    }

    fn close(&mut self) {
        let end = position(self.bytes.len());
        let Some(last) = self.tokens.last_mut() else { return };
        if last.end == last.start {
            last.end = end;
            if matches!(last.ground, Ground::Library | Ground::Names) {
                return;
            }
            let word = self.bytes.get(last.start as usize..).unwrap_or_default();
            last.weight = vocabulary::weight(&String::from_utf8_lossy(word), last.ground);
        }
    }

    /// Which tokens lie wholly within `start..end` of the stream.
    pub(super) fn within(&self, start: usize, end: usize) -> Range<usize> {
        let first = self.tokens.partition_point(|token| (token.start as usize) < start);
        let last = self.tokens.partition_point(|token| (token.end as usize) <= end);
        first..last.max(first)
    }

    /// Whether a word begins at this place of the stream, or the stream ends there.
    pub(super) fn is_edge(&self, at: usize) -> bool {
        at == self.bytes.len() || self.tokens.binary_search_by_key(&at, |token| token.start as usize).is_ok()
    }

    /// Where the part `start..end` of the stream stands in the original text: from its first word to the beginning of its last.
    pub(super) fn origin(&self, start: usize, end: usize) -> (usize, usize) {
        let first = self.tokens.partition_point(|token| (token.end as usize) <= start);
        let last = self.tokens.partition_point(|token| (token.start as usize) < end).saturating_sub(1);
        let at = |index: usize| self.tokens.get(index).map_or(0, |token| token.origin as usize);
        (at(first), at(last.max(first)))
    }
}

/// Texts beyond 4 GiB do not exist here: a message is bounded long before.
pub(super) fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
