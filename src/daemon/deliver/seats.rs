//! Where each lane stands: empty, idle, or on its way with what waits behind.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{
    SLOW, STALLED,
    hand::Hand,
    lane::{Consignment, Lane},
};

/// A place for one connection.
#[derive(Debug)]
pub enum Seat {
    /// No connection.
    Empty,
    /// A connection with nothing to do.
    Idle(Lane),
    /// Something is being delivered.
    Busy(Busy),
}

/// What is being delivered.
#[derive(Debug)]
pub struct Busy {
    this: Arc<Consignment>,
    next: Option<Arc<Consignment>>,
    since: Instant,
    stage: Stage,
}

/// Whether the connection stood when the lane took off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    Before,
    Now,
}

/// How far it has come.
#[derive(Debug)]
pub enum Stage {
    /// May be sent.
    Ready(Lane),
    /// On the wire: on a connection that stood already, or on one to be made.
    Flying(Made),
    /// Answered; the answer is not on disk.
    Landed(Lane),
}

impl Seat {
    /// No connection, and none being opened.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// A connection with nothing to do.
    pub fn is_idle(&self) -> bool {
        matches!(self, Self::Idle(_))
    }

    /// A connection that has worked and may work again.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Empty => false,
            Self::Idle(lane) => lane.is_open(),
            Self::Busy(busy) => match &busy.stage {
                Stage::Ready(lane) | Stage::Landed(lane) => lane.is_open(),
                Stage::Flying(made) => *made == Made::Before && busy.since.elapsed() < STALLED,
            },
        }
    }

    /// Without an answer for so long that another lane may take its place.
    pub fn is_stalled(&self) -> bool {
        self.flying_for().is_some_and(|time| time >= STALLED)
    }

    /// How long it has been on the wire, or its outcome on the way to the disk: what cannot be recorded keeps nothing else waiting.
    fn flying_for(&self) -> Option<Duration> {
        match self {
            Self::Busy(busy) if matches!(busy.stage, Stage::Flying(_) | Stage::Landed(_)) => Some(busy.since.elapsed()),
            _ => None,
        }
    }

    /// What is on it or waits behind, and whether that has waited long.
    pub fn consignments(&self) -> impl Iterator<Item = (&Consignment, bool)> {
        let slow = self.flying_for().is_some_and(|time| time >= SLOW);
        let (this, next) = match self {
            Self::Busy(busy) => (Some((&*busy.this, slow)), busy.next.as_deref().map(|next| (next, false))),
            _ => (None, None),
        };
        this.into_iter().chain(next)
    }

    /// Whether something may wait behind what is on it.
    pub fn can_take_next(&self) -> bool {
        matches!(self, Self::Busy(busy) if busy.next.is_none()) && self.flying_for().is_none_or(|time| time < SLOW)
    }

    /// How much it can take up once what has landed is on disk, when a lane holds `depth` transactions.
    pub fn room(&self, depth: usize) -> usize {
        match self {
            Self::Idle(_) => depth,
            Self::Busy(Busy { next, stage: Stage::Landed(_), .. }) => depth.saturating_sub(usize::from(next.is_some())),
            _ => usize::from(depth > 1 && self.can_take_next()),
        }
    }

    /// An idle lane gets something to do.
    pub fn take_up(&mut self, consignment: Option<Arc<Consignment>>) {
        let Some(consignment) = consignment else { return };
        if let Self::Idle(lane) = std::mem::replace(self, Self::Empty) {
            self.open(lane, consignment);
        }
    }

    /// A new lane with something to do.
    pub fn open(&mut self, lane: Lane, this: Arc<Consignment>) {
        *self = Self::Busy(Busy { this, next: None, since: Instant::now(), stage: Stage::Ready(lane) });
    }

    /// Something waits behind what is on it.
    pub fn queue(&mut self, consignment: Arc<Consignment>) {
        if let Self::Busy(busy) = self {
            busy.next = Some(consignment);
        }
    }

    /// What is ready takes off.
    pub fn start(&mut self) -> Option<(Lane, Arc<Consignment>, Option<Arc<Consignment>>)> {
        let Self::Busy(busy) = self else { return None };
        match std::mem::replace(&mut busy.stage, Stage::Flying(Made::Now)) {
            Stage::Ready(lane) => {
                busy.stage = Stage::Flying(if lane.is_open() { Made::Before } else { Made::Now });
                busy.since = Instant::now();
                Some((lane, Arc::clone(&busy.this), busy.next.clone()))
            }
            other => {
                busy.stage = other;
                None
            }
        }
    }

    /// The relay has answered.
    pub fn landed(&mut self, lane: Lane) {
        if let Self::Busy(busy) = self {
            busy.stage = Stage::Landed(lane);
        }
    }

    /// What was taken out of `hand` is on disk: a lane of which nothing is left there goes on with what waits, or rests.
    pub fn recorded(&mut self, hand: &Hand) {
        let Self::Busy(Busy { this, stage: Stage::Landed(_), .. }) = self else { return };
        if this.claimed.iter().any(|claimed| hand.has(claimed.due.delivery)) {
            return;
        }
        if let Self::Busy(Busy { next, stage: Stage::Landed(lane), .. }) = std::mem::replace(self, Self::Empty) {
            match next {
                Some(next) => self.open(lane, next),
                None if lane.is_open() => *self = Self::Idle(lane),
                None => {}
            }
        }
    }

    /// Its lane is gone; what waited behind.
    pub fn vacate(&mut self) -> Option<Arc<Consignment>> {
        match std::mem::replace(self, Self::Empty) {
            Self::Busy(busy) => busy.next,
            _ => None,
        }
    }

    /// What waits behind what is on it.
    pub fn take_next(&mut self) -> Option<Arc<Consignment>> {
        match self {
            Self::Busy(busy) => busy.next.take(),
            _ => None,
        }
    }

    /// The same, when what is on it takes long.
    pub fn take_next_of_slow(&mut self) -> Option<Arc<Consignment>> {
        if self.flying_for().is_some_and(|time| time >= SLOW) { self.take_next() } else { None }
    }

    /// The lane, when it has been idle for so long.
    pub fn take_idle_for(&mut self, time: Duration) -> Option<Lane> {
        if !matches!(self, Self::Idle(lane) if lane.idle_since().elapsed() >= time) {
            return None;
        }
        match std::mem::replace(self, Self::Empty) {
            Self::Idle(lane) => Some(lane),
            _ => None,
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
