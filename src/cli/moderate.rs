//! `embargod moderate`: what would become of a post to the discussion list, and why.

use serde::Serialize;

use super::{
    Status,
    client::{self, Shape},
    columns::{Cell, Tone},
    judging::Judging,
};
use crate::{
    decide::Policy,
    disclosure::{AdvisoryNumber, LiveAdvisory, Poster},
    mail::Message,
    moderation::{self, Action, Circumstances, ReasonClass, Suggestion, Thread, Verdict},
    rules::Reason,
};

/// What would become of a post to the discussion list, and why
///
/// The post is judged as if an authenticated member had sent it to the discussion list. "verdict" is what would happen by itself; "suggests" is
/// what the notice of a held post would propose to the moderators.
#[derive(Debug, clap::Args)]
pub(super) struct Moderate {
    /// An advisory that is under embargo now; may be given several times
    #[arg(long, value_name = "XSA-N")]
    live: Vec<AdvisoryNumber>,
    /// Take the thread to be about a live advisory
    #[arg(long)]
    assume_live: bool,
    #[command(flatten)]
    judging: Judging,
}

/// One line of `--json` (docs/formats.md).
#[derive(Serialize)]
struct Answer<'a> {
    path: &'a str,
    verdict: Action,
    suggests: Suggestion,
    rule: Option<&'a str>,
    reason_class: Option<ReasonClass>,
    reasons: &'a [Reason],
}

impl Moderate {
    pub(super) fn run(self) -> Status {
        let live: Vec<LiveAdvisory> =
            self.live.iter().map(|number| LiveAdvisory { number: *number, until: None, message_ids: Vec::new() }).collect();
        let thread = if self.assume_live { Thread::AssumedLive } else { Thread::Unknown };
        self.judging.each(|policy, shape, path, message| {
            let verdict = judge(policy, message, &live, thread);
            let reasons = reasons(&verdict);
            let answer = Answer {
                path,
                verdict: verdict.action,
                suggests: verdict.suggests,
                rule: verdict.rule.as_deref(),
                reason_class: verdict.reason_class,
                reasons: &reasons,
            };
            match shape {
                Shape::Json => client::say_json(&answer),
                Shape::Text => show(&answer),
            }
            Status::Done
        })
    }
}

fn judge(policy: &Policy, message: &Message, live: &[LiveAdvisory], thread_is_live: Thread) -> Verdict {
    let poster = Poster::Member { organisation: "a member".to_owned() };
    let known = Circumstances { poster: &poster, live, thread_is_live, mode: policy.moderation, team: &policy.team };
    moderation::judge(message, &known, &policy.project, &policy.discuss_rules)
}

/// The texts that made the rules speak, then what the gate has against acting on it, as the database records them.
fn reasons(verdict: &Verdict) -> Vec<Reason> {
    let gate = verdict.gate.iter().map(|fault| Reason::new("gate", fault.name(), &fault.to_string()));
    verdict.reasons.iter().cloned().chain(gate).collect()
}

fn show(answer: &Answer<'_>) {
    let tone = match answer.verdict {
        Action::Approve => Tone::Good,
        Action::Reject => Tone::Alert,
        Action::Hold => Tone::Strong,
    };
    let mut line = format!("{}: {}", Cell::from(answer.path).painted(), Cell::new(answer.verdict.as_str(), tone).painted());
    match answer.rule {
        Some(rule) => line.push_str(&format!(" by {rule}")),
        None => line.push_str(", no rule matched"),
    }
    if answer.verdict == Action::Hold {
        line.push_str(&format!(", suggests {}", answer.suggests.as_str()));
    }
    if let Some(class) = answer.reason_class {
        line.push_str(&format!(" ({})", class.as_str()));
    }
    client::say(&line);
    client::say_reasons(answer.reasons);
}
