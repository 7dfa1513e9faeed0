//! No way of writing it is a way round.

use data_encoding::BASE64_MIME;

use super::*;

const SENTENCE: &str = "the neighbour's mapping lingers although its page returns to the allocator";

fn stopped(letter: &Letter) -> bool {
    wall(&[material()]).scan(letter, &Reader::person([])).iter().any(|hit| hit.rule == Rule::Shingle)
}

#[test]
fn in_a_text() {
    let fullwidth: String =
        SENTENCE.chars().map(|c| if c.is_ascii_graphic() { char::from_u32(u32::from(c) + 0xfee0).unwrap() } else { c }).collect();
    let bold: String = SENTENCE
        .chars()
        .map(|c| if c.is_ascii_lowercase() { char::from_u32(u32::from(c) - u32::from('a') + 0x1d41a).unwrap() } else { c })
        .collect();
    let numbered: String = SENTENCE.chars().map(|c| format!("&#{};", u32::from(c))).collect();
    let quoted_printable: String = SENTENCE.chars().map(|c| format!("={:02X}", u32::from(c))).collect();
    let ways = [
        SENTENCE.to_owned(),
        SENTENCE.to_uppercase(),
        SENTENCE.replace(' ', "\n> > "),
        SENTENCE.replace(' ', "\nAB> "),
        SENTENCE.replace(' ', "\n  | "),
        SENTENCE.replace(' ', ", - "),
        SENTENCE.replace('a', "a\u{ad}"),
        SENTENCE.replace('e', "e\u{200b}"),
        SENTENCE.replace("mapping", "map-\nping").replace("allocator", "allo-\n> cator"),
        SENTENCE.replace(' ', "&nbsp;"),
        SENTENCE.replace("ma", "ma=\n"),
        SENTENCE.replace('a', "\u{430}").replace('e', "\u{435}").replace('o', "\u{3bf}"),
        SENTENCE.replace('a', "a\u{301}").replace('o', "\u{f6}").replace('i', "\u{ef}"),
        SENTENCE.chars().map(|c| format!("{c} ")).collect(),
        fullwidth,
        bold,
        numbered,
        quoted_printable,
        format!("Look:\n\n{}", BASE64_MIME.encode(SENTENCE.as_bytes())),
        format!("> {}", BASE64_MIME.encode(SENTENCE.as_bytes()).replace("\r\n", "\n> ")),
    ];
    for way in ways {
        assert!(stopped(&Letter::of_text(&way)), "{way}");
    }
}

#[test]
fn in_a_mail() {
    let head = "From: desk@example.org\r\nTo: x@example.com\r\nMIME-Version: 1.0\r\n";
    let page = SENTENCE.replace("map", "m<b></b>a<i>p</i>").replace(' ', "<br>");
    let encoded = BASE64_MIME.encode(SENTENCE.as_bytes());
    let letters = [
        format!("{head}Subject: {SENTENCE}\r\n\r\nHello.\r\n"),
        format!("{head}Subject: =?utf-8?B?{}?=\r\n\r\nHello.\r\n", encoded.replace("\r\n", "")),
        format!("{head}X-Note: {SENTENCE}\r\n\r\nHello.\r\n"),
        format!("{head}Content-Type: text/html\r\n\r\n<p>{page}</p>\r\n"),
        format!("{head}Content-Type: text/html\r\n\r\n<p>Hello.<!-- {SENTENCE} --></p>\r\n"),
        format!("{head}Content-Type: text/html\r\n\r\n<img alt=\"{SENTENCE}\">\r\n"),
        format!("{head}Content-Transfer-Encoding: base64\r\nContent-Type: application/pdf; name=\"x\"\r\n\r\n{encoded}\r\n"),
        format!("{head}Content-Disposition: attachment; filename=\"{SENTENCE}.txt\"\r\n\r\n.\r\n"),
        format!(
            "{head}Content-Type: message/rfc822\r\n\r\nSubject: x\r\nContent-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\n{SENTENCE}\r\n"
        ),
        format!("no header {SENTENCE}"),
    ];
    for letter in letters {
        assert!(stopped(&Letter::of_bytes(letter.as_bytes())), "{letter}");
    }
}

#[test]
fn utf_16_of_either_order_with_and_without_its_mark() {
    for (mark, little) in [(true, true), (true, false), (false, true), (false, false)] {
        let text = format!("{}{SENTENCE}", if mark { "\u{feff}" } else { "" });
        let bytes: Vec<u8> =
            text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect();
        let encoded = BASE64_MIME.encode(&bytes);
        let mail = format!(
            "Subject: x\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n"
        );
        assert!(stopped(&Letter::of_bytes(mail.as_bytes())), "{mark} {little}");
    }
}

#[test]
fn what_cannot_be_read_is_counted() {
    let packed = BASE64_MIME.encode(&(0..=255).cycle().take(4096).collect::<Vec<u8>>());
    let mail = format!("Subject: x\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n{packed}\r\n");
    assert_eq!(Letter::of_bytes(mail.as_bytes()).opaque(), 1);
    assert_eq!(Letter::of_bytes(b"Subject: x\r\n\r\nHello.\r\n").opaque(), 0);
}

#[test]
fn repetition_costs_no_more_than_its_length() {
    let mut cases = Vec::new();
    for (number, word) in (1..).zip(["A", "ab", "abcdefghijklmnopqrstuvwxyz", "spinlock "]) {
        cases.push(case_with(number, TextKind::Report, &word.repeat(40_000 / word.len())));
    }
    let wall = wall(&cases);
    for word in ["A", "ab", "abcdefghijklmnopqrstuvwxyz", "spinlock "] {
        // Without its bounds this does not come back.
        wall.scan(&Letter::of_text(&word.repeat(80_000 / word.len())), &Reader::person([]));
    }
}
