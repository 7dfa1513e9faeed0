//! The file of a case: what its events add up to.
//!
//! Promises: [`CaseFile::fold`] of the stored events is the state that the judgement worked on when it accepted them, always; nothing in it is
//! read from a clock. Fails with [`Unfit`] on an event that cannot follow what came before it: the record was not written by [`super::judge`],
//! or somebody has changed it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::Timestamp;

use super::{
    event::{CaseEvent, Recorded},
    parts::{Arming, Consultation, Involvement, PROPOSAL_LIFE, Pending, Promised, Release, ReportState, Told, Wish},
    region::{AdvisoryStage, Confidentiality, CveState, Deployment, Handling, Numbering, PatchState, PublicCause, Publicity},
    terms::{Act, Origin, Patch, Revision, Support},
};
use crate::{
    disclosure::{AdvisoryNumber, CaseId, PersonName},
    mail::Address,
};

/// A case as its events make it.
#[derive(Clone, PartialEq, Eq)]
pub struct CaseFile {
    pub(super) id: CaseId,
    pub(super) version: u64,
    pub(super) opened: Timestamp,
    pub(super) origin: Origin,
    pub(super) policy: Option<String>,
    pub(super) discoverer: Option<Address>,
    pub(super) handling: Handling,
    pub(super) acknowledged: bool,
    pub(super) told: Vec<Told>,
    pub(super) promised: Option<Promised>,
    pub(super) claimed: Option<(PersonName, Timestamp)>,
    pub(super) confirmed: Option<Timestamp>,
    pub(super) scope: Option<Support>,
    pub(super) publicity: Option<Publicity>,
    pub(super) perhaps_public: bool,
    pub(super) confidentiality: Confidentiality,
    pub(super) embargo_changed: Option<Timestamp>,
    pub(super) discoverer_date: Option<(Timestamp, Timestamp)>,
    pub(super) consent: Option<Timestamp>,
    pub(super) numbering: Numbering,
    pub(super) burnt: Vec<AdvisoryNumber>,
    pub(super) cve: CveState,
    pub(super) cve_since: Timestamp,
    pub(super) patches: Vec<(Patch, Timestamp)>,
    pub(super) complete_branches: BTreeSet<String>,
    pub(super) stage: AdvisoryStage,
    pub(super) revisions: Vec<(Revision, Timestamp)>,
    pub(super) predisclosed: Vec<(Revision, Timestamp)>,
    pub(super) deployment: Deployment,
    pub(super) arming: Option<Arming>,
    pub(super) release: Option<Release>,
    pub(super) pushed: Option<Timestamp>,
    pub(super) page: Option<Timestamp>,
    pub(super) involved: BTreeMap<Address, Involvement>,
    pub(super) consultations: Vec<Consultation>,
    pub(super) handed_over: Option<String>,
    pub(super) retrospective: bool,
    pub(super) upstream: Option<String>,
    pub(super) wishes: Vec<Wish>,
    pub(super) decisions: usize,
    pub(super) pending: Option<Pending>,
    pub(super) seconded: Option<(PersonName, Act)>,
    pub(super) snoozed_until: Option<Timestamp>,
    pub(super) report: ReportState,
}

/// Why a record cannot be that of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The first event is not the opening.
    #[error("the record does not begin with the opening of the case")]
    NotOpened,
    /// An event that cannot stand at this place.
    #[error("event {place} of the record ({kind}) cannot follow what stands before it: {why}")]
    Event {
        /// Its place, counted from 1.
        place: u64,
        /// Its kind.
        kind: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl CaseFile {
    /// A new case from its opening.
    ///
    /// # Errors
    /// [`Unfit::NotOpened`] when the event is another one.
    pub fn open(id: CaseId, recorded: &Recorded) -> Result<Self, Unfit> {
        let CaseEvent::Opened { discoverer, origin, policy } = &recorded.event else { return Err(Unfit::NotOpened) };
        Ok(Self {
            id,
            version: 1,
            opened: recorded.at,
            origin: *origin,
            policy: policy.clone(),
            discoverer: discoverer.clone(),
            handling: Handling::Received,
            acknowledged: false,
            told: Vec::new(),
            promised: None,
            claimed: None,
            confirmed: None,
            scope: None,
            publicity: None,
            perhaps_public: false,
            confidentiality: Confidentiality::Undetermined,
            embargo_changed: None,
            discoverer_date: None,
            consent: None,
            numbering: Numbering::None,
            burnt: Vec::new(),
            cve: CveState::None,
            cve_since: recorded.at,
            patches: Vec::new(),
            complete_branches: BTreeSet::new(),
            stage: AdvisoryStage::None,
            revisions: Vec::new(),
            predisclosed: Vec::new(),
            deployment: None,
            arming: None,
            release: None,
            pushed: None,
            page: None,
            involved: BTreeMap::new(),
            consultations: Vec::new(),
            handed_over: None,
            retrospective: false,
            upstream: None,
            wishes: Vec::new(),
            decisions: 0,
            pending: None,
            seconded: None,
            snoozed_until: None,
            report: ReportState::None,
        })
    }

    /// The state that a whole record adds up to.
    ///
    /// # Errors
    /// [`Unfit`] names the first event that does not belong there.
    pub fn fold<'a>(id: CaseId, record: impl IntoIterator<Item = &'a Recorded>) -> Result<Self, Unfit> {
        let mut record = record.into_iter();
        let mut file = Self::open(id, record.next().ok_or(Unfit::NotOpened)?)?;
        for recorded in record {
            file.apply(recorded)?;
        }
        Ok(file)
    }

    /// Its number.
    pub fn id(&self) -> CaseId {
        self.id
    }

    /// How many events it is made of: a command made for another version asks again.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// When it came to us.
    pub fn opened(&self) -> Timestamp {
        self.opened
    }

    /// How it came to us.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// The version of the policy it is handled by (P1).
    pub fn policy(&self) -> Option<&str> {
        self.policy.as_deref()
    }

    /// Who reported it.
    pub fn discoverer(&self) -> Option<&Address> {
        self.discoverer.as_ref()
    }

    /// Whether the discoverer and we have written to each other: the report came from there, or a letter of ours went there. What the team heard
    /// elsewhere names somebody who may not know that we know.
    pub fn is_in_touch(&self) -> bool {
        self.discoverer.is_some() && (self.origin == Origin::Report || self.acknowledged || !self.told.is_empty())
    }

    /// Whether the discoverer heard that it arrived (P3).
    pub fn is_acknowledged(&self) -> bool {
        self.acknowledged
    }

    /// The letters to the discoverer after the acknowledgement, in their order.
    pub fn told(&self) -> &[Told] {
        &self.told
    }

    /// The answer that the discoverer was promised and has not got.
    pub fn promised(&self) -> Option<&Promised> {
        self.promised.as_ref()
    }

    /// Region H.
    pub fn handling(&self) -> &Handling {
        &self.handling
    }

    /// Whether it is closed.
    pub fn is_closed(&self) -> bool {
        matches!(self.handling, Handling::Closed(_))
    }

    /// Region C.
    pub fn confidentiality(&self) -> Confidentiality {
        self.confidentiality
    }

    /// The answer to "is it public already?".
    pub fn publicity(&self) -> Option<Publicity> {
        self.publicity
    }

    /// Whether the report went to a public address too, and nobody has said yet whether it is public (P12).
    pub fn is_perhaps_public(&self) -> bool {
        self.perhaps_public && self.public_at().is_none() && !matches!(self.publicity, Some(Publicity::Yes | Publicity::No))
    }

    /// Region N.
    pub fn numbering(&self) -> Numbering {
        self.numbering
    }

    /// Region V.
    pub fn cve(&self) -> &CveState {
        &self.cve
    }

    /// Region P, over the branches that have security support. With none configured, one complete branch is all.
    pub fn patch_state(&self, supported: &[String]) -> PatchState {
        let missing: Vec<String> = supported.iter().filter(|branch| !self.complete_branches.contains(*branch)).cloned().collect();
        match (self.complete_branches.is_empty(), missing.is_empty()) {
            (true, _) if self.patches.is_empty() => PatchState::None,
            (false, true) => PatchState::Complete,
            _ => PatchState::Partial { missing },
        }
    }

    /// Region A.
    pub fn advisory(&self) -> AdvisoryStage {
        self.stage
    }

    /// Region D.
    pub fn deployment(&self) -> Deployment {
        self.deployment
    }

    /// Who handles it.
    pub fn claimed_by(&self) -> Option<&PersonName> {
        self.claimed.as_ref().map(|(person, _)| person)
    }

    /// Whether its content is under embargo at `now`: whatever nobody has made public is, also undetermined, also after the instant as long as
    /// no release has begun, also when the case is closed. A clock that stands before the publication says yes again.
    pub fn is_embargoed(&self, now: Timestamp) -> bool {
        !matches!(self.confidentiality, Confidentiality::Public { since, .. } if since <= now)
    }

    /// When it became or becomes public: the instant agreed, or since when it is.
    pub fn public_at(&self) -> Option<Timestamp> {
        match self.confidentiality {
            Confidentiality::Undetermined => None,
            Confidentiality::Embargoed { until } => Some(until),
            Confidentiality::Public { since, .. } => Some(since),
        }
    }

    /// Why it is public.
    pub fn public_cause(&self) -> Option<PublicCause> {
        match self.confidentiality {
            Confidentiality::Public { cause, .. } => Some(cause),
            _ => None,
        }
    }

    /// The number that its advisory has or will have.
    pub fn live_number(&self) -> Option<AdvisoryNumber> {
        match self.numbering {
            Numbering::Allocated(number) | Numbering::Published(number) => Some(number),
            Numbering::None | Numbering::Burnt(_) => None,
        }
    }

    /// Every number it ever had.
    pub fn numbers(&self) -> impl Iterator<Item = AdvisoryNumber> {
        self.burnt.iter().copied().chain(self.live_number())
    }

    /// The latest instant that the discoverer leaves us (P45): the own date, or a later one agreed to since.
    pub fn ceiling(&self) -> Option<Timestamp> {
        let (date, _) = self.discoverer_date?;
        Some(self.consent.map_or(date, |consent| consent.max(date)))
    }

    /// Since when members hold an advisory; `None` before the first one.
    pub fn predisclosed_at(&self) -> Option<Timestamp> {
        self.predisclosed.first().map(|(_, at)| *at)
    }

    /// The revision registered last: the only one that can go anywhere.
    pub fn latest_revision(&self) -> Option<&Revision> {
        self.revisions.last().map(|(revision, _)| revision)
    }

    /// The revision that members hold.
    pub fn held_revision(&self) -> Option<&Revision> {
        self.predisclosed.last().map(|(revision, _)| revision)
    }

    /// Who armed the release, in their order.
    pub fn armed_by(&self) -> &[PersonName] {
        self.arming.as_ref().map_or(&[], |arming| &arming.by)
    }

    /// The arming.
    pub fn arming(&self) -> Option<&Arming> {
        self.arming.as_ref()
    }

    /// The last release.
    pub fn release(&self) -> Option<&Release> {
        self.release.as_ref()
    }

    /// Whether a release has begun and not finished.
    pub fn is_releasing(&self) -> bool {
        self.release.as_ref().is_some_and(|release| release.finished.is_none())
    }

    /// Everyone outside the team who takes part.
    pub fn involved(&self) -> &BTreeMap<Address, Involvement> {
        &self.involved
    }

    /// Who outside the team and the members is aware, and may be told: the discoverer, and whoever agreed to the embargo (P15, P16).
    pub fn aware(&self) -> impl Iterator<Item = &Address> {
        let agreed = self.involved.iter().filter(|(_, involvement)| involvement.agreed.is_some()).map(|(address, _)| address);
        self.discoverer.iter().chain(agreed.filter(|address| Some(*address) != self.discoverer.as_ref()))
    }

    /// The patches, in the order they came.
    pub fn patches(&self) -> impl Iterator<Item = &Patch> {
        self.patches.iter().map(|(patch, _)| patch)
    }

    /// The questions of members, in the order they came.
    pub fn consultations(&self) -> &[Consultation] {
        &self.consultations
    }

    /// The wishes of the discoverer, in the order they came.
    pub fn wishes(&self) -> &[Wish] {
        &self.wishes
    }

    /// The other project whose advisory this is (P85).
    pub fn upstream(&self) -> Option<&str> {
        self.upstream.as_deref()
    }

    /// Whether it is about a fix that was published before anybody knew (P9).
    pub fn is_retrospective(&self) -> bool {
        self.retrospective
    }

    /// How many decisions the transparency report must list.
    pub fn decisions(&self) -> usize {
        self.decisions
    }

    /// When the team found that it is a vulnerability.
    pub fn confirmed_at(&self) -> Option<Timestamp> {
        self.confirmed
    }

    /// When the changesets were pushed (P31).
    pub fn pushed_at(&self) -> Option<Timestamp> {
        self.pushed
    }

    /// When the page had it (P33).
    pub fn page_at(&self) -> Option<Timestamp> {
        self.page
    }

    /// Until when it is snoozed.
    pub fn snoozed_until(&self) -> Option<Timestamp> {
        self.snoozed_until
    }

    /// Whether its component has security support (P5).
    pub fn scope(&self) -> Option<Support> {
        self.scope
    }

    /// Where the transparency report stands.
    pub fn report(&self) -> ReportState {
        self.report
    }

    /// The proposal that waits for a second person at `now`.
    pub fn pending(&self, now: Timestamp) -> Option<&Pending> {
        self.pending.as_ref().filter(|pending| now.duration_since(pending.at) <= PROPOSAL_LIFE)
    }
}

impl fmt::Debug for CaseFile {
    /// The public facts and the states; no word of the matter.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaseFile")
            .field("id", &self.id.0)
            .field("version", &self.version)
            .field("handling", &std::mem::discriminant(&self.handling))
            .field("confidentiality", &self.confidentiality)
            .field("numbering", &self.numbering)
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}
