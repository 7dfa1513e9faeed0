//! Connecting: what must be true before a message may be sent.

use secrecy::SecretString;

use super::{super::allow_plaintext, *};
use crate::transport::{Credentials, NetworkKind, Phase, Remedy, TlsFault};

async fn refused(script: &str, change: impl FnOnce(Relay) -> Relay) -> TransportError {
    let server = Server::follow(script).await;
    let error = SmtpConnection::connect(&change(relay(&server))).await.unwrap_err();
    server.end().await;
    error
}

fn network(phase: Phase, kind: NetworkKind) -> TransportError {
    TransportError::Network { phase, kind }
}

#[test]
fn plain_text_is_for_loopback_only() {
    for peer in ["127.0.0.1:25", "127.0.0.2:25", "127.255.255.254:25", "[::1]:25", "[::ffff:127.0.0.1]:25"] {
        assert_eq!(allow_plaintext(peer.parse().unwrap()), Ok(()), "{peer}");
    }
    for peer in
        ["192.0.2.1:25", "10.0.0.1:25", "128.0.0.1:25", "0.0.0.0:25", "[2001:db8::1]:25", "[fe80::1]:25", "[::ffff:192.0.2.1]:25"]
    {
        assert_eq!(allow_plaintext(peer.parse().unwrap()), Err(TransportError::PlaintextBeyondLoopback), "{peer}");
    }
}

#[tokio::test]
async fn without_starttls_nothing_is_said_in_the_clear() {
    let error = refused(FULL, |relay| Relay { tls: RelayTls::StartTls, ..relay }).await;
    assert_eq!(error, TransportError::StartTlsNotOffered);
    assert_eq!(error.remedy(), Remedy::Operator);
}

const STARTTLS: &str = "\
S: 220 relay.example
C: EHLO list.example
S: 250-relay.example
S: 250 STARTTLS
C: STARTTLS
";

#[tokio::test]
async fn starttls_refused_ends_the_session() {
    let error =
        refused(&format!("{STARTTLS}S: 454 4.7.0 TLS not available"), |relay| Relay { tls: RelayTls::StartTls, ..relay }).await;
    assert_eq!(error.to_string(), "relay refused STARTTLS: 454 4.7.0");
    assert_eq!(error.remedy(), Remedy::Wait);
}

#[tokio::test]
async fn clear_text_behind_the_answer_to_starttls_is_not_carried_into_tls() {
    // CVE-2011-0411, towards the client.
    let error = refused(&format!("{STARTTLS}S: 220 go␤250-relay.example␤250 AUTH PLAIN"), |relay| Relay {
        tls: RelayTls::StartTls,
        ..relay
    })
    .await;
    assert_eq!(error, network(Phase::Tls, NetworkKind::Protocol));
}

#[tokio::test]
async fn a_clear_text_server_on_the_tls_port_is_named() {
    let server = Server::follow("S: 220 relay.example ESMTP\nREAD 1\nCUT").await;
    let error = SmtpConnection::connect(&Relay { tls: RelayTls::Implicit, ..relay(&server) }).await.unwrap_err();
    assert_eq!(error, network(Phase::Tls, NetworkKind::Tls(TlsFault::NotTls)));
    assert_eq!(error.to_string(), "relay: TLS: the server does not speak TLS on this port at TLS handshake");
    assert_eq!(error.remedy(), Remedy::Operator);
}

#[tokio::test]
async fn a_stall_at_each_step_of_connecting() {
    let table = [
        ("STALL", RelayTls::None, Phase::Greeting),
        ("S: 220-half\nSTALL", RelayTls::None, Phase::Greeting),
        ("S: 220 hi\nC: EHLO list.example\nSTALL", RelayTls::None, Phase::Hello),
        ("S: 220 hi\nC: EHLO list.example\nS: 250-half\nSTALL", RelayTls::None, Phase::Hello),
        (
            "S: 220 hi\nC: EHLO list.example\nS: 250-relay\nS: 250 STARTTLS\nC: STARTTLS\nSTALL",
            RelayTls::StartTls,
            Phase::StartTls,
        ),
    ];
    // All at once, because each takes as long as the patience.
    let stalls = table.map(|(script, tls, phase)| {
        tokio::spawn(async move {
            let error = refused(script, |relay| Relay { tls, timeouts: impatient(), ..relay }).await;
            assert_eq!(error, network(phase, NetworkKind::Timeout), "{script}");
            assert_eq!(error.remedy(), Remedy::Wait);
        })
    });
    for stall in stalls {
        stall.await.unwrap();
    }
}

#[tokio::test]
async fn a_stall_in_the_tls_handshake() {
    for (script, tls) in
        [("READ 100\nSTALL", RelayTls::Implicit), (&*format!("{STARTTLS}S: 220 go\nREAD 100\nSTALL"), RelayTls::StartTls)]
    {
        let server = Server::follow(script).await;
        let error = SmtpConnection::connect(&Relay { tls, timeouts: impatient(), ..relay(&server) }).await.unwrap_err();
        assert_eq!(error, network(Phase::Tls, NetworkKind::Timeout), "{script}");
    }
}

#[tokio::test]
async fn a_relay_that_will_not_have_us() {
    let table = [
        ("S: 421 4.3.2 too busy", "relay refused greeting: 421 4.3.2", Remedy::Wait),
        ("S: 554 5.7.1 go away: Subject: secret", "relay refused greeting: 554 5.7.1", Remedy::Operator),
        ("S: 220 hi\nC: EHLO list.example\nS: 502 what", "relay refused EHLO: 502", Remedy::Operator),
        ("S: 334 what", "relay: not an SMTP reply that may come here at greeting", Remedy::Operator),
        ("S: SSH-2.0-OpenSSH_9.2", "relay: not an SMTP reply that may come here at greeting", Remedy::Operator),
        ("CUT", "relay: connection closed at greeting", Remedy::Wait),
    ];
    for (script, text, remedy) in table {
        let error = refused(script, |relay| relay).await;
        assert_eq!((error.to_string().as_str(), error.remedy()), (text, remedy), "{script}");
    }
}

#[tokio::test]
async fn nobody_listens() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let server = Server::follow("CUT").await;
    let error = SmtpConnection::connect(&Relay { port, ..relay(&server) }).await.unwrap_err();
    assert_eq!(error, network(Phase::Connect, NetworkKind::Refused));

    let recipients = addresses(&["a@one.example", "b@two.example"]);
    let sent = Sent::not_opened(&Envelope { reverse_path: None, envelope_id: None, recipients: &recipients }, &error);
    let text = "deferred: relay: connection refused at connect";
    assert_eq!(words(&sent), [text, text, "lost"]);
}

#[tokio::test]
async fn a_password_is_never_offered_in_the_clear() {
    let server = Server::follow("CUT").await;
    let credentials = Some(Credentials { user: "list".to_owned(), password: SecretString::from("open sesame") });
    let relay = Relay { credentials, ..relay(&server) };
    assert_eq!(SmtpConnection::connect(&relay).await.unwrap_err(), TransportError::CredentialsWithoutTls);
    assert!(!format!("{relay:?}").contains("sesame"));
}

#[tokio::test]
async fn the_hello_name_cannot_carry_a_command() {
    let server = Server::follow("CUT").await;
    for hello in ["", "two words", "a\r\nMAIL FROM:<x@y>", "<a>", "b\u{fc}cher.example"] {
        let error = SmtpConnection::connect(&Relay { hello: hello.to_owned(), ..relay(&server) }).await.unwrap_err();
        assert_eq!(error, TransportError::BadHello, "{hello:?}");
    }
}

#[tokio::test]
async fn nothing_to_trust_is_an_error_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let absent = folder.path().join("absent.pem");
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "no certificate\n").unwrap();
    let table = [(absent, TransportError::CaFile(std::io::ErrorKind::NotFound)), (empty, TransportError::NoCa)];
    for (ca_file, expected) in table {
        let server = Server::follow("STALL").await;
        let error = SmtpConnection::connect(&Relay { tls: RelayTls::Implicit, ca_file: Some(ca_file), ..relay(&server) })
            .await
            .unwrap_err();
        assert_eq!(error, expected);
        server.end().await;
    }
}
