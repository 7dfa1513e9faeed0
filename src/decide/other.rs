//! Everything that is neither report nor post nor command nor bounce: automatic mail, applications, subscription requests, copies of advisories, and
//! mail nobody recognises. Nothing is dropped: it is booked, recorded, answered once, or held.

use super::{
    DecideError, Work, command, membership,
    post::{self, Notice, Sender},
    report,
    snapshot::{HeldPlace, Purpose},
    upstream,
    work::{Outsider, Sending},
};
use crate::{
    advisory,
    classify::Class,
    compose::{ApplicationPointer, HeldWhat, SubscriptionAnswer, Thread},
    disclosure::{ListName, ListRole},
    mail::{self, Address, AutomaticKind, Message},
    moderation::{Suggestion, Urgency},
};

/// An automaton wrote it: recorded, never answered, never obeyed. On the discussion list it is held, because a person may want to know who leaks
/// advisories into a ticket system.
///
/// A ticket system of the discoverer's writes what people type into it (RFC 3834 2, `auto-generated`): at the secret address of a case it is mail on that case.
pub(super) fn automatic(
    work: &mut Work<'_>,
    message: &Message,
    envelope_to: &[Address],
    from: &Sender,
) -> Result<(), DecideError> {
    membership::belonging::answered_by_a_machine(work)?;
    let on_its_own_account = mail::automatic(message).is_some_and(|mark| mark.kind == AutomaticKind::Generated);
    if let ([token], true) = (work.snapshot.tokens.clone().as_slice(), on_its_own_account)
        && token.purpose == Purpose::Discoverer
    {
        return command::to_the_case(work, message, token, from);
    }
    if !work.snapshot.tokens.is_empty() {
        work.note("automatic-with-token", "an automatic answer to a letter of ours; the token in it does nothing");
        return Ok(());
    }
    let project = &work.policy.project;
    let posted = envelope_to
        .iter()
        .chain(message.recipients())
        .any(|address| project.private_list(address).is_some_and(|list| list.role == ListRole::Discuss));
    if !posted && work.came_to_the_team {
        // Nobody is told, and nothing is lost: a tracker or a scanner may have found something.
        work.hold(HeldPlace::Other, Suggestion::Discard, Urgency::Normal, None, None);
    }
    if posted {
        work.hold(HeldPlace::Discuss, Suggestion::Discard, Urgency::Normal, Some("auto-generated".to_owned()), None);
    }
    work.note("automatic", "written by a machine; recorded");
    Ok(())
}

/// An application sent to the team's address: the pointer to the public list, a record, no case (P71).
pub(super) fn application_in_private(work: &mut Work<'_>, message: &Message) -> Result<(), DecideError> {
    membership::arriving::in_private(work, message)?;
    let Some(to) = message.author().cloned() else { return Ok(()) };
    if crate::mail::automatic(message).is_some() || !work.may_answer(&to) {
        return Ok(());
    }
    let draft = ApplicationPointer { to: to.clone(), thread: Thread::answering(message) }.write(&mut work.desk())?;
    work.send(draft, Sending { about: Some(work.id), outsider: Some(Outsider::Applicant(to)), ..Sending::default() })
}

/// A request to subscribe or leave by mail changes nothing and gets one fixed answer a week (P81).
pub(super) fn subscription(work: &mut Work<'_>, message: &Message) -> Result<(), DecideError> {
    work.note("subscription-request", "it changes nothing (P81)");
    let Some(to) = message.author().cloned() else { return Ok(()) };
    if work.snapshot.subscription_answered || crate::mail::automatic(message).is_some() || !work.may_answer(&to) {
        return Ok(());
    }
    let draft = SubscriptionAnswer { to, thread: Thread::answering(message) }.write(&mut work.desk())?;
    work.send(draft, Sending { about: Some(work.id), ..Sending::default() })
}

/// A copy of an advisory at the team's address: of a known one that came from us it is recorded. An unknown one may be a forgery or another project's, and
/// whoever else sends us a known one has something to say about it.
pub(super) fn advisory_copy(work: &mut Work<'_>, message: &Message, from: &Sender) -> Result<(), DecideError> {
    let number = advisory::subject::parse(&message.subject, &work.policy.project).map(|subject| subject.number);
    let known = number.is_some_and(|number| work.snapshot.registered.iter().any(|(registered, _)| *registered == number));
    if !known {
        return hold_unknown(work, message, from, "a copy of an advisory that was not sent through here");
    }
    let ours = |author: &Address| work.is_ours(author) || work.policy.team.iter().any(|person| person.writes_from(author));
    if message.author().is_some_and(ours) {
        work.note("advisory-copy", "a copy of an advisory that is registered");
        return Ok(());
    }
    hold_unknown(work, message, from, "an advisory that is registered, from somebody else")
}

/// Mail that came for none of our addresses: a report is a report wherever it lands; spam waits quietly; anything else is shown to the team.
pub(super) fn elsewhere(work: &mut Work<'_>, message: &Message, from: &Sender, class: Class) -> Result<(), DecideError> {
    match class {
        _ if upstream::sender(work, message).is_some() => report::to_the_team(work, message, from, class),
        Class::Report | Class::Application | Class::Advisory => report::to_the_team(work, message, from, class),
        Class::Spam => {
            work.hold(HeldPlace::Other, Suggestion::Discard, Urgency::Normal, None, None);
            Ok(())
        }
        _ => hold_unknown(work, message, from, "mail for none of our addresses"),
    }
}

fn hold_unknown(work: &mut Work<'_>, message: &Message, from: &Sender, what: &str) -> Result<(), DecideError> {
    work.hold(HeldPlace::Other, Suggestion::Hold, Urgency::Normal, None, None);
    work.note("held", what);
    if work.may_notify() {
        let notice = Notice {
            what: HeldWhat::Other,
            receivers: String::new(),
            list: ListName(what.to_owned()),
            suggestion: "reroute security".to_owned(),
            urgency: Urgency::Normal,
            gate: Vec::new(),
        };
        post::notify(work, message, from, None, Vec::new(), notice)?;
    }
    Ok(())
}
