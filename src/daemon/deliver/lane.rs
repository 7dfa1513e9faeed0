//! A lane: one connection to the relay, and what is on its way on it.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use crate::{
    daemon::Shared,
    store::delivery::Claimed,
    transport::{Cause, Connection, Handover, LocalCause, NetworkKind, Outcome, Phase, TransportConnection, TransportError},
};

/// How long a lane may be idle before it is closed. Servers close sooner or later by themselves (Postfix after 300 s), and then a letter finds out.
pub const IDLE: Duration = Duration::from_secs(20);

/// Recipients of one letter who travel together, each with its recorded attempt.
#[derive(Debug)]
pub struct Consignment {
    /// The attempts, in the order of the recipients.
    pub claimed: Vec<Claimed>,
    /// What is handed over.
    pub handover: Handover,
}

/// A connection, or the right to open one.
#[derive(Debug)]
pub struct Lane {
    /// Its seat.
    pub seat: usize,
    connection: Option<TransportConnection>,
    sent: u32,
    /// Whose envelope went ahead.
    ahead: Option<i64>,
    last_used: Instant,
}

/// What came of one flight.
pub struct Landed {
    /// The lane, to be used again once the outcomes are on disk.
    pub lane: Lane,
    /// What was handed over.
    pub consignment: Arc<Consignment>,
    /// One outcome for each recipient.
    pub outcomes: Vec<Outcome>,
    /// The connection could not be opened.
    pub not_opened: bool,
    /// The relay closed the session after so many transactions, before it heard of the next one.
    pub closed_after: Option<u32>,
    /// Whether the relay makes return paths, when it has been asked.
    pub makes_return_paths: Option<bool>,
}

impl Lane {
    /// Not connected yet.
    pub fn new(seat: usize) -> Self {
        Self { seat, connection: None, sent: 0, ahead: None, last_used: Instant::now() }
    }

    /// Whether there is a connection.
    pub fn is_open(&self) -> bool {
        self.connection.is_some()
    }

    /// Since when nothing was sent on it.
    pub fn idle_since(&self) -> Instant {
        self.last_used
    }

    /// Says goodbye. The relay may be slow to answer; nothing depends on it.
    pub async fn close(self) {
        if let Some(connection) = self.connection {
            let _ = tokio::time::timeout(Duration::from_secs(5), connection.close()).await;
        }
    }

    /// Hands `this` over; the envelope of `next` may go ahead. A session that ended between two letters is replaced once, because its end says
    /// nothing about this letter.
    pub async fn fly(
        mut self,
        shared: Arc<Shared>,
        this: Arc<Consignment>,
        next: Option<Arc<Consignment>>,
        most_a_connection: u32,
    ) -> Landed {
        let mut closed_after = None;
        loop {
            if self.sent >= most_a_connection
                && let Some(connection) = self.connection.take()
            {
                tokio::spawn(async move { tokio::time::timeout(Duration::from_secs(5), connection.close()).await });
            }
            // The relay waits for a message that has gone another way meanwhile.
            if self.ahead.take().is_some_and(|key| key != this.handover.key) {
                self.connection = None;
            }
            let Some(open) = self.connection.as_mut() else {
                match shared.transport.open().await {
                    Ok(open) => {
                        self.connection = Some(open);
                        self.sent = 0;
                        continue;
                    }
                    Err(error) => return self.not_opened(this, &error, closed_after),
                }
            };
            let next = next.as_deref().filter(|_| self.sent + 1 < most_a_connection);
            self.ahead = next.map(|next| next.handover.key);
            let sent = open.hand_over(&this.handover, next.map(|next| &next.handover)).await;
            let makes_return_paths = open.makes_return_paths();
            let (used, rested) = (self.sent, self.last_used.elapsed());
            self.sent += 1;
            self.last_used = Instant::now();
            let outcomes: Vec<Outcome> = sent.outcomes.into_iter().map(|(_, outcome)| outcome).collect();
            if sent.connection == Connection::Lost {
                self.connection = None;
                self.ahead = None;
                if used > 0 && outcomes.iter().all(ended_before_mail) {
                    // One that has rested was closed for that.
                    closed_after = (rested < Duration::from_secs(2)).then_some(used);
                    continue;
                }
            }
            // What the relay offers is asked anew the next time.
            if outcomes.iter().any(|outcome| matches!(outcome, Outcome::Failed(Cause::Local(LocalCause::NeedsRequireTls))))
                && let Some(connection) = self.connection.take()
            {
                self.ahead = None;
                tokio::spawn(async move { tokio::time::timeout(Duration::from_secs(5), connection.close()).await });
            }
            return Landed { lane: self, consignment: this, outcomes, not_opened: false, closed_after, makes_return_paths };
        }
    }

    fn not_opened(self, consignment: Arc<Consignment>, error: &TransportError, closed_after: Option<u32>) -> Landed {
        let outcome = Outcome::Deferred(Cause::NotOpened(error.clone()));
        let outcomes = consignment.claimed.iter().map(|_| outcome.clone()).collect();
        Landed { lane: self, consignment, outcomes, not_opened: true, closed_after, makes_return_paths: None }
    }
}

/// Whether the session was over before the relay answered MAIL: it closed, or said 421 (RFC 5321 3.8).
fn ended_before_mail(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Deferred(Cause::Network(Phase::Mail, kind)) => *kind != NetworkKind::Timeout,
        Outcome::Deferred(Cause::Reply(Phase::Mail, reply)) => reply.code == 421,
        _ => false,
    }
}
