//! From a configured account to an authenticated connection: TCP, TLS, greeting, SASL.
//!
//! Promises: nothing is said to a server whose certificate is not checked (RFC 8314 3, RFC 7817); there is no clear-text fallback. The
//! password goes out as SASL (RFC 4616, or XOAUTH2), so no quoting rule can change it.
//!
//! Fails: each step with its own [`SourceError`], all within the given time.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use async_imap::{
    Authenticator, Client,
    error::Error,
    imap_proto::{Response, Status},
};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    io::BufWriter,
    net::{TcpStream, lookup_host},
    time::{Instant, timeout_at},
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{self, CertificateError, ClientConfig, RootCertStore, crypto::ring},
};

use super::{
    guard::Guard,
    wire::{Duplex, Wire, broken, unpanicked},
};
use crate::source::{Answer, Command, ProtocolFault, SourceError, TlsFault, TrustFault, error::known_code};

/// A mailbox account at an IMAP server that speaks TLS from the first byte (RFC 8314 3.3, port 993).
#[derive(Debug, Clone)]
pub struct ImapAccount {
    /// What we call it in logs.
    pub name: String,
    /// Host name or address.
    pub host: String,
    /// TCP port, usually 993.
    pub port: u16,
    /// The name its certificate must have, where `host` is an address.
    pub server_name: Option<String>,
    /// PEM file with the certificate authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Who we are there.
    pub user: String,
    /// How we prove it.
    pub auth: ImapAuth,
}

impl ImapAccount {
    fn server(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// How a user proves who they are.
#[derive(Debug, Clone)]
pub enum ImapAuth {
    /// `AUTHENTICATE PLAIN` (RFC 4616) with a password.
    Plain(SecretString),
    /// `AUTHENTICATE XOAUTH2` with an access token, which the caller keeps fresh.
    XOAuth2(SecretString),
}

/// Connects and authenticates; all of it within `within`.
pub(super) async fn connect(account: &ImapAccount, within: Duration) -> Result<Wire, SourceError> {
    let deadline = Instant::now() + within;
    let tls = tls(account, deadline).await?;
    greet(account, Box::new(tls), within, deadline).await
}

async fn tls(account: &ImapAccount, deadline: Instant) -> Result<TlsStream<TcpStream>, SourceError> {
    let name = account.server_name.clone().unwrap_or_else(|| account.host.clone());
    let name = ServerName::try_from(name).map_err(|_| SourceError::Tls { server: account.server(), fault: TlsFault::Name })?;
    let ca_file = account.ca_file.clone();
    let config = tokio::task::spawn_blocking(move || client_config(ca_file)).await.map_err(|_| SourceError::Trust {
        from: account.ca_file.clone().unwrap_or_else(system_store),
        fault: TrustFault::Unreadable,
    })??;
    let no_connection = |kind| SourceError::Connect { server: account.server(), kind };
    // Its error has no kind of its own: "uncategorized" says nothing to whoever misspelt a name.
    let addresses: Vec<SocketAddr> = timeout_at(deadline, lookup_host((account.host.as_str(), account.port)))
        .await
        .map_err(|_| no_connection(io::ErrorKind::TimedOut))?
        .map_err(|_| SourceError::Unresolved { server: account.server() })?
        .collect();
    let tcp = timeout_at(deadline, TcpStream::connect(addresses.as_slice()))
        .await
        .map_err(|_| no_connection(io::ErrorKind::TimedOut))?
        .map_err(|error| no_connection(error.kind()))?;
    notice_dead_peers(&tcp).map_err(|error| no_connection(error.kind()))?;
    timeout_at(deadline, TlsConnector::from(Arc::new(config)).connect(name, tcp))
        .await
        .map_err(|_| no_connection(io::ErrorKind::TimedOut))?
        .map_err(|error| SourceError::Tls { server: account.server(), fault: tls_fault(&error) })
}

/// A peer that vanished without a word is noticed within two minutes, even while nothing is being said.
fn notice_dead_peers(tcp: &TcpStream) -> io::Result<()> {
    use rustix::net::sockopt;
    tcp.set_nodelay(true)?;
    sockopt::set_socket_keepalive(tcp, true)?;
    sockopt::set_tcp_keepidle(tcp, Duration::from_secs(60))?;
    sockopt::set_tcp_keepintvl(tcp, Duration::from_secs(15))?;
    sockopt::set_tcp_keepcnt(tcp, 4)?;
    Ok(())
}

fn system_store() -> PathBuf {
    PathBuf::from("the system's store")
}

/// Trusts `ca_file` alone, or the system's authorities. The provider is named: as soon as a second one is linked in, rustls' default
/// panics.
fn client_config(ca_file: Option<PathBuf>) -> Result<ClientConfig, SourceError> {
    let mut roots = RootCertStore::empty();
    let from = match ca_file {
        Some(file) => {
            let unreadable = |_| SourceError::Trust { from: file.clone(), fault: TrustFault::Unreadable };
            for certificate in CertificateDer::pem_file_iter(&file).map_err(unreadable)? {
                let added = roots.add(certificate.map_err(unreadable)?);
                added.map_err(|_| SourceError::Trust { from: file.clone(), fault: TrustFault::Unreadable })?;
            }
            file
        }
        None => {
            // One broken file in the system's store must not take the others with it; an empty result is refused below.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            system_store()
        }
    };
    if roots.is_empty() {
        return Err(SourceError::Trust { from, fault: TrustFault::Empty });
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| SourceError::Trust { from, fault: TrustFault::Empty })?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

fn tls_fault(error: &io::Error) -> TlsFault {
    let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else { return TlsFault::Broken };
    match error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            CertificateError::UnknownIssuer => TlsFault::UnknownIssuer,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsFault::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsFault::NotYetValid,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => TlsFault::WrongName,
            _ => TlsFault::BadCertificate,
        },
        _ => TlsFault::Handshake,
    }
}

/// The greeting (RFC 3501 7.1) and the login, over a connection that is already safe.
pub(super) async fn greet(
    account: &ImapAccount,
    stream: Box<dyn Duplex>,
    silence: Duration,
    deadline: Instant,
) -> Result<Wire, SourceError> {
    let mut client = Client::new(Guard::new(BufWriter::new(stream)));
    let command = Command::Greeting;
    let greeting = match timeout_at(deadline, unpanicked(client.read_response())).await {
        Err(_) => return Err(SourceError::Timeout { command }),
        Ok(None) => return Err(SourceError::Protocol { command, fault: ProtocolFault::Unparsable }),
        Ok(Some(Err(error))) => return Err(broken(command, error.kind(), client.get_ref().breach())),
        Ok(Some(Ok(None))) => return Err(SourceError::Lost { command }),
        Ok(Some(Ok(Some(greeting)))) => greeting,
    };
    match greeting.parsed() {
        Response::Data { status: Status::Ok, .. } => {}
        Response::Data { status: Status::Bye, .. } => return Err(SourceError::Lost { command }),
        _ => return Err(SourceError::Protocol { command, fault: ProtocolFault::Greeting }),
    }
    let (mechanism, sasl) = Sasl::of(account);
    let command = Command::Authenticate;
    match timeout_at(deadline, unpanicked(client.authenticate(mechanism, sasl))).await {
        Err(_) => Err(SourceError::Timeout { command }),
        Ok(None) => Err(SourceError::Protocol { command, fault: ProtocolFault::Unparsable }),
        Ok(Some(Err((error, client)))) => Err(not_authenticated(account, error, client.get_ref().breach())),
        Ok(Some(Ok(session))) => Ok(Wire::new(session, silence)),
    }
}

fn not_authenticated(account: &ImapAccount, error: Error, breach: Option<ProtocolFault>) -> SourceError {
    let command = Command::Authenticate;
    let (answer, text) = match error {
        Error::No(text) => (Answer::No, text),
        Error::Bad(text) => (Answer::Bad, text),
        Error::Io(error) => return broken(command, error.kind(), breach),
        Error::ConnectionLost => return SourceError::Lost { command },
        _ => return SourceError::Protocol { command, fault: ProtocolFault::Unparsable },
    };
    match known_code(&text) {
        // RFC 5530 3: these are about the server, not about us.
        code @ Some("UNAVAILABLE" | "SERVERBUG" | "INUSE" | "LIMIT" | "THROTTLED") => {
            SourceError::Refused { command, answer, code }
        }
        code => SourceError::LoginRefused { server: account.server(), code },
    }
}

/// The one answer to the one challenge. A second challenge is how XOAUTH2 explains a refusal: it is answered with nothing.
struct Sasl(Vec<u8>);

impl Sasl {
    fn of(account: &ImapAccount) -> (&'static str, Self) {
        let user = &account.user;
        match &account.auth {
            ImapAuth::Plain(password) => ("PLAIN", Self(format!("\0{user}\0{}", password.expose_secret()).into_bytes())),
            ImapAuth::XOAuth2(token) => {
                ("XOAUTH2", Self(format!("user={user}\x01auth=Bearer {}\x01\x01", token.expose_secret()).into_bytes()))
            }
        }
    }
}

impl Authenticator for Sasl {
    type Response = Vec<u8>;

    fn process(&mut self, _challenge: &[u8]) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}
