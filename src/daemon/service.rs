//! What systemd is told (sd_notify), and when the watchdog is fed: only while every mailbox was read not long ago.

use std::{sync::Arc, time::Duration};

use sd_notify::NotifyState;

use super::Shared;

/// The start goes on for up to two minutes from now.
pub const OPENING: NotifyState<'static> = NotifyState::ExtendTimeoutUsec(120_000_000);

/// Sends a state; without a socket nothing happens.
pub fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!("the service manager was not told: {}", error.kind());
    }
}

/// What systemd shows of us: the mailboxes that are not read among it. Told again only when it is another.
pub fn tell_status(shared: &Shared, mailboxes: &[String], allowed: Duration, told: &mut String) {
    let ages = shared.poll_ages();
    let unread = mailboxes.iter().filter(|mailbox| ages.get(*mailbox).is_none_or(|age| *age >= allowed));
    let unread: Vec<&str> = unread.map(String::as_str).collect();
    let now = if unread.is_empty() { "running".to_owned() } else { format!("running; NOT READ: {}", unread.join(", ")) };
    if now != *told {
        tell(&[NotifyState::Status(&now)]);
        *told = now;
    }
}

/// Feeds the watchdog if every mailbox was looked at with success within `allowed`. A daemon that cannot read its mail must not look healthy.
pub fn feed_watchdog(shared: &Arc<Shared>, mailboxes: usize, allowed: Duration) {
    let ages = shared.poll_ages();
    let fresh = ages.len() >= mailboxes && ages.values().all(|age| *age < allowed);
    if fresh {
        tell(&[NotifyState::Watchdog]);
    } else {
        tracing::warn!(read = ages.len(), mailboxes, "not every mailbox could be read lately; the watchdog is not fed");
    }
}

/// How often to think of the watchdog, if there is one. Oftener than systemd asks for: who finds a mailbox unread just then must not have to wait until the
/// watchdog bites before the next look.
pub fn watchdog_interval() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|timeout| timeout / 8)
}
