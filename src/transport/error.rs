//! Why there is no connection to the relay. Never contains a byte of a message, nor the free text of a server.

use std::io;

use super::{NetworkKind, Phase, Reply};

/// The transport could not be opened; nothing was sent to anyone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The network or the conversation failed before a message could be sent.
    #[error("relay: {kind} at {phase}")]
    Network {
        /// Where.
        phase: Phase,
        /// How.
        kind: NetworkKind,
    },
    /// The relay answered no.
    #[error("relay refused {phase}: {}", reply.public())]
    Refused {
        /// Which command.
        phase: Phase,
        /// Its answer; `text` may quote what it likes, so it is not in the message.
        reply: Reply,
    },
    /// The relay is configured without TLS and the socket is not connected to a loopback address.
    #[error("relay: plain text is for loopback only; set TLS to implicit or starttls")]
    PlaintextBeyondLoopback,
    /// The relay does not offer STARTTLS (RFC 3207), or somebody between removed the offer; nothing is sent in the clear.
    #[error("relay does not offer STARTTLS")]
    StartTlsNotOffered,
    /// Credentials are configured for a connection without TLS.
    #[error("relay: credentials are never sent without TLS")]
    CredentialsWithoutTls,
    /// The relay does not offer AUTH PLAIN (RFC 4616).
    #[error("relay does not offer AUTH PLAIN")]
    PlainNotOffered,
    /// The configured EHLO name is not a domain or address literal.
    #[error("relay: the hello name is not a host name")]
    BadHello,
    /// The configured server name cannot be the name of a certificate.
    #[error("relay: the server name is not a host name or IP address")]
    BadServerName,
    /// The CA file cannot be read.
    #[error("relay: the CA file cannot be read: {0}")]
    CaFile(io::ErrorKind),
    /// The CA file, or the system's store when none is configured, has no usable certificate.
    #[error("relay: no CA certificate to trust")]
    NoCa,
    /// The directory cannot be made or written.
    #[error("directory transport: {0}")]
    Directory(io::ErrorKind),
}

/// Who can mend an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Time: the relay is down, busy or slow.
    Wait,
    /// A person: configuration, certificate or password. Must be told at once: no retry will help, and a refused certificate retried
    /// quietly is an attack nobody hears of.
    Operator,
}

impl TransportError {
    /// Who can mend it. The caller decides what to do about it.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Network { kind: NetworkKind::Tls(_) | NetworkKind::Protocol, .. } => Remedy::Operator,
            Self::Network { .. } => Remedy::Wait,
            Self::Refused { reply, .. } if reply.code < 500 => Remedy::Wait,
            _ => Remedy::Operator,
        }
    }
}
