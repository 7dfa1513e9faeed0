//! Rule files: text in, a checked set out, and a verdict with its reasons.

use std::fmt;

/// Why something was decided: which rule, which field of the mail it looked at, and the text that matched.
///
/// `Debug` hides the text: it is a piece of a mail.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Reason {
    /// The rule's name.
    pub rule: String,
    /// What it looked at: `subject`, `body`, `from`, `attachment`, ...
    pub field: String,
    /// The matched text, at most 200 characters, control characters escaped.
    pub text: String,
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reason({}: {})", self.rule, self.field)
    }
}
