//! What became of one recipient of one message, in words that may be logged and stored.
//!
//! Promise: every recipient handed in gets exactly one [`Outcome`], and nothing printed by `Debug` or `Display` here contains a word of
//! a message or of a server's free text (content filters quote subjects in their refusals).

use std::{fmt, io};

use super::TransportError;
use crate::mail::Address;

/// Who a message is from and for, on the wire (RFC 5321 3.3). Says nothing about its header.
#[derive(Clone, Copy)]
pub struct Envelope<'a> {
    /// Where bounces go; `None` is the null reverse path `<>` of notices that must never be bounced (RFC 5321 4.5.5).
    pub reverse_path: Option<&'a Address>,
    /// What a report about it shall repeat (`ENVID`, RFC 3461 4.4); without it, the reverse-path.
    pub envelope_id: Option<&'a str>,
    /// Who gets the message.
    pub recipients: &'a [Address],
}

impl fmt::Debug for Envelope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Envelope({} recipients)", self.recipients.len())
    }
}

/// One server reply (RFC 5321 4.2).
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// The three digits, 200 to 599.
    pub code: u16,
    /// The enhanced status code of the first line (RFC 3463), when its class agrees with `code` (RFC 2034 section 4).
    pub enhanced: Option<(u8, u16, u16)>,
    /// The first line without its codes: control and direction characters escaped, at most 200 characters. **Possibly secret**:
    /// filters quote the subject or body they refuse. For the store and the team's own eyes; never for a log.
    pub text: String,
}

impl Reply {
    /// The part that may be shown to anyone: code and enhanced code.
    pub fn public(&self) -> String {
        match self.enhanced {
            Some((class, subject, detail)) => format!("{} {class}.{subject}.{detail}", self.code),
            None => self.code.to_string(),
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({}, text of {} characters)", self.public(), self.text.chars().count())
    }
}

/// The step of the conversation in which something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Resolving the name and opening the socket.
    Connect,
    /// The TLS handshake.
    Tls,
    /// Waiting for the 220 greeting.
    Greeting,
    /// EHLO.
    Hello,
    /// The STARTTLS command (RFC 3207).
    StartTls,
    /// AUTH (RFC 4954).
    Auth,
    /// MAIL FROM: the reply is about us or the message's size, not about a recipient.
    Mail,
    /// RCPT TO.
    Recipient,
    /// The DATA command and the bytes of the message, up to but not including the final dot.
    Data,
    /// From the first octet of the final dot on: the server may have taken the message.
    Message,
    /// RSET or QUIT.
    Close,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connect",
            Self::Tls => "TLS handshake",
            Self::Greeting => "greeting",
            Self::Hello => "EHLO",
            Self::StartTls => "STARTTLS",
            Self::Auth => "AUTH",
            Self::Mail => "MAIL",
            Self::Recipient => "RCPT",
            Self::Data => "DATA",
            Self::Message => "final dot",
            Self::Close => "RSET or QUIT",
        })
    }
}

/// How the network or the conversation failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NetworkKind {
    /// No answer within the time of [`Timeouts`](super::Timeouts).
    #[error("no answer in time")]
    Timeout,
    /// The other side closed or reset the connection.
    #[error("connection closed")]
    Closed,
    /// Nothing listens on that port.
    #[error("connection refused")]
    Refused,
    /// No route to the host or network.
    #[error("host unreachable")]
    Unreachable,
    /// The host name has no address.
    #[error("host name not resolved")]
    Unresolved,
    /// TLS broke.
    #[error("TLS: {0}")]
    Tls(TlsFault),
    /// The server said something that is no SMTP reply, or not one that may come here.
    #[error("not an SMTP reply that may come here")]
    Protocol,
    /// Any other I/O error, as its kind only.
    #[error("I/O error: {0}")]
    Io(io::ErrorKind),
}

/// Why TLS failed. A wrong certificate is a person's business: retrying does not mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// Signed by no CA we trust.
    #[error("certificate signed by an unknown issuer")]
    UnknownIssuer,
    /// For another name than the relay's.
    #[error("certificate is for another name")]
    WrongName,
    /// Expired or not valid yet.
    #[error("certificate expired or not yet valid")]
    Expired,
    /// Any other complaint about the certificate.
    #[error("certificate refused")]
    Certificate,
    /// The server ended the handshake with an alert, or offers no version or cipher of ours.
    #[error("handshake refused")]
    Handshake,
    /// What came back is not TLS: most often a STARTTLS port spoken to with implicit TLS.
    #[error("the server does not speak TLS on this port")]
    NotTls,
}

/// Refused by us, before a byte of the message left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LocalCause {
    /// A CR without LF or an LF without CR. Sending it lets the message smuggle a second one past the relay (CVE-2023-51764), and
    /// mending it would change signed bytes.
    #[error("message has a bare CR or LF")]
    BareLineEnding,
    /// The message has octets over 127 and the relay does not offer 8BITMIME (RFC 6152); re-encoding would break signatures.
    #[error("relay does not take 8-bit messages")]
    NeedsEightBit,
    /// An address is not ASCII and the relay does not offer SMTPUTF8 (RFC 6531).
    #[error("relay does not take non-ASCII addresses")]
    NeedsSmtpUtf8,
    /// The letter may travel over verified TLS only, and the relay does not offer REQUIRETLS (RFC 8689).
    #[error("relay cannot be asked for verified TLS")]
    NeedsRequireTls,
    /// The address cannot stand in a command: a broken quoted string, which could smuggle parameters or another path.
    #[error("address cannot be written in an SMTP command")]
    Unwritable,
    /// The directory transport could not write the file.
    #[error("file not written: {0}")]
    NotWritten(io::ErrorKind),
}

/// Why a recipient's message did not go, or may not have gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The server said so, in this phase.
    Reply(Phase, Reply),
    /// The connection failed in this phase.
    Network(Phase, NetworkKind),
    /// We refused.
    Local(LocalCause),
    /// There was no connection to begin with; see [`Sent::not_opened`].
    NotOpened(TransportError),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reply(phase, reply) => write!(f, "{} at {phase}", reply.public()),
            Self::Network(phase, kind) => write!(f, "{kind} at {phase}"),
            Self::Local(cause) => write!(f, "{cause}"),
            Self::NotOpened(error) => write!(f, "{error}"),
        }
    }
}

/// What became of one recipient. `Display` and `Debug` are fit for a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The relay took responsibility (2yz after the final dot, RFC 5321 4.2.5), or the file is on disk.
    Accepted(Reply),
    /// Certainly not taken; may be tried again.
    Deferred(Cause),
    /// Certainly not taken; the same attempt would fail again.
    Failed(Cause),
    /// The final dot was (perhaps partly) sent and no verdict came back: taken or not, nobody can tell (RFC 5321 4.5.3.2.6).
    Unknown(Cause),
}

impl Outcome {
    /// The one reading of a server reply (RFC 5321 4.2.1, RFC 3463): `phase` says what the reply answers.
    ///
    /// * 2yz is `Accepted` only after the final dot; a 2yz or 3yz that cannot stand where it came is a protocol error: `Unknown`
    ///   after the dot, `Deferred` before.
    /// * 4yz is `Deferred`; 5yz is `Failed`, except that
    /// * 530, 534, 535, 538 (RFC 4954 section 6) speak about our session, not about the recipient: `Deferred`;
    /// * 552 to RCPT without an enhanced code, or with X.5.3, means "too many recipients" (RFC 5321 4.5.3.1.10): `Deferred`.
    pub fn of_reply(phase: Phase, reply: Reply) -> Self {
        match (phase, reply.code, reply.enhanced) {
            (Phase::Message, 200..=299, _) => Self::Accepted(reply),
            (_, 400..=499 | 530 | 534 | 535 | 538, _) | (Phase::Recipient, 552, None | Some((5, 5, 3))) => {
                Self::Deferred(Cause::Reply(phase, reply))
            }
            (_, 500..=599, _) => Self::Failed(Cause::Reply(phase, reply)),
            _ => Self::of_failure(phase, NetworkKind::Protocol),
        }
    }

    /// The one reading of a failed connection: before the final dot nothing was taken, from its first octet on nobody knows.
    pub fn of_failure(phase: Phase, kind: NetworkKind) -> Self {
        match phase {
            Phase::Message => Self::Unknown(Cause::Network(phase, kind)),
            _ => Self::Deferred(Cause::Network(phase, kind)),
        }
    }

    /// The server's reply behind this outcome, if there was one.
    pub fn reply(&self) -> Option<&Reply> {
        match self {
            Self::Accepted(reply) => Some(reply),
            Self::Deferred(Cause::Reply(_, reply))
            | Self::Failed(Cause::Reply(_, reply))
            | Self::Unknown(Cause::Reply(_, reply)) => Some(reply),
            _ => None,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted(reply) => write!(f, "accepted: {}", reply.public()),
            Self::Deferred(cause) => write!(f, "deferred: {cause}"),
            Self::Failed(cause) => write!(f, "failed: {cause}"),
            Self::Unknown(cause) => write!(f, "unknown: {cause}"),
        }
    }
}

/// Whether the connection may be used for another message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// In the state after EHLO: send on.
    Good,
    /// Closed, or in a state nobody knows; it has been dropped. Open another.
    Lost,
}

/// The result of handing over one message.
#[derive(Clone, PartialEq, Eq)]
pub struct Sent {
    /// One outcome per recipient, in the order of the envelope.
    pub outcomes: Vec<(Address, Outcome)>,
    /// Whether the next message can use the same connection.
    pub connection: Connection,
}

impl Sent {
    /// What every recipient gets when the transport could not be opened: `Deferred`, whatever the reason, because it says nothing
    /// about the recipient. [`TransportError::remedy`] says whether a person must act.
    pub fn not_opened(envelope: &Envelope<'_>, error: &TransportError) -> Self {
        Self::alike(envelope, &Outcome::Deferred(Cause::NotOpened(error.clone())), Connection::Lost)
    }

    /// Each recipient's own outcome, in the order of the envelope.
    pub(super) fn each(envelope: &Envelope<'_>, outcomes: Vec<Outcome>, connection: Connection) -> Self {
        Self { outcomes: envelope.recipients.iter().cloned().zip(outcomes).collect(), connection }
    }

    /// The same outcome for each recipient.
    pub(super) fn alike(envelope: &Envelope<'_>, outcome: &Outcome, connection: Connection) -> Self {
        Self { outcomes: envelope.recipients.iter().map(|recipient| (recipient.clone(), outcome.clone())).collect(), connection }
    }
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcomes: Vec<String> = self.outcomes.iter().map(|(_, outcome)| outcome.to_string()).collect();
        f.debug_struct("Sent").field("outcomes", &outcomes).field("connection", &self.connection).finish()
    }
}

#[cfg(test)]
mod tests;
