//! How ready a member is for the next embargo: a score, and what it lacks by name (P48, P54, P63, P82). Nothing follows from it by itself.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::{
    event::Probe,
    file::{MemberFile, Standing, day},
};
use crate::{
    disclosure::{Assurance, TlsRequirement},
    membership::Looks,
};

/// What is known of a member besides its own record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Now.
    pub now: Timestamp,
    /// A question is answered within this time.
    pub answer_within: SignedDuration,
    /// The version of the policy in force.
    pub policy_version: String,
    /// What the role address looks like.
    pub looks: Looks,
    /// The last letter to it was refused, and none was accepted since.
    pub refused: bool,
    /// What assures verified TLS on the way to it.
    pub tls: Assurance,
}

/// What a member lacks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// It gets nothing.
    Frozen,
    /// Its new alias has not answered: it gets nothing.
    Unconfirmed,
    /// Nobody ever asked whether its alias is read.
    NeverConfirmed,
    /// So many questions in a row are unanswered for too long.
    Silent(usize),
    /// The fire drill is unanswered.
    SilentInDrill,
    /// Mail came back.
    Bounces(String),
    /// Its server refused the last letter.
    Refused,
    /// An automaton answers.
    AnswersAutomatically,
    /// An answer came from elsewhere.
    DoubtfulAnswer,
    /// The address does not look like a role's.
    NotARole,
    /// No accepted terms are on record (P54).
    NoTerms,
    /// The terms it accepted are of an older version.
    OldTerms(String),
    /// Nobody is confirmed to write for it.
    NoPoster,
    /// The public list does not name it.
    NotListed,
    /// It wants verified TLS, and nothing assures it: embargoed copies wait.
    NoTls,
}

impl Fault {
    /// How much of the 100 points it takes.
    fn weight(&self) -> u32 {
        match self {
            Fault::Frozen | Fault::Unconfirmed => 100,
            Fault::Bounces(_) | Fault::Refused | Fault::NoTls => 50,
            Fault::Silent(times) if *times > 1 => 40,
            Fault::Silent(_) | Fault::SilentInDrill | Fault::AnswersAutomatically => 25,
            Fault::NeverConfirmed | Fault::DoubtfulAnswer => 20,
            Fault::NotARole | Fault::NoTerms => 15,
            Fault::OldTerms(_) | Fault::NoPoster | Fault::NotListed => 5,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Frozen => f.write_str("frozen: it gets nothing"),
            Fault::Unconfirmed => f.write_str("its alias has not answered: it gets nothing yet"),
            Fault::NeverConfirmed => f.write_str("nobody ever confirmed that its alias is read"),
            Fault::Silent(1) => f.write_str("one question is unanswered"),
            Fault::Silent(times) => write!(f, "{times} questions are unanswered"),
            Fault::SilentInDrill => f.write_str("silent in the fire drill"),
            Fault::Bounces(status) => write!(f, "mail came back ({status})"),
            Fault::Refused => f.write_str("its server refused the last letter"),
            Fault::AnswersAutomatically => f.write_str("an automaton answers"),
            Fault::DoubtfulAnswer => f.write_str("an answer came from elsewhere"),
            Fault::NotARole => f.write_str("the address does not look like a role's"),
            Fault::NoTerms => f.write_str("no accepted terms on record"),
            Fault::OldTerms(version) => write!(f, "accepted the terms of {version}"),
            Fault::NoPoster => f.write_str("nobody is confirmed to write for it"),
            Fault::NotListed => f.write_str("not on the public list"),
            Fault::NoTls => f.write_str("it wants verified TLS, and nothing assures that: its copies wait"),
        }
    }
}

/// The score and its reasons.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Readiness {
    /// From 0 to 100.
    pub score: u32,
    /// What is missing, the worst first.
    pub faults: Vec<Fault>,
}

/// How ready a member is.
pub fn readiness(file: &MemberFile, facts: &Facts) -> Readiness {
    let of = file.particulars();
    let mut faults = Vec::new();
    match file.standing() {
        Standing::Frozen => faults.push(Fault::Frozen),
        Standing::Unconfirmed => faults.push(Fault::Unconfirmed),
        _ => {}
    }
    faults.extend(file.bounce().map(|status| Fault::Bounces(status.to_owned())));
    let late = |at: &Timestamp| facts.now.duration_since(*at) > facts.answer_within;
    let is_drill = |why: &Probe| matches!(why, Probe::Drill { .. });
    let silent = file.unanswered().iter().filter(|(at, why)| late(at) && !is_drill(why)).count();
    if silent > 0 {
        faults.push(Fault::Silent(silent));
    }
    if file.unanswered().iter().any(|(at, why)| late(at) && is_drill(why)) {
        faults.push(Fault::SilentInDrill);
    }
    let to_do = |what| file.to_do().contains(&what);
    let old = of.terms.as_ref().filter(|terms| terms.version != facts.policy_version);
    for (is_so, fault) in [
        (facts.refused, Fault::Refused),
        (of.tls == TlsRequirement::Verify && facts.tls == Assurance::Lacking, Fault::NoTls),
        (to_do(super::ToDo::AnswersAutomatically), Fault::AnswersAutomatically),
        (to_do(super::ToDo::DoubtfulAnswer), Fault::DoubtfulAnswer),
        (file.confirmed().is_none() && file.standing() == Standing::Active, Fault::NeverConfirmed),
        (facts.looks != Looks::Role && of.override_because.is_none(), Fault::NotARole),
        (of.terms.is_none(), Fault::NoTerms),
        (of.posters.is_empty(), Fault::NoPoster),
        (!file.is_listed(), Fault::NotListed),
    ] {
        if is_so {
            faults.push(fault);
        }
    }
    faults.extend(old.map(|terms| Fault::OldTerms(format!("{} of {}", terms.version, terms.on))));
    faults.sort_by_key(|fault| std::cmp::Reverse(fault.weight()));
    let lost: u32 = faults.iter().map(Fault::weight).sum();
    Readiness { score: 100_u32.saturating_sub(lost), faults }
}

/// Whether a member is to be asked again whether its alias is read (P82).
pub fn is_due(file: &MemberFile, every: SignedDuration, now: Timestamp) -> bool {
    let since = file.last_contact().unwrap_or(file.since());
    file.standing() == Standing::Active && day(since) < day(now) && now.duration_since(since) >= every
}
