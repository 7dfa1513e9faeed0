//! Text from mails made safe to look at.
//!
//! Whatever could hide, reorder or command (control characters, terminal escapes, bidirectional overrides, zero-width characters, tags,
//! private use) is shown as `\u{..}`. The result is plain text for mails, terminals and pages; it is never a template. Cannot fail.

use std::fmt::Write as _;

use crate::mail::Address;

/// A value on one line is cut after this many characters.
pub const LINE_LIMIT: usize = 300;

/// The mark [`super::layout`] puts before lines that are kept as they are. It never comes from a mail: private use is escaped here.
pub(super) const VERBATIM: char = '\u{e000}';

/// One line: line breaks and tabs are escaped too; cut with `...` after [`LINE_LIMIT`] characters.
pub fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, c) in text.chars().enumerate() {
        if index == LINE_LIMIT {
            out.push_str("...");
            break;
        }
        push(&mut out, c);
    }
    out
}

/// Several lines: `\n`, `\r\n` and tabs stay, everything else as in [`line()`].
pub fn block(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, row) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        for c in row.strip_suffix('\r').unwrap_or(row).chars() {
            if c == '\t' { out.push(c) } else { push(&mut out, c) }
        }
    }
    out
}

/// An address: everything outside ASCII is escaped, so that no letter of another alphabet can pass for a Latin one.
pub fn address(address: &Address) -> String {
    let mut out = String::new();
    for c in address.to_string().chars() {
        if c.is_ascii() { push(&mut out, c) } else { escape(&mut out, c) }
    }
    out
}

fn push(out: &mut String, c: char) {
    if is_hidden(c) { escape(out, c) } else { out.push(c) }
}

fn escape(out: &mut String, c: char) {
    // Writing to a String cannot fail.
    let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
}

/// Characters that a reader does not see, or that change what he sees around them (Unicode 15: Cc, Cf, Zl, Zp, Co, noncharacters).
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{8e2}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{10ffff}')
}
