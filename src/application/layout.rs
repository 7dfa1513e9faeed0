//! How applicants lay out what they write: list marks, headings, tables, labels, links in footnotes, sentences over several lines.
//!
//! Knows nothing of the policy. Promises: work in proportion to the text. Cannot fail: what has no such layout is returned as it stands.

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

/// Table columns, in Markdown and as HTML tables are rendered.
pub(super) const BARS: [char; 2] = ['|', '\u{2502}'];

/// What stood before a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Nothing.
    None,
    /// Nothing, and the line goes on where the one above left off.
    Inside,
    /// A bullet, a number, or the bar of a table.
    List,
    /// `#`, or the whole line is emphasised.
    Heading,
}

/// A line without its mark.
pub(super) struct Marked<'l> {
    pub(super) number: Option<&'l str>,
    pub(super) mark: Mark,
    pub(super) text: &'l str,
}

pub(super) fn without_quote_marks(line: &str) -> (bool, &str) {
    let rest = line.trim_start_matches(|c: char| c == '>' || c.is_whitespace());
    (line.trim_start().starts_with('>'), rest.trim_end())
}

/// The line without "1.", "a)", "-", "*", "##" and the like before it.
pub(super) fn without_mark(line: &str) -> Marked<'_> {
    let is_mark = |c: char| c.is_whitespace() || "-*\u{2022}\u{b7}+#_=>".contains(c) || BARS.contains(&c);
    let text = line.trim_start_matches(is_mark);
    let marks = line.strip_suffix(text).unwrap_or_default().trim_start();
    let closed = text.trim_end().trim_end_matches(':').ends_with(['*', '_']) && marks.ends_with(['*', '_']);
    let mark = match marks {
        _ if marks.starts_with('#') || closed => Mark::Heading,
        "" => Mark::None,
        // Emphasis begins at the word; a bullet stands before a blank.
        _ => Mark::List,
    };
    let head = text.split(char::is_whitespace).next().unwrap_or_default();
    let inner = head.trim_matches(['(', ')', '.', ':', '[', ']']);
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let numbered = inner.len() < head.len()
        && !inner.is_empty()
        && (digits(inner) && inner.len() <= 4
            || inner.len() == 1 && inner.bytes().all(|byte| byte.is_ascii_alphabetic())
            || inner.len() == 3 && inner.starts_with(['A', 'a']) && inner.bytes().skip(1).all(|byte| byte.is_ascii_digit()));
    if !numbered {
        return Marked { number: None, mark, text };
    }
    let mark = if mark == Mark::None { Mark::List } else { mark };
    let text = text.strip_prefix(head).unwrap_or(text).trim_start_matches(|c: char| c.is_whitespace() || "*_".contains(c));
    Marked { number: Some(inner), mark, text }
}

/// What stands between a label or a criterion and its answer.
pub(super) fn separates(c: char) -> bool {
    c.is_whitespace() || ".:;,-\u{2013}\u{2014}*>_?=".contains(c) || BARS.contains(&c)
}

/// The separators of labels, in any order on a line.
const SEPARATORS: [&str; 9] = [":", " - ", " \u{2013} ", " \u{2014} ", "...", "|", "\u{2502}", "\t", "  "];

/// The ways to take a line apart into a label and what stands behind it, the shortest label first; the whole line comes last, as a heading
/// above its answer. A single word without a mark, or a line in the middle of a paragraph, is none: sentences break anywhere.
pub(super) fn heads(line: &str, mark: Mark) -> impl Iterator<Item = (&str, &str)> {
    let mut cuts: Vec<usize> = SEPARATORS.iter().filter_map(|separator| line.find(separator)).collect();
    cuts.sort_unstable();
    let heading = match mark {
        Mark::List | Mark::Heading => true,
        Mark::None => line.split_whitespace().nth(1).is_some(),
        Mark::Inside => false,
    };
    let whole = heading.then_some(line.len());
    let parts = cuts.into_iter().chain(whole).map(|cut| {
        let (head, rest) = line.split_at_checked(cut).unwrap_or((line, ""));
        (head.trim_matches(separates), rest.trim_start_matches(separates))
    });
    // "The alias to add is security@example.net" answers, it announces nothing.
    parts.filter(|(head, _)| !head.contains('@'))
}

/// The text with the links of its footnotes (`[here][1]` ... `[1]: https://...`) put where they are referred to.
pub(super) fn with_links_in_place(text: &str) -> Cow<'_, str> {
    let footnote = |line: &str| -> Option<(String, String)> {
        let (name, link) = line.trim().strip_prefix('[')?.split_once("]: ")?;
        let plain = !name.is_empty() && name.len() <= 6 && name.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| (format!("][{name}]"), link.trim().to_owned()))
    };
    let links: BTreeMap<String, String> = text.lines().filter_map(footnote).collect();
    if links.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut placed = String::with_capacity(text.len());
    for line in text.lines().filter(|line| footnote(line).is_none()) {
        let mut rest = line;
        while let Some(at) = rest.find("][") {
            let (before, reference) = rest.split_at_checked(at).unwrap_or((rest, ""));
            let end = reference.find(|c: char| c != ']' && c != '[' && !c.is_ascii_digit()).unwrap_or(reference.len());
            let (name, after) = reference.split_at_checked(end).unwrap_or((reference, ""));
            placed.push_str(before);
            match links.get(name) {
                Some(link) => placed.extend(["] ", link.trim_start_matches("mailto:"), " "]),
                None => placed.push_str(name),
            }
            rest = after;
        }
        placed.push_str(rest);
        placed.push('\n');
    }
    Cow::Owned(placed)
}

/// The sentences of a paragraph. One ends at `.`, `!`, `?` or `;` before a blank and a capital letter.
pub(super) fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut start, mut stop, mut blank) = (0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            '.' | '!' | '?' | ';' => (stop, blank) = (true, false),
            ')' | '"' | '\'' if stop && !blank => {}
            c if c.is_whitespace() => blank = true,
            c => {
                if stop && blank && c.is_uppercase() {
                    found.push(start..at);
                    start = at;
                }
                (stop, blank) = (false, false);
            }
        }
    }
    found.push(start..text.len());
    found
}
