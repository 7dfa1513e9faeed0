//! Mail from an IMAP server: what is there after a UID?
//!
//! The identity of a message is (mailbox, UIDVALIDITY, UID), never `\Seen`: people read and flag the mailbox in other clients, and
//! that changes nothing here. The caller keeps the cursor (`store::inbox`) and drives one session per mailbox:
//! [`connect`](ImapSession::connect), [`open`](ImapSession::open), then [`fetch_after`](ImapSession::fetch_after) until
//! [`More::No`](crate::source::More), [`wait`](ImapSession::wait), and again.
//!
//! Promises: sizes are asked before bodies, bodies with `BODY.PEEK` only, and nothing whose answer nests (`ENVELOPE`, `BODYSTRUCTURE`).
//! Every answer is limited in size and in time, by a watch on the bytes and by the one command loop. `IDLE` is renewed within five minutes
//! (RFC 2177 asks for 29; firewalls and NAT forget sooner), and its end counts as news until a search has said otherwise.
//!
//! Fails: after any error the session says [`SourceError::NotOpen`] to everything; drop it and connect again.

mod connect;
mod date;
mod fetch;
mod guard;
mod idle;
mod mark;
mod names;
mod wire;

#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, time::Duration};

use async_imap::imap_proto::{AttributeValue, Capability, Response, ResponseCode};
use jiff::Timestamp;
use tokio::time::timeout;

pub use connect::{ImapAccount, ImapAuth};
pub use idle::{RENEW_WITHIN, Woke};
pub use mark::Marked;

use self::wire::{News, Wire};
use crate::source::{Answer, Command, FetchedBody, Keyword, More, ProtocolFault, SourceError};

/// May the open mailbox be changed?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It may.
    ReadWrite,
    /// It may only be read.
    ReadOnly,
}

/// A mailbox that has been opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// Its UIDVALIDITY.
    pub uid_validity: u32,
    /// The UID the next message will get, where the server tells (163.com and others never do).
    pub uid_next: Option<u32>,
    /// Whether it may be changed.
    pub access: Access,
}

/// One message as fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// UIDVALIDITY of its mailbox.
    pub uid_validity: u32,
    /// Its UID.
    pub uid: u32,
    /// When the server received it (INTERNALDATE), if it says so in a readable way.
    pub arrived: Option<Timestamp>,
    /// Whether it bears [`Limits::keyword`](crate::source::Limits::keyword).
    pub keyword: Keyword,
    /// Its bytes.
    pub body: FetchedBody,
}

/// What [`ImapSession::fetch_after`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The messages, by ascending UID.
    pub messages: Vec<Fetched>,
    /// UIDs that were listed and then gone, as a second look confirmed: somebody deleted or moved them meanwhile.
    pub vanished: Vec<u32>,
    /// Whether to ask again at once.
    pub more: More,
    /// Every message up to this UID is in this batch, in `vanished`, or was never there. The cursor may move here.
    pub seen_up_to: u32,
}

/// What a server can do (RFC 3501 7.2.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities(BTreeSet<String>);

impl Capabilities {
    /// Whether `name`, in upper case, is among them.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

/// An authenticated connection to an IMAP server.
#[derive(Debug)]
pub struct ImapSession {
    wire: Wire,
    account: String,
    capabilities: Capabilities,
    mailbox: Option<OpenMailbox>,
}

/// What is known of the mailbox that is open.
#[derive(Debug)]
struct OpenMailbox {
    uid_validity: u32,
    /// No message above this UID was known when last looked.
    highest_uid: u32,
    access: Access,
    /// PERMANENTFLAGS (RFC 3501 7.1); without them every flag is kept.
    permanent_flags: Option<Vec<String>>,
    keyword_complaint: Complaint,
    /// What the last search found and no batch has taken.
    rest: Option<fetch::Found>,
}

/// Has the log been told that keywords are not kept here?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Complaint {
    Due,
    Made,
}

impl ImapSession {
    /// Connects over TLS, authenticates and asks for the capabilities. `within` limits the whole of it, and afterwards the server's silence within
    /// one command.
    ///
    /// # Errors
    /// `Connect`, `Tls`, `Trust`, `LoginRefused`, or any failure of the exchange.
    pub async fn connect(account: &ImapAccount, within: Duration) -> Result<Self, SourceError> {
        Self::begin(account, connect::connect(account, within).await?).await
    }

    async fn begin(account: &ImapAccount, mut wire: Wire) -> Result<Self, SourceError> {
        let mut names = BTreeSet::new();
        wire.command(Command::Capability, "CAPABILITY", 0, |response| {
            if let Response::Capabilities(capabilities) = response {
                names.extend(capabilities.iter().map(|capability| match capability {
                    Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
                    Capability::Auth(mechanism) => format!("AUTH={}", mechanism.to_ascii_uppercase()),
                    Capability::Atom(name) => name.to_ascii_uppercase(),
                }));
            }
            Ok(())
        })
        .await?;
        Ok(Self { wire, account: account.name.clone(), capabilities: Capabilities(names), mailbox: None })
    }

    /// What the server can do once we are logged in.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Opens `mailbox`, written in plain Unicode (`SELECT`, RFC 3501 6.3.1). Afterwards look at it with [`fetch_after`](Self::fetch_after).
    ///
    /// # Errors
    /// `MailboxMissing`, `MailboxName`, or any failure of the exchange; `Protocol` if the mailbox has no UIDVALIDITY.
    pub async fn open(&mut self, mailbox: &str) -> Result<Opened, SourceError> {
        let opened = self.select(mailbox).await;
        self.ended_by(opened)
    }

    async fn select(&mut self, mailbox: &str) -> Result<Opened, SourceError> {
        let line = format!("SELECT {}", names::quoted_mailbox(mailbox)?);
        self.mailbox = None;
        self.wire.uid_validity = None;
        let (mut uid_validity, mut uid_next, mut permanent_flags) = (None, None, None);
        let mut access = Access::ReadWrite;
        let selected = self
            .wire
            .command(Command::Select, &line, 0, |response| {
                let (Response::Data { outcome, .. } | Response::Done { outcome, .. }) = response else { return Ok(()) };
                match &outcome.code {
                    Some(ResponseCode::UidValidity(value)) if *value > 0 => uid_validity = Some(*value),
                    Some(ResponseCode::UidNext(value)) if *value > 0 => uid_next = Some(*value),
                    Some(ResponseCode::PermanentFlags(flags)) => {
                        permanent_flags = Some(flags.iter().take(1000).map(|flag| flag.to_string()).collect());
                    }
                    Some(ResponseCode::ReadOnly) => access = Access::ReadOnly,
                    _ => {}
                }
                Ok(())
            })
            .await;
        match selected {
            Err(SourceError::Refused {
                answer: Answer::No, code: None | Some("NONEXISTENT" | "TRYCREATE" | "NOPERM"), ..
            }) => {
                return Err(SourceError::MailboxMissing { mailbox: mailbox.to_owned() });
            }
            other => other?,
        }
        let uid_validity =
            uid_validity.ok_or(SourceError::Protocol { command: Command::Select, fault: ProtocolFault::NoUidValidity })?;
        self.wire.uid_validity = Some(uid_validity);
        let highest_uid = match uid_next {
            Some(next) => next - 1,
            None if self.wire.exists == 0 => 0,
            None => self.highest_uid().await?,
        };
        // Nobody has looked at it yet: waiting now would be waiting for mail that is already there.
        self.wire.news = News::Heard;
        self.mailbox = Some(OpenMailbox {
            uid_validity,
            highest_uid,
            access,
            permanent_flags,
            keyword_complaint: Complaint::Due,
            rest: None,
        });
        Ok(Opened { uid_validity, uid_next, access })
    }

    /// The UID of the last message, for servers that do not send UIDNEXT (163.com and Huawei, seen by Delta Chat since 2021).
    async fn highest_uid(&mut self) -> Result<u32, SourceError> {
        let mut highest = 0;
        self.wire
            .command(Command::Fetch, "FETCH * (UID)", 0, |response| {
                if let Response::Fetch(_, attributes) = response {
                    highest = attributes.iter().filter_map(uid_of).fold(highest, u32::max);
                }
                Ok(())
            })
            .await?;
        Ok(highest)
    }

    /// Says good-bye, for at most five seconds, whatever the server makes of it.
    pub async fn logout(mut self) {
        let _ = timeout(Duration::from_secs(5), self.wire.command(Command::Logout, "LOGOUT", 0, |_| Ok(()))).await;
    }

    /// Any error ends the session.
    fn ended_by<T>(&mut self, result: Result<T, SourceError>) -> Result<T, SourceError> {
        if result.is_err() {
            self.wire.spoil();
            self.mailbox = None;
        }
        result
    }
}

fn uid_of(attribute: &AttributeValue<'_>) -> Option<u32> {
    if let AttributeValue::Uid(uid) = attribute { Some(*uid) } else { None }
}
