//! The releases: at the instant and never before, with two people's arming, destination by destination (P30-P36, P46).
//!
//! Looks every few seconds, and when it is woken. An armed release whose embargo runs goes out when the wall clock and every server that answers
//! agree that its instant has come ([`release::judge`]); one whose matter is public already waits for no clock. What is due and cannot go out
//! alarms every 15 minutes; what is due and not armed is a reminder of the case's ([`super::tick`]). Each step is a transaction, so that a crash repeats what was not done and nothing that was.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use jiff::Timestamp;

use super::{
    Shared, pages,
    witness::{self, Witness},
};
use crate::{
    cases::{CaseFile, Confidentiality},
    decide::{
        self, Policy, Work,
        effect::Label,
        incoming::InboxId,
        policy::PAGES,
        release::{Blocked, NotBegun, Reached, begin, blocked, progress},
        snapshot::Snapshot,
    },
    disclosure::{CaseId, PersonName, Roster},
    entropy::SystemEntropy,
    release::{self, Arming, Clocks, Gate, Licence, Tolerance, alarm_due, armed, judge, renewed},
    store::{self, StoreError, Tx, apply, frozen, member, release as rows, snapshot, wall},
};

/// Nobody waits longer before looking again: a wake-up may be lost.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// While letters of a release are on their way, it is looked at so often.
const UNDER_WAY: Duration = Duration::from_millis(500);

/// So long before an armed instant the clocks are looked at for the first time: there is time to set them right.
const LEAD: Duration = Duration::from_secs(3600);

/// What a case needs.
enum Need {
    /// Its release is under way.
    Progress,
    /// It is armed by two. With an instant: not before, by all clocks.
    Begin(Option<Timestamp>),
}

fn need(file: &CaseFile, now: Timestamp) -> Option<Need> {
    if file.is_releasing() {
        return Some(Need::Progress);
    }
    let until = match file.confidentiality() {
        Confidentiality::Embargoed { until } => Some(until),
        Confidentiality::Undetermined => return None,
        Confidentiality::Public { .. } => None,
    };
    let arming = file.arming().filter(|arming| arming.is_full() && !arming.is_stale(now));
    match (arming, until) {
        (Some(arming), Some(_)) => Some(Need::Begin(Some(arming.plan.instant))),
        (Some(_), None) => Some(Need::Begin(None)),
        (None, _) => None,
    }
}

/// One look at all releases; how long until the next. What needs no clock goes first; then the clocks are asked once for all that do.
///
/// # Errors
/// [`StoreError`] when the database cannot be used: nothing is lost, the next look repeats it. What is wrong with one case rings for that case,
/// and the others go on.
pub async fn once(shared: &Arc<Shared>) -> Result<Duration, StoreError> {
    let now = shared.clock.now();
    let files =
        shared.store.writer().write(|tx| if frozen::is_frozen(tx)? { Ok(Vec::new()) } else { rows::candidates(tx) }).await?;
    let mut pause = LONGEST_PAUSE;
    let mut at_instants = Vec::new();
    for file in files {
        let looked = match need(&file, now) {
            None => Ok(LONGEST_PAUSE),
            Some(Need::Progress) => advance(shared, &file).await,
            Some(Need::Begin(None)) => start(shared, &file, None).await,
            Some(Need::Begin(Some(instant))) => {
                let wait = positive(instant, now);
                let is_early = wait > LEAD || (!wait.is_zero() && shared.clocks_were_good(instant));
                if !is_early {
                    at_instants.push((file, instant));
                    continue;
                }
                Ok(wait)
            }
        };
        pause = pause.min(kept_apart(shared, file.id(), looked).await?);
    }
    if at_instants.is_empty() {
        return Ok(pause);
    }
    let recorded = shared.store.writer().write(rows::recorded).await?;
    let clocks = witness::clocks(shared, recorded).await;
    for (file, instant) in &at_instants {
        let looked = at_its_instant(shared, file, *instant, &clocks).await;
        pause = pause.min(kept_apart(shared, file.id(), looked).await?);
    }
    if let Some(checkpoint) = renewed(&clocks, &Tolerance::default()) {
        shared.renew(checkpoint);
    }
    Ok(pause)
}

/// An error of one case's own rings for it and keeps no other waiting.
async fn kept_apart(shared: &Arc<Shared>, id: CaseId, looked: Result<Duration, StoreError>) -> Result<Duration, StoreError> {
    match looked {
        Ok(wait) => Ok(wait),
        Err(error) if error.is_the_databases() => Err(error),
        Err(error) => {
            tracing::error!(case = id.0, "the release of {id} cannot go on: {error}");
            let now = shared.clock.now();
            if let Err(error) = alarm(shared, id, now, Blocked::Stuck).await {
                tracing::error!(case = id.0, "the team could not be told so: {error}");
            }
            Ok(LONGEST_PAUSE)
        }
    }
}

/// An armed release under embargo: it begins when all clocks say so.
async fn at_its_instant(
    shared: &Arc<Shared>,
    file: &CaseFile,
    instant: Timestamp,
    clocks: &Clocks,
) -> Result<Duration, StoreError> {
    match judge(instant, clocks, &Tolerance::default()) {
        Gate::NotYet { wait } => {
            shared.note_good_clocks(instant);
            Ok(wait)
        }
        Gate::Stopped(fault) => {
            tracing::error!(case = file.id().0, "the release of {} is stopped: {fault}", file.id());
            alarm(shared, file.id(), clocks.wall, Blocked::Clocks).await?;
            Ok(LONGEST_PAUSE)
        }
        Gate::Open(passed) => start(shared, file, Some(passed)).await,
    }
}

/// Begins, in one transaction with the letters.
async fn start(shared: &Arc<Shared>, file: &CaseFile, passed: Option<release::EmbargoPassed>) -> Result<Duration, StoreError> {
    let policy = shared.policy();
    let now = shared.clock.now();
    let id = file.id();
    let begun: Result<(), Blocked> = shared
        .store
        .writer()
        .write(move |tx| {
            let Some(mut known) = known(tx, &policy, id, now)? else { return Ok(Err(Blocked::NotArmed)) };
            // What the others that are armed say may be public with this one.
            known.files.extend(rows::candidates(tx)?.into_iter().filter(|other| other.id() != id));
            let Some(file) = known.files.first() else { return Ok(Err(Blocked::NotArmed)) };
            let Some(licence) = licence(file, &policy, passed, now) else { return Ok(Err(Blocked::NotArmed)) };
            let Some(revision) = rows::revision(tx, licence.revision())? else { return Ok(Err(Blocked::Stuck)) };
            let mut entropy = SystemEntropy;
            let mut work = Work::new(InboxId::NONE, &known, &policy, now, &mut entropy);
            if let Err(why) = begin(&mut work, &revision, &licence).map_err(judgement)? {
                tracing::error!(case = id.0, "the release of {id} does not begin: {why}");
                return Ok(Err(if matches!(why, NotBegun::Refused(_)) { Blocked::NotArmed } else { Blocked::Stuck }));
            }
            apply::effects(tx, None, work.into_effects(), now)?;
            super::failpoint::reach("release-uncommitted");
            Ok(Ok(()))
        })
        .await?;
    if let Err(why) = begun {
        alarm(shared, id, now, why).await?;
        return Ok(LONGEST_PAUSE);
    }
    super::failpoint::reach("release-begun");
    tracing::info!(case = id.0, "the release of {id} has begun");
    shared.wake_deliverer();
    Ok(UNDER_WAY)
}

/// The right to publish what two people armed; `None` when anything of it is not so any more.
fn licence(file: &CaseFile, policy: &Policy, passed: Option<release::EmbargoPassed>, now: Timestamp) -> Option<Licence> {
    let arming = file.arming()?;
    let team: BTreeSet<PersonName> = policy.team.iter().map(|person| person.name.clone()).collect();
    let (revision, until) = (arming.plan.digest, arming.plan.instant);
    match passed {
        None => Licence::of_public(&arming.by, &team, revision).ok(),
        Some(passed) => {
            let times = [arming.first, arming.last];
            let armings: Vec<Arming> =
                arming.by.iter().zip(times).map(|(by, at)| Arming { by: by.clone(), at, revision, until }).collect();
            Licence::new(armed(&armings, &team, revision, until, now).ok()?, passed)
        }
    }
}

/// Writes the pages, and records which destinations have it.
async fn advance(shared: &Arc<Shared>, file: &CaseFile) -> Result<Duration, StoreError> {
    let policy = shared.policy();
    let id = file.id();
    let is_open =
        file.release().is_some_and(|release| release.plan.destinations.contains(PAGES) && !release.done.contains(PAGES));
    let written = match &shared.pages {
        Some(pages) if is_open => match pages::write(shared, pages.clone(), Some(id)).await {
            Ok(_) => Reached::Yes,
            Err(error) => {
                tracing::error!(case = id.0, "the pages cannot be written: {error}");
                Reached::Stuck
            }
        },
        None if is_open && !shared.witnesses.iter().any(Witness::is_rehearsing) => {
            tracing::error!(case = id.0, "the release is to write pages, and no directory is configured");
            Reached::Stuck
        }
        // They are written, or no destination, or this is a rehearsal.
        _ => Reached::Yes,
    };
    let now = shared.clock.now();
    let (stuck, told) = shared
        .store
        .writer()
        .write(move |tx| {
            let Some(known) = known(tx, &policy, id, now)? else { return Ok((false, false)) };
            let release = known.files.first().and_then(|file| file.release().cloned().zip(file.live_number()));
            let Some((release, number)) = release else { return Ok((false, false)) };
            let mut reached = rows::reached(tx, id, Label::Advisory(number, release.plan.version))?;
            reached.insert(PAGES.to_owned(), written);
            let mut entropy = SystemEntropy;
            let mut work = Work::new(InboxId::NONE, &known, &policy, now, &mut entropy);
            let stuck = progress(&mut work, &reached).map_err(judgement)?;
            let effects = work.into_effects();
            let told = !effects.is_empty();
            apply::effects(tx, None, effects, now)?;
            Ok((!stuck.is_empty(), told))
        })
        .await?;
    if told {
        shared.wake_deliverer();
    }
    if stuck {
        alarm(shared, id, now, Blocked::Stuck).await?;
        return Ok(LONGEST_PAUSE);
    }
    Ok(UNDER_WAY)
}

/// Rings, if the last time is long enough ago. `since` is when it became due.
async fn alarm(shared: &Arc<Shared>, id: CaseId, since: Timestamp, why: Blocked) -> Result<(), StoreError> {
    let policy = shared.policy();
    let now = shared.clock.now();
    let rang = shared
        .store
        .writer()
        .write(move |tx| {
            if !alarm_due(since.min(now), rows::last_alarm(tx, id)?, now) {
                return Ok(false);
            }
            let Some(known) = known(tx, &policy, id, now)? else { return Ok(false) };
            let mut entropy = SystemEntropy;
            let mut work = Work::new(InboxId::NONE, &known, &policy, now, &mut entropy);
            blocked(&mut work, why).map_err(judgement)?;
            apply::effects(tx, None, work.into_effects(), now)?;
            rows::alarmed(tx, id, now)?;
            Ok(true)
        })
        .await?;
    if rang {
        shared.wake_deliverer();
    }
    Ok(())
}

fn known(tx: &Tx<'_>, policy: &Policy, id: CaseId, now: Timestamp) -> Result<Option<Snapshot>, StoreError> {
    let (Some(case), Some(file)) = (snapshot::case(tx, id)?, store::case::file(tx, id)?) else { return Ok(None) };
    let mut known = Snapshot {
        roster: Roster { team: policy.team.clone(), members: member::all(tx)? },
        cases: vec![case],
        files: vec![file],
        duplicates: store::case::duplicates(tx, id)?,
        numbers: store::case::numbers(tx)?,
        ..Snapshot::default()
    };
    wall::look_up(tx, &mut known, policy, now)?;
    Ok(Some(known))
}

fn judgement(error: decide::DecideError) -> StoreError {
    StoreError::Judgement(error.to_string())
}

fn positive(later: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(now)).unwrap_or_default()
}
