//! What the scan found, and for whom it looked.

use std::{collections::BTreeSet, fmt, ops::Range};

use super::letter::Place;
use crate::disclosure::CaseId;

/// Which fingerprint was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Words in the order of a text of the case.
    Shingle,
    /// Lines of a patch or of code.
    Hunk,
    /// A name in code: a function, a macro, a source file.
    Identifier,
    /// The title or most of it.
    Title,
    /// A CVE identifier (P61).
    Cve,
    /// The name of a file.
    FileName,
    /// A file, or its digest.
    Digest,
    /// Who reported it.
    Reporter,
    /// The id of a private mail.
    Thread,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Rule; 9] = [
        Rule::Shingle,
        Rule::Hunk,
        Rule::Identifier,
        Rule::Title,
        Rule::Cve,
        Rule::FileName,
        Rule::Digest,
        Rule::Reporter,
        Rule::Thread,
    ];

    /// The rule stored under that word.
    pub fn from_stored(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == word)
    }

    /// The word shown and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Rule::Shingle => "shingle",
            Rule::Hunk => "hunk",
            Rule::Identifier => "identifier",
            Rule::Title => "title",
            Rule::Cve => "cve",
            Rule::FileName => "file-name",
            Rule::Digest => "digest",
            Rule::Reporter => "reporter",
            Rule::Thread => "thread",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One place of a letter that gives a case away. `Display` and `Debug` name case, rule and place, never a word of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Hit {
    /// The case.
    pub case: CaseId,
    /// What was found.
    pub rule: Rule,
    /// In which text of the letter.
    pub place: Place,
    /// Bytes of that text; of a file, nothing.
    pub span: Range<usize>,
    /// Lines of that text, from 1, the last one included.
    pub lines: (usize, usize),
    pub(super) excerpt: String,
}

impl Hit {
    /// The words themselves. For the team, in a letter or on a terminal; never for a log.
    pub fn excerpt(&self) -> &str {
        &self.excerpt
    }
}

impl Hit {
    /// Where it stands, in words: `text, lines 3-4`.
    pub fn spot(&self) -> String {
        let place = self.place;
        match self.lines {
            (0, _) => place.to_string(),
            (first, last) if first == last => format!("{place}, line {first}"),
            (first, last) => format!("{place}, lines {first}-{last}"),
        }
    }
}

impl fmt::Display for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} in {}", self.case, self.rule, self.spot())
    }
}

impl fmt::Debug for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hit({self})")
    }
}

/// For whom a letter is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    pub(super) cleared: BTreeSet<CaseId>,
    pub(super) circle: Circle,
}

/// Who can read it besides the recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Circle {
    Private,
    Public,
}

impl Reader {
    /// A person or the members, cleared for these cases. What a cleared case says itself gives no other case away to them, even when that
    /// one says the same (two reports of one bug).
    pub fn person(cleared: impl IntoIterator<Item = CaseId>) -> Self {
        Self { cleared: cleared.into_iter().collect(), circle: Circle::Private }
    }

    /// Everybody. `released` are the cases that this letter makes public; what they have in common with another live case still counts.
    pub fn public(released: impl IntoIterator<Item = CaseId>) -> Self {
        Self { cleared: released.into_iter().collect(), circle: Circle::Public }
    }
}
