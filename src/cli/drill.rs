//! `embargod drill`: a test without content by the way that an advisory takes, and who got it (P63, P82).

use clap::Subcommand;

use super::{
    Status,
    client::{self, Shape},
    columns::{Cell, Tone, table},
    stateful::{Number, Target, minute},
};
use crate::{
    daemon::act::Request,
    store::{StoreError, read, roster},
};

/// The fire drill: send a test advisory to every member, and see who got it
#[derive(Debug, clap::Args)]
pub(super) struct Drill {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Send it, as a person of the team
    Start,
    /// Who accepted it, how fast, and who is silent; the last one, or that number
    Report {
        /// Its number
        id: Option<Number>,
    },
}

impl Drill {
    pub(super) fn run(self) -> Status {
        match self.verb {
            Verb::Start => self.target.change(&Request::Drill),
            Verb::Report { id } => self.target.look(|_, connection, shape| report(connection, id, shape)),
        }
    }
}

fn report(connection: &read::ReadOnly, id: Option<Number>, shape: Shape) -> Result<Status, StoreError> {
    let Some((id, began, rows)) = roster::drill_report(connection, id.map(|id| id.0))? else {
        client::complain(&"there was no fire drill (`embargod drill start`)");
        return Ok(Status::No);
    };
    if shape == Shape::Json {
        rows.iter().for_each(client::say_json);
        return Ok(Status::Done);
    }
    let accepted = rows.iter().filter(|row| row.state == "accepted").count();
    let answered = rows.iter().filter(|row| row.answered_after_hours.is_some()).count();
    client::say(&format!(
        "drill-{id}, begun {} UTC: {accepted} of {} accepted it, {answered} answered, {} are silent",
        minute(&began),
        rows.len(),
        rows.len().saturating_sub(answered)
    ));
    let row = |row: &roster::DrillRow| {
        let tone = if row.state == "accepted" { Tone::Good } else { Tone::Alert };
        let answered = match row.answered_after_hours {
            Some(hours) => Cell::new(format!("after {hours} h"), Tone::Good),
            None => Cell::new("silent", Tone::Strong),
        };
        vec![
            Cell::from(&row.organisation),
            Cell::from(&row.address),
            Cell::new(&row.state, tone),
            Cell::from(row.seconds.map(|seconds| format!("{seconds} s")).unwrap_or_default()),
            Cell::from(row.tls.as_deref().unwrap_or("not known")),
            answered,
            Cell::from(&row.reply),
        ]
    };
    let rows: Vec<Vec<Cell>> = rows.iter().map(row).collect();
    table(&["organisation", "address", "delivery", "in", "TLS", "answer", "reply"], &rows, "it went to nobody");
    Ok(Status::Done)
}
