//! Mailbox names, keywords and sets of UIDs as they stand in a command.

use std::fmt::Write as _;

use data_encoding::{Encoding, Specification};

use crate::source::SourceError;

/// `name` as a quoted string in modified UTF-7 (RFC 3501 5.1.3). An ASCII name stays as it is, apart from `&`.
pub(super) fn quoted_mailbox(name: &str) -> Result<String, SourceError> {
    if name.is_empty() || name.contains(char::is_control) {
        return Err(SourceError::MailboxName);
    }
    let base64 = modified_base64().ok_or(SourceError::MailboxName)?;
    let mut quoted = String::from("\"");
    let mut foreign = Vec::new();
    for c in name.chars() {
        if !(' '..='~').contains(&c) {
            let mut units = [0; 2];
            foreign.extend(c.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
            continue;
        }
        shift_back(&mut quoted, &mut foreign, &base64);
        match c {
            '&' => quoted.push_str("&-"),
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            _ => quoted.push(c),
        }
    }
    shift_back(&mut quoted, &mut foreign, &base64);
    quoted.push('"');
    Ok(quoted)
}

fn shift_back(quoted: &mut String, foreign: &mut Vec<u8>, base64: &Encoding) {
    if !foreign.is_empty() {
        let _ = write!(quoted, "&{}-", base64.encode(foreign));
        foreign.clear();
    }
}

/// Base64 with `,` for `/` and without padding (RFC 3501 5.1.3).
fn modified_base64() -> Option<Encoding> {
    let mut specification = Specification::new();
    specification.symbols.push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,");
    specification.encoding().ok()
}

/// A keyword that is an atom and no system flag (RFC 3501 9, `flag-keyword`), narrowed to what every server keeps.
pub(super) fn keyword(name: &str) -> Result<&str, SourceError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "$-_.".contains(c);
    if name.is_empty() || name.len() > 64 || !name.chars().all(allowed) {
        return Err(SourceError::KeywordName);
    }
    Ok(name)
}

/// A sequence set (RFC 3501 9) of exactly these UIDs, which must ascend: `1:3,7`.
pub(super) fn uid_set(uids: impl IntoIterator<Item = u32>) -> String {
    let mut set = String::new();
    let mut run: Option<(u32, u32)> = None;
    for uid in uids {
        match run {
            Some((first, last)) if last.checked_add(1) == Some(uid) => run = Some((first, uid)),
            Some(done) => {
                push_run(&mut set, done);
                run = Some((uid, uid));
            }
            None => run = Some((uid, uid)),
        }
    }
    if let Some(done) = run {
        push_run(&mut set, done);
    }
    set
}

fn push_run(set: &mut String, (first, last): (u32, u32)) {
    if !set.is_empty() {
        set.push(',');
    }
    let _ = if first == last { write!(set, "{first}") } else { write!(set, "{first}:{last}") };
}
