//! A decision while it is being made: what is known, and the effects gathered so far.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    DEFAULT_END, blocked,
    effect::{Decision, Effect, End, Happened, Label, Note, Outgoing, ReminderKind, Stage},
    incoming::InboxId,
    keys::return_token,
    policy::{CASE_MAILS_PER_TEN_MINUTES, COMMAND_ANSWERS_PER_HOUR, NOTICES_PER_TEN_MINUTES, Policy},
    snapshot::{HeldPlace, Purpose, Snapshot, TokenRecord},
};
use crate::{
    cases::{Actor, CaseEvent},
    classify::Class,
    clearance::{self, Accepted, Audience, Blocked, Cleared, Stopped},
    compose::{Alarm, AlarmKind, BlockedId, Desk, Draft, HeldId, LetterError, LetterKind, ReversePath, Thread},
    disclosure::{CaseId, Person, PersonName, Recipients, project::TokenPlace},
    entropy::Entropy,
    mail::{Address, Digest},
    moderation::{Suggestion, Urgency},
    release::Licence,
    rules::Reason,
};

/// Why no decision could be made. Nothing is changed then; the message is quarantined. Never contains a word of a mail.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// A letter could not be written.
    #[error("a letter could not be written: {0}")]
    Letter(#[from] LetterError),
    /// A letter would have reached somebody who is not cleared for it.
    #[error("a letter was refused clearance: {0}")]
    Refused(#[from] clearance::Refused),
    /// The store did not look up what this step needs.
    #[error("the snapshot lacks {0}")]
    Missing(&'static str),
}

/// The message at hand, the facts, and the answer as far as it has grown.
pub struct Work<'a> {
    /// The message at hand; for commands typed on the machine, the object they are about.
    pub id: InboxId,
    /// What the store knows.
    pub snapshot: &'a Snapshot,
    /// What is configured.
    pub policy: &'a Policy,
    /// The instant of the decision.
    pub now: Timestamp,
    pub(super) entropy: &'a mut dyn Entropy,
    class: Class,
    rule: String,
    reasons: Vec<(Stage, Reason)>,
    end: End,
    effects: Vec<Effect>,
    refusal: Option<String>,
    remark: Option<String>,
    pub(super) stopped: i64,
    leak_told: bool,
    /// Embargoed text is on its way to the public with this mail, and the team has been told.
    pub(super) leak: Option<super::leak::Suspicion>,
    standing: Standing,
    /// The mail came for the team's own address, or for none that we know.
    pub(super) came_to_the_team: bool,
}

/// How much a notice presses. What does has as much room again: nobody hides it behind the rest, and nobody rings without end by words that anybody
/// can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pressing {
    /// It can wait for the reminder.
    No,
    /// Its words or its recipients say so.
    ByItsWords,
    /// It says something of a live case.
    Evident,
}

impl Pressing {
    fn budget(self) -> u32 {
        let times = match self {
            Pressing::No => 1,
            Pressing::ByItsWords => 2,
            Pressing::Evident => 3,
        };
        NOTICES_PER_TEN_MINUTES * times
    }
}

/// Whether the sender of a message is somebody we know by proof, or who holds a secret of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// A proven team member or member, or the holder of a case's secret address.
    Known,
    /// Anybody.
    Stranger,
}

impl<'a> Work<'a> {
    /// Nothing decided yet.
    pub fn new(id: InboxId, snapshot: &'a Snapshot, policy: &'a Policy, now: Timestamp, entropy: &'a mut dyn Entropy) -> Self {
        Self {
            id,
            snapshot,
            policy,
            now,
            entropy,
            class: Class::Other,
            rule: String::new(),
            reasons: Vec::new(),
            end: DEFAULT_END,
            effects: Vec::new(),
            refusal: None,
            remark: None,
            stopped: 0,
            leak_told: false,
            leak: None,
            standing: Standing::Stranger,
            came_to_the_team: false,
        }
    }

    /// Why a command was not carried out, for somebody who typed it on the machine.
    pub fn refusal(&self) -> Option<&str> {
        self.refusal.as_deref()
    }

    pub(super) fn refused(&mut self, why: &str) {
        self.refusal = Some(why.to_owned());
    }

    /// What somebody who typed the command on the machine should know besides that it was done.
    pub fn remark(&self) -> Option<&str> {
        self.remark.as_deref()
    }

    pub(super) fn remarked(&mut self, what: &str) {
        self.remark = Some(what.to_owned());
    }

    /// The message at hand; none where the work was not brought about by a message.
    pub(super) fn message(&self) -> Option<InboxId> {
        (self.id.row() > 0).then_some(self.id)
    }

    /// The decision.
    pub fn finish(self) -> Decision {
        Decision { class: self.class, rule: self.rule, reasons: self.reasons, end: self.end, effects: self.effects }
    }

    /// The effects alone, where there is no message to decide about.
    pub fn into_effects(self) -> Vec<Effect> {
        self.effects
    }

    pub(super) fn classed(&mut self, class: Class, rule: &str) {
        self.class = class;
        rule.clone_into(&mut self.rule);
    }

    pub(super) fn class(&self) -> Class {
        self.class
    }

    pub(super) fn rule_name(&self) -> &str {
        &self.rule
    }

    pub(super) fn reasons(&mut self, stage: Stage, reasons: &[Reason]) {
        self.reasons.extend(reasons.iter().map(|reason| (stage, reason.clone())));
    }

    pub(super) fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(super) fn note(&mut self, kind: &'static str, text: &str) {
        self.effect(Effect::note(kind, "", text));
    }

    pub(super) fn note_by(
        &mut self,
        kind: &'static str,
        about: Option<InboxId>,
        case: Option<CaseId>,
        actor: &str,
        text: impl Into<String>,
    ) {
        self.effect(Effect::Note(Note { kind, about, case, actor: actor.to_owned(), text: text.into() }));
    }

    /// Something happened to a case.
    pub(super) fn happened(
        &mut self,
        case: CaseId,
        about: Option<InboxId>,
        by: Actor,
        event: CaseEvent,
        text: impl Into<String>,
    ) {
        self.effect(Effect::Happened(Box::new(Happened { case, about, by, event, text: text.into() })));
    }

    /// Whether the message waits for a person already.
    pub(super) fn is_held(&self) -> bool {
        self.end == End::Held
    }

    /// The message waits for a person, who is reminded after a working day.
    pub(super) fn hold(
        &mut self,
        place: HeldPlace,
        suggests: Suggestion,
        urgency: Urgency,
        reason_class: Option<String>,
        poster: Option<Address>,
    ) {
        self.end = End::Held;
        self.effect(Effect::Hold { place, suggests, reason_class, urgency, poster });
        let due = self.policy.calendar.add_working_days(self.now, 1);
        self.effect(Effect::Remind { kind: ReminderKind::Held, object: self.id.row(), due });
    }

    /// The thread of the team's letters about one thing.
    pub(super) fn letters_about(&self, what: impl std::fmt::Display) -> Thread {
        Thread::about(what, &self.policy.project.desk)
    }

    /// Writes a letter at the desk.
    pub(super) fn desk(&mut self) -> Desk<'_> {
        Desk { project: &self.policy.project, letters: &self.policy.letters, now: self.now, entropy: self.entropy }
    }

    /// Sends a letter: through the one door ([`clearance::may_send`]) or not at all. What the firewall stops there is kept, and the team is told.
    pub(super) fn send(&mut self, draft: Draft, sending: Sending) -> Result<(), DecideError> {
        self.dispatch(draft, sending).map(drop)
    }

    /// The same, for whoever must say what became of it.
    pub(super) fn dispatch(&mut self, draft: Draft, sending: Sending) -> Result<Passage, DecideError> {
        match self.clear(draft, &sending, None)? {
            Ok(outgoing) => {
                self.effect(Effect::Queue(outgoing));
                Ok(Passage::Through)
            }
            Err(stopped) => blocked::keep(self, *stopped, &sending),
        }
    }

    /// Clears a letter without sending it yet; what the firewall stops comes back whole.
    pub(super) fn clear(
        &mut self,
        draft: Draft,
        sending: &Sending,
        accepted: Option<&Accepted>,
    ) -> Result<Result<Box<Outgoing>, Box<Blocked>>, DecideError> {
        let return_tokens = match (&draft.reverse_path, self.policy.project.tokens) {
            // A mail system that knows no details would lose every bounce that comes to one.
            (ReversePath::Null, _) | (_, TokenPlace::MessageId) => Vec::new(),
            (ReversePath::Verp(_), TokenPlace::Address) => {
                let letter = self.entropy.token();
                draft.to.as_slice().iter().map(|_| return_token(&letter, &self.entropy.token())).collect()
            }
        };
        let return_key = match &draft.reverse_path {
            ReversePath::Null => String::new(),
            ReversePath::Verp(_) => self.entropy.token(),
        };
        let audience = self.audience(sending);
        let wall = &self.snapshot.wall;
        let passed = match accepted {
            None => clearance::may_send(draft, &audience, wall, self.now),
            Some(accepted) => clearance::let_out(draft, &audience, wall, accepted, self.now),
        };
        match passed {
            Ok(letter) => Ok(Ok(Box::new(Outgoing {
                letter: self.signed(letter),
                about: sending.about,
                case: sending.case,
                label: sending.label,
                return_tokens,
                return_key,
            }))),
            Err(Stopped::Blocked(blocked)) => Ok(Err(blocked)),
            Err(Stopped::Refused(refused)) => Err(refused.into()),
        }
    }

    /// Our own letters are signed if there is a key. What the members get of others is theirs, and stays as it is.
    fn signed(&self, letter: Cleared) -> Cleared {
        let draft = letter.draft();
        let Some(dkim) = self.policy.dkim.as_ref().filter(|_| draft.kind != LetterKind::Redistribution) else { return letter };
        match dkim.sign(&draft.bytes, self.now) {
            Ok(field) => letter.signed(&field),
            // An unsigned letter is better than none.
            Err(error) => {
                tracing::error!("a letter goes unsigned: {error}");
                letter
            }
        }
    }

    fn audience(&self, sending: &Sending) -> Audience {
        let mut audience = Audience::new(&self.policy.project, &self.snapshot.roster).holding(&sending.holding);
        if let Some(case) = sending.predisclosing {
            audience = audience.predisclosed(case, self.now);
        }
        for case in &self.snapshot.cases {
            if let Some(address) = &case.discoverer {
                audience = audience.discoverer(case.id, address);
            }
        }
        match &sending.outsider {
            Some(Outsider::Discoverer(case, address)) => audience.discoverer(*case, address),
            Some(Outsider::Poster(held, address)) => audience.poster(*held, address),
            Some(Outsider::Applicant(address)) => audience.applicant(address),
            Some(Outsider::Alias(address)) => audience.alias(address),
            Some(Outsider::Applications(spoken)) => audience.spoken(*spoken),
            Some(Outsider::World(case, licence, together)) => {
                audience.licensed(*case, licence).at_the_same_instant(together.iter().copied())
            }
            None => audience,
        }
    }

    /// A capability for a team member; returns the token to put into the letter.
    pub(super) fn token_for_person(
        &mut self,
        purpose: Purpose,
        person: &PersonName,
        object: i64,
        digest: Digest,
        version: i64,
    ) -> String {
        let token = self.entropy.token();
        let hash = Digest::of(token.as_bytes());
        let person = Some(person.clone());
        self.effect(Effect::Mint(TokenRecord { hash, purpose, person, address: None, object, digest, version, spent: None }));
        token
    }

    /// A capability for somebody outside the team.
    pub(super) fn token_for_address(
        &mut self,
        purpose: Purpose,
        address: Option<Address>,
        object: i64,
        digest: Digest,
        version: i64,
    ) -> String {
        let token = self.entropy.token();
        let hash = Digest::of(token.as_bytes());
        self.effect(Effect::Mint(TokenRecord { hash, purpose, person: None, address, object, digest, version, spent: None }));
        token
    }

    /// Tells the team that something is wrong, in constant words. Not more often than people can read.
    pub(super) fn alarm(&mut self, kind: AlarmKind) -> Result<(), DecideError> {
        self.alarm_about(kind, vec![format!("in-{}", self.id)])
    }

    pub(super) fn alarm_about(&mut self, kind: AlarmKind, ids: Vec<String>) -> Result<(), DecideError> {
        if kind == AlarmKind::LeakSuspected && std::mem::replace(&mut self.leak_told, true) {
            return Ok(());
        }
        self.note("alarm", kind.as_str());
        // A leak is told whatever else there was: somebody may have sent that to hide it.
        let pressing = match kind {
            AlarmKind::LeakSuspected if self.leak.is_some() => Pressing::Evident,
            AlarmKind::LeakSuspected => Pressing::ByItsWords,
            _ => Pressing::No,
        };
        if !self.may_ring(pressing) {
            return Ok(());
        }
        let draft = Alarm { to: self.to_the_team()?, thread: Thread::new(), kind, ids }.write(&mut self.desk())?;
        let about = self.message();
        self.send(draft, Sending { about, ..Sending::default() })
    }

    /// Whether another notice would still be read.
    pub(super) fn may_notify(&mut self) -> bool {
        self.may_ring(Pressing::No)
    }

    /// Whether a notice of another mail on the case at hand would still be read. Whoever has reported once holds its secret address.
    pub(super) fn may_tell_of_case(&mut self) -> bool {
        let may = self.snapshot.recent_case_mails < CASE_MAILS_PER_TEN_MINUTES;
        if !may {
            self.note("notice-saved", "too many mails on one case in ten minutes: the reminder lists what waits");
        }
        may && self.may_notify()
    }

    /// Whether another notice would still be read that presses so much.
    pub(super) fn may_ring(&mut self, pressing: Pressing) -> bool {
        // Strangers share a budget among themselves: they must not be able to silence a member or a discoverer.
        let may = self.standing == Standing::Known || self.snapshot.recent_notices < pressing.budget();
        if !may {
            self.note("notice-saved", "too many notices in ten minutes: the reminder lists what waits");
        }
        may
    }

    /// Whether a notice of another case would still be read; reports have a budget of their own.
    pub(super) fn may_announce_case(&mut self) -> bool {
        let may = self.standing == Standing::Known || self.snapshot.recent_cases < NOTICES_PER_TEN_MINUTES;
        if !may {
            self.note("notice-saved", "too many reports in ten minutes: the reminder lists what nobody has claimed");
        }
        may
    }

    /// Who sent the message at hand, for the budgets of notices.
    pub(super) fn sender_is(&mut self, standing: Standing) {
        self.standing = standing;
    }

    /// Whether an automatic answer to `to` is still within the caps (RFC 3834 section 2).
    pub(super) fn may_answer(&mut self, to: &Address) -> bool {
        let caps = self.policy.answers;
        let ours = self.is_ours(to);
        // A sender whose address no mail of ours can name (RFC 6531 needs servers that all agree) must not cost the team the report.
        let foreign = !to.local().is_ascii() || !to.domain().is_ascii();
        let robot = ["mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply"]
            .contains(&to.local().to_ascii_lowercase().as_str())
            || ["-bounces", "-request", "-owner"].iter().any(|end| to.local().to_ascii_lowercase().ends_with(end))
            || to.local().to_ascii_lowercase().starts_with("owner-");
        let within = self.snapshot.answered_author < caps.per_sender_per_day && self.snapshot.answered_anyone < caps.per_hour;
        if ours || robot || foreign || !within {
            self.note(
                "not-answered",
                if within {
                    "the sender's address is not one to answer automatically"
                } else {
                    "the cap on automatic answers is reached"
                },
            );
        }
        !ours && !robot && !foreign && within
    }

    /// Whether an address is a list's or our own, or leads to one, with or without a detail: a letter there would reach people nobody counted, or ourselves.
    pub(super) fn is_ours(&self, address: &Address) -> bool {
        let project = &self.policy.project;
        let base = address.split_detail().map_or_else(|| address.clone(), |(base, _)| base);
        if address.routed().is_some_and(|inner| self.is_ours(&inner)) {
            return true;
        }
        [address, &base].into_iter().any(|address| {
            project.is_security(address)
                || project.is_public(address)
                || project.private_list(address).is_some()
                || project.same(address, &project.desk)
                || project
                    .private_lists()
                    .into_iter()
                    .any(|list| project.same(address, &list.request()) || project.same(address, &list.bounces()))
        })
    }

    /// Whether one more command of this sender is answered: two programs that answer each other's answers come to rest.
    pub(super) fn may_answer_command(&mut self) -> bool {
        let may = self.snapshot.answered_commands < COMMAND_ANSWERS_PER_HOUR;
        if !may {
            self.note("not-answered", "the cap on answers to commands is reached");
        }
        may
    }

    /// The team, to write to all at once.
    pub(super) fn to_the_team(&self) -> Result<Recipients, DecideError> {
        self.snapshot.roster.team_recipients().ok_or(DecideError::Missing("the team"))
    }

    /// The team, to write to each by himself.
    pub(super) fn team(&self) -> Vec<Person> {
        self.snapshot.roster.team.clone()
    }

    /// A date as people read it.
    pub(super) fn date(&self, at: Timestamp) -> String {
        crate::schedule::civil_date(at, self.policy.calendar.zone())
    }

    /// An instant as people read it.
    pub(super) fn instant(&self, at: Timestamp) -> String {
        crate::schedule::civil(at, self.policy.calendar.zone())
    }
}

/// What the store should know about a letter besides the letter.
pub struct Sending {
    /// The message it carries or speaks of.
    pub about: Option<InboxId>,
    /// The case it belongs to.
    pub case: Option<CaseId>,
    /// What its summary will speak of.
    pub label: Label,
    /// Who outside the team it goes to, and as what.
    pub outsider: Option<Outsider>,
    /// The case that this letter tells the members of for the first time, by a second person's `send`.
    pub predisclosing: Option<CaseId>,
    /// The members who have it already.
    pub holding: Vec<Address>,
}

/// What became of a letter at the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Passage {
    /// It is on its way.
    Through,
    /// The firewall has stopped it.
    Stopped {
        /// Its number.
        id: BlockedId,
        /// Case, rule and place, without a word of it.
        found: String,
    },
}

/// Somebody outside the team to whom one letter may go.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outsider {
    /// Who reported this case.
    Discoverer(CaseId, Address),
    /// Who posted this held message, proven.
    Poster(HeldId, Address),
    /// Who sent an application to the team's address.
    Applicant(Address),
    /// The alias of a member, or the address that is to become it.
    Alias(Address),
    /// The public applications list, in words that a person confirmed. Never kept: what the firewall stops there is written anew.
    #[serde(skip)]
    Applications(clearance::Spoken),
    /// Everybody, for an advisory that may be published, with the cases that become public at the same instant. Never kept: what the firewall
    /// stops there does not begin.
    #[serde(skip)]
    World(CaseId, Licence, BTreeSet<CaseId>),
}

impl Default for Sending {
    fn default() -> Self {
        Self { about: None, case: None, label: Label::None, outsider: None, predisclosing: None, holding: Vec::new() }
    }
}
