//! Arming and the release: T14, T17, P30-P36.

use super::{Bench, Refused, Request, Ruling, one, unless};
use crate::cases::{
    event::CaseEvent,
    region::Confidentiality,
    targets::arming_opens,
    terms::{DisarmCause, LintResult, Plan, RevisionAudience},
};

impl Bench<'_> {
    pub(super) fn release(&self, request: &Request) -> Ruling {
        match request {
            Request::Arm => self.arm(),
            Request::Disarm { cause } => {
                unless(self.file.arming().is_none(), Refused::NotArmed)?;
                one(CaseEvent::Disarmed { cause: *cause })
            }
            Request::Begin => self.begin(),
            Request::DestinationDone { destination } => {
                let release = self.file.release().filter(|release| release.finished.is_none()).ok_or(Refused::NotReleasing)?;
                let waits = release.plan.destinations.contains(destination) && !release.done.contains(destination);
                unless(!waits, Refused::UnknownDestination)?;
                one(CaseEvent::DestinationDone { destination: destination.clone() })
            }
            Request::Finish => {
                unless(!self.file.is_releasing(), Refused::NotReleasing)?;
                let open = self.file.destinations_open();
                unless(open > 0, Refused::DestinationsOpen(open))?;
                one(CaseEvent::ReleaseFinished)
            }
            // Before the release a pushed changeset or a page would be the leak itself.
            Request::Pushed { .. } | Request::PagePublished if !self.file.advisory().is_public() => Err(Refused::NotReleased),
            Request::Pushed { commits } => one(CaseEvent::ChangesetsPushed { commits: commits.clone() }),
            Request::PagePublished => {
                unless(self.file.page.is_some(), Refused::Already)?;
                one(CaseEvent::PagePublished)
            }
            _ => Err(Refused::NotThisActor),
        }
    }

    fn arm(&self) -> Ruling {
        let me = self.person()?;
        let instant = match self.file.confidentiality() {
            Confidentiality::Undetermined => return Err(Refused::NoEmbargo),
            Confidentiality::Embargoed { until } => until,
            Confidentiality::Public { since, .. } => since,
        };
        let plan = self.plan(instant)?;
        if let Some(ceiling) = self.file.ceiling().filter(|_| self.file.is_beyond_discoverer()) {
            return Err(Refused::BeyondDiscoverer(ceiling));
        }
        let opens = arming_opens(instant);
        unless(self.now < opens, Refused::TooEarlyToArm(opens))?;
        let mut events = Vec::new();
        match self.file.arming() {
            Some(arming) if arming.is_stale(self.now) => events = self.disarm(DisarmCause::Stale),
            Some(arming) if arming.plan != plan => events = self.disarm(DisarmCause::Destinations),
            Some(arming) if arming.is_full() => return Err(Refused::ArmedAlready),
            Some(arming) if arming.by.contains(me) => return Err(Refused::ArmedByYou),
            Some(_) | None => {}
        }
        events.push(CaseEvent::Armed { plan });
        Ok(events)
    }

    /// What a release at `instant` would send, if the revision registered last is fit for the public.
    pub(super) fn plan(&self, instant: jiff::Timestamp) -> Result<Plan, Refused> {
        let file = self.file;
        self.ours()?;
        unless(file.is_releasing(), Refused::Releasing)?;
        let number = file.live_number().ok_or(Refused::NoNumber)?;
        let revision = file.latest_revision().ok_or(Refused::NoRevision)?;
        unless(revision.number != number, Refused::OtherNumber(revision.number))?;
        let sent = file.advisory().sent_version();
        let is_new = !file.advisory().is_public() || revision.version > sent;
        unless(!is_new, Refused::Identical(sent))?;
        let is_public = revision.audience == RevisionAudience::Public && revision.embargo.is_none();
        unless(!is_public, Refused::NotForPublic)?;
        if let LintResult::Errors(count) = revision.lint {
            return Err(Refused::Lint(count));
        }
        let destinations = self.standards.destinations.clone();
        unless(destinations.is_empty(), Refused::NoDestination)?;
        Ok(Plan { version: revision.version, digest: revision.digest, instant, destinations })
    }

    fn begin(&self) -> Ruling {
        let arming = self.file.arming().ok_or(Refused::NotArmed)?;
        unless(!arming.is_full(), Refused::ArmedByOne)?;
        unless(self.now < arming.plan.instant, Refused::TooEarly(arming.plan.instant))?;
        unless(arming.is_stale(self.now), Refused::TooLate)?;
        unless(arming.plan.destinations != self.standards.destinations, Refused::OtherDestinations)?;
        one(CaseEvent::ReleaseBegun { plan: arming.plan.clone() })
    }
}
