//! A post to the discussion list: approve, reject or hold (policy, "Information-sharing amongst list members"; P62-P70).
//!
//! The rules of `rules/discuss.toml` say what a post is; the gate ([`GateFault`]) says whether a rule may act by itself on it. A rule that may
//! not only suggests, and a person decides. Promises: pure; approves and rejects only posts of authenticated members; whatever the rules say,
//! a post with any doubt about it is held. Never drops: the worst a rule can propose is `discard`, to a person. Cannot fail.

mod gate;
mod leaks;
pub mod samples;
mod verdict;

use crate::{
    disclosure::{LiveAdvisory, Person, Poster, Project},
    mail::{self, AutomaticKind, Message},
    rules::{Hit, MailView, PosterKind, Reason, Rule, RuleFileErrors, RuleSet, RuleTrace, Strength, set::Urgent},
};

pub use gate::GateFault;
pub use verdict::{Action, ReasonClass, Suggestion, Urgency, Verdict};

/// Whether the conversation is about a live advisory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thread {
    /// It answers nothing that we know to be about one.
    Unknown,
    /// It answers a live advisory or an approved post about one.
    AnswersLive,
    /// Every advisory is taken to be live, and the thread about one (`moderate --assume-live`).
    AssumedLive,
}

/// Whether rules may act by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModerationMode {
    /// They may, inside the gate.
    Automatic,
    /// Every post is held (`moderation.automatic = false`, the kill switch).
    HoldAll,
}

/// What the judgement needs to know besides the post.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    /// Who wrote it, as far as proven.
    pub poster: &'a Poster,
    /// The advisories that members hold and the public does not.
    pub live: &'a [LiveAdvisory],
    /// Whether the conversation is about one of them.
    pub thread_is_live: Thread,
    /// Whether rules may act by themselves.
    pub mode: ModerationMode,
    /// The team: recipients who may stand in To and Cc.
    pub team: &'a [Person],
}

/// The rules of `rules/discuss.toml`.
pub type DiscussRules = RuleSet<Action>;

/// The rule file that is part of the program.
pub const DISCUSS_RULES: &str = include_str!("../../rules/discuss.toml");

/// The rules that are part of the program, for this project.
pub fn built_in_rules(project: &Project) -> Result<DiscussRules, RuleFileErrors> {
    DiscussRules::parse("rules/discuss.toml", DISCUSS_RULES, project)
}

/// The name of the one rule that is code: an automaton wrote the post.
pub const AUTOMATIC: &str = "automatic";

/// Judges a post.
pub fn judge(message: &Message, circumstances: &Circumstances<'_>, project: &Project, rules: &DiscussRules) -> Verdict {
    let kind = PosterKind::from(circumstances.poster);
    judge_as(message, kind, circumstances, project, rules)
}

/// Every rule of `rules/discuss.toml` asked about a post, for `rules explain`.
pub fn explain(message: &Message, poster: &Poster, rules: &DiscussRules) -> Vec<RuleTrace> {
    rules.explain(&MailView::of(message, PosterKind::from(poster), &[]))
}

fn judge_as(message: &Message, kind: PosterKind, known: &Circumstances<'_>, project: &Project, rules: &DiscussRules) -> Verdict {
    let mark = mail::automatic(message);
    if let Some(mark) = mark.as_ref().filter(|mark| answers_by_itself(mark.kind)) {
        return automatic(&mark.field, &mark.text);
    }
    // The rules say what a post is, whoever wrote it: a stranger's is judged as if a member had written it, and the gate holds it.
    let view = MailView::of(message, PosterKind::Member, &[]);
    let (hit, urgent) = first(rules, &view);
    let urgency = if urgent == Urgent::Yes { Urgency::Urgent } else { Urgency::Normal };
    let Some(hit) = &hit else {
        let faults = gate::faults(message, &view, kind, known, project, gate::Scope::Approve);
        return nothing_matched(faults);
    };
    let rule = hit.rule;
    let mut verdict = Verdict {
        action: rule.action,
        suggests: proposal(rule),
        rule: Some(rule.name.clone()),
        reason_class: rule.reason_class.and_then(ReasonClass::from_name),
        reasons: hit.reasons.clone(),
        gate: gate::faults(message, &view, kind, known, project, gate::Scope::of(proposal(rule))),
        urgency,
    };
    if urgent == Urgent::Yes && rule.action != Action::Hold {
        verdict.gate.push(GateFault::UrgentWord);
    }
    if rule.action == Action::Approve {
        verdict.gate.extend(gate::named_too_early(&view, known, project));
    }
    for other in contrary(hit, rules, &view) {
        verdict.gate.push(GateFault::Contrary { rule: other.rule.name.clone() });
        verdict.reasons.extend(other.reasons);
    }
    verdict.settle();
    if verdict.action == Action::Hold && verdict.suggests == Suggestion::Approve {
        verdict.reasons.extend(unknown_words(rules, &view));
    }
    verdict
}

/// The first rule that matches, and whether one says that there is haste. A hint decides only where nothing else speaks. Rules that can change
/// neither any more are not asked.
fn first<'r>(rules: &'r DiscussRules, view: &MailView) -> (Option<Hit<'r, Action>>, Urgent) {
    let (mut decides, mut hint, mut urgent) = (None, None, Urgent::No);
    for rule in rules.rules() {
        let hastens = rule.urgent == Urgent::Yes && urgent == Urgent::No;
        let open = match rule.strength {
            Strength::Full => decides.is_none(),
            Strength::Hint => decides.is_none() && hint.is_none(),
        };
        let Some(hit) = (open || hastens).then(|| rule.matches(view)).flatten() else { continue };
        if hastens {
            urgent = Urgent::Yes;
        }
        if open {
            *(if rule.strength == Strength::Full { &mut decides } else { &mut hint }) = Some(hit);
        }
    }
    (decides.or(hint), urgent)
}

/// What keeps a technical post from being approved by itself: a moderator in a hurry sees the one word that matters. Of the approving rules the
/// one that knows most of the post speaks; the last of them, as the most general stands at the end.
fn unknown_words(rules: &DiscussRules, view: &MailView) -> Vec<Reason> {
    let approving = rules.rules().iter().rev().filter(|rule| rule.action == Action::Approve);
    let unknown = approving.map(|rule| rule.unknown_words(view)).filter(|unknown| !unknown.is_empty());
    let own_words = |reasons: &Vec<Reason>| reasons.iter().any(|reason| reason.field == "every-word");
    unknown.min_by_key(|unknown| (own_words(unknown), unknown.len())).unwrap_or_default()
}

/// Whether such an automaton answers, so that nothing in its post is meant for the list. Others may carry somebody's post: the gate holds it.
fn answers_by_itself(kind: AutomaticKind) -> bool {
    matches!(kind, AutomaticKind::AutoReply | AutomaticKind::Vacation | AutomaticKind::ChallengeResponse | AutomaticKind::Mailer)
}

/// An automaton's post: recorded, never answered, never distributed.
fn automatic(field: &str, text: &str) -> Verdict {
    Verdict {
        action: Action::Hold,
        suggests: Suggestion::Discard,
        rule: Some(AUTOMATIC.to_owned()),
        reason_class: Some(ReasonClass::AutoGenerated),
        reasons: vec![Reason::new(AUTOMATIC, field, text)],
        gate: vec![GateFault::Automatic],
        urgency: Urgency::Normal,
    }
}

fn nothing_matched(gate: Vec<GateFault>) -> Verdict {
    let mut verdict = Verdict {
        action: Action::Hold,
        suggests: Suggestion::Hold,
        rule: None,
        reason_class: None,
        reasons: Vec::new(),
        gate,
        urgency: Urgency::Normal,
    };
    verdict.settle();
    verdict
}

fn proposal(rule: &Rule<Action>) -> Suggestion {
    match (rule.suggests.and_then(Suggestion::from_name), rule.action) {
        (Some(suggestion), _) => suggestion,
        (None, Action::Approve) => Suggestion::Approve,
        (None, Action::Reject) => Suggestion::Reject,
        (None, Action::Hold) => Suggestion::Hold,
    }
}

/// The rules that say something else than `hit`: the post is about two things, and a person decides. Exceptions are put aside: that a
/// complaint keeps a patch from being approved does not make the post a mere complaint.
fn contrary<'r>(hit: &Hit<'_, Action>, rules: &'r DiscussRules, view: &MailView) -> Vec<Hit<'r, Action>> {
    if hit.rule.action == Action::Hold {
        return Vec::new();
    }
    let others = rules.rules().iter().filter(|other| other.strength == Strength::Full && proposal(other) != proposal(hit.rule));
    others.filter_map(|other| other.wanted(view)).collect()
}

#[cfg(test)]
mod tests;
