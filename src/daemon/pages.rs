//! Writes the files of the public pages: everything that has been released, for a web server to serve (P33).
//!
//! Promises: each file is written aside and renamed, so that a reader sees the old or the new one; nothing but released advisories and, of those
//! that members hold, number and planned date gets there ([`publication`]); what was written before stays. Fails with [`PagesError`],
//! which names the file and never content; the release tries again.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;

use super::Shared;
use crate::{
    advisory,
    cases::{CaseEvent, PublicCause, Recorded, RevisionAudience},
    config::publication::Publication as Pages,
    decide::Policy,
    disclosure::{CaseId, Embargo},
    mail::{Digest, Message, RawMessage},
    publication::{
        self, Audience, Cause, Grounds, NotPublishable, PublicFacts, Publication, Record, Revision, Standing, bytes_of, calendar,
        csaf_document, csaf_file_name, cve_records, osv_record,
    },
    store::{StoreError, Tx, case as cases_of, release as rows},
};

/// Why the files could not be written.
#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The released revisions make no publication.
    #[error("{case}: {why}")]
    NotPublishable {
        /// The case.
        case: CaseId,
        /// Why.
        why: NotPublishable,
    },
    /// A file.
    #[error("{}: {kind}", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        kind: io::ErrorKind,
    },
    /// Interrupted.
    #[error("writing was interrupted")]
    Interrupted,
}

/// Writes all files anew.
///
/// # Errors
/// [`PagesError`]; files written before that stay.
pub async fn write(shared: &Arc<Shared>, pages: Pages) -> Result<usize, PagesError> {
    let policy = shared.policy();
    let now = shared.clock.now();
    let released = shared.store.writer().write(released).await?;
    let written = tokio::task::spawn_blocking(move || {
        let files = files(&released, &policy, &pages, now)?;
        for (name, bytes) in &files {
            put(&pages.directory, name, bytes)?;
        }
        Ok(files.len())
    });
    written.await.map_err(|_| PagesError::Interrupted)?
}

/// One case with the bytes of its revisions.
struct Kept {
    case: CaseId,
    events: Vec<Recorded>,
    mails: Vec<(Digest, RawMessage)>,
}

fn released(tx: &Tx<'_>) -> Result<Vec<Kept>, StoreError> {
    let mut all = Vec::new();
    for case in rows::told(tx)? {
        let events = cases_of::record(tx, case)?;
        let mut mails = Vec::new();
        for recorded in &events {
            if let CaseEvent::RevisionRegistered { revision } = &recorded.event {
                mails.extend(rows::revision(tx, revision.digest)?.map(|mail| (revision.digest, mail)));
            }
        }
        all.push(Kept { case, events, mails });
    }
    Ok(all)
}

/// Every file, by its name below the directory.
fn files(released: &[Kept], policy: &Policy, pages: &Pages, now: Timestamp) -> Result<Vec<(String, Vec<u8>)>, PagesError> {
    let publisher = &pages.publisher;
    let (mut files, mut published, mut announced) = (Vec::new(), Vec::new(), Vec::new());
    for kept in released {
        match publication(kept, policy, pages, now)? {
            Some(publication) => published.push(publication),
            None => announced.extend(announcement(kept)),
        }
    }
    for publication in &published {
        files.push((publication.text_file_name(), publication.text().to_vec()));
        for file in publication.files() {
            files.extend(file.content.clone().map(|content| (file.name.clone(), content)));
        }
        let year = publication.public_at().strftime("%Y").to_string();
        let json = |value: &serde_json::Value| bytes_of(value).into_bytes();
        files.push((format!("csaf/{year}/{}", csaf_file_name(publication)), json(&csaf_document(publication, publisher))));
        files.push((format!("osv/{}.json", publication.name()), json(&osv_record(publication, publisher))));
        for (cve, record) in publication.cves().iter().zip(cve_records(publication, publisher)) {
            files.push((format!("cve/{cve}.json"), json(&record)));
        }
    }
    let index = publication::index(&published, &announced, publisher);
    files.push((format!("{}.json", publisher.prefix.to_ascii_lowercase()), bytes_of(&index).into_bytes()));
    let dates = calendar(&announced, Standing::Planned, publisher, now);
    files.extend(dates.map(|dates| ("planned.ics".to_owned(), dates.into_bytes())));
    Ok(files)
}

/// The publication of a case of which something was released.
fn publication(kept: &Kept, policy: &Policy, pages: &Pages, now: Timestamp) -> Result<Option<Publication>, PagesError> {
    let not = |why| PagesError::NotPublishable { case: kept.case, why };
    let file = crate::cases::CaseFile::fold(kept.case, &kept.events).map_err(|_| StoreError::Unknown("the record of a case"))?;
    let (Some(cause), Some(public_at)) = (file.public_cause(), file.public_at()) else { return Ok(None) };
    let mut registered: Vec<&crate::cases::Revision> = Vec::new();
    let (mut sent, mut assigned_at) = (Vec::new(), None);
    for recorded in &kept.events {
        match &recorded.event {
            CaseEvent::RevisionRegistered { revision } => registered.push(revision),
            CaseEvent::Predisclosed { version } => sent.push((*version, RevisionAudience::Members, recorded.at)),
            CaseEvent::ReleaseBegun { plan } => sent.push((plan.version, RevisionAudience::Public, recorded.at)),
            CaseEvent::CveAssigned { .. } => assigned_at = Some(recorded.at),
            _ => {}
        }
    }
    if !sent.iter().any(|(_, audience, _)| *audience == RevisionAudience::Public) {
        return Ok(None);
    }
    let mut parsed = Vec::new();
    for (version, audience, at) in sent {
        let digest = registered
            .iter()
            .rfind(|revision| revision.version == version && revision.audience == audience)
            .map(|found| found.digest);
        let mail = kept.mails.iter().find(|(known, _)| Some(*known) == digest).and_then(|(_, raw)| Message::parse(raw).ok());
        let advisory = mail.as_ref().and_then(|mail| advisory::parse(mail, &policy.project, &policy.advisory_rules).ok());
        if let (Some(mail), Some(advisory)) = (mail, advisory) {
            parsed.push((mail, advisory, audience, at));
        }
    }
    let revisions: Vec<Revision<'_>> = parsed
        .iter()
        .map(|(mail, advisory, audience, at)| Revision {
            mail,
            advisory,
            at: *at,
            audience: match audience {
                RevisionAudience::Members => Audience::Members,
                RevisionAudience::Public => Audience::Public,
            },
        })
        .collect();
    let grounds = match (cause, Embargo { until: public_at }.passed(now)) {
        (PublicCause::DiscovererEarly, _) => Grounds::AlreadyPublic(Cause::DiscovererEarly),
        (PublicCause::ExploitedInTheWild, _) => Grounds::AlreadyPublic(Cause::ExploitedInTheWild),
        (PublicCause::Leaked, _) => Grounds::AlreadyPublic(Cause::Leaked),
        (PublicCause::AlreadyPublic, _) => Grounds::AlreadyPublic(Cause::KnownInPublic),
        (PublicCause::Scheduled, Some(passed)) => Grounds::EmbargoPassed(passed),
        (PublicCause::Scheduled, None) => return Ok(None),
    };
    let record = Record { public_at, assigned_at, fixes: Vec::new(), references: Vec::new() };
    Publication::new(grounds, &revisions, record, &pages.publisher).map(Some).map_err(not)
}

/// What everybody may know of an advisory that members hold.
fn announcement(kept: &Kept) -> Option<PublicFacts> {
    let file = crate::cases::CaseFile::fold(kept.case, &kept.events).ok()?;
    file.predisclosed_at()?;
    let dates: Vec<Timestamp> = kept
        .events
        .iter()
        .filter_map(|recorded| match &recorded.event {
            CaseEvent::EmbargoSet { until, .. }
            | CaseEvent::EmbargoShortened { until, .. }
            | CaseEvent::EmbargoLengthened { until, .. } => Some(*until),
            _ => None,
        })
        .collect();
    PublicFacts::from_history(file.live_number()?, &dates, Standing::Planned)
}

/// Writes a file aside and renames it. Names come from `publication`, which lets none leave its folder; it is asked again here (T32).
fn put(directory: &Path, name: &str, bytes: &[u8]) -> Result<(), PagesError> {
    let path = directory.join(name);
    let at = |kind| PagesError::Io { path: path.clone(), kind };
    if !Path::new(name).components().all(|component| matches!(component, Component::Normal(_))) {
        return Err(at(io::ErrorKind::InvalidInput));
    }
    if fs::read(&path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| at(error.kind()))?;
    }
    let mut aside = path.clone().into_os_string();
    aside.push(".new");
    let written = fs::File::create(&aside).and_then(|mut file| {
        io::Write::write_all(&mut file, bytes)?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&aside, &path)).map_err(|error| at(error.kind()))
}
