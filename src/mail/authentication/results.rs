//! One Authentication-Results field, after the grammar of RFC 8601 2.2. Stricter than the grammar where servers were fooled.

use super::structured::{Gap, Token, tokens};

/// The content of one field.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stamped {
    /// Who says so.
    pub(super) authserv_id: String,
    /// What it says; empty for `none`.
    pub(super) results: Vec<MethodResult>,
}

/// One `method=result` with its properties. Method, outcome and property names are in lower case.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MethodResult {
    pub(super) method: String,
    pub(super) outcome: String,
    pub(super) properties: Vec<(String, String)>,
}

/// The field does not follow the grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

impl MethodResult {
    /// The signing domain of a DKIM result: `header.d`, or the domain of `header.i` where only that is given (Gmail does so). `None` when
    /// a property stands twice or when the two contradict each other.
    pub(super) fn signer(&self) -> Option<&str> {
        let signer = self.only("header.d")?;
        let identity = self.only("header.i")?.map(|identity| identity.rsplit('@').next().unwrap_or_default());
        match (signer, identity) {
            (Some(signer), Some(identity)) if !within(identity, signer) => None,
            (Some(domain), _) | (None, Some(domain)) => Some(domain),
            (None, None) => None,
        }
    }

    /// Whether a DMARC result is about that From domain (RFC 9989: `header.from`).
    pub(super) fn speaks_of(&self, author: &str) -> bool {
        self.only("header.from").flatten().is_some_and(|from| from.eq_ignore_ascii_case(author))
    }

    fn only(&self, name: &str) -> Option<Option<&str>> {
        let mut values = self.properties.iter().filter(|(property, _)| property == name).map(|(_, value)| value.as_str());
        let first = values.next();
        values.next().is_none().then_some(first)
    }
}

/// RFC 6376 3.5: the domain of `i=` is that of `d=` or below it.
fn within(identity: &str, signer: &str) -> bool {
    let (identity, signer) = (identity.to_ascii_lowercase(), signer.to_ascii_lowercase());
    identity == signer || identity.strip_suffix(&signer).is_some_and(|rest| rest.ends_with('.'))
}

/// Reads an unfolded value.
pub(super) fn parse(value: &str) -> Result<Stamped, Malformed> {
    let mut words = Vec::new();
    for token in tokens(value).map_err(|_| Malformed)? {
        match token {
            // `header.d=bank.example(.evil.example)`: a signing domain with a comment in it made verifiers stamp the first half
            // ("Composition Kills", USENIX Security 2020; CVE-2020-12272). No server glues a comment to a value.
            Token::Comment(Gap::Glued) => return Err(Malformed),
            Token::Comment(Gap::Blank) => {}
            token => words.push(token),
        }
    }
    let mut statements = words.split(|token| *token == Token::Semicolon);
    let authserv_id = match statements.next() {
        Some([Token::Word(id) | Token::Quoted(id)]) => id.clone(),
        Some([Token::Word(id) | Token::Quoted(id), Token::Word(version)]) if version == "1" => id.clone(),
        _ => return Err(Malformed),
    };
    let mut results = Vec::new();
    for statement in statements {
        match statement {
            // A semicolon at the end is not in the grammar; many servers write it.
            [] => {}
            [Token::Word(none)] if none.eq_ignore_ascii_case("none") => {}
            statement => results.push(result(statement)?),
        }
    }
    Ok(Stamped { authserv_id, results })
}

fn result(statement: &[Token]) -> Result<MethodResult, Malformed> {
    let mut pairs = Vec::new();
    let mut rest = statement;
    while !rest.is_empty() {
        let [Token::Word(name), Token::Equals, Token::Word(value) | Token::Quoted(value), after @ ..] = rest else {
            return Err(Malformed);
        };
        pairs.push((name.to_ascii_lowercase(), value.clone()));
        rest = after;
    }
    let mut pairs = pairs.into_iter();
    let (method, outcome) = pairs.next().ok_or(Malformed)?;
    let method = match method.split_once('/') {
        None => method,
        Some((name, "1")) => name.to_owned(),
        Some(_) => return Err(Malformed),
    };
    Ok(MethodResult { method, outcome: outcome.to_ascii_lowercase(), properties: pairs.collect() })
}
