//! Text around the parts of a message: above the first delimiter of a multipart, below its last, and in fields of parts that tell nothing about
//! them (RFC 2046 5.1.1: programs ignore it all, and people find it).
//!
//! One pass over the lines. Cannot fail.

use std::collections::BTreeSet;

use crate::mail::{doubt::MAX_BOUNDARIES, wording::pattern};

// What mail programs of the last century were told, and are still.
pattern!(
    USUAL,
    r"(?i)^(?:this is a (?:cryptographically signed |multi-?part |mime-?formatted |s/mime signed )?message (?:in|with) (?:mime|multi-?part)[ -]?(?:format(?:ted)?)?\.?|this is a (?:multi-?part|mime-formatted|multi-part mime|cryptographically signed) message(?: in mime format)?\.?|this is an? (?:openpgp/mime|s/mime) (?:signed|encrypted) message(?: \(rfc \d+(?: and \d+)?\))?\.?|this message is in mime format\.(?: since your mail reader does not understand)?|this format, some or all of this message may not be legible\.?|(?:if you are reading this, )?(?:your|consider) (?:mail|changing|upgrading)[\w ,-]{0,60}(?:mime|mail) ?(?:compliant|reader|format)?\.?|multipart message(?: boundary)?\.?|this message is in mime format\.\s+the first part should be readable text,|while the remaining parts are likely unreadable without mime-aware tools\.|this is a mime[- ](?:encapsulated|encoded) message\.?|[-=_.]+)$"
);

/// Fields of a part that say what it is.
const OF_PARTS: [&str; 11] = [
    "content-type",
    "content-disposition",
    "content-transfer-encoding",
    "content-id",
    "content-description",
    "content-language",
    "content-location",
    "content-md5",
    "content-length",
    "x-attachment-id",
    "mime-version",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing that a reader shows.
    Around,
    /// The fields of a part; whether it is a multipart itself.
    Fields { multipart: bool },
    /// What a reader shows.
    Part,
}

/// More than a little text around the parts is as bad as all.
const ENOUGH: usize = 4000;
/// So many lines of the header are looked for in the fields of parts.
const REPEATED: usize = 100;

/// The text around the parts of a message with that header. Nothing for a message of so many multiparts that it is a doubt already.
pub(super) fn text(header: &[u8], body: &[u8], boundaries: &[Option<String>]) -> String {
    let boundaries: BTreeSet<&[u8]> =
        boundaries.iter().flatten().filter(|boundary| !boundary.is_empty()).map(String::as_bytes).collect();
    let mut found = String::new();
    if boundaries.is_empty() || boundaries.len() > MAX_BOUNDARIES {
        return found;
    }
    // Thunderbird and mutt sign the fields of the message within its first part: what stands in the header tells nothing new.
    let mut header: BTreeSet<&[u8]> = header.split(|byte| *byte == b'\n').take(10 * REPEATED).map(<[u8]>::trim_ascii).collect();
    header.remove(&b""[..]);
    let mut repeated = 0;
    let mut place = Place::Around;
    let mut about = true;
    for line in body.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii_end();
        if let Some(closing) = line.strip_prefix(b"--").and_then(|rest| delimiter(rest, &boundaries)) {
            place = if closing { Place::Around } else { Place::Fields { multipart: false } };
            continue;
        }
        match place {
            Place::Part => {}
            Place::Around => push(&mut found, line),
            Place::Fields { multipart } if line.is_empty() => place = if multipart { Place::Around } else { Place::Part },
            Place::Fields { multipart } => {
                let text = String::from_utf8_lossy(line.get(..200).unwrap_or(line)).to_ascii_lowercase();
                if !line.starts_with(b" ") && !line.starts_with(b"\t") {
                    about = text.split_once(':').is_some_and(|(name, _)| OF_PARTS.contains(&name.trim_end()));
                    let kind = text
                        .split_once(':')
                        .is_some_and(|(name, kind)| name.trim_end() == "content-type" && kind.contains("multipart/"));
                    place = Place::Fields { multipart: multipart || kind };
                } else if multipart_folded(&text) {
                    place = Place::Fields { multipart: true };
                }
                let known = !about && repeated < REPEATED && header.contains(line.trim_ascii());
                repeated += usize::from(known);
                if !about && !known {
                    push(&mut found, line);
                }
            }
        }
        if found.len() > ENOUGH {
            break;
        }
    }
    found
}

fn multipart_folded(line: &str) -> bool {
    line.contains("multipart/")
}

/// Whether the rest of a line is a boundary, and closes it.
fn delimiter(rest: &[u8], boundaries: &BTreeSet<&[u8]>) -> Option<bool> {
    boundaries.iter().find_map(|boundary| match rest.strip_prefix(*boundary)? {
        b"" => Some(false),
        b"--" => Some(true),
        _ => None,
    })
}

fn push(found: &mut String, line: &[u8]) {
    let text = String::from_utf8_lossy(line);
    let text = text.trim();
    if !text.is_empty() && !USUAL.is_match(text) {
        found.push_str(text);
        found.push('\n');
    }
}
