//! Applications, members, the public list and the fire drill, asked for on the machine. Root proposes and stops; people of the team decide.

use jiff::Timestamp;

use super::{Actor, Response, run, team_only, team_snapshot};
use crate::{
    command::{self, Command, CommandContext},
    compose::Thread,
    decide::{
        Policy,
        incoming::InboxId,
        membership::{
            self as decided, Actor as By, ApplicationId, MemberId, Particulars, applying, belonging, drill as drills, history,
            organisation,
        },
        ruling,
        snapshot::Snapshot,
    },
    disclosure::{TeamMember, TlsRequirement},
    mail::Address,
    membership::belonging::MemberRequest,
    store::{StoreError, Tx, member as members, membership as applications, roster},
};

/// Nothing of these is about one message.
const NO_MAIL: i64 = 0;

fn by(actor: &Actor) -> By {
    match actor {
        Actor::Team(person) => By::Person(person.name().clone()),
        Actor::Operator | Actor::Stranger(_) => By::Operator,
    }
}

/// Runs a step that may be refused in words, and writes nothing when it is.
fn step<T>(
    tx: &Tx<'_>,
    policy: &Policy,
    now: Timestamp,
    known: &Snapshot,
    step: impl FnOnce(
        &mut crate::decide::Work<'_>,
    ) -> Result<Result<T, crate::membership::belonging::Refused>, crate::decide::DecideError>,
) -> Result<Response, StoreError> {
    let mut refusal = None;
    let said = run(tx, policy, now, known, InboxId::of_row(NO_MAIL), |work| {
        if let Err(refused) = step(work)? {
            refusal = Some(refused.to_string());
        }
        Ok(())
    })?;
    // A refused step has made no effects.
    Ok(match refusal {
        Some(why) => Response::refused(why),
        None => said.unwrap_or_else(|| Response::done("done")),
    })
}

/// Proposes a member.
#[expect(clippy::too_many_arguments, reason = "the words of one command, as typed")]
pub(super) fn add(
    tx: &Tx<'_>,
    policy: &Policy,
    now: Timestamp,
    actor: &Actor,
    organisation: String,
    address: Address,
    posters: Vec<Address>,
    because: Option<String>,
) -> Result<Response, StoreError> {
    let mut known = team_snapshot(tx, policy, now)?;
    applications::former(tx, &mut known.membership, &address)?;
    let particulars = Particulars {
        organisation,
        address,
        posters,
        domains: Vec::new(),
        category: None,
        tls: TlsRequirement::default(),
        terms: None,
        application: None,
        override_because: because,
    };
    step(tx, policy, now, &known, |work| belonging::enter(work, particulars, &by(actor)))
}

/// Freezes a membership at once, and proposes its end.
pub(super) fn remove(
    tx: &Tx<'_>,
    policy: &Policy,
    now: Timestamp,
    actor: &Actor,
    address: &Address,
    because: String,
) -> Result<Response, StoreError> {
    let Some(file) = members::at(tx, address)? else { return Err(StoreError::Missing("member")) };
    let mut known = team_snapshot(tx, policy, now)?;
    known.membership.member = Some(file);
    step(tx, policy, now, &known, |work| belonging::stop(work, &MemberRequest::Remove { because }, &by(actor)))
}

/// A command about a member.
pub(super) fn member(
    tx: &Tx<'_>,
    policy: &Policy,
    now: Timestamp,
    actor: &Actor,
    id: MemberId,
    line: &str,
) -> Result<Response, StoreError> {
    let command = match command::parse(line, CommandContext::Member) {
        Ok(Command::Member(command)) => command,
        Ok(_) => {
            return Ok(Response::refused(
                "`embargod member show` shows where it stands; every command is in `member say --help`",
            ));
        }
        Err(error) => return Ok(Response::refused(error.to_string())),
    };
    let mut known = team_snapshot(tx, policy, now)?;
    applications::of_member(tx, &mut known.membership, id)?;
    if known.membership.member.is_none() {
        return Err(StoreError::Missing("member"));
    }
    let person = match actor {
        Actor::Team(person) => person,
        // Root may stop mail, and propose: towards more secrecy nobody has to be waited for.
        _ => {
            let command::MemberCommand::Ask(request) = &command else { return Ok(team_only()) };
            let stops =
                matches!(request, MemberRequest::Freeze { .. } | MemberRequest::Remove { .. } | MemberRequest::Note { .. });
            if !stops {
                return Ok(team_only());
            }
            return step(tx, policy, now, &known, |work| belonging::stop(work, request, &by(actor)));
        }
    };
    let said = run(tx, policy, now, &known, InboxId::of_row(NO_MAIL), |work| {
        belonging::on_member(work, &command, &typed_by(person, &Thread::new()))
    })?;
    Ok(said.unwrap_or_else(|| Response::done(format!("{id}: done"))))
}

/// A command about an application.
pub(super) fn application(
    tx: &Tx<'_>,
    policy: &Policy,
    now: Timestamp,
    actor: &Actor,
    id: ApplicationId,
    line: &str,
) -> Result<Response, StoreError> {
    let command = match command::parse(line, CommandContext::Application) {
        Ok(Command::Application(command)) => command,
        Ok(_) => {
            return Ok(Response::refused(
                "`embargod applications show` shows where it stands; every command is in `applications say --help`",
            ));
        }
        Err(error) => return Ok(Response::refused(error.to_string())),
    };
    let Actor::Team(person) = actor else { return Ok(team_only()) };
    let mut known = team_snapshot(tx, policy, now)?;
    applications::application(tx, &mut known.membership, id)?;
    if known.membership.application.is_none() {
        return Err(StoreError::Missing("application"));
    }
    let said = run(tx, policy, now, &known, InboxId::of_row(NO_MAIL), |work| {
        applying::on_application(work, &command, &typed_by(person, &Thread::new()))
    })?;
    Ok(said.unwrap_or_else(|| Response::done(format!("{id}: done"))))
}

fn typed_by<'a>(person: &'a TeamMember, thread: &'a Thread) -> ruling::By<'a> {
    ruling::By { person, thread, token: None }
}

/// Takes the public list over. Whoever keeps the policy's page keeps this, too: nobody gets mail by it.
pub(super) fn import(
    tx: &Tx<'_>,
    now: Timestamp,
    actor: &str,
    organisations: &str,
    lines: Option<&str>,
) -> Result<Response, StoreError> {
    let list = match organisation::read(organisations) {
        Ok(list) => list,
        Err(error) => return Ok(Response::refused(error.to_string())),
    };
    let lines = match lines.map(history::read).transpose() {
        Ok(lines) => lines,
        Err((line, error)) => return Ok(Response::refused(format!("line {line} of the history: {error}"))),
    };
    let imported = roster::import(tx, &list, actor, now)?;
    if let Some(lines) = lines {
        roster::import_history(tx, &lines, actor, now)?;
    }
    let (new, all) = (imported.new, list.len() + imported.others.len());
    let mut told = format!("{all} organisations stand on the public list, {new} of them new.");
    if !imported.others.is_empty() {
        let others = imported.others.join("; ");
        told.push_str(&format!(
            " Not in the file, and still there: {others}. If one of them is named otherwise in the file: `embargod member say N rename NAME`."
        ));
    }
    Ok(Response::done(told))
}

/// Begins a fire drill.
pub(super) fn drill(tx: &Tx<'_>, policy: &Policy, now: Timestamp, actor: &Actor) -> Result<Response, StoreError> {
    let Actor::Team(_) = actor else { return Ok(team_only()) };
    let known = team_snapshot(tx, policy, now)?;
    let files = members::files_in(tx)?;
    let id = roster::next_drill(tx)?;
    let mut sent = 0;
    run(tx, policy, now, &known, InboxId::of_row(NO_MAIL), |work| {
        sent = drills::begin(work, id, &files, &by(actor))?;
        Ok(())
    })?;
    let days = decided::patience(&policy.application_rules).alias.as_hours() / 24;
    Ok(Response::done(format!(
        "drill-{id} is on its way to {sent} members; `embargod drill report` says who accepted it and who answered. They have {days} days."
    )))
}
