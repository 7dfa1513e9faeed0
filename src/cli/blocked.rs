//! `embargod blocked`: the letters that the embargo firewall has stopped, and what becomes of them.

use std::io::{self, Write as _};

use clap::Subcommand;

use super::{
    Status,
    client::{self, Shape},
    columns::{Cell, Tone, table},
    stateful::{Number, Target, age, minute, missing},
};
use crate::{
    compose::{BlockedId, shown},
    daemon::act::{BlockedVerb, Request},
    store::blocked::{self, BlockedRow},
};

/// Letters that the embargo firewall has stopped: list, show, let-out, discard
#[derive(Debug, clap::Args)]
pub(super) struct Blocked {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// All of them, those that wait first
    List,
    /// What was found in it, and the letter
    Show {
        /// Its number
        id: Number,
        /// The letter itself, byte for byte, and nothing else
        #[arg(long, conflicts_with = "json")]
        raw: bool,
    },
    /// Let it go; it goes when a second person of the team has said so within a day
    LetOut {
        /// Its number
        id: Number,
    },
    /// It will not go; its bytes stay stored
    Discard {
        /// Its number
        id: Number,
    },
}

impl Blocked {
    pub(super) fn run(self) -> Status {
        let change = |id: Number, verb| self.target.change(&Request::Blocked { id: id.0, verb });
        match self.verb {
            Verb::List => self.target.look(|_, connection, shape| {
                let rows = blocked::list(connection)?;
                match shape {
                    Shape::Json => rows.iter().for_each(client::say_json),
                    Shape::Text => list(&rows),
                }
                Ok(Status::Done)
            }),
            Verb::Show { id, raw } => self.target.look(|_, connection, shape| {
                let row = blocked::list(connection)?.into_iter().find(|row| row.id == id.0);
                let (Some(row), Some(letter)) = (row, blocked::read(connection, BlockedId(id.0))?) else {
                    return Ok(missing("stopped letter", &id));
                };
                match shape {
                    _ if raw => {
                        // A reader who has gone away is no error.
                        let _ = io::stdout().lock().write_all(&letter.draft.bytes);
                    }
                    Shape::Json => client::say_json(&row),
                    Shape::Text => show(&row, &letter.draft.bytes),
                }
                Ok(Status::Done)
            }),
            Verb::LetOut { id } => change(id, BlockedVerb::LetOut),
            Verb::Discard { id } => change(id, BlockedVerb::Discard),
        }
    }
}

fn list(rows: &[BlockedRow]) {
    let row = |row: &BlockedRow| {
        let tone = if row.state == "waiting" { Tone::Alert } else { Tone::Faint };
        vec![
            Cell::from(row.id.to_string()),
            Cell::new(&row.state, tone),
            Cell::from(&row.kind),
            Cell::from(row.recipients.to_string()),
            Cell::from(minute(&row.at)),
            Cell::from(age(&row.at)),
            Cell::from(row.found.first().map_or("", String::as_str)),
        ]
    };
    let rows: Vec<Vec<Cell>> = rows.iter().map(row).collect();
    table(&["id", "state", "letter", "to", "since (UTC)", "age", "found"], &rows, "the firewall has stopped no letter");
}

fn show(row: &BlockedRow, bytes: &[u8]) {
    client::say(&Cell::new(format!("blocked-{}: {}", row.id, row.state), Tone::Strong).painted());
    let line = |name: &str, value: &str| client::say(&format!("  {name:<10}{}", Cell::from(value).painted()));
    line("letter", &row.kind);
    line("to", &format!("{} recipients", row.recipients));
    line("since", &format!("{} UTC ({})", minute(&row.at), age(&row.at)));
    if let Some(about) = row.about {
        line("about", &format!("in-{about}"));
    }
    if !row.proposed_by.is_empty() {
        line("proposed", &format!("{} wants to let it out", row.proposed_by));
    }
    if !row.settled_by.is_empty() {
        line("settled", &format!("{} by {}", row.state, row.settled_by));
    }
    row.found.iter().for_each(|found| line("found", found));
    client::say(&"");
    for text in shown::block(&String::from_utf8_lossy(bytes)).lines() {
        client::say(&format!("  | {text}"));
    }
}
