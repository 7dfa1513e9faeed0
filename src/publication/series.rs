//! The versions that an advisory's files are for.

use super::Publisher;
use crate::advisory::{Advisory, Meta};

/// More series than this are not believed.
const MOST: usize = 64;

/// The series of the file table, in its order, then those that only the `.meta` names; each once. A file for a series says that the series is
/// affected; that others are not is said by nobody. Lines for other products (`Linux 6.1.x`) are left alone.
pub(super) fn of(advisory: &Advisory, meta: Option<&Meta>, publisher: &Publisher) -> Vec<String> {
    let table = advisory.table.iter().filter_map(|line| read(&line.versions, &publisher.product)).flatten();
    let recipes = meta.into_iter().flat_map(|meta| &meta.recipes).filter(|(_, tree, _)| *tree == publisher.index_project);
    let branches = recipes.filter_map(|(branch, _, _)| one(branch, &publisher.product)).map(Series::name);
    let mut found: Vec<String> = Vec::new();
    for series in table.chain(branches) {
        if !found.contains(&series) && found.len() < MOST {
            found.push(series);
        }
    }
    found
}

/// One series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Series {
    /// The branch of the development.
    Unstable,
    /// A major and a minor number.
    Stable(u16, u16),
}

impl Series {
    fn name(self) -> String {
        match self {
            Series::Unstable => "unstable".to_owned(),
            Series::Stable(major, minor) => format!("{major}.{minor}.x"),
        }
    }
}

/// The series of `xen-unstable, Xen 4.16.x - 4.13.x`; `None` when a word of it is not understood. All spellings were seen:
/// `-`, `..` and `...` between the ends of a range, with or without the product's name, the `x` and blanks.
pub(super) fn read(text: &str, product: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for item in text.replace(" and ", ",").replace('&', ",").split(',') {
        let item = item.trim();
        let range = [" - ", "...", "..", " to "].iter().find_map(|mark| item.split_once(mark));
        match range {
            Some((from, to)) => found.extend(between(one(from, product)?, one(to, product)?)?),
            None => found.push(one(item, product)?),
        }
    }
    Some(found.into_iter().map(Series::name).collect())
}

/// All series from one end to the other. Which stable series is the newest is not known here: of a range that begins with the development
/// only its ends are certain.
fn between(from: Series, to: Series) -> Option<Vec<Series>> {
    match (from, to) {
        (Series::Stable(major, high), Series::Stable(same, low)) if major == same => {
            let range: Vec<Series> = (high.min(low)..=high.max(low)).map(|minor| Series::Stable(major, minor)).collect();
            let range = if high < low { range } else { range.into_iter().rev().collect() };
            (range.len() <= MOST).then_some(range)
        }
        (Series::Unstable, Series::Stable(..)) => Some(vec![from, to]),
        _ => None,
    }
}

/// `xen-unstable`, `master`, `Xen 4.19.x`, `4.19`, `stable-4.19`. A release's own number (`4.19.1`) is no series.
fn one(text: &str, product: &str) -> Option<Series> {
    let text = text.trim().to_ascii_lowercase();
    let product = product.to_ascii_lowercase();
    let bare = text.strip_prefix(&product).map_or(text.as_str(), |rest| rest.trim_start_matches(['-', ' ']));
    let bare = bare.strip_prefix("stable-").unwrap_or(bare);
    if matches!(bare, "master" | "unstable" | "staging") {
        return Some(Series::Unstable);
    }
    let (major, minor) = bare.strip_suffix(".x").unwrap_or(bare).split_once('.')?;
    let digits = |part: &str| (!part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse().ok())?;
    Some(Series::Stable(digits(major)?, digits(minor)?))
}
