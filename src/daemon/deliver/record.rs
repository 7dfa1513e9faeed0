//! One transaction of the deliverer: outcomes in, letters closed, what is due out, attempts claimed.

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;

use crate::{
    compose::{LetterKind, Trouble},
    daemon::{DeliveryTimes, Shared, failpoint},
    decide::{
        self, Policy,
        effect::Label,
        incoming::InboxId,
        tick::{Ended, Told},
    },
    disclosure::{Assurance, TlsRequirement},
    entropy::SystemEntropy,
    mail::Address,
    store::{
        StoreError, Tx,
        apply::{self, PRIORITIES},
        delivery::{self, Claimed, DeliveryState, Due, LetterResult, Place, Settled, tls::WAITS},
        frozen,
    },
    transport::{Cause, LocalCause, OnwardNow, Outcome, Phase},
};

/// What one transaction is to do.
#[derive(Clone, Default)]
pub struct Wanted {
    /// Outcomes to record.
    pub settled: Arc<Vec<Settled>>,
    /// Deliveries to claim, those of one transaction together.
    pub claims: Arc<Vec<Vec<Due>>>,
    /// Letters whose bytes are needed.
    pub contents: Vec<i64>,
    /// For each priority: from where on to look for due deliveries, and how many at most.
    pub look: [Option<(Place, usize)>; PRIORITIES.len()],
}

/// What it did. All of it is on disk.
#[derive(Default)]
pub struct Recorded {
    /// Attempts that may now be made.
    pub claimed: Vec<Vec<Claimed>>,
    /// Bytes of letters.
    pub contents: Vec<(i64, Vec<u8>)>,
    /// For each priority: what is due, and how far that was read.
    pub found: [Option<(Place, Vec<Due>)>; PRIORITIES.len()],
    /// Letters were closed or claims came to nothing: there may be more to do.
    pub again: bool,
    /// When something falls due, if that was asked.
    pub next_due: Option<Timestamp>,
}

/// Does it.
pub async fn record(shared: &Arc<Shared>, wanted: Wanted) -> Result<Recorded, StoreError> {
    let policy = shared.policy();
    let embargoed = |due: &Due| matches!(due.kind, LetterKind::Redistribution | LetterKind::Drill);
    let onward = wanted.claims.iter().flatten().any(embargoed).then(|| shared.onward.read_or_nothing());
    let now = shared.clock.now();
    let outcomes = wanted.settled.len();
    let recorded = shared.store.writer().write(move |tx| within(tx, &wanted, &policy, onward.as_ref(), now)).await?;
    for _ in 0..outcomes {
        failpoint::reach("settled");
    }
    for _ in recorded.claimed.iter().flatten() {
        failpoint::reach("claimed");
    }
    Ok(recorded)
}

fn within(
    tx: &Tx<'_>,
    wanted: &Wanted,
    policy: &Policy,
    onward: Option<&OnwardNow>,
    now: Timestamp,
) -> Result<Recorded, StoreError> {
    let onward = |recipient: &Address| onward.map_or(Assurance::Lacking, |onward| onward.to(recipient));
    let mut recorded = Recorded::default();
    let closed = delivery::settle(tx, &wanted.settled, now)?;
    if frozen::is_frozen(tx)? {
        // What is on the wire gets its outcome, and nothing follows it.
        return Ok(recorded);
    }
    for letter in &wanted.contents {
        recorded.contents.push((*letter, delivery::content(tx, *letter)?));
    }
    for consignment in wanted.claims.iter() {
        let mut claimed = Vec::with_capacity(consignment.len());
        for due in consignment {
            claimed.extend(delivery::claim(tx, due, &policy.team, &onward, now)?);
            failpoint::reach("claimed-uncommitted");
        }
        recorded.again |= claimed.len() < consignment.len();
        // What is asked of the way behind the relay holds for a whole transaction.
        let asks = |claimed: &Claimed| is_asked(claimed, &onward);
        let (asked, others): (Vec<_>, Vec<_>) = claimed.into_iter().partition(asks);
        recorded.claimed.extend([asked, others].into_iter().filter(|claimed| !claimed.is_empty()));
    }
    if recorded.again || wanted.settled.iter().any(|settled| settled.reply == WAITS) {
        tell_who_waits(tx, policy, now)?;
    }
    let kept_back = wanted.claims.iter().flatten().filter(|_| recorded.again).map(|due| due.letter);
    let concerned: BTreeSet<i64> = wanted.settled.iter().map(|settled| settled.letter).chain(kept_back).collect();
    let looked = recorded.again || wanted.look.iter().any(Option::is_some);
    recorded.again |= !closed.is_empty();
    for letter in closed {
        tell_how_it_went(tx, letter, None, policy, now)?;
    }
    for letter in concerned {
        if let Some(key) = delivery::tls::only_waits(tx, letter)? {
            tell_how_it_went(tx, letter, Some(key), policy, now)?;
        }
    }
    for ((look, priority), found) in wanted.look.iter().zip(PRIORITIES).zip(&mut recorded.found) {
        if let Some((mut place, limit)) = *look {
            let rows = delivery::due(tx, priority, &mut place, limit, now)?;
            *found = Some((place, rows));
        }
    }
    // Both questions go through all that waits: they are asked when nothing was found that may go.
    if looked && recorded.claimed.is_empty() && recorded.found.iter().flatten().all(|(_, rows)| rows.is_empty()) {
        // The claim may have withheld the last copy of a letter; the start may have given one up.
        for letter in delivery::close_letters(tx, now)? {
            tell_how_it_went(tx, letter, None, policy, now)?;
            recorded.again = true;
        }
        recorded.next_due = delivery::next_due(tx)?;
    }
    Ok(recorded)
}

/// The team hears which copies wait for verified TLS. What cannot be told is told at the next look.
fn tell_who_waits(tx: &Tx<'_>, policy: &Policy, now: Timestamp) -> Result<(), StoreError> {
    let untold = delivery::tls::untold(tx, now)?;
    let told = tx.apart(|tx| {
        let effects = decide::tick::tls_lacking(untold.about, policy, now, &mut SystemEntropy)
            .map_err(|error| StoreError::Judgement(error.to_string()))?;
        apply::effects(tx, None, effects, now)?;
        delivery::tls::told(tx, &untold.keys, now)
    });
    match told {
        Err(error) if !error.is_the_databases() => {
            tracing::error!("the letter about missing TLS cannot be written: {error}");
            Ok(())
        }
        told => told,
    }
}

/// The summary of a letter that has ended, or of which nothing but copies that wait is open (`key`: what to note of that).
fn tell_how_it_went(tx: &Tx<'_>, letter: i64, key: Option<String>, policy: &Policy, now: Timestamp) -> Result<(), StoreError> {
    let told = tx.apart(|tx| {
        let (ended, about) = ended(delivery::result(tx, letter)?);
        let effects = decide::tick::letter_settled(&ended, about, policy, now, &mut SystemEntropy)
            .map_err(|error| StoreError::Judgement(error.to_string()))?;
        apply::effects(tx, None, effects, now)?;
        delivery::tls::told(tx, key.as_slice(), now)
    });
    match told {
        // The outcome is a fact and must not be lost with the letter that would tell it: a copy would be sent again.
        Err(error) if !error.is_the_databases() => {
            tracing::error!(letter, "letter {letter} has ended, and its summary cannot be written: {error}");
            Ok(())
        }
        told => told,
    }
}

/// Whether this copy asks for verified TLS in its transaction.
fn is_asked(claimed: &Claimed, onward: &dyn Fn(&Address) -> Assurance) -> bool {
    claimed.tls == TlsRequirement::Verify && onward(&claimed.due.recipient) == Assurance::ToBeAsked
}

/// What an outcome means for the delivery: temporary ones wait as long as they have waited, an unknown one is sent once more.
pub fn judge(times: &DeliveryTimes, claimed: &Claimed, outcome: &Outcome, now: Timestamp) -> Settled {
    let due = &claimed.due;
    let (state, again) = match outcome {
        Outcome::Accepted(_) => (DeliveryState::Accepted, None),
        // It was not sent. What the relay offers may change.
        Outcome::Failed(Cause::Local(LocalCause::NeedsRequireTls)) => {
            (DeliveryState::Deferred, now.saturating_add(times.unknown_resend_after).ok())
        }
        Outcome::Failed(_) => (DeliveryState::Failed, None),
        Outcome::Deferred(_) => match times.retry.next_attempt(due.queued, now) {
            Some(next) => (DeliveryState::Deferred, Some(next)),
            None => (DeliveryState::Failed, None),
        },
        // A second unknown outcome is a person's to look at: it counts as failed, and the summary says so.
        // Neither does a public list get it twice: somebody looks into its archive (invariant 7).
        Outcome::Unknown(_) if claimed.is_resent() || due.kind.is_for_the_public() => (DeliveryState::Failed, None),
        Outcome::Unknown(_) => (DeliveryState::Unknown, now.saturating_add(times.unknown_resend_after).ok()),
    };
    let reply = match outcome {
        Outcome::Failed(Cause::Local(LocalCause::NeedsRequireTls)) => WAITS.to_owned(),
        outcome => outcome.to_string(),
    };
    if state == DeliveryState::Accepted {
        tracing::debug!(delivery = due.delivery, letter = due.letter, "delivery {} accepted", due.delivery);
    } else {
        let (delivery, letter, state) = (due.delivery, due.letter, state.as_str());
        tracing::info!(delivery, letter, state, reply, "delivery {delivery} {state}");
    }
    Settled {
        attempt: claimed.attempt,
        delivery: due.delivery,
        letter: due.letter,
        recipient: due.recipient.clone(),
        state,
        reply,
        again,
    }
}

/// An attempt that was recorded and not begun: it is made again as soon as somebody can.
pub fn not_begun(claimed: &Claimed, now: Timestamp) -> Settled {
    Settled {
        attempt: claimed.attempt,
        delivery: claimed.due.delivery,
        letter: claimed.due.letter,
        recipient: claimed.due.recipient.clone(),
        state: DeliveryState::Deferred,
        reply: "not begun".to_owned(),
        again: Some(now),
    }
}

/// How many recipients the relay took before it had enough of them (452, or 552 of old: RFC 5321 4.5.3.1.10).
pub fn too_many_recipients(outcomes: &[Outcome]) -> Option<usize> {
    let taken = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Accepted(_))).count();
    (taken > 0 && outcomes.iter().any(is_too_many)).then_some(taken)
}

/// Whether the relay put this recipient off because there were too many before it.
pub fn is_too_many(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Deferred(Cause::Reply(Phase::Recipient, reply)) if matches!(reply.code, 452 | 552))
}

/// The store's count in the judgement's words.
fn ended(result: LetterResult) -> (Ended, Told) {
    let about = match LetterKind::from_stored(&result.kind) {
        Some(LetterKind::Redistribution) => Told::Members,
        Some(LetterKind::Alarm) => Told::Alarm,
        _ => Told::Others,
    };
    let failed = result
        .failed
        .into_iter()
        .map(|(domain, state)| {
            let status = state
                .split([' ', ':'])
                .find(|word| word.split('.').count() == 3 && word.starts_with(['4', '5']))
                .map(str::to_owned);
            let trouble = if state == WAITS {
                Trouble::Waits
            } else if state.starts_with("unknown") {
                Trouble::Unknown
            } else if state.starts_with("deferred") {
                Trouble::GivenUp
            } else {
                Trouble::Bounced
            };
            (domain, trouble, status)
        })
        .collect();
    let ended = Ended {
        label: Label::from_stored(&result.label),
        about: result.about.map(InboxId::of_row),
        total: usize::try_from(result.total).unwrap_or_default(),
        accepted: usize::try_from(result.accepted).unwrap_or_default(),
        failed,
    };
    (ended, about)
}
