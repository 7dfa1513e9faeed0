//! The signed text and the files, as they are published.

use std::fmt;

use super::NotPublishable;
use crate::{
    advisory::{Advisory, Meta},
    mail::{Digest, Message, Part, PartRole},
};

/// A file of the advisory.
#[derive(Clone, PartialEq, Eq)]
pub struct PublishedFile {
    /// The name of the digest list, possibly with a folder (`xsa370/0001-x.patch`); safe to join to a folder's path and to a URL.
    pub name: String,
    /// The digest the signed text gives for it.
    pub digest: Digest,
    /// What the file table says it is for: `Xen 4.19.x - 4.17.x`.
    pub versions: Option<String>,
    /// The bytes with that digest; `None` when nothing with it was attached.
    pub content: Option<Vec<u8>>,
}

/// A name with more folders than this is none of ours.
const MOST_FOLDERS: usize = 2;

const BEGIN: &[u8] = b"-----BEGIN PGP SIGNED MESSAGE-----";
const END: &[u8] = b"-----END PGP SIGNATURE-----";

/// The files of the digest list with what is attached.
pub(super) fn published(mail: &Message, advisory: &Advisory) -> Result<Vec<PublishedFile>, NotPublishable> {
    let mut found: Vec<PublishedFile> = Vec::new();
    for line in &advisory.digests {
        if !is_safe(&line.name) {
            return Err(NotPublishable::FileName);
        }
        match found.iter().find(|file| file.name.eq_ignore_ascii_case(&line.name)) {
            Some(same) if same.digest == line.digest && same.name == line.name => continue,
            // Two files in one place, or two that are one on some systems.
            Some(_) => return Err(NotPublishable::FileName),
            None => {}
        }
        let versions = advisory.table.iter().find(|row| matches(row.name.as_bytes(), line.name.as_bytes()));
        found.push(PublishedFile {
            name: line.name.clone(),
            digest: line.digest,
            versions: versions.map(|row| row.versions.clone()),
            content: mail.attachments().find_map(|part| with_digest(part, line.digest)),
        });
    }
    Ok(found)
}

/// The recipe among the files, when there is one that can be read.
pub(super) fn meta(files: &[PublishedFile], prefix: &str) -> Option<Meta> {
    let file = files.iter().find(|file| file.name.ends_with(".meta"))?;
    Meta::parse(file.content.as_deref()?, prefix).ok()
}

/// The bytes of the part that have the digest: as they travelled, or with the line ends they are saved with.
fn with_digest(part: &Part, digest: Digest) -> Option<Vec<u8>> {
    if Digest::of(&part.bytes) == digest {
        return Some(part.bytes.clone());
    }
    let saved = with_lf(&part.bytes);
    (part.content_type.starts_with("text/") && Digest::of(&saved) == digest).then_some(saved)
}

/// The signed text. RFC 9580 7.1 signs it with canonical line ends, so `\n` keeps the signature valid; nothing else is touched.
pub(super) fn signed_text(mail: &Message) -> Vec<u8> {
    let bodies: Vec<Vec<u8>> =
        mail.parts.iter().filter(|part| part.role == PartRole::Body).map(|part| with_lf(&part.bytes)).collect();
    let framed = bodies.iter().find_map(|body| framed(body));
    framed.or_else(|| bodies.into_iter().next()).unwrap_or_default()
}

/// From the line that begins the frame to the one that ends it.
fn framed(body: &[u8]) -> Option<Vec<u8>> {
    let lines = || body.split_inclusive(|&byte| byte == b'\n');
    let is = |line: &[u8], mark: &[u8]| line.trim_ascii_end() == mark;
    let first = lines().position(|line| is(line, BEGIN))?;
    let last = lines().skip(first).position(|line| is(line, END))?;
    Some(lines().skip(first).take(last + 1).collect::<Vec<_>>().concat())
}

fn with_lf(bytes: &[u8]) -> Vec<u8> {
    let lines = bytes.split_inclusive(|&byte| byte == b'\n');
    lines.flat_map(|line| line.strip_suffix(b"\r\n").map_or_else(|| line.to_vec(), |line| [line, b"\n"].concat())).collect()
}

/// Folders and a name of plain characters, none of them hidden, none of them above.
fn is_safe(name: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part.len() <= 128
            && !part.starts_with(['.', '-'])
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte))
    };
    name.split('/').all(plain) && name.matches('/').count() <= MOST_FOLDERS
}

/// Whether a name is meant by a name or glob of the file table; `*` and `?` do not reach over a `/`.
pub(super) fn matches(glob: &[u8], name: &[u8]) -> bool {
    // Where the last `*` stood and how much of the name it has taken: going back there alone is enough, and is quadratic at worst.
    let (mut at, mut read, mut star) = (0, 0, None);
    while let Some(&byte) = name.get(read) {
        match glob.get(at) {
            Some(b'*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(&sign) if sign == byte || (sign == b'?' && byte != b'/') => (at, read) = (at + 1, read + 1),
            _ => match star {
                Some((from, taken)) if name.get(taken) != Some(&b'/') => {
                    star = Some((from, taken + 1));
                    (at, read) = (from + 1, taken + 1);
                }
                _ => return false,
            },
        }
    }
    glob.iter().skip(at).all(|&sign| sign == b'*')
}

impl fmt::Debug for PublishedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublishedFile({}, {})", self.name, self.digest)
    }
}
