//! The transparency report of a case: what was decided and why, when each step was done and when it should have been (P37, P38, P40).
//!
//! Does: writes one text out of the record of a case, for everybody to read once the advisory is public. Promises: the same record gives the
//! same text (so its digest in the record proves it); every event of the record has its line; people outside the team, members and their
//! organisations are not named, in our sentences or in those that people typed, unless the discoverer wanted the credit; people of the team are
//! letters, so that a reader sees where two of them were needed. Fails with [`Unfit`] on a record that is none.
//!
//! While the case is under embargo the report is sealed: whoever writes it out says so on its first line, and only its digest leaves the team.

mod measures;
mod names;
mod page;
mod timeline;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::Timestamp;

use self::{names::Names, page::Page};
use crate::{
    cases::{CaseEvent, CaseFile, CloseReason, EarlyEnd, Recorded, RevisionAudience, Standards, WishKind, distance},
    disclosure::{AdvisoryNumber, CaseId},
    schedule::civil,
};

pub use crate::cases::Unfit;

/// How a kind of letter of the case has gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryCount {
    /// What was sent: `acknowledgement`, `XSA-484 v2 to the members`.
    pub what: String,
    /// To how many recipients.
    pub recipients: u64,
    /// Accepted by the relay, and no bounce came.
    pub accepted: u64,
    /// Refused, or bounced for good.
    pub failed: u64,
}

/// What the report is made of.
#[derive(Debug, Clone)]
pub struct Sources<'a> {
    /// The case.
    pub case: CaseId,
    /// Its record.
    pub record: &'a [Recorded],
    /// The team's calendar and the policy's targets.
    pub standards: &'a Standards,
    /// The project's name.
    pub project: &'a str,
    /// What stands before an advisory's number.
    pub prefix: &'a str,
    /// Names of members' organisations, which stand nowhere in it.
    pub members: &'a [String],
    /// How its letters have gone.
    pub deliveries: &'a [DeliveryCount],
    /// When the discoverer was told that the report arrived (P3), as far as the record does not say it.
    pub acknowledged: Option<Timestamp>,
}

/// Whether a report may leave the team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seal {
    /// The case is under embargo.
    Sealed,
    /// It is public.
    Open,
}

/// The report.
#[derive(Clone, PartialEq, Eq)]
pub struct Report {
    /// Its text, lines of at most 76 columns where people's words allow it.
    pub text: String,
    /// Whether it may leave the team.
    pub seal: Seal,
    /// The advisory's number, if it has one.
    pub number: Option<AdvisoryNumber>,
}

/// The line that a sealed report begins with.
pub const SEAL: &str = "SEALED: THIS CASE IS UNDER EMBARGO. NOT FOR ANYBODY OUTSIDE THE TEAM.";

/// Writes the report of a case as it stands at `now`. The instant decides over the seal and over nothing else.
///
/// # Errors
/// [`Unfit`] when the record is not that of a case.
pub fn report(sources: &Sources<'_>, now: Timestamp) -> Result<Report, Unfit> {
    let file = CaseFile::fold(sources.case, sources.record)?;
    let seal = if file.is_embargoed(now) { Seal::Sealed } else { Seal::Open };
    // Drafts of the report itself would change the text that they are drafts of.
    let drafts = sources.record.iter().rev().take_while(|one| matches!(one.event, CaseEvent::ReportDrafted { .. })).count();
    let record = sources.record.get(..sources.record.len().saturating_sub(drafts)).unwrap_or_default();
    let writer = Writer { sources, file: &file, record, names: Names::of(record, sources.members) };
    let mut page = Page::default();
    if seal == Seal::Sealed {
        page.paragraph(SEAL);
    }
    writer.head(&mut page);
    measures::durations(&writer, &mut page);
    writer.dates(&mut page);
    writer.decisions(&mut page);
    writer.revisions(&mut page);
    writer.questions(&mut page);
    writer.deliveries(&mut page);
    timeline::write(&writer, &mut page);
    Ok(Report { text: page.finish(), seal, number: file.live_number() })
}

/// The record while it is being written out.
struct Writer<'a> {
    sources: &'a Sources<'a>,
    file: &'a CaseFile,
    record: &'a [Recorded],
    names: Names,
}

impl Writer<'_> {
    fn instant(&self, at: Timestamp) -> String {
        civil(at, self.sources.standards.calendar.zone())
    }

    fn number(&self, number: AdvisoryNumber) -> String {
        number.with_prefix(self.sources.prefix)
    }

    /// What a person typed, without the names that are withheld.
    fn said(&self, text: &str) -> String {
        self.names.withheld(text)
    }

    fn because(&self, because: Option<&String>) -> String {
        because.map_or_else(String::new, |because| format!(" Reason: {}", self.said(because)))
    }

    fn head(&self, page: &mut Page) {
        let file = self.file;
        let name = file.live_number().map_or_else(|| self.sources.case.to_string(), |number| self.number(number));
        page.title(&format!("Transparency report: {name}"));
        let last = self.record.last().map_or(file.opened(), |last| last.at);
        page.paragraph(&format!(
            "How the security team of {} handled {name}, from its record ({}, {} entries, the last of {}).",
            self.sources.project,
            self.sources.case,
            self.record.len(),
            self.instant(last)
        ));
        page.item(&format!("Reported: {}", self.instant(file.opened())));
        if let Some(policy) = file.policy() {
            page.item(&format!("Handled by the policy of version {policy}"));
        }
        for number in file.numbers().collect::<BTreeSet<_>>() {
            let burnt = if file.live_number() == Some(number) { "" } else { " (given up)" };
            page.item(&format!("Number: {}{burnt}", self.number(number)));
        }
        if let crate::cases::CveState::Assigned(ids) = file.cve() {
            page.item(&format!("CVE: {}", ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")));
        }
        page.item(&self.credit());
        if let Some(cause) = file.public_cause() {
            page.item(&format!(
                "Public since {}: {}",
                file.public_at().map(|at| self.instant(at)).unwrap_or_default(),
                public(cause)
            ));
        }
    }

    /// The discoverer is named in the words of the own wish, or not at all (P4).
    fn credit(&self) -> String {
        let wishes = self.file.wishes();
        let anonymous = wishes.iter().any(|wish| wish.kind == WishKind::Anonymity);
        match wishes.iter().rev().find(|wish| wish.kind == WishKind::Credit) {
            Some(wish) if !anonymous => format!("Credit, as the discoverer asked: {}", page::one_line(&wish.text)),
            _ => "The discoverer is not named here.".to_owned(),
        }
    }

    fn dates(&self, page: &mut Page) {
        page.heading("Dates, and where they differ from the policy's");
        let mut any = false;
        for recorded in self.record {
            let (what, until, default, because) = match &recorded.event {
                CaseEvent::EmbargoSet { until, default, because } => ("set", until, default, because.as_ref()),
                CaseEvent::EmbargoShortened { until, default, because, .. } => ("brought forward", until, default, Some(because)),
                CaseEvent::EmbargoLengthened { until, default, because, .. } => ("put off", until, default, Some(because)),
                CaseEvent::DiscovererDate { date } => {
                    page.item(&format!("{}: the discoverer's date is {}.", self.day(recorded.at), self.instant(*date)));
                    any = true;
                    continue;
                }
                CaseEvent::DiscovererConsented { until, .. } => {
                    page.item(&format!(
                        "{}: the discoverer agreed to wait until {}.",
                        self.day(recorded.at),
                        self.instant(*until)
                    ));
                    any = true;
                    continue;
                }
                _ => continue,
            };
            any = true;
            let differs = if self.sources.standards.is_default_day(*until, *default) {
                "as the policy gives it.".to_owned()
            } else {
                let away = distance(until.duration_since(*default));
                let away = match away.strip_prefix("in ") {
                    Some(later) => format!("{later} later"),
                    None => away.replace(" ago", " earlier"),
                };
                format!("{away} than the policy's {}.{}", self.instant(*default), self.because(because))
            };
            page.item(&format!("{}: {what} to {}, {differs}", self.day(recorded.at), self.instant(*until)));
        }
        if !any {
            page.paragraph("No date was agreed.");
        }
    }

    fn day(&self, at: Timestamp) -> String {
        at.strftime("%Y-%m-%d").to_string()
    }

    fn decisions(&self, page: &mut Page) {
        page.heading("Decisions and their reasons");
        let mut any = false;
        for recorded in self.record {
            let text = match &recorded.event {
                CaseEvent::Decided { text } => self.said(text),
                // Why it is restricted stands beside it as a decision (P59).
                CaseEvent::DeploymentPermitted { permission, .. } => format!("what members may deploy: {}", word(permission)),
                CaseEvent::EmbargoEnded { cause, what, .. } => {
                    format!("the embargo ends early: {}. {}", early(*cause), self.said(what))
                }
                CaseEvent::NumberBurnt { number, because } => {
                    format!("{} is given up.{}", self.number(*number), self.because(because.as_ref()))
                }
                CaseEvent::PublicityAnswered { source: Some(source), proposed_by: Some(_), .. } => {
                    format!("what was thought a secret is public: {}", self.said(source))
                }
                CaseEvent::ReportWaived { because, .. } => format!("no transparency report.{}", self.because(Some(because))),
                CaseEvent::HandedOver { project, .. } => format!("handed to {project}, with the discoverer's consent"),
                CaseEvent::Closed { reason, because, .. } => {
                    format!("closed: {}.{}", closed(reason), self.because(because.as_ref()))
                }
                _ => continue,
            };
            any = true;
            page.item(&format!("{}, {}: {text}", self.day(recorded.at), self.names.decided_by(recorded)));
        }
        if !any {
            page.paragraph("None beyond the dates above.");
        }
    }

    fn revisions(&self, page: &mut Page) {
        page.heading("Revisions of the advisory");
        let mut any = false;
        for recorded in self.record {
            let text = match &recorded.event {
                CaseEvent::RevisionRegistered { revision } => {
                    let audience = match revision.audience {
                        RevisionAudience::Members => "for the members",
                        RevisionAudience::Public => "for the public",
                    };
                    format!("version {} {audience} registered, SHA-256 {}", revision.version, revision.digest)
                }
                CaseEvent::Predisclosed { version } => format!("version {version} sent to the members"),
                CaseEvent::ReleaseBegun { plan } => {
                    format!("version {} published to {} destinations", plan.version, plan.destinations.len())
                }
                _ => continue,
            };
            any = true;
            page.item(&format!("{}: {text}", self.instant(recorded.at)));
        }
        if !any {
            page.paragraph("None.");
        }
    }

    fn questions(&self, page: &mut Page) {
        if self.file.consultations().is_empty() {
            return;
        }
        page.heading("Questions of members");
        for (counted, question) in (1_u32..).zip(self.file.consultations()) {
            let answer = question.answer.as_ref().map_or_else(|| "no answer".to_owned(), |answer| self.said(answer));
            page.item(&format!("{counted}. {} Answer: {answer}", self.said(&question.question)));
        }
    }

    fn deliveries(&self, page: &mut Page) {
        if self.sources.deliveries.is_empty() {
            return;
        }
        page.heading("What was sent");
        for count in self.sources.deliveries {
            page.item(&format!(
                "{}: {} recipients, {} accepted, {} not delivered",
                count.what, count.recipients, count.accepted, count.failed
            ));
        }
    }
}

fn public(cause: crate::cases::PublicCause) -> &'static str {
    use crate::cases::PublicCause;
    match cause {
        PublicCause::Scheduled => "at the agreed instant",
        PublicCause::DiscovererEarly => "the discoverer published first",
        PublicCause::ExploitedInTheWild => "it was exploited in the wild",
        PublicCause::Leaked => "it leaked",
        PublicCause::AlreadyPublic => "it was public when it came to us",
    }
}

fn early(cause: EarlyEnd) -> &'static str {
    public(cause.cause())
}

/// As the stored form says it; other cases of ours are nobody's business.
fn closed(reason: &CloseReason) -> String {
    match reason {
        CloseReason::Duplicate { .. } => "a duplicate".to_owned(),
        reason => reason.to_string(),
    }
}

/// The stored word of a value that has one.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
