//! A post to the discussion list: judged, and then approved, rejected or held (P62-P70).
//!
//! [`Approved`] is made by [`super::ruling`] from a person's word or here from a rule's verdict inside the gate, and nowhere else; only with it can
//! a mail go out to the members.

use super::{
    DecideError, Work, blocked,
    effect::{Effect, Label, Outgoing, Stage},
    incoming::InboxId,
    report::enclosure,
    snapshot::{HeldPlace, Purpose},
    work::{Outsider, Passage, Pressing, Sending},
};
use crate::{
    clearance::Blocked,
    compose::{
        AdvisoryMark, AlarmKind, FromField, Haste, HeldId, HeldNotice, HeldReceipt, HeldWhat, Redistribution, Rejection, Ruled,
        RuledBy, Ruling as LetterRuling, Thread, redistribute,
    },
    disclosure::{AdvisoryNumber, ContentClass, ListName, ListRole, Poster},
    mail::{
        Address, Authenticated, DomainPolicy, FromMunging, Message, MessageId, RawMessage, Reception, head, is_vouched_for,
        reception,
    },
    moderation::{Action, Circumstances, ModerationMode, Suggestion, Thread as Conversation, Urgency, Verdict, judge},
};

/// Who sent a message, as far as it is proven.
pub(super) struct Sender {
    /// Who that is to us.
    pub(super) poster: Poster,
    /// The proof.
    pub(super) proven: Option<Authenticated>,
}

impl Sender {
    /// The proven address.
    pub(super) fn address(&self) -> Option<&Address> {
        self.proven.as_ref().map(Authenticated::address)
    }
}

/// The permission to distribute one message to the members.
pub(super) struct Approved {
    id: InboxId,
    raw: RawMessage,
}

impl Approved {
    /// By a team member's word.
    pub(super) fn by_person(id: InboxId, raw: RawMessage, _released: &super::ruling::Released) -> Self {
        Self { id, raw }
    }

    /// By a rule, if it may act by itself.
    fn by_rule(id: InboxId, raw: RawMessage, verdict: &Verdict) -> Option<Self> {
        (verdict.action == Action::Approve).then_some(Self { id, raw })
    }
}

/// Judges a post and does what the verdict says.
pub(super) fn moderate(work: &mut Work<'_>, message: &Message, from: &Sender) -> Result<(), DecideError> {
    let answers_live = work
        .snapshot
        .answers
        .iter()
        .any(|answer| answer.advisory.is_some_and(|number| work.snapshot.live.iter().any(|live| live.number == number)));
    let circumstances = Circumstances {
        poster: &from.poster,
        live: &work.snapshot.live,
        thread_is_live: if answers_live { Conversation::AnswersLive } else { Conversation::Unknown },
        mode: if work.snapshot.hold_all { ModerationMode::HoldAll } else { work.policy.moderation },
        team: &work.policy.team,
    };
    let mut verdict = judge(message, &circumstances, &work.policy.project, &work.policy.discuss_rules);
    if let Some(rule) = &verdict.rule {
        let class = work.class();
        work.classed(class, rule);
    }
    work.reasons(Stage::Verdict, &verdict.reasons);
    let gate: Vec<_> =
        verdict.gate.iter().map(|fault| crate::rules::Reason::new("gate", fault.name(), &fault.to_string())).collect();
    work.reasons(Stage::Gate, &gate);
    if work.snapshot.same_id_as.is_some() && verdict.action != Action::Hold {
        // A signed mail can be sent again with fields added that no signature covers: no rule acts on it.
        verdict.action = Action::Hold;
        let why =
            crate::rules::Reason::new("gate", "message-id-reused", "an earlier mail had the same Message-ID and another content");
        work.reasons(Stage::Gate, &[why]);
    }
    if work.policy.project.public_recipients(message).next().is_some() {
        work.alarm(AlarmKind::LeakSuspected)?;
    }
    let rule = verdict.rule.clone().unwrap_or_default();
    if work.leak.is_some() && verdict.action != Action::Hold {
        verdict.action = Action::Hold;
        let why = crate::rules::Reason::new(
            "gate",
            "leak-suspected",
            "it says something of a live case and has a public address in it",
        );
        work.reasons(Stage::Gate, &[why]);
    }
    if let Some(approved) = Approved::by_rule(work.id, message.raw.clone(), &verdict) {
        let prepared = match prepare(work, &approved, message, ListRole::Discuss, None)? {
            Ok(prepared) => prepared,
            // Members are not cleared for what it says: no rule sends it on, and a person looks at it.
            Err(stopped) => {
                let faults = blocked::faults(&stopped.blocked.hits);
                let why: Vec<_> = faults.iter().map(|fault| crate::rules::Reason::new("gate", "firewall", fault)).collect();
                work.reasons(Stage::Gate, &why);
                verdict.action = Action::Hold;
                return hold(work, message, from, &verdict, &faults);
            }
        };
        prepared.go(work, message);
        work.note("approved", &format!("by rule {rule}"));
        return tell_team(work, work.id, LetterRuling::Approved, RuledBy::Rule(rule));
    }
    // Over the caps a rejection is not sent by itself: the post waits for a person instead.
    if let (Action::Reject, Some(address)) = (verdict.action, from.address().cloned())
        && work.may_answer(&address)
    {
        let class = verdict.reason_class.map_or("policy", |class| class.as_str()).to_owned();
        reject(work, work.id, message, address, &class, None)?;
        work.note("rejected", &format!("by rule {rule}"));
        return tell_team(work, work.id, LetterRuling::Rejected, RuledBy::Rule(rule));
    }
    hold(work, message, from, &verdict, &[])
}

/// Holds a post: a notice with a token to each moderator, a receipt to a proven member.
fn hold(work: &mut Work<'_>, message: &Message, from: &Sender, verdict: &Verdict, faults: &[String]) -> Result<(), DecideError> {
    let known = matches!(from.poster, Poster::Member { .. } | Poster::Team(_) | Poster::MembersDomain { .. });
    let poster = from.address().filter(|_| known).cloned();
    let reason_class = verdict.reason_class.map(|class| class.as_str().to_owned());
    work.hold(HeldPlace::Discuss, verdict.suggests, verdict.urgency, reason_class, poster.clone());
    work.note("held", "it waits for a moderator");
    let held = HeldId(work.id.row());
    let list = work.policy.project.discuss.name.clone();
    let pressing = if verdict.urgency == Urgency::Urgent { Pressing::ByItsWords } else { Pressing::No };
    if work.may_ring(pressing) {
        let suggestion = match (verdict.suggests, verdict.reason_class) {
            (Suggestion::Reject, Some(class)) => format!("reject {}", class.as_str()),
            (Suggestion::Reroute, _) => "reroute security".to_owned(),
            (suggests, _) => suggests.as_str().to_owned(),
        };
        let awaited = awaited(work, message, ListRole::Discuss)?;
        let notice = Notice {
            what: HeldWhat::Post,
            receivers: awaited.map(|awaited| spoken(work, message, &awaited)).unwrap_or_default(),
            list: list.clone(),
            suggestion,
            urgency: verdict.urgency,
            gate: verdict.gate.iter().map(ToString::to_string).chain(faults.iter().cloned()).collect(),
        };
        notify(work, message, from, verdict.rule.clone(), verdict.reasons.clone(), notice)?;
    }
    // An automaton is never answered, a stranger may be forged, and who is not told cannot withdraw.
    if let (Some(to), None) =
        (poster, crate::mail::automatic(message).filter(|mark| mark.kind != crate::mail::AutomaticKind::ListMail))
        && matches!(from.poster, Poster::Member { .. } | Poster::Team(_))
        && work.may_answer(&to)
    {
        let token = work.token_for_address(Purpose::Withdraw, Some(to.clone()), work.id.row(), message.raw.digest(), 1);
        let draft =
            HeldReceipt { held, token, to: to.clone(), thread: Thread::answering(message), list }.write(&mut work.desk())?;
        work.send(draft, Sending { about: Some(work.id), outsider: Some(Outsider::Poster(held, to)), ..Sending::default() })?;
    }
    Ok(())
}

/// What a notice of a held mail says besides the mail.
pub(super) struct Notice {
    pub(super) what: HeldWhat,
    pub(super) list: ListName,
    /// What awaits copies at receivers; empty where none are made.
    pub(super) receivers: String,
    pub(super) suggestion: String,
    pub(super) urgency: Urgency,
    pub(super) gate: Vec<String>,
}

/// A notice with a token to each moderator.
pub(super) fn notify(
    work: &mut Work<'_>,
    message: &Message,
    from: &Sender,
    rule: Option<String>,
    reasons: Vec<crate::rules::Reason>,
    notice: Notice,
) -> Result<(), DecideError> {
    for person in work.team() {
        let token = work.token_for_person(Purpose::Moderate, &person.name, work.id.row(), message.raw.digest(), 1);
        let letter = HeldNotice {
            held: HeldId(work.id.row()),
            what: notice.what,
            token,
            to: person.address,
            thread: work.letters_about(HeldId(work.id.row())),
            list: notice.list.clone(),
            rule: rule.clone(),
            reasons: reasons.clone(),
            gate: notice.gate.clone(),
            suggestion: notice.suggestion.clone(),
            haste: if notice.urgency == Urgency::Urgent { Haste::Urgent } else { Haste::Normal },
            poster: from.poster.clone(),
            receivers: notice.receivers.clone(),
            post: enclosure(message),
            mode: work.policy.notice,
        };
        let draft = letter.write(&mut work.desk())?;
        work.send(draft, Sending { about: Some(work.id), ..Sending::default() })?;
    }
    Ok(())
}

/// A cleared letter to the members.
pub(super) struct Prepared {
    outgoing: Box<Outgoing>,
    message_id: MessageId,
    label: Label,
}

impl Prepared {
    /// Sends it: answers to it are about its advisory from now on.
    pub(super) fn go(self, work: &mut Work<'_>, message: &Message) {
        work.effect(Effect::Queue(self.outgoing));
        thread(work, message, self.message_id, self.label);
    }
}

/// A letter to the members that the firewall has stopped.
pub(super) struct StoppedPost {
    pub(super) blocked: Box<Blocked>,
    sending: Sending,
}

impl StoppedPost {
    /// Keeps it and tells the team; the sentence for whoever released it.
    pub(super) fn keep(self, work: &mut Work<'_>) -> Result<String, DecideError> {
        match blocked::keep(work, *self.blocked, &self.sending)? {
            Passage::Stopped { id, found } => Ok(blocked::stopped(id, &found)),
            Passage::Through => Ok(String::new()),
        }
    }
}

/// Writes and clears an approved message for the members: the recipients come from the membership table alone (P65).
pub(super) fn prepare(
    work: &mut Work<'_>,
    approved: &Approved,
    message: &Message,
    list: ListRole,
    advisory: Option<AdvisoryMark>,
) -> Result<Result<Prepared, StoppedPost>, DecideError> {
    let to = work.snapshot.roster.recipients().ok_or(DecideError::Missing("any active member"))?;
    let predisclosing = advisory.and_then(|mark| work.snapshot.wall.case_of(mark.number));
    let from = if advisory.is_none() { sender_of_copies(work, message, list)? } else { FromField::AsItCame };
    let letter = Redistribution {
        from,
        raw: approved.raw.clone(),
        list,
        advisory,
        class: ContentClass::Embargoed,
        reveals: predisclosing.into_iter().collect(),
        to,
    };
    let munged = letter.from != FromField::AsItCame;
    let draft = letter.write(&mut work.desk())?;
    if munged {
        let why = "as it came it does not pass DMARC and is likely refused (p=reject): the list's address stands in From, the author's in X-Original-From";
        work.note("from-munged", why);
    }
    let label = match advisory {
        Some(mark) => Label::Advisory(mark.number, mark.version),
        None => Label::Post(approved.id),
    };
    let message_id = draft.message_id.clone();
    let sending = Sending { about: Some(approved.id), label, predisclosing, ..Sending::default() };
    Ok(match work.clear(draft, &sending, None)? {
        Ok(outgoing) => Ok(Prepared { outgoing, message_id, label }),
        Err(blocked) => Err(StoppedPost { blocked, sending }),
    })
}

/// What awaits the copies of a post at receivers that follow DMARC. `None`: there is no author.
fn awaited(work: &mut Work<'_>, message: &Message, list: ListRole) -> Result<Option<Reception>, DecideError> {
    let policy = work.policy;
    let copy = redistribute(&RawMessage::new(head(message)), policy.project.list(list), None, &mut work.desk())?;
    Ok(reception(message, &copy.bytes, &policy.trust, &policy.dmarc))
}

/// Whether the team has the list's address put into From where that awaits a post.
fn is_munged(work: &Work<'_>, awaited: &Reception) -> bool {
    *awaited == Reception::Refused(DomainPolicy::Reject) && work.policy.dmarc.munging == FromMunging::WhenNeeded
}

/// What awaits the copies, and why From stays as it is where the team would have it replaced.
fn spoken(work: &Work<'_>, message: &Message, awaited: &Reception) -> String {
    if is_munged(work, awaited) && !is_vouched_for(message, &work.policy.trust) {
        return format!("{awaited}; our server does not vouch for the author, so From is not replaced");
    }
    awaited.to_string()
}

/// Whose address stands in From of the copies: the list's only where the author's would have them refused, the team allows it by configuration, and the
/// author is none of the team, and our receiving server vouches for him. What awaits them is noted.
fn sender_of_copies(work: &mut Work<'_>, message: &Message, list: ListRole) -> Result<FromField, DecideError> {
    let Some(awaited) = awaited(work, message, list)? else { return Ok(FromField::AsItCame) };
    let of_the_team = message.author().is_some_and(|author| work.policy.team.iter().any(|person| person.writes_from(author)));
    if is_munged(work, &awaited) && !of_the_team && is_vouched_for(message, &work.policy.trust) {
        let author = message.from.first().map(|author| author.name.clone().unwrap_or_else(|| author.address.local().to_owned()));
        return Ok(FromField::OfTheList { author: author.unwrap_or_default() });
    }
    let said = format!("at receivers: {}", spoken(work, message, &awaited));
    if matches!(awaited, Reception::Passes(_)) {
        work.reasons(Stage::Verdict, &[crate::rules::Reason::new("dmarc", "copies", &said)]);
    } else {
        work.note("dmarc", &said);
    }
    Ok(FromField::AsItCame)
}

/// Notes which advisory answers to a letter to the members are about.
pub(super) fn thread(work: &mut Work<'_>, message: &Message, message_id: MessageId, label: Label) {
    let number = match label {
        Label::Advisory(number, _) => Some(number),
        _ => spoken_of(work, message),
    };
    if let Some(number) = number {
        work.effect(Effect::Thread { message_id, number });
    }
}

/// The live advisory a post is about: the one it answers, or the first it names.
fn spoken_of(work: &Work<'_>, message: &Message) -> Option<AdvisoryNumber> {
    let live = |number: &AdvisoryNumber| work.snapshot.live.iter().any(|live| live.number == *number);
    work.snapshot.answers.iter().filter_map(|answer| answer.advisory).find(live).or_else(|| {
        let text = format!("{}\n{}", message.subject, message.text);
        work.snapshot.live.iter().map(|live| live.number).find(|number| {
            let name = number.with_prefix(&work.policy.project.advisory_prefix).to_ascii_lowercase();
            text.to_ascii_lowercase()
                .match_indices(&name)
                .any(|(at, _)| !text.get(at + name.len()..).unwrap_or_default().starts_with(|c: char| c.is_ascii_digit()))
        })
    })
}

/// The class of what a member sends to the list on which only the team writes.
pub(super) const PRIMARY: &str = "primary";

/// Sends the poster the letter of the reason class, with the security contact and the public lists (P70).
pub(super) fn reject(
    work: &mut Work<'_>,
    post: InboxId,
    message: &Message,
    to: Address,
    class: &str,
    text: Option<String>,
) -> Result<Passage, DecideError> {
    let held = HeldId(post.row());
    let project = &work.policy.project;
    let public_lists = project
        .public
        .iter()
        .filter(|list| list.address.domain() == project.discuss.address.domain())
        .map(|list| list.address.clone())
        .collect();
    let reason_class = if work.policy.letters.has_rejection(class) { class } else { "other" }.to_owned();
    // Mail to the predisclosure list has a text of its own.
    let list = if class == PRIMARY { project.primary.name.clone() } else { project.discuss.name.clone() };
    let letter = Rejection {
        held,
        token: None,
        to: to.clone(),
        thread: Thread::answering(message),
        list,
        reason_class,
        moderators_text: text,
        public_lists,
    };
    let draft = letter.write(&mut work.desk())?;
    work.dispatch(draft, Sending { about: Some(post), outsider: Some(Outsider::Poster(held, to)), ..Sending::default() })
}

/// Tells the whole team what was ruled, and by whom.
pub(super) fn tell_team(work: &mut Work<'_>, post: InboxId, ruling: LetterRuling, by: RuledBy) -> Result<(), DecideError> {
    let to = work.to_the_team()?;
    let goes_out = matches!(ruling, LetterRuling::Approved | LetterRuling::SentOut);
    let recipients = goes_out.then(|| work.snapshot.roster.recipients().map_or(0, |members| members.as_slice().len()));
    let held = HeldId(post.row());
    let letter = Ruled { held, to, thread: work.letters_about(held), ruling, by, at: work.now, recipients };
    let draft = letter.write(&mut work.desk())?;
    work.send(draft, Sending { about: Some(post), ..Sending::default() })
}
