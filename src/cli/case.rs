//! `embargod case`: the reports, who has them, where they stand.

mod calendar;
mod report;
mod standing;

use std::{
    fs,
    io::{self, IsTerminal as _, Read as _},
    path::PathBuf,
};

use clap::Subcommand;
use jiff::Timestamp;
use serde::Serialize;
use std::sync::LazyLock;

use standing::{DateRow, NextRow, Standing};

use super::{
    Status,
    client::{self, Shape},
    columns::{self, Cell, Tone, table},
    stateful::{Number, Target, age, minute, missing, second},
};
use crate::{
    cases::{self, Standards},
    clock::{Clock as _, SystemClock},
    command::CommandContext,
    config::Config,
    daemon::{act::Request, assemble},
    disclosure::CaseId,
    store::{
        self, StoreError,
        read::{self, CaseFull, CaseMailRow, CaseRow, Which},
        reminder::ReminderRow,
    },
};

/// Reports: list, show, claim, reply, close, their transparency report, calendar and card
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
    /// One case: what is next, what is open, its dates, its mails and its record
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
    /// The transparency report: sealed during the embargo, then ready to be sent
    Report {
        /// Its number
        id: Number,
        /// A new file for it, which nobody else can read
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// An .ics with number and date of a planned release, and nothing else
    Calendar {
        /// Its number
        #[arg(required_unless_present = "all")]
        id: Option<Number>,
        /// All planned releases that the members have heard of
        #[arg(long, conflicts_with = "id")]
        all: bool,
        /// The file to write
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// What members may say in public until the release: number and date, and nothing else
    Card {
        /// Its number
        id: Number,
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
            Verb::List { all } => self.target.look(|config, connection, shape| {
                let standards = standards(config)?;
                let now = SystemClock.now();
                let mut rows = Vec::new();
                for row in read::cases(connection, if all { Which::All } else { Which::Open })? {
                    let file = store::case::fold(connection, CaseId(row.id))?;
                    let next = file.and_then(|file| standing::next(&file, &standards, now));
                    rows.push(Listed { row, next });
                }
                match shape {
                    Shape::Json => rows.iter().for_each(client::say_json),
                    Shape::Text => list(&rows),
                }
                Ok(Status::Done)
            }),
            Verb::Show { id } => self.target.look(|config, connection, shape| {
                let Some(case) = read::case(connection, id.0)? else { return Ok(missing("case", &id)) };
                let prefix = &config.project.advisory_prefix;
                let now = SystemClock.now();
                let Some(standing) = Standing::of(connection, id.0, &standards(config)?, prefix, now)? else {
                    return Ok(missing("case", &id));
                };
                match shape {
                    Shape::Json => client::say_json(&Shown { case: &case, standing: &standing }),
                    Shape::Text => show(&case, &standing, now),
                }
                Ok(Status::Done)
            }),
            Verb::Report { id, out } => report::run(&self.target, id, out.as_ref()),
            Verb::Card { id } => calendar::card(&self.target, &id),
            Verb::Calendar { id, all: _, out } => calendar::run(&self.target, id, out.as_ref()),
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

/// A case in a list, with what is next.
#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    row: CaseRow,
    next: Option<NextRow>,
}

/// A case in full, with where it stands.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    case: &'a CaseFull,
    #[serde(flatten)]
    standing: &'a Standing,
}

fn standards(config: &Config) -> Result<Standards, StoreError> {
    assemble::standards(config).map_err(|error| StoreError::Judgement(error.to_string()))
}

fn list(rows: &[Listed]) {
    let row = |Listed { row, next }: &Listed| {
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
            Cell::from(next.as_ref().map(|next| minute(&next.due)).unwrap_or_default()),
            Cell::from(next.as_ref().map(|next| next.what.as_str()).unwrap_or_default()),
        ]
    };
    let rows: Vec<Vec<Cell>> = rows.iter().map(row).collect();
    table(&["id", "state", "opened (UTC)", "age", "discoverer", "mails", "due (UTC)", "next"], &rows, "no case is open");
}

fn show(case: &CaseFull, standing: &Standing, now: Timestamp) {
    let row = &case.row;
    client::say(&Cell::new(format!("case-{}: {}", row.id, row.state), Tone::Strong).painted());
    let line = |name: &str, value: &str| client::say(&format!("  {name:<12}{}", Cell::from(value).painted()));
    line("discoverer", &row.discoverer);
    line("opened", &format!("{} UTC ({})", minute(&row.opened_at), age(&row.opened_at)));
    line("claimed by", if row.claimed_by.is_empty() { "nobody" } else { &row.claimed_by });
    if !row.reason.is_empty() {
        line("closed", &row.reason);
    }
    let by_mail = |mail: &CaseMailRow| (!mail.cves.is_empty()).then(|| format!("{} (mail {})", mail.cves.join(" "), mail.id));
    let named: Vec<String> = case.letters_in.iter().filter_map(by_mail).collect();
    if !named.is_empty() {
        line("CVE ids", &named.join(", "));
    }
    if let Some(next) = &standing.next {
        line("next", &next.what);
        let distance = cases::distance(next.at.duration_since(now));
        line("", &format!("{}, by {} UTC ({distance})", next.owner, minute(&next.due)));
    }
    client::say(&"");
    let told = |rows: &[(String, String)]| {
        let rows: Vec<Vec<Cell>> = rows.iter().map(|(what, value)| vec![Cell::from(what), Cell::from(value)]).collect();
        if !rows.is_empty() {
            columns::pairs(&rows);
            client::say(&"");
        }
    };
    told(&standing.regions.iter().map(|one| (one.region.to_owned(), one.state.clone())).collect::<Vec<_>>());
    let date = |one: &DateRow| (one.what.to_owned(), format!("{} UTC ({})", minute(&one.at), one.distance));
    told(&standing.dates.iter().map(date).collect::<Vec<_>>());
    if !standing.open.is_empty() {
        client::say(&"  open:");
        standing.open.iter().for_each(|item| client::say(&format!("  - {}", Cell::from(item).painted())));
        client::say(&"");
    }
    if !standing.reminders.is_empty() {
        let row = |one: &ReminderRow| {
            vec![Cell::from(&one.kind), Cell::from(minute(&one.due_at)), Cell::from(minute(&one.given_at)), Cell::from(&one.whom)]
        };
        let rows: Vec<Vec<Cell>> = standing.reminders.iter().map(row).collect();
        table(&["reminder", "due (UTC)", "given (UTC)", "to"], &rows, "");
        client::say(&"");
    }
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
