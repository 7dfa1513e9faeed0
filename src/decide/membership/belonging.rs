//! What people, bounces and automata do to a member; and the questions to its alias that follow.

use super::{Actor, MemberEvent, MemberFile, MemberId, MemberRecorded, Particulars, Probe, applying, at_hand, looks, missing};
use crate::{
    command::MemberCommand,
    compose::{About, AliasProbe, AliasQuestion, Answer as Said, CommandAnswer},
    decide::{
        DecideError, Work,
        command::answer,
        effect::Effect,
        ruling::By,
        snapshot::Purpose,
        work::{Outsider, Sending},
    },
    disclosure::PersonName,
    mail::{Address, Digest},
    membership::{
        Looks,
        applying::{ApplicationFile, ApplicationRequest},
        belonging::{MemberCircumstances, MemberRequest, Refused, judge},
    },
};

/// Acts on the member of the token, or on the one looked up.
pub fn on_member(work: &mut Work<'_>, command: &MemberCommand, by: &By<'_>) -> Result<(), DecideError> {
    let file = work.snapshot.membership.member.clone().ok_or(missing("the member"))?;
    if let Some((used, _)) = by.token
        && used.spent.is_some()
    {
        let fresh = token(work, &file, by.person.name());
        work.note_by("token-spent", None, None, by.name(), "the token was used before; nothing was done");
        return answer(work, by, About::Member(file.id().0), Some(&fresh), Said::SpentToken);
    }
    if let (Some((used, _)), MemberCommand::Ask(MemberRequest::Second), Some(pending)) =
        (by.token, command, file.pending(work.now))
        && i64::try_from(pending.serial).is_ok_and(|serial| used.version < serial)
    {
        // The second person's word is about a proposal that its letter can have shown (T93).
        let fresh = token(work, &file, by.person.name());
        work.note_by("state-changed", None, None, by.name(), "the member changed since the letter; asked again");
        return answer(work, by, About::Member(file.id().0), Some(&fresh), Said::Changed);
    }
    let (request, address) = match command {
        MemberCommand::Ask(request) => (request.clone(), None),
        MemberCommand::Address { address, because } => {
            (MemberRequest::Address { address: address.clone(), because: because.clone() }, Some(address.clone()))
        }
        MemberCommand::Poster { address } => (MemberRequest::AddPoster { address: address.clone() }, Some(address.clone())),
        MemberCommand::Probe => (MemberRequest::Probe { why: again(&file) }, None),
    };
    let me = Actor::Person(by.person.name().clone());
    let change = file.change().map(|change| change.address.clone());
    let events = match judged(work, Some(&file), &request, &me, address.as_ref().or(change.as_ref())) {
        Ok(events) => events,
        Err(refused) => {
            let open = by.open_token().map(str::to_owned);
            return answer(work, by, About::Member(file.id().0), open.as_deref(), Said::Refused(refused.to_string()));
        }
    };
    if let Some((used, _)) = by.token {
        work.effect(Effect::Spend(used.hash));
    }
    let after = recorded(work, Some(file.clone()), file.id(), &me, &events)?;
    ask(work, &after, &events)?;
    let told: Vec<String> = events.iter().filter_map(|event| sentence(work, &after, by.name(), event)).collect();
    let told = told.join("\n");
    if !told.is_empty() {
        tell(work, &after, Some(by.person.name()), &told)?;
    }
    let fresh = token(work, &after, by.person.name());
    answer(work, by, About::Member(file.id().0), Some(&fresh), Said::Done(told))
}

fn again(file: &MemberFile) -> Probe {
    if file.confirmed().is_none() { Probe::New } else { Probe::Still }
}

/// Proposes a new member: typed on the machine, by a person or by root.
pub fn enter(work: &mut Work<'_>, particulars: Particulars, by: &Actor) -> Result<Result<MemberId, Refused>, DecideError> {
    let former = work.snapshot.membership.former.clone();
    let address = particulars.address.clone();
    let request = MemberRequest::Enter { particulars };
    let events = match judged(work, former.as_ref(), &request, by, Some(&address)) {
        Ok(events) => events,
        Err(refused) => return Ok(Err(refused)),
    };
    let id = number(work, former.as_ref())?;
    let after = recorded(work, former, id, by, &events)?;
    let who = match by {
        Actor::Person(name) => name.0.clone(),
        _ => "Root".to_owned(),
    };
    let takes = if by.person().is_some() { "a second person" } else { "two people" };
    let text = format!(
        "{who} proposes {} as {id}, with the alias {address}. It takes {takes}: answer this mail with `second` if you agree.",
        after.particulars().organisation
    );
    tell(work, &after, by.person(), &text)?;
    work.remarked(&format!("{id} is proposed; it takes {takes} of the team, who answer `second`."));
    Ok(Ok(id))
}

/// Removes or freezes a member at the word of root or of a person, typed on the machine.
pub fn stop(work: &mut Work<'_>, request: &MemberRequest, by: &Actor) -> Result<Result<MemberId, Refused>, DecideError> {
    let file = work.snapshot.membership.member.clone().ok_or(missing("the member"))?;
    let events = match judged(work, Some(&file), request, by, None) {
        Ok(events) => events,
        Err(refused) => return Ok(Err(refused)),
    };
    let after = recorded(work, Some(file.clone()), file.id(), by, &events)?;
    let who = by.person().map_or("root", |name| name.0.as_str()).to_owned();
    let told: Vec<String> = events.iter().filter_map(|event| sentence(work, &after, &who, event)).collect();
    tell(work, &after, by.person(), &told.join("\n"))?;
    work.remarked(&told.join(" "));
    Ok(Ok(file.id()))
}

/// Two people accepted the application: the member, and the question to its alias.
pub(super) fn joins(
    work: &mut Work<'_>,
    application: &ApplicationFile,
    proposed_by: &PersonName,
    second: &PersonName,
) -> Result<Result<(), Refused>, DecideError> {
    let (Some(organisation), Some(address)) = (application.organisation(), application.alias().cloned()) else {
        return Err(missing("name and alias of the application"));
    };
    let former = work.snapshot.membership.former.clone();
    let id = number(work, former.as_ref())?;
    // The statement of agreement is an item of the checklist: without it nothing is accepted (P54, P78).
    let terms = super::Terms { version: work.policy.version.clone(), on: work.now.to_zoned(jiff::tz::TimeZone::UTC).date() };
    let particulars = Particulars {
        organisation: organisation.to_owned(),
        address: address.clone(),
        posters: Vec::new(),
        domains: application.domains().to_vec(),
        category: application.category(),
        tls: crate::disclosure::TlsRequirement::default(),
        terms: Some(terms),
        application: Some(application.id().0),
        override_because: application.alias_because().map(str::to_owned).or_else(|| {
            // What two people read and accepted with the alias in it.
            let doubtful = looks(&address, application.applicant(), &work.policy.application_rules) != Looks::Role;
            doubtful.then(|| format!("accepted with {}", application.id()))
        }),
    };
    let request = MemberRequest::Join { particulars, proposed_by: proposed_by.clone() };
    let me = Actor::Person(second.clone());
    let events = match judged(work, former.as_ref(), &request, &me, Some(&address)) {
        Ok(events) => events,
        Err(refused) => return Ok(Err(refused)),
    };
    let after = recorded(work, former, id, &me, &events)?;
    ask(work, &after, &events)?;
    Ok(Ok(()))
}

fn number(work: &Work<'_>, former: Option<&MemberFile>) -> Result<MemberId, DecideError> {
    former.map(MemberFile::id).or(work.snapshot.membership.next_member).ok_or(missing("the next member's number"))
}

/// Judges a request about a member; `address` is the one in question.
pub(super) fn judged(
    work: &Work<'_>,
    file: Option<&MemberFile>,
    request: &MemberRequest,
    by: &Actor,
    address: Option<&Address>,
) -> Result<Vec<MemberEvent>, Refused> {
    let own = file.filter(|file| file.is_member()).map(|file| file.particulars().address.clone());
    let facts = &work.snapshot.membership;
    let known: Vec<(String, Address)> = facts.known.iter().filter(|(_, known)| Some(known) != own.as_ref()).cloned().collect();
    let is_ours = address.is_some_and(|address| work.is_ours(address));
    let looks = address.map_or(Looks::Role, |address| looks(address, None, &work.policy.application_rules));
    judge(file, request, by, &MemberCircumstances { now: work.now, members: &known, former: &facts.gone, is_ours, looks })
}

/// Records the events, and gives back the member as it is then.
pub(super) fn recorded(
    work: &mut Work<'_>,
    file: Option<MemberFile>,
    id: MemberId,
    by: &Actor,
    events: &[MemberEvent],
) -> Result<MemberFile, DecideError> {
    let mut after = file;
    for event in events {
        let entry = MemberRecorded { at: work.now, by: by.clone(), event: event.clone() };
        match &mut after {
            Some(file) => file.apply(&entry).map_err(|_| missing("an event that fits"))?,
            None => after = Some(MemberFile::fold(id, std::slice::from_ref(&entry)).map_err(|_| missing("an entry"))?),
        }
        work.effect(Effect::member(id, by, event.clone()));
    }
    let after = after.ok_or(missing("the member"))?;
    if events.contains(&MemberEvent::Activated) {
        subscribed(work, &after);
    }
    Ok(after)
}

/// The member gets both lists: the application that it came from is done, whoever confirmed the alias.
fn subscribed(work: &mut Work<'_>, member: &MemberFile) {
    let application = work.snapshot.membership.application.clone();
    let Some(application) = application.filter(|file| member.particulars().application == Some(file.id().0)) else { return };
    let request = ApplicationRequest::Subscribed { member: member.id().0 };
    // One that is not accepted has been answered otherwise, and stays as it is.
    for event in applying::judged(work, &application, &request, &Actor::Daemon, "").unwrap_or_default() {
        work.effect(Effect::application(application.id(), &Actor::Daemon, event));
    }
}

/// The questions to aliases that events bring about.
pub(super) fn ask(work: &mut Work<'_>, file: &MemberFile, events: &[MemberEvent]) -> Result<(), DecideError> {
    let now = file.particulars().address.clone();
    for event in events {
        match event {
            MemberEvent::Probed { why: Probe::New } => question(work, file, now.clone(), AliasQuestion::New, "confirm")?,
            MemberEvent::Probed { why: Probe::Still } => question(work, file, now.clone(), AliasQuestion::Still, "confirm")?,
            MemberEvent::AddressAsked { address, .. } => {
                question(work, file, now.clone(), AliasQuestion::Replaced(address.clone()), &format!("old:{address}"))?;
                question(work, file, address.clone(), AliasQuestion::Replacing, &format!("new:{address}"))?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn question(
    work: &mut Work<'_>,
    file: &MemberFile,
    to: Address,
    question: AliasQuestion,
    about: &str,
) -> Result<(), DecideError> {
    let token = work.token_for_address(Purpose::Alias, Some(to.clone()), file.id().0, Digest::of(about.as_bytes()), 0);
    let organisation = file.particulars().organisation.clone();
    let letter = AliasProbe { member: file.id().to_string(), organisation, to: to.clone(), token, question };
    let draft = letter.write(&mut work.desk())?;
    work.send(draft, Sending { about: at_hand(work), outsider: Some(Outsider::Alias(to)), ..Sending::default() })
}

/// Tells the team, but not `except`, each with a token for the next command.
pub(super) fn tell(work: &mut Work<'_>, file: &MemberFile, except: Option<&PersonName>, text: &str) -> Result<(), DecideError> {
    for person in work.team().into_iter().filter(|person| Some(&person.name) != except) {
        let fresh = token(work, file, &person.name);
        let letter = CommandAnswer {
            about: About::Member(file.id().0),
            token: Some(fresh),
            to: person.address,
            thread: work.letters_about(About::Member(file.id().0)),
            answer: Said::News(text.to_owned()),
        };
        let draft = letter.write(&mut work.desk())?;
        work.send(draft, Sending { about: at_hand(work), ..Sending::default() })?;
    }
    Ok(())
}

fn token(work: &mut Work<'_>, file: &MemberFile, person: &PersonName) -> String {
    let version = i64::try_from(file.version()).unwrap_or(i64::MAX);
    let digest = Digest::of(file.id().to_string().as_bytes());
    work.token_for_person(Purpose::Member, person, file.id().0, digest, version)
}

/// Mail to the alias came back for good: a to-do, and nothing else (P82).
pub(in crate::decide) fn bounced(work: &mut Work<'_>, file: MemberFile, status: &str) -> Result<(), DecideError> {
    from_a_machine(work, file, &MemberRequest::Bounce { status: status.to_owned() })
}

/// An automaton answered for the alias: a to-do, because it may keep what it gets.
pub(in crate::decide) fn answered_by_a_machine(work: &mut Work<'_>) -> Result<(), DecideError> {
    match work.snapshot.membership.member.clone() {
        Some(file) => from_a_machine(work, file, &MemberRequest::Automatic),
        None => Ok(()),
    }
}

fn from_a_machine(work: &mut Work<'_>, file: MemberFile, request: &MemberRequest) -> Result<(), DecideError> {
    let before = file.to_do();
    let Ok(events) = judged(work, Some(&file), request, &Actor::Daemon, None) else { return Ok(()) };
    let (id, is_member) = (file.id(), file.is_member());
    let after = recorded(work, Some(file), id, &Actor::Daemon, &events)?;
    // Said once; the digest says it again until somebody has settled it.
    let new: Vec<&str> = after.to_do().into_iter().filter(|what| !before.contains(what)).map(|what| what.as_str()).collect();
    if is_member && !new.is_empty() {
        let text = format!("{} ({}): {}.", id, after.particulars().organisation, new.join("; "));
        tell(work, &after, None, &text)?;
    }
    Ok(())
}

/// An event in words, for people; `None` for what only the record needs.
fn sentence(work: &Work<'_>, file: &MemberFile, by: &str, event: &MemberEvent) -> Option<String> {
    let (id, of) = (file.id(), &file.particulars().organisation);
    Some(match event {
        MemberEvent::Seconded if file.pending(work.now).is_some() => {
            format!("{by} agrees to {id} ({of}). It takes one more person of the team: answer this mail with `second`.")
        }
        MemberEvent::Accepted { proposed_by } => {
            format!("{proposed_by} and {by} have added {of} as {id}. It gets mail once its alias has answered.")
        }
        MemberEvent::Ended { because, proposed_by } => {
            format!("{proposed_by} and {by} have removed {of} ({id}), because {because}")
        }
        MemberEvent::Proposed { act } => format!(
            "{by} wants to {} {of} ({id}). A second person makes it final: answer this mail with `second` if you agree, or `thaw`.",
            act.name()
        ),
        MemberEvent::Retracted => format!("The proposal about {of} ({id}) is off."),
        MemberEvent::Frozen { because } => format!("{by} has frozen {of} ({id}), because {because} Nothing more goes there."),
        MemberEvent::Thawed { .. } => format!("{by} has thawed {of} ({id}): it gets mail again."),
        MemberEvent::Activated => format!("{of} ({id}) gets both lists from now on."),
        MemberEvent::Confirmed { because: Some(because) } => format!("{by}: the alias of {of} ({id}) is read: {because}"),
        MemberEvent::AddressAsked { address, .. } => {
            format!(
                "{by} wants {address} as the alias of {of} ({id}). The old and the new one are asked; then `approve-address`."
            )
        }
        MemberEvent::AddressChanged { address } => format!("{of} ({id}) has the alias {address} from now on."),
        MemberEvent::AddressDropped => format!("{of} ({id}) keeps its alias."),
        MemberEvent::Probed { .. } => format!("The alias of {of} ({id}) has been asked whether it is read."),
        MemberEvent::Settled { because } => format!("{by} has settled what was to be done about {of} ({id}): {because}"),
        MemberEvent::Renamed { .. }
        | MemberEvent::Domains { .. }
        | MemberEvent::Category { .. }
        | MemberEvent::PosterAdded { .. }
        | MemberEvent::PosterDropped { .. }
        | MemberEvent::Tls { .. }
        | MemberEvent::TermsAccepted { .. }
        | MemberEvent::Kept { .. }
        | MemberEvent::Noted { .. } => {
            format!("{by}: {} of {of} ({id}) is recorded.", event.kind().trim_start_matches("member-"))
        }
        _ => return None,
    })
}
