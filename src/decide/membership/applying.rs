//! What a team member's word does to an application, by mail or typed on the machine: corrections, drafts, and the answer on the public list.

use super::{Actor, arriving::token, at_hand, belonging, looks, missing};
use crate::{
    clearance::Spoken,
    command::ApplicationCommand,
    compose::{About, Answer as Said, ApplicationAnswer, ApplicationDraft, CommandAnswer, DraftFor, PublicAnswer, Thread},
    decide::{
        DecideError, Work,
        command::answer,
        effect::Effect,
        ruling::By,
        work::{Outsider, Sending},
    },
    disclosure::PersonName,
    firewall::Letter,
    mail::Message,
    membership::applying::{
        Answer, ApplicationEvent, ApplicationFile, ApplicationRecorded, ApplicationRequest, Circumstances, Refused, judge,
    },
};

/// Acts on the application of the token, or on the one looked up.
pub fn on_application(work: &mut Work<'_>, command: &ApplicationCommand, by: &By<'_>) -> Result<(), DecideError> {
    let file = work.snapshot.membership.application.clone().ok_or(missing("the application"))?;
    let about = About::Application(file.id().0);
    if let Some((used, _)) = by.token {
        if used.spent.is_some() {
            let fresh = token(work, &file, by.person.name());
            work.note_by("token-spent", None, None, by.name(), "the token was used before; nothing was done");
            return answer(work, by, about, Some(&fresh), Said::SpentToken);
        }
        let is_newer = i64::try_from(file.version()).is_ok_and(|version| version != used.version);
        if is_newer && ends(command) {
            let fresh = token(work, &file, by.person.name());
            work.note_by("state-changed", None, None, by.name(), "the application changed since the notice; asked again");
            return answer(work, by, about, Some(&fresh), Said::Changed);
        }
    }
    let (request, public) = match command {
        // The digest of the token is that of the text which the letter showed.
        ApplicationCommand::Ask(ApplicationRequest::Send { .. }) => {
            let digest = by.token.map(|(token, _)| token.digest).filter(|_| file.draft().is_some());
            (ApplicationRequest::Send { digest }, None)
        }
        ApplicationCommand::Ask(request) => (request.clone(), None),
        ApplicationCommand::Alias { address, because } => {
            if work.is_ours(address) {
                return refuse(work, by, &file, &Refused::AliasTaken("the project".to_owned()));
            }
            let looks = looks(address, file.applicant(), &work.policy.application_rules);
            (ApplicationRequest::Alias { alias: address.clone(), looks, because: because.clone() }, None)
        }
        ApplicationCommand::Draft { answer, because } => {
            if because.as_deref().is_some_and(|words| work.policy.application_rules.is_never_public(words)) {
                return refuse(work, by, &file, &Refused::SpeaksOfEmbargo);
            }
            let public = public_answer(work, &file, *answer, because.as_deref());
            (ApplicationRequest::Draft { answer: *answer }, Some(public))
        }
    };
    let text = match &public {
        Some(public) => public.text(&work.desk())?,
        None => String::new(),
    };
    let me = Actor::Person(by.person.name().clone());
    let events = match judged(work, &file, &request, &me, &text) {
        Ok(events) => events,
        Err(refused) => return refuse(work, by, &file, &refused),
    };
    let mut after = file.clone();
    for event in &events {
        let recorded = ApplicationRecorded { at: work.now, by: me.clone(), event: event.clone() };
        after.apply(&recorded).map_err(|_| missing("an event that fits"))?;
    }
    // Whatever might still fail comes before anything is written.
    if let Some(ApplicationEvent::Answered { answer, .. }) = events.last()
        && let Some(refused) = publish(work, &file, *answer, by, &after)?
    {
        return Ok(refused);
    }
    if let Some((used, _)) = by.token {
        work.effect(Effect::Spend(used.hash));
    }
    for event in &events {
        work.effect(Effect::application(file.id(), &me, event.clone()));
    }
    if let (Some(ApplicationEvent::Drafted { .. }), Some(public)) = (events.last(), &public) {
        return show_draft(work, &after, public, by.person.name());
    }
    let told = sentence(&after, by.person.name(), events.last());
    tell(work, &after, Some(by.person.name()), &told)?;
    let fresh = token(work, &after, by.person.name());
    answer(work, by, About::Application(file.id().0), Some(&fresh), Said::Done(told))
}

/// Commands that end something: what was looked at must be what is there.
fn ends(command: &ApplicationCommand) -> bool {
    matches!(
        command,
        ApplicationCommand::Ask(
            ApplicationRequest::Withdrawn { .. }
                | ApplicationRequest::Expire { .. }
                | ApplicationRequest::Appealed { .. }
                // The text shown does not name the alias that joins with it.
                | ApplicationRequest::Send { .. }
        )
    )
}

/// Judges a request about an application; `text` is the public answer asked for.
pub(super) fn judged(
    work: &Work<'_>,
    file: &ApplicationFile,
    request: &ApplicationRequest,
    by: &Actor,
    text: &str,
) -> Result<Vec<ApplicationEvent>, Refused> {
    let rules = &work.policy.application_rules;
    let circumstances = Circumstances {
        policy_note: &rules.policy_note,
        alias_item: rules.alias_item(),
        members: &work.snapshot.membership.known,
        text,
    };
    judge(file, request, by, &circumstances)
}

fn refuse(work: &mut Work<'_>, by: &By<'_>, file: &ApplicationFile, refused: &Refused) -> Result<(), DecideError> {
    let open = by.open_token().map(str::to_owned);
    answer(work, by, About::Application(file.id().0), open.as_deref(), Said::Refused(refused.to_string()))
}

/// What the public list would read. A function of the application and the person's words alone: no embargo bears on it.
fn public_answer(work: &Work<'_>, file: &ApplicationFile, answer: Answer, because: Option<&str>) -> PublicAnswer {
    let organisation = file.organisation().map(str::to_owned);
    match answer {
        Answer::Incomplete => {
            let names = work.policy.application_rules.names();
            let items = file
                .items()
                .filter(|(_, state, _)| state.is_open())
                .map(|(item, _, said)| {
                    let name = names.get(&item.id).cloned().unwrap_or_else(|| item.id.clone());
                    match item.note.as_ref().filter(|_| said.is_none()) {
                        Some(note) => format!("{name} ({note})"),
                        None => name,
                    }
                })
                .collect();
            PublicAnswer::Incomplete { organisation, items, note: work.policy.application_rules.policy_note.clone() }
        }
        Answer::Accepted => PublicAnswer::Accepted { organisation },
        Answer::Rejected => PublicAnswer::Rejected { organisation, because: because.unwrap_or_default().to_owned() },
    }
}

/// The draft to each of the team.
fn show_draft(work: &mut Work<'_>, file: &ApplicationFile, public: &PublicAnswer, by: &PersonName) -> Result<(), DecideError> {
    let Some(drafted) = file.draft().cloned() else { return Err(missing("the draft")) };
    let letter = letter(&drafted.text, public.word(), work).write(&mut work.desk())?;
    let hits = work.snapshot.wall.told_to_everybody(&Letter::of_bytes(&letter.bytes));
    let stopped = (!hits.is_empty()).then(|| "the embargo firewall finds a live case in it; write it otherwise.".to_owned());
    for person in work.team() {
        let token = token(work, file, &person.name);
        let reader = match (drafted.answer, person.name == *by) {
            (Answer::Accepted, true) => DraftFor::First,
            (Answer::Accepted, false) => DraftFor::Second,
            _ => DraftFor::Anybody,
        };
        let letter = ApplicationDraft {
            application: file.id().to_string(),
            word: public.word().to_owned(),
            to: person.address,
            token,
            reader,
            by: by.clone(),
            alias: file.alias().cloned().filter(|_| drafted.answer == Answer::Accepted),
            stopped: stopped.clone(),
            text: drafted.text.clone(),
            digest: drafted.digest,
        };
        let draft = letter.write(&mut work.desk())?;
        work.send(draft, Sending { about: at_hand(work), ..Sending::default() })?;
    }
    work.remarked(&format!("{}: drafted; every person of the team has the text, and `send` sends it.", file.id()));
    Ok(())
}

fn letter(text: &str, word: &str, work: &Work<'_>) -> ApplicationAnswer {
    let mail = work.snapshot.membership.last_mail.as_ref().and_then(|raw| Message::parse(raw).ok());
    let thread = mail.map_or_else(Thread::new, |mail| Thread::answering(&mail));
    ApplicationAnswer { word: word.to_owned(), text: text.to_owned(), thread }
}

/// Sends the confirmed answer, and adds the member if it is accepted. `Some` when it was refused, and the person has been told.
fn publish(
    work: &mut Work<'_>,
    file: &ApplicationFile,
    what: Answer,
    by: &By<'_>,
    after: &ApplicationFile,
) -> Result<Option<()>, DecideError> {
    let drafted = file.draft().cloned().ok_or(missing("the draft"))?;
    let word = public_answer(work, file, what, None).word();
    let draft = letter(&drafted.text, word, work).write(&mut work.desk())?;
    let spoken = Spoken::by(by.person, &draft);
    let sending = Sending {
        about: Some(crate::decide::incoming::InboxId::of_row(file.id().0)),
        outsider: Some(Outsider::Applications(spoken)),
        ..Sending::default()
    };
    let outgoing = match work.clear(draft, &sending, None)? {
        Ok(outgoing) => outgoing,
        Err(_) => {
            let why = "The embargo firewall finds a live case in the text, so that it does not go out. Draft it in other words.";
            let open = by.open_token().map(str::to_owned);
            return answer(work, by, About::Application(file.id().0), open.as_deref(), Said::Refused(why.to_owned())).map(Some);
        }
    };
    if what == Answer::Accepted
        && let Err(refused) = belonging::joins(work, after, &drafted.by, by.person.name())?
    {
        let open = by.open_token().map(str::to_owned);
        return answer(work, by, About::Application(file.id().0), open.as_deref(), Said::Refused(refused.to_string())).map(Some);
    }
    work.effect(Effect::Queue(outgoing));
    work.note_by("application-answer", None, None, by.name(), format!("{}: {} on the public list", file.id(), what.as_str()));
    Ok(None)
}

/// Tells the team, but not `except`, each with a token for the next command.
fn tell(work: &mut Work<'_>, file: &ApplicationFile, except: Option<&PersonName>, text: &str) -> Result<(), DecideError> {
    for person in work.team().into_iter().filter(|person| Some(&person.name) != except) {
        let fresh = token(work, file, &person.name);
        let letter = CommandAnswer {
            about: About::Application(file.id().0),
            token: Some(fresh),
            to: person.address,
            thread: work.letters_about(About::Application(file.id().0)),
            answer: Said::News(text.to_owned()),
        };
        let draft = letter.write(&mut work.desk())?;
        work.send(draft, Sending { about: at_hand(work), ..Sending::default() })?;
    }
    Ok(())
}

fn sentence(file: &ApplicationFile, by: &PersonName, event: Option<&ApplicationEvent>) -> String {
    let id = file.id();
    match event {
        Some(ApplicationEvent::Answered { answer: Answer::Accepted, drafted_by, .. }) => format!(
            "{drafted_by} and {by} have accepted {id}: the answer is on its way to the public list, and the alias is asked to confirm."
        ),
        Some(ApplicationEvent::Answered { answer, .. }) => {
            format!("{by} has sent the answer to {id}: {} stands on the public list.", answer.as_str())
        }
        Some(ApplicationEvent::ReviewBegun) => format!("{by} looks at {id}."),
        Some(ApplicationEvent::Item { item, state, because }) => format!("{by}: {item} of {id} is {}: {because}", state.as_str()),
        Some(ApplicationEvent::Named { organisation }) => format!("{by}: {id} would be listed as {organisation}."),
        Some(ApplicationEvent::Alias { alias, because, .. }) => match because {
            Some(because) => format!("{by}: {alias} is the alias of {id}, because {because}"),
            None => format!("{by}: {alias} is the alias of {id}."),
        },
        Some(ApplicationEvent::Noted { .. }) => format!("{by} has noted something about {id}."),
        Some(_) => format!("{by}: {id} is {} now.", file.state().as_str()),
        None => format!("{id} is as it was."),
    }
}
