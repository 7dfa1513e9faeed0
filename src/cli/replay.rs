//! `embargod replay`: what becomes of quarantined messages.

use super::{
    Status,
    stateful::{Number, Target},
};
use crate::{daemon::act::Request, store::inbox::Again};

/// Handles quarantined messages again, or says that they were handled
#[derive(Debug, clap::Args)]
pub(super) struct Replay {
    #[command(flatten)]
    target: Target,
    /// The messages' numbers
    #[arg(required = true, value_name = "ID")]
    ids: Vec<Number>,
    /// Keep back what they make us write to others than the team: it may have been sent. It waits in `outbox list`
    #[arg(long, conflicts_with = "handled")]
    keep_letters: bool,
    /// They were handled before: nothing is done with them
    #[arg(long)]
    handled: bool,
}

impl Replay {
    pub(super) fn run(self) -> Status {
        let again = match (self.keep_letters, self.handled) {
            (true, _) => Again::KeepLetters,
            (false, true) => Again::WasHandled,
            (false, false) => Again::AsNew,
        };
        let mut worst = Status::Done;
        for id in &self.ids {
            match self.target.change(&Request::Replay { id: id.0, again }) {
                Status::Refused => return Status::Refused,
                Status::No => worst = Status::No,
                Status::Done => {}
            }
        }
        worst
    }
}
