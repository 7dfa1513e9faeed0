//! Patterns that are part of the program.

use regex::Regex;

/// Compiles a constant pattern.
#[expect(clippy::unwrap_used, reason = "the patterns are constants; the tests of each module compile every one")]
pub(super) fn constant(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap()
}

/// A named constant pattern, compiled at its first use.
macro_rules! pattern {
    ($vis:vis $name:ident, $($text:expr),+ $(,)?) => {
        $vis static $name: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| $crate::mail::wording::constant(concat!($($text),+)));
    };
}
pub(super) use pattern;
