//! Who really sent it: the Authentication-Results (RFC 8601) of our own receiving server, and nothing else.
//!
//! Promises: an [`Authenticated`] exists only when the receiving server we pinned wrote, above its own Received line, that a DKIM signature
//! of the From domain itself passed, and when that signature covers the From field and the whole body. Whoever sends us mail writes
//! everything below that Received line and nothing above it, so nothing below is ever believed. SPF, DMARC and ARC never count: they prove
//! a path or an organisation, not the author. Fails with an [`Unproven`] that names the first thing missing; a doubt is never a proof.
//!
//! Measured with Postfix 3.7.11, OpenDKIM 2.11 and Dovecot 2.3.19 (Debian 12): the milter's field stands above Postfix's Received line;
//! Dovecot's LMTP server adds its own Received line (`with LMTP`) above both, often under the same host name.

mod results;
mod signature;
mod structured;
#[cfg(test)]
mod tests;
mod trace;

use super::{Address, Message, headers::Headers, mime, reception::DomainPolicy};

/// Whom we believe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticationTrust {
    /// The authserv-id that our receiving server stamps.
    pub authserv_id: String,
    /// The name our receiving server gives itself after `by` in its Received lines.
    pub received_by: String,
}

/// Proof that our receiving server verified a DKIM signature of the From domain itself. Only [`authenticate`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticated {
    address: Address,
}

impl Authenticated {
    /// The From address that was proven.
    pub fn address(&self) -> &Address {
        &self.address
    }
}

/// Why a sender is not proven, from the earliest obstacle to the last. Never contains a word of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Unproven {
    /// NUL or CR without LF in the header block: programs disagree about where its fields end.
    #[error("the header block contains NUL or a bare CR")]
    Malformed,
    /// No From field, or none with an address.
    #[error("the message has no From address")]
    NoAuthor,
    /// Several From fields, or several addresses in one (RFC 5322 3.6.2 allows them; nobody can say who of them spoke).
    #[error("the message has several From addresses")]
    SeveralAuthors,
    /// No Received field `by` our receiving server with SMTP.
    #[error("no Received field of our receiving server")]
    NoBorder,
    /// Above our server's Received field stands one of another server that does not say LMTP: the message came another way, and whoever
    /// sent it may have written what looks like our server's line.
    #[error("the topmost Received field is of another server")]
    OtherRoute,
    /// A Received field down to our server's can be read in two ways.
    #[error("a Received field is ambiguous")]
    AmbiguousTrace,
    /// No Authentication-Results of our authserv-id above our Received field.
    #[error("no Authentication-Results of our server above its Received field")]
    NoResult,
    /// There is one, but it does not follow the grammar of RFC 8601 2.2.
    #[error("the Authentication-Results field of our server is malformed")]
    UnreadableResult,
    /// No dkim=pass in it.
    #[error("no dkim=pass")]
    NotPassed,
    /// A dkim=pass, but of another domain than that of the From address.
    #[error("dkim=pass for another domain than the From domain")]
    OtherDomain,
    /// A dkim=pass of the right domain, but no signature of it in the message.
    #[error("no readable DKIM signature of the From domain in the message")]
    NoSignature,
    /// A signature of the domain has an `l=` tag: text can be added below what it covers (RFC 6376 8.2).
    #[error("the DKIM signature covers a part of the body only (l=)")]
    PartialSignature,
    /// The signature does not cover the From field.
    #[error("the DKIM signature does not cover the From field")]
    FromUnsigned,
}

/// Looks for the proof that the From address is the author's (invariant 4; RFC 8601 section 5 asks to believe no other server).
pub fn authenticate(message: &Message, trust: &AuthenticationTrust) -> Result<Authenticated, Unproven> {
    let headers = message.headers();
    if headers.block().contains(&0) || bare_cr(headers.block()) {
        return Err(Unproven::Malformed);
    }
    let address = only_author(message, &headers)?;
    let mut nearest = Unproven::NoResult;
    for field in trace::above_border(&headers, &trust.received_by)? {
        if !field.is("Authentication-Results") {
            continue;
        }
        let outcome = match results::parse(&field.unfolded()) {
            Ok(stamped) if stamped.authserv_id.eq_ignore_ascii_case(&trust.authserv_id) => passed(&stamped, address.domain()),
            Ok(_) => continue,
            Err(results::Malformed) => Err(Unproven::UnreadableResult),
        };
        match outcome.and_then(|()| signature::covers_author(&headers, address.domain())) {
            Ok(()) => return Ok(Authenticated { address }),
            Err(missing) => nearest = nearest.max(missing),
        }
    }
    Err(nearest)
}

/// Whom a proven author has addressed, as far as the signatures of the domain tell: those in the one To field, if they cover it. Some providers sign no
/// recipient at all (Microsoft 365 signs From, Date, Subject and Message-ID): then those in To and Cc, which is what there is.
pub fn addressed_by<'m>(message: &'m Message, author: &Authenticated) -> Vec<&'m Address> {
    let headers = message.headers();
    match (signature::covers(&headers, author.address.domain(), "To"), headers.count("To")) {
        (true, 1) => message.to.iter().map(|mailbox| &mailbox.address).collect(),
        // A signature covers the fields of a name from the bottom up (RFC 6376 5.4.2): another one can be put on top.
        (true, _) => Vec::new(),
        (false, _) => message.recipients().collect(),
    }
}

/// What our receiving server says of the signatures and of the domain of the author.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// The domains whose signatures passed, in lower case.
    pub signers: Vec<String>,
    /// What the author's domain asks receivers to do (`dmarc=fail (p=reject)`, as OpenDMARC and others write it), where the server tells.
    pub policy: Option<DomainPolicy>,
    /// Whether the message passed what the author's domain asks for (`dmarc=pass`).
    pub author_passes: bool,
}

/// Reads it; `None` when our server has said nothing. It proves no author: [`authenticate`] does.
pub fn verified(message: &Message, trust: &AuthenticationTrust) -> Option<Verified> {
    let headers = message.headers();
    let author = message.author()?.domain().to_ascii_lowercase();
    let mut found: Option<Verified> = None;
    for field in trace::above_border(&headers, &trust.received_by).ok()? {
        let value = field.unfolded();
        let Some(stamped) = field.is("Authentication-Results").then(|| results::parse(&value).ok()).flatten() else { continue };
        if !stamped.authserv_id.eq_ignore_ascii_case(&trust.authserv_id) {
            continue;
        }
        let found = found.get_or_insert_default();
        for result in &stamped.results {
            match result.method.as_str() {
                "dkim" if result.outcome == "pass" => found.signers.extend(result.signer().map(str::to_ascii_lowercase)),
                "dmarc" if result.speaks_of(&author) => {
                    found.policy = found.policy.or_else(|| asked(&value, &result.outcome));
                    found.author_passes |= result.outcome == "pass";
                }
                _ => {}
            }
        }
    }
    found
}

/// The policy in a comment behind the outcome; a domain without a record asks for nothing.
fn asked(value: &str, outcome: &str) -> Option<DomainPolicy> {
    if outcome == "none" {
        return Some(DomainPolicy::None);
    }
    let value = value.to_ascii_lowercase();
    let (_, behind) = value.split_once("dmarc=")?;
    let comment = behind.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).trim_start().strip_prefix('(')?;
    let (comment, _) = comment.split_once(')')?;
    match comment.split([' ', ';', ',']).find_map(|word| word.strip_prefix("p="))? {
        "none" => Some(DomainPolicy::None),
        "quarantine" => Some(DomainPolicy::Quarantine),
        "reject" => Some(DomainPolicy::Reject),
        _ => None,
    }
}

fn only_author(message: &Message, headers: &Headers<'_>) -> Result<Address, Unproven> {
    let mut fields = headers.all("From");
    let field = fields.next().ok_or(Unproven::NoAuthor)?;
    // The field is read again by itself: the decoded view leaves out what is no address, and then two authors could look like one.
    if fields.next().is_some() || message.from.len() > 1 || mime::mailboxes_in(field.value) > 1 {
        return Err(Unproven::SeveralAuthors);
    }
    message.author().cloned().ok_or(Unproven::NoAuthor)
}

/// Whether one of the results is a pass of DKIM (RFC 8601 2.7.1) by exactly this domain; a parent domain is another one.
fn passed(stamped: &results::Stamped, domain: &str) -> Result<(), Unproven> {
    let mut nearest = Unproven::NotPassed;
    for result in stamped.results.iter().filter(|result| result.method == "dkim" && result.outcome == "pass") {
        match result.signer() {
            Some(signer) if !signer.is_empty() && signer.eq_ignore_ascii_case(domain) => return Ok(()),
            _ => nearest = Unproven::OtherDomain,
        }
    }
    Err(nearest)
}

fn bare_cr(block: &[u8]) -> bool {
    let mut after_cr = false;
    for &byte in block {
        if after_cr && byte != b'\n' {
            return true;
        }
        after_cr = byte == b'\r';
    }
    after_cr
}
