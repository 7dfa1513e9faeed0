//! Comments, texts in quotation marks and prose in the lines of a patch.

use super::{BesideKind, Gathered, joined};
use crate::mail::wording::pattern;

// A licence by its name in the list of SPDX, in a comment of its own.
pattern!(
    LICENCE,
    r"^\W*SPDX-License-Identifier:\s*\(?[A-Za-z]+[A-Za-z0-9.+-]*(?: (?:OR|AND|WITH) \(?[A-Z][A-Za-z0-9.+-]*\)?)*\)?\s*(?:\*/|-->)?\s*$"
);

pattern!(FORMAT, r"\S{0,3}%[-#+0-9.*]*(?:hh|h|ll|l|z|t|j|L)?[a-zA-Z%](?:\S{0,2}(?:\s|$))?");

/// How comments are written in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// `/* ... */`, `// ...`.
    C,
    /// The same, and `# ...` behind a blank or at the beginning.
    Assembler,
    /// `# ...`.
    Hash,
    /// No code: all of it is prose.
    Prose,
    /// All of these comments.
    Unknown,
}

/// How comments are written in a file of that name.
pub(super) fn syntax(path: &str) -> Syntax {
    let name = path.rsplit('/').next().unwrap_or_default();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending).unwrap_or_default();
    match ending {
        "c" | "h" | "cc" | "cpp" | "hpp" | "y" | "l" | "rs" | "go" | "js" | "java" | "dts" | "dtsi" => Syntax::C,
        "S" | "s" | "lds" | "asm" | "inc" => Syntax::Assembler,
        "py" | "sh" | "mk" | "pl" | "pm" | "yaml" | "yml" | "toml" | "cfg" | "conf" | "config" | "cmake" | "build" | "m4"
        | "ac" => Syntax::Hash,
        "txt" | "md" | "rst" | "pandoc" | "html" | "adoc" | "pod" | "po" => Syntax::Prose,
        _ if name.starts_with("Makefile") || name.starts_with("Kconfig") || name.ends_with("config") => Syntax::Hash,
        _ if ending.is_empty()
            && ["changelog", "news", "readme", "copying", "notes"].contains(&name.to_ascii_lowercase().as_str()) =>
        {
            Syntax::Prose
        }
        _ => Syntax::Unknown,
    }
}

/// One side of a diff: whether it stands within a comment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Within {
    #[default]
    Code,
    Comment,
}

/// A line that both sides have: only where comments begin and end in it counts.
pub(super) fn context(line: &str, syntax: Syntax, within: Within) -> Within {
    read(line, syntax, within, |_, _| {})
}

/// A line of a hunk. What a patch leaves as it is was there before, and says so by its kind.
pub(super) fn line(line: &str, syntax: Syntax, within: Within, kind: BesideKind, out: &mut Gathered) -> Within {
    if syntax == Syntax::Prose {
        match line.trim().is_empty() {
            true => out.end(),
            false => out.line(kind, line),
        }
        return Within::Code;
    }
    if line.contains("SPDX-License-Identifier:") && LICENCE.is_match(line) && joined::joined(line).is_none() {
        return within;
    }
    let mut found = false;
    let mut code = String::new();
    let after = read(line, syntax, within, |what, text| match what {
        What::Code => {
            code.push_str(text);
            code.push(' ');
        }
        What::Comment => {
            found = true;
            let text = text.trim_matches(|c: char| c.is_whitespace() || "*/#=-_".contains(c));
            if text.is_empty() { out.end() } else { out.line(kind, text) }
        }
        What::Text => {
            let text = without_formats(text);
            if words(&text) > 1 || joined::joined(&text).is_some() {
                found = true;
                out.piece(kind, &text);
            }
        }
    });
    found |= written(&code, kind, out);
    if !found {
        out.end();
    }
    after
}

/// What stands behind the place of a hunk: the line of code under which it is.
pub(super) fn heading(text: &str, syntax: Syntax, out: &mut Gathered) {
    if !text.trim().is_empty() {
        line(text, syntax, Within::Code, BesideKind::Context, out);
    }
}

/// Sentences in the place of code, and in the names it has.
fn written(code: &str, kind: BesideKind, out: &mut Gathered) -> bool {
    if joined::is_prose(code) {
        out.piece(kind, code.trim());
        return true;
    }
    let mut found = false;
    for name in code.split(|c: char| !c.is_alphanumeric() && c != '_') {
        if let Some(words) = joined::joined_in_code(name) {
            found = true;
            out.piece(BesideKind::Context, &words.join(" "));
        }
    }
    found
}

/// `%u`, `%#x`, `\n` and their like stand for something else.
fn without_formats(text: &str) -> String {
    let text = text.replace("\\n", " ").replace("\\t", " ").replace("\\\"", "\"");
    FORMAT.replace_all(&text, " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How many words of letters there are.
fn words(text: &str) -> usize {
    text.split_whitespace().filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1).count()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Code,
    Comment,
    Text,
}

/// Takes a line of code apart.
fn read(line: &str, syntax: Syntax, within: Within, mut found: impl FnMut(What, &str)) -> Within {
    let slashes = syntax != Syntax::Hash;
    let hashes = !matches!(syntax, Syntax::C | Syntax::Prose);
    let mut rest = line;
    let start = line.trim_start();
    // Where a hunk begins within a comment, only the star before the line tells.
    let starred = slashes && (start.starts_with("* ") || start == "*" || start.starts_with("*/"));
    if within == Within::Comment || starred {
        match rest.split_once("*/") {
            Some((comment, behind)) => {
                found(What::Comment, comment);
                rest = behind;
            }
            None => {
                found(What::Comment, rest);
                return if within == Within::Comment { Within::Comment } else { Within::Code };
            }
        }
    }
    let mut before = ' ';
    let mut code = 0;
    // The characters behind a place: a look from the beginning of the line at each string of it would grow with the square of the line.
    let (mut base, mut marks) = skip(rest, 0);
    while let Some((at, c)) = marks.next() {
        let at = base + at;
        let (head, here) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let plain = head.get(code..).unwrap_or_default();
        if slashes && here.starts_with("/*") {
            found(What::Code, plain);
            let inside = here.get(2..).unwrap_or_default();
            let Some((comment, behind)) = inside.split_once("*/") else {
                found(What::Comment, inside);
                return Within::Comment;
            };
            found(What::Comment, comment);
            let next = rest.len() - behind.len();
            code = next;
            (base, marks) = skip(rest, next);
        } else if slashes && here.starts_with("//") || hashes && c == '#' && before.is_whitespace() && !here.starts_with("#!") {
            found(What::Code, plain);
            found(What::Comment, here);
            return Within::Code;
        } else if c == '\'' && (here.starts_with("'\"'") || here.starts_with("'\\\"'")) {
            (base, marks) = skip(rest, at + here.get(1..).and_then(|inside| inside.find("\"'")).map_or(1, |end| end + 3));
        } else if c == '"' {
            found(What::Code, plain);
            let inside = here.get(1..).unwrap_or_default();
            let end = closing(inside);
            found(What::Text, inside.get(..end).unwrap_or(inside));
            code = (at + 1 + end + 1).min(rest.len());
            (base, marks) = skip(rest, code);
        }
        before = c;
    }
    found(What::Code, rest.get(code..).unwrap_or_default());
    Within::Code
}

/// The characters from a place on, and that place.
fn skip(text: &str, from: usize) -> (usize, std::str::CharIndices<'_>) {
    let from = text.ceil_char_boundary(from.min(text.len()));
    (from, text.get(from..).unwrap_or_default().char_indices())
}

/// Where a text in quotation marks ends.
fn closing(inside: &str) -> usize {
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            '"' if !escaped => return at,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    inside.len()
}
