//! Mail to the team's address: a case, an acknowledgement within seconds, and a notice to each team member (P3, P8, P10, P13).

use std::collections::BTreeSet;

use super::{
    DecideError, Work, discoverer,
    effect::{Attachment, Effect, ReminderKind},
    facts,
    incoming::InboxId,
    other,
    passed_on::{self, Whose},
    post::Sender,
    snapshot::{HeldPlace, Purpose},
    upstream,
    work::{Outsider, Passage, Sending},
};
use crate::{
    cases::{Actor, CaseEvent, Origin},
    classify::Class,
    compose::{Acknowledgement, Answered, Belonging, CaseMail, Enclosure, Facts, Reading, SenderProof, Thread, TriageNotice},
    disclosure::{Case, CaseId, Poster},
    mail::{Address, Encryption, Message},
    moderation::{Suggestion, Urgency},
    schedule::Promise,
};

/// Mail that came to the team's address, by its class.
pub(super) fn to_the_team(work: &mut Work<'_>, message: &Message, from: &Sender, class: Class) -> Result<(), DecideError> {
    if let Some(project) = upstream::sender(work, message).cloned() {
        return upstream::received(work, message, from, &project);
    }
    match class {
        Class::Application => return other::application_in_private(work, message),
        Class::Spam => {
            work.hold(HeldPlace::Other, Suggestion::Discard, Urgency::Normal, None, None);
            return Ok(());
        }
        Class::Advisory => return other::advisory_copy(work, message, from),
        _ => {}
    }
    if let Poster::Team(_) = from.poster {
        // P10: what the team hears elsewhere is forwarded here; the writer of the forwarded mail is the discoverer.
        if class != Class::Report && !passed_on::passes_on(message) {
            work.note("team-mail", "mail of the team to its own address; everybody there has it");
            return Ok(());
        }
        let discoverer = match passed_on::whose(work, message) {
            Whose::Own => message.author().cloned(),
            Whose::Other(writer) => writer,
        };
        return open_case(work, work.id, message, discoverer, Answer::Never, from);
    }
    if let Some(case) = suggested_case(work, message) {
        work.effect(Effect::Attach { mail: work.id, case: case.id, how: Attachment::Suggested });
        work.note_by(
            "suggested",
            None,
            Some(case.id),
            "",
            "it answers a mail of this case and its sender is the discoverer by name",
        );
        return case_mail(
            work,
            message,
            &case,
            &Belonging::Suggested("it answers a mail of the case, and its From is the discoverer's".into()),
            from,
        );
    }
    open_case(work, work.id, message, message.author().cloned(), Answer::Allowed, from)
}

/// Whether the discoverer gets an acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// If the caps allow.
    Allowed,
    /// Not by the machine: the mail came by a detour.
    Never,
}

/// A case of the discoverer at whose mails this one points. Their subject lines prove nothing and are not looked at.
fn suggested_case(work: &Work<'_>, message: &Message) -> Option<Case> {
    let author = message.author()?;
    let cases: Vec<CaseId> = work.snapshot.answers.iter().filter_map(|answer| answer.case).collect();
    work.snapshot.cases.iter().find(|case| cases.contains(&case.id) && case.discoverer.as_ref() == Some(author)).cloned()
}

/// Opens a case for a mail: the report itself, or a held post that turned out to be one.
pub(super) fn open_case(
    work: &mut Work<'_>,
    mail: InboxId,
    message: &Message,
    discoverer: Option<Address>,
    answer: Answer,
    from: &Sender,
) -> Result<(), DecideError> {
    let origin = if matches!(from.poster, Poster::Team(_)) { Origin::Team } else { Origin::Report };
    let mut facts = facts::seen(message, &work.policy.project);
    facts.asks_discoverer = origin == Origin::Team && discoverer.is_none();
    facts.taken_from = discoverer.clone().filter(|writer| origin == Origin::Team && message.author() != Some(writer));
    let at_once = perhaps_public(&facts);
    open_as(work, (mail, message), discoverer, answer, from, Opening { origin, facts, at_once })
}

/// A mail to the team's address of which there is only the head: whatever it says, somebody wants to be answered, and a person must fetch the rest.
pub(super) fn too_large(work: &mut Work<'_>, head: &Message, size: u64, from: &Sender) -> Result<(), DecideError> {
    if let Some(case) = suggested_case(work, head) {
        work.effect(Effect::Attach { mail: work.id, case: case.id, how: Attachment::Suggested });
        let why = format!("it answers a mail of the case; it has {size} bytes, and only its head is here: read it on the server");
        return case_mail(work, head, &case, &Belonging::Suggested(why), from);
    }
    let mut facts = Facts { beyond_cap: Some(size), ..facts::seen(head, &work.policy.project) };
    // What the team passes on is not its own, and the head does not say whose it is; another project's people wait for no answer of a machine.
    facts.asks_discoverer = matches!(from.poster, Poster::Team(_));
    let origin = if facts.asks_discoverer { Origin::Team } else { Origin::Report };
    let discoverer = head.author().filter(|_| !facts.asks_discoverer).cloned();
    let upstream = |author: &Address| work.policy.project.upstreams.iter().any(|project| project.from.contains(author));
    let answer = if discoverer.as_ref().is_some_and(upstream) { Answer::Never } else { Answer::Allowed };
    let at_once = perhaps_public(&facts);
    open_as(work, (work.id, head), discoverer, answer, from, Opening { origin, facts, at_once })
}

/// That it may be known already is marked; whether it is, a person finds out (P12).
pub(super) fn perhaps_public(facts: &Facts) -> Vec<(CaseEvent, String)> {
    let recipients: BTreeSet<Address> = facts.public_recipients.iter().cloned().collect();
    if recipients.is_empty() {
        return Vec::new();
    }
    vec![(CaseEvent::PerhapsPublic { recipients }, "perhaps public: it was sent to a public list too".to_owned())]
}

/// What tells one new case from another.
pub(super) struct Opening {
    /// How it came to us.
    pub(super) origin: Origin,
    /// What the notice names of the mail.
    pub(super) facts: Facts,
    /// What happens to it as soon as it is open.
    pub(super) at_once: Vec<(CaseEvent, String)>,
}

/// The same for any origin.
pub(super) fn open_as(
    work: &mut Work<'_>,
    (mail, message): (InboxId, &Message),
    discoverer: Option<Address>,
    answer: Answer,
    from: &Sender,
    opening: Opening,
) -> Result<(), DecideError> {
    let Opening { origin, facts, at_once } = opening;
    let id = work.snapshot.next_case.ok_or(DecideError::Missing("the next case number"))?;
    let token = work.token_for_address(Purpose::Discoverer, discoverer.clone(), id.0, message.raw.digest(), 1);
    work.effect(Effect::OpenCase { id, discoverer: discoverer.clone(), token: token.clone() });
    work.effect(Effect::Attach { mail, case: id, how: Attachment::Report });
    let opened = CaseEvent::Opened { discoverer: discoverer.clone(), origin, policy: Some(work.policy.version.clone()) };
    work.happened(id, Some(mail), Actor::Daemon, opened, format!("{id} opened"));
    // A command is about the case as it was when its notice was written: the version counts what has happened.
    let mut version = 1;
    for (event, text) in at_once {
        work.happened(id, Some(mail), Actor::Daemon, event, text);
        version += 1;
    }
    let promise = Promise::for_report(work.now, &work.policy.calendar, work.policy.targets);
    let mut answered = Answered::NotYet;
    if let (Some(to), Answer::Allowed) = (discoverer, answer)
        && acknowledge(work, message, id, &token, to, promise)?
    {
        answered = Answered::Acknowledged;
        let text = "the discoverer is told that it arrived".to_owned();
        work.happened(id, Some(mail), Actor::Daemon, CaseEvent::Acknowledged, text);
        version += 1;
    }
    if !work.may_announce_case() {
        // A flood of reports: nobody could read a notice for each. The cases are there, and the reminder names them within the hour.
        let due = work.now.saturating_add(jiff::SignedDuration::from_hours(1)).unwrap_or(work.now);
        work.effect(Effect::Remind { kind: ReminderKind::Unclaimed, object: id.0, due });
        return Ok(());
    }
    for person in work.team() {
        let token = work.token_for_person(Purpose::Case, &person.name, id.0, message.raw.digest(), version);
        let notice = TriageNotice {
            case: id,
            token,
            to: person.address,
            thread: work.letters_about(id),
            class: work.class().as_str().to_owned(),
            rule: work.rule_name().to_owned(),
            proof: from.proof(),
            encryption: message.encryption,
            facts: facts.clone(),
            answered,
            look_by: work.date(promise.look_by),
            report: enclosure(message),
            mode: work.policy.notice,
        };
        let draft = notice.write(&mut work.desk())?;
        work.send(draft, Sending { about: Some(mail), case: Some(id), ..Sending::default() })?;
    }
    Ok(())
}

/// Tells the discoverer that it arrived, if a machine may; whether the letter is on its way (T02).
fn acknowledge(
    work: &mut Work<'_>,
    message: &Message,
    case: CaseId,
    token: &str,
    to: Address,
    promise: Promise,
) -> Result<bool, DecideError> {
    // RFC 3834 section 2: nothing that was sent to many, or by a machine that wants no answer, is answered.
    if let Some(mark) = crate::mail::automatic(message) {
        work.note("not-acknowledged", &format!("not a mail of one person to us ({})", mark.field));
        return Ok(false);
    }
    if !work.may_answer(&to) {
        return Ok(false);
    }
    let reading = match (message.encryption, message.readable_text().trim().is_empty()) {
        (Encryption::None, false) => Reading::Plain,
        (Encryption::None, true) => Reading::Unreadable,
        _ => Reading::Encrypted,
    };
    let letter = Acknowledgement {
        case,
        token: token.to_owned(),
        to: to.clone(),
        thread: Thread::answering(message),
        reading,
        look_by: work.date(promise.look_by),
        predisclosure_by: work.date(promise.predisclosure),
    };
    let draft = letter.write(&mut work.desk())?;
    let sending =
        Sending { about: Some(work.id), case: Some(case), outsider: Some(Outsider::Discoverer(case, to)), ..Sending::default() };
    Ok(work.dispatch(draft, sending)? == Passage::Through)
}

/// Tells each team member of another mail on a case, with a fresh token.
pub(super) fn case_mail(
    work: &mut Work<'_>,
    message: &Message,
    case: &Case,
    belonging: &Belonging,
    from: &Sender,
) -> Result<(), DecideError> {
    if !work.may_tell_of_case() {
        // The reminder lists what is held: so nobody misses it for good.
        work.hold(HeldPlace::Other, Suggestion::Hold, Urgency::Normal, None, None);
        return Ok(());
    }
    let card = if *belonging == Belonging::Certain { discoverer::card(work, case) } else { Vec::new() };
    for person in work.team() {
        let token = work.token_for_person(Purpose::Case, &person.name, case.id.0, message.raw.digest(), case.version);
        let notice = CaseMail {
            case: case.id,
            token,
            to: person.address,
            thread: work.letters_about(case.id),
            belonging: belonging.clone(),
            card: card.clone(),
            proof: from.proof(),
            cves: facts::cves(message),
            mail: enclosure(message),
            mode: work.policy.notice,
        };
        let draft = notice.write(&mut work.desk())?;
        work.send(draft, Sending { about: Some(work.id), case: Some(case.id), ..Sending::default() })?;
    }
    Ok(())
}

/// A mail to enclose in a notice.
pub(super) fn enclosure(message: &Message) -> Enclosure {
    Enclosure::of(message)
}

impl Sender {
    pub(super) fn proof(&self) -> SenderProof {
        if self.proven.is_some() { SenderProof::Authenticated } else { SenderProof::Unproven }
    }
}
