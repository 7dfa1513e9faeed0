//! `embargod leak check`: which revision or mail a leaked text comes from, who held that one and since when, who had only others, who none.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use clap::Subcommand;
use serde::Serialize;

use super::{
    Status,
    client::{self, Shape},
    columns::{Cell, Tone},
    stateful::{Target, minute},
};
use crate::{
    clearance::Wall,
    clock::{Clock as _, SystemClock},
    config::Config,
    daemon::assemble,
    disclosure::CaseId,
    firewall::{Holding, Letter, TextKind},
    store::{
        StoreError,
        leak::{self, Copy},
        read::ReadOnly,
        wall,
    },
};

/// A text that turned up where it should not: which revision it comes from, and who held that one
#[derive(Debug, clap::Args)]
pub(super) struct Leak {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Compares a saved mail or any piece of text with every mail and every revision of every case
    ///
    /// Exit status 1 when no case has any of it.
    Check {
        /// The text, or a saved mail
        file: PathBuf,
    },
}

/// A text of a case that has some of the leaked one.
#[derive(Debug, Serialize)]
struct Found {
    case: String,
    kind: TextKind,
    revision: i64,
    percent: usize,
    /// Of a mail: since when it is here.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
}

/// Where a text comes from, as far as one case can say.
#[derive(Debug, Serialize)]
struct Answer {
    case: String,
    found: Vec<Found>,
    /// Who held a revision with the most of it: the first copy.
    held: Vec<Copy>,
    /// Who had later revisions only.
    later: Vec<Copy>,
    /// Who had earlier revisions only.
    earlier: Vec<Copy>,
    /// Members, also former ones, who never got any.
    never: Vec<String>,
}

impl Leak {
    pub(super) fn run(self) -> Status {
        let Verb::Check { file } = &self.verb;
        let bytes = match fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) => return client::refuse(&format!("{} cannot be read: {}", file.display(), error.kind())),
        };
        self.target.look(|config, connection, shape| {
            let wall = match cases(config, connection)? {
                Ok(wall) => wall,
                Err(status) => return Ok(status),
            };
            let answers = trace(connection, &wall, &bytes)?;
            match shape {
                Shape::Json => answers.iter().for_each(client::say_json),
                Shape::Text => show(&answers, file),
            }
            Ok(if answers.is_empty() { Status::No } else { Status::Done })
        })
    }
}

fn cases(config: &Config, connection: &ReadOnly) -> Result<Result<Wall, Status>, StoreError> {
    match assemble::policy(config) {
        Ok(policy) => wall::everything(connection, &policy, SystemClock.now()).map(Ok),
        Err(error) => Ok(Err(client::refuse(&error))),
    }
}

/// What each case says, the one with most of the text first.
fn trace(connection: &ReadOnly, wall: &Wall, bytes: &[u8]) -> Result<Vec<Answer>, StoreError> {
    let Some(firewall) = wall.firewall() else { return Ok(Vec::new()) };
    // A piece of text may begin like a header field; whichever reading finds more is the right one.
    let text = String::from_utf8_lossy(bytes);
    let readings = [Letter::of_bytes(bytes), Letter::of_text(&text)].map(|letter| firewall.which(&letter));
    let most = |holdings: &Vec<Holding>| holdings.first().map_or(0, |best| best.covered);
    let Some(holdings) = readings.into_iter().max_by_key(most) else { return Ok(Vec::new()) };
    let mut by_case: Vec<(CaseId, Vec<Holding>)> = Vec::new();
    for holding in holdings {
        match by_case.iter_mut().find(|(case, _)| *case == holding.source.case) {
            Some((_, all)) => all.push(holding),
            None => by_case.push((holding.source.case, vec![holding])),
        }
    }
    by_case.into_iter().map(|(case, holdings)| answer(connection, wall, case, &holdings)).collect()
}

fn answer(connection: &ReadOnly, wall: &Wall, case: CaseId, holdings: &[Holding]) -> Result<Answer, StoreError> {
    let mut found = Vec::new();
    for holding in holdings {
        let source = holding.source;
        let since = match source.kind {
            TextKind::Report => leak::arrived(connection, source.revision)?,
            _ => None,
        };
        found.push(Found {
            case: case.to_string(),
            kind: source.kind,
            revision: source.revision,
            percent: holding.percent(),
            since,
        });
    }
    let of_advisory = |one: &&Holding| matches!(one.source.kind, TextKind::Advisory | TextKind::Patch);
    let most = holdings.iter().filter(of_advisory).map(|one| one.covered).max();
    let with_most: BTreeSet<u32> = holdings
        .iter()
        .filter(of_advisory)
        .filter(|one| Some(one.covered) == most)
        .filter_map(|one| u32::try_from(one.source.revision).ok())
        .collect();
    let mut answer =
        Answer { case: case.to_string(), found, held: Vec::new(), later: Vec::new(), earlier: Vec::new(), never: Vec::new() };
    let number = wall.cases().iter().find(|live| live.case == case).and_then(|live| live.number);
    let (Some(number), Some(first)) = (number, with_most.first().copied()) else { return Ok(answer) };
    let mut by_address: BTreeMap<String, Vec<Copy>> = BTreeMap::new();
    for copy in leak::copies(connection, number)? {
        by_address.entry(copy.address.clone()).or_default().push(copy);
    }
    let all = leak::organisations(connection)?;
    answer.never = all.iter().filter(|(address, _)| !by_address.contains_key(*address)).map(|(_, name)| name.clone()).collect();
    // The copies of one recipient stand in their order: the first that fits says since when.
    for copies in by_address.into_values() {
        let holds = copies.iter().find(|copy| with_most.contains(&copy.revision));
        let later = copies.iter().find(|copy| copy.revision > first);
        match (holds, later, copies.first()) {
            (Some(copy), _, _) => answer.held.push(copy.clone()),
            (None, Some(copy), _) => answer.later.push(copy.clone()),
            (None, None, Some(copy)) => answer.earlier.push(copy.clone()),
            (None, None, None) => {}
        }
    }
    answer.held.sort_by(|one, other| (&one.since, &one.organisation).cmp(&(&other.since, &other.organisation)));
    Ok(answer)
}

fn show(answers: &[Answer], file: &Path) {
    if answers.is_empty() {
        client::say(&format!("no mail and no revision of any case has anything of {}", file.display()));
    }
    for answer in answers {
        client::say(&Cell::new(&answer.case, Tone::Strong).painted());
        for found in &answer.found {
            let since = found.since.as_ref().map_or_else(String::new, |at| format!(", here since {} UTC", minute(at)));
            let (kind, revision) = match found.kind {
                TextKind::Report => ("mail", format!("#{}", found.revision)),
                TextKind::Note => ("letter", format!("#{}", found.revision)),
                TextKind::Advisory => ("advisory", format!("v{}", found.revision)),
                TextKind::Patch => ("patch of", format!("v{}", found.revision)),
            };
            client::say(&format!("  {:>3} % in {kind} {revision}{since}", found.percent));
        }
        copies("held it", &answer.held);
        copies("had later revisions only", &answer.later);
        copies("had earlier revisions only", &answer.earlier);
        if !answer.never.is_empty() {
            client::say(&"  never had any:");
            answer.never.iter().for_each(|name| client::say(&format!("    {}", Cell::from(name).painted())));
        }
    }
}

fn copies(what: &str, copies: &[Copy]) {
    if copies.is_empty() {
        return;
    }
    client::say(&format!("  {what}:"));
    for copy in copies {
        let who = if copy.organisation.is_empty() { &copy.address } else { &copy.organisation };
        client::say(&format!("    {} UTC  {}  v{}", minute(&copy.since), Cell::from(who).painted(), copy.revision));
    }
}
