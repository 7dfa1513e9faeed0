//! `embargod roster`: the public list of organisations and its change history: names only, no address ever (P52, P83).

use std::{fs, path::PathBuf};

use clap::Subcommand;

use super::{
    Status,
    client::{self, Shape},
    stateful::Target,
};
use crate::{
    config::Config,
    daemon::act::Request,
    membership::{PolicyVersion, history, organisation},
    store::roster,
};

/// The public list of organisations: show, history, import, export
#[derive(Debug, clap::Args)]
pub(super) struct Roster {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// The organisations in the policy's order, one name a line
    List,
    /// The change history in the policy's format, newest first
    History,
    /// Take today's list over: CSV with the columns `name` and `added_in_policy_version`
    Import {
        /// The list
        file: PathBuf,
        /// The history so far, newest first
        #[arg(long, value_name = "FILE")]
        history: Option<PathBuf>,
    },
    /// The list in the form that `import` takes
    Export,
}

impl Roster {
    pub(super) fn run(self) -> Status {
        match self.verb {
            Verb::List | Verb::Export => {
                let is_page = matches!(self.verb, Verb::List);
                self.target.look(|_, connection, shape| {
                    let list = roster::organisations(connection)?;
                    match (shape, is_page) {
                        (Shape::Json, _) => list.iter().for_each(client::say_json),
                        (Shape::Text, true) => say_text(&organisation::write_page(&list)),
                        (Shape::Text, false) => say_text(&organisation::write_csv(&list)),
                    }
                    Ok(Status::Done)
                })
            }
            Verb::History => self.target.look(|config, connection, shape| {
                let lines = roster::history(connection, in_force(config))?;
                match shape {
                    Shape::Json => lines.iter().for_each(client::say_json),
                    Shape::Text => say_text(&history::write(&lines)),
                }
                Ok(Status::Done)
            }),
            Verb::Import { file, history } => {
                let read = |path: &PathBuf| {
                    fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {}", path.display(), error.kind()))
                };
                let organisations = match read(&file) {
                    Ok(text) => text,
                    Err(why) => return client::refuse(&why),
                };
                let history = match history.as_ref().map(read).transpose() {
                    Ok(text) => text,
                    Err(why) => return client::refuse(&why),
                };
                self.target.change(&Request::ImportRoster { organisations, history })
            }
        }
    }
}

fn say_text(text: &str) {
    text.lines().for_each(|line| client::say(&line));
}

/// The version of the policy in force; the first line of a history without lines is the next one.
fn in_force(config: &Config) -> PolicyVersion {
    let version = config.policy.version.parse().unwrap_or(PolicyVersion { major: 1, minor: 0 });
    PolicyVersion { minor: version.minor.saturating_add(1), ..version }
}
