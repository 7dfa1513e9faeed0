//! The dates that the policy gives, what stands open, and what comes next.
//!
//! Promises: every case that is not closed has a next action with a date; a closed one has one only while an amendment of it is under way.

use std::{collections::BTreeSet, fmt};

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};

use super::{
    file::CaseFile,
    parts::{PROPOSAL_LIFE, ReportState},
    region::{CloseReason, Confidentiality, Handling, PatchState, PublicCause, Publicity},
    terms::{RevisionAudience, Support},
};
use crate::{
    disclosure::PersonName,
    schedule::{ARMING_WINDOW, Calendar, Promise, Targets, WORKING_WEEK},
};

/// Working days before the instant at which members get the state of knowledge if there is no patch (P27, T11).
pub const PATCH_LATE: u32 = 2 * WORKING_WEEK;

/// What the configuration says about the handling of cases.
#[derive(Debug, Clone)]
pub struct Standards {
    /// When the team works.
    pub calendar: Calendar,
    /// The policy's targets.
    pub targets: Targets,
    /// The branches with security support (P19).
    pub branches: Vec<String>,
    /// Where a public release goes (P32), and the copy to the members (P34).
    pub destinations: BTreeSet<String>,
    /// Working days after which a case that nobody has claimed is brought up.
    pub unclaimed_after: u32,
}

impl Default for Standards {
    /// The policy as it is published: no branches, no lists, an unclaimed case is brought up after one working day.
    fn default() -> Self {
        Self {
            calendar: Calendar::default(),
            targets: Targets::default(),
            branches: Vec::new(),
            destinations: BTreeSet::new(),
            unclaimed_after: 1,
        }
    }
}

impl Standards {
    /// When the members should hear of a case (P41).
    pub fn predisclosure_target(&self, file: &CaseFile) -> Timestamp {
        Promise::for_report(file.opened(), &self.calendar, self.targets).predisclosure
    }

    /// When it should become public (P43): two working weeks after the members heard, or will hear; on that day at noon UTC, as is the practice.
    /// For an upstream case the instant is the other project's.
    pub fn default_instant(&self, file: &CaseFile, now: Timestamp) -> Timestamp {
        if let (Some(_), Confidentiality::Embargoed { until }) = (file.upstream(), file.confidentiality()) {
            return until;
        }
        let heard = file.predisclosed_at().unwrap_or_else(|| self.predisclosure_target(file).max(now));
        let day = self.day(self.calendar.add_working_days(heard, self.targets.publication));
        let noon = day.to_datetime(Time::constant(12, 0, 0, 0));
        TimeZone::UTC.to_ambiguous_timestamp(noon).compatible().unwrap_or(heard)
    }

    /// Whether an instant lies on the day that the policy's targets give (P40).
    pub fn is_default_day(&self, instant: Timestamp, default: Timestamp) -> bool {
        TimeZone::UTC.to_datetime(default).date() == TimeZone::UTC.to_datetime(instant).date()
    }

    /// When members get the state of knowledge if there is no patch (P27).
    pub fn patch_late(&self, until: Timestamp) -> Timestamp {
        self.calendar.subtract_working_days(until, PATCH_LATE)
    }

    fn day(&self, at: Timestamp) -> Date {
        self.calendar.zone().to_datetime(at).date()
    }
}

/// What a case still lacks (P42).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum OpenItem {
    /// T03.
    Claim,
    /// P5.
    Scope,
    /// P12.
    Publicity,
    /// P12: the report went to a public address too.
    PerhapsPublic,
    /// T03.
    Confirmation,
    /// T06.
    Date,
    /// P45.
    BeyondDiscoverer,
    /// T07.
    Number,
    /// P14.
    Cve,
    /// P19: the branches without a complete patch; empty when none is configured.
    Patches(Vec<String>),
    /// P57.
    Deployment,
    /// P24.
    Advisory,
    /// P4: how many wishes of the discoverer have no answer.
    Wishes(usize),
    /// P16: how many have not agreed to the embargo.
    Agreements(usize),
    /// P55: how many questions of members have no answer.
    Consultations(usize),
    /// P30.
    Release,
    /// P32: how many destinations do not have it.
    Destinations(usize),
    /// P31.
    Push,
    /// P33.
    Page,
    /// P38.
    Report,
}

impl fmt::Display for OpenItem {
    /// A line of a checklist.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OpenItem::Claim => "nobody has claimed it (`claim`)",
            OpenItem::Scope => "is it security-supported? (`scope`)",
            OpenItem::Publicity => "is it public? (`public yes|no|unknown`)",
            OpenItem::PerhapsPublic => "it was sent to a public list too: is it public? (`public yes|no|unknown`)",
            OpenItem::Confirmation => "is it a vulnerability? (`confirm`)",
            OpenItem::Date => "no date is agreed (`embargo`)",
            OpenItem::BeyondDiscoverer => "the embargo ends after the discoverer's date (`embargo`, `consent`)",
            OpenItem::Number => "it has no number (`xsa next`)",
            OpenItem::Cve => "the CVE number is open (`cve requested|assigned|none`)",
            OpenItem::Patches(missing) if missing.is_empty() => "no patch is complete (`patch complete`)",
            OpenItem::Patches(missing) => return write!(f, "patches are missing for {} (`patch complete`)", missing.join(", ")),
            OpenItem::Deployment => "what may members deploy? (`deployment`)",
            OpenItem::Advisory => "no advisory is registered (`register`)",
            OpenItem::Wishes(count) => return write!(f, "requests of the discoverer without an answer: {count}"),
            OpenItem::Agreements(count) => {
                return write!(f, "involved, but without agreement to the embargo: {count} (`agreed`)");
            }
            OpenItem::Consultations(count) => return write!(f, "questions of members without an answer: {count} (`answered`)"),
            OpenItem::Release => "the advisory is not public (`arm`)",
            OpenItem::Destinations(count) => return write!(f, "destinations without the advisory: {count}"),
            OpenItem::Push => "the changesets are not pushed (`pushed`)",
            OpenItem::Page => "the page is not published (`page-published`)",
            OpenItem::Report => "the transparency report is neither sent nor waived (`report-sent`, `waive-report`)",
        })
    }
}

/// The question whether it is public.
fn publicity(file: &CaseFile) -> OpenItem {
    if file.is_perhaps_public() { OpenItem::PerhapsPublic } else { OpenItem::Publicity }
}

/// The checklist of a case: everything that stands open, in the order of the policy.
pub fn open_items(file: &CaseFile, standards: &Standards) -> Vec<OpenItem> {
    let mut open = Vec::new();
    let mut lacks = |is_open: bool, item: OpenItem| {
        if is_open {
            open.push(item);
        }
    };
    let ours = file.upstream().is_none();
    let released = file.advisory().is_public();
    let count = |waiting: usize, item: fn(usize) -> OpenItem| (waiting > 0, item(waiting));
    lacks(file.claimed_by().is_none(), OpenItem::Claim);
    lacks(ours && file.scope.is_none(), OpenItem::Scope);
    lacks(matches!(file.publicity(), None | Some(Publicity::Unknown)) && file.public_at().is_none(), publicity(file));
    lacks(ours && file.confirmed.is_none(), OpenItem::Confirmation);
    lacks(file.publicity() == Some(Publicity::No) && file.public_at().is_none(), OpenItem::Date);
    lacks(file.is_beyond_discoverer(), OpenItem::BeyondDiscoverer);
    lacks(ours && file.live_number().is_none(), OpenItem::Number);
    lacks(ours && !file.cve().is_settled(), OpenItem::Cve);
    match file.patch_state(&standards.branches) {
        PatchState::Complete => {}
        PatchState::Partial { missing } => lacks(ours, OpenItem::Patches(missing)),
        PatchState::None => lacks(ours, OpenItem::Patches(standards.branches.clone())),
    }
    let embargoed = matches!(file.confidentiality(), Confidentiality::Embargoed { .. });
    lacks(ours && embargoed && file.deployment().is_none(), OpenItem::Deployment);
    lacks(ours && file.latest_revision().is_none(), OpenItem::Advisory);
    let (any, item) = count(file.wishes().iter().filter(|wish| !wish.answered).count(), OpenItem::Wishes);
    lacks(any, item);
    let (any, item) = count(file.involved().values().filter(|one| one.agreed.is_none()).count(), OpenItem::Agreements);
    lacks(any && file.public_cause().is_none(), item);
    let waiting = file.consultations().iter().filter(|question| question.answer.is_none()).count();
    let (any, item) = count(waiting, OpenItem::Consultations);
    lacks(any, item);
    lacks(ours && !released, OpenItem::Release);
    lacks(file.is_releasing(), OpenItem::Destinations(file.destinations_open()));
    lacks(released && file.pushed.is_none(), OpenItem::Push);
    lacks(released && file.page.is_none(), OpenItem::Page);
    lacks(released && !matches!(file.report(), ReportState::Sent | ReportState::Waived), OpenItem::Report);
    open
}

/// What keeps a released case from being closed.
pub(super) fn closing_items(file: &CaseFile, standards: &Standards) -> Vec<OpenItem> {
    let keeps = |item: &OpenItem| {
        matches!(item, OpenItem::Cve | OpenItem::Destinations(_) | OpenItem::Push | OpenItem::Page | OpenItem::Report)
    };
    open_items(file, standards).into_iter().filter(keeps).collect()
}

impl CaseFile {
    /// Whether the embargo runs longer than the discoverer leaves us (P45).
    pub fn is_beyond_discoverer(&self) -> bool {
        match (self.confidentiality(), self.ceiling()) {
            (Confidentiality::Embargoed { until }, Some(ceiling)) => until > ceiling,
            _ => false,
        }
    }

    /// How many destinations of the release under way do not have it.
    pub(super) fn destinations_open(&self) -> usize {
        self.release().map_or(0, |release| release.plan.destinations.difference(&release.done).count())
    }
}

/// What somebody should do next with a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextAction {
    /// What.
    pub what: Next,
    /// By when.
    pub due: Timestamp,
    /// Who.
    pub owner: Owner,
}

/// Who is to act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// Whoever has claimed it.
    Person(PersonName),
    /// Anybody of the team.
    Team,
    /// The daemon.
    Daemon,
}

/// The next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// One of the checklist.
    Item(OpenItem),
    /// A second person agrees, or the proposal is retracted.
    Second(&'static str),
    /// The embargo is over early: publish now.
    PublishNow(PublicCause),
    /// No security support: close it, or correct the scope.
    CloseUnsupported,
    /// Send the advisory to the members (P26).
    Predisclose,
    /// Send them what changed (P28).
    Update,
    /// Register the revision for the public.
    PublicRevision,
    /// Two people arm the release (P30).
    Arm,
    /// The daemon begins the release.
    Begin,
    /// Find out whether the other project has published (P85).
    AskUpstream,
    /// Close it.
    Close,
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Next::Item(item) => return item.fmt(f),
            Next::Second(what) => return write!(f, "a second person is asked about `{what}` (`second`, `retract`)"),
            Next::PublishNow(_) => "it is public: publish the advisory now (`register`, `arm`)",
            Next::CloseUnsupported => "there is no security support: close it (`unsupported`) or correct the `scope`",
            Next::Predisclose => "send the advisory to the members (`predisclose`)",
            Next::Update => "send the members what is new (`predisclose`)",
            Next::PublicRevision => "register the revision for the public (`register`)",
            Next::Arm => "two people arm the release (`arm`)",
            Next::Begin => "the daemon publishes at the instant",
            Next::AskUpstream => "find out whether the other project has published (`public yes SOURCE`)",
            Next::Close => "close it (`close`)",
        })
    }
}

/// The next action of a case; `None` for a closed one at rest.
pub fn next_action(file: &CaseFile, now: Timestamp, standards: &Standards) -> Option<NextAction> {
    let owner = file.claimed_by().map_or(Owner::Team, |person| Owner::Person(person.clone()));
    let (what, due) = step(file, now, standards)?;
    let owner = match what {
        Next::Begin | Next::Item(OpenItem::Destinations(_)) => Owner::Daemon,
        Next::Second(_) | Next::Arm | Next::PublishNow(_) | Next::Item(OpenItem::Claim) => Owner::Team,
        _ => owner,
    };
    Some(NextAction { what, due, owner })
}

fn step(file: &CaseFile, now: Timestamp, standards: &Standards) -> Option<(Next, Timestamp)> {
    let calendar = &standards.calendar;
    let opened = file.opened();
    let target = standards.predisclosure_target(file);
    let item = |item: OpenItem, due: Timestamp| Some((Next::Item(item), due));
    if let Some(release) = file.release().filter(|release| release.finished.is_none()) {
        return item(OpenItem::Destinations(file.destinations_open()), release.begun);
    }
    if let Some(arming) = file.arming().filter(|arming| arming.is_full() && !arming.is_stale(now)) {
        return Some((Next::Begin, arming.plan.instant));
    }
    if let Handling::Closed(reason) = file.handling() {
        let amended = file.release().filter(|_| *reason == CloseReason::Released && file.page.is_none())?;
        return item(OpenItem::Page, calendar.add_working_days(amended.begun, 1));
    }
    if let Some(pending) = file.pending(now) {
        return Some((Next::Second(pending.act.name()), later(pending.at, PROPOSAL_LIFE)));
    }
    if file.advisory().is_public() {
        return Some(after_release(file, standards));
    }
    if let Confidentiality::Public { cause, since } = file.confidentiality()
        && cause != PublicCause::AlreadyPublic
        && file.upstream().is_none()
    {
        return Some((Next::PublishNow(cause), since));
    }
    if file.claimed_by().is_none() {
        return item(OpenItem::Claim, calendar.add_working_days(opened, standards.targets.look));
    }
    if file.upstream().is_some() {
        return Some(match file.confidentiality() {
            Confidentiality::Embargoed { until } => (Next::AskUpstream, until),
            Confidentiality::Public { since, .. } => (Next::Close, calendar.add_working_days(since, 1)),
            Confidentiality::Undetermined => (Next::Item(publicity(file)), target),
        });
    }
    let triage = calendar.add_working_days(opened, standards.targets.look + 1);
    match file.scope {
        None => return item(OpenItem::Scope, triage),
        Some(Support::Unsupported) if file.confirmed.is_none() => return Some((Next::CloseUnsupported, triage)),
        Some(_) => {}
    }
    if matches!(file.publicity(), None | Some(Publicity::Unknown)) {
        return item(publicity(file), triage);
    }
    if file.confirmed.is_none() {
        return item(OpenItem::Confirmation, calendar.subtract_working_days(target, 2).max(triage));
    }
    Some(towards_release(file, now, standards))
}

/// Triage is done; the advisory is on its way to the members or the world.
fn towards_release(file: &CaseFile, now: Timestamp, standards: &Standards) -> (Next, Timestamp) {
    let calendar = &standards.calendar;
    let target = standards.predisclosure_target(file);
    let until = match file.confidentiality() {
        Confidentiality::Undetermined => return (Next::Item(OpenItem::Date), calendar.subtract_working_days(target, 2)),
        Confidentiality::Embargoed { until } => Some(until),
        Confidentiality::Public { .. } => None,
    };
    if let Some((_, told)) =
        file.discoverer_date.filter(|_| file.is_beyond_discoverer() && until.is_some_and(|until| now < until))
    {
        return (Next::Item(OpenItem::BeyondDiscoverer), told);
    }
    // Members should have two working weeks, also when the first target was missed.
    let members_by = until.map_or(target, |until| target.min(standards.patch_late(until)));
    if file.live_number().is_none() {
        return (Next::Item(OpenItem::Number), calendar.subtract_working_days(members_by, 1));
    }
    let Some((latest, registered)) = file.revisions.last() else { return (Next::Item(OpenItem::Advisory), members_by) };
    let running = until.filter(|until| now < *until);
    match running {
        Some(_) if file.predisclosed_at().is_none() => match file.deployment() {
            None => (Next::Item(OpenItem::Deployment), members_by),
            Some(_) => (Next::Predisclose, members_by),
        },
        Some(until) if file.members_lag().is_some() => (Next::Update, calendar.add_working_days(*registered, 1).min(until)),
        Some(until) if latest.audience != RevisionAudience::Public => {
            (Next::PublicRevision, calendar.subtract_working_days(until, 1))
        }
        Some(until) => (Next::Arm, until),
        None => {
            let due = until.unwrap_or(members_by);
            (if latest.audience == RevisionAudience::Public { Next::Arm } else { Next::PublicRevision }, due)
        }
    }
}

fn after_release(file: &CaseFile, standards: &Standards) -> (Next, Timestamp) {
    let begun = file.release().map_or(file.opened(), |release| release.begun);
    let tomorrow = standards.calendar.add_working_days(begun, 1);
    let first = closing_items(file, standards).into_iter().find(|item| *item != OpenItem::Cve);
    match first {
        Some(item) => (Next::Item(item), tomorrow),
        None if !file.cve().is_settled() => (Next::Item(OpenItem::Cve), tomorrow),
        None => (Next::Close, tomorrow),
    }
}

/// Why members do not hold what they should (P28).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lag {
    /// The embargo has another instant than their revision says.
    Instant,
    /// A newer revision for them is registered.
    Revision,
    /// A newer patch arrived.
    Patch,
}

impl CaseFile {
    /// Whether members hold something older than we have, and since when (P28).
    pub fn members_lag(&self) -> Option<(Lag, Timestamp)> {
        let Confidentiality::Embargoed { until } = self.confidentiality() else { return None };
        let (held, sent) = self.predisclosed.last()?;
        if held.embargo != Some(until) {
            return Some((Lag::Instant, self.embargo_changed.unwrap_or(*sent)));
        }
        if let Some((revision, at)) = self.revisions.last()
            && revision.audience == RevisionAudience::Members
            && revision.digest != held.digest
        {
            return Some((Lag::Revision, *at));
        }
        self.patches.iter().rev().map(|(_, at)| *at).find(|at| at > sent).map(|at| (Lag::Patch, at))
    }
}

/// The first instant at which a release for `instant` may be armed (P30).
pub fn arming_opens(instant: Timestamp) -> Timestamp {
    instant.saturating_sub(ARMING_WINDOW).unwrap_or(instant)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(at)
}
