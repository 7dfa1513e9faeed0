//! `embargod held`: the messages that wait for a person, and ruling on them.

use std::{
    io::{self, Write as _},
    path::Path,
};

use clap::Subcommand;
use serde::Serialize;

use super::{
    Status,
    client::{self, Shape},
    columns::{Cell, Tone, table},
    stateful::{Number, Target, age, minute, missing},
};
use crate::{
    command::RejectClass,
    compose::shown,
    daemon::act::{HeldRuling, Request},
    mail::Headers,
    store::read::{self, HeldFull, HeldRow, Which},
};

/// Messages that wait for a person: list, show, approve, reject, hold, discard, reroute
#[derive(Debug, clap::Args)]
pub(super) struct Held {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// What waits, urgent first
    List {
        /// Also what was settled
        #[arg(long)]
        all: bool,
    },
    /// Why it is held, and its header
    Show {
        /// Its number
        id: Number,
        /// The message itself, byte for byte, and nothing else
        #[arg(long, conflicts_with = "json")]
        raw: bool,
    },
    /// Distribute it to the members
    Approve {
        /// Its number
        id: Number,
    },
    /// Send it back, with the letter of its class
    Reject {
        /// Its number
        id: Number,
        /// Why: policy, membership, not-embargoed, public-recipient, mixed, unreadable [default: as the rules propose]
        #[arg(long, value_parser = reject_class)]
        class: Option<RejectClass>,
        /// Words of your own for the letter
        #[arg(long)]
        text: Option<String>,
    },
    /// Keep it waiting; the others hear that somebody looks at it
    Hold {
        /// Its number
        id: Number,
    },
    /// End it here, without a letter; the bytes stay
    Discard {
        /// Its number
        id: Number,
    },
    /// Make it a report: it gets a case
    Reroute {
        /// Its number
        id: Number,
    },
}

impl Held {
    pub(super) fn run(self) -> Status {
        let rule = |id: Number, ruling, class, text| self.target.change(&Request::Rule { id: id.0, ruling, class, text });
        match self.verb {
            Verb::List { all } => self.target.look(|_, connection, shape| {
                let rows = read::held(connection, if all { Which::All } else { Which::Open })?;
                match shape {
                    Shape::Json => rows.iter().for_each(client::say_json),
                    Shape::Text => list(&rows),
                }
                Ok(Status::Done)
            }),
            Verb::Show { id, raw } => self.target.look(|config, connection, shape| {
                let (Some(held), Some(bytes)) = (read::held_message(connection, id.0)?, read::raw(connection, id.0)?) else {
                    return Ok(missing("held message", &id));
                };
                match shape {
                    _ if raw => {
                        // A reader who has gone away is no error.
                        let _ = io::stdout().lock().write_all(&bytes);
                    }
                    Shape::Json => client::say_json(&Shown { held: &held, header: header(&bytes) }),
                    Shape::Text => show(&held, &bytes, &config.file),
                }
                Ok(Status::Done)
            }),
            Verb::Approve { id } => rule(id, HeldRuling::Approve, None, None),
            Verb::Reject { id, class, text } => rule(id, HeldRuling::Reject, class, text),
            Verb::Hold { id } => rule(id, HeldRuling::Hold, None, None),
            Verb::Discard { id } => rule(id, HeldRuling::Discard, None, None),
            Verb::Reroute { id } => rule(id, HeldRuling::Reroute, None, None),
        }
    }
}

fn reject_class(word: &str) -> Result<RejectClass, String> {
    RejectClass::ALL.into_iter().find(|class| class.as_str() == word).ok_or_else(|| {
        let words: Vec<&str> = RejectClass::ALL.iter().map(|class| class.as_str()).collect();
        format!("a class is one of {}", words.join(", "))
    })
}

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    held: &'a HeldFull,
    header: String,
}

/// The header block, safe to look at.
fn header(bytes: &[u8]) -> String {
    shown::block(String::from_utf8_lossy(Headers::of(bytes).block()).trim_end())
}

fn list(rows: &[HeldRow]) {
    let row = |row: &HeldRow| {
        let tone = if row.state == "waiting" { Tone::Strong } else { Tone::Faint };
        let haste = if row.urgent { Cell::new("urgent", Tone::Alert) } else { Cell::from("") };
        vec![
            Cell::from(row.id.to_string()),
            Cell::new(&row.state, tone),
            Cell::from(&row.place),
            Cell::from(&row.suggests),
            Cell::from(rule(row)),
            Cell::from(minute(&row.held_at)),
            Cell::from(age(&row.held_at)),
            if row.ruled_by.is_empty() { haste } else { Cell::from(format!("by {}", row.ruled_by)) },
        ]
    };
    let rows: Vec<Vec<Cell>> = rows.iter().map(row).collect();
    table(&["id", "state", "place", "suggests", "rule", "since (UTC)", "age", ""], &rows, "nothing is held");
}

fn rule(row: &HeldRow) -> &str {
    if row.rule.is_empty() { "-" } else { &row.rule }
}

fn show(held: &HeldFull, bytes: &[u8], config: &Path) {
    let row = &held.row;
    let haste = if row.urgent { ", urgent" } else { "" };
    client::say(&Cell::new(format!("held-{}: {}{haste}", row.id, row.state), Tone::Strong).painted());
    let line = |name: &str, value: &str| client::say(&format!("  {name:<10}{}", Cell::from(value).painted()));
    line("place", &row.place);
    line("rule", rule(row));
    let class = if held.reason_class.is_empty() { String::new() } else { format!(" ({})", held.reason_class) };
    line("suggests", &format!("{}{class}", row.suggests));
    line("since", &format!("{} UTC ({})", minute(&row.held_at), age(&row.held_at)));
    line("sender", if held.poster.is_empty() { "not proven: nobody is answered" } else { &held.poster });
    if !row.ruled_by.is_empty() {
        line("settled", &format!("{} by {}", minute(&held.ruled_at), row.ruled_by));
    }
    line("sha256", &held.digest);
    client::say(&"");
    for reason in &held.reasons {
        let text = Cell::from(&reason.text).painted();
        client::say(&format!(
            "  {:<8}{} \"{text}\" ({})",
            reason.stage,
            Cell::new(&reason.field, Tone::Faint).painted(),
            reason.rule
        ));
    }
    client::say(&"");
    for line in header(bytes).lines() {
        client::say(&format!("  | {line}"));
    }
    client::say(&"");
    client::say(&format!("the whole message: embargod held --config {} show {} --raw", config.display(), row.id));
}
