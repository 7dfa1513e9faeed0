//! The text of a section as a page shows it: paragraphs that flow, lists, and everything else as it was written.
//!
//! Promises: no word is lost or moved; what is not certainly prose or a list keeps its lines and blanks. Cannot fail.

use serde::Serialize;

/// A piece of a section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum Block {
    /// Words whose line ends mean nothing.
    Prose {
        /// The words, on one line.
        text: String,
    },
    /// Points, each on one line.
    List {
        /// The points.
        items: Vec<String>,
    },
    /// Tables, commands, code: with its lines.
    Kept {
        /// The lines.
        text: String,
    },
}

/// Prose is wrapped: a line that is shorter than this before the last one was ended on purpose.
const SHORTEST_WRAP: usize = 45;

/// The blocks of a text, which empty lines divide.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    for group in lines.split(|line| line.is_empty()).filter(|group| !group.is_empty()) {
        for block in divided(group) {
            match (found.last_mut(), block) {
                (Some(Block::List { items }), Block::List { items: more }) => items.extend(more),
                // A table with an empty line in it, an indented paragraph after an indented one.
                (Some(Block::Kept { text }), Block::Kept { text: more }) => {
                    text.push_str("\n\n");
                    text.push_str(&more);
                }
                (_, block) => found.push(block),
            }
        }
    }
    found
}

/// A group of lines: prose that leads to a list is both.
fn divided(group: &[&str]) -> Vec<Block> {
    let first = group.iter().position(|line| point(line).is_some());
    if let Some(first) = first
        && let Some((before, points)) = group.split_at_checked(first)
        && let Some(items) = items(points)
    {
        let list = Block::List { items };
        return match before {
            [] => vec![list],
            _ if is_prose(before) || before.len() == 1 && !before.iter().any(|line| line.starts_with([' ', '$'])) => {
                vec![Block::Prose { text: joined(before) }, list]
            }
            _ => vec![Block::Kept { text: group.join("\n") }],
        };
    }
    if is_prose(group) {
        return vec![Block::Prose { text: joined(group) }];
    }
    vec![Block::Kept { text: group.join("\n") }]
}

/// A point: up to four blanks, a sign, a blank, its words; with how far the words stand in.
fn point(line: &str) -> Option<(&str, usize)> {
    let words = line.trim_start_matches(' ');
    let blanks = line.len() - words.len();
    let rest = words.strip_prefix("- ").or_else(|| words.strip_prefix("* "))?;
    (blanks <= 4 && is_flowing(rest)).then_some((rest.trim_start(), line.len() - rest.trim_start().len()))
}

/// The points of a list, when there is nothing else: what follows a point stands at least as far in as its sign's blank.
fn items(lines: &[&str]) -> Option<Vec<String>> {
    let mut items: Vec<String> = Vec::new();
    let mut inset = 0;
    for line in lines {
        if let Some((words, at)) = point(line) {
            items.push(words.to_owned());
            inset = at;
            continue;
        }
        let words = line.trim_start_matches(' ');
        let last = items.last_mut()?;
        if line.len() - words.len() + 1 < inset || !is_flowing(words) {
            return None;
        }
        last.push(' ');
        last.push_str(words);
    }
    Some(items)
}

fn is_prose(lines: &[&str]) -> bool {
    let Some((last, wrapped)) = lines.split_last() else { return false };
    let starts = |line: &&str| !line.starts_with([' ', '\t', '$', '#', '|', '>']) && is_flowing(line);
    lines.iter().all(starts)
        && wrapped.iter().all(|line| line.len() >= SHORTEST_WRAP)
        && !is_row(last)
        && !wrapped.iter().any(is_row)
}

/// A line of a digest list: nobody reads it as prose.
fn is_row(line: &&str) -> bool {
    line.split(' ').next().is_some_and(|word| word.len() >= 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// No columns: nothing but single blanks between words, two after the end of a sentence.
fn is_flowing(line: &str) -> bool {
    if line.contains('\t') {
        return false;
    }
    let mut parts = line.trim_end().split("  ");
    let Some(mut before) = parts.next() else { return true };
    for part in parts {
        if part.starts_with(' ') || part.is_empty() || !before.ends_with(['.', '!', '?', ':', ';', ')', '"']) {
            return false;
        }
        before = part;
    }
    true
}

fn joined(lines: &[&str]) -> String {
    lines.iter().flat_map(|line| line.split_whitespace()).collect::<Vec<_>>().join(" ")
}
