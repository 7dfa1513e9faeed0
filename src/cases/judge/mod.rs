//! What comes of a request: events, or the step that is missing.
//!
//! Promises: what it returns fits the file ([`CaseFile::apply`] takes every event, in order, recorded at `now` by the same actor, and no other
//! event between); a request that is refused changes nothing; no act that needs two people is done by one. Fails with [`Refused`], a sentence
//! for whoever asked. Who the actor is has been proven before: this room believes it.

mod advisory;
mod ending;
mod people;
mod release;
mod schedule;
mod triage;
mod two;

use jiff::Timestamp;

use super::{
    event::CaseEvent,
    file::CaseFile,
    refused::Refused,
    region::{CloseReason, Handling, Publicity},
    request::Request,
    targets::Standards,
    terms::{Actor, DisarmCause, Numbers},
};
use crate::disclosure::PersonName;

/// What the judgement must know besides the file.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The instant at which the events are recorded.
    pub now: Timestamp,
    /// The configuration.
    pub standards: &'a Standards,
    /// Every number ever used, burnt ones too.
    pub numbers: &'a Numbers,
}

/// What comes of a request.
///
/// # Errors
/// [`Refused`] when it may not be done now, or not by this actor.
pub fn judge(
    file: &CaseFile,
    request: &Request,
    by: &Actor,
    circumstances: &Circumstances<'_>,
) -> Result<Vec<CaseEvent>, Refused> {
    let Circumstances { now, standards, numbers } = *circumstances;
    admit(file, request, by)?;
    let bench = Bench { file, by, now, standards, numbers };
    match request {
        Request::Acknowledge
        | Request::Claim { .. }
        | Request::Scope { .. }
        | Request::Public { .. }
        | Request::Confirm
        | Request::Prepare
        | Request::Retrospective { .. }
        | Request::Upstream { .. } => bench.triage(request),
        Request::DiscovererDate { .. } | Request::Consent { .. } | Request::Embargo { .. } | Request::Snooze { .. } => {
            bench.schedule(request)
        }
        Request::Number { .. }
        | Request::Burn { .. }
        | Request::CveRequest
        | Request::CveAssign { .. }
        | Request::CveNone
        | Request::RegisterPatch { .. }
        | Request::PatchComplete { .. }
        | Request::Register { .. }
        | Request::Predisclose { .. }
        | Request::Deployment { .. } => bench.advisory(request),
        Request::Arm
        | Request::Disarm { .. }
        | Request::Begin
        | Request::DestinationDone { .. }
        | Request::Finish
        | Request::Pushed { .. }
        | Request::PagePublished => bench.release(request),
        Request::Tell { .. }
        | Request::Promise { .. }
        | Request::Discoverer { .. }
        | Request::Involve { .. }
        | Request::Agreed { .. }
        | Request::Heard { .. }
        | Request::Uninvolve { .. }
        | Request::Consult { .. }
        | Request::Answer { .. }
        | Request::Handover { .. }
        | Request::Wish { .. }
        | Request::AnswerWish { .. }
        | Request::Decide { .. }
        | Request::Note { .. } => bench.people(request),
        Request::EndEmbargo { .. } | Request::Second { .. } | Request::Retract | Request::Lapse => bench.two(request),
        Request::ReportDrafted { .. } | Request::ReportSent | Request::WaiveReport { .. } | Request::Close { .. } => {
            bench.ending(request)
        }
    }
}

/// Who may ask at all, and whether the case still takes requests.
fn admit(file: &CaseFile, request: &Request, by: &Actor) -> Result<(), Refused> {
    let for_daemon = matches!(request, Request::Begin | Request::Finish | Request::Lapse);
    // What machines find in mail, count, or are told by the operator's hook.
    let for_both = matches!(
        request,
        Request::Acknowledge
            | Request::Tell { .. }
            | Request::RegisterPatch { .. }
            | Request::Heard { .. }
            | Request::Upstream { .. }
            | Request::Wish { .. }
            | Request::Disarm { .. }
            | Request::Pushed { .. }
            | Request::PagePublished
            // A server that took the mail and did not say so: a person looks into the archive.
            | Request::DestinationDone { .. }
            | Request::ReportDrafted { .. }
    );
    match by {
        Actor::Person(_) if for_daemon => return Err(Refused::DaemonOnly),
        Actor::Daemon if !for_daemon && !for_both => return Err(Refused::NotThisActor),
        Actor::Discoverer if !matches!(request, Request::Wish { .. }) => return Err(Refused::NotThisActor),
        _ => {}
    }
    let Handling::Closed(reason) = file.handling() else { return Ok(()) };
    let amends = matches!(
        request,
        Request::CveAssign { .. }
            | Request::Register { .. }
            | Request::Arm
            | Request::Disarm { .. }
            | Request::Begin
            | Request::DestinationDone { .. }
            | Request::Finish
            | Request::Pushed { .. }
            | Request::PagePublished
    );
    let always = matches!(request, Request::Note { .. } | Request::Answer { .. } | Request::Tell { .. });
    // What was closed without a release is secret until somebody says where it can be read; that takes two.
    let tells = matches!(
        request,
        Request::Public { answer: Publicity::Yes, .. } | Request::Second { .. } | Request::Retract | Request::Lapse
    );
    if tells && file.public_cause().is_none() {
        return Ok(());
    }
    if always || (amends && *reason == CloseReason::Released) {
        return Ok(());
    }
    Err(Refused::Closed(reason.to_string()))
}

/// One request at work.
struct Bench<'a> {
    file: &'a CaseFile,
    by: &'a Actor,
    now: Timestamp,
    standards: &'a Standards,
    numbers: &'a Numbers,
}

type Ruling = Result<Vec<CaseEvent>, Refused>;

impl Bench<'_> {
    fn person(&self) -> Result<&PersonName, Refused> {
        match self.by {
            Actor::Person(name) => Ok(name),
            Actor::Daemon | Actor::Discoverer => Err(Refused::NotThisActor),
        }
    }

    /// The event that makes an arming void, before the one that brings it about.
    fn disarm(&self, cause: DisarmCause) -> Vec<CaseEvent> {
        self.file.arming().map(|_| CaseEvent::Disarmed { cause }).into_iter().collect()
    }

    fn ours(&self) -> Result<(), Refused> {
        if self.file.upstream().is_some() { Err(Refused::UpstreamTheirs) } else { Ok(()) }
    }
}

/// One event.
fn one(event: CaseEvent) -> Ruling {
    Ok(vec![event])
}

/// A text that says something.
fn said(text: &str) -> Result<String, Refused> {
    let text = text.trim();
    if text.is_empty() { Err(Refused::Empty) } else { Ok(text.to_owned()) }
}

/// A text that may be missing; blanks are missing too.
fn perhaps(text: Option<&String>) -> Option<String> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn unless(is_wrong: bool, refused: Refused) -> Result<(), Refused> {
    if is_wrong { Err(refused) } else { Ok(()) }
}
