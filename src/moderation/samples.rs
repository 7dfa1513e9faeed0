//! The samples of `rules/discuss.toml`.

use crate::{
    disclosure::{LiveAdvisory, Person, Poster, Project},
    rules::samples::{self, Answer, Sample, SampleResult},
};

use super::{Circumstances, DiscussRules, GateFault, ModerationMode, Thread, judge_as};

/// Judges each file (name and bytes) and compares with what it demands.
pub fn run<'f>(
    files: impl IntoIterator<Item = (&'f str, &'f [u8])>,
    rules: &DiscussRules,
    project: &Project,
    team: &[Person],
) -> Vec<SampleResult> {
    let judged =
        files.into_iter().map(|(name, bytes)| samples::judge(name, bytes, |sample| answer(sample, rules, project, team)));
    judged.collect()
}

fn answer(sample: &Sample, rules: &DiscussRules, project: &Project, team: &[Person]) -> (Answer, Vec<crate::rules::RuleTrace>) {
    let live: Vec<LiveAdvisory> =
        sample.live.iter().map(|number| LiveAdvisory { number: *number, until: None, message_ids: Vec::new() }).collect();
    // A sample has no archive behind it: an answer to anything, while an advisory is live, answers that advisory.
    let answers = sample.message.answers().next().is_some() && !live.is_empty();
    let thread_is_live = if answers { Thread::AnswersLive } else { Thread::Unknown };
    let mode = ModerationMode::Automatic;
    let circumstances = Circumstances { poster: &Poster::Unproven, live: &live, thread_is_live, mode, team };
    let verdict = judge_as(&sample.message, sample.poster, &circumstances, project, rules);
    let answer = Answer {
        verdict: verdict.action.as_str().to_owned(),
        rule: verdict.rule,
        suggests: Some(verdict.suggests.as_str().to_owned()),
        reason_class: verdict.reason_class.map(|class| class.as_str().to_owned()),
        gate: verdict.gate.iter().map(|fault| GateFault::name(fault).to_owned()).collect(),
        urgency: Some(verdict.urgency.as_str().to_owned()),
        reasons: verdict.reasons,
    };
    let view = crate::rules::MailView::of(&sample.message, sample.poster, &[]);
    (answer, rules.explain(&view))
}
