//! Where mail comes from: "what is there after the cursor?"
//!
//! [`imap`] asks a server (RFC 3501, RFC 9051), [`maildir`] reads a local directory. Both hand over the bytes of each
//! message as they lie there, and neither changes what a person sees in another client unless it is told to: fetching
//! never sets `\Seen`.
//!
//! Promises: nothing is decided and nothing is stored here. A message is reported as gone only after the server has
//! confirmed that it is gone; a [`Batch`](imap::Batch) is returned only after every answer it rests on was a tagged `OK`, so
//! that the absence of mail is never the absence of an answer.
//!
//! Fails: with a value ([`SourceError`], [`maildir::MaildirError`]) that names the step and the remedy, and holds no byte a
//! mail or a server has sent.

mod error;
pub mod imap;
pub mod maildir;

use std::time::Duration;

pub use error::{Answer, Command, ProtocolFault, Recovery, SourceError, TlsFault, TrustFault};

use crate::mail::RawMessage;

/// How much is taken at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Largest message taken whole, in bytes. Of a larger one only the header is fetched.
    pub message_size: u64,
    /// Most messages in one batch (at least 1; over IMAP at most 500, so that a command line stays below the 8,192 octets of RFC 7162 4).
    pub batch_messages: usize,
    /// Bytes after which a batch is closed. One message is always taken, however large.
    pub batch_bytes: u64,
    /// Longest silence of the server within one command; the command as a whole may take ten times as long.
    pub command_timeout: Duration,
    /// Most bytes of header taken of a message over [`message_size`](Self::message_size).
    pub header_size: u64,
    /// A keyword to look for at each message (IMAP).
    pub keyword: Option<String>,
}

/// Whether a message bears the keyword that was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyword {
    /// It does not, or nobody asked.
    Absent,
    /// It does.
    Present,
}

impl Default for Limits {
    /// 25 MiB a message, 100 messages or 50 MiB a batch, 60 seconds, 256 KiB of header.
    fn default() -> Self {
        Self {
            message_size: 25 << 20,
            batch_messages: 100,
            batch_bytes: 50 << 20,
            command_timeout: Duration::from_secs(60),
            header_size: 256 << 10,
            keyword: None,
        }
    }
}

/// What was taken of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchedBody {
    /// All of it.
    Whole(RawMessage),
    /// It is over [`Limits::message_size`]: its header, cut after [`Limits::header_size`] bytes.
    HeadersOnly {
        /// The header with the empty line that ends it, unless the cut came first.
        header: RawMessage,
        /// Size of the whole message in bytes, as the source tells it.
        size: u64,
    },
}

/// What is done to a message in its mailbox once it is safe in our database. Losing this step is harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// Nothing.
    Leave,
    /// A keyword (RFC 3501 2.3.2), such as `$Embargod`, is added. IMAP only.
    Keyword(String),
    /// It is moved to this mailbox. Written in plain Unicode; the encoding is ours.
    Move(String),
}

/// Is there more after this batch?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    /// Yes: ask again at once.
    Yes,
    /// No: wait for news.
    No,
}

/// Cuts `bytes` after the empty line that ends a header, or after `most` bytes if that comes first.
fn header_of(bytes: &[u8], most: u64) -> &[u8] {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut end = 0;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        end += line.len();
        if line == b"\r\n" || line == b"\n" {
            break;
        }
    }
    bytes.get(..end.min(most)).unwrap_or(bytes)
}
