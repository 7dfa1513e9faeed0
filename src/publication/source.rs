//! What a publication is made from, and why none can be made.

use jiff::Timestamp;

use super::publisher;
use crate::{
    advisory::{Advisory, Section},
    disclosure::EmbargoPassed,
    mail::Message,
};

/// Why an advisory may be public: the proof or the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grounds {
    /// Its embargo was over when it was asked.
    EmbargoPassed(EmbargoPassed),
    /// It was public before its date, or never under embargo.
    AlreadyPublic(Cause),
}

/// What made an issue public without its date (T05, T15, T16).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It was known in public when it was reported.
    KnownInPublic,
    /// The discoverer made it public before the date.
    DiscovererEarly,
    /// It is exploited in the wild.
    ExploitedInTheWild,
    /// It leaked.
    Leaked,
}

/// Who got a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The members of the predisclosure list, under embargo. Of such a revision only its version and its instant are published.
    Members,
    /// Everybody.
    Public,
}

/// One mail of the advisory as it was sent.
#[derive(Clone, Copy)]
pub struct Revision<'a> {
    /// The mail.
    pub mail: &'a Message,
    /// The mail taken apart.
    pub advisory: &'a Advisory,
    /// When it was sent.
    pub at: Timestamp,
    /// To whom.
    pub audience: Audience,
}

/// What is known of the advisory beside its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// When the advisory became public first. Not the instant of an amendment.
    pub public_at: Timestamp,
    /// When the CVE identifiers were assigned.
    pub assigned_at: Option<Timestamp>,
    /// The commits that fix it in the public repository, as far as they are pushed (policy P31).
    pub fixes: Vec<Fix>,
    /// Further pages about it, as absolute URLs.
    pub references: Vec<String>,
}

/// A fix in the public repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// The branch: `stable-4.19`.
    pub branch: String,
    /// The commit, 40 hexadecimal digits.
    pub commit: String,
}

/// Why no [`super::Publication`] can be made. Never quotes the advisory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPublishable {
    /// No revision is for everybody.
    #[error("none of the revisions went to the public")]
    NothingPublic,
    /// The revisions have different numbers.
    #[error("the revisions are of different advisories")]
    SeveralNumbers,
    /// Versions or instants do not grow, or a revision under embargo follows a public one.
    #[error("the revisions are not in their order")]
    Order,
    /// A public revision bears the mark of an embargo.
    #[error("a revision for the public is marked as embargoed")]
    MarkedEmbargoed,
    /// The first public revision says neither that it is the public release nor that there was no embargo (lint X08).
    #[error("the first public revision does not say that it is public")]
    NotClaimedPublic,
    /// The newest revision has more than one signature's frame, or one that does not end: what of it was signed is not certain.
    #[error("the frame of the newest revision's signature is broken")]
    Frame,
    /// The first public instant is later than the first public revision.
    #[error("the advisory was sent to the public before the instant of its release")]
    BeforeRelease,
    /// A file's name could leave its folder, or two files have one name.
    #[error("the name of a file cannot be used")]
    FileName,
    /// A commit or a reference of the record is none.
    #[error("a commit or reference of the record is not well-formed")]
    Record,
}

/// Versions grow, instants do not go back, and after a public revision all are public.
pub(super) fn in_order(revisions: &[Revision<'_>]) -> bool {
    revisions.windows(2).all(|pair| {
        let [one, next] = pair else { return true };
        one.advisory.heading.version < next.advisory.heading.version
            && one.at <= next.at
            && !(one.audience == Audience::Public && next.audience == Audience::Members)
    })
}

/// The section of the heading that gave [`Advisory::updates`]: it ends in that number.
pub(super) fn updates(advisory: &Advisory) -> Option<&Section> {
    let number = advisory.updates?.to_string();
    advisory.sections.iter().find(|section| section.heading.split(' ').next_back() == Some(number.as_str()))
}

/// Whether commits and URLs of the record are such.
pub(super) fn well_formed(record: &Record) -> bool {
    let commit = |fix: &Fix| fix.commit.len() == 40 && fix.commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    record.fixes.iter().all(commit) && record.references.iter().all(|url| publisher::is_url(url))
}
