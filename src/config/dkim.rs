//! Checks `[dkim]`: the key that signs our own letters. Without the table they go unsigned, and the relay may sign them.

use secrecy::ExposeSecret as _;

use super::{
    Site,
    finding::Findings,
    raw::RawDkim,
    settings::Dkim,
    sources::{host, secret_named},
};
use crate::{disclosure::Project, mail::DkimSigner};

pub(super) fn check(raw: &RawDkim, project: &Project, site: &Site<'_>, findings: &mut Findings<'_>) -> Option<Dkim> {
    let sender = project.desk.domain();
    let domain = match &raw.domain {
        Some(text) => {
            let domain = host(text, findings)?.to_ascii_lowercase();
            let sender = sender.to_ascii_lowercase();
            if sender != domain && !sender.ends_with(&format!(".{domain}")) {
                let problem = format!(
                    "letters come from {sender}, and a signature of {domain} says nothing about them (RFC 9989: alignment)"
                );
                findings.refuse(&text.span(), problem, format!("write {sender}, a domain above it, or delete the line"));
                return None;
            }
            domain
        }
        None => sender.to_owned(),
    };
    let selector = host(&raw.selector, findings)?;
    let key = secret_named("key", raw.key_credential.as_ref(), raw.key_file.as_ref(), &raw.selector.span(), site, findings)?;
    if site.reads_secrets() {
        let at = raw.key_credential.as_ref().or(raw.key_file.as_ref()).map_or(raw.selector.span(), toml::Spanned::span);
        match key.read_text() {
            Ok(pem) => {
                if let Err(bad) = DkimSigner::new(&domain, &selector, pem.expose_secret().as_bytes()) {
                    let file = key.file().display();
                    let remedy = format!(
                        "run: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out {file}, and chmod 600 {file}"
                    );
                    findings.refuse(&at, format!("the DKIM key {file} cannot be used: {bad}"), remedy);
                    return None;
                }
            }
            Err(fault) => {
                findings.refuse(&at, fault.to_string(), fault.remedy());
                return None;
            }
        }
    }
    Some(Dkim { domain, selector, key })
}
