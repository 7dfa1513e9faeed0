//! What `classify`, `moderate`, `application`, `lint` and `rules` share: the policy to judge by, and the walk over saved mail.
//!
//! They look at files and at the configuration, never at the state or its lock: they can run beside the daemon, and on a machine that has none.

use std::{
    io::{self, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

use super::{
    Status,
    client::{self, Shape},
    saved::{self, Saved},
};
use crate::{
    config::{Access, Config, Reader},
    daemon::assemble,
    decide::Policy,
    mail::Message,
};

/// The configuration that stands in when none is named: the Xen Project's, as it is shipped.
const XEN: (&str, &str) = ("config/xen.toml", include_str!("../../config/xen.toml"));
/// The one whose team and lists stand in the shipped samples.
const DEMO: (&str, &str) = ("config/demo.toml", include_str!("../../config/demo.toml"));

/// Which mail, by which rules, shown how.
#[derive(Debug, clap::Args)]
pub(super) struct Judging {
    /// The project and its rules [default: the Xen Project's, built in]
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// One JSON object a line
    #[arg(long)]
    pub(super) json: bool,
    /// Saved mail: .eml, mbox, Maildir, a folder of .eml; - is standard input
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
}

impl Judging {
    /// Judges each message; what cannot be read is reported on stderr and the rest goes on.
    pub(super) fn each(&self, mut one: impl FnMut(&Policy, Shape, &str, &Message) -> Status) -> Status {
        let policy = match policy(self.config.as_deref()) {
            Ok(policy) => policy,
            Err(why) => return client::refuse(&why),
        };
        let mut status = Status::Done;
        let mut progress = Progress::new();
        saved::each(&self.paths, |Saved { name, mail }| {
            progress.step();
            let this = match mail {
                Ok(message) => one(&policy, Shape::from(self.json), &name, &message),
                Err(fault) => {
                    progress.clear();
                    client::complain(&format!("{name}: {fault}"));
                    Status::No
                }
            };
            if this != Status::Done {
                status = this;
            }
        });
        progress.clear();
        status
    }
}

/// The policy of the configuration, or of the Xen Project.
pub(super) fn policy(config: Option<&Path>) -> Result<Policy, String> {
    assemble::policy(&self::config(config)?).map_err(|error| error.to_string())
}

/// The configuration, read without touching state, members or secrets.
pub(super) fn config(path: Option<&Path>) -> Result<Config, String> {
    match path {
        Some(path) => Reader::this_process(Access::Visitor).load(path).map_err(|errors| errors.to_string()),
        None => built_in(XEN),
    }
}

/// The configuration whose names the shipped samples use.
pub(super) fn sample_config() -> Result<Config, String> {
    built_in(DEMO)
}

fn built_in((name, text): (&str, &str)) -> Result<Config, String> {
    Reader::this_process(Access::Visitor).parse(Path::new(name), text).map_err(|errors| errors.to_string())
}

/// Every so many messages the count on stderr is renewed.
const STEP: usize = 100;

/// A count on stderr, for people who wait while the results go into a file.
struct Progress {
    read: usize,
    shown: bool,
    wanted: bool,
}

impl Progress {
    fn new() -> Self {
        Self { read: 0, shown: false, wanted: io::stderr().is_terminal() && !io::stdout().is_terminal() }
    }

    fn step(&mut self) {
        self.read += 1;
        if self.wanted && self.read.is_multiple_of(STEP) {
            let _ = write!(io::stderr().lock(), "\r{} messages read", self.read);
            self.shown = true;
        }
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            let _ = write!(io::stderr().lock(), "\r\u{1b}[K");
        }
    }
}
