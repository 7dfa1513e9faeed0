//! To the team: how many got it, and whose domain did not take it.

use std::collections::BTreeSet;

use super::{
    Desk, Draft, HeldId, LetterError, LetterKind, Thread,
    desk::{Author, Page},
    values::{Blueprint, Values, Variable},
};
use crate::disclosure::{AdvisoryNumber, ContentClass, Recipients};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "delivery-summary",
    text: include_str!("../../rules/letters/delivery-summary.txt"),
    variables: &[Variable::Id("what"), Variable::Line("sentence"), Variable::Flag("troubled")],
};

/// What was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// An advisory in some version.
    Advisory {
        /// Its number.
        number: AdvisoryNumber,
        /// Its version, from 1.
        version: u32,
    },
    /// A post, by the id it was taken in or held under.
    Post(HeldId),
}

/// How a delivery failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// Refused, or bounced later.
    Bounced,
    /// Given up after all retries.
    GivenUp,
    /// The connection was cut before the answer: perhaps there, perhaps twice.
    Unknown,
    /// Not sent yet: its member wants verified TLS, and nothing assures it.
    Waits,
}

impl Trouble {
    fn as_str(self) -> &'static str {
        match self {
            Trouble::Bounced => "bounced",
            Trouble::GivenUp => "given up",
            Trouble::Unknown => "unknown",
            Trouble::Waits => "waiting for verified TLS",
        }
    }
}

/// A recipient who did not get it, by domain (P52: addresses are for the roster only).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfortunate {
    /// `example.net`.
    pub domain: String,
    /// How it failed.
    pub trouble: Trouble,
    /// The enhanced status code (RFC 3463): `5.1.1`.
    pub status: Option<String>,
}

/// The summary when the last delivery row has settled, or nothing is open but what waits for verified TLS.
#[derive(Debug, Clone)]
pub struct DeliverySummary {
    /// The team.
    pub to: Recipients,
    /// Below the notices about it.
    pub thread: Thread,
    /// What was sent.
    pub sent: Sent,
    /// How many recipients' servers took it.
    pub accepted: usize,
    /// How many recipients there were.
    pub total: usize,
    /// Those who did not get it.
    pub unfortunate: Vec<Unfortunate>,
}

impl DeliverySummary {
    /// `XSA-999 v2: 74 of 75 delivered, 1 bounced (example.net: 5.1.1)`.
    pub fn sentence(&self, prefix: &str) -> String {
        let mut sentence = format!("{}: {} of {} delivered", self.what(prefix), self.accepted, self.total);
        for trouble in [Trouble::Bounced, Trouble::GivenUp, Trouble::Unknown, Trouble::Waits] {
            let those: Vec<String> =
                self.unfortunate.iter().filter(|one| one.trouble == trouble).map(Unfortunate::spoken).collect();
            if !those.is_empty() {
                sentence.push_str(&format!(", {} {} ({})", those.len(), trouble.as_str(), those.join("; ")));
            }
        }
        sentence
    }

    fn what(&self, prefix: &str) -> String {
        match self.sent {
            Sent::Advisory { number, version } => format!("{} v{version}", number.with_prefix(prefix)),
            Sent::Post(held) => held.to_string(),
        }
    }

    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let prefix = &desk.project.advisory_prefix;
        let values = Values::default()
            .line("what", self.what(prefix))
            .line("sentence", self.sentence(prefix))
            .flag("troubled", self.unfortunate.iter().any(|one| one.trouble != Trouble::Waits).into());
        desk.finish(Page {
            kind: LetterKind::DeliverySummary,
            text: BLUEPRINT.name,
            values,
            class: ContentClass::Confidential,
            reveals: BTreeSet::new(),
            held: None,
            to: self.to,
            author: Author::Notice,
            thread: &self.thread,
            token: None,
            enclosure: None,
        })
    }
}

impl Unfortunate {
    fn spoken(&self) -> String {
        match &self.status {
            Some(status) => format!("{}: {status}", self.domain),
            None => self.domain.clone(),
        }
    }
}
