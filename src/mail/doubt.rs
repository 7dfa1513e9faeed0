//! Structural doubts: things in a message that mail readers understand differently, so that a rule might judge another text than the one
//! a member would read. A message with a doubt is held for a human whatever the rules say (DESIGN.md, "Decisions already proved").

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
    /// A NUL byte.
    Nul,
    /// CR without LF.
    BareCr,
    /// LF without CR.
    BareLf,
    /// A multipart without a boundary parameter.
    NoBoundary,
    /// A multipart whose first delimiter is missing.
    NeverOpened,
    /// A multipart whose closing delimiter is missing.
    NeverClosed,
    /// Boundary text where no delimiter may stand (mail-parser 0.11.9 ends the part there; others do not).
    StrayBoundary,
    /// Two nested multiparts use the same boundary.
    SharedBoundary,
    /// Nested deeper than [`super::message::MAX_NESTING`].
    TooDeep,
    /// More than [`super::message::MAX_PARTS`] parts or [`super::message::MAX_ADDRESSES`] addresses.
    TooMany,
    /// A part whose transfer encoding is broken.
    BrokenEncoding,
    /// A header field over 100 kB or a header block over 1 MB (T25).
    HugeHeader,
    /// Over 50 Received fields: a loop (RFC 5321 6.3).
    Loop,
}

use super::{RawMessage, headers::Headers};

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
pub(super) fn structural(raw: &RawMessage, boundaries: &[Option<String>]) -> Vec<Doubt> {
    let bytes = raw.bytes();
    let headers = Headers::of(bytes);
    let mut doubts = Vec::new();
    for field in ONCE {
        let times = headers.count(field);
        if times > 1 {
            doubts.push(Doubt::Repeated { field, times });
        }
    }
    if headers.count("From") == 0 {
        doubts.push(Doubt::NoAuthor);
    }
    if headers.count("Received") > 50 {
        doubts.push(Doubt::Loop);
    }
    if headers.block().len() > 1_000_000 || headers.fields().any(|field| field.whole.len() > 102_400) {
        doubts.push(Doubt::HugeHeader);
    }
    line_ends(bytes, &mut doubts);
    let mut seen: Vec<&str> = Vec::new();
    for boundary in boundaries {
        let Some(boundary) = boundary else {
            doubts.push(Doubt::NoBoundary);
            continue;
        };
        if seen.contains(&boundary.as_str()) {
            doubts.push(Doubt::SharedBoundary);
            continue;
        }
        seen.push(boundary);
        delimiters(bytes, boundary, &mut doubts);
    }
    doubts
}

fn line_ends(bytes: &[u8], doubts: &mut Vec<Doubt>) {
    if bytes.contains(&0) {
        doubts.push(Doubt::Nul);
    }
    let mut previous = 0_u8;
    for &byte in bytes {
        if byte == b'\n' && previous != b'\r' {
            doubts.push(Doubt::BareLf);
            break;
        }
        previous = byte;
    }
    let mut after_cr = false;
    for &byte in bytes {
        if after_cr && byte != b'\n' {
            doubts.push(Doubt::BareCr);
            return;
        }
        after_cr = byte == b'\r';
    }
    if after_cr {
        doubts.push(Doubt::BareCr);
    }
}

/// RFC 2046 5.1.1: a delimiter stands alone on its line; the same text anywhere else is read differently by different programs.
fn delimiters(bytes: &[u8], boundary: &str, doubts: &mut Vec<Doubt>) {
    let needle = format!("--{boundary}");
    let (mut opened, mut closed, mut stray) = (false, false, false);
    for line in bytes.split(|&byte| byte == b'\n') {
        let Some(at) = find(line, needle.as_bytes()) else { continue };
        let rest = line.get(at + needle.len()..).unwrap_or_default();
        let blank = |rest: &[u8]| rest.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'));
        match (at, rest) {
            (0, rest) if blank(rest) => opened = true,
            (0, rest) if rest.strip_prefix(b"--").is_some_and(blank) => closed = true,
            _ => stray = true,
        }
    }
    if !opened {
        doubts.push(Doubt::NeverOpened);
    }
    if !closed {
        doubts.push(Doubt::NeverClosed);
    }
    // A boundary that begins another one ("a" and "ab") makes every delimiter of the longer one look stray; readers do stumble there.
    if stray {
        doubts.push(Doubt::StrayBoundary);
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    if needle.is_empty() || haystack.len() < needle.len() {
        return None;
    }
    haystack.windows(needle.len()).position(|window| window == needle)
}
