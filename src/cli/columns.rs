//! What people read: columns, and colour where stdout is a terminal.
//!
//! Every cell may hold a piece of a mail, so each is made safe to look at here: nothing that is printed can move a terminal's cursor or
//! pass for a line of ours. Programs ask for `--json` instead.

use std::io::{self, IsTerminal as _};

use super::client::say;
use crate::compose::shown;

/// How a cell is meant. A colour only underlines what the words say: piped output loses nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// As the rest.
    Plain,
    /// A heading.
    Strong,
    /// Less important.
    Faint,
    /// As it should be.
    Good,
    /// Somebody should look.
    Alert,
}

/// A piece of a line.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    pub(super) fn new(text: impl AsRef<str>, tone: Tone) -> Self {
        Self { text: shown::line(text.as_ref()), tone }
    }

    /// The cell for the terminal at hand.
    pub(super) fn painted(&self) -> String {
        paint(&self.text, self.tone, Ink::of_stdout())
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Cell::new(text, Tone::Plain)
    }
}

/// Whether colours are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ink {
    Colour,
    None,
}

impl Ink {
    /// Colour on a terminal, unless <https://no-color.org> asks for none.
    fn of_stdout() -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if io::stdout().is_terminal() && !refused { Ink::Colour } else { Ink::None }
    }
}

fn paint(text: &str, tone: Tone, ink: Ink) -> String {
    let code = match (ink, tone) {
        (Ink::None, _) | (_, Tone::Plain) => return text.to_owned(),
        (_, Tone::Strong) => "1",
        (_, Tone::Faint) => "2",
        (_, Tone::Good) => "32",
        (_, Tone::Alert) => "1;31",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

/// Prints rows below their headings. `nothing` is said when there are none.
pub(super) fn table(headings: &[&str], rows: &[Vec<Cell>], nothing: &str) {
    if rows.is_empty() {
        return say(&nothing);
    }
    for line in lines(headings, rows, Ink::of_stdout()) {
        say(&line);
    }
}

/// Prints names and values below each other, moved in by two.
pub(super) fn pairs(rows: &[Vec<Cell>]) {
    for line in lines(&["", ""], rows, Ink::of_stdout()).iter().skip(1) {
        say(&format!("  {line}"));
    }
}

fn lines(headings: &[&str], rows: &[Vec<Cell>], ink: Ink) -> Vec<String> {
    let heading: Vec<Cell> = headings.iter().map(|text| Cell::new(text, Tone::Strong)).collect();
    let all = || std::iter::once(&heading).chain(rows);
    let width = |column: usize| all().filter_map(|row| row.get(column)).map(|cell| cell.text.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let line = |row: &Vec<Cell>| {
        let mut line = String::new();
        for (index, (cell, width)) in row.iter().zip(&widths).enumerate() {
            line.push_str(if index == 0 { "" } else { "  " });
            line.push_str(&paint(&cell.text, cell.tone, ink));
            let gap = if index + 1 == row.len() { 0 } else { width.saturating_sub(cell.text.chars().count()) };
            line.push_str(&" ".repeat(gap));
        }
        line.trim_end().to_owned()
    };
    all().map(line).collect()
}

#[cfg(test)]
mod tests;
