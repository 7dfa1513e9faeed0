//! The advisory of a case on its way to the members: what the case says about it must agree, or nothing is sent (P25, P26, P29; T10, T12).
//!
//! An advisory whose number no open case has is not judged here: it is sent as two people of the team want it.

use super::{Work, casework::judged, snapshot::WaitingAdvisory};
use crate::{
    advisory::{self, Circumstances, CreditWish, Destination, Discoverer, EmbargoMark, Finding, Level},
    cases::{Actor, CaseEvent, CaseFile, LintResult, Refused, Request, Revision, RevisionAudience, WishKind},
    disclosure::{AdvisoryNumber, CaseId, PersonName},
    mail::{Mailbox, Message},
};

/// The lint of an advisory for where it goes. `last` is the version sent last; `until` the end of the embargo on record.
pub(super) fn lint(
    work: &Work<'_>,
    message: &Message,
    last: u32,
    until: Option<jiff::Timestamp>,
    destination: Destination,
    file: Option<&CaseFile>,
) -> Vec<Finding> {
    let discoverer = file.and_then(|file| discoverer(work, file));
    let circumstances = Circumstances {
        destination: Some(destination),
        now: Some(work.now),
        last_version: u8::try_from(last).ok(),
        until,
        discoverer: discoverer.as_ref(),
    };
    let mut findings = advisory::lint(message, &work.policy.project, &work.policy.advisory_rules, &circumstances);
    if destination == Destination::Public {
        // It came to the predisclosure list's address; the mail that goes out is addressed anew (`compose::PublicRelease`).
        findings.retain(|finding| finding.id != "X11");
    }
    findings
}

/// Who found it, and the last wish about the credit.
fn discoverer(work: &Work<'_>, file: &CaseFile) -> Option<Discoverer> {
    let address = file.discoverer()?.clone();
    let known = work.snapshot.discoverers.iter().find(|(case, _)| *case == file.id()).map(|(_, mailbox)| mailbox.clone());
    let wish = file.wishes().iter().rev().find_map(|wish| match wish.kind {
        WishKind::Credit => Some(CreditWish::Credit(wish.text.clone())),
        WishKind::Anonymity => Some(CreditWish::Anonymity),
        WishKind::Date | WishKind::Contact => None,
    });
    Some(Discoverer { mailbox: known.unwrap_or(Mailbox { name: None, address }), wish: wish.unwrap_or(CreditWish::Unsaid) })
}

/// A finding as a letter says it.
pub(super) fn in_words(finding: &Finding) -> String {
    let level = match finding.level {
        Level::Error => "error",
        Level::Warn => "warning",
    };
    format!("{level} {}: {}", finding.id, finding.text)
}

/// What happens to the case when the advisory goes out, or why it must not. The events are for the second person's `send`.
pub(super) fn events(
    work: &Work<'_>,
    waiting: &WaitingAdvisory,
    message: &Message,
    releaser: &PersonName,
) -> Result<Vec<(CaseId, Actor, CaseEvent)>, Refused> {
    let Some(number) = waiting.number else { return Ok(Vec::new()) };
    let of_it = |file: &&CaseFile| file.live_number() == Some(number) && !file.is_closed();
    let Some(file) = work.snapshot.files.iter().find(of_it) else { return Ok(Vec::new()) };
    let (revision, _) = revision(work, message, number, file, Destination::Members);
    let version = revision.version;
    let mut file = file.clone();
    let mut events = Vec::new();
    let requests = [(&waiting.submitted_by, Request::Register { revision }), (releaser, Request::Predisclose { version })];
    for (name, request) in requests {
        let by = Actor::Person(name.clone());
        let (of_this, after) = judged(work, &file, &request, &by)?;
        events.extend(of_this.into_iter().map(|event| (file.id(), by.clone(), event)));
        file = after;
    }
    Ok(events)
}

/// The mail as a revision of the case's advisory, and what the lint says of it. Its version is the one its Subject names, or else the next one.
pub(super) fn revision(
    work: &Work<'_>,
    message: &Message,
    number: AdvisoryNumber,
    file: &CaseFile,
    destination: Destination,
) -> (Revision, Vec<Finding>) {
    let last = file.advisory().sent_version();
    let (audience, known) = match destination {
        Destination::Members => (RevisionAudience::Members, file.public_at()),
        Destination::Public => (RevisionAudience::Public, None),
    };
    let findings = lint(work, message, last, known, destination, Some(file));
    let errors = findings.iter().filter(|finding| finding.level == Level::Error).count();
    let parsed = advisory::parse(message, &work.policy.project, &work.policy.advisory_rules).ok();
    let named = advisory::subject::parse(&message.subject, &work.policy.project).and_then(|subject| subject.version);
    let embargo = match advisory::embargo_until(message, &work.policy.advisory_rules) {
        EmbargoMark::Until(until) => Some(until),
        EmbargoMark::Unmarked | EmbargoMark::Undated | EmbargoMark::Contradictory => None,
    };
    let revision = Revision {
        version: named.map_or_else(|| last.saturating_add(1), u32::from),
        digest: message.raw.digest(),
        number,
        audience,
        embargo,
        deployment: parsed.and_then(|advisory| advisory.deployment),
        lint: match u32::try_from(errors) {
            Ok(0) => LintResult::Clean,
            errors => LintResult::Errors(errors.unwrap_or(u32::MAX)),
        },
    };
    (revision, findings)
}
