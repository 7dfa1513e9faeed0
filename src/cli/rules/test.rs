//! `embargod rules test`: every sample must be answered as it demands.

use std::path::PathBuf;

use serde::Serialize;

use super::samples::{self, Kind, Origin, Samples};
use crate::{
    classify,
    cli::{
        Status,
        client::{self, Shape},
        columns::{Cell, Tone},
        judging,
    },
    config::Config,
    daemon::assemble,
    decide::Policy,
    moderation,
    rules::samples::{self as judged, Gap, Outcome, SampleResult},
};

/// Tries the rules on their samples
///
/// A sample is a saved mail whose first line says what the rules must answer: `X-Expect: reject by policy-matter`. Without options the rules and
/// samples that embargod was built with are tried; with --config also rule files and samples in the folder that `rules` names there. What the
/// samples leave untried is listed; only a wrong answer makes the command fail.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Test {
    /// The project and its rules [default: built in]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A folder of rule files to try instead: NAME.toml, NAME/samples/*.eml
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// A folder of samples to try instead: NAME/samples/*.eml [default: as --rules]
    #[arg(long, value_name = "DIR")]
    samples: Option<PathBuf>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// One sample's answer.
#[derive(Serialize)]
struct Answer<'a> {
    rules: Kind,
    sample: &'a str,
    ok: bool,
    expected: &'a str,
    got: &'a str,
}

/// What the samples of one kind showed.
struct Tried {
    kind: Kind,
    results: Vec<SampleResult>,
    gaps: Vec<Gap>,
}

impl Test {
    pub(super) fn run(self) -> Status {
        match self.tried() {
            Ok(all) => self.report(&all),
            Err(why) => client::refuse(&why),
        }
    }

    fn tried(&self) -> Result<Vec<Tried>, String> {
        let mut folders = [&self.rules, &self.samples].into_iter().flatten();
        if let Some(folder) = folders.find(|folder| !folder.is_dir()) {
            return Err(format!("{}: there is no such folder; it is laid out as rules/ of the source", folder.display()));
        }
        let config = judging::config(self.config.as_deref())?;
        let rules = self.rules.clone().or_else(|| config.rules.clone());
        let folder = self.samples.clone().or_else(|| rules.clone());
        let theirs = policy(config, rules.clone())?;
        let ours = policy(judging::sample_config()?, rules)?;
        Kind::ALL
            .into_iter()
            .map(|kind| {
                let samples = samples::of(kind, folder.as_deref())?;
                // Samples of another folder speak of the operator's project when he has named it, and of ours otherwise.
                let own_world = samples.origin == Origin::Operator && self.config.is_some();
                Ok(answered(&samples, if own_world { &theirs } else { &ours }))
            })
            .collect()
    }

    fn report(&self, all: &[Tried]) -> Status {
        let wrong = |result: &&SampleResult| result.outcome != Outcome::Right;
        for Tried { kind, results, gaps } in all {
            match Shape::from(self.json) {
                Shape::Json => results.iter().for_each(|result| {
                    let SampleResult { name, expected, got, .. } = result;
                    client::say_json(&Answer { rules: *kind, sample: name, ok: !wrong(&result), expected, got });
                }),
                Shape::Text => show(*kind, results, gaps),
            }
        }
        if all.iter().flat_map(|tried| &tried.results).any(|result| wrong(&result)) { Status::No } else { Status::Done }
    }
}

fn policy(config: Config, rules: Option<PathBuf>) -> Result<Policy, String> {
    assemble::policy(&Config { rules, ..config }).map_err(|error| error.to_string())
}

fn answered(samples: &Samples, policy: &Policy) -> Tried {
    let files = || samples.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let (results, gaps) = match samples.kind {
        Kind::Inbox => {
            let results = classify::samples::run(files(), &policy.inbox_rules, &policy.project);
            let gaps = judged::gaps(&policy.inbox_rules, &results);
            (results, gaps)
        }
        Kind::Discuss => {
            let results = moderation::samples::run(files(), &policy.discuss_rules, &policy.project, &policy.team);
            let gaps = judged::gaps(&policy.discuss_rules, &results);
            (results, gaps)
        }
        Kind::Application => (super::application::run(&samples.files, &policy.application_rules), Vec::new()),
    };
    Tried { kind: samples.kind, results, gaps }
}

fn show(kind: Kind, results: &[SampleResult], gaps: &[Gap]) {
    let name = kind.as_str();
    for result in results.iter().filter(|result| result.outcome != Outcome::Right) {
        client::say(&Cell::new(format!("{name}/samples/{}", result.name), Tone::Alert).painted());
        if !result.expected.is_empty() {
            client::say(&format!("    expected {}", Cell::from(&result.expected).painted()));
        }
        client::say(&format!("    got      {}", Cell::from(&result.got).painted()));
    }
    // Where there is not one sample, naming every rule says no more than the count does.
    for gap in gaps.iter().filter(|_| !results.is_empty()) {
        client::say(&format!("{name}.toml: {gap}"));
    }
    let right = results.iter().filter(|result| result.outcome == Outcome::Right).count();
    let tone = if right == results.len() { Tone::Good } else { Tone::Alert };
    client::say(&Cell::new(format!("{name}: {right} of {} samples right", results.len()), tone).painted());
}
