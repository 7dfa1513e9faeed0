//! The text of a rule file, and its way to a checked set.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use serde::Deserialize;
use toml::Spanned;

use crate::disclosure::Project;

mod beside;

use super::{
    PosterKind, RuleFileErrors,
    beside::{Reader, Readers},
    errors::{Complaints, position},
    pattern::Pattern,
    set::{Author, Condition, Field, Rule, RuleSet, Ruling, Strength, Urgent},
    vocabulary::{Stray, Vocabulary, Wary},
    weigh::{Evidence, Weighing},
};
use beside::RawReader;

type Patterns = Vec<Spanned<String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    /// Lists that several rules share: `{name}` in a rule stands for all of them.
    #[serde(default)]
    patterns: BTreeMap<String, Patterns>,
    /// Lists of known words, for `every-word`.
    #[serde(default)]
    vocabulary: BTreeMap<String, Patterns>,
    /// Who reads what stands beside the words, for `every-word-beside`.
    #[serde(default)]
    beside: BTreeMap<String, RawReader>,
    #[serde(default)]
    rule: Vec<Spanned<RawRule>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawRule {
    name: Spanned<String>,
    action: Spanned<String>,
    from: Option<Spanned<FromWords>>,
    #[serde(default)]
    subject: Patterns,
    #[serde(default)]
    unless_subject: Patterns,
    #[serde(default)]
    body: Patterns,
    #[serde(default)]
    unless_body: Patterns,
    #[serde(default)]
    words: Patterns,
    #[serde(default)]
    unless_words: Patterns,
    #[serde(default)]
    text: Patterns,
    #[serde(default)]
    unless_text: Patterns,
    #[serde(default)]
    beside: Patterns,
    #[serde(default)]
    unless_beside: Patterns,
    #[serde(default)]
    sender: Patterns,
    #[serde(default)]
    unless_sender: Patterns,
    #[serde(default)]
    to: Patterns,
    #[serde(default)]
    unless_to: Patterns,
    #[serde(default)]
    list: Patterns,
    #[serde(default)]
    unless_list: Patterns,
    #[serde(default)]
    attachment: Patterns,
    #[serde(default)]
    unless_attachment: Patterns,
    #[serde(default)]
    header: BTreeMap<String, Patterns>,
    #[serde(default)]
    unless_header: BTreeMap<String, Patterns>,
    at_least: Option<Spanned<usize>>,
    body_under: Option<usize>,
    #[serde(default)]
    every_sentence: Patterns,
    #[serde(default)]
    every_word: Patterns,
    #[serde(default)]
    every_word_beside: Patterns,
    #[serde(default)]
    stray_words: usize,
    #[serde(default)]
    stray_beside: Patterns,
    #[serde(default)]
    stray_unless: Patterns,
    #[serde(default)]
    wary: Vec<RawWary>,
    #[serde(default)]
    weigh: Vec<Spanned<RawEvidence>>,
    reaches: Option<Spanned<i32>>,
    suggests: Option<Spanned<String>>,
    reason_class: Option<Spanned<String>>,
    urgency: Option<Spanned<String>>,
    #[serde(default)]
    hint: Option<bool>,
    note: Option<String>,
}

/// One entry of `wary`: a sentence with one of these must have one of those.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWary {
    of: Patterns,
    #[serde(default)]
    unless: Patterns,
}

/// One entry of `weigh`: a weight and one field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawEvidence {
    weight: i32,
    at_least: Option<usize>,
    #[serde(default)]
    subject: Patterns,
    #[serde(default)]
    body: Patterns,
    #[serde(default)]
    words: Patterns,
    #[serde(default)]
    text: Patterns,
    #[serde(default)]
    sender: Patterns,
    #[serde(default)]
    attachment: Patterns,
    #[serde(default)]
    header: BTreeMap<String, Patterns>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum FromWords {
    One(String),
    Many(Vec<String>),
}

pub(super) fn parse<A: Ruling>(file: &str, text: &str, project: &Project) -> Result<RuleSet<A>, RuleFileErrors> {
    let mut complaints = Complaints::about(file, text);
    let raw: RawFile = match toml::from_str(text) {
        Ok(raw) => raw,
        Err(error) => {
            complaints.at(&error.span().unwrap_or(0..0), error.message(), remedy_for(error.message()));
            return complaints.or(None);
        }
    };
    let mut check = Check {
        complaints,
        names: BTreeMap::new(),
        shared: BTreeMap::new(),
        vocabularies: BTreeMap::new(),
        worded: BTreeMap::new(),
        readers: BTreeMap::new(),
        reading: BTreeMap::new(),
        text,
        advisory: advisory(project),
        title: words(&project.advisory_title),
    };
    for (name, patterns) in &raw.patterns {
        let built = check.patterns(patterns);
        check.shared.insert(name.clone(), built);
    }
    for (name, words) in &raw.vocabulary {
        let known = check.vocabulary(words);
        check.vocabularies.insert(name.clone(), known);
    }
    for (name, reader) in &raw.beside {
        let built = check.reader(reader);
        check.readers.insert(name.clone(), built);
    }
    let rules: Vec<Rule<A>> = raw.rule.into_iter().filter_map(|rule| check.rule(rule)).collect();
    check.complaints.or(Some(RuleSet::of(rules)))
}

fn remedy_for(message: &str) -> &'static str {
    if message.contains("unknown field") {
        "use one of the keys named there; each rule starts with [[rule]]"
    } else if message.contains("expected a sequence") {
        "patterns stand in a list: subject = ['first', 'second']"
    } else if message.contains("missing field") {
        "every [[rule]] has a name and an action"
    } else if message.contains("escape") {
        "write patterns in single quotes: '\\bword\\b'"
    } else {
        "see the rules above and below this line for the form; patterns stand in single quotes"
    }
}

/// `XSA-484`, `XSA 484`, `xsa484`.
fn advisory(project: &Project) -> String {
    format!(r"(?i:\b{}[- ]?[1-9][0-9]{{0,3}}\b)", regex::escape(&project.advisory_prefix))
}

fn words(phrase: &str) -> String {
    let words: Vec<String> = phrase.split_whitespace().map(regex::escape).collect();
    format!("(?i:{})", words.join(r"\s+"))
}

/// `{name}` alone is a shared list; `{advisory}` and `{title}` are not.
fn list_name(pattern: &str) -> Option<&str> {
    let name = pattern.strip_prefix('{')?.strip_suffix('}')?;
    let known = ["advisory", "title"].contains(&name);
    (!known && name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.contains(['{', '}'])).then_some(name)
}

struct Check<'t> {
    complaints: Complaints<'t>,
    names: BTreeMap<String, usize>,
    shared: BTreeMap<String, Vec<Pattern>>,
    vocabularies: BTreeMap<String, Vocabulary>,
    /// The same words for rules that name the same lists.
    worded: BTreeMap<Vec<String>, Vocabulary>,
    /// Who reads what stands beside the words, by name.
    readers: BTreeMap<String, Reader>,
    /// The same for rules that name the same.
    reading: BTreeMap<Vec<String>, Arc<Readers>>,
    text: &'t str,
    advisory: String,
    title: String,
}

impl Check<'_> {
    fn rule<A: Ruling>(&mut self, rule: Spanned<RawRule>) -> Option<Rule<A>> {
        let whole = rule.span();
        let raw = rule.into_inner();
        let (line, _) = position(self.text, whole.start);
        self.name(&raw.name);
        let action = self.one_of(&raw.action, "action", A::NAMES.iter().map(|(name, _)| *name));
        let action = action.and_then(|word| A::NAMES.iter().find(|(name, _)| *name == word)).map(|(_, action)| *action);
        let suggests = raw.suggests.as_ref().and_then(|word| self.one_of(word, "suggests", A::SUGGESTIONS.iter().copied()));
        let reason_class =
            raw.reason_class.as_ref().and_then(|word| self.one_of(word, "reason-class", A::REASON_CLASSES.iter().copied()));
        let urgency = raw.urgency.as_ref().and_then(|word| self.one_of(word, "urgency", ["normal", "urgent"].into_iter()));
        let mut conditions = Vec::new();
        let kinds = raw.from.as_ref().map(|from| self.kinds(from)).unwrap_or_default();
        if let Some(action) = action {
            self.author(action, &kinds, raw.from.as_ref().map_or_else(|| raw.action.span(), Spanned::span));
        }
        if !kinds.is_empty() {
            conditions.push(Condition::From(kinds));
        }
        conditions.extend(raw.body_under.map(Condition::BodyUnder));
        let at_least = raw.at_least.as_ref().map_or(1, |at_least| *at_least.get_ref());
        let words = self.count(&raw.words);
        if let Some(wanted) = &raw.at_least
            && !(1..=words).contains(&at_least)
        {
            let problem = format!("at-least = {at_least} does not fit the {words} patterns of `words`");
            self.complaints.at(
                &wanted.span(),
                problem,
                "it counts the different patterns of `words` that must be found: 1 up to their number",
            );
        }
        let first_text = conditions.len();
        for (field, patterns, at_least) in [
            (Field::Subject, &raw.subject, 1),
            (Field::Sender, &raw.sender, 1),
            (Field::To, &raw.to, 1),
            (Field::List, &raw.list, 1),
            (Field::Attachment, &raw.attachment, 1),
            (Field::Body, &raw.body, 1),
            (Field::Words, &raw.words, at_least),
            (Field::Text, &raw.text, 1),
            (Field::Beside, &raw.beside, 1),
        ] {
            self.found(&mut conditions, field, patterns, at_least);
        }
        for (name, patterns) in &raw.header {
            self.found(&mut conditions, Field::Header(name.clone()), patterns, 1);
        }
        if !raw.every_sentence.is_empty() {
            conditions.push(Condition::EverySentence(self.patterns(&raw.every_sentence).into()));
        }
        if !raw.every_word.is_empty() {
            let stray = (raw.stray_words, &raw.stray_beside, &raw.stray_unless);
            conditions.push(Condition::EveryWord(Arc::new(self.understood(&raw.every_word, stray, &raw.wary))));
        }
        conditions.extend(self.readers(&raw.every_word_beside));
        if raw.every_word.is_empty() && (raw.stray_words > 0 || !raw.wary.is_empty()) {
            let problem = "`stray-words` and `wary` say more about `every-word`, which is not there";
            self.complaints.at(&raw.name.span(), problem, "add every-word = ['{list}', ...], or take them out");
        }
        conditions.extend(self.weighing(&raw.weigh, raw.reaches.as_ref()));
        for (field, patterns) in [
            (Field::Subject, &raw.unless_subject),
            (Field::Sender, &raw.unless_sender),
            (Field::To, &raw.unless_to),
            (Field::List, &raw.unless_list),
            (Field::Attachment, &raw.unless_attachment),
            (Field::Body, &raw.unless_body),
            (Field::Words, &raw.unless_words),
            (Field::Text, &raw.unless_text),
            (Field::Beside, &raw.unless_beside),
        ] {
            self.absent(&mut conditions, field, patterns);
        }
        for (name, patterns) in &raw.unless_header {
            self.absent(&mut conditions, Field::Header(name.clone()), patterns);
        }
        if conditions.len() == first_text {
            let problem = format!("rule `{}` has no condition about the mail: it would match everything", raw.name.get_ref());
            self.complaints.at(
                &raw.name.span(),
                problem,
                "add at least one of subject, body, words, text, sender, to, list, attachment, header",
            );
        }
        let urgent = if urgency == Some("urgent") { Urgent::Yes } else { Urgent::No };
        let strength = if raw.hint == Some(true) { Strength::Hint } else { Strength::Full };
        let (name, note) = (raw.name.into_inner(), raw.note);
        Some(Rule {
            name,
            action: action?,
            conditions,
            suggests,
            reason_class,
            urgent,
            strength,
            note,
            line,
            indexes: Arc::default(),
        })
    }

    fn name(&mut self, name: &Spanned<String>) {
        let (line, _) = position(self.text, name.span().start);
        let word = name.get_ref();
        if word.is_empty() || !word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
            self.complaints.at(
                &name.span(),
                "a rule's name is made of a-z, 0-9 and hyphens",
                "for example: name = \"policy-matter\"",
            );
        }
        if let Some(other) = self.names.insert(word.clone(), line) {
            let problem = format!("there are two rules called `{word}`; the other is in line {other}");
            self.complaints.at(&name.span(), problem, "give each rule a name of its own: it stands in every explanation");
        }
    }

    fn one_of(&mut self, word: &Spanned<String>, key: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
        let known: Vec<&'static str> = known.collect();
        let found = known.iter().copied().find(|name| name == word.get_ref());
        if found.is_none() {
            let problem = format!("unknown {key} `{}`", word.get_ref());
            let remedy = if known.is_empty() {
                format!("this file has no `{key}`: remove it")
            } else {
                format!("use one of: {}", known.join(", "))
            };
            self.complaints.at(&word.span(), problem, remedy);
        }
        found
    }

    fn kinds(&mut self, from: &Spanned<FromWords>) -> Vec<PosterKind> {
        let words = match from.get_ref() {
            FromWords::One(word) => std::slice::from_ref(word),
            FromWords::Many(words) => words.as_slice(),
        };
        let mut kinds = Vec::new();
        for word in words.iter().filter(|word| *word != "anyone") {
            match PosterKind::NAMES.iter().find(|(name, _)| name == word) {
                Some((_, kind)) => kinds.push(*kind),
                None => {
                    let names: Vec<&str> = PosterKind::NAMES.iter().map(|(name, _)| *name).collect();
                    let remedy = format!("use one of: anyone, {}", names.join(", "));
                    self.complaints.at(&from.span(), format!("unknown author `{word}`"), remedy);
                }
            }
        }
        if words.iter().any(|word| word == "anyone") { Vec::new() } else { kinds }
    }

    fn author<A: Ruling>(&mut self, action: A, kinds: &[PosterKind], span: Range<usize>) {
        let proven = |kind: &PosterKind| matches!(kind, PosterKind::Member | PosterKind::Team);
        if action.author() == Author::Proven && (kinds.is_empty() || !kinds.iter().all(proven)) {
            let problem = format!("a rule that can {} by itself is open to people who are not members", action.as_str());
            self.complaints.at(
                &span,
                problem,
                "write from = \"member\": a forged sender must neither be distributed nor answered",
            );
        }
    }

    /// The words that are known, and what is said of sentences.
    fn understood(
        &mut self,
        every_word: &Patterns,
        (most, beside, unless): (usize, &Patterns, &Patterns),
        wary: &[RawWary],
    ) -> Vocabulary {
        let lists: Vec<String> = every_word.iter().map(|list| list.get_ref().clone()).collect();
        let known = self.worded.get(&lists).map(Vocabulary::of_words);
        let mut vocabulary = known.unwrap_or_else(|| {
            let built = self.vocabulary(every_word);
            self.worded.insert(lists, Vocabulary::of_words(&built));
            built
        });
        if most > 0 {
            let (beside, unless) = (self.patterns(beside), self.patterns(unless));
            vocabulary.let_stray(Stray { most, beside, unless });
        }
        for wary in wary {
            vocabulary.be_wary(Wary { of: self.patterns(&wary.of), unless: self.patterns(&wary.unless) });
        }
        vocabulary
    }

    fn found(&mut self, conditions: &mut Vec<Condition>, field: Field, patterns: &Patterns, at_least: usize) {
        if !patterns.is_empty() {
            let patterns = self.patterns(patterns).into();
            conditions.push(Condition::Found { field, patterns, at_least });
        }
    }

    fn weighing(&mut self, weigh: &[Spanned<RawEvidence>], reaches: Option<&Spanned<i32>>) -> Option<Condition> {
        let evidence: Vec<(Evidence, String)> = weigh.iter().filter_map(|raw| self.evidence(raw)).collect();
        let most: i32 = evidence.iter().map(|(evidence, _)| evidence.weight.max(0)).sum();
        if weigh.is_empty() && reaches.is_none() {
            return None;
        }
        let sum = reaches.map_or(0, |reaches| *reaches.get_ref());
        if !(1..=most).contains(&sum) {
            let span = reaches.map(Spanned::span).or_else(|| weigh.first().map(Spanned::span)).unwrap_or_default();
            let problem = format!("`weigh` and `reaches` do not fit: the evidence adds up to {most} at most");
            self.complaints.at(&span, problem, "a rule with `weigh` has `reaches`: 1 up to the sum of the weights above zero");
        }
        Some(Condition::Weighed(Weighing { evidence, reaches: sum }))
    }

    /// A piece of evidence, and how its patterns are called in explanations.
    fn evidence(&mut self, raw: &Spanned<RawEvidence>) -> Option<(Evidence, String)> {
        let entry = raw.get_ref();
        let at_least = entry.at_least.unwrap_or(1);
        let mut fields = vec![
            (Field::Subject, &entry.subject),
            (Field::Body, &entry.body),
            (Field::Words, &entry.words),
            (Field::Text, &entry.text),
            (Field::Sender, &entry.sender),
            (Field::Attachment, &entry.attachment),
        ];
        fields.extend(entry.header.iter().map(|(name, patterns)| (Field::Header(name.clone()), patterns)));
        fields.retain(|(_, patterns)| !patterns.is_empty());
        let [(field, patterns)] = fields.as_slice() else {
            self.complaints.at(
                &raw.span(),
                "evidence has a weight and patterns for one field",
                "for example: { weight = 2, words = ['{crash}'] }; another field is another piece of evidence",
            );
            return None;
        };
        if entry.weight == 0 || !(1..=self.count(patterns)).contains(&at_least) {
            self.complaints.at(
                &raw.span(),
                "the evidence cannot count",
                "its weight is not 0, and `at-least` is 1 up to the number of its patterns",
            );
        }
        let names: Vec<&str> =
            patterns.iter().map(|pattern| pattern.get_ref().as_str()).filter(|name| list_name(name).is_some()).collect();
        let sought = Condition::Found { field: field.clone(), patterns: self.patterns(patterns).into(), at_least };
        Some((Evidence { weight: entry.weight, sought }, names.join(" ")))
    }

    fn absent(&mut self, conditions: &mut Vec<Condition>, field: Field, patterns: &Patterns) {
        if !patterns.is_empty() {
            let patterns = self.patterns(patterns).into();
            conditions.push(Condition::Absent { field, patterns });
        }
    }

    fn patterns(&mut self, patterns: &Patterns) -> Vec<Pattern> {
        let mut built = Vec::new();
        for pattern in patterns {
            let Some(name) = list_name(pattern.get_ref()) else {
                built.extend(self.pattern(pattern));
                continue;
            };
            if let Some(shared) = self.shared.get(name) {
                built.extend(shared.iter().cloned());
            } else {
                let problem = format!("there is no list `{name}` of shared patterns");
                self.complaints.at(&pattern.span(), problem, "name a list of [patterns] that is not made of other lists");
            }
        }
        built
    }

    /// Words written out and `{name}` for lists of `[vocabulary]`.
    fn vocabulary(&mut self, lists: &Patterns) -> Vocabulary {
        let mut all = Vocabulary::default();
        for list in lists {
            let (problem, remedy) = match list_name(list.get_ref()).map(|name| (name, self.vocabularies.get(name))) {
                Some((_, Some(known))) => {
                    all.extend(known);
                    continue;
                }
                Some((name, None)) => (
                    format!("there is no list `{name}` of known words"),
                    "name a list of [vocabulary] that is not made of other lists",
                ),
                None => match all.add(list.get_ref()) {
                    Ok(()) => continue,
                    Err(error) => (
                        error.to_string(),
                        "words are parted by blanks; word|s|ed has endings, two_words are known together only",
                    ),
                },
            };
            self.complaints.at(&list.span(), problem, remedy);
        }
        all
    }

    /// How many patterns a list has, shared ones counted each.
    fn count(&self, patterns: &Patterns) -> usize {
        let shared = |pattern: &Spanned<String>| list_name(pattern.get_ref()).and_then(|name| self.shared.get(name));
        patterns.iter().map(|pattern| shared(pattern).map_or(1, Vec::len)).sum()
    }

    fn pattern(&mut self, pattern: &Spanned<String>) -> Option<Pattern> {
        let source = pattern.get_ref().replace("{advisory}", &self.advisory).replace("{title}", &self.title);
        match Pattern::compile(&source) {
            Ok(built) if built.matches_nothing() => {
                self.complaints.at(
                    &pattern.span(),
                    "the pattern matches the empty text, so it is always found",
                    "remove the `*` or `?` that lets it match nothing",
                );
                None
            }
            Ok(built) => Some(built),
            Err(error) => {
                let problem = match &error {
                    regex::Error::CompiledTooBig(limit) => format!("the pattern compiles to more than {limit} bytes"),
                    error => format!("the pattern is no regular expression: {}", last_line(&error.to_string())),
                };
                self.complaints.at(&pattern.span(), problem, "see docs.rs/regex, \"Syntax\"; look-around and back-references do not exist; fewer or smaller repetitions make it smaller");
                None
            }
        }
    }
}

fn last_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}
