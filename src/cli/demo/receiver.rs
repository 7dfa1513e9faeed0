//! The receiving mail server, played: a Maildir has none in front of it, and without one nobody's sender could be proven.
//!
//! What stands on top of each mail is what Postfix 3.7 with OpenDKIM 2.11 writes there. The signature on a genuine mail is a
//! mark of the demo and no cryptography: the verdict on it is the script's. Everything behind the server is real.

use jiff::Timestamp;

use super::mails::{Mail, date};
use crate::mail::{AuthenticationTrust, Digest};

/// What the receiving server finds out about the DKIM signature of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signature {
    /// It is the From domain's own, and good.
    Good,
    /// There is none; the mail brings an Authentication-Results of its own that says the opposite.
    Forged,
    /// There is none, and nobody claims one.
    Missing,
}

impl Signature {
    /// For people.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Signature::Good => "DKIM good",
            Signature::Forged => "no DKIM signature, and a result line of its own that claims one",
            Signature::Missing => "no DKIM signature",
        }
    }
}

/// The mail as the server puts it into the mailbox.
pub(super) fn received(mail: &Mail, signature: Signature, trust: &AuthenticationTrust, serial: usize, at: Timestamp) -> Vec<u8> {
    let (authserv_id, host) = (&trust.authserv_id, &trust.received_by);
    let domain = mail.from.domain();
    let mark = data_encoding::BASE64.encode(Digest::of(mail.header.as_bytes()).bytes());
    let short: String = mark.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    let pass = format!(
        "Authentication-Results: {authserv_id};\r\n\tdkim=pass (2048-bit key) header.d={domain} header.i=@{domain} header.a=rsa-sha256 \
         header.s=demo header.b={short};\r\n\tdkim-atps=neutral\r\n"
    );
    let none = format!("Authentication-Results: {authserv_id}; dkim=none; dkim-atps=neutral\r\n");
    let hash = data_encoding::BASE64.encode(Digest::of(mail.body.as_bytes()).bytes());
    let signed = format!(
        "DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d={domain}; s=demo;\r\n\th=From:To:Subject:Date:Message-ID; bh={hash};\r\n\tb={mark}\r\n"
    );
    let (verdict, brought) = match signature {
        Signature::Good => (&pass, signed),
        Signature::Forged => (&none, format!("{pass}{signed}")),
        Signature::Missing => (&none, String::new()),
    };
    let reverse_path = mail.reverse_path.as_ref().map(ToString::to_string).unwrap_or_default();
    let recipient = &mail.recipient;
    let sender = if signature == Signature::Forged { "dialup.forger.example".to_owned() } else { format!("out.{domain}") };
    format!(
        "Return-Path: <{reverse_path}>\r\nX-Original-To: {recipient}\r\nDelivered-To: {recipient}\r\n{verdict}\
         Received: from {sender} ({sender} [192.0.2.25])\r\n\tby {host} (Postfix) with ESMTPS id DEMO{serial:04}\r\n\tfor <{recipient}>; {} (UTC)\r\n\
         {brought}{}\r\n{}",
        date(at),
        mail.header,
        mail.body
    )
    .into_bytes()
}
