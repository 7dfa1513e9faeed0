//! Quote marks before lines: `>`, `|`, `AB>`, and the lines that a mail program broke without repeating the mark.

use std::collections::BTreeMap;

use super::{
    RemovedKind,
    attributions::{closes_address, ends_like_attribution},
    lines::{Line, depth},
};
use crate::mail::wording::pattern;

/// Marks them.
pub(super) fn mark(lines: &mut [Line]) {
    let named = repeated_names(lines);
    let mut bar_before = false;
    let mut attribution_before = false;
    let mut address_open = false;
    for line in lines.iter_mut() {
        // Gmail breaks a long attribution before the closing `> wrote:` of its address.
        if !line.is_own() || (address_open && closes_address(&line.text)) {
            continue;
        }
        let text = line.text.trim_start();
        let indent = line.text.len() - text.len();
        // A table also begins with `|`, and has more of them in a line; a bar quote has one, and an attribution or a bar quote before it.
        // S-nail writes ` |text`.
        let after_one = bar_before || attribution_before;
        let bar = text == "|" || (text.starts_with("| ") && (after_one || text.matches('|').count() == 1));
        let bar_quote = bar || (after_one && text.starts_with('|'));
        let blank = text.trim_end().is_empty();
        if (indent <= 3 && depth(text).0 > 0)
            || (text.contains('>')
                && (INITIALS.is_match(&line.text) || name_before(text).is_some_and(|name| named.contains_key(name))))
            || (text.starts_with(['[', '<', '(']) && ELISION.is_match(&line.text))
            || bar_quote
        {
            line.take(RemovedKind::Quote);
        }
        bar_before = bar_quote;
        if !blank {
            attribution_before = ends_like_attribution(&line.text);
            let open = line.text.rfind('<').is_some_and(|open| line.text.rfind('>').is_none_or(|close| close < open));
            address_open = open || (address_open && !line.text.contains('>') && line.text.contains('@'));
        }
    }
    wrapped(lines);
}

// Initials before the mark (The Bat!, Gnus with Supercite): `JB> text`.
pattern!(INITIALS, r"^\s{0,4}[A-Z][A-Za-z]{0,3}>{1,6}(?:\s|$)");

// "[...]" stands for a part of a quote left out.
pattern!(ELISION, r"(?i)^\s*(?:[\[<(]\W*(?:\.{2,}|…|snip\w*|cut|trimmed|skipped|elided)\W*[\])>]|\[\s*\.\.\.[^\]]{0,40}\])\s*$");

/// A name before the mark (`Dana> text`), longer than initials.
fn name_before(text: &str) -> Option<&str> {
    let (name, rest) = text.split_once('>')?;
    let plain = name.len() <= 16 && name.chars().all(|c| c.is_alphanumeric() || ".-_".contains(c));
    (plain && name.starts_with(char::is_uppercase) && (rest.is_empty() || rest.starts_with([' ', '>']))).then_some(name)
}

/// The names that stand before the mark of two lines at least: one alone may be a prompt.
fn repeated_names(lines: &[Line]) -> BTreeMap<String, usize> {
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for name in lines.iter().filter(|line| line.is_own()).filter_map(|line| name_before(line.text.trim_start())) {
        *names.entry(name.to_owned()).or_default() += 1;
    }
    names.retain(|_, times| *times >= 2);
    names
}

// With these words an answer begins, no rest of a sentence.
pattern!(
    ANSWER,
    r"(?i)^(?:yes|yep|yeah|no|nope|not|none|neither|both|ok|okay|sure|right|wrong|correct|true|false|done|agreed|ack|nak|i|we|it|that|this|only|thanks|ja|nein|oui|non|si|sí|sim|да|нет)\b"
);

/// Mail programs that wrap quotes without repeating the mark (Outlook, old Gmail): a short rest in lower case between two quoted lines,
/// the upper of them long and in the middle of a sentence.
fn wrapped(lines: &mut [Line]) {
    let rests: Vec<usize> = lines
        .windows(3)
        .enumerate()
        .filter_map(|(at, window)| match window {
            [above, line, below] => {
                let quoted = |line: &Line| line.kind == Some(RemovedKind::Quote);
                let goes_on =
                    line.text.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit()) && !ANSWER.is_match(&line.text);
                (quoted(above) && line.is_own() && quoted(below) && goes_on && breaks_off(depth(above.text.trim_start()).1))
                    .then_some(at + 1)
            }
            _ => None,
        })
        .collect();
    for at in rests {
        if let Some(line) = lines.get_mut(at) {
            line.take(RemovedKind::Quote);
        }
    }
}

/// A long line that ends within a sentence.
fn breaks_off(text: &str) -> bool {
    let text = text.trim_end();
    text.chars().count() >= 60 && text.ends_with(|c: char| c.is_alphanumeric() || ",;-'\"".contains(c))
}
