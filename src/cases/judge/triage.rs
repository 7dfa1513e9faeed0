//! From the arrival to the confirmation: T02-T05, P5, P9, P12, P85.

use super::{Bench, Refused, Request, Ruling, one, perhaps, said, unless};
use crate::{
    cases::{
        event::CaseEvent,
        region::{Confidentiality, Handling, PublicCause, Publicity},
        terms::{Act, DisarmCause, Support},
    },
    disclosure::PersonName,
};

impl Bench<'_> {
    pub(super) fn triage(&self, request: &Request) -> Ruling {
        let file = self.file;
        match request {
            Request::Acknowledge => {
                unless(file.acknowledged, Refused::Already)?;
                one(CaseEvent::Acknowledged)
            }
            Request::Claim { instead_of } => self.claim(instead_of.as_ref()),
            Request::Scope { support, component, link } => one(CaseEvent::ScopeAnswered {
                support: *support,
                component: perhaps(component.as_ref()),
                link: perhaps(link.as_ref()),
            }),
            Request::Public { answer: Publicity::Yes, source } => self.public(perhaps(source.as_ref())),
            Request::Public { answer, source } => self.not_public(*answer, perhaps(source.as_ref())),
            Request::Confirm => self.confirm(),
            Request::Prepare => {
                unless(file.confirmed.is_none(), Refused::NotConfirmed)?;
                unless(file.handling != Handling::Confirmed, Refused::Already)?;
                one(CaseEvent::AdvisoryBegun)
            }
            Request::Retrospective { changeset } => {
                self.ours()?;
                unless(file.is_retrospective(), Refused::Already)?;
                unless(matches!(file.confidentiality(), Confidentiality::Embargoed { .. }), Refused::UnderEmbargo)?;
                unless(file.advisory().is_public(), Refused::AlreadyPublic)?;
                // That takes two (T93): `public yes` asks for the second person.
                unless(file.public_cause().is_none() && file.publicity() == Some(Publicity::No), Refused::SaidNotPublic)?;
                one(CaseEvent::Retrospective { changeset: said(changeset)? })
            }
            Request::Upstream { project, id, until } => {
                unless(file.upstream().is_some(), Refused::Already)?;
                unless(*until <= self.now, Refused::Past(*until))?;
                unless(matches!(file.confidentiality(), Confidentiality::Embargoed { .. }), Refused::UnderEmbargo)?;
                unless(file.confidentiality() != Confidentiality::Undetermined, Refused::AlreadyPublic)?;
                if let Some(number) = file.live_number() {
                    return Err(Refused::HasNumber(number));
                }
                let (project, id) = (said(project)?, perhaps(id.as_ref()));
                one(CaseEvent::Upstream { project, id, until: *until })
            }
            _ => Err(Refused::NotThisActor),
        }
    }

    fn claim(&self, instead_of: Option<&PersonName>) -> Ruling {
        let me = self.person()?;
        match (self.file.claimed_by(), instead_of) {
            (Some(holder), _) if holder == me => Err(Refused::Already),
            (Some(holder), None) => Err(Refused::ClaimedBy(holder.clone())),
            (holder, Some(from)) if holder != Some(from) => Err(Refused::NotTheirs(from.clone())),
            (_, instead_of) => one(CaseEvent::Claimed { instead_of: instead_of.cloned() }),
        }
    }

    /// `public yes`: with a source at first; a second person where somebody said no before (T93: it lifts the protection of the case).
    fn public(&self, source: Option<String>) -> Ruling {
        let source = source.ok_or(Refused::NoSource);
        let (file, source) = (self.file, source?);
        match file.confidentiality() {
            Confidentiality::Public { .. } => Err(Refused::Already),
            // Closed without a release of ours: it stays secret until two say where it can be read.
            _ if file.is_closed() => self.propose(Act::Public { source }),
            Confidentiality::Embargoed { until } if file.upstream().is_none() || self.now < until => {
                Err(if file.upstream().is_some() { Refused::UpstreamNotYet(until) } else { Refused::UnderEmbargo })
            }
            Confidentiality::Undetermined if file.publicity() == Some(Publicity::No) => self.propose(Act::Public { source }),
            Confidentiality::Undetermined | Confidentiality::Embargoed { .. } => {
                one(CaseEvent::PublicityAnswered { answer: Publicity::Yes, source: Some(source), proposed_by: None })
            }
        }
    }

    /// `public no|unknown`. A yes given in error is taken back here, as long as nothing has gone out: that is the safe direction.
    fn not_public(&self, answer: Publicity, source: Option<String>) -> Ruling {
        let file = self.file;
        unless(file.publicity() == Some(answer) && file.public_cause().is_none(), Refused::Already)?;
        let mut events = Vec::new();
        match file.confidentiality() {
            Confidentiality::Undetermined => {}
            Confidentiality::Embargoed { .. } => return Err(Refused::UnderEmbargo),
            Confidentiality::Public { .. } if file.is_retrospective() => return Err(Refused::Retrospective),
            Confidentiality::Public { cause: PublicCause::AlreadyPublic, .. } if !file.advisory().is_public() => {
                events = self.disarm(DisarmCause::Case);
            }
            Confidentiality::Public { .. } => return Err(Refused::AlreadyPublic),
        }
        events.push(CaseEvent::PublicityAnswered { answer, source, proposed_by: None });
        Ok(events)
    }

    fn confirm(&self) -> Ruling {
        let file = self.file;
        self.ours()?;
        unless(file.confirmed.is_some(), Refused::Already)?;
        unless(file.claimed_by().is_none(), Refused::Unclaimed)?;
        match file.scope {
            None => Err(Refused::ScopeUnset),
            Some(Support::Unsupported) => Err(Refused::ScopeUnsupported),
            Some(Support::Supported) => one(CaseEvent::Confirmed),
        }
    }
}
