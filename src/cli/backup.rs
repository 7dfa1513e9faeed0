//! `embargod backup` and `embargod restore`: a copy of the database that knows that it is one, and how it comes into the place of what was lost.

use std::path::PathBuf;

use super::{Status, client, stateful};
use crate::{
    clock::{Clock as _, SystemClock},
    store::{backup, frozen},
};

/// Writes a copy of the database, beside the running daemon
#[derive(Debug, clap::Args)]
pub(super) struct BackupCommand {
    /// The configuration of the daemon
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The file to write; it must not be there. It is as secret as the database
    copy: PathBuf,
}

impl BackupCommand {
    pub(super) fn run(self) -> Status {
        let Some(path) = &self.config else { return stateful::nameless() };
        let config = match super::run::visit(path) {
            Ok(config) => config,
            Err(errors) => return client::refuse(&errors),
        };
        match backup::write(&config.state, &self.copy, SystemClock.now()) {
            Ok(()) => {
                let copy = self.copy.display();
                client::say(&format!(
                    "{copy} is written and looked through. It is marked: a database restored from it starts frozen."
                ));
                Status::Done
            }
            Err(error) => client::refuse(&error),
        }
    }
}

/// Puts a copy of the database in the place of what was lost; it starts frozen
#[derive(Debug, clap::Args)]
pub(super) struct RestoreCommand {
    /// The configuration of the daemon, which must not run
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A copy that `embargod backup` wrote, or any other
    copy: PathBuf,
}

impl RestoreCommand {
    pub(super) fn run(self) -> Status {
        let Some(path) = &self.config else { return stateful::nameless() };
        let config = match super::run::visit(path) {
            Ok(config) => config,
            Err(errors) => return client::refuse(&errors),
        };
        match backup::restore(&config.state, &self.copy, SystemClock.now()) {
            Ok(restored) => {
                let aside = restored.aside.map_or(String::new(), |aside| format!(" What was there is in {}.", aside.display()));
                client::say(&format!("{} is in place.{aside} It starts frozen: {}.", self.copy.display(), frozen::REMEDY));
                Status::Done
            }
            Err(error) => client::refuse(&error),
        }
    }
}
