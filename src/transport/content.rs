//! A message made ready once, to be handed over any number of times.
//!
//! Promise: what goes over the wire is the message byte for byte; looking for bare line ends, octets over 127 and leading dots is done once a letter
//! and not once a recipient.

use std::{fmt, sync::Arc};

use super::smtp;
use crate::mail::Address;

use super::Envelope;

/// The bytes of a letter, and what a transport must know of them. Its copies share the bytes.
#[derive(Clone)]
pub struct Content(Arc<Inner>);

struct Inner {
    bytes: Vec<u8>,
    /// The lines of a DATA block, where they differ from `bytes`.
    block: Option<Vec<u8>>,
    ascii: bool,
    line_ends: LineEnds,
}

/// Whether every line ends in CR LF (RFC 5321 2.3.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEnds {
    /// Every CR and every LF is half of a CR LF.
    Sound,
    /// At least one stands alone.
    Bare,
}

impl Content {
    /// Looks at the bytes once.
    pub fn new(bytes: Vec<u8>) -> Self {
        let block = smtp::dot_stuffed(&bytes);
        let line_ends = if smtp::has_bare_line_ending(&bytes) { LineEnds::Bare } else { LineEnds::Sound };
        Self(Arc::new(Inner { ascii: bytes.is_ascii(), line_ends, block, bytes }))
    }

    /// The message.
    pub fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// Its lines as DATA wants them, without the final dot: the last line ended, leading dots doubled (RFC 5321 4.5.2).
    pub(super) fn block(&self) -> &[u8] {
        self.0.block.as_ref().unwrap_or(&self.0.bytes)
    }

    /// Whether there is no octet over 127.
    pub(super) fn is_ascii(&self) -> bool {
        self.0.ascii
    }

    /// Whether a line end stands alone.
    pub fn line_ends(&self) -> LineEnds {
        self.0.line_ends
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} bytes)", self.0.bytes.len())
    }
}

/// One message for the recipients of one transaction.
#[derive(Debug, Clone)]
pub struct Handover {
    /// A number of the caller's, different for each: by it a transaction that was begun ahead is known again.
    pub key: i64,
    /// The delivery's number, which names the file in a directory. A relay never hears of it.
    pub delivery: i64,
    /// Where bounces go; `None` is `<>`.
    pub reverse_path: Option<Address>,
    /// What a report about it shall repeat (`ENVID`, RFC 3461 4.4); without it, the reverse-path.
    pub envelope_id: Option<String>,
    /// Who gets it.
    pub recipients: Vec<Address>,
    /// What they get.
    pub content: Content,
    /// What else is asked of the relay.
    pub wishes: Wishes,
}

impl Handover {
    /// The envelope.
    pub fn envelope(&self) -> Envelope<'_> {
        Envelope {
            reverse_path: self.reverse_path.as_ref(),
            envelope_id: self.envelope_id.as_deref(),
            recipients: &self.recipients,
        }
    }
}

/// What a transaction asks of the relay beside the delivery.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Who makes the return path of each recipient.
    pub return_paths: ReturnPaths,
    /// What is asked of the way behind the relay.
    pub onward: Onward,
}

/// Who makes the return path of each recipient.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReturnPaths {
    /// We: the reverse-path is used as it is.
    #[default]
    AsGiven,
    /// The relay: `name@host` becomes `name+user=domain@host` (Postfix `XVERP`, VERP_README).
    ByRelay,
}

/// What is asked of the way behind the relay.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Onward {
    /// Nothing: as the relay is set up.
    #[default]
    AsTheRelayDoes,
    /// TLS with a verified certificate on every hop, or no delivery (RFC 8689, `REQUIRETLS`).
    VerifiedTls,
}
