//! Addresses (RFC 5321 4.1.2, RFC 5322 3.4.1) as we use them: one local part, one domain, no comments, no routes.

#[cfg(test)]
mod tests;

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

/// An addr-spec. The domain is kept in lower case; two addresses are equal when they differ only in ASCII case.
///
/// RFC 5321 2.4 makes local parts case-sensitive; no mail system of the people we serve does, and a poster who types
/// `Security@` must be recognised.
#[derive(Clone)]
pub struct Address {
    local: String,
    domain: String,
}

/// Why a text is no [`Address`]. Never contains the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAddress {
    /// No `@` with something on both sides.
    #[error("an address looks like name@example.org")]
    Shape,
    /// A control character, a space outside quotes, or one of `<>,;:[]()\`.
    #[error("the address contains a character that is not allowed there")]
    Character,
    /// Local part over 64 or the whole over 254 bytes (RFC 5321 4.5.3.1).
    #[error("the address is longer than 254 bytes or its local part longer than 64")]
    Length,
}

impl Address {
    /// The part before the `@`, as written.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The part after the `@`, in lower case.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// `name+detail@domain` taken apart: the address without the detail, and the detail (RFC 5233).
    pub fn split_detail(&self) -> Option<(Address, &str)> {
        let (name, detail) = self.local.split_once('+')?;
        if name.is_empty() || detail.is_empty() {
            return None;
        }
        Some((Self { local: name.to_owned(), domain: self.domain.clone() }, detail))
    }

    /// The address that mail servers may read in the local part of this one, and pass mail on to: `user%host@relay`, `host!user@relay`,
    /// `"user@host"@relay` (RFC 1123 5.2.16 discourages it; Postfix does so for its own domains).
    pub fn routed(&self) -> Option<Address> {
        let local: String = self.local.chars().filter(|c| !"\"\\".contains(*c)).collect();
        let inner = match local.rsplit_once(['@', '%']) {
            Some((user, host)) => format!("{user}@{host}"),
            None => local.split_once('!').map(|(host, user)| format!("{user}@{host}"))?,
        };
        inner.parse().ok()
    }

    /// This address with `+detail` added to the local part.
    pub fn with_detail(&self, detail: &str) -> Address {
        Self { local: format!("{}+{detail}", self.local), domain: self.domain.clone() }
    }

    /// This address with `suffix` added to the local part: `list` becomes `list-bounces`.
    pub fn with_suffix(&self, suffix: &str) -> Address {
        Self { local: format!("{}{suffix}", self.local), domain: self.domain.clone() }
    }

    /// The same local part at another domain.
    pub fn at_domain(&self, domain: &str) -> Address {
        Self { local: self.local.clone(), domain: domain.to_ascii_lowercase() }
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(NotAnAddress::Shape)?;
        if local.is_empty() || domain.is_empty() || domain.starts_with('.') || domain.ends_with('.') {
            return Err(NotAnAddress::Shape);
        }
        if local.len() > 64 || text.len() > 254 {
            return Err(NotAnAddress::Length);
        }
        let quoted = local.len() >= 2 && local.starts_with('"') && local.ends_with('"');
        // RFC 5321 4.1.2: inside quotes a quote or backslash stands only behind a backslash; anything else could end the path in a command.
        if quoted && !well_quoted(local) {
            return Err(NotAnAddress::Character);
        }
        let bad_local = |c: char| c.is_control() || (!quoted && (c.is_whitespace() || "<>,;:[]()\\\"@".contains(c)));
        let bad_domain = |c: char| c.is_control() || c.is_whitespace() || "<>,;()\\\"@/".contains(c);
        if local.contains(bad_local) || domain.contains(bad_domain) {
            return Err(NotAnAddress::Character);
        }
        // Only ASCII: Unicode lower-casing turns U+212A KELVIN SIGN into k, and one domain must not become another.
        Ok(Self { local: local.to_owned(), domain: domain.to_ascii_lowercase() })
    }
}

fn well_quoted(local: &str) -> bool {
    let inner = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    let mut escaped = false;
    for c in inner.chars() {
        match (escaped, c) {
            (true, _) => escaped = false,
            (false, '\\') => escaped = true,
            (false, '"') => return false,
            (false, _) => {}
        }
    }
    !escaped
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{self}>")
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.domain == other.domain && self.local.eq_ignore_ascii_case(&other.local)
    }
}

impl Eq for Address {}

impl Ord for Address {
    fn cmp(&self, other: &Self) -> Ordering {
        self.domain.cmp(&other.domain).then_with(|| self.local.to_ascii_lowercase().cmp(&other.local.to_ascii_lowercase()))
    }
}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.local.to_ascii_lowercase().hash(state);
        self.domain.hash(state);
    }
}

impl serde::Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An address with the name its writer put before it. The name proves nothing and is never shown without the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// The display name, decoded (RFC 2047).
    pub name: Option<String>,
    /// The address.
    pub address: Address,
}

/// Whether something could be read as an address: an `@`, or one of the two characters that look like it and become it when a text is normalised (U+FF20
/// FULLWIDTH COMMERCIAL AT, U+FE6B SMALL COMMERCIAL AT; Unicode TR15, NFKC). Names with one stay off public pages (P52).
pub fn has_at(text: &str) -> bool {
    text.contains(['@', '\u{ff20}', '\u{fe6b}'])
}
