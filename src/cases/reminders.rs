//! What the team is reminded of, and when (P14-P42).
//!
//! Promises: a reminder has the same key whenever it is asked for, so that whoever keeps the keys sends each once; everything waits for office
//! hours and for the end of a snooze, but for the alarm that an embargo is over and nobody has armed the release: that one comes every 15
//! minutes, at any hour. Only the latest of a series is due: a daemon that slept for a week does not send five.

use std::fmt;

use jiff::{SignedDuration, Timestamp, civil::Time};

use super::{
    file::CaseFile,
    parts::ReportState,
    region::{Confidentiality, CveState, PatchState, PublicCause},
    targets::{Lag, OpenItem, Standards, closing_items, open_items},
};
use crate::{
    mail::Address,
    schedule::{ALARM_EVERY, Calendar},
};

/// Working days between two reminders of an open CVE number (P14), of an overdue predisclosure, of an advisory that is due.
const EVERY_OTHER_DAY: u32 = 2;

/// Working days until a contact counts as silent (P17), and between the reminders after that.
const SILENT_AFTER: u32 = 3;
const SILENT_AGAIN: u32 = 5;

/// The day of the first week on which the checklist comes (P42).
const MID_WEEK: u32 = 3;

/// Working days before the instant at which the release is called in mind.
const BEFORE_RELEASE: [u32; 3] = [5, 2, 1];

/// A reminder that is due.
#[derive(Clone, PartialEq, Eq)]
pub struct Due {
    /// The same for the same reminder, for ever, and another one for another; unique in the case.
    pub key: String,
    /// What about.
    pub what: Reminder,
    /// Since when it has been due.
    pub at: Timestamp,
    /// Who gets it.
    pub to: RemindWhom,
    /// When it may come.
    pub hours: RemindWhen,
}

/// Who gets a reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemindWhom {
    /// Whoever has claimed the case; the team when nobody has.
    Owner,
    /// The team.
    Team,
    /// The team, and the contact outside the mailbox.
    Everyone,
}

/// When a reminder may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemindWhen {
    /// In office hours, in one digest, and not while snoozed.
    OfficeHours,
    /// At once.
    AnyHour,
}

/// What a reminder is about.
#[derive(Clone, PartialEq, Eq)]
pub enum Reminder {
    /// Nobody has claimed it for so many working days.
    Unclaimed(u32),
    /// Two working days until the members should hear of it (P41).
    PredisclosureSoon(Timestamp),
    /// They should have heard (P41).
    PredisclosureOverdue(Timestamp),
    /// Two working weeks before the instant and no patch: send the state of knowledge (P27). The branches that lack one.
    PatchLate(Vec<String>),
    /// Members hold something older than we have (P28).
    MembersLag(Lag),
    /// So many working days until the release; 0 on its day.
    BeforeRelease(u32),
    /// The CVE number is open (P14).
    CveMissing,
    /// An involved contact does not answer (P17).
    ContactSilent(Address),
    /// A member's question waits (P55), counted from 1.
    Consultation(u32),
    /// The discoverer waits for an answer that a person promised until then.
    Promise(Timestamp),
    /// The checklist of the middle of the first week (P42).
    MidWeek(Vec<OpenItem>),
    /// The embargo runs longer than the discoverer leaves us (P45).
    BeyondDiscoverer,
    /// It is public and has no public advisory (P9).
    AdvisoryDue,
    /// The other project's instant has passed (P85).
    AskUpstream,
    /// The embargo is over, and nobody, or one person only, has armed the release (P30).
    Unarmed,
    /// After the release these steps are open (P31, P33).
    StepsOpen(Vec<OpenItem>),
    /// The transparency report is neither sent nor waived (P38).
    Report,
}

impl Reminder {
    /// The stored name of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Reminder::Unclaimed(_) => "unclaimed",
            Reminder::PredisclosureSoon(_) => "predisclosure-soon",
            Reminder::PredisclosureOverdue(_) => "predisclosure-overdue",
            Reminder::PatchLate(_) => "patch-late",
            Reminder::MembersLag(Lag::Instant) => "members-hold-old-instant",
            Reminder::MembersLag(Lag::Revision) => "members-hold-old-revision",
            Reminder::MembersLag(Lag::Patch) => "members-hold-old-patch",
            Reminder::BeforeRelease(_) => "before-release",
            Reminder::CveMissing => "cve-missing",
            Reminder::ContactSilent(_) => "contact-silent",
            Reminder::Consultation(_) => "consultation",
            Reminder::Promise(_) => "promise",
            Reminder::MidWeek(_) => "mid-week",
            Reminder::BeyondDiscoverer => "beyond-discoverer",
            Reminder::AdvisoryDue => "advisory-due",
            Reminder::AskUpstream => "ask-upstream",
            Reminder::Unarmed => "unarmed",
            Reminder::StepsOpen(_) => "steps-open",
            Reminder::Report => "report",
        }
    }
}

impl fmt::Debug for Reminder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reminder({})", self.kind())
    }
}

impl fmt::Debug for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Due({})", self.key)
    }
}

/// Every reminder of a case that is due at `now`, sent before or not, the most urgent first.
pub fn due(file: &CaseFile, now: Timestamp, standards: &Standards) -> Vec<Due> {
    let calendar = &standards.calendar;
    let mut list = List { now, calendar, found: Vec::new() };
    alarm(file, &mut list);
    let is_snoozed = file.snoozed_until.is_some_and(|until| now < until);
    if is_snoozed || calendar.next_office_time(now) != now {
        return list.found;
    }
    if !file.is_closed() {
        schedule(file, standards, &mut list);
        preparation(file, standards, &mut list);
        people(file, &mut list);
    }
    after_release(file, standards, &mut list);
    list.found
}

struct List<'a> {
    now: Timestamp,
    calendar: &'a Calendar,
    found: Vec<Due>,
}

impl List<'_> {
    /// A reminder that comes once.
    fn once(&mut self, what: Reminder, anchor: &str, at: Timestamp, to: RemindWhom) {
        if at <= self.now {
            let key = format!("{}:{anchor}", what.kind());
            self.found.push(Due { key, what, at, to, hours: RemindWhen::OfficeHours });
        }
    }

    /// A reminder that comes at `from` and every so many working days after it.
    fn again(&mut self, what: Reminder, anchor: &str, from: Timestamp, every: u32, to: RemindWhom) {
        if let Some((times, at)) = latest(self.calendar, from, every, self.now) {
            self.once(what, &format!("{anchor}:{times}"), at, to);
        }
    }
}

/// The latest of a series that has come: which, counted from 1, and when.
fn latest(calendar: &Calendar, from: Timestamp, every: u32, now: Timestamp) -> Option<(u32, Timestamp)> {
    let mut found = (from <= now).then_some((1, from))?;
    loop {
        let next = calendar.add_working_days(found.1, every);
        if next > now || next <= found.1 {
            return Some(found);
        }
        found = (found.0 + 1, next);
    }
}

/// P30: the one thing that waits for nobody's hours.
fn alarm(file: &CaseFile, list: &mut List<'_>) {
    if file.is_closed() || file.advisory().is_public() || file.upstream().is_some() {
        return;
    }
    let instant = match file.confidentiality() {
        Confidentiality::Embargoed { until } => until,
        Confidentiality::Public { cause, since } if cause != PublicCause::AlreadyPublic => since,
        _ => return,
    };
    let armed = file.arming().filter(|arming| arming.is_full()).map(|arming| arming.plan.instant.max(arming.last));
    let is_about_to_begin = armed.is_some_and(|ready| list.now.duration_since(ready) < ALARM_EVERY);
    let late = list.now.duration_since(instant);
    if late.is_negative() || is_about_to_begin {
        return;
    }
    let steps = late.as_secs() / ALARM_EVERY.as_secs();
    let after = ALARM_EVERY.as_secs().saturating_mul(steps);
    let at = instant.saturating_add(SignedDuration::from_secs(after)).unwrap_or(instant);
    let what = Reminder::Unarmed;
    let key = format!("{}:{instant}:{steps}", what.kind());
    list.found.push(Due { key, what, at, to: RemindWhom::Everyone, hours: RemindWhen::AnyHour });
}

fn schedule(file: &CaseFile, standards: &Standards, list: &mut List<'_>) {
    let (calendar, now) = (&standards.calendar, list.now);
    if file.upstream().is_some() {
        if let Confidentiality::Embargoed { until } = file.confidentiality() {
            list.again(Reminder::AskUpstream, &until.to_string(), until, 1, RemindWhom::Team);
        }
        return;
    }
    if let Some((_, told)) = file.discoverer_date.filter(|_| file.is_beyond_discoverer()) {
        list.again(Reminder::BeyondDiscoverer, &told.to_string(), told, 1, RemindWhom::Team);
    }
    let until = match file.confidentiality() {
        Confidentiality::Embargoed { until } => Some(until),
        Confidentiality::Undetermined => None,
        Confidentiality::Public { .. } => return,
    };
    if until.is_some_and(|until| now >= until) {
        return;
    }
    if let Some(until) = until {
        before_release(file, until, calendar, list);
        let missing = match file.patch_state(&standards.branches) {
            PatchState::Complete => None,
            PatchState::Partial { missing } => Some(missing),
            PatchState::None => Some(standards.branches.clone()),
        };
        if let Some(missing) = missing.filter(|_| file.predisclosed_at().is_none()) {
            let at = standards.patch_late(until);
            list.once(Reminder::PatchLate(missing), &until.to_string(), at, RemindWhom::Team);
        }
    }
    if file.predisclosed_at().is_none() {
        let target = standards.predisclosure_target(file);
        let soon = calendar.subtract_working_days(target, 2);
        if now < target {
            list.once(Reminder::PredisclosureSoon(target), &target.to_string(), soon, RemindWhom::Team);
        } else {
            let what = Reminder::PredisclosureOverdue(target);
            list.again(what, &target.to_string(), target, EVERY_OTHER_DAY, RemindWhom::Team);
        }
    }
    if let Some((lag, since)) = file.members_lag() {
        list.again(Reminder::MembersLag(lag), &since.to_string(), since, 1, RemindWhom::Team);
    }
}

fn before_release(file: &CaseFile, until: Timestamp, calendar: &Calendar, list: &mut List<'_>) {
    let zone = calendar.zone();
    let morning = zone.to_datetime(until).date().to_datetime(Time::midnight());
    let morning = zone.to_ambiguous_timestamp(morning).compatible().unwrap_or(until);
    let day_itself = calendar.next_office_time(morning).min(until);
    let steps = BEFORE_RELEASE.iter().map(|days| (*days, calendar.subtract_working_days(until, *days)));
    let agreed = file.embargo_changed.unwrap_or(file.opened());
    // Whoever has just set a date four days away knows that it is less than five.
    let last = steps.chain([(0, day_itself)]).rfind(|(_, at)| *at <= list.now && *at >= agreed);
    if let Some((days, at)) = last {
        list.once(Reminder::BeforeRelease(days), &format!("{until}:{days}"), at, RemindWhom::Team);
    }
}

fn preparation(file: &CaseFile, standards: &Standards, list: &mut List<'_>) {
    let calendar = &standards.calendar;
    if file.claimed_by().is_none() {
        let first = calendar.add_working_days(file.opened(), standards.unclaimed_after);
        let days = latest(calendar, first, 1, list.now).map_or(1, |(times, _)| times);
        let to = if days > 1 { RemindWhom::Everyone } else { RemindWhom::Team };
        list.again(Reminder::Unclaimed(days), "", first, 1, to);
    }
    if file.upstream().is_some() {
        return;
    }
    if *file.cve() == CveState::Requested || (*file.cve() == CveState::None && file.confirmed.is_some()) {
        let since = file.cve_since;
        let first = calendar.add_working_days(since, EVERY_OTHER_DAY);
        list.again(Reminder::CveMissing, &since.to_string(), first, EVERY_OTHER_DAY, RemindWhom::Owner);
    }
    let is_preparing = file.predisclosed_at().is_none() && file.public_cause().is_none();
    if is_preparing {
        let mut open = open_items(file, standards);
        open.retain(|item| *item != OpenItem::Release);
        if !open.is_empty() {
            let at = calendar.add_working_days(file.opened(), MID_WEEK);
            list.once(Reminder::MidWeek(open), "", at, RemindWhom::Team);
        }
    }
    if let Confidentiality::Public { cause: PublicCause::AlreadyPublic, since } = file.confidentiality()
        && file.confirmed.is_some()
        && !file.advisory().is_public()
    {
        let first = calendar.add_working_days(since, EVERY_OTHER_DAY);
        list.again(Reminder::AdvisoryDue, &since.to_string(), first, EVERY_OTHER_DAY, RemindWhom::Owner);
    }
}

fn people(file: &CaseFile, list: &mut List<'_>) {
    let calendar = list.calendar;
    if file.public_cause().is_none() {
        for (address, contact) in file.involved().iter().filter(|(_, one)| one.agreed.is_none() && one.heard.is_none()) {
            let first = calendar.add_working_days(contact.since, SILENT_AFTER);
            let what = Reminder::ContactSilent(address.clone());
            list.again(what, &contact.serial.to_string(), first, SILENT_AGAIN, RemindWhom::Owner);
        }
    }
    if let Some(promised) = file.promised() {
        let (what, anchor) = (Reminder::Promise(promised.until), format!("{}:{}", promised.at, promised.until));
        if list.now < promised.until {
            let day_before = calendar.subtract_working_days(promised.until, 1).max(promised.at);
            list.once(what, &format!("{anchor}:0"), day_before, RemindWhom::Owner);
        } else {
            list.again(what, &anchor, promised.until, 1, RemindWhom::Team);
        }
    }
    for (counted, question) in (1..).zip(file.consultations()).filter(|(_, question)| question.answer.is_none()) {
        let what = Reminder::Consultation(counted);
        let anchor = format!("{counted}:{}", question.deadline);
        if list.now < question.deadline {
            let day_before = calendar.subtract_working_days(question.deadline, 1);
            list.once(what, &format!("{anchor}:0"), day_before, RemindWhom::Owner);
        } else {
            list.again(what, &anchor, question.deadline, 1, RemindWhom::Owner);
        }
    }
}

fn after_release(file: &CaseFile, standards: &Standards, list: &mut List<'_>) {
    let Some(release) = file.release() else { return };
    let first = standards.calendar.add_working_days(release.begun, 1);
    let anchor = release.begun.to_string();
    let mut steps = closing_items(file, standards);
    steps.retain(|item| matches!(item, OpenItem::Push | OpenItem::Page));
    if !steps.is_empty() {
        list.again(Reminder::StepsOpen(steps), &anchor, first, 1, RemindWhom::Owner);
    }
    if matches!(file.report(), ReportState::None | ReportState::Drafted) {
        list.again(Reminder::Report, &anchor, first, 1, RemindWhom::Team);
    }
}
