//! Hostile mail: no panic, no stack overflow, bounded work. Test threads have 2 MB of stack, as tokio's workers do.

use std::time::{Duration, Instant};

use embargod::mail::{self, CommandText, Doubt, Message, RawMessage, Unreadable};

/// Generous: a debug build on a busy machine. Quadratic work would take minutes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Everything that looks at a message, within the time.
fn all_of(bytes: Vec<u8>) -> Result<Message, Unreadable> {
    let size = bytes.len();
    let started = Instant::now();
    let parsed = Message::parse(&RawMessage::new(bytes));
    let parse = started.elapsed();
    if let Ok(message) = &parsed {
        mail::own_words(message);
        mail::command_words(message);
        mail::bounce(message);
        mail::automatic(message);
        mail::html_says_otherwise(message);
        let trust = mail::AuthenticationTrust { authserv_id: "mx.lists.example".into(), received_by: "mx.lists.example".into() };
        let _ = mail::authenticate(message, &trust);
    }
    println!("{size} bytes: parsed in {parse:?}, all in {:?}", started.elapsed());
    assert!(started.elapsed() < PATIENCE, "took {:?}", started.elapsed());
    parsed
}

const TOP: &str = "From: Dana <dana@finder.example>\r\nTo: security@lists.example\r\nSubject: torture\r\nDate: Fri, 21 Nov 2025 10:00:00 +0000\r\nMessage-ID: <1@finder.example>\r\nMIME-Version: 1.0\r\n";

#[test]
fn ten_thousand_attached_messages_in_each_other_are_refused() {
    let mut bytes = TOP.to_owned();
    for level in 0..10_000 {
        bytes.push_str(&format!("Content-Type: message/rfc822\r\n\r\nSubject: {level}\r\n"));
    }
    bytes.push_str("\r\nthe end\r\n");
    assert_eq!(all_of(bytes.into_bytes()).err(), Some(Unreadable::Structure));
}

#[test]
fn nine_hundred_attached_messages_in_each_other_are_opened_eight_deep() {
    let mut bytes = TOP.to_owned();
    for level in 0..900 {
        bytes.push_str(&format!("Content-Type: message/rfc822\r\n\r\nSubject: {level}\r\n"));
    }
    bytes.push_str("\r\nthe end\r\n");
    let message = all_of(bytes.into_bytes()).unwrap();
    let mut depth = 0;
    let mut inner = &message;
    while let Some(next) = inner.forwarded.first() {
        depth += 1;
        inner = next;
    }
    assert_eq!(depth, mail::message::MAX_NESTING - 1);
    assert!(inner.doubts.contains(&Doubt::TooDeep));
}

#[test]
fn ten_thousand_nested_multiparts() {
    let mut bytes = TOP.to_owned();
    for level in 0..10_000 {
        bytes.push_str(&format!("Content-Type: multipart/mixed; boundary=\"b{level}.\"\r\n\r\n--b{level}.\r\n"));
    }
    bytes.push_str("Content-Type: text/plain\r\n\r\nthe end\r\n");
    let message = all_of(bytes.into_bytes()).unwrap();
    assert!(message.doubts.contains(&Doubt::TooMany), "{:?}", message.doubts);
}

#[test]
fn a_hundred_thousand_parts() {
    let mut bytes = format!("{TOP}Content-Type: multipart/mixed; boundary=b\r\n\r\n");
    bytes.push_str(&"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n".repeat(100_000));
    bytes.push_str("--b--\r\n");
    let message = all_of(bytes.into_bytes()).unwrap();
    assert_eq!(message.doubts, [Doubt::TooMany]);
    assert!(message.parts.len() <= mail::message::MAX_PARTS);
}

#[test]
fn huge_fields() {
    let subject = "x".repeat(1_000_000);
    let references: String = (0..60_000).map(|n| format!("<{n}@finder.example>\r\n ")).collect();
    let to: String = (0..100_000).map(|n| format!("a{n}@finder.example,\r\n ")).collect();
    let received = "Received: from a by b with ESMTP id 1; Fri, 21 Nov 2025 10:00:00 +0000\r\n".repeat(10_000);
    let bytes = format!(
        "{received}From: dana@finder.example\r\nTo: {to}b@finder.example\r\nSubject: {subject}\r\nReferences: {references}<end@finder.example>\r\n\r\nhello\r\n"
    );
    let message = all_of(bytes.into_bytes()).unwrap();
    for doubt in [Doubt::HugeHeader, Doubt::Loop, Doubt::TooMany] {
        assert!(message.doubts.contains(&doubt), "{doubt:?} missing in {:?}", message.doubts);
    }
    assert_eq!(message.references.len(), mail::message::MAX_ADDRESSES);
    assert_eq!(message.to.len(), mail::message::MAX_ADDRESSES);
}

#[test]
fn deep_html_is_read_without_its_tags() {
    for open in [
        "<div>",
        "<blockquote>",
        "<table><tr><td>",
        "<b><i>",
        "<ul><li>",
        "<span style=x>",
        "<font color=red>",
        "<a href=x>",
        "<svg><g>",
    ] {
        let bytes = format!("{TOP}Content-Type: text/html\r\n\r\n{}approve\r\n", open.repeat(50_000));
        let message = all_of(bytes.into_bytes()).unwrap();
        assert_eq!(mail::command_words(&message), CommandText::HtmlOnly);
    }
}

#[test]
fn long_html() {
    for piece in ["<p>word word word ", "<table><tr><td>x</td></tr></table>", "<li>x", "<td>", "&nbsp;", "<p", "<!--", "\u{202e}"]
    {
        let bytes = format!("{TOP}Content-Type: text/html; charset=utf-8\r\n\r\n{}\r\n", piece.repeat(400_000 / piece.len()));
        all_of(bytes.into_bytes()).unwrap();
    }
}

#[test]
fn long_texts_of_every_awkward_line() {
    let lines = [
        "> quoted\r\n",
        ">\r\n",
        "On Monday:\r\n",
        "wrote:\r\n",
        "From: x\r\n",
        "-- \r\n",
        "Sent from my phone\r\n\r\n",
        "\r\n",
        "--- a/x\r\n",
        "diff --git a b\r\n \r\n",
        "-----BEGIN PGP MESSAGE-----\r\n",
        "-----BEGIN PGP SIGNED MESSAGE-----\r\n",
        "____________________\r\n",
        "a <b@c.example>:\r\n",
        "(XEN) x\r\n\r\n",
        ":\r\n\r\n",
        "[EXTERNAL] e-mail\r\n\r\n",
        "intended recipient\r\n\r\n",
        "| x\r\n",
        "x",
        " x | 3 +-\r\n",
        "> ",
    ];
    for line in lines {
        let bytes = format!("{TOP}Content-Type: text/plain; format=flowed\r\n\r\n{}\r\n", line.repeat(100_000 / line.len()));
        all_of(bytes.into_bytes()).unwrap();
    }
}

#[test]
fn twenty_five_megabytes() {
    let line = "TWFueSBoYW5kcyBtYWtlIGxpZ2h0IHdvcmsuIE1hbnkgaGFuZHMgbWFrZSBsaWdodCB3b3JrLg==\r\n";
    let attachment = line.repeat(25_000_000 / line.len());
    let bytes = format!(
        "{TOP}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n{attachment}\r\n--b--\r\n"
    );
    all_of(bytes.into_bytes()).unwrap();
    let bytes = format!("{TOP}\r\n{}", "a line of plain text with some words in it\r\n".repeat(25_000_000 / 44));
    all_of(bytes.into_bytes()).unwrap();
}

#[test]
fn many_long_boundaries() {
    let mut bytes = format!("{TOP}Content-Type: multipart/mixed; boundary=\"top\"\r\n\r\n");
    for part in 0..500 {
        let boundary = format!("{}{part:04}", "b".repeat(900));
        bytes.push_str(&format!(
            "--top\r\nContent-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n\r\nx\r\n--{boundary}--\r\n"
        ));
    }
    bytes.push_str("--top--\r\n");
    let message = all_of(bytes.into_bytes()).unwrap();
    assert!(message.doubts.contains(&Doubt::TooMany));
}

/// Padding that makes a message large enough for its cost to be looked at before it is read.
fn large(fields: &str, body: &str) -> Vec<u8> {
    format!("{TOP}{fields}\r\n{body}{}", "padding\r\n".repeat(130_000)).into_bytes()
}

#[test]
fn of_a_long_header_block_the_fields_that_decide_are_read() {
    let junk = "X-Junk: nothing\r\n".repeat(90_000);
    let bytes = format!("{junk}{TOP}Content-Type: text/plain; charset=utf-8\r\n\r\nhello \u{fc}\r\n").into_bytes();
    let message = all_of(bytes).unwrap();
    assert_eq!(message.from.first().map(|from| from.address.to_string()).as_deref(), Some("dana@finder.example"));
    assert_eq!(message.subject, "torture");
    assert_eq!(message.text, "hello \u{fc}\n");
    assert_eq!(message.doubts, [Doubt::TooMany, Doubt::HugeHeader]);
}

#[test]
fn fields_beyond_a_hundred_thousand_are_carried_along_unread() {
    let bytes = format!("{TOP}{}X-Last: z\r\n\r\nhello\r\n", "a:\r\n".repeat(110_000)).into_bytes();
    let message = all_of(bytes.clone()).unwrap();
    assert_eq!(message.headers().fields().count(), 100_000);
    assert_eq!(message.header("X-Last"), None);
    assert!(message.doubts.contains(&Doubt::StrayHeaderLine), "{:?}", message.doubts);
    assert_eq!(message.headers().body(), b"hello\r\n");
    assert_eq!(mail::HeaderEdit::of(&bytes).emit(), bytes);
}

#[test]
fn a_subject_is_cut() {
    let message = all_of(large(&format!("Subject: {}\r\n", "policy ".repeat(200_000)), "hello\r\n")).unwrap();
    assert_eq!(message.subject.len(), 102_400);
    assert!(message.doubts.contains(&Doubt::HugeHeader), "{:?}", message.doubts);
}

#[test]
fn groups_of_addresses_are_cut() {
    let message = all_of(large(&format!("Cc: {}\r\n", "a: b@c.example; ".repeat(500_000)), "hello\r\n")).unwrap();
    assert_eq!(message.cc.len(), mail::message::MAX_ADDRESSES);
    assert!(message.doubts.contains(&Doubt::TooMany), "{:?}", message.doubts);
}

#[test]
fn a_million_delimiters_are_not_read_and_told() {
    let bytes = large("Content-Type: multipart/mixed; boundary=b\r\n", &("--b\r\n\r\nx\r\n".repeat(1_000_000) + "--b--\r\n"));
    let message = all_of(bytes).unwrap();
    assert_eq!(message.doubts, [Doubt::TooMany]);
    assert_eq!(message.parts.len(), mail::message::MAX_PARTS - 1);
    // Lines that only look like delimiters end a text as well, and a person is told.
    let message = all_of(large("", &"--not a delimiter\r\n".repeat(110_000))).unwrap();
    assert_eq!(message.doubts, [Doubt::TooMany]);
    assert_eq!(message.text.lines().count(), 100_000);
}

#[test]
fn a_million_fields_of_a_part_are_not_read_and_told() {
    let part = format!("--b\r\n{}Content-Type: text/plain\r\n\r\nhello\r\n--b--\r\n", "a:\r\n".repeat(600_000));
    let message = all_of(large("Content-Type: multipart/mixed; boundary=b\r\n", &part)).unwrap();
    assert_eq!(message.doubts, [Doubt::TooMany]);
    assert_eq!(message.text, "", "the part ends within its fields");
}
