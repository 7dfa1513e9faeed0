//! What is wrong with a rule file: where, what, and what to write instead. Never shows a mail; a rule file holds none.

use std::{fmt, ops::Range};

/// One thing wrong with a rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFileError {
    /// The file, as the caller named it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub problem: String,
    /// What to write instead.
    pub remedy: String,
}

impl fmt::Display for RuleFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}\n  remedy: {}", self.file, self.line, self.column, self.problem, self.remedy)
    }
}

/// Everything wrong with a rule file, from the top. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct RuleFileErrors(pub Vec<RuleFileError>);

impl fmt::Display for RuleFileErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

/// Collects what is wrong with one file.
pub(super) struct Complaints<'t> {
    file: &'t str,
    text: &'t str,
    found: Vec<RuleFileError>,
}

impl<'t> Complaints<'t> {
    pub(super) fn about(file: &'t str, text: &'t str) -> Self {
        Self { file, text, found: Vec::new() }
    }

    pub(super) fn at(&mut self, span: &Range<usize>, problem: impl Into<String>, remedy: impl Into<String>) {
        let (line, column) = position(self.text, span.start);
        self.found.push(RuleFileError {
            file: self.file.to_owned(),
            line,
            column,
            problem: problem.into(),
            remedy: remedy.into(),
        });
    }

    /// `value` when there was nothing to complain about.
    pub(super) fn or<T>(mut self, value: Option<T>) -> Result<T, RuleFileErrors> {
        self.found.sort_by_key(|error| (error.line, error.column));
        match value {
            Some(value) if self.found.is_empty() => Ok(value),
            _ => Err(RuleFileErrors(self.found)),
        }
    }
}

/// Line and column, both from 1, of a byte offset.
pub(super) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}
