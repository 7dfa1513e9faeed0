//! The transparency report of a released case: drafted by the daemon, sent by people (P38).
//!
//! Once every destination has the advisory the report is written from the record, its digest goes into the record, and each of the team gets the
//! text with a token to answer `report-sent`. Until then, or until two people waive it, [`super::digest`] asks for it each working day.

use jiff::Timestamp;

use super::{
    DecideError, Policy, Work,
    incoming::InboxId,
    snapshot::{Actor, Purpose, Recorded},
    tick::{Watched, team_only},
    work::Sending,
};
use crate::{
    cases::{self, Circumstances, ReportState, Request},
    compose::ReportDraft,
    decide::effect::Effect,
    entropy::Entropy,
    mail::Digest,
    transparency::{self, Report, Sources},
};

pub use crate::transparency::DeliveryCount;

/// What the store adds to a record for its report.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    /// How the letters of the case have gone.
    pub deliveries: Vec<DeliveryCount>,
    /// When the discoverer was told that the report arrived.
    pub acknowledged: Option<Timestamp>,
    /// The members' organisations, which are not named.
    pub members: Vec<String>,
}

/// Whether the report of a case is to be drafted now: everybody has the advisory, and there is no draft.
pub fn is_due(watched: &Watched) -> bool {
    let released = watched.file.release().is_some_and(|release| release.finished.is_some());
    released && !watched.file.is_closed() && watched.file.report() == ReportState::None
}

/// The report of a case.
pub fn report(
    watched: &Watched,
    record: &[Recorded],
    sent: &Sent,
    policy: &Policy,
    now: Timestamp,
) -> Result<Report, DecideError> {
    let sources = Sources {
        case: watched.case.id,
        record,
        standards: &policy.standards(),
        project: &policy.project.name,
        prefix: &policy.project.advisory_prefix,
        members: &sent.members,
        deliveries: &sent.deliveries,
        acknowledged: sent.acknowledged,
    };
    transparency::report(&sources, now).map_err(|_| DecideError::Missing("a record that is that of a case"))
}

/// Drafts it: its digest in the record, its text to each of the team.
pub fn draft(
    watched: &Watched,
    record: &[Recorded],
    sent: &Sent,
    policy: &Policy,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<Vec<Effect>, DecideError> {
    let snapshot = team_only(policy);
    let mut work = Work::new(InboxId::NONE, &snapshot, policy, now, entropy);
    let report = report(watched, record, sent, policy, now)?;
    let digest = Digest::of(report.text.as_bytes());
    let standards = policy.standards();
    let numbers = cases::Numbers::new();
    let circumstances = Circumstances { now, standards: &standards, numbers: &numbers };
    let Ok(events) = cases::judge(&watched.file, &Request::ReportDrafted { digest }, &Actor::Daemon, &circumstances) else {
        return Ok(Vec::new());
    };
    let case = &watched.case;
    let mut version = case.version;
    for event in events {
        version += 1;
        work.happened(case.id, None, Actor::Daemon, event, format!("the transparency report is drafted, SHA-256 {digest}"));
    }
    let number = report.number.map_or_else(|| case.id.to_string(), |number| number.with_prefix(&policy.project.advisory_prefix));
    for person in work.team() {
        let token = work.token_for_person(Purpose::Case, &person.name, case.id.0, digest, version);
        let (number, report) = (number.clone(), report.text.clone());
        let thread = work.letters_about(case.id);
        let letter = ReportDraft { to: person.address, token, thread, case: case.id, number, digest, report };
        let draft = letter.write(&mut work.desk())?;
        work.send(draft, Sending { case: Some(case.id), ..Sending::default() })?;
    }
    Ok(work.into_effects())
}
