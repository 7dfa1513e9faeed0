//! Lines of a log: what a machine wrote, and what reads as if a person had.

use super::{BesideKind, Gathered, joined};
use crate::mail::{reply::inserts, wording::pattern};

pattern!(
    PREFIX,
    r"^\s*(?:\((?:XEN|d\d+)\)|\[ *\d+\.\d+\]|\[\d{4}-\d\d-\d\d[ T][\d:.,+Z-]*\]|<\d>|\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[.,\dZ+:-]*|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ (?:\S+?(?:\[\d+\])?:)?)\s*"
);

// Small words that hold a sentence together. Machines use some of them, too.
pattern!(
    SENTENCE,
    r"(?i)\b(?:the|this|that|these|those|it|we|us|our|they|them|their|you|your|he|she|him|her|his|who|whom|whose|which|i|my|me|is|are|was|were|has|have|had|be|been|do|does|did|can|may|will|would|should|must|because|since|so|until|when|where|while|a|an|of|for|without|by)\b"
);

/// Whether a line outside the text of a mail is of a log.
pub(super) fn is_log(line: &str) -> bool {
    PREFIX.is_match(line) || inserts::is_log(line)
}

/// A line of a log. Where it has three words of small letters and one of those that make sentences, or little else than words, somebody may have
/// written it.
pub(super) fn line(line: &str, out: &mut Gathered) {
    let mut rest = line;
    while let Some(found) = PREFIX.find(rest).filter(|found| !found.is_empty()) {
        hidden(found.as_str(), out);
        rest = rest.get(found.end()..).unwrap_or_default();
    }
    let is_plain = |word: &&str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.chars().next().is_some_and(char::is_alphabetic) && word.chars().all(|c| c.is_alphabetic() || "'-’".contains(c))
    };
    let all = rest.split_whitespace().count();
    let plain = rest.split_whitespace().filter(is_plain).count();
    let said = || rest.split(|c: char| !c.is_alphanumeric()).any(joined::is_of_sentences) || plain > 3 && plain * 8 >= all * 7;
    match plain {
        0 => {}
        3.. if SENTENCE.is_match(rest) || said() => out.piece(BesideKind::Log, rest),
        _ => out.piece(BesideKind::Output, rest),
    }
    hidden(rest, out);
}

/// Sentences in names: of machines, of drivers, of files.
fn hidden(text: &str, out: &mut Gathered) {
    for token in text.split_whitespace() {
        if let Some(words) = joined::joined(token) {
            out.piece(BesideKind::Log, &words.join(" "));
        }
    }
}
