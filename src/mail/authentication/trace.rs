//! Where our own receiving server's handwriting ends: the Received fields (RFC 5321 4.4) from the top down to its own.

use super::{
    Unproven,
    structured::{Token, tokens},
};
use crate::mail::headers::{Field, Headers};

/// One Received field, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
struct Hop {
    by: String,
    protocol: Protocol,
}

/// The mail transmission type after `with` (IANA registry of RFC 3848, RFC 6531).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    /// Handed on by our own server to the mailbox.
    Lmtp,
    /// Received from the network.
    Smtp,
    /// Anything else: a message written on that machine, HTTP, a queue of its own.
    Other,
}

/// The fields above the Received field of our receiving server, from the top.
///
/// Only LMTP hops are passed over on the way down. Were any other hop passed over, a message that reached the mailbox another way could
/// bring a forged Received line of our server with it.
pub(super) fn above_border<'a>(headers: &Headers<'a>, received_by: &str) -> Result<Vec<Field<'a>>, Unproven> {
    let ours = canonical(received_by);
    let mut above = Vec::new();
    for field in headers.fields() {
        if !field.is("Received") {
            above.push(field);
            continue;
        }
        let hop = hop(&field.unfolded()).ok_or(Unproven::AmbiguousTrace)?;
        match hop.protocol {
            Protocol::Lmtp => above.push(field),
            Protocol::Smtp if !ours.is_empty() && hop.by == ours => return Ok(above),
            Protocol::Smtp | Protocol::Other => return Err(Unproven::OtherRoute),
        }
    }
    Err(Unproven::NoBorder)
}

fn canonical(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// Reads `from .. by HOST .. with PROTOCOL ..; date`. `None` when a clause stands twice: the name a client gives in HELO is shown in the
/// from clause, and some servers let it contain blanks (`HELO x by mx.example with LMTP`).
fn hop(value: &str) -> Option<Hop> {
    let tokens = tokens(value).ok()?;
    let clauses: Vec<&str> = tokens
        .split(|token| *token == Token::Semicolon)
        .next()?
        .iter()
        .filter_map(|token| match token {
            Token::Word(word) | Token::Quoted(word) => Some(word.as_str()),
            _ => None,
        })
        .collect();
    let by = only_after(&clauses, "by")??;
    let protocol = match only_after(&clauses, "with")? {
        Some(name) => protocol(name),
        None => Protocol::Other,
    };
    Some(Hop { by: canonical(by), protocol })
}

/// The word after the only `keyword`; `None` when the keyword stands twice or at the end.
fn only_after<'a>(words: &[&'a str], keyword: &str) -> Option<Option<&'a str>> {
    let mut places = words.iter().enumerate().filter(|(_, word)| word.eq_ignore_ascii_case(keyword)).map(|(at, _)| at);
    let first = places.next();
    if places.next().is_some() {
        return None;
    }
    match first {
        None => Some(None),
        Some(at) => words.get(at + 1).map(|word| Some(*word)),
    }
}

fn protocol(name: &str) -> Protocol {
    match name.to_ascii_uppercase().trim_start_matches("UTF8") {
        "LMTP" | "LMTPA" | "LMTPS" | "LMTPSA" => Protocol::Lmtp,
        "SMTP" | "SMTPS" | "SMTPA" | "SMTPSA" | "ESMTP" | "ESMTPA" | "ESMTPS" | "ESMTPSA" => Protocol::Smtp,
        _ => Protocol::Other,
    }
}
