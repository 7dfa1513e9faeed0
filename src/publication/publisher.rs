//! Who publishes, and where: configuration values that the artefacts quote.

use super::{Outline, Publication};
use crate::mail::Address;

/// Names and places of the project that publishes. [`Publisher::check`] tells whether the artefacts made with it are valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publisher {
    /// Who issues the advisories: `Xen Project Security Team` (CSAF 2.0 3.2.1.8.4).
    pub name: String,
    /// The issuer's own URL (CSAF 2.0 3.2.1.8.5): with the advisory's name it is unique in the world.
    pub namespace: String,
    /// The address of the team, as a mail address.
    pub contact_address: Address,
    /// How to reach the issuer (CSAF 2.0 3.2.1.8.2).
    pub contact: String,
    /// What advisories' names begin with: `XSA`.
    pub prefix: String,
    /// The vendor's name in product trees and CVE records.
    pub vendor: String,
    /// The product's name there.
    pub product: String,
    /// The key of the project in `xsa.json` and of its tree in `.meta` files: `xen`.
    pub index_project: String,
    /// Where the advisories and their files are, ending in `/`: `https://xenbits.example/xsa/`.
    pub pages: String,
    /// Where the CSAF documents are, ending in `/`: the folder above the years (CSAF 2.0 7.1.11-7.1.12).
    pub csaf_pages: String,
    /// The public repository, for ranges of commits (OSV, `affected[].ranges[].repo`).
    pub repository: Option<String>,
    /// The first four parts of the product's CPE name: `cpe:2.3:o:xen:xen` (NIST IR 7695 6.2).
    pub cpe: Option<String>,
    /// The CVE numbering authority; without one there are no CVE records.
    pub cna: Option<Cna>,
    /// The policy, as an absolute URL.
    pub policy_url: String,
    /// The right side of calendar UIDs (RFC 7986 5.3 advises against a host's name; a domain of the project is one that stays).
    pub uid_domain: String,
    /// Which sections say what.
    pub outline: Outline,
}

/// A CVE numbering authority (CVE Record Format 5.1, `providerMetadata`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cna {
    /// Its UUID in the CVE Program's registry (version 4).
    pub org_id: String,
    /// Its short name there: 2 to 32 characters.
    pub short_name: String,
}

/// What is wrong with a [`Publisher`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAPublisher {
    /// A name is empty.
    #[error("publication: `{0}` is empty")]
    Empty(&'static str),
    /// Not an absolute `https:` or `http:` URL.
    #[error("publication: `{0}` is no absolute http(s) URL")]
    Url(&'static str),
    /// A folder's URL does not end in `/`.
    #[error("publication: `{0}` does not end in /")]
    Folder(&'static str),
    /// Not the UUID of an organisation.
    #[error("publication: `cna.org-id` is no version 4 UUID")]
    OrgId,
    /// Not 2 to 32 characters.
    #[error("publication: `cna.short-name` has not 2 to 32 characters")]
    ShortName,
    /// Not the first parts of a CPE name.
    #[error("publication: `cpe` is not like cpe:2.3:o:vendor:product")]
    Cpe,
    /// Not a domain name.
    #[error("publication: `uid-domain` is no domain name")]
    Domain,
}

impl Publisher {
    /// Whether valid artefacts can be made with these values.
    ///
    /// # Errors
    /// The first value that cannot be used.
    pub fn check(&self) -> Result<(), NotAPublisher> {
        let names = [
            ("name", &self.name),
            ("contact", &self.contact),
            ("prefix", &self.prefix),
            ("vendor", &self.vendor),
            ("product", &self.product),
            ("index-project", &self.index_project),
        ];
        if let Some((key, _)) = names.into_iter().find(|(_, value)| value.trim().is_empty()) {
            return Err(NotAPublisher::Empty(key));
        }
        let mut urls = vec![
            ("namespace", &self.namespace),
            ("pages", &self.pages),
            ("csaf-pages", &self.csaf_pages),
            ("policy-url", &self.policy_url),
        ];
        urls.extend(self.repository.as_ref().map(|url| ("repository", url)));
        if let Some((key, _)) = urls.into_iter().find(|(_, url)| !is_url(url)) {
            return Err(NotAPublisher::Url(key));
        }
        for (key, url) in [("pages", &self.pages), ("csaf-pages", &self.csaf_pages)] {
            if !url.ends_with('/') {
                return Err(NotAPublisher::Folder(key));
            }
        }
        if let Some(cna) = &self.cna {
            if !is_uuid4(&cna.org_id) {
                return Err(NotAPublisher::OrgId);
            }
            if !(2..=32).contains(&cna.short_name.chars().count()) {
                return Err(NotAPublisher::ShortName);
            }
        }
        if self.cpe.as_ref().is_some_and(|cpe| !is_cpe_stem(cpe)) {
            return Err(NotAPublisher::Cpe);
        }
        let domain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        if self.uid_domain.is_empty() || !self.uid_domain.chars().all(domain) {
            return Err(NotAPublisher::Domain);
        }
        Ok(())
    }

    /// The page of an advisory's text: `advisory-501.txt`.
    pub(super) fn page_of(&self, publication: &Publication) -> String {
        format!("{}{}", self.pages, publication.text_file_name())
    }

    /// The file's URL; its name is safe in one ([`super::PublishedFile`]).
    pub(super) fn file_url(&self, name: &str) -> String {
        format!("{}{name}", self.pages)
    }

    /// The CPE name of a series: `4.19.x` is every version that begins with `4.19.`.
    pub(super) fn cpe_of(&self, series: &str) -> Option<String> {
        let version = series.strip_suffix(".x").filter(|number| number.starts_with(|c: char| c.is_ascii_digit()))?;
        Some(format!("{}:{version}.*:*:*:*:*:*:*:*", self.cpe.as_ref()?))
    }
}

/// An absolute URL of the web without blanks, quotes or brackets (RFC 3986 2).
pub(super) fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_alphanumeric())
            && rest.chars().all(|c| c.is_ascii_alphanumeric() || "-._~:/?#@!$&'()*+,;=%".contains(c))
    })
}

/// RFC 9562 5.4: version 4, variant 10.
fn is_uuid4(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let hex = |group: &str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && groups.iter().all(|group| hex(group))
        && groups.get(2).is_some_and(|group| group.starts_with('4'))
        && groups.get(3).is_some_and(|group| group.starts_with(['8', '9', 'a', 'b', 'A', 'B']))
}

fn is_cpe_stem(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let word = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
    match parts.as_slice() {
        ["cpe", "2.3", kind, rest @ ..] => ["a", "o", "h"].contains(kind) && rest.len() == 2 && rest.iter().all(word),
        _ => false,
    }
}
