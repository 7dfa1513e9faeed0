//! Reading what recipients got, without the daemon's own code.

use mail_parser::{MessageParser, MimeHeaders as _};
use sha2::{Digest as _, Sha256};

use crate::rig::relay::Letter;

/// The header block, LF lines, folds undone.
pub fn head(message: &[u8]) -> String {
    let text = String::from_utf8_lossy(message).replace("\r\n", "\n");
    let head = text.split_once("\n\n").map_or(text.as_str(), |(head, _)| head);
    head.replace("\n\t", " ").replace("\n ", " ")
}

/// The values of a field, from the top.
pub fn fields(message: &[u8], name: &str) -> Vec<String> {
    let of = |line: &str| line.split_once(':').map(|(found, value)| (found.to_owned(), value.trim().to_owned()));
    head(message).lines().filter_map(of).filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
}

/// The one value of a field.
pub fn field(message: &[u8], name: &str) -> String {
    let all = fields(message, name);
    assert_eq!(all.len(), 1, "{name} in:\n{}", head(message));
    all[0].clone()
}

/// The names of all fields, from the top.
pub fn names(message: &[u8]) -> Vec<String> {
    head(message).lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name.to_owned()).collect()
}

/// Everything below the header block, as it is.
pub fn body(message: &[u8]) -> &[u8] {
    let at = message.windows(4).position(|four| four == b"\r\n\r\n").expect("a header block that ends");
    &message[at + 4..]
}

/// SHA-256 of some bytes.
pub fn digest(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

/// The decoded attachments: name and content.
pub fn attachments(message: &[u8]) -> Vec<(String, Vec<u8>)> {
    let parsed = MessageParser::default().parse(message).expect("a message");
    parsed.attachments().map(|part| (part.attachment_name().unwrap_or_default().to_owned(), part.contents().to_vec())).collect()
}

/// The text a person reads, blanks and line ends made one.
pub fn text(letter: &Letter) -> String {
    let parsed = MessageParser::default().parse(&letter.bytes).expect("a message");
    let text = parsed.body_text(0).expect("a text").into_owned();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The Subject, decoded.
pub fn subject(letter: &Letter) -> String {
    MessageParser::default().parse(&letter.bytes).and_then(|message| message.subject().map(str::to_owned)).expect("a Subject")
}

/// The bare address of a field like `Reply-To: Name <address>`.
pub fn address(letter: &Letter, name: &str) -> String {
    let value = field(&letter.bytes, name);
    value.rsplit_once('<').map_or(value.clone(), |(_, rest)| rest.trim_end_matches('>').to_owned())
}

/// The lines of the text a person reads.
pub fn lines(letter: &Letter) -> Vec<String> {
    let parsed = MessageParser::default().parse(&letter.bytes).expect("a message");
    parsed.body_text(0).expect("a text").lines().map(str::to_owned).collect()
}
