//! What is asked of the daemon on its socket, who asks, and what is answered.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    command::RejectClass,
    decide::Policy,
    disclosure::TeamMember,
    mail::{Address, Digest},
    store::{frozen::Since, inbox::Again},
};

/// A request from the command line.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Request {
    /// Rule on a held message.
    Rule {
        /// Its number.
        id: i64,
        /// approve, reject, hold, discard, reroute.
        ruling: HeldRuling,
        /// The reason class of a rejection.
        #[serde(default)]
        class: Option<RejectClass>,
        /// The words added to a rejection.
        #[serde(default)]
        text: Option<String>,
    },
    /// Release or cancel an advisory.
    Advisory {
        /// Its record.
        row: i64,
        /// send or cancel.
        verb: AdvisoryVerb,
    },
    /// Take in an advisory from a file.
    Submit {
        /// The complete mail, in base64.
        mail: String,
    },
    /// Send the members who joined since the newest revision of an advisory.
    CatchUp {
        /// Its number.
        number: u16,
    },
    /// Say that the embargo of an advisory is over.
    EndEmbargo {
        /// Its number.
        number: u16,
    },
    /// Make an advisory live that was sent before embargod came.
    AddLive {
        /// Its number.
        number: u16,
        /// When its embargo ends (RFC 3339).
        until: Option<Timestamp>,
    },
    /// Say something about a case, in the words of the answer to a notice.
    Case {
        /// Its number.
        id: i64,
        /// The command.
        command: String,
    },
    /// The changesets of an advisory are in the public tree: a person says so, or a hook of the operator's repository.
    Pushed {
        /// Its number.
        number: u16,
        /// Their ids.
        commits: Vec<String>,
    },
    /// Answer the discoverer of a case.
    Reply {
        /// Its number.
        id: i64,
        /// The words.
        text: String,
    },
    /// Say what becomes of a letter that the firewall has stopped.
    Blocked {
        /// Its number.
        id: i64,
        /// let-out or discard.
        verb: BlockedVerb,
    },
    /// The report of a case under embargo was written out (P37): its digest stands in the record.
    SealedReport {
        /// Its number.
        id: i64,
        /// The text's SHA-256.
        sha256: Digest,
    },
    /// Propose a member; two of the team add it.
    AddMember {
        /// The organisation.
        organisation: String,
        /// Its role address.
        address: Address,
        /// People who write for it.
        posters: Vec<Address>,
        /// Why an address is taken that does not look like a role's.
        #[serde(default)]
        because: Option<String>,
    },
    /// Freeze a membership and propose its end; two of the team end it.
    RemoveMember {
        /// The role address.
        address: Address,
        /// Why.
        because: String,
    },
    /// Say something about a member, in the words of the answer to a letter.
    Member {
        /// Its number.
        id: i64,
        /// The command.
        command: String,
    },
    /// Say something about an application, in the words of the answer to a notice.
    Application {
        /// Its number.
        id: i64,
        /// The command.
        command: String,
    },
    /// Take the public list of organisations over, and perhaps its history.
    ImportRoster {
        /// CSV with a column `name`.
        organisations: String,
        /// The lines of the history, newest first.
        #[serde(default)]
        history: Option<String>,
    },
    /// Begin a fire drill.
    Drill,
    /// Try deliveries again: all of them, or none.
    Retry {
        /// Their numbers.
        deliveries: BTreeSet<i64>,
    },
    /// Handle a quarantined message again, or not.
    Replay {
        /// Its number.
        id: i64,
        /// How.
        #[serde(default)]
        again: Again,
    },
    /// When was each mailbox read last?
    Mailboxes,
    /// End the freeze of a database that was restored.
    Thaw {
        /// What whoever asks knows of the time since.
        since: Since,
    },
}

/// What can be ruled on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeldRuling {
    /// Distribute it.
    Approve,
    /// Send it back.
    Reject,
    /// Keep it waiting.
    Hold,
    /// End it here.
    Discard,
    /// Make it a report.
    Reroute,
}

/// What can be done with a waiting advisory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdvisoryVerb {
    /// Send it to the members.
    Send,
    /// Do not.
    Cancel,
}

/// What can be done with a letter that the firewall has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockedVerb {
    /// Let it go; needs two people.
    LetOut,
    /// Do not.
    Discard,
}

/// Who asks.
#[derive(Debug, Clone)]
pub enum Actor {
    /// The team member to whom the configuration maps the user id.
    Team(TeamMember),
    /// Root, or the user the daemon runs as: may operate, may not decide for the team.
    Operator,
    /// Anybody else.
    Stranger(u32),
}

impl Actor {
    /// Who the user id is (`team.uid` of the configuration). Root is the operator and no team member, whatever the configuration says.
    pub fn of_uid(uid: u32, own: u32, policy: &Policy) -> Self {
        if uid == 0 {
            return Actor::Operator;
        }
        let person = policy.uids.get(&uid).and_then(|name| policy.team.iter().find(|person| person.name == *name));
        match person {
            Some(person) => Actor::Team(person.vouched_for_by_the_kernel()),
            None if uid == own => Actor::Operator,
            None => Actor::Stranger(uid),
        }
    }

    pub(super) fn name(&self) -> String {
        match self {
            Actor::Team(person) => person.name().0.clone(),
            Actor::Operator => "operator".to_owned(),
            Actor::Stranger(uid) => format!("uid {uid}"),
        }
    }
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// Whether it was done.
    pub ok: bool,
    /// One sentence.
    pub text: String,
    /// What was asked about mailboxes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mailboxes: Vec<Read>,
}

/// A mailbox that this daemon could read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// `source/folder`.
    pub mailbox: String,
    /// When, for the last time.
    pub at: Timestamp,
}

impl Response {
    /// It was done.
    pub(in crate::daemon) fn done(text: impl Into<String>) -> Self {
        Self { ok: true, text: text.into(), mailboxes: Vec::new() }
    }

    /// Asked and answered.
    pub(in crate::daemon) fn read(mailboxes: Vec<Read>) -> Self {
        Self { ok: true, text: String::new(), mailboxes }
    }

    /// Refused, with the reason.
    pub fn refused(text: impl Into<String>) -> Self {
        Self { ok: false, text: text.into(), mailboxes: Vec::new() }
    }
}
