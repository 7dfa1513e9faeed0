//! `embargod advisory`: what the predisclosure list got or waits for, and which advisories are live.

use std::{fs, path::PathBuf};

use clap::Subcommand;
use data_encoding::BASE64;
use jiff::Timestamp;

use super::{
    Status,
    client::{self, Shape},
    columns::{Cell, Tone, table},
    stateful::{Number, Target, minute},
};
use crate::{
    daemon::act::{AdvisoryVerb, Request},
    disclosure::AdvisoryNumber,
    source::maildir::with_crlf,
    store::read::{self, AdvisoryRowRead},
};

/// Advisories under embargo: list, submit, send, cancel, catch-up, live, pushed, public
#[derive(Debug, clap::Args)]
pub(super) struct Advisory {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// All records
    List,
    /// Hand in an advisory from a file, as a mail to the predisclosure list's address would
    Submit {
        /// The complete mail, header fields and all
        file: PathBuf,
    },
    /// Send a waiting advisory to the members: for a second person of the team
    Send {
        /// The record's number
        id: Number,
    },
    /// Do not send a waiting advisory
    Cancel {
        /// The record's number
        id: Number,
    },
    /// Send the newest revision to the members who joined since
    CatchUp {
        /// The advisory
        #[arg(value_name = "XSA-N")]
        number: AdvisoryNumber,
    },
    /// Take an advisory to be live that was sent before embargod came
    Live {
        /// The advisory
        #[arg(value_name = "XSA-N")]
        number: AdvisoryNumber,
        /// When its embargo ends: 2026-11-17T12:00:00Z
        #[arg(long, value_name = "TIME")]
        until: Option<Timestamp>,
    },
    /// Say that the changesets are in the public tree; for a hook of the repository, too
    Pushed {
        /// The advisory
        #[arg(value_name = "XSA-N")]
        number: AdvisoryNumber,
        /// Their ids
        commits: Vec<String>,
    },
    /// Say that an embargo is over: posts about it are no longer about a live advisory
    Public {
        /// The advisory
        #[arg(value_name = "XSA-N")]
        number: AdvisoryNumber,
    },
}

impl Advisory {
    pub(super) fn run(self) -> Status {
        let release = |id: Number, verb| self.target.change(&Request::Advisory { row: id.0, verb });
        match self.verb {
            Verb::List => self.target.look(|config, connection, shape| {
                let rows = read::advisories(connection)?;
                match shape {
                    Shape::Json => rows.iter().for_each(client::say_json),
                    Shape::Text => list(&rows, &config.project.advisory_prefix),
                }
                Ok(Status::Done)
            }),
            Verb::Submit { file } => match fs::read(&file) {
                Ok(bytes) => self.target.change(&Request::Submit { mail: BASE64.encode(&with_crlf(bytes)) }),
                Err(error) => client::refuse(&format!("{}: cannot be read: {}", file.display(), error.kind())),
            },
            Verb::Send { id } => release(id, AdvisoryVerb::Send),
            Verb::Cancel { id } => release(id, AdvisoryVerb::Cancel),
            Verb::CatchUp { number } => self.target.change(&Request::CatchUp { number: number.get() }),
            Verb::Live { number, until } => self.target.change(&Request::AddLive { number: number.get(), until }),
            Verb::Pushed { number, commits } => self.target.change(&Request::Pushed { number: number.get(), commits }),
            Verb::Public { number } => self.target.change(&Request::EndEmbargo { number: number.get() }),
        }
    }
}

fn list(rows: &[AdvisoryRowRead], prefix: &str) {
    let row = |row: &AdvisoryRowRead| {
        let tone = match row.state.as_str() {
            "waiting" => Tone::Alert,
            "sent" => Tone::Good,
            _ => Tone::Faint,
        };
        let number = row.number.map_or_else(|| "no number".to_owned(), |number| format!("{prefix}-{number} v{}", row.revision));
        vec![
            Cell::from(row.id.to_string()),
            Cell::from(number),
            Cell::new(&row.state, tone),
            Cell::from(if row.until.is_empty() { "-".to_owned() } else { minute(&row.until) }),
            Cell::from(&row.submitted_by),
            Cell::from(if row.sent_by.is_empty() { "-" } else { &row.sent_by }),
        ]
    };
    let rows: Vec<Vec<Cell>> = rows.iter().map(row).collect();
    table(&["id", "advisory", "state", "embargo until (UTC)", "from", "sent by"], &rows, "there are no advisories");
}
