//! X01, X02, X03, X07, X08, X09, X10, X11, X13: subject, heading, sections, marks, recipients.

use jiff::Timestamp;

use super::{Destination, Draft, Findings};
use crate::{
    advisory::{Clearsigned, EmbargoMark, Framing, PublicClaim, SubjectKind},
    disclosure::DeploymentPermission,
};

pub(super) fn check(draft: &Draft<'_>, findings: &mut Findings) {
    agreement(draft, findings);
    version(draft, findings);
    sections(draft, findings);
    match draft.destination {
        Some(Destination::Members) => members_copy(draft, findings),
        Some(Destination::Public) => public_copy(draft, findings),
        None => {}
    }
    signature(draft, findings);
    characters(draft, findings);
}

/// X01: subject and heading agree.
fn agreement(draft: &Draft<'_>, findings: &mut Findings) {
    let heading = &draft.advisory.heading;
    let line = Some(heading.line);
    let Some(subject) = &draft.advisory.subject else {
        findings.error("X01", None, "the subject does not follow the grammar: TITLE NUMBER vVERSION (CVE-...) - title");
        return;
    };
    if subject.kind == SubjectKind::Answer {
        findings.warn("X01", None, "the subject is that of an answer");
    }
    if subject.number != heading.number {
        findings.error("X01", line, format!("the subject says number {}, the heading {}", subject.number, heading.number));
    }
    if subject.version.unwrap_or(1) != heading.version && subject.version.is_some() {
        let said = subject.version.unwrap_or(1);
        findings.error("X01", line, format!("the subject says version {said}, the heading {}", heading.version));
    }
    for id in subject.cves.iter().filter(|id| !heading.cves.contains(id)) {
        findings.error("X01", line, format!("{id} stands in the subject and not in the heading"));
    }
    if draft.destination == Some(Destination::Public) {
        for id in heading.cves.iter().filter(|id| !subject.cves.contains(id)) {
            findings.warn("X01", line, format!("{id} stands in the heading and not in the subject"));
        }
    }
    if words(&subject.title) != words(&heading.title) {
        findings.error("X01", line, "the title in the subject is not the title in the heading");
    }
}

fn words(title: &str) -> Vec<&str> {
    title.split_whitespace().collect()
}

/// X02: the version, its section, and the version sent last.
fn version(draft: &Draft<'_>, findings: &mut Findings) {
    let (version, updates) = (draft.advisory.heading.version, draft.advisory.updates);
    match updates {
        None if version > 1 => {
            findings.error("X02", None, format!("version {version} has no section UPDATES IN VERSION {version}"))
        }
        Some(said) if version == 1 => findings.error("X02", None, format!("version 1 has a section UPDATES IN VERSION {said}")),
        Some(said) if said != version => {
            findings.error("X02", None, format!("version {version} has the section UPDATES IN VERSION {said}"));
        }
        _ => {}
    }
    match draft.circumstances.last_version {
        Some(last) if version != last.saturating_add(1) => {
            findings.error("X02", Some(draft.advisory.heading.line), format!("version {version} follows version {last}"));
        }
        _ => {}
    }
}

/// X03: the required sections, each once, in order, underlined in their length.
fn sections(draft: &Draft<'_>, findings: &mut Findings) {
    let sections = &draft.advisory.sections;
    let mut last = None;
    for name in &draft.rules.required {
        let mut found = sections.iter().enumerate().filter(|(_, section)| section.heading == *name);
        match (found.next(), found.next()) {
            (None, _) => findings.error("X03", None, format!("the section {name} is missing or not underlined with =")),
            (Some(_), Some((_, second))) => findings.error("X03", Some(second.line), format!("the section {name} stands twice")),
            (Some((index, section)), None) => {
                if last.is_some_and(|last| index < last) {
                    findings.error("X03", Some(section.line), format!("the section {name} stands too early"));
                }
                last = last.max(Some(index));
            }
        }
    }
    for section in sections.iter().filter(|section| section.underline != section.heading.chars().count()) {
        let (long, under) = (section.heading.chars().count(), section.underline);
        let text = format!("the heading {} has {long} characters and {under} = below it", section.heading);
        findings.error("X03", Some(section.line), text);
    }
}

/// X07, X09, X11 for the copy that goes to the predisclosure list.
fn members_copy(draft: &Draft<'_>, findings: &mut Findings) {
    match (draft.advisory.embargo, draft.circumstances.until) {
        (EmbargoMark::Unmarked | EmbargoMark::Undated, _) => {
            findings.error("X07", None, "the copy for members has no embargo date that can be read (2026-04-28 12:00 UTC)");
        }
        (EmbargoMark::Contradictory, _) => findings.error("X07", None, "the embargo dates in the mail contradict each other"),
        (EmbargoMark::Until(said), Some(agreed)) if said != agreed => {
            findings.error("X07", None, format!("the mail says {}, the record {}", utc(said), utc(agreed)));
        }
        (EmbargoMark::Until(_), _) => {}
    }
    match draft.advisory.deployment {
        None => findings.error("X07", None, format!("the section {} is missing", draft.rules.deployment_heading)),
        Some(DeploymentPermission::Custom) => {
            findings.warn("X07", None, "what members may deploy is worded in an unusual way: read it twice");
        }
        Some(_) => {}
    }
    if draft.advisory.claims == PublicClaim::Release && draft.circumstances.destination.is_some() {
        findings.warn("X07", None, "the copy for members calls itself a public release");
    }
    if let Some(subject) = draft.advisory.subject.as_ref().filter(|subject| !subject.cves.is_empty()) {
        let count = subject.cves.len();
        findings.warn(
            "X09",
            None,
            format!("{count} CVE identifier(s) in the subject, which travels unencrypted and is quoted by others"),
        );
    }
    let project = draft.project;
    for address in draft.message.recipients().filter(|address| project.is_public(address)) {
        findings.error("X11", None, format!("{address} is public, and the mail is under embargo"));
    }
    if draft.circumstances.destination.is_some() {
        let known =
            |address| project.private_list(address).is_some() || project.is_security(address) || project.is_public(address);
        for address in draft.message.recipients().filter(|address| !known(address)) {
            findings.error("X11", None, format!("{address} is neither the private list nor the team"));
        }
    }
}

/// X08, X11 for the copy that goes to everyone.
fn public_copy(draft: &Draft<'_>, findings: &mut Findings) {
    if draft.advisory.claims == PublicClaim::Nothing {
        findings.error("X08", None, "the public copy says neither \"Public release.\" nor why there was no embargo");
    }
    if let (Some(now), Some(until)) = (draft.circumstances.now, draft.circumstances.until)
        && now < until
    {
        findings.error("X08", None, format!("the embargo ends on {}", utc(until)));
    }
    if draft.advisory.embargo != EmbargoMark::Unmarked {
        findings.error("X08", None, "the public copy still carries an embargo mark");
    }
    for address in draft.message.recipients().filter(|address| draft.project.private_list(address).is_some()) {
        findings.error("X11", None, format!("{address} gets its copy in a mail of its own"));
    }
}

fn utc(at: Timestamp) -> String {
    at.strftime("%A %Y-%m-%d %H:%M UTC").to_string()
}

/// X10, as far as it goes without keys.
fn signature(draft: &Draft<'_>, findings: &mut Findings) {
    match (draft.advisory.framing, draft.rules.clearsigned) {
        (Framing::Clearsigned, _) => findings.warn("X10", None, "the OpenPGP signature is not checked"),
        (Framing::TextOutside, _) => {
            findings.warn("X10", None, "the OpenPGP signature is not checked, and there is text that it does not cover");
        }
        (Framing::Several, _) => findings.error("X10", None, "the text has more than one OpenPGP frame"),
        (Framing::Unfinished, _) => findings.error("X10", None, "the OpenPGP frame has no end"),
        (Framing::Unsigned, Clearsigned::Required) => findings.error("X10", None, "the text is not clearsigned"),
        (Framing::Unsigned, Clearsigned::Optional) => {}
    }
}

/// X13: nothing but ASCII in the title. Also holds for bidirectional and invisible characters, which are not ASCII.
fn characters(draft: &Draft<'_>, findings: &mut Findings) {
    let heading = &draft.advisory.heading;
    if !heading.title.is_ascii() {
        findings.warn("X13", Some(heading.line), "the title has characters that are not ASCII");
    }
    if !draft.message.subject.is_ascii() {
        findings.warn("X13", None, "the subject has characters that are not ASCII");
    }
}
