//! `embargod applications`: what waits for the team on the public applications list, and what can be said about it (P71-P80).

use std::sync::LazyLock;

use clap::Subcommand;
use serde::Serialize;

use super::{
    Status,
    client::{self, Shape},
    columns::{Cell, Tone, table},
    stateful::{Number, Target, age, minute, missing},
};
use crate::{
    clock::{Clock as _, SystemClock},
    command::CommandContext,
    daemon::{act::Request, assemble},
    decide::membership::patience,
    membership::{
        ApplicationId,
        applying::{ApplicationFile, ApplicationState},
        queue,
    },
    store::{StoreError, membership, read},
};

/// Applications for membership: the queue, one of them, and what is said about it
#[derive(Debug, clap::Args)]
pub(super) struct Applications {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Also those that are decided
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// One application: its checklist with quotes, its answers and its record
    Show {
        /// Its number
        id: Number,
    },
    /// Anything that can be answered to a notice about it: `applications say 12 accept`
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
    let forms: Vec<String> = CommandContext::Application.examples().iter().map(|form| format!("  {form}")).collect();
    format!("Commands:\n{}", forms.join("\n"))
});

/// A line of the queue as JSON.
#[derive(Serialize)]
struct Line<'a> {
    id: i64,
    organisation: Option<&'a str>,
    state: ApplicationState,
    arrived_at: String,
    since: String,
    open: Vec<&'a str>,
    comments: usize,
    reviewer: Option<&'a str>,
    embargo_active_at_arrival: bool,
    next: Option<String>,
    late: bool,
}

impl Applications {
    pub(super) fn run(self) -> Status {
        match self.verb {
            None => self.target.look(|config, connection, shape| {
                let policy = match assemble::policy(config) {
                    Ok(policy) => policy,
                    Err(error) => return Ok(client::refuse(&error)),
                };
                let files = membership::all(connection)?;
                let patience = patience(&policy.application_rules);
                let mut lines: Vec<Line<'_>> = queue::applications(&files, &patience, SystemClock.now())
                    .into_iter()
                    .map(|one| line(one.file, Some(one.next), one.late))
                    .collect();
                if self.all {
                    let shown: Vec<i64> = lines.iter().map(|line| line.id).collect();
                    lines.extend(files.iter().filter(|file| !shown.contains(&file.id().0)).map(|file| line(file, None, false)));
                }
                match shape {
                    Shape::Json => lines.iter().for_each(client::say_json),
                    Shape::Text => list(&lines),
                }
                Ok(Status::Done)
            }),
            Some(Verb::Show { id }) => self.target.look(|_, connection, shape| show(connection, id, shape)),
            Some(Verb::Say { id, command }) => self.target.change(&Request::Application { id: id.0, command: command.join(" ") }),
        }
    }
}

fn line(file: &ApplicationFile, next: Option<String>, late: bool) -> Line<'_> {
    Line {
        id: file.id().0,
        organisation: file.organisation(),
        state: file.state(),
        arrived_at: file.arrived().to_string(),
        since: file.since().to_string(),
        open: file.open_items().collect(),
        comments: file.comments(),
        reviewer: file.reviewer().map(|name| name.0.as_str()),
        embargo_active_at_arrival: file.embargo_active_at_arrival(),
        next,
        late,
    }
}

fn list(lines: &[Line<'_>]) {
    let row = |line: &Line<'_>| {
        let tone = if line.late { Tone::Alert } else { Tone::Plain };
        vec![
            Cell::from(format!("application-{}", line.id)),
            Cell::from(line.organisation.unwrap_or("?")),
            Cell::from(line.state.as_str()),
            Cell::new(age(&line.since), tone),
            Cell::from(line.open.len().to_string()),
            Cell::from(if line.embargo_active_at_arrival { "yes" } else { "" }),
            Cell::from(line.reviewer.unwrap_or_default()),
            Cell::from(line.next.as_deref().unwrap_or_default()),
        ]
    };
    let rows: Vec<Vec<Cell>> = lines.iter().map(row).collect();
    let heads = ["application", "organisation", "state", "for", "open", "embargo", "reviewer", "next"];
    table(&heads, &rows, "no application waits");
}

fn show(connection: &read::ReadOnly, id: Number, shape: Shape) -> Result<Status, StoreError> {
    let id = ApplicationId(id.0);
    let Some(file) = membership::fold(connection, id)? else { return Ok(missing("application", &id.0)) };
    let record = membership::record_of(connection, id)?;
    if shape == Shape::Json {
        client::say_json(&line(&file, None, false));
        record.iter().for_each(client::say_json);
        return Ok(Status::Done);
    }
    let name = Cell::from(file.organisation().unwrap_or("an organisation without a name")).painted();
    client::say(&format!("{id}: {name}, {} since {} UTC", file.state().as_str(), minute(&file.since().to_string())));
    if file.embargo_active_at_arrival() {
        client::say(&"  an embargo ran when it came (for the team alone)");
    }
    let alias = file.alias().map_or_else(|| format!("{} offered, none chosen", file.aliases().len()), ToString::to_string);
    client::say(&format!("  alias: {}", Cell::from(alias).painted()));
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for (item, state, because) in file.items() {
        let tone = if state.is_open() { Tone::Alert } else { Tone::Good };
        let said = because.map(|because| format!("[{because}]"));
        let quote = item.quote.as_ref().map(|quote| format!("\"{quote}\""));
        let text: Vec<String> = said.into_iter().chain(quote).chain(item.note.clone()).collect();
        rows.push(vec![Cell::from(format!("  {}", item.id)), Cell::new(state.as_str(), tone), Cell::from(text.join(" "))]);
    }
    table(&["  item", "state", "evidence"], &rows, "");
    if let Some(draft) = file.draft() {
        client::say(&format!("\ndrafted by {} ({}), not sent:\n", draft.by, draft.answer.as_str()));
        draft.text.lines().for_each(|line| client::say(&format!("  {}", Cell::from(line).painted())));
    }
    client::say(&"");
    for recorded in &record {
        let who = if recorded.by.name().is_empty() { "embargod" } else { recorded.by.name() };
        let kind = recorded.event.kind().trim_start_matches("application-");
        client::say(&format!("  {}  {kind}  {who}", minute(&recorded.at.to_string())));
    }
    Ok(Status::Done)
}
