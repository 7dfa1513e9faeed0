//! `embargod run`: the daemon.

use std::{path::PathBuf, sync::Arc};

use super::{Status, client};
use crate::{
    clock::SystemClock,
    config::{self, Config},
    daemon::{
        log,
        run::{self, RunError},
    },
};

/// Runs the daemon: reads the mailboxes, decides, delivers, until it is told to stop (SIGTERM). SIGHUP reads the configuration again.
#[derive(Debug, clap::Args)]
pub(super) struct Run {
    /// The configuration.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Handle everything pending, deliver, and exit.
    #[arg(long)]
    once: bool,
}

impl Run {
    pub(super) fn run(self) -> Status {
        let config = match config::load(&self.config) {
            Ok(config) => config,
            Err(errors) => return client::refuse(&errors),
        };
        log::start(config.log);
        for warning in &config.warnings {
            tracing::warn!("{warning}");
        }
        let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return client::refuse(&format!("the runtime cannot start: {}", error.kind())),
        };
        let result = if self.once {
            runtime.block_on(run::once(&config, Arc::new(SystemClock)))
        } else {
            runtime.block_on(run::forever(config, |path| config::load(path).map_err(|errors| errors.to_string())))
        };
        runtime.shutdown_timeout(std::time::Duration::from_secs(2));
        ended(result)
    }
}

fn ended(result: Result<(), RunError>) -> Status {
    match result {
        Ok(()) => Status::Done,
        // A mailbox that cannot be read now is no fault of the configuration: the rest was done.
        Err(error @ RunError::Fetch { .. }) => {
            client::complain(&error);
            Status::No
        }
        Err(error) => client::refuse(&error),
    }
}

/// A configuration for a command that only looks.
pub(super) fn visit(path: &std::path::Path) -> Result<Config, config::ConfigErrors> {
    config::Reader::this_process(config::Access::Visitor).load(path)
}
