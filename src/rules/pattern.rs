//! One pattern of a rule file, and the number by which [`super::lookup`] knows it.

use std::{
    ops::Range,
    sync::{Arc, OnceLock},
};

use regex::{Regex, RegexBuilder, bytes};
use regex_automata::{Anchored, Input, meta, util::syntax};
use regex_syntax::hir::{Hir, HirKind, Look};

use super::starts::Distance;

/// A compiled pattern may take so many bytes, and nest so deep: a pattern of `x{1000}{1000}` is refused, not built.
const PATTERN_SIZE: usize = 1 << 20;
const PATTERN_NESTING: u32 = 50;

/// A pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    compiled: Arc<Compiled>,
    /// Its place among the patterns that [`super::lookup::Lookup`] knows; none that it does not.
    pub(super) number: usize,
    /// Its place among the answers that [`super::view::Answers`] keeps.
    pub(super) answer: usize,
}

/// Each form is built at its first use; the clones of a pattern share them.
#[derive(Debug)]
struct Compiled {
    regex: Regex,
    /// The same for texts of ASCII only: without Unicode's classes and word boundaries it is many times faster, and in such a text it finds the
    /// same. `None` when it cannot be written so.
    ascii: OnceLock<Option<bytes::Regex>>,
    /// The same without its word borders, for all other texts: it finds more, and what it does not find the pattern does not either. Unicode's
    /// word borders keep the library from its fast engines once a text has a letter outside ASCII. `None` for a pattern without any.
    relaxed: OnceLock<Option<Regex>>,
    /// The same to be tried at known places, for texts of ASCII and for all others.
    at_ascii: OnceLock<Option<meta::Regex>>,
    at_any: OnceLock<Option<meta::Regex>>,
    /// What a try at one place can cost.
    length: OnceLock<Distance>,
}

/// The letters of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    /// All of ASCII.
    Ascii,
    /// Others too.
    Any,
}

impl Letters {
    pub(super) fn of(text: &str) -> Self {
        if text.is_ascii() { Self::Ascii } else { Self::Any }
    }
}

impl Pattern {
    /// Compiles it.
    ///
    /// # Errors
    /// What the regex library says of it; too large when it takes more than a megabyte.
    pub(crate) fn compile(source: &str) -> Result<Self, regex::Error> {
        let compiled = Compiled {
            regex: build(source)?,
            ascii: OnceLock::new(),
            relaxed: OnceLock::new(),
            at_ascii: OnceLock::new(),
            at_any: OnceLock::new(),
            length: OnceLock::new(),
        };
        Ok(Self { compiled: Arc::new(compiled), number: usize::MAX, answer: usize::MAX })
    }

    /// The same pattern under that number.
    pub(super) fn numbered(&self, number: usize) -> Self {
        Self { compiled: Arc::clone(&self.compiled), number, answer: usize::MAX }
    }

    /// As written, its placeholders filled in.
    pub fn as_str(&self) -> &str {
        self.compiled.regex.as_str()
    }

    /// Its first match.
    pub(super) fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        text.get(self.find_from(text, 0, Letters::of(text))?)
    }

    /// Whether it is found.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        let letters = Letters::of(text);
        match self.for_ascii(letters) {
            Some(ascii) => ascii.is_match(text.as_bytes()),
            None => !self.is_ruled_out(text, letters) && self.compiled.regex.is_match(text),
        }
    }

    /// Its first match in a text in which it begins at one of these places only, if at all.
    pub(super) fn find_at(&self, text: &str, letters: Letters, places: impl Iterator<Item = usize>) -> Option<Range<usize>> {
        let mut places = places.peekable();
        places.peek()?;
        let Some(anchored) = self.anchored(letters) else { return self.find_from(text, 0, letters) };
        // Places are many in a text made for it: then one pass over the text is cheaper than a try at each.
        let tries = if self.length() == Distance::Any { 4 } else { 8 + text.len() / 256 };
        for (tried, place) in places.enumerate() {
            if tried >= tries {
                return self.find_from(text, place, letters);
            }
            let found = anchored.search(&Input::new(text).range(place..).anchored(Anchored::Yes));
            if let Some(found) = found {
                return Some(found.range());
            }
        }
        None
    }

    pub(super) fn find_from(&self, text: &str, from: usize, letters: Letters) -> Option<Range<usize>> {
        match self.for_ascii(letters) {
            Some(ascii) => ascii.find_at(text.as_bytes(), from).map(|found| found.range()),
            None if self.is_ruled_out(text, letters) => None,
            None => self.compiled.regex.find_at(text, from).map(|found| found.range()),
        }
    }

    fn is_ruled_out(&self, text: &str, letters: Letters) -> bool {
        let relaxed = || {
            let tree = self.tree()?;
            let has_borders = tree.properties().look_set().iter().any(is_border);
            has_borders.then(|| build(&without_borders(&tree).to_string()).ok()).flatten()
        };
        letters == Letters::Any
            && self.compiled.relaxed.get_or_init(relaxed).as_ref().is_some_and(|relaxed| !relaxed.is_match(text))
    }

    fn for_ascii(&self, letters: Letters) -> Option<&bytes::Regex> {
        if letters == Letters::Any {
            return None;
        }
        let build = || {
            let mut builder = bytes::RegexBuilder::new(self.as_str());
            builder.unicode(false).size_limit(PATTERN_SIZE).nest_limit(PATTERN_NESTING).build().ok()
        };
        self.compiled.ascii.get_or_init(build).as_ref()
    }

    fn anchored(&self, letters: Letters) -> Option<&meta::Regex> {
        let build = |syntax: syntax::Config| {
            let limits = meta::Config::new().nfa_size_limit(Some(PATTERN_SIZE)).auto_prefilter(false).utf8_empty(false);
            meta::Builder::new().syntax(syntax.nest_limit(PATTERN_NESTING)).configure(limits).build(self.as_str()).ok()
        };
        let syntax = syntax::Config::new();
        let built = if letters == Letters::Ascii {
            self.compiled.at_ascii.get_or_init(|| build(syntax.unicode(false).utf8(false)))
        } else {
            self.compiled.at_any.get_or_init(|| build(syntax))
        };
        built.as_ref()
    }

    fn length(&self) -> Distance {
        *self.compiled.length.get_or_init(|| self.tree().map_or(Distance::Any, |tree| Distance::of(&tree)))
    }

    fn tree(&self) -> Option<Hir> {
        regex_syntax::Parser::new().parse(self.as_str()).ok()
    }
}

fn build(source: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(source).size_limit(PATTERN_SIZE).nest_limit(PATTERN_NESTING).build()
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
