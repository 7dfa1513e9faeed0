//! Samples: saved mails that say at their top what the rules must answer (`rules test`).
//!
//! ```text
//! X-Expect: hold by exploited suggests hold gate urgent-word
//! X-From-Kind: member
//! X-Live: XSA-999
//! ```
//!
//! The first word is the verdict or class; `by RULE`, `suggests WORD`, `reason CLASS`, `gate FAULT` and `urgency WORD` may follow. The three
//! fields are taken off before the rest is read. A sample saved with LF line ends is read as if it had CRLF.
//! Pure: the caller reads the files. A sample that cannot be used is a wrong answer, never skipped.

use std::collections::BTreeSet;

use crate::{
    disclosure::AdvisoryNumber,
    mail::{HeaderEdit, Headers, Message, RawMessage},
};

use super::{PosterKind, Reason, RuleSet, RuleTrace, Ruling, Truth};

/// What a sample demands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expectation {
    /// Verdict or class.
    pub verdict: String,
    /// The rule that must decide.
    pub rule: Option<String>,
    /// What must be suggested.
    pub suggests: Option<String>,
    /// The reason class.
    pub reason_class: Option<String>,
    /// A fault that the gate must find.
    pub gate: Option<String>,
    /// `normal` or `urgent`.
    pub urgency: Option<String>,
}

/// A sample, ready to be judged.
#[derive(Clone)]
pub struct Sample {
    /// The file's name.
    pub name: String,
    /// What it demands.
    pub expect: Expectation,
    /// Who wrote it.
    pub poster: PosterKind,
    /// The advisories that are live.
    pub live: Vec<AdvisoryNumber>,
    /// The mail without the sample's own fields.
    pub message: Message,
}

/// What the rules answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// Verdict or class.
    pub verdict: String,
    /// The rule that decided.
    pub rule: Option<String>,
    /// What is suggested.
    pub suggests: Option<String>,
    /// The reason class.
    pub reason_class: Option<String>,
    /// What the gate found.
    pub gate: Vec<String>,
    /// `normal` or `urgent`.
    pub urgency: Option<String>,
    /// The texts that made it so.
    pub reasons: Vec<Reason>,
}

/// Whether a sample was answered as it demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As demanded.
    Right,
    /// Otherwise.
    Wrong,
    /// Not a sample; why.
    Unusable(SampleError),
}

/// The result of one sample.
#[derive(Debug, Clone)]
pub struct SampleResult {
    /// The file's name.
    pub name: String,
    /// What it demands, as written.
    pub expected: String,
    /// What the rules answered, in the same words.
    pub got: String,
    /// Whether that is right.
    pub outcome: Outcome,
    /// Every rule and condition, for coverage and explanation.
    pub traces: Vec<RuleTrace>,
    /// The rule that decided.
    pub rule: Option<String>,
}

/// Why a file is no sample.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SampleError {
    /// No X-Expect, or one that cannot be understood.
    #[error("put `X-Expect: VERDICT by RULE` on its first line")]
    Expectation,
    /// X-From-Kind has an unknown word.
    #[error("X-From-Kind is one of member, team, members-domain, stranger, unproven")]
    From,
    /// X-Live has a word that is no advisory number.
    #[error("X-Live lists advisory numbers: XSA-999, XSA-998")]
    Live,
    /// The rest is no mail.
    #[error("there is no mail below the sample's fields")]
    Unreadable,
}

/// Reads a sample.
pub fn read(name: &str, bytes: &[u8]) -> Result<Sample, SampleError> {
    let bytes = with_crlf(bytes);
    let headers = Headers::of(&bytes);
    let field = |name: &str| headers.first(name).map(|field| field.unfolded());
    let expect = field("X-Expect").and_then(|text| expectation(&text)).ok_or(SampleError::Expectation)?;
    let poster = match field("X-From-Kind") {
        None => PosterKind::Member,
        Some(word) => PosterKind::NAMES.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind).ok_or(SampleError::From)?,
    };
    let live = field("X-Live").unwrap_or_default();
    let live = live.split([',', ' ']).filter(|word| !word.is_empty()).map(str::parse).collect::<Result<Vec<_>, _>>();
    let mut edit = HeaderEdit::of(&bytes);
    edit.remove_where(|field| field.is("X-Expect") || field.is("X-From-Kind") || field.is("X-Live"));
    let message = Message::parse(&RawMessage::new(edit.emit())).map_err(|_| SampleError::Unreadable)?;
    Ok(Sample { name: name.to_owned(), expect, poster, live: live.map_err(|_| SampleError::Live)?, message })
}

/// Judges one file with `answer`.
pub fn judge(name: &str, bytes: &[u8], answer: impl FnOnce(&Sample) -> (Answer, Vec<RuleTrace>)) -> SampleResult {
    let sample = match read(name, bytes) {
        Ok(sample) => sample,
        Err(error) => {
            let (expected, got) = (String::new(), error.to_string());
            return SampleResult {
                name: name.to_owned(),
                expected,
                got,
                outcome: Outcome::Unusable(error),
                traces: Vec::new(),
                rule: None,
            };
        }
    };
    let (answer, traces) = answer(&sample);
    let outcome = if sample.expect.is_met_by(&answer) { Outcome::Right } else { Outcome::Wrong };
    SampleResult { name: sample.name, expected: sample.expect.line(), got: answer.line(), outcome, traces, rule: answer.rule }
}

fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    if bytes.windows(2).any(|pair| pair == b"\r\n") {
        return bytes.to_vec();
    }
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    for &byte in bytes {
        if byte == b'\n' {
            out.push(b'\r');
        }
        out.push(byte);
    }
    out
}

fn expectation(text: &str) -> Option<Expectation> {
    let mut words = text.split_whitespace();
    let mut expect = Expectation { verdict: words.next()?.to_owned(), ..Expectation::default() };
    while let Some(key) = words.next() {
        let value = Some(words.next()?.to_owned());
        match key {
            "by" => expect.rule = value,
            "suggests" => expect.suggests = value,
            "reason" => expect.reason_class = value,
            "gate" => expect.gate = value,
            "urgency" => expect.urgency = value,
            _ => return None,
        }
    }
    Some(expect)
}

impl Expectation {
    fn is_met_by(&self, answer: &Answer) -> bool {
        let same = |wanted: &Option<String>, got: &Option<String>| wanted.is_none() || wanted == got;
        self.verdict == answer.verdict
            && same(&self.rule, &answer.rule)
            && same(&self.suggests, &answer.suggests)
            && same(&self.reason_class, &answer.reason_class)
            && same(&self.urgency, &answer.urgency)
            && self.gate.as_ref().is_none_or(|fault| answer.gate.contains(fault))
    }

    fn line(&self) -> String {
        let gate = self.gate.iter().cloned().collect();
        line(&self.verdict, [&self.rule, &self.suggests, &self.reason_class, &self.urgency], &gate)
    }
}

impl Answer {
    fn line(&self) -> String {
        line(&self.verdict, [&self.rule, &self.suggests, &self.reason_class, &self.urgency], &self.gate)
    }
}

fn line(verdict: &str, [rule, suggests, reason, urgency]: [&Option<String>; 4], gate: &Vec<String>) -> String {
    let mut line = verdict.to_owned();
    let mut add = |key: &str, value: &str| line.push_str(&format!(" {key} {value}"));
    for (key, value) in [("by", rule), ("suggests", suggests), ("reason", reason), ("urgency", urgency)] {
        if let Some(value) = value {
            add(key, value);
        }
    }
    for fault in gate {
        add("gate", fault);
    }
    line
}

/// What no sample tries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    /// No sample is decided by this rule.
    RuleNeverDecides(String),
    /// In no sample does this condition hold.
    NeverHolds(String, String),
    /// In every sample does this condition hold.
    AlwaysHolds(String, String),
}

impl std::fmt::Display for Gap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Gap::RuleNeverDecides(rule) => write!(f, "no sample is decided by rule `{rule}`"),
            Gap::NeverHolds(rule, key) => write!(f, "rule `{rule}`: `{key}` holds in no sample"),
            Gap::AlwaysHolds(rule, key) => write!(f, "rule `{rule}`: `{key}` holds in every sample: add a near miss"),
        }
    }
}

/// The rules and conditions that the samples leave untried.
pub fn gaps<A: Ruling>(rules: &RuleSet<A>, results: &[SampleResult]) -> Vec<Gap> {
    let decided: BTreeSet<&str> = results.iter().filter_map(|result| result.rule.as_deref()).collect();
    let mut gaps = Vec::new();
    for rule in rules.rules() {
        if !decided.contains(rule.name.as_str()) {
            gaps.push(Gap::RuleNeverDecides(rule.name.clone()));
        }
        let traces: Vec<&RuleTrace> =
            results.iter().flat_map(|result| &result.traces).filter(|trace| trace.rule == rule.name).collect();
        let keys = traces.first().map(|trace| trace.conditions.iter().map(|condition| condition.key.clone()));
        for (index, key) in keys.into_iter().flatten().enumerate() {
            let truth =
                |wanted| traces.iter().filter_map(|trace| trace.conditions.get(index)).any(|condition| condition.truth == wanted);
            if !truth(Truth::True) {
                gaps.push(Gap::NeverHolds(rule.name.clone(), key.clone()));
            }
            if !truth(Truth::False) {
                gaps.push(Gap::AlwaysHolds(rule.name.clone(), key.clone()));
            }
        }
    }
    gaps
}

/// For a terminal: what is wrong, then the count.
pub fn report_lines(results: &[SampleResult]) -> Vec<String> {
    let mut lines = Vec::new();
    for result in results.iter().filter(|result| result.outcome != Outcome::Right) {
        lines.push(format!("{}: expected {}, got {}", result.name, result.expected, result.got));
    }
    let right = results.iter().filter(|result| result.outcome == Outcome::Right).count();
    lines.push(format!("{right} of {} samples right", results.len()));
    lines
}
