//! An advisory from a file (P29): the same way as one that came by mail, decided in the transaction that stores it.

use data_encoding::BASE64;
use jiff::Timestamp;

use super::{act::Response, handle::take_apart};
use crate::{
    decide::{self, HandedIn, Policy, keys::Keys},
    disclosure::TeamMember,
    entropy::SystemEntropy,
    mail::RawMessage,
    store::{
        StoreError, Tx, apply,
        inbox::{self, Arrival, Extent, Look, Mark, Taken},
        snapshot, wall,
    },
};

/// Where `inbox.source` says that such a mail came from.
const SOURCE: &str = "command-line";

/// Stores the mail and registers it. What is refused is an error, so that nothing of it is kept and the mended file can come.
pub(super) fn submit(
    tx: &Tx<'_>,
    policy: &Policy,
    now: Timestamp,
    person: &TeamMember,
    base64: &str,
) -> Result<Response, StoreError> {
    let Ok(bytes) = BASE64.decode(base64.as_bytes()) else {
        return Ok(Response::refused("the file did not arrive whole: is the command from the same version as the daemon?"));
    };
    let raw = RawMessage::new(bytes);
    let full_size = u64::try_from(raw.bytes().len()).unwrap_or(u64::MAX);
    let primary = policy.project.primary.address.to_string();
    let digest = raw.digest();
    let arrival = Arrival {
        source: SOURCE.to_owned(),
        mailbox: person.name().0.clone(),
        uid_validity: 0,
        uid: 0,
        unique_name: format!("{digest} {now}"),
        came_for: primary.clone(),
        arrived: now,
        raw: raw.clone(),
        full_size,
        extent: Extent::Whole,
        mark: Mark::None,
        look: Look::Later,
    };
    let Some(id) = inbox::take_in(tx, vec![arrival], None, now)?.pop() else { return Err(StoreError::Changed("the inbox")) };
    let incoming = take_apart(Taken { id, raw, extent: Extent::Whole, full_size, arrived: now, came_for: primary, tries: 0 });
    let keys = Keys::of(&incoming, &policy.project);
    let mut known = snapshot::snapshot(tx, id, &keys, &policy.team, now)?;
    wall::look_up(tx, &mut known, policy, now)?;
    let decided = decide::handed_in(&incoming, person, (&known, policy), now, &mut SystemEntropy)
        .map_err(|error| StoreError::Judgement(error.to_string()))?;
    match decided {
        HandedIn::Refused(why) => Err(StoreError::Refused(why)),
        HandedIn::Taken(decision) => {
            apply::decision(tx, id, *decision, &keys, now)?;
            let digest: String = digest.to_string().chars().take(16).collect();
            Ok(Response::done(format!(
                "message {id} (SHA-256 {digest}...) is registered; the others of the team are asked. Its OpenPGP signature was not checked (X10)."
            )))
        }
    }
}
