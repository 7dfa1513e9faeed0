//! DKIM signing (RFC 6376) for the people of the cast: rsa-sha256, relaxed/relaxed.
//!
//! `opendkim-testmsg` can sign, but only with rsa-sha1, which RFC 8301 forbids. What is written here is never checked by our own
//! code: OpenDKIM is the judge.

use data_encoding::BASE64;
use rcgen::{KeyPair, SigningKey as _};
use sha2::{Digest as _, Sha256};

/// The selector under which every domain of the cast publishes its key.
pub const SELECTOR: &str = "cast";

/// The fields that are signed. From is named twice, so that a second From added later breaks the signature (RFC 6376, 8.15).
const SIGNED: [&str; 11] =
    ["From", "From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version", "Content-Type"];

/// Puts a DKIM-Signature of `domain` on top of a message whose lines end in CRLF.
pub fn sign(message: &[u8], domain: &str, key: &KeyPair) -> Vec<u8> {
    let split = message.windows(4).position(|four| four == b"\r\n\r\n").expect("a header block that ends");
    let (head, body) = (&message[..split + 2], &message[split + 4..]);
    let head = std::str::from_utf8(head).expect("a header of ASCII or UTF-8");
    let body_hash = BASE64.encode(&Sha256::digest(relaxed_body(body)));

    let mut fields = unfold(head);
    let mut input = String::new();
    for name in SIGNED {
        // The last field of a name first (RFC 6376, 5.4.2); one that is not there is signed as absent.
        if let Some(at) = fields.iter().rposition(|field| name_of(field).eq_ignore_ascii_case(name)) {
            input.push_str(&relaxed_field(&fields.remove(at)));
            input.push_str("\r\n");
        }
    }
    let unsigned = format!(
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s={SELECTOR};\r\n\th={};\r\n\tbh={body_hash};\r\n\tb=",
        SIGNED.join(":")
    );
    input.push_str(&relaxed_field(&unsigned));
    let signature = BASE64.encode(&key.sign(input.as_bytes()).unwrap());
    let mut signed = unsigned;
    for chunk in signature.as_bytes().chunks(70) {
        signed.push_str(std::str::from_utf8(chunk).unwrap());
        signed.push_str("\r\n\t ");
    }
    let mut whole = signed.trim_end().as_bytes().to_vec();
    whole.extend_from_slice(b"\r\n");
    whole.extend_from_slice(message);
    whole
}

/// The header fields, folds still inside, without their final CRLF.
fn unfold(head: &str) -> Vec<String> {
    let mut fields: Vec<String> = Vec::new();
    for line in head.split_terminator("\r\n") {
        match fields.last_mut() {
            Some(field) if line.starts_with([' ', '\t']) => {
                field.push_str("\r\n");
                field.push_str(line);
            }
            _ => fields.push(line.to_owned()),
        }
    }
    fields
}

fn name_of(field: &str) -> &str {
    field.split_once(':').map_or("", |(name, _)| name.trim_end())
}

/// RFC 6376, 3.4.2.
fn relaxed_field(field: &str) -> String {
    let (name, value) = field.split_once(':').unwrap_or((field, ""));
    format!("{}:{}", name.trim_end().to_ascii_lowercase(), value.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
}

/// RFC 6376, 3.4.4.
fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for line in body.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut relaxed = Vec::with_capacity(line.len());
        for byte in line {
            match byte {
                b' ' | b'\t' if relaxed.last() == Some(&b' ') => {}
                b' ' | b'\t' => relaxed.push(b' '),
                other => relaxed.push(*other),
            }
        }
        if relaxed.last() == Some(&b' ') {
            relaxed.pop();
        }
        lines.push(relaxed);
    }
    while lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    let mut whole = Vec::with_capacity(body.len());
    for line in lines {
        whole.extend_from_slice(&line);
        whole.extend_from_slice(b"\r\n");
    }
    whole
}
