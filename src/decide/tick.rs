//! What time and outcomes bring about: reminders, summaries, the alarm of a quarantine.

use std::collections::BTreeSet;

use jiff::{Timestamp, Unit};

use super::{
    DecideError, Policy, Work,
    effect::{Effect, Label},
    incoming::InboxId,
    membership::Change,
    snapshot::{CaseFile, Snapshot},
    work::Sending,
};
use crate::{
    compose::{AlarmKind, DeliverySummary, HeldId, Reminder, ReviewDue, Sent, Thread, Trouble, Unfortunate},
    disclosure::{Case, Roster},
    entropy::Entropy,
};

/// A case of which somebody may have to be reminded.
#[derive(Clone)]
pub struct Watched {
    /// Its row.
    pub case: Case,
    /// As its events make it.
    pub file: CaseFile,
    /// Keys of the reminders that were given.
    pub given: BTreeSet<String>,
}

/// How a letter to the members ended: values the store has counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// What it carried.
    pub label: Label,
    /// The message it carried.
    pub about: Option<InboxId>,
    /// Recipients in all.
    pub total: usize,
    /// Accepted by the relay.
    pub accepted: usize,
    /// Not delivered: domain of the recipient, how, and the status.
    pub failed: Vec<(String, Trouble, Option<String>)>,
}

/// A snapshot of the team alone: the members are in the roster only where a letter goes to them.
pub fn team_only(policy: &Policy) -> Snapshot {
    Snapshot { roster: Roster { team: policy.team.clone(), members: Vec::new() }, ..Snapshot::default() }
}

/// What `act` does where no mail is at hand but, perhaps, `about`, and nobody but the team is told.
fn among_the_team(
    about: InboxId,
    policy: &Policy,
    now: Timestamp,
    entropy: &mut dyn Entropy,
    act: impl FnOnce(&mut Work<'_>) -> Result<(), DecideError>,
) -> Result<Vec<Effect>, DecideError> {
    let snapshot = team_only(policy);
    let mut work = Work::new(about, &snapshot, policy, now, entropy);
    act(&mut work)?;
    Ok(work.into_effects())
}

/// The team hears how many members got a letter; of a letter to one person it hears only that it did not arrive.
pub fn letter_settled(
    ended: &Ended,
    told: Told,
    policy: &Policy,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<Vec<Effect>, DecideError> {
    let snapshot = team_only(policy);
    let about = ended.about.unwrap_or(InboxId::NONE);
    let mut work = Work::new(about, &snapshot, policy, now, entropy);
    match told {
        Told::Members => {}
        // An alarm that does not arrive brings about no other one: a team member's full mailbox would have them breed for ever.
        Told::Alarm => {
            if !ended.failed.is_empty() {
                work.note("alarm-undelivered", "an alarm did not reach everyone of the team");
            }
            return Ok(work.into_effects());
        }
        // Who did not get the fire drill stands in its report.
        Told::Others if matches!(ended.label, Label::Drill(_)) => return Ok(work.into_effects()),
        Told::Others => {
            if !ended.failed.is_empty() {
                let id = ended.about.map_or_else(|| "a letter about no one mail".to_owned(), |about| format!("in-{about}"));
                work.alarm_about(AlarmKind::GivenUp, vec![id])?;
            }
            return Ok(work.into_effects());
        }
    }
    let sent = match ended.label {
        Label::Advisory(number, version) => Sent::Advisory { number, version },
        Label::Post(id) => Sent::Post(HeldId(id.row())),
        Label::Drill(_) | Label::None => Sent::Post(HeldId(about.row())),
    };
    let letter = DeliverySummary {
        to: work.to_the_team()?,
        thread: ended.about.map_or_else(Thread::new, |about| work.letters_about(HeldId(about.row()))),
        sent,
        accepted: ended.accepted,
        total: ended.total,
        unfortunate: ended
            .failed
            .iter()
            .map(|(domain, trouble, status)| Unfortunate { domain: domain.clone(), trouble: *trouble, status: status.clone() })
            .collect(),
    };
    let draft = letter.write(&mut work.desk())?;
    work.send(draft, Sending { about: ended.about, ..Sending::default() })?;
    Ok(work.into_effects())
}

/// Whom a letter told something, as far as its end matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The members: a redistribution, of which the team gets a summary.
    Members,
    /// The team, of something wrong.
    Alarm,
    /// Anybody else, or the team: a notice or an answer, of which the team hears only when it did not arrive.
    Others,
}

/// Copies wait for verified TLS that nothing assures: the team is told which, and of whom.
pub fn tls_lacking(
    which: Vec<String>,
    policy: &Policy,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<Vec<Effect>, DecideError> {
    if which.is_empty() {
        return Ok(Vec::new());
    }
    among_the_team(InboxId::NONE, policy, now, entropy, |work| work.alarm_about(AlarmKind::TlsLacking, which))
}

/// A freeze is over: the team hears what is in doubt since. The first of `which` names the matter, the others are ids.
pub fn restored(
    which: Vec<String>,
    policy: &Policy,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<Vec<Effect>, DecideError> {
    among_the_team(InboxId::NONE, policy, now, entropy, |work| work.alarm_about(AlarmKind::Restored, which))
}

/// So many messages stand in a letter to the team; it is long enough then.
const NAMED: usize = 60;

/// Messages were set aside because another database may have handled them: one letter for all that came together.
pub fn perhaps_handled(
    set_aside: &[InboxId],
    policy: &Policy,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<Vec<Effect>, DecideError> {
    let Some(first) = set_aside.first() else { return Ok(Vec::new()) };
    let mut which: Vec<String> = set_aside.iter().take(NAMED).map(|id| format!("in-{id}")).collect();
    if let Some(more) = set_aside.len().checked_sub(NAMED).filter(|more| *more > 0) {
        which.push(format!("and {more} more (`embargod status`)"));
    }
    among_the_team(*first, policy, now, entropy, |work| work.alarm_about(AlarmKind::PerhapsHandled, which))
}

/// The pages would withdraw what is published, and are not written: the team is told what, once under that key.
pub fn pages_withdraw(
    key: String,
    what: Vec<String>,
    policy: &Policy,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<Vec<Effect>, DecideError> {
    among_the_team(InboxId::NONE, policy, now, entropy, |work| {
        work.effect(Effect::Membership(Box::new(Change::Told { key })));
        let which = std::iter::once("pages".to_owned()).chain(what.into_iter().take(NAMED)).collect();
        work.alarm_about(AlarmKind::PagesWithdraw, which)
    })
}

/// A message was set aside because its handling failed.
pub fn quarantined(id: InboxId, policy: &Policy, now: Timestamp, entropy: &mut dyn Entropy) -> Result<Vec<Effect>, DecideError> {
    among_the_team(id, policy, now, entropy, |work| work.alarm(AlarmKind::Quarantined))
}

/// Messages that wait for a ruling for more than a working day: one letter lists them all.
pub fn still_held(
    waiting: &[(InboxId, Timestamp)],
    policy: &Policy,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<Vec<Effect>, DecideError> {
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    among_the_team(InboxId::NONE, policy, now, entropy, |work| {
        let posts = waiting.iter().map(|(id, since)| (HeldId(id.row()), work.instant(*since))).collect();
        let draft = Reminder { to: work.to_the_team()?, thread: Thread::new(), posts }.write(&mut work.desk())?;
        work.send(draft, Sending::default())
    })
}

/// The key under which it is remembered that the team was told of this year's review of the policy; `None` while the last one is not a year ago (P1).
pub fn review_key(policy: &Policy, now: Timestamp) -> Option<String> {
    let today = now.to_zoned(policy.calendar.zone().clone()).date();
    let years = policy.reviewed.until((Unit::Year, today)).ok()?.get_years();
    (years > 0).then(|| format!("review:{}+{years}", policy.reviewed))
}

/// The team is reminded to review the policy, once under that key.
pub fn review_due(key: String, policy: &Policy, now: Timestamp, entropy: &mut dyn Entropy) -> Result<Vec<Effect>, DecideError> {
    among_the_team(InboxId::NONE, policy, now, entropy, |work| {
        work.effect(Effect::Membership(Box::new(Change::Told { key })));
        let review = ReviewDue { to: work.to_the_team()?, version: policy.version.clone(), reviewed: policy.reviewed };
        let draft = review.write(&mut work.desk())?;
        work.send(draft, Sending::default())
    })
}
