//! `embargod rules explain`: every rule asked about one mail, each condition true or false with the text that made it so.

use clap::ValueEnum;
use serde::Serialize;

use crate::{
    classify::{self, Route},
    cli::{
        Status,
        classify::{arrived, recognise},
        client::{self, Shape},
        columns::{Cell, Tone},
        judging::Judging,
    },
    decide::Policy,
    disclosure::Poster,
    mail::{Address, Message},
    moderation,
    rules::{RuleTrace, Truth},
};

/// Shows what every rule says of a mail: each condition, true or false, with the text found
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Explain {
    /// Which rules [default: those of the way the mail would take]
    #[arg(long, value_name = "NAME")]
    rules: Option<Set>,
    /// The address it was delivered to [default: as the mail's own headers tell]
    #[arg(long, value_name = "ADDR")]
    to: Option<Address>,
    #[command(flatten)]
    judging: Judging,
}

/// A rule file that is tried rule by rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Set {
    /// What kind of mail it is.
    Inbox,
    /// What becomes of a post.
    Discuss,
}

#[derive(Serialize)]
struct Answer<'a> {
    path: &'a str,
    class: classify::Class,
    rule: &'a str,
    rules: Set,
    traces: &'a [RuleTrace],
}

impl Explain {
    pub(super) fn run(self) -> Status {
        self.judging.each(|policy, shape, path, message| {
            let found = recognise(policy, message, self.to.as_ref());
            let way = if matches!(found.route, Route::Post) { Set::Discuss } else { Set::Inbox };
            let rules = self.rules.unwrap_or(way);
            let traces = traces(policy, message, rules, self.to.as_ref());
            match shape {
                Shape::Json => {
                    client::say_json(&Answer { path, class: found.class, rule: &found.rule, rules, traces: &traces });
                }
                Shape::Text => {
                    let path = Cell::new(path, Tone::Strong).painted();
                    client::say(&format!("{path}: {} by {}; the rules of {}:", found.class.as_str(), found.rule, rules.file()));
                    traces.iter().for_each(show);
                }
            }
            Status::Done
        })
    }
}

impl Set {
    fn file(self) -> &'static str {
        match self {
            Set::Inbox => "inbox.toml",
            Set::Discuss => "discuss.toml",
        }
    }
}

fn traces(policy: &Policy, message: &Message, rules: Set, to: Option<&Address>) -> Vec<RuleTrace> {
    match rules {
        Set::Inbox => classify::explain(&arrived(message, to), &policy.inbox_rules),
        Set::Discuss => {
            let member = Poster::Member { organisation: "a member".to_owned() };
            moderation::explain(message, &member, &policy.discuss_rules)
        }
    }
}

fn show(trace: &RuleTrace) {
    let tone = if trace.truth == Truth::True { Tone::Good } else { Tone::Faint };
    for (index, line) in trace.lines().iter().enumerate() {
        client::say(&Cell::new(line, if index == 0 { tone } else { Tone::Plain }).painted());
    }
}
