//! The beginning of the next transaction goes with the final dot of this one (RFC 2920 3.1), and what a relay can make of that.

use super::*;
use crate::transport::{Content, Handover, Onward, ReturnPaths, Wishes};

const BODY: &[u8] = b"Subject: x\r\n\r\n.x\r\n";

fn handover(key: i64, to: &[&str]) -> Handover {
    Handover {
        key,
        delivery: key,
        reverse_path: Some(address("v@list.example")),
        envelope_id: None,
        recipients: addresses(to),
        content: Content::new(BODY.to_vec()),
        wishes: Wishes::default(),
    }
}

async fn open(script: &str) -> (SmtpConnection, Server) {
    let server = Server::follow(script).await;
    (SmtpConnection::connect(&relay(&server)).await.unwrap(), server)
}

const FIRST: &str = "\
C: MAIL FROM:<v@list.example>
C: RCPT TO:<a@one.example>
C: DATA
S: 250 ok
S: 250 ok
S: 354 go
BODY
";

/// The second envelope is on the wire before the first message is answered: the script reads it before it says 250.
const SECOND: &str = "\
C: MAIL FROM:<v@list.example>
C: RCPT TO:<b@two.example>
C: DATA
";

#[tokio::test]
async fn the_next_envelope_goes_with_the_dot_and_its_message_waits() {
    let script = format!("{PIPELINING}{FIRST}{SECOND}S: 250 2.0.0 one\nS: 250 ok\nS: 250 ok\nS: 354 go\nBODY\nS: 250 2.0.0 two");
    let (mut connection, server) = open(&script).await;
    let (a, b) = (handover(1, &["a@one.example"]), handover(2, &["b@two.example"]));
    assert_eq!(words(&connection.hand_over(&a, Some(&b)).await), ["accepted: 250 2.0.0", "good"]);
    assert_eq!(words(&connection.hand_over(&b, None).await), ["accepted: 250 2.0.0", "good"]);
    drop(connection);
    assert_eq!(server.end().await, [b"Subject: x\r\n\r\n..x\r\n"; 2]);
}

#[tokio::test]
async fn a_relay_without_pipelining_gets_one_command_at_a_time() {
    let one = "C: MAIL FROM:<v@list.example>\nS: 250 ok\nC: RCPT TO:<a@one.example>\nS: 250 ok\nC: DATA\nS: 354 go\nBODY\nS: 250 2.0.0 ok\n";
    let two = one.replace("a@one", "b@two");
    let (mut connection, server) = open(&format!("{PLAIN}{one}{two}")).await;
    let (a, b) = (handover(1, &["a@one.example"]), handover(2, &["b@two.example"]));
    assert_eq!(words(&connection.hand_over(&a, Some(&b)).await), ["accepted: 250 2.0.0", "good"]);
    assert_eq!(words(&connection.hand_over(&b, None).await), ["accepted: 250 2.0.0", "good"]);
    drop(connection);
    server.end().await;
}

#[tokio::test]
async fn what_the_relay_says_to_the_next_envelope_is_about_the_next_one_only() {
    let table = [
        ("S: 250 ok\nS: 550 5.1.1 no\nS: 554 no\nC: RSET\nS: 250 ok", vec!["failed: 550 5.1.1 at RCPT", "good"]),
        ("S: 250 ok\nS: 550 5.1.1 no\nS: 354 go\nBODY\nS: 554 empty", vec!["failed: 550 5.1.1 at RCPT", "good"]),
        ("S: 452 4.3.1 full\nS: 503 no\nS: 503 no", vec!["deferred: 452 4.3.1 at MAIL", "good"]),
        ("S: 421 4.7.0 enough\nCUT", vec!["deferred: 421 4.7.0 at MAIL", "lost"]),
        ("CUT", vec!["deferred: connection closed at MAIL", "lost"]),
        ("S: 250 ok\nCUT", vec!["deferred: connection closed at RCPT", "lost"]),
    ];
    for (answers, expected) in table {
        let (mut connection, server) = open(&format!("{PIPELINING}{FIRST}{SECOND}S: 250 2.0.0 one\n{answers}")).await;
        let (a, b) = (handover(1, &["a@one.example"]), handover(2, &["b@two.example"]));
        assert_eq!(words(&connection.hand_over(&a, Some(&b)).await), ["accepted: 250 2.0.0", "good"], "{answers}");
        assert_eq!(words(&connection.hand_over(&b, None).await), expected, "{answers}");
        drop(connection);
        server.end().await;
    }
}

#[tokio::test]
async fn a_session_begun_for_another_letter_is_given_up_and_no_message_goes_to_the_wrong_recipient() {
    let (mut connection, server) = open(&format!("{PIPELINING}{FIRST}{SECOND}S: 250 2.0.0 one")).await;
    let (a, b, c) = (handover(1, &["a@one.example"]), handover(2, &["b@two.example"]), handover(3, &["c@three.example"]));
    assert_eq!(words(&connection.hand_over(&a, Some(&b)).await), ["accepted: 250 2.0.0", "good"]);
    assert_eq!(words(&connection.hand_over(&c, None).await), ["deferred: connection closed at MAIL", "lost"]);
    drop(connection);
    assert_eq!(server.end().await.len(), 1);
}

#[tokio::test]
async fn goodbye_is_not_said_into_the_next_message() {
    let (mut connection, server) = open(&format!("{PIPELINING}{FIRST}{SECOND}S: 250 2.0.0 one")).await;
    let (a, b) = (handover(1, &["a@one.example"]), handover(2, &["b@two.example"]));
    connection.hand_over(&a, Some(&b)).await;
    connection.quit().await;
    server.end().await;
}

#[tokio::test]
async fn wishes_are_told_to_a_relay_that_knows_them_and_refused_for_one_that_does_not() {
    let greeting = "S: 220 relay.example ESMTP\nC: EHLO list.example\nS: 250-relay.example\nS: 250-PIPELINING\nS: 250-XVERP\nS: 250 REQUIRETLS\n";
    let mail = FIRST.replace("<v@list.example>", "<v@list.example> XVERP REQUIRETLS");
    let wishes = Wishes { return_paths: ReturnPaths::ByRelay, onward: Onward::VerifiedTls };
    let wished = Handover { wishes, ..handover(1, &["a@one.example"]) };
    let (mut connection, server) = open(&format!("{greeting}{mail}S: 250 2.0.0 ok")).await;
    assert!(connection.makes_return_paths());
    assert_eq!(words(&connection.hand_over(&wished, None).await), ["accepted: 250 2.0.0", "good"]);
    drop(connection);
    server.end().await;
    let (mut connection, server) = open(PIPELINING).await;
    assert_eq!(words(&connection.hand_over(&wished, None).await), ["failed: relay cannot be asked for verified TLS", "good"]);
    drop(connection);
    server.end().await;
}
