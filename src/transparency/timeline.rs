//! The record, line by line: each kind of event has its sentence, so that nothing of a case's life is missing.

use super::{Writer, closed, early, page::Page, word};
use crate::cases::{CaseEvent, Origin, Publicity, Recorded, RevisionAudience, Support, Telling};

pub(super) fn write(writer: &Writer<'_>, page: &mut Page) {
    page.heading("The record");
    page.paragraph("Times are UTC. In brackets stands the kind of the entry.");
    for recorded in writer.record {
        let who = writer.names.decided_by(recorded);
        let at = recorded.at.strftime("%Y-%m-%d %H:%M");
        page.item(&format!("{at} {} ({who}) [{}]", writer.sentence(recorded), recorded.event.kind()));
    }
}

impl Writer<'_> {
    fn sentence(&self, recorded: &Recorded) -> String {
        match &recorded.event {
            CaseEvent::Opened { origin, .. } => match origin {
                Origin::Report => "a report arrived".to_owned(),
                Origin::Team => "the team learned of it".to_owned(),
                Origin::Changeset => "a published change turned out to be a fix".to_owned(),
                Origin::Upstream => "another project told us".to_owned(),
            },
            CaseEvent::Acknowledged => "the discoverer heard that it arrived".to_owned(),
            CaseEvent::DiscovererTold { telling, .. } => match telling {
                Telling::Reply => "the discoverer was answered".to_owned(),
                Telling::Date { until } => format!("the discoverer heard the date {}", self.instant(*until)),
                Telling::Over => "the discoverer heard that the embargo was over".to_owned(),
                Telling::Closed => "the discoverer heard that the case was closed".to_owned(),
            },
            CaseEvent::Promised { until } => format!("the discoverer was promised an answer until {}", self.instant(*until)),
            CaseEvent::Claimed { instead_of: None } => "claimed".to_owned(),
            CaseEvent::Claimed { instead_of: Some(other) } => format!("taken over from {}", self.names.team(other)),
            CaseEvent::ScopeAnswered { support, component, .. } => {
                let what = component.as_ref().map_or_else(String::new, |component| format!(": {}", self.said(component)));
                match support {
                    Support::Supported => format!("security-supported{what}"),
                    Support::Unsupported => format!("without security support{what}"),
                }
            }
            CaseEvent::PublicityAnswered { answer, source, .. } => match answer {
                Publicity::Yes => {
                    format!(
                        "public already{}",
                        source.as_ref().map_or_else(String::new, |source| format!(": {}", self.said(source)))
                    )
                }
                Publicity::No => "not public".to_owned(),
                Publicity::Unknown => "not known whether it is public".to_owned(),
            },
            CaseEvent::Confirmed => "confirmed as a vulnerability".to_owned(),
            CaseEvent::AdvisoryBegun => "the advisory was begun".to_owned(),
            CaseEvent::NumberAllocated { number } => format!("it became {}", self.number(*number)),
            CaseEvent::NumberBurnt { number, .. } => format!("{} was given up", self.number(*number)),
            CaseEvent::CveRequested => "a CVE identifier was asked for".to_owned(),
            CaseEvent::CveAssigned { ids } => {
                format!("CVE identifiers: {}", ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
            }
            CaseEvent::CveDeclined => "there will be no CVE identifier".to_owned(),
            CaseEvent::DiscovererDate { date } => format!("the discoverer's date is {}", self.instant(*date)),
            CaseEvent::DiscovererConsented { until, .. } => format!("the discoverer agreed to {}", self.instant(*until)),
            CaseEvent::EmbargoSet { until, .. } => format!("embargo until {}", self.instant(*until)),
            CaseEvent::EmbargoShortened { until, .. } => format!("embargo brought forward to {}", self.instant(*until)),
            CaseEvent::EmbargoLengthened { until, .. } => format!("embargo put off to {}", self.instant(*until)),
            CaseEvent::EmbargoEnded { cause, .. } => format!("the embargo ended early: {}", early(*cause)),
            CaseEvent::DiscovererNamed { .. } => "it was found out who reported it".to_owned(),
            CaseEvent::PerhapsPublic { .. } => "the report went to a public address too".to_owned(),
            CaseEvent::PatchRegistered { patch } => format!("a patch was registered, SHA-256 {}", patch.sha256),
            CaseEvent::PatchesComplete { branches } => {
                format!("patches complete for {}", branches.iter().cloned().collect::<Vec<_>>().join(", "))
            }
            CaseEvent::RevisionRegistered { revision } => match revision.audience {
                RevisionAudience::Members => format!("version {} registered for the members", revision.version),
                RevisionAudience::Public => format!("version {} registered for the public", revision.version),
            },
            CaseEvent::Predisclosed { version } => format!("version {version} went to the members"),
            CaseEvent::DeploymentPermitted { permission, .. } => format!("members may deploy: {}", word(permission)),
            CaseEvent::Armed { plan } => format!("release of version {} armed for {}", plan.version, self.instant(plan.instant)),
            CaseEvent::Disarmed { cause } => format!("release disarmed: {}", word(cause)),
            CaseEvent::ReleaseBegun { plan } => format!("release of version {} begun", plan.version),
            CaseEvent::DestinationDone { destination } => format!("published to {destination}"),
            CaseEvent::ReleaseFinished => "every destination has it".to_owned(),
            CaseEvent::ChangesetsPushed { commits } if commits.is_empty() => "the changesets are public".to_owned(),
            CaseEvent::ChangesetsPushed { commits } => format!("the changesets are public: {}", commits.join(", ")),
            CaseEvent::PagePublished => "on the page of advisories".to_owned(),
            CaseEvent::Involved { address, .. } => format!("{} was asked to help", self.names.outside(address)),
            CaseEvent::Agreed { address, .. } => format!("{} agreed to the embargo", self.names.outside(address)),
            CaseEvent::Heard { address } => format!("{} answered", self.names.outside(address)),
            CaseEvent::Uninvolved { address } => format!("{} no longer takes part", self.names.outside(address)),
            CaseEvent::Consulted { deadline, .. } => {
                format!("a member asked, to be answered until {}", self.instant(*deadline))
            }
            CaseEvent::ConsultationAnswered { consultation, .. } => format!("question {consultation} was answered"),
            CaseEvent::HandedOver { project, .. } => format!("handed over to {project}"),
            CaseEvent::Retrospective { changeset } => format!("its fix was published before anybody knew: {changeset}"),
            CaseEvent::Upstream { project, until, .. } => {
                format!("an advisory of {project}, under its embargo until {}", self.instant(*until))
            }
            CaseEvent::Decided { .. } => "a decision, above".to_owned(),
            CaseEvent::Noted { .. } => "a note of the team".to_owned(),
            CaseEvent::Wished { wish, .. } => format!("the discoverer asked for something: {}", word(wish)),
            CaseEvent::WishAnswered { wish, .. } => format!("request {wish} of the discoverer was answered"),
            CaseEvent::Proposed { act, .. } => format!("proposed: {}", act.name()),
            CaseEvent::Seconded => "a second person agreed".to_owned(),
            CaseEvent::Retracted => "the proposal was taken back".to_owned(),
            CaseEvent::Lapsed => "nobody agreed in time".to_owned(),
            CaseEvent::Snoozed { until } => format!("no reminders until {}", self.instant(*until)),
            CaseEvent::ReportDrafted { digest } => format!("this report was drafted, SHA-256 {digest}"),
            CaseEvent::ReportSent => "this report was sent".to_owned(),
            CaseEvent::ReportWaived { .. } => "there will be no report".to_owned(),
            CaseEvent::Closed { reason, .. } => format!("closed: {}", closed(reason)),
        }
    }
}
