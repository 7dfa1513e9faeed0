//! Delivers: every attempt on disk before the network is touched, every outcome on disk before the connection carries the next message.
//!
//! One task works several connections (`lane`). Outcomes that come in together share a commit, and with it the claims of what goes next
//! (`record`); which that is, `backlog` says. A connection has at most one message on the wire whose outcome is not on disk, so that a crash
//! costs at most one duplicate a connection, with the same Message-ID; what was claimed behind it has sent its envelope at most.
//!
//! A lane that gets no answer for [`SLOW`] loses what waits behind it to the others; one that gets none for [`STALLED`] no longer counts, and another
//! connection may take its place; the domain it is stuck at gets no second one. A relay that wants fewer connections, fewer messages a connection or
//! fewer recipients a message gets what it wants.
//!
//! Fails with [`StoreError`] when the database cannot be used and nothing is in hand. An outcome in hand is never given up: it is written again until
//! it is on disk, alone when what it was written with may be at fault (`hand`).

mod backlog;
mod hand;
mod lane;
mod limits;
mod record;
mod relay;
mod seats;

use std::{collections::VecDeque, future::Future, io, pin::Pin, sync::Arc, time::Duration};

use futures_util::{FutureExt as _, StreamExt as _, stream::FuturesUnordered};
use tokio::{sync::oneshot, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{
    daemon::{Shared, failpoint},
    store::{
        StoreError,
        apply::PRIORITIES,
        delivery::{Due, Place},
    },
};
use backlog::Backlog;
use hand::Hand;
use lane::{Consignment, IDLE, Landed, Lane};
use limits::{Contents, Limits, UnderWay};
use record::{Recorded, Wanted};
use seats::Seat;

/// Nobody waits longer before looking again: a wake-up may be lost.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What is due and cannot go now (its lane is taken) must not make us spin.
const SHORTEST_PAUSE: Duration = Duration::from_millis(20);

/// After this long without an answer a lane keeps nobody waiting behind it.
pub const SLOW: Duration = Duration::from_millis(500);

/// After this long without an answer a lane is somebody else's problem: another may be opened in its place.
pub const STALLED: Duration = Duration::from_secs(2);

/// While something is on the wire, this often somebody looks for lanes that have become slow.
const WATCH: Duration = Duration::from_millis(250);

/// Outcomes wait so long for others to share their commit, while others are on the wire.
const GATHER: Duration = Duration::from_millis(2);

/// Answers of a relay that is quick come within so short a time. To take them up together costs one wake-up instead of one each, which is most of what
/// a delivery costs the processor; a timer of the runtime would be woken by each.
const TOGETHER: Duration = Duration::from_micros(400);

/// Rows read ahead; below the half of it more are read.
const READ_AHEAD: usize = 512;

/// After this time it is tried again to record what could not be recorded.
const RECORDING_PAUSE: Duration = Duration::from_secs(2);

/// Delivers what is due until nothing is; returns how many attempts were made.
pub async fn drain(shared: &Arc<Shared>) -> Result<usize, StoreError> {
    Engine::new(shared, Until::NothingIsDue).work(&CancellationToken::new()).await
}

/// Delivers whatever falls due until told to stop, on a thread of its own; what is on the wire then gets its answer. What is returned ends with the
/// thread, which does not keep the process from ending.
///
/// # Errors
/// What the system says when there can be no thread.
pub fn start(shared: Arc<Shared>, stop: CancellationToken) -> io::Result<oneshot::Receiver<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (ending, ended) = oneshot::channel();
    std::thread::Builder::new().name("deliverer".into()).spawn(move || {
        runtime.block_on(run(shared, stop));
        drop(ending);
    })?;
    Ok(ended)
}

async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = Engine::new(&shared, Until::Stopped).work(&stop).await {
            tracing::error!("the database cannot be used, waiting: {error}");
            tokio::select! {
                () = tokio::time::sleep(LONGEST_PAUSE) => {}
                () = stop.cancelled() => {}
            }
        }
    }
}

async fn recorded(recording: &mut Option<Recording>) -> (Wanted, Result<Recorded, StoreError>) {
    match recording {
        Some(recording) => recording.await,
        None => std::future::pending().await,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    NothingIsDue,
    Stopped,
}

type Flight = Pin<Box<dyn Future<Output = Landed> + Send>>;
type Recording = Pin<Box<dyn Future<Output = (Wanted, Result<Recorded, StoreError>)> + Send>>;

struct Engine {
    shared: Arc<Shared>,
    until: Until,
    seats: Vec<Seat>,
    flights: FuturesUnordered<Flight>,
    recording: Option<Recording>,
    /// Outcomes that are not on disk.
    hand: Hand,
    /// Claimed, and on no seat yet.
    waiting: VecDeque<Arc<Consignment>>,
    backlog: Backlog,
    places: [Place; PRIORITIES.len()],
    /// Something may be due that has not been read.
    look: [bool; PRIORITIES.len()],
    contents: Contents,
    limits: Limits,
    relay: relay::Standing,
    /// When to look again for what is due.
    look_at: Instant,
    watched: Instant,
    /// When the oldest outcome came that is not being recorded.
    landed_at: Option<Instant>,
    stopping: bool,
    /// The database could not be used: nothing is written before this.
    resting: Option<Instant>,
    attempts: usize,
}

impl Engine {
    fn new(shared: &Arc<Shared>, until: Until) -> Self {
        let limits = Limits::new(&shared.delivery, &shared.transport, &shared.onward);
        Self {
            shared: Arc::clone(shared),
            until,
            seats: (0..limits.seats()).map(|_| Seat::Empty).collect(),
            flights: FuturesUnordered::new(),
            recording: None,
            hand: Hand::default(),
            waiting: VecDeque::new(),
            backlog: Backlog::default(),
            places: [Place::START; PRIORITIES.len()],
            look: [true; PRIORITIES.len()],
            contents: Contents::default(),
            limits,
            relay: relay::Standing::default(),
            look_at: Instant::now() + LONGEST_PAUSE,
            watched: Instant::now(),
            landed_at: None,
            stopping: false,
            resting: None,
            attempts: 0,
        }
    }

    async fn work(mut self, stop: &CancellationToken) -> Result<usize, StoreError> {
        let shared = Arc::clone(&self.shared);
        loop {
            self.stopping = stop.is_cancelled();
            if self.stopping {
                self.give_back();
            }
            if self.watched.elapsed() >= WATCH {
                self.look_around();
            }
            if self.look_at <= Instant::now() {
                self.look = [true; PRIORITIES.len()];
                self.look_at = Instant::now() + LONGEST_PAUSE;
            }
            if self.recording.is_none() {
                self.begin_recording();
            }
            let done = self.stopping || self.until == Until::NothingIsDue;
            if done && self.recording.is_none() && self.flights.is_empty() && self.hand.is_empty() && self.resting.is_none() {
                self.close_all().await;
                return Ok(self.attempts);
            }
            let pause = self.look_at.saturating_duration_since(Instant::now()).max(SHORTEST_PAUSE);
            let pause = if self.flights.is_empty() { pause } else { pause.min(WATCH) };
            let pause = match self.landed_at {
                Some(at) if self.recording.is_none() => GATHER.saturating_sub(at.elapsed()),
                _ => pause,
            };
            let pause = match (self.resting, self.hand.again_at()) {
                (Some(until), _) => until.saturating_duration_since(Instant::now()),
                (None, Some(again)) => pause.min(again.saturating_duration_since(Instant::now())),
                (None, None) => pause,
            };
            tokio::select! {
                biased;
                (wanted, recorded) = recorded(&mut self.recording), if self.recording.is_some() => {
                    self.recording = None;
                    self.recorded(wanted, recorded)?;
                }
                Some(landed) = self.flights.next(), if !self.flights.is_empty() => {
                    self.land(landed);
                    if self.until == Until::Stopped && self.recording.is_none() && !self.flights.is_empty() {
                        std::thread::sleep(TOGETHER);
                        // The runtime hears of what has arrived.
                        tokio::task::yield_now().await;
                    }
                    // What has arrived together shares a commit.
                    while let Some(Some(landed)) = self.flights.next().now_or_never() {
                        self.land(landed);
                    }
                }
                () = shared.queued.notified() => self.look = [true; PRIORITIES.len()],
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled(), if !self.stopping => {}
            }
        }
    }

    /// Some time has passed: lanes may have become slow, or been idle for long.
    fn look_around(&mut self) {
        self.watched = Instant::now();
        for seat in &mut self.seats {
            if let Some(next) = seat.take_next_of_slow() {
                self.waiting.push_front(next);
            }
            if let Some(lane) = seat.take_idle_for(IDLE) {
                tokio::spawn(lane.close());
            }
        }
        self.place();
        // Nobody answers: what waits is claimed anew when somebody does, because a member may be frozen by then.
        if !self.waiting.is_empty() && self.seats.iter().all(|seat| seat.is_empty() || seat.is_stalled()) {
            self.put_back(Vec::new());
        }
    }

    /// What was claimed and not begun is put back: somebody stops us.
    fn give_back(&mut self) {
        let unbegun = self.seats.iter_mut().filter_map(Seat::take_next).collect::<Vec<_>>();
        self.put_back(unbegun);
    }

    fn put_back(&mut self, unbegun: Vec<Arc<Consignment>>) {
        let now = self.shared.clock.now();
        for consignment in self.waiting.drain(..).chain(unbegun) {
            self.attempts = self.attempts.saturating_sub(consignment.claimed.len());
            self.hand.extend(consignment.claimed.iter().map(|claimed| record::not_begun(claimed, now)));
        }
    }

    /// A relay has answered, or will not.
    fn land(&mut self, landed: Landed) {
        failpoint::reach("sent");
        let others = self.seats.iter().enumerate().filter(|(number, seat)| *number != landed.lane.seat && seat.is_open()).count();
        self.limits.learn(&landed, others);
        let Landed { lane, consignment, outcomes, not_opened, .. } = landed;
        let Some(seat) = self.seats.get_mut(lane.seat) else { return };
        if not_opened && !self.limits.relay_is_away() {
            // The others still have their connections: it is ours that was one too many.
            let next = seat.vacate();
            self.waiting.extend(next);
            self.waiting.push_front(consignment);
            self.place();
            return;
        }
        seat.landed(lane);
        self.relay.heard(&outcomes);
        self.landed_at.get_or_insert_with(Instant::now);
        let now = self.shared.clock.now();
        let crowded = record::too_many_recipients(&outcomes).is_some();
        for (claimed, outcome) in consignment.claimed.iter().zip(&outcomes) {
            let mut settled = record::judge(&self.shared.delivery, claimed, outcome, now);
            if crowded && record::is_too_many(outcome) {
                settled.again = Some(now);
            }
            self.hand.extend([settled]);
        }
    }

    /// Puts together what the next transaction does, if there is anything to do.
    fn begin_recording(&mut self) {
        if self.resting.is_some_and(|until| Instant::now() < until) {
            return;
        }
        self.resting = None;
        // Nothing is written with an outcome that failed, so that whatever is wrong with it keeps nothing else from the disk.
        if let Some(one) = self.hand.next_alone() {
            return self.start_recording(Wanted { settled: Arc::new(vec![one]), ..Wanted::default() });
        }
        if !self.flights.is_empty() && self.landed_at.is_some_and(|at| at.elapsed() < GATHER) {
            return;
        }
        let claims = if self.stopping { Vec::new() } else { self.choose() };
        let mut look = [None; PRIORITIES.len()];
        if !self.stopping {
            for (ring, ((look, wanted), place)) in look.iter_mut().zip(&mut self.look).zip(&mut self.places).enumerate() {
                let waiting = self.backlog.waiting(ring);
                if *wanted && waiting < READ_AHEAD / 2 {
                    *wanted = false;
                    // A clock that was put back leaves rows behind the place.
                    if waiting == 0 && claims.is_empty() {
                        *place = Place::START;
                    }
                    *look = Some((*place, READ_AHEAD));
                }
            }
        }
        if claims.is_empty() && self.hand.together() == 0 && look.iter().all(Option::is_none) {
            return;
        }
        self.landed_at = None;
        let (contents, settled) = (self.contents.missing(&claims), Arc::new(self.hand.take_together()));
        self.start_recording(Wanted { contents, settled, claims: Arc::new(claims), look });
    }

    fn start_recording(&mut self, wanted: Wanted) {
        let shared = Arc::clone(&self.shared);
        self.recording = Some(Box::pin(async move {
            let recorded = record::record(&shared, wanted.clone()).await;
            (wanted, recorded)
        }));
    }

    /// What to claim: as much as the lanes can take.
    fn choose(&mut self) -> Vec<Vec<Due>> {
        let wanted = self.limits.wanted(&self.seats).saturating_sub(self.waiting.len());
        let mut claims: Vec<Vec<Due>> = Vec::new();
        let letters = self.backlog.letters();
        let under_way = if wanted > 0 { UnderWay::on(&self.seats) } else { Vec::new() };
        for _ in 0..wanted {
            let may_go = |due: &Due| self.limits.may_go(due, letters, &under_way, &claims);
            let rows = self.backlog.take(self.limits.recipients(), &may_go);
            if rows.is_empty() {
                break;
            }
            claims.push(rows);
        }
        claims
    }

    fn recorded(&mut self, wanted: Wanted, recorded: Result<Recorded, StoreError>) -> Result<(), StoreError> {
        let recorded = match recorded {
            Ok(recorded) => recorded,
            Err(error) => return self.not_recorded(wanted, error),
        };
        for ((place, look), found) in self.places.iter_mut().zip(&mut self.look).zip(&recorded.found) {
            if let Some((reached, rows)) = found {
                *place = *reached;
                *look |= rows.len() >= READ_AHEAD;
            }
        }
        for (ring, found) in recorded.found.into_iter().enumerate() {
            self.backlog.add(ring, found.map(|(_, rows)| rows).unwrap_or_default());
        }
        if recorded.again {
            self.look = [true; PRIORITIES.len()];
        }
        let soon = wanted.settled.iter().filter_map(|settled| settled.again).chain(recorded.next_due).min();
        if let Some(soon) = soon {
            let until = Duration::try_from(soon.duration_since(self.shared.clock.now())).unwrap_or_default();
            self.look_at = self.look_at.min(Instant::now() + until.max(SHORTEST_PAUSE));
        }
        self.contents.keep(recorded.contents);
        for claimed in recorded.claimed {
            self.attempts += claimed.len();
            self.waiting.extend(self.contents.pack(claimed, &self.limits).map(Arc::new));
        }
        self.contents.forget_old();
        for seat in &mut self.seats {
            seat.recorded(&self.hand);
        }
        self.place();
        Ok(())
    }

    /// An outcome in hand is worth more than the next attempt: it is kept and written again until it is on disk, because a 250 that is forgotten is a
    /// copy sent twice. With nothing in hand somebody else may look after the database.
    fn not_recorded(&mut self, wanted: Wanted, error: StoreError) -> Result<(), StoreError> {
        self.hand.put_back(&wanted.settled, &error);
        let in_hand = !self.hand.is_empty() || !self.flights.is_empty() || !self.waiting.is_empty();
        if !in_hand || matches!(error, StoreError::Closed) {
            return Err(error);
        }
        tracing::error!(outcomes = wanted.settled.len(), "outcomes could not be recorded and are kept: {error}");
        // What was to be claimed was not, and is found again.
        self.backlog = Backlog::default();
        self.places = [Place::START; PRIORITIES.len()];
        self.look = [true; PRIORITIES.len()];
        if error.is_the_databases() || wanted.settled.is_empty() {
            self.resting = Some(Instant::now() + RECORDING_PAUSE);
        }
        Ok(())
    }

    /// Gives what waits to lanes: to those that are idle, to new ones as far as allowed, behind what is on the wire; and lets them fly.
    fn place(&mut self) {
        if self.stopping {
            return;
        }
        for number in 0..self.seats.len() {
            if !self.waiting.is_empty()
                && let Some(seat) = self.seats.get_mut(number)
                && seat.is_idle()
            {
                seat.take_up(self.waiting.pop_front());
            }
        }
        for number in 0..self.seats.len() {
            if !self.waiting.is_empty()
                && self.seats.get(number).is_some_and(Seat::is_empty)
                && self.limits.may_open(&self.seats)
                && let Some(seat) = self.seats.get_mut(number)
                && let Some(consignment) = self.waiting.pop_front()
            {
                seat.open(Lane::new(number), consignment);
            }
        }
        for seat in &mut self.seats {
            if self.limits.envelopes_go_ahead() && seat.can_take_next() {
                let Some(consignment) = self.waiting.pop_front() else { break };
                seat.queue(consignment);
            }
        }
        for seat in &mut self.seats {
            if let Some((lane, this, next)) = seat.start() {
                let shared = Arc::clone(&self.shared);
                self.flights.push(Box::pin(lane.fly(shared, this, next, self.limits.messages_a_connection())));
            }
        }
    }

    async fn close_all(&mut self) {
        for seat in &mut self.seats {
            if let Some(lane) = seat.take_idle_for(Duration::ZERO) {
                lane.close().await;
            }
        }
    }
}

#[cfg(test)]
mod tests;
