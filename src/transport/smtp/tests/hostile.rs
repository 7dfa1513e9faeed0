//! Relays that stall, cut, mumble or lie.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex};

use super::{
    super::{
        channel::{Channel, Layer},
        extensions::Extensions,
        transaction::{Begin, Ended, Plan, Work},
    },
    *,
};
use crate::transport::{Cause, Content, NetworkKind, Phase, Wishes};

const UP_TO_DATA: &str = "\
C: MAIL FROM:<v@list.example>
C: RCPT TO:<a@one.example>
C: DATA
S: 250 ok
S: 250 ok
S: 354 go
";

#[tokio::test]
async fn a_stall_at_each_step_of_a_transaction() {
    let table = [
        ("C: MAIL FROM:<v@list.example>\nSTALL", "deferred: no answer in time at MAIL"),
        ("C: MAIL FROM:<v@list.example>\nS: 250 ok\nC: RCPT TO:<a@one.example>\nSTALL", "deferred: no answer in time at RCPT"),
        (
            "C: MAIL FROM:<v@list.example>\nS: 250 ok\nC: RCPT TO:<a@one.example>\nS: 250-half\nSTALL",
            "deferred: no answer in time at RCPT",
        ),
        (
            "C: MAIL FROM:<v@list.example>\nS: 250 ok\nC: RCPT TO:<a@one.example>\nS: 250 ok\nC: DATA\nSTALL",
            "deferred: no answer in time at DATA",
        ),
        (
            "C: MAIL FROM:<v@list.example>\nS: 250 ok\nC: RCPT TO:<a@one.example>\nS: 250 ok\nC: DATA\nS: 354 go\nBODY\nSTALL",
            "unknown: no answer in time at final dot",
        ),
        (
            "C: MAIL FROM:<v@list.example>\nS: 250 ok\nC: RCPT TO:<a@one.example>\nS: 550 5.1.1 no\nC: RSET\nSTALL",
            "failed: 550 5.1.1 at RCPT",
        ),
    ];
    // All at once, because each takes as long as the patience.
    let stalls = table.map(|(script, outcome)| {
        tokio::spawn(async move {
            let (sent, _) = send_within(impatient(), &format!("{PLAIN}{script}"), &["a@one.example"], MESSAGE).await;
            assert_eq!(words(&sent), [outcome, "lost"], "{script}");
        })
    });
    for stall in stalls {
        stall.await.unwrap();
    }
}

#[tokio::test]
async fn a_cut_at_each_step_of_a_transaction() {
    let table = [
        ("CUT".to_owned(), "deferred: connection closed at MAIL"),
        (
            "C: MAIL FROM:<v@list.example>\nC: RCPT TO:<a@one.example>\nC: DATA\nCUT".to_owned(),
            "deferred: connection closed at MAIL",
        ),
        (
            "C: MAIL FROM:<v@list.example>\nC: RCPT TO:<a@one.example>\nC: DATA\nS: 250 ok\nCUT".to_owned(),
            "deferred: connection closed at RCPT",
        ),
        (format!("{UP_TO_DATA}BODY\nCUT"), "unknown: connection closed at final dot"),
        (format!("{UP_TO_DATA}BODY\nS: 250-half\nCUT"), "unknown: connection closed at final dot"),
    ];
    for (script, outcome) in table {
        let (sent, _) = send(&format!("{PIPELINING}{script}"), &["a@one.example"], MESSAGE).await;
        assert_eq!(words(&sent), [outcome, "lost"], "{script}");
    }
}

/// Far more than the socket buffers of both sides hold, so that the client is still writing when the relay goes away.
fn large_message() -> Vec<u8> {
    let mut message = b"Subject: large\r\n\r\n".to_vec();
    message.extend_from_slice(&b"0123456789012345678901234567890123456789012345678901234567890123456789\r\n".repeat(600_000));
    message
}

#[tokio::test]
async fn a_cut_inside_the_message_is_not_unknown() {
    let (sent, _) = send(&format!("{PIPELINING}{UP_TO_DATA}READ 100000\nCUT"), &["a@one.example"], &large_message()).await;
    assert_eq!(words(&sent), ["deferred: connection closed at DATA", "lost"]);
}

#[tokio::test]
async fn an_early_no_is_heard() {
    let early = format!("{PIPELINING}{UP_TO_DATA}READ 100000\nS: 552 5.3.4 too large\nCUT");
    let (sent, _) = send(&early, &["a@one.example"], &large_message()).await;
    assert_eq!(words(&sent), ["failed: 552 5.3.4 at DATA", "lost"]);
}

/// One transaction over a pipe that holds `capacity` octets each way; `relay` plays the other end from after the invitation on, given the pipe.
async fn over_pipe<T>(capacity: usize, timeouts: Timeouts, relay: impl AsyncFnOnce(DuplexStream) -> T) -> (Sent, T) {
    let (mut theirs, ours) = duplex(capacity);
    let recipients = addresses(&["a@one.example"]);
    let sender = address("v@list.example");
    let offered = Extensions { pipelining: true, ..Extensions::default() };
    let envelope = Envelope { reverse_path: Some(&sender), envelope_id: None, recipients: &recipients };
    let content = Content::new(MESSAGE.to_vec());
    let mut plan = Plan::new(&envelope, &offered, &content, Wishes::default()).unwrap();
    let mut channel = Channel::new(Box::new(ours), Layer::Plain);
    let relay = async move {
        let mut group = vec![0; "MAIL FROM:<v@list.example>\r\nRCPT TO:<a@one.example>\r\nDATA\r\n".len()];
        theirs.read_exact(&mut group).await.unwrap();
        theirs.write_all(b"250 ok\r\n250 ok\r\n").await.unwrap();
        relay(theirs).await
    };
    let work = Work { content: &content, times: &timeouts, next: None };
    let (ended, theirs) = tokio::join!(plan.run(&mut channel, Begin::Now, &offered, &work), relay);
    let connection = if matches!(ended, Ended::Good(_)) { Connection::Good } else { Connection::Lost };
    (Sent::each(&envelope, plan.into_outcomes(), connection), theirs)
}

#[tokio::test]
async fn the_border_between_deferred_and_unknown_is_the_dot() {
    let all = MESSAGE.len();
    let deferred = "deferred: connection closed at DATA";
    let unknown = "unknown: connection closed at final dot";
    // The pipe holds one octet, so that the relay takes the message octet by octet: it goes away after this many.
    for (taken, outcome) in
        [(0, deferred), (1, deferred), (all - 1, deferred), (all + 1, unknown), (all + 2, unknown), (all + 3, unknown)]
    {
        let (sent, ()) = over_pipe(1, Timeouts::default(), async |mut pipe| {
            pipe.write_all(b"354 go\r\n").await.unwrap();
            pipe.read_exact(&mut vec![0; taken]).await.unwrap();
        })
        .await;
        assert_eq!(words(&sent), [outcome, "lost"], "gone after {taken} of {all} octets");
    }
}

/// A stream that passes on so many octets, and then fails the write that goes beyond: TLS, of which some records went out.
struct Cut {
    inner: DuplexStream,
    left: usize,
}

impl AsyncWrite for Cut {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let some = &bytes[..bytes.len().min(self.left)];
        if !some.is_empty() {
            let count = std::task::ready!(Pin::new(&mut self.inner).poll_write(cx, some))?;
            assert_eq!(count, some.len(), "the pipe holds it");
            self.left -= count;
        }
        Poll::Ready(if some.len() < bytes.len() { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(some.len()) })
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl AsyncRead for Cut {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, into)
    }
}

#[tokio::test]
async fn over_tls_a_failed_write_behind_the_dot_is_unknown() {
    let recipients = addresses(&["a@one.example"]);
    let sender = address("v@list.example");
    let offered = Extensions { pipelining: true, ..Extensions::default() };
    let envelope = Envelope { reverse_path: Some(&sender), envelope_id: None, recipients: &recipients };
    let content = Content::new(MESSAGE.to_vec());
    let group = "MAIL FROM:<v@list.example>\r\nRCPT TO:<a@one.example>\r\nDATA\r\n".len();
    for (beyond, outcome) in
        [(0, "unknown: connection closed at final dot"), (".\r\n".len(), "unknown: connection closed at final dot")]
    {
        let (mut theirs, ours) = duplex(1 << 16);
        let cut = Cut { inner: ours, left: group + MESSAGE.len() + beyond };
        let mut plan = Plan::new(&envelope, &offered, &content, Wishes::default()).unwrap();
        let mut channel = Channel::new(Box::new(cut), Layer::Records);
        let work = Work { content: &content, times: &Timeouts::default(), next: Some("MAIL FROM:<w@list.example>\r\n") };
        let relay = async {
            theirs.read_exact(&mut vec![0; group]).await.unwrap();
            theirs.write_all(b"250 ok\r\n250 ok\r\n354 go\r\n").await.unwrap();
        };
        let (ended, ()) = tokio::join!(plan.run(&mut channel, Begin::Now, &offered, &work), relay);
        assert!(matches!(ended, Ended::Lost));
        let sent = Sent::each(&envelope, plan.into_outcomes(), Connection::Lost);
        assert_eq!(words(&sent), [outcome, "lost"], "{beyond} octets behind the message");
    }
}

#[tokio::test]
async fn a_stall_inside_the_message_is_not_unknown() {
    let (sent, _pipe) = over_pipe(16, impatient(), async |mut pipe| {
        pipe.write_all(b"354 go\r\n").await.unwrap();
        pipe
    })
    .await;
    assert_eq!(words(&sent), ["deferred: no answer in time at DATA", "lost"]);
}

#[tokio::test]
async fn an_answer_before_the_message_is_not_believed() {
    let (sent, mut pipe) = over_pipe(4096, Timeouts::default(), async |mut pipe| {
        pipe.write_all(b"354 go\r\n250 2.0.0 queued\r\n").await.unwrap();
        pipe
    })
    .await;
    assert_eq!(words(&sent), ["deferred: not an SMTP reply that may come here at DATA", "lost"]);
    let mut message = Vec::new();
    pipe.read_to_end(&mut message).await.unwrap();
    assert_eq!(message, b"", "not an octet of the message was sent");
}

#[tokio::test]
async fn an_answer_inside_the_message_stops_it_before_the_dot() {
    for (answer, outcome) in [
        ("552 5.3.4 too large\r\n", "failed: 552 5.3.4 at DATA"),
        ("421 4.3.2 bye\r\n", "deferred: 421 4.3.2 at DATA"),
        ("250 2.0.0 queued\r\n", "deferred: not an SMTP reply that may come here at DATA"),
    ] {
        // The relay has answered when the second half of the message is still to come.
        let half = MESSAGE.len() / 2;
        let (sent, mut pipe) = over_pipe(half, Timeouts::default(), async |mut pipe| {
            pipe.write_all(b"354 go\r\n").await.unwrap();
            pipe.read_exact(&mut vec![0; half]).await.unwrap();
            pipe.write_all(answer.as_bytes()).await.unwrap();
            let mut rest = vec![0; MESSAGE.len() - half];
            pipe.read_exact(&mut rest).await.unwrap();
            pipe
        })
        .await;
        assert_eq!(words(&sent), [outcome, "lost"]);
        let mut dot = Vec::new();
        pipe.read_to_end(&mut dot).await.unwrap();
        assert_eq!(dot, b"", "the final dot was not sent");
    }
}

#[tokio::test]
async fn a_relay_that_answers_while_it_reads_cannot_be_waited_for_for_ever() {
    let recipients: Vec<Address> = (0..800).map(|n| address(&format!("{}{n}@example.net", "r".repeat(45)))).collect();
    let long = format!("S: 250 {}", "k".repeat(60));
    let script: String = recipients.iter().map(|recipient| format!("C: RCPT TO:<{recipient}>\n{long}\n")).collect();
    let script = format!("C: MAIL FROM:<>\nS: 250 ok\n{script}C: DATA\nS: 354 go\nBODY\nS: 250 2.0.0 ok");
    let offered = Extensions { pipelining: true, ..Extensions::default() };
    let envelope = Envelope { reverse_path: None, envelope_id: None, recipients: &recipients };
    let content = Content::new(MESSAGE.to_vec());
    let mut plan = Plan::new(&envelope, &offered, &content, Wishes::default()).unwrap();
    // Far less than all commands or all answers.
    let (theirs, ours) = duplex(8192);
    let client = async move {
        let mut channel = Channel::new(Box::new(ours), Layer::Plain);
        let work = Work { content: &content, times: &impatient(), next: None };
        assert!(matches!(plan.run(&mut channel, Begin::Now, &offered, &work).await, Ended::Good(_)));
        plan.into_outcomes()
    };
    let (outcomes, bodies) = tokio::join!(client, server::play(&script, theirs));
    assert_eq!(bodies, [MESSAGE]);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Accepted(_))));
}

#[tokio::test]
async fn an_octet_over_127_in_a_reply_does_not_make_an_accepted_message_unknown() {
    let (sent, _) =
        send(&format!("{PIPELINING}{UP_TO_DATA}BODY\nS: 250 2.0.0 angenommen: Gr\u{fc}\u{df}e"), &["a@one.example"], MESSAGE)
            .await;
    assert_eq!(words(&sent), ["accepted: 250 2.0.0", "good"]);
    assert_eq!(sent.outcomes[0].1.reply().unwrap().text, "angenommen: Gr\u{fffd}\u{fffd}e");
}

#[tokio::test]
async fn a_reply_is_kept_harmless_and_out_of_every_print() {
    let secret = format!("S: 554 5.7.1 \u{1b}[31mSubject: XSA-999 leak\u{7} {}", "x".repeat(500));
    let (sent, _) = send(&format!("{PIPELINING}{UP_TO_DATA}BODY\n{secret}"), &["a@one.example"], MESSAGE).await;
    let text = &sent.outcomes[0].1.reply().unwrap().text;
    let expected = r"\u{1b}[31mSubject: XSA-999 leak\u{7} ";
    assert_eq!(*text, format!("{expected}{}", "x".repeat(200 - expected.len())));
    assert_eq!(format!("{sent:?}"), r#"Sent { outcomes: ["failed: 554 5.7.1 at final dot"], connection: Good }"#);
    assert_eq!(format!("{:?}", sent.outcomes[0].1), "Failed(Reply(Message, Reply(554 5.7.1, text of 200 characters)))");
}

#[tokio::test]
async fn replies_without_end_are_cut_short() {
    let mail = "C: MAIL FROM:<v@list.example>\n";
    let broken = [
        format!("S: 250 {}\n", "x".repeat(5000)),
        "S: 250-more\n".repeat(129),
        "S: 250-one\nS: 251 other\n".to_owned(),
        "S: 25\n".to_owned(),
        "S: 250_ok\n".to_owned(),
        "S: \n".to_owned(),
        "S: 150 preliminary\n".to_owned(),
        "S: 650 beyond\n".to_owned(),
        "S: \u{0}\u{ff}\u{fe}\n".to_owned(),
    ];
    for reply in broken {
        let (sent, _) = send(&format!("{PLAIN}{mail}{reply}CUT"), &["a@one.example"], MESSAGE).await;
        assert_eq!(words(&sent), ["deferred: not an SMTP reply that may come here at MAIL", "lost"], "{reply:.40}");
    }
}

#[tokio::test]
async fn a_line_without_end_is_not_read_into_memory() {
    let (mut theirs, ours) = duplex(1 << 20);
    let mut channel = Channel::new(Box::new(ours), Layer::Plain);
    theirs.write_all(&vec![b'2'; 100_000]).await.unwrap();
    assert_eq!(channel.read_reply(Duration::from_secs(60)).await, Err(NetworkKind::Protocol));
}

#[tokio::test]
async fn replies_in_every_lawful_shape_are_read() {
    let long = format!("250-{}\r\n250 end\r\n", "y".repeat(4000));
    let table: [(&str, &str, &str); 7] = [
        ("250\r\n", "250", ""),
        ("250 \r\n", "250", ""),
        ("250 lone line feed\n", "250", "lone line feed"),
        ("550-5.1.1 first\r\n550-\r\n550 5.1.1 last\r\n", "550 5.1.1", "first"),
        ("250 2.0.0\r\n", "250 2.0.0", ""),
        ("250 2.0.0.1 is no status\r\n", "250", "2.0.0.1 is no status"),
        (&long, "250", &"y".repeat(200)),
    ];
    for (octets, public, text) in table {
        let (mut theirs, ours) = duplex(1 << 16);
        theirs.write_all(octets.as_bytes()).await.unwrap();
        let reply = Channel::new(Box::new(ours), Layer::Plain).read_reply(Duration::from_secs(60)).await.unwrap();
        assert_eq!((reply.public().as_str(), reply.text.as_str()), (public, text));
    }
}

#[tokio::test]
async fn cancelling_a_send_loses_the_connection() {
    let server = Server::follow(&format!("{PLAIN}C: MAIL FROM:<v@list.example>\nSTALL")).await;
    let mut connection = SmtpConnection::connect(&relay(&server)).await.unwrap();
    let sender = address("v@list.example");
    let recipients = addresses(&["a@one.example"]);
    let envelope = Envelope { reverse_path: Some(&sender), envelope_id: None, recipients: &recipients };
    let cancelled = tokio::time::timeout(Duration::from_millis(100), connection.send(&envelope, MESSAGE)).await;
    assert!(cancelled.is_err());
    server.end().await;
    let after = connection.send(&envelope, MESSAGE).await;
    assert_eq!(words(&after), ["deferred: connection closed at MAIL", "lost"]);
    assert!(matches!(after.outcomes[0].1, Outcome::Deferred(Cause::Network(Phase::Mail, NetworkKind::Closed))));
}
