//! What the command line can ask for, done in one place: by the running daemon for a client on its socket, or by the command itself when no daemon
//! runs. There is one writer, always.

mod membership;
mod request;
mod restored;

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;

pub use request::{Actor, AdvisoryVerb, BlockedVerb, HeldRuling, Read, Request, Response};

use crate::{
    clock::Clock,
    command::{
        self, AdvisoryCommand, BlockedCommand, CaseCommand, Command, CommandContext, HeldCommand, RejectClass, RerouteTarget,
    },
    compose::{BlockedId, Thread},
    decide::{
        Policy, Work, blocked, casework,
        catch_up::catch_up,
        effect::{Effect, Label, Note},
        incoming::InboxId,
        membership::{ApplicationId, MemberId},
        ruling::{self, By},
        snapshot::{AdvisoryRow, HeldState, Snapshot},
    },
    disclosure::{AdvisoryNumber, CaseId, Roster, TeamMember},
    entropy::SystemEntropy,
    store::{
        self, Store, StoreError, Tx, apply, delivery, frozen,
        inbox::{self, Again},
        lineage::Beside,
        member, snapshot, wall,
    },
};

/// Does what was asked, in one transaction.
pub async fn act(store: &Store, policy: Arc<Policy>, clock: &dyn Clock, actor: Actor, request: Request) -> Response {
    let now = clock.now();
    let is_thaw = matches!(request, Request::Thaw { .. });
    let beside = store.beside();
    let done = store.writer().write(move |tx| within(tx, &policy, now, &actor, request, &beside)).await;
    match done {
        Ok(response) => {
            if is_thaw && response.ok {
                // It counts as the newest since the commit; a copy of what it replaced is older from here on.
                if let Err(error) = store.note_high_water().await {
                    tracing::error!("the high-water mark of the database could not be written: {error}");
                }
            }
            response
        }
        Err(error) => Response::refused(error.to_string()),
    }
}

/// All of them or none: who asked for several sees from the first that cannot be tried again that nothing was done.
fn retry(tx: &Tx<'_>, deliveries: &BTreeSet<i64>, by: &str, now: Timestamp) -> Result<Response, StoreError> {
    for delivery in deliveries {
        delivery::retry(tx, *delivery, by, now).map_err(|error| match error {
            StoreError::Missing(what) => StoreError::Refused(format!("there is no {what} {delivery}; none is tried again")),
            error => error,
        })?;
    }
    let numbers = deliveries.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    Ok(match deliveries.len() {
        0 => Response::refused("no delivery was named; none is tried again"),
        1 => Response::done(format!("Delivery {numbers} is tried again.")),
        count => Response::done(format!("{count} deliveries are tried again: {numbers}.")),
    })
}

fn within(
    tx: &Tx<'_>,
    policy: &Policy,
    now: Timestamp,
    actor: &Actor,
    request: Request,
    beside: &Beside,
) -> Result<Response, StoreError> {
    if let Actor::Stranger(uid) = actor {
        let text = format!(
            "user {uid} is nobody here: set `uid = {uid}` for a team member in the configuration, or run as the operator"
        );
        return Ok(Response::refused(text));
    }
    let name = actor.name();
    if let Request::Thaw { since } = request {
        return restored::thaw(tx, policy, since, &name, beside, now);
    }
    if let Some(frozen) = frozen::within(tx)? {
        return Ok(Response::refused(format!("The database is frozen: {frozen}. {}", frozen::REMEDY)));
    }
    match request {
        Request::Thaw { .. } => Err(StoreError::Frozen),
        Request::Mailboxes => Ok(Response::refused("no daemon runs, and nobody else reads mailboxes")),
        Request::Rule { id, ruling, class, text } => {
            let Actor::Team(person) = actor else { return Ok(team_only()) };
            rule(tx, policy, now, person, InboxId::of_row(id), ruling, class, text)
        }
        Request::Advisory { row, verb } => {
            let Actor::Team(person) = actor else { return Ok(team_only()) };
            release(tx, policy, now, person, AdvisoryRow(row), verb)
        }
        Request::Submit { mail } => {
            let Actor::Team(person) = actor else { return Ok(team_only()) };
            super::handed_in::submit(tx, policy, now, person, &mail)
        }
        Request::Blocked { id, verb } => {
            let Actor::Team(person) = actor else { return Ok(team_only()) };
            let id = BlockedId(id);
            let mut known = team_snapshot(tx, policy, now)?;
            snapshot::blocked(tx, &mut known, id)?;
            let about = match &known.blocked {
                Some(blocked) => blocked.about.unwrap_or(InboxId::NONE),
                None => return Err(StoreError::Missing("stopped letter")),
            };
            let (command, done) = match verb {
                BlockedVerb::LetOut => (BlockedCommand::LetOut, "let out"),
                BlockedVerb::Discard => (BlockedCommand::Discard, "discarded"),
            };
            let said = run(tx, policy, now, &known, about, |work| {
                blocked::on_blocked(work, command, &By { person, thread: &Thread::new(), token: None })
            })?;
            Ok(said.unwrap_or_else(|| Response::done(format!("{id}: {done}"))))
        }
        Request::CatchUp { number } => {
            let Actor::Team(person) = actor else { return Ok(team_only()) };
            let number = AdvisoryNumber::new(number).map_err(|error| StoreError::Judgement(error.to_string()))?;
            let Some(advisory) = snapshot::newest_sent(tx, number)? else {
                return Err(StoreError::Missing("advisory with the members"));
            };
            let holding = delivery::holders(tx, Label::Advisory(number, advisory.revision))?;
            let known = team_snapshot(tx, policy, now)?;
            let said = run(tx, policy, now, &known, advisory.inbox, |work| catch_up(work, &advisory, &holding, person.name()))?;
            Ok(said.unwrap_or_else(team_only))
        }
        Request::EndEmbargo { number } => {
            let Actor::Team(_) = actor else { return Ok(team_only()) };
            let number = AdvisoryNumber::new(number).map_err(|error| StoreError::Judgement(error.to_string()))?;
            snapshot::end_embargo(tx, number, &name, now)?;
            Ok(Response::done(format!(
                "The embargo of {} is over; posts about it are no longer about a live advisory.",
                number.with_prefix(&policy.project.advisory_prefix)
            )))
        }
        Request::AddLive { number, until } => {
            let number = AdvisoryNumber::new(number).map_err(|error| StoreError::Judgement(error.to_string()))?;
            snapshot::add_live(tx, number, until, &name, now)?;
            Ok(Response::done(format!("{} is live.", number.with_prefix(&policy.project.advisory_prefix))))
        }
        Request::Case { id, command } => match command::parse(&command, CommandContext::Case) {
            Ok(Command::Case(command)) => case(tx, policy, now, actor, CaseId(id), command),
            Ok(_) => Ok(Response::refused("`embargod case show` shows where it stands; every command is in `case say --help`")),
            Err(error) => Ok(Response::refused(error.to_string())),
        },
        Request::Pushed { number, commits } => {
            let number = AdvisoryNumber::new(number).map_err(|error| StoreError::Judgement(error.to_string()))?;
            let cases = store::case::of_number(tx, Some(number))?;
            let Some(id) = cases.iter().find(|file| file.live_number() == Some(number)).map(|file| file.id()) else {
                return Err(StoreError::Missing("case of an advisory"));
            };
            pushed(tx, policy, now, actor, id, commits)
        }
        Request::Reply { id, text } => case(tx, policy, now, actor, CaseId(id), CaseCommand::Reply { text }),
        Request::SealedReport { id, sha256 } => {
            let text = format!("a sealed report was written out, SHA-256 {sha256}");
            let note = Note { kind: "report-sealed", about: None, case: Some(CaseId(id)), actor: name, text };
            apply::effects(tx, None, vec![Effect::Note(note)], now)?;
            Ok(Response::done(format!("{}: the digest of the report stands in the record", CaseId(id))))
        }
        Request::AddMember { organisation, address, posters, because } => {
            membership::add(tx, policy, now, actor, organisation, address, posters, because)
        }
        Request::RemoveMember { address, because } => membership::remove(tx, policy, now, actor, &address, because),
        Request::Member { id, command } => membership::member(tx, policy, now, actor, MemberId(id), &command),
        Request::Application { id, command } => membership::application(tx, policy, now, actor, ApplicationId(id), &command),
        Request::ImportRoster { organisations, history } => {
            membership::import(tx, now, &name, &organisations, history.as_deref())
        }
        Request::Drill => membership::drill(tx, policy, now, actor),
        Request::Retry { deliveries } => retry(tx, &deliveries, &name, now),
        Request::Replay { id, again } => {
            inbox::replay(tx, InboxId::of_row(id), again, &name, now)?;
            Ok(Response::done(match again {
                Again::AsNew => format!("Message {id} is handled again."),
                Again::KeepLetters => {
                    format!(
                        "Message {id} is handled again; what it makes us write to others than the team waits in `outbox list`."
                    )
                }
                Again::WasHandled => format!("Message {id} was handled before: nothing is done with it."),
            }))
        }
    }
}

fn team_only() -> Response {
    Response::refused(
        "that is for a team member; root and the daemon's user operate, they do not decide (set `uid` for the person in the configuration)",
    )
}

fn team_snapshot(tx: &crate::store::Tx<'_>, policy: &Policy, now: Timestamp) -> Result<Snapshot, StoreError> {
    let mut known = Snapshot {
        roster: Roster { team: policy.team.clone(), members: member::all(tx)? },
        live: snapshot::live(tx, now)?,
        next_case: Some(snapshot::next_case(tx)?),
        membership: store::membership::ready(tx)?,
        ..Snapshot::default()
    };
    wall::look_up(tx, &mut known, policy, now)?;
    Ok(known)
}

#[expect(clippy::too_many_arguments, reason = "the words of one command, as typed")]
fn rule(
    tx: &Tx<'_>,
    policy: &Policy,
    now: Timestamp,
    person: &TeamMember,
    id: InboxId,
    ruling: HeldRuling,
    class: Option<RejectClass>,
    text: Option<String>,
) -> Result<Response, StoreError> {
    let mut known = team_snapshot(tx, policy, now)?;
    known.held = snapshot::held(tx, id)?;
    let Some(held) = &known.held else { return Err(StoreError::Missing("held message")) };
    if let HeldState::Ruled { how, by, at } = &held.state {
        return Ok(Response::refused(format!("It was {how} by {by} at {at}; nothing was done.")));
    }
    let command = match ruling {
        HeldRuling::Approve => HeldCommand::Approve,
        HeldRuling::Reject => HeldCommand::Reject { class, text },
        HeldRuling::Hold => HeldCommand::Hold,
        HeldRuling::Discard => HeldCommand::Discard,
        HeldRuling::Reroute => HeldCommand::Reroute(RerouteTarget::Security),
    };
    let said = run(tx, policy, now, &known, id, |work| {
        let thread = Thread::new();
        ruling::on_held(work, &command, &By { person, thread: &thread, token: None })
    })?;
    Ok(said.unwrap_or_else(|| Response::done(format!("held-{id}: {}", word(ruling)))))
}

fn word(ruling: HeldRuling) -> &'static str {
    match ruling {
        HeldRuling::Approve => "approved",
        HeldRuling::Reject => "rejected",
        HeldRuling::Hold => "kept waiting",
        HeldRuling::Discard => "discarded",
        HeldRuling::Reroute => "made a case",
    }
}

fn release(
    tx: &Tx<'_>,
    policy: &Policy,
    now: Timestamp,
    person: &TeamMember,
    row: AdvisoryRow,
    verb: AdvisoryVerb,
) -> Result<Response, StoreError> {
    let mut known = team_snapshot(tx, policy, now)?;
    known.advisory = snapshot::advisory(tx, row)?;
    known.files.extend(store::case::of_advisory(tx, known.advisory.as_ref())?);
    known.discoverers = store::case::discoverers(tx, &known.files)?;
    let Some(advisory) = &known.advisory else { return Err(StoreError::Missing("advisory")) };
    let inbox = advisory.inbox;
    let (command, text) = match verb {
        AdvisoryVerb::Send => (AdvisoryCommand::Send, "sent to the members"),
        AdvisoryVerb::Cancel => (AdvisoryCommand::Cancel, "cancelled"),
    };
    let said = run(tx, policy, now, &known, inbox, |work| {
        let thread = Thread::new();
        ruling::on_advisory(work, &command, &By { person, thread: &thread, token: None })
    })?;
    Ok(said.unwrap_or_else(|| Response::done(format!("Advisory record {}: {text}", row.0))))
}

fn case(
    tx: &Tx<'_>,
    policy: &Policy,
    now: Timestamp,
    actor: &Actor,
    id: CaseId,
    command: CaseCommand,
) -> Result<Response, StoreError> {
    let Actor::Team(person) = actor else { return Ok(team_only()) };
    let known = case_snapshot(tx, policy, now, id)?;
    let said = run(tx, policy, now, &known, InboxId::NONE, |work| {
        let thread = Thread::new();
        casework::on_case(work, &command, &By { person, thread: &thread, token: None })
    })?;
    Ok(said.unwrap_or_else(|| Response::done(format!("{id}: done"))))
}

/// `pushed` by a person, or by the operator's hook, which the case knows as the daemon (T16).
fn pushed(
    tx: &Tx<'_>,
    policy: &Policy,
    now: Timestamp,
    actor: &Actor,
    id: CaseId,
    commits: Vec<String>,
) -> Result<Response, StoreError> {
    let words = format!("pushed {}", commits.join(" "));
    let Ok(Command::Case(command)) = command::parse(words.trim(), CommandContext::Case) else {
        return Ok(Response::refused("a changeset is named by seven hexadecimal digits or more"));
    };
    let CaseCommand::Ask { request, .. } = &command else { return Ok(team_only()) };
    if let Actor::Team(_) = actor {
        return case(tx, policy, now, actor, id, command);
    }
    let known = case_snapshot(tx, policy, now, id)?;
    let said = run(tx, policy, now, &known, InboxId::NONE, |work| casework::by_hook(work, request))?;
    Ok(said.unwrap_or_else(|| Response::done(format!("{id}: done"))))
}

fn case_snapshot(tx: &crate::store::Tx<'_>, policy: &Policy, now: Timestamp, id: CaseId) -> Result<Snapshot, StoreError> {
    let mut known = team_snapshot(tx, policy, now)?;
    known.cases.extend(snapshot::case(tx, id)?);
    known.files.extend(store::case::file(tx, id)?);
    known.duplicates = store::case::duplicates(tx, id)?;
    known.numbers = store::case::numbers(tx)?;
    if known.cases.is_empty() {
        return Err(StoreError::Missing("case"));
    }
    known.last_mail = snapshot::last_mail(tx, id)?;
    Ok(known)
}

/// Runs a command of the judgement and writes its effects. The answer that would have gone out by mail is said here as well when it is a refusal:
/// then nothing but that letter would have been written.
fn run(
    tx: &Tx<'_>,
    policy: &Policy,
    now: Timestamp,
    known: &Snapshot,
    about: InboxId,
    command: impl FnOnce(&mut Work<'_>) -> Result<(), crate::decide::DecideError>,
) -> Result<Option<Response>, StoreError> {
    let mut entropy = SystemEntropy;
    let mut work = Work::new(about, known, policy, now, &mut entropy);
    command(&mut work).map_err(|error| StoreError::Judgement(error.to_string()))?;
    let refusal = work.refusal().map(Response::refused);
    let remark = work.remark().map(Response::done);
    let effects: Vec<Effect> = work.into_effects();
    if refusal.is_none() {
        apply::effects(tx, None, effects, now)?;
    }
    Ok(refusal.or(remark))
}
