//! The lexer of structured header fields (RFC 5322 3.2): words, quoted strings, comments, and two special characters.
//!
//! Fails on anything a careful writer never produces (an open quote, an open comment, a control character), because two programs would
//! read it differently.

/// One token of a structured field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// Characters without a meaning of their own, up to a blank or a special one.
    Word(String),
    /// The content of a quoted string, its quoted pairs resolved.
    Quoted(String),
    /// `;`
    Semicolon,
    /// `=`
    Equals,
    /// A comment; its text means nothing. `Glued` has no blank before it.
    Comment(Gap),
}

/// Whether a blank separates a comment from what stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// `word (comment)`
    Blank,
    /// `word(comment)`
    Glued,
}

/// The field cannot be read in one way only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unlexable;

/// Comments may nest (RFC 5322 3.2.2); nobody nests them deeper.
const MAX_COMMENT_DEPTH: usize = 16;

/// Takes an unfolded value apart.
pub(super) fn tokens(value: &str) -> Result<Vec<Token>, Unlexable> {
    let mut found = Vec::new();
    let mut chars = value.chars().peekable();
    let mut gap = Gap::Blank;
    while let Some(c) = chars.next() {
        let mut next_gap = Gap::Glued;
        match c {
            ' ' | '\t' => next_gap = Gap::Blank,
            ';' => {
                found.push(Token::Semicolon);
                next_gap = Gap::Blank;
            }
            '=' => found.push(Token::Equals),
            '"' => found.push(Token::Quoted(quoted(&mut chars)?)),
            '(' => {
                comment(&mut chars)?;
                found.push(Token::Comment(gap));
            }
            ')' => return Err(Unlexable),
            c if c.is_control() => return Err(Unlexable),
            c => {
                // In a value `=` is a character like others: `header.b=abc==`, `smtp.mailfrom=list+you=example.org@example.net`.
                let ends = if found.last() == Some(&Token::Equals) { " \t;\"()" } else { " \t;=\"()" };
                let mut word = String::from(c);
                while let Some(c) = chars.next_if(|c| !c.is_control() && !ends.contains(*c)) {
                    word.push(c);
                }
                found.push(Token::Word(word));
            }
        }
        gap = next_gap;
    }
    Ok(found)
}

fn quoted(chars: &mut impl Iterator<Item = char>) -> Result<String, Unlexable> {
    let mut text = String::new();
    loop {
        match chars.next().ok_or(Unlexable)? {
            '"' => return Ok(text),
            '\\' => text.push(chars.next().ok_or(Unlexable)?),
            c if c.is_control() && c != '\t' => return Err(Unlexable),
            c => text.push(c),
        }
    }
}

fn comment(chars: &mut impl Iterator<Item = char>) -> Result<(), Unlexable> {
    let mut depth = 1;
    while depth > 0 {
        match chars.next().ok_or(Unlexable)? {
            '(' => depth += 1,
            ')' => depth -= 1,
            '\\' => drop(chars.next().ok_or(Unlexable)?),
            c if c.is_control() && c != '\t' => return Err(Unlexable),
            _ => {}
        }
        if depth > MAX_COMMENT_DEPTH {
            return Err(Unlexable);
        }
    }
    Ok(())
}
