//! Logs: to the journal with fields, to stderr for people, or to stderr as JSON. Never a word of a mail, whatever the level.
//!
//! `log` records of libraries are not bridged: async-imap's hold passwords and mail.

use tracing_subscriber::{EnvFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::config::{Log, LogFormat};

/// Starts logging. Only what this program says itself is let through.
pub fn start(log: Log) {
    let filter = EnvFilter::new(format!("embargod={}", log.level.as_str()));
    let registry = tracing_subscriber::registry().with(filter);
    let plain = || tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false).with_target(false);
    // A second start (a test in the same process) leaves the first one in place.
    let _ = match log.format {
        LogFormat::Journald => match tracing_journald::layer() {
            Ok(journal) => registry.with(journal).try_init(),
            Err(_) => registry.with(plain()).try_init(),
        },
        LogFormat::Stderr => registry.with(plain()).try_init(),
        LogFormat::Json => registry.with(tracing_subscriber::fmt::layer().json().with_writer(std::io::stderr)).try_init(),
    };
}
