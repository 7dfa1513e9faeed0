//! Writes the public pages: what has been released, as a folder for a web server ([`crate::site`]; P33). `embargod page`, every release, and the
//! daemon when something else of them has changed ([`follow`]) use this same way.
//!
//! Promises: the folder changes from the old pages to the new ones in one step ([`folder`]); every file has been read by the firewall; a case whose
//! revisions make no publication is left out and named, and stops the pages when it is the one that is being released, or was published already; what is
//! published is never withdrawn ([`PagesError::WouldWithdraw`]): only people do that; all reading is done on a connection of its own, so that no mail waits for it. Fails with [`PagesError`], which names files and cases and never content;
//! a release tries again.

pub mod folder;
pub mod follow;
mod standing;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;

use super::Shared;
use crate::{
    config::publication::Publication as Destination,
    decide::{self, Policy},
    disclosure::CaseId,
    entropy::SystemEntropy,
    mail::Digest,
    membership::{self, PolicyVersion},
    publication::Publisher,
    site::{self, HistoryLine, NotTold, Organisations, Passed, Refused, Site, SiteError, Told},
    store::{StoreError, apply, read::ReadOnly, release as rows, roster, wall},
};

/// Why the pages could not be written.
#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The case that is being released cannot be told of.
    #[error("{case}: {why}")]
    NotTold {
        /// The case.
        case: CaseId,
        /// Why.
        why: NotTold,
    },
    /// The pages cannot be made.
    #[error(transparent)]
    Site(#[from] SiteError),
    /// A page would give a live case away.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// What is published would be taken back. Only people do that.
    #[error(
        "nothing is written: {folder} has what these pages would withdraw ({what}); the database may be older than the pages: restore a newer one, or register and release the advisory here \
         again; when it is to go, remove its page (advisory-NUMBER.html) from the folder by hand",
        folder = folder.display(), what = what.join(", ")
    )]
    WouldWithdraw {
        /// Where it is published.
        folder: PathBuf,
        /// What: advisories, newer versions of them, their files.
        what: Vec<String>,
    },
    /// The folder.
    #[error(transparent)]
    Folder(#[from] folder::FolderError),
    /// Interrupted.
    #[error("writing was interrupted")]
    Interrupted,
}

/// Pages that may be written, and what they do not tell.
#[derive(Debug)]
pub struct Gathered {
    /// The files.
    pub passed: Passed,
    /// How many released advisories they tell of.
    pub released: usize,
    /// The cases that are left out.
    pub left_out: Vec<(CaseId, NotTold)>,
}

/// Writes all pages anew; for the release of a case, which they must tell of.
///
/// # Errors
/// [`PagesError`]; the pages that are there stay.
pub async fn write(shared: &Arc<Shared>, destination: Destination, releasing: Option<CaseId>) -> Result<usize, PagesError> {
    let policy = shared.policy();
    let now = shared.clock.now();
    let connection = shared.store.reader()?;
    let written = tokio::task::spawn_blocking(move || -> Result<_, PagesError> {
        // Taken first: what changes from here on is written by the next look.
        let told = follow::Told::now(&connection, &policy, now)?;
        let gathered = gather(&connection, &policy, &destination.publisher, now)?;
        for (case, why) in &gathered.left_out {
            if Some(*case) == releasing {
                return Err(PagesError::NotTold { case: *case, why: *why });
            }
            tracing::warn!(case = case.0, "the pages leave {case} out: {why}");
        }
        Ok((put(&destination.directory, &destination.publisher, &gathered)?, told))
    });
    let written = written.await.map_err(|_| PagesError::Interrupted)?;
    if let Err(PagesError::WouldWithdraw { what, .. }) = &written {
        tell(shared, what.clone()).await?;
    }
    let (files, told) = written?;
    shared.pages_written.is(told);
    Ok(files)
}

/// Puts the pages into the folder, unless they would take back what stands there. How many files there are.
///
/// # Errors
/// [`PagesError::WouldWithdraw`], [`PagesError::Folder`]; the pages that are there stay.
pub fn put(directory: &Path, publisher: &Publisher, gathered: &Gathered) -> Result<usize, PagesError> {
    let files = gathered.passed.files();
    let what = standing::withdrawn(directory, &publisher.prefix, files);
    if !what.is_empty() {
        return Err(PagesError::WouldWithdraw { folder: directory.to_owned(), what });
    }
    Ok(folder::replace(directory, files)?)
}

/// The team hears of pages that would withdraw something, once of the same.
async fn tell(shared: &Arc<Shared>, what: Vec<String>) -> Result<(), StoreError> {
    let (policy, now) = (shared.policy(), shared.clock.now());
    let key = format!("pages-withdraw:{}", Digest::of(what.join("\n").as_bytes()));
    let told = shared.store.writer().write(move |tx| {
        if roster::was_told(tx, &key)? {
            return Ok(false);
        }
        let effects = decide::tick::pages_withdraw(key, what, &policy, now, &mut SystemEntropy)
            .map_err(|error| StoreError::Judgement(error.to_string()))?;
        apply::effects(tx, None, effects, now)?;
        Ok(true)
    });
    if told.await? {
        shared.wake_deliverer();
    }
    Ok(())
}

/// Reads what is public and makes the pages of it.
///
/// # Errors
/// [`PagesError`].
pub fn gather(connection: &ReadOnly, policy: &Policy, publisher: &Publisher, now: Timestamp) -> Result<Gathered, PagesError> {
    let (mut released, mut announced, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    for kept in rows::told_all(connection)? {
        let told = Told { case: kept.case, events: kept.events, mails: kept.mails };
        match site::released(&told, &policy.project, &policy.advisory_rules, publisher, now) {
            Ok(Some(one)) => released.push(one),
            Ok(None) => announced.extend(site::announcement(&told)),
            Err(why) => left_out.push((told.case, why)),
        }
    }
    let (released, taken) = site::fit(released);
    left_out.extend(taken);
    let organisations = organisations(connection, policy)?;
    let files = site::generate(&Site {
        project: &policy.project.name,
        advisory: &policy.project.advisory_title,
        publisher,
        released: &released,
        announced: &announced,
        organisations: organisations.as_ref(),
        at: now,
    })?;
    // Looked up last: what has come under embargo meanwhile counts.
    let wall = wall::door(connection, policy, now)?;
    Ok(Gathered { passed: site::pass(files, &released, &wall)?, released: released.len(), left_out })
}

/// The public list and its change history, as `embargod roster` keeps them; `None` while nothing is listed.
fn organisations(connection: &ReadOnly, policy: &Policy) -> Result<Option<Organisations>, StoreError> {
    let names: Vec<String> = roster::organisations(connection)?.into_iter().map(|listed| listed.name).collect();
    let line = |line: membership::HistoryLine| HistoryLine {
        day: line.date.to_string(),
        machine: line.date.machine(),
        text: format!("v{}: {}", line.version, line.text),
    };
    let history: Vec<HistoryLine> =
        roster::history(connection, PolicyVersion::after(&policy.version))?.into_iter().map(line).collect();
    Ok((!names.is_empty() || !history.is_empty()).then_some(Organisations { names, history }))
}
