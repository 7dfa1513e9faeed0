//! Whose a message is that somebody pasted into his own: the block of header fields that mail programs put above a forwarded text.
//!
//! Promises: an author is named only where the block leaves no doubt, one address and nothing beside it; a display name is never taken for an
//! address, whatever stands in it. Whoever pastes can write what he wants: the block proves nothing.

use super::{
    RemovedKind,
    appended::{FROM, LABEL, RECIPIENTS},
};
use crate::mail::{Address, Message};

/// The head of a pasted message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pasted {
    /// Who wrote it, if that is certain.
    pub author: Option<Address>,
    /// The addresses in its To and Cc.
    pub recipients: Vec<Address>,
}

/// Longer blocks are no heads.
const MAX_LINES: usize = 24;

/// The heads of the messages in its text, from the outside in. One without an author stands for a pasted text that has no head.
pub fn pasted(message: &Message) -> Vec<Pasted> {
    let of_others = |kind: RemovedKind| matches!(kind, RemovedKind::Appended | RemovedKind::Attribution | RemovedKind::Quote);
    let removed = &message.own_words().removed;
    let text: Vec<&str> = removed.iter().filter(|run| of_others(run.kind)).flat_map(|run| run.text.lines()).collect();
    let heads = heads(&text);
    if heads.is_empty() && removed.iter().any(|run| run.kind == RemovedKind::Appended) {
        return vec![Pasted::default()];
    }
    heads
}

fn heads(lines: &[&str]) -> Vec<Pasted> {
    let mut heads = Vec::new();
    // Apple Mail quotes the block with the text.
    let mut lines = lines.iter().map(|line| line.trim_start_matches(['>', ' ', '\t']).trim_end());
    while let Some(line) = lines.next() {
        if !is_field(line) {
            continue;
        }
        // A blank line ends the block: below it whoever was pasted writes what he likes.
        let block: Vec<&str> =
            std::iter::once(line).chain(lines.by_ref().take_while(|line| !line.is_empty()).take(MAX_LINES)).collect();
        heads.extend(head(&block));
    }
    heads
}

fn is_field(line: &str) -> bool {
    line.contains([':', '：']) && (FROM.is_match(line) || LABEL.is_match(line))
}

/// A block with an author and two more fields.
fn head(block: &[&str]) -> Option<Pasted> {
    let mut fields: Vec<String> = Vec::new();
    for line in block {
        match fields.last_mut() {
            Some(field) if !is_field(line) => {
                field.push(' ');
                field.push_str(line);
            }
            _ => fields.push((*line).to_owned()),
        }
    }
    let authors: Vec<&String> = fields.iter().filter(|field| FROM.is_match(field)).collect();
    if authors.is_empty() || fields.len() < authors.len() + 2 {
        return None;
    }
    let author = match authors.as_slice() {
        [only] => address(value(only)),
        _ => None,
    };
    let recipients = fields.iter().filter(|field| RECIPIENTS.is_match(field)).flat_map(|field| addresses(value(field))).collect();
    Some(Pasted { author, recipients })
}

/// What stands behind the name of a field, without the stars of a bold name.
fn value(field: &str) -> &str {
    field.split_once([':', '：']).map_or("", |(_, value)| value.trim_matches(['*', ' ', '\t']))
}

fn addresses(value: &str) -> impl Iterator<Item = Address> {
    value.split(|c: char| c.is_whitespace() || "<>[](),;\"'".contains(c)).filter_map(bare)
}

/// An address that stands by itself. Text around it that is part of no domain makes it none.
fn bare(text: &str) -> Option<Address> {
    let text = text.trim_start_matches("mailto:");
    let (_, domain) = text.rsplit_once('@')?;
    let is_domain = domain.contains('.') && domain.chars().all(|c| c.is_alphanumeric() || ".-".contains(c));
    text.parse().ok().filter(|_| is_domain)
}

/// The one address of a From line: between angle brackets, or brackets, where there are such; else all of it.
fn address(value: &str) -> Option<Address> {
    let value = unquoted(value)?;
    let opening = ['<', '['].into_iter().find_map(|bracket| value.split_once(bracket));
    let Some((_, behind)) = opening else {
        // RFC 5322 A.1.1: an old form has the name behind it, in parentheses.
        let (address, name) = value.split_once('(').unwrap_or((&value, ""));
        return bare(address.trim()).filter(|_| !name.contains('@'));
    };
    // Outlook writes some twice, `<dora@finder.example<mailto:dora@finder.example>>`; "On Behalf Of" names somebody else behind it.
    let mut all = behind.split(|c: char| c.is_whitespace() || "<>[]".contains(c)).filter(|word| !word.is_empty()).map(bare);
    let first = all.next()??;
    all.all(|other| other.as_ref() == Some(&first)).then_some(first)
}

/// The line without its quoted names; `None` when a quote does not end.
fn unquoted(value: &str) -> Option<String> {
    let (mut out, mut inside, mut escaped) = (String::new(), false, false);
    for c in value.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if inside => escaped = true,
            '"' => inside = !inside,
            _ if inside => {}
            c => out.push(c),
        }
    }
    (!inside).then(|| out.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::RawMessage;

    fn of(text: &str) -> Vec<Pasted> {
        let mail = format!(
            "From: mona@team.example.org\nTo: security@example.org\nSubject: Fwd: guest escape\nMIME-Version: 1.0\n\
             Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}\n"
        );
        pasted(&Message::parse(&RawMessage::new(mail.replace('\n', "\r\n").into_bytes())).unwrap())
    }

    fn author(text: &str) -> Option<String> {
        of(text)
            .first()
            .unwrap_or_else(|| panic!("nothing was seen to be pasted in\n{text}"))
            .author
            .as_ref()
            .map(ToString::to_string)
    }

    /// As the programs write it.
    #[test]
    fn the_writer_of_a_pasted_message_is_named() {
        for text in [
            "FYI\n\n---------- Forwarded message ---------\nFrom: Dora Finder <dora@finder.example>\nDate: Sat, 21 Nov 2026 at 13:59\nSubject: guest escape\nTo: <mona@team.example.org>\n\n\nA guest can escape.",
            "See below.\n\nBegin forwarded message:\n\nFrom: Dora Finder <dora@finder.example>\nSubject: guest escape\nDate: 21 November 2026 at 13:59:00 GMT\nTo: Mona <mona@team.example.org>\n\nA guest can escape.",
            "See below.\n\n> Begin forwarded message:\n> \n> From: Dora Finder <dora@finder.example>\n> Subject: guest escape\n> Date: 21 November 2026 at 13:59:00 GMT\n> To: Mona <mona@team.example.org>\n> \n> A guest can escape.",
            "FYI\n\n________________________________\nFrom: Dora Finder <dora@finder.example>\nSent: Saturday, November 21, 2026 1:59 PM\nTo: Mona\nSubject: guest escape\n\nA guest can escape.",
            "FYI\n\n*From:* Dora Finder [mailto:dora@finder.example]\n*Sent:* Saturday, November 21, 2026 1:59 PM\n*To:* Mona\n*Subject:* guest escape\n\nA guest can escape.",
            "FYI\n\n-------- Forwarded Message --------\nSubject: \tguest escape\nDate: \tSat, 21 Nov 2026 13:59:00 +0000\nFrom: \tDora Finder <dora@finder.example>\nTo: \tmona@team.example.org\n\nA guest can escape.",
            "Zur Kenntnis\n\nVon: Dora Finder <dora@finder.example<mailto:dora@finder.example>>\nGesendet: Samstag, 21. November 2026 13:59\nAn: Mona <mona@team.example.org>\nBetreff: guest escape\n\nA guest can escape.",
            "----- Forwarded message from Dora Finder <dora@finder.example> -----\n\nDate: Sat, 21 Nov 2026 13:59:00 +0000\nFrom: Dora Finder <dora@finder.example>\nTo: mona@team.example.org\nSubject: guest escape\n\nA guest can escape.\n\n----- End forwarded message -----",
            "-----Original Message-----\nFrom: dora@finder.example (Dora Finder)\nSent: Saturday, November 21, 2026 1:59 PM\nTo: Mona\nSubject: guest escape\n\nA guest can escape.",
            // Broken by the sender's program.
            "---------- Forwarded message ---------\nFrom: Dora Finder of a very long institution\n<dora@finder.example>\nDate: Sat, 21 Nov 2026 at 13:59\nSubject: guest escape\nTo: Mona\n\nA guest can escape.",
        ] {
            assert_eq!(author(text).as_deref(), Some("dora@finder.example"), "{text}");
        }
    }

    fn from(value: &str) -> Option<String> {
        author(&format!(
            "---------- Forwarded message ---------\nFrom: {value}\nDate: Sat, 21 Nov 2026 at 13:59\nSubject: guest escape\nTo: Mona\n\nA guest can escape."
        ))
    }

    #[test]
    fn a_name_is_no_address() {
        for (value, expected) in [
            ("\"ceo@big.example\" <eve@x.example>", Some("eve@x.example")),
            ("ceo@big.example <eve@x.example>", Some("eve@x.example")),
            ("\"<ceo@big.example>\" <eve@x.example>", Some("eve@x.example")),
            ("\"say \\\"<ceo@big.example>\\\"\" <eve@x.example>", Some("eve@x.example")),
            ("eve@x.example", Some("eve@x.example")),
            ("<eve@x.example>", Some("eve@x.example")),
            // No certain one.
            ("\"ceo@big.example <eve@x.example>", None),
            ("\"ceo@big.example\"", None),
            ("Dora Finder", None),
            ("Dora ceo@big.example", None),
            ("<ceo@big.example> <eve@x.example>", None),
            ("Ceo <ceo@big.example>, Eve <eve@x.example>", None),
            ("list@big.example <list@big.example> On Behalf Of Dora Finder", None),
            ("eve@x.example (ceo@big.example)", None),
            ("'ceo@big.example'", None),
            ("ceo@big.example,", None),
            ("", None),
        ] {
            assert_eq!(from(value).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn what_stands_below_a_blank_line_is_no_head() {
        let below = "---------- Forwarded message ---------\nDate: Sat, 21 Nov 2026 at 13:59\nSubject: guest escape\nTo: Mona\n\nFrom: eve@x.example\n\nhello";
        assert_eq!(author(below), None);
        let two = "---------- Forwarded message ---------\nFrom: Dora <dora@finder.example>\nFrom: Eve <eve@x.example>\nDate: Sat, 21 Nov 2026 at 13:59\nSubject: guest escape\n\nhello";
        assert_eq!(author(two), None);
    }

    #[test]
    fn to_and_cc_are_read_and_an_own_text_has_no_head() {
        let text = "---------- Forwarded message ---------\nFrom: Dora <dora@finder.example>\nDate: Sat, 21 Nov 2026\nSubject: mail to other@lists.example.org\nTo: Mona <mona@team.example.org>\nCc: \"devel\" <devel@lists.example.org>,\n announce@lists.example.org\n\nhello to body@lists.example.org";
        let recipients: Vec<String> = of(text).remove(0).recipients.iter().map(ToString::to_string).collect();
        assert_eq!(recipients, ["mona@team.example.org", "devel@lists.example.org", "announce@lists.example.org"]);
        assert_eq!(of("I found that a guest can escape.\n\nFrom: the kernel\n"), []);
        assert_eq!(of("I agree.\n\nOn Sat, 21 Nov 2026, Dora <dora@finder.example> wrote:\n> A guest can escape.\n"), []);
    }
}
