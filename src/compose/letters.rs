//! The texts of all letters: the built-in ones of `rules/letters/`, or the operator's in their place.
//!
//! Promises: after [`Letters::new`] every text has a Subject line and a body, names only variables its letter has, and renders, with all
//! optional values there and with all of them missing. Fails with every fault of every file at once, each with file and line.

use std::{collections::BTreeMap, fmt};

use minijinja::{Environment, UndefinedBehavior, syntax::SyntaxConfig};

use super::{
    acknowledgement, alarm, alias_probe, application_answer, application_notice, application_pointer, arm_request, block_notice,
    case_mail, case_news, case_reply, command_answer, delivery_summary,
    desk::LetterError,
    due, embargo_ended, escalation, held_notice, held_receipt, layout, membership_due, rejection, reminder, report_draft,
    review_due, ruled, send_request, subscription_answer, triage_notice,
    values::{Blueprint, Holds, PROJECT, Values, Variable},
};

/// Every letter's text, in the order of a case's life.
pub(super) const BLUEPRINTS: [Blueprint; 37] = [
    acknowledgement::BLUEPRINT,
    triage_notice::BLUEPRINT,
    case_mail::BLUEPRINT,
    case_reply::BLUEPRINT,
    case_news::DATE,
    case_news::OVER,
    case_news::CLOSED,
    held_notice::BLUEPRINT,
    held_receipt::BLUEPRINT,
    rejection::POLICY,
    rejection::MEMBERSHIP,
    rejection::NOT_EMBARGOED,
    rejection::PUBLIC_RECIPIENT,
    rejection::MIXED,
    rejection::OTHER,
    rejection::PRIMARY,
    ruled::BLUEPRINT,
    command_answer::BLUEPRINT,
    send_request::BLUEPRINT,
    arm_request::BLUEPRINT,
    delivery_summary::BLUEPRINT,
    embargo_ended::BLUEPRINT,
    application_pointer::BLUEPRINT,
    application_notice::BLUEPRINT,
    application_answer::DRAFT,
    application_answer::BLUEPRINT,
    alias_probe::BLUEPRINT,
    alias_probe::DRILL,
    membership_due::BLUEPRINT,
    subscription_answer::BLUEPRINT,
    escalation::BLUEPRINT,
    reminder::BLUEPRINT,
    due::BLUEPRINT,
    review_due::BLUEPRINT,
    report_draft::BLUEPRINT,
    alarm::BLUEPRINT,
    block_notice::BLUEPRINT,
];

/// A fault in one of the texts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct LetterFault {
    /// The file: `acknowledgement.txt`.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub what: String,
}

/// All faults found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterErrors(pub Vec<LetterFault>);

impl fmt::Display for LetterErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for LetterErrors {}

#[derive(Debug, Clone)]
struct Text {
    subject: String,
    body: String,
    /// The line of the file on which the body begins.
    body_line: usize,
    variables: &'static [Variable],
    /// What stands in every letter of this text, where the letter is the team's alone.
    phrases: Vec<String>,
}

/// The letters that people outside the team get, besides those that begin with `rejection-`. All others are the team's.
const FOR_OTHERS: [&str; 13] = [
    "acknowledgement",
    "case-reply",
    "embargo-date",
    "embargo-over",
    "case-closed",
    "held-receipt",
    "embargo-ended",
    "application-pointer",
    "application-answer",
    "alias-probe",
    "drill",
    "subscription-answer",
    "escalation",
];

/// The checked texts.
#[derive(Debug, Clone)]
pub struct Letters {
    texts: BTreeMap<String, Text>,
    environment: Environment<'static>,
}

impl Letters {
    /// The built-in texts, those named in `overrides` (name without `.txt` to text) in the operator's wording.
    ///
    /// A name must be one of the built-in texts, or `rejection-CLASS` for a reason class that has none (`unreadable`).
    pub fn new(overrides: &BTreeMap<String, String>) -> Result<Self, LetterErrors> {
        let mut letters = Self { texts: BTreeMap::new(), environment: environment() };
        let mut faults = Vec::new();
        for blueprint in &BLUEPRINTS {
            letters.take_in(
                blueprint.name,
                overrides.get(blueprint.name).map_or(blueprint.text, String::as_str),
                blueprint.variables,
                &mut faults,
            );
        }
        for (name, text) in
            overrides.iter().filter(|(name, _)| BLUEPRINTS.iter().all(|blueprint| blueprint.name != name.as_str()))
        {
            match name.strip_prefix("rejection-") {
                Some(class) if is_class(class) => letters.take_in(name, text, rejection::OTHER.variables, &mut faults),
                _ => faults.push(LetterFault {
                    file: format!("{name}.txt"),
                    line: 1,
                    what: format!("no letter has this name; the names are {}, and rejection-CLASS", known()),
                }),
            }
        }
        if faults.is_empty() { Ok(letters) } else { Err(LetterErrors(faults)) }
    }

    /// Whether a rejection with this reason class has a text of its own (`reason-class` of a rule).
    pub fn has_rejection(&self, class: &str) -> bool {
        self.texts.contains_key(&format!("rejection-{class}"))
    }

    /// The texts as they are written, without values.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.values().map(|text| text.body.as_str())
    }

    /// Whether words that are meant for somebody outside have a letter of the team's in them: a mail program quoted it without a mark that tells.
    pub fn is_in(&self, words: &str) -> bool {
        let words = spaced(words);
        self.texts.values().flat_map(|text| &text.phrases).any(|phrase| words.contains(phrase.as_str()))
    }

    /// The names of all texts.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }

    fn take_in(&mut self, name: &str, source: &str, variables: &'static [Variable], faults: &mut Vec<LetterFault>) {
        let file = format!("{name}.txt");
        let source = source.replace("\r\n", "\n");
        let mut lines = source.splitn(3, '\n');
        let (first, second, rest) =
            (lines.next().unwrap_or_default(), lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        let Some(subject) = first.strip_prefix("Subject: ").map(str::trim).filter(|subject| !subject.is_empty()) else {
            faults.push(LetterFault { file, line: 1, what: "the first line must be `Subject: ` and the subject".to_owned() });
            return;
        };
        if !second.trim().is_empty() || rest.trim().is_empty() {
            faults.push(LetterFault {
                file,
                line: 2,
                what: "an empty line and the text must follow the Subject line".to_owned(),
            });
            return;
        }
        let phrases = if is_the_teams(name) { phrases(rest) } else { Vec::new() };
        let text = Text { subject: subject.to_owned(), body: rest.to_owned(), body_line: 3, variables, phrases };
        let before = faults.len();
        self.check(&file, &text, faults);
        if faults.len() == before {
            self.texts.insert(name.to_owned(), text);
        }
    }

    fn check(&self, file: &str, text: &Text, faults: &mut Vec<LetterFault>) {
        let body_names: Vec<&str> = text.variables.iter().chain(&PROJECT).map(|variable| variable.name()).collect();
        let subject_names: Vec<&str> = text
            .variables
            .iter()
            .chain(&PROJECT)
            .filter(|variable| variable.in_subject())
            .map(|variable| variable.name())
            .collect();
        self.check_piece(file, &text.subject, 1, &subject_names, faults);
        self.check_piece(file, &text.body, text.body_line, &body_names, faults);
        if faults.iter().any(|fault| fault.file == file) {
            return;
        }
        for holds in [Holds::Yes, Holds::No] {
            let values = Values::sample(text.variables.iter().chain(&PROJECT).copied(), holds);
            for (piece, line, context) in
                [(&text.subject, 1, values.for_subject(text.variables)), (&text.body, text.body_line, values.all())]
            {
                if let Err(error) = self.environment.render_named_str(file, piece, context) {
                    let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
                    faults.push(LetterFault { file: file.to_owned(), line: line + error.line().unwrap_or(1) - 1, what });
                    return;
                }
            }
        }
    }

    /// Syntax, and the variables named anywhere, also in branches that no sample takes.
    fn check_piece(&self, file: &str, piece: &str, first_line: usize, names: &[&str], faults: &mut Vec<LetterFault>) {
        let template = match self.environment.template_from_named_str(file, piece) {
            Ok(template) => template,
            Err(error) => {
                let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
                faults.push(LetterFault { file: file.to_owned(), line: first_line + error.line().unwrap_or(1) - 1, what });
                return;
            }
        };
        let mut unknown: Vec<String> =
            template.undeclared_variables(false).into_iter().filter(|name| !names.contains(&name.as_str())).collect();
        unknown.sort();
        for name in unknown {
            let line = piece.lines().position(|line| mentions(line, &name)).unwrap_or(0);
            let what = format!("unknown variable `{name}`; here one can use {}", names.join(", "));
            faults.push(LetterFault { file: file.to_owned(), line: first_line + line, what });
        }
    }

    /// Subject and laid-out body of the text `name`.
    pub(super) fn page(&self, name: &str, values: &Values) -> Result<(String, String), LetterError> {
        let text = self.texts.get(name).ok_or(LetterError::NoSuchText)?;
        let render =
            |piece: &str, context| self.environment.render_named_str(name, piece, context).map_err(|_| LetterError::Text);
        let subject = render(&text.subject, values.for_subject(text.variables))?;
        let body = render(&text.body, values.all())?;
        Ok((subject, layout::lay_out(&body)))
    }
}

fn is_the_teams(name: &str) -> bool {
    !FOR_OTHERS.contains(&name) && !name.starts_with("rejection-")
}

/// The runs of five words and more of a text's lines in which nothing is put in.
fn phrases(body: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in body.lines().filter(|line| !line.trim_start().starts_with("{%")) {
        for piece in line.split("{{").map(|piece| piece.split_once("}}").map_or(piece, |(_, rest)| rest)) {
            let piece = spaced(piece);
            if !piece.contains("{%") && piece.split(' ').count() >= 5 {
                found.push(piece);
            }
        }
    }
    found
}

/// In lower case, with one blank between words: mail programs break lines anew.
fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // Tags on lines of their own leave no empty lines behind; the builder fails only on delimiters, which stay the usual ones.
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    environment
}

fn is_class(class: &str) -> bool {
    !class.is_empty()
        && class.len() <= 40
        && class.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn known() -> String {
    BLUEPRINTS.map(|blueprint| blueprint.name).join(", ")
}

/// Whether the line contains `name` as a whole word.
fn mentions(line: &str, name: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
}
