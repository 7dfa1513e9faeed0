//! `embargod rules replay`: what the present rules would make of the posts of the last days.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::again::{self, ASSUMED, Judgement, Kind};
use crate::{
    cli::{
        Status,
        client::{self, Shape},
        columns::{Cell, Tone},
        judging, saved, stateful,
    },
    clock::{Clock as _, SystemClock},
    rules::Reason,
    store::{
        archive::{self, Archived, DecidedBy, Which},
        read,
    },
};

/// What the present rules would make of posts that were decided
///
/// Each post of the last days is judged again by the rules of the configuration, and those are shown of which something else would have become.
/// Posts are judged as a member's about a live advisory: who had proved what, and what was live, is not kept. It is an error when rules would
/// now approve by themselves what a person did not.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Replay {
    /// How far back
    #[arg(long, value_name = "N", default_value_t = 30)]
    days: u16,
    /// The configuration of the daemon
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// A post that would now be treated in another way.
#[derive(Serialize)]
struct Change<'a> {
    id: i64,
    decided: &'a str,
    by: DecidedBy,
    rule: &'a str,
    now: &'static str,
    now_suggests: Option<&'static str>,
    now_rule: Option<&'a str>,
    error: bool,
    reasons: &'a [Reason],
}

impl Replay {
    pub(super) fn run(self) -> Status {
        match self.replayed(SystemClock.now()) {
            Ok(status) => status,
            Err(why) => client::refuse(&why),
        }
    }

    fn replayed(&self, now: Timestamp) -> Result<Status, String> {
        let Some(path) = &self.config else { return Ok(stateful::nameless()) };
        let config = judging::config(Some(path))?;
        let policy = judging::policy(Some(path))?;
        let connection = read::open(&config.state).map_err(|error| error.to_string())?;
        let since = now.saturating_sub(SignedDuration::from_hours(24 * i64::from(self.days))).unwrap_or(Timestamp::MIN);
        let shape = Shape::from(self.json);
        let (mut posts, mut changes, mut errors) = (0_usize, 0_usize, 0_usize);
        let visited = archive::each(&connection, Which::Posts, Some(since), |post| {
            posts += 1;
            let Ok(message) = saved::parse(post.bytes.clone()) else { return };
            let judged = again::judge(Kind::Discuss, &policy, &message, &post.came_for);
            if !changed(&post, &judged) {
                return;
            }
            changes += 1;
            let error = refused_by_person(&post) && judged.verdict == "approve";
            errors += usize::from(error);
            show(shape, &post, &judged, error);
        });
        visited.map_err(|error| error.to_string())?;
        if shape == Shape::Text {
            let days = self.days;
            client::say(&format!(
                "{posts} posts in {days} days, {changes} would be treated in another way, {errors} against a person's ruling"
            ));
            client::say(&format!("({ASSUMED})"));
        }
        Ok(if errors == 0 { Status::Done } else { Status::No })
    }
}

/// Whether something else would become of the post without a person. That a post is held again which a person then decided is no change.
fn changed(post: &Archived, judged: &Judgement) -> bool {
    let said = match post.outcome.as_str() {
        "approved" => "approve",
        "rejected" => "reject",
        _ => "",
    };
    match post.by {
        DecidedBy::Rule => judged.verdict != said,
        DecidedBy::Person => judged.verdict != "hold" && judged.verdict != said,
        DecidedBy::Nobody => judged.verdict != "hold",
    }
}

/// Whether a person saw the post and did not let it out.
pub(super) fn refused_by_person(post: &Archived) -> bool {
    post.by == DecidedBy::Person && post.outcome != "approved"
}

fn show(shape: Shape, post: &Archived, judged: &Judgement, error: bool) {
    if shape == Shape::Json {
        return client::say_json(&Change {
            id: post.id,
            decided: &post.outcome,
            by: post.by,
            rule: &post.rule,
            now: judged.verdict,
            now_suggests: judged.suggests,
            now_rule: judged.rule.as_deref(),
            error,
            reasons: &judged.reasons,
        });
    }
    let by = match post.by {
        DecidedBy::Person => "by a person".to_owned(),
        DecidedBy::Rule => format!("by {}", post.rule),
        DecidedBy::Nobody => "for a person".to_owned(),
    };
    let tone = if error { Tone::Alert } else { Tone::Strong };
    let now = Cell::new(judged.told(), tone).painted();
    client::say(&format!("{}: {} {by}; now {now}", post.id, post.outcome));
    if error {
        client::say(&Cell::new("    error: rules would approve what a person did not", Tone::Alert).painted());
    }
    client::say_reasons(&judged.reasons);
}
