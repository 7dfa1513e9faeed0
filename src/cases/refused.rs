//! What a request lacks.

use jiff::{Timestamp, tz::TimeZone};

use super::targets::OpenItem;
use crate::{
    disclosure::{AdvisoryNumber, PersonName},
    schedule::civil,
};

fn utc(at: &Timestamp) -> String {
    civil(*at, &TimeZone::UTC)
}

/// Why a request changes nothing. The sentence names the step that is missing and the remedy, and holds no word of the matter: it may be shown
/// to whoever asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Only a proven person of the team may ask for it.
    #[error("Only a person of the team can do that.")]
    NotThisActor,
    /// Only the daemon does it.
    #[error("The daemon does that by itself, when its time has come.")]
    DaemonOnly,
    /// T19.
    #[error("The case is closed ({0}). What comes up now is a new case; only an amendment of a released advisory belongs here.")]
    Closed(String),
    /// It is so already.
    #[error("That is so already; nothing was changed.")]
    Already,
    /// A text is missing.
    #[error("Say it in words: the text is empty.")]
    Empty,
    /// Somebody else has the case.
    #[error("{0} has claimed it. Talk to {0}, or take it over with `claim from {0}`.")]
    ClaimedBy(PersonName),
    /// Not the one who has it.
    #[error("{0} does not have this case.")]
    NotTheirs(PersonName),
    /// T03.
    #[error("Nobody handles the case yet: `claim` it first.")]
    Unclaimed,
    /// P5.
    #[error("Say first whether it has security support: `scope supported|unsupported COMPONENT`.")]
    ScopeUnset,
    /// P5.
    #[error(
        "The case says that there is no security support for it: close it with `unsupported`, or correct it with `scope supported`."
    )]
    ScopeUnsupported,
    /// P12.
    #[error("Say first whether it is public: `public yes|no|unknown`.")]
    PublicityUnset,
    /// P12.
    #[error(
        "Nobody knows yet whether it is public, and no embargo can be agreed on that. Find out, then `public yes SOURCE` or `public no`."
    )]
    PublicityUnknown,
    /// P12.
    #[error("Say where it can be read: `public yes SOURCE`.")]
    NoSource,
    /// T05, T06.
    #[error(
        "It is public already: there is no embargo to agree on and nothing to predisclose. Go on with `arm` and the public release."
    )]
    AlreadyPublic,
    /// T22.
    #[error("The case is under embargo. What ends that is `in-the-wild`, `leaked` or `discoverer-early`, with a second person.")]
    UnderEmbargo,
    /// P85.
    #[error("The other project has its embargo until {}. If it is public before that, say `leaked` or `discoverer-early`.", utc(.0))]
    UpstreamNotYet(Timestamp),
    /// P85.
    #[error("This is the advisory of another project: they publish it, not we.")]
    UpstreamTheirs,
    /// T93.
    #[error("It was said not to be public: `public yes SOURCE` first, with a second person.")]
    SaidNotPublic,
    /// P85.
    #[error("Nobody has said yet that the other project has published: `public yes SOURCE` first.")]
    UpstreamNotPublished,
    /// P9.
    #[error("Its fix is published: a retrospective case is public and stays so.")]
    Retrospective,
    /// T03.
    #[error("Confirm first that it is a vulnerability: `confirm`.")]
    NotConfirmed,
    /// T07.
    #[error("It has no number yet: `xsa next`.")]
    NoNumber,
    /// T07.
    #[error("It has number {0} already. If that will never be used: `burn`, then `xsa next`.")]
    HasNumber(AdvisoryNumber),
    /// T07, T18.
    #[error("Numbers only go up and none is used twice; the highest used is {0}. Take a higher one, or `xsa next`.")]
    NumberUsed(AdvisoryNumber),
    /// 9999 is the last.
    #[error("There is no number left.")]
    NoNumberLeft,
    /// T18.
    #[error("The number is published and cannot be given up.")]
    NumberPublished,
    /// The revision is about something else.
    #[error("The text is about number {0}; this case has another one.")]
    OtherNumber(AdvisoryNumber),
    /// T08.
    #[error("Name the identifiers: `cve assigned CVE-2026-12345`.")]
    NoIds,
    /// T91.
    #[error("{} is past. Give an instant that is still to come, as 2026-03-17T12:00:00Z.", utc(.0))]
    Past(Timestamp),
    /// T06.
    #[error("There is no embargo yet: `embargo 2026-03-17T12:00:00Z`.")]
    NoEmbargo,
    /// P40.
    #[error("The policy's targets give {}. For another day say why: `embargo INSTANT because ...`.", utc(.0))]
    NotTheDefault(Timestamp),
    /// A change of the date needs a reason.
    #[error("Everyone who knows the date has to be told why it changes: `embargo INSTANT because ...`.")]
    ChangeWithoutReason,
    /// P45.
    #[error("The discoverer wants it public by {}. Take that or an earlier instant, or link the message that agrees to a later one: `consent`.", utc(.0))]
    BeyondDiscoverer(Timestamp),
    /// P45.
    #[error("There is no date of the discoverer that one could depart from: `discoverer-date INSTANT` first.")]
    NoDiscovererDate,
    /// T13.
    #[error("The embargo ended at {}; members may have told the world. Publish: `register` the public revision and `arm` it.", utc(.0))]
    EmbargoOver(Timestamp),
    /// P19.
    #[error("`{0}` is no supported branch; the configuration lists them.")]
    UnknownBranch(String),
    /// P35.
    #[error("The next version is {0}: what was sent stays as it is.")]
    NotTheNextVersion(u32),
    /// P35.
    #[error("This text is, byte for byte, version {0}. An amendment says in UPDATES what changed.")]
    Identical(u32),
    /// Nothing is registered.
    #[error("No revision is registered yet: `register` one.")]
    NoRevision,
    /// The person has looked at another one.
    #[error("The revision registered last is version {0}. Look at that one.")]
    OtherVersion(u32),
    /// The revision is for the others.
    #[error("The revision registered last is for the public. Register the one for the members.")]
    NotForMembers,
    /// The revision is for the others.
    #[error("The revision registered last is for the members. Register the public one, without embargo marks.")]
    NotForPublic,
    /// X01-X15.
    #[error("The lint found {0} errors in that revision. Mend them and register it again.")]
    Lint(u32),
    /// P29.
    #[error("The text must carry the embargo that the case has, {}, in subject, header and text.", utc(.0))]
    OtherInstant(Timestamp),
    /// P57.
    #[error("Say first what members may deploy: `deployment all-permitted|patches-only|members-only|...`.")]
    DeploymentUnset,
    /// P58.
    #[error("The DEPLOYMENT section of the text does not permit what the case permits. Mend one of them.")]
    OtherDeployment,
    /// P59.
    #[error("A restriction is for the risk of rediscovery and needs its reason: `deployment ... because ...`.")]
    RestrictionWithoutReason,
    /// T10.
    #[error("Version {0} went to the members already.")]
    Sent(u32),
    /// P30.
    #[error("The release can be armed from {} on, not before.", utc(.0))]
    TooEarlyToArm(Timestamp),
    /// P30, T93.
    #[error("You have armed it. Now somebody else of the team must.")]
    ArmedByYou,
    /// P30.
    #[error("Two people have armed it; it goes out by itself.")]
    ArmedAlready,
    /// P32.
    #[error("The configuration names no public destination.")]
    NoDestination,
    /// P30.
    #[error("Nothing is armed.")]
    NotArmed,
    /// P30.
    #[error("It is armed by one person; a second one must arm it too.")]
    ArmedByOne,
    /// Never before the instant.
    #[error("The instant has not come: {}.", utc(.0))]
    TooEarly(Timestamp),
    /// Lateness disarms, like a restore and every change of what was armed.
    #[error("It was armed for more than an hour ago. Two people must arm it again.")]
    TooLate,
    /// Every change of what was armed disarms.
    #[error("The destinations are others than those that were armed. Disarm it and arm it again.")]
    OtherDestinations,
    /// A release is under way.
    #[error("A release is under way; wait until every destination has it.")]
    Releasing,
    /// No release is under way.
    #[error("No release is under way.")]
    NotReleasing,
    /// P32.
    #[error("That is no destination of this release, or it has it already.")]
    UnknownDestination,
    /// P32.
    #[error("{0} destinations do not have it yet.")]
    DestinationsOpen(usize),
    /// P2.
    #[error("It is not public yet: the release comes first (`arm`).")]
    NotReleased,
    /// P16.
    #[error("That address takes no part in the case: `involve ADDRESS ROLE` first.")]
    NotInvolved,
    /// P55, P4.
    #[error("There is no open question or request of that number.")]
    NoSuchQuestion,
    /// P84.
    #[error("The discoverer must have agreed: name the message that says so.")]
    NoConsent,
    /// T93.
    #[error("You have proposed it. Now somebody else of the team must `second` it.")]
    OwnProposal,
    /// T93.
    #[error("{by} has proposed `{what}`, and that waits for a second person. `second` or `retract` it first.")]
    OtherProposal {
        /// Who.
        by: PersonName,
        /// What.
        what: &'static str,
    },
    /// T93.
    #[error("Nothing waits for a second person.")]
    NothingPending,
    /// The second word is for the proposal that its letter showed.
    #[error("The proposal that you have seen is no longer the one that waits. Look again.")]
    ProposalChanged,
    /// T93.
    #[error("The proposal still waits.")]
    StillPending,
    /// Reminders wait ten working days at most.
    #[error("Reminders can wait until {} at most.", utc(.0))]
    SnoozeTooLong(Timestamp),
    /// Nobody to write to.
    #[error("The discoverer's address is not known.")]
    NoDiscoverer,
    /// The team heard of it elsewhere.
    #[error("The discoverer has not written to us, nor we to the discoverer: `reply` does that, when it is time.")]
    NotInTouch,
    /// Closing with a reason.
    #[error("Say why: `{0} because ...`.")]
    BecauseMissing(&'static str),
    /// What stands open.
    #[error("Before it can be closed as released: {}.", list(.0))]
    StillOpen(Vec<OpenItem>),
    /// The reason does not fit.
    #[error("Its advisory is public: it can be closed as released, and as nothing else.")]
    IsReleased,
    /// A case is no duplicate of itself.
    #[error("A case is no duplicate of itself.")]
    OwnDuplicate,
}

fn list(items: &[OpenItem]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
