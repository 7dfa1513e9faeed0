//! `embargod member`: the one membership table, which is the recipients of both private lists. Adding and removing takes two of the team.

use std::sync::LazyLock;

use clap::Subcommand;
use serde::Serialize;

use super::{
    Status,
    client::{self, Shape},
    columns::{Cell, Tone, table},
    stateful::{Number, Target, minute, missing},
};
use crate::{
    command::CommandContext,
    daemon::act::Request,
    mail::Address,
    membership::{
        MemberId,
        belonging::{Particulars, Standing},
    },
    store::{
        StoreError, member,
        read::{self, MemberRow, Which},
    },
};

/// The commands, one a line.
static FORMS: LazyLock<String> = LazyLock::new(|| {
    let forms: Vec<String> = CommandContext::Member.examples().iter().map(|form| format!("  {form}")).collect();
    format!("Commands:\n{}", forms.join("\n"))
});

/// The organisations on the private lists: list, show, add, remove, freeze, thaw
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
    /// One member: who it is, where it stands, its record
    Show {
        /// Its number
        id: Number,
    },
    /// Propose an organisation; once two of the team agree and its alias has answered, it gets everything
    Add {
        /// The organisation, as the public list of organisations names it
        organisation: String,
        /// Its role address: the one that gets both lists
        address: Address,
        /// A person confirmed to write for it; may be given several times
        #[arg(long, value_name = "ADDR")]
        poster: Vec<Address>,
        /// Why the address is taken although it does not look like a role's
        #[arg(long, value_name = "REASON")]
        because: Option<String>,
    },
    /// Nothing more goes there, waiting copies included; two of the team end the membership
    Remove {
        /// The role address
        address: Address,
        /// Why
        #[arg(long, value_name = "REASON", default_value = "no reason was given")]
        because: String,
    },
    /// Nothing more goes there, waiting copies included, until somebody thaws it
    Freeze {
        /// Its number
        id: Number,
        /// Why
        #[arg(required = true)]
        because: Vec<String>,
    },
    /// It gets mail again
    Thaw {
        /// Its number
        id: Number,
        /// Why, where its alias was never confirmed
        because: Vec<String>,
    },
    /// Anything that can be answered to a letter about it: `member say 4 terms v3.23 2026-11-21`
    #[command(after_help = FORMS.as_str())]
    Say {
        /// Its number
        id: Number,
        /// The command, as in the answer to a letter
        #[arg(required = true)]
        command: Vec<String>,
    },
}

impl Member {
    fn say(target: &Target, id: Number, command: String) -> Status {
        target.change(&Request::Member { id: id.0, command })
    }

    pub(super) fn run(self) -> Status {
        let target = &self.target;
        match self.verb {
            Verb::List { all } => self.target.look(|_, connection, shape| {
                let rows = read::members(connection, if all { Which::All } else { Which::Open })?;
                match shape {
                    Shape::Json => rows.iter().for_each(client::say_json),
                    Shape::Text => list(&rows),
                }
                Ok(Status::Done)
            }),
            Verb::Show { id } => self.target.look(|_, connection, shape| show(connection, id, shape)),
            Verb::Add { organisation, address, poster, because } => {
                self.target.change(&Request::AddMember { organisation, address, posters: poster, because })
            }
            Verb::Remove { address, because } => self.target.change(&Request::RemoveMember { address, because }),
            Verb::Freeze { id, because } => Self::say(target, id, format!("freeze because {}", because.join(" "))),
            Verb::Thaw { id, because } if because.is_empty() => Self::say(target, id, "thaw".to_owned()),
            Verb::Thaw { id, because } => Self::say(target, id, format!("thaw because {}", because.join(" "))),
            Verb::Say { id, command } => Self::say(target, id, command.join(" ")),
        }
    }
}

/// A member as JSON.
#[derive(Serialize)]
struct Shown<'a> {
    id: i64,
    standing: Standing,
    since: String,
    #[serde(flatten)]
    of: &'a Particulars,
    listed: bool,
    confirmed_at: Option<String>,
    to_do: Vec<&'static str>,
}

fn show(connection: &read::ReadOnly, id: Number, shape: Shape) -> Result<Status, StoreError> {
    let Some(file) = member::fold(connection, MemberId(id.0))? else { return Ok(missing("member", &id)) };
    let shown = Shown {
        id: id.0,
        standing: file.standing(),
        since: file.since().to_string(),
        of: file.particulars(),
        listed: file.is_listed(),
        confirmed_at: file.confirmed().map(|at| at.to_string()),
        to_do: file.to_do().into_iter().map(|to_do| to_do.as_str()).collect(),
    };
    if shape == Shape::Json {
        client::say_json(&shown);
        return Ok(Status::Done);
    }
    let of = file.particulars();
    client::say(&format!(
        "{} {}: {} since {} UTC",
        file.id(),
        Cell::from(&of.organisation).painted(),
        file.standing().as_str(),
        minute(&shown.since)
    ));
    let list = |all: Vec<String>| if all.is_empty() { "-".to_owned() } else { all.join(" ") };
    let terms = of.terms.as_ref().map_or("-".to_owned(), |terms| format!("{} on {}", terms.version, terms.on));
    for (what, text) in [
        ("alias", of.address.to_string()),
        ("posters", list(of.posters.iter().map(ToString::to_string).collect())),
        ("domains", list(of.domains.clone())),
        ("category", of.category.map_or("-", crate::membership::Category::as_str).to_owned()),
        ("tls", of.tls.as_str().to_owned()),
        ("terms", terms),
        ("confirmed", shown.confirmed_at.as_deref().map_or("never".to_owned(), minute)),
        ("public list", if file.is_listed() { "yes" } else { "no" }.to_owned()),
    ] {
        client::say(&format!("  {what}: {}", Cell::from(text).painted()));
    }
    for to_do in &shown.to_do {
        client::say(&format!("  to do: {to_do}"));
    }
    for recorded in member::record_of(connection, MemberId(id.0))? {
        let who = if recorded.by.name().is_empty() { "embargod" } else { recorded.by.name() };
        client::say(&format!(
            "  {}  {}  {who}",
            minute(&recorded.at.to_string()),
            recorded.event.kind().trim_start_matches("member-")
        ));
    }
    Ok(Status::Done)
}

fn list(rows: &[MemberRow]) {
    let row = |row: &MemberRow| {
        let tone = if row.state == "active" { Tone::Plain } else { Tone::Alert };
        let since = if row.state == "removed" { &row.changed_at } else { &row.added_at };
        vec![
            Cell::from(row.id.to_string()),
            Cell::from(&row.organisation),
            Cell::from(&row.address),
            Cell::new(&row.state, tone),
            Cell::from(minute(since)),
            Cell::from(row.posters.join(" ")),
        ]
    };
    let rows: Vec<Vec<Cell>> = rows.iter().map(row).collect();
    table(&["member", "organisation", "address", "state", "since (UTC)", "posters"], &rows, "there are no members");
}
