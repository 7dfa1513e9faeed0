//! What a team member's word does to a held message or a waiting advisory, whether it came by mail or was typed on the machine.

use super::{
    DecideError, Work, blocked,
    command::answer,
    effect::{Effect, Happened, Note, Ruling},
    post::{self, Approved, Sender},
    predisclosure,
    report::{self, Answer as Acknowledge},
    snapshot::{AdvisoryState, HeldPlace, HeldPost, HeldState, TokenRecord, WaitingAdvisory},
    work::Passage,
};
use crate::{
    command::{AdvisoryCommand, HeldCommand, RejectClass},
    compose::{About, AdvisoryMark, Answer, HeldId, NoticeMode, RuledBy, Ruling as Said, Thread},
    disclosure::{ListRole, PersonName, Poster, TeamMember},
    mail::{Doubt, Message},
};

/// Who rules, and where the answer goes.
pub struct By<'a> {
    /// The proven team member.
    pub person: &'a TeamMember,
    /// The thread of the command.
    pub thread: &'a Thread,
    /// The token used, and its text; none for a command typed on the machine.
    pub token: Option<(&'a TokenRecord, &'a str)>,
}

impl By<'_> {
    pub(super) fn name(&self) -> &str {
        &self.person.name().0
    }

    /// The token to answer with: the same one while it is good.
    pub(super) fn open_token(&self) -> Option<&str> {
        self.token.filter(|(token, _)| token.spent.is_none()).map(|(_, text)| text)
    }
}

/// Proof that a team member's word released this message: made by [`HeldPost::approve`] and by the second person's `send`, once for each state of
/// the object.
pub(super) struct Released(());

impl HeldPost {
    /// Approves a waiting post. Fails with what was ruled before.
    fn approve(&self, work: &mut Work<'_>, by: &TeamMember) -> Result<Released, Answer> {
        self.end(work, Ruling::Approved, by).map(|()| Released(()))
    }

    /// Settles a waiting post by a team member's word. Fails with what was ruled before.
    fn end(&self, work: &mut Work<'_>, how: Ruling, by: &TeamMember) -> Result<(), Answer> {
        match &self.state {
            HeldState::Waiting => {
                settle(work, self, how, &by.name().0);
                Ok(())
            }
            HeldState::Ruled { .. } => Err(ruled_before(self)),
        }
    }
}

/// Settles a held post.
pub(super) fn settle(work: &mut Work<'_>, held: &HeldPost, how: Ruling, by: &str) {
    work.effect(Effect::Settle { held: held.inbox, version: held.version, how, by: by.to_owned() });
    work.note_by(how.as_str(), Some(held.inbox), None, by, format!("{} by {by}", how.as_str()));
}

fn ruled_before(held: &HeldPost) -> Answer {
    let HeldState::Ruled { how, by, at } = &held.state else { return Answer::Changed };
    let ruling = match how.as_str() {
        "approved" => Said::Approved,
        "rejected" => Said::Rejected,
        "discarded" => Said::Discarded,
        "rerouted" => Said::Rerouted,
        _ => Said::Withdrawn,
    };
    let by = if *how == "withdrawn" { RuledBy::Poster } else { RuledBy::Person(PersonName(by.clone())) };
    Answer::AlreadyRuled { ruling, by, at: *at }
}

/// Rules on a held message.
pub fn on_held(work: &mut Work<'_>, command: &HeldCommand, by: &By<'_>) -> Result<(), DecideError> {
    let held = work.snapshot.held.clone().ok_or(DecideError::Missing("the held message"))?;
    let about = About::Held(HeldId(held.inbox.row()));
    if let HeldState::Ruled { .. } = held.state {
        work.note_by("second-ruling", Some(held.inbox), None, by.name(), "it was settled before; nothing was done");
        return answer(work, by, about, None, ruled_before(&held));
    }
    if let Some((token, _)) = by.token {
        if token.spent.is_some() {
            work.note_by("token-spent", Some(held.inbox), None, by.name(), "the token was used before; nothing was done");
            return answer(work, by, about, None, Answer::SpentToken);
        }
        if token.version != held.version || token.digest != held.raw.digest() {
            let fresh = work.token_for_person(token.purpose, by.person.name(), held.inbox.row(), held.raw.digest(), held.version);
            work.note_by("state-changed", Some(held.inbox), None, by.name(), "the state changed since the notice; asked again");
            return answer(work, by, about, Some(&fresh), Answer::Changed);
        }
    }
    if held.place == HeldPlace::Primary {
        return answer(
            work,
            by,
            about,
            None,
            Answer::Refused("An advisory is released by `send` from a second team member, or ended by `cancel`.".into()),
        );
    }
    // Taken apart again: the bytes are what was held, the view is today's.
    let message = Message::parse(&held.raw);
    match command {
        HeldCommand::Approve => approve(work, &held, message.ok(), by, about),
        HeldCommand::Reject { class, text } => rejected(work, &held, message.ok(), *class, text.clone(), by, about),
        HeldCommand::Discard => {
            match held.end(work, Ruling::Discarded, by.person) {
                Ok(()) => {}
                Err(before) => return answer(work, by, about, None, before),
            }
            spend(work, by);
            post::tell_team(work, held.inbox, Said::Discarded, RuledBy::Person(by.person.name().clone()))
        }
        HeldCommand::Reroute(_) => reroute(work, &held, message.ok(), by, about),
        HeldCommand::Hold => {
            work.note_by("kept", Some(held.inbox), None, by.name(), "looked at and kept waiting");
            post::tell_team(work, held.inbox, Said::Held, RuledBy::Person(by.person.name().clone()))
        }
        HeldCommand::Explain => {
            let text = explain(&held, work.policy.notice);
            let token = by.open_token().map(str::to_owned);
            answer(work, by, about, token.as_deref(), Answer::Explained(text))
        }
    }
}

fn spend(work: &mut Work<'_>, by: &By<'_>) {
    if let Some((token, _)) = by.token {
        work.effect(Effect::Spend(token.hash));
    }
}

fn approve(work: &mut Work<'_>, held: &HeldPost, message: Option<Message>, by: &By<'_>, about: About) -> Result<(), DecideError> {
    let refusal = match (&message, held.place) {
        (_, HeldPlace::Other | HeldPlace::Primary) => {
            Some("Only posts to the discussion list can be approved. This is other mail: `discard` or `reroute security`.")
        }
        (None, _) => Some("The message cannot be taken apart, so it cannot be sent on unchanged. `reject` or `discard` it."),
        (Some(message), _) if unsendable(message) => {
            Some("The message has line ends that no mail server may pass on (SMTP smuggling). `reject` it and ask for it again.")
        }
        (Some(_), HeldPlace::Discuss) if work.snapshot.roster.recipients().is_none() => {
            Some("There is no active member to send it to.")
        }
        (Some(_), HeldPlace::Discuss) => None,
    };
    let (Some(message), None) = (message, refusal) else {
        let token = by.open_token().map(str::to_owned);
        return answer(
            work,
            by,
            about,
            token.as_deref(),
            Answer::Refused(refusal.unwrap_or("It cannot be approved.").to_owned()),
        );
    };
    let proof = match held.approve(work, by.person) {
        Ok(proof) => proof,
        Err(before) => return answer(work, by, about, None, before),
    };
    spend(work, by);
    let approved = Approved::by_person(held.inbox, held.raw.clone(), &proof);
    match post::prepare(work, &approved, &message, ListRole::Discuss, None)? {
        Ok(prepared) => prepared.go(work, &message),
        Err(stopped) => {
            let why = stopped.keep(work)?;
            return told_of_block(work, by, about, &format!("You have approved it. {why}"));
        }
    }
    post::tell_team(work, held.inbox, Said::Approved, RuledBy::Person(by.person.name().clone()))
}

/// The word was carried out, and the firewall has stopped what it would have sent: said to the person, by mail and on the machine.
fn told_of_block(work: &mut Work<'_>, by: &By<'_>, about: About, text: &str) -> Result<(), DecideError> {
    work.remarked(text);
    answer(work, by, about, None, Answer::Done(text.to_owned()))
}

/// Whether the bytes cannot pass a mail server unchanged (RFC 5321 2.3.8).
pub(super) fn unsendable(message: &Message) -> bool {
    message.doubts.iter().any(|doubt| matches!(doubt, Doubt::BareCr | Doubt::BareLf | Doubt::Nul | Doubt::Loop))
}

fn rejected(
    work: &mut Work<'_>,
    held: &HeldPost,
    message: Option<Message>,
    class: Option<RejectClass>,
    text: Option<String>,
    by: &By<'_>,
    about: About,
) -> Result<(), DecideError> {
    let to_poster = held.poster.clone().filter(|_| held.place == HeldPlace::Discuss).zip(message);
    if to_poster.is_none() && text.is_some() {
        let why = "The sender is not proven, so no letter may go there and your words would be lost. `discard` it, or `reject` without a text.";
        let token = by.open_token().map(str::to_owned);
        return answer(work, by, about, token.as_deref(), Answer::Refused(why.to_owned()));
    }
    if let Err(before) = held.end(work, Ruling::Rejected, by.person) {
        return answer(work, by, about, None, before);
    }
    spend(work, by);
    match to_poster {
        Some((poster, message)) => {
            let class = class
                .map(|class| class.as_str().to_owned())
                .or_else(|| held.reason_class.clone())
                .unwrap_or_else(|| "policy".to_owned());
            if let Passage::Stopped { id, found } = post::reject(work, held.inbox, &message, poster, &class, text)? {
                let why = blocked::stopped(id, &found);
                return told_of_block(work, by, about, &format!("You have rejected it. {why}"));
            }
        }
        None => work.note_by("no-letter", Some(held.inbox), None, by.name(), "the sender is not proven: no letter was sent"),
    }
    post::tell_team(work, held.inbox, Said::Rejected, RuledBy::Person(by.person.name().clone()))
}

/// The held mail is a report: a case, as if it had come to the team's address.
fn reroute(work: &mut Work<'_>, held: &HeldPost, message: Option<Message>, by: &By<'_>, about: About) -> Result<(), DecideError> {
    let Some(message) = message else {
        let token = by.open_token().map(str::to_owned);
        return answer(
            work,
            by,
            about,
            token.as_deref(),
            Answer::Refused("The message cannot be taken apart; open the case by hand.".into()),
        );
    };
    if let Err(before) = held.end(work, Ruling::Rerouted, by.person) {
        return answer(work, by, about, None, before);
    }
    spend(work, by);
    let from = Sender { poster: Poster::Unproven, proven: None };
    // The discoverer is answered by a person: an acknowledgement days later, for a mail sent elsewhere, would only confuse.
    report::open_case(work, held.inbox, &message, message.author().cloned(), Acknowledge::Never, &from)?;
    post::tell_team(work, held.inbox, Said::Rerouted, RuledBy::Person(by.person.name().clone()))
}

/// The reasons, one a line; without the words of the mail where notices may not carry any.
fn explain(held: &HeldPost, mode: NoticeMode) -> String {
    if held.reasons.is_empty() {
        return "No rule matched; what no rule knows waits for a person.".to_owned();
    }
    held.reasons
        .iter()
        .map(|reason| match mode {
            NoticeMode::Full => format!("{} ({}): {}", reason.rule, reason.field, reason.text),
            NoticeMode::HeadersOnly => format!("{} ({})", reason.rule, reason.field),
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// Releases an advisory to the members, or ends it.
pub fn on_advisory(work: &mut Work<'_>, command: &AdvisoryCommand, by: &By<'_>) -> Result<(), DecideError> {
    let advisory = work.snapshot.advisory.clone().ok_or(DecideError::Missing("the advisory"))?;
    let about = About::Held(HeldId(advisory.inbox.row()));
    if let (AdvisoryState::Sent | AdvisoryState::Cancelled, decided) = (advisory.state, &advisory.decided_by) {
        let (name, at) = decided.clone().unwrap_or((PersonName("somebody".into()), work.now));
        let ruling = if advisory.state == AdvisoryState::Sent { Said::SentOut } else { Said::Discarded };
        work.note_by("second-ruling", Some(advisory.inbox), None, by.name(), "it was decided before; nothing was done");
        return answer(work, by, about, None, Answer::AlreadyRuled { ruling, by: RuledBy::Person(name), at });
    }
    if let Some((token, _)) = by.token
        && (token.version != advisory.version || token.digest != advisory.raw.digest() || token.spent.is_some())
    {
        let digest = advisory.raw.digest();
        let fresh = work.token_for_person(token.purpose, by.person.name(), advisory.row.0, digest, advisory.version);
        work.note_by("state-changed", Some(advisory.inbox), None, by.name(), "the state changed since the notice; asked again");
        return answer(work, by, about, Some(&fresh), Answer::Changed);
    }
    if advisory.submitted_by == *by.person.name() && *command == AdvisoryCommand::Send {
        let why = "You submitted it yourself: sending it needs a second person.";
        return answer(work, by, about, None, Answer::Refused(why.to_owned()));
    }
    match command {
        AdvisoryCommand::Send => send(work, &advisory, by, about),
        AdvisoryCommand::Cancel => {
            spend(work, by);
            move_advisory(work, &advisory, AdvisoryState::Cancelled, by);
            work.effect(Effect::Settle { held: advisory.inbox, version: 1, how: Ruling::Discarded, by: by.name().to_owned() });
            work.note_by("advisory-cancelled", Some(advisory.inbox), None, by.name(), "it will not be sent");
            post::tell_team(work, advisory.inbox, Said::Discarded, RuledBy::Person(by.person.name().clone()))
        }
    }
}

fn send(work: &mut Work<'_>, advisory: &WaitingAdvisory, by: &By<'_>, about: About) -> Result<(), DecideError> {
    let message = Message::parse(&advisory.raw).ok().filter(|message| !unsendable(message));
    let members = work.snapshot.roster.recipients().is_some();
    let (Some(message), true) = (message, members) else {
        let why =
            "It cannot be sent as it is: bare line ends, a NUL byte, a mail loop, or no active member. Submit it again, mended.";
        return answer(work, by, about, None, Answer::Refused(why.to_owned()));
    };
    let effects = match released(work, advisory, &[by.person.name()]) {
        Ok(effects) => effects,
        Err(refused) => {
            work.note_by(
                "advisory-refused",
                Some(advisory.inbox),
                None,
                by.name(),
                "its case does not allow it; nothing was sent",
            );
            let token = by.open_token().map(str::to_owned);
            return answer(work, by, about, token.as_deref(), Answer::Refused(refused));
        }
    };
    let approved = Approved::by_person(advisory.inbox, advisory.raw.clone(), &Released(()));
    let mark = advisory.number.map(|number| AdvisoryMark { number, version: advisory.revision, embargo_until: advisory.until });
    let prepared = match post::prepare(work, &approved, &message, ListRole::Primary, mark)? {
        Ok(prepared) => prepared,
        // It waits as before: to the case nothing has happened.
        Err(stopped) => {
            let why = stopped.keep(work)?;
            work.remarked(&why);
            let open = by.open_token().map(str::to_owned);
            return answer(work, by, about, open.as_deref(), Answer::Done(why));
        }
    };
    spend(work, by);
    effects.into_iter().for_each(|effect| work.effect(effect));
    prepared.go(work, &message);
    post::tell_team(work, advisory.inbox, Said::SentOut, RuledBy::Person(by.person.name().clone()))
}

/// What happens when an advisory goes out, or why its case does not allow it: released by the first of these people who did not submit it.
pub(super) fn released(work: &Work<'_>, advisory: &WaitingAdvisory, by: &[&PersonName]) -> Result<Vec<Effect>, String> {
    let releaser = by.iter().find(|name| ***name != advisory.submitted_by).ok_or("Sending it needs a second person.")?;
    let message = Message::parse(&advisory.raw).map_err(|_| "The advisory cannot be taken apart.")?;
    let happened = predisclosure::events(work, advisory, &message, releaser).map_err(|refused| refused.to_string())?;
    let mut effects = vec![Effect::MoveAdvisory {
        row: advisory.row,
        version: advisory.version,
        to: AdvisoryState::Sent,
        by: (*releaser).clone(),
    }];
    effects.extend(happened.into_iter().map(|(case, by, event)| {
        let text = format!("{case}: {}", event.kind().replace('-', " "));
        Effect::Happened(Box::new(Happened { case, about: Some(advisory.inbox), by, event, text }))
    }));
    effects.push(Effect::Settle { held: advisory.inbox, version: 1, how: Ruling::Approved, by: releaser.0.clone() });
    effects.push(Effect::Note(Note {
        kind: "advisory-sent",
        about: Some(advisory.inbox),
        case: None,
        actor: releaser.0.clone(),
        text: format!("released to the members by {releaser}"),
    }));
    Ok(effects)
}

fn move_advisory(work: &mut Work<'_>, advisory: &WaitingAdvisory, to: AdvisoryState, by: &By<'_>) {
    work.effect(Effect::MoveAdvisory { row: advisory.row, version: advisory.version, to, by: by.person.name().clone() });
}
