//! What an HTML part says, and whether it says something else than the text part beside it.
//!
//! Promises: bounded work and a bounded stack on hostile HTML. Cannot fail: what the renderer will not take is read with its tags cut out.

use std::{collections::BTreeMap, panic::catch_unwind};

#[cfg(test)]
mod tests;

use super::{Message, wording::pattern};

/// HTML beyond this many bytes is not read.
const MAX_HTML: usize = 1_000_000;
/// Deeper nested HTML is not given to the renderer: it recurses.
const MAX_DEPTH: usize = 200;
/// Nor are more tags than this: tables in tables make its work grow with more than their number.
const MAX_TAGS: usize = 50_000;

/// The text of a page. Links are numbered and listed below it, quotes marked with `>`.
pub(super) fn text_of(html: &str) -> String {
    let mut end = html.len().min(MAX_HTML);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    let html = html.get(..end).unwrap_or_default();
    if !renderable(html) {
        return without_tags(html);
    }
    // A very wide page keeps sentences on one line for the comparison with the text.
    // A page that makes the renderer panic is read with its tags cut out: one message must not end the daemon.
    let rendered = catch_unwind(|| html2text::from_read(html.as_bytes(), 10_000));
    rendered.ok().and_then(Result::ok).unwrap_or_else(|| without_tags(html))
}

/// Elements that never hold others, or that the next of their kind closes: they do not nest.
const FLAT: [&str; 26] = [
    "br", "img", "hr", "meta", "link", "input", "col", "area", "base", "wbr", "embed", "source", "track", "param", "p", "li",
    "td", "th", "tr", "dt", "dd", "option", "tbody", "thead", "tfoot", "!doctype",
];

/// Whether the page is small and flat enough. Counts open tags without knowing all of HTML's rules, so it may count too high.
fn renderable(html: &str) -> bool {
    let mut depth = 0_usize;
    for (count, tag) in html.split('<').skip(1).enumerate() {
        let name: String = tag
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || "/!-".contains(*c))
            .take(20)
            .collect::<String>()
            .to_ascii_lowercase();
        if name.starts_with('/') {
            depth = depth.saturating_sub(usize::from(!FLAT.contains(&name.trim_start_matches('/'))));
        } else if name.starts_with(|c: char| c.is_ascii_alphabetic()) && !FLAT.contains(&name.as_str()) {
            depth += 1;
        }
        if depth > MAX_DEPTH || count > MAX_TAGS {
            return false;
        }
    }
    true
}

/// The characters outside tags; the commonest entities decoded.
fn without_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len() / 2);
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    text.replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

pattern!(FOOTNOTE, r"(?m)^\[\d+\]: \S.*$|\]\[\d+\]");
// Borders of ASCII words: Unicode's keep the library from its fast engines, and no address is glued to a foreign letter.
pattern!(
    ADDRESS,
    r"(?i)(?-u:\b)(?:https?|ftp|mailto|cid|tel):[^\s<>]+|\[(?:image|cid|inline)[^\]]*\]|(?-u:\b)www\.[^\s<>]+|[\w.+-]+@[\w.-]+"
);

/// Words by which a longer text and its HTML may differ: what mail programs add to one form only (an image's description, a separator). In
/// a short one each word counts.
const TOLERANCE: usize = 3;
/// Up to so many words a text is short.
const SHORT: usize = 20;

/// Whether the HTML form of a message says something else than its text form. Layout, quote marks, links and a few words are tolerated; a
/// sentence is not. False when one of the forms is missing.
///
/// A rule judges the text; the member may read the HTML (T37: white-on-white, and the reverse).
pub fn html_says_otherwise(message: &Message) -> bool {
    let Some(html) = message.html_text().filter(|html| !html.trim().is_empty()) else { return false };
    if message.text.trim().is_empty() {
        return false;
    }
    let (text_words, text_count) = words(&message.text);
    let (html_words, html_count) = words(html);
    let missing = |of: &BTreeMap<String, usize>, from: &BTreeMap<String, usize>| -> usize {
        of.iter().map(|(word, times)| times.saturating_sub(from.get(word).copied().unwrap_or(0))).sum()
    };
    let longer = text_count.max(html_count);
    let allowed = if longer <= SHORT { 0 } else { TOLERANCE + longer / 50 };
    missing(&html_words, &text_words) > allowed || missing(&text_words, &html_words) > allowed
}

/// How often each word stands there, in lower case, addresses and link notes left out.
fn words(text: &str) -> (BTreeMap<String, usize>, usize) {
    let text = FOOTNOTE.replace_all(text, "]");
    let text = ADDRESS.replace_all(&text, " ");
    let mut words = BTreeMap::new();
    let mut count = 0;
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        *words.entry(word.to_lowercase()).or_insert(0) += 1;
        count += 1;
    }
    (words, count)
}
