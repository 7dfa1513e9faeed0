//! The rehearsal: what the daemon would do by itself until an instant, on a copy of the database, with a clock of its own and no way out.
//!
//! Does: copies the database into memory, moves a clock from one thing that is due to the next, and lets the daemon's own loops work
//! ([`tick::once`], [`deliver::drain`]). Promises: the database file is only read; no mailbox is looked at and no relay is called; nothing of a
//! mail touches the disk. What people would do in that time it does not know: it shows what happens if nobody does anything. Fails with
//! [`RehearsalError`].

use std::sync::Arc;

use jiff::Timestamp;

use super::{Shared, assemble, convert, deliver, release, tick, witness::Witness};
use crate::{
    clock::{Clock as _, ManualClock},
    config::Config,
    mail::{Address, Message, RawMessage},
    store::{Store, StoreError, delivery, frozen, read::ReadError, reminder},
    transport::{Handed, Recording, Transport},
};

/// The clock stops at every full hour: what becomes due by a rule and not by a row is then at most so late in the rehearsal.
const STRIDE: i64 = 3600;

/// Why there is no rehearsal.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// The database cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Rules or letters.
    #[error(transparent)]
    Assemble(#[from] assemble::AssembleError),
    /// Nothing would be sent at all.
    #[error("the database is frozen: nothing is sent until a person ends that ({})", frozen::REMEDY)]
    Frozen,
    /// The copy.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One letter that would leave, with everybody it would leave for at that moment.
#[derive(Debug, Clone)]
pub struct Rehearsed {
    /// When.
    pub at: Timestamp,
    /// What it is for, as stored: `reminder`, `redistribution`.
    pub kind: String,
    /// To whom.
    pub to: Vec<Address>,
    /// Its Subject. **Possibly secret.**
    pub subject: String,
    /// The letter as it would leave.
    pub message: RawMessage,
}

/// Plays the time from `from` to `until` and returns every letter that would leave, in order.
pub async fn rehearse(config: &Config, from: Timestamp, until: Timestamp) -> Result<Vec<Rehearsed>, RehearsalError> {
    let store = Store::copy_in_memory(&config.state)?;
    if store.writer().write(frozen::is_frozen).await? {
        return Err(RehearsalError::Frozen);
    }
    let clock = Arc::new(ManualClock::at(from));
    let relay = Recording::default();
    let shared = Shared::new(
        store,
        Arc::clone(&clock) as Arc<dyn crate::clock::Clock>,
        Transport::Recording(relay.clone()),
        assemble::policy(config)?,
        convert::delivery(&config.delivery),
        config.moderation.kill_switch.clone(),
    );
    let shared = Arc::new(shared.releasing(vec![Witness::Ourselves], None));
    let unknown_again = shared.delivery.unknown_resend_after;
    shared.store.writer().write(move |tx| delivery::recover(tx, unknown_again, from)).await?;
    let mut letters = Vec::new();
    loop {
        tick::once(&shared).await?;
        release::once(&shared).await?;
        deliver::drain(&shared).await?;
        gather(&shared, relay.take(), clock.now(), &mut letters).await?;
        let now = clock.now();
        if now >= until {
            return Ok(letters);
        }
        let next = next(&shared, now).await?.min(until);
        clock.advance(next.duration_since(now));
    }
}

/// When there is something to do again.
async fn next(shared: &Arc<Shared>, now: Timestamp) -> Result<Timestamp, StoreError> {
    let rows = shared
        .store
        .writer()
        .write(|tx| Ok([delivery::next_due(tx)?, reminder::next_time(tx)?, reminder::next_alarm(tx)?]))
        .await?;
    let hour = now.as_second() - now.as_second().rem_euclid(STRIDE) + STRIDE;
    let hour = Timestamp::from_second(hour).unwrap_or(Timestamp::MAX);
    // A reminder that is due outside office hours waits for them; it must not keep the clock standing.
    let office = shared.policy().calendar.next_office_time(now);
    let soon = rows.into_iter().flatten().chain([office, hour]).filter(|due| *due > now).min();
    Ok(soon.unwrap_or(Timestamp::MAX))
}

async fn gather(
    shared: &Arc<Shared>,
    handed: Vec<Handed>,
    at: Timestamp,
    letters: &mut Vec<Rehearsed>,
) -> Result<(), StoreError> {
    let begun = letters.len();
    let mut numbers = Vec::new();
    for one in handed {
        let delivery = one.delivery;
        let (letter, kind) = shared.store.writer().write(move |tx| delivery::letter_of(tx, delivery)).await?;
        let known = numbers.iter().position(|number| *number == letter);
        if let Some(known) = known.and_then(|known| letters.get_mut(begun + known)) {
            known.to.extend(one.to);
            continue;
        }
        numbers.push(letter);
        let message = RawMessage::new(one.message);
        let subject = Message::parse(&message).map(|parsed| parsed.subject).unwrap_or_default();
        letters.push(Rehearsed { at, kind, to: one.to, subject, message });
    }
    Ok(())
}
