//! `embargod rules`: trying the rules on their samples, one mail on all rules, and other rules on the mail that came.

mod again;
mod application;
mod diff;
mod explain;
mod replay;
mod samples;
mod test;

use clap::Subcommand;

use super::Status;

/// The rules: test, explain, replay on the archive, diff two files
#[derive(Debug, clap::Args)]
pub(super) struct Rules {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Test(test::Test),
    Explain(explain::Explain),
    Replay(replay::Replay),
    Diff(diff::Diff),
}

impl Rules {
    pub(super) fn run(self) -> Status {
        match self.verb {
            Verb::Test(command) => command.run(),
            Verb::Explain(command) => command.run(),
            Verb::Replay(command) => command.run(),
            Verb::Diff(command) => command.run(),
        }
    }
}
