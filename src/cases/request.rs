//! What somebody wants done to a case, by mail, on the command line or from a loop of the daemon.

use std::{collections::BTreeSet, fmt};

use jiff::Timestamp;

use super::{
    region::{CloseReason, EarlyEnd, Publicity},
    terms::{DisarmCause, InvolvedRole, Patch, Revision, Support, Telling, WishKind},
};
use crate::{
    disclosure::{AdvisoryNumber, CveId, DeploymentPermission, PersonName},
    mail::{Address, Digest},
};

/// Which number is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberWish {
    /// The one after the highest ever used.
    Next,
    /// This one; it must be higher than any ever used.
    This(AdvisoryNumber),
}

/// Declares the requests with the word that people type for each.
macro_rules! requests {
    ($($(#[doc = $doc:literal])+ $name:ident $word:literal $({ $($(#[doc = $field_doc:literal])+ $field:ident : $type:ty,)+ })?;)+) => {
        /// A request, read and typed. [`super::judge`] says what comes of it.
        #[derive(Clone, PartialEq, Eq)]
        pub enum Request {
            $($(#[doc = $doc])+ $name $({ $($(#[doc = $field_doc])+ $field: $type,)+ })?,)+
        }

        impl Request {
            /// The words of all requests, as people type them.
            pub const WORDS: &[&str] = &[$($word),+];

            /// The word that people type for it.
            pub fn word(&self) -> &'static str {
                match self {
                    $(Request::$name { .. } => $word,)+
                }
            }
        }
    };
}

requests! {
    /// The acknowledgement is on its way to the discoverer (T02).
    Acknowledge "acknowledge";
    /// A letter is on its way to the discoverer.
    Tell "tell" {
        /// What it tells.
        telling: Telling,
        /// Whether a person's own words stand in it.
        words: bool,
    };
    /// The writer, who has the case, answers the discoverer until then.
    Promise "promise" {
        /// The instant.
        until: Timestamp,
    };
    /// The writer takes the case (T03).
    Claim "claim" {
        /// From whom, when somebody has it: nobody takes a case away by accident.
        instead_of: Option<PersonName>,
    };
    /// What it is in, and whether that has security support (P5).
    Scope "scope" {
        /// Security support.
        support: Support,
        /// The component.
        component: Option<String>,
        /// Where the support statement says so.
        link: Option<String>,
    };
    /// Whether it is public already (P12).
    Public "public" {
        /// The answer.
        answer: Publicity,
        /// Where it can be read.
        source: Option<String>,
    };
    /// It is a vulnerability of ours.
    Confirm "confirm";
    /// The advisory is being written.
    Prepare "prepare";
    /// Give it a number (T07).
    Number "xsa" {
        /// Which.
        wish: NumberWish,
    };
    /// Its number will never be used (T18).
    Burn "burn" {
        /// Why.
        because: Option<String>,
    };
    /// A CVE identifier was asked for (P14).
    CveRequest "cve requested";
    /// Its CVE identifiers, all of them.
    CveAssign "cve assigned" {
        /// The identifiers.
        ids: BTreeSet<CveId>,
    };
    /// It gets no CVE identifier.
    CveNone "cve none";
    /// The discoverer's own date (P45).
    DiscovererDate "discoverer-date" {
        /// The instant.
        date: Timestamp,
    };
    /// The discoverer agrees to a later one.
    Consent "consent" {
        /// The latest instant agreed to.
        until: Timestamp,
        /// The message that says so.
        evidence: String,
    };
    /// Agree, shorten or lengthen the embargo (T06, T13).
    Embargo "embargo" {
        /// Its instant.
        until: Timestamp,
        /// Why this one.
        because: Option<String>,
    };
    /// The embargo is over before its instant (T15, T16): `in-the-wild`, `leaked`, `discoverer-early`.
    EndEmbargo "in-the-wild" {
        /// What ended it.
        cause: EarlyEnd,
        /// What was seen, and where.
        what: String,
    };
    /// A patch arrived (P18).
    RegisterPatch "patch" {
        /// The patch.
        patch: Patch,
    };
    /// These branches have all their patches (P19).
    PatchComplete "patch complete" {
        /// The branches.
        branches: BTreeSet<String>,
    };
    /// A revision of the advisory.
    Register "register" {
        /// The revision.
        revision: Revision,
    };
    /// Send the revision registered last to the members (T10).
    Predisclose "predisclose" {
        /// Its version: what the person has looked at.
        version: u32,
    };
    /// What members may deploy (P57).
    Deployment "deployment" {
        /// The permission.
        permission: DeploymentPermission,
        /// Why it is restricted (P59).
        because: Option<String>,
    };
    /// Arm the release of the revision registered last (P30).
    Arm "arm";
    /// Disarm it.
    Disarm "disarm" {
        /// Why.
        cause: DisarmCause,
    };
    /// The release begins (T14).
    Begin "begin";
    /// One destination has it (P32).
    DestinationDone "delivered" {
        /// Which.
        destination: String,
    };
    /// All destinations have it.
    Finish "finish";
    /// The fixes are in the public trees (P31).
    Pushed "pushed" {
        /// Their ids.
        commits: Vec<String>,
    };
    /// The page is up (P33).
    PagePublished "page-published";
    /// Ask somebody outside the team to help (P16).
    Involve "involve" {
        /// Who.
        address: Address,
        /// As what.
        role: InvolvedRole,
    };
    /// Whose report it is, where the mail did not say (P10).
    Discoverer "discoverer" {
        /// The discoverer.
        address: Address,
    };
    /// They agreed to the embargo.
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
    Uninvolve "uninvolve" {
        /// Who.
        address: Address,
    };
    /// A member asks something (P55).
    Consult "consultation" {
        /// The member.
        member: String,
        /// The question.
        question: String,
        /// Who answers.
        owner: Option<PersonName>,
        /// Until when.
        deadline: Timestamp,
    };
    /// The answer to it.
    Answer "answered" {
        /// Which, counted from 1.
        consultation: u32,
        /// The answer.
        answer: String,
    };
    /// Hand it to another project's security contact (P84).
    Handover "handover" {
        /// Its name.
        project: String,
        /// The contact.
        contact: Address,
        /// The message with the discoverer's consent.
        consent: Option<String>,
    };
    /// It is about a fix that is published (P9).
    Retrospective "retrospective" {
        /// The changeset.
        changeset: String,
    };
    /// It is another project's embargoed advisory (P85).
    Upstream "upstream" {
        /// Its name.
        project: String,
        /// Its id there.
        id: Option<String>,
        /// Its embargo.
        until: Timestamp,
    };
    /// Record a decision, sealed (P37).
    Decide "decide" {
        /// The decision.
        text: String,
    };
    /// Record a note.
    Note "note" {
        /// The note.
        text: String,
    };
    /// Record a wish of the discoverer (P4).
    Wish "request" {
        /// What about.
        wish: WishKind,
        /// The wish.
        text: String,
    };
    /// The answer to it.
    AnswerWish "request answered" {
        /// Which, counted from 1.
        wish: u32,
        /// The answer.
        answer: String,
    };
    /// Agree to what somebody else proposed.
    Second "second" {
        /// The proposal that the person has seen.
        serial: Option<u64>,
    };
    /// Take a proposal back.
    Retract "retract";
    /// A proposal has waited too long.
    Lapse "lapse";
    /// No reminders until then.
    Snooze "snooze" {
        /// The instant.
        until: Timestamp,
    };
    /// The transparency report is drafted (P38).
    ReportDrafted "report-drafted" {
        /// Its bytes.
        digest: Digest,
    };
    /// It is sent.
    ReportSent "report-sent";
    /// There will be none.
    WaiveReport "waive-report" {
        /// Why.
        because: String,
    };
    /// It is done (T04, T20).
    Close "close" {
        /// As what.
        reason: CloseReason,
        /// Why.
        because: Option<String>,
    };
}

impl fmt::Debug for Request {
    /// The word; what stands behind it may be embargoed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({})", self.word())
    }
}
