//! A piece of prose beside the own words of a mail.

use std::{ops::Range, sync::Arc};

use crate::mail::is_small;

use super::{
    super::{MailView, beside::Names, set::Indexed, view::Answers},
    SHOWN, Vocabulary, Word, firm, own, reading, words,
};

impl Vocabulary {
    /// The same, but for words: none of them needs to be known.
    pub(in super::super) fn without_words(mut self) -> Self {
        self.known = Arc::default();
        self.words = super::Asked::Sentences;
        self
    }

    /// The first words of a piece that are not known, and sentences that are not understood.
    pub(in super::super) fn doubts_of_piece(
        &self,
        text: &str,
        range: &Range<usize>,
        names: Names,
        view: &MailView,
        answers: &Answers,
    ) -> Vec<String> {
        let author = view.sender.join(" ").to_lowercase();
        let firm = firm(&author);
        let piece = text.get(range.clone()).unwrap_or_default();
        let tokens: Vec<&str> = piece.split(' ').filter(|token| !token.is_empty()).collect();
        let mut words = words(&tokens);
        own(&mut words, &firm);
        if names == Names::Known {
            // A sentence with a capital for each word is no name.
            let is_name =
                |word: &Word<'_>| word.text.starts_with(char::is_uppercase) && (!is_small(&word.text) || word.text == "IT");
            words.iter_mut().filter(|word| is_name(word)).for_each(|word| word.technical = true);
        }
        if names == Names::Title {
            words.iter_mut().for_each(|word| word.first = word.token == 0 || word.text.chars().any(char::is_uppercase));
        }
        let mut doubts = Vec::new();
        for read in reading::read(&tokens, &words, text, self) {
            let sentence = read.sentence(text, Indexed::Beside);
            if self.words == super::Asked::Words {
                self.unknown(&sentence, Some(answers), &mut doubts);
            }
            let goes_wrong = self.wary.iter().find_map(|wary| wary.finds(&sentence, Some(answers)));
            doubts.extend(goes_wrong.map(|found| format!("what goes wrong where: `{found}`")));
            if doubts.len() >= SHOWN {
                break;
            }
        }
        doubts
    }
}
