//! A mail taken apart into sentences, with the words of each that a list does not know.
//!
//! Several rules want every word known, with the same list, and differ in which sentences they let pass: what is the same for all is read once.
//! Read as far as somebody asks. Cannot fail.

use std::{ops::Range, sync::Arc};

use super::{super::set::Indexed, MailView, Sentence, Vocabulary, Word, Words, closing, firm, greeting, own, words};

/// What was read of one mail with one list of words.
pub(in crate::rules) struct Reading {
    known: Arc<Words>,
    /// The authors, in small letters.
    author: String,
    title: Option<(String, Vec<Range<usize>>)>,
    /// Where the paragraphs of the body stand, and their sentences once they were asked for.
    paragraphs: Vec<(Range<usize>, Option<Vec<Read>>)>,
}

/// A sentence and its unknown words, as places in the text that was read.
pub(super) struct Read {
    range: Range<usize>,
    unknown: Vec<Range<usize>>,
}

impl Read {
    /// The sentence again, of the same text.
    pub(super) fn sentence<'v>(&self, text: &'v str, within: Indexed) -> Sentence<'v> {
        let places = |range: &Range<usize>| text.get(range.clone());
        let unknown = self.unknown.iter().filter_map(places).collect();
        Sentence { text: places(&self.range).unwrap_or_default(), range: Some(self.range.clone()), within, unknown }
    }
}

impl Reading {
    pub(super) fn of(known: &Arc<Words>, view: &MailView) -> Self {
        let mut at = 0;
        let paragraph = |paragraph: &str| {
            let range = at..at + paragraph.len();
            at = range.end + 2;
            (range, None)
        };
        let paragraphs = view.body.split("\n\n").map(paragraph).collect();
        Self { known: Arc::clone(known), author: view.sender.join(" ").to_lowercase(), title: None, paragraphs }
    }

    /// Whether it is one with the words of that vocabulary.
    pub(in crate::rules) fn is_with(&self, vocabulary: &Vocabulary) -> bool {
        Arc::ptr_eq(&self.known, &vocabulary.known)
    }

    pub(super) fn paragraphs(&self) -> usize {
        self.paragraphs.len()
    }

    /// The subject. Each of its words may have a capital.
    pub(super) fn title<'v>(&'v mut self, subject: &'v str, vocabulary: &Vocabulary) -> Sentence<'v> {
        let author = &self.author;
        let read = || {
            let tokens: Vec<&str> = subject.split_whitespace().collect();
            let mut title = words(&tokens);
            title.iter_mut().for_each(|word| word.first = true);
            own(&mut title, &firm(author));
            let unknown = vocabulary.look(&title).into_iter().map(|word| place_in(subject, word.shown)).collect();
            (tokens.join(" "), unknown)
        };
        let (text, unknown) = self.title.get_or_insert_with(read);
        Sentence {
            text,
            range: None,
            within: Indexed::Words,
            unknown: unknown.iter().filter_map(|range| subject.get(range.clone())).collect(),
        }
    }

    /// The sentences of a paragraph.
    pub(super) fn sentences<'v>(
        &mut self,
        paragraph: usize,
        body: &'v str,
        vocabulary: &Vocabulary,
    ) -> impl Iterator<Item = Sentence<'v>> {
        let last = paragraph + 1 == self.paragraphs.len();
        let author = &self.author;
        let sentences: &[Read] = match self.paragraphs.get_mut(paragraph) {
            Some((range, sentences)) => sentences.get_or_insert_with(|| {
                let text = body.get(range.clone()).unwrap_or_default();
                let mut tokens: Vec<&str> = text.split_whitespace().collect();
                if paragraph == 0 {
                    tokens = tokens.split_off(greeting(&tokens));
                }
                if last {
                    tokens.truncate(closing(&tokens, author));
                }
                let mut words = words(&tokens);
                own(&mut words, &firm(author));
                read(&tokens, &words, body, vocabulary)
            }),
            None => &[],
        };
        sentences.iter().map(|read| read.sentence(body, Indexed::Words))
    }
}

/// A sentence begins where a capital says nothing.
pub(super) fn read(tokens: &[&str], words: &[Word<'_>], text: &str, vocabulary: &Vocabulary) -> Vec<Read> {
    let mut unknown = vocabulary.look(words).into_iter().peekable();
    let mut starts = words.iter().filter(|word| word.first).map(|word| word.token).peekable();
    let mut sentences = Vec::new();
    while let Some(from) = starts.next() {
        let to = starts.peek().copied().unwrap_or(tokens.len());
        let mut within = Vec::new();
        while let Some(word) = unknown.next_if(|word| word.token < to) {
            within.push(place_in(text, word.shown));
        }
        let ends = tokens.get(from..to).and_then(|tokens| tokens.first().zip(tokens.last()));
        // The text has one blank between words. Two starts in one token: the first has nothing of its own.
        let range = ends.map(|(first, last)| place_in(text, first).start..place_in(text, last).end);
        sentences.push(Read { range: range.unwrap_or_default(), unknown: within });
    }
    sentences
}

/// Where a piece of a text stands in it.
fn place_in(text: &str, piece: &str) -> Range<usize> {
    let start = (piece.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    start..start + piece.len()
}
