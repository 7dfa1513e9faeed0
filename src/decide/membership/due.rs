//! What time brings about: aliases are asked whether they are read (P82), and the team hears once a working day what waits.

use jiff::{Timestamp, tz::TimeZone};

use super::{Actor, Change, MemberFile, Probe, belonging, patience};
use crate::{
    compose::MembershipDue,
    decide::{DecideError, Policy, Work, effect::Effect, incoming::InboxId, snapshot::Snapshot, work::Sending},
    entropy::Entropy,
    membership::{
        applying::ApplicationFile,
        belonging::{MemberRequest, is_due},
        queue,
    },
};

/// Asks those aliases that were not asked for so long. `snapshot` knows the live cases, because these letters leave the team.
pub fn probes(
    files: &[MemberFile],
    snapshot: &Snapshot,
    policy: &Policy,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<Vec<Effect>, DecideError> {
    let every = patience(&policy.application_rules).probe_every;
    let mut work = Work::new(InboxId::NONE, snapshot, policy, now, entropy);
    for file in files.iter().filter(|file| is_due(file, every, now)) {
        let request = MemberRequest::Probe { why: Probe::Still };
        let Ok(events) = belonging::judged(&work, Some(file), &request, &Actor::Daemon, None) else { continue };
        let after = belonging::recorded(&mut work, Some(file.clone()), file.id(), &Actor::Daemon, &events)?;
        belonging::ask(&mut work, &after, &events)?;
    }
    Ok(work.into_effects())
}

/// The key under which the digest of a day is remembered.
pub fn key(now: Timestamp) -> String {
    format!("due:{}", now.to_zoned(TimeZone::UTC).date())
}

/// One letter to the team with everything that has waited for too long; nothing when nothing has.
pub fn digest(
    applications: &[ApplicationFile],
    members: &[MemberFile],
    policy: &Policy,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<Vec<Effect>, DecideError> {
    let patience = patience(&policy.application_rules);
    let snapshot = crate::decide::tick::team_only(policy);
    let mut work = Work::new(InboxId::NONE, &snapshot, policy, now, entropy);
    let waiting = queue::applications(applications, &patience, now);
    // One that is late brings all of them: the queue is one piece of work.
    let late = waiting.iter().any(|one| one.late);
    let lines: Vec<String> = waiting
        .iter()
        .filter(|_| late)
        .map(|one| {
            let name = one.file.organisation().unwrap_or("an organisation without a name");
            let since = work.date(one.file.since());
            format!("{} ({name}), {} since {since}: {}", one.file.id(), one.file.state().as_str(), one.next)
        })
        .collect();
    let members: Vec<String> = members
        .iter()
        .flat_map(|file| {
            let name = format!("{} ({})", file.id(), file.particulars().organisation);
            queue::members_due(file, &patience, now).into_iter().map(move |due| format!("{name}: {due}"))
        })
        .collect();
    if lines.is_empty() && members.is_empty() {
        return Ok(Vec::new());
    }
    work.effect(Effect::Membership(Box::new(Change::Told { key: key(now) })));
    let draft = MembershipDue { to: work.to_the_team()?, applications: lines, members }.write(&mut work.desk())?;
    work.send(draft, Sending::default())?;
    Ok(work.into_effects())
}
