//! The forms in which a message is hashed (RFC 6376 3.4 and 3.7).

use std::{borrow::Cow, collections::BTreeMap};

use crate::mail::headers::Headers;

/// How much may change on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Nothing but empty lines at the end.
    Simple,
    /// Blanks and the case of field names.
    Relaxed,
}

/// The body as it is hashed (RFC 6376 3.4.3, 3.4.4).
pub(super) fn body(raw: &[u8], form: Form) -> Cow<'_, [u8]> {
    match form {
        Form::Simple => {
            let mut end = raw;
            while let Some(shorter) = end.strip_suffix(b"\r\n").filter(|shorter| shorter.is_empty() || shorter.ends_with(b"\r\n"))
            {
                end = shorter;
            }
            if end.ends_with(b"\r\n") { Cow::Borrowed(end) } else { Cow::Owned([end, b"\r\n"].concat()) }
        }
        Form::Relaxed => {
            let mut out = Vec::with_capacity(raw.len());
            let mut empty = 0;
            let mut rest = raw;
            while !rest.is_empty() {
                let end = rest.windows(2).position(|two| two == b"\r\n");
                let (line, more) = end.map_or((rest, &[][..]), |at| rest.split_at(at));
                rest = more.get(2..).unwrap_or_default();
                let before = out.len();
                let mut blank = false;
                let filled = line.iter().rposition(|byte| !is_blank(*byte)).map_or(0, |last| last + 1);
                for &byte in line.get(..filled).unwrap_or_default() {
                    if is_blank(byte) {
                        blank = true;
                        continue;
                    }
                    if out.len() == before {
                        // Empty lines count once something follows them.
                        out.extend(b"\r\n".repeat(empty));
                        empty = 0;
                    }
                    if std::mem::take(&mut blank) {
                        out.push(b' ');
                    }
                    out.push(byte);
                }
                if filled == 0 {
                    empty += 1;
                } else {
                    out.extend_from_slice(b"\r\n");
                }
            }
            Cow::Owned(out)
        }
    }
}

/// The fields of a header by their name in lower case, of one name from the top: found once for all signatures.
pub(super) struct ByName<'a>(BTreeMap<String, Vec<&'a [u8]>>);

impl<'a> ByName<'a> {
    pub(super) fn of(headers: &Headers<'a>) -> Self {
        let mut fields: BTreeMap<String, Vec<&'a [u8]>> = BTreeMap::new();
        for field in headers.fields() {
            fields.entry(field.name.to_ascii_lowercase()).or_default().push(field.whole);
        }
        Self(fields)
    }

    fn others(&self, name: &str, own: &[u8]) -> Vec<&'a [u8]> {
        self.0.get(name).into_iter().flatten().filter(|field| **field != own).copied().collect()
    }
}

/// What is signed of the header (RFC 6376 3.7): the named fields, of one name the lowest first, and the signature's own field without its value and
/// without a line break at its end. Costs no more than names and fields together.
pub(super) fn input(fields: &ByName<'_>, names: &[String], own: &[u8], form: Form) -> Vec<u8> {
    let mut out = Vec::new();
    let mut left: BTreeMap<String, Vec<&[u8]>> = BTreeMap::new();
    for name in names {
        let name = name.to_ascii_lowercase();
        let left = left.entry(name).or_insert_with_key(|name| fields.others(name, own));
        if let Some(field) = left.pop() {
            out.extend_from_slice(&whole(field, form));
        }
    }
    let own = without_value(own);
    let own = whole(&own, form);
    out.extend_from_slice(own.strip_suffix(b"\r\n").unwrap_or(&own));
    out
}

/// One field (RFC 6376 3.4.1, 3.4.2), with its line break.
fn whole(field: &[u8], form: Form) -> Cow<'_, [u8]> {
    if form == Form::Simple {
        return Cow::Borrowed(field);
    }
    let colon = field.iter().position(|byte| *byte == b':').unwrap_or(field.len());
    let (name, value) = field.split_at(colon);
    let mut out = name.trim_ascii().to_ascii_lowercase();
    out.push(b':');
    let start = out.len();
    let mut blank = false;
    for &byte in value.get(1..).unwrap_or_default() {
        if is_blank(byte) || matches!(byte, b'\r' | b'\n') {
            blank = true;
            continue;
        }
        if std::mem::take(&mut blank) && out.len() > start {
            out.push(b' ');
        }
        out.push(byte);
    }
    out.extend_from_slice(b"\r\n");
    Cow::Owned(out)
}

/// The signature's field with an empty `b=` (RFC 6376 3.7).
fn without_value(field: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(field.len());
    for (nth, tag) in field.split(|byte| *byte == b';').enumerate() {
        if nth > 0 {
            out.push(b';');
        }
        // The field's name stands before the first tag.
        let colon = if nth == 0 { tag.iter().position(|byte| *byte == b':').map_or(0, |at| at + 1) } else { 0 };
        let equals = tag.iter().position(|byte| *byte == b'=');
        match equals.and_then(|at| Some((tag.get(colon..at)?.trim_ascii(), at))) {
            Some((b"b", at)) => {
                out.extend_from_slice(tag.get(..=at).unwrap_or_default());
                // Its line break belongs to the field, not to the value.
                if tag.ends_with(b"\r\n") {
                    out.extend_from_slice(b"\r\n");
                }
            }
            _ => out.extend_from_slice(tag),
        }
    }
    out
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}
