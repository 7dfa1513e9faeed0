//! What is wrong with a configuration, where, and what to do about it.

use std::{
    fmt,
    ops::Range,
    path::{Path, PathBuf},
};

/// A place in a text file. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as the configuration names it.
    pub file: PathBuf,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Place {
    /// The place of the byte `offset` of `text`.
    pub fn of(file: &Path, text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { file: file.to_owned(), line, column }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

/// One thing that makes a configuration unusable.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{place}: {problem}\n  remedy: {remedy}")]
pub struct ConfigError {
    /// Where.
    pub place: Place,
    /// What is wrong. Names list addresses and organisations, never the address of a member and never a secret.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

/// Everything that makes a configuration unusable: never empty, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, error) in self.0.iter().enumerate() {
            if nth > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

/// Something allowed and still worth a look.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    /// Where.
    pub place: Place,
    /// What.
    pub text: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

/// Collects what the checks of one configuration find.
pub(super) struct Findings<'t> {
    file: &'t Path,
    text: &'t str,
    errors: Vec<ConfigError>,
    warnings: Vec<Warning>,
}

impl<'t> Findings<'t> {
    pub(super) fn new(file: &'t Path, text: &'t str) -> Self {
        Self { file, text, errors: Vec::new(), warnings: Vec::new() }
    }

    /// The place of a span of the configuration's own text.
    pub(super) fn place(&self, at: &Range<usize>) -> Place {
        Place::of(self.file, self.text, at.start)
    }

    /// An error in the configuration's own text.
    pub(super) fn refuse(&mut self, at: &Range<usize>, problem: impl Into<String>, remedy: impl Into<String>) {
        let place = self.place(at);
        self.refuse_at(place, problem, remedy);
    }

    /// An error in a file that the configuration names.
    pub(super) fn refuse_at(&mut self, place: Place, problem: impl Into<String>, remedy: impl Into<String>) {
        self.errors.push(ConfigError { place, problem: problem.into(), remedy: remedy.into() });
    }

    pub(super) fn warn_at(&mut self, place: Place, text: impl Into<String>) {
        self.warnings.push(Warning { place, text: text.into() });
    }

    /// The value, or the error at `at`.
    pub(super) fn take<T, E: fmt::Display>(&mut self, at: &Range<usize>, value: Result<T, E>, remedy: &str) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(at, error.to_string(), remedy);
                None
            }
        }
    }

    /// The warnings, or the errors when there are any.
    pub(super) fn settle(mut self) -> Result<Vec<Warning>, ConfigErrors> {
        if self.errors.is_empty() {
            self.warnings.sort();
            return Ok(self.warnings);
        }
        Err(self.errors())
    }

    /// The errors, in the order of the files.
    pub(super) fn errors(mut self) -> ConfigErrors {
        self.errors.sort();
        self.errors.dedup();
        ConfigErrors(self.errors)
    }
}
