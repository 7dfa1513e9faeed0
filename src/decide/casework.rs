//! What a team member's word does to a case, by mail or typed on the machine: the answer to the discoverer, and everything that
//! [`cases::judge`] judges.

use jiff::tz::TimeZone;

use super::{
    DecideError, Work,
    command::answer,
    discoverer, early_end,
    effect::{Effect, ReminderKind},
    ruling::By,
    snapshot::Purpose,
    work::Sending,
};
use crate::{
    cases::{self, Act, Actor, CaseEvent, CaseFile, Circumstances, Echo, Plan, Recorded, Refused, Request, Telling},
    command::CaseCommand,
    compose::{About, Answer, CommandAnswer, NoticeMode},
    disclosure::{Case, PersonName},
    mail::Digest,
    schedule::civil,
};

/// Acts on a case.
pub fn on_case(work: &mut Work<'_>, command: &CaseCommand, by: &By<'_>) -> Result<(), DecideError> {
    let case = asked_about(work, by).cloned().ok_or(DecideError::Missing("the case"))?;
    let about = About::Case(case.id);
    if let Some((token, _)) = by.token
        && token.spent.is_some()
    {
        // The same reply twice, or a replayed one: nothing is done, and a fresh token makes the next command possible.
        let fresh = fresh_token(work, &case, by.person.name());
        work.note_by("token-spent", None, Some(case.id), by.name(), "the token was used before; nothing was done");
        return answer(work, by, about, Some(&fresh), Answer::SpentToken);
    }
    if let Some((token, _)) = by.token
        && token.version != case.version
        && !is_good_at_any_time(command)
    {
        // The case moved on since the notice was written: looked at again before anything is done.
        let fresh = fresh_token(work, &case, by.person.name());
        work.note_by("state-changed", None, Some(case.id), by.name(), "the case changed since the notice; asked again");
        return answer(work, by, about, Some(&fresh), Answer::Changed);
    }
    match command {
        CaseCommand::Reply { text } => reply(work, &case, text, by),
        CaseCommand::Ask { request, words } => ask(work, &case, request, words.as_deref(), by),
    }
}

/// The case that the token was made for, whatever other cases the mail refers to; typed on the machine, the only one looked up.
fn asked_about<'w>(work: &Work<'w>, by: &By<'_>) -> Option<&'w Case> {
    match by.token {
        Some((token, _)) => work.snapshot.cases.iter().find(|case| case.id.0 == token.object),
        None => work.snapshot.cases.first(),
    }
}

/// Whether a command means the same however the case has moved on since the person looked at it.
fn is_good_at_any_time(command: &CaseCommand) -> bool {
    match command {
        CaseCommand::Reply { .. } => false,
        // What goes to somebody outside is looked at again.
        CaseCommand::Ask { words: Some(_), .. } => false,
        CaseCommand::Ask { request, words: None } => {
            matches!(
                **request,
                Request::Claim { .. }
                    | Request::Note { .. }
                    | Request::Decide { .. }
                    | Request::Heard { .. }
                    | Request::Disarm { .. }
                    | Request::DestinationDone { .. }
                    | Request::Pushed { .. }
                    | Request::PagePublished
                    | Request::Snooze { .. }
                    | Request::ReportSent
            )
        }
    }
}

/// Asks the judgement of the case, records what it answers, and tells the others.
fn ask(work: &mut Work<'_>, case: &Case, request: &Request, words: Option<&str>, by: &By<'_>) -> Result<(), DecideError> {
    let file = file_of(work, case)?;
    if let (None, Request::Second { serial: None }, Some(pending)) = (by.token, request, file.pending(work.now)) {
        // Typed on the machine, the word goes with no mail that shows what it agrees to.
        let (act, first, serial) = (&pending.act, &pending.by, pending.serial);
        let wanted = proposal(work, act, pending.words.as_deref());
        let why = format!("{first} wants `{}`{wanted}. `second {serial}` agrees to that.", act.name());
        return answer(work, by, About::Case(case.id), None, Answer::Refused(why));
    }
    let me = Actor::Person(by.person.name().clone());
    let (events, after) = match judged(work, file, request, &me) {
        Ok(judged) => judged,
        Err(refused) => {
            let token = by.token.filter(|(token, _)| token.spent.is_none()).map(|(_, text)| text.to_owned());
            return answer(work, by, About::Case(case.id), token.as_deref(), Answer::Refused(refused.to_string()));
        }
    };
    spend(work, by);
    // What the first of two people wrote goes with what both wanted, unless the second one writes something else.
    let agreed =
        file.pending(work.now).filter(|_| events.contains(&CaseEvent::Seconded)).and_then(|pending| pending.words.clone());
    let words = words.map(str::to_owned).or(agreed);
    let is_proposal = events.iter().any(|event| matches!(event, CaseEvent::Proposed { .. }));
    let telling = discoverer::news(&events).or(words.as_ref().map(|_| Telling::Reply)).filter(|_| !is_proposal);
    let mut told = Vec::new();
    for event in events {
        let event = match event {
            CaseEvent::Proposed { act, .. } => CaseEvent::Proposed { act, words: words.clone() },
            event => event,
        };
        match &event {
            CaseEvent::Claimed { .. } | CaseEvent::Closed { .. } => {
                work.effect(Effect::Forget { kind: ReminderKind::Unclaimed, object: case.id.0 });
            }
            _ => {}
        }
        let sentence = sentence(work, case, by.person.name(), &event);
        work.happened(case.id, None, me.clone(), event.clone(), sentence.record.clone());
        told.push((event, sentence));
    }
    let members = early_end::tell_members(work, case, &after, told.iter().map(|(event, _)| event))?;
    // Whom this very command names hears of it.
    let named = told.iter().find_map(|(event, _)| match event {
        CaseEvent::DiscovererNamed { address } => Some(address.clone()),
        _ => None,
    });
    let to = Case { discoverer: named.or_else(|| case.discoverer.clone()), ..case.clone() };
    let heard = match telling {
        Some(telling) => Some(discoverer::tell(work, (&to, after.clone()), telling, words.as_deref().unwrap_or_default(), &me)?),
        None => None,
    };
    let case = &moved_on(case, heard.as_ref().map_or(&after, |heard| &heard.file));
    let to_discoverer = heard.as_ref().map(|heard| heard.sentence.as_str());
    let outside: Vec<&str> = members.as_deref().into_iter().chain(to_discoverer).collect();
    if !outside.is_empty() {
        work.remarked(&format!("{}: done. {}", case.id, outside.join(" ")));
    }
    let news = told.iter().map(|(_, sentence)| sentence.others.as_str()).filter(|text| !text.is_empty());
    let news: Vec<&str> = news.chain(members.as_deref()).chain(to_discoverer).collect();
    if !news.is_empty() {
        tell(work, case, Some(by.person.name()), &news.join("\n"))?;
    }
    let mine = told.iter().map(|(_, sentence)| sentence.mine.as_str()).filter(|text| !text.is_empty());
    let mine: Vec<&str> = mine.chain(members.as_deref()).chain(to_discoverer).collect();
    done(work, case, by, &mine.join("\n"))
}

/// The same for what a hook of the operator says (T16): the case knows it as the daemon, and the team is told.
///
/// # Errors
/// [`DecideError`] when the team's letter cannot be written. What the case refuses is [`Work::refusal`].
pub fn by_hook(work: &mut Work<'_>, request: &Request) -> Result<(), DecideError> {
    let case = work.snapshot.cases.first().cloned().ok_or(DecideError::Missing("the case"))?;
    let file = file_of(work, &case)?;
    let (events, after) = match judged(work, file, request, &Actor::Daemon) {
        Ok(judged) => judged,
        Err(refused) => {
            work.refused(&refused.to_string());
            return Ok(());
        }
    };
    let case = moved_on(&case, &after);
    let mut news = Vec::new();
    for event in events {
        let text = format!("{}: {}, says a hook on the machine", case.id, event.kind().replace('-', " "));
        work.happened(case.id, None, Actor::Daemon, event, text.clone());
        news.push(text);
    }
    tell(work, &case, None, &format!("{}.", news.join("\n")))
}

/// What the case answers, and the file as it is afterwards.
pub(super) fn judged(
    work: &Work<'_>,
    file: &CaseFile,
    request: &Request,
    by: &Actor,
) -> Result<(Vec<CaseEvent>, CaseFile), Refused> {
    let standards = work.policy.standards();
    let circumstances = Circumstances { now: work.now, standards: &standards, numbers: &work.snapshot.numbers };
    let events = cases::judge(file, request, by, &circumstances)?;
    let mut next = file.clone();
    for event in &events {
        // What the judgement gives fits the file; were it not so, the store would refuse it and nothing would be done.
        let _ = next.apply(&Recorded { at: work.now, by: by.clone(), event: event.clone() });
    }
    Ok((events, next))
}

/// An event in words: for the record, for whoever brought it about, and for the others of the team.
struct Sentence {
    record: String,
    mine: String,
    others: String,
}

fn sentence(work: &Work<'_>, case: &Case, by: &PersonName, event: &CaseEvent) -> Sentence {
    let id = case.id;
    let for_all = |text: String| Sentence { record: text.clone(), mine: text.clone(), others: format!("{by}: {text}") };
    match event {
        CaseEvent::Claimed { .. } => Sentence {
            record: format!("claimed by {by}"),
            mine: format!("{id} is yours. The others have been told."),
            others: format!("{by} has claimed {id}."),
        },
        CaseEvent::Closed { reason, because, .. } => {
            let why = because.as_ref().map_or_else(|| reason.to_string(), |because| format!("{reason}: {because}"));
            Sentence {
                record: format!("closed by {by}: {why}"),
                mine: format!("{id} is closed: {reason}."),
                others: format!("{by} has closed {id}: {why}"),
            }
        }
        CaseEvent::Noted { text } => Sentence {
            record: text.clone(),
            mine: "Your note stands in the record of the case.".to_owned(),
            others: String::new(),
        },
        CaseEvent::Decided { .. } => Sentence {
            record: "a decision, sealed until the publication".to_owned(),
            mine: "Your decision stands in the record, sealed until the publication.".to_owned(),
            others: String::new(),
        },
        CaseEvent::NumberAllocated { number } => {
            for_all(format!("{id} is {}.", number.with_prefix(&work.policy.project.advisory_prefix)))
        }
        CaseEvent::EmbargoSet { until, default, .. }
        | CaseEvent::EmbargoShortened { until, default, .. }
        | CaseEvent::EmbargoLengthened { until, default, .. } => for_all(echo(work, *until, *default)),
        CaseEvent::Proposed { act, words } => Sentence {
            record: format!("`{}` waits for a second person", act.name()),
            mine: format!(
                "`{}` waits for a second person, who answers `second` within a day. Nothing has happened yet.",
                act.name()
            ),
            others: format!(
                "{by} wants `{}` for {id}{}. It needs a second person: answer this mail with `second` if you agree. \
                 After a day the proposal is gone.",
                act.name(),
                proposal(work, act, words.as_deref())
            ),
        },
        CaseEvent::Armed { plan } => for_all(armed(work, case, by, plan)),
        CaseEvent::Disarmed { .. } => {
            for_all(format!("The release of {id} is disarmed. Nothing goes out until two people arm it again."))
        }
        CaseEvent::EmbargoEnded { plan, .. } => for_all(match plan {
            Some(plan) => format!("The embargo of {id} is over. Version {} goes out to the public now.", plan.version),
            None => format!(
                "The embargo of {id} is over, and no revision for the public is registered: send one to {}, and arm it.",
                work.policy.project.primary.address
            ),
        }),
        event => for_all(format!("{id}: {}.", event.kind().replace('-', " "))),
    }
}

/// Who has armed what: a person who armed something else by mistake sees it here.
fn armed(work: &Work<'_>, case: &Case, by: &PersonName, plan: &Plan) -> String {
    let file = work.snapshot.files.iter().find(|file| file.id() == case.id);
    let others = file.and_then(|file| file.arming()).filter(|arming| arming.plan == *plan && !arming.is_stale(work.now));
    let first = others.and_then(|arming| arming.by.first()).filter(|first| *first != by);
    let digest: String = plan.digest.to_string().chars().take(16).collect();
    let what = format!("version {} (SHA-256 {digest}...) of {}", plan.version, case.id);
    let instant = if plan.instant > work.now { format!("at {}", work.instant(plan.instant)) } else { "at once".to_owned() };
    let where_to = plan.destinations.iter().cloned().collect::<Vec<_>>().join(", ");
    match first {
        None => format!(
            "{by} has armed {what}, to go out {instant} to {where_to}. A second person must arm it, too; nothing goes out before."
        ),
        Some(first) => format!("{first} and {by} have armed {what}. It goes out {instant} to {where_to}. `disarm` stops it."),
    }
}

/// What is proposed, where it is a date: what a person agrees to must stand in the mail that asks.
fn proposal(work: &Work<'_>, act: &Act, words: Option<&str>) -> String {
    let mut what = match act {
        Act::Embargo { until, because } => format!(", to {}, because {because}", civil(*until, work.policy.calendar.zone())),
        Act::EndEmbargo { what, .. } => format!(": {what}"),
        Act::Public { source } => format!(": {source}"),
        Act::WaiveReport { because } | Act::Close { because, .. } => format!(", because {because}"),
    };
    match (words, work.policy.notice) {
        (Some(words), NoticeMode::Full) => what.push_str(&format!("; and to the discoverer goes: \"{words}\"")),
        (Some(_), NoticeMode::HeadersOnly) => what.push_str("; words for the discoverer are on the server"),
        (None, _) => {}
    }
    what
}

/// The instant said back, so that nobody is a month off (T91).
fn echo(work: &Work<'_>, until: jiff::Timestamp, default: jiff::Timestamp) -> String {
    let zone = work.policy.calendar.zone();
    let zones = if *zone == TimeZone::UTC { Vec::new() } else { vec![zone.clone()] };
    let echo = Echo::of(until, work.now, &zones);
    let mut text = format!("The embargo ends {}, {}.", echo.utc, echo.distance);
    for local in &echo.local {
        text.push_str(&format!(" That is {local}."));
    }
    if until != default {
        text.push_str(&format!(" The policy's targets give {}.", civil(default, &TimeZone::UTC)));
    }
    for warning in &echo.warnings {
        text.push_str(&format!(" {warning}"));
    }
    text
}

/// A team member's own words to the discoverer, under the team's name (P11).
fn reply(work: &mut Work<'_>, case: &Case, text: &str, by: &By<'_>) -> Result<(), DecideError> {
    if let Err(why) = discoverer::reachable(work, case) {
        let token = by.token.map(|(_, text)| text.to_owned());
        return answer(work, by, About::Case(case.id), token.as_deref(), Answer::Refused(why.to_owned()));
    }
    let file = file_of(work, case)?.clone();
    spend(work, by);
    let me = Actor::Person(by.person.name().clone());
    let version = file.version();
    let heard = discoverer::tell(work, (case, file), Telling::Reply, text, &me)?;
    if heard.file.version() == version {
        return done(work, case, by, &heard.sentence);
    }
    let case = &moved_on(case, &heard.file);
    let news = match work.policy.notice {
        NoticeMode::Full => format!("{} has answered the discoverer of {}:\n\n{text}", by.name(), case.id),
        NoticeMode::HeadersOnly => {
            format!("{} has answered the discoverer of {}; the text is on the server.", by.name(), case.id)
        }
    };
    tell(work, case, Some(by.person.name()), &news)?;
    done(work, case, by, "Your answer is on its way to the discoverer; the others have a copy.")
}

fn file_of<'w>(work: &Work<'w>, case: &Case) -> Result<&'w CaseFile, DecideError> {
    work.snapshot.files.iter().find(|file| file.id() == case.id).ok_or(DecideError::Missing("the file of the case"))
}

/// The case as its file has it now: what is asked next is about that.
pub(super) fn moved_on(case: &Case, file: &CaseFile) -> Case {
    Case { version: i64::try_from(file.version()).unwrap_or(case.version), ..case.clone() }
}

fn spend(work: &mut Work<'_>, by: &By<'_>) {
    if let Some((token, _)) = by.token {
        work.effect(Effect::Spend(token.hash));
    }
}

pub(super) fn fresh_token(work: &mut Work<'_>, case: &Case, person: &PersonName) -> String {
    let digest = work.snapshot.tokens.first().map_or_else(|| Digest::of(case.token.as_bytes()), |token| token.digest);
    work.token_for_person(Purpose::Case, person, case.id.0, digest, case.version)
}

/// Confirms, with a fresh token for the next command.
fn done(work: &mut Work<'_>, case: &Case, by: &By<'_>, text: &str) -> Result<(), DecideError> {
    let fresh = fresh_token(work, case, by.person.name());
    answer(work, by, About::Case(case.id), Some(&fresh), Answer::Done(text.to_owned()))
}

/// Tells the team, but not `except`, each with a token for the next command.
pub(super) fn tell(work: &mut Work<'_>, case: &Case, except: Option<&PersonName>, text: &str) -> Result<(), DecideError> {
    for person in work.team().into_iter().filter(|person| Some(&person.name) != except) {
        let token = fresh_token(work, case, &person.name);
        let letter = CommandAnswer {
            about: About::Case(case.id),
            token: Some(token),
            to: person.address,
            thread: work.letters_about(case.id),
            answer: Answer::News(text.to_owned()),
        };
        let draft = letter.write(&mut work.desk())?;
        work.send(draft, Sending { about: work.message(), case: Some(case.id), ..Sending::default() })?;
    }
    Ok(())
}
