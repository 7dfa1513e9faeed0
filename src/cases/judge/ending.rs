//! The transparency report and the end: T04, T18-T20, P38.

use super::{Bench, Refused, Request, Ruling, one, perhaps, said, unless};
use crate::{
    cases::{
        event::CaseEvent,
        parts::ReportState,
        region::{AdvisoryStage, CloseReason, Confidentiality, Numbering},
        targets::closing_items,
        terms::{Act, DisarmCause},
    },
    disclosure::PersonName,
};

impl Bench<'_> {
    pub(super) fn ending(&self, request: &Request) -> Ruling {
        match request {
            Request::ReportDrafted { digest } => {
                self.may_report()?;
                one(CaseEvent::ReportDrafted { digest: *digest })
            }
            Request::ReportSent => {
                self.may_report()?;
                one(CaseEvent::ReportSent)
            }
            Request::WaiveReport { because } => {
                self.may_report()?;
                self.propose(Act::WaiveReport { because: said(because)? })
            }
            // What another project published is done when it has: there is no release of ours to wait for (P85).
            Request::Close { reason: CloseReason::Released, because } if self.file.upstream().is_some() => {
                self.close(&CloseReason::UpstreamPublished, perhaps(because.as_ref()))
            }
            Request::Close { reason, because } => self.close(reason, perhaps(because.as_ref())),
            _ => Err(Refused::NotThisActor),
        }
    }

    /// A report is written of what is public, once.
    pub(super) fn may_report(&self) -> Result<(), Refused> {
        unless(!self.file.advisory().is_public(), Refused::NotReleased)?;
        unless(matches!(self.file.report(), ReportState::Sent | ReportState::Waived), Refused::Already)
    }

    fn close(&self, reason: &CloseReason, because: Option<String>) -> Ruling {
        let members_hold_it = matches!(self.file.advisory(), AdvisoryStage::Predisclosed(_));
        let embargoed = matches!(self.file.confidentiality(), Confidentiality::Embargoed { .. });
        // T04: what the discoverer and others know stays a secret; the record says why nobody will publish it.
        let needs_reason = *reason != CloseReason::Released
            && (embargoed || members_hold_it || matches!(reason, CloseReason::NotAVulnerability | CloseReason::ByHand))
            && *reason != CloseReason::UpstreamPublished;
        if needs_reason && because.is_none() {
            return Err(Refused::BecauseMissing(word(reason)));
        }
        match because {
            Some(because) if members_hold_it => self.propose(Act::Close { reason: reason.clone(), because }),
            because => self.close_now(reason, because, None),
        }
    }

    /// What closing brings about: a number that was never published is burnt with it.
    pub(super) fn close_now(&self, reason: &CloseReason, because: Option<String>, proposed_by: Option<PersonName>) -> Ruling {
        let file = self.file;
        let released = file.advisory().is_public();
        unless(released && *reason != CloseReason::Released, Refused::IsReleased)?;
        match reason {
            CloseReason::Released => {
                unless(!released, Refused::NotReleased)?;
                let open = closing_items(file, self.standards);
                unless(!open.is_empty(), Refused::StillOpen(open))?;
            }
            CloseReason::Duplicate { of } => unless(*of == file.id(), Refused::OwnDuplicate)?,
            CloseReason::OtherProject { project } => {
                said(project)?;
            }
            CloseReason::UpstreamPublished => {
                unless(file.upstream().is_none(), Refused::NotReleased)?;
                unless(file.public_cause().is_none(), Refused::UpstreamNotPublished)?;
            }
            CloseReason::NotAVulnerability | CloseReason::Unsupported | CloseReason::Withdrawn | CloseReason::ByHand => {}
        }
        let mut events = self.disarm(DisarmCause::Case);
        // What was published by hand has its number for good.
        if let Numbering::Allocated(number) = file.numbering()
            && *reason != CloseReason::ByHand
        {
            events.push(CaseEvent::NumberBurnt { number, because: Some(format!("closed as {reason}")) });
        }
        events.push(CaseEvent::Closed { reason: reason.clone(), because, proposed_by });
        Ok(events)
    }
}

/// What people type to close a case that way.
fn word(reason: &CloseReason) -> &'static str {
    match reason {
        CloseReason::Released | CloseReason::UpstreamPublished => "close",
        CloseReason::NotAVulnerability => "not-a-vulnerability",
        CloseReason::Duplicate { .. } => "duplicate of CASE",
        CloseReason::OtherProject { .. } => "other-project NAME",
        CloseReason::Unsupported => "unsupported",
        CloseReason::Withdrawn => "withdrawn",
        CloseReason::ByHand => "close",
    }
}
