//! Everything that can happen to a case.
//!
//! Events are stored for ever, in a record where each entry is chained to the one before it. So the names here never change: a new meaning
//! is a new variant, a new field has a default. Promises: `Debug` of an event shows its kind and nothing else, because what is in it may be
//! embargoed; the JSON of an event reads back as the same event.

use std::{collections::BTreeSet, fmt};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    region::{CloseReason, EarlyEnd, Publicity},
    terms::{Act, Actor, DisarmCause, InvolvedRole, Origin, Patch, Plan, Revision, Support, Telling, WishKind},
};
use crate::{
    disclosure::{AdvisoryNumber, CveId, DeploymentPermission, PersonName},
    mail::{Address, Digest},
};

/// An event with its place in the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
    /// What.
    pub event: CaseEvent,
}

/// Declares the events with their stored names, so that the name of a kind and its tag cannot drift apart.
macro_rules! events {
    ($($(#[doc = $doc:literal])+ $name:ident $kind:literal $({ $($(#[doc = $field_doc:literal])+ $(#[serde($($attribute:tt)+)])? $field:ident : $type:ty,)+ })?;)+) => {
        /// What happened. Fields called `proposed_by` name the first of two people; the second is who recorded the event.
        #[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "event")]
        pub enum CaseEvent {
            $($(#[doc = $doc])+ #[serde(rename = $kind)] $name $({ $($(#[doc = $field_doc])+ $(#[serde($($attribute)+)])? $field: $type,)+ })?,)+
        }

        impl CaseEvent {
            /// The stored names of all kinds.
            pub const KINDS: &[&str] = &[$($kind),+];

            /// The stored name of its kind.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(CaseEvent::$name { .. } => $kind,)+
                }
            }
        }
    };
}

events! {
    /// It came to us (T01).
    Opened "opened" {
        /// Who reported it.
        discoverer: Option<Address>,
        /// How it came.
        origin: Origin,
        /// The version of the policy that it is handled by (P1).
        policy: Option<String>,
    };
    /// Public addresses stand among the recipients of the report: it may be known already, which a person has to find out (P12).
    PerhapsPublic "perhaps-public" {
        /// The addresses.
        recipients: BTreeSet<Address>,
    };
    /// Who reported it, where the mail that opened the case did not say (P10).
    DiscovererNamed "discoverer-named" {
        /// The discoverer.
        address: Address,
    };
    /// The discoverer was told that it arrived (T02, P3).
    Acknowledged "acknowledged";
    /// A letter went to the discoverer.
    DiscovererTold "discoverer-told" {
        /// What it tells.
        telling: Telling,
        /// Whether a person's own words stand in it.
        words: bool,
    };
    /// Who recorded it answers the discoverer until then.
    Promised "promised" {
        /// The instant.
        until: Timestamp,
    };
    /// Who recorded it handles the case (T03).
    Claimed "claimed" {
        /// The person it was taken over from.
        instead_of: Option<PersonName>,
    };
    /// What it is in, and whether that is supported (P5).
    ScopeAnswered "scope-answered" {
        /// Security support.
        support: Support,
        /// The component.
        component: Option<String>,
        /// Where the support statement says so.
        link: Option<String>,
    };
    /// "Is it public already?" was answered (P12).
    PublicityAnswered "publicity-answered" {
        /// The answer.
        answer: Publicity,
        /// Where it can be read.
        source: Option<String>,
        /// The first of two people, where an earlier answer was no.
        proposed_by: Option<PersonName>,
    };
    /// It is a vulnerability of ours.
    Confirmed "confirmed";
    /// The advisory is being written (P24).
    AdvisoryBegun "advisory-begun";
    /// It has a number (T07).
    NumberAllocated "number-allocated" {
        /// The number.
        number: AdvisoryNumber,
    };
    /// Its number will never be used (T18).
    NumberBurnt "number-burnt" {
        /// The number.
        number: AdvisoryNumber,
        /// Why.
        because: Option<String>,
    };
    /// A CVE identifier was asked for (P14).
    CveRequested "cve-requested";
    /// These are its CVE identifiers, all of them (T08).
    CveAssigned "cve-assigned" {
        /// The identifiers.
        ids: BTreeSet<CveId>,
    };
    /// It gets none.
    CveDeclined "cve-declined";
    /// The discoverer publishes at this instant, or wants us to by then: a ceiling (P45).
    DiscovererDate "discoverer-date" {
        /// The instant.
        date: Timestamp,
    };
    /// The discoverer agrees to a later instant after all (P45).
    DiscovererConsented "discoverer-consented" {
        /// The latest instant agreed to.
        until: Timestamp,
        /// The message that says so.
        evidence: String,
    };
    /// An embargo was agreed (T06).
    EmbargoSet "embargo-set" {
        /// Its instant.
        until: Timestamp,
        /// The instant that the policy's targets give, so that a divergence is visible (P40).
        default: Timestamp,
        /// Why another one.
        because: Option<String>,
    };
    /// The instant moved nearer (T13).
    EmbargoShortened "embargo-shortened" {
        /// The new instant.
        until: Timestamp,
        /// The policy's.
        default: Timestamp,
        /// Why.
        because: String,
        /// The first of two people, where the new instant is less than a day away.
        proposed_by: Option<PersonName>,
    };
    /// The instant moved away (T13, P44).
    EmbargoLengthened "embargo-lengthened" {
        /// The new instant.
        until: Timestamp,
        /// The policy's.
        default: Timestamp,
        /// Why.
        because: String,
        /// The first of two people, where members know the old instant.
        proposed_by: Option<PersonName>,
    };
    /// The embargo ended before its instant (T15, T16, P46).
    EmbargoEnded "embargo-ended" {
        /// What ended it.
        cause: EarlyEnd,
        /// What was seen, and where.
        what: String,
        /// The first of the two people.
        proposed_by: PersonName,
        /// What both armed with it; `None` when there was no revision fit for the public.
        plan: Option<Plan>,
    };
    /// A patch was registered (P18).
    PatchRegistered "patch-registered" {
        /// The patch.
        patch: Patch,
    };
    /// These branches have all their patches (P19).
    PatchesComplete "patches-complete" {
        /// The branches.
        branches: BTreeSet<String>,
    };
    /// A revision of the advisory was registered.
    RevisionRegistered "revision-registered" {
        /// The revision.
        revision: Revision,
    };
    /// The members got a revision (T10, T12).
    Predisclosed "predisclosed" {
        /// Its version.
        version: u32,
    };
    /// What members may deploy (P57-P59).
    DeploymentPermitted "deployment-permitted" {
        /// The permission.
        permission: DeploymentPermission,
        /// Why it is restricted.
        because: Option<String>,
    };
    /// Who recorded it armed the release (P30).
    Armed "release-armed" {
        /// What was armed.
        plan: Plan,
    };
    /// The arming is void.
    Disarmed "release-disarmed" {
        /// Why.
        cause: DisarmCause,
    };
    /// The first public mail is on its way (T14).
    ReleaseBegun "release-begun" {
        /// What goes out.
        plan: Plan,
    };
    /// One destination has it (P32).
    DestinationDone "destination-done" {
        /// Which.
        destination: String,
    };
    /// All destinations have it.
    ReleaseFinished "release-finished";
    /// The fixes are in the public trees (P31).
    ChangesetsPushed "changesets-pushed" {
        /// Their ids, so that the machine-readable outputs can name them.
        #[serde(default)]
        commits: Vec<String>,
    };
    /// The advisory is on the page (P33).
    PagePublished "page-published";
    /// Somebody outside the team is asked to help (P16, P21, P23).
    Involved "involved" {
        /// Who.
        address: Address,
        /// As what.
        role: InvolvedRole,
    };
    /// They agreed to the embargo: from now on content may go to them (P16).
    Agreed "agreed" {
        /// Who.
        address: Address,
        /// The message that says so.
        evidence: Option<String>,
    };
    /// They wrote to us (P17).
    Heard "heard" {
        /// Who.
        address: Address,
    };
    /// They no longer take part.
    Uninvolved "uninvolved" {
        /// Who.
        address: Address,
    };
    /// A member asks whether something may be done or said (P55).
    Consulted "consulted" {
        /// The member.
        member: String,
        /// The question.
        question: String,
        /// Who answers it.
        owner: Option<PersonName>,
        /// Until when.
        deadline: Timestamp,
    };
    /// It was answered.
    ConsultationAnswered "consultation-answered" {
        /// Which, counted from 1 in the order of asking.
        consultation: u32,
        /// The answer.
        answer: String,
    };
    /// The case was handed to another project, with the discoverer's consent (P84).
    HandedOver "handed-over" {
        /// Its name.
        project: String,
        /// Its security contact.
        contact: Address,
        /// The message with the consent.
        consent: String,
    };
    /// A fix that is published already turned out to be a security fix (P9).
    Retrospective "retrospective" {
        /// The changeset.
        changeset: String,
    };
    /// An embargoed advisory of another project (P85).
    Upstream "upstream" {
        /// Its name.
        project: String,
        /// Its id there.
        id: Option<String>,
        /// Its embargo.
        until: Timestamp,
    };
    /// A decision, sealed until the publication (P37). Whoever writes a report from it before then seals the text.
    Decided "decided" {
        /// The decision, its reason, the options, the votes.
        text: String,
    };
    /// A note.
    Noted "noted" {
        /// The note.
        text: String,
    };
    /// The discoverer asks for something (P4).
    Wished "wished" {
        /// What about.
        wish: WishKind,
        /// The wish.
        text: String,
    };
    /// The wish was answered.
    WishAnswered "wish-answered" {
        /// Which, counted from 1.
        wish: u32,
        /// The answer.
        answer: String,
    };
    /// Who recorded it asks a second person.
    Proposed "proposed" {
        /// For what.
        act: Act,
        /// What the discoverer is to read with it, once it is done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<String>,
    };
    /// A second person agreed; what follows in the record is what came of it.
    Seconded "seconded";
    /// The proposal was taken back.
    Retracted "retracted";
    /// Nobody agreed in time.
    Lapsed "lapsed";
    /// No reminders until then, but for what cannot wait.
    Snoozed "snoozed" {
        /// The instant.
        until: Timestamp,
    };
    /// The transparency report was drafted (P38).
    ReportDrafted "report-drafted" {
        /// Its bytes.
        digest: Digest,
    };
    /// It was sent.
    ReportSent "report-sent";
    /// There will be none: two people said so.
    ReportWaived "report-waived" {
        /// Why.
        because: String,
        /// The first of them.
        proposed_by: PersonName,
    };
    /// Done.
    Closed "closed" {
        /// As what.
        reason: CloseReason,
        /// Why.
        because: Option<String>,
        /// The first of two people, where members hold an unpublished advisory.
        proposed_by: Option<PersonName>,
    };
}

impl fmt::Debug for CaseEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaseEvent({})", self.kind())
    }
}
