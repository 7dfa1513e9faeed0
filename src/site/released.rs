//! From the record of a case and the mails of its advisory to what the pages tell of it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Released;
use crate::{
    advisory::{self, AdvisoryRules},
    cases::{CaseEvent, CaseFile, PublicCause, Recorded, RevisionAudience, Unfit},
    disclosure::{CaseId, Embargo, Project},
    mail::{Digest, Message, RawMessage},
    publication::{
        Audience, Cause, Fix, Grounds, NotPublishable, PublicFacts, Publication, Publisher, Record, Revision, Standing,
    },
};

/// A case of which members or everybody have an advisory.
#[derive(Debug, Clone)]
pub struct Told {
    /// Which.
    pub case: CaseId,
    /// Its record.
    pub events: Vec<Recorded>,
    /// The registered revisions that are stored.
    pub mails: BTreeMap<Digest, RawMessage>,
}

/// Why the pages cannot tell of a case. Shows no word of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTold {
    /// Its record is none.
    #[error(transparent)]
    Record(#[from] Unfit),
    /// Its revisions make no publication.
    #[error(transparent)]
    NotPublishable(#[from] NotPublishable),
    /// One of its files is called like a file of the site, or like another file of an older advisory.
    #[error("the name of a file of the advisory is taken")]
    NameTaken,
}

/// The publication of a case of which something was released; `None` while only members have it, or before its instant.
///
/// # Errors
/// [`NotTold`].
pub fn released(
    told: &Told,
    project: &Project,
    rules: &AdvisoryRules,
    publisher: &Publisher,
    now: Timestamp,
) -> Result<Option<Released>, NotTold> {
    let file = CaseFile::fold(told.case, &told.events)?;
    let (Some(cause), Some(public_at)) = (file.public_cause(), file.public_at()) else { return Ok(None) };
    let sent = Sent::of(&told.events);
    if sent.revisions.iter().all(|(_, audience, _)| *audience != RevisionAudience::Public) {
        return Ok(None);
    }
    let grounds = match cause {
        PublicCause::DiscovererEarly => Grounds::AlreadyPublic(Cause::DiscovererEarly),
        PublicCause::ExploitedInTheWild => Grounds::AlreadyPublic(Cause::ExploitedInTheWild),
        PublicCause::Leaked => Grounds::AlreadyPublic(Cause::Leaked),
        PublicCause::AlreadyPublic => Grounds::AlreadyPublic(Cause::KnownInPublic),
        PublicCause::Scheduled => match (Embargo { until: public_at }).passed(now) {
            Some(passed) => Grounds::EmbargoPassed(passed),
            None => return Ok(None),
        },
    };
    let mut parsed = Vec::new();
    for (digest, audience, at) in sent.revisions {
        let mail = digest.and_then(|digest| told.mails.get(&digest)).and_then(|raw| Message::parse(raw).ok());
        let advisory = mail.as_ref().and_then(|mail| advisory::parse(mail, project, rules).ok());
        if let (Some(mail), Some(advisory)) = (mail, advisory) {
            let audience = match audience {
                RevisionAudience::Members => Audience::Members,
                RevisionAudience::Public => Audience::Public,
            };
            parsed.push((mail, advisory, audience, at));
        }
    }
    let revisions: Vec<Revision<'_>> =
        parsed.iter().map(|(mail, advisory, audience, at)| Revision { mail, advisory, at: *at, audience: *audience }).collect();
    let record = Record { public_at, assigned_at: sent.assigned_at, fixes: Vec::<Fix>::new(), references: Vec::new() };
    let publication = Publication::new(grounds, &revisions, record, publisher)?;
    Ok(Some(Released { case: told.case, publication }))
}

/// What the record says of the mails that went out.
struct Sent {
    revisions: Vec<(Option<Digest>, RevisionAudience, Timestamp)>,
    assigned_at: Option<Timestamp>,
}

impl Sent {
    fn of(events: &[Recorded]) -> Self {
        let mut registered: Vec<&crate::cases::Revision> = Vec::new();
        let (mut sent, mut assigned_at) = (Vec::new(), None);
        for recorded in events {
            match &recorded.event {
                CaseEvent::RevisionRegistered { revision } => registered.push(revision),
                CaseEvent::Predisclosed { version } => sent.push((*version, RevisionAudience::Members, recorded.at)),
                CaseEvent::ReleaseBegun { plan } => sent.push((plan.version, RevisionAudience::Public, recorded.at)),
                CaseEvent::CveAssigned { .. } => assigned_at = Some(recorded.at),
                _ => {}
            }
        }
        let digest = |version: u32, audience: RevisionAudience| {
            registered
                .iter()
                .rfind(|revision| revision.version == version && revision.audience == audience)
                .map(|found| found.digest)
        };
        let revisions = sent.into_iter().map(|(version, audience, at)| (digest(version, audience), audience, at)).collect();
        Self { revisions, assigned_at }
    }
}

/// What everybody may know of an advisory that members hold; `None` when its number is no secret's, or nothing of it was told.
pub fn announcement(told: &Told) -> Option<PublicFacts> {
    let file = CaseFile::fold(told.case, &told.events).ok()?;
    file.predisclosed_at()?;
    let dates: Vec<Timestamp> = told
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

/// Leaves out, with its reason, each advisory that has a file whose name belongs to the site or to an older advisory's other file.
pub fn fit(released: Vec<Released>) -> (Vec<Released>, Vec<(CaseId, NotTold)>) {
    let mut released = released;
    released.sort_by_key(|one| one.publication.number());
    let mut names: BTreeMap<String, Digest> = BTreeMap::new();
    let mut out = Vec::new();
    released.retain(|one| {
        let files = one.publication.files();
        let taken = files.iter().any(|file| {
            let name = file.name.to_ascii_lowercase();
            is_reserved(&name) || names.get(&name).is_some_and(|other| *other != file.digest)
        });
        if taken {
            out.push((one.case, NotTold::NameTaken));
        } else {
            names.extend(files.iter().map(|file| (file.name.to_ascii_lowercase(), file.digest)));
        }
        !taken
    });
    (released, out)
}

/// Whether the site itself has, or may one day have, a file of this name (in lower case).
fn is_reserved(name: &str) -> bool {
    let ours = ["index.", "organisations.", "site.", "icon.", "feed.", "planned.", "advisory-", "favicon", "robots."];
    let folders = ["csaf", "osv", "cve"];
    ours.iter().any(|prefix| name.starts_with(prefix))
        || folders.iter().any(|folder| name.split('/').next() == Some(folder))
        || (!name.contains('/') && name.ends_with(".json"))
}
