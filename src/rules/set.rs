//! A checked set of rules and how it decides: from the top, the first rule whose conditions all hold.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    ops::Range,
    sync::{Arc, OnceLock},
};

use crate::disclosure::Project;

use super::{
    MailView, PosterKind, Reason, RuleFileErrors,
    beside::Readers,
    explain::{self, RuleTrace},
    file,
    lookup::Lookup,
    pattern::{Pattern, Patterns},
    view::Answers,
    vocabulary::Vocabulary,
    weigh::{Weighing, with_evidence},
};

/// Whether a rule of some action may be open to anyone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// The rule must name who may have written the mail, and only members and the team: it acts in their name or answers them.
    Proven,
    /// Anyone: the rule only recognises or holds.
    Anyone,
}

/// What a kind of rule file can decide.
pub trait Ruling: Copy + Eq + std::fmt::Debug + 'static {
    /// The words of `action` and what they mean.
    const NAMES: &'static [(&'static str, Self)];
    /// The words of `suggests`; empty when the file has no such key.
    const SUGGESTIONS: &'static [&'static str];
    /// The words of `reason-class`; empty when the file has no such key.
    const REASON_CLASSES: &'static [&'static str];
    /// Whether such a rule needs a proven author.
    fn author(self) -> Author;
    /// Its word.
    fn as_str(self) -> &'static str {
        Self::NAMES.iter().find(|(_, ruling)| *ruling == self).map_or("", |(name, _)| name)
    }
}

/// Whether a rule's match counts against other rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// A match is a statement: it stands against rules that say otherwise.
    Full,
    /// A mere hint for the moderator (`hint = true`): it never stands against another rule.
    Hint,
}

/// What a condition looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// The decoded subject.
    Subject,
    /// The writer's own words.
    Body,
    /// Subject and own words.
    Words,
    /// Everything readable, lines kept.
    Text,
    /// The prose that stands beside the own words.
    Beside,
    /// Each author as `Name <address>`.
    Sender,
    /// Each address it was sent to.
    To,
    /// Each List-Id.
    List,
    /// Each attachment as `name type/subtype`.
    Attachment,
    /// Each header field of that name.
    Header(String),
}

impl Field {
    /// The fields with a plain key of their own; `Header` has a table instead.
    pub(super) fn name(&self) -> &str {
        match self {
            Field::Subject => "subject",
            Field::Body => "body",
            Field::Words => "words",
            Field::Text => "text",
            Field::Beside => "beside",
            Field::Sender => "sender",
            Field::To => "to",
            Field::List => "list",
            Field::Attachment => "attachment",
            Field::Header(name) => name,
        }
    }

    pub(super) fn texts<'v>(&self, view: &'v MailView) -> Vec<Cow<'v, str>> {
        let each = |texts: &'v [String]| texts.iter().map(|text| Cow::Borrowed(text.as_str())).collect();
        match self {
            Field::Subject => vec![Cow::Borrowed(view.subject.as_str())],
            Field::Body => vec![Cow::Borrowed(view.body.as_str())],
            Field::Words => vec![Cow::Borrowed(view.words.as_str())],
            Field::Text => vec![Cow::Borrowed(view.text.as_str())],
            Field::Beside => vec![Cow::Borrowed(view.beside().text.as_str())],
            Field::Sender => each(&view.sender),
            Field::To => each(&view.to),
            Field::List => each(&view.list),
            Field::Attachment => each(&view.attachment),
            Field::Header(name) => view.header(name).into_iter().map(Cow::Owned).collect(),
        }
    }

    /// The text that is looked at once for the words of all patterns of this field; subject and own words are one. The others are short.
    fn indexed(&self) -> Option<Indexed> {
        match self {
            Field::Subject | Field::Body | Field::Words => Some(Indexed::Words),
            Field::Text => Some(Indexed::Text),
            Field::Beside => Some(Indexed::Beside),
            _ => None,
        }
    }
}

/// A text that is searched for the words of all patterns in one pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Indexed {
    /// Subject and own words.
    Words,
    /// Everything readable.
    Text,
    /// The prose beside the own words.
    Beside,
    /// All other fields that the rules look at, one below the other: what is nowhere in them is in none.
    Others,
}

/// How the patterns of one rule file begin, read off when the first mail is judged.
#[derive(Debug, Default)]
pub(super) struct Indexes {
    words: Index,
    text: Index,
    beside: Index,
    others: Index,
    /// The other fields.
    pub(super) fields: Vec<Field>,
}

#[derive(Debug, Default)]
struct Index {
    sources: Vec<Arc<str>>,
    lookup: OnceLock<Lookup>,
}

impl Indexes {
    fn index(&self, text: Indexed) -> &Index {
        match text {
            Indexed::Words => &self.words,
            Indexed::Text => &self.text,
            Indexed::Beside => &self.beside,
            Indexed::Others => &self.others,
        }
    }

    pub(super) fn of(&self, text: Indexed) -> &Lookup {
        let index = self.index(text);
        index.lookup.get_or_init(|| Lookup::of(index.sources.iter().map(|source| &**source)))
    }

    /// How many patterns there are.
    pub(super) fn patterns(&self, text: Indexed) -> usize {
        self.index(text).sources.len()
    }
}

/// One condition of a rule.
#[derive(Debug, Clone)]
pub enum Condition {
    /// The author is one of these.
    From(Vec<PosterKind>),
    /// So many different patterns are found in the field.
    Found {
        /// Where to look.
        field: Field,
        /// What to look for.
        patterns: Patterns,
        /// How many different patterns must be found.
        at_least: usize,
    },
    /// None of the patterns is found in the field.
    Absent {
        /// Where to look.
        field: Field,
        /// What must not be there.
        patterns: Patterns,
    },
    /// The own words are at most so many characters long.
    BodyUnder(usize),
    /// Every sentence of the own words has one of the patterns; sentences of one or two words count for nothing.
    EverySentence(Patterns),
    /// Every word of the own words, and of a subject that the writer made, is known; every sentence is understood.
    EveryWord(Arc<Vocabulary>),
    /// Every word of the prose beside the own words is known to who reads its kind; every sentence is understood.
    EveryWordBeside(Arc<Readers>),
    /// The weights of the evidence found reach a sum.
    Weighed(Weighing),
}

impl Condition {
    /// The key of the rule file that makes this condition.
    pub fn key(&self) -> String {
        match self {
            Condition::From(_) => "from".to_owned(),
            Condition::Found { field: Field::Header(name), .. } => format!("header.{name}"),
            Condition::Absent { field: Field::Header(name), .. } => format!("unless-header.{name}"),
            Condition::Found { field, .. } => field.name().to_owned(),
            Condition::Absent { field, .. } => format!("unless-{}", field.name()),
            Condition::BodyUnder(_) => "body-under".to_owned(),
            Condition::EverySentence(_) => "every-sentence".to_owned(),
            Condition::EveryWord(_) => "every-word".to_owned(),
            Condition::EveryWordBeside(_) => "every-word-beside".to_owned(),
            Condition::Weighed(_) => "weigh".to_owned(),
        }
    }
}

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule<A> {
    /// Its name, unique in the file.
    pub name: String,
    /// What it decides.
    pub action: A,
    /// What must hold, cheapest first.
    pub conditions: Vec<Condition>,
    /// What a held mail's notice proposes.
    pub suggests: Option<&'static str>,
    /// The kind of reason given for it.
    pub reason_class: Option<&'static str>,
    /// A match jumps the queue.
    pub urgent: Urgent,
    /// Whether it stands against other rules.
    pub strength: Strength,
    /// Why the rule is there.
    pub note: Option<String>,
    /// The line of the file where it begins.
    pub line: usize,
    /// How the patterns of the file begin.
    pub(super) indexes: Arc<Indexes>,
}

/// Whether a rule's match is urgent (`urgency = "urgent"`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgent {
    /// It jumps the queue.
    Yes,
    /// It waits its turn.
    No,
}

/// A rule that matched, and where.
#[derive(Debug, Clone)]
pub struct Hit<'r, A> {
    /// The rule.
    pub rule: &'r Rule<A>,
    /// The texts that matched, one for each positive condition.
    pub reasons: Vec<Reason>,
}

/// A checked rule file.
#[derive(Debug, Clone)]
pub struct RuleSet<A> {
    rules: Vec<Rule<A>>,
    indexes: Arc<Indexes>,
}

impl<A: Ruling> RuleSet<A> {
    /// Checks the text of a rule file called `file` in messages. `{advisory}` in a pattern stands for an advisory number of the project
    /// (`XSA-484`), `{title}` for how its advisories' subjects begin.
    pub fn parse(file: &str, text: &str, project: &Project) -> Result<Self, RuleFileErrors> {
        file::parse(file, text, project)
    }

    /// Numbers the patterns. A pattern that stands in several places is one.
    pub(super) fn of(mut rules: Vec<Rule<A>>) -> Self {
        let mut known: BTreeMap<(Indexed, Arc<str>), Pattern> = BTreeMap::new();
        let mut sources: [Vec<Arc<str>>; 4] = Default::default();
        let [words, text, beside, others] = &mut sources;
        let mut reading: Vec<(Arc<Readers>, Arc<Readers>)> = Vec::new();
        let mut fields = Vec::new();
        let mut number = |indexed: Indexed, pattern: &Pattern| {
            let known = known.entry((indexed, pattern.source()));
            let same = known.or_insert_with(|| {
                let sources = match indexed {
                    Indexed::Words => &mut *words,
                    Indexed::Text => &mut *text,
                    Indexed::Beside => &mut *beside,
                    Indexed::Others => &mut *others,
                };
                sources.push(pattern.source());
                pattern.with_number(sources.len() - 1)
            });
            same.clone()
        };
        for condition in rules.iter_mut().flat_map(|rule| &mut rule.conditions).flat_map(with_evidence) {
            let (indexed, patterns) = match condition {
                Condition::Found { field, patterns, .. } | Condition::Absent { field, patterns } => {
                    if field.indexed().is_none() && !fields.contains(field) {
                        fields.push(field.clone());
                    }
                    (field.indexed().unwrap_or(Indexed::Others), patterns)
                }
                Condition::EverySentence(patterns) => (Indexed::Words, patterns),
                Condition::EveryWord(known) => {
                    let patterns = Arc::get_mut(known).into_iter().flat_map(Vocabulary::patterns_mut);
                    patterns.for_each(|pattern| *pattern = number(Indexed::Words, pattern));
                    continue;
                }
                Condition::EveryWordBeside(readers) => {
                    let known = reading.iter().find(|(as_read, _)| Arc::ptr_eq(as_read, readers));
                    let numbered = known.map(|(_, numbered)| Arc::clone(numbered)).unwrap_or_else(|| {
                        let mut own = Readers::clone(readers);
                        own.patterns_mut().for_each(|pattern| *pattern = number(Indexed::Beside, pattern));
                        Arc::new(own)
                    });
                    if known.is_none() {
                        reading.push((Arc::clone(readers), Arc::clone(&numbered)));
                    }
                    *readers = numbered;
                    continue;
                }
                Condition::From(_) | Condition::BodyUnder(_) | Condition::Weighed(_) => continue,
            };
            patterns.number(|pattern| number(indexed, pattern));
        }
        let [words, text, beside, others] = sources.map(|sources| Index { sources, lookup: OnceLock::new() });
        let indexes = Arc::new(Indexes { words, text, beside, others, fields });
        rules.iter_mut().for_each(|rule| rule.indexes = Arc::clone(&indexes));
        Self { rules, indexes }
    }

    /// The rules from the top.
    pub fn rules(&self) -> &[Rule<A>] {
        &self.rules
    }

    /// The first rule that matches.
    pub fn first<'r>(&'r self, view: &MailView) -> Option<Hit<'r, A>> {
        let answers = view.answers(&self.indexes);
        self.rules.iter().find_map(|rule| rule.check(view, &answers, |_| true))
    }

    /// Every rule with each of its conditions, true or false, and the text that made it so.
    pub fn explain(&self, view: &MailView) -> Vec<RuleTrace> {
        self.rules.iter().map(|rule| explain::trace(rule, view)).collect()
    }
}

impl<A: Ruling> Rule<A> {
    /// The rule's match, when all its conditions hold.
    pub fn matches(&self, view: &MailView) -> Option<Hit<'_, A>> {
        self.check(view, &view.answers(&self.indexes), |_| true)
    }
}

impl<A: Ruling> Rule<A> {
    /// The rule's match with its exceptions (`unless-`) put aside: everything that it wants is there.
    pub fn wanted(&self, view: &MailView) -> Option<Hit<'_, A>> {
        self.check(view, &view.answers(&self.indexes), |condition| {
            !matches!(
                condition,
                Condition::Absent { .. } | Condition::EverySentence(_) | Condition::EveryWord(_) | Condition::EveryWordBeside(_)
            )
        })
    }

    /// The first words that the rule does not know (`every-word`, `every-word-beside`); none when it knows all, or wants no such thing.
    pub fn unknown_words(&self, view: &MailView) -> Vec<Reason> {
        let answers = view.answers(&self.indexes);
        let is_asked = |condition: &&Condition| matches!(condition, Condition::EveryWord(_) | Condition::EveryWordBeside(_));
        let unknown = |condition: &Condition| {
            let found = condition.found(view, &answers).into_iter();
            found.map(|text| Reason::new(&self.name, &condition.key(), &text)).collect::<Vec<_>>()
        };
        // What stands beside the words matters when these are understood.
        self.conditions.iter().filter(is_asked).map(unknown).find(|unknown| !unknown.is_empty()).unwrap_or_default()
    }

    fn check(&self, view: &MailView, answers: &Answers, counts: impl Fn(&Condition) -> bool) -> Option<Hit<'_, A>> {
        // Each word and each sentence are the dearest questions: they are asked when everything else holds.
        let is_dear = |condition: &&Condition| {
            matches!(condition, Condition::EverySentence(_) | Condition::EveryWord(_) | Condition::EveryWordBeside(_))
        };
        let counted = self.conditions.iter().filter(|condition| counts(condition));
        // Most rules want something of which no trace is in the mail: what else they want need not be looked for.
        if counted.clone().any(|condition| condition.settled(view, answers) == Some(false)) {
            return None;
        }
        let others = counted.clone().filter(|condition| !is_dear(condition));
        let dear = counted.filter(is_dear);
        if !others.clone().chain(dear).all(|condition| condition.is_true(view, answers)) {
            return None;
        }
        let mut reasons = Vec::new();
        for condition in others.filter(|condition| matches!(condition, Condition::Found { .. } | Condition::Weighed(_))) {
            let found = condition.found(view, answers);
            reasons.extend(found.into_iter().map(|text| Reason::new(&self.name, &condition.key(), &text)));
        }
        Some(Hit { rule: self, reasons })
    }
}

impl Condition {
    /// Whether it holds, when that is known without a look at the text.
    pub(super) fn settled(&self, view: &MailView, answers: &Answers) -> Option<bool> {
        let settled = |field, patterns, enough| {
            let (least, most) = answers.bounds(field, patterns)?;
            if least >= enough { Some(true) } else { (most < enough).then_some(false) }
        };
        match self {
            Condition::From(_) | Condition::BodyUnder(_) => Some(self.is_true(view, answers)),
            Condition::Found { field, patterns, at_least } if field.indexed().is_some() => settled(field, patterns, *at_least),
            Condition::Absent { field, patterns } if field.indexed().is_some() => settled(field, patterns, 1).map(|found| !found),
            Condition::Found { patterns, at_least: 1.., .. } => (!answers.may_have_any(patterns)).then_some(false),
            Condition::Absent { patterns, .. } => (!answers.may_have_any(patterns)).then_some(true),
            Condition::Weighed(weighing) => weighing.settled(|sought| sought.settled(view, answers)),
            Condition::Found { .. } | Condition::EverySentence(_) | Condition::EveryWord(_) | Condition::EveryWordBeside(_) => {
                None
            }
        }
    }

    /// Whether it holds.
    pub(super) fn is_true(&self, view: &MailView, answers: &Answers) -> bool {
        match self {
            Condition::From(kinds) => kinds.contains(&view.poster),
            Condition::BodyUnder(limit) => view.body.len() <= *limit || view.body.chars().count() <= *limit,
            Condition::EveryWord(known) => answers.doubts(known, view).is_empty(),
            Condition::EveryWordBeside(readers) => answers.doubts_beside(readers, view).is_empty(),
            Condition::Weighed(weighing) => {
                weighing.is_reached(|sought| sought.settled(view, answers), |sought| sought.is_true(view, answers))
            }
            Condition::Found { field, patterns, at_least } if field.indexed().is_some() => {
                answers.count(field, patterns, *at_least) >= *at_least
            }
            Condition::Absent { field, patterns } if field.indexed().is_some() => answers.count(field, patterns, 1) == 0,
            Condition::Found { at_least, .. } => self.matches(view, answers).take(*at_least).count() >= *at_least,
            Condition::EverySentence(_) | Condition::Absent { .. } => self.matches(view, answers).next().is_none(),
        }
    }

    /// For each pattern found its first match, up to as many as are needed to decide; the first sentence that breaks `every-sentence`; all unknown words.
    pub(super) fn found(&self, view: &MailView, answers: &Answers) -> Vec<String> {
        let enough = match self {
            Condition::Found { at_least, .. } => *at_least,
            Condition::EveryWord(_) | Condition::EveryWordBeside(_) | Condition::Weighed(_) => usize::MAX,
            _ => 1,
        };
        self.matches(view, answers).take(enough).map(Cow::into_owned).collect()
    }

    /// The first match of each pattern found; the sentences that break `every-sentence`.
    fn matches<'a>(&'a self, view: &'a MailView, answers: &'a Answers) -> Box<dyn Iterator<Item = Cow<'a, str>> + 'a> {
        match self {
            Condition::From(_) | Condition::BodyUnder(_) => Box::new(std::iter::empty()),
            Condition::EveryWord(known) => Box::new(answers.doubts(known, view).to_vec().into_iter().map(Cow::Owned)),
            Condition::EveryWordBeside(readers) => {
                Box::new(answers.doubts_beside(readers, view).to_vec().into_iter().map(Cow::Owned))
            }
            Condition::Weighed(weighing) => {
                let texts = |sought: &Condition| sought.is_true(view, answers).then(|| sought.found(view, answers));
                Box::new(weighing.weigh(texts).1.into_iter().map(Cow::Owned))
            }
            Condition::EverySentence(patterns) => {
                let other = |sentence: &Range<usize>| !patterns.iter().any(|pattern| answers.is_in(sentence, pattern));
                Box::new(sentences(&view.body).filter(other).filter_map(|sentence| view.body.get(sentence)).map(Cow::Borrowed))
            }
            Condition::Found { field, patterns, .. } | Condition::Absent { field, patterns } => {
                if field.indexed().is_some() {
                    return Box::new(patterns.iter().filter_map(|pattern| answers.find(field, pattern)).map(Cow::Borrowed));
                }
                if !answers.may_have_any(patterns) {
                    return Box::new(std::iter::empty());
                }
                let texts = field.texts(view);
                let patterns = patterns.iter().filter(|pattern| answers.may_have(pattern));
                let first = move |pattern: &Pattern| texts.iter().find_map(|text| pattern.find(text)).map(str::to_owned);
                Box::new(patterns.filter_map(first).map(Cow::Owned))
            }
        }
    }
}

/// The sentences of more than two words: they end with a mark and a blank, or with their paragraph.
fn sentences(body: &str) -> impl Iterator<Item = Range<usize>> {
    let ends = |text: &str| text.ends_with(['.', '?', '!', ':', ';']);
    let mut start = 0;
    let paragraphs = body.split("\n\n").flat_map(move |paragraph| {
        let mut found = Vec::new();
        let (mut from, mut at) = (start, start);
        for word in paragraph.split(' ') {
            at += word.len();
            if ends(word) {
                found.push(from..at);
                from = at + 1;
            }
            at += 1;
        }
        found.push(from..start + paragraph.len());
        start += paragraph.len() + 2;
        found
    });
    paragraphs.filter_map(|sentence| {
        let text = body.get(sentence.clone())?;
        let from = sentence.start + (text.len() - text.trim_start().len());
        let sentence = from..from + text.trim().len();
        (text.split_whitespace().count() > 2).then_some(sentence)
    })
}
