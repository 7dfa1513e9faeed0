//! What is due in the cases, gathered into one letter a person, and noted with it: no reminder goes out twice, none without its letter.
//!
//! [`cases::due`] says what is due; here it is compared with what was given, put in words, and addressed: to whoever has claimed the case, or to
//! everybody. The words name ids, dates and commands; contacts, branches and the like stand in them only where notices carry whole mails
//! ([`NoticeMode::Full`]).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    DecideError, Policy, Work,
    effect::Effect,
    incoming::InboxId,
    snapshot::{DIGEST, Purpose, Snapshot, TokenRecord},
    tick::Watched,
    work::Sending,
};
use crate::{
    cases::{self, Confidentiality, Due, Lag, Next, NextAction, OpenItem, Owner, RemindWhen, RemindWhom, Reminder, Standards},
    compose::{DueCase, DueDigest, DuePoint, Escalation, NoticeMode, Pressing, Thread},
    disclosure::{Case, CaseId, CaseState, Person, PersonName},
    entropy::Entropy,
    mail::Digest,
};

/// The hash of the token that a letter about several cases carries, narrowed to one of them: an answer names the case it means. So one address
/// in one letter is a capability for each of its cases, to be used once each, and for no other.
pub fn narrowed(token: &str, case: CaseId) -> Digest {
    Digest::of(format!("{token}:{case}").as_bytes())
}

/// What a person is told of one case.
struct Told<'w> {
    case: &'w Case,
    entry: DueCase,
}

/// One letter to each person for whom something is due. `unannounced` are cases of which nobody was told when they came;
/// `known` is the team, with the live cases looked up: the backup contact is not of the team.
pub fn due(
    watched: &[Watched],
    unannounced: &[Case],
    (known, policy): (&Snapshot, &Policy),
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<Vec<Effect>, DecideError> {
    let mut work = Work::new(InboxId::NONE, known, policy, now, entropy);
    let standards = policy.standards();
    let mut letters: BTreeMap<PersonName, Vec<Told<'_>>> = BTreeMap::new();
    let mut pressing = Pressing::InOfficeHours;
    let mut left_alone: Vec<(&Watched, u32)> = Vec::new();
    for one in watched {
        let due = cases::due(&one.file, now, &standards);
        let new: Vec<&Due> = due.iter().filter(|due| !one.given.contains(&due.key)).collect();
        let late = unannounced.iter().any(|case| case.id == one.case.id) && one.case.state == CaseState::Open;
        left_alone.extend(new.iter().find_map(|due| match due.what {
            Reminder::Unclaimed(times) if times >= 2 => Some((one, standards.unclaimed_after.saturating_add(times - 1))),
            _ => None,
        }));
        let known = new.iter().any(|due| matches!(due.what, Reminder::Unclaimed(_)));
        let flood = late && !known;
        if new.is_empty() && !flood {
            continue;
        }
        if new.iter().any(|due| due.hours == RemindWhen::AnyHour) {
            pressing = Pressing::NotArmed;
        }
        for person in &policy.team {
            let mine: Vec<&Due> = new.iter().copied().filter(|due| whom(due, one, policy).contains(&&person.name)).collect();
            if mine.is_empty() && !flood {
                continue;
            }
            let entry = entry(one, &mine, flood, &work, &standards);
            letters.entry(person.name.clone()).or_default().push(Told { case: &one.case, entry });
        }
        let mut kinds: Vec<&str> = new.iter().map(|due| due.what.kind()).collect();
        if flood {
            kinds.push("unannounced");
        }
        work.note_by("reminded", None, Some(one.case.id), "", kinds.join(", "));
        for due in new {
            let whom = whom(due, one, policy).into_iter().cloned().collect();
            work.effect(Effect::Reminded { case: one.case.id, due: Box::new(due.clone()), whom });
        }
    }
    for person in &policy.team {
        if let Some(told) = letters.remove(&person.name) {
            write(&mut work, person, told, pressing)?;
        }
    }
    escalate(&mut work, &left_alone)?;
    Ok(work.into_effects())
}

/// Nobody took these up although the team was reminded: the one who does not depend on its mailboxes is told that they wait.
fn escalate(work: &mut Work<'_>, left_alone: &[(&Watched, u32)]) -> Result<(), DecideError> {
    let (Some(to), Some(days)) = (work.policy.backup_contact.clone(), left_alone.iter().map(|(_, days)| *days).max()) else {
        return Ok(());
    };
    let waiting = left_alone.iter().map(|(one, _)| format!("since {}", work.instant(one.file.opened()))).collect();
    let draft = Escalation { to, days, waiting }.write(&mut work.desk())?;
    work.send(draft, Sending::default())?;
    for (one, _) in left_alone {
        work.note_by("escalated", None, Some(one.case.id), "", "nobody claims it: the backup contact is told that it waits");
    }
    Ok(())
}

fn write(work: &mut Work<'_>, person: &Person, told: Vec<Told<'_>>, pressing: Pressing) -> Result<(), DecideError> {
    let token = token(work, &person.name, &told);
    // What goes through the mail belongs to a case where it speaks of one only.
    let case = if let [only] = told.as_slice() { Some(only.case.id) } else { None };
    let letter = DueDigest {
        to: person.address.clone(),
        token: Some(token),
        thread: Thread::new(),
        cases: told.into_iter().map(|told| told.entry).collect(),
        pressing,
        mode: work.policy.notice,
        record: work.snapshot.record.clone(),
    };
    let draft = letter.write(&mut work.desk())?;
    work.send(draft, Sending { case, ..Sending::default() })
}

/// The token of the one case, or of the letter with one capability for each of its cases.
fn token(work: &mut Work<'_>, person: &PersonName, told: &[Told<'_>]) -> String {
    let content = |case: &Case| Digest::of(case.token.as_bytes());
    if let [only] = told {
        return work.token_for_person(Purpose::Case, person, only.case.id.0, content(only.case), only.case.version);
    }
    let token = work.token_for_person(Purpose::Case, person, DIGEST, Digest::of(b""), 0);
    for Told { case, .. } in told {
        work.effect(Effect::Mint(TokenRecord {
            hash: narrowed(&token, case.id),
            purpose: Purpose::Case,
            person: Some(person.clone()),
            address: None,
            object: case.id.0,
            digest: content(case),
            version: case.version,
            spent: None,
        }));
    }
    token
}

/// Who gets a reminder: an owner who has left the team is nobody.
fn whom<'p>(due: &Due, watched: &Watched, policy: &'p Policy) -> Vec<&'p PersonName> {
    let team = || policy.team.iter().map(|person| &person.name);
    let owner = watched.file.claimed_by().and_then(|owner| team().find(|name| *name == owner));
    match (due.to, owner) {
        (RemindWhom::Owner, Some(owner)) => vec![owner],
        _ => team().collect(),
    }
}

fn entry(watched: &Watched, due: &[&Due], flood: bool, work: &Work<'_>, standards: &Standards) -> DueCase {
    let (file, mode) = (&watched.file, work.policy.notice);
    let point = |due: &&Due| DuePoint { what: sentence(&due.what, work, mode), open: open(&due.what, mode) };
    let mut points: Vec<DuePoint> = due.iter().map(point).collect();
    if flood {
        let what = "nobody has claimed it (`claim`); so many reports came at once that it had no notice of its own".to_owned();
        points.push(DuePoint { what, open: Vec::new() });
    }
    let until = match file.confidentiality() {
        Confidentiality::Embargoed { until } => Some(format!("Embargo until {}", far(until, work))),
        _ => None,
    };
    let wanted = file.ceiling().map(|date| format!("The discoverer's date: {}", far(date, work)));
    DueCase {
        case: watched.case.id,
        number: file.live_number().map(|number| number.with_prefix(&work.policy.project.advisory_prefix)),
        due: points,
        next: cases::next_action(file, work.now, standards).map(|action| next(&action, work, mode)),
        dates: until.into_iter().chain(wanted).collect(),
    }
}

/// An instant with its distance.
fn far(at: Timestamp, work: &Work<'_>) -> String {
    let away = at.duration_since(work.now);
    let distance = if away.abs() < SignedDuration::from_mins(1) { "now".to_owned() } else { cases::distance(away) };
    format!("{} ({distance})", work.instant(at))
}

fn next(action: &NextAction, work: &Work<'_>, mode: NoticeMode) -> String {
    let what = match &action.what {
        Next::Item(one) => item(one, mode),
        what => what.to_string(),
    };
    let owner = match &action.owner {
        Owner::Person(name) => name.0.clone(),
        Owner::Team => "anybody of the team".to_owned(),
        Owner::Daemon => "the daemon".to_owned(),
    };
    format!("{what}: {owner}, by {}", far(action.due, work))
}

/// A line of the checklist. Which branches lack a patch says which versions have the bug.
fn item(item: &OpenItem, mode: NoticeMode) -> String {
    match item {
        OpenItem::Patches(_) if mode == NoticeMode::HeadersOnly => "patches are missing (`patch complete`)".to_owned(),
        item => item.to_string(),
    }
}

/// What a reminder lists.
fn open(reminder: &Reminder, mode: NoticeMode) -> Vec<String> {
    match reminder {
        Reminder::MidWeek(open) | Reminder::StepsOpen(open) => open.iter().map(|one| item(one, mode)).collect(),
        _ => Vec::new(),
    }
}

/// A reminder in words.
fn sentence(reminder: &Reminder, work: &Work<'_>, mode: NoticeMode) -> String {
    let full = mode == NoticeMode::Full;
    match reminder {
        Reminder::Unclaimed(1) => "nobody has claimed it (`claim`)".to_owned(),
        Reminder::Unclaimed(times) => format!("still nobody has claimed it (`claim`): asked {times} times"),
        Reminder::PredisclosureSoon(target) => format!("the members should hear of it by {}", far(*target, work)),
        Reminder::PredisclosureOverdue(target) => format!("the members should have heard of it by {}", far(*target, work)),
        Reminder::PatchLate(missing) => {
            let which = if full && !missing.is_empty() { format!(" for {}", missing.join(", ")) } else { String::new() };
            format!("no complete patch{which}, and two working weeks are left: send the members the state of knowledge")
        }
        Reminder::MembersLag(Lag::Instant) => "the members hold another date: send them the one that was agreed".to_owned(),
        Reminder::MembersLag(Lag::Revision) => "the members hold an older revision: send them the new one".to_owned(),
        Reminder::MembersLag(Lag::Patch) => "the members hold older patches: send them the new ones".to_owned(),
        Reminder::BeforeRelease(0) => "it becomes public today".to_owned(),
        Reminder::BeforeRelease(1) => "one working day until it becomes public".to_owned(),
        Reminder::BeforeRelease(days) => format!("{days} working days until it becomes public"),
        Reminder::CveMissing => "its CVE number is open (`cve requested|assigned|none`)".to_owned(),
        Reminder::ContactSilent(address) if full => format!("{address} is involved and does not answer (`heard`, `uninvolve`)"),
        Reminder::ContactSilent(_) => "somebody who is involved does not answer (`heard`, `uninvolve`)".to_owned(),
        Reminder::Consultation(counted) => format!("question {counted} of a member has no answer (`answered {counted}: ...`)"),
        Reminder::Promise(until) => format!("the discoverer was promised an answer by {} (`reply`)", far(*until, work)),
        Reminder::MidWeek(_) => "open in the middle of the first week:".to_owned(),
        Reminder::BeyondDiscoverer => "the embargo ends after the discoverer's date (`embargo`, `consent`)".to_owned(),
        Reminder::AdvisoryDue => "it is public, and there is no public advisory".to_owned(),
        Reminder::AskUpstream => {
            "the other project's date has passed: has it published? (`public yes SOURCE`, `embargo`)".to_owned()
        }
        Reminder::Unarmed => "the embargo is over, two people have not armed the release, and nothing is published".to_owned(),
        Reminder::StepsOpen(_) => "open after the release:".to_owned(),
        Reminder::Report => "the transparency report is neither sent nor waived (`report-sent`, `waive-report`)".to_owned(),
    }
}
