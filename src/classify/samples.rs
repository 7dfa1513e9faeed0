//! The samples of `rules/inbox.toml`.

use crate::{
    disclosure::Project,
    rules::samples::{self, Answer, SampleResult},
};

use super::{Arrived, InboxRules, OurMarks, Ownership, classify, explain};

/// Classifies each file (name and bytes) and compares with what it demands.
pub fn run<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>, rules: &InboxRules, project: &Project) -> Vec<SampleResult> {
    let marks = OurMarks { own_message_id: Ownership::NotOurs, loop_field: "", loop_value: "" };
    let judged = files.into_iter().map(|(name, bytes)| {
        samples::judge(name, bytes, |sample| {
            let arrived = Arrived { message: &sample.message, envelope_to: Vec::new(), mailbox_for: None };
            let found = classify(&arrived, project, &marks, rules);
            let verdict = found.class.as_str().to_owned();
            let answer = Answer { verdict, rule: Some(found.rule), reasons: found.reasons, ..Answer::default() };
            (answer, explain(&arrived, rules))
        })
    });
    judged.collect()
}
