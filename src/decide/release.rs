//! The public release of an advisory: its registration, its beginning with a [`Licence`], and what becomes of each destination
//! (P30-P36, P46; T14-T17).
//!
//! Two people arm it by commands of the case ([`super::casework`]). Here nothing is judged by a clock: whether the instant has come is in the
//! licence, and everything else is asked of [`crate::cases::judge`].

use std::collections::{BTreeMap, BTreeSet};

use super::{
    DecideError, Work,
    casework::{fresh_token, judged, moved_on, tell},
    discoverer,
    effect::{Attachment, Effect, Label},
    policy::{MEMBERS, PAGES},
    post::Sender,
    predisclosure,
    report::enclosure,
    ruling::unsendable,
    snapshot::HeldPlace,
    work::{Outsider, Sending},
};
use crate::{
    advisory::Destination,
    cases::{Actor, CaseFile, Confidentiality, DisarmCause, PublicCause, Refused, Request, Telling, arming_opens},
    compose::{
        About, AdvisoryMark, AlarmKind, Answer, ArmRequest, AttachmentFact, CommandAnswer, FromField, PublicRelease,
        Redistribution, Thread,
    },
    disclosure::{Case, CaseId, ContentClass, ListRole, Recipients, TeamMember},
    mail::{Address, Message, RawMessage},
    moderation::{Suggestion, Urgency},
    release::Licence,
};

/// A team member submitted a revision for the public: the case takes it or says why not, and everybody is asked to arm it.
pub(super) fn submitted(
    work: &mut Work<'_>,
    message: &Message,
    submitter: &TeamMember,
    file: &CaseFile,
    from: &Sender,
) -> Result<(), DecideError> {
    let case = work.snapshot.cases.iter().find(|case| case.id == file.id()).cloned().ok_or(DecideError::Missing("the case"))?;
    let number = file.live_number().ok_or(DecideError::Missing("the advisory's number"))?;
    if unsendable(message) {
        let why = "It cannot be sent as it is: bare line ends, a NUL byte or a mail loop. Submit it again, mended; nothing is registered.";
        work.note_by(
            "advisory-refused",
            None,
            Some(case.id),
            &submitter.name().0,
            "no mail server would pass it on; nothing is registered",
        );
        work.hold(HeldPlace::Other, Suggestion::Discard, Urgency::Normal, None, from.address().cloned());
        return answer_submitter(work, &case, submitter, message, why);
    }
    let (revision, findings) = predisclosure::revision(work, message, number, file, Destination::Public);
    let (version, digest) = (revision.version, revision.digest);
    let by = Actor::Person(submitter.name().clone());
    let (events, after) = match judged(work, file, &Request::Register { revision }, &by) {
        Ok(judged) => judged,
        Err(refused) => {
            work.note_by(
                "advisory-refused",
                None,
                Some(case.id),
                &submitter.name().0,
                "its case does not take it; nothing is registered",
            );
            work.hold(HeldPlace::Other, Suggestion::Discard, Urgency::Normal, None, from.address().cloned());
            return answer_submitter(work, &case, submitter, message, &refused.to_string());
        }
    };
    work.effect(Effect::Attach { mail: work.id, case: case.id, how: Attachment::Reply });
    for event in events {
        let text = format!("{}: {} v{version}", case.id, event.kind().replace('-', " "));
        work.happened(case.id, None, by.clone(), event, text);
    }
    let case = Case { version: i64::try_from(after.version()).unwrap_or(case.version), ..case };
    let mut findings: Vec<String> = findings.iter().map(predisclosure::in_words).collect();
    findings.extend(message.doubts.iter().map(|doubt| format!("doubt: {doubt}")));
    let until = match file.confidentiality() {
        Confidentiality::Embargoed { until } => Some(until),
        Confidentiality::Undetermined | Confidentiality::Public { .. } => None,
    };
    for person in work.team() {
        let token = fresh_token(work, &case, &person.name);
        let request = ArmRequest {
            case: case.id,
            token,
            to: person.address,
            thread: work.letters_about(case.id),
            advisory: number.with_prefix(&work.policy.project.advisory_prefix),
            version,
            submitted_by: submitter.name().clone(),
            subject: message.subject.clone(),
            attachments: message
                .attachments()
                .map(|part| AttachmentFact { content_type: part.content_type.clone(), bytes: part.bytes.len() })
                .collect(),
            digest: digest.to_string().chars().take(16).collect(),
            instant: until.map(|until| work.instant(until)).unwrap_or_default(),
            opens: until.map(arming_opens).filter(|opens| *opens > work.now).map(|opens| work.instant(opens)).unwrap_or_default(),
            destinations: work.policy.standards().destinations.into_iter().collect(),
            findings: findings.clone(),
            mail: enclosure(message),
            mode: work.policy.notice,
        };
        let draft = request.write(&mut work.desk())?;
        work.send(draft, Sending { about: Some(work.id), case: Some(case.id), ..Sending::default() })?;
    }
    Ok(())
}

/// The case does not take it: the submitter reads why.
fn answer_submitter(
    work: &mut Work<'_>,
    case: &Case,
    submitter: &TeamMember,
    message: &Message,
    refused: &str,
) -> Result<(), DecideError> {
    work.refused(refused);
    let token = fresh_token(work, case, submitter.name());
    let Some(to) = work.team().into_iter().find(|person| person.name == *submitter.name()).map(|person| person.address) else {
        return Ok(());
    };
    let answer = Answer::Refused(refused.to_owned());
    let letter =
        CommandAnswer { about: About::Case(case.id), token: Some(token), to, thread: Thread::answering(message), answer };
    let draft = letter.write(&mut work.desk())?;
    work.send(draft, Sending { about: Some(work.id), case: Some(case.id), ..Sending::default() })
}

/// Why an armed release does not begin.
#[derive(Debug, thiserror::Error)]
pub enum NotBegun {
    /// The case does not allow it.
    #[error("{0}")]
    Refused(Refused),
    /// The firewall finds another live case in it.
    #[error("it says something of {0}, which is not public")]
    GivesAway(CaseId),
}

/// The armed release of the snapshot's first case begins: the mail to the public lists and the members' copy are queued (T14).
///
/// `revision` are the bytes that were armed. The pages are written by the daemon, which says so with [`progress`].
///
/// # Errors
/// [`DecideError`]; what the case refuses is a value: nothing is queued then.
pub fn begin(work: &mut Work<'_>, revision: &RawMessage, licence: &Licence) -> Result<Result<(), NotBegun>, DecideError> {
    let (case, file) = subject(work)?;
    let number = file.live_number().ok_or(DecideError::Missing("the advisory's number"))?;
    let (events, begun) = match judged(work, &file, &Request::Begin, &Actor::Daemon) {
        Ok(judged) => judged,
        Err(refused) => return Ok(Err(NotBegun::Refused(refused))),
    };
    let Some(plan) = begun.release().map(|release| release.plan.clone()) else {
        return Err(DecideError::Missing("the plan of the release"));
    };
    if plan.digest != licence.revision() || revision.digest() != plan.digest {
        return Err(DecideError::Missing("the armed revision"));
    }
    let name = number.with_prefix(&work.policy.project.advisory_prefix);
    let [first, second] = licence.people();
    let text = format!("the release of {name} v{} begins, armed by {first} and {second}", plan.version);
    for event in events {
        work.happened(case.id, None, Actor::Daemon, event, text.clone());
    }
    let label = Label::Advisory(number, plan.version);
    // Advisories of one day share their prose. What is armed by two for this instant, too, is public with it.
    let others = work.snapshot.files.iter().filter(|other| other.id() != case.id);
    let of_this_instant = |other: &&CaseFile| {
        other.arming().is_some_and(|armed| armed.is_full() && !armed.is_stale(work.now) && armed.plan.instant == plan.instant)
    };
    let together: BTreeSet<CaseId> = others.filter(of_this_instant).map(CaseFile::id).collect();
    let lists = plan.destinations.iter().filter_map(|destination| destination.parse::<Address>().ok());
    let sending = || Sending {
        case: Some(case.id),
        label,
        outsider: Some(Outsider::World(case.id, licence.clone(), together.clone())),
        ..Sending::default()
    };
    let mut letters = Vec::new();
    if let Some(to) = Recipients::new(lists) {
        letters.push(PublicRelease { raw: revision.clone(), case: case.id, to }.write(&mut work.desk())?);
    }
    if let Some(to) = work.snapshot.roster.recipients().filter(|_| plan.destinations.contains(MEMBERS)) {
        let letter = Redistribution {
            raw: revision.clone(),
            list: ListRole::Primary,
            advisory: Some(AdvisoryMark { number, version: plan.version, embargo_until: None }),
            from: FromField::AsItCame,
            class: ContentClass::Public,
            reveals: BTreeSet::new(),
            to,
        };
        letters.push(letter.write(&mut work.desk())?);
    }
    for draft in letters {
        match work.clear(draft, &sending(), None)? {
            Ok(outgoing) => work.effect(Effect::Queue(outgoing)),
            Err(stopped) => {
                let other = stopped.hits.first().map_or(case.id, |hit| hit.case);
                return Ok(Err(NotBegun::GivesAway(other)));
            }
        }
    }
    let destinations = plan.destinations.iter().map(|destination| format!("- {destination}")).collect::<Vec<_>>().join("\n");
    let mut news = format!(
        "{text}. It is on its way to:\n\n{destinations}\n\nWhen the changesets are in the public tree, answer `pushed` with their ids."
    );
    let mut after = begun;
    // Of an amendment, and of what was never under embargo, the discoverer hears as the world does.
    let ends_embargo = !file.advisory().is_public() && file.public_cause() != Some(PublicCause::AlreadyPublic);
    if ends_embargo && !after.told().iter().any(|told| told.telling == Telling::Over) {
        let heard = discoverer::tell(work, (&case, after), Telling::Over, "", &Actor::Daemon)?;
        news.push_str(&format!("\n\n{}", heard.sentence));
        after = heard.file;
    }
    tell(work, &moved_on(&case, &after), None, &news)?;
    Ok(Ok(()))
}

/// How far a destination has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// It has it.
    Yes,
    /// It is on its way.
    NotYet,
    /// It does not have it, and trying again by itself would not help or might send it twice.
    Stuck,
}

/// What has become of the destinations of the release under way; the team hears the end of it. Returns the destinations that are stuck.
///
/// # Errors
/// [`DecideError`] when a letter cannot be written.
pub fn progress(work: &mut Work<'_>, reached: &BTreeMap<String, Reached>) -> Result<Vec<String>, DecideError> {
    let (case, mut file) = subject(work)?;
    let Some(release) = file.release().filter(|release| release.finished.is_none()).cloned() else { return Ok(Vec::new()) };
    let open = release.plan.destinations.iter().filter(|destination| !release.done.contains(*destination));
    let mut stuck = Vec::new();
    for destination in open {
        match reached.get(destination).copied().unwrap_or(Reached::NotYet) {
            Reached::NotYet => {}
            Reached::Stuck => stuck.push(destination.clone()),
            Reached::Yes => {
                let done = Request::DestinationDone { destination: destination.clone() };
                file = record(work, &case, file, &done, &format!("{}: {destination} has the advisory", case.id));
                if destination == PAGES {
                    file = record(work, &case, file, &Request::PagePublished, &format!("{}: the pages are written", case.id));
                }
            }
        }
    }
    let was_open = file.is_releasing();
    file = record(work, &case, file, &Request::Finish, &format!("{}: every destination has the advisory", case.id));
    if was_open && !file.is_releasing() {
        let case = Case { version: i64::try_from(file.version()).unwrap_or(case.version), ..case };
        tell(work, &case, None, "The release is complete: every destination has the advisory.")?;
    }
    Ok(stuck)
}

/// Why a release that is due does not go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocked {
    /// Two people have not armed it.
    NotArmed,
    /// The clocks disagree.
    Clocks,
    /// A destination does not have it.
    Stuck,
}

/// The alarm about the snapshot's first case. What was armed too long ago is disarmed, so that the case shows what is missing.
///
/// # Errors
/// [`DecideError`] when the alarm cannot be written.
pub fn blocked(work: &mut Work<'_>, why: Blocked) -> Result<(), DecideError> {
    let (case, file) = subject(work)?;
    if why == Blocked::NotArmed && file.arming().is_some_and(|arming| arming.is_stale(work.now)) {
        record(work, &case, file, &Request::Disarm { cause: DisarmCause::Stale }, "the arming is too old");
    }
    let kind = match why {
        Blocked::NotArmed => AlarmKind::ReleaseNotArmed,
        Blocked::Clocks => AlarmKind::ClocksDisagree,
        Blocked::Stuck => AlarmKind::ReleaseStuck,
    };
    work.alarm_about(kind, vec![case.id.to_string()])
}

fn subject(work: &Work<'_>) -> Result<(Case, CaseFile), DecideError> {
    let case = work.snapshot.cases.first().cloned().ok_or(DecideError::Missing("the case"))?;
    let file = work.snapshot.files.iter().find(|file| file.id() == case.id).cloned();
    Ok((case, file.ok_or(DecideError::Missing("the file of the case"))?))
}

/// Records what the daemon asks of the case; what the case refuses is left as it is.
fn record(work: &mut Work<'_>, case: &Case, file: CaseFile, request: &Request, text: &str) -> CaseFile {
    let Ok((events, next)) = judged(work, &file, request, &Actor::Daemon) else { return file };
    for event in events {
        work.happened(case.id, None, Actor::Daemon, event, text);
    }
    next
}
