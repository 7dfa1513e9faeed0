//! Answers to our letters: a token and a proven person together make a command (invariant 4); anything less is held or shown, never obeyed.

use super::{
    DecideError, Work, blocked, casework,
    digest::narrowed,
    effect::{Attachment, Effect},
    membership,
    post::Sender,
    report,
    ruling::{self, By},
    snapshot::{AdvisoryState, DIGEST, HeldPlace, HeldState, Purpose, TokenRecord},
    work::{Outsider, Sending},
};
use crate::{
    command::{Addressed, Command, CommandContext, addressed, parse},
    compose::{About, AlarmKind, Answer, Belonging, BlockedId, CommandAnswer, HeldId, RuledBy, Thread},
    disclosure::{CaseId, Poster, TeamMember, project::TokenPlace},
    mail::{Address, CommandText, Digest, Message, addressed_by, command_words},
    moderation::{Suggestion, Urgency},
};

/// A message that carries tokens.
pub(super) fn handle(work: &mut Work<'_>, message: &Message, written: &[String], from: &Sender) -> Result<(), DecideError> {
    let mut known = work.snapshot.tokens.clone();
    if known.len() > 1 {
        // The token of a letter about several cases stands beside the one for the case that the answer names.
        known.retain(|token| token.object != DIGEST || token.purpose != Purpose::Case);
    }
    let [token] = known.as_slice() else {
        let why = if known.is_empty() { "none of the tokens is one of ours" } else { "it carries several tokens" };
        work.note("token-unknown", why);
        work.hold(HeldPlace::Other, Suggestion::Hold, Urgency::Normal, None, None);
        return work.alarm(AlarmKind::UnknownHeld);
    };
    if work.snapshot.same_id_as.is_some() && token.purpose != Purpose::Discoverer {
        // A signed command sent again with something added that no signature covers.
        return refuse(work, from);
    }
    if token.purpose != Purpose::Discoverer && !is_addressed(work, message, written, from) {
        // What somebody signed for others can be delivered anywhere (T09).
        return refuse_because(work, "the sender is proven, and did not write to the token's address");
    }
    let made = |text: &str| Digest::of(text.as_bytes()) == token.hash || narrowed(text, CaseId(token.object)) == token.hash;
    let text = written.iter().find(|text| made(&text.to_ascii_lowercase())).cloned().unwrap_or_default();
    match token.purpose {
        Purpose::Discoverer => to_the_case(work, message, token, from),
        Purpose::Withdraw => withdraw(work, message, token, &text, from),
        Purpose::Alias => membership::alias::answered(work, message, token, from),
        Purpose::Moderate | Purpose::Send | Purpose::Case | Purpose::LetOut | Purpose::Application | Purpose::Member => {
            let person = match &from.poster {
                Poster::Team(person) if Some(person.name()) == token.person.as_ref() => person.clone(),
                _ => return refuse(work, from),
            };
            obey(work, message, token, &text, &person)
        }
    }
}

/// Whether a proven sender addressed the mail to a token, by the field that the signature covers. Only the envelope needs no signature.
fn is_addressed(work: &Work<'_>, message: &Message, written: &[String], from: &Sender) -> bool {
    let project = &work.policy.project;
    let Some(sender) = from.proven.as_ref().filter(|_| project.tokens == TokenPlace::Address) else { return true };
    let mut to = addressed_by(message, sender).into_iter();
    to.any(|address| {
        let detail = address.split_detail().filter(|(base, _)| project.same(base, &project.desk));
        detail.is_some_and(|(_, detail)| written.iter().any(|token| token.eq_ignore_ascii_case(detail)))
    })
}

/// A token in hands it was not made for, or without proof of the hand: no answer (it would tell a forger that the token is good), an alarm.
fn refuse(work: &mut Work<'_>, from: &Sender) -> Result<(), DecideError> {
    let why = if from.proven.is_some() {
        "the sender is proven, but the token was made for somebody else"
    } else {
        "the sender is not proven"
    };
    refuse_because(work, why)
}

fn refuse_because(work: &mut Work<'_>, why: &str) -> Result<(), DecideError> {
    work.note("command-refused", why);
    work.hold(HeldPlace::Other, Suggestion::Discard, Urgency::Normal, None, None);
    work.alarm(AlarmKind::CommandRefused)
}

/// A mail to a case's secret address belongs to the case, whoever wrote it; a sender who is not the discoverer is said to be so.
pub(super) fn to_the_case(work: &mut Work<'_>, message: &Message, token: &TokenRecord, from: &Sender) -> Result<(), DecideError> {
    let case =
        work.snapshot.cases.iter().find(|case| case.id.0 == token.object).cloned().ok_or(DecideError::Missing("the case"))?;
    work.sender_is(super::work::Standing::Known);
    let by_discoverer = message.author().is_some() && message.author() == case.discoverer.as_ref();
    let (how, belonging) = if by_discoverer || matches!(from.poster, Poster::Team(_)) {
        (Attachment::Reply, Belonging::Certain)
    } else {
        (
            Attachment::Suggested,
            Belonging::Suggested("it came to the case's secret address, but not from the discoverer's address".into()),
        )
    };
    work.effect(Effect::Attach { mail: work.id, case: case.id, how });
    work.note_by("case-mail", None, Some(case.id), "", format!("a mail for {}", case.id));
    report::case_mail(work, message, &case, &belonging, from)
}

fn obey(work: &mut Work<'_>, message: &Message, token: &TokenRecord, text: &str, person: &TeamMember) -> Result<(), DecideError> {
    let thread = Thread::answering(message);
    let by = By { person, thread: &thread, token: Some((token, text)) };
    // A person's vacation notice never comes here: automatic mail is recognised before tokens.
    let words = match command_words(message) {
        CommandText::Words(words) => words,
        CommandText::HtmlOnly => {
            let open = token.spent.is_none().then_some(text);
            return answer(work, &by, about_of(work, Some(token)), open, Answer::NotUnderstood(HTML_ONLY.to_owned()));
        }
        CommandText::Empty => String::new(),
    };
    let words = match named(&words, token) {
        Ok(words) => words,
        Err(why) => {
            work.note_by("command-not-understood", None, None, &person.name().0, "nothing was done");
            let token = token.spent.is_none().then_some(text);
            return answer(work, &by, about_of(work, token_record(work)), token, Answer::NotUnderstood(why));
        }
    };
    let context = match token.purpose {
        Purpose::Moderate => CommandContext::Held,
        Purpose::Send => CommandContext::Advisory,
        Purpose::Case => CommandContext::Case,
        Purpose::LetOut => CommandContext::Blocked,
        Purpose::Application => CommandContext::Application,
        Purpose::Member => CommandContext::Member,
        Purpose::Withdraw | Purpose::Discoverer | Purpose::Alias => CommandContext::Poster,
    };
    let command = match parse(&words, context) {
        Ok(command) => command,
        Err(error) => {
            work.note_by("command-not-understood", None, None, &person.name().0, "nothing was done");
            let token = token.spent.is_none().then_some(text);
            return answer(work, &by, about_of(work, token_record(work)), token, Answer::NotUnderstood(error.answer()));
        }
    };
    if command.words_for_others().is_some_and(|said| quotes_us(work, said)) {
        work.note_by(
            "command-not-understood",
            None,
            None,
            &person.name().0,
            "it would have quoted a letter of the team to others",
        );
        let token = token.spent.is_none().then_some(text);
        return answer(work, &by, about_of(work, token_record(work)), token, Answer::NotUnderstood(QUOTED.to_owned()));
    }
    match token.purpose {
        Purpose::Moderate => match command {
            Command::Held(command) => ruling::on_held(work, &command, &by),
            other => not_here(work, &by, context, &other),
        },
        Purpose::Send => match command {
            Command::Advisory(command) => ruling::on_advisory(work, &command, &by),
            other => not_here(work, &by, context, &other),
        },
        Purpose::LetOut => match command {
            Command::Blocked(command) => blocked::on_blocked(work, command, &by),
            other => not_here(work, &by, context, &other),
        },
        Purpose::Application => match command {
            Command::Application(command) => membership::applying::on_application(work, &command, &by),
            other => not_here(work, &by, context, &other),
        },
        Purpose::Member => match command {
            Command::Member(command) => membership::belonging::on_member(work, &command, &by),
            other => not_here(work, &by, context, &other),
        },
        _ => match command {
            Command::Case(command) => casework::on_case(work, &command, &by),
            other => not_here(work, &by, context, &other),
        },
    }
}

/// What to do where there is no plain text.
const HTML_ONLY: &str = "The mail has no plain text part. Commands are read from plain text only, because HTML can show one thing and say another. \
                         Set this one answer to plain text (Outlook: \"Format Text\" or \"Options\"), or answer from another mail program.";

/// What to do about a quotation that cannot be told from the words.
const QUOTED: &str = "The letter that you answer, or a part of it, stands in your words without quote marks, and would have gone out with them. \
                      Answer again without it; or end your words with a line that holds nothing but two hyphens:\n\n    --";

/// Whether words for somebody outside hold a letter of ours to the team: by its sentences, or by the desk's address, which stands above a quotation
/// and which nobody is told to write to.
fn quotes_us(work: &Work<'_>, said: &str) -> bool {
    let desk = work.policy.project.desk.to_string().to_lowercase();
    said.to_lowercase().contains(&desk) || work.policy.letters.is_in(said)
}

/// The words without the case they begin with, which must be the token's; or why they cannot be obeyed. A letter about several cases needs it.
fn named(words: &str, token: &TokenRecord) -> Result<String, String> {
    if token.purpose != Purpose::Case {
        return Ok(words.to_owned());
    }
    const FORM: &str = "Begin with the case, as the letter names it:\n\n    case-12: claim";
    match addressed(words) {
        Addressed::Several => {
            Err("It names several cases. One mail is one command; answer the same letter once for each.".to_owned())
        }
        Addressed::One(case, words) if case.0 == token.object => Ok(words),
        Addressed::One(case, _) if token.object == DIGEST => {
            Err(format!("The letter that you answer does not speak of {case}. {FORM}"))
        }
        Addressed::One(case, _) => {
            Err(format!("The letter that you answer is about {}, not about {case}. Nothing was done.", CaseId(token.object)))
        }
        Addressed::Nobody if token.object == DIGEST => Err(format!("That letter speaks of several cases. {FORM}")),
        Addressed::Nobody => Ok(words.to_owned()),
    }
}

fn token_record<'w>(work: &'w Work<'_>) -> Option<&'w TokenRecord> {
    work.snapshot.tokens.first()
}

/// `help` and `status`, which do nothing: what stands now, and what can be said.
fn not_here(work: &mut Work<'_>, by: &By<'_>, context: CommandContext, _command: &Command) -> Result<(), DecideError> {
    let mut text = standing(work);
    text.push_str("\n\nWhat you can answer:\n");
    for example in context.examples() {
        text.push_str("\n    ");
        text.push_str(example);
    }
    let token = by.token.filter(|(token, _)| token.spent.is_none()).map(|(_, text)| text);
    let about = about_of(work, token_record(work));
    answer(work, by, about, token, Answer::Explained(text))
}

/// One sentence on where the thing stands.
fn standing(work: &Work<'_>) -> String {
    let state = |held: &super::snapshot::HeldPost| match &held.state {
        HeldState::Waiting => "It waits for a ruling.".to_owned(),
        HeldState::Ruled { how, by, at } => format!("It was {how} by {by} at {}.", work.instant(*at)),
    };
    if let Some(stopped) = &work.snapshot.blocked {
        return blocked::standing(work, stopped);
    }
    if let Some(advisory) = &work.snapshot.advisory {
        return match (advisory.state, &advisory.decided_by) {
            (AdvisoryState::Waiting, _) => "The advisory waits for a second team member's `send`.".to_owned(),
            (done, Some((by, at))) => format!("The advisory was {} by {by} at {}.", done.as_str(), work.instant(*at)),
            (done, None) => format!("The advisory was {}.", done.as_str()),
        };
    }
    if let Some(held) = &work.snapshot.held {
        return state(held);
    }
    if let Some(text) = membership::standing(work) {
        return text;
    }
    match work.snapshot.cases.first() {
        Some(case) => {
            let first = match &case.claimed_by {
                Some(name) => format!("{} is {}, with {name}.", case.id, case.state.as_str()),
                None => format!("{} is {}.", case.id, case.state.as_str()),
            };
            let card = super::discoverer::card(work, case);
            std::iter::once(first).chain(card).collect::<Vec<_>>().join("\n")
        }
        None => "Nothing is known about it.".to_owned(),
    }
}

fn about(token: &TokenRecord) -> About {
    match token.purpose {
        Purpose::Case if token.object == DIGEST => About::Cases,
        Purpose::Case | Purpose::Discoverer => About::Case(CaseId(token.object)),
        Purpose::LetOut => About::Blocked(BlockedId(token.object)),
        Purpose::Application => About::Application(token.object),
        Purpose::Member | Purpose::Alias => About::Member(token.object),
        _ => About::Held(HeldId(token.object)),
    }
}

/// What an answer is about: for `send`, the mail that carries the advisory.
fn about_of(work: &Work<'_>, token: Option<&TokenRecord>) -> About {
    if let Some(stopped) = &work.snapshot.blocked {
        return About::Blocked(stopped.id);
    }
    match (&work.snapshot.advisory, token) {
        (Some(advisory), _) => About::Held(HeldId(advisory.inbox.row())),
        (None, Some(token)) => about(token),
        (None, None) => About::Held(HeldId(work.id.row())),
    }
}

/// Answers the person who sent the command.
pub(super) fn answer(
    work: &mut Work<'_>,
    by: &By<'_>,
    about: About,
    token: Option<&str>,
    answer: Answer,
) -> Result<(), DecideError> {
    match &answer {
        Answer::Refused(why) => work.refused(why),
        Answer::AlreadyRuled { .. } => work.refused("It was decided before; nothing was done."),
        Answer::Changed => work.refused("It has changed in the meantime; nothing was done."),
        _ => {}
    }
    // What was done was a person's: no two programs do that to each other, and the confirmation carries the token for the next command.
    let is_done = matches!(answer, Answer::Done(_));
    if by.token.is_some() && !is_done && !work.may_answer_command() {
        return Ok(());
    }
    let case = if let About::Case(case) = &about { Some(*case) } else { None };
    let letter = CommandAnswer {
        about,
        token: token.map(str::to_owned),
        to: by.person.address().clone(),
        thread: by.thread.clone(),
        answer,
    };
    let draft = letter.write(&mut work.desk())?;
    work.send(draft, Sending { about: work.message(), case, ..Sending::default() })
}

/// The poster takes a held post back.
fn withdraw(work: &mut Work<'_>, message: &Message, token: &TokenRecord, text: &str, from: &Sender) -> Result<(), DecideError> {
    let Some(poster) = from.address().filter(|address| Some(*address) == token.address.as_ref()).cloned() else {
        return refuse(work, from);
    };
    let held = work.snapshot.held.clone().ok_or(DecideError::Missing("the held post"))?;
    let (words, is_html) = match command_words(message) {
        CommandText::Words(words) => (words, false),
        CommandText::HtmlOnly => (String::new(), true),
        CommandText::Empty => (String::new(), false),
    };
    // Whoever asks something there must not think that a person reads it.
    let elsewhere =
        format!("Nobody reads answers to these mails. To say something to the team, write to {}.", work.policy.project.security);
    let command = parse(&words, CommandContext::Poster);
    let open = token.spent.is_none() && command != Ok(Command::Withdraw);
    let reply = match (command, &held.state) {
        (Ok(Command::Withdraw), HeldState::Waiting) => {
            ruling::settle(work, &held, super::effect::Ruling::Withdrawn, "its poster");
            work.effect(Effect::Spend(token.hash));
            super::post::tell_team(work, held.inbox, crate::compose::Ruling::Withdrawn, RuledBy::Poster)?;
            Answer::Done("Your post was withdrawn. Nobody will get it.".to_owned())
        }
        (Ok(Command::Withdraw), HeldState::Ruled { at, .. }) => {
            Answer::Refused(format!("Too late: the post was settled at {}.", work.instant(*at)))
        }
        // Names of the team are not the poster's.
        (Ok(_), HeldState::Waiting) => {
            Answer::Done(format!("Your post waits for a moderator. `withdraw` takes it back.\n\n{elsewhere}"))
        }
        (Ok(_), HeldState::Ruled { at, .. }) => {
            Answer::Done(format!("Your post was settled at {}.\n\n{elsewhere}", work.instant(*at)))
        }
        (Err(_), _) if is_html => Answer::NotUnderstood(format!("{HTML_ONLY}\n\n{elsewhere}")),
        (Err(error), _) => Answer::NotUnderstood(format!("{}\n{elsewhere}", error.answer())),
    };
    poster_answer(work, &held, poster, message, open.then_some(text), reply)
}

fn poster_answer(
    work: &mut Work<'_>,
    held: &super::snapshot::HeldPost,
    to: Address,
    message: &Message,
    token: Option<&str>,
    answer: Answer,
) -> Result<(), DecideError> {
    if !work.may_answer_command() {
        return Ok(());
    }
    let id = HeldId(held.inbox.row());
    let letter = CommandAnswer {
        about: About::Held(id),
        token: token.map(str::to_owned),
        to: to.clone(),
        thread: Thread::answering(message),
        answer,
    };
    let draft = letter.write(&mut work.desk())?;
    work.send(draft, Sending { about: Some(held.inbox), outsider: Some(Outsider::Poster(id, to)), ..Sending::default() })
}
