//! A text as logical lines: format=flowed joined (RFC 3676), clearsigned text unescaped (RFC 9580 7.1), armour marked.

use std::borrow::Cow;

use super::RemovedKind;
use crate::mail::Flow;

/// One logical line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line<'t> {
    /// The line, with its quote marks.
    pub(super) text: Cow<'t, str>,
    /// Why it is not the writer's own; `None` as long as it is.
    pub(super) kind: Option<RemovedKind>,
}

impl Line<'_> {
    pub(super) fn is_blank(&self) -> bool {
        !self.text.as_bytes().first().is_some_and(u8::is_ascii_graphic) && self.text.trim().is_empty()
    }

    pub(super) fn is_own(&self) -> bool {
        self.kind.is_none()
    }

    pub(super) fn take(&mut self, kind: RemovedKind) {
        if self.kind.is_none() {
            self.kind = Some(kind);
        }
    }
}

/// A run of ASCII characters longer than this is no word of anybody.
const ENDLESS: usize = 2000;

/// A text longer than `limit`, each endless run cut: a line of a hundred thousand `>` must not push the words below it out of sight.
pub(super) fn without_endless_words(text: &str, limit: usize) -> Cow<'_, str> {
    if text.len() <= limit {
        return text.into();
    }
    let mut short = String::with_capacity(limit + ENDLESS);
    let mut rest = text;
    while !rest.is_empty() && short.len() <= limit {
        let run = rest.bytes().position(|byte| !byte.is_ascii_graphic()).unwrap_or(rest.len());
        let (run, behind) = rest.split_at_checked(run).unwrap_or((rest, ""));
        short.push_str(head(run, ENDLESS).0);
        let mut behind = behind.chars();
        short.extend(behind.next());
        rest = behind.as_str();
    }
    short.into()
}

/// The first `limit` bytes, cut at a character, and the rest.
pub(super) fn head(text: &str, limit: usize) -> (&str, &str) {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// A page's text without the list of its links, which the renderer puts below it.
pub(super) fn without_link_list(text: &str) -> &str {
    let mut shown = text.trim_end();
    loop {
        let (above, last) = shown.rsplit_once('\n').unwrap_or(("", shown));
        let number = last.strip_prefix('[').and_then(|rest| rest.split_once("]: ")).map_or("", |(number, _)| number);
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return shown;
        }
        shown = above.trim_end();
    }
}

/// Takes a text apart.
pub(super) fn read(text: &str, flow: Flow) -> Vec<Line<'_>> {
    let mut lines = armour(text);
    if flow != Flow::Fixed {
        lines = flowed(lines, flow);
    }
    lines
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Armour {
    Outside,
    /// Between `BEGIN PGP SIGNED MESSAGE` and the empty line after its `Hash:` lines.
    SignedHead,
    Signed,
    Block,
}

fn armour(text: &str) -> Vec<Line<'_>> {
    let mut state = Armour::Outside;
    let mut lines = Vec::new();
    for line in text.lines() {
        let line = line.trim_end_matches('\r');
        // Outlook writes U+00A0 for a blank, Gmail U+202F before "PM"; others leave a byte order mark, U+200B, or the marks of direction around
        // a name: no word may differ by them.
        let line: Cow<'_, str> = match !line.is_ascii() && line.chars().any(|c| is_other_blank(c) || is_invisible(c)) {
            true => line
                .chars()
                .filter(|c| !is_invisible(*c))
                .map(|c| if is_other_blank(c) { ' ' } else { c })
                .collect::<String>()
                .into(),
            false => line.into(),
        };
        let (next, kind) = match (state, line.trim_end()) {
            (_, "-----BEGIN PGP SIGNED MESSAGE-----") => (Armour::SignedHead, Some(RemovedKind::Armour)),
            (_, mark) if begins_block(mark) => (Armour::Block, Some(RemovedKind::Armour)),
            (Armour::Block, mark) if mark.starts_with("-----END PGP ") => (Armour::Outside, Some(RemovedKind::Armour)),
            (Armour::Block, _) => (Armour::Block, Some(RemovedKind::Armour)),
            (Armour::SignedHead, "") => (Armour::Signed, Some(RemovedKind::Armour)),
            (Armour::SignedHead, mark)
                if mark.starts_with("Hash:") || mark.starts_with("NotDashEscaped:") || mark.starts_with("Charset:") =>
            {
                (Armour::SignedHead, Some(RemovedKind::Armour))
            }
            (Armour::SignedHead | Armour::Signed, _) => (Armour::Signed, None),
            (Armour::Outside, _) => (Armour::Outside, None),
        };
        let text = if next == Armour::Signed && kind.is_none() { unescaped(line) } else { line };
        state = next;
        lines.push(Line { text, kind });
    }
    // A block that never ends is no block: nobody shall hide the rest of a mail behind one line.
    if state == Armour::Block
        && let Some(start) = lines.iter().rposition(|line| begins_block(line.text.trim_end()))
    {
        for line in lines.iter_mut().skip(start + 1) {
            line.kind = None;
        }
    }
    lines
}

fn is_other_blank(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{202f}')
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{feff}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// RFC 9580 7.1: what is signed has a dash and a blank before lines that begin with a dash.
fn unescaped(line: Cow<'_, str>) -> Cow<'_, str> {
    match line {
        Cow::Borrowed(line) => Cow::Borrowed(line.strip_prefix("- ").unwrap_or(line)),
        Cow::Owned(line) => Cow::Owned(line.strip_prefix("- ").unwrap_or(&line).to_owned()),
    }
}

fn begins_block(mark: &str) -> bool {
    mark.strip_prefix("-----BEGIN PGP ").and_then(|rest| rest.strip_suffix("-----")).is_some_and(|what| {
        matches!(what, "SIGNATURE" | "MESSAGE" | "PUBLIC KEY BLOCK" | "PRIVATE KEY BLOCK") || what.starts_with("MESSAGE, PART")
    })
}

/// How deep a line is quoted by `>` marks with no more than one blank between them, and what follows the marks.
pub(super) fn depth(line: &str) -> (usize, &str) {
    let mut rest = line;
    let mut depth = 0;
    loop {
        let inner = rest.strip_prefix(' ').filter(|_| depth > 0).unwrap_or(rest);
        match inner.strip_prefix('>') {
            Some(after) => {
                depth += 1;
                rest = after;
            }
            None => return (depth, rest),
        }
    }
}

/// RFC 3676 4.1 to 4.5: quote marks are counted before the space-stuffing is undone; a line that ends in a blank goes on in the next one
/// of the same depth; `-- ` never does.
fn flowed(lines: Vec<Line<'_>>, flow: Flow) -> Vec<Line<'_>> {
    let mut joined: Vec<Line<'_>> = Vec::new();
    let mut open: Option<usize> = None;
    for line in lines {
        if line.kind.is_some() {
            open = None;
            joined.push(line);
            continue;
        }
        let marks = line.text.bytes().take_while(|byte| *byte == b'>').count();
        let content = line.text.get(marks..).unwrap_or_default();
        let content = content.strip_prefix(' ').unwrap_or(content);
        let soft = content.ends_with(' ') && content != "-- ";
        let body = if soft && flow == Flow::FlowedDelSp { content.strip_suffix(' ').unwrap_or(content) } else { content };
        match joined.last_mut().filter(|_| open == Some(marks) && content != "-- ") {
            Some(last) => last.text.to_mut().push_str(body),
            None => {
                let prefix = if marks == 0 { String::new() } else { format!("{} ", ">".repeat(marks)) };
                joined.push(Line { text: format!("{prefix}{body}").into(), kind: None });
            }
        }
        open = soft.then_some(marks);
    }
    joined
}
