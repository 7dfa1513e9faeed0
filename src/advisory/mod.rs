//! Advisories: the grammar of their subject and text, what their files must be, and the checks before one goes out.
//!
//! Promises: the project's title and prefix are arguments, headings and wordings are data ([`AdvisoryRules`]); a name in a mail is never
//! used as a path; signatures are recognised and never taken for verified (X10 says so). What it holds may be embargoed: no `Debug` shows
//! it, no error quotes it; only [`Finding`]s do, and they are for the team, never for a log. Fails with [`NotAnAdvisory`].

mod body;
pub mod cleartext;
mod cve;
pub mod deployment;
mod embargo;
mod files;
mod lint;
mod meta;
mod rules;
pub mod subject;

#[cfg(test)]
mod tests;

use std::fmt;

pub use body::{Heading, Section};
pub use cleartext::{Cleartext, Framing};
pub use cve::{CveId, NotACve};
pub use embargo::{EmbargoMark, embargo_until};
pub use files::{DigestLine, TableLine};
pub use lint::{Circumstances, CreditWish, Destination, Discoverer, Finding, Level, lint};
pub use meta::{Meta, NotMeta, Recipe};
pub use rules::{ADVISORY_RULES, AdvisoryRules, Clearsigned};
pub use subject::{AdvisorySubject, SubjectKind};

use crate::{
    disclosure::{DeploymentPermission, Project},
    mail::Message,
};

/// An advisory taken apart.
#[derive(Clone)]
pub struct Advisory {
    /// What the subject says; `None` when it does not follow the grammar.
    pub subject: Option<AdvisorySubject>,
    /// Number, CVE identifiers, version and title as the text has them. Only this part is signed.
    pub heading: Heading,
    /// The sections in their order.
    pub sections: Vec<Section>,
    /// How the text is framed.
    pub framing: Framing,
    /// The version in the heading `UPDATES IN VERSION n`.
    pub updates: Option<u8>,
    /// Digests of the files.
    pub digests: Vec<DigestLine>,
    /// The table of the files.
    pub table: Vec<TableLine>,
    /// What members may deploy; `None` when the section is not there.
    pub deployment: Option<DeploymentPermission>,
    /// What it says about its embargo.
    pub embargo: EmbargoMark,
    /// Whether it calls itself a public version, or one that never was under embargo. Proves nothing.
    pub claims: PublicClaim,
}

/// What an advisory says about being public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicClaim {
    /// `Public release.`
    Release,
    /// A note regarding the lack of embargo.
    NeverEmbargoed,
    /// Neither.
    Nothing,
}

/// Why a mail is no advisory. Never contains a word of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAdvisory {
    /// The text has no line with the project's title and an advisory's number.
    #[error("the text has no advisory heading")]
    NoHeading,
}

/// Takes an advisory apart.
///
/// # Errors
/// [`NotAnAdvisory`] when the (signed) text has no advisory heading.
pub fn parse(message: &Message, project: &Project, rules: &AdvisoryRules) -> Result<Advisory, NotAnAdvisory> {
    let Cleartext { text, framing, lines_before } = cleartext::unframe(&message.text);
    let heading = body::heading(&text, lines_before, project).ok_or(NotAnAdvisory::NoHeading)?;
    let sections = body::sections(&text, lines_before);
    let section = |name: &str| sections.iter().find(|section| section.heading == name);
    let updates = sections
        .iter()
        .find_map(|section| rules.updates.captures(&section.heading)?.name("version"))
        .and_then(|digits| subject::version(digits.as_str()));
    let never = |section: &Section| rules.no_embargo.iter().any(|pattern| pattern.is_match(&section.heading));
    let claims = match rules.public.iter().any(|pattern| pattern.is_match(&text)) {
        true => PublicClaim::Release,
        false if sections.iter().any(never) => PublicClaim::NeverEmbargoed,
        false => PublicClaim::Nothing,
    };
    Ok(Advisory {
        subject: subject::parse(&message.subject, project),
        digests: sections.iter().flat_map(files::digests).take(files::MAX_LINES).collect(),
        table: section(&rules.resolution).map(|section| files::table(section, &rules.extensions)).unwrap_or_default(),
        deployment: section(&rules.deployment_heading).map(|section| deployment::permission(&section.text, rules)),
        embargo: embargo_until(message, rules),
        heading,
        sections,
        framing,
        updates,
        claims,
    })
}

impl fmt::Debug for Advisory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Advisory({} v{})", self.heading.number, self.heading.version)
    }
}
