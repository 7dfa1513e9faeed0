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
    mail::Digest,
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

/// One request: the transaction in which it is done, by what policy, when, and who asks.
#[derive(Clone, Copy)]
struct Asked<'a> {
    tx: &'a Tx<'a>,
    policy: &'a Policy,
    now: Timestamp,
    actor: &'a Actor,
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
    if let Request::Thaw { since } = request {
        return restored::thaw(tx, policy, since, &actor.name(), beside, now);
    }
    if let Some(frozen) = frozen::within(tx)? {
        return Ok(Response::refused(format!("The database is frozen: {frozen}. {}", frozen::REMEDY)));
    }
    Asked { tx, policy, now, actor }.done(request)
}

impl Asked<'_> {
    /// Each request has a function here or in [`membership`].
    fn done(self, request: Request) -> Result<Response, StoreError> {
        match request {
            Request::Thaw { .. } => Err(StoreError::Frozen),
            Request::Mailboxes => Ok(Response::refused("no daemon runs, and nobody else reads mailboxes")),
            Request::Rule { id, ruling, class, text } => self.rule(InboxId::of_row(id), ruling, class, text),
            Request::Advisory { row, verb } => self.advisory(AdvisoryRow(row), verb),
            Request::Submit { mail } => match self.person() {
                Some(person) => super::handed_in::submit(self.tx, self.policy, self.now, person, &mail),
                None => Ok(team_only()),
            },
            Request::Blocked { id, verb } => self.blocked(BlockedId(id), verb),
            Request::CatchUp { number } => self.catch_up(numbered(number)?),
            Request::EndEmbargo { number } => self.end_embargo(numbered(number)?),
            Request::AddLive { number, until } => {
                let number = numbered(number)?;
                snapshot::add_live(self.tx, number, until, &self.actor.name(), self.now)?;
                Ok(Response::done(format!("{} is live.", self.with_prefix(number))))
            }
            Request::Case { id, command } => match command::parse(&command, CommandContext::Case) {
                Ok(Command::Case(command)) => self.case(CaseId(id), &command),
                Ok(_) => {
                    Ok(Response::refused("`embargod case show` shows where it stands; every command is in `case say --help`"))
                }
                Err(error) => Ok(Response::refused(error.to_string())),
            },
            Request::Pushed { number, commits } => self.pushed(numbered(number)?, &commits),
            Request::Reply { id, text } => self.case(CaseId(id), &CaseCommand::Reply { text }),
            Request::SealedReport { id, sha256 } => self.sealed_report(CaseId(id), &sha256),
            Request::AddMember { organisation, address, posters, because } => {
                self.add_member(organisation, address, posters, because)
            }
            Request::RemoveMember { address, because } => self.remove_member(&address, because),
            Request::Member { id, command } => self.member(MemberId(id), &command),
            Request::Application { id, command } => self.application(ApplicationId(id), &command),
            Request::ImportRoster { organisations, history } => self.import_roster(&organisations, history.as_deref()),
            Request::Drill => self.drill(),
            Request::Retry { deliveries } => self.retry(&deliveries),
            Request::Replay { id, again } => {
                inbox::replay(self.tx, InboxId::of_row(id), again, &self.actor.name(), self.now)?;
                Ok(Response::done(match again {
                    Again::AsNew => format!("Message {id} is handled again."),
                    Again::KeepLetters => format!(
                        "Message {id} is handled again; what it makes us write to others than the team waits in `outbox list`."
                    ),
                    Again::WasHandled => format!("Message {id} was handled before: nothing is done with it."),
                }))
            }
        }
    }

    /// The team member who asks; nobody for root.
    fn person(&self) -> Option<&TeamMember> {
        match self.actor {
            Actor::Team(person) => Some(person),
            Actor::Operator | Actor::Stranger(_) => None,
        }
    }

    fn with_prefix(&self, number: AdvisoryNumber) -> String {
        number.with_prefix(&self.policy.project.advisory_prefix)
    }

    /// All of them or none: who asked for several sees from the first that cannot be tried again that nothing was done.
    fn retry(self, deliveries: &BTreeSet<i64>) -> Result<Response, StoreError> {
        for delivery in deliveries {
            delivery::retry(self.tx, *delivery, &self.actor.name(), self.now).map_err(|error| match error {
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

    fn blocked(self, id: BlockedId, verb: BlockedVerb) -> Result<Response, StoreError> {
        let Some(person) = self.person() else { return Ok(team_only()) };
        let mut known = self.team_snapshot()?;
        snapshot::blocked(self.tx, &mut known, id)?;
        let about = match &known.blocked {
            Some(blocked) => blocked.about.unwrap_or(InboxId::NONE),
            None => return Err(StoreError::Missing("stopped letter")),
        };
        let (command, done) = match verb {
            BlockedVerb::LetOut => (BlockedCommand::LetOut, "let out"),
            BlockedVerb::Discard => (BlockedCommand::Discard, "discarded"),
        };
        let said = self.run(&known, about, |work| blocked::on_blocked(work, command, &typed_by(person, &Thread::new())))?;
        Ok(said.unwrap_or_else(|| Response::done(format!("{id}: {done}"))))
    }

    fn catch_up(self, number: AdvisoryNumber) -> Result<Response, StoreError> {
        let Some(person) = self.person() else { return Ok(team_only()) };
        let Some(advisory) = snapshot::newest_sent(self.tx, number)? else {
            return Err(StoreError::Missing("advisory with the members"));
        };
        let holding = delivery::holders(self.tx, Label::Advisory(number, advisory.revision))?;
        let known = self.team_snapshot()?;
        let said = self.run(&known, advisory.inbox, |work| catch_up(work, &advisory, &holding, person.name()))?;
        Ok(said.unwrap_or_else(team_only))
    }

    fn end_embargo(self, number: AdvisoryNumber) -> Result<Response, StoreError> {
        if self.person().is_none() {
            return Ok(team_only());
        }
        snapshot::end_embargo(self.tx, number, &self.actor.name(), self.now)?;
        let number = self.with_prefix(number);
        Ok(Response::done(format!("The embargo of {number} is over; posts about it are no longer about a live advisory.")))
    }

    fn sealed_report(self, id: CaseId, sha256: &Digest) -> Result<Response, StoreError> {
        let text = format!("a sealed report was written out, SHA-256 {sha256}");
        let note = Note { kind: "report-sealed", about: None, case: Some(id), actor: self.actor.name(), text };
        apply::effects(self.tx, None, vec![Effect::Note(note)], self.now)?;
        Ok(Response::done(format!("{id}: the digest of the report stands in the record")))
    }

    fn team_snapshot(&self) -> Result<Snapshot, StoreError> {
        let mut known = Snapshot {
            roster: Roster { team: self.policy.team.clone(), members: member::all(self.tx)? },
            live: snapshot::live(self.tx, self.now)?,
            next_case: Some(snapshot::next_case(self.tx)?),
            membership: store::membership::ready(self.tx)?,
            ..Snapshot::default()
        };
        wall::look_up(self.tx, &mut known, self.policy, self.now)?;
        Ok(known)
    }

    fn rule(
        self,
        id: InboxId,
        ruling: HeldRuling,
        class: Option<RejectClass>,
        text: Option<String>,
    ) -> Result<Response, StoreError> {
        let Some(person) = self.person() else { return Ok(team_only()) };
        let mut known = self.team_snapshot()?;
        known.held = snapshot::held(self.tx, id)?;
        let Some(held) = &known.held else { return Err(StoreError::Missing("held message")) };
        if let HeldState::Ruled { how, by, at } = &held.state {
            return Ok(Response::refused(format!("It was {how} by {by} at {at}; nothing was done.")));
        }
        let (command, done) = match ruling {
            HeldRuling::Approve => (HeldCommand::Approve, "approved"),
            HeldRuling::Reject => (HeldCommand::Reject { class, text }, "rejected"),
            HeldRuling::Hold => (HeldCommand::Hold, "kept waiting"),
            HeldRuling::Discard => (HeldCommand::Discard, "discarded"),
            HeldRuling::Reroute => (HeldCommand::Reroute(RerouteTarget::Security), "made a case"),
        };
        let said = self.run(&known, id, |work| ruling::on_held(work, &command, &typed_by(person, &Thread::new())))?;
        Ok(said.unwrap_or_else(|| Response::done(format!("held-{id}: {done}"))))
    }

    fn advisory(self, row: AdvisoryRow, verb: AdvisoryVerb) -> Result<Response, StoreError> {
        let Some(person) = self.person() else { return Ok(team_only()) };
        let mut known = self.team_snapshot()?;
        known.advisory = snapshot::advisory(self.tx, row)?;
        known.files.extend(store::case::of_advisory(self.tx, known.advisory.as_ref())?);
        known.discoverers = store::case::discoverers(self.tx, &known.files)?;
        let Some(advisory) = &known.advisory else { return Err(StoreError::Missing("advisory")) };
        let inbox = advisory.inbox;
        let (command, text) = match verb {
            AdvisoryVerb::Send => (AdvisoryCommand::Send, "sent to the members"),
            AdvisoryVerb::Cancel => (AdvisoryCommand::Cancel, "cancelled"),
        };
        let said = self.run(&known, inbox, |work| ruling::on_advisory(work, &command, &typed_by(person, &Thread::new())))?;
        Ok(said.unwrap_or_else(|| Response::done(format!("Advisory record {}: {text}", row.0))))
    }

    fn case(self, id: CaseId, command: &CaseCommand) -> Result<Response, StoreError> {
        let Some(person) = self.person() else { return Ok(team_only()) };
        let known = self.case_snapshot(id)?;
        let said = self.run(&known, InboxId::NONE, |work| casework::on_case(work, command, &typed_by(person, &Thread::new())))?;
        Ok(said.unwrap_or_else(|| Response::done(format!("{id}: done"))))
    }

    /// `pushed` by a person, or by the operator's hook, which the case knows as the daemon (T16).
    fn pushed(self, number: AdvisoryNumber, commits: &[String]) -> Result<Response, StoreError> {
        let cases = store::case::of_number(self.tx, Some(number))?;
        let Some(id) = cases.iter().find(|file| file.live_number() == Some(number)).map(|file| file.id()) else {
            return Err(StoreError::Missing("case of an advisory"));
        };
        let words = format!("pushed {}", commits.join(" "));
        let Ok(Command::Case(command)) = command::parse(words.trim(), CommandContext::Case) else {
            return Ok(Response::refused("a changeset is named by seven hexadecimal digits or more"));
        };
        let CaseCommand::Ask { request, .. } = &command else { return Ok(team_only()) };
        if self.person().is_some() {
            return self.case(id, &command);
        }
        let known = self.case_snapshot(id)?;
        let said = self.run(&known, InboxId::NONE, |work| casework::by_hook(work, request))?;
        Ok(said.unwrap_or_else(|| Response::done(format!("{id}: done"))))
    }

    fn case_snapshot(&self, id: CaseId) -> Result<Snapshot, StoreError> {
        let mut known = self.team_snapshot()?;
        known.cases.extend(snapshot::case(self.tx, id)?);
        known.files.extend(store::case::file(self.tx, id)?);
        known.duplicates = store::case::duplicates(self.tx, id)?;
        known.numbers = store::case::numbers(self.tx)?;
        if known.cases.is_empty() {
            return Err(StoreError::Missing("case"));
        }
        known.last_mail = snapshot::last_mail(self.tx, id)?;
        Ok(known)
    }

    /// Runs a command of the judgement and writes its effects. The answer that would have gone out by mail is said here as well when it is a
    /// refusal: then nothing but that letter would have been written.
    fn run(
        &self,
        known: &Snapshot,
        about: InboxId,
        command: impl FnOnce(&mut Work<'_>) -> Result<(), crate::decide::DecideError>,
    ) -> Result<Option<Response>, StoreError> {
        let mut entropy = SystemEntropy;
        let mut work = Work::new(about, known, self.policy, self.now, &mut entropy);
        command(&mut work).map_err(|error| StoreError::Judgement(error.to_string()))?;
        let refusal = work.refusal().map(Response::refused);
        let remark = work.remark().map(Response::done);
        let effects: Vec<Effect> = work.into_effects();
        if refusal.is_none() {
            apply::effects(self.tx, None, effects, self.now)?;
        }
        Ok(refusal.or(remark))
    }
}

fn numbered(number: u16) -> Result<AdvisoryNumber, StoreError> {
    AdvisoryNumber::new(number).map_err(|error| StoreError::Judgement(error.to_string()))
}

fn typed_by<'a>(person: &'a TeamMember, thread: &'a Thread) -> By<'a> {
    By { person, thread, token: None }
}

fn team_only() -> Response {
    Response::refused(
        "that is for a team member; root and the daemon's user operate, they do not decide (set `uid` for the person in the configuration)",
    )
}
