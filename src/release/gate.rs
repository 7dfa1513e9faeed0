//! Has the instant come? The wall clock, the monotonic clock and the servers' dates must agree.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Readings of the wall clock and of the monotonic clock, taken together at a moment when nothing was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// The wall clock.
    pub wall: Timestamp,
    /// The monotonic clock, since any fixed beginning of this process.
    pub monotonic: Duration,
}

/// Whose clock a date comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Another machine's, as far as we know: an IMAP server.
    Remote,
    /// Perhaps our own: the file system of a Maildir. It can show that something is wrong and never that all is right.
    Local,
}

/// A date that a server gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerDate {
    /// Which server; for people.
    pub name: String,
    /// Whose clock it read.
    pub origin: Origin,
    /// What it said.
    pub says: Timestamp,
    /// How long ago it said so, by the monotonic clock.
    pub age: Duration,
}

/// All clocks, read together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clocks {
    /// The wall clock.
    pub wall: Timestamp,
    /// The monotonic clock, since the same beginning as the checkpoint's.
    pub monotonic: Duration,
    /// The last moment at which nothing was wrong. Taken at the start of the process, then by [`renewed`].
    pub checkpoint: Checkpoint,
    /// The servers' dates. Several of one server tell no more than its newest.
    pub servers: Vec<ServerDate>,
    /// How many servers with a clock of their own are configured, whether they answered or not: one of them must.
    pub remotes: usize,
    /// The newest event on record: time does not go back behind it, not over a restart either.
    pub recorded: Option<Timestamp>,
}

/// How far clocks may be apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tolerance {
    /// The progress of the wall clock against that of the monotonic clock since the checkpoint.
    pub progress: Duration,
    /// A server's date against the wall clock.
    pub servers: Duration,
    /// How old a server's date may be.
    pub age: Duration,
    /// So long before the instant the servers are not asked yet.
    pub lead: Duration,
}

impl Default for Tolerance {
    /// Progress 2 s. Servers 4 s: those two, one for dates in whole seconds (RFC 5322 3.3), one for the way. Age one minute, lead one hour.
    fn default() -> Self {
        Self {
            progress: Duration::from_secs(2),
            servers: Duration::from_secs(4),
            age: Duration::from_secs(60),
            lead: Duration::from_secs(3600),
        }
    }
}

/// What is wrong with the clocks. Each is an alarm: nothing is published until it is gone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The wall clock went further than the monotonic clock, and no server shows that it was right to.
    #[error("the wall clock jumped forward by {by:#}")]
    JumpedForward {
        /// By how much.
        by: SignedDuration,
    },
    /// The wall clock went less far than the monotonic clock.
    #[error("the wall clock jumped back by {by:#}")]
    JumpedBack {
        /// By how much.
        by: SignedDuration,
    },
    /// The servers agree with the wall clock that time has passed which the monotonic clock did not count: the machine slept.
    #[error("the monotonic clock stood still for {missed:#}")]
    StoodStill {
        /// For how long.
        missed: SignedDuration,
    },
    /// The monotonic clock is behind its checkpoint: the checkpoint is from another life of the process.
    #[error("the checkpoint is not of this process")]
    ForeignCheckpoint,
    /// The wall clock is behind the newest event on record.
    #[error("the wall clock is {by:#} behind the newest event on record")]
    BehindRecord {
        /// By how much.
        by: SignedDuration,
    },
    /// No server has told its date.
    #[error("no server has told its date")]
    NoServer,
    /// A server's date is too old to be compared.
    #[error("the date of {server} is {age:#} old")]
    Stale {
        /// Which server.
        server: String,
        /// How old.
        age: SignedDuration,
    },
    /// A server's date and the wall clock are too far apart.
    #[error("{server} and the wall clock are {:#} apart", ahead.abs())]
    Disagrees {
        /// Which server.
        server: String,
        /// How far it is ahead; negative when it is behind.
        ahead: SignedDuration,
    },
}

/// The proof that an embargo has ended. Made by [`judge`] alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmbargoPassed {
    until: Timestamp,
    seen: Timestamp,
}

impl EmbargoPassed {
    /// The instant that has passed.
    pub fn until(&self) -> Timestamp {
        self.until
    }

    /// What the wall clock said when this was judged.
    pub fn seen(&self) -> Timestamp {
        self.seen
    }
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gate {
    /// Not yet. Ask again after that time, or earlier.
    NotYet {
        /// What is missing by the clock that is furthest behind.
        wait: Duration,
    },
    /// The instant has passed.
    Open(EmbargoPassed),
    /// The clocks cannot be trusted: nothing is published, and somebody must look.
    Stopped(Fault),
}

/// Whether the embargo that ends at `until` has ended.
///
/// A date from a server counts as it was said, without what has passed since: nothing but the server's own clock then stands between a
/// wrong clock of ours and the public.
pub fn judge(until: Timestamp, clocks: &Clocks, tolerance: &Tolerance) -> Gate {
    if let Some(fault) = progress(clocks, tolerance) {
        return Gate::Stopped(fault);
    }
    let newest = clocks.servers.iter().map(|server| server.says).chain([clocks.wall]).max().unwrap_or(clocks.wall);
    let missing = until.duration_since(newest);
    let lead = SignedDuration::try_from(tolerance.lead).unwrap_or(SignedDuration::ZERO);
    if missing > lead {
        return Gate::NotYet { wait: positive(missing.saturating_sub(lead)) };
    }
    if let Some(fault) = servers(clocks, tolerance) {
        return Gate::Stopped(fault);
    }
    let oldest = clocks.servers.iter().map(|server| server.says).chain([clocks.wall]).min().unwrap_or(clocks.wall);
    if oldest < until {
        return Gate::NotYet { wait: positive(until.duration_since(oldest)) };
    }
    Gate::Open(EmbargoPassed { until, seen: clocks.wall })
}

/// A new checkpoint, when the wall clock and all servers agree: to be taken about once a minute, and after the machine slept. After a jump of
/// the wall clock there is none until the clock has been set right; that it was right to jump is for a clock of its own to say.
pub fn renewed(clocks: &Clocks, tolerance: &Tolerance) -> Option<Checkpoint> {
    let behind = clocks.recorded.is_some_and(|recorded| recorded > clocks.wall);
    let jumped = !has_remote(clocks) && progress(clocks, tolerance).is_some();
    let agree = !behind && !jumped && servers(clocks, tolerance).is_none();
    agree.then_some(Checkpoint { wall: clocks.wall, monotonic: clocks.monotonic })
}

/// The wall clock against its own past.
fn progress(clocks: &Clocks, tolerance: &Tolerance) -> Option<Fault> {
    if let Some(recorded) = clocks.recorded.filter(|recorded| *recorded > clocks.wall) {
        return Some(Fault::BehindRecord { by: recorded.duration_since(clocks.wall) });
    }
    let Some(passed) = clocks.monotonic.checked_sub(clocks.checkpoint.monotonic) else { return Some(Fault::ForeignCheckpoint) };
    let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX);
    let ahead = clocks.wall.duration_since(clocks.checkpoint.wall).saturating_sub(passed);
    if ahead.unsigned_abs() <= tolerance.progress {
        return None;
    }
    if ahead.is_negative() {
        return Some(Fault::JumpedBack { by: ahead.abs() });
    }
    let slept = has_remote(clocks) && servers(clocks, tolerance).is_none();
    Some(if slept { Fault::StoodStill { missed: ahead } } else { Fault::JumpedForward { by: ahead } })
}

fn has_remote(clocks: &Clocks) -> bool {
    clocks.servers.iter().any(|server| server.origin == Origin::Remote)
}

/// The wall clock against the servers.
fn servers(clocks: &Clocks, tolerance: &Tolerance) -> Option<Fault> {
    if clocks.servers.is_empty() || (clocks.remotes > 0 && !has_remote(clocks)) {
        return Some(Fault::NoServer);
    }
    clocks.servers.iter().find_map(|server| {
        let age = SignedDuration::try_from(server.age).unwrap_or(SignedDuration::MAX);
        if server.age > tolerance.age {
            return Some(Fault::Stale { server: server.name.clone(), age });
        }
        let ahead = server.says.duration_since(clocks.wall).saturating_add(age);
        let apart = ahead.unsigned_abs() > tolerance.servers;
        apart.then(|| Fault::Disagrees { server: server.name.clone(), ahead })
    })
}

fn positive(duration: SignedDuration) -> Duration {
    duration.max(SignedDuration::ZERO).unsigned_abs()
}
