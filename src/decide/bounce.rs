//! Bounces: booked on the deliveries they are about, told to the team, never acted on by a machine.
//!
//! Promise: only a secret that we gave the letter finds a delivery: the detail of a return path of its own names the recipient; the key of a whole
//! letter does not, and then the relay's own words in the return path (`XVERP`) or the report's fields must name a recipient of that very letter. A
//! report that names nobody of it is held for a person. Nobody is dropped (P82).

use super::{
    DecideError, Work,
    effect::{Effect, Label},
    membership::{self, MemberFile},
    snapshot::{HeldPlace, Returned, ReturnedLetter},
    work::Sending,
};
use crate::{
    compose::{AlarmKind, DeliverySummary, HeldId, LetterKind, Sent, Thread, Trouble, Unfortunate},
    mail::{Bounce, BounceKind, Permanence},
    moderation::{Suggestion, Urgency},
};

/// Books what a bounce says.
pub(super) fn book(work: &mut Work<'_>, bounce: &Bounce) -> Result<(), DecideError> {
    if let Some(returned) = work.snapshot.returned.clone() {
        let member = work.snapshot.membership.member.clone();
        return booked(work, vec![(returned, member, bounce)]);
    }
    if let Some(letter) = work.snapshot.returned_letter.clone() {
        return of_letter(work, &letter, bounce);
    }
    work.note("bounce-unknown", "it came to no return path of ours; recorded and not acted on");
    // A report dressed up as a bounce must not vanish: what came to the team's own address waits quietly for a person.
    if work.came_to_the_team {
        work.hold(HeldPlace::Other, Suggestion::Discard, Urgency::Normal, None, None);
    }
    Ok(())
}

/// The letter is known by its key. Which of its recipients?
fn of_letter(work: &mut Work<'_>, letter: &ReturnedLetter, bounce: &Bounce) -> Result<(), DecideError> {
    let mut found: Vec<(Returned, Option<MemberFile>, &Bounce)> = Vec::new();
    let mut nobody = false;
    let mut add = |recipient: Option<&crate::mail::Address>, bounce| {
        let copy = match (recipient, letter.copies.as_slice()) {
            (Some(recipient), copies) => copies.iter().find(|copy| copy.recipient == *recipient),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        match copy {
            Some(copy) if found.iter().any(|(known, ..)| known.delivery == copy.delivery) => {}
            Some(copy) => {
                let member = letter.members.iter().find(|member| member.particulars().address == copy.recipient);
                found.push((copy.clone(), member.cloned(), bounce));
            }
            None => nobody = true,
        }
    };
    if letter.named.is_empty() {
        for about in std::iter::once(bounce).chain(&bounce.also) {
            add(about.recipient.as_ref(), about);
        }
    } else {
        letter.named.iter().for_each(|recipient| add(Some(recipient), bounce));
    }
    if nobody {
        let about = letter.copies.first().and_then(|copy| copy.about);
        work.note_by("bounce-nobody", about, None, "", "it came back to a letter of ours and names nobody who got it".to_owned());
        work.hold(HeldPlace::Other, Suggestion::Hold, Urgency::Normal, None, None);
    }
    booked(work, found)
}

/// Books what is said about copies of one letter, and tells the team once.
fn booked(work: &mut Work<'_>, found: Vec<(Returned, Option<MemberFile>, &Bounce)>) -> Result<(), DecideError> {
    let mut fresh: Vec<Returned> = Vec::new();
    let mut unfortunate = Vec::new();
    for (returned, member, bounce) in found {
        if bounce.kind != BounceKind::Failed {
            work.note("bounce-no-failure", "a notice about a delivery that has not failed");
            continue;
        }
        if returned.booked.is_some() {
            let text = format!("delivery {} has come back before", returned.delivery);
            work.note_by("bounced-again", returned.about, None, "", text);
            continue;
        }
        let status = bounce.status.clone().unwrap_or_else(|| "no status".to_owned());
        let permanent = bounce.permanence != Permanence::Temporary;
        work.effect(Effect::BookBounce { delivery: returned.delivery, status: status.clone(), permanent });
        work.note_by("bounced", returned.about, None, "", format!("delivery {} came back: {status}", returned.delivery));
        if permanent && let Some(member) = member {
            membership::belonging::bounced(work, member, &status)?;
        }
        unfortunate.push(Unfortunate {
            domain: returned.recipient.domain().to_owned(),
            trouble: Trouble::Bounced,
            status: Some(status),
        });
        fresh.push(returned);
    }
    let Some(first) = fresh.first() else { return Ok(()) };
    let sent = match first.label {
        Label::Advisory(number, version) => Sent::Advisory { number, version },
        Label::Post(id) => Sent::Post(HeldId(id.row())),
        // The report of the drill says it.
        Label::Drill(_) => return Ok(()),
        // An alarm about an alarm would bring about the next one.
        Label::None if first.kind == LetterKind::Alarm.as_str() => return Ok(()),
        Label::None => {
            let which = fresh.iter().map(|returned| format!("delivery-{}", returned.delivery)).collect();
            return work.alarm_about(AlarmKind::GivenUp, which);
        }
    };
    let to = work.to_the_team()?;
    let came_back = u32::try_from(fresh.len()).unwrap_or(u32::MAX);
    let letter = DeliverySummary {
        to,
        thread: first.about.map_or_else(Thread::new, |about| work.letters_about(HeldId(about.row()))),
        sent,
        accepted: usize::try_from(first.fine.saturating_sub(came_back)).unwrap_or_default(),
        total: usize::try_from(first.total).unwrap_or_default(),
        unfortunate,
    };
    let draft = letter.write(&mut work.desk())?;
    work.send(draft, Sending { about: first.about, ..Sending::default() })
}
