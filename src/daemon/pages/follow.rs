//! Keeps the public pages true between releases: a number that members hold, a planned date that moved, an organisation that came or went, a
//! month that began (`security.txt` expires).
//!
//! Looks at what the pages tell, which costs nothing, and writes them when that is not what they were last written from; at the first look after a
//! start nobody knows, and they are written. Promises: every way to the folder is [`super::write`]'s; a release never waits for this. Pages that cannot
//! be written stay as they are, the log says why, and they are tried again every quarter of an hour.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use super::{PagesError, Shared};
use crate::{
    decide::Policy,
    site::Organisations,
    store::{StoreError, frozen, read::ReadOnly, release as rows},
};

/// So often it is looked whether the pages still say what is so, if nothing wakes them: a command of the operator's may have changed it.
pub const EVERY: Duration = Duration::from_secs(60);

/// What comes within this time is written together.
pub const PAUSE: Duration = Duration::from_secs(1);

/// So long after pages could not be written they are tried again, if nothing else has changed.
const AGAIN: SignedDuration = SignedDuration::from_mins(15);

/// What the pages tell, as short as it can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    events: i64,
    organisations: Option<Organisations>,
    edition: u64,
    month: Date,
}

impl Told {
    pub(super) fn now(connection: &ReadOnly, policy: &Policy, now: Timestamp) -> Result<Self, StoreError> {
        let month = now.to_zoned(TimeZone::UTC).date().first_of_month();
        let organisations = super::organisations(connection, policy)?;
        Ok(Self { events: rows::told_until(connection)?, organisations, edition: policy.edition, month })
    }
}

/// What the pages were written from.
#[derive(Debug, Default)]
pub struct Written(Mutex<Standing>);

#[derive(Debug, Default)]
struct Standing {
    told: Option<Told>,
    failed: Option<(Told, Timestamp)>,
}

impl Written {
    pub(super) fn is(&self, told: Told) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Standing { told: Some(told), failed: None };
    }

    fn failed(&self, told: Told, now: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).failed = Some((told, now));
    }

    fn needs(&self, told: &Told, now: Timestamp) -> bool {
        let standing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_tried =
            standing.failed.as_ref().is_some_and(|(tried, at)| tried == told && now.duration_since(*at) < AGAIN && now >= *at);
        standing.told.as_ref() != Some(told) && !is_tried
    }
}

/// One look; writes the pages when what they tell has changed.
///
/// # Errors
/// [`StoreError`] when the database cannot be read: the next look repeats it. That pages cannot be written is logged, not returned.
pub async fn once(shared: &Arc<Shared>) -> Result<(), StoreError> {
    let Some(destination) = shared.pages.clone() else { return Ok(()) };
    let now = shared.clock.now();
    let reader = shared.store.reader()?;
    // An older database would take back what a newer one has published.
    if frozen::current(&reader)?.is_some() {
        return Ok(());
    }
    let told = Told::now(&reader, &shared.policy(), now)?;
    if !shared.pages_written.needs(&told, now) {
        return Ok(());
    }
    match super::write(shared, destination, None).await {
        Ok(files) => tracing::info!(files, "the pages have been written"),
        Err(PagesError::Store(error)) => return Err(error),
        Err(error) => {
            tracing::error!("the pages cannot be written, those that are there stay: {error}");
            shared.pages_written.failed(told, now);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
