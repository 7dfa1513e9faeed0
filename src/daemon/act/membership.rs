//! Applications, members, the public list and the fire drill, asked for on the machine. Root proposes and stops; people of the team decide.

use super::{Asked, Response, team_only, typed_by};
use crate::{
    command::{self, Command, CommandContext},
    compose::Thread,
    decide::{
        DecideError, Work,
        incoming::InboxId,
        membership::{
            self as decided, Actor as By, ApplicationId, MemberId, Particulars, applying, belonging, drill as drills, history,
            organisation,
        },
        snapshot::Snapshot,
    },
    disclosure::TlsRequirement,
    mail::Address,
    membership::belonging::{MemberRequest, Refused},
    store::{StoreError, member as members, membership as applications, roster},
};

impl Asked<'_> {
    fn by(&self) -> By {
        self.person().map_or(By::Operator, |person| By::Person(person.name().clone()))
    }

    /// Runs a step that may be refused in words, and writes nothing when it is.
    fn step<T>(
        &self,
        known: &Snapshot,
        step: impl FnOnce(&mut Work<'_>) -> Result<Result<T, Refused>, DecideError>,
    ) -> Result<Response, StoreError> {
        let mut refusal = None;
        let said = self.run(known, InboxId::NONE, |work| {
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
    pub(super) fn add_member(
        self,
        organisation: String,
        address: Address,
        posters: Vec<Address>,
        because: Option<String>,
    ) -> Result<Response, StoreError> {
        let mut known = self.team_snapshot()?;
        applications::former(self.tx, &mut known.membership, &address)?;
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
        self.step(&known, |work| belonging::enter(work, particulars, &self.by()))
    }

    /// Freezes a membership at once, and proposes its end.
    pub(super) fn remove_member(self, address: &Address, because: String) -> Result<Response, StoreError> {
        let Some(file) = members::at(self.tx, address)? else { return Err(StoreError::Missing("member")) };
        let mut known = self.team_snapshot()?;
        known.membership.member = Some(file);
        self.step(&known, |work| belonging::stop(work, &MemberRequest::Remove { because }, &self.by()))
    }

    /// A command about a member.
    pub(super) fn member(self, id: MemberId, line: &str) -> Result<Response, StoreError> {
        let command = match command::parse(line, CommandContext::Member) {
            Ok(Command::Member(command)) => command,
            Ok(_) => {
                return Ok(Response::refused(
                    "`embargod member show` shows where it stands; every command is in `member say --help`",
                ));
            }
            Err(error) => return Ok(Response::refused(error.to_string())),
        };
        let mut known = self.team_snapshot()?;
        applications::of_member(self.tx, &mut known.membership, id)?;
        if known.membership.member.is_none() {
            return Err(StoreError::Missing("member"));
        }
        let Some(person) = self.person() else {
            // Root may stop mail, and propose: towards more secrecy nobody has to be waited for.
            let command::MemberCommand::Ask(request) = &command else { return Ok(team_only()) };
            let stops =
                matches!(request, MemberRequest::Freeze { .. } | MemberRequest::Remove { .. } | MemberRequest::Note { .. });
            if !stops {
                return Ok(team_only());
            }
            return self.step(&known, |work| belonging::stop(work, request, &self.by()));
        };
        let said =
            self.run(&known, InboxId::NONE, |work| belonging::on_member(work, &command, &typed_by(person, &Thread::new())))?;
        Ok(said.unwrap_or_else(|| Response::done(format!("{id}: done"))))
    }

    /// A command about an application.
    pub(super) fn application(self, id: ApplicationId, line: &str) -> Result<Response, StoreError> {
        let command = match command::parse(line, CommandContext::Application) {
            Ok(Command::Application(command)) => command,
            Ok(_) => {
                return Ok(Response::refused(
                    "`embargod applications show` shows where it stands; every command is in `applications say --help`",
                ));
            }
            Err(error) => return Ok(Response::refused(error.to_string())),
        };
        let Some(person) = self.person() else { return Ok(team_only()) };
        let mut known = self.team_snapshot()?;
        applications::application(self.tx, &mut known.membership, id)?;
        if known.membership.application.is_none() {
            return Err(StoreError::Missing("application"));
        }
        let said =
            self.run(&known, InboxId::NONE, |work| applying::on_application(work, &command, &typed_by(person, &Thread::new())))?;
        Ok(said.unwrap_or_else(|| Response::done(format!("{id}: done"))))
    }

    /// Takes the public list over. Whoever keeps the policy's page keeps this, too: nobody gets mail by it.
    pub(super) fn import_roster(self, organisations: &str, lines: Option<&str>) -> Result<Response, StoreError> {
        let list = match organisation::read(organisations) {
            Ok(list) => list,
            Err(error) => return Ok(Response::refused(error.to_string())),
        };
        let lines = match lines.map(history::read).transpose() {
            Ok(lines) => lines,
            Err((line, error)) => return Ok(Response::refused(format!("line {line} of the history: {error}"))),
        };
        let imported = roster::import(self.tx, &list, &self.actor.name(), self.now)?;
        if let Some(lines) = lines {
            roster::import_history(self.tx, &lines, &self.actor.name(), self.now)?;
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
    pub(super) fn drill(self) -> Result<Response, StoreError> {
        if self.person().is_none() {
            return Ok(team_only());
        }
        let known = self.team_snapshot()?;
        let files = members::files_in(self.tx)?;
        let id = roster::next_drill(self.tx)?;
        let mut sent = 0;
        self.run(&known, InboxId::NONE, |work| {
            sent = drills::begin(work, id, &files, &self.by())?;
            Ok(())
        })?;
        let days = decided::patience(&self.policy.application_rules).alias.as_hours() / 24;
        Ok(Response::done(format!(
            "drill-{id} is on its way to {sent} members; `embargod drill report` says who accepted it and who answered. They have {days} days."
        )))
    }
}
