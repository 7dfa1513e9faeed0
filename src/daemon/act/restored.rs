//! The end of a freeze: what was in doubt is put before people, and the team hears of it.

use jiff::Timestamp;

use super::Response;
use crate::{
    decide::{self, Policy},
    entropy::SystemEntropy,
    store::{
        StoreError, Tx, apply,
        frozen::{self, Doubt, Since},
        lineage::Beside,
    },
};

/// So many things stand in the letter to the team; it is long enough then.
const NAMED: usize = 60;

/// Anybody whom the daemon knows may end it: nothing that is in doubt goes out by that, and nothing is lost.
pub(super) fn thaw(
    tx: &Tx<'_>,
    policy: &Policy,
    since: Since,
    by: &str,
    beside: &Beside,
    now: Timestamp,
) -> Result<Response, StoreError> {
    if !frozen::is_frozen(tx)? {
        return Ok(Response::refused("The database is not frozen; there is nothing to end."));
    }
    let doubt = frozen::thaw(tx, since, by, beside, now)?;
    let effects = decide::tick::restored(about(&doubt, since), policy, now, &mut SystemEntropy)
        .map_err(|error| StoreError::Judgement(error.to_string()))?;
    apply::effects(tx, None, effects, now)?;
    tracing::warn!(by, mails = doubt.mails.len(), letters = doubt.letters.len(), "the freeze is over");
    Ok(Response::done(format!("The freeze is over. {}", told(&doubt, since))))
}

fn told(doubt: &Doubt, since: Since) -> String {
    let mails = match doubt.mails.len() {
        0 => "No mail may have been handled since.".to_owned(),
        1 => "1 mail may have been handled since: it is in quarantine.".to_owned(),
        many => format!("{many} mails may have been handled since: they are in quarantine."),
    };
    let copies: i64 = doubt.letters.iter().map(|letter| letter.open).sum();
    let copies = match since {
        Since::Unknown => {
            format!("{copies} copies of letters may have been sent since and are not sent by themselves (`outbox list`).")
        }
        Since::NothingWasSent => format!("{copies} copies of letters go on."),
    };
    let releases = doubt.releases.iter().filter(|release| release.instant.is_some()).count();
    format!("{mails} {copies} {releases} releases were disarmed. {} mails are new and are handled now.", doubt.new_mails)
}

/// What the team is to look at.
fn about(doubt: &Doubt, since: Since) -> Vec<String> {
    let cases = doubt.releases.iter().map(|release| format!("case-{} (its release: {})", release.case, release.state));
    let mails = doubt.mails.iter().map(|id| format!("in-{id} (quarantined)"));
    let letters = doubt.letters.iter().filter(|_| since == Since::Unknown);
    let letters = letters.map(|letter| format!("letter {} ({}, {} copies)", letter.letter, letter.kind, letter.open));
    let mut all: Vec<String> = std::iter::once("restore".to_owned()).chain(cases).chain(mails).chain(letters).collect();
    if all.len() > NAMED {
        let more = all.len() - NAMED;
        all.truncate(NAMED);
        all.push(format!("and {more} more"));
    }
    all
}
