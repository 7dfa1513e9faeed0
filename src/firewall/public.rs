//! What is public anyway, and so no fingerprint of anything.

use std::{collections::BTreeSet, fmt};

use super::{
    fold::Folded,
    identifier::{self, Strength},
    index::Index,
    stream::{Known, Stream},
};

/// The built-in letters: whoever quotes an answer of ours quotes no secret.
const LETTERS: [&str; 24] = [
    include_str!("../../rules/letters/acknowledgement.txt"),
    include_str!("../../rules/letters/alarm.txt"),
    include_str!("../../rules/letters/application-notice.txt"),
    include_str!("../../rules/letters/application-pointer.txt"),
    include_str!("../../rules/letters/block-notice.txt"),
    include_str!("../../rules/letters/case-mail.txt"),
    include_str!("../../rules/letters/case-reply.txt"),
    include_str!("../../rules/letters/command-answer.txt"),
    include_str!("../../rules/letters/delivery-summary.txt"),
    include_str!("../../rules/letters/escalation.txt"),
    include_str!("../../rules/letters/held-notice.txt"),
    include_str!("../../rules/letters/held-receipt.txt"),
    include_str!("../../rules/letters/rejection-membership.txt"),
    include_str!("../../rules/letters/rejection-mixed.txt"),
    include_str!("../../rules/letters/rejection-not-embargoed.txt"),
    include_str!("../../rules/letters/rejection-other.txt"),
    include_str!("../../rules/letters/rejection-policy.txt"),
    include_str!("../../rules/letters/rejection-primary.txt"),
    include_str!("../../rules/letters/rejection-public-recipient.txt"),
    include_str!("../../rules/letters/reminder.txt"),
    include_str!("../../rules/letters/ruled.txt"),
    include_str!("../../rules/letters/send-request.txt"),
    include_str!("../../rules/letters/subscription-answer.txt"),
    include_str!("../../rules/letters/triage-notice.txt"),
];
const FURNITURE: &str = include_str!("furniture.txt");
const SAID: &str = include_str!("said.txt");

/// A shared phrase of fewer words is language, not a phrase.
const WORDS: usize = 4;

/// Public texts: the standing phrases of mails, advisories and our letters, and what the caller adds. Make it once for many cases.
pub struct Public {
    texts: Vec<(Known, Stream)>,
    index: Index,
    names: BTreeSet<String>,
}

impl Public {
    /// The built-in phrases, the operator's own `letters`, and the advisories and patches that are `published`.
    pub fn new<'t>(letters: impl IntoIterator<Item = &'t str>, published: impl IntoIterator<Item = &'t str>) -> Self {
        let mut names = BTreeSet::new();
        let furniture = LETTERS.into_iter().chain(FURNITURE.split("\n\n")).chain(letters).map(Folded::of);
        let mut texts: Vec<(Known, Stream)> = furniture.map(|text| (Known::Furniture, Stream::of(&text))).collect();
        texts.extend(SAID.split("\n\n").map(|text| (Known::Said, Stream::of(&Folded::of(text)))));
        for text in published {
            let text = Folded::of(text);
            names.extend(identifier::of(&text, Strength::Strong).into_keys());
            names.extend(text.text().split_whitespace().filter(|word| word.contains('@')).map(bare));
            texts.push((Known::Said, Stream::of(&text)));
        }
        Self { index: Index::of(texts.iter().map(|(_, stream)| stream)), texts, names }
    }

    /// Marks the words of `stream` that a public text has in the same order.
    pub(super) fn mark(&self, stream: &mut Stream) {
        let mut public = Vec::new();
        for run in self.index.runs(stream, |text| self.texts.get(text).map(|(_, stream)| stream)) {
            let words = stream.within(run.start, run.start + run.length);
            if words.len() >= WORDS {
                public.extend(self.texts.get(run.source).map(|(known, _)| (words, *known)));
            }
        }
        for (words, known) in public {
            for token in stream.tokens.get_mut(words).unwrap_or_default() {
                token.known = token.known.max(known);
            }
        }
    }

    /// Whether a public text has this name, or this address (in lower case).
    pub(super) fn knows(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}

/// An address without the marks around it, in lower case.
fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_ascii_lowercase()
}

impl Default for Public {
    fn default() -> Self {
        Self::new([], [])
    }
}

impl fmt::Debug for Public {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Public({} texts)", self.texts.len())
    }
}
