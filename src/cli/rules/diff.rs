//! `embargod rules diff`: what a change of a rule file does, before it is live.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{
    again::{self, ASSUMED, Judgement, Kind},
    replay::refused_by_person,
};
use crate::{
    classify::{Class, InboxRules},
    cli::{
        Status,
        client::{self, Shape},
        columns::{Cell, Tone},
        judging,
        saved::{self, Saved},
    },
    decide::Policy,
    mail::Message,
    moderation::{Action, DiscussRules},
    rules::Ruling,
    store::{
        archive::{self, Archived, Which},
        read,
    },
};

/// What another rule file would change, on the archive or on saved mail
///
/// Both files are of the same kind: rules for posts (approve, reject, hold) or for incoming mail (report, spam, ...); what they contain tells which.
/// Without a PATH the daemon's own archive is judged, for which --config is needed. Every mail that the two files judge differently is shown with
/// the text that made the new rules speak. It is an error when the new rules would approve by themselves what a person did not, or no longer
/// show the team what was taken for a report. Posts are judged as a member's about a live advisory.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Diff {
    /// The rule file as it is
    old: PathBuf,
    /// The rule file as it shall be
    new: PathBuf,
    /// Saved mail: .eml, mbox, Maildir, a folder of .eml [default: the archive of --config]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The configuration of the daemon
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// A mail on which the files differ.
#[derive(Serialize)]
struct Flip<'a> {
    message: &'a str,
    rules: Kind,
    decided: Option<&'a str>,
    old: &'a Judgement,
    new: &'a Judgement,
    error: Option<&'static str>,
}

/// The two sides and the count.
struct Comparison {
    kind: Kind,
    old: Policy,
    new: Policy,
    shape: Shape,
    seen: usize,
    flips: usize,
    errors: usize,
}

impl Diff {
    pub(super) fn run(self) -> Status {
        match self.compared() {
            Ok(status) => status,
            Err(why) => client::refuse(&why),
        }
    }

    fn compared(&self) -> Result<Status, String> {
        if self.paths.is_empty() && self.config.is_none() {
            return Err("say on which mail: --config FILE (the daemon's archive) or PATH... (saved mail)".to_owned());
        }
        let (old, new) = (text(&self.old)?, text(&self.new)?);
        let kind = kind(&self.old, &old, &self.new, &new)?;
        let side = |path: &Path, text: &str| with_rules(judging::policy(self.config.as_deref())?, kind, path, text);
        let mut comparison = Comparison {
            kind,
            old: side(&self.old, &old)?,
            new: side(&self.new, &new)?,
            shape: Shape::from(self.json),
            seen: 0,
            flips: 0,
            errors: 0,
        };
        let mut readable = true;
        if self.paths.is_empty() {
            let config = judging::config(self.config.as_deref())?;
            let connection = read::open(&config.state).map_err(|error| error.to_string())?;
            let which = if kind == Kind::Discuss { Which::Posts } else { Which::Everything };
            let visited = archive::each(&connection, which, None, |mail| {
                if let Ok(message) = saved::parse(mail.bytes.clone()) {
                    comparison.compare(&mail.id.to_string(), &message, Some(&mail));
                }
            });
            visited.map_err(|error| error.to_string())?;
        } else {
            saved::each(&self.paths, |Saved { name, mail }| match mail {
                Ok(message) => comparison.compare(&name, &message, None),
                Err(fault) => {
                    readable = false;
                    client::complain(&format!("{name}: {fault}"));
                }
            });
        }
        comparison.sum_up();
        Ok(if comparison.errors == 0 && readable { Status::Done } else { Status::No })
    }
}

impl Comparison {
    fn compare(&mut self, name: &str, message: &Message, archived: Option<&Archived>) {
        self.seen += 1;
        let came_for = archived.map_or("", |mail| mail.came_for.as_str());
        let old = again::judge(self.kind, &self.old, message, came_for);
        let new = again::judge(self.kind, &self.new, message, came_for);
        if !new.differs(&old) {
            return;
        }
        self.flips += 1;
        let error = self.error(&new, archived);
        self.errors += usize::from(error.is_some());
        let decided = archived.map(|mail| if self.kind == Kind::Discuss { mail.outcome.as_str() } else { mail.class.as_str() });
        let flip = Flip { message: name, rules: self.kind, decided, old: &old, new: &new, error };
        match self.shape {
            Shape::Json => client::say_json(&flip),
            Shape::Text => show(&flip),
        }
    }

    /// What must not happen to a mail about which something was decided.
    fn error(&self, new: &Judgement, archived: Option<&Archived>) -> Option<&'static str> {
        let mail = archived?;
        let unseen = [Class::Spam, Class::Bounce, Class::AutoReply].map(Class::as_str);
        match self.kind {
            Kind::Discuss if refused_by_person(mail) && new.verdict == Action::Approve.as_str() => {
                Some("the new rules would approve what a person did not")
            }
            Kind::Inbox if mail.class == Class::Report.as_str() && unseen.contains(&new.verdict) => {
                Some("the new rules would lose what was a report")
            }
            _ => None,
        }
    }

    fn sum_up(&self) {
        if self.shape == Shape::Text {
            let Self { seen, flips, errors, .. } = self;
            client::say(&format!("{seen} messages, {flips} judged differently, {errors} of them an error"));
            if self.kind == Kind::Discuss {
                client::say(&format!("({ASSUMED})"));
            }
        }
    }
}

fn show(flip: &Flip<'_>) {
    let name = Cell::new(flip.message, Tone::Strong).painted();
    let decided = flip.decided.map(|word| format!(" ({word})")).unwrap_or_default();
    let tone = if flip.error.is_some() { Tone::Alert } else { Tone::Strong };
    client::say(&format!("{name}{decided}: {} -> {}", flip.old.told(), Cell::new(flip.new.told(), tone).painted()));
    if let Some(error) = flip.error {
        client::say(&Cell::new(format!("    error: {error}"), Tone::Alert).painted());
    }
    client::say_reasons(&flip.new.reasons);
}

fn text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: cannot be read: {}", path.display(), error.kind()))
}

/// The kind of both files, by the actions of their rules. A file without rules is of the other's kind.
fn kind(old: &Path, old_text: &str, new: &Path, new_text: &str) -> Result<Kind, String> {
    match (kind_of(old_text), kind_of(new_text)) {
        (Some(one), Some(other)) if one != other => Err(format!(
            "{} and {} are rules of different kinds: compare rules for posts with such, and rules for mail with such",
            old.display(),
            new.display()
        )),
        (Some(kind), _) | (None, Some(kind)) => Ok(kind),
        (None, None) => Err(format!(
            "{}: no rule in it has an action of discuss.toml (approve, reject, hold) or a class of inbox.toml (report, spam, ...)",
            old.display()
        )),
    }
}

fn kind_of(text: &str) -> Option<Kind> {
    let file: toml::Table = text.parse().ok()?;
    let actions: Vec<&str> = file.get("rule")?.as_array()?.iter().filter_map(|rule| rule.get("action")?.as_str()).collect();
    let known = |names: &[&str]| actions.iter().any(|action| names.contains(action));
    if known(&Action::NAMES.iter().map(|(name, _)| *name).collect::<Vec<_>>()) {
        Some(Kind::Discuss)
    } else if known(&Class::NAMES.iter().map(|(name, _)| *name).collect::<Vec<_>>()) {
        Some(Kind::Inbox)
    } else {
        None
    }
}

fn with_rules(mut policy: Policy, kind: Kind, path: &Path, text: &str) -> Result<Policy, String> {
    let name = path.display().to_string();
    let faulty = |errors: crate::rules::RuleFileErrors| errors.to_string();
    match kind {
        Kind::Discuss => policy.discuss_rules = DiscussRules::parse(&name, text, &policy.project).map_err(faulty)?,
        Kind::Inbox => policy.inbox_rules = InboxRules::parse(&name, text, &policy.project).map_err(faulty)?,
    }
    Ok(policy)
}
