//! A letter that the firewall has stopped at the door: kept whole, told to the team, and let out by two different people or ended by one.
//!
//! Promises: nothing is lost and nothing goes out by waiting; what is let out passes every other rule of the door again, on the day it goes; what
//! the scan finds beyond what two people were shown stops it once more. The record and the log name case, rule and place, never a word.

use jiff::Timestamp;

use super::{
    DecideError, Work,
    command::answer,
    effect::{BlockedMove, Effect, Label},
    incoming::InboxId,
    post,
    ruling::{self, By},
    snapshot::{AdvisoryState, Purpose},
    work::{Outsider, Passage, Sending},
};
use crate::{
    cases::{Actor, CaseEvent, Telling},
    clearance::{Accepted, Blocked, PROPOSAL_LIFE, Proposal},
    command::BlockedCommand,
    compose::{About, Answer, BlockNotice, BlockedId, BlockedSpot, CommandAnswer, Draft, LetterKind},
    disclosure::{CaseId, PersonName},
    firewall::{Hit, Rule},
    mail::{Digest, Message, RawMessage},
};

/// One thing the scan found in a stopped letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The case.
    pub case: CaseId,
    /// Which fingerprint.
    pub rule: Rule,
    /// Where it stands: `text, line 3`.
    pub spot: String,
}

impl Found {
    fn of(hit: &Hit) -> Self {
        Self { case: hit.case, rule: hit.rule, spot: hit.spot() }
    }
}

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} in {}", self.case, self.rule, self.spot)
    }
}

/// Where a stopped letter stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlockedState {
    /// It waits; perhaps for the second person.
    Waiting,
    /// It has gone.
    LetOut {
        /// By whom, the second person.
        by: PersonName,
        /// When.
        at: Timestamp,
    },
    /// It will not go.
    Discarded {
        /// By whom.
        by: PersonName,
        /// When.
        at: Timestamp,
    },
}

/// A letter that the firewall has stopped, with everything needed to let it out.
#[derive(Debug, Clone)]
pub struct BlockedLetter {
    /// Its number.
    pub id: BlockedId,
    /// The letter.
    pub draft: Draft,
    /// The message it carries or speaks of.
    pub about: Option<InboxId>,
    /// The case it belongs to.
    pub case: Option<CaseId>,
    /// What its summary will speak of.
    pub label: Label,
    /// Who outside the team it goes to, and as what.
    pub outsider: Option<Outsider>,
    /// What was found in it.
    pub found: Vec<Found>,
    /// Where it stands.
    pub state: BlockedState,
    /// The first person's word.
    pub proposed: Option<Proposal>,
}

/// More places of one letter are counted, not named, in one sentence.
const NAMED: usize = 4;

/// What was found, in one sentence without a word of it.
pub(super) fn sentence(found: &[Found]) -> String {
    let mut named: Vec<String> = found.iter().take(NAMED).map(ToString::to_string).collect();
    if found.len() > NAMED {
        named.push(format!("{} more", found.len() - NAMED));
    }
    named.join("; ")
}

/// The gate's sentences about a post that the firewall would stop.
pub(super) fn faults(hits: &[Hit]) -> Vec<String> {
    hits.iter().take(NAMED).map(|hit| format!("the embargo firewall would stop it: {hit}")).collect()
}

/// Keeps a stopped letter and tells the team.
pub(super) fn keep(work: &mut Work<'_>, blocked: Blocked, sending: &Sending) -> Result<Passage, DecideError> {
    let next = work.snapshot.next_blocked.ok_or(DecideError::Missing("the next number of a stopped letter"))?;
    let id = BlockedId(next.0 + work.stopped);
    work.stopped += 1;
    let found: Vec<Found> = blocked.hits.iter().map(Found::of).collect();
    let told = sentence(&found);
    let kept = BlockedLetter {
        id,
        draft: blocked.draft,
        about: sending.about,
        case: sending.case,
        label: sending.label,
        outsider: sending.outsider.clone(),
        found,
        state: BlockedState::Waiting,
        proposed: None,
    };
    let text = format!("{id}: the firewall stopped a letter ({}); {told}", kept.draft.kind);
    work.effect(Effect::Block(Box::new(kept.clone())));
    work.note_by("blocked", sending.about, sending.case, "", text);
    notices(work, &kept, &blocked.hits)?;
    Ok(Passage::Stopped { id, found: told })
}

/// A notice with a token to each of the team. There is no cap: nobody outside brings one about at will, and each is a letter that did not go.
fn notices(work: &mut Work<'_>, blocked: &BlockedLetter, hits: &[Hit]) -> Result<(), DecideError> {
    for person in work.team() {
        let token = token(work, blocked, &person.name);
        let notice = BlockNotice {
            blocked: blocked.id,
            token,
            to: person.address,
            thread: work.letters_about(blocked.id),
            letter: blocked.draft.kind,
            recipients: blocked.draft.to.clone(),
            about: blocked.about.map(|about| format!("in-{about}")),
            hits: hits.iter().map(|hit| BlockedSpot { place: hit.to_string(), excerpt: hit.excerpt().to_owned() }).collect(),
            mode: work.policy.notice,
        };
        let draft = notice.write(&mut work.desk())?;
        work.send(draft, Sending { about: blocked.about, case: blocked.case, ..Sending::default() })?;
    }
    Ok(())
}

fn token(work: &mut Work<'_>, blocked: &BlockedLetter, person: &PersonName) -> String {
    work.token_for_person(Purpose::LetOut, person, blocked.id.0, shown(blocked), 1)
}

/// What a notice shows: the letter, and what was found in it. A token is good for that and no more.
pub(super) fn shown(blocked: &BlockedLetter) -> Digest {
    let found: Vec<String> = blocked.found.iter().map(|found| format!("{}:{}", found.case, found.rule)).collect();
    Digest::of(format!("{}\n{}", Digest::of(&blocked.draft.bytes), found.join("\n")).as_bytes())
}

/// A team member's word about a stopped letter.
pub fn on_blocked(work: &mut Work<'_>, command: BlockedCommand, by: &By<'_>) -> Result<(), DecideError> {
    let blocked = work.snapshot.blocked.clone().ok_or(DecideError::Missing("the stopped letter"))?;
    let about = About::Blocked(blocked.id);
    if blocked.state != BlockedState::Waiting {
        let text = format!("{} Nothing was done.", standing(work, &blocked));
        work.note_by("second-ruling", blocked.about, blocked.case, by.name(), "it was settled before; nothing was done");
        return answer(work, by, about, None, Answer::Refused(text));
    }
    if by.token.is_some_and(|(token, _)| token.spent.is_some()) {
        let fresh = token(work, &blocked, by.person.name());
        work.note_by("token-spent", blocked.about, blocked.case, by.name(), "the token was used before; nothing was done");
        return answer(work, by, about, Some(&fresh), Answer::SpentToken);
    }
    if by.token.is_some_and(|(token, _)| token.digest != shown(&blocked)) && command != BlockedCommand::Discard {
        let fresh = token(work, &blocked, by.person.name());
        work.note_by("state-changed", blocked.about, blocked.case, by.name(), "more was found since the notice; asked again");
        return answer(work, by, about, Some(&fresh), Answer::Changed);
    }
    let proposal = blocked
        .proposed
        .clone()
        .filter(|proposal| work.now.duration_since(proposal.at).unsigned_abs() <= PROPOSAL_LIFE.unsigned_abs());
    match (command, proposal) {
        (BlockedCommand::Discard, _) => discard(work, &blocked, by),
        (BlockedCommand::LetOut, None) => propose(work, &blocked, by),
        (BlockedCommand::LetOut, Some(proposal)) => confirm(work, &blocked, &proposal, by),
    }
}

/// One sentence on where it stands.
pub(super) fn standing(work: &Work<'_>, blocked: &BlockedLetter) -> String {
    match (&blocked.state, &blocked.proposed) {
        (BlockedState::LetOut { by, at }, _) => format!("{} was let out by {by} at {}.", blocked.id, work.instant(*at)),
        (BlockedState::Discarded { by, at }, _) => format!("{} was discarded by {by} at {}.", blocked.id, work.instant(*at)),
        (BlockedState::Waiting, Some(proposal)) => format!(
            "{} waits for a second person's `let-out`; {} said it at {}.",
            blocked.id,
            proposal.by,
            work.instant(proposal.at)
        ),
        (BlockedState::Waiting, None) => format!("{} waits: two people let it out, or one discards it.", blocked.id),
    }
}

fn discard(work: &mut Work<'_>, blocked: &BlockedLetter, by: &By<'_>) -> Result<(), DecideError> {
    spend(work, by);
    moved(work, blocked, BlockedMove::Discarded(by.person.name().clone()));
    let text = format!("{} was discarded by {}: it will not go out, and its bytes stay stored.", blocked.id, by.name());
    work.note_by("block-discarded", blocked.about, blocked.case, by.name(), text.clone());
    tell_others(work, blocked, by, &text, Open::No)?;
    answer(work, by, About::Blocked(blocked.id), None, Answer::Done(text))
}

fn propose(work: &mut Work<'_>, blocked: &BlockedLetter, by: &By<'_>) -> Result<(), DecideError> {
    spend(work, by);
    moved(work, blocked, BlockedMove::Proposed(by.person.name().clone()));
    let what = sentence(&blocked.found);
    let text = format!("{} wants to let {} out ({what})", by.name(), blocked.id);
    work.note_by("let-out-proposed", blocked.about, blocked.case, by.name(), text.clone());
    let ask = format!(
        "{text}. It needs a second person: answer this mail with `let-out` if you agree, or with `discard`. After a day the proposal is gone."
    );
    tell_others(work, blocked, by, &ask, Open::Yes)?;
    let fresh = token(work, blocked, by.person.name());
    let mine = format!("{} waits for a second person, who answers `let-out` within a day. Nothing has gone out yet.", blocked.id);
    work.remarked(&mine);
    answer(work, by, About::Blocked(blocked.id), Some(&fresh), Answer::Done(mine))
}

fn confirm(work: &mut Work<'_>, blocked: &BlockedLetter, proposal: &Proposal, by: &By<'_>) -> Result<(), DecideError> {
    let about = About::Blocked(blocked.id);
    let found = blocked.found.iter().map(|found| (found.case, found.rule));
    let accepted = match Accepted::by_two(proposal, by.person, &blocked.draft.bytes, found, work.now) {
        Ok(accepted) => accepted,
        Err(why) => {
            let open = by.open_token().map(str::to_owned);
            let text = format!("{why}. {} has said it; nothing was done.", proposal.by);
            return answer(work, by, about, open.as_deref(), Answer::Refused(capital(&text)));
        }
    };
    let mut sending = Sending {
        about: blocked.about,
        case: blocked.case,
        label: blocked.label,
        outsider: blocked.outsider.clone(),
        ..Sending::default()
    };
    let mut draft = blocked.draft.clone();
    if matches!(draft.kind, LetterKind::Redistribution | LetterKind::EmbargoEnded) {
        // To whoever is a member today (P65).
        match work.snapshot.roster.recipients() {
            Some(members) => draft.to = members,
            None => return refused(work, by, about, "There is no active member to send it to."),
        }
    }
    let advisory = work.snapshot.advisory.clone().filter(|_| matches!(blocked.label, Label::Advisory(..)));
    if let Some(advisory) = &advisory {
        if advisory.state != AdvisoryState::Waiting {
            let why = "The advisory was decided in the meantime: it cannot go out again. `discard` this letter.";
            return refused(work, by, about, why);
        }
        sending.predisclosing = advisory.number.and_then(|number| work.snapshot.wall.case_of(number));
    }
    let outgoing = match work.clear(draft, &sending, Some(&accepted)) {
        Ok(Ok(outgoing)) => outgoing,
        Ok(Err(more)) => return found_more(work, blocked, &more.hits, by),
        Err(DecideError::Refused(why)) => {
            let why = format!("It may not go there, whatever the firewall says: {why}. Nothing was done.");
            return refused(work, by, about, &why);
        }
        Err(error) => return Err(error),
    };
    let happened = match &advisory {
        Some(advisory) => match ruling::released(work, advisory, &[by.person.name(), &proposal.by]) {
            Ok(happened) => happened,
            Err(why) => return refused(work, by, about, &why),
        },
        None => Vec::new(),
    };
    spend(work, by);
    let text = format!("{} was let out by {} and {}.", blocked.id, proposal.by, by.name());
    moved(work, blocked, BlockedMove::LetOut(by.person.name().clone()));
    work.note_by("let-out", blocked.about, blocked.case, by.name(), text.clone());
    happened.into_iter().for_each(|effect| work.effect(effect));
    if let (LetterKind::CaseReply, Some(case)) = (blocked.draft.kind, blocked.case) {
        // A person's words reach the discoverer after all.
        let event = CaseEvent::DiscovererTold { telling: Telling::Reply, words: true };
        work.happened(case, None, Actor::Person(by.person.name().clone()), event, format!("answered: {}", blocked.id));
    }
    if let (LetterKind::Redistribution, Ok(message)) =
        (blocked.draft.kind, Message::parse(&RawMessage::new(blocked.draft.bytes.clone())))
    {
        post::thread(work, &message, blocked.draft.message_id.clone(), blocked.label);
    }
    work.effect(Effect::Queue(outgoing));
    tell_others(work, blocked, by, &text, Open::No)?;
    answer(work, by, about, None, Answer::Done(text))
}

/// By now it says more than the two were shown: both look again.
fn found_more(work: &mut Work<'_>, blocked: &BlockedLetter, hits: &[Hit], by: &By<'_>) -> Result<(), DecideError> {
    let found: Vec<Found> = hits.iter().map(Found::of).collect();
    let told = sentence(&found);
    spend(work, by);
    moved(work, blocked, BlockedMove::Found(found.clone()));
    work.note_by("blocked", blocked.about, blocked.case, by.name(), format!("{}: scanned again; {told}", blocked.id));
    let again = BlockedLetter { found, ..blocked.clone() };
    notices(work, &again, hits)?;
    let why = format!(
        "By now the letter says more of other cases than you were shown ({told}). Look at the new notice; nothing has gone out."
    );
    work.remarked(&why);
    answer(work, by, About::Blocked(blocked.id), None, Answer::Done(why))
}

fn refused(work: &mut Work<'_>, by: &By<'_>, about: About, why: &str) -> Result<(), DecideError> {
    let open = by.open_token().map(str::to_owned);
    answer(work, by, about, open.as_deref(), Answer::Refused(why.to_owned()))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn spend(work: &mut Work<'_>, by: &By<'_>) {
    if let Some((token, _)) = by.token {
        work.effect(Effect::Spend(token.hash));
    }
}

fn moved(work: &mut Work<'_>, blocked: &BlockedLetter, to: BlockedMove) {
    work.effect(Effect::MoveBlocked { id: blocked.id, proposed: blocked.proposed.clone(), to });
}

/// Whether the others can still do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Yes,
    No,
}

fn tell_others(work: &mut Work<'_>, blocked: &BlockedLetter, by: &By<'_>, text: &str, open: Open) -> Result<(), DecideError> {
    for person in work.team().into_iter().filter(|person| person.name != *by.person.name()) {
        let token = (open == Open::Yes).then(|| token(work, blocked, &person.name));
        let letter = CommandAnswer {
            about: About::Blocked(blocked.id),
            token,
            to: person.address,
            thread: work.letters_about(blocked.id),
            answer: Answer::News(text.to_owned()),
        };
        let draft = letter.write(&mut work.desk())?;
        work.send(draft, Sending { about: work.message(), ..Sending::default() })?;
    }
    Ok(())
}

/// What a person is told whose word was carried out, and whose letter was stopped.
pub(super) fn stopped(id: BlockedId, found: &str) -> String {
    format!(
        "The embargo firewall has stopped the letter: {id} ({found}). Nothing has gone out. Everybody of the team has a notice; two people \
         let it out, or one discards it."
    )
}
