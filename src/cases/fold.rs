//! What each event changes in the file, and which events cannot stand where they stand.
//!
//! The checks here are few and independent of [`super::judge`]: what no record may ever show, whoever wrote it. They are what the property
//! test leans on, and what finds a record that was changed by hand.

use jiff::Timestamp;

use super::{
    event::{CaseEvent, Recorded},
    file::{CaseFile, Unfit},
    parts::{
        Arming, Consultation, Involvement, PROPOSAL_LIFE, Pending, Promised, Release, ReportState, SHORT_NOTICE, Told, Wish,
    },
    region::{AdvisoryStage, CloseReason, Confidentiality, CveState, Handling, Numbering, PublicCause, Publicity},
    terms::{Act, Actor, DisarmCause, InvolvedRole, Plan, Revision, RevisionAudience},
};
use crate::disclosure::{AdvisoryNumber, PersonName};

/// What is wrong with an event.
type Why = &'static str;

const NOT_A_PERSON: Why = "only a person does this";
const ALONE: Why = "it needs two different people";
const PUBLIC: Why = "it is public already";
const UNKNOWN: Why = "it names what is not there";
const TWICE: Why = "it happened already";

impl CaseFile {
    /// Takes one more event in. Leaves the file as it is when the event does not fit.
    ///
    /// # Errors
    /// [`Unfit::Event`] with the place, the kind and the reason.
    pub fn apply(&mut self, recorded: &Recorded) -> Result<(), Unfit> {
        let place = self.version + 1;
        self.take_in(recorded).map_err(|why| Unfit::Event { place, kind: recorded.event.kind(), why })?;
        self.version = place;
        Ok(())
    }

    fn take_in(&mut self, recorded: &Recorded) -> Result<(), Why> {
        let at = recorded.at;
        let by = &recorded.by;
        if let Handling::Closed(reason) = &self.handling {
            fits(may_follow_closing(&recorded.event, reason), "the case is closed")?;
        }
        match &recorded.event {
            CaseEvent::Opened { .. } => return Err(TWICE),
            CaseEvent::Acknowledged => {
                fits(!self.acknowledged, TWICE)?;
                self.acknowledged = true;
                if self.handling == Handling::Received {
                    self.handling = Handling::Acknowledged;
                }
            }
            CaseEvent::DiscovererTold { telling, words } => {
                fits(self.discoverer.is_some(), UNKNOWN)?;
                self.told.push(Told { telling: *telling, at });
                // What was promised with these very words is still to come.
                let is_kept = *words && self.promised.as_ref().is_some_and(|promised| promised.at < at);
                self.promised = self.promised.take().filter(|_| !is_kept);
            }
            CaseEvent::Promised { until } => {
                fits(*until > at, "the instant is past")?;
                self.promised = Some(Promised { by: person(by)?.clone(), at, until: *until });
            }
            CaseEvent::DiscovererNamed { address } => {
                person(by)?;
                fits(!self.is_in_touch(), TWICE)?;
                self.discoverer = Some(address.clone());
            }
            CaseEvent::PerhapsPublic { .. } => self.perhaps_public = true,
            CaseEvent::Claimed { instead_of } => {
                let person = person(by)?;
                fits(self.claimed_by() == instead_of.as_ref() && self.claimed_by() != Some(person), "somebody else has it")?;
                self.claimed = Some((person.clone(), at));
                if matches!(self.handling, Handling::Received | Handling::Acknowledged) {
                    self.handling = Handling::Triaging;
                }
            }
            CaseEvent::ScopeAnswered { support, .. } => self.scope = Some(*support),
            CaseEvent::PublicityAnswered { answer, proposed_by, .. } => self.answered(*answer, proposed_by.as_ref(), by, at)?,
            CaseEvent::Confirmed => {
                fits(self.handling == Handling::Triaging && self.scope.is_some(), "nobody has triaged it")?;
                self.handling = Handling::Confirmed;
                self.confirmed = Some(at);
                self.cve_since = if self.cve == CveState::None { at } else { self.cve_since };
            }
            CaseEvent::AdvisoryBegun => {
                fits(self.handling == Handling::Confirmed, "it is not confirmed")?;
                self.handling = Handling::AdvisoryPrep;
            }
            CaseEvent::NumberAllocated { number } => self.allocated(*number)?,
            CaseEvent::NumberBurnt { number, .. } => self.burn(*number)?,
            CaseEvent::CveRequested => {
                fits(self.cve == CveState::None || self.cve == CveState::Declined, TWICE)?;
                (self.cve, self.cve_since) = (CveState::Requested, at);
            }
            CaseEvent::CveAssigned { ids } => {
                fits(!ids.is_empty(), UNKNOWN)?;
                self.cve = CveState::Assigned(ids.clone());
            }
            CaseEvent::CveDeclined => self.cve = CveState::Declined,
            CaseEvent::DiscovererDate { date } => {
                self.discoverer_date = Some((*date, at));
                self.consent = None;
                if self.is_beyond_discoverer() {
                    self.arming = None;
                }
            }
            CaseEvent::DiscovererConsented { until, .. } => self.consent = Some(*until),
            CaseEvent::EmbargoSet { .. }
            | CaseEvent::EmbargoShortened { .. }
            | CaseEvent::EmbargoLengthened { .. }
            | CaseEvent::EmbargoEnded { .. } => self.embargo(&recorded.event, by, at)?,
            CaseEvent::PatchRegistered { patch } => {
                fits(!self.patches().any(|known| known.sha256 == patch.sha256), TWICE)?;
                self.patches.push((patch.clone(), at));
            }
            CaseEvent::PatchesComplete { branches } => self.complete_branches.extend(branches.iter().cloned()),
            CaseEvent::RevisionRegistered { revision } => self.registered(revision, at)?,
            CaseEvent::Predisclosed { version } => self.predisclose(*version, at)?,
            CaseEvent::DeploymentPermitted { permission, .. } => self.deployment = Some(*permission),
            CaseEvent::Armed { plan } => self.armed(plan, person(by)?, at)?,
            CaseEvent::Disarmed { cause } => self.disarmed(*cause)?,
            CaseEvent::ReleaseBegun { plan } => self.begun(plan, at)?,
            CaseEvent::DestinationDone { destination } => {
                let release = self.release.as_mut().filter(|release| release.finished.is_none()).ok_or(UNKNOWN)?;
                fits(release.plan.destinations.contains(destination), UNKNOWN)?;
                fits(release.done.insert(destination.clone()), TWICE)?;
            }
            CaseEvent::ReleaseFinished => {
                let release = self.release.as_mut().filter(|release| release.finished.is_none()).ok_or(UNKNOWN)?;
                fits(release.done == release.plan.destinations, "some destinations do not have it")?;
                release.finished = Some(at);
            }
            CaseEvent::ChangesetsPushed { .. } => {
                fits(self.stage.is_public(), "it is not public")?;
                self.pushed = Some(at);
            }
            CaseEvent::PagePublished => {
                fits(self.stage.is_public(), "it is not public")?;
                self.page = Some(at);
            }
            CaseEvent::Involved { .. }
            | CaseEvent::Agreed { .. }
            | CaseEvent::Heard { .. }
            | CaseEvent::Uninvolved { .. }
            | CaseEvent::Consulted { .. }
            | CaseEvent::ConsultationAnswered { .. }
            | CaseEvent::Wished { .. }
            | CaseEvent::WishAnswered { .. }
            | CaseEvent::HandedOver { .. } => self.people(&recorded.event, at)?,
            CaseEvent::Retrospective { .. } => {
                fits(!matches!(self.confidentiality, Confidentiality::Embargoed { .. }), "it is under embargo")?;
                self.retrospective = true;
                self.publicity = Some(Publicity::Yes);
                self.public(PublicCause::AlreadyPublic, at);
            }
            CaseEvent::Upstream { project, until, .. } => {
                fits(self.confidentiality == Confidentiality::Undetermined, PUBLIC)?;
                fits(self.live_number().is_none(), "it has a number of ours")?;
                self.upstream = Some(project.clone());
                self.publicity = Some(Publicity::No);
                self.confidentiality = Confidentiality::Embargoed { until: *until };
                self.embargo_changed = Some(at);
            }
            CaseEvent::Decided { .. } => self.decisions += 1,
            CaseEvent::Noted { .. } => {}
            CaseEvent::Proposed { act, words } => {
                let by = person(by)?.clone();
                self.pending = Some(Pending { act: act.clone(), by, at, serial: self.version + 1, words: words.clone() });
            }
            CaseEvent::Seconded => self.second(person(by)?, at)?,
            CaseEvent::Retracted | CaseEvent::Lapsed => {
                fits(self.pending.is_some(), UNKNOWN)?;
                self.pending = None;
            }
            CaseEvent::Snoozed { until } => self.snoozed_until = Some(*until),
            CaseEvent::ReportDrafted { .. } | CaseEvent::ReportSent | CaseEvent::ReportWaived { .. } => {
                self.reported(&recorded.event, by)?;
            }
            CaseEvent::Closed { reason, proposed_by, .. } => self.close(reason, proposed_by.as_ref(), by)?,
        }
        Ok(())
    }

    fn public(&mut self, cause: PublicCause, since: Timestamp) {
        if !matches!(self.confidentiality, Confidentiality::Public { .. }) {
            self.confidentiality = Confidentiality::Public { cause, since };
        }
    }

    /// Consumes a seconded act: the person who recorded the event and the first one must be the two of it.
    fn by_two(&mut self, proposed_by: Option<&PersonName>, by: &Actor, of: impl Fn(&Act) -> bool) -> Result<(), Why> {
        let second = person(by)?;
        let proposed_by = proposed_by.ok_or(ALONE)?;
        fits(proposed_by != second, ALONE)?;
        fits(self.seconded.as_ref().is_some_and(|(first, act)| first == proposed_by && of(act)), ALONE)?;
        self.seconded = None;
        Ok(())
    }

    fn answered(&mut self, answer: Publicity, proposed_by: Option<&PersonName>, by: &Actor, at: Timestamp) -> Result<(), Why> {
        let already = matches!(self.confidentiality, Confidentiality::Public { cause: PublicCause::AlreadyPublic, .. });
        match (answer, self.confidentiality) {
            (Publicity::Yes, Confidentiality::Undetermined) => {
                if self.publicity == Some(Publicity::No) || self.is_closed() {
                    self.by_two(proposed_by, by, |act| matches!(act, Act::Public { .. }))?;
                }
                person(by)?;
                self.public(PublicCause::AlreadyPublic, at);
            }
            (Publicity::Yes, Confidentiality::Embargoed { .. }) if self.is_closed() => {
                self.by_two(proposed_by, by, |act| matches!(act, Act::Public { .. }))?;
                self.public(PublicCause::AlreadyPublic, at);
            }
            (Publicity::Yes, Confidentiality::Embargoed { until }) => {
                fits(self.upstream.is_some() && at >= until, "it is under embargo")?;
                self.public(PublicCause::Scheduled, at);
            }
            (Publicity::No | Publicity::Unknown, Confidentiality::Undetermined) => {}
            // Taken back while nothing has gone out: towards more secrecy one person is enough.
            (Publicity::No | Publicity::Unknown, _) if already && !self.retrospective && !self.stage.is_public() => {
                self.confidentiality = Confidentiality::Undetermined;
                self.arming = None;
            }
            _ => return Err(PUBLIC),
        }
        self.publicity = Some(answer);
        Ok(())
    }

    fn allocated(&mut self, number: AdvisoryNumber) -> Result<(), Why> {
        fits(self.live_number().is_none(), TWICE)?;
        fits(!self.burnt.contains(&number), "a burnt number is never used again")?;
        self.numbering = Numbering::Allocated(number);
        Ok(())
    }

    fn burn(&mut self, number: AdvisoryNumber) -> Result<(), Why> {
        fits(self.numbering == Numbering::Allocated(number), UNKNOWN)?;
        self.numbering = Numbering::Burnt(number);
        self.burnt.push(number);
        self.arming = None;
        Ok(())
    }

    fn embargo(&mut self, event: &CaseEvent, by: &Actor, at: Timestamp) -> Result<(), Why> {
        let until = match event {
            CaseEvent::EmbargoSet { until, .. }
            | CaseEvent::EmbargoShortened { until, .. }
            | CaseEvent::EmbargoLengthened { until, .. } => *until,
            _ => return self.embargo_ended(event, by, at),
        };
        fits(until > at, "the instant is past")?;
        let has_passed = |ceiling: Timestamp| matches!(event, CaseEvent::EmbargoShortened { .. }) && ceiling <= at;
        let honours = self.ceiling().is_none_or(|ceiling| until <= ceiling || has_passed(ceiling));
        fits(honours, "it is later than the discoverer's date")?;
        let asked = |act: &Act| matches!(act, Act::Embargo { until: asked, .. } if *asked == until);
        match event {
            CaseEvent::EmbargoShortened { proposed_by, .. } => {
                fits(until < self.running_until()?, "it is no shortening")?;
                if until.duration_since(at) < SHORT_NOTICE {
                    self.by_two(proposed_by.as_ref(), by, asked)?;
                }
            }
            CaseEvent::EmbargoLengthened { proposed_by, .. } => {
                let before = self.running_until()?;
                fits(until > before, "it is no lengthening")?;
                if !self.predisclosed.is_empty() {
                    fits(at < before, "the instant that members know is past")?;
                    self.by_two(proposed_by.as_ref(), by, asked)?;
                }
            }
            _ => {
                fits(self.confidentiality == Confidentiality::Undetermined, TWICE)?;
                fits(self.publicity == Some(Publicity::No), "nobody has said that it is not public")?;
            }
        }
        self.confidentiality = Confidentiality::Embargoed { until };
        self.embargo_changed = Some(at);
        self.arming = None;
        Ok(())
    }

    fn embargo_ended(&mut self, event: &CaseEvent, by: &Actor, at: Timestamp) -> Result<(), Why> {
        let CaseEvent::EmbargoEnded { cause, proposed_by, plan, .. } = event else { return Err(UNKNOWN) };
        fits(!matches!(self.confidentiality, Confidentiality::Public { .. }), PUBLIC)?;
        fits(plan.as_ref().is_none_or(|plan| plan.instant == at && self.is_latest(plan)), UNKNOWN)?;
        let both = vec![proposed_by.clone(), person(by)?.clone()];
        self.by_two(Some(proposed_by), by, |act| matches!(act, Act::EndEmbargo { cause: asked, .. } if asked == cause))?;
        self.public(cause.cause(), at);
        self.arming = plan.clone().map(|plan| Arming { plan, by: both, first: at, last: at });
        Ok(())
    }

    fn running_until(&self) -> Result<Timestamp, Why> {
        match self.confidentiality {
            Confidentiality::Embargoed { until } => Ok(until),
            _ => Err("there is no embargo"),
        }
    }

    fn registered(&mut self, revision: &Revision, at: Timestamp) -> Result<(), Why> {
        fits(self.upstream.is_none(), "the advisory is another project's")?;
        fits(revision.version == self.stage.sent_version() + 1, "the version is not the next one")?;
        fits(self.live_number() == Some(revision.number), "it is about another number")?;
        fits(!self.is_releasing(), "a release is under way")?;
        self.revisions.push((revision.clone(), at));
        self.arming = None;
        if matches!(self.stage, AdvisoryStage::None | AdvisoryStage::Draft(_)) {
            self.stage = AdvisoryStage::Draft(revision.version);
        }
        Ok(())
    }

    fn predisclose(&mut self, version: u32, at: Timestamp) -> Result<(), Why> {
        let until = self.running_until()?;
        fits(at < until, "the instant is past")?;
        let revision = self.latest_revision().filter(|revision| revision.version == version).ok_or(UNKNOWN)?;
        fits(revision.audience == RevisionAudience::Members && revision.embargo == Some(until), "it is not fit for the members")?;
        fits(version > self.stage.sent_version() && !self.stage.is_public(), TWICE)?;
        fits(self.live_number() == Some(revision.number), "it is about another number")?;
        let revision = revision.clone();
        self.stage = AdvisoryStage::Predisclosed(version);
        self.predisclosed.push((revision, at));
        Ok(())
    }

    /// Whether the plan is about the revision registered last, and that one is for the public and not out yet.
    fn is_latest(&self, plan: &Plan) -> bool {
        let fit = |revision: &&Revision| {
            revision.version == plan.version
                && revision.digest == plan.digest
                && revision.audience == RevisionAudience::Public
                && self.live_number() == Some(revision.number)
        };
        self.latest_revision().filter(fit).is_some() && (!self.stage.is_public() || plan.version > self.stage.sent_version())
    }

    fn armed(&mut self, plan: &Plan, person: &PersonName, at: Timestamp) -> Result<(), Why> {
        fits(self.is_latest(plan) && !plan.destinations.is_empty(), UNKNOWN)?;
        fits(self.public_at() == Some(plan.instant), "the instant is not that of the case")?;
        match &mut self.arming {
            Some(arming) => {
                fits(arming.plan == *plan, "another plan is armed")?;
                fits(!arming.by.contains(person), ALONE)?;
                fits(!arming.is_full(), TWICE)?;
                arming.by.push(person.clone());
                arming.last = at;
            }
            None => self.arming = Some(Arming { plan: plan.clone(), by: vec![person.clone()], first: at, last: at }),
        }
        Ok(())
    }

    fn disarmed(&mut self, _cause: DisarmCause) -> Result<(), Why> {
        fits(self.arming.take().is_some(), "nothing is armed")
    }

    fn begun(&mut self, plan: &Plan, at: Timestamp) -> Result<(), Why> {
        let arming = self.arming.as_ref().ok_or("nothing is armed")?;
        fits(arming.is_full() && arming.plan == *plan, ALONE)?;
        fits(at >= plan.instant, "the instant has not come")?;
        fits(self.is_latest(plan), UNKNOWN)?;
        fits(self.public_at() == Some(plan.instant), "the instant is not that of the case")?;
        let number = self.live_number().ok_or(UNKNOWN)?;
        self.stage =
            if self.stage.is_public() { AdvisoryStage::Amended(plan.version) } else { AdvisoryStage::Public(plan.version) };
        self.public(PublicCause::Scheduled, at);
        self.numbering = Numbering::Published(number);
        self.release = Some(Release { plan: plan.clone(), done: Default::default(), begun: at, finished: None });
        self.page = None;
        self.arming = None;
        Ok(())
    }

    fn people(&mut self, event: &CaseEvent, at: Timestamp) -> Result<(), Why> {
        match event {
            CaseEvent::Involved { address, role } => {
                fits(!self.involved.contains_key(address), TWICE)?;
                let involvement = Involvement { serial: self.version + 1, role: *role, since: at, agreed: None, heard: None };
                self.involved.insert(address.clone(), involvement);
            }
            CaseEvent::Agreed { address, .. } => self.involved.get_mut(address).ok_or(UNKNOWN)?.agreed = Some(at),
            CaseEvent::Heard { address } => self.involved.get_mut(address).ok_or(UNKNOWN)?.heard = Some(at),
            CaseEvent::Uninvolved { address } => fits(self.involved.remove(address).is_some(), UNKNOWN)?,
            CaseEvent::Consulted { member, question, owner, deadline } => self.consultations.push(Consultation {
                member: member.clone(),
                question: question.clone(),
                owner: owner.clone(),
                deadline: *deadline,
                answer: None,
            }),
            CaseEvent::ConsultationAnswered { consultation, answer } => {
                let open = nth(&mut self.consultations, *consultation).ok_or(UNKNOWN)?;
                fits(open.answer.is_none(), TWICE)?;
                open.answer = Some(answer.clone());
            }
            CaseEvent::Wished { wish, text } => {
                self.wishes.push(Wish { kind: *wish, text: text.clone(), answered: false });
            }
            CaseEvent::WishAnswered { wish, .. } => {
                let open = nth(&mut self.wishes, *wish).ok_or(UNKNOWN)?;
                fits(!open.answered, TWICE)?;
                open.answered = true;
            }
            CaseEvent::HandedOver { project, .. } => self.handed_over = Some(project.clone()),
            _ => return Err(UNKNOWN),
        }
        Ok(())
    }

    fn second(&mut self, person: &PersonName, at: Timestamp) -> Result<(), Why> {
        let pending = self.pending.as_ref().ok_or(UNKNOWN)?;
        fits(pending.by != *person, ALONE)?;
        fits(at.duration_since(pending.at) <= PROPOSAL_LIFE, "the proposal has lapsed")?;
        self.seconded = self.pending.take().map(|pending| (pending.by, pending.act));
        Ok(())
    }

    fn reported(&mut self, event: &CaseEvent, by: &Actor) -> Result<(), Why> {
        fits(self.stage.is_public(), "it is not public")?;
        fits(!matches!(self.report, ReportState::Sent | ReportState::Waived), TWICE)?;
        self.report = match event {
            CaseEvent::ReportWaived { proposed_by, .. } => {
                self.by_two(Some(proposed_by), by, |act| matches!(act, Act::WaiveReport { .. }))?;
                ReportState::Waived
            }
            CaseEvent::ReportSent => ReportState::Sent,
            _ => ReportState::Drafted,
        };
        Ok(())
    }

    fn close(&mut self, reason: &CloseReason, proposed_by: Option<&PersonName>, by: &Actor) -> Result<(), Why> {
        person(by)?;
        fits(!self.is_closed(), TWICE)?;
        fits(self.stage.is_public() == (*reason == CloseReason::Released), "the reason is not that of its advisory")?;
        let kept = matches!(self.numbering, Numbering::Allocated(_)) && *reason != CloseReason::ByHand;
        fits(!kept, "its number is neither published nor burnt")?;
        if matches!(self.stage, AdvisoryStage::Predisclosed(_)) {
            self.by_two(proposed_by, by, |act| matches!(act, Act::Close { reason: asked, .. } if asked == reason))?;
        }
        self.handling = Handling::Closed(reason.clone());
        self.pending = None;
        self.promised = None;
        self.arming = None;
        self.involved.retain(|_, involvement| involvement.role != InvolvedRole::Expert);
        Ok(())
    }
}

/// A closed case is noted upon, and what was released is amended (T17); everything else is a new case (T19).
fn may_follow_closing(event: &CaseEvent, reason: &CloseReason) -> bool {
    match event {
        CaseEvent::Noted { .. } | CaseEvent::ConsultationAnswered { .. } | CaseEvent::DiscovererTold { .. } => true,
        CaseEvent::CveAssigned { .. }
        | CaseEvent::RevisionRegistered { .. }
        | CaseEvent::Armed { .. }
        | CaseEvent::Disarmed { .. }
        | CaseEvent::ReleaseBegun { .. }
        | CaseEvent::DestinationDone { .. }
        | CaseEvent::ReleaseFinished
        | CaseEvent::ChangesetsPushed { .. }
        | CaseEvent::PagePublished => *reason == CloseReason::Released,
        // Two say where what was never released can be read (T93).
        CaseEvent::Proposed { act: Act::Public { .. }, .. }
        | CaseEvent::PublicityAnswered { answer: Publicity::Yes, .. }
        | CaseEvent::Seconded
        | CaseEvent::Retracted
        | CaseEvent::Lapsed => *reason != CloseReason::Released,
        _ => false,
    }
}

fn person(by: &Actor) -> Result<&PersonName, Why> {
    match by {
        Actor::Person(name) => Ok(name),
        Actor::Daemon | Actor::Discoverer => Err(NOT_A_PERSON),
    }
}

fn fits(is_so: bool, why: Why) -> Result<(), Why> {
    if is_so { Ok(()) } else { Err(why) }
}

/// The `place`th, counted from 1.
fn nth<T>(list: &mut [T], place: u32) -> Option<&mut T> {
    list.get_mut(usize::try_from(place.checked_sub(1)?).ok()?)
}
