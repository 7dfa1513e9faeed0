//! Delivers: one attempt after the other, each on disk before the network is touched, each outcome on disk before the next attempt.
//!
//! Several workers with a connection each, so that a recipient at whom the relay stalls holds up one of them only. The outcome of an attempt and
//! the claim of the next share a commit.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    compose::{LetterKind, Trouble},
    daemon::{Shared, failpoint},
    decide::{
        self,
        effect::Label,
        incoming::InboxId,
        tick::{Ended, Told},
    },
    entropy::SystemEntropy,
    schedule::Retry,
    store::{
        StoreError, apply,
        delivery::{self, Claimed, DeliveryState, LetterResult, Settled},
    },
    transport::{Connection, Envelope, NetworkKind, Outcome, Phase, Remedy, Sent, TransportConnection},
};

/// Connections to the relay at most.
pub const WORKERS: usize = 4;

/// Nobody waits longer before looking again: a wake-up may be lost.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long until the next delivery falls due, at most [`LONGEST_PAUSE`].
pub async fn pause(shared: &Arc<Shared>) -> Result<Duration, StoreError> {
    let now = shared.clock.now();
    let next = shared.store.writer().write(delivery::next_due).await?;
    let until = next.map_or(LONGEST_PAUSE, |next| Duration::try_from(next.duration_since(now)).unwrap_or_default());
    // One that another worker has claimed a moment ago must not make this one spin.
    Ok(until.clamp(Duration::from_millis(20), LONGEST_PAUSE))
}

/// Delivers what is due until nothing is; returns how many attempts were made.
pub async fn drain(shared: &Arc<Shared>) -> Result<usize, StoreError> {
    drain_until(shared, &CancellationToken::new()).await
}

/// The same, but begins no new attempt once told to stop.
pub async fn drain_until(shared: &Arc<Shared>, stop: &CancellationToken) -> Result<usize, StoreError> {
    let mut connection = None;
    let mut settled: Option<Settled> = None;
    let mut attempts = 0;
    loop {
        let more = if stop.is_cancelled() { Claim::None } else { Claim::Next };
        let Some(claimed) = record_and_claim(shared, &mut settled, more).await? else { break };
        failpoint::reach("claimed");
        attempts += 1;
        let outcome = attempt(shared, &mut connection, &claimed).await;
        failpoint::reach("sent");
        settled = Some(settle(shared, &claimed, &outcome));
    }
    if let Some(connection) = connection {
        // The relay may be slow to say goodbye; nothing depends on it.
        let _ = tokio::time::timeout(Duration::from_secs(5), TransportConnection::close(connection)).await;
    }
    Ok(attempts)
}

/// Whether to go on after an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claim {
    Next,
    None,
}

/// An outcome in hand is worth more than the next attempt: it is kept and written again until it is on disk, because a 250 that is forgotten is a
/// copy sent twice.
async fn record_and_claim(
    shared: &Arc<Shared>,
    settled: &mut Option<Settled>,
    more: Claim,
) -> Result<Option<Claimed>, StoreError> {
    let mut more = more;
    for _ in 0..RECORDINGS {
        match settle_and_claim(shared, settled.clone(), more).await {
            Ok(claimed) => {
                *settled = None;
                return Ok(claimed);
            }
            Err(error) if settled.is_none() || matches!(error, StoreError::Closed) => return Err(error),
            Err(error) => {
                tracing::error!("an outcome could not be recorded and is kept: {error}");
                more = Claim::None;
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
        }
    }
    Err(StoreError::Changed("an outcome that could not be recorded: it"))
}

/// For ten minutes.
const RECORDINGS: u32 = 300;

async fn settle_and_claim(shared: &Arc<Shared>, settled: Option<Settled>, more: Claim) -> Result<Option<Claimed>, StoreError> {
    let policy = shared.policy();
    let now = shared.clock.now();
    let had_outcome = settled.is_some();
    let claimed = shared
        .store
        .writer()
        .write(move |tx| {
            let mut closed: Vec<i64> = match &settled {
                Some(settled) => delivery::settle(tx, settled, now)?.into_iter().collect(),
                None => Vec::new(),
            };
            let mut claimed = if more == Claim::Next { delivery::claim(tx, &policy.team, now)? } else { None };
            // The claim may have withheld the last copy of a letter; the start may have given one up.
            if claimed.is_none() {
                closed.extend(delivery::close_letters(tx, now)?);
            }
            for letter in closed {
                let (ended, about) = ended(delivery::result(tx, letter)?);
                match decide::tick::letter_settled(&ended, about, &policy, now, &mut SystemEntropy) {
                    Ok(effects) => apply::effects(tx, None, effects, now)?,
                    // The outcome is a fact and must not be lost with the letter that would tell it: a copy would be sent again.
                    Err(error) => {
                        tracing::error!(letter, "letter {letter} has ended, and its summary cannot be written: {error}")
                    }
                }
            }
            if claimed.is_none() && more == Claim::Next {
                // The summary of the last letter is due at once.
                claimed = delivery::claim(tx, &policy.team, now)?;
            }
            failpoint::reach("claimed-uncommitted");
            Ok(claimed)
        })
        .await?;
    if had_outcome {
        failpoint::reach("settled");
    }
    Ok(claimed)
}

async fn attempt(shared: &Arc<Shared>, connection: &mut Option<TransportConnection>, claimed: &Claimed) -> Outcome {
    let recipients = std::slice::from_ref(&claimed.recipient);
    let envelope = Envelope { reverse_path: claimed.return_path.as_ref(), recipients };
    if connection.is_none() {
        match shared.transport.open().await {
            Ok(open) => *connection = Some(open),
            Err(error) => {
                if error.remedy() == Remedy::Operator {
                    tracing::error!("the relay refuses us, and waiting will not mend it: {error}");
                } else {
                    tracing::warn!("the relay cannot be reached: {error}");
                }
                return first(Sent::not_opened(&envelope, &error).outcomes);
            }
        }
    }
    let Some(open) = connection.as_mut() else { return first(Vec::new()) };
    let sent = open.send(claimed.delivery, &envelope, &claimed.bytes).await;
    if sent.connection == Connection::Lost {
        *connection = None;
    }
    first(sent.outcomes)
}

/// One recipient, one outcome; a transport that gave none leaves us not knowing.
fn first(outcomes: Vec<(crate::mail::Address, Outcome)>) -> Outcome {
    outcomes.into_iter().next().map_or_else(no_answer, |(_, outcome)| outcome)
}

fn no_answer() -> Outcome {
    Outcome::of_failure(Phase::Message, NetworkKind::Protocol)
}

/// What an outcome means for the delivery: temporary ones wait as long as they have waited, an unknown one is sent once more.
fn settle(shared: &Shared, claimed: &Claimed, outcome: &Outcome) -> Settled {
    let now = shared.clock.now();
    let retry: &Retry = &shared.delivery.retry;
    let (state, again) = match outcome {
        Outcome::Accepted(_) => (DeliveryState::Accepted, None),
        Outcome::Failed(_) => (DeliveryState::Failed, None),
        Outcome::Deferred(_) => match retry.next_attempt(claimed.queued, now) {
            Some(next) => (DeliveryState::Deferred, Some(next)),
            None => (DeliveryState::Failed, None),
        },
        // A second unknown outcome is a person's to look at: it counts as failed, and the summary says so.
        // Neither does a public list get it twice: somebody looks into its archive (invariant 7).
        Outcome::Unknown(_) if claimed.resent || claimed.kind.is_for_the_public() => (DeliveryState::Failed, None),
        Outcome::Unknown(_) => (DeliveryState::Unknown, now.saturating_add(shared.delivery.unknown_resend_after).ok()),
    };
    let reply = outcome.to_string();
    tracing::info!(
        delivery = claimed.delivery,
        letter = claimed.letter,
        state = state.as_str(),
        reply,
        "delivery {} {}",
        claimed.delivery,
        state.as_str()
    );
    Settled { attempt: claimed.attempt, delivery: claimed.delivery, state, reply, again }
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
            let trouble = if state.starts_with("unknown") {
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
