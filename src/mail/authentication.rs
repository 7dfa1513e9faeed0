//! Who really sent it: Authentication-Results (RFC 8601) of our own receiving server, and nothing else.

use super::{Address, Message};

/// Whom we believe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticationTrust {
    /// The authserv-id that our receiving server stamps.
    pub authserv_id: String,
    /// The name our receiving server gives itself after `by` in its Received lines.
    pub received_by: String,
}

/// Proof that our receiving server verified a DKIM signature of the From domain itself. Only [`authenticate`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticated {
    address: Address,
}

impl Authenticated {
    /// The From address that was proven.
    pub fn address(&self) -> &Address {
        &self.address
    }
}

/// Why a sender is not proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// No single author.
    #[error("the message has no single From address")]
    NoAuthor,
}

/// Looks for the proof.
pub fn authenticate(message: &Message, trust: &AuthenticationTrust) -> Result<Authenticated, Unproven> {
    let _ = trust;
    let address = message.author().ok_or(Unproven::NoAuthor)?.clone();
    let _ = Authenticated { address };
    Err(Unproven::NoAuthor)
}
