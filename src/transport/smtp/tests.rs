//! The client against relays that follow a script: see `tests/server.rs` for the notation.

mod ahead;
mod fidelity;
mod hostile;
mod outcomes;
mod server;
mod session;
mod tls;

use std::time::Duration;

use server::Server;

use super::{
    super::{Connection, Envelope, Outcome, Relay, RelayTls, Sent, Timeouts, TransportError},
    SmtpConnection,
};
use crate::mail::Address;

const MESSAGE: &[u8] = b"From: team@example.org\r\nSubject: hello\r\n\r\nText.\r\n";

/// Greeting and EHLO of a relay with every extension of ours.
const FULL: &str = "\
S: 220 relay.example ESMTP
C: EHLO list.example
S: 250-relay.example
S: 250-PIPELINING
S: 250-SIZE 10240000
S: 250-8BITMIME
S: 250-DSN
S: 250 SMTPUTF8
";

/// Greeting and EHLO of a relay that pipelines and nothing else.
const PIPELINING: &str = "\
S: 220 relay.example ESMTP
C: EHLO list.example
S: 250-relay.example
S: 250 PIPELINING
";

/// Greeting and EHLO of a relay of 1982.
const PLAIN: &str = "\
S: 220 relay.example ESMTP
C: EHLO list.example
S: 250 relay.example
";

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn addresses(texts: &[&str]) -> Vec<Address> {
    texts.iter().map(|text| address(text)).collect()
}

fn relay(server: &Server) -> Relay {
    Relay {
        host: server.address.ip().to_string(),
        port: server.address.port(),
        server_name: None,
        tls: RelayTls::None,
        ca_file: None,
        hello: "list.example".to_owned(),
        credentials: None,
        timeouts: Timeouts::default(),
    }
}

/// Long enough for a busy machine to answer, short enough to wait for.
fn impatient() -> Timeouts {
    let short = Duration::from_secs(1);
    Timeouts {
        connect: short,
        tls: short,
        greeting: short,
        command: short,
        data_initiation: short,
        data_block: short,
        data_done: short,
        quit: short,
    }
}

/// Sends one message from `v@list.example` to `recipients` through a relay that follows `script`.
async fn send(script: &str, recipients: &[&str], message: &[u8]) -> (Sent, Vec<Vec<u8>>) {
    send_within(Timeouts::default(), script, recipients, message).await
}

async fn send_within(timeouts: Timeouts, script: &str, recipients: &[&str], message: &[u8]) -> (Sent, Vec<Vec<u8>>) {
    let server = Server::follow(script).await;
    let mut connection = SmtpConnection::connect(&Relay { timeouts, ..relay(&server) }).await.unwrap();
    let sender = address("v@list.example");
    let recipients = addresses(recipients);
    let sent =
        connection.send(&Envelope { reverse_path: Some(&sender), envelope_id: None, recipients: &recipients }, message).await;
    assert_eq!(sent.outcomes.iter().map(|(who, _)| who).collect::<Vec<_>>(), recipients.iter().collect::<Vec<_>>());
    let again = connection.send(&Envelope { reverse_path: None, envelope_id: None, recipients: &[] }, message).await;
    assert_eq!(again.connection, sent.connection, "a lost connection stays lost");
    drop(connection);
    (sent, server.end().await)
}

/// The outcomes in words, one per recipient, and the fate of the connection.
fn words(sent: &Sent) -> Vec<String> {
    let mut words: Vec<String> = sent.outcomes.iter().map(|(_, outcome)| outcome.to_string()).collect();
    words.push(match sent.connection {
        Connection::Good => "good".to_owned(),
        Connection::Lost => "lost".to_owned(),
    });
    words
}
