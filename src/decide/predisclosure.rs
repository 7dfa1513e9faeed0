//! The advisory of a case on its way to the members: what the case says about it must agree, or nothing is sent (P25, P26, P29; T10, T12).
//!
//! An advisory whose number no open case has is not judged here: it is sent as two people of the team want it.

use super::{Work, snapshot::WaitingAdvisory};
use crate::{
    advisory::{self, Circumstances, Destination, Finding, Level},
    cases::{self, Actor, CaseEvent, CaseFile, LintResult, Recorded, Refused, Request, Revision, RevisionAudience},
    disclosure::{AdvisoryNumber, CaseId, PersonName},
    mail::Message,
};

/// The lint of an advisory for the members. `last` is the version they hold; `until` the end of the embargo on record.
pub(super) fn lint(work: &Work<'_>, message: &Message, last: u32, until: Option<jiff::Timestamp>) -> Vec<Finding> {
    let circumstances = Circumstances {
        destination: Some(Destination::Members),
        now: Some(work.now),
        last_version: u8::try_from(last).ok(),
        until,
    };
    advisory::lint(message, &work.policy.project, &work.policy.advisory_rules, &circumstances)
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
    let revision = revision(work, waiting, message, number, file);
    let version = revision.version;
    let mut file = file.clone();
    let mut events = Vec::new();
    let requests = [(&waiting.submitted_by, Request::Register { revision }), (releaser, Request::Predisclose { version })];
    let standards = work.policy.standards();
    for (name, request) in requests {
        let by = Actor::Person(name.clone());
        let circumstances = cases::Circumstances { now: work.now, standards: &standards, numbers: &work.snapshot.numbers };
        for event in cases::judge(&file, &request, &by, &circumstances)? {
            // What the judgement gives fits the file; were it not so, the store would refuse it and nothing would be sent.
            let _ = file.apply(&Recorded { at: work.now, by: by.clone(), event: event.clone() });
            events.push((file.id(), by.clone(), event));
        }
    }
    Ok(events)
}

fn revision(work: &Work<'_>, waiting: &WaitingAdvisory, message: &Message, number: AdvisoryNumber, file: &CaseFile) -> Revision {
    let findings = lint(work, message, file.advisory().sent_version(), file.public_at());
    let errors = findings.iter().filter(|finding| finding.level == Level::Error).count();
    let parsed = advisory::parse(message, &work.policy.project, &work.policy.advisory_rules).ok();
    Revision {
        version: waiting.revision,
        digest: waiting.raw.digest(),
        number,
        audience: RevisionAudience::Members,
        embargo: waiting.until,
        deployment: parsed.and_then(|advisory| advisory.deployment),
        lint: match u32::try_from(errors) {
            Ok(0) => LintResult::Clean,
            errors => LintResult::Errors(errors.unwrap_or(u32::MAX)),
        },
    }
}
