//! What can go wrong between us and an IMAP server, as values the daemon acts on.
//!
//! Each says in its `Display` what happened and what to do about it. None contains a byte the server sent, apart from
//! response codes, and those only if they are in the list of [`known_code`].

use std::{fmt, io, path::PathBuf};

/// Why a step at an IMAP server failed. Every one of them ends the session: connect again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// No TCP connection.
    #[error("cannot connect to {server} ({kind}); check host, port, the firewall and that the server runs")]
    Connect {
        /// Host and port.
        server: String,
        /// The kind of the I/O error.
        kind: io::ErrorKind,
    },
    /// The name has no address.
    #[error("the host name of {server} is not resolved; check host, and this machine's resolver")]
    Unresolved {
        /// Host and port.
        server: String,
    },
    /// No TLS over the connection (RFC 8314: there is no fallback to clear text).
    #[error("no TLS with {server}: {fault}")]
    Tls {
        /// Host and port.
        server: String,
        /// What is wrong.
        fault: TlsFault,
    },
    /// There is no certificate authority to check a server against.
    #[error("no certificate authority from {}: {fault}", .from.display())]
    Trust {
        /// The configured file, or the words for the system's store.
        from: PathBuf,
        /// What is wrong.
        fault: TrustFault,
    },
    /// The server did not accept the credentials.
    #[error("{server} refused the login{}; check user, secret and that the server offers this way to authenticate", Code(*.code))]
    LoginRefused {
        /// Host and port.
        server: String,
        /// The response code (RFC 5530), if it is a known one.
        code: Option<&'static str>,
    },
    /// The server was silent, or too slow, for longer than allowed.
    #[error("no answer to {command} in time; connect again, and look at the network and the load of the server if it stays so")]
    Timeout {
        /// What was asked.
        command: Command,
    },
    /// The connection has ended (end of file, reset, or `BYE`).
    #[error("the connection was lost at {command}; connect again")]
    Lost {
        /// What was asked.
        command: Command,
    },
    /// The server answered `NO` or `BAD`.
    #[error("the server answered {command} with {answer}{}; its log says why", Code(*.code))]
    Refused {
        /// What was asked.
        command: Command,
        /// Which of the two.
        answer: Answer,
        /// The response code (RFC 5530), if it is a known one.
        code: Option<&'static str>,
    },
    /// The mailbox is not there, or this user may not open it.
    #[error("there is no mailbox {mailbox:?} for this user; create it or correct the configuration")]
    MailboxMissing {
        /// Its configured name.
        mailbox: String,
    },
    /// The configured name cannot be the name of a mailbox.
    #[error("a mailbox name must not be empty or contain control characters; correct the configuration")]
    MailboxName,
    /// The configured keyword is not an atom (RFC 3501 9).
    #[error("a keyword consists of letters, digits, $, - and _; correct the configuration")]
    KeywordName,
    /// The mailbox can only be read, so that nothing can be marked. Some servers answer `OK` to a `STORE` all the same.
    #[error("the mailbox is read-only for this user; give it write access or set the mark to \"leave\"")]
    ReadOnly,
    /// The server cannot do what the configuration asks for.
    #[error(
        "the server offers neither MOVE (RFC 6851) nor UIDPLUS (RFC 4315), so no mail can be moved safely; mark by keyword instead"
    )]
    CannotMove,
    /// The server has this one message and does not give it out.
    #[error("the server does not give out message UID {uid}{}; a person must look at it there", Code(*.code))]
    MessageRefused {
        /// Its UID.
        uid: u32,
        /// The response code (RFC 5530), if it is a known one.
        code: Option<&'static str>,
    },
    /// UIDVALIDITY changed while the mailbox was open: all UIDs have lost their meaning.
    #[error("the mailbox was rebuilt while it was open; connect and open it again")]
    UidValidityChanged,
    /// No mailbox is open, or an earlier error ended the session.
    #[error("no mailbox is open on this connection; connect and open one")]
    NotOpen,
    /// The server does not speak IMAP as we know it, or sends more than we are willing to take.
    #[error("unusable answer to {command}: {fault}; connect again, and look at what listens there if it stays so")]
    Protocol {
        /// What was asked.
        command: Command,
        /// What is wrong.
        fault: ProtocolFault,
    },
}

/// What helps against a [`SourceError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// Connecting again, after a pause that grows.
    Retry,
    /// A person: trying again may help, but somebody should hear of it at once.
    Person,
}

impl SourceError {
    /// Whether time can heal it.
    pub fn recovery(&self) -> Recovery {
        match self {
            Self::Connect { .. }
            | Self::Unresolved { .. }
            | Self::Timeout { .. }
            | Self::Lost { .. }
            | Self::Refused { .. }
            | Self::UidValidityChanged
            | Self::NotOpen
            | Self::Protocol { .. }
            | Self::Tls { fault: TlsFault::Broken, .. } => Recovery::Retry,
            Self::Tls { .. }
            | Self::Trust { .. }
            | Self::LoginRefused { .. }
            | Self::MailboxMissing { .. }
            | Self::MailboxName
            | Self::KeywordName
            | Self::ReadOnly
            | Self::CannotMove
            | Self::MessageRefused { .. } => Recovery::Person,
        }
    }
}

/// What was being asked of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Nothing yet: waiting for its greeting.
    Greeting,
    /// `AUTHENTICATE`
    Authenticate,
    /// `CAPABILITY`
    Capability,
    /// `SELECT`
    Select,
    /// `UID SEARCH`
    Search,
    /// `UID FETCH`
    Fetch,
    /// `UID STORE`
    Store,
    /// `UID COPY`
    Copy,
    /// `UID MOVE`
    Move,
    /// `UID EXPUNGE`
    Expunge,
    /// `CREATE`
    Create,
    /// `APPEND`
    Append,
    /// `IDLE`
    Idle,
    /// `NOOP`
    Noop,
    /// `LOGOUT`
    Logout,
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Greeting => "the greeting",
            Self::Authenticate => "AUTHENTICATE",
            Self::Capability => "CAPABILITY",
            Self::Select => "SELECT",
            Self::Search => "UID SEARCH",
            Self::Fetch => "UID FETCH",
            Self::Store => "UID STORE",
            Self::Copy => "UID COPY",
            Self::Move => "UID MOVE",
            Self::Expunge => "UID EXPUNGE",
            Self::Create => "CREATE",
            Self::Append => "APPEND",
            Self::Idle => "IDLE",
            Self::Noop => "NOOP",
            Self::Logout => "LOGOUT",
        })
    }
}

/// The two ways to say no (RFC 3501 7.1.2, 7.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The command could not be carried out.
    No,
    /// The command was not understood.
    Bad,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::No => "NO",
            Self::Bad => "BAD",
        })
    }
}

/// What is wrong with the server's TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// The configured TLS name is neither a host name nor an IP address.
    #[error("the configured TLS name is no host name; correct it")]
    Name,
    /// Signed by nobody we trust.
    #[error("its certificate is signed by an unknown authority; name the right one in ca-file")]
    UnknownIssuer,
    /// The certificate is for another name.
    #[error("its certificate is for another name; correct host or server-name")]
    WrongName,
    /// The certificate is over.
    #[error("its certificate has expired; renew it")]
    Expired,
    /// The certificate has not begun, or our clock is behind.
    #[error("its certificate is not valid yet; check both clocks")]
    NotYetValid,
    /// The certificate is wrong in another way (revoked, malformed, not for servers).
    #[error("its certificate cannot be used; look at it with openssl s_client")]
    BadCertificate,
    /// No common version or cipher, an alert, or no TLS at all on this port.
    #[error("the handshake failed; check that this is the port for implicit TLS (993) and that TLS 1.2 or 1.3 is enabled")]
    Handshake,
    /// The connection ended within the handshake.
    #[error("the connection ended during the handshake; try again")]
    Broken,
}

/// Why there is no certificate authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrustFault {
    /// The file cannot be read or is not PEM.
    #[error("the file cannot be read as PEM certificates; check path, permissions and content")]
    Unreadable,
    /// There is nothing in it.
    #[error("it holds no usable certificate; install ca-certificates or set ca-file")]
    Empty,
}

/// What makes an answer unusable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolFault {
    /// It cannot be parsed.
    #[error("it is not IMAP")]
    Unparsable,
    /// A tag we never sent, or a `+` nobody asked for.
    #[error("it answers something that was not asked")]
    OutOfStep,
    /// More literal bytes than the messages asked for can have.
    #[error("it holds more bytes than were announced or are allowed")]
    TooLarge,
    /// A line over 1 MiB.
    #[error("one of its lines is over 1 MiB long")]
    LineTooLong,
    /// Parentheses or literals where there are none in anything we ask for.
    #[error("its structure is nothing that was asked for")]
    Structure,
    /// `SELECT` without UIDVALIDITY (RFC 3501 2.3.1.1): there is no way to know messages again.
    #[error("the mailbox has no UIDVALIDITY")]
    NoUidValidity,
    /// The greeting was not `OK`.
    #[error("the greeting is not OK")]
    Greeting,
}

/// A response code as it stands in a sentence.
struct Code(Option<&'static str>);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |code| write!(f, " [{code}]"))
    }
}

/// The response code (RFC 3501 7.1, RFC 5530) in a server's text, if it is a known one.
pub(super) fn known_code(text: &str) -> Option<&'static str> {
    const CODES: [&str; 28] = [
        "ALERT",
        "ALREADYEXISTS",
        "AUTHENTICATIONFAILED",
        "AUTHORIZATIONFAILED",
        "BADCHARSET",
        "CANNOT",
        "CLIENTBUG",
        "CLOSED",
        "CONTACTADMIN",
        "CORRUPTION",
        "EXPIRED",
        "EXPUNGEISSUED",
        "HASCHILDREN",
        "INUSE",
        "LIMIT",
        "NONEXISTENT",
        "NOPERM",
        "NOTSAVED",
        "OVERQUOTA",
        "PARSE",
        "PRIVACYREQUIRED",
        "READ-ONLY",
        "SERVERBUG",
        "THROTTLED",
        "TRYCREATE",
        "UIDNOTSTICKY",
        "UNAVAILABLE",
        "UNKNOWN-CTE",
    ];
    let code = text.split_once('[')?.1.split([']', ' ']).next()?;
    CODES.into_iter().find(|known| known.eq_ignore_ascii_case(code))
}
