//! The command line: one file for each subcommand. Stable: scripts and other tools rely on it.
//!
//! Exit status: 0 done and nothing wrong; 1 done, and the answer is no (a lint error, an unreadable file: reported, the rest goes on); 2 usage or
//! configuration, with file, line and remedy on stderr.

mod advisory;
mod application;
mod applications;
mod audit;
mod backup;
mod blocked;
mod case;
mod check;
mod classify;
mod client;
mod columns;
mod demo;
mod drill;
mod held;
mod judging;
mod leak;
mod lint;
mod member;
mod moderate;
mod outbox;
mod page;
mod readiness;
mod replay;
mod roster;
mod rules;
mod run;
mod saved;
mod simulate;
mod stateful;
mod status;
mod thaw;
mod tls_policy;
mod why;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The mail daemon that a security response team trusts with its embargoed mail.
#[derive(Debug, Parser)]
#[command(name = "embargod", version, about, arg_required_else_help = true)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Run(run::Run),
    Check(check::Check),
    Status(status::StatusCommand),
    Held(held::Held),
    Blocked(blocked::Blocked),
    Case(case::Case),
    Applications(applications::Applications),
    Member(member::Member),
    Readiness(readiness::ReadinessCommand),
    Drill(drill::Drill),
    Roster(roster::Roster),
    Advisory(advisory::Advisory),
    Outbox(outbox::Outbox),
    TlsPolicy(tls_policy::TlsPolicyCommand),
    Page(page::Page),
    Why(why::Why),
    Replay(replay::Replay),
    Audit(audit::Audit),
    Backup(backup::BackupCommand),
    Restore(backup::RestoreCommand),
    Thaw(thaw::Thaw),
    Leak(leak::Leak),
    Simulate(simulate::Simulate),
    Classify(classify::Classify),
    Moderate(moderate::Moderate),
    Application(application::Application),
    Lint(lint::Lint),
    Rules(rules::Rules),
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Done, and nothing is wrong.
    Done,
    /// Done, and the answer is no.
    No,
    /// Usage or configuration.
    Refused,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        match status {
            Status::Done => ExitCode::SUCCESS,
            Status::No => ExitCode::from(1),
            Status::Refused => ExitCode::from(2),
        }
    }
}

/// Reads the command line and does what it says.
pub fn main() -> ExitCode {
    // Everything we write may be embargoed mail.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    // A panic's words may quote a mail: only its place is said.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        client::complain(&format!("a bug at {place}; what was being done is not kept, the rest goes on"));
    }));
    let line = match Line::try_parse() {
        Ok(line) => line,
        Err(error) => {
            // Help and version go to stdout with status 0; a wrong line to stderr with status 2. A closed pipe is nobody's fault.
            let _ = error.print();
            return if error.use_stderr() { Status::Refused.into() } else { Status::Done.into() };
        }
    };
    let status = match line.command {
        Command::Demo(command) => command.run(),
        Command::Run(command) => command.run(),
        Command::Check(command) => command.run(),
        Command::Status(command) => command.run(),
        Command::Held(command) => command.run(),
        Command::Blocked(command) => command.run(),
        Command::Case(command) => command.run(),
        Command::Applications(command) => command.run(),
        Command::Member(command) => command.run(),
        Command::Readiness(command) => command.run(),
        Command::Drill(command) => command.run(),
        Command::Roster(command) => command.run(),
        Command::Advisory(command) => command.run(),
        Command::Outbox(command) => command.run(),
        Command::TlsPolicy(command) => command.run(),
        Command::Page(command) => command.run(),
        Command::Why(command) => command.run(),
        Command::Replay(command) => command.run(),
        Command::Audit(command) => command.run(),
        Command::Backup(command) => command.run(),
        Command::Restore(command) => command.run(),
        Command::Thaw(command) => command.run(),
        Command::Leak(command) => command.run(),
        Command::Simulate(command) => command.run(),
        Command::Classify(command) => command.run(),
        Command::Moderate(command) => command.run(),
        Command::Application(command) => command.run(),
        Command::Lint(command) => command.run(),
        Command::Rules(command) => command.run(),
    };
    status.into()
}
