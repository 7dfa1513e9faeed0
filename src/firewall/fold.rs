//! One spelling for what people and programs spell in many ways: quote marks, entities, soft breaks, look-alike letters.

use super::lookalike;

/// A text without quote marks, invisible characters, HTML entities, soft line breaks and look-alikes; upper and lower case are kept. Knows
/// for each of its bytes where it stood in the original.
pub(super) struct Folded {
    text: String,
    origins: Vec<u32>,
}

/// An entity is not longer than this; whatever follows another `&` is text.
const LONGEST_ENTITY: usize = 10;
/// Initials before a quote mark are not longer than this (`JB> `, SuperCite, Lotus Notes).
const LONGEST_INITIALS: usize = 4;

impl Folded {
    /// Folds a text.
    pub(super) fn of(text: &str) -> Self {
        let mut folded = Self { text: String::with_capacity(text.len()), origins: Vec::with_capacity(text.len()) };
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let marks = quote_marks(line);
            folded.line(line.get(marks..).unwrap_or_default(), at + marks);
            at += line.len();
        }
        folded
    }

    fn line(&mut self, line: &str, start: usize) {
        // quoted-printable that nobody decoded: the line goes on in the next one (RFC 2045 6.7).
        let line = line.strip_suffix("=\n").or_else(|| line.strip_suffix("=\r\n")).unwrap_or(line);
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            let at = start + line.len() - rest.len();
            let (c, length) = match first {
                '&' => entity(rest).unwrap_or(('&', 1)),
                other => (other, other.len_utf8()),
            };
            if c.is_ascii() {
                self.text.push(c);
            } else {
                lookalike::plain(c, &mut self.text);
            }
            self.origins.resize(self.text.len(), u32::try_from(at).unwrap_or(u32::MAX));
            rest = rest.get(length..).unwrap_or_default();
        }
    }

    /// The folded text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where the byte of the folded text stood in the original.
    pub(super) fn origin(&self, at: usize) -> usize {
        self.origins.get(at).or(self.origins.last()).map_or(0, |&origin| origin as usize)
    }
}

/// How many bytes of quote marks the line begins with: `> > `, `| `, `JB> `.
pub(super) fn quote_marks(line: &str) -> usize {
    let bytes = line.as_bytes();
    let mut marks = 0;
    loop {
        let rest = bytes.get(marks..).unwrap_or_default();
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let after = rest.get(blanks..).unwrap_or_default();
        let initials = after.iter().take(LONGEST_INITIALS).take_while(|byte| byte.is_ascii_alphabetic()).count();
        match after.get(initials) {
            Some(b'>') => marks += blanks + initials + 1,
            Some(b'|') if initials == 0 => marks += blanks + 1,
            _ => return marks,
        }
    }
}

/// The character that an entity at the start of `text` stands for, and the entity's length.
fn entity(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(LONGEST_ENTITY).position(|byte| byte == b';')?;
    let name = text.get(1..end)?;
    let c = match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
        None => match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" | "lsquo" | "rsquo" => '\'',
            "nbsp" | "ensp" | "emsp" | "thinsp" => ' ',
            "shy" | "zwj" | "zwnj" => '\u{ad}',
            "ndash" | "mdash" => '-',
            "lowbar" => '_',
            "sol" => '/',
            "period" => '.',
            "num" => '#',
            _ => return None,
        },
    };
    Some((c, end + 1))
}
