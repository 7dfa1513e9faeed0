//! To one person of the team: the transparency report of a released case, ready to be sent (P38).

use std::collections::BTreeSet;

use super::{
    Desk, Draft, LetterError, LetterKind, Thread,
    desk::{Author, Page},
    values::{Blueprint, Values, Variable},
};
use crate::{
    disclosure::{CaseId, ContentClass, Recipients},
    mail::{Address, Digest},
};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "report",
    text: include_str!("../../rules/letters/report.txt"),
    variables: &[Variable::Id("case"), Variable::Id("number"), Variable::Line("digest"), Variable::Block("report")],
};

/// The report and what to do with it.
#[derive(Clone)]
pub struct ReportDraft {
    /// The person.
    pub to: Address,
    /// This person's token for the case.
    pub token: String,
    /// Usually [`Thread::new`].
    pub thread: Thread,
    /// The case.
    pub case: CaseId,
    /// The advisory's number as people write it: `XSA-484`.
    pub number: String,
    /// SHA-256 of the text.
    pub digest: Digest,
    /// The text.
    pub report: String,
}

impl ReportDraft {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let values = Values::default()
            .line("case", self.case.to_string())
            .line("number", &self.number)
            .line("digest", self.digest.to_string())
            .block("report", &self.report);
        desk.finish(Page {
            kind: LetterKind::ReportDraft,
            text: BLUEPRINT.name,
            values,
            // Nobody has read it yet: what a person typed for the record may be more than the advisory told.
            class: ContentClass::Embargoed,
            reveals: BTreeSet::from([self.case]),
            held: None,
            to: Recipients::one(self.to),
            author: Author::Notice,
            thread: &self.thread,
            token: Some(&self.token),
            enclosure: None,
        })
    }
}
