//! One pattern of a rule file, and the number by which [`super::needed`] knows it.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder, bytes};
use regex_syntax::hir::{Hir, HirKind, Look};

/// A compiled pattern may take so many bytes, and nest so deep: a pattern of `x{1000}{1000}` is refused, not built.
const PATTERN_SIZE: usize = 1 << 20;
const PATTERN_NESTING: u32 = 50;

/// A pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    regex: Regex,
    /// The same for texts of ASCII only, built at its first use: without Unicode's classes and word boundaries it is many times faster, and
    /// in such a text it finds the same. `None` when it cannot be written so.
    ascii: OnceLock<Option<bytes::Regex>>,
    /// The same without its word borders, for all other texts: it finds more, and what it does not find the pattern does not either. Unicode's
    /// word borders keep the library from its fast engines once a text has a letter outside ASCII. `None` for a pattern without any.
    relaxed: OnceLock<Option<Regex>>,
    /// Its place among the patterns that [`super::needed::Index`] knows; none that it does not.
    pub(super) number: usize,
}

impl Pattern {
    /// Compiles it.
    ///
    /// # Errors
    /// What the regex library says of it; too large when it takes more than a megabyte.
    pub(crate) fn compile(source: &str) -> Result<Self, regex::Error> {
        Ok(Self { regex: build(source)?, ascii: OnceLock::new(), relaxed: OnceLock::new(), number: usize::MAX })
    }

    /// As written, its placeholders filled in.
    pub fn as_str(&self) -> &str {
        self.regex.as_str()
    }

    /// Its first match.
    pub(super) fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self.for_ascii(text) {
            Some(ascii) => ascii.find(text.as_bytes()).and_then(|found| text.get(found.range())),
            None if self.is_ruled_out(text) => None,
            None => self.regex.find(text).map(|found| found.as_str()),
        }
    }

    /// Whether it is found.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        match self.for_ascii(text) {
            Some(ascii) => ascii.is_match(text.as_bytes()),
            None => !self.is_ruled_out(text) && self.regex.is_match(text),
        }
    }

    fn is_ruled_out(&self, text: &str) -> bool {
        let relaxed = || {
            let tree = regex_syntax::Parser::new().parse(self.as_str()).ok()?;
            let has_borders = tree.properties().look_set().iter().any(is_border);
            has_borders.then(|| build(&without_borders(&tree).to_string()).ok()).flatten()
        };
        !text.is_ascii() && self.relaxed.get_or_init(relaxed).as_ref().is_some_and(|relaxed| !relaxed.is_match(text))
    }

    fn for_ascii(&self, text: &str) -> Option<&bytes::Regex> {
        if !text.is_ascii() {
            return None;
        }
        let build = || {
            let mut builder = bytes::RegexBuilder::new(self.regex.as_str());
            builder.unicode(false).size_limit(PATTERN_SIZE).nest_limit(PATTERN_NESTING).build().ok()
        };
        self.ascii.get_or_init(build).as_ref()
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
