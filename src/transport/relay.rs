//! How to reach the relay: everything the configuration says about it.

use std::{fmt, path::PathBuf, time::Duration};

use secrecy::SecretString;

/// The mail server that takes our mail and carries it on (RFC 5598: MSA or MTA of our own side).
#[derive(Debug, Clone)]
pub struct Relay {
    /// Host name or IP address to connect to.
    pub host: String,
    /// TCP port: 465 implicit TLS, 587 or 25 STARTTLS.
    pub port: u16,
    /// The name its certificate must carry, when it is not `host`.
    pub server_name: Option<String>,
    /// How the connection is protected.
    pub tls: RelayTls,
    /// PEM file of the only CAs to trust; without it, the system's store.
    pub ca_file: Option<PathBuf>,
    /// What we call ourselves in EHLO: a domain or an address literal (RFC 5321 4.1.1.1).
    pub hello: String,
    /// For AUTH PLAIN; only ever sent over TLS.
    pub credentials: Option<Credentials>,
    /// How long to wait for each step.
    pub timeouts: Timeouts,
}

/// How the connection to the relay is protected. There is no opportunistic mode: embargoed mail never leaves in the clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelayTls {
    /// TLS from the first byte (RFC 8314).
    Implicit,
    /// STARTTLS (RFC 3207), required: without the offer nothing is sent.
    StartTls,
    /// None. Allowed only when the connected socket's peer is a loopback address.
    None,
}

/// User and password for AUTH PLAIN (RFC 4616).
#[derive(Clone)]
pub struct Credentials {
    /// The authentication identity.
    pub user: String,
    /// The password.
    pub password: SecretString,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

/// The longest wait for each step. The defaults are the minimums of RFC 5321 4.5.3.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Resolving the name, and then the TCP handshake with each address: 1 minute (no RFC figure; Postfix takes 30 s).
    pub connect: Duration,
    /// The TLS handshake: 1 minute.
    pub tls: Duration,
    /// The 220 greeting: 5 minutes.
    pub greeting: Duration,
    /// The reply to EHLO, STARTTLS, AUTH, MAIL, RCPT, RSET: 5 minutes.
    pub command: Duration,
    /// The reply to DATA: 2 minutes.
    pub data_initiation: Duration,
    /// Writing one block of 64 KiB: 3 minutes.
    pub data_block: Duration,
    /// The reply to the final dot: 10 minutes. Shorter means duplicates (RFC 1047).
    pub data_done: Duration,
    /// The reply to QUIT: 10 seconds, because nothing depends on it.
    pub quit: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(60),
            tls: Duration::from_secs(60),
            greeting: Duration::from_secs(5 * 60),
            command: Duration::from_secs(5 * 60),
            data_initiation: Duration::from_secs(2 * 60),
            data_block: Duration::from_secs(3 * 60),
            data_done: Duration::from_secs(10 * 60),
            quit: Duration::from_secs(10),
        }
    }
}
