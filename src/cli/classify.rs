//! `embargod classify`: what kind of mail it is, and why.

use serde::Serialize;

use super::{
    Status,
    client::{self, Shape},
    columns::{Cell, Tone},
    judging::Judging,
};
use crate::{
    classify::{self, Arrived, Class, OurMarks, Ownership},
    compose::field_names,
    decide::{Policy, keys},
    mail::{self, Address, Message, Permanence},
    rules::Reason,
};

/// What kind of mail it is, and why; changes nothing
#[derive(Debug, clap::Args)]
pub(super) struct Classify {
    /// The address it was delivered to [default: as the mail's own headers tell]
    #[arg(long, value_name = "ADDR")]
    to: Option<Address>,
    #[command(flatten)]
    judging: Judging,
}

/// One line of `--json` (docs/formats.md).
#[derive(Serialize)]
struct Answer<'a> {
    path: &'a str,
    class: Class,
    rule: &'a str,
    reasons: &'a [Reason],
    bounce: Option<BounceAnswer>,
}

#[derive(Serialize)]
struct BounceAnswer {
    recipient: Option<String>,
    status: Option<String>,
    /// Null when the notice does not say.
    permanent: Option<bool>,
}

impl Classify {
    pub(super) fn run(self) -> Status {
        self.judging.each(|policy, shape, path, message| {
            let found = recognise(policy, message, self.to.as_ref());
            let bounce = if found.class == Class::Bounce { mail::bounce(message).map(bounce) } else { None };
            let answer = Answer { path, class: found.class, rule: &found.rule, reasons: &found.reasons, bounce };
            match shape {
                Shape::Json => client::say_json(&answer),
                Shape::Text => show(&answer),
            }
            Status::Done
        })
    }
}

/// What the daemon would say of the message, had it just come in. Only what the database knows is left out: which mail is our own or a copy.
pub(super) fn recognise(policy: &Policy, message: &Message, to: Option<&Address>) -> classify::Classified {
    let arrived = arrived(message, to);
    let desk = policy.project.desk.to_string();
    let marks = OurMarks { own_message_id: Ownership::NotOurs, loop_field: field_names::LOOP, loop_value: &desk };
    classify::classify(&arrived, &policy.project, &marks, &policy.inbox_rules)
}

/// The message as it would have arrived.
pub(super) fn arrived<'m>(message: &'m Message, to: Option<&Address>) -> Arrived<'m> {
    let envelope_to = to.map_or_else(|| keys::envelope_recipients(message), |to| vec![to.clone()]);
    Arrived { message, envelope_to, mailbox_for: None }
}

fn bounce(bounce: mail::Bounce) -> BounceAnswer {
    BounceAnswer {
        recipient: bounce.recipient.map(|recipient| recipient.to_string()),
        status: bounce.status,
        permanent: match bounce.permanence {
            Permanence::Permanent => Some(true),
            Permanence::Temporary => Some(false),
            Permanence::Unknown => None,
        },
    }
}

fn show(answer: &Answer<'_>) {
    let tone = if answer.class == Class::Other { Tone::Alert } else { Tone::Strong };
    let (path, class) = (Cell::from(answer.path).painted(), Cell::new(answer.class.as_str(), tone).painted());
    client::say(&format!("{path}: {class} by {}", answer.rule));
    client::say_reasons(answer.reasons);
    if let Some(bounce) = &answer.bounce {
        let permanent = match bounce.permanent {
            Some(true) => "permanent",
            Some(false) => "temporary",
            None => "does not say whether it is permanent",
        };
        let (recipient, status) =
            (bounce.recipient.as_deref().unwrap_or("unknown"), bounce.status.as_deref().unwrap_or("no status"));
        client::say(&format!("    recipient {}: {}, {permanent}", Cell::from(recipient).painted(), Cell::from(status).painted()));
    }
}
