//! Rule files: text in, a checked set out, and a verdict with its reasons.
//!
//! [`RuleSet::parse`] turns the text of a rule file into a [`RuleSet`], whole or not at all: a bad file never half-loads. A set is asked with a
//! [`MailView`], what one mail shows to rules. Promises: pure (no file is opened here), regexes run in time linear in the mail, of which at most
//! [`view::MAX_TEXT`] bytes a field are looked at. Fails with [`RuleFileErrors`]: file, line, column, what is wrong and what to write instead.

use std::fmt;

mod attempt;
pub mod beside;
pub mod errors;
pub mod explain;
mod file;
mod lookup;
mod pattern;
pub mod samples;
pub mod set;
pub mod sought;
mod starts;
pub mod view;
pub mod vocabulary;
pub mod weigh;

pub use errors::{RuleFileError, RuleFileErrors};
pub use explain::{ConditionTrace, RuleTrace, Truth};
pub use pattern::{Pattern, Patterns};
pub use set::{Author, Condition, Field, Hit, Rule, RuleSet, Ruling, Strength};
pub use sought::Sought;
pub use view::{MailView, PosterKind};
pub use vocabulary::Vocabulary;
pub use weigh::{Evidence, Weighing};

/// The longest [`Reason::text`], in characters.
pub const MAX_REASON: usize = 200;

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

impl Reason {
    /// A reason whose text is a piece of a mail: shortened and made safe to show.
    pub fn new(rule: &str, field: &str, matched: &str) -> Self {
        let matched = matched.trim();
        // Most are: nothing of them needs another look.
        if matched.len() <= MAX_REASON && matched.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Self { rule: rule.to_owned(), field: field.to_owned(), text: matched.to_owned() };
        }
        let mut text = String::new();
        for c in matched.chars().take(MAX_REASON) {
            match c {
                '\n' | '\t' => text.push(' '),
                // Bidirectional marks and other format characters could make a terminal show another text than the one matched.
                c if c.is_control()
                    || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
                {
                    text.extend(c.escape_unicode());
                }
                c => text.push(c),
            }
        }
        let text = text.chars().take(MAX_REASON).collect();
        Self { rule: rule.to_owned(), field: field.to_owned(), text }
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reason({}: {})", self.rule, self.field)
    }
}
