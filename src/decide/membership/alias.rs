//! Whoever reads the alias of a member answers a question of ours. The token went to the alias alone; it counts when it comes back by hand, proven,
//! from the organisation's own domain. Anything less is a to-do for the team, and changes nothing else.

use super::{Actor, MemberEvent, MemberFile, belonging, missing};
use crate::{
    decide::{
        DecideError, Work,
        effect::Effect,
        post::Sender,
        snapshot::{HeldPlace, TokenRecord},
    },
    mail::{Address, CommandText, Digest, Message, command_words},
    membership::belonging::{MemberRequest, Side},
    moderation::{Suggestion, Urgency},
};

/// What an alias may say, as the question asks for it.
const WORDS: [&str; 5] = ["confirm", "confirmed", "still-here", "still here", "yes"];

/// An answer with an alias's token.
pub(in crate::decide) fn answered(
    work: &mut Work<'_>,
    message: &Message,
    token: &TokenRecord,
    from: &Sender,
) -> Result<(), DecideError> {
    let file = work.snapshot.membership.member.clone().ok_or(missing("the member"))?;
    let asked = token.address.clone().unwrap_or_else(|| file.particulars().address.clone());
    let proven = from.proven.as_ref().is_some_and(|sender| is_theirs(sender.address(), &file, &asked));
    let says_so = match command_words(message) {
        CommandText::Words(words) => {
            let first = words.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_lowercase();
            WORDS.contains(&first.trim_matches(|c: char| !c.is_alphanumeric()))
        }
        CommandText::HtmlOnly | CommandText::Empty => false,
    };
    if token.spent.is_some() {
        work.note("alias-again", "the question was answered before");
        return Ok(());
    }
    if !proven || !says_so {
        return doubtful(work, file, if proven { "it does not say the word" } else { "the sender is not proven to be theirs" });
    }
    let request = match side(&file, token) {
        Some((side, address)) => MemberRequest::Agree { side, address },
        None if token.digest == Digest::of(b"confirm") && asked == file.particulars().address => {
            MemberRequest::Answer { proven: true }
        }
        // The question was about an address that is not the one any more.
        None => {
            work.note("alias-outdated", "an answer to a question about another address");
            return Ok(());
        }
    };
    let Ok(events) = belonging::judged(work, Some(&file), &request, &Actor::Alias, None) else {
        work.note("alias-outdated", "an answer to a question that nobody asks any more");
        return Ok(());
    };
    work.effect(Effect::Spend(token.hash));
    let before = file.to_do();
    let id = file.id();
    let after = belonging::recorded(work, Some(file), id, &Actor::Alias, &events)?;
    work.note("alias-answered", "the alias of a member is read");
    let of = &after.particulars().organisation;
    if events.contains(&MemberEvent::Activated) {
        let text =
            format!("The alias of {of} ({id}) has answered: it gets both lists from now on, and stands on the public list.");
        belonging::tell(work, &after, None, &text)?;
    }
    let new: Vec<&str> = after.to_do().into_iter().filter(|what| !before.contains(what)).map(|what| what.as_str()).collect();
    if !new.is_empty() {
        belonging::tell(work, &after, None, &format!("{id} ({of}): {}.", new.join("; ")))?;
    }
    Ok(())
}

/// Which alias of a change was asked, and about which address.
fn side(file: &MemberFile, token: &TokenRecord) -> Option<(Side, Address)> {
    let address = file.change()?.address.clone();
    let is = |side: &str| token.digest == Digest::of(format!("{side}:{address}").as_bytes());
    if is("old") {
        return Some((Side::Old, address));
    }
    is("new").then_some((Side::New, address))
}

/// Whether a proven sender is at the domain of the alias, or at one of the member's own.
fn is_theirs(sender: &Address, file: &MemberFile, asked: &Address) -> bool {
    let below =
        |domain: &str| sender.domain() == domain || sender.domain().strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    below(asked.domain()) || file.particulars().domains.iter().any(|domain| below(domain))
}

fn doubtful(work: &mut Work<'_>, file: MemberFile, why: &str) -> Result<(), DecideError> {
    work.note("alias-doubtful", why);
    work.hold(HeldPlace::Other, Suggestion::Discard, Urgency::Normal, None, None);
    let request = MemberRequest::Answer { proven: false };
    let Ok(events) = belonging::judged(work, Some(&file), &request, &Actor::Daemon, None) else { return Ok(()) };
    let (before, id) = (file.to_do(), file.id());
    let after = belonging::recorded(work, Some(file), id, &Actor::Daemon, &events)?;
    if after.to_do() != before {
        let text = format!(
            "An answer to the question whether the alias of {} ({id}) is read proves nothing: {why}. It is held (held-{}). If you know that \
             the alias is read, answer `confirmed because ...`.",
            after.particulars().organisation,
            work.id
        );
        belonging::tell(work, &after, None, &text)?;
    }
    Ok(())
}
