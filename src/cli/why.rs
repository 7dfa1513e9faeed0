//! `embargod why`: the whole story of a message, from its arrival to the last delivery of what it brought about.

use super::{
    Status,
    client::{self, Shape},
    columns::{Cell, Tone},
    stateful::{Number, Target, missing, second},
};
use crate::{
    mail::MessageId,
    store::{
        StoreError, read,
        why::{self, Story, StoryDelivery, StoryLetter, StoryReason},
    },
};

/// Up to so many deliveries of a letter are told one by one; of more only what went wrong, unless all are asked for.
const FEW: usize = 3;

/// The whole story of a message: what happened to it, because of it, and why
#[derive(Debug, clap::Args)]
pub(super) struct Why {
    #[command(flatten)]
    target: Target,
    /// Its number (17, held-17), or a Message-ID: its own, or one of a letter it brought about
    #[arg(value_name = "ID")]
    id: Named,
    /// Every delivery and every attempt
    #[arg(long)]
    full: bool,
}

/// How much is told of deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// What went wrong, and counts.
    Short,
    /// Each attempt.
    Full,
}

/// A message, by either of its names.
#[derive(Debug, Clone)]
enum Named {
    Number(Number),
    Id(MessageId),
}

impl std::str::FromStr for Named {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = || text.parse().ok().filter(|_| text.contains('@')).map(Named::Id);
        let named = text.parse().map(Named::Number).ok().or_else(id);
        named.ok_or("a number (17, held-17) or a Message-ID (<...@...>) is wanted")
    }
}

impl Why {
    pub(super) fn run(self) -> Status {
        let detail = if self.full { Detail::Full } else { Detail::Short };
        self.target.look(|_, connection, shape| {
            let stories = stories(connection, &self.id)?;
            for story in &stories {
                match shape {
                    Shape::Json => client::say_json(story),
                    Shape::Text => tell(story, detail).iter().for_each(|line| client::say(line)),
                }
            }
            Ok(match (&self.id, stories.is_empty()) {
                (Named::Number(number), true) => missing("message", number),
                (Named::Id(id), true) => missing("message with the Message-ID", id),
                (_, false) => Status::Done,
            })
        })
    }
}

fn stories(connection: &read::ReadOnly, id: &Named) -> Result<Vec<Story>, StoreError> {
    let numbers = match id {
        Named::Number(number) => vec![number.0],
        Named::Id(id) => why::with_message_id(connection, id.as_str())?,
    };
    let mut stories = Vec::new();
    for number in numbers {
        stories.extend(why::story(connection, number)?);
    }
    Ok(stories)
}

/// One moment of a story: when (RFC 3339), and what happened then.
struct Moment {
    at: String,
    lines: Vec<String>,
}

fn tell(story: &Story, detail: Detail) -> Vec<String> {
    let mut moments = vec![
        moment(&story.arrived_at, format!("received by the mail server ({})", story.source)),
        moment(&story.taken_at, format!("on our disk: {} bytes, sha256 {}", story.size, story.digest)),
    ];
    if !story.decided_at.is_empty() {
        moments.push(decided(story));
    }
    for event in &story.events {
        let actor = if event.actor.is_empty() { String::new() } else { format!(" by {}", event.actor) };
        let text = if event.text.is_empty() { String::new() } else { format!(": {}", event.text) };
        let about = match (event.cause, event.case) {
            (Some(mail), _) => format!(" (mail {mail})"),
            (None, Some(case)) => format!(" (case-{case})"),
            (None, None) => String::new(),
        };
        moments.push(moment(&event.at, format!("{}{actor}{text}{about}", event.kind)));
    }
    for letter in &story.letters {
        moments.push(queued(letter));
        moments.extend(delivered(letter, detail));
    }
    if let Some(ruling) = &story.ruling
        && !ruling.at.is_empty()
    {
        moments.push(moment(&ruling.at, format!("{} by {}", ruling.state, ruling.by)));
    }
    // What happened at the same instant stays in the order above: arrival, decision, record, letters.
    let stamp = |at: &str| at.parse::<jiff::Timestamp>().unwrap_or(jiff::Timestamp::MAX);
    moments.sort_by_key(|moment| stamp(&moment.at));
    let mut lines = vec![Cell::new(heading(story), Tone::Strong).painted()];
    for Moment { at, lines: texts } in moments {
        let mut margin = format!("  {}", second(&at));
        if at.is_empty() {
            margin = format!("  {:19}", "still open");
        }
        for text in texts {
            lines.push(format!("{margin}  {text}"));
            margin = " ".repeat(margin.chars().count());
        }
    }
    lines
}

fn heading(story: &Story) -> String {
    let class = if story.class.is_empty() { "nobody has looked at it yet" } else { &story.class };
    let waiting = match &story.ruling {
        Some(ruling) if ruling.state == "waiting" => format!(", waits for a person (suggested: {})", ruling.suggests),
        Some(ruling) => format!(", {}", ruling.state),
        None => String::new(),
    };
    let fault = if story.fault.is_empty() { String::new() } else { format!(": {}", story.fault) };
    format!("message {}: {class}, {}{waiting}{fault}", story.id, story.state)
}

fn moment(at: &str, text: String) -> Moment {
    Moment { at: at.to_owned(), lines: vec![Cell::from(text).painted()] }
}

fn decided(story: &Story) -> Moment {
    let mut moment = moment(&story.decided_at, format!("decided: {} by {}", story.class, story.rule));
    moment.lines.extend(story.reasons.iter().map(reason));
    moment
}

fn reason(reason: &StoryReason) -> String {
    let field = Cell::new(&reason.field, Tone::Faint).painted();
    format!("  {:<8}{field} \"{}\" ({})", reason.stage, Cell::from(&reason.text).painted(), reason.rule)
}

fn queued(letter: &StoryLetter) -> Moment {
    let to = match letter.deliveries.as_slice() {
        [one] => one.recipient.clone(),
        several => format!("{} recipients", several.len()),
    };
    moment(&letter.queued_at, format!("letter {} written: {} ({}) to {to}", letter.id, letter.kind, letter.class))
}

/// What became of a letter: each delivery of a few, of many the count and the unlucky ones.
fn delivered(letter: &StoryLetter, detail: Detail) -> Vec<Moment> {
    let mut moments = Vec::new();
    let lucky = |delivery: &&StoryDelivery| delivery.state == "accepted" && delivery.bounce.is_empty();
    let summary = detail == Detail::Short && letter.deliveries.len() > FEW;
    if summary {
        let accepted: Vec<&StoryDelivery> = letter.deliveries.iter().filter(lucky).collect();
        let last = accepted.iter().map(|delivery| delivery.settled_at.as_str()).max().unwrap_or(&letter.queued_at);
        let text = format!("letter {}: {} of {} delivered", letter.id, accepted.len(), letter.deliveries.len());
        moments.push(moment(last, text));
    }
    for delivery in letter.deliveries.iter().filter(|delivery| !summary || !lucky(delivery)) {
        if detail == Detail::Full {
            for attempt in &delivery.tries {
                let outcome = outcome(&attempt.outcome, &attempt.reply);
                let text = format!("letter {}: {} tried: {outcome}", letter.id, delivery.recipient);
                moments.push(moment(&attempt.started_at, text));
            }
        }
        let bounce = if delivery.bounce.is_empty() { String::new() } else { format!(", bounced: {}", delivery.bounce) };
        let tries = if delivery.attempts == 1 { String::new() } else { format!(", {} attempts", delivery.attempts) };
        let outcome = outcome(&delivery.state, &delivery.reply);
        let text = format!("letter {}: {} {outcome}{tries}{bounce}", letter.id, delivery.recipient);
        moments.push(moment(&delivery.settled_at, text));
    }
    moments
}

/// A reply of the relay begins with the outcome it stands for; our own remarks do not.
fn outcome(state: &str, reply: &str) -> String {
    match reply {
        "" => state.to_owned(),
        reply if reply.starts_with(state) => reply.to_owned(),
        reply => format!("{state}: {reply}"),
    }
}
