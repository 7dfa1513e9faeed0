//! Tells the applicant's own words from the policy's, which applicants paste and answer below (corpus README, warning 5).
//!
//! A line is the policy's when its words begin a criterion, or go on where the line before it left off. That finds criteria quoted with
//! `>`, quoted with the wrapped rest unquoted, pasted bare, numbered, with the answer behind them on the same line; and it leaves an
//! applicant's own sentence alone that uses the policy's words ("We have read this policy and agree to abide by the terms").

use std::{collections::BTreeMap, ops::Range};

use super::{
    layout::{self, Mark, Marked},
    rules::ApplicationRules,
};

/// How much of a mail is read: no application is as long, and a longer one costs a reader more than it may. What is not read is not
/// there, so the checklist stays open.
const MAX_TEXT: usize = 200_000;
const MAX_LINES: usize = 3_000;
/// So many criteria without a word between them are the policy's list, pasted to be answered below it.
const WHOLE_LIST: usize = 3;

/// A sentence of the policy, as words.
#[derive(Debug, Clone)]
pub(super) struct Criterion {
    words: Vec<String>,
    item: Option<usize>,
}

impl Criterion {
    pub(super) fn new(text: &str, item: Option<usize>) -> Self {
        Self { words: words(text).into_iter().map(|(word, _)| word).collect(), item }
    }
}

/// The applicant's own lines, each with the item it answers where that is known.
pub(super) struct Answers {
    lines: Vec<OwnLine>,
    paragraphs: Vec<String>,
    sentences: Vec<Sentence>,
    pasted: Vec<usize>,
}

/// A sentence, which may reach over several lines, or a line of a list.
pub(super) struct Sentence {
    pub(super) text: String,
    /// Its lines, by their index among the own lines.
    pub(super) lines: Range<usize>,
}

/// One line of the applicant.
pub(super) struct OwnLine {
    pub(super) text: String,
    pub(super) item: Option<usize>,
    placeholder: bool,
}

/// How far into which criterion the line before went.
#[derive(Clone, Copy)]
struct Place {
    criterion: usize,
    read: usize,
}

/// Where the reader stands.
#[derive(Default)]
struct Reader {
    item: Option<usize>,
    place: Option<Place>,
    /// The first line and the text of the paragraph that has begun.
    from: usize,
    paragraph: String,
    /// Items by the number that stood before their criterion or label.
    numbers: BTreeMap<String, usize>,
    /// Criteria since the last own line.
    run: usize,
    /// The item was named by a label, not by its criterion.
    labelled: bool,
}

impl Answers {
    pub(super) fn read(text: &str, rules: &ApplicationRules) -> Self {
        let mut answers = Self { lines: Vec::new(), paragraphs: Vec::new(), sentences: Vec::new(), pasted: Vec::new() };
        let mut reader = Reader::default();
        let text = text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or_default();
        let text = layout::with_links_in_place(text);
        for line in text.lines().take(MAX_LINES) {
            if line.trim_end() == "--" {
                break;
            }
            answers.line(&mut reader, line, rules);
        }
        answers.end_paragraph(&mut reader);
        answers
    }

    fn line(&mut self, reader: &mut Reader, line: &str, rules: &ApplicationRules) {
        let (quoted, line) = layout::without_quote_marks(line);
        let Marked { number, mut mark, text: line } = layout::without_mark(line);
        if line.is_empty() {
            reader.place = None;
            self.end_paragraph(reader);
            // A list of criteria pasted as a whole, before anything is answered: what follows is not the answer to its last line.
            let whole_list = reader.run >= WHOLE_LIST && self.lines.iter().all(|line| line.item.is_none());
            // Nor does what follows a labelled answer belong to the label; below a criterion an answer may have paragraphs.
            let answered = reader.labelled && self.lines.last().is_some_and(|line| line.item == reader.item);
            if whole_list || answered {
                reader.item = None;
            }
            return;
        }
        match mark {
            Mark::None if !reader.paragraph.is_empty() => mark = Mark::Inside,
            Mark::None | Mark::Inside => {}
            Mark::List | Mark::Heading => self.end_paragraph(reader),
        }
        let mut own = line;
        if let Some((next, rest)) = criterion(line, reader.place, rules) {
            let went_on = reader.place.is_some_and(|place| place.criterion == next.criterion);
            reader.item = rules.criteria.get(next.criterion).and_then(|criterion| criterion.item);
            reader.run += usize::from(!went_on);
            reader.labelled = false;
            if let (Some(number), Some(item)) = (number, reader.item) {
                reader.numbers.insert(number.to_owned(), item);
            }
            self.pasted.extend(reader.item);
            reader.place = Some(next);
            self.end_paragraph(reader);
            own = rest.trim_start_matches(layout::separates);
        } else {
            reader.place = None;
            if quoted {
                return;
            }
            if let Some((labelled, rest)) = label(line, mark, rules) {
                (reader.item, reader.labelled) = (Some(labelled), true);
                self.end_paragraph(reader);
                own = rest;
            } else if let Some(item) = number.and_then(|number| reader.numbers.get(number)) {
                reader.item = Some(*item);
            } else if rules.closings.iter().any(|closing| closing.is_match(line)) {
                reader.item = None;
                self.end_paragraph(reader);
                return;
            } else if mark == Mark::Heading {
                reader.item = None;
            }
        }
        let own = own.trim_end_matches(|c: char| c.is_whitespace() || layout::BARS.contains(&c));
        if own.chars().any(char::is_alphanumeric) {
            let placeholder = rules.placeholders.iter().any(|pattern| pattern.is_match(own));
            self.lines.push(OwnLine { text: own.to_owned(), item: reader.item, placeholder });
            reader.run = 0;
            reader.paragraph.push_str(own);
            reader.paragraph.push(' ');
        }
    }

    /// The lines that answer the item.
    pub(super) fn of(&self, item: usize) -> impl Iterator<Item = &str> {
        self.lines.iter().filter(move |line| line.item == Some(item) && !line.placeholder).map(|line| line.text.as_str())
    }

    /// All own lines.
    pub(super) fn lines(&self) -> &[OwnLine] {
        &self.lines
    }

    /// The own words by paragraph, each on one line.
    pub(super) fn paragraphs(&self) -> impl Iterator<Item = &str> {
        self.paragraphs.iter().map(String::as_str)
    }

    /// Whether the policy's text of the item stands in the mail.
    pub(super) fn criterion_was_pasted(&self, item: usize) -> bool {
        self.pasted.contains(&item)
    }

    /// Whether a line may speak for the item. What answers another item may not, where the item was pasted and left without an answer.
    pub(super) fn is_free(&self, line: &OwnLine, item: usize) -> bool {
        line.item.is_none_or(|other| other == item) || !self.criterion_was_pasted(item)
    }

    /// The sentences, each with its lines, that may speak for the item.
    pub(super) fn free_sentences(&self, item: usize) -> impl Iterator<Item = (&Sentence, &[OwnLine])> {
        let with_lines =
            self.sentences.iter().map(|sentence| (sentence, self.lines.get(sentence.lines.clone()).unwrap_or_default()));
        with_lines.filter(move |(_, lines)| lines.iter().all(|line| self.is_free(line, item)))
    }

    fn end_paragraph(&mut self, reader: &mut Reader) {
        let text = std::mem::take(&mut reader.paragraph);
        let from = std::mem::replace(&mut reader.from, self.lines.len());
        if text.trim().is_empty() {
            return;
        }
        let mut ends = Vec::new();
        let mut end = 0;
        for line in self.lines.get(from..).unwrap_or_default() {
            end += line.text.len() + 1;
            ends.push(end);
        }
        for sentence in layout::sentences(&text) {
            let line_of = |at: usize| from + ends.iter().take_while(|end| **end <= at).count();
            let text = text.get(sentence.clone()).unwrap_or_default().trim().to_owned();
            self.sentences.push(Sentence { text, lines: line_of(sentence.start)..line_of(sentence.end.saturating_sub(1)) + 1 });
        }
        self.paragraphs.push(text.trim_end().to_owned());
    }
}

/// A label and what stands behind it: `Domains: example.net`, `## Domains`, `| Domains | example.net |`.
fn label<'l>(line: &'l str, mark: Mark, rules: &ApplicationRules) -> Option<(usize, &'l str)> {
    layout::heads(line, mark).find_map(|(head, rest)| {
        let item = rules.items.iter().find(|item| item.labels.iter().any(|label| label.is_match(head)))?;
        Some((item.index, rest))
    })
}

/// Whether the line is the policy's, how far it goes, and what stands behind it on the line.
fn criterion<'l>(line: &'l str, place: Option<Place>, rules: &ApplicationRules) -> Option<(Place, &'l str)> {
    let line_words = words(line);
    let mut best: Option<(Place, usize)> = None;
    for (index, criterion) in rules.criteria.iter().enumerate() {
        let starts = [Some(0), place.filter(|place| place.criterion == index).map(|place| place.read)];
        for start in starts.into_iter().flatten() {
            let rest = criterion.words.get(start..).unwrap_or_default();
            let same = line_words.iter().zip(rest).take_while(|((word, _), other)| word == *other).count();
            if belongs(same, line_words.len(), rest.len(), start) && best.is_none_or(|(_, most)| same > most) {
                best = Some((Place { criterion: index, read: start + same }, same));
            }
        }
    }
    let (place, same) = best?;
    let end = same.checked_sub(1).and_then(|last| line_words.get(last)).map_or(0, |(_, end)| *end);
    let to_its_end = rules.criteria.get(place.criterion).is_some_and(|criterion| criterion.words.len() == place.read);
    // Words that differ before the criterion is at its end are another version of the policy, not an answer.
    let rest = if to_its_end { line.get(end..).unwrap_or_default() } else { "" };
    Some((place, rest))
}

/// Whether `same` equal words of a line of `line` words make it the policy's, `rest` being what the criterion still has.
fn belongs(same: usize, line: usize, rest: usize, start: usize) -> bool {
    let whole_line = same == line && (same >= 3 || start > 0);
    let to_its_end = same == rest && same > 0;
    let reworded = same >= 6 && same * 5 >= line * 3;
    whole_line || to_its_end || reworded
}

/// The words of a text in a form that survives spelling and punctuation, each with the byte at which it ends.
fn words(text: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut word = String::new();
    for (at, c) in text.char_indices() {
        match c {
            c if c.is_whitespace() || c == '/' || layout::BARS.contains(&c) => finish(&mut found, &mut word, at),
            c if c.is_alphanumeric() => word.extend(c.to_lowercase()),
            // A colon ends a word even without a blank behind it ("organization:Example").
            ':' => finish(&mut found, &mut word, at),
            _ => {}
        }
    }
    finish(&mut found, &mut word, text.len());
    found
}

fn finish(found: &mut Vec<(String, usize)>, word: &mut String, end: usize) {
    if !word.is_empty() {
        found.push((std::mem::take(word).replace("ization", "isation"), end));
    }
}
