//! The cleartext signature framework around an advisory (RFC 9580 7). Recognised, taken apart, not verified.

/// How the text is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// No frame.
    Unsigned,
    /// One frame around everything.
    Clearsigned,
    /// One frame, and words outside it that the signature does not cover.
    TextOutside,
    /// More than one frame.
    Several,
    /// A frame without its signature.
    Unfinished,
}

/// The text inside the frame.
#[derive(Clone)]
pub struct Cleartext {
    /// The text without frame and dash-escapes; the whole text when there is no frame.
    pub text: String,
    /// How it was framed.
    pub framing: Framing,
    /// Lines of the mail's text before the first line of `text`.
    pub lines_before: usize,
}

const BEGIN: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----";
const END: &str = "-----END PGP SIGNATURE-----";

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Before,
    ArmorHeader,
    Signed,
    Signature,
    After,
}

/// Takes the text out of its frame.
pub fn unframe(text: &str) -> Cleartext {
    let mut at = At::Before;
    let mut framing = Framing::Unsigned;
    let (mut signed, mut lines_before) = (String::new(), 0);
    let mut outside = false;
    for (index, line) in text.lines().enumerate() {
        let mark = line.trim_end();
        match (at, mark) {
            (At::Before, BEGIN) => at = At::ArmorHeader,
            (_, BEGIN) => framing = Framing::Several,
            (At::Before | At::After, _) => outside |= !mark.is_empty(),
            (At::ArmorHeader, "") => (at, lines_before) = (At::Signed, index + 1),
            // RFC 9580 7: only Hash fields may stand here. Anything else would look signed and is not.
            (At::ArmorHeader, _) => outside |= !mark.starts_with("Hash: "),
            (At::Signed, SIGNATURE) => at = At::Signature,
            (At::Signed, _) => {
                signed.push_str(line.strip_prefix("- ").unwrap_or(line));
                signed.push('\n');
            }
            (At::Signature, END) => at = At::After,
            (At::Signature, _) => {}
        }
    }
    match at {
        At::Before => return Cleartext { text: text.to_owned(), framing: Framing::Unsigned, lines_before: 0 },
        _ if framing == Framing::Several => {}
        At::After if outside => framing = Framing::TextOutside,
        At::After => framing = Framing::Clearsigned,
        _ => framing = Framing::Unfinished,
    }
    Cleartext { text: signed, framing, lines_before }
}
