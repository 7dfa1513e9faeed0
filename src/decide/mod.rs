//! The one door: what becomes of a message, and everything that follows from it.
//!
//! `decide(incoming, snapshot, policy, now, entropy) -> Decision` is pure: it reads no clock, no file, no database, and the same arguments give the
//! same answer. The store commits the answer in one transaction ([`crate::store::apply`]); a crash before that repeats the question.
//!
//! Where to find what: recognition is in [`crate::classify`]; what a class leads to is here, one file for each:
//! `report` (mail to the team), `post` (the discussion list), `advisory` (the predisclosure list), `command` (answers with a token),
//! [`membership`] (applications and members), [`ruling`], [`casework`], [`catch_up`] and [`blocked`] (what commands do, by mail or typed on the machine), `leak` (embargoed text on its way out), `other` (bounces, automatic mail, applications,
//! subscription requests, the unknown), `passed_on` (whose report it is that the team forwards), `upstream` (another project's advisory), [`tick`] (what time brings about).
//!
//! Promises: no branch drops a message; doubt is held. Fails with [`DecideError`], and then nothing is changed: the message is quarantined.

mod advisory;
pub mod blocked;
mod bounce;
pub mod casework;
pub mod catch_up;
mod command;
pub mod digest;
mod discoverer;
mod early_end;
pub mod effect;
pub mod facts;
pub mod incoming;
pub mod keys;
mod leak;
pub mod material;
pub mod membership;
mod other;
mod passed_on;
pub mod policy;
mod post;
mod predisclosure;
pub mod release;
mod report;
pub mod report_draft;
pub mod ruling;
pub mod snapshot;
#[cfg(test)]
pub(crate) mod tests;
pub mod tick;
mod upstream;
mod work;

use jiff::Timestamp;
pub use policy::Policy;
use work::Standing;
pub use work::{DecideError, Outsider, Work};

use crate::{
    classify::{Arrived, Class, Classified, OurMarks, Ownership, Route, classify},
    compose::{AlarmKind, field_names},
    decide::{
        effect::{Decision, Effect, End, Note, Stage},
        incoming::{Incoming, IncomingBody},
        snapshot::{HeldPlace, Snapshot},
    },
    disclosure::{Poster, TeamMember},
    entropy::Entropy,
    mail::{Message, authenticate},
    moderation::{Suggestion, Urgency},
};

/// Decides about one message that is on disk.
pub fn decide(
    incoming: &Incoming,
    snapshot: &Snapshot,
    policy: &Policy,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<Decision, DecideError> {
    let mut work = Work::new(incoming.id, snapshot, policy, now, entropy);
    match &incoming.body {
        IncomingBody::Readable(message) => readable(&mut work, incoming, message)?,
        IncomingBody::Unreadable(..) | IncomingBody::Oversized { .. } if snapshot.copy_of.is_some() => {
            work.classed(Class::Other, "copy");
            copy(&mut work);
        }
        IncomingBody::Unreadable(_, why) => {
            work.classed(Class::Other, "unreadable");
            work.note("unreadable", &why.to_string());
            work.hold(HeldPlace::Other, Suggestion::Hold, Urgency::Normal, None, None);
            work.alarm(AlarmKind::UnknownHeld)?;
        }
        IncomingBody::Oversized { header: Some(head), size } if is_for_a_person(&mut work, incoming, head) => {
            work.note(
                "oversized",
                &format!("{size} bytes: over the size cap, only the header was fetched; the mail is on the server"),
            );
            oversized(&mut work, incoming, head, *size)?;
        }
        IncomingBody::Oversized { size, .. } => {
            work.classed(Class::Other, "oversized");
            let what = match size {
                0 => "the server refuses to give this message; only its place is known".to_owned(),
                size => format!("{size} bytes: over the size cap, only the header was fetched; the mail is on the server"),
            };
            work.note("oversized", &what);
            work.hold(HeldPlace::Other, Suggestion::Hold, Urgency::Normal, None, None);
            work.alarm(AlarmKind::Oversized)?;
        }
    }
    Ok(work.finish())
}

/// What kind of mail it is, by its head and, where there is one, its text.
fn recognised(work: &Work<'_>, arrived: &Arrived<'_>) -> Classified {
    let desk = work.policy.project.desk.to_string();
    let marks = OurMarks {
        own_message_id: if work.snapshot.own_letter { Ownership::Ours } else { Ownership::NotOurs },
        loop_field: field_names::LOOP,
        loop_value: &desk,
    };
    classify(arrived, &work.policy.project, &marks, &work.policy.inbox_rules)
}

fn arrival_of<'m>(incoming: &Incoming, message: &'m Message) -> Arrived<'m> {
    let envelope_to = keys::envelope_recipients(message);
    Arrived { message, envelope_to, mailbox_for: incoming.mailbox_for.clone() }
}

/// Whether the head alone says that a person wrote to the team, or to the secret address of a case.
fn is_for_a_person(work: &mut Work<'_>, incoming: &Incoming, head: &Message) -> bool {
    let found = recognised(work, &arrival_of(incoming, head));
    let is_discoverers = || matches!(work.snapshot.tokens.as_slice(), [token] if token.purpose == snapshot::Purpose::Discoverer);
    let so = match found.route {
        Route::Security => matches!(found.class, Class::Report | Class::Other),
        Route::Token(_) => is_discoverers(),
        _ => false,
    };
    if so {
        work.classed(found.class, &found.rule);
        work.reasons(Stage::Class, &found.reasons);
    }
    so
}

/// A mail over the size cap, by its head: who reports something is answered within seconds, however large it is (P3).
fn oversized(work: &mut Work<'_>, incoming: &Incoming, head: &Message, size: u64) -> Result<(), DecideError> {
    let sender = authenticate(head, &work.policy.trust).ok();
    let from = post::Sender { poster: work.snapshot.roster.recognise(sender.as_ref()), proven: sender };
    leak::look(work, head, &arrival_of(incoming, head).envelope_to)?;
    match work.snapshot.tokens.first().cloned() {
        Some(token) => command::to_the_case(work, head, &token, &from)?,
        None => report::too_large(work, head, size, &from)?,
    }
    leak::hold(work);
    Ok(())
}

fn readable(work: &mut Work<'_>, incoming: &Incoming, message: &Message) -> Result<(), DecideError> {
    let arrived = arrival_of(incoming, message);
    let own_place = |address: &crate::mail::Address| work.policy.project.is_security(address);
    work.came_to_the_team = arrived.envelope_to.iter().chain(&arrived.mailbox_for).any(own_place)
        || (arrived.envelope_to.is_empty() && message.recipients().any(own_place));
    let found = recognised(work, &arrived);
    work.classed(found.class, &found.rule);
    work.reasons(Stage::Class, &found.reasons);
    if work.snapshot.copy_of.is_some() {
        copy(work);
        return Ok(());
    }
    if let Some(earlier) = work.snapshot.same_id_as {
        work.note("message-id-reused", &format!("message {earlier} had the same Message-ID and another content"));
        work.alarm(AlarmKind::MessageIdReused)?;
    }
    let sender = authenticate(message, &work.policy.trust);
    if let Err(why) = &sender {
        work.note("unproven", &why.to_string());
    }
    let sender = sender.ok();
    let from = post::Sender { poster: work.snapshot.roster.recognise(sender.as_ref()), proven: sender };
    if matches!(from.poster, Poster::Team(_) | Poster::Member { .. } | Poster::MembersDomain { .. }) {
        work.sender_is(Standing::Known);
    }
    leak::look(work, message, &arrived.envelope_to)?;
    match found.route {
        // Only what certainly came from here ends here: our marks can be written by anybody, and a redirected copy carries them.
        Route::OwnMail if work.snapshot.own_letter || work.snapshot.own_copy => {
            work.note("own-mail", "our own mail came back; nothing is done with it");
        }
        Route::OwnMail => {
            work.note("own-marks", "it carries our marks and is no mail that we sent; a person may look");
            work.hold(HeldPlace::Other, Suggestion::Discard, Urgency::Normal, None, None);
        }
        Route::Bounce(bounce) => bounce::book(work, &bounce)?,
        Route::Automatic => other::automatic(work, message, &arrived.envelope_to, &from)?,
        Route::Token(tokens) => command::handle(work, message, &tokens, &from)?,
        Route::Post => post::moderate(work, message, &from)?,
        Route::Advisory => advisory::submitted(work, message, &from)?,
        Route::Applications => membership::arriving::on_list(work, message, &from, found.class)?,
        Route::SubscriptionRequest(_) => other::subscription(work, message)?,
        Route::Security => report::to_the_team(work, message, &from, found.class)?,
        Route::Elsewhere => other::elsewhere(work, message, &from, found.class)?,
    }
    leak::hold(work);
    Ok(())
}

/// Decides about an advisory that a team member handed in as a file: the same as a proven mail of that person to the predisclosure list's address.
/// The kernel vouches for the person ([`TeamMember`]); what the file says about its author proves nothing and is only linted.
///
/// # Errors
/// [`DecideError`]; what is refused is in [`HandedIn::Refused`], and then nothing may be kept.
pub fn handed_in(
    incoming: &Incoming,
    person: &TeamMember,
    (snapshot, policy): (&Snapshot, &Policy),
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<HandedIn, DecideError> {
    let Some(message) = incoming.message() else {
        return Ok(HandedIn::Refused("the file is no mail: it must begin with the header fields of a mail".to_owned()));
    };
    if let Some(field) =
        ["From", "Date", "Message-ID", "Subject"].into_iter().find(|name| message.headers().first(name).is_none())
    {
        return Ok(HandedIn::Refused(format!(
            "the file has no {field} field; it must be a complete mail, as it is to go out (RFC 5322 section 3.6)"
        )));
    }
    if let Some(other) = snapshot.copy_of {
        return Ok(HandedIn::Refused(format!("message {other} is the same mail; nothing more is done with it")));
    }
    let mut work = Work::new(incoming.id, snapshot, policy, now, entropy);
    work.classed(Class::Advisory, "handed-in");
    work.sender_is(Standing::Known);
    advisory::submitted(&mut work, message, &post::Sender { poster: Poster::Team(person.clone()), proven: None })?;
    if let Some(why) = work.refusal() {
        return Ok(HandedIn::Refused(why.to_owned()));
    }
    Ok(HandedIn::Taken(Box::new(work.finish())))
}

/// What becomes of an advisory that was handed in as a file.
pub enum HandedIn {
    /// It is registered.
    Taken(Box<Decision>),
    /// It is not, for this reason.
    Refused(String),
}

fn copy(work: &mut Work<'_>) {
    if let Some(other) = work.snapshot.copy_of {
        work.note("copy", &format!("a copy of message {other} for the same place; nothing more is done with it"));
    }
}

impl Effect {
    /// An entry for the record about the message at hand.
    pub fn note(kind: &'static str, actor: &str, text: impl Into<String>) -> Self {
        Effect::Note(Note { kind, about: None, case: None, actor: actor.to_owned(), text: text.into() })
    }
}

/// Where a message ends when nothing says otherwise.
const DEFAULT_END: End = End::Decided;
