//! Places where a test may kill the daemon the hard way.
//!
//! `EMBARGOD_FAILPOINT=NAME` (or `NAME:3` for the third time the place is reached) ends the process with SIGKILL there, as a power cut would:
//! no destructor, no flush. The crash tests visit every place. Without the variable nothing happens.

use std::sync::{
    OnceLock,
    atomic::{AtomicU32, Ordering},
};

/// Every place, in the order in which one message passes them.
pub const PLACES: [&str; 10] = [
    "fetched",           // bytes are in memory only
    "taken-uncommitted", // written, before COMMIT
    "taken",             // on disk, the mail server has not been told
    "marked",            // the mail server has been told
    "decided-uncommitted",
    "decided",
    "claimed-uncommitted",
    "claimed", // the attempt is on disk, the network was not touched
    "sent",    // the relay has answered, the answer is not on disk
    "settled", // the outcome is on disk
];

/// Two more, which only a public release passes.
pub const RELEASE_PLACES: [&str; 2] = [
    "release-uncommitted", // its letters are written, before COMMIT
    "release-begun",       // they are queued, nothing is sent
];

struct Armed {
    place: String,
    left: AtomicU32,
}

static ARMED: OnceLock<Option<Armed>> = OnceLock::new();

/// Ends the process here if this place is armed.
pub fn reach(place: &str) {
    let armed = ARMED.get_or_init(|| {
        let wanted = std::env::var("EMBARGOD_FAILPOINT").ok()?;
        let (place, count) = wanted.split_once(':').unwrap_or((&wanted, "1"));
        Some(Armed { place: place.to_owned(), left: AtomicU32::new(count.parse().unwrap_or(1)) })
    });
    let Some(armed) = armed else { return };
    if armed.place == place && armed.left.fetch_sub(1, Ordering::SeqCst) == 1 {
        // If the signal cannot be sent there is no other way to end without running destructors.
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        std::process::abort();
    }
}
