//! The transport of a rehearsal: every message is accepted, kept in memory, and goes nowhere.
//!
//! Promise: nothing leaves the process and nothing is written to a disk. It refuses what the SMTP transport refuses for the message's own sake, so
//! that a rehearsal tells no lie.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use super::{Cause, Connection, Envelope, LocalCause, Outcome, Reply, Sent, smtp};
use crate::mail::Address;

/// One message that would have been handed over.
#[derive(Clone)]
pub struct Handed {
    /// The delivery's number.
    pub delivery: i64,
    /// To whom.
    pub to: Vec<Address>,
    /// The message.
    pub message: Vec<u8>,
}

impl fmt::Debug for Handed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handed(delivery {}, {} bytes)", self.delivery, self.message.len())
    }
}

/// A relay that keeps everything to itself. Its copies share what they keep.
#[derive(Debug, Clone, Default)]
pub struct Recording(Arc<Mutex<Vec<Handed>>>);

impl Recording {
    /// What was handed over since the last call, in that order.
    pub fn take(&self) -> Vec<Handed> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn keep(&self, delivery: i64, envelope: &Envelope<'_>, message: &[u8]) -> Sent {
        if smtp::has_bare_line_ending(message) {
            return Sent::alike(envelope, &Outcome::Failed(Cause::Local(LocalCause::BareLineEnding)), Connection::Good);
        }
        let handed = Handed { delivery, to: envelope.recipients.to_vec(), message: message.to_vec() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(handed);
        let reply = Reply { code: 250, enhanced: Some((2, 0, 0)), text: "kept for the rehearsal".to_owned() };
        Sent::alike(envelope, &Outcome::Accepted(reply), Connection::Good)
    }
}
