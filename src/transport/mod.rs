//! Hands one message to the relay, or to a directory, and tells the truth about each recipient.
//!
//! What it does: one SMTP transaction per message ([`SmtpConnection`]), or one file per recipient ([`Directory`], for the demo), or
//! nothing at all ([`Recording`], for a rehearsal).
//!
//! What it promises: the bytes arrive as they were given; every recipient gets its own [`Outcome`]; `Unknown` means exactly that the
//! final dot was (perhaps partly) sent and no verdict came back; embargoed mail never leaves in the clear; nothing it prints contains a
//! word of a message. It decides nothing about retries, and stores nothing.
//!
//! How it fails: [`TransportError`] when there is no connection, and then nothing was sent; otherwise as outcomes. After any doubt about the
//! state of a connection the connection is dropped ([`Connection::Lost`]).
//!
//! Cancelling: dropping a `send` future drops its connection with it; what the relay made of the message is then unknown to everyone, which is
//! why the attempt is recorded before `send` is called.

mod content;
mod directory;
mod error;
mod onward;
mod outcome;
mod recording;
mod relay;
mod smtp;

pub use content::{Content, Handover, LineEnds, Onward, ReturnPaths, Wishes};
pub use directory::Directory;
pub use error::{Remedy, TransportError};
pub use onward::{
    Onward as OnwardNow, OnwardWay, PolicyTable, demands as demands_verified_tls, forget_in_force, note_in_force, write_table,
};
pub use outcome::{Cause, Connection, Envelope, LocalCause, NetworkKind, Outcome, Phase, Reply, Sent, TlsFault};
pub use recording::{Handed, Recording};
pub use relay::{Credentials, Relay, RelayTls, Timeouts};
pub use smtp::SmtpConnection;

/// Where letters go.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "there is one of it in a program")]
pub enum Transport {
    /// To the relay.
    Smtp(Relay),
    /// Into files.
    Directory(Directory),
    /// Into memory, for a rehearsal.
    Recording(Recording),
}

impl Transport {
    /// Opens a connection, on which any number of messages can be sent one after the other.
    ///
    /// # Errors
    /// [`TransportError`]: nothing was sent. [`Sent::not_opened`] turns it into outcomes.
    pub async fn open(&self) -> Result<TransportConnection, TransportError> {
        match self {
            Self::Smtp(relay) => Ok(TransportConnection::Smtp(Box::new(SmtpConnection::connect(relay).await?))),
            Self::Directory(directory) => {
                directory.prepare().await?;
                Ok(TransportConnection::Directory(directory.clone()))
            }
            Self::Recording(recording) => Ok(TransportConnection::Recording(recording.clone())),
        }
    }
}

/// An open [`Transport`].
#[derive(Debug)]
pub enum TransportConnection {
    /// To the relay.
    Smtp(Box<SmtpConnection>),
    /// Into files.
    Directory(Directory),
    /// Into memory.
    Recording(Recording),
}

impl TransportConnection {
    /// Hands over one message. `delivery_id` names the file in a directory, so that a repeated delivery replaces its file; it is never
    /// sent to a relay, because row numbers would tell each member how much mail the others get.
    pub async fn send(&mut self, delivery_id: i64, envelope: &Envelope<'_>, message: &[u8]) -> Sent {
        match self {
            Self::Smtp(connection) => connection.send(envelope, message).await,
            Self::Directory(directory) => directory.deliver(delivery_id, envelope, message).await,
            Self::Recording(recording) => recording.keep(delivery_id, envelope, message),
        }
    }

    /// Hands over one message; of the `next` one, which the caller promises to hand over on this connection, the envelope may go ahead.
    pub async fn hand_over(&mut self, this: &Handover, next: Option<&Handover>) -> Sent {
        match self {
            Self::Smtp(connection) => connection.hand_over(this, next).await,
            other => other.send(this.delivery, &this.envelope(), this.content.bytes()).await,
        }
    }

    /// Whether the relay makes the return path of each recipient (`XVERP`); `None`: it is no relay.
    pub fn makes_return_paths(&self) -> Option<bool> {
        match self {
            Self::Smtp(connection) => Some(connection.makes_return_paths()),
            _ => None,
        }
    }

    /// Says goodbye. Nothing depends on the answer.
    pub async fn close(self) {
        if let Self::Smtp(connection) = self {
            connection.quit().await;
        }
    }
}
