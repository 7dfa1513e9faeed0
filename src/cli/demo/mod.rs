//! `embargod demo`: the whole story on one machine, with nothing to set up and nothing sent anywhere.
//!
//! Mail comes from a Maildir and goes into folders of .eml files; between the two runs what runs in production: the shipped rules and letters, the
//! SQLite database, the daemon's own pass. Each thing that is told is counted from the files and the record first; where it is not so, the demo says
//! so and ends with status 1.
//!
//! - [`ground`]: the directory; [`mails`]: what people write; [`receiver`]: the mail server in front, which is played;
//! - [`stage`]: a mail arrives and the house makes a pass; [`story`]: the steps and their claims; [`tell`]: what is printed.

mod ground;
mod mails;
mod receiver;
mod stage;
mod story;
mod tell;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use self::{ground::Ground, stage::Stage, stage::Trouble, story::Play};
use super::{Status, client};
use crate::entropy::SystemEntropy;

/// Plays the whole story on this machine: no server, no set-up, nothing is sent
#[derive(Debug, clap::Args)]
pub(super) struct Demo {
    /// Where to play it: a new or empty directory [default: a fresh one in the system's place for temporary files]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Demo {
    pub(super) fn run(self) -> Status {
        let ground = match Ground::prepare(self.dir, rustix::process::getuid().as_raw(), &mut SystemEntropy) {
            Ok(ground) => ground,
            Err(error) => return client::refuse(&error),
        };
        let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return client::refuse(&format!("the runtime cannot start: {}", error.kind())),
        };
        match runtime.block_on(play(ground)) {
            Ok(()) => Status::Done,
            Err(error) => {
                client::complain(&error);
                Status::No
            }
        }
    }
}

async fn play(ground: Ground) -> Result<(), Trouble> {
    tell::line(&format!("embargod demo in {}", ground.root().display()));
    let stage = Stage::open(ground).await?;
    tell::line(&format!(
        "The {}'s lists with {} member organisations at invented addresses. Mail comes in as files (in/new), each letter goes out as a file (out/RECIPIENT/).",
        stage.config.project.name,
        stage.members.len()
    ));
    tell::line(
        "Played: the receiving mail server in front, which says whose DKIM signature is good. Real: rules, letters, database, decisions, deliveries.",
    );
    Play::new(stage)?.play().await
}
