//! Message-IDs (RFC 5322 3.6.4) and List-Ids (RFC 2919).

use std::{fmt, str::FromStr};

/// A Message-ID without its angle brackets. Compared byte for byte (RFC 5322 3.6.4).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(String);

impl MessageId {
    /// The id without angle brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`.
    pub fn local(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }
}

impl FromStr for MessageId {
    type Err = NotAnId;

    /// Accepts the id with or without its angle brackets.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim().trim_start_matches('<').trim_end_matches('>');
        if text.is_empty() || text.len() > 990 || text.contains(|c: char| c.is_control() || c.is_whitespace() || "<>".contains(c))
        {
            return Err(NotAnId);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.0)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.0)
    }
}

/// The identifier of a list: what stands between the angle brackets of `List-Id`, in lower case (RFC 2919 section 6: equality ignores
/// case and the phrase).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListId(String);

impl ListId {
    /// The identifier, without brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ListId {
    type Err = NotAnId;

    /// Reads a header value with or without phrase and brackets: `Xen devel <xen-devel.lists.example.org>`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let inner = match (text.rfind('<'), text.rfind('>')) {
            (Some(from), Some(to)) if from < to => text.get(from + 1..to).unwrap_or_default(),
            _ => text,
        };
        let inner: String = inner.chars().filter(|c| !c.is_whitespace()).collect();
        if inner.is_empty() || inner.len() > 255 || inner.contains(|c: char| c.is_control() || "<>@".contains(c)) {
            return Err(NotAnId);
        }
        Ok(Self(inner.to_ascii_lowercase()))
    }
}

impl fmt::Display for ListId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ListId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for ListId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The text is not an identifier of the kind asked for. Never contains the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid identifier (empty, too long, or with blanks or brackets in it)")]
pub struct NotAnId;
