//! What the clock brings about: reminders, and the end of embargoes by their date.

use std::sync::Arc;

use crate::{
    daemon::Shared,
    decide,
    entropy::SystemEntropy,
    store::{
        StoreError, Tx, apply,
        reminder::{self, DueAbout},
        snapshot,
    },
};

/// Gives every reminder that is due, within office hours; returns how many letters' worth of work was done.
pub async fn once(shared: &Arc<Shared>) -> Result<usize, StoreError> {
    let now = shared.clock.now();
    shared.store.writer().write(move |tx| snapshot::end_embargoes(tx, now)).await?;
    let policy = shared.policy();
    // Reminders come when people are there (zammad issue 4432: no one thanks a daemon for a mail at midnight).
    if policy.calendar.next_office_time(now) > now {
        return Ok(0);
    }
    let given = shared
        .store
        .writer()
        .write(move |tx| {
            let mut given = 0;
            let mut held = Vec::new();
            let again = policy.calendar.add_working_days(now, 1);
            while let Some(due) = reminder::next_due(tx, now)? {
                match &due.about {
                    DueAbout::Nothing => reminder::given(tx, due.id, None, now)?,
                    DueAbout::Unclaimed(case) => {
                        let effects = decide::tick::unclaimed(case, &policy, now, &mut SystemEntropy);
                        write(tx, effects, now)?;
                        reminder::given(tx, due.id, Some(again), now)?;
                        given += 1;
                    }
                    DueAbout::Held { inbox, since } => {
                        held.push((decide::incoming::InboxId::of_row(*inbox), *since));
                        reminder::given(tx, due.id, Some(again), now)?;
                    }
                }
            }
            if !held.is_empty() {
                write(tx, decide::tick::still_held(&held, &policy, now, &mut SystemEntropy), now)?;
                given += 1;
            }
            Ok(given)
        })
        .await?;
    if given > 0 {
        shared.wake_deliverer();
    }
    Ok(given)
}

fn write(
    tx: &Tx<'_>,
    effects: Result<Vec<decide::effect::Effect>, decide::DecideError>,
    now: jiff::Timestamp,
) -> Result<(), StoreError> {
    apply::effects(tx, None, effects.map_err(|error| StoreError::Judgement(error.to_string()))?, now)
}
