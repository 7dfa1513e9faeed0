//! Where a case stands, for people and programs: what is next, what is open, the seven regions, the dates, who was reminded of what.

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    cases::{
        self, AdvisoryStage, CaseFile, Confidentiality, CveState, Handling, NextAction, Numbering, Owner, PatchState,
        PublicCause, Standards,
    },
    disclosure::CaseId,
    schedule::Promise,
    store::{
        StoreError, case,
        read::ReadOnly,
        reminder::{self, ReminderRow},
    },
};

/// The next action.
#[derive(Debug, Serialize)]
pub(super) struct NextRow {
    /// What, with the word to type.
    pub(super) what: String,
    /// Who: a name, `team`, `daemon`.
    pub(super) owner: String,
    /// By when (RFC 3339).
    pub(super) due: String,
    #[serde(skip)]
    pub(super) at: Timestamp,
}

/// A date of the case.
#[derive(Debug, Serialize)]
pub(super) struct DateRow {
    /// What happens then, or happened.
    pub(super) what: &'static str,
    /// When (RFC 3339).
    pub(super) at: String,
    /// `in 3 days and 4 hours`.
    pub(super) distance: String,
}

/// One of the seven regions.
#[derive(Debug, Serialize)]
pub(super) struct RegionRow {
    /// Its name.
    pub(super) region: &'static str,
    /// Where the case stands in it.
    pub(super) state: String,
}

/// What a case adds up to.
#[derive(Debug, Serialize)]
pub(super) struct Standing {
    /// What to do next; nothing for a closed case at rest.
    pub(super) next: Option<NextRow>,
    /// The checklist.
    pub(super) open: Vec<String>,
    /// The seven regions.
    pub(super) regions: Vec<RegionRow>,
    /// Its dates.
    pub(super) dates: Vec<DateRow>,
    /// The reminders that were given.
    pub(super) reminders: Vec<ReminderRow>,
}

impl Standing {
    /// Of a case; `None` when there is none of that number.
    pub(super) fn of(
        connection: &ReadOnly,
        id: i64,
        standards: &Standards,
        prefix: &str,
        now: Timestamp,
    ) -> Result<Option<Self>, StoreError> {
        let Some(file) = case::fold(connection, CaseId(id))? else { return Ok(None) };
        Ok(Some(Self {
            next: next(&file, standards, now),
            open: if file.is_closed() {
                Vec::new()
            } else {
                cases::open_items(&file, standards).iter().map(ToString::to_string).collect()
            },
            regions: regions(&file, standards, prefix),
            dates: dates(&file, standards, now),
            reminders: reminder::of_case(connection, CaseId(id))?,
        }))
    }
}

/// The next action of a case.
pub(super) fn next(file: &CaseFile, standards: &Standards, now: Timestamp) -> Option<NextRow> {
    let NextAction { what, due, owner } = cases::next_action(file, now, standards)?;
    let owner = match owner {
        Owner::Person(name) => name.0,
        Owner::Team => "team".to_owned(),
        Owner::Daemon => "daemon".to_owned(),
    };
    Some(NextRow { what: what.to_string(), owner, due: due.to_string(), at: due })
}

fn regions(file: &CaseFile, standards: &Standards, prefix: &str) -> Vec<RegionRow> {
    let handling = match file.handling() {
        Handling::Received => "received".to_owned(),
        Handling::Acknowledged => "acknowledged".to_owned(),
        Handling::Triaging => "being looked at".to_owned(),
        Handling::Confirmed => "confirmed".to_owned(),
        Handling::AdvisoryPrep => "the advisory is being written".to_owned(),
        Handling::Closed(reason) => format!("closed: {reason}"),
    };
    let confidentiality = match file.confidentiality() {
        Confidentiality::Undetermined if file.is_perhaps_public() => {
            "perhaps public, it was sent to a public list too; not determined: counts as embargoed".to_owned()
        }
        Confidentiality::Undetermined => "not determined: counts as embargoed".to_owned(),
        Confidentiality::Embargoed { until } => format!("embargoed until {until}"),
        Confidentiality::Public { cause, since } => format!("public since {since} ({})", why(cause)),
    };
    let number = match file.numbering() {
        Numbering::None => "none".to_owned(),
        Numbering::Allocated(number) => number.with_prefix(prefix),
        Numbering::Published(number) => format!("{}, published", number.with_prefix(prefix)),
        Numbering::Burnt(number) => format!("{} was given up", number.with_prefix(prefix)),
    };
    let cve = match file.cve() {
        CveState::None => "none".to_owned(),
        CveState::Requested => "requested".to_owned(),
        CveState::Assigned(ids) => ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        CveState::Declined => "there will be none".to_owned(),
    };
    let patches = match file.patch_state(&standards.branches) {
        PatchState::None => "none".to_owned(),
        PatchState::Partial { missing } if missing.is_empty() => "some".to_owned(),
        PatchState::Partial { missing } => format!("missing for {}", missing.join(", ")),
        PatchState::Complete => "complete".to_owned(),
    };
    let advisory = match file.advisory() {
        AdvisoryStage::None => "none".to_owned(),
        AdvisoryStage::Draft(version) => format!("version {version}, a draft"),
        AdvisoryStage::Predisclosed(version) => format!("version {version}, members hold it"),
        AdvisoryStage::Public(version) => format!("version {version}, public"),
        AdvisoryStage::Amended(version) => format!("version {version}, public and amended"),
    };
    let deployment = file.deployment().and_then(|permission| serde_json::to_value(permission).ok());
    let deployment = deployment.and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_else(|| "not said".to_owned());
    [
        ("handling", handling),
        ("confidentiality", confidentiality),
        ("number", number),
        ("CVE", cve),
        ("patches", patches),
        ("advisory", advisory),
        ("deployment", deployment),
    ]
    .map(|(region, state)| RegionRow { region, state })
    .into()
}

fn why(cause: PublicCause) -> &'static str {
    match cause {
        PublicCause::Scheduled => "as agreed",
        PublicCause::DiscovererEarly => "the discoverer was first",
        PublicCause::ExploitedInTheWild => "exploited in the wild",
        PublicCause::Leaked => "leaked",
        PublicCause::AlreadyPublic => "it was so when it came",
    }
}

/// The dates that count, in their order.
fn dates(file: &CaseFile, standards: &Standards, now: Timestamp) -> Vec<DateRow> {
    let promise = Promise::for_report(file.opened(), &standards.calendar, standards.targets);
    let (ours, secret) = (file.upstream().is_none() && !file.is_closed(), file.public_cause().is_none());
    let embargo = match file.confidentiality() {
        Confidentiality::Embargoed { until } => Some(until),
        _ => None,
    };
    let unheard = ours && secret && file.predisclosed_at().is_none();
    let undated = ours && secret && embargo.is_none();
    let mut found = vec![
        ("somebody should have claimed it", (ours && file.claimed_by().is_none()).then_some(promise.look_by)),
        ("the members should hear of it", unheard.then(|| standards.predisclosure_target(file))),
        ("public by the policy's targets", undated.then(|| standards.default_instant(file, now))),
        ("the members heard of it", file.predisclosed_at()),
        ("the discoverer's date", file.ceiling()),
        ("the embargo ends", embargo),
        ("an answer to the discoverer is promised", file.promised().map(|promised| promised.until)),
        ("reminded of again", file.snoozed_until().filter(|until| *until > now)),
        ("the release began", file.release().map(|release| release.begun)),
    ];
    found.sort_by_key(|(_, at)| *at);
    let row = |(what, at): (&'static str, Option<Timestamp>)| {
        at.map(|at| DateRow { what, at: at.to_string(), distance: cases::distance(at.duration_since(now)) })
    };
    found.into_iter().filter_map(row).collect()
}
