//! What a team member's word does to a case: claim it, answer its discoverer, note something, close it. By mail or typed on the machine.

use super::{
    DecideError, Work,
    command::answer,
    effect::{Effect, ReminderKind},
    ruling::By,
    snapshot::Purpose,
    work::{Outsider, Sending},
};
use crate::{
    command::CaseCommand,
    compose::{About, Answer, CaseReply, CommandAnswer, NoticeMode, Thread},
    disclosure::{Case, CaseState},
    mail::{Address, Digest, Message},
};

/// Acts on a case.
pub fn on_case(work: &mut Work<'_>, command: &CaseCommand, by: &By<'_>) -> Result<(), DecideError> {
    let case = work.snapshot.cases.first().cloned().ok_or(DecideError::Missing("the case"))?;
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
        && matches!(command, CaseCommand::Reply { .. } | CaseCommand::Close { .. })
    {
        // The case moved on since the notice was written (T53): looked at again before anything is done.
        let fresh = fresh_token(work, &case, by.person.name());
        work.note_by("state-changed", None, Some(case.id), by.name(), "the case changed since the notice; asked again");
        return answer(work, by, about, Some(&fresh), Answer::Changed);
    }
    match command {
        CaseCommand::Claim => claim(work, &case, by),
        CaseCommand::Reply { text } => reply(work, &case, text, by),
        CaseCommand::Note { text } => {
            spend(work, by);
            work.note_by("note", None, Some(case.id), by.name(), text.clone());
            done(work, &case, by, "Your note stands in the record of the case.")
        }
        CaseCommand::Close { reason } => close(work, &case, reason, by),
    }
}

fn claim(work: &mut Work<'_>, case: &Case, by: &By<'_>) -> Result<(), DecideError> {
    let about = About::Case(case.id);
    let token = by.token.map(|(_, text)| text.to_owned());
    match (&case.claimed_by, case.state) {
        (_, CaseState::Closed) => {
            return answer(work, by, about, token.as_deref(), Answer::Refused("The case is closed.".into()));
        }
        (Some(name), _) if name == by.person.name() => {
            return answer(work, by, about, token.as_deref(), Answer::Done(format!("{} is yours already.", case.id)));
        }
        (Some(name), _) => {
            let why = format!("{name} has claimed it. Talk to {name}; nothing was changed.");
            return answer(work, by, about, token.as_deref(), Answer::Refused(why));
        }
        (None, _) => {}
    }
    spend(work, by);
    work.effect(Effect::MoveCase {
        id: case.id,
        to: CaseState::Claimed,
        claimed_by: Some(by.person.name().clone()),
        reason: String::new(),
    });
    work.effect(Effect::Forget { kind: ReminderKind::Unclaimed, object: case.id.0 });
    work.note_by("claimed", None, Some(case.id), by.name(), format!("claimed by {}", by.name()));
    let case = &moved(case);
    tell_others(work, case, by, &format!("{} has claimed {}.", by.name(), case.id))?;
    done(work, case, by, &format!("{} is yours. The others have been told.", case.id))
}

/// A team member's own words to the discoverer, under the team's name (P11).
fn reply(work: &mut Work<'_>, case: &Case, text: &str, by: &By<'_>) -> Result<(), DecideError> {
    let Some(discoverer) = case.discoverer.clone() else {
        let token = by.token.map(|(_, text)| text.to_owned());
        let why = "The discoverer's address is not known; nothing was sent.";
        return answer(work, by, About::Case(case.id), token.as_deref(), Answer::Refused(why.to_owned()));
    };
    if work.is_ours(&discoverer) {
        let token = by.token.map(|(_, text)| text.to_owned());
        let why = "The report came from the address of a list or from one of our own, which may be forged; nothing was sent.";
        return answer(work, by, About::Case(case.id), token.as_deref(), Answer::Refused(why.to_owned()));
    }
    spend(work, by);
    let letter = CaseReply {
        case: case.id,
        token: case.token.clone(),
        to: discoverer.clone(),
        thread: thread_of(work, &discoverer),
        text: text.to_owned(),
    };
    let draft = letter.write(&mut work.desk())?;
    let outsider = Some(Outsider::Discoverer(case.id, discoverer));
    work.send(draft, Sending { about: work.message(), case: Some(case.id), outsider, ..Sending::default() })?;
    work.note_by("answered", None, Some(case.id), by.name(), format!("answered by {}", by.name()));
    let news = match work.policy.notice {
        NoticeMode::Full => format!("{} has answered the discoverer of {}:\n\n{text}", by.name(), case.id),
        NoticeMode::HeadersOnly => {
            format!("{} has answered the discoverer of {}; the text is on the server.", by.name(), case.id)
        }
    };
    tell_others(work, case, by, &news)?;
    done(work, case, by, "Your answer is on its way to the discoverer; the others have a copy.")
}

/// The discoverer's own last mail, so that the answer stands below it; a mail of somebody else's is not shown by its id.
fn thread_of(work: &Work<'_>, discoverer: &Address) -> Thread {
    let last = work.snapshot.last_mail.as_ref().and_then(|raw| Message::parse(raw).ok());
    last.filter(|mail| mail.author() == Some(discoverer)).map_or_else(Thread::new, |mail| Thread::answering(&mail))
}

fn close(work: &mut Work<'_>, case: &Case, reason: &str, by: &By<'_>) -> Result<(), DecideError> {
    if case.state == CaseState::Closed {
        return answer(work, by, About::Case(case.id), None, Answer::Done(format!("{} is closed already.", case.id)));
    }
    spend(work, by);
    work.effect(Effect::MoveCase {
        id: case.id,
        to: CaseState::Closed,
        claimed_by: case.claimed_by.clone(),
        reason: reason.to_owned(),
    });
    work.effect(Effect::Forget { kind: ReminderKind::Unclaimed, object: case.id.0 });
    work.note_by("closed", None, Some(case.id), by.name(), format!("closed by {}: {reason}", by.name()));
    let case = &moved(case);
    tell_others(work, case, by, &format!("{} has closed {}: {reason}", by.name(), case.id))?;
    done(work, case, by, &format!("{} is closed.", case.id))
}

/// The case as it stands after this decision: tokens given out now are good for that state.
fn moved(case: &Case) -> Case {
    Case { version: case.version + 1, ..case.clone() }
}

fn spend(work: &mut Work<'_>, by: &By<'_>) {
    if let Some((token, _)) = by.token {
        work.effect(Effect::Spend(token.hash));
    }
}

fn fresh_token(work: &mut Work<'_>, case: &Case, person: &crate::disclosure::PersonName) -> String {
    let digest = work.snapshot.tokens.first().map_or_else(|| Digest::of(case.token.as_bytes()), |token| token.digest);
    work.token_for_person(Purpose::Case, person, case.id.0, digest, case.version)
}

/// Confirms, with a fresh token for the next command.
fn done(work: &mut Work<'_>, case: &Case, by: &By<'_>, text: &str) -> Result<(), DecideError> {
    let fresh = fresh_token(work, case, by.person.name());
    answer(work, by, About::Case(case.id), Some(&fresh), Answer::Done(text.to_owned()))
}

fn tell_others(work: &mut Work<'_>, case: &Case, by: &By<'_>, text: &str) -> Result<(), DecideError> {
    for person in work.team().into_iter().filter(|person| person.name != *by.person.name()) {
        let token = fresh_token(work, case, &person.name);
        let letter = CommandAnswer {
            about: About::Case(case.id),
            token: Some(token),
            to: person.address,
            thread: Thread::new(),
            answer: Answer::Done(text.to_owned()),
        };
        let draft = letter.write(&mut work.desk())?;
        work.send(draft, Sending { about: work.message(), case: Some(case.id), ..Sending::default() })?;
    }
    Ok(())
}
