//! What the discoverer hears when a person's command or a release changes the date, ends the embargo or closes the case (P11, P44-P46).
//!
//! Each letter is about the discoverer's own case and says nothing but that, and what a person adds below the command (`To the discoverer:`). Who
//! reported the same and had the case closed as a duplicate waits for the same date, and hears of it. Promises: nobody hears of a case who has
//! neither written to us nor had a letter of ours; each news goes to each address once; what is not sent is said to the team. Whether a letter
//! may go is asked of [`crate::cases::judge`], and of the door.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use super::{
    DecideError, Work, blocked,
    casework::judged,
    work::{Outsider, Passage, Sending},
};
use crate::{
    cases::{Actor, CaseEvent, CaseFile, CloseReason, Confidentiality, Handling, PublicCause, Request, Telling},
    compose::{CaseNews, CaseReply, News, Thread},
    disclosure::{Case, CaseId},
    mail::{Address, Message},
    schedule::{Promise, civil},
};

/// What these events change for the discoverer. A case that ends with its advisory was told of at the release.
pub(super) fn news(events: &[CaseEvent]) -> Option<Telling> {
    events.iter().rev().find_map(|event| match event {
        CaseEvent::EmbargoSet { until, .. }
        | CaseEvent::EmbargoShortened { until, .. }
        | CaseEvent::EmbargoLengthened { until, .. } => Some(Telling::Date { until: *until }),
        CaseEvent::EmbargoEnded { .. } => Some(Telling::Over),
        CaseEvent::Closed { reason, .. } if *reason != CloseReason::Released => Some(Telling::Closed),
        _ => None,
    })
}

/// What became of it.
pub(super) struct Heard {
    /// The case afterwards.
    pub(super) file: CaseFile,
    /// For the team.
    pub(super) sentence: String,
}

/// Tells the discoverer of a case, whose file is as this decision leaves it; and of the embargo also those whose cases were duplicates of it. The
/// words are for the discoverer of this case alone.
pub(super) fn tell(
    work: &mut Work<'_>,
    (case, file): (&Case, CaseFile),
    telling: Telling,
    words: &str,
    by: &Actor,
) -> Result<Heard, DecideError> {
    let advisory = file.release().and(file.live_number());
    let advisory = advisory.map(|number| number.with_prefix(&work.policy.project.advisory_prefix));
    let early =
        matches!(file.public_cause(), Some(PublicCause::DiscovererEarly | PublicCause::ExploitedInTheWild | PublicCause::Leaked));
    let news = |work: &Work<'_>, file: &CaseFile| match telling {
        Telling::Reply => None,
        Telling::Date { until } => {
            let changed = file.told().iter().any(|told| matches!(told.telling, Telling::Date { .. }));
            Some(News::Date { until: civil(until, &TimeZone::UTC), changed })
        }
        Telling::Over => {
            let since = civil(work.now, &TimeZone::UTC);
            Some(News::Over { since, early, advisory: advisory.clone() })
        }
        Telling::Closed => Some(News::Closed),
    };
    let said = news(work, &file);
    let (outcome, file) = one(work, case, file, telling, said, words, by)?;
    let mut sentences = vec![match outcome {
        Outcome::Told if words.is_empty() => "The discoverer is told.".to_owned(),
        Outcome::Told => "The discoverer is told, with your words.".to_owned(),
        Outcome::Not(why) => format!("The discoverer is NOT told. {why}"),
    }];
    if matches!(telling, Telling::Date { .. } | Telling::Over) {
        // Who may not hear of one case may have reported another.
        let in_touch = case.discoverer.iter().filter(|_| file.is_in_touch());
        let mut known: BTreeSet<Address> = in_touch.map(|address| work.policy.project.canonical(address)).collect();
        for (other, other_file) in duplicates(work, case.id) {
            let is_new = other.discoverer.as_ref().is_some_and(|address| {
                let address = work.policy.project.canonical(address);
                if other_file.is_in_touch() { known.insert(address) } else { !known.contains(&address) }
            });
            if !is_new {
                continue;
            }
            let said = news(work, &other_file);
            let (outcome, _) = one(work, &other, other_file, telling, said, "", by)?;
            sentences.push(match outcome {
                Outcome::Told => format!("So is the discoverer of {}, a duplicate.", other.id),
                Outcome::Not(why) => format!("The discoverer of {}, a duplicate, is NOT told. {why}", other.id),
            });
        }
    }
    Ok(Heard { file, sentence: sentences.join(" ") })
}

/// The duplicates of a case, and theirs.
fn duplicates(work: &Work<'_>, of: CaseId) -> Vec<(Case, CaseFile)> {
    let mut found: Vec<(Case, CaseFile)> = Vec::new();
    let mut originals = vec![of];
    while let Some(original) = originals.pop() {
        let is_one =
            |file: &CaseFile| matches!(file.handling(), Handling::Closed(CloseReason::Duplicate { of }) if *of == original);
        for (case, file) in work.snapshot.duplicates.iter().filter(|(_, file)| is_one(file)) {
            if case.id != of && !found.iter().any(|(known, _)| known.id == case.id) {
                originals.push(case.id);
                found.push((case.clone(), file.clone()));
            }
        }
    }
    found
}

enum Outcome {
    Told,
    /// Why not, in a sentence.
    Not(String),
}

fn one(
    work: &mut Work<'_>,
    case: &Case,
    file: CaseFile,
    telling: Telling,
    news: Option<News>,
    words: &str,
    by: &Actor,
) -> Result<(Outcome, CaseFile), DecideError> {
    let to = match reachable(work, case) {
        Ok(to) => to,
        Err(why) => return Ok((Outcome::Not(why.to_owned()), file)),
    };
    let request = Request::Tell { telling, words: !words.is_empty() };
    let (events, after) = match judged(work, &file, &request, by) {
        Ok(judged) => judged,
        Err(refused) => return Ok((Outcome::Not(refused.to_string()), file)),
    };
    let (token, thread, words) = (case.token.clone(), thread_of(work, &to), words.to_owned());
    let draft = match news {
        Some(news) => CaseNews { case: case.id, token, to: to.clone(), thread, news, words }.write(&mut work.desk())?,
        None => CaseReply { case: case.id, token, to: to.clone(), thread, text: words }.write(&mut work.desk())?,
    };
    let outsider = Some(Outsider::Discoverer(case.id, to));
    let passage = work.dispatch(draft, Sending { about: work.message(), case: Some(case.id), outsider, ..Sending::default() })?;
    if let Passage::Stopped { id, found } = passage {
        let why = blocked::stopped(id, &found);
        work.remarked(&why);
        return Ok((Outcome::Not(why), file));
    }
    for event in events {
        work.happened(case.id, None, by.clone(), event, sentence(telling, by));
    }
    Ok((Outcome::Told, after))
}

/// For the record.
fn sentence(telling: Telling, by: &Actor) -> String {
    match (telling, by) {
        (Telling::Reply, Actor::Person(name)) => format!("answered by {name}"),
        (Telling::Reply, _) => "answered".to_owned(),
        (Telling::Date { until }, _) => format!("the discoverer is told the date, {}", civil(until, &TimeZone::UTC)),
        (Telling::Over, _) => "the discoverer is told that the embargo is over".to_owned(),
        (Telling::Closed, _) => "the discoverer is told that the case is closed".to_owned(),
    }
}

/// Where the case stands, in words that the discoverer may read: for whoever answers the question. Names of the team are none of them.
pub(super) fn card(work: &Work<'_>, case: &Case) -> Vec<String> {
    let Some(file) = work.snapshot.files.iter().find(|file| file.id() == case.id) else { return Vec::new() };
    let instant = |at| civil(at, &TimeZone::UTC);
    let state = match file.handling() {
        Handling::Closed(_) => "closed",
        _ if file.advisory().is_public() => "the advisory is public",
        Handling::Received | Handling::Acknowledged => "it has arrived, and nobody has claimed it",
        Handling::Triaging => "a person is looking at it",
        Handling::Confirmed => "confirmed as a vulnerability",
        Handling::AdvisoryPrep => "the advisory is being written",
    };
    let date = match file.confidentiality() {
        Confidentiality::Undetermined => "none is agreed yet".to_owned(),
        Confidentiality::Embargoed { until } => format!("under embargo until {}", instant(until)),
        Confidentiality::Public { since, .. } => format!("public since {}", instant(since)),
    };
    let last = match file.told().last() {
        Some(told) => {
            let what = match told.telling {
                Telling::Reply => "an answer".to_owned(),
                Telling::Date { until } => format!("the date {}", instant(until)),
                Telling::Over => "that the embargo is over".to_owned(),
                Telling::Closed => "that the case is closed".to_owned(),
            };
            format!("{what}, on {}", instant(told.at))
        }
        None if file.is_acknowledged() => "the acknowledgement".to_owned(),
        None => "none".to_owned(),
    };
    let answered = file.told().iter().any(|told| told.telling == Telling::Reply);
    let promised = match file.promised() {
        Some(promised) => format!("an answer by {}", instant(promised.until)),
        None if file.is_acknowledged() && !answered && !file.is_closed() => {
            let look_by = Promise::for_report(file.opened(), &work.policy.calendar, work.policy.targets).look_by;
            format!("by the acknowledgement, that a person writes by {}", work.date(look_by))
        }
        None => "nothing is open".to_owned(),
    };
    vec![
        format!("State: {state}"),
        format!("Date: {date}"),
        format!("Last letter to the discoverer: {last}"),
        format!("Promised: {promised}"),
    ]
}

/// The discoverer's address, if a letter may be sent there at all; or why not.
pub(super) fn reachable(work: &Work<'_>, case: &Case) -> Result<Address, &'static str> {
    let to = case.discoverer.clone().ok_or("The discoverer's address is not known; nothing was sent.")?;
    if work.is_ours(&to) {
        return Err("The report came from the address of a list or from one of our own, which may be forged; nothing was sent.");
    }
    if !to.local().is_ascii() || !to.domain().is_ascii() {
        return Err("No mail of ours can name the discoverer's address (RFC 6531); nothing was sent.");
    }
    Ok(to)
}

/// The discoverer's own last mail, so that the answer stands below it; a mail of somebody else's is not shown by its id.
fn thread_of(work: &Work<'_>, discoverer: &Address) -> Thread {
    let last = work.snapshot.last_mail.as_ref().and_then(|raw| Message::parse(raw).ok());
    last.filter(|mail| mail.author() == Some(discoverer)).map_or_else(Thread::new, |mail| Thread::answering(&mail))
}
