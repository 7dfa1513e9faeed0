use proptest::prelude::*;

use super::*;

const RAW: &[u8] = b"Return-Path: <a@b.example>\r\nReceived: from x\r\n\tby y; now\r\nnot a field\r\nSubject : folded\r\n  twice\r\n\r\nbody\r\nSubject: not here\r\n";

#[test]
fn fields_from_the_top() {
    let headers = Headers::of(RAW);
    let names: Vec<&str> = headers.fields().map(|field| field.name).collect();
    assert_eq!(names, ["Return-Path", "Received", "Subject"]);
    assert_eq!(headers.first("SUBJECT").unwrap().unfolded(), "folded  twice");
    assert_eq!(headers.first("received").unwrap().value, b" from x\r\n\tby y; now");
    assert_eq!(headers.first("received").unwrap().unfolded(), "from x by y; now");
    assert_eq!(headers.count("Subject"), 1);
    assert_eq!(headers.body(), b"body\r\nSubject: not here\r\n");
    assert!(headers.block().ends_with(b"  twice\r\n"));
}

#[test]
fn removing_and_adding_touches_nothing_else() {
    let mut edit = HeaderEdit::of(RAW);
    let gone = edit.remove_where(|field| field.is("Return-Path") || field.is("Received"));
    assert_eq!(gone, ["Return-Path", "Received"]);
    edit.add(NewField::ascii("List-Id", "<discuss.lists.example>").unwrap());
    edit.add(NewField::text("X-Note", "naïve").unwrap());
    let expected: &[u8] = b"List-Id: <discuss.lists.example>\r\nX-Note: =?utf-8?B?bmHDr3Zl?=\r\nnot a field\r\nSubject : folded\r\n  twice\r\n\r\nbody\r\nSubject: not here\r\n";
    assert_eq!(String::from_utf8_lossy(&edit.emit()), String::from_utf8_lossy(expected));
}

#[test]
fn a_message_without_fields_or_without_a_body() {
    assert_eq!(HeaderEdit::of(b"").emit(), b"");
    assert_eq!(HeaderEdit::of(b"\r\nonly a body").emit(), b"\r\nonly a body");
    assert_eq!(HeaderEdit::of(b"Subject: no line end").emit(), b"Subject: no line end");
    assert_eq!(Headers::of(b"Subject: x\r\n").body(), b"");
}

#[test]
fn a_new_field_carries_no_second_one() {
    for value in ["a\r\nBcc: eve@evil.example", "a\nb", "a\rb", "a\0b", "a\u{85}b"] {
        assert_eq!(NewField::ascii("X-A", value), Err(ControlCharacter), "{value:?}");
        assert_eq!(NewField::text("X-A", value), Err(ControlCharacter), "{value:?}");
        assert_eq!(NewField::mailbox("X-A", Some(value), &"a@b.example".parse().unwrap()), Err(ControlCharacter), "{value:?}");
    }
    assert_eq!(NewField::ascii("X-A", "é"), Err(ControlCharacter));
}

#[test]
fn a_long_value_is_folded_at_blanks() {
    let ids = (0..6).map(|n| format!("<message-{n}@lists.example>")).collect::<Vec<_>>().join(" ");
    let field = NewField::ascii("References", &ids).unwrap();
    let text = String::from_utf8(field.bytes().to_vec()).unwrap();
    assert_eq!(
        text,
        "References: <message-0@lists.example> <message-1@lists.example>\r\n <message-2@lists.example> <message-3@lists.example> <message-4@lists.example>\r\n <message-5@lists.example>\r\n"
    );
    assert_eq!(Headers::of(text.as_bytes()).first("References").unwrap().unfolded(), ids);
}

/// Bytes that look like mail often enough to reach the corners.
fn mail_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"Subject: x\r\n".to_vec()),
        Just(b"From: a@b.example\n".to_vec()),
        Just(b" folded\r\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(b":".to_vec()),
        Just(b"--b\r\n".to_vec()),
        Just(b"Content-Type: multipart/mixed; boundary=b\r\n".to_vec()),
        Just(b"Content-Type: message/rfc822\r\n".to_vec()),
        Just(b"> quoted\r\n".to_vec()),
        Just(b"On 1 May 2025, x wrote:\r\n".to_vec()),
        Just(b"-----BEGIN PGP SIGNED MESSAGE-----\r\n".to_vec()),
        Just(b"Authentication-Results: mx; dkim=pass\r\n".to_vec()),
        Just(b"Received: from a by mx with ESMTP; now\r\n".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..12),
    ];
    proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn an_unedited_message_comes_back_byte_for_byte(raw in mail_like()) {
        prop_assert_eq!(HeaderEdit::of(&raw).emit(), raw);
    }

    #[test]
    fn what_is_kept_is_kept_byte_for_byte(raw in mail_like()) {
        let mut edit = HeaderEdit::of(&raw);
        edit.remove_where(|field| field.is("Subject"));
        let kept: Vec<u8> = edit.emit();
        prop_assert_eq!(Headers::of(&kept).count("Subject"), 0);
        prop_assert!(kept.ends_with(Headers::of(&raw).body()));
    }

    #[test]
    fn whatever_the_bytes_nothing_panics(raw in mail_like()) {
        use crate::mail::{AuthenticationTrust, Message, RawMessage};
        if let Ok(message) = Message::parse(&RawMessage::new(raw)) {
            crate::mail::bounce(&message);
            crate::mail::automatic(&message);
            crate::mail::command_words(&message);
            crate::mail::html_says_otherwise(&message);
            let trust = AuthenticationTrust { authserv_id: "mx".into(), received_by: "mx".into() };
            let _ = crate::mail::authenticate(&message, &trust);
            let words = crate::mail::own_words(&message);
            for pair in words.removed.windows(2) {
                prop_assert!(pair[0].lines.end <= pair[1].lines.start);
            }
        }
    }
}
