//! What an HTML part says, and whether it says something else than the text part beside it.
//!
//! Promises: bounded work and a bounded stack on hostile HTML. Cannot fail: what the renderer will not take is read with its tags cut out.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::catch_unwind,
};

#[cfg(test)]
mod tests;

use super::{Message, PartRole, message::PartKind, reply::beside::joined::is_name, shown, wording::pattern};

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
    entities(&text)
}

/// The commonest entities decoded.
fn entities(text: &str) -> String {
    text.replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

pattern!(FOOTNOTE, r"(?m)^\[\d+\]: \S.*$|\]\[\d+\]");
// Borders of ASCII words: Unicode's keep the library from its fast engines, and no address is glued to a foreign letter. What a program writes for a
// picture is its name: more words than a few say something. A bracket ends that name, closed or not: a search that looked for its end beyond the next
// one would begin anew behind each address between them.
pattern!(
    ADDRESS,
    r"(?i)(?-u:\b)(?:https?|ftp|mailto|cid|tel):[^\s<>]+|\[(?:image|cid|inline)[:\s]?(?:[^\[\]\s]+\s?){0,3}\]|(?-u:\b)www\.[^\s<>]+|[\w.+-]+@[\w.-]+"
);
// Attributes that a mail program shows, or reads aloud, in the place of something or beside it.
pattern!(
    SHOWN_ATTRIBUTE,
    r#"(?i)\s(?:alt|title|aria-label|aria-description|summary|label|placeholder|value)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))"#
);
pattern!(LINK, r#"(?i)\s(?:href|src|action|background|cite|longdesc)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))"#);
// Word hides its styles from the browsers of 1995.
pattern!(STYLE_COMMENT, r"(?i)(<style\b[^>]*>)\s*<!--");
pattern!(UTM, r"\?(?:&?(?:amp;)?utm_(?:source|medium|campaign)=(?:email|mail|footer|newsletter|list))+$");
pattern!(COMMENT, r"(?s)<!--(.*?)(?:-->|\z)");
pattern!(HIDDEN, r"(?is)<(title|noscript|template|textarea|object)\b[^>]*>(.*?)</(?:title|noscript|template|textarea|object)>");
// How Outlook marks what it keeps for itself.
pattern!(CONDITION, r"\[(?:if (?:[!&|() ]|lte?|gte?|mso|IE|vml|supportMisalignedColumns|[0-9]+)+|endif)\]>?|<!\[endif\]");
pattern!(STYLE, r"(?is)<style\b[^>]*>.*?</style\s*>");
pattern!(GENERATED, r#"(?i)\bcontent\s*:\s*(?:"([^"]*)"|'([^']*)')"#);

/// Words by which a longer text and its HTML may differ: what mail programs add to one form only (an image's description, a separator). In
/// a short one each word counts.
const TOLERANCE: usize = 3;
/// More links, or addresses of one form only, than this nobody compares: the work would grow with their product with the text.
const MOST_LINKS: usize = 500;
/// So many parts are a page's, one below the other.
const MOST_PAGES: usize = 8;
/// Never more than this.
const MOST: usize = 12;
/// Up to so many words a text is short.
const SHORT: usize = 20;

/// What an HTML form carries that its page does not show as text.
#[derive(Default)]
struct HtmlBeside {
    /// Descriptions, titles, comments, text made by styles.
    texts: Vec<String>,
    /// Where its links and pictures lead, if the text does not name the same place.
    links: Vec<String>,
}

/// Whether the HTML form leads where the text does not, or has more than a name where only its readers look: in descriptions, titles, comments.
/// False when one of the forms is missing.
pub fn html_carries_more(message: &Message) -> bool {
    let beside = html_beside(message);
    !beside.links.is_empty() || beside.texts.iter().any(|text| !is_name(text))
}

fn html_beside(message: &Message) -> HtmlBeside {
    let mut beside = HtmlBeside::default();
    if message.text.trim().is_empty() {
        return beside;
    }
    let text = message.text.get(..message.text.floor_char_boundary(MAX_HTML)).unwrap_or_default().to_lowercase();
    let ids: BTreeSet<&str> = message.in_reply_to.iter().chain(&message.references).map(|id| id.as_str()).collect();
    let pages = message.parts.iter().filter(|part| part.role == PartRole::Body && part.kind == PartKind::Html);
    for part in pages.take(MOST_PAGES) {
        let page = shown::utf8(part.bytes.get(..MAX_HTML).unwrap_or(&part.bytes));
        let page = STYLE_COMMENT.replace_all(&page, "$1");
        for comment in COMMENT.captures_iter(&page) {
            // Outlook keeps its own page in comments, styles and all.
            let comment = comment.get(1).map_or("", |comment| comment.as_str());
            beside.texts.push(without_tags(&CONDITION.replace_all(&STYLE.replace_all(comment, " "), " ")));
        }
        let found = |found: regex::Captures<'_>| -> String {
            found.iter().skip(1).flatten().last().map_or_else(String::new, |value| entities(value.as_str()))
        };
        beside.texts.extend(
            [&*SHOWN_ATTRIBUTE, &*HIDDEN, &*GENERATED].into_iter().flat_map(|texts| texts.captures_iter(&page)).map(found),
        );
        let links: BTreeSet<String> = LINK.captures_iter(&page).map(found).collect();
        if links.len() > MOST_LINKS {
            beside.links.extend(links.into_iter().next());
            return beside;
        }
        // What is answered is named by its id (Thunderbird's `cite`).
        let answered = |link: &str| link.strip_prefix("mid:").is_some_and(|id| ids.contains(id.trim()));
        beside.links.extend(links.into_iter().filter(|link| !answered(link) && leads_elsewhere(link, &text)));
    }
    beside.texts.retain(|text| !text.trim().is_empty());
    beside
}

/// Whether a link leads to a place that is not named in the text.
fn leads_elsewhere(link: &str, text: &str) -> bool {
    let link = link.trim().to_lowercase();
    let inside = ["cid:", "#"].iter().any(|scheme| link.starts_with(scheme)) || link.is_empty();
    let bare = link.strip_prefix("mailto:").or_else(|| link.split_once("://").map(|(_, place)| place)).unwrap_or(&link);
    // Lists put marks of their statistics behind the link that they write below a text.
    let bare = UTM.replace(bare, "");
    !inside && !text.contains(bare.trim_end_matches('/'))
}

/// Whether the HTML form of a message says something else than its text form. Layout, quote marks, pictures and a few words
/// of mail programs are tolerated; another word is not, as one `not` turns a sentence, nor an address. False when one of the forms is missing.
///
/// A rule judges the text; the member may read the HTML (white on white, and the reverse).
pub fn html_says_otherwise(message: &Message) -> bool {
    let Some(html) = message.html_text().filter(|html| !html.trim().is_empty()) else { return false };
    if message.text.trim().is_empty() {
        return false;
    }
    // Of a page no more is read than that.
    if message.text.len() > MAX_HTML {
        return true;
    }
    let (text, html) = (words(&message.text), words(html));
    let known: BTreeSet<&String> = text.addresses.iter().collect();
    let unknown: BTreeSet<&String> = html.addresses.iter().filter(|address| !known.contains(address)).collect();
    let lower = if unknown.is_empty() { String::new() } else { message.text.to_lowercase() };
    if unknown.len() > MOST_LINKS || unknown.iter().any(|address| !lower.contains(address.as_str())) {
        return true;
    }
    let longer = text.words.len().max(html.words.len());
    let allowed = if longer <= SHORT { 0 } else { (TOLERANCE + longer / 50).min(MOST) };
    match differing(&text.words, &html.words, 2 * allowed) {
        Some(words) => words.iter().any(|word| !LAYOUT.contains(&word.as_str())),
        None => true,
    }
}

/// What mail programs write into one form only.
const LAYOUT: [&str; 16] = [
    "image", "logo", "inline", "photo", "picture", "icon", "facebook", "linkedin", "twitter", "wrote", "from", "to", "sent",
    "subject", "date", "cc",
];

/// The words by which two texts differ, in their order; `None` when they are more than that.
fn differing(one: &[String], other: &[String], most: usize) -> Option<Vec<String>> {
    // Myers, "An O(ND) difference algorithm": how far each diagonal comes with so many words left out, and which were.
    if one.len().abs_diff(other.len()) > most {
        return None;
    }
    let run = |mut x: usize, mut y: usize| {
        while let (Some(a), Some(b)) = (one.get(x), other.get(y))
            && a == b
        {
            (x, y) = (x + 1, y + 1);
        }
        (x, y)
    };
    let mut ends: BTreeMap<i64, (usize, usize, Vec<String>)> = BTreeMap::new();
    let (x, y) = run(0, 0);
    ends.insert(0, (x, y, Vec::new()));
    for _ in 0..=most {
        if let Some((_, _, left_out)) = ends.values().find(|(x, y, _)| *x == one.len() && *y == other.len()) {
            return Some(left_out.clone());
        }
        let mut next: BTreeMap<i64, (usize, usize, Vec<String>)> = BTreeMap::new();
        for (diagonal, (x, y, left_out)) in &ends {
            for (step, word) in [(1, one.get(*x)), (-1, other.get(*y))] {
                let Some(word) = word else { continue };
                let (x, y) = if step > 0 { run(x + 1, *y) } else { run(*x, y + 1) };
                if next.get(&(diagonal + step)).is_none_or(|(further, _, _)| *further < x) {
                    let mut left_out = left_out.clone();
                    left_out.push(word.clone());
                    next.insert(diagonal + step, (x, y, left_out));
                }
            }
        }
        ends = next;
    }
    None
}

/// The words of a text in small letters, and the addresses in it.
#[derive(Default)]
struct Words {
    words: Vec<String>,
    addresses: Vec<String>,
}

/// Addresses and link notes stand apart: mail programs write them where they like.
fn words(text: &str) -> Words {
    let text = FOOTNOTE.replace_all(text, "]");
    let addresses = ADDRESS.find_iter(&text).map(|found| {
        let address = found.as_str().to_lowercase();
        let bare =
            address.strip_prefix("mailto:").or_else(|| address.split_once("://").map(|(_, place)| place)).unwrap_or(&address);
        bare.trim_end_matches(['/', '.', ',', ')', ']']).to_owned()
    });
    let addresses = addresses.filter(|address| !address.starts_with('[') && !address.starts_with("cid:")).collect();
    let text = ADDRESS.replace_all(&text, " ");
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    Words { words, addresses }
}
