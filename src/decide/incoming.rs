//! What a decision is about: one message that is safely on disk.

use std::fmt;

use jiff::Timestamp;

use crate::mail::{Address, Message, RawMessage, Unreadable};

/// The number of a message in the store. Only the store makes one, after the bytes are on disk: nothing else can be decided about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct InboxId(i64);

impl InboxId {
    /// No mail: a person at the machine, or the clock, brings it about.
    pub const NONE: Self = Self(0);

    /// The number of a stored row. For the store, and for people naming a message on the command line.
    pub fn of_row(row: i64) -> Self {
        Self(row)
    }

    /// The bare number.
    pub fn row(self) -> i64 {
        self.0
    }
}

impl fmt::Display for InboxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// One stored arrival, taken apart.
#[derive(Clone)]
pub struct Incoming {
    /// Its number.
    pub id: InboxId,
    /// The address its mailbox is configured for, if any.
    pub mailbox_for: Option<Address>,
    /// When the server received it.
    pub arrived: Timestamp,
    /// What it is.
    pub body: IncomingBody,
}

/// What could be read of it.
#[derive(Clone)]
pub enum IncomingBody {
    /// A message.
    Readable(Box<Message>),
    /// No message could be found in the bytes.
    Unreadable(RawMessage, Unreadable),
    /// Over the size cap: only its header was fetched.
    Oversized {
        /// The header block, taken apart as a message without a body, if it could be.
        header: Option<Box<Message>>,
        /// Size of the whole in bytes.
        size: u64,
    },
}

impl Incoming {
    /// The message, when there is one to read.
    pub fn message(&self) -> Option<&Message> {
        match &self.body {
            IncomingBody::Readable(message) => Some(message),
            _ => None,
        }
    }
}
