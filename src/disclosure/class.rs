//! How secret a text is.

/// The clearance a text needs. Ordered: the maximum of two classes is the class of a text derived from both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ContentClass {
    /// Anyone may read it.
    Public,
    /// For the one it concerns and the team: acknowledgements, held notices without content, applications' notices.
    Confidential,
    /// Content of a case under embargo. What is not known to be anything else is this.
    Embargoed,
}

impl ContentClass {
    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            ContentClass::Public => "public",
            ContentClass::Confidential => "confidential",
            ContentClass::Embargoed => "embargoed",
        }
    }

    /// The class of that name; anything unknown is [`ContentClass::Embargoed`].
    pub fn from_stored(word: &str) -> Self {
        match word {
            "public" => ContentClass::Public,
            "confidential" => ContentClass::Confidential,
            _ => ContentClass::Embargoed,
        }
    }
}
