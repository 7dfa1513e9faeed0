//! Real TLS with certificates made for the test.

use std::{path::PathBuf, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{ServerConfig, crypto::ring};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_rustls::TlsAcceptor;

use super::{server::play, *};
use crate::transport::{Credentials, NetworkKind, Phase, Remedy, TlsFault};

/// A CA, as a file to trust.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    _folder: TempDir,
    file: PathBuf,
}

#[derive(Clone, Copy)]
enum Validity {
    Now,
    Past,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        std::fs::write(&file, certificate.pem()).unwrap();
        Self { issuer: Issuer::new(params, key), _folder: folder, file }
    }

    fn acceptor(&self, name: &str, validity: Validity) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        if let Validity::Past = validity {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der())))
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Plays a script inside implicit TLS; gives the port and the end of the play (`None` when the handshake failed).
async fn serve(acceptor: TlsAcceptor, script: &str) -> (u16, JoinHandle<Option<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let script = script.to_owned();
    let play = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let stream = acceptor.accept(socket).await.ok()?;
        Some(play(&script, stream).await.len())
    });
    (port, play)
}

fn tls_relay(port: u16, authority: &Authority) -> Relay {
    Relay {
        host: "127.0.0.1".to_owned(),
        port,
        server_name: Some("relay.example".to_owned()),
        tls: RelayTls::Implicit,
        ca_file: Some(authority.file.clone()),
        hello: "list.example".to_owned(),
        credentials: Some(Credentials { user: "list".to_owned(), password: SecretString::from("open sesame") }),
        timeouts: Timeouts::default(),
    }
}

const GREETING: &str = "S: 220 relay.example\nC: EHLO list.example\nS: 250-relay.example\nS: 250 AUTH LOGIN PLAIN\n";
/// `printf '\0list\0open sesame' | base64`
const AUTH: &str = "C: AUTH PLAIN AGxpc3QAb3BlbiBzZXNhbWU=\n";

#[tokio::test]
async fn credentials_go_to_the_right_relay() {
    let authority = Authority::new("ours");
    let script = format!(
        "{GREETING}{AUTH}
        S: 235 2.7.0 welcome
        C: MAIL FROM:<>
        S: 250 ok
        C: RCPT TO:<a@one.example>
        S: 250 ok
        C: DATA
        S: 354 go
        BODY
        S: 250 2.0.0 ok
        C: QUIT
        S: 221 bye"
    );
    let (port, play) = serve(authority.acceptor("relay.example", Validity::Now), &script).await;
    let mut connection = SmtpConnection::connect(&tls_relay(port, &authority)).await.unwrap();
    let sent = connection
        .send(&Envelope { reverse_path: None, envelope_id: None, recipients: &addresses(&["a@one.example"]) }, MESSAGE)
        .await;
    assert_eq!(words(&sent), ["accepted: 250 2.0.0", "good"]);
    connection.quit().await;
    assert_eq!(play.await.unwrap(), Some(1));
}

#[tokio::test]
async fn a_refused_password_is_for_the_operator_and_a_busy_server_is_not() {
    let authority = Authority::new("ours");
    for (reply, text, remedy) in [
        ("535 5.7.8 wrong", "relay refused AUTH: 535 5.7.8", Remedy::Operator),
        ("454 4.7.0 busy", "relay refused AUTH: 454 4.7.0", Remedy::Wait),
        ("334 ", "relay: not an SMTP reply that may come here at AUTH", Remedy::Operator),
    ] {
        let (port, play) =
            serve(authority.acceptor("relay.example", Validity::Now), &format!("{GREETING}{AUTH}S: {reply}")).await;
        let error = SmtpConnection::connect(&tls_relay(port, &authority)).await.unwrap_err();
        assert_eq!((error.to_string().as_str(), error.remedy()), (text, remedy));
        assert_eq!(play.await.unwrap(), Some(0));
    }
}

#[tokio::test]
async fn a_relay_without_plain_does_not_see_the_password() {
    let authority = Authority::new("ours");
    let (port, play) = serve(authority.acceptor("relay.example", Validity::Now), &GREETING.replace(" PLAIN", " CRAM-MD5")).await;
    let error = SmtpConnection::connect(&tls_relay(port, &authority)).await.unwrap_err();
    assert_eq!(error, TransportError::PlainNotOffered);
    assert_eq!(play.await.unwrap(), Some(0));
}

#[tokio::test]
async fn a_wrong_certificate_is_refused_and_named() {
    let (ours, impostor, theirs) = (Authority::new("ours"), Authority::new("ours"), Authority::new("theirs"));
    let table = [
        (impostor.acceptor("relay.example", Validity::Now), TlsFault::UnknownIssuer),
        (theirs.acceptor("relay.example", Validity::Now), TlsFault::UnknownIssuer),
        (ours.acceptor("other.example", Validity::Now), TlsFault::WrongName),
        (ours.acceptor("relay.example", Validity::Past), TlsFault::Expired),
    ];
    for (acceptor, fault) in table {
        let (port, play) = serve(acceptor, GREETING).await;
        let error = SmtpConnection::connect(&tls_relay(port, &ours)).await.unwrap_err();
        assert_eq!(error, TransportError::Network { phase: Phase::Tls, kind: NetworkKind::Tls(fault) });
        assert_eq!(error.remedy(), Remedy::Operator);
        assert_eq!(play.await.unwrap(), None, "nothing was said to it");
    }
}
