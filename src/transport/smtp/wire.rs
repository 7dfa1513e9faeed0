//! What goes over the wire, as pure functions: command lines, parameters, dot-stuffing.

use std::fmt::Write as _;

use super::{
    super::{Content, Onward, ReturnPaths, Wishes},
    extensions::Extensions,
};
use crate::mail::Address;

/// RFC 3461 4.4: at most 100 characters of ENVID.
const LONGEST_ENVID: usize = 100;
/// RFC 3461 4.2: at most 500 characters of ORCPT.
const LONGEST_ORCPT: usize = 500;

/// A CR that no LF follows, or an LF that no CR precedes (RFC 5321 2.3.8 forbids both).
pub(in super::super) fn has_bare_line_ending(message: &[u8]) -> bool {
    let mut before = 0;
    for byte in message {
        if (*byte == b'\n') != (before == b'\r') {
            return true;
        }
        before = *byte;
    }
    before == b'\r'
}

/// The message as the lines of a DATA block, without the final dot: the last line ended, leading dots doubled (RFC 5321 4.5.2). `None` when
/// that is the message as it is.
pub(in super::super) fn dot_stuffed(message: &[u8]) -> Option<Vec<u8>> {
    let ended = message.is_empty() || message.ends_with(b"\n");
    let dotted = message.split_inclusive(|byte| *byte == b'\n').filter(|line| line.first() == Some(&b'.')).count();
    if ended && dotted == 0 {
        return None;
    }
    let mut block = Vec::with_capacity(message.len() + dotted + 2);
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        if line.first() == Some(&b'.') {
            block.push(b'.');
        }
        block.extend_from_slice(line);
    }
    if !ended {
        block.extend_from_slice(b"\r\n");
    }
    Some(block)
}

/// The octets the relay will store: the message and, if it lacks one, a last line end (RFC 1870 section 3).
pub(super) fn declared_size(message: &[u8]) -> usize {
    message.len() + if message.is_empty() || message.ends_with(b"\n") { 0 } else { 2 }
}

/// Whether the address needs SMTPUTF8 (RFC 6531).
pub(super) fn needs_smtputf8(address: &Address) -> bool {
    !address.local().is_ascii() || !address.domain().is_ascii()
}

/// The address as it may stand between `<` and `>`; `None` when its local part is a broken quoted string or not a dot-string. An
/// unescaped quote could end the path early and put parameters or another mailbox behind it.
pub(super) fn path(address: &Address) -> Option<String> {
    let unsafe_char = |c: char| c.is_control() || c.is_whitespace() || "<>\"\\".contains(c);
    if address.domain().is_empty() || address.domain().contains(unsafe_char) {
        return None;
    }
    let local = address.local();
    let fine = match local.strip_prefix('"') {
        Some(rest) => is_quoted_rest(rest),
        None => !local.is_empty() && !local.contains(|c| unsafe_char(c) || "@,;:()[]".contains(c)),
    };
    fine.then(|| address.to_string())
}

/// The rest of a quoted string after its opening quote (RFC 5321 4.1.2: qtextSMTP and quoted-pairSMTP).
fn is_quoted_rest(rest: &str) -> bool {
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return chars.next().is_none(),
            '\\' if !chars.next().is_some_and(|escaped| (' '..='~').contains(&escaped)) => return false,
            c if c.is_control() => return false,
            _ => {}
        }
    }
    false
}

/// Where reports go, and what they repeat.
#[derive(Debug, Clone, Copy)]
pub(super) struct Back<'a> {
    /// The reverse-path, which has been through [`path`].
    pub(super) path: Option<&'a str>,
    /// The id of the envelope; without it, the reverse-path.
    pub(super) id: Option<&'a str>,
}

/// The MAIL command (RFC 5321 4.1.1.2).
pub(super) fn mail(back: Back<'_>, offered: &Extensions, content: &Content, utf8: Utf8, wishes: Wishes) -> String {
    let reverse_path = back.path;
    let mut line = format!("MAIL FROM:<{}>", reverse_path.unwrap_or_default());
    let mut add = |parameter: &str| {
        line.push(' ');
        line.push_str(parameter);
    };
    if offered.size {
        add(&format!("SIZE={}", declared_size(content.bytes())));
    }
    if offered.eight_bit_mime && !content.is_ascii() {
        add("BODY=8BITMIME");
    }
    if utf8 == Utf8::Needed {
        add("SMTPUTF8");
    }
    if offered.dsn {
        // Without it a relay's bounce returns up to 50,000 bytes of the message (Postfix): the advisory would travel back.
        add("RET=HDRS");
        // The envelope id comes back in the DSN's Original-Envelope-Id. Our return path is already known to every hop.
        if let Some(id) = reverse_path.map(|path| xtext(back.id.unwrap_or(path))).filter(|id| id.len() <= LONGEST_ENVID) {
            add(&format!("ENVID={id}"));
        }
    }
    if wishes.return_paths == ReturnPaths::ByRelay && offered.xverp && reverse_path.is_some() {
        add("XVERP");
    }
    if wishes.onward == Onward::VerifiedTls {
        add("REQUIRETLS");
    }
    line.push_str("\r\n");
    line
}

/// Whether the transaction has non-ASCII addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Utf8 {
    Needed,
    NotNeeded,
}

/// The RCPT command (RFC 5321 4.1.1.3). `recipient` has been through [`path`].
pub(super) fn rcpt(reverse_path: Option<&str>, offered: &Extensions, recipient: &str) -> String {
    let mut line = format!("RCPT TO:<{recipient}>");
    if offered.dsn {
        // RFC 3461 4.1: with a null reverse path nobody can be notified, and NEVER must say so.
        line.push_str(if reverse_path.is_some() { " NOTIFY=FAILURE,DELAY" } else { " NOTIFY=NEVER" });
        let original = if recipient.is_ascii() {
            format!("rfc822;{}", xtext(recipient))
        } else {
            format!("utf-8;{}", utf8_xtext(recipient))
        };
        if original.len() <= LONGEST_ORCPT {
            line.push_str(" ORCPT=");
            line.push_str(&original);
        }
    }
    line.push_str("\r\n");
    line
}

/// RFC 3461 section 4: everything but visible ASCII, and `+` and `=`, as `+HH`.
fn xtext(text: &str) -> String {
    let stands = |byte: u8| byte.is_ascii_graphic() && byte != b'+' && byte != b'=';
    if text.bytes().all(stands) {
        return text.to_owned();
    }
    let mut out = String::new();
    for byte in text.bytes() {
        if stands(byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "+{byte:02X}").unwrap_or_default();
        }
    }
    out
}

/// RFC 6533 section 3, utf-8-addr-xtext: everything but visible ASCII, and `+`, `=` and `\`, as `\x{HEX}`.
fn utf8_xtext(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_graphic() && !"+=\\".contains(c) {
            out.push(c);
        } else {
            write!(out, "\\x{{{:X}}}", u32::from(c)).unwrap_or_default();
        }
    }
    out
}

/// The initial response of AUTH PLAIN (RFC 4616): NUL user NUL password, in base64.
pub(super) fn auth_plain(user: &str, password: &str) -> String {
    let response = data_encoding::BASE64.encode(format!("\0{user}\0{password}").as_bytes());
    format!("AUTH PLAIN {response}\r\n")
}

/// The EHLO command; `None` when `name` is no domain or address literal (RFC 5321 4.1.1.1).
pub(super) fn ehlo(name: &str) -> Option<String> {
    let fine = !name.is_empty() && name.len() <= 255 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._[]:".contains(&b));
    fine.then(|| format!("EHLO {name}\r\n"))
}

#[cfg(test)]
mod tests;
