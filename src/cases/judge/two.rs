//! What two people must agree on (T93): proposing, seconding, and what comes of it.

use super::{Bench, Refused, Request, Ruling, one, said, unless};
use crate::{
    cases::{
        event::CaseEvent,
        region::{Confidentiality, Publicity},
        terms::{Act, DisarmCause},
    },
    disclosure::PersonName,
};

impl Bench<'_> {
    pub(super) fn two(&self, request: &Request) -> Ruling {
        match request {
            Request::EndEmbargo { cause, what } => {
                let plan = self.plan(self.now).ok();
                let (version, digest) = (plan.as_ref().map(|plan| plan.version), plan.map(|plan| plan.digest));
                self.propose(Act::EndEmbargo { cause: *cause, what: said(what)?, version, digest })
            }
            Request::Second { serial } => {
                let pending = self.file.pending(self.now).ok_or(Refused::NothingPending)?;
                unless(serial.is_some_and(|seen| seen != pending.serial), Refused::ProposalChanged)?;
                unless(pending.by == *self.person()?, Refused::OwnProposal)?;
                self.second(&pending.act, &pending.by)
            }
            Request::Retract => {
                self.file.pending(self.now).ok_or(Refused::NothingPending)?;
                one(CaseEvent::Retracted)
            }
            Request::Lapse => {
                unless(self.file.pending.is_none(), Refused::NothingPending)?;
                unless(self.file.pending(self.now).is_some(), Refused::StillPending)?;
                one(CaseEvent::Lapsed)
            }
            _ => Err(Refused::NotThisActor),
        }
    }

    /// Asks for the second person; or is the second person's word, when another one has asked for the same.
    pub(super) fn propose(&self, act: Act) -> Ruling {
        let me = self.person()?;
        // What could not be done by two now is not worth a second person's time.
        self.effects(&act, me)?;
        let mut events = Vec::new();
        match self.file.pending(self.now) {
            Some(pending) if pending.act.matches(&act) => {
                unless(pending.by == *me, Refused::OwnProposal)?;
                return self.second(&pending.act, &pending.by);
            }
            // What cannot wait takes the place of what can.
            Some(_) if matches!(act, Act::EndEmbargo { .. }) => events.push(CaseEvent::Lapsed),
            Some(pending) => {
                return Err(Refused::OtherProposal { by: pending.by.clone(), what: pending.act.name() });
            }
            None if self.file.pending.is_some() => events.push(CaseEvent::Lapsed),
            None => {}
        }
        events.push(CaseEvent::Proposed { act, words: None });
        Ok(events)
    }

    fn second(&self, act: &Act, proposed_by: &PersonName) -> Ruling {
        let mut events = vec![CaseEvent::Seconded];
        events.extend(self.effects(act, proposed_by)?);
        Ok(events)
    }

    /// What the act brings about if both have agreed, as things stand now.
    fn effects(&self, act: &Act, proposed_by: &PersonName) -> Ruling {
        let file = self.file;
        match act {
            Act::Embargo { until, because } => self.change(*until, because.clone(), Some(proposed_by.clone())),
            Act::EndEmbargo { cause, what, digest, .. } => {
                unless(file.public_cause().is_some(), Refused::AlreadyPublic)?;
                // Both armed what the first one saw; another revision since then is armed by itself.
                let plan = self.plan(self.now).ok().filter(|plan| Some(plan.digest) == *digest);
                let mut events = self.disarm(DisarmCause::Instant);
                let (cause, what, proposed_by) = (*cause, what.clone(), proposed_by.clone());
                events.push(CaseEvent::EmbargoEnded { cause, what, proposed_by, plan });
                Ok(events)
            }
            Act::Public { source } => {
                unless(file.confidentiality() != Confidentiality::Undetermined && !file.is_closed(), Refused::UnderEmbargo)?;
                let (answer, source) = (Publicity::Yes, Some(source.clone()));
                one(CaseEvent::PublicityAnswered { answer, source, proposed_by: Some(proposed_by.clone()) })
            }
            Act::WaiveReport { because } => {
                self.may_report()?;
                one(CaseEvent::ReportWaived { because: because.clone(), proposed_by: proposed_by.clone() })
            }
            Act::Close { reason, because } => self.close_now(reason, Some(because.clone()), Some(proposed_by.clone())),
        }
    }
}
