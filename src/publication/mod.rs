//! Public artefacts of a released advisory, all made from one source: its mails as they were sent (issue 4, "Machine-readable outputs").
//!
//! | artefact | made by | standard |
//! |---|---|---|
//! | `xsa.json` | [`index`] | the list that xenbits.xen.org has |
//! | CVE record draft | [`cve_records`] | CVE Record Format 5.1 |
//! | security advisory | [`csaf_document`] | CSAF 2.0, profile 4 (Security Advisory) |
//! | OSV draft | [`osv_record`] | OSV schema 1.6 |
//! | text and files | [`Publication::text`], [`Publication::files`] | the signed bytes |
//! | calendar | [`calendar`] | RFC 5545 |
//! | card of public facts | [`card`] | policy P56 |
//!
//! Promises: pure; the same facts give the same bytes (object keys in alphabetical order, no clock, no randomness); what is not in the
//! advisory or in the [`Record`] is not in an artefact, above all no score and no version that nobody wrote. Nothing under embargo gets in:
//! a [`Publication`] asks for a [`Grounds`] and refuses a text that still bears the mark of an embargo, and what the others take for an
//! embargoed number is [`PublicFacts`], which has no place for a title. Fails with [`NotPublishable`], which never quotes the advisory.

mod calendar;
mod card;
mod credits;
mod csaf;
mod cve_record;
mod facts;
mod files;
mod index;
mod osv;
mod outline;
mod publisher;
mod series;
mod source;
mod wording;

#[cfg(test)]
mod tests;

use std::fmt;

use jiff::Timestamp;
use serde_json::Value;

pub use calendar::calendar;
pub use card::card;
pub use csaf::{csaf_document, csaf_file_name};
pub use cve_record::cve_records;
pub use facts::{PublicFacts, Standing};
pub use files::PublishedFile;
pub use index::index;
pub use osv::osv_record;
pub use outline::Outline;
pub use publisher::{Cna, NotAPublisher, Publisher};
pub use source::{Audience, Cause, Fix, Grounds, NotPublishable, Record, Revision};

use crate::{
    advisory::{CveId, EmbargoMark, Framing, Meta, PublicClaim, Section},
    disclosure::AdvisoryNumber,
};

/// A revision in the history of a publication.
#[derive(Clone)]
struct Step {
    version: u8,
    at: Timestamp,
    audience: Audience,
    /// What the revision says of itself; `None` under embargo and in a first version.
    updates: Option<String>,
}

/// A public advisory: everything that its artefacts are made from.
#[derive(Clone)]
pub struct Publication {
    number: AdvisoryNumber,
    prefix: String,
    title: String,
    version: u8,
    cves: Vec<CveId>,
    updated_at: Timestamp,
    grounds: Grounds,
    steps: Vec<Step>,
    sections: Vec<Section>,
    /// The heading of the section that says what is new.
    updates: Option<String>,
    text: Vec<u8>,
    files: Vec<PublishedFile>,
    meta: Option<Meta>,
    record: Record,
    series: Vec<String>,
}

impl Publication {
    /// Puts together what was released. `revisions` in their order, the newest last.
    ///
    /// # Errors
    /// [`NotPublishable`]: when the newest revision is not for the public, or anything contradicts that it is.
    pub fn new(
        grounds: Grounds,
        revisions: &[Revision<'_>],
        record: Record,
        publisher: &Publisher,
    ) -> Result<Self, NotPublishable> {
        let (newest, before) = revisions.split_last().ok_or(NotPublishable::NothingPublic)?;
        let number = newest.advisory.heading.number;
        if revisions.iter().all(|revision| revision.audience == Audience::Members) {
            return Err(NotPublishable::NothingPublic);
        }
        if before.iter().any(|revision| revision.advisory.heading.number != number) {
            return Err(NotPublishable::SeveralNumbers);
        }
        if !source::in_order(revisions) {
            return Err(NotPublishable::Order);
        }
        let mut public = revisions.iter().filter(|revision| revision.audience == Audience::Public).peekable();
        if let Some(first) = public.peek() {
            if first.at < record.public_at {
                return Err(NotPublishable::BeforeRelease);
            }
            // An amendment need not repeat it: UPDATES tells of one version only.
            if first.at == record.public_at && first.advisory.claims == PublicClaim::Nothing {
                return Err(NotPublishable::NotClaimedPublic);
            }
        }
        if public.any(|revision| revision.advisory.embargo != EmbargoMark::Unmarked) {
            return Err(NotPublishable::MarkedEmbargoed);
        }
        if matches!(newest.advisory.framing, Framing::Several | Framing::Unfinished) {
            return Err(NotPublishable::Frame);
        }
        if !source::well_formed(&record) {
            return Err(NotPublishable::Record);
        }
        let heading = &newest.advisory.heading;
        let files = files::published(newest.mail, newest.advisory)?;
        let meta = files::meta(&files, &publisher.prefix);
        Ok(Self {
            number,
            prefix: publisher.prefix.clone(),
            title: heading.title.clone(),
            version: heading.version,
            cves: each_once(&heading.cves),
            updated_at: newest.at,
            grounds,
            steps: revisions.iter().map(step).collect(),
            updates: source::updates(newest.advisory).map(|section| section.heading.clone()),
            sections: newest.advisory.sections.clone(),
            text: files::signed_text(newest.mail),
            series: series::of(newest.advisory, meta.as_ref(), publisher),
            files,
            meta,
            record,
        })
    }

    /// The advisory's number.
    pub fn number(&self) -> AdvisoryNumber {
        self.number
    }

    /// `XSA-501`.
    pub fn name(&self) -> String {
        self.number.with_prefix(&self.prefix)
    }

    /// The title.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The newest version.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The CVE identifiers in the order of the heading, each once.
    pub fn cves(&self) -> &[CveId] {
        &self.cves
    }

    /// When it became public.
    pub fn public_at(&self) -> Timestamp {
        self.record.public_at
    }

    /// When its newest revision was sent.
    pub fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    /// Its versions in their order: number, instant, and whether it went to everybody; the others went to the members only.
    pub fn history(&self) -> impl Iterator<Item = (u8, Timestamp, bool)> {
        self.steps.iter().map(|step| (step.version, step.at, step.audience == Audience::Public))
    }

    /// Why it may be public.
    pub fn grounds(&self) -> Grounds {
        self.grounds
    }

    /// The sections of the newest revision in their order.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// The advisory's text as it was signed, `\n` line ends, from the first line of the signature's frame to the last; the whole text when there
    /// is no frame. What a list wrote around it is not part of it.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The files that the digest list names, in its order.
    pub fn files(&self) -> &[PublishedFile] {
        &self.files
    }

    /// The names of files that the digest list names and no attachment has.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        self.files.iter().filter(|file| file.content.is_none()).map(|file| file.name.as_str())
    }

    /// The name under which [`Publication::text`] is published beside the files: `advisory-501.txt`.
    pub fn text_file_name(&self) -> String {
        format!("advisory-{}.txt", self.number)
    }

    /// The affected series that the file table or the `.meta` names: `4.19.x`, `unstable`. Empty when neither could be read with certainty.
    pub fn series(&self) -> &[String] {
        &self.series
    }

    /// What is wrong: the section of that heading, or the title, or at least the name.
    fn description(&self, heading: &str) -> String {
        let title = || if self.title.is_empty() { self.name() } else { self.title.clone() };
        self.section(heading).unwrap_or_else(title)
    }

    /// A section's text by its heading, without blank lines around it.
    fn section(&self, heading: &str) -> Option<String> {
        let section = self.sections.iter().find(|section| section.heading == heading)?;
        Some(wording::tidy(&section.text)).filter(|text| !text.is_empty())
    }
}

impl fmt::Debug for Publication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Publication({} v{})", self.number, self.version)
    }
}

/// The bytes of an artefact: indented by two, keys in alphabetical order (CSAF 2.0 6.2.13), one line end after the last line.
pub fn bytes_of(artefact: &Value) -> String {
    format!("{artefact:#}\n")
}

fn step(revision: &Revision<'_>) -> Step {
    let advisory = revision.advisory;
    let updates = source::updates(advisory).filter(|_| revision.audience == Audience::Public);
    Step {
        version: advisory.heading.version,
        at: revision.at,
        audience: revision.audience,
        updates: updates.map(|section| wording::tidy(&section.text)).filter(|text| !text.is_empty()),
    }
}

fn each_once(cves: &[CveId]) -> Vec<CveId> {
    let mut found: Vec<CveId> = Vec::new();
    for cve in cves {
        if !found.contains(cve) {
            found.push(cve.clone());
        }
    }
    found
}
