//! Embargoed text that is about to become public, or has: a mail that says something of a live case and has a public address in it.

use std::collections::BTreeSet;

use super::{DecideError, Work, snapshot::HeldPlace};
use crate::{
    compose::AlarmKind,
    disclosure::{CaseId, Project, PublicList},
    firewall::{Hit, Letter},
    mail::{Address, Message},
    moderation::{Suggestion, Urgency},
};

/// The cases that a mail gives away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Suspicion(pub(super) BTreeSet<CaseId>);

/// Looks at a mail before anything is done with it; alarms at once, whatever becomes of it afterwards.
pub(super) fn look(work: &mut Work<'_>, message: &Message, envelope_to: &[Address]) -> Result<(), DecideError> {
    if !is_public(&work.policy.project, message, envelope_to) {
        return Ok(());
    }
    let hits = work.snapshot.wall.told_to_everybody(&Letter::of(message));
    if hits.is_empty() {
        return Ok(());
    }
    let cases: BTreeSet<CaseId> = hits.iter().map(|hit| hit.case).collect();
    work.note("leak-suspected", &format!("public, and {}", named(&hits)));
    let ids = std::iter::once(format!("in-{}", work.id)).chain(hits.iter().take(NAMED).map(ToString::to_string)).collect();
    work.leak = Some(Suspicion(cases));
    work.alarm_about(AlarmKind::LeakSuspected, ids)
}

/// Holds it, if nothing else has.
pub(super) fn hold(work: &mut Work<'_>) {
    if work.leak.is_some() && !work.is_held() {
        work.hold(HeldPlace::Other, Suggestion::Hold, Urgency::Urgent, None, None);
    }
}

/// More places are not named.
const NAMED: usize = 8;

fn named(hits: &[Hit]) -> String {
    hits.iter().take(NAMED).map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Header fields in which an address says where a mail or its answers go.
const FIELDS: [&str; 12] = [
    "to",
    "cc",
    "bcc",
    "reply-to",
    "mail-followup-to",
    "mail-reply-to",
    "resent-to",
    "resent-cc",
    "x-beenthere",
    "list-post",
    "x-original-to",
    "newsgroups",
];

/// Whether a mail goes to a public list, asks for answers there, or came through one.
fn is_public(project: &Project, message: &Message, envelope_to: &[Address]) -> bool {
    let lists: Vec<&PublicList> = project.public.iter().chain([&project.applications]).collect();
    let through = message.list_ids.iter().any(|id| lists.iter().any(|list| list.list_id.as_ref() == Some(id)));
    let delivered = envelope_to.iter().any(|address| project.is_public(address));
    if through || delivered || project.public_recipients(message).next().is_some() {
        return true;
    }
    let addresses: Vec<String> = lists
        .iter()
        .flat_map(|list| std::iter::once(&list.address).chain(&list.aliases))
        .map(|one| one.to_string().to_lowercase())
        .collect();
    let headers = message.headers();
    headers.fields().filter(|field| FIELDS.iter().any(|name| field.is(name))).any(|field| {
        let value = field.unfolded().to_lowercase();
        addresses.iter().any(|address| value.contains(address.as_str()))
    })
}
