//! Checks `[publication]`: the files that a release writes, and the names in them. Without the table no files are written.

use std::path::PathBuf;

use super::{
    Site,
    finding::Findings,
    raw::{RawPublication, Text},
};
use crate::{
    disclosure::Project,
    publication::{Cna, Outline, Publisher},
};

/// Where the files of the public pages go, and in whose name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The folder that the web server serves. It is replaced as a whole: the one above it must be writable.
    pub directory: PathBuf,
    /// Names and places in the files.
    pub publisher: Publisher,
}

pub(super) fn check(raw: RawPublication, project: &Project, site: &Site<'_>, findings: &mut Findings<'_>) -> Option<Publication> {
    let at = raw.directory.span();
    let directory = site.path(&raw.directory);
    // It is made beside the old one and changes places with it (docs/pages.md): what must be there is the folder above.
    let above = directory.parent().unwrap_or(&directory);
    if site.access != super::Access::Visitor && !above.is_dir() {
        let problem = format!("the directory {} above the pages does not exist", above.display());
        let place = findings.place(&at);
        findings.warn_at(place, format!("{problem}; run: install -d {}, owned by the daemon's user", above.display()));
    }
    let text = |text: Text| text.into_inner();
    let cna = match (raw.cna_org_id, raw.cna_short_name) {
        (Some(org_id), Some(short_name)) => Some(Cna { org_id: text(org_id), short_name: text(short_name) }),
        (None, None) => None,
        (Some(one), None) | (None, Some(one)) => {
            findings.refuse(
                &one.span(),
                "half of a CVE numbering authority",
                "write both cna-org-id and cna-short-name, or none",
            );
            None
        }
    };
    let publisher = Publisher {
        name: text(raw.name),
        namespace: text(raw.namespace),
        contact_address: project.security.clone(),
        contact: format!("mailto:{}", project.security),
        prefix: project.advisory_prefix.clone(),
        vendor: text(raw.vendor),
        product: text(raw.product),
        index_project: text(raw.index_project),
        pages: text(raw.pages),
        csaf_pages: text(raw.csaf_pages),
        repository: raw.repository.map(text),
        cpe: raw.cpe.map(text),
        cna,
        policy_url: project.policy_url.clone(),
        uid_domain: project.security.domain().to_owned(),
        outline: Outline::default(),
    };
    if let Err(fault) = publisher.check() {
        findings.refuse(&at, fault.to_string(), "compare the table with config/xen.toml");
        return None;
    }
    Some(Publication { directory, publisher })
}
