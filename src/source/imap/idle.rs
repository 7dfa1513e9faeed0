//! Waiting for news: `IDLE` (RFC 2177), or asking every half minute where there is none.
//!
//! async-imap's IDLE handle takes the end of the connection for an interruption and restarts its timeout at every keepalive
//! (<https://github.com/chatmail/async-imap/pull/96>), so the exchange is made here, over the one command loop.
//!
//! Promises: returns by the deadline, whatever the server sends meanwhile. The round ends with a tagged `OK`, which proves that the
//! connection was alive.
//!
//! Fails: like every command. A server that offers `IDLE` and refuses it is asked every half minute instead.

use std::time::Duration;

use async_imap::imap_proto::RequestId;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::{
    ImapSession,
    wire::{News, Progress},
};
use crate::source::{Command, ProtocolFault, SourceError};

/// The longest round of waiting. RFC 2177 3 asks for less than 29 minutes; NAT tables forget sooner.
pub const RENEW_WITHIN: Duration = Duration::from_secs(300);
/// How often a server without IDLE is asked.
const ASK_EVERY: Duration = Duration::from_secs(30);
/// How long an orderly stop waits for the server.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// Why [`ImapSession::wait`] returned. Search after each of the first two, whatever it says: news may be lost, mail may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woke {
    /// The server spoke of more messages.
    News,
    /// The time was up.
    Renew,
    /// We are to stop.
    Cancelled,
}

/// Did the server begin to idle?
enum Began {
    Idling,
    Refused,
}

impl ImapSession {
    /// Waits until there is news in the open mailbox, `renew` (at most [`RENEW_WITHIN`]) has passed, or `cancel` is called. Returns at once if the server
    /// has spoken of new messages since the last search. Takes the session, so that a wait that is dropped takes the connection with it.
    ///
    /// # Errors
    /// `NotOpen`, `Lost`, `Timeout`, or any other failure of the exchange: the session is gone.
    pub async fn wait(mut self, renew: Duration, cancel: &CancellationToken) -> Result<(Self, Woke), SourceError> {
        if self.mailbox.is_none() {
            return Err(SourceError::NotOpen);
        }
        let until = Instant::now() + renew.min(RENEW_WITHIN);
        if cancel.is_cancelled() {
            return Ok((self, Woke::Cancelled));
        }
        if self.wire.news == News::Heard {
            tracing::debug!(account = self.account, "the server has spoken of news");
            return Ok((self, Woke::News));
        }
        if self.capabilities.has("IDLE") {
            let tag = self.wire.send(Command::Idle, "IDLE").await?;
            if let Began::Idling = self.began(&tag).await? {
                let woke = self.idle(&tag, until, cancel).await?;
                match woke {
                    Woke::Cancelled => timeout(STOP_WITHIN, self.done(&tag))
                        .await
                        .map_err(|_| SourceError::Timeout { command: Command::Idle })??,
                    Woke::News | Woke::Renew => self.done(&tag).await?,
                }
                return Ok((self, woke));
            }
            self.capabilities.0.remove("IDLE");
        }
        let woke = self.ask(until, cancel).await?;
        Ok((self, woke))
    }

    /// Reads up to the `+` that begins the idling.
    async fn began(&mut self, tag: &RequestId) -> Result<Began, SourceError> {
        let command = Command::Idle;
        let deadline = self.wire.deadline();
        loop {
            let heard = self.wire.read(command, deadline, |wire, response| wire.take_in(command, tag, response)).await?;
            match heard {
                Ok(Progress::Continue) => return Ok(Began::Idling),
                Ok(Progress::Untagged) => {}
                Ok(Progress::Done) => return Err(SourceError::Protocol { command, fault: ProtocolFault::OutOfStep }),
                Err(SourceError::Refused { .. }) => return Ok(Began::Refused),
                Err(error) => return Err(error),
            }
        }
    }

    async fn idle(&mut self, tag: &RequestId, until: Instant, cancel: &CancellationToken) -> Result<Woke, SourceError> {
        let command = Command::Idle;
        while self.wire.news == News::None {
            let heard = tokio::select! {
                biased;
                () = cancel.cancelled() => return Ok(Woke::Cancelled),
                // Before the read: a server that never stops talking must not keep us beyond the time.
                () = sleep_until(until) => return Ok(Woke::Renew),
                heard = self.wire.read_until(command, until, |wire, response| wire.take_in(command, tag, response)) => heard,
            };
            match heard {
                Ok(Ok(Progress::Untagged)) => {}
                Ok(Ok(Progress::Continue | Progress::Done)) => {
                    return Err(SourceError::Protocol { command, fault: ProtocolFault::OutOfStep });
                }
                Err(SourceError::Timeout { .. }) => return Ok(Woke::Renew),
                Ok(Err(error)) | Err(error) => return Err(error),
            }
        }
        tracing::debug!(account = self.account, "the server speaks of news");
        Ok(Woke::News)
    }

    /// Ends the idling and waits for the tagged `OK`.
    async fn done(&mut self, tag: &RequestId) -> Result<(), SourceError> {
        self.wire.send_untagged(Command::Idle, "DONE").await?;
        self.wire.finish(Command::Idle, tag).await
    }

    /// `NOOP` is how a server without IDLE is made to talk (RFC 3501 6.1.2).
    async fn ask(&mut self, until: Instant, cancel: &CancellationToken) -> Result<Woke, SourceError> {
        loop {
            let next = until.min(Instant::now() + ASK_EVERY);
            tokio::select! {
                biased;
                () = cancel.cancelled() => return Ok(Woke::Cancelled),
                () = sleep_until(next) => {}
            }
            self.wire.command(Command::Noop, "NOOP", 0, |_| Ok(())).await?;
            if self.wire.news == News::Heard {
                return Ok(Woke::News);
            }
            if Instant::now() >= until {
                return Ok(Woke::Renew);
            }
        }
    }
}
