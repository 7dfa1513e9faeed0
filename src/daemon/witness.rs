//! Who tells the time besides our own clock: the mail servers, asked for their date.

use std::{path::PathBuf, sync::Arc, time::Duration};

use jiff::Timestamp;

use super::{Shared, fetch};
use crate::{
    config::{ImapSource, Source},
    release::{Checkpoint, Clocks, Origin, ServerDate},
    source::maildir,
};

/// No server is waited for longer: the instant may be now.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that tells its date.
#[derive(Clone)]
pub enum Witness {
    /// An IMAP server.
    Imap(Box<ImapSource>),
    /// The file system that a Maildir lies on: our own clock, unless it is another machine's.
    Maildir(String, PathBuf),
    /// Our own clock, in a rehearsal.
    Ourselves,
}

impl Witness {
    /// One for each source of mail.
    pub fn of(sources: &[Source]) -> Vec<Self> {
        let witness = |source: &Source| match source {
            Source::Imap(imap) => Witness::Imap(Box::new(imap.clone())),
            Source::Maildir(maildir) => Witness::Maildir(maildir.name.clone(), maildir.path.clone()),
        };
        sources.iter().map(witness).collect()
    }

    /// Whether this is a rehearsal, which publishes nothing and writes no pages.
    pub fn is_rehearsing(&self) -> bool {
        matches!(self, Witness::Ourselves)
    }

    fn name(&self) -> String {
        match self {
            Witness::Imap(imap) => imap.name.clone(),
            Witness::Maildir(name, _) => name.clone(),
            Witness::Ourselves => "ourselves".to_owned(),
        }
    }

    fn origin(&self) -> Origin {
        match self {
            // In a rehearsal our own clock stands for all the others.
            Witness::Imap(_) | Witness::Ourselves => Origin::Remote,
            Witness::Maildir(..) => Origin::Local,
        }
    }

    async fn ask(self, shared: &Arc<Shared>) -> Option<Timestamp> {
        let name = self.name();
        let asked = async {
            match self {
                Witness::Ourselves => Ok(shared.clock.now()),
                Witness::Imap(imap) => fetch::server_date(&imap).await.map_err(|error| error.to_string()),
                Witness::Maildir(_, path) => tokio::task::spawn_blocking(move || maildir::date(&path))
                    .await
                    .map_err(|_| "asking was interrupted".to_owned())?
                    .map_err(|error| error.to_string()),
            }
        };
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(date)) => Some(date),
            Ok(Err(why)) => {
                tracing::warn!(source = name, "{name} does not tell its date: {why}");
                None
            }
            Err(_) => {
                tracing::warn!(source = name, "{name} does not tell its date in {} s", PATIENCE.as_secs());
                None
            }
        }
    }
}

/// All clocks, read together. `recorded` is the time of the newest entry in the record.
pub async fn clocks(shared: &Arc<Shared>, recorded: Option<Timestamp>) -> Clocks {
    let mut asked = tokio::task::JoinSet::new();
    for witness in shared.witnesses.clone() {
        let shared = Arc::clone(shared);
        asked.spawn(async move {
            let (name, origin) = (witness.name(), witness.origin());
            let said = witness.ask(&shared).await;
            (name, origin, said, shared.clock.monotonic())
        });
    }
    let mut said = Vec::new();
    while let Some(answer) = asked.join_next().await {
        if let Ok((name, origin, Some(says), heard)) = answer {
            said.push((name, origin, says, heard));
        }
    }
    let (wall, monotonic) = (shared.clock.now(), shared.clock.monotonic());
    let age = |heard: Duration| monotonic.saturating_sub(heard);
    let servers = said.into_iter().map(|(name, origin, says, heard)| ServerDate { name, origin, says, age: age(heard) });
    let remotes = shared.witnesses.iter().filter(|witness| witness.origin() == Origin::Remote).count();
    Clocks { wall, monotonic, checkpoint: shared.checkpoint(), servers: servers.collect(), remotes, recorded }
}

/// Our own two clocks at this moment.
pub fn checkpoint(clock: &dyn crate::clock::Clock) -> Checkpoint {
    Checkpoint { wall: clock.now(), monotonic: clock.monotonic() }
}
