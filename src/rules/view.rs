//! What one mail shows to rules.
//!
//! Line breaks inside a paragraph are blanks in `body` and `words`, so that a pattern matches a phrase wherever its writer's program broke the
//! line; `text` keeps its lines, for patterns about logs and patches. Every field is cut at [`MAX_TEXT`] bytes.

use std::{
    ops::{Deref, Range},
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{
    disclosure::Poster,
    mail::{
        Address, Message, RawMessage, RemovedKind, Shown,
        headers::{Found, Headers},
        shown,
    },
};

use super::{
    beside::Readers,
    lookup::Places,
    pattern::{Pattern, Patterns},
    set::{Field, Indexed, Indexes},
    vocabulary::{Reading, Vocabulary},
};

pub use shown::MAX_TEXT;

/// What `attachment` shows for a patch that stands in the text.
const INLINE_PATCH: &str = "(inline) text/x-patch";

/// Who wrote a mail, as far as rules care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PosterKind {
    /// A person of the team, authenticated.
    Team,
    /// A confirmed poster or role address of a member, authenticated.
    Member,
    /// Authenticated, at a member's domain, not confirmed.
    MembersDomain,
    /// Authenticated, unknown.
    Stranger,
    /// Not authenticated.
    Unproven,
}

impl PosterKind {
    /// All kinds with the words rule files use for them.
    pub const NAMES: [(&'static str, PosterKind); 5] = [
        ("team", PosterKind::Team),
        ("member", PosterKind::Member),
        ("members-domain", PosterKind::MembersDomain),
        ("stranger", PosterKind::Stranger),
        ("unproven", PosterKind::Unproven),
    ];

    /// The word rule files use.
    pub fn as_str(self) -> &'static str {
        match self {
            PosterKind::Team => "team",
            PosterKind::Member => "member",
            PosterKind::MembersDomain => "members-domain",
            PosterKind::Stranger => "stranger",
            PosterKind::Unproven => "unproven",
        }
    }
}

impl From<&Poster> for PosterKind {
    fn from(poster: &Poster) -> Self {
        match poster {
            Poster::Team(_) => PosterKind::Team,
            Poster::Member { .. } => PosterKind::Member,
            Poster::MembersDomain { .. } => PosterKind::MembersDomain,
            Poster::Stranger => PosterKind::Stranger,
            Poster::Unproven => PosterKind::Unproven,
        }
    }
}

/// What a mail shows to rules: the texts of [`Shown`], and whose mail it is. No `Debug`: it is the mail.
#[derive(Clone)]
pub struct MailView {
    shown: Arc<Shown>,
    /// `Name <address>` of each author.
    pub sender: Vec<String>,
    /// Addresses it was sent to, by header and envelope.
    pub to: Vec<String>,
    /// List-Ids.
    pub list: Vec<String>,
    /// `name type/subtype` of each attachment; `(inline) text/x-patch` for a patch in the text.
    pub attachment: Vec<String>,
    /// Who wrote it.
    pub poster: PosterKind,
    raw: RawMessage,
    fields: Found,
    /// What was found out so far, for each rule file that was asked.
    answers: Arc<Mutex<Vec<Arc<Answers>>>>,
}

impl Deref for MailView {
    type Target = Shown;

    fn deref(&self) -> &Shown {
        &self.shown
    }
}

impl MailView {
    /// Looks at a message. `envelope_to` are the addresses it was delivered to, as far as known.
    pub fn of(message: &Message, poster: PosterKind, envelope_to: &[Address]) -> Self {
        let sender = message.from.iter().map(|author| match &author.name {
            Some(name) => format!("{name} <{}>", author.address),
            None => author.address.to_string(),
        });
        let attachment = message
            .attachments()
            .map(|part| format!("{} {}", part.name.as_deref().unwrap_or_default(), part.content_type).trim().to_owned());
        let removed = &message.own_words().removed;
        let inline = removed.iter().filter(|removed| removed.kind == RemovedKind::Patch).map(|_| INLINE_PATCH.to_owned());
        Self {
            shown: message.shown(),
            sender: sender.collect(),
            to: message.recipients().chain(envelope_to).map(ToString::to_string).collect(),
            list: message.list_ids.iter().map(ToString::to_string).collect(),
            attachment: attachment.chain(inline).collect(),
            poster,
            raw: message.raw.clone(),
            fields: message.found().clone(),
            answers: Arc::default(),
        }
    }

    /// The values of the header fields of that name, unfolded.
    pub fn header(&self, name: &str) -> Vec<String> {
        Headers::again(self.raw.bytes(), &self.fields).all(name).map(|field| cut(&field.unfolded()).to_owned()).collect()
    }

    /// What is known of the patterns of a rule file. Each is looked for once.
    pub(super) fn answers(&self, indexes: &Arc<Indexes>) -> Arc<Answers> {
        let mut known = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answers) = known.iter().find(|answers| Arc::ptr_eq(&answers.indexes, indexes)) {
            return Arc::clone(answers);
        }
        let answers = Arc::new(Answers::of(self, indexes));
        known.push(Arc::clone(&answers));
        answers
    }
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or(text)
}

/// What the patterns of one rule file find in the five texts of a mail, each looked for when it is first asked for.
pub(super) struct Answers {
    shown: Arc<Shown>,
    indexes: Arc<Indexes>,
    words: OnceLock<Places>,
    text: OnceLock<Places>,
    beside: OnceLock<Places>,
    others: Places,
    known: [Vec<Known>; 5],
    doubts: Mutex<Doubts>,
}

/// What became of the words of the mail one by one.
#[derive(Default)]
struct Doubts {
    /// What vocabularies said, by where they are kept.
    said: Vec<(usize, Arc<Vec<String>>)>,
    readings: Vec<Reading>,
}

/// Of sixty-four patterns in one field.
#[derive(Default)]
struct Known {
    asked: AtomicU64,
    found: AtomicU64,
}

/// One of the five texts: where its answers are kept, which text is looked through for it, and which part of that it is.
struct Asked<'a> {
    slot: usize,
    indexed: Indexed,
    text: &'a str,
    offset: usize,
}

impl Answers {
    fn of(view: &MailView, indexes: &Arc<Indexes>) -> Self {
        let known = |indexed| (0..indexes.patterns(indexed).div_ceil(64)).map(|_| Known::default()).collect();
        let known = [Indexed::Words, Indexed::Words, Indexed::Words, Indexed::Text, Indexed::Beside].map(known);
        let mut all = String::new();
        for text in indexes.fields.iter().flat_map(|field| field.texts(view)) {
            all.push_str(&text);
            all.push('\n');
        }
        let others = indexes.of(Indexed::Others).places(&all);
        let (words, text, beside, doubts) = (OnceLock::new(), OnceLock::new(), OnceLock::new(), Mutex::default());
        Self { shown: Arc::clone(&view.shown), indexes: Arc::clone(indexes), words, text, beside, others, known, doubts }
    }

    /// `None` for a field that is no text of the mail.
    fn asked(&self, field: &Field) -> Option<Asked<'_>> {
        let (slot, indexed, text, offset) = match field {
            Field::Subject => (0, Indexed::Words, &self.shown.subject, 0),
            Field::Body => (1, Indexed::Words, &self.shown.body, self.body_at()),
            Field::Words => (2, Indexed::Words, &self.shown.words, 0),
            Field::Text => (3, Indexed::Text, &self.shown.text, 0),
            Field::Beside => (4, Indexed::Beside, &self.shown.beside().text, 0),
            Field::Sender | Field::To | Field::List | Field::Attachment | Field::Header(_) => return None,
        };
        Some(Asked { slot, indexed, text, offset })
    }

    /// How many of the patterns are found in that field; no more than `enough` are looked for.
    pub(super) fn count(&self, field: &Field, patterns: &Patterns, enough: usize) -> usize {
        let Some(asked) = self.asked(field) else { return 0 };
        let places = self.places(asked.indexed);
        let known = self.known.get(asked.slot).map(Vec::as_slice).unwrap_or_default();
        let mut count = 0;
        for (word, numbers) in patterns.numbers() {
            let (possible, Some(known)) = (places.possible(*word) & numbers, known.get(*word)) else { continue };
            if possible == 0 {
                continue;
            }
            count += (known.found.load(Ordering::Relaxed) & possible).count_ones() as usize;
            let mut open = possible & !known.asked.load(Ordering::Relaxed);
            while open != 0 && count < enough {
                let bit = open & open.wrapping_neg();
                open ^= bit;
                let pattern = patterns.numbered(word * 64 + bit.trailing_zeros() as usize);
                let found = pattern.is_some_and(|pattern| self.look(&asked, pattern).is_some());
                known.asked.fetch_or(bit, Ordering::Relaxed);
                if found {
                    known.found.fetch_or(bit, Ordering::Relaxed);
                    count += 1;
                }
            }
            if count >= enough {
                return enough;
            }
        }
        count
    }

    /// How many of the patterns are found in that field, at least and at most, as far as that is known without a look; `None` when the text was not
    /// looked through yet.
    pub(super) fn bounds(&self, field: &Field, patterns: &Patterns) -> Option<(usize, usize)> {
        let asked = self.asked(field)?;
        let places = match asked.indexed {
            Indexed::Text => self.text.get()?,
            Indexed::Beside => self.beside.get()?,
            other => self.places(other),
        };
        let known = self.known.get(asked.slot)?;
        let mut bounds = (0, 0);
        for (word, numbers) in patterns.numbers() {
            let possible = places.possible(*word) & numbers;
            if possible != 0 {
                let known = known.get(*word)?;
                let found = known.found.load(Ordering::Relaxed) & possible;
                let missed = known.asked.load(Ordering::Relaxed) & !found & possible;
                bounds.0 += found.count_ones() as usize;
                bounds.1 += (possible & !missed).count_ones() as usize;
            }
        }
        Some(bounds)
    }

    /// The first match of the pattern in that field; `None` also for a field that is no text of the mail.
    pub(super) fn find(&self, field: &Field, pattern: &Pattern) -> Option<&str> {
        let asked = self.asked(field)?;
        let (word, bit) = (pattern.number / 64, 1 << (pattern.number % 64));
        let known = self.known.get(asked.slot)?.get(word)?;
        let ruled_out = known.asked.load(Ordering::Relaxed) & !known.found.load(Ordering::Relaxed);
        if self.places(asked.indexed).possible(word) & !ruled_out & bit == 0 {
            return None;
        }
        let found = self.look(&asked, pattern);
        known.asked.fetch_or(bit, Ordering::Relaxed);
        known.found.fetch_or(if found.is_some() { bit } else { 0 }, Ordering::Relaxed);
        self.asked(field)?.text.get(found?)
    }

    /// Whether the pattern is found in a sentence of the body.
    pub(super) fn is_in(&self, sentence: &Range<usize>, pattern: &Pattern) -> bool {
        self.find_in(Indexed::Words, sentence, pattern).is_some()
    }

    /// The first match of the pattern in a sentence of the body, or of what stands beside it.
    pub(super) fn find_in(&self, indexed: Indexed, sentence: &Range<usize>, pattern: &Pattern) -> Option<Range<usize>> {
        let (slot, text, start) = match indexed {
            Indexed::Beside => (4, self.shown.beside().text.as_str(), 0),
            _ => (1, self.shown.body.as_str(), self.body_at()),
        };
        let text = text.get(sentence.clone())?;
        if self.places(indexed).possible(pattern.number / 64) >> (pattern.number % 64) & 1 == 0 {
            return None;
        }
        self.look(&Asked { slot, indexed, text, offset: start + sentence.start }, pattern)
    }

    /// What a vocabulary does not know of the mail, or does not understand.
    pub(super) fn doubts(&self, known: &Vocabulary, view: &MailView) -> Arc<Vec<String>> {
        self.once(std::ptr::from_ref(known) as usize, |readings| {
            let reading = readings.iter().position(|reading| reading.is_with(known));
            let at = reading.unwrap_or_else(|| {
                readings.push(known.reading(view));
                readings.len() - 1
            });
            let doubts = readings.get_mut(at).map(|reading| known.doubts_with(view, Some(self), reading));
            doubts.unwrap_or_default()
        })
    }

    /// The same of what stands beside the own words.
    pub(super) fn doubts_beside(&self, readers: &Readers, view: &MailView) -> Arc<Vec<String>> {
        self.once(std::ptr::from_ref(readers) as usize, |_| readers.doubts(view, self))
    }

    fn once(&self, name: usize, doubts: impl FnOnce(&mut Vec<Reading>) -> Vec<String>) -> Arc<Vec<String>> {
        let mut all = self.doubts.lock().unwrap_or_else(PoisonError::into_inner);
        let Doubts { said, readings } = &mut *all;
        if let Some((_, doubts)) = said.iter().find(|(other, _)| *other == name) {
            return Arc::clone(doubts);
        }
        let doubts = Arc::new(doubts(readings));
        said.push((name, Arc::clone(&doubts)));
        doubts
    }

    fn look(&self, asked: &Asked<'_>, pattern: &Pattern) -> Option<Range<usize>> {
        let (whole, part) = (self.text_of(asked.indexed), asked.offset..asked.offset + asked.text.len());
        let places = self.places(asked.indexed);
        match self.indexes.of(asked.indexed).begins(pattern.number, places, whole, &part) {
            Some(places) => pattern.find_at(asked.text, places.iter().map(|place| *place as usize - asked.offset)),
            None => pattern.find_from(asked.text, 0),
        }
    }

    /// Whether some of these patterns of another field may be found in one.
    pub(super) fn may_have_any(&self, patterns: &Patterns) -> bool {
        patterns.numbers().iter().any(|(word, numbers)| self.others.possible(*word) & numbers != 0)
    }

    /// The same of one.
    pub(super) fn may_have(&self, pattern: &Pattern) -> bool {
        self.others.possible(pattern.number / 64) >> (pattern.number % 64) & 1 != 0
    }

    fn places(&self, indexed: Indexed) -> &Places {
        let places = match indexed {
            Indexed::Words => &self.words,
            Indexed::Text => &self.text,
            Indexed::Beside => &self.beside,
            Indexed::Others => return &self.others,
        };
        places.get_or_init(|| self.indexes.of(indexed).places(self.text_of(indexed)))
    }

    fn text_of(&self, indexed: Indexed) -> &str {
        match indexed {
            Indexed::Words => &self.shown.words,
            Indexed::Text => &self.shown.text,
            Indexed::Beside => &self.shown.beside().text,
            // Its places are found when the answers are made.
            Indexed::Others => "",
        }
    }

    fn body_at(&self) -> usize {
        self.shown.words.len() - self.shown.body.len()
    }
}
