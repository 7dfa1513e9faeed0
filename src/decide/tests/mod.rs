//! Decisions without a store: a small cast, a fixed clock, seeded randomness, snapshots built by hand.
//!
//! [`Scene::told`] writes down every effect of a decision in one line each, so that a test states the whole of what happens; on the way it holds
//! every letter against an oracle of its own: who may get it, and whose token it carries.

use std::{cell::RefCell, collections::BTreeMap, sync::LazyLock};

use jiff::{Timestamp, civil::Weekday};

use super::{
    DecideError, Policy, decide,
    effect::{BlockedMove, Decision, Effect, End, Label, Outgoing},
    incoming::{InboxId, Incoming, IncomingBody},
    membership::Change,
    policy::AnswerCaps,
    snapshot::{
        Actor, AdvisoryRow, BlockedId, CaseEvent, CaseFile, CloseReason, Origin, Purpose, Recorded, Snapshot, TokenRecord, Wall,
    },
};
use crate::{
    advisory::AdvisoryRules,
    application::ApplicationRules,
    classify, clearance,
    compose::{
        LetterKind, Letters, NoticeMode,
        tests::{NOW, address, at, project, roster},
    },
    disclosure::{AdvisoryNumber, Case, CaseId, CaseState, ContentClass, LiveAdvisory, PersonName},
    entropy::SeededEntropy,
    mail::{Address, AuthenticationTrust, Digest, Message, RawMessage},
    moderation::{self, ModerationMode},
    schedule::{Calendar, OfficeHours, Targets},
};

mod advisories;
mod anything;
mod bounces;
mod commands;
mod digest;
mod discoverer;
mod firewall;
mod large;
mod material;
mod membership;
mod other;
mod passed_on;
mod phones;
mod posts;
mod reports;
mod time;
mod upstream;

pub(crate) use membership::recipients_of_both_lists;
pub(crate) use time::undelivered;

/// A token in the shape of ours.
pub(crate) const TOKEN: &str = "abcdefghijklmnopqrstuvwxyz";

pub(crate) fn policy() -> Policy {
    static LETTERS: LazyLock<Letters> = LazyLock::new(|| Letters::new(&BTreeMap::new()).unwrap());
    static RULES: LazyLock<(classify::InboxRules, moderation::DiscussRules)> =
        LazyLock::new(|| (classify::built_in_rules(&project()).unwrap(), moderation::built_in_rules(&project()).unwrap()));
    let project = project();
    let working = [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
    let hours = OfficeHours { start: jiff::civil::time(9, 0, 0, 0), end: jiff::civil::time(17, 0, 0, 0) };
    Policy {
        dkim: None,
        dmarc: crate::mail::Dmarc::default(),
        team: roster().team,
        uids: BTreeMap::new(),
        trust: AuthenticationTrust { authserv_id: "mx.example.org".to_owned(), received_by: "mx.example.org".to_owned() },
        inbox_rules: RULES.0.clone(),
        discuss_rules: RULES.1.clone(),
        application_rules: ApplicationRules::built_in().unwrap(),
        advisory_rules: AdvisoryRules::built_in().unwrap(),
        letters: LETTERS.clone(),
        calendar: Calendar::new(jiff::tz::TimeZone::UTC, working, [], hours).unwrap(),
        targets: Targets::default(),
        version: "v3".to_owned(),
        reviewed: jiff::civil::date(2026, 6, 30),
        branches: Vec::new(),
        unclaimed_after: 1,
        backup_contact: None,
        moderation: ModerationMode::Automatic,
        notice: NoticeMode::Full,
        pages: None,
        answers: AnswerCaps { per_sender_per_day: 3, per_hour: 20 },
        edition: 0,
        project,
    }
}

/// One decision's surroundings. The message at hand is number 7.
pub(crate) struct Scene {
    pub(crate) policy: Policy,
    pub(crate) snapshot: Snapshot,
    pub(crate) mailbox_for: Option<Address>,
    /// Who wrote the mail decided about last: a letter to an outsider goes there, or to one whom the snapshot knows.
    author: RefCell<Option<Address>>,
}

pub(crate) const ID: i64 = 7;

impl Scene {
    pub(crate) fn new() -> Self {
        let snapshot = Snapshot {
            roster: roster(),
            live: vec![LiveAdvisory { number: number(999), until: None, message_ids: Vec::new() }],
            next_case: Some(CaseId(17)),
            next_advisory: Some(AdvisoryRow(3)),
            next_blocked: Some(BlockedId(1)),
            wall: Wall::of_no_case(),
            ..Snapshot::default()
        };
        Self { policy: policy(), snapshot, mailbox_for: None, author: RefCell::new(None) }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Snapshot)) -> Self {
        change(&mut self.snapshot);
        self
    }

    /// A token that the message carries, as the store would have found it.
    pub(crate) fn token(self, purpose: Purpose, person: &str, object: i64, digest: Digest) -> Self {
        self.with(|snapshot| {
            snapshot.tokens.push(TokenRecord {
                hash: Digest::of(TOKEN.as_bytes()),
                purpose,
                person: (!person.is_empty() && !person.contains('@')).then(|| PersonName(person.to_owned())),
                address: person.contains('@').then(|| address(person)),
                object,
                digest,
                version: 1,
                spent: None,
            });
        })
    }

    pub(crate) fn decide(&self, mail: &str) -> Result<Decision, DecideError> {
        self.decide_bytes(&mail.replace('\n', "\r\n").into_bytes())
    }

    pub(crate) fn decide_bytes(&self, bytes: &[u8]) -> Result<Decision, DecideError> {
        let raw = RawMessage::new(bytes.to_vec());
        let body = match Message::parse(&raw) {
            Ok(message) => IncomingBody::Readable(Box::new(message)),
            Err(why) => IncomingBody::Unreadable(raw, why),
        };
        self.decide_body(body)
    }

    pub(crate) fn decide_body(&self, body: IncomingBody) -> Result<Decision, DecideError> {
        let author = match &body {
            IncomingBody::Readable(message) | IncomingBody::Oversized { header: Some(message), .. } => message.author().cloned(),
            _ => None,
        };
        *self.author.borrow_mut() = author;
        let incoming = Incoming { id: InboxId::of_row(ID), mailbox_for: self.mailbox_for.clone(), arrived: at(NOW), body };
        decide(&incoming, &self.snapshot, &self.policy, at(NOW), &mut SeededEntropy::new(5))
    }

    /// Everything the decision does, a line for each effect, after holding each letter against the oracle.
    pub(crate) fn told(&self, mail: &str) -> Vec<String> {
        self.written(&self.decide(mail).unwrap())
    }

    pub(crate) fn written(&self, decision: &Decision) -> Vec<String> {
        let end = if decision.end == End::Held { "held" } else { "decided" };
        let mut lines = vec![format!("{end}: {} by {}", decision.class.as_str(), decision.rule)];
        lines.extend(self.lines(&decision.effects));
        lines
    }

    pub(crate) fn lines(&self, effects: &[Effect]) -> Vec<String> {
        for outgoing in letters(effects) {
            self.oracle(outgoing, effects);
        }
        effects.iter().map(line).collect()
    }

    /// Who may get a letter, thought out again without [`clearance`]; and a token in a letter was made for its one recipient.
    fn oracle(&self, outgoing: &Outgoing, effects: &[Effect]) {
        let draft = outgoing.letter.draft();
        let to = draft.to.as_slice();
        let team: Vec<&Address> = self.snapshot.roster.team.iter().map(|person| &person.address).collect();
        let active: Vec<Address> = ["security@alpha.example", "psirt@beta.example"].into_iter().map(address).collect();
        let public = [address("applications@lists.example.org")];
        if draft.kind == LetterKind::ApplicationAnswer {
            assert_eq!((to, draft.class), (&public[..], ContentClass::Public), "an answer for the applications list");
            return;
        }
        for address in to {
            assert!(address.domain() != "lists.example.org", "a list gets {}", draft.kind);
        }
        if draft.kind == LetterKind::Redistribution {
            assert_eq!(to, active, "not exactly the active members");
        } else if draft.kind == LetterKind::Escalation {
            let contact: Vec<Address> = self.policy.backup_contact.clone().into_iter().collect();
            assert_eq!((to, draft.reveals.len()), (contact.as_slice(), 0));
        } else if draft.class == ContentClass::Embargoed {
            assert!(to.iter().all(|to| team.contains(&to)), "embargoed {} outside the team", draft.kind);
        } else {
            let known = self.snapshot.cases.iter().filter_map(|case| case.discoverer.clone());
            let held = self.snapshot.held.iter().filter_map(|held| held.poster.clone());
            let aliases = self.snapshot.membership.member.iter().map(|file| file.particulars().address.clone());
            let asked = self.snapshot.membership.application.iter().filter_map(|file| file.alias().cloned());
            let asked = aliases.chain(asked).filter(|_| draft.kind == LetterKind::AliasProbe);
            let drilled = active.iter().filter(|_| draft.kind == LetterKind::Drill).cloned();
            let outsiders: Vec<Address> =
                known.chain(held).chain(self.author.borrow().clone()).chain(asked).chain(drilled).collect();
            let others = to.iter().filter(|to| !team.contains(to)).count();
            assert!(others == 0 || to.len() == 1, "{} goes to the team and others", draft.kind);
            assert!(to.iter().all(|to| team.contains(&to) || outsiders.contains(to)), "{} goes to a third person", draft.kind);
        }
        let text = String::from_utf8_lossy(&draft.bytes);
        let head = text.split("\r\n\r\n").next().unwrap();
        if draft.kind == LetterKind::Redistribution {
            return;
        }
        let Some(token) = head.split("security-desk+").nth(1).and_then(|rest| rest.split('@').next()) else { return };
        let hash = Digest::of(token.as_bytes());
        let minted = effects.iter().find_map(|effect| match effect {
            Effect::Mint(record) if record.hash == hash => Some(record.clone()),
            _ => None,
        });
        let case = self.snapshot.cases.iter().find(|case| case.token == token);
        let record = minted.or_else(|| self.snapshot.tokens.iter().find(|record| record.hash == hash).cloned());
        let [only] = to else { panic!("a token in a letter to several") };
        let person = record.as_ref().and_then(|record| record.person.clone());
        let by_name = self.snapshot.roster.team.iter().find(|known| Some(&known.name) == person.as_ref());
        let owner = by_name
            .map(|person| person.address.clone())
            .or_else(|| record.and_then(|record| record.address))
            .or_else(|| case.and_then(|case| case.discoverer.clone()));
        assert_eq!(owner.as_ref(), Some(only), "the token in a {} is somebody else's", draft.kind);
    }
}

pub(crate) fn letters(effects: &[Effect]) -> impl Iterator<Item = &Outgoing> {
    effects.iter().filter_map(|effect| match effect {
        Effect::Queue(outgoing) => Some(&**outgoing),
        _ => None,
    })
}

/// The text of the only letter of that kind, with `\n` line ends.
pub(crate) fn letter(decision: &Decision, kind: LetterKind) -> String {
    let found: Vec<_> = letters(&decision.effects).filter(|outgoing| outgoing.letter.draft().kind == kind).collect();
    let [outgoing] = found.as_slice() else { panic!("{} letters of kind {kind}", found.len()) };
    String::from_utf8_lossy(&outgoing.letter.draft().bytes).replace("\r\n", "\n")
}

fn line(effect: &Effect) -> String {
    let id = |id: &Option<InboxId>| id.map_or(String::new(), |id| format!(" about {id}"));
    let case = |case: &Option<CaseId>| case.map_or(String::new(), |case| format!(" {case}"));
    let address = |address: &Option<Address>| address.as_ref().map_or("nobody".to_owned(), ToString::to_string);
    match effect {
        Effect::OpenCase { id, discoverer, .. } => format!("open {id} of {}", address(discoverer)),
        Effect::Attach { mail, case, how } => format!("attach {mail} to {case} as {}", how.as_str()),
        Effect::Happened(happened) => {
            let actor = match &happened.by {
                Actor::Person(name) => format!(" by {name}"),
                Actor::Daemon => String::new(),
                Actor::Discoverer => " by the discoverer".to_owned(),
            };
            format!("{} {}{}{actor}: {}", happened.event.kind(), happened.case, id(&happened.about), happened.text)
        }
        Effect::Hold { place, suggests, reason_class, urgency, poster } => format!(
            "hold in {} suggests {} {} {} poster {}",
            place.as_str(),
            suggests.as_str(),
            reason_class.as_deref().unwrap_or("-"),
            urgency.as_str(),
            address(poster)
        ),
        Effect::Settle { held, version, how, by } => format!("settle {held} v{version} {} by {by}", how.as_str()),
        Effect::RegisterAdvisory { row, number, revision, submitted_by, until, .. } => format!(
            "register {} {} v{revision} of {submitted_by} until {}",
            row.0,
            number.map_or("-".to_owned(), |number| number.to_string()),
            until.map_or("-".to_owned(), |until| until.to_string())
        ),
        Effect::MoveAdvisory { row, version, to, by } => format!("advisory {} v{version} {} by {by}", row.0, to.as_str()),
        Effect::Thread { message_id, number } => format!("thread {message_id} {number}"),
        Effect::RecordApplication { via, missing } => format!("application {via:?} missing {}", missing.join(",")),
        Effect::Membership(change) => match &**change {
            Change::Application { id, by, event } => format!("{} {id} by {}", event.kind(), by.name()),
            Change::Member { id, by, event } => format!("{} {id} by {}", event.kind(), by.name()),
            Change::Drill { id, by } => format!("drill {id} by {by}"),
            Change::Told { key } => format!("told {key}"),
        },
        Effect::Queue(outgoing) => {
            let draft = outgoing.letter.draft();
            let to: Vec<String> = draft.to.as_slice().iter().map(ToString::to_string).collect();
            let label = if outgoing.label == Label::None { String::new() } else { format!(" [{}]", outgoing.label.to_stored()) };
            let (about, case) = (id(&outgoing.about), case(&outgoing.case));
            format!("{} {} to {}{about}{case}{label}", draft.class.as_str(), draft.kind, to.join(" "))
        }
        Effect::Block(blocked) => {
            let draft = &blocked.draft;
            let to: Vec<String> = draft.to.as_slice().iter().map(ToString::to_string).collect();
            let found: Vec<String> = blocked.found.iter().map(ToString::to_string).collect();
            let (about, case) = (id(&blocked.about), case(&blocked.case));
            format!("stop {} {} to {}{about}{case}: {}", blocked.id, draft.kind, to.join(" "), found.join("; "))
        }
        Effect::MoveBlocked { id, proposed, to } => {
            let by = proposed.as_ref().map_or(String::new(), |proposal| format!(" after {}", proposal.by));
            let to = match to {
                BlockedMove::Proposed(by) => format!("proposed by {by}"),
                BlockedMove::LetOut(by) => format!("let out by {by}"),
                BlockedMove::Discarded(by) => format!("discarded by {by}"),
                BlockedMove::Found(found) => {
                    format!("found {}", found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
                }
            };
            format!("{id} {to}{by}")
        }
        Effect::Mint(record) => {
            let whose = record.person.as_ref().map_or_else(|| address(&record.address), |name| name.0.clone());
            format!("mint {} {} v{} for {whose}", record.purpose.as_str(), record.object, record.version)
        }
        Effect::Spend(hash) if *hash == Digest::of(TOKEN.as_bytes()) => "spend the token".to_owned(),
        Effect::Spend(_) => "spend another token".to_owned(),
        Effect::BookBounce { delivery, status, permanent } => format!("bounce {delivery} {status} permanent={permanent}"),
        Effect::Remind { kind, object, due } => format!("remind {} {object} at {due}", kind.as_str()),
        Effect::Reminded { case, due, whom } => {
            let whom: Vec<&str> = whom.iter().map(|name| name.0.as_str()).collect();
            format!("reminded {case} {} to {}", due.key, whom.join(" "))
        }
        Effect::Forget { kind, object } => format!("forget {} {object}", kind.as_str()),
        Effect::Note(note) => {
            let actor = if note.actor.is_empty() { String::new() } else { format!(" by {}", note.actor) };
            format!("note {}{}{}{actor}: {}", note.kind, id(&note.about), case(&note.case), note.text)
        }
    }
}

pub(crate) fn number(number: u16) -> AdvisoryNumber {
    AdvisoryNumber::new(number).unwrap()
}

/// The lines that our receiving server puts above a mail whose DKIM signature of `domain` it has verified, and the signature.
pub(crate) fn proven(domain: &str) -> String {
    format!(
        "Authentication-Results: mx.example.org; dkim=pass header.d={domain} header.i=@{domain} header.s=s\n\
         Received: from out.{domain} (out.{domain} [192.0.2.7]) by mx.example.org (Postfix) with ESMTPS id 4C; Sat, 21 Nov 2026 14:01:00 +0000\n\
         DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=s; h=from:to:subject:date; bh=AAAA; b=BBBB\n"
    )
}

/// A mail of the author to the address, with our server's word for it.
pub(crate) fn mail(from: &str, to: &str, subject: &str, body: &str) -> String {
    let domain = from.split('@').nth(1).unwrap();
    format!(
        "{}From: {from}\nTo: {to}\nSubject: {subject}\nMessage-ID: <m1@{domain}>\nDate: Sat, 21 Nov 2026 14:00:00 +0000\n\n{body}\n",
        proven(domain)
    )
}

/// The same without any proof.
pub(crate) fn forged(from: &str, to: &str, subject: &str, body: &str) -> String {
    let mail = mail(from, to, subject, body);
    format!("From: {}", mail.split_once("From: ").unwrap().1)
}

pub(crate) fn desk() -> String {
    format!("security-desk+{TOKEN}@example.org")
}

pub(crate) fn case(state: CaseState, claimed_by: &str) -> Case {
    Case {
        id: CaseId(4),
        discoverer: Some(address("dora@finder.example")),
        opened: "2026-11-19T10:00:00Z".parse::<Timestamp>().unwrap(),
        state,
        claimed_by: (!claimed_by.is_empty()).then(|| PersonName(claimed_by.to_owned())),
        version: 1,
        token: "casecasecasecasecasecaseca".to_owned(),
    }
}

/// The same case as its events make it.
pub(crate) fn file(state: CaseState, claimed_by: &str) -> CaseFile {
    let case = case(state, claimed_by);
    let recorded = |by: Actor, event: CaseEvent| Recorded { at: case.opened, by, event };
    let opened = CaseEvent::Opened { discoverer: case.discoverer.clone(), origin: Origin::Report, policy: None };
    let mut record = vec![recorded(Actor::Daemon, opened)];
    if let Some(name) = &case.claimed_by {
        record.push(recorded(Actor::Person(name.clone()), CaseEvent::Claimed { instead_of: None }));
    }
    if state == CaseState::Closed {
        let closed = CaseEvent::Closed { reason: CloseReason::Withdrawn, because: None, proposed_by: None };
        record.push(recorded(Actor::Person(PersonName("nils".to_owned())), closed));
    }
    CaseFile::fold(case.id, &record).unwrap()
}

pub(crate) const MONA: &str = "mona@team.example.org";
pub(crate) const NILS: &str = "nils@team.example.org";
pub(crate) const DORA: &str = "dora@finder.example";
pub(crate) const WRITER: &str = "writer@alpha.example";
pub(crate) const SECURITY: &str = "security@example.org";
pub(crate) const DISCUSS: &str = "exo-issues-discuss@lists.example.org";
pub(crate) const PRIMARY: &str = "exo-issues@lists.example.org";

/// A post that the built-in rules approve inside the gate.
pub(crate) fn technical_post() -> String {
    let body =
        "> the fix\n\nThe XSA-999 patch does not apply to 4.17: the hunk in xen/arch/x86/mm.c fails. A backport would help.";
    mail(WRITER, DISCUSS, "Re: XSA-999: backport to 4.17", body)
}

/// Whether a letter was cleared at all: the door is the only maker of what the store takes.
#[test]
fn a_letter_to_a_list_is_refused_and_not_only_unwanted() {
    let scene = Scene::new();
    let audience = clearance::Audience::new(&scene.policy.project, &scene.snapshot.roster);
    let decision = scene.decide(&technical_post()).unwrap();
    let mut draft = letters(&decision.effects).next().unwrap().letter.draft().clone();
    draft.to = crate::disclosure::Recipients::one(address(DISCUSS));
    assert!(clearance::may_send(draft, &audience, &scene.snapshot.wall, at(NOW)).is_err());
}
