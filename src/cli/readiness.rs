//! `embargod readiness`: how ready each member is for the next embargo, with what it lacks by name (P48, P54, P82).

use serde::Serialize;

use super::{
    Status,
    client::{self, Shape},
    columns::{Cell, Tone, table},
    stateful::Target,
};
use crate::{
    clock::{Clock as _, SystemClock},
    daemon::assemble,
    membership::{
        belonging::{MemberFile, Readiness, Standing},
        organisation,
    },
    report::readiness,
    store::{StoreError, member, read, roster},
};

/// How ready each member is, the worst first: a score, and what is missing
#[derive(Debug, clap::Args)]
pub(super) struct ReadinessCommand {
    #[command(flatten)]
    target: Target,
}

/// A line as JSON.
#[derive(Serialize)]
struct Line<'a> {
    id: i64,
    organisation: &'a str,
    score: u32,
    faults: Vec<String>,
}

impl ReadinessCommand {
    pub(super) fn run(self) -> Status {
        self.target.look(|config, connection, shape| {
            if let Err(error) = assemble::application_rules(config) {
                return Ok(client::refuse(&error));
            }
            let all = readiness::members(connection, config, SystemClock.now())?;
            let lines: Vec<Line<'_>> = all.iter().map(|(file, readiness)| line(file, readiness)).collect();
            match shape {
                Shape::Json => lines.iter().for_each(client::say_json),
                Shape::Text => {
                    list(&lines);
                    strangers(connection)?;
                }
            }
            Ok(Status::Done)
        })
    }
}

fn line<'a>(file: &'a MemberFile, readiness: &Readiness) -> Line<'a> {
    let faults = readiness.faults.iter().map(ToString::to_string).collect();
    Line { id: file.id().0, organisation: &file.particulars().organisation, score: readiness.score, faults }
}

fn list(lines: &[Line<'_>]) {
    let row = |line: &Line<'_>| {
        let tone = match line.score {
            80.. => Tone::Good,
            50.. => Tone::Plain,
            _ => Tone::Alert,
        };
        vec![
            Cell::from(line.id.to_string()),
            Cell::from(line.organisation),
            Cell::new(line.score.to_string(), tone),
            Cell::from(line.faults.join("; ")),
        ]
    };
    let rows: Vec<Vec<Cell>> = lines.iter().map(row).collect();
    table(&["member", "organisation", "ready", "what is missing"], &rows, "there are no members");
}

/// Who stands on the public list and is no member here.
fn strangers(connection: &read::ReadOnly) -> Result<(), StoreError> {
    let files = member::files(connection)?;
    let is_member = |name: &str| {
        files
            .iter()
            .any(|file| file.standing() != Standing::Removed && organisation::is_same(&file.particulars().organisation, name))
    };
    let list = roster::organisations(connection)?;
    let strangers: Vec<&str> = list.iter().map(|one| one.name.as_str()).filter(|name| !is_member(name)).collect();
    if !strangers.is_empty() {
        client::say(&format!("\nOn the public list, and no member of that name: {}", Cell::from(strangers.join(", ")).painted()));
    }
    Ok(())
}
