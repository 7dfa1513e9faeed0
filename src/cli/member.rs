//! `embargod member`: the one membership table, which is the recipients of both private lists.

use clap::Subcommand;

use super::{
    Status,
    client::{self, Shape},
    columns::{Cell, Tone, table},
    stateful::{Target, minute},
};
use crate::{
    daemon::act::Request,
    mail::Address,
    store::read::{self, MemberRow, Which},
};

/// The organisations on the private lists: list, add, remove
#[derive(Debug, clap::Args)]
pub(super) struct Member {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Who gets both lists
    List {
        /// Also who left
        #[arg(long)]
        all: bool,
    },
    /// Add an organisation; it gets everything sent from now on
    Add {
        /// The organisation, as the public list of organisations names it
        organisation: String,
        /// Its role address: the one that gets both lists
        address: Address,
        /// A person confirmed to write for it; may be given several times
        #[arg(long, value_name = "ADDR")]
        poster: Vec<Address>,
    },
    /// End a membership; nothing more goes there, waiting copies included
    Remove {
        /// The role address
        address: Address,
    },
}

impl Member {
    pub(super) fn run(self) -> Status {
        match self.verb {
            Verb::List { all } => self.target.look(|_, connection, shape| {
                let rows = read::members(connection, if all { Which::All } else { Which::Open })?;
                match shape {
                    Shape::Json => rows.iter().for_each(client::say_json),
                    Shape::Text => list(&rows),
                }
                Ok(Status::Done)
            }),
            Verb::Add { organisation, address, poster } => {
                self.target.change(&Request::AddMember { organisation, address, posters: poster })
            }
            Verb::Remove { address } => self.target.change(&Request::RemoveMember { address }),
        }
    }
}

fn list(rows: &[MemberRow]) {
    let row = |row: &MemberRow| {
        let tone = if row.state == "active" { Tone::Plain } else { Tone::Alert };
        let since = if row.state == "removed" { &row.changed_at } else { &row.added_at };
        vec![
            Cell::from(&row.organisation),
            Cell::from(&row.address),
            Cell::new(&row.state, tone),
            Cell::from(minute(since)),
            Cell::from(row.posters.join(" ")),
        ]
    };
    let rows: Vec<Vec<Cell>> = rows.iter().map(row).collect();
    table(&["organisation", "address", "state", "since (UTC)", "posters"], &rows, "there are no members");
}
