//! Whether the HTML part of a mail says the same as its text part: who reads the one must have read the other.

use std::collections::BTreeMap;

/// Whether the two texts differ by more than mail programs make them differ (wrapping, quoting marks, links written out, list bullets).
///
/// Compares the words of both, in any order, letters and digits only: the HTML says otherwise when it has words the text has not, or the
/// other way, beyond a small share.
pub fn says_otherwise(text: &str, html: &str) -> bool {
    let (text, html) = (words(text), words(html));
    let only = |one: &BTreeMap<String, usize>, other: &BTreeMap<String, usize>| -> usize {
        one.iter().map(|(word, times)| times.saturating_sub(other.get(word).copied().unwrap_or(0))).sum()
    };
    let (extra, missing) = (only(&html, &text), only(&text, &html));
    let total: usize = text.values().sum::<usize>().max(html.values().sum());
    // Programs add a word or two ("image", a link's address) to short mails; a twentieth covers long ones. A sentence is more than that.
    let allowed = 2 + total / 20;
    extra > allowed || missing > allowed
}

fn words(text: &str) -> BTreeMap<String, usize> {
    let mut words = BTreeMap::new();
    let lines = text.lines().filter(|line| !is_link_list(line));
    for word in lines.flat_map(|line| line.split(|c: char| !c.is_alphanumeric())).filter(|word| !word.is_empty()) {
        *words.entry(word.to_lowercase()).or_insert(0) += 1;
    }
    words
}

/// html2text writes the addresses of links below the text, as `[1]: https://...`.
fn is_link_list(line: &str) -> bool {
    line.strip_prefix('[')
        .and_then(|rest| rest.split_once("]: "))
        .is_some_and(|(number, _)| number.bytes().all(|b| b.is_ascii_digit()))
}
