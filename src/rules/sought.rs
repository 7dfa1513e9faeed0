//! A pattern of the program itself, looked for as those of rule files are: only where the literals stand with which it begins.
//!
//! Promises: what it finds is what the regex library finds (a test compares both); linear in the text. Cannot fail once compiled.

use super::{Pattern, lookup::Lookup, view::MAX_TEXT};

/// A pattern and the literals with which its matches begin.
#[derive(Debug, Clone)]
pub struct Sought {
    pattern: Pattern,
    lookup: Lookup,
}

impl Sought {
    /// Compiles it.
    ///
    /// # Errors
    /// What the regex library says of it.
    pub(crate) fn compile(source: &str) -> Result<Self, regex::Error> {
        Ok(Self { pattern: Pattern::compile(source)?.with_number(0), lookup: Lookup::of([source]) })
    }

    /// Whether it is found.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        // The places of literals in more than rules look at could take as much memory as the text.
        if text.len() > MAX_TEXT {
            return self.pattern.is_match(text);
        }
        let places = self.lookup.places(text);
        if places.possible(0) & 1 == 0 {
            return false;
        }
        match self.lookup.begins(0, &places, text, &(0..text.len())) {
            Some(begins) => self.pattern.find_at(text, begins.iter().map(|begin| *begin as usize)).is_some(),
            None => self.pattern.is_match(text),
        }
    }
}

#[cfg(test)]
mod tests;
