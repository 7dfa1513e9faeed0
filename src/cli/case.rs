//! `embargod case`: the reports, and who has them.

use std::{
    fs,
    io::{self, IsTerminal as _, Read as _},
    path::PathBuf,
};

use clap::Subcommand;
use std::sync::LazyLock;

use super::{
    Status,
    client::{self, Shape},
    columns::{Cell, Tone, table},
    stateful::{Number, Target, age, minute, missing, second},
};
use crate::{
    command::CommandContext,
    daemon::act::Request,
    store::read::{self, CaseFull, CaseRow, Which},
};

/// Reports: list, show, claim, reply, close
#[derive(Debug, clap::Args)]
pub(super) struct Case {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// The open cases
    List {
        /// Also the closed ones
        #[arg(long)]
        all: bool,
    },
    /// One case: its mails and its record
    Show {
        /// Its number
        id: Number,
    },
    /// Take it
    Claim {
        /// Its number
        id: Number,
    },
    /// Answer the discoverer: the text, a file of it, or standard input
    Reply {
        /// Its number
        id: Number,
        /// The words
        #[arg(long, conflicts_with = "file")]
        text: Option<String>,
        /// A file with the words
        #[arg(long, value_name = "PATH")]
        file: Option<PathBuf>,
    },
    /// Close it
    Close {
        /// Its number
        id: Number,
        /// As what: nothing (everything is done), `duplicate of case-12`, `not-a-vulnerability because ...`, `other-project NAME`,
        /// `unsupported`, `withdrawn`
        reason: Vec<String>,
    },
    /// Anything that can be answered to a notice about it: `case say 4 embargo 2026-12-08T12:00:00Z`
    #[command(after_help = FORMS.as_str())]
    Say {
        /// Its number
        id: Number,
        /// The command, as in the answer to a notice
        #[arg(required = true)]
        command: Vec<String>,
    },
}

/// The commands, one a line.
static FORMS: LazyLock<String> = LazyLock::new(|| {
    let forms: Vec<String> = CommandContext::Case.examples().iter().map(|form| format!("  {form}")).collect();
    format!("Commands:\n{}", forms.join("\n"))
});

impl Case {
    pub(super) fn run(self) -> Status {
        match self.verb {
            Verb::List { all } => self.target.look(|_, connection, shape| {
                let rows = read::cases(connection, if all { Which::All } else { Which::Open })?;
                match shape {
                    Shape::Json => rows.iter().for_each(client::say_json),
                    Shape::Text => list(&rows),
                }
                Ok(Status::Done)
            }),
            Verb::Show { id } => self.target.look(|_, connection, shape| {
                let Some(case) = read::case(connection, id.0)? else { return Ok(missing("case", &id)) };
                match shape {
                    Shape::Json => client::say_json(&case),
                    Shape::Text => show(&case),
                }
                Ok(Status::Done)
            }),
            Verb::Claim { id } => self.target.change(&Request::Case { id: id.0, command: "claim".to_owned() }),
            Verb::Close { id, reason } => {
                self.target.change(&Request::Case { id: id.0, command: format!("close {}", reason.join(" ")) })
            }
            Verb::Say { id, command } => self.target.change(&Request::Case { id: id.0, command: command.join(" ") }),
            Verb::Reply { id, text, file } => match words(text, file) {
                Ok(text) if text.trim().is_empty() => client::refuse(&"an answer without words is not sent"),
                Ok(text) => self.target.change(&Request::Reply { id: id.0, text }),
                Err(why) => client::refuse(&why),
            },
        }
    }
}

fn words(text: Option<String>, file: Option<PathBuf>) -> Result<String, String> {
    match (text, file) {
        (Some(text), _) => Ok(text),
        (None, Some(path)) => {
            fs::read_to_string(&path).map_err(|error| format!("{}: cannot be read: {}", path.display(), error.kind()))
        }
        (None, None) if io::stdin().is_terminal() => {
            Err("give the words: --text TEXT, --file PATH, or on standard input".to_owned())
        }
        (None, None) => {
            let mut text = String::new();
            let read = io::stdin().lock().read_to_string(&mut text);
            read.map(|_| text).map_err(|error| format!("standard input cannot be read: {}", error.kind()))
        }
    }
}

fn list(rows: &[CaseRow]) {
    let row = |row: &CaseRow| {
        let (state, tone) = match row.state.as_str() {
            "claimed" => (format!("claimed by {}", row.claimed_by), Tone::Good),
            "open" => ("unclaimed".to_owned(), Tone::Alert),
            state => (state.to_owned(), Tone::Faint),
        };
        vec![
            Cell::from(row.id.to_string()),
            Cell::new(state, tone),
            Cell::from(minute(&row.opened_at)),
            Cell::from(age(&row.opened_at)),
            Cell::from(&row.discoverer),
            Cell::from(row.mails.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")),
        ]
    };
    let rows: Vec<Vec<Cell>> = rows.iter().map(row).collect();
    table(&["id", "state", "opened (UTC)", "age", "discoverer", "mails"], &rows, "no case is open");
}

fn show(case: &CaseFull) {
    let row = &case.row;
    client::say(&Cell::new(format!("case-{}: {}", row.id, row.state), Tone::Strong).painted());
    let line = |name: &str, value: &str| client::say(&format!("  {name:<12}{}", Cell::from(value).painted()));
    line("discoverer", &row.discoverer);
    line("opened", &format!("{} UTC ({})", minute(&row.opened_at), age(&row.opened_at)));
    line("claimed by", if row.claimed_by.is_empty() { "nobody" } else { &row.claimed_by });
    if !row.reason.is_empty() {
        line("closed", &row.reason);
    }
    client::say(&"");
    let mails: Vec<Vec<Cell>> = case
        .letters_in
        .iter()
        .map(|mail| vec![Cell::from(mail.id.to_string()), Cell::from(&mail.how), Cell::from(minute(&mail.arrived_at))])
        .collect();
    table(&["mail", "as", "arrived (UTC)"], &mails, "no mail belongs to it");
    client::say(&"");
    for event in &case.events {
        let actor = if event.actor.is_empty() { String::new() } else { format!(" by {}", event.actor) };
        let mail = event.cause.map(|mail| format!(" (mail {mail})")).unwrap_or_default();
        let text = if event.text.is_empty() { String::new() } else { format!(": {}", event.text) };
        client::say(&format!("  {}  {}", second(&event.at), Cell::from(format!("{}{actor}{text}{mail}", event.kind)).painted()));
    }
}
