//! Mail to the predisclosure list's own address: from a proven team member it waits for a second one's `send`; from anyone else it is held and
//! alarms (P26, P29; two people for what cannot be taken back).

use super::{
    DecideError, Work,
    effect::Effect,
    post::{self, Sender},
    predisclosure, release,
    report::enclosure,
    snapshot::{HeldPlace, Purpose},
    work::Sending,
};
use crate::{
    advisory::{self, Destination, EmbargoMark},
    compose::{AlarmKind, AttachmentFact, HeldId, SendRequest},
    disclosure::Poster,
    mail::Message,
    moderation::{Suggestion, Urgency},
};

/// A mail for the predisclosure list has arrived.
pub(super) fn submitted(work: &mut Work<'_>, message: &Message, from: &Sender) -> Result<(), DecideError> {
    if work.policy.project.public_recipients(message).next().is_some() {
        work.alarm(AlarmKind::LeakSuspected)?;
    }
    let Poster::Team(submitter) = &from.poster else {
        work.note("primary-post-refused", "mail to the predisclosure list from somebody who is not a proven team member");
        work.hold(HeldPlace::Other, Suggestion::Discard, Urgency::Normal, None, None);
        // Answering an advisory to all is a member's honest mistake, and he would wait for an answer that nobody writes.
        if let (Poster::Member { .. }, Some(to)) = (&from.poster, from.address().cloned())
            && crate::mail::automatic(message).is_none()
            && work.may_answer(&to)
        {
            post::reject(work, work.id, message, to, post::PRIMARY, None)?;
        }
        return work.alarm(AlarmKind::PrimaryPostRefused);
    };
    if work.snapshot.same_id_as.is_some() {
        let why = "an earlier mail had the same Message-ID and another content; submit it as a new mail";
        work.note("primary-post-refused", why);
        work.refused(why);
        work.hold(HeldPlace::Other, Suggestion::Discard, Urgency::Normal, None, None);
        return Ok(());
    }
    let row = work.snapshot.next_advisory.ok_or(DecideError::Missing("the next advisory number"))?;
    let subject = advisory::subject::parse(&message.subject, &work.policy.project);
    let number = subject.as_ref().map(|subject| subject.number);
    let unmarked = advisory::embargo_until(message, &work.policy.advisory_rules) == EmbargoMark::Unmarked;
    let file = work.snapshot.files.iter().find(|file| number.is_some() && file.live_number() == number).cloned();
    if let Some(file) = file.as_ref().filter(|_| unmarked) {
        return release::submitted(work, message, submitter, file, from);
    }
    let last = number
        .and_then(|number| work.snapshot.registered.iter().find(|(known, _)| *known == number).map(|(_, revision)| *revision));
    let revision = match &subject {
        Some(subject) => subject.version.map_or(last.unwrap_or(0) + 1, u32::from),
        None => 0,
    };
    let until = match advisory::embargo_until(message, &work.policy.advisory_rules) {
        EmbargoMark::Until(until) => Some(until),
        _ => None,
    };
    work.effect(Effect::RegisterAdvisory {
        row,
        number,
        revision,
        digest: message.raw.digest(),
        submitted_by: submitter.name().clone(),
        until,
    });
    work.hold(HeldPlace::Primary, Suggestion::Hold, Urgency::Normal, None, from.address().cloned());
    work.note_by("advisory-registered", None, None, &submitter.name().0, "it waits for a second team member's `send`");
    let mut findings: Vec<String> = match &subject {
        Some(_) => predisclosure::lint(work, message, last.unwrap_or(0), until, Destination::Members, file.as_ref())
            .iter()
            .map(predisclosure::in_words)
            .collect(),
        None => vec!["error: the Subject names no advisory; it would go out as a plain mail to the members".to_owned()],
    };
    findings.extend(message.doubts.iter().map(|doubt| format!("doubt: {doubt}")));
    let recipients = work.snapshot.roster.recipients().map_or(0, |members| members.as_slice().len());
    for person in work.team().into_iter().filter(|person| person.name != *submitter.name()) {
        let token = work.token_for_person(Purpose::Send, &person.name, row.0, message.raw.digest(), 1);
        let request = SendRequest {
            held: HeldId(work.id.row()),
            case: None,
            token,
            to: person.address,
            thread: work.letters_about(HeldId(work.id.row())),
            list: work.policy.project.primary.name.clone(),
            submitted_by: submitter.name().clone(),
            subject: message.subject.clone(),
            attachments: message
                .attachments()
                .map(|part| AttachmentFact { content_type: part.content_type.clone(), bytes: part.bytes.len() })
                .collect(),
            recipients,
            embargo_until: until,
            findings: findings.clone(),
            without_terms: work.snapshot.without_terms.clone(),
            advisory: enclosure(message),
            mode: work.policy.notice,
        };
        let draft = request.write(&mut work.desk())?;
        work.send(draft, Sending { about: Some(work.id), ..Sending::default() })?;
    }
    Ok(())
}
