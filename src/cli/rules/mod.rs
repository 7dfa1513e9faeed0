//! `embargod rules`: trying the rules on their samples, and one mail on all rules.

mod application;
mod explain;
mod samples;
mod test;

use clap::Subcommand;

use super::Status;

/// The rules: test them on their samples, explain what they say of a mail
#[derive(Debug, clap::Args)]
pub(super) struct Rules {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Test(test::Test),
    Explain(explain::Explain),
}

impl Rules {
    pub(super) fn run(self) -> Status {
        match self.verb {
            Verb::Test(command) => command.run(),
            Verb::Explain(command) => command.run(),
        }
    }
}
