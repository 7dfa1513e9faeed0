//! One pattern of a rule file, and the number by which [`super::lookup`] knows it.

use std::{
    ops::{Deref, Range},
    sync::{Arc, OnceLock},
};

use regex::{Regex, RegexBuilder, bytes};
use regex_syntax::hir::{Class, Hir, HirKind, Look};

use super::attempt::{Attempt, Tried};

/// A compiled pattern may take so many bytes, and nest so deep: a pattern of `x{1000}{1000}` is refused, not built.
const PATTERN_SIZE: usize = 1 << 20;
const PATTERN_NESTING: u32 = 50;

/// A pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    compiled: Arc<Compiled>,
    /// Its place among the patterns that [`super::lookup::Lookup`] knows; none that it does not.
    pub(super) number: usize,
}

/// The patterns of one condition.
#[derive(Debug, Clone, Default)]
pub struct Patterns {
    list: Vec<Pattern>,
    /// Their numbers as bits: which words of sixty-four have some, and which.
    numbers: Vec<(usize, u64)>,
}

impl Patterns {
    /// Gives each the number that `number` knows for it.
    pub(super) fn number(&mut self, mut number: impl FnMut(&Pattern) -> Pattern) {
        self.numbers.clear();
        for pattern in &mut self.list {
            *pattern = number(pattern);
            let (word, bit) = (pattern.number / 64, 1 << (pattern.number % 64));
            match self.numbers.iter_mut().find(|(other, _)| *other == word) {
                Some((_, bits)) => *bits |= bit,
                None => self.numbers.push((word, bit)),
            }
        }
    }

    /// Their numbers as bits.
    pub(super) fn numbers(&self) -> &[(usize, u64)] {
        &self.numbers
    }

    /// The pattern of that number.
    pub(super) fn numbered(&self, number: usize) -> Option<&Pattern> {
        self.list.iter().find(|pattern| pattern.number == number)
    }
}

impl From<Vec<Pattern>> for Patterns {
    fn from(list: Vec<Pattern>) -> Self {
        Self { list, numbers: Vec::new() }
    }
}

impl Deref for Patterns {
    type Target = [Pattern];

    fn deref(&self) -> &[Pattern] {
        &self.list
    }
}

/// Each form is built at its first use; the clones of a pattern share them. Most patterns of a rule file never need any, and nearly all only the
/// first: the others are for texts made to make tries costly, and for long texts that are not looked through for all patterns at once.
#[derive(Debug)]
struct Compiled {
    source: Arc<str>,
    /// To be tried at known places.
    attempt: OnceLock<Option<Attempt>>,
    /// `None` only when it grows too large, which is found out before.
    regex: OnceLock<Option<Regex>>,
    /// The same for texts of ASCII only: without Unicode's classes and word boundaries it is many times faster, and in such a text it finds the
    /// same. `None` when it cannot be written so.
    ascii: OnceLock<Option<bytes::Regex>>,
    /// The same without its word borders, for all other texts: it finds more, and what it does not find the pattern does not either. Unicode's
    /// word borders keep the library from its fast engines once a text has a letter outside ASCII. `None` for a pattern without any.
    relaxed: OnceLock<Option<Regex>>,
}

/// Up to this size a text is looked through by tries alone.
const SHORT: usize = 512;

impl Pattern {
    /// Checks it. What is sure to stay small is compiled when it is needed.
    ///
    /// # Errors
    /// What the regex library says of it; too large when it takes more than a megabyte.
    pub(crate) fn compile(source: &str) -> Result<Self, regex::Error> {
        match parsed(source) {
            Some(tree) if size(&tree) < PATTERN_SIZE / 2 => {}
            _ => drop(build(source)?),
        }
        let compiled = Compiled {
            source: source.into(),
            attempt: OnceLock::new(),
            regex: OnceLock::new(),
            ascii: OnceLock::new(),
            relaxed: OnceLock::new(),
        };
        Ok(Self { compiled: Arc::new(compiled), number: usize::MAX })
    }

    /// The same pattern under that number.
    pub(super) fn with_number(&self, number: usize) -> Self {
        Self { compiled: Arc::clone(&self.compiled), number }
    }

    /// As written, its placeholders filled in.
    pub fn as_str(&self) -> &str {
        &self.compiled.source
    }

    /// Whether it has a number.
    pub(super) fn is_numbered(&self) -> bool {
        self.number != usize::MAX
    }

    /// The same, shared.
    pub(super) fn source(&self) -> Arc<str> {
        Arc::clone(&self.compiled.source)
    }

    /// Its first match.
    pub(super) fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        text.get(self.find_from(text, 0)?)
    }

    /// Whether it is found.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        if text.len() > SHORT
            && let Some(ascii) = self.for_ascii(text)
        {
            return ascii.is_match(text.as_bytes());
        }
        self.find_from(text, 0).is_some()
    }

    /// Whether it is found in a text of no characters.
    pub(super) fn matches_nothing(&self) -> bool {
        let may = parsed(self.as_str()).is_none_or(|tree| tree.properties().minimum_len().is_none_or(|least| least == 0));
        may && self.is_match("")
    }

    /// Its first match in a text in which it begins at one of these places only, if at all.
    pub(super) fn find_at(&self, text: &str, places: impl Iterator<Item = usize>) -> Option<Range<usize>> {
        let mut budget = 2000 + text.len() / 16;
        let mut ways_back = Vec::new();
        for place in places {
            // Places are many in a text made for it: then one pass over the text is cheaper than a try at each.
            match self.attempt().map_or(Tried::TooLong, |attempt| attempt.at(text, place, &mut budget, &mut ways_back)) {
                Tried::Match(end) => return Some(place..end),
                Tried::Nothing => {}
                Tried::TooLong => return self.find_slowly(text, place),
            }
        }
        None
    }

    /// Its first match from a place on.
    pub(super) fn find_from(&self, text: &str, from: usize) -> Option<Range<usize>> {
        // The library falls back on its slowest engine at a word border next to a letter outside ASCII.
        if text.len() <= SHORT || !text.is_ascii() && !self.is_ruled_out(text) {
            let mut budget = 1000 + 4 * text.len();
            if let Some(Ok(found)) = self.attempt().map(|attempt| attempt.anywhere(text, from, &mut budget)) {
                return found.map(|(begin, end)| begin..end);
            }
        }
        self.find_slowly(text, from)
    }

    fn find_slowly(&self, text: &str, from: usize) -> Option<Range<usize>> {
        match self.for_ascii(text) {
            Some(ascii) => ascii.find_at(text.as_bytes(), from).map(|found| found.range()),
            None if self.is_ruled_out(text) => None,
            None => self.regex()?.find_at(text, from).map(|found| found.range()),
        }
    }

    fn regex(&self) -> Option<&Regex> {
        self.compiled.regex.get_or_init(|| build(self.as_str()).ok()).as_ref()
    }

    fn is_ruled_out(&self, text: &str) -> bool {
        let relaxed = || {
            let tree = parsed(self.as_str())?;
            let has_borders = tree.properties().look_set().iter().any(is_border);
            has_borders.then(|| build(&without_borders(&tree).to_string()).ok()).flatten()
        };
        !text.is_ascii() && self.compiled.relaxed.get_or_init(relaxed).as_ref().is_some_and(|relaxed| !relaxed.is_match(text))
    }

    fn for_ascii(&self, text: &str) -> Option<&bytes::Regex> {
        if !text.is_ascii() {
            return None;
        }
        let build = || {
            let mut builder = bytes::RegexBuilder::new(self.as_str());
            builder.unicode(false).size_limit(PATTERN_SIZE).nest_limit(PATTERN_NESTING).build().ok()
        };
        self.compiled.ascii.get_or_init(build).as_ref()
    }

    fn attempt(&self) -> Option<&Attempt> {
        self.compiled.attempt.get_or_init(|| Attempt::of(&parsed(self.as_str())?)).as_ref()
    }
}

fn build(source: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(source).size_limit(PATTERN_SIZE).nest_limit(PATTERN_NESTING).build()
}

fn parsed(source: &str) -> Option<Hir> {
    regex_syntax::ParserBuilder::new().nest_limit(PATTERN_NESTING).build().parse(source).ok()
}

/// More bytes than the library needs for a pattern.
fn size(tree: &Hir) -> usize {
    match tree.kind() {
        HirKind::Empty | HirKind::Look(_) => 100,
        HirKind::Literal(literal) => 100 + 100 * literal.0.len(),
        HirKind::Class(Class::Bytes(class)) => 100 + 100 * class.ranges().len(),
        // Up to four bytes a character, and ranges that must be cut where these change.
        HirKind::Class(Class::Unicode(class)) => 1000 + 100 * class.ranges().len(),
        HirKind::Capture(capture) => 100 + size(&capture.sub),
        HirKind::Repetition(repetition) => {
            let copies = repetition.max.unwrap_or(repetition.min.saturating_add(1)).max(1);
            size(&repetition.sub).saturating_add(100).saturating_mul(copies as usize)
        }
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(size).fold(100, |all, part| all.saturating_add(part).saturating_add(100))
        }
    }
}

fn is_border(look: Look) -> bool {
    !matches!(look, Look::Start | Look::End | Look::StartLF | Look::EndLF | Look::StartCRLF | Look::EndCRLF)
}

/// Whoever asks for less finds more: an assertion taken out only widens what matches.
fn without_borders(tree: &Hir) -> Hir {
    match tree.kind() {
        HirKind::Look(look) if is_border(*look) => Hir::empty(),
        HirKind::Capture(capture) => without_borders(&capture.sub),
        HirKind::Repetition(repetition) => Hir::repetition(repetition.with(without_borders(&repetition.sub))),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(without_borders).collect()),
        HirKind::Alternation(branches) => Hir::alternation(branches.iter().map(without_borders).collect()),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => tree.clone(),
    }
}
