//! One pattern of a rule file, and the number by which [`super::needed`] knows it.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder, bytes};

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
    /// Its place among the patterns that [`super::needed::Index`] knows; none that it does not.
    pub(super) number: usize,
}

impl Pattern {
    /// Compiles it.
    ///
    /// # Errors
    /// What the regex library says of it; too large when it takes more than a megabyte.
    pub(super) fn compile(source: &str) -> Result<Self, regex::Error> {
        let regex = RegexBuilder::new(source).size_limit(PATTERN_SIZE).nest_limit(PATTERN_NESTING).build()?;
        Ok(Self { regex, ascii: OnceLock::new(), number: usize::MAX })
    }

    /// As written, its placeholders filled in.
    pub fn as_str(&self) -> &str {
        self.regex.as_str()
    }

    /// Its first match.
    pub(super) fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self.for_ascii(text) {
            Some(ascii) => ascii.find(text.as_bytes()).and_then(|found| text.get(found.range())),
            None => self.regex.find(text).map(|found| found.as_str()),
        }
    }

    /// Whether it is found.
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.for_ascii(text).map_or_else(|| self.regex.is_match(text), |ascii| ascii.is_match(text.as_bytes()))
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
