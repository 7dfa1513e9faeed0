//! OpenPGP armour (RFC 9580 6.2): a signature is lines of base64 below a few fields; whatever else stands there, somebody reads.

use super::{BesideKind, Gathered};
use crate::mail::wording::pattern;

// What programs write there: their names and versions, the digest, the character set.
pattern!(
    FIELD,
    r"^(?:Hash: [A-Z0-9-]+(?:, ?[A-Z0-9-]+)*|Charset: [\w-]+|NotDashEscaped: .{0}|MessageID: [\w+/=]{1,40}|Version: (?:(?:GnuPG|GnuPG/MacGPG2|OpenPGP\.js|PGP|GopenPGP|BCPG|Encryption Desktop|Mailvelope|ProtonMail|Sequoia-PGP|FlowCrypt) ?)?v?[\d.]*(?: ?\((?:GNU/Linux|Darwin|MingW32|Cygwin|FreeBSD)\))?|Comment: (?:GPGTools - https?://gpgtools\.org|https://(?:www\.)?gnupg\.org/?|Using GnuPG with \w+ - https?://[\w.]+/?|https://openpgpjs\.org|[0-9A-F ]{40,60}))\s*$"
);
pattern!(BASE64, r"^[A-Za-z0-9+/]{1,96}={0,2}$");
// Words side by side, each with its capital, or small letters in a row: chance makes no such thing.
pattern!(WRITTEN, r"(?:[A-Z][a-z]{2,}){4,}|[a-z]{13,}");
pattern!(SUM, r"^=[A-Za-z0-9+/]{4}$");

/// The lines of armour.
pub(super) fn read(lines: &[&str], out: &mut Gathered) {
    let mut signed = false;
    let mut data = false;
    for line in lines.iter().map(|line| line.trim_end()) {
        if let Some(mark) = line.strip_prefix("-----") {
            // A key, or what is encrypted, nobody here has read.
            match mark {
                "BEGIN PGP SIGNATURE-----" => signed = true,
                "END PGP SIGNATURE-----" => signed = false,
                "BEGIN PGP SIGNED MESSAGE-----" => {}
                _ => out.unread(),
            }
            data = false;
            out.end();
        } else if line.is_empty() {
            data = signed;
            out.end();
        } else if (data || !FIELD.is_match(line)) && !(signed && (SUM.is_match(line) || is_data(line))) {
            out.line(BesideKind::Frame, line);
        }
    }
    out.end();
}

/// A line of base64. It has capitals and small letters in no order that words have.
fn is_data(line: &str) -> bool {
    BASE64.is_match(line) && !WRITTEN.is_match(line)
}

/// Whether bytes that should be a signature in DER (RFC 8551) are one: they begin a sequence of its length.
pub(in crate::mail) fn is_der(bytes: &[u8]) -> bool {
    match bytes {
        [0x30, length, ..] if *length < 0x80 => bytes.len() == usize::from(*length) + 2,
        [0x30, 0x80, ..] => bytes.ends_with(&[0, 0]),
        [0x30, 0x81, length, ..] => bytes.len() == usize::from(*length) + 3,
        [0x30, 0x82, high, low, ..] => bytes.len() == usize::from(*high) * 256 + usize::from(*low) + 4,
        [0x30, 0x83, ..] => true,
        _ => false,
    }
}
