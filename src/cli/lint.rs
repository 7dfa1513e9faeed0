//! `embargod lint`: the checks of an advisory before it goes out.

use serde::Serialize;

use super::{
    Status,
    client::{self, Shape},
    columns::{Cell, Tone},
    judging::Judging,
};
use crate::advisory::{self, Circumstances, Finding, Level};

/// Checks an advisory before it goes out
#[derive(Debug, clap::Args)]
pub(super) struct Lint {
    #[command(flatten)]
    judging: Judging,
}

/// One line of `--json` (docs/formats.md).
#[derive(Serialize)]
struct Answer<'a> {
    path: &'a str,
    ok: bool,
    findings: Vec<FindingAnswer<'a>>,
}

#[derive(Serialize)]
struct FindingAnswer<'a> {
    id: &'static str,
    level: Level,
    text: &'a str,
    /// In the mail's text, from 1.
    line: Option<usize>,
    remedy: &'static str,
}

impl<'a> From<&'a Finding> for FindingAnswer<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self { id: finding.id, level: finding.level, text: &finding.text, line: finding.line, remedy: finding.remedy() }
    }
}

impl Lint {
    pub(super) fn run(self) -> Status {
        let known = Circumstances::default();
        self.judging.each(|policy, shape, path, message| {
            let findings = advisory::lint(message, &policy.project, &policy.advisory_rules, &known);
            let ok = findings.iter().all(|finding| finding.level != Level::Error);
            match shape {
                Shape::Json => {
                    let findings = findings.iter().map(FindingAnswer::from).collect();
                    client::say_json(&Answer { path, ok, findings });
                }
                Shape::Text => show(path, ok, &findings),
            }
            if ok { Status::Done } else { Status::No }
        })
    }
}

fn show(path: &str, ok: bool, findings: &[Finding]) {
    let (words, tone) = if ok { ("may go", Tone::Good) } else { ("must not go out like this", Tone::Alert) };
    client::say(&format!("{}: {}", Cell::from(path).painted(), Cell::new(words, tone).painted()));
    for finding in findings {
        let level = match finding.level {
            Level::Error => Cell::new("error", Tone::Alert),
            Level::Warn => Cell::new("warn ", Tone::Strong),
        };
        let line = finding.line.map(|line| format!(" (line {line})")).unwrap_or_default();
        client::say(&format!("    {} {} {}{line}", finding.id, level.painted(), Cell::from(&finding.text).painted()));
        client::say(&format!("        {}", Cell::new(finding.remedy(), Tone::Faint).painted()));
    }
}
