//! The message arrives as it is, or does not leave; the envelope says what it must.

use super::*;

const SESSION: &str = "\
C: MAIL FROM:<v@list.example>
C: RCPT TO:<a@one.example>
C: DATA
S: 250 ok
S: 250 ok
S: 354 go
BODY
S: 250 2.0.0 ok
";

fn unstuffed(body: &[u8]) -> Vec<u8> {
    body.split_inclusive(|byte| *byte == b'\n').flat_map(|line| line.strip_prefix(b".").unwrap_or(line)).copied().collect()
}

#[tokio::test]
async fn every_octet_arrives() {
    let mut every_octet: Vec<u8> = (0..=255).filter(|octet| ![b'\r', b'\n'].contains(octet)).collect();
    every_octet.extend_from_slice(b"\r\n");
    let long_line = [vec![b'x'; 200_000], b"\r\n".to_vec()].concat();
    // A dot at the start of a line on each side of the border between two writes of 64 KiB.
    let borders: Vec<Vec<u8>> =
        (65_530..65_545).map(|at| [vec![b'y'; at - 2], b"\r\n.\r\n..\r\n.z\r\n".to_vec()].concat()).collect();
    let mut messages: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"\r\n".to_vec(),
        b".\r\n".to_vec(),
        b"..\r\n.\r\n\r\n.\r\n".to_vec(),
        b".dot first\r\n..two\r\n trailing space \r\n\t\r\n-- \r\n\r\n\r\n".to_vec(),
        b"QUIT\r\n.\r\nMAIL FROM:<evil@example.org>\r\n".to_vec(),
        every_octet,
        long_line,
    ];
    messages.extend(borders);
    for message in messages {
        let eight_bit = PIPELINING.replace("S: 250 PIPELINING", "S: 250-PIPELINING\nS: 250 8BITMIME");
        let body = if message.is_ascii() { "" } else { " BODY=8BITMIME" };
        let session = SESSION.replace("C: MAIL FROM:<v@list.example>", &format!("C: MAIL FROM:<v@list.example>{body}"));
        let (sent, bodies) = send(&format!("{eight_bit}{session}"), &["a@one.example"], &message).await;
        assert_eq!(words(&sent), ["accepted: 250 2.0.0", "good"]);
        assert!(unstuffed(&bodies[0]) == message, "a message of {} octets arrived changed", message.len());
    }
}

#[tokio::test]
async fn a_last_line_without_end_gets_one() {
    let (_, bodies) = send(&format!("{PIPELINING}{SESSION}"), &["a@one.example"], b"Subject: x\r\n\r\n.no end").await;
    assert_eq!(bodies, [b"Subject: x\r\n\r\n..no end\r\n"]);
}

#[tokio::test]
async fn smuggling_is_refused_before_a_word_is_said() {
    // CVE-2023-51764 and its sisters: each would end the message early at some server, and begin a forged one.
    for ending in ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n", "\n\r.\n\r", "\r\r\n.\r\r\n", "\r"] {
        let message = format!("Subject: x\r\n\r\nhello{ending}MAIL FROM:<evil@example.org>\r\n");
        let (sent, bodies) = send(PIPELINING, &["a@one.example", "b@two.example"], message.as_bytes()).await;
        assert_eq!(
            words(&sent),
            ["failed: message has a bare CR or LF", "failed: message has a bare CR or LF", "good"],
            "{ending:?}"
        );
        assert!(bodies.is_empty());
    }
    let (sent, _) = send(PIPELINING, &["a@one.example"], b"Subject: x\r\n\r\nends in CR\r").await;
    assert_eq!(words(&sent), ["failed: message has a bare CR or LF", "good"]);
}

#[tokio::test]
async fn eight_bits_without_8bitmime_are_not_sent() {
    let (sent, _) = send(PIPELINING, &["a@one.example"], "Subject: x\r\n\r\nGrüße\r\n".as_bytes()).await;
    assert_eq!(words(&sent), ["failed: relay does not take 8-bit messages", "good"]);
}

#[tokio::test]
async fn everything_offered_is_used() {
    let script = format!(
        "{FULL}
        C: MAIL FROM:<v@list.example> SIZE=29 BODY=8BITMIME RET=HDRS ENVID=v@list.example
        C: RCPT TO:<a+b@one.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a+2Bb@one.example
        C: DATA
        S: 250 ok
        S: 250 ok
        S: 354 go
        BODY
        S: 250 2.0.0 ok"
    );
    // 27 octets, and the line end that the last line lacks.
    let (sent, bodies) = send(&script, &["a+b@one.example"], "Subject: x\r\n\r\nGr\u{fc}\u{df}e ohne ".as_bytes()).await;
    assert_eq!(words(&sent), ["accepted: 250 2.0.0", "good"]);
    assert_eq!(bodies[0].len(), 29);
}

#[tokio::test]
async fn nobody_is_notified_about_a_notice() {
    let script = format!(
        "{FULL}
        C: MAIL FROM:<> SIZE={} RET=HDRS
        C: RCPT TO:<a@one.example> NOTIFY=NEVER ORCPT=rfc822;a@one.example
        C: DATA
        S: 250 ok
        S: 250 ok
        S: 354 go
        BODY
        S: 250 2.0.0 ok",
        MESSAGE.len()
    );
    let server = Server::follow(&script).await;
    let mut connection = SmtpConnection::connect(&relay(&server)).await.unwrap();
    let sent = connection
        .send(&Envelope { reverse_path: None, envelope_id: None, recipients: &addresses(&["a@one.example"]) }, MESSAGE)
        .await;
    drop(connection);
    server.end().await;
    assert_eq!(words(&sent), ["accepted: 250 2.0.0", "good"]);
}

#[tokio::test]
async fn an_address_beyond_ascii_needs_smtputf8() {
    let (sent, _) = send(&format!("{PIPELINING}{SESSION}"), &["jos\u{e9}@two.example", "a@one.example"], MESSAGE).await;
    assert_eq!(words(&sent), ["failed: relay does not take non-ASCII addresses", "accepted: 250 2.0.0", "good"]);

    let (sent, _) = send(PIPELINING, &["x@b\u{fc}cher.example"], MESSAGE).await;
    assert_eq!(words(&sent), ["failed: relay does not take non-ASCII addresses", "good"]);
}

#[test]
fn an_address_cannot_end_its_path_early() {
    // Begins and ends with a quote; the words refuse it, so that no command ever sees it.
    let sneaky = r#""a"@evil.example> NOTIFY=SUCCESS "@one.example"#;
    assert!(sneaky.parse::<crate::mail::Address>().is_err());
    // And whatever comes this far is looked at again before it stands in a command.
    assert!(crate::transport::smtp::wire::path(&"a@one.example".parse().unwrap()).is_some());
}
