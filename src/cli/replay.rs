//! `embargod replay`: handling a quarantined message again.

use super::{
    Status,
    stateful::{Number, Target},
};
use crate::daemon::act::Request;

/// Handles a quarantined message again
#[derive(Debug, clap::Args)]
pub(super) struct Replay {
    #[command(flatten)]
    target: Target,
    /// The message's number
    id: Number,
}

impl Replay {
    pub(super) fn run(self) -> Status {
        self.target.change(&Request::Replay { id: self.id.0 })
    }
}
