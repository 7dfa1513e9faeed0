use proptest::prelude::*;

use super::*;

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

const ALL: Extensions = Extensions {
    pipelining: true,
    eight_bit_mime: true,
    smtp_utf8: true,
    size: true,
    dsn: true,
    xverp: true,
    require_tls: true,
    start_tls: true,
    auth_plain: true,
};

#[test]
fn bare_line_endings_are_found_anywhere() {
    for message in ["", "\r\n", "a\r\nb", "a\r\n\r\n", "\r\n\r\n"] {
        assert!(!has_bare_line_ending(message.as_bytes()), "{message:?}");
    }
    for message in ["\n", "\r", "a\n", "\na", "a\r", "a\rb", "\n\r", "\r\r\n", "\r\n\n", "\r\n\r", "a\r\nb\nc\r\n"] {
        assert!(has_bare_line_ending(message.as_bytes()), "{message:?}");
    }
}

#[test]
fn dots_are_doubled_only_at_the_start_of_a_line() {
    let table = [
        ("", ""),
        ("a.\r\n", "a.\r\n"),
        (".", "..\r\n"),
        (".\r\n", "..\r\n"),
        ("..\r\n.a\r\n b.\r\n", "...\r\n..a\r\n b.\r\n"),
        ("a\r\n.", "a\r\n..\r\n"),
        ("no end", "no end\r\n"),
    ];
    for (message, block) in table {
        assert_eq!(dot_stuffed(message.as_bytes()), (message != block).then(|| block.as_bytes().to_vec()), "{message:?}");
        let dots = block.len() - message.len() - if message.is_empty() || message.ends_with('\n') { 0 } else { 2 };
        assert_eq!(declared_size(message.as_bytes()), block.len() - dots, "{message:?}");
    }
}

#[test]
fn only_a_whole_path_may_stand_in_a_command() {
    for good in [
        "a@b.example",
        "a.b+c=d@b.example",
        "list-bounces+t0k3n@b.example",
        r#""a b"@b.example"#,
        r#""a\"b"@b.example"#,
        "a@[192.0.2.1]",
        "j\u{f6}rg@b.example",
    ] {
        assert_eq!(path(&address(good)).as_deref(), Some(good));
    }
    for bad in [r#""a"b"@b.example"#, r#""a\"@b.example"#, r#""a"@c> X ""@b.example"#, r#"""""@b.example"#] {
        // The words refuse them already (RFC 5321 4.1.2): no such address comes this far.
        assert!(bad.parse::<Address>().is_err(), "{bad}");
    }
}

#[test]
fn the_mail_command_says_what_is_offered_and_needed() {
    let content = |text: &str| Content::new(text.as_bytes().to_vec());
    let ascii = &content("x\r\n");
    let plain = Wishes::default();
    let back = |path| Back { path, id: None };
    let none = Extensions::default();
    assert_eq!(mail(back(None), &none, ascii, Utf8::NotNeeded, plain), "MAIL FROM:<>\r\n");
    assert_eq!(mail(back(Some("a@b.example")), &none, ascii, Utf8::NotNeeded, plain), "MAIL FROM:<a@b.example>\r\n");
    assert_eq!(
        mail(back(Some("l-bounces+t=1@b.example")), &ALL, &content("\u{e9}\r\n"), Utf8::Needed, plain),
        "MAIL FROM:<l-bounces+t=1@b.example> SIZE=4 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=l-bounces+2Bt+3D1@b.example\r\n"
    );
    // Where the path does not name the recipient, the id is the letter's key.
    let key = Back { path: Some("list@b.example"), id: Some("k=y") };
    assert_eq!(
        mail(key, &Extensions { dsn: true, ..none }, ascii, Utf8::NotNeeded, plain),
        "MAIL FROM:<list@b.example> RET=HDRS ENVID=k+3Dy\r\n"
    );
    assert_eq!(
        mail(Back { path: None, ..key }, &Extensions { dsn: true, ..none }, ascii, Utf8::NotNeeded, plain),
        "MAIL FROM:<> RET=HDRS\r\n"
    );
    let long = format!("{}@b.example", "l".repeat(64)).replace("@b", &format!("@{}", "b".repeat(40)));
    assert_eq!(
        mail(back(Some(&long)), &Extensions { dsn: true, ..none }, ascii, Utf8::NotNeeded, plain),
        format!("MAIL FROM:<{long}> RET=HDRS\r\n")
    );
    // What a relay does not offer is not asked for (XVERP), or the plan has refused before (REQUIRETLS); <> has no recipient's name to take up.
    let wishes = Wishes { return_paths: ReturnPaths::ByRelay, onward: Onward::VerifiedTls };
    let bare = Extensions { xverp: true, require_tls: true, ..none };
    assert_eq!(
        mail(back(Some("a@b.example")), &bare, ascii, Utf8::NotNeeded, wishes),
        "MAIL FROM:<a@b.example> XVERP REQUIRETLS\r\n"
    );
    assert_eq!(mail(back(None), &bare, ascii, Utf8::NotNeeded, wishes), "MAIL FROM:<> REQUIRETLS\r\n");
    let wishes = Wishes { return_paths: ReturnPaths::ByRelay, ..plain };
    assert_eq!(mail(back(Some("a@b.example")), &none, ascii, Utf8::NotNeeded, wishes), "MAIL FROM:<a@b.example>\r\n");
}

#[test]
fn the_rcpt_command_asks_for_failures_and_never_about_notices() {
    assert_eq!(rcpt(None, &Extensions::default(), "a@b.example"), "RCPT TO:<a@b.example>\r\n");
    assert_eq!(
        rcpt(Some("v@l.example"), &ALL, "\"a b\"+=@b.example"),
        "RCPT TO:<\"a b\"+=@b.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;\"a+20b\"+2B+3D@b.example\r\n"
    );
    assert_eq!(
        rcpt(None, &ALL, "j\u{f6}rg+x@b.example"),
        "RCPT TO:<j\u{f6}rg+x@b.example> NOTIFY=NEVER ORCPT=utf-8;j\\x{F6}rg\\x{2B}x@b.example\r\n"
    );
}

#[test]
fn a_hello_is_a_name_or_a_literal() {
    assert_eq!(ehlo("list.example").as_deref(), Some("EHLO list.example\r\n"));
    assert_eq!(ehlo("[IPv6:2001:db8::1]").as_deref(), Some("EHLO [IPv6:2001:db8::1]\r\n"));
    assert_eq!(ehlo(&"a".repeat(256)), None);
}

/// What a server makes of a DATA block: the message, and whatever is left behind the final dot (RFC 5321 4.5.2).
fn received(block: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut message = Vec::new();
    let mut rest = block;
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let (line, after) = rest.split_at(end + 2);
        rest = after;
        if line == b".\r\n" {
            break;
        }
        message.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
    }
    (message, rest.to_vec())
}

proptest! {
    /// Octets that matter, in every order.
    #[test]
    fn a_server_reads_back_the_message_and_nothing_else(pieces in prop::collection::vec(prop::sample::select(vec!["\r\n", ".", "a", "\u{e9}", "..\r\n"]), 0..40)) {
        let mut message = pieces.concat().into_bytes();
        prop_assert!(!has_bare_line_ending(&message));
        let block = [dot_stuffed(&message).unwrap_or_else(|| message.clone()), b".\r\n".to_vec()].concat();
        if !message.is_empty() && !message.ends_with(b"\r\n") {
            message.extend_from_slice(b"\r\n");
        }
        prop_assert_eq!(received(&block), (message, Vec::new()));
    }

    #[test]
    fn a_bare_line_ending_is_what_is_left_without_the_pairs(pieces in prop::collection::vec(prop::sample::select(vec!["\r", "\n", "a"]), 0..12)) {
        let message = pieces.concat();
        let bare = message.replace("\r\n", "").contains(['\r', '\n']);
        prop_assert_eq!(has_bare_line_ending(message.as_bytes()), bare, "{:?}", message);
    }
}
