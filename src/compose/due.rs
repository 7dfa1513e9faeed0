//! To one person of the team: everything that is due in the cases, in one letter (P14-P42).
//!
//! Ids, dates and what to do; the caller keeps words of the matter out where notices carry none.

use std::collections::BTreeSet;

use super::{
    Desk, Draft, LetterError, LetterKind, NoticeMode, Thread,
    desk::{Author, Page},
    values::{Blueprint, Values, Variable},
};
use crate::{
    disclosure::{CaseId, ContentClass, Recipients},
    mail::Address,
};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "due",
    text: include_str!("../../rules/letters/due.txt"),
    variables: &[
        Variable::Id("what"),
        Variable::Id("matter"),
        Variable::Line("first"),
        Variable::List("lines"),
        Variable::Flag("several"),
        Variable::Flag("can_answer"),
        Variable::Line("record"),
    ],
};

/// Whether the letter can wait for office hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressing {
    /// It could, and has.
    InOfficeHours,
    /// An embargo is over, and nothing is published (P30).
    NotArmed,
}

impl Pressing {
    fn words(self) -> &'static str {
        match self {
            Pressing::InOfficeHours => "Due now",
            Pressing::NotArmed => "URGENT: the embargo is over and the release is not armed",
        }
    }
}

/// One thing that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuePoint {
    /// A sentence.
    pub what: String,
    /// What is open, where it is a checklist.
    pub open: Vec<String>,
}

/// What is due in one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueCase {
    /// The case.
    pub case: CaseId,
    /// Its advisory's number as people write it, if it has one: `XSA-484`.
    pub number: Option<String>,
    /// What is due.
    pub due: Vec<DuePoint>,
    /// What is to be done next, by when, by whom.
    pub next: Option<String>,
    /// Its dates, each with its distance.
    pub dates: Vec<String>,
}

impl DueCase {
    fn lines(&self) -> Vec<String> {
        let name = self.number.as_ref().map_or_else(|| self.case.to_string(), |number| format!("{} ({number})", self.case));
        let due = self.due.iter().flat_map(|due| {
            std::iter::once(format!("  - {}", due.what)).chain(due.open.iter().map(|open| format!("      - {open}")))
        });
        let more =
            self.next.iter().map(|next| format!("  Next: {next}")).chain(self.dates.iter().map(|date| format!("  {date}")));
        std::iter::once(name).chain(due).chain(more).chain([String::new()]).collect()
    }
}

/// The digest.
#[derive(Debug, Clone)]
pub struct DueDigest {
    /// The person.
    pub to: Address,
    /// This person's token: of the one case, or of the letter when there are several.
    pub token: Option<String>,
    /// Usually [`Thread::new`].
    pub thread: Thread,
    /// The cases, those that press most first; never empty.
    pub cases: Vec<DueCase>,
    /// Whether it could wait.
    pub pressing: Pressing,
    /// How much a notice may carry.
    pub mode: NoticeMode,
    /// The end of the record when it was written, as `audit head` prints it.
    pub record: Option<String>,
}

impl DueDigest {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let ids: BTreeSet<CaseId> = self.cases.iter().map(|case| case.case).collect();
        let first = self.cases.first().map(|case| case.case.to_string()).unwrap_or_default();
        let what = if ids.len() > 1 { format!("{} cases", ids.len()) } else { first.clone() };
        let values = Values::default()
            .line("what", what)
            .line("matter", self.pressing.words())
            .line("first", first)
            .list("lines", self.cases.iter().flat_map(DueCase::lines))
            .flag("several", (ids.len() > 1).into())
            .flag("can_answer", self.token.is_some().into())
            .line("record", self.record.unwrap_or_default());
        desk.finish(Page {
            kind: LetterKind::Reminder,
            text: BLUEPRINT.name,
            values,
            // Where notices carry the mails themselves, contacts and branches stand here, too.
            class: if self.mode == NoticeMode::Full { ContentClass::Embargoed } else { ContentClass::Confidential },
            reveals: ids,
            held: None,
            to: Recipients::one(self.to),
            author: Author::Notice,
            thread: &self.thread,
            token: self.token.as_deref(),
            enclosure: None,
        })
    }
}
