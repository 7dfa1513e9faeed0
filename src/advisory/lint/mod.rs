//! The checks of an advisory before it goes out.
//!
//! X15 compares the credits with the discoverer of the case, where the case is known.
//! From one saved mail: X01, X03, X04, X05, X06, X07, X09, X12, X13, X14, and of X02, X08, X10 and X11 what the mail itself shows; the last
//! version sent, the destination, the date on record and the time come as [`Circumstances`]. X10 does not verify the signature and says so.
//! A check whose premise is unknown is left out: it never guesses.

mod attachments;
mod credits;
pub(super) mod remedy;
mod text;

use std::fmt;

use jiff::Timestamp;

use super::{Advisory, AdvisoryRules, EmbargoMark, PublicClaim, parse};
use crate::{
    disclosure::Project,
    mail::{Mailbox, Message},
};

/// One thing the checks found. Its text may quote the advisory: it goes to the team and never to a log.
#[derive(Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// The rule: `X04`.
    pub id: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What is wrong, in one sentence.
    pub text: String,
    /// The line of the mail's text it is about, from 1.
    pub line: Option<usize>,
}

impl Finding {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        remedy::of(self.id)
    }
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A person should look.
    Warn,
    /// It must not go out like this.
    Error,
}

/// Where the advisory is meant to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// To the predisclosure list, under embargo.
    Members,
    /// To the public lists.
    Public,
}

/// Who found it, and what was asked for about the credit (P4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discoverer {
    /// The address, and the name that the reports have.
    pub mailbox: Mailbox,
    /// The last wish about it.
    pub wish: CreditWish,
}

/// What a discoverer asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreditWish {
    /// Nothing was said: credit is what is usual.
    Unsaid,
    /// To be credited so.
    Credit(String),
    /// Not to be named.
    Anonymity,
}

/// What one mail does not show.
#[derive(Debug, Clone, Copy, Default)]
pub struct Circumstances<'a> {
    /// Where it goes. Without it the mail's own recipients and marks are asked.
    pub destination: Option<Destination>,
    /// The time, by the trusted clock.
    pub now: Option<Timestamp>,
    /// The version sent last; 0 when none was.
    pub last_version: Option<u8>,
    /// The end of the embargo on record.
    pub until: Option<Timestamp>,
    /// Who found it.
    pub discoverer: Option<&'a Discoverer>,
}

/// Checks an advisory. No finding of [`Level::Error`]: as far as these rules see, it may go.
pub fn lint(message: &Message, project: &Project, rules: &AdvisoryRules, circumstances: &Circumstances<'_>) -> Vec<Finding> {
    let mut findings = Findings::default();
    match parse(message, project, rules) {
        Err(error) => findings.error("X01", None, error.to_string()),
        Ok(advisory) => {
            let destination = circumstances.destination.or_else(|| shown(&advisory, message, project));
            let draft = Draft { message, advisory: &advisory, project, rules, circumstances, destination };
            text::check(&draft, &mut findings);
            attachments::check(&draft, &mut findings);
            credits::check(&draft, &mut findings);
        }
    }
    findings.0.sort_by(|one, other| one.id.cmp(other.id).then(one.line.cmp(&other.line)));
    findings.0
}

/// What is checked and against what.
struct Draft<'a> {
    message: &'a Message,
    advisory: &'a Advisory,
    project: &'a Project,
    rules: &'a AdvisoryRules,
    circumstances: &'a Circumstances<'a>,
    destination: Option<Destination>,
}

/// The destination as the mail itself shows it, when it shows one.
fn shown(advisory: &Advisory, message: &Message, project: &Project) -> Option<Destination> {
    if message.recipients().any(|address| project.private_list(address).is_some()) || advisory.embargo != EmbargoMark::Unmarked {
        return Some(Destination::Members);
    }
    let public = project.public_recipients(message).next().is_some() || advisory.claims != PublicClaim::Nothing;
    public.then_some(Destination::Public)
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn error(&mut self, id: &'static str, line: Option<usize>, text: impl Into<String>) {
        self.0.push(Finding { id, level: Level::Error, text: text.into(), line });
    }

    fn warn(&mut self, id: &'static str, line: Option<usize>, text: impl Into<String>) {
        self.0.push(Finding { id, level: Level::Warn, text: text.into(), line });
    }
}

impl fmt::Debug for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Finding({} {:?}, line {:?})", self.id, self.level, self.line)
    }
}
