//! Structural doubts: things in a message that mail readers understand differently, so that a rule might judge another text than the one
//! a member would read. A message with a doubt is held for a human whatever the rules say.

use std::{collections::BTreeMap, fmt, ops::Range};

#[cfg(test)]
mod tests;

use aho_corasick::{AhoCorasickBuilder, AhoCorasickKind, MatchKind};
use memchr::{memchr, memmem};

use super::headers::Headers;

/// One reason not to trust the decoded view. The text of a doubt never shows a byte of the message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// A field that may stand once stands several times: which one counts differs among readers.
    Repeated {
        /// The field's name.
        field: &'static str,
        /// How often it stands there.
        times: usize,
    },
    /// No From field, or one without an address.
    NoAuthor,
    /// A line in the header block that is no field, or a folded line of blanks only: some readers end the block there.
    StrayHeaderLine,
    /// A NUL byte.
    Nul,
    /// CR without LF.
    BareCr,
    /// LF without CR.
    BareLf,
    /// A multipart without a boundary parameter, with several, or with an unusable one (empty, over 1000 bytes).
    NoBoundary,
    /// A multipart whose first delimiter is missing.
    NeverOpened,
    /// A multipart whose closing delimiter is missing.
    NeverClosed,
    /// Boundary text where no delimiter may stand (mail-parser 0.11.9 ends the part there; others do not).
    StrayBoundary,
    /// Two nested multiparts use the same boundary.
    SharedBoundary,
    /// Messages attached to attached messages deeper than [`super::message::MAX_NESTING`], or so large that they were not opened.
    TooDeep,
    /// More than [`super::message::MAX_PARTS`] parts, [`super::message::MAX_ADDRESSES`] addresses, or 64 multiparts.
    TooMany,
    /// A part whose transfer encoding is broken.
    BrokenEncoding,
    /// A header field over 100 kB or a header block over 1 MB.
    HugeHeader,
    /// Over 50 Received fields: a loop (RFC 5321 6.3).
    Loop,
}

impl fmt::Display for Doubt {
    /// For people; never shows a byte of the message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Repeated { field, times } => return write!(f, "{field} stands there {times} times"),
            Self::NoAuthor => "no From address",
            Self::StrayHeaderLine => "a line in the header block that is no field",
            Self::Nul => "a NUL byte",
            Self::BareCr => "a CR without LF",
            Self::BareLf => "an LF without CR",
            Self::NoBoundary => "a multipart without a usable boundary",
            Self::NeverOpened => "a multipart that never begins",
            Self::NeverClosed => "a multipart that never ends",
            Self::StrayBoundary => "boundary text where no delimiter may stand",
            Self::SharedBoundary => "two multiparts with the same boundary",
            Self::TooDeep => "attached messages nested too deep or too large to open",
            Self::TooMany => "more parts, addresses or multiparts than are looked at",
            Self::BrokenEncoding => "a part whose transfer encoding is broken",
            Self::HugeHeader => "a header field over 100 kB or a header block over 1 MB",
            Self::Loop => "over 50 Received fields: a loop",
        };
        f.write_str(text)
    }
}

/// Fields that may stand once (RFC 5322 3.6, RFC 2045).
const ONCE: [&str; 13] = [
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
];

/// The doubts that the bytes themselves give, with the boundaries of the multiparts found.
pub(super) fn structural(bytes: &[u8], headers: &Headers<'_>, boundaries: &[Option<String>]) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    for (field, times) in ONCE.into_iter().zip(headers.counts(ONCE)) {
        if times > 1 {
            doubts.push(Doubt::Repeated { field, times });
        }
    }
    if headers.count("From") == 0 {
        doubts.push(Doubt::NoAuthor);
    }
    if headers.stray_lines() > 0 {
        doubts.push(Doubt::StrayHeaderLine);
    }
    if headers.count("Received") > 50 {
        doubts.push(Doubt::Loop);
    }
    if headers.block().len() > 1_000_000 || headers.fields().any(|field| field.whole.len() > 102_400) {
        doubts.push(Doubt::HugeHeader);
    }
    line_ends(bytes, &mut doubts);
    delimiters(headers.body(), boundaries, &mut doubts);
    doubts
}

fn line_ends(bytes: &[u8], doubts: &mut Vec<Doubt>) {
    if memchr(0, bytes).is_some() {
        doubts.push(Doubt::Nul);
    }
    // Without a way out the compiler compares many bytes at a time.
    let (mut lf, mut cr) = (bytes.first() == Some(&b'\n'), bytes.last() == Some(&b'\r'));
    for (one, next) in bytes.iter().zip(bytes.get(1..).unwrap_or_default()) {
        lf |= (*next == b'\n') & (*one != b'\r');
        cr |= (*one == b'\r') & (*next != b'\n');
    }
    if lf {
        doubts.push(Doubt::BareLf);
    }
    if cr {
        doubts.push(Doubt::BareCr);
    }
}

/// More different boundaries than this are not looked at; the message gets [`Doubt::TooMany`].
pub(super) const MAX_BOUNDARIES: usize = 64;
/// RFC 2046 5.1.1 allows 70 bytes; longer ones are cut differently by different readers, and are not searched for.
const MAX_BOUNDARY: usize = 1000;

/// What was seen of one boundary's delimiters.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    opened: bool,
    closed: bool,
}

/// RFC 2046 5.1.1: a delimiter stands alone on its line; the same text anywhere else is read differently by different programs.
///
/// One pass over the body for all boundaries together.
fn delimiters(body: &[u8], boundaries: &[Option<String>], doubts: &mut Vec<Doubt>) {
    if boundaries.iter().any(Option::is_none) {
        doubts.push(Doubt::NoBoundary);
    }
    let mut seen: BTreeMap<&str, Seen> = BTreeMap::new();
    for boundary in boundaries.iter().flatten() {
        if boundary.is_empty() || boundary.len() > MAX_BOUNDARY {
            doubts.push(Doubt::NoBoundary);
        } else if seen.len() >= MAX_BOUNDARIES {
            doubts.push(Doubt::TooMany);
            return;
        } else if seen.insert(boundary, Seen::default()).is_some() {
            doubts.push(Doubt::SharedBoundary);
        }
    }
    if seen.is_empty() {
        return;
    }
    // A boundary that begins another one ("a" and "ab") makes the delimiters of the longer one look like its own; readers do stumble there.
    // In the map's order the longer one follows directly.
    if seen.keys().zip(seen.keys().skip(1)).any(|(shorter, longer)| longer.starts_with(shorter)) {
        doubts.push(Doubt::StrayBoundary);
        return;
    }
    let delimiters: Vec<String> = seen.keys().map(|boundary| format!("--{boundary}")).collect();
    let Some(found) = places(&delimiters, body) else {
        doubts.push(Doubt::TooMany);
        return;
    };
    for (delimiter, whole) in found {
        let line_start = whole.start == 0 || body.get(whole.start - 1) == Some(&b'\n');
        let rest = body.get(whole.end..).unwrap_or_default();
        let boundary = delimiter.get(2..).unwrap_or_default();
        let seen = seen.get_mut(boundary);
        match (seen, rest.strip_prefix(b"--").filter(|rest| ends_line(rest))) {
            // What follows the closing delimiter is epilogue: nobody shows it, unless he starts again at the next delimiter.
            (Some(seen), Some(_)) if line_start && !seen.closed => seen.closed = true,
            (Some(seen), None) if line_start && ends_line(rest) && !seen.closed => seen.opened = true,
            _ => doubts.push(Doubt::StrayBoundary),
        }
        if doubts.len() > MAX_BOUNDARIES {
            doubts.sort();
            doubts.dedup();
        }
    }
    if seen.values().any(|seen| !seen.opened) {
        doubts.push(Doubt::NeverOpened);
    }
    if seen.values().any(|seen| !seen.closed) {
        doubts.push(Doubt::NeverClosed);
    }
}

/// Where the delimiters stand, from the top; `None` when they are too many for one pass.
fn places<'d>(delimiters: &'d [String], body: &[u8]) -> Option<Vec<(&'d str, Range<usize>)>> {
    if let [only] = delimiters {
        let finder = memmem::Finder::new(only);
        return Some(finder.find_iter(body).map(|at| (only.as_str(), at..at + only.len())).collect());
    }
    let kind = Some(AhoCorasickKind::NoncontiguousNFA);
    let search = AhoCorasickBuilder::new().kind(kind).match_kind(MatchKind::LeftmostFirst).build(delimiters).ok()?;
    let delimiter = |number: usize| delimiters.get(number).map(String::as_str).unwrap_or_default();
    Some(search.find_iter(body).map(|found| (delimiter(found.pattern().as_usize()), found.range())).collect())
}

/// Only blanks up to the end of the line.
fn ends_line(rest: &[u8]) -> bool {
    matches!(rest.iter().find(|byte| !matches!(byte, b' ' | b'\t')), None | Some(b'\r' | b'\n'))
}
