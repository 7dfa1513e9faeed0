//! Mail on the public applications list, and applications that went to the team's address (P71-P79). Nothing is answered: a person decides, in
//! public.

use super::{Actor, FoundBy, at_hand, looks, missing};
use crate::{
    application::{self, Checklist, InThread, ItemState, Particulars},
    classify::Class,
    compose::{ApplicationNews, ApplicationNotice, ChecklistLine, Thread},
    decide::{
        DecideError, Work,
        effect::{ApplicationWay, Effect},
        policy::NOTICES_PER_TEN_MINUTES,
        post::Sender,
        report,
        snapshot::{HeldPlace, Purpose},
        work::Sending,
    },
    disclosure::{Poster, Recipients},
    mail::{Digest, Message},
    membership::{
        ApplicationId, Category, Looks,
        applying::{
            ApplicationEvent, ApplicationFile, ApplicationRecorded, ApplicationRequest, Circumstances, FoundItem, FoundState,
            Heard, judge,
        },
    },
    moderation::{Suggestion, Urgency},
};

/// A mail on the public list.
pub(in crate::decide) fn on_list(work: &mut Work<'_>, message: &Message, from: &Sender, class: Class) -> Result<(), DecideError> {
    match class {
        // A report sent to a public list by mistake must reach the team at once.
        Class::Report => return report::to_the_team(work, message, from, class),
        Class::Spam => {
            work.note("spam", "on the public applications list");
            work.hold(HeldPlace::Other, Suggestion::Discard, Urgency::Normal, None, None);
            return Ok(());
        }
        _ => {}
    }
    if matches!(from.poster, Poster::Team(_)) {
        work.note("application-team", "one of the team wrote to the public list by hand");
        return Ok(());
    }
    let rules = &work.policy.application_rules;
    let checklist = application::checklist(message, rules);
    let told = application::particulars(message, rules);
    // Words that anybody may use do not make an application; evidence does.
    let evidence = checklist.items.iter().filter(|item| matches!(item.state, ItemState::Present | ItemState::Suspicious)).count();
    let referred = work.snapshot.membership.found_by == Some(FoundBy::Reference);
    let known = work.snapshot.membership.application.clone();
    match known.filter(|file| referred || is_the_applicants(work, message, file)) {
        Some(file) => in_thread(work, message, from, &file, &checklist, told, evidence),
        None if class == Class::Application || evidence > 1 => begins(work, message, from, &checklist, told),
        None => {
            work.note("application-other", "no application, and in no thread of one");
            work.hold(HeldPlace::Other, Suggestion::Discard, Urgency::Normal, None, None);
            Ok(())
        }
    }
}

/// An application sent to the team's address: a record and a notice, nothing to decide (P71).
pub(in crate::decide) fn in_private(work: &mut Work<'_>, message: &Message) -> Result<(), DecideError> {
    let checklist = application::checklist(message, &work.policy.application_rules);
    let missing_items: Vec<String> = checklist.open().map(|item| item.id.clone()).collect();
    work.effect(Effect::RecordApplication { via: ApplicationWay::Security, missing: missing_items.clone() });
    work.note("application", "recorded; decisions are people's");
    if !may_announce(work) {
        work.hold(HeldPlace::Other, Suggestion::Hold, Urgency::Normal, None, None);
        return Ok(());
    }
    let to = work.to_the_team()?;
    let letter = ApplicationNotice {
        application: format!("application-{}", work.id),
        news: ApplicationNews::New,
        to,
        token: None,
        thread: Thread::new(),
        organisation: None,
        items: checklist.items.iter().map(line_of).collect(),
        open: missing_items,
        embargo: false,
        heard: None,
        proof: String::new(),
        alias: None,
        sent_privately: true,
    };
    let draft = letter.write(&mut work.desk())?;
    work.send(draft, Sending { about: Some(work.id), ..Sending::default() })
}

fn line_of(item: &application::Item) -> ChecklistLine {
    ChecklistLine {
        id: item.id.clone(),
        name: item.name.clone(),
        state: item.state.as_str().to_owned(),
        quote: item.quote.clone(),
        note: item.note.clone(),
        open: matches!(item.state, ItemState::Absent | ItemState::Suspicious),
    }
}

fn found(checklist: &Checklist) -> Vec<FoundItem> {
    let state = |state: ItemState| match state {
        ItemState::Present => FoundState::Present,
        ItemState::Absent => FoundState::Absent,
        ItemState::Suspicious => FoundState::Suspicious,
        ItemState::NotApplicable => FoundState::NotApplicable,
    };
    checklist
        .items
        .iter()
        .map(|item| FoundItem {
            id: item.id.clone(),
            state: state(item.state),
            quote: item.quote.clone(),
            note: item.note.clone(),
        })
        .collect()
}

fn category(told: &Particulars) -> Option<Category> {
    told.category.as_deref().and_then(|name| name.parse().ok())
}

fn begins(
    work: &mut Work<'_>,
    message: &Message,
    from: &Sender,
    checklist: &Checklist,
    told: Particulars,
) -> Result<(), DecideError> {
    let id = ApplicationId(work.id.row());
    let missing_items = checklist.open().map(|item| item.id.clone()).collect();
    work.effect(Effect::RecordApplication { via: ApplicationWay::List, missing: missing_items });
    work.note("application", "recorded; decisions are people's");
    let event = ApplicationEvent::Received {
        mail: work.id.row(),
        applicant: message.author().cloned(),
        organisation: told.organisation.clone(),
        category: category(&told),
        domains: told.domains,
        aliases: told.aliases,
        items: found(checklist),
        embargo: !work.snapshot.live.is_empty() || !work.snapshot.wall.cases().is_empty(),
    };
    let recorded = ApplicationRecorded { at: work.now, by: Actor::Applicant, event: event.clone() };
    let file = ApplicationFile::fold(id, &[recorded]).map_err(|_| missing("a record that begins with the arrival"))?;
    work.effect(Effect::application(id, &Actor::Applicant, event));
    notify(work, message, from, &file, ApplicationNews::New, None)
}

fn in_thread(
    work: &mut Work<'_>,
    message: &Message,
    from: &Sender,
    file: &ApplicationFile,
    checklist: &Checklist,
    told: Particulars,
    evidence: usize,
) -> Result<(), DecideError> {
    let mail = work.id.row();
    if !is_the_applicants(work, message, file) {
        work.effect(Effect::application(file.id(), &Actor::Applicant, ApplicationEvent::Heard { mail, what: Heard::Comment }));
        work.note("application-comment", "somebody else wrote in the thread of an application; the list is public");
        return Ok(());
    }
    let words = message.own_words().text.clone();
    let seems = application::in_thread(&words, evidence > 0, &work.policy.application_rules);
    let request = match seems {
        InThread::Answers if file.state().is_open() => ApplicationRequest::Resubmit {
            mail,
            organisation: told.organisation.clone(),
            category: category(&told),
            domains: told.domains,
            aliases: told.aliases,
            items: found(checklist),
        },
        InThread::Withdrawal => ApplicationRequest::Hear { mail, what: Heard::Withdrawal },
        InThread::Appeal => ApplicationRequest::Hear { mail, what: Heard::Appeal },
        InThread::Answers | InThread::Other => ApplicationRequest::Hear { mail, what: Heard::Applicant },
    };
    let circumstances = Circumstances { policy_note: "", alias_item: None, members: &[], text: "" };
    let Ok(events) = judge(file, &request, &Actor::Applicant, &circumstances) else {
        work.note("application-closed", "a mail in the thread of an application that is decided");
        work.hold(HeldPlace::Other, Suggestion::Hold, Urgency::Normal, None, None);
        return Ok(());
    };
    let mut after = file.clone();
    for event in events {
        let recorded = ApplicationRecorded { at: work.now, by: Actor::Applicant, event: event.clone() };
        after.apply(&recorded).map_err(|_| missing("an event that fits"))?;
        work.effect(Effect::application(file.id(), &Actor::Applicant, event));
    }
    let by_reference = work.snapshot.membership.found_by == Some(FoundBy::Reference);
    let (news, heard) = match request {
        ApplicationRequest::Hear { what, .. } => (ApplicationNews::InThread, Some(heard(what, file, by_reference))),
        _ => (ApplicationNews::Again, None),
    };
    work.note("application", "another mail of the applicant");
    notify(work, message, from, &after, news, heard)
}

/// Whether a mail says that it is of whoever applied: the same address, or one at the same domain where that is the organisation's own.
fn is_the_applicants(work: &Work<'_>, message: &Message, file: &ApplicationFile) -> bool {
    let (Some(author), Some(first)) = (message.author(), file.applicant()) else { return false };
    let own = !work.policy.application_rules.is_free_mail(author.domain());
    author == first || (own && author.domain() == first.domain())
}

fn heard(what: Heard, file: &ApplicationFile, by_reference: bool) -> String {
    let text = match what {
        Heard::Withdrawal => "The applicant seems to take the application back. If so, answer `withdrawn`.",
        Heard::Appeal => "The applicant seems to appeal. If so, answer `appealed`; then `review` and an answer.",
        Heard::Applicant | Heard::Comment => "The applicant wrote something that answers no item of the checklist.",
    };
    let how = if by_reference { "" } else { " It answers none of the earlier mails; the sender is the same." };
    format!("{text} The application is {}.{how}", file.state().as_str())
}

/// Tells each of the team, with a token; not more often than people can read: the digest has them all.
fn notify(
    work: &mut Work<'_>,
    message: &Message,
    from: &Sender,
    file: &ApplicationFile,
    news: ApplicationNews,
    heard: Option<String>,
) -> Result<(), DecideError> {
    if !may_announce(work) {
        return Ok(());
    }
    let names = work.policy.application_rules.names();
    let shown = |id: &str| match news {
        ApplicationNews::New => true,
        ApplicationNews::Again => file.changed().contains(id),
        ApplicationNews::InThread => false,
    };
    let items: Vec<ChecklistLine> = file
        .items()
        .filter(|(item, ..)| shown(&item.id))
        .map(|(item, state, because)| ChecklistLine {
            id: item.id.clone(),
            name: names.get(&item.id).cloned().unwrap_or_default(),
            state: state.as_str().to_owned(),
            quote: item.quote.clone(),
            note: because.map(str::to_owned).or_else(|| item.note.clone()),
            open: state.is_open(),
        })
        .collect();
    let proof = match (&from.proven, message.author() == file.applicant()) {
        (Some(_), true) => "The sender is proven.",
        (Some(_), false) => "The sender is proven, and wrote from another address than the first time.",
        (None, true) => "The sender is not proven: anybody can write such a From line.",
        (None, false) => "The sender is not proven, and the address is another one than the first time.",
    };
    let alias = match (file.alias(), file.aliases().len()) {
        (Some(alias), _) => match looks(alias, file.applicant(), &work.policy.application_rules) {
            Looks::Role => None,
            other => Some(format!("The alias offered is {}.", other.as_str())),
        },
        (None, 0) => Some("No alias was seen: `alias ADDRESS` names it.".to_owned()),
        (None, several) => Some(format!("{several} addresses are offered: `alias ADDRESS` chooses one.")),
    };
    for person in work.team() {
        let token = token(work, file, &person.name);
        let letter = ApplicationNotice {
            application: file.id().to_string(),
            news,
            to: Recipients::one(person.address),
            token: Some(token),
            thread: work.letters_about(file.id()),
            organisation: file.organisation().map(str::to_owned),
            items: items.clone(),
            open: file.open_items().map(str::to_owned).collect(),
            embargo: file.embargo_active_at_arrival(),
            heard: heard.clone(),
            proof: proof.to_owned(),
            alias: alias.clone(),
            sent_privately: false,
        };
        let draft = letter.write(&mut work.desk())?;
        work.send(draft, Sending { about: at_hand(work), ..Sending::default() })?;
    }
    Ok(())
}

/// Whether another notice of an application would still be read: mail about applications has a budget of its own.
fn may_announce(work: &mut Work<'_>) -> bool {
    let may = work.snapshot.membership.recent_notices < NOTICES_PER_TEN_MINUTES;
    if !may {
        work.note("notice-saved", "too many mails about applications in ten minutes: `embargod applications` has them");
    }
    may
}

/// A capability for one of the team over an application.
pub(super) fn token(work: &mut Work<'_>, file: &ApplicationFile, person: &crate::disclosure::PersonName) -> String {
    let digest = file.draft().map_or_else(|| Digest::of(file.id().to_string().as_bytes()), |draft| draft.digest);
    let version = i64::try_from(file.version()).unwrap_or(i64::MAX);
    work.token_for_person(Purpose::Application, person, file.id().0, digest, version)
}
