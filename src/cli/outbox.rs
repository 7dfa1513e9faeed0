//! `embargod outbox`: the deliveries that wait or failed.

use std::collections::BTreeSet;

use clap::Subcommand;

use super::{
    Status,
    client::{self, Shape},
    columns::{Cell, Tone, table},
    stateful::{Number, Target, minute, missing},
};
use crate::{
    daemon::act::Request,
    store::read::{self, DeliveryRow, Which},
};

/// Deliveries: list, retry
#[derive(Debug, clap::Args)]
pub(super) struct Outbox {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// What waits, failed or bounced
    List {
        /// Also what was delivered
        #[arg(long)]
        all: bool,
        /// Everything of one letter
        #[arg(long, value_name = "ID")]
        letter: Option<Number>,
    },
    /// Try failed, withheld or waiting deliveries again, at once
    Retry {
        /// The deliveries' numbers
        #[arg(required_unless_present_any = ["letter", "waiting"])]
        ids: Vec<Number>,
        /// Every delivery of this letter that failed or is withheld
        #[arg(long, value_name = "ID", conflicts_with = "ids")]
        letter: Option<Number>,
        /// Every delivery that the relay did not take yet and that waits for its next attempt: when the relay is mended
        #[arg(long, conflicts_with_all = ["ids", "letter"])]
        waiting: bool,
    },
}

impl Outbox {
    pub(super) fn run(self) -> Status {
        match self.verb {
            Verb::List { all, letter } => self.target.look(|_, connection, shape| {
                let which = if all { Which::All } else { Which::Open };
                let rows = read::outbox(connection, which, letter.map(|letter| letter.0))?;
                match shape {
                    Shape::Json => rows.iter().for_each(client::say_json),
                    Shape::Text => list(&rows),
                }
                Ok(Status::Done)
            }),
            Verb::Retry { waiting: true, .. } => retry(&self.target, None, &["deferred"], || {
                client::say(&"no delivery waits for its next attempt");
                Status::Done
            }),
            Verb::Retry { letter: Some(letter), .. } => {
                retry(&self.target, Some(letter), &["failed", "withheld"], || missing("failed delivery of letter", &letter))
            }
            Verb::Retry { ids, letter: None, .. } => {
                self.target.change(&Request::Retry { deliveries: ids.iter().map(|id| id.0).collect() })
            }
        }
    }
}

/// Tries those again that are in one of these states.
fn retry(target: &Target, letter: Option<Number>, states: &[&str], none: impl FnOnce() -> Status) -> Status {
    let mut deliveries = BTreeSet::new();
    let looked = target.look(|_, connection, _| {
        let rows = read::outbox(connection, Which::Open, letter.map(|letter| letter.0))?;
        deliveries.extend(rows.into_iter().filter(|row| states.contains(&row.state.as_str())).map(|row| row.id));
        Ok(Status::Done)
    });
    match (looked, deliveries.is_empty()) {
        (Status::Done, true) => none(),
        (Status::Done, false) => target.change(&Request::Retry { deliveries }),
        (refused, _) => refused,
    }
}

fn list(rows: &[DeliveryRow]) {
    let row = |row: &DeliveryRow| {
        let (state, tone) = match (row.state.as_str(), row.bounce.is_empty()) {
            ("accepted", true) => ("accepted".to_owned(), Tone::Good),
            ("accepted", false) => (format!("bounced {}", row.bounce), Tone::Alert),
            (state @ ("failed" | "withheld" | "unknown"), _) => (state.to_owned(), Tone::Alert),
            (state, _) => (state.to_owned(), Tone::Plain),
        };
        vec![
            Cell::from(row.id.to_string()),
            Cell::from(row.letter.to_string()),
            Cell::from(&row.kind),
            Cell::from(&row.recipient),
            Cell::new(state, tone),
            Cell::from(row.attempts.to_string()),
            Cell::from(if row.next_at.is_empty() { "-".to_owned() } else { minute(&row.next_at) }),
            Cell::from(&row.reply),
        ]
    };
    let rows: Vec<Vec<Cell>> = rows.iter().map(row).collect();
    let headings = ["id", "letter", "kind", "recipient", "state", "tries", "next (UTC)", "reply"];
    table(&headings, &rows, "nothing waits and nothing failed");
}
