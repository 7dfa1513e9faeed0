//! The embargo clock: T06, T13, T91, P40, P44, P45.

use jiff::Timestamp;

use super::{Bench, Refused, Request, Ruling, one, perhaps, said, unless};
use crate::{
    cases::{
        event::CaseEvent,
        parts::SHORT_NOTICE,
        region::{Confidentiality, Publicity},
        terms::{Act, DisarmCause},
    },
    disclosure::PersonName,
};

/// Working days that reminders can wait at most.
const LONGEST_SNOOZE: u32 = 10;

impl Bench<'_> {
    pub(super) fn schedule(&self, request: &Request) -> Ruling {
        let file = self.file;
        match request {
            Request::DiscovererDate { date } => {
                unless(file.public_cause().is_some(), Refused::AlreadyPublic)?;
                unless(*date <= self.now, Refused::Past(*date))?;
                one(CaseEvent::DiscovererDate { date: *date })
            }
            Request::Consent { until, evidence } => {
                unless(file.public_cause().is_some(), Refused::AlreadyPublic)?;
                unless(file.discoverer_date.is_none(), Refused::NoDiscovererDate)?;
                unless(*until <= self.now, Refused::Past(*until))?;
                one(CaseEvent::DiscovererConsented { until: *until, evidence: said(evidence)? })
            }
            Request::Embargo { until, because } => self.embargo(*until, perhaps(because.as_ref())),
            Request::Snooze { until } => {
                unless(*until <= self.now, Refused::Past(*until))?;
                let longest = self.standards.calendar.add_working_days(self.now, LONGEST_SNOOZE);
                unless(*until > longest, Refused::SnoozeTooLong(longest))?;
                one(CaseEvent::Snoozed { until: *until })
            }
            _ => Err(Refused::NotThisActor),
        }
    }

    fn embargo(&self, until: Timestamp, because: Option<String>) -> Ruling {
        let Confidentiality::Embargoed { until: before } = self.file.confidentiality() else {
            return self.first_embargo(until, because);
        };
        unless(until == before, Refused::Already)?;
        self.may_end_at(until)?;
        let because = because.ok_or(Refused::ChangeWithoutReason)?;
        let needs_two =
            if until < before { until.duration_since(self.now) < SHORT_NOTICE } else { self.file.predisclosed_at().is_some() };
        if until > before && needs_two && self.now >= before {
            return Err(Refused::EmbargoOver(before));
        }
        if needs_two { self.propose(Act::Embargo { until, because }) } else { self.change(until, because, None) }
    }

    fn first_embargo(&self, until: Timestamp, because: Option<String>) -> Ruling {
        let file = self.file;
        match (file.confidentiality(), file.publicity()) {
            (Confidentiality::Public { .. }, _) | (_, Some(Publicity::Yes)) => return Err(Refused::AlreadyPublic),
            (_, None) => return Err(Refused::PublicityUnset),
            (_, Some(Publicity::Unknown)) => return Err(Refused::PublicityUnknown),
            (_, Some(Publicity::No)) => {}
        }
        self.may_end_at(until)?;
        let default = self.standards.default_instant(file, self.now);
        unless(because.is_none() && !self.standards.is_default_day(until, default), Refused::NotTheDefault(default))?;
        one(CaseEvent::EmbargoSet { until, default, because })
    }

    /// Whether the case may become public at that instant at all: to come, and no later than the discoverer leaves us.
    fn may_end_at(&self, until: Timestamp) -> Result<(), Refused> {
        unless(until <= self.now, Refused::Past(until))?;
        match self.file.ceiling() {
            Some(ceiling) if until > ceiling => Err(Refused::BeyondDiscoverer(ceiling)),
            _ => Ok(()),
        }
    }

    /// What a change of the instant brings about; for two people also at the second one's word.
    pub(super) fn change(&self, until: Timestamp, because: String, proposed_by: Option<PersonName>) -> Ruling {
        let Confidentiality::Embargoed { until: before } = self.file.confidentiality() else { return Err(Refused::NoEmbargo) };
        self.may_end_at(until)?;
        unless(until == before, Refused::Already)?;
        let default = self.standards.default_instant(self.file, self.now);
        let mut events = self.disarm(DisarmCause::Instant);
        events.push(if until < before {
            CaseEvent::EmbargoShortened { until, default, because, proposed_by }
        } else {
            let over = self.file.predisclosed_at().is_some() && self.now >= before;
            unless(over, Refused::EmbargoOver(before))?;
            CaseEvent::EmbargoLengthened { until, default, because, proposed_by }
        });
        Ok(events)
    }
}
