//! The files of an advisory: the table, the digests and what is attached.

use regex::Regex;

use super::body::Section;
use crate::mail::{Digest, Message, Part};

/// More lines of either kind than this are not looked at: the largest advisory (XSA-471) has 19 patches for one branch.
pub(super) const MAX_LINES: usize = 1_000;

/// A line of `sha256sum`'s output.
#[derive(Clone, PartialEq, Eq)]
pub struct DigestLine {
    /// The digest.
    pub digest: Digest,
    /// The file's name, possibly with a folder; never a path for us.
    pub name: String,
    /// The line in the mail's text, from 1.
    pub line: usize,
}

/// A line of the file table: `xsa484-4.17.patch      Xen 4.17.x`. The versions are free text.
#[derive(Clone, PartialEq, Eq)]
pub struct TableLine {
    /// The name or a glob (`xsa512-4.17-?.patch`).
    pub name: String,
    /// What it is for.
    pub versions: String,
    /// The line in the mail's text, from 1.
    pub line: usize,
}

/// The digest lines of a section: 64 hexadecimal digits, two blanks (or a blank and `*`), a name.
pub(super) fn digests(section: &Section) -> Vec<DigestLine> {
    let lines = section.text.lines().enumerate();
    lines
        .filter_map(|(index, line)| {
            let (digest, name) = line.trim_end().split_at_checked(64)?;
            let name = name.strip_prefix("  ").or_else(|| name.strip_prefix(" *"))?;
            let digest = digest.parse().ok().filter(|_| !name.is_empty())?;
            Some(DigestLine { digest, name: name.to_owned(), line: line_of(section, index) })
        })
        .collect()
}

/// The lines of the file table: a name with one of the endings, at least two blanks, and what it is for.
pub(super) fn table(section: &Section, extensions: &[String]) -> Vec<TableLine> {
    let lines = section.text.lines().enumerate();
    lines
        .filter_map(|(index, line)| {
            let line = line.trim_end().replace('\t', "  ");
            let (name, versions) = line.trim_start().split_once("  ")?;
            let is_file = extensions.iter().any(|extension| has_extension(name, extension)) && !name.contains(' ');
            let versions = versions.trim().to_owned();
            (is_file && !versions.is_empty()).then(|| TableLine {
                name: name.to_owned(),
                versions,
                line: line_of(section, index),
            })
        })
        .take(MAX_LINES)
        .collect()
}

/// The first line of a section's text stands two lines below its heading: the underline is between.
fn line_of(section: &Section, index: usize) -> usize {
    section.line + 2 + index
}

/// Whether the name ends in `.extension`.
pub(super) fn has_extension(name: &str, extension: &str) -> bool {
    name.strip_suffix(extension).is_some_and(|stem| stem.ends_with('.') && stem.len() > 1)
}

/// A shell glob as a pattern: `*` and `?` do not reach over a `/`.
pub(super) fn glob(name: &str) -> Option<Regex> {
    let pattern = regex::escape(name).replace("\\*", "[^/]*").replace("\\?", "[^/]");
    Regex::new(&format!("^{pattern}$")).ok()
}

/// The attachments that are files: those with a name, without signatures.
pub(super) fn attached<'m>(message: &'m Message, ignore: &[String]) -> Vec<(&'m str, &'m Part)> {
    message
        .attachments()
        .filter(|part| !ignore.contains(&part.content_type))
        .filter_map(|part| Some((part.name.as_deref()?, part)))
        .collect()
}

/// Whether the part is the file with that digest. A file sent as text/* travels with CRLF; it is saved with LF.
pub(super) fn is_file(part: &Part, digest: Digest) -> bool {
    if Digest::of(&part.bytes) == digest {
        return true;
    }
    part.content_type.starts_with("text/") && Digest::of(&with_lf(&part.bytes)) == digest
}

/// The bytes with LF in place of CRLF.
pub(super) fn with_lf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        match line.strip_suffix(b"\r\n") {
            Some(line) => {
                out.extend_from_slice(line);
                out.push(b'\n');
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}
