//! From rendered text to lines a mail may carry (RFC 5322 2.1.1, RFC 2045 6.7).
//!
//! Paragraphs are filled to 72 columns, so that the length of a value never shows as a ragged line; lines that begin with a blank and a
//! person's own lines stay lines and are only broken past 78 columns. Cannot fail.

use super::shown::VERBATIM;

const FILL: usize = 72;
const LIMIT: usize = 78;

/// The text in lines of at most 78 columns (a longer word stays whole), single empty lines, `\n` line ends.
pub(super) fn lay_out(text: &str) -> String {
    let mut out = Lines::default();
    let mut paragraph = Paragraph::default();
    for line in text.lines() {
        if let Some(own) = line.trim_start().strip_prefix(VERBATIM) {
            paragraph.flush(&mut out);
            out.wrapped(own.trim_end(), "", LIMIT);
        } else if line.trim().is_empty() {
            paragraph.flush(&mut out);
            out.empty();
        } else if line.starts_with(' ') && !paragraph.is_item() {
            paragraph.flush(&mut out);
            let indent: String = line.chars().take_while(|c| *c == ' ').collect();
            out.wrapped(line.trim_end(), &format!("{indent}  "), LIMIT);
        } else {
            if line.starts_with("- ") {
                paragraph.flush(&mut out);
                paragraph.hanging = "  ";
            }
            paragraph.add(line);
        }
    }
    paragraph.flush(&mut out);
    out.finish()
}

#[derive(Default)]
struct Paragraph {
    words: Vec<String>,
    hanging: &'static str,
}

impl Paragraph {
    /// Whether a `- ` item is being read: indented lines below it belong to it.
    fn is_item(&self) -> bool {
        !self.hanging.is_empty()
    }

    fn add(&mut self, line: &str) {
        self.words.extend(line.split_whitespace().map(str::to_owned));
    }

    fn flush(&mut self, out: &mut Lines) {
        if !self.words.is_empty() {
            out.wrapped(&self.words.join(" "), self.hanging, FILL);
        }
        *self = Self::default();
    }
}

#[derive(Default)]
struct Lines {
    text: String,
    after_empty: bool,
}

impl Lines {
    fn empty(&mut self) {
        if !self.text.is_empty() {
            self.after_empty = true;
        }
    }

    fn push(&mut self, line: &str) {
        if std::mem::take(&mut self.after_empty) {
            self.text.push('\n');
        }
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Breaks at blanks only; the first line keeps its own indentation, the others get `hanging`.
    fn wrapped(&mut self, line: &str, hanging: &str, width: usize) {
        if line.is_empty() {
            self.empty();
            return;
        }
        if line.chars().count() <= width {
            self.push(line);
            return;
        }
        let indent: String = line.chars().take_while(|c| c.is_whitespace()).collect();
        let mut current = indent;
        let mut columns = current.chars().count();
        let mut words_on_line = 0_usize;
        for word in line.trim_start().split(' ') {
            let length = word.chars().count();
            if words_on_line > 0 && columns + 1 + length > width {
                self.push(current.trim_end());
                current = hanging.to_owned();
                columns = hanging.chars().count();
                words_on_line = 0;
            }
            if words_on_line > 0 {
                current.push(' ');
                columns += 1;
            }
            current.push_str(word);
            columns += length;
            words_on_line += 1;
        }
        self.push(current.trim_end());
    }

    fn finish(self) -> String {
        self.text
    }
}

/// A text body and the name of its transfer encoding: as it is when it is short-lined ASCII, quoted-printable otherwise.
pub(super) fn encode(text: &str) -> (&'static str, Vec<u8>) {
    if text.is_ascii() && text.lines().all(|line| line.len() <= 998) {
        return ("7bit", text.replace('\n', "\r\n").into_bytes());
    }
    ("quoted-printable", quoted_printable(text))
}

/// RFC 2045 6.7: at most 76 characters a line, blanks at line ends encoded.
fn quoted_printable(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 5 / 4);
    for line in text.lines() {
        let bytes = line.as_bytes();
        let mut column = 0;
        for (index, &byte) in bytes.iter().enumerate() {
            let last = index + 1 == bytes.len();
            let plain = matches!(byte, 33..=60 | 62..=126) || (matches!(byte, b' ' | b'\t') && !last);
            let width = if plain { 1 } else { 3 };
            if column + width > 75 {
                out.extend_from_slice(b"=\r\n");
                column = 0;
            }
            if plain {
                out.push(byte);
            } else {
                out.extend_from_slice(format!("={byte:02X}").as_bytes());
            }
            column += width;
        }
        out.extend_from_slice(b"\r\n");
    }
    out
}
