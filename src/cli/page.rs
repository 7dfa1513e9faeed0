//! `embargod page`: the public pages as a folder, as a release writes them.

use std::path::PathBuf;

use serde::Serialize;

use super::{
    Status,
    client::{self, Shape},
    stateful::Target,
};
use crate::{
    clock::{Clock as _, SystemClock},
    daemon::{
        assemble,
        pages::{self, PagesError},
    },
};

/// The public pages: writes the web site of all that is public, and nothing else
#[derive(Debug, clap::Args)]
pub(super) struct Page {
    #[command(flatten)]
    target: Target,
    /// The folder to write; it is replaced in one step. Default: the directory of `[publication]`
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Written {
    directory: String,
    files: usize,
    advisories: usize,
    left_out: Vec<LeftOut>,
}

#[derive(Serialize)]
struct LeftOut {
    case: i64,
    why: String,
}

impl Page {
    pub(super) fn run(self) -> Status {
        self.target.look(|config, connection, shape| {
            let Some(publication) = &config.publication else {
                return Ok(client::refuse(&format!(
                    "{}: no [publication]: the pages name who publishes and where; config/xen.toml shows its keys",
                    config.file.display()
                )));
            };
            let policy = match assemble::policy(config) {
                Ok(policy) => policy,
                Err(error) => return Ok(client::refuse(&error)),
            };
            let directory = self.out.as_ref().unwrap_or(&publication.directory);
            let written = pages::gather(connection, &policy, &publication.publisher, SystemClock.now())
                .and_then(|gathered| Ok((pages::put(directory, &publication.publisher, &gathered)?, gathered)));
            let (files, gathered) = match written {
                Ok(written) => written,
                Err(PagesError::Store(error)) => return Err(error),
                // The pages that are there stay, and the answer is no.
                Err(error @ (PagesError::Refused(_) | PagesError::WouldWithdraw { .. })) => {
                    client::complain(&error);
                    return Ok(Status::No);
                }
                Err(error) => return Ok(client::refuse(&error)),
            };
            for (case, why) in &gathered.left_out {
                client::complain(&format!("{case} is left out: {why}"));
            }
            let left_out = gathered.left_out.iter().map(|(case, why)| LeftOut { case: case.0, why: why.to_string() }).collect();
            let written = Written { directory: directory.display().to_string(), files, advisories: gathered.released, left_out };
            match shape {
                Shape::Json => client::say_json(&written),
                Shape::Text => client::say(&format!(
                    "{}: {} files about {} released advisories",
                    written.directory, written.files, written.advisories
                )),
            }
            Ok(if written.left_out.is_empty() { Status::Done } else { Status::No })
        })
    }
}
