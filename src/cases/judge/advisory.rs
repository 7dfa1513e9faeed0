//! Number, CVE, patches, revisions, and what members may deploy: T07-T12, T18, P13-P29, P35, P57-P59.

use super::{Bench, Refused, Request, Ruling, one, perhaps, unless};
use crate::{
    cases::{
        event::CaseEvent,
        region::{Confidentiality, CveState, Handling, Numbering, Publicity},
        request::NumberWish,
        terms::{DisarmCause, LintResult, NumberUse, Revision, RevisionAudience},
    },
    disclosure::{AdvisoryNumber, DeploymentPermission},
};

impl Bench<'_> {
    pub(super) fn advisory(&self, request: &Request) -> Ruling {
        match request {
            Request::Number { wish } => self.number(*wish),
            Request::Burn { because } => self.burn(because.as_ref()),
            Request::CveRequest | Request::CveAssign { .. } | Request::CveNone => self.cve(request),
            Request::RegisterPatch { patch } => {
                unless(self.file.patches().any(|known| known.sha256 == patch.sha256), Refused::Already)?;
                one(CaseEvent::PatchRegistered { patch: patch.clone() })
            }
            Request::PatchComplete { branches } => {
                let supported = &self.standards.branches;
                unless(branches.is_empty(), Refused::Empty)?;
                let unknown = branches.iter().find(|branch| !supported.is_empty() && !supported.contains(branch));
                if let Some(unknown) = unknown {
                    return Err(Refused::UnknownBranch(unknown.clone()));
                }
                unless(branches.is_subset(&self.file.complete_branches), Refused::Already)?;
                one(CaseEvent::PatchesComplete { branches: branches.clone() })
            }
            Request::Register { revision } => self.register(revision),
            Request::Predisclose { version } => self.predisclose(*version),
            Request::Deployment { permission, because } => self.deployment(*permission, because.as_ref()),
            _ => Err(Refused::NotThisActor),
        }
    }

    fn number(&self, wish: NumberWish) -> Ruling {
        self.ours()?;
        if let Some(number) = self.file.live_number() {
            return Err(Refused::HasNumber(number));
        }
        // The own burnt numbers count too, should whoever asks have forgotten them.
        let highest = self.numbers.keys().copied().chain(self.file.numbers()).max();
        let next = highest.map_or(Some(1), |highest| highest.get().checked_add(1));
        let next = next.and_then(|next| AdvisoryNumber::new(next).ok()).ok_or(Refused::NoNumberLeft)?;
        let number = match wish {
            NumberWish::Next => next,
            NumberWish::This(number) if number >= next => number,
            // An advisory came with it that was never sent, before its case had a number: this is the case.
            NumberWish::This(number) if self.numbers.get(&number) == Some(&NumberUse::Submitted) => number,
            NumberWish::This(number) => return Err(Refused::NumberUsed(highest.unwrap_or(number))),
        };
        one(CaseEvent::NumberAllocated { number })
    }

    fn burn(&self, because: Option<&String>) -> Ruling {
        match self.file.numbering() {
            Numbering::None | Numbering::Burnt(_) => Err(Refused::NoNumber),
            Numbering::Published(_) => Err(Refused::NumberPublished),
            // Members know the number: its end is an update to them first, or a closing by two.
            Numbering::Allocated(_) if self.file.predisclosed_at().is_some() => Err(Refused::NumberPublished),
            Numbering::Allocated(number) => {
                let mut events = self.disarm(DisarmCause::Number);
                events.push(CaseEvent::NumberBurnt { number, because: perhaps(because) });
                Ok(events)
            }
        }
    }

    fn cve(&self, request: &Request) -> Ruling {
        match (request, self.file.cve()) {
            (Request::CveRequest, CveState::Requested | CveState::Assigned(_)) => Err(Refused::Already),
            (Request::CveRequest, _) => one(CaseEvent::CveRequested),
            (Request::CveNone, CveState::Declined) => Err(Refused::Already),
            (Request::CveNone, _) => one(CaseEvent::CveDeclined),
            (Request::CveAssign { ids }, _) if ids.is_empty() => Err(Refused::NoIds),
            (Request::CveAssign { ids }, CveState::Assigned(known)) if ids == known => Err(Refused::Already),
            (Request::CveAssign { ids }, _) => one(CaseEvent::CveAssigned { ids: ids.clone() }),
            _ => Err(Refused::NotThisActor),
        }
    }

    fn register(&self, revision: &Revision) -> Ruling {
        let file = self.file;
        self.ours()?;
        unless(file.confirmed.is_none(), Refused::NotConfirmed)?;
        unless(file.is_releasing(), Refused::Releasing)?;
        let number = file.live_number().ok_or(Refused::NoNumber)?;
        unless(revision.number != number, Refused::OtherNumber(revision.number))?;
        let is_public = file.public_cause().is_some();
        unless(is_public && revision.audience == RevisionAudience::Members, Refused::AlreadyPublic)?;
        let next = file.advisory().sent_version().saturating_add(1);
        unless(revision.version != next, Refused::NotTheNextVersion(next))?;
        let same = file.revisions.iter().find(|(known, _)| known.digest == revision.digest);
        if let Some((known, _)) = same {
            return Err(Refused::Identical(known.version));
        }
        let mut events = self.disarm(DisarmCause::Revision);
        if *file.handling() == Handling::Confirmed {
            events.push(CaseEvent::AdvisoryBegun);
        }
        events.push(CaseEvent::RevisionRegistered { revision: revision.clone() });
        Ok(events)
    }

    /// T10, T12: what goes to the members, and when not.
    fn predisclose(&self, version: u32) -> Ruling {
        let file = self.file;
        self.ours()?;
        let until = match file.confidentiality() {
            Confidentiality::Public { .. } => return Err(Refused::AlreadyPublic),
            Confidentiality::Embargoed { until } => until,
            Confidentiality::Undetermined => {
                return Err(match file.publicity() {
                    None => Refused::PublicityUnset,
                    Some(Publicity::Unknown) => Refused::PublicityUnknown,
                    Some(_) => Refused::NoEmbargo,
                });
            }
        };
        unless(self.now >= until, Refused::EmbargoOver(until))?;
        if let Some(ceiling) = file.ceiling().filter(|_| file.is_beyond_discoverer()) {
            return Err(Refused::BeyondDiscoverer(ceiling));
        }
        let number = file.live_number().ok_or(Refused::NoNumber)?;
        let revision = file.latest_revision().ok_or(Refused::NoRevision)?;
        unless(revision.number != number, Refused::OtherNumber(revision.number))?;
        unless(version <= file.advisory().sent_version(), Refused::Sent(version))?;
        unless(revision.version != version, Refused::OtherVersion(revision.version))?;
        unless(revision.audience != RevisionAudience::Members, Refused::NotForMembers)?;
        if let LintResult::Errors(count) = revision.lint {
            return Err(Refused::Lint(count));
        }
        unless(revision.embargo != Some(until), Refused::OtherInstant(until))?;
        let permission = file.deployment().ok_or(Refused::DeploymentUnset)?;
        unless(revision.deployment != Some(permission), Refused::OtherDeployment)?;
        one(CaseEvent::Predisclosed { version })
    }

    fn deployment(&self, permission: DeploymentPermission, because: Option<&String>) -> Ruling {
        self.ours()?;
        unless(self.file.public_cause().is_some(), Refused::AlreadyPublic)?;
        unless(self.file.deployment() == Some(permission), Refused::Already)?;
        let because = perhaps(because);
        let mut events = vec![CaseEvent::DeploymentPermitted { permission, because: because.clone() }];
        if permission != DeploymentPermission::AllPermitted {
            let because = because.ok_or(Refused::RestrictionWithoutReason)?;
            events.push(CaseEvent::Decided { text: format!("Deployment during the embargo is restricted: {because}") });
        }
        Ok(events)
    }
}
