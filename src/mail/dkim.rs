//! DKIM (RFC 6376, RFC 8463): signs our own letters, and says whether somebody's signature covers in a copy what it covered before.
//!
//! Promises: a signature is made over the message as it stands and changes nothing of it; every field that a reader sees is signed, Sender apart, and its absence too
//! (oversigning, RFC 6376 8.15), so that nobody can add one, except a Reply-To to a letter without: lists set their own (oss-security does), and a public release
//! has to live through them; the key never leaves [`DkimSigner`]. Verifying somebody's signature is the receiving server's work
//! (it has the DNS): here two messages are compared, which needs no key. Fails with [`BadKey`] on a key that is none.
//!
//! Not by a crate: mail-auth 0.13 hashes blank lines at the end of a body that RFC 6376 3.4.4 ignores, so that others refuse what it signs, and it brings a
//! resolver into a program that makes no look-ups. What is needed of ring is here already for TLS.

mod canonical;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt, sync::Arc};

use data_encoding::BASE64;
use jiff::Timestamp;
use ring::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject as _};
use sha2::{Digest as _, Sha256};

use self::canonical::{ByName, Form, body, input};
use super::headers::Headers;

/// What is signed, present or absent: what readers and programs see of our letters. `List-*` and Sender are not among it, because a
/// list adds its own to what it passes on (Mailman to a public release).
const SIGNED: [&str; 15] = [
    "From",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Disposition",
    "Content-Language",
    "Auto-Submitted",
];

/// A domain's key under its selector.
#[derive(Clone)]
pub struct DkimSigner {
    domain: String,
    selector: String,
    key: Key,
}

#[derive(Clone)]
enum Key {
    Rsa(Arc<RsaKeyPair>),
    Ed25519(Arc<Ed25519KeyPair>),
}

/// Why a key cannot be used. Holds nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// No PEM block of a private key.
    #[error("it holds no private key in PEM form")]
    NoPem,
    /// Neither RSA of 2048 to 4096 bits nor Ed25519.
    #[error("it is neither an RSA key of 2048 to 4096 bits nor an Ed25519 key")]
    Unusable,
}

/// The key would not sign. It never happens to a key that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the DKIM key cannot sign")]
pub struct NotSigned;

impl fmt::Debug for DkimSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DkimSigner({}, {})", self.domain, self.selector)
    }
}

impl DkimSigner {
    /// Takes a private key in PEM: PKCS#8 (RSA or Ed25519) or PKCS#1 (RSA), as OpenSSL and `opendkim-genkey` write them.
    ///
    /// # Errors
    /// [`BadKey`].
    pub fn new(domain: &str, selector: &str, pem: &[u8]) -> Result<Self, BadKey> {
        let key = match PrivateKeyDer::from_pem_slice(pem).map_err(|_| BadKey::NoPem)? {
            PrivateKeyDer::Pkcs1(der) => {
                Key::Rsa(Arc::new(RsaKeyPair::from_der(der.secret_pkcs1_der()).map_err(|_| BadKey::Unusable)?))
            }
            PrivateKeyDer::Pkcs8(der) => {
                let der = der.secret_pkcs8_der();
                match (RsaKeyPair::from_pkcs8(der), Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)) {
                    (Ok(rsa), _) => Key::Rsa(Arc::new(rsa)),
                    (_, Ok(ed25519)) => Key::Ed25519(Arc::new(ed25519)),
                    _ => return Err(BadKey::Unusable),
                }
            }
            _ => return Err(BadKey::Unusable),
        };
        Ok(Self { domain: domain.to_owned(), selector: selector.to_owned(), key })
    }

    /// The domain it signs for.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The field to put on top of `message` (RFC 6376 3.5), CRLF included.
    ///
    /// # Errors
    /// [`NotSigned`].
    pub fn sign(&self, message: &[u8], at: Timestamp) -> Result<Vec<u8>, NotSigned> {
        let headers = Headers::of(message);
        let hash = BASE64.encode(&Sha256::digest(body(headers.body(), Form::Relaxed)));
        let mut names: Vec<&str> = Vec::new();
        for name in SIGNED {
            let count = headers.count(name);
            // The answer to a letter with a Reply-To goes to a secret address, and nobody may put another one beside it.
            let absences = usize::from(count > 0 || name != "Reply-To");
            names.extend(std::iter::repeat_n(name, count + absences));
        }
        let algorithm = match self.key {
            Key::Rsa(_) => "rsa-sha256",
            Key::Ed25519(_) => "ed25519-sha256",
        };
        let mut field = format!(
            "DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed; d={}; s={};\r\n\tt={}; h=",
            self.domain,
            self.selector,
            at.as_second()
        );
        let mut column = 16;
        for (nth, name) in names.iter().enumerate() {
            if column + name.len() > 74 {
                field.push_str("\r\n\t");
                column = 8;
            }
            let end = if nth + 1 == names.len() { ";" } else { ":" };
            field.push_str(name);
            field.push_str(end);
            column += name.len() + 1;
        }
        field.push_str(&format!("\r\n\tbh={hash};\r\n\tb="));
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let signed = input(&ByName::of(&headers), &names, field.as_bytes(), Form::Relaxed);
        let signature = BASE64.encode(&self.key.sign(&signed)?);
        let mut rest = signature.as_str();
        while let Some((line, more)) = rest.split_at_checked(70) {
            field.push_str(line);
            field.push_str("\r\n\t ");
            rest = more;
        }
        field.push_str(rest);
        field.push_str("\r\n");
        Ok(field.into_bytes())
    }
}

impl Key {
    fn sign(&self, signed: &[u8]) -> Result<Vec<u8>, NotSigned> {
        match self {
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed, &mut signature).map_err(|_| NotSigned)?;
                Ok(signature)
            }
            // RFC 8463 3: the hash is what is signed.
            Key::Ed25519(key) => Ok(key.sign(&Sha256::digest(signed)).as_ref().to_vec()),
        }
    }
}

/// A signature of a message, compared with a copy of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// Who signed (`d=`), in lower case.
    pub domain: String,
    /// Whether it covers From and the whole body.
    pub covers_author: bool,
    /// Whether all it covers is in the copy as it was: if it verified before, it verifies there.
    pub intact: bool,
}

/// What becomes in `copy` of those signatures of `message` whose domain, in lower case, is looked for, from the top. One that cannot be read is left out:
/// nobody can verify it. `None` when there is more than is looked at (`MOST_OCTETS`, `MOST`, `MOST_OF_ONE`, `MOST_NAMES`): whoever sends us mail
/// decides how much that is.
pub fn carried(message: &[u8], copy: &[u8], looked_for: impl Fn(&str) -> bool) -> Option<Vec<Carried>> {
    let (before, after) = (Headers::of(message), Headers::of(copy));
    if before.block().len().max(after.block().len()) > MOST_OCTETS || before.all("DKIM-Signature").nth(MOST).is_some() {
        return None;
    }
    let (fields_before, fields_after) = (ByName::of(&before), ByName::of(&after));
    let mut found = Vec::new();
    for field in before.all("DKIM-Signature") {
        if field.whole.len() > MOST_OF_ONE {
            return None;
        }
        let Some(tags) = tags(&field.unfolded()) else { continue };
        let (Some(domain), Some(names)) = (tags.get("d").map(|domain| domain.to_ascii_lowercase()), tags.get("h")) else {
            continue;
        };
        if !looked_for(&domain) {
            continue;
        }
        let names: Vec<String> = names.split(':').map(str::to_owned).collect();
        if names.len() > MOST_NAMES {
            return None;
        }
        let (head, tail) = forms(tags.get("c").map(String::as_str));
        let is_there = after.all("DKIM-Signature").any(|kept| kept.whole == field.whole);
        let same_head = input(&fields_before, &names, field.whole, head) == input(&fields_after, &names, field.whole, head);
        let same_body = before.body() == after.body() || body(before.body(), tail) == body(after.body(), tail);
        found.push(Carried {
            domain,
            covers_author: !tags.contains_key("l") && names.iter().any(|name| name.eq_ignore_ascii_case("from")),
            intact: is_there && same_head && same_body,
        });
    }
    Some(found)
}

/// More signatures than this are not looked at (RFC 6376 8.4).
const MOST: usize = 20;

/// Octets of a header block that is looked at.
const MOST_OCTETS: usize = 100_000;

/// Octets of one signature's field.
const MOST_OF_ONE: usize = 16_000;

/// Names in one `h=`.
const MOST_NAMES: usize = 200;

/// `c=`: of the header and of the body; simple where nothing is said (RFC 6376 3.5).
fn forms(said: Option<&str>) -> (Form, Form) {
    let form = |word: &str| if word.eq_ignore_ascii_case("relaxed") { Form::Relaxed } else { Form::Simple };
    let said = said.unwrap_or("simple/simple");
    let (head, tail) = said.split_once('/').unwrap_or((said, "simple"));
    (form(head), form(tail))
}

/// A tag list (RFC 6376 3.2) without the blanks inside its values; `None` when a tag stands twice or has no `=`.
pub(super) fn tags(value: &str) -> Option<BTreeMap<String, String>> {
    let mut tags = BTreeMap::new();
    for tag in value.split(';').map(str::trim).filter(|tag| !tag.is_empty()) {
        let (name, value) = tag.split_once('=')?;
        let value: String = value.chars().filter(|c| !c.is_whitespace()).collect();
        if tags.insert(name.trim().to_owned(), value).is_some() {
            return None;
        }
    }
    Some(tags)
}
