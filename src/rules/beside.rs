//! Known words in what a mail carries beside its own (`every-word-beside`): commit messages, comments, logs, signatures, questions, attached texts.
//!
//! Each kind of prose has its readers, `[beside.NAME]` of the rule file: the message of a commit may tell what went wrong before the patch, a signature may
//! have names in it. Promises: what nobody reads is not understood. Cannot fail.

use crate::mail::{Beside, BesideKind};

use super::{MailView, Pattern, Vocabulary, view::Answers, vocabulary};

/// Whether words with a capital need to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Like any other word.
    Words,
    /// They are names.
    Known,
    /// Any word may have one: it is a title.
    Title,
}

/// One who reads some kinds of prose.
#[derive(Debug, Clone)]
pub struct Reader {
    kinds: Vec<BesideKind>,
    vocabulary: Vocabulary,
    names: Names,
}

/// All readers of a rule.
#[derive(Debug, Clone)]
pub struct Readers(Vec<Reader>);

impl From<Vec<Reader>> for Readers {
    fn from(readers: Vec<Reader>) -> Self {
        Self(readers)
    }
}

impl Reader {
    /// One of these kinds.
    pub(super) fn new(kinds: Vec<BesideKind>, vocabulary: Vocabulary, names: Names) -> Self {
        Self { kinds, vocabulary, names }
    }
}

impl Readers {
    /// The patterns that are looked for in sentences.
    pub(super) fn patterns_mut(&mut self) -> impl Iterator<Item = &mut Pattern> {
        self.0.iter_mut().flat_map(|reader| reader.vocabulary.patterns_mut())
    }

    /// The first words that are not known, and sentences that are not understood, each with the kind of prose it stands in.
    pub(super) fn doubts(&self, view: &MailView, answers: &Answers) -> Vec<String> {
        let Beside { text, pieces } = view.beside();
        let mut doubts = Vec::new();
        for piece in pieces {
            if doubts.len() >= vocabulary::SHOWN {
                break;
            }
            let name = piece.kind.as_str();
            let Some(reader) = self.0.iter().find(|reader| reader.kinds.contains(&piece.kind)) else {
                doubts.push(format!("{name}: nobody reads this"));
                continue;
            };
            let names = if piece.kind == BesideKind::Subject { Names::Title } else { reader.names };
            let found = reader.vocabulary.doubts_of_piece(text, &piece.range, names, view, answers);
            doubts.extend(found.into_iter().map(|doubt| format!("{name}: {doubt}")));
        }
        doubts.truncate(vocabulary::SHOWN);
        doubts
    }
}
