//! A file of the site as a reader gets its words: what the firewall looks at.
//!
//! Tags are taken away, escapes are undone, and a list falls into its entries: "beside the number of the case" means in the same entry, not
//! somewhere among five hundred others. The bytes as they are get read too, because whoever looks at the source reads them. Cannot fail: what is
//! no text is looked at by its bytes.

use serde_json::Value;

use super::{File, Kind};

/// Every text that the file is read as.
pub(super) fn texts(file: &File) -> Vec<String> {
    let text = String::from_utf8_lossy(&file.bytes);
    let mut texts = match extension(&file.name) {
        "html" | "atom" => {
            let words: Vec<String> = match file.kind {
                Kind::Whole => vec![text.as_ref()],
                Kind::Listing => split_after(&text, &["</tr>", "</li>", "</entry>"]),
            }
            .into_iter()
            .map(words)
            .collect();
            words
        }
        "json" => json(&text, file.kind),
        _ => Vec::new(),
    };
    match file.kind {
        // JSON has nothing beside its keys and strings; a page has attributes and comments.
        Kind::Whole if extension(&file.name) == "json" => {}
        Kind::Whole => texts.push(text.into_owned()),
        Kind::Listing if texts.is_empty() => texts.extend(text.lines().map(str::to_owned)),
        Kind::Listing => {}
    }
    texts.retain(|text| !text.trim().is_empty());
    texts
}

fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// The parts of a text, each with its mark.
fn split_after<'t>(text: &'t str, marks: &[&str]) -> Vec<&'t str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(end) = marks.iter().filter_map(|mark| rest.find(mark).map(|at| at + mark.len())).min() {
        let Some((part, after)) = rest.split_at_checked(end) else { break };
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}

/// What stands between the tags, the escapes of our own engine undone.
fn words(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        text.push('\n');
        rest = after.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#x2f;", "/"), ("&amp;", "&")];
    named.into_iter().fold(text, |text, (escape, sign)| if text.contains(escape) { text.replace(escape, sign) } else { text })
}

/// The keys and strings of a JSON text; of a listing, each entry of its lists by itself.
fn json(text: &str, kind: Kind) -> Vec<String> {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return vec![text.to_owned()] };
    let mut entries = Vec::new();
    let mut rest = String::new();
    gather(&value, kind, &mut rest, &mut entries);
    entries.push(rest);
    entries
}

fn gather(value: &Value, kind: Kind, text: &mut String, entries: &mut Vec<String>) {
    match value {
        Value::String(string) => {
            text.push_str(string);
            text.push('\n');
        }
        Value::Array(list) => {
            let apart = kind == Kind::Listing && list.len() > 1;
            for one in list {
                if apart && one.is_object() {
                    let mut entry = String::new();
                    gather(one, Kind::Whole, &mut entry, entries);
                    entries.push(entry);
                } else {
                    gather(one, kind, text, entries);
                }
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                text.push_str(key);
                text.push('\n');
                gather(member, kind, text, entries);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
