//! A checked set of rules and how it decides: from the top, the first rule whose conditions all hold.

use std::{borrow::Cow, sync::Arc};

use crate::disclosure::Project;

use super::{
    MailView, PosterKind, Reason, RuleFileErrors,
    explain::{self, RuleTrace},
    file,
    needed::Index,
    pattern::Pattern,
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
            Field::Subject => vec![Cow::Borrowed(&view.subject)],
            Field::Body => vec![Cow::Borrowed(&view.body)],
            Field::Words => vec![Cow::Borrowed(&view.words)],
            Field::Text => vec![Cow::Borrowed(&view.text)],
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
            _ => None,
        }
    }
}

/// A text that is searched for the words of all patterns in one pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Indexed {
    /// Subject and own words.
    Words,
    /// Everything readable.
    Text,
}

/// The words that the patterns of one rule file need.
#[derive(Debug, Default)]
pub(super) struct Indexes {
    words: Index,
    text: Index,
}

impl Indexes {
    pub(super) fn of(&self, text: Indexed) -> &Index {
        match text {
            Indexed::Words => &self.words,
            Indexed::Text => &self.text,
        }
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
        patterns: Vec<Pattern>,
        /// How many different patterns must be found.
        at_least: usize,
    },
    /// None of the patterns is found in the field.
    Absent {
        /// Where to look.
        field: Field,
        /// What must not be there.
        patterns: Vec<Pattern>,
    },
    /// The own words are at most so many characters long.
    BodyUnder(usize),
    /// Every sentence of the own words has one of the patterns; sentences of one or two words count for nothing.
    EverySentence(Vec<Pattern>),
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
    /// What the patterns of the file need to match at all.
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
}

impl<A: Ruling> RuleSet<A> {
    /// Checks the text of a rule file called `file` in messages. `{advisory}` in a pattern stands for an advisory number of the project
    /// (`XSA-484`), `{title}` for how its advisories' subjects begin.
    pub fn parse(file: &str, text: &str, project: &Project) -> Result<Self, RuleFileErrors> {
        file::parse(file, text, project)
    }

    /// Numbers the patterns and reads off what they need.
    pub(super) fn of(mut rules: Vec<Rule<A>>) -> Self {
        let mut known: [Vec<String>; 2] = [Vec::new(), Vec::new()];
        let [words, text] = &mut known;
        for condition in rules.iter_mut().flat_map(|rule| &mut rule.conditions).flat_map(with_evidence) {
            let (indexed, patterns) = match condition {
                Condition::Found { field, patterns, .. } | Condition::Absent { field, patterns } => (field.indexed(), patterns),
                Condition::EverySentence(patterns) => (Some(Indexed::Words), patterns),
                Condition::From(_) | Condition::BodyUnder(_) | Condition::Weighed(_) => continue,
            };
            let sources = match indexed {
                Some(Indexed::Words) => &mut *words,
                Some(Indexed::Text) => &mut *text,
                None => continue,
            };
            for pattern in patterns {
                pattern.number = sources.len();
                sources.push(pattern.as_str().to_owned());
            }
        }
        let [words, text] = known.map(|sources| Index::of(sources.iter().map(String::as_str)));
        let indexes = Arc::new(Indexes { words, text });
        rules.iter_mut().for_each(|rule| rule.indexes = Arc::clone(&indexes));
        Self { rules }
    }

    /// The rules from the top.
    pub fn rules(&self) -> &[Rule<A>] {
        &self.rules
    }

    /// The first rule that matches.
    pub fn first<'r>(&'r self, view: &MailView) -> Option<Hit<'r, A>> {
        self.rules.iter().find_map(|rule| rule.matches(view))
    }

    /// All rules that match, from the top.
    pub fn hits<'r>(&'r self, view: &MailView) -> Vec<Hit<'r, A>> {
        self.rules.iter().filter_map(|rule| rule.matches(view)).collect()
    }

    /// Every rule with each of its conditions, true or false, and the text that made it so.
    pub fn explain(&self, view: &MailView) -> Vec<RuleTrace> {
        self.rules.iter().map(|rule| explain::trace(rule, view)).collect()
    }
}

impl<A: Ruling> Rule<A> {
    /// The rule's match, when all its conditions hold.
    pub fn matches(&self, view: &MailView) -> Option<Hit<'_, A>> {
        self.check(view, |_| true)
    }
}

impl<A: Ruling> Rule<A> {
    /// The rule's match with its exceptions (`unless-`) put aside: everything that it wants is there.
    pub fn wanted(&self, view: &MailView) -> Option<Hit<'_, A>> {
        self.check(view, |condition| !matches!(condition, Condition::Absent { .. } | Condition::EverySentence(_)))
    }

    fn check(&self, view: &MailView, counts: impl Fn(&Condition) -> bool) -> Option<Hit<'_, A>> {
        let mut reasons = Vec::new();
        for condition in self.conditions.iter().filter(|condition| counts(condition)) {
            reasons.extend(
                condition.holds(view, &self.indexes)?.into_iter().map(|text| Reason::new(&self.name, &condition.key(), &text)),
            );
        }
        Some(Hit { rule: self, reasons })
    }
}

impl Condition {
    /// The texts that make it true; `None` when it is false.
    pub(super) fn holds(&self, view: &MailView, indexes: &Arc<Indexes>) -> Option<Vec<String>> {
        match self {
            Condition::From(kinds) => kinds.contains(&view.poster).then(Vec::new),
            Condition::BodyUnder(limit) => (view.body.chars().count() <= *limit).then(Vec::new),
            Condition::EverySentence(_) => self.found(view, indexes).is_empty().then(Vec::new),
            Condition::Absent { .. } => self.found(view, indexes).is_empty().then(Vec::new),
            Condition::Weighed(weighing) => {
                let (sum, speaking) = weighing.weigh(|sought| sought.holds(view, indexes));
                (sum >= weighing.reaches).then_some(speaking)
            }
            Condition::Found { at_least, .. } => {
                let found = self.found(view, indexes);
                (found.len() >= *at_least).then_some(found)
            }
        }
    }

    /// For each pattern found its first match, up to as many as are needed to decide; the first sentence that breaks `every-sentence`.
    pub(super) fn found(&self, view: &MailView, indexes: &Arc<Indexes>) -> Vec<String> {
        let (field, patterns, enough) = match self {
            Condition::Found { field, patterns, at_least } => (field, patterns, *at_least),
            Condition::Absent { field, patterns } => (field, patterns, 1),
            Condition::EverySentence(patterns) => {
                let candidates = view.candidates(Indexed::Words, indexes);
                let patterns: Vec<&Pattern> = patterns.iter().filter(|pattern| candidates.has(pattern.number)).collect();
                let other = |sentence: &&str| !patterns.iter().any(|pattern| pattern.is_match(sentence));
                return sentences(&view.body).find(other).map(str::to_owned).into_iter().collect();
            }
            Condition::From(_) | Condition::BodyUnder(_) | Condition::Weighed(_) => return Vec::new(),
        };
        let candidates = field.indexed().map(|text| view.candidates(text, indexes));
        let may_match = |pattern: &&Pattern| candidates.as_ref().is_none_or(|candidates| candidates.has(pattern.number));
        let mut tried = patterns.iter().filter(may_match).peekable();
        if tried.peek().is_none() {
            return Vec::new();
        }
        let texts = field.texts(view);
        let first = |pattern: &Pattern| texts.iter().find_map(|text| pattern.find(text)).map(str::to_owned);
        tried.filter_map(first).take(enough).collect()
    }
}

/// The sentences of more than two words: they end with a mark and a blank, or with their paragraph.
fn sentences(body: &str) -> impl Iterator<Item = &str> {
    let ends = |text: &str| text.ends_with(['.', '?', '!', ':', ';']);
    let paragraphs = body.split("\n\n").flat_map(move |paragraph| {
        let mut found = Vec::new();
        let (mut from, mut at) = (0, 0);
        for word in paragraph.split(' ') {
            at += word.len();
            if ends(word) {
                found.extend(paragraph.get(from..at));
                from = at + 1;
            }
            at += 1;
        }
        found.extend(paragraph.get(from..));
        found
    });
    paragraphs.map(str::trim).filter(|sentence| sentence.split_whitespace().count() > 2)
}
