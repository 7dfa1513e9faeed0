//! Bounces and automatic mail, as the mail floor tells them.

use crate::mail::{Address, Headers, Message, MessageId};

/// A non-delivery report taken apart (RFC 3464 and what came before it).
#[derive(Clone)]
pub struct Bounce {
    /// Whom the mail did not reach.
    pub recipient: Option<Address>,
    /// The enhanced status code (RFC 3463).
    pub status: Option<String>,
    /// Whether trying again is of use.
    pub permanence: Permanence,
    /// What the other server said.
    pub diagnostic: Option<String>,
    /// The Message-ID of the mail that came back.
    pub original_message_id: Option<MessageId>,
}

/// Whether trying again is of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permanence {
    /// No.
    Permanent,
    /// Yes.
    Temporary,
    /// It does not say.
    Unknown,
}

/// On whose account an automaton writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaker {
    /// It answers.
    Answering,
    /// It writes by itself: trackers, scanners.
    OwnAccount,
}

/// The sign that an automaton wrote it.
pub(crate) struct Mark {
    pub(crate) field: String,
    pub(crate) text: String,
    pub(super) speaker: Speaker,
}

/// The bounce in a message.
pub(super) fn bounce(message: &Message) -> Option<Bounce> {
    let report = message.header("Content-Type").is_some_and(|value| {
        let value = value.to_ascii_lowercase();
        value.contains("multipart/report") && value.contains("delivery-status")
    });
    report.then_some(Bounce {
        recipient: None,
        status: None,
        permanence: Permanence::Unknown,
        diagnostic: None,
        original_message_id: None,
    })
}

/// RFC 3834 5: anything but `no` was not written by a person.
pub(crate) fn automatic(message: &Message) -> Option<Mark> {
    let headers = Headers::of(message.raw.bytes());
    let value = headers.first("Auto-Submitted")?.unfolded();
    let keyword = value.split([';', '(', ' ']).next().unwrap_or_default().to_ascii_lowercase();
    let speaker = match keyword.as_str() {
        "" | "no" => return None,
        "auto-generated" | "auto-notified" => Speaker::OwnAccount,
        _ => Speaker::Answering,
    };
    Some(Mark { field: "Auto-Submitted".to_owned(), text: value, speaker })
}
