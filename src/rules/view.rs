//! What one mail shows to rules.
//!
//! Line breaks inside a paragraph are blanks in `body` and `words`, so that a pattern matches a phrase wherever its writer's program broke the
//! line; `text` keeps its lines, for patterns about logs and patches. Every field is cut at [`MAX_TEXT`] bytes.

use std::{
    ops::{Deref, Range},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use crate::{
    disclosure::Poster,
    mail::{Address, Message, RawMessage, RemovedKind, Shown, headers::Headers, shown},
};

use super::{
    lookup::Places,
    pattern::{Letters, Pattern},
    set::{Field, Indexed, Indexes},
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
    /// Authenticated, at a member's domain, not confirmed (D15).
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
            answers: Arc::default(),
        }
    }

    /// The values of the header fields of that name, unfolded.
    pub fn header(&self, name: &str) -> Vec<String> {
        Headers::of(self.raw.bytes()).all(name).map(|field| cut(&field.unfolded()).to_owned()).collect()
    }

    /// What is known of the patterns of a rule file. Each is looked for once.
    pub(super) fn answers(&self, indexes: &Arc<Indexes>) -> Arc<Answers> {
        let mut known = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answers) = known.iter().find(|answers| Arc::ptr_eq(&answers.indexes, indexes)) {
            return Arc::clone(answers);
        }
        let answers = Arc::new(Answers::of(&self.shown, indexes));
        known.push(Arc::clone(&answers));
        answers
    }
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or(text)
}

/// What the patterns of one rule file find in the four texts of a mail, each looked for when it is first asked for.
pub(super) struct Answers {
    shown: Arc<Shown>,
    indexes: Arc<Indexes>,
    words: OnceLock<Seen>,
    text: OnceLock<Seen>,
    found: Vec<OnceLock<Option<Range<usize>>>>,
}

/// Where patterns may begin in a text, and of which letters it is made.
struct Seen {
    places: Places,
    letters: Letters,
}

impl Answers {
    fn of(shown: &Arc<Shown>, indexes: &Arc<Indexes>) -> Self {
        let found = (0..indexes.answers()).map(|_| OnceLock::new()).collect();
        Self { shown: Arc::clone(shown), indexes: Arc::clone(indexes), words: OnceLock::new(), text: OnceLock::new(), found }
    }

    /// The first match of the pattern in that field; `None` also for a field that is no text of the mail.
    pub(super) fn find(&self, field: &Field, pattern: &Pattern) -> Option<&str> {
        let (indexed, text, offset) = match field {
            Field::Subject => (Indexed::Words, &self.shown.subject, 0),
            Field::Body => (Indexed::Words, &self.shown.body, self.body_at()),
            Field::Words => (Indexed::Words, &self.shown.words, 0),
            Field::Text => (Indexed::Text, &self.shown.text, 0),
            Field::Sender | Field::To | Field::List | Field::Attachment | Field::Header(_) => return None,
        };
        if !self.seen(indexed).places.may_have(pattern.number) {
            return None;
        }
        let look = || self.look(indexed, text, offset, pattern);
        let found = match self.found.get(pattern.answer) {
            Some(known) => known.get_or_init(look).clone(),
            None => look(),
        };
        text.get(found?)
    }

    /// Whether the pattern is found in a sentence of the body.
    pub(super) fn is_in(&self, sentence: &Range<usize>, pattern: &Pattern) -> bool {
        let Some(text) = self.shown.body.get(sentence.clone()) else { return false };
        self.look(Indexed::Words, text, self.body_at() + sentence.start, pattern).is_some()
    }

    fn look(&self, indexed: Indexed, text: &str, offset: usize, pattern: &Pattern) -> Option<Range<usize>> {
        let seen = self.seen(indexed);
        let whole = self.text_of(indexed);
        match self.indexes.of(indexed).begins(pattern.number, &seen.places, whole, &(offset..offset + text.len())) {
            Some(places) => pattern.find_at(text, seen.letters, places.iter().map(|place| *place as usize - offset)),
            None => pattern.find_from(text, 0, seen.letters),
        }
    }

    fn seen(&self, indexed: Indexed) -> &Seen {
        let seen = if indexed == Indexed::Words { &self.words } else { &self.text };
        let text = self.text_of(indexed);
        seen.get_or_init(|| Seen { places: self.indexes.of(indexed).places(text), letters: Letters::of(text) })
    }

    fn text_of(&self, indexed: Indexed) -> &str {
        match indexed {
            Indexed::Words => &self.shown.words,
            Indexed::Text => &self.shown.text,
        }
    }

    fn body_at(&self) -> usize {
        self.shown.words.len() - self.shown.body.len()
    }
}
