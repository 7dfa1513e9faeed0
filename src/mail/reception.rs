//! Whether receivers that follow DMARC (RFC 9989) will take a copy of a member's post.
//!
//! At a member's server SPF speaks of our return path, so that a copy passes by its author's DKIM signature alone: one of an aligned domain that our receiving
//! server has verified, and that covers in the copy what it covered before. Where there is none, what the author's domain asks for decides.
//!
//! Promises: asks nobody (a look-up tells outsiders who writes): what a domain asks for stands in the configuration, or in what our receiving server says
//! of it. What is not known is [`Reception::Unknown`], never a guess. Cannot fail.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{
    Address, AuthenticationTrust, Message,
    authentication::{Verified, authenticate, verified},
    dkim::carried,
};

/// What a domain asks receivers to do with mail that does not pass (`p=`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DomainPolicy {
    /// Nothing.
    None,
    /// To treat it as suspicious.
    Quarantine,
    /// To refuse it.
    Reject,
}

impl DomainPolicy {
    /// As a record writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            DomainPolicy::None => "none",
            DomainPolicy::Quarantine => "quarantine",
            DomainPolicy::Reject => "reject",
        }
    }
}

/// When the From of a post is replaced.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromMunging {
    /// Never: members' posts go out as they came.
    #[default]
    Never,
    /// Where receivers would refuse the post otherwise.
    WhenNeeded,
}

/// What is configured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dmarc {
    /// When the From is replaced.
    pub munging: FromMunging,
    /// What domains ask for; an entry holds for the domains below it, too.
    pub policies: BTreeMap<String, DomainPolicy>,
}

/// What awaits a copy at receivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reception {
    /// It passes by the signature of this domain.
    Passes(String),
    /// It does not pass, and the author's domain asks for nothing.
    NothingAsked,
    /// It does not pass, and the author's domain asks for that.
    Refused(DomainPolicy),
    /// It does not pass, or nobody knows; and nobody knows what the domain asks for.
    Unknown,
}

impl fmt::Display for Reception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reception::Passes(domain) => write!(f, "passes DMARC by the DKIM signature of {domain}"),
            Reception::NothingAsked => f.write_str("does not pass DMARC, and the author's domain asks for nothing"),
            Reception::Refused(policy) => {
                let what = if *policy == DomainPolicy::Reject { "refused" } else { "put into quarantine" };
                write!(f, "does not pass DMARC and is likely {what} (p={})", policy.as_str())
            }
            Reception::Unknown => f.write_str("not known: no verified signature of the author's domain goes with it, and what that domain asks for is not known"),
        }
    }
}

/// What awaits a copy of `message`, whose body is the same and whose header block, with the empty line behind it, is `copy`. `None`: there is no author.
pub fn reception(message: &Message, copy: &[u8], trust: &AuthenticationTrust, dmarc: &Dmarc) -> Option<Reception> {
    let author = message.author()?;
    let said = verified(message, trust);
    // More than is looked at: nobody knows.
    let Some(aligned) = carried(&head(message), copy, |domain| is_aligned(domain, author)) else {
        return Some(Reception::Unknown);
    };
    // Which of a domain's signatures was verified is not told: all of them have to live.
    let dead: BTreeSet<&str> =
        aligned.iter().filter(|one| !(one.intact && one.covers_author)).map(|one| one.domain.as_str()).collect();
    let mut alive = aligned.iter().map(|one| &one.domain).filter(|domain| !dead.contains(domain.as_str()));
    let passes = match &said {
        Some(Verified { signers, .. }) => alive.find(|domain| signers.contains(domain)).cloned(),
        // Nobody has looked at the signature.
        None if aligned.iter().any(|one| one.intact && one.covers_author) => return Some(Reception::Unknown),
        None => None,
    };
    if let Some(domain) = passes {
        return Some(Reception::Passes(domain));
    }
    let configured = asked(author.domain(), &dmarc.policies);
    Some(match configured.or(said.and_then(|said| said.policy)) {
        Some(DomainPolicy::None) => Reception::NothingAsked,
        Some(policy) => Reception::Refused(policy),
        None => Reception::Unknown,
    })
}

/// Whether our receiving server vouches for the author's domain: his address is proven, or the message passed DMARC. For nobody else the list puts its own
/// name into From: it would carry a forgery past what the domain asks for.
pub fn is_vouched_for(message: &Message, trust: &AuthenticationTrust) -> bool {
    authenticate(message, trust).is_ok() || verified(message, trust).is_some_and(|said| said.author_passes)
}

/// The header block of a message with the empty line behind it. Signatures are compared by it alone: the body goes as it came.
pub fn head(message: &Message) -> Vec<u8> {
    [message.headers().block(), b"\r\n"].concat()
}

/// Relaxed alignment (RFC 9989 5.3.1), as far as it can be told without the DNS: the same domain, or one below the other.
fn is_aligned(signer: &str, author: &Address) -> bool {
    let (signer, domain) = (signer.to_ascii_lowercase(), author.domain().to_ascii_lowercase());
    let below = |one: &str, other: &str| other.contains('.') && one.strip_suffix(other).is_some_and(|rest| rest.ends_with('.'));
    signer == domain || below(&signer, &domain) || below(&domain, &signer)
}

fn asked(domain: &str, policies: &BTreeMap<String, DomainPolicy>) -> Option<DomainPolicy> {
    let domain = domain.to_ascii_lowercase();
    let parents = domain.match_indices('.').filter_map(|(at, _)| domain.get(at + 1..));
    std::iter::once(domain.as_str()).chain(parents).find_map(|name| policies.get(name)).copied()
}

#[cfg(test)]
mod tests;
