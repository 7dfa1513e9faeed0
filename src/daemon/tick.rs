//! What the clock brings about: reminders, and the end of embargoes by their date.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    daemon::Shared,
    decide::{self, Policy, incoming::InboxId, snapshot::Snapshot, tick::Watched},
    disclosure::{Case, Roster},
    entropy::SystemEntropy,
    store::{
        StoreError, Tx, apply, case, frozen, member, membership, record,
        reminder::{self, DueAbout},
        roster, sent, snapshot, wall,
    },
};

/// Gives every reminder that is due; returns how many letters' worth of work was done.
pub async fn once(shared: &Arc<Shared>) -> Result<usize, StoreError> {
    let now = shared.clock.now();
    let ended = shared
        .store
        .writer()
        .write(move |tx| if frozen::is_frozen(tx)? { Ok(None) } else { snapshot::end_embargoes(tx, now).map(Some) });
    if ended.await?.is_none() {
        return Ok(0);
    }
    let policy = shared.policy();
    let given = shared
        .store
        .writer()
        .write(move |tx| {
            // Reminders come when people are there (zammad issue 4432: no one thanks a daemon for a mail at midnight).
            let (held, unannounced) =
                if policy.calendar.next_office_time(now) == now { waiting(tx, &policy, now)? } else { Default::default() };
            let mut given = usize::from(!held.is_empty());
            if !held.is_empty() {
                write(tx, decide::tick::still_held(&held, &policy, now, &mut SystemEntropy), now)?;
            }
            // What is due in a case says itself whether it can wait; a case that alarms at night alarms at night.
            let mut watched = reminder::watched(tx)?;
            for one in &mut watched {
                if decide::report_draft::is_due(one) {
                    given += usize::from(draft_report(tx, one, &policy, now)?);
                }
            }
            let mut known = decide::tick::team_only(&policy);
            wall::look_up(tx, &mut known, &policy, now)?;
            known.record = record::head_in(tx)?.map(|head| head.to_string());
            let effects = decide::digest::due(&watched, &unannounced, (&known, &policy), now, &mut SystemEntropy);
            given += usize::from(effects.as_ref().is_ok_and(|effects| !effects.is_empty()));
            write(tx, effects, now)?;
            Ok(given)
        })
        .await?;
    let policy = shared.policy();
    let given =
        given + shared.store.writer().write(move |tx| Ok(memberships(tx, &policy, now)? + review(tx, &policy, now)?)).await?;
    if given > 0 {
        shared.wake_deliverer();
    }
    Ok(given)
}

/// Aliases are asked whether they are read, and the team hears once a working day what waits about applications and members.
fn memberships(tx: &Tx<'_>, policy: &Policy, now: Timestamp) -> Result<usize, StoreError> {
    if policy.calendar.next_office_time(now) != now {
        return Ok(0);
    }
    let files = member::files_in(tx)?;
    let mut given = 0;
    let every = decide::membership::patience(&policy.application_rules).probe_every;
    if files.iter().any(|file| crate::membership::belonging::is_due(file, every, now)) {
        let mut known = Snapshot {
            roster: Roster { team: policy.team.clone(), members: member::all(tx)? },
            membership: membership::ready(tx)?,
            ..Snapshot::default()
        };
        wall::look_up(tx, &mut known, policy, now)?;
        let asked = decide::membership::due::probes(&files, &known, policy, now, &mut SystemEntropy);
        given += usize::from(asked.as_ref().is_ok_and(|effects| !effects.is_empty()));
        write(tx, asked, now)?;
    }
    if !roster::was_told(tx, &decide::membership::due::key(now))? {
        let applications = membership::all_in(tx)?;
        let digest = decide::membership::due::digest(&applications, &files, policy, now, &mut SystemEntropy);
        given += usize::from(digest.as_ref().is_ok_and(|effects| !effects.is_empty()));
        write(tx, digest, now)?;
    }
    Ok(given)
}

/// Once a year the team is reminded to review the policy (P1).
fn review(tx: &Tx<'_>, policy: &Policy, now: Timestamp) -> Result<usize, StoreError> {
    let due = decide::tick::review_key(policy, now).filter(|_| policy.calendar.next_office_time(now) == now);
    let Some(key) = due else { return Ok(0) };
    if roster::was_told(tx, &key)? {
        return Ok(0);
    }
    write(tx, decide::tick::review_due(key, policy, now, &mut SystemEntropy), now)?;
    Ok(1)
}

type Waiting = (Vec<(InboxId, Timestamp)>, Vec<Case>);

/// The messages that wait for a ruling, and the cases of which nobody was told: each is settled, or set anew for the next working day.
fn waiting(tx: &Tx<'_>, policy: &Policy, now: Timestamp) -> Result<Waiting, StoreError> {
    let (mut held, mut unannounced) = (Vec::new(), Vec::new());
    let again = policy.calendar.add_working_days(now, 1);
    while let Some(due) = reminder::next_due(tx, now)? {
        match due.about {
            DueAbout::Nothing => reminder::given(tx, due.id, None, now)?,
            DueAbout::Unclaimed(case) => {
                reminder::given(tx, due.id, None, now)?;
                unannounced.push(case);
            }
            DueAbout::Held { inbox, since } => {
                held.push((InboxId::of_row(inbox), since));
                reminder::given(tx, due.id, Some(again), now)?;
            }
        }
    }
    Ok((held, unannounced))
}

/// Drafts the transparency report of a case that is released everywhere (P38), and looks at the case anew.
fn draft_report(tx: &Tx<'_>, watched: &mut Watched, policy: &Policy, now: Timestamp) -> Result<bool, StoreError> {
    let id = watched.case.id;
    let record = case::record(tx, id)?;
    let sent = sent::of_case(tx, id, &policy.project.advisory_prefix)?;
    let effects = decide::report_draft::draft(watched, &record, &sent, policy, now, &mut SystemEntropy);
    let drafted = effects.as_ref().is_ok_and(|effects| !effects.is_empty());
    write(tx, effects, now)?;
    if let (Some(row), Some(file)) = (snapshot::case(tx, id)?, case::file(tx, id)?) {
        (watched.case, watched.file) = (row, file);
    }
    Ok(drafted)
}

fn write(
    tx: &Tx<'_>,
    effects: Result<Vec<decide::effect::Effect>, decide::DecideError>,
    now: Timestamp,
) -> Result<(), StoreError> {
    apply::effects(tx, None, effects.map_err(|error| StoreError::Judgement(error.to_string()))?, now)
}

#[cfg(test)]
mod tests;
