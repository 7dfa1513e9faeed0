//! Pattern files: TOML in, compiled patterns out, and an error that names the line.
//!
//! The lists of words by which advisories and applications are read are data (invariant 9). Promises: a file is taken whole or not at all;
//! every pattern runs in linear time with a bounded size. Fails with a [`PatternFileError`] that carries line and column; it quotes
//! the file, never a mail.

use regex::{Regex, RegexBuilder};
use serde::de::DeserializeOwned;
use toml::Spanned;

#[cfg(test)]
mod tests;

/// What is wrong with a pattern file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct PatternFileError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub problem: String,
}

/// A pattern as it stands in a file.
pub type Written = Spanned<String>;

/// Reads a pattern file into the shape `T`, whose unknown keys are errors (`deny_unknown_fields`).
///
/// # Errors
/// Whatever TOML or the shape refuses, with line and column.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, PatternFileError> {
    toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        at_offset(text, at, error.message().to_owned())
    })
}

/// Compiles the patterns of one key.
///
/// # Errors
/// The first pattern that is no regular expression or grows too large.
pub fn compile(file: &str, written: &[Written]) -> Result<Vec<Regex>, PatternFileError> {
    written.iter().map(|pattern| compile_one(file, pattern, pattern.get_ref())).collect()
}

/// Compiles `text`, made from the pattern that stands at `written` (with its placeholders filled in).
///
/// # Errors
/// When `text` is no regular expression or grows too large.
pub fn compile_one(file: &str, written: &Written, text: &str) -> Result<Regex, PatternFileError> {
    RegexBuilder::new(text).size_limit(1 << 20).dfa_size_limit(1 << 20).nest_limit(50).build().map_err(|error| {
        // The last line of the library's message says what is wrong; the lines above draw the pattern.
        let reason = error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        at_offset(file, written.span().start, format!("no valid pattern: {reason}"))
    })
}

/// An error of the meaning, at the place of `written`.
pub fn refused(file: &str, written: &Written, problem: &str) -> PatternFileError {
    at_offset(file, written.span().start, problem.to_owned())
}

fn at_offset(file: &str, offset: usize, problem: String) -> PatternFileError {
    let before = file.get(..offset).unwrap_or(file);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    PatternFileError { line, column, problem }
}
