//! What a decision changes: values that the store writes in one transaction.

use jiff::Timestamp;

use super::{
    blocked::{BlockedLetter, Found},
    incoming::InboxId,
    snapshot::{AdvisoryRow, HeldPlace, TokenRecord},
};
use crate::{
    cases::{Actor, CaseEvent},
    disclosure::{AdvisoryNumber, CaseId, PersonName},
    mail::{Address, Digest, MessageId},
};
/// Types of other judgements that a decision carries to the store.
pub use crate::{
    cases::{Due, RemindWhen, RemindWhom, Reminder},
    classify::Class,
    clearance::{Cleared, Proposal},
    compose::{BlockedId, Draft, HeldId, LetterKind, ReversePath},
    moderation::{Suggestion, Urgency},
    rules::Reason,
    schedule::ALARM_EVERY,
};

/// What becomes of one message, and everything that follows from it.
pub struct Decision {
    /// Its class.
    pub class: Class,
    /// The rule that gave the class or the verdict.
    pub rule: String,
    /// Why, in the order in which it was found.
    pub reasons: Vec<(Stage, Reason)>,
    /// Whether the message is done with or waits for a person.
    pub end: End,
    /// The changes.
    pub effects: Vec<Effect>,
}

/// Which judgement a reason belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Recognition: what kind of mail it is.
    Class,
    /// Moderation: what the rules say of the post.
    Verdict,
    /// Why a rule may only suggest.
    Gate,
}

impl Stage {
    /// The word stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Class => "class",
            Stage::Verdict => "verdict",
            Stage::Gate => "gate",
        }
    }
}

/// Where a message ends for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Nothing more is to be done with it.
    Decided,
    /// It waits for a person.
    Held,
}

/// One change.
pub enum Effect {
    /// A report opens a case.
    OpenCase {
        /// Its number, as the snapshot promised.
        id: CaseId,
        /// Who reported.
        discoverer: Option<Address>,
        /// The secret part of the case's reply address.
        token: String,
    },
    /// A mail belongs to a case.
    Attach {
        /// The mail: the one at hand, or a held one that is rerouted.
        mail: InboxId,
        /// The case.
        case: CaseId,
        /// How that is known.
        how: Attachment,
    },
    /// Something happened to a case.
    Happened(Box<Happened>),
    /// The message waits for a person.
    Hold {
        /// What kind of mail.
        place: HeldPlace,
        /// What is suggested.
        suggests: Suggestion,
        /// The reason class a rejection would have.
        reason_class: Option<String>,
        /// Whether it jumps the queue.
        urgency: Urgency,
        /// The proven poster.
        poster: Option<Address>,
    },
    /// A held message is ruled on. Fails the transaction if its version is another one by now.
    Settle {
        /// The held message.
        held: InboxId,
        /// The version the ruling was made for.
        version: i64,
        /// approved, rejected, discarded, rerouted, withdrawn.
        how: Ruling,
        /// Who ruled.
        by: String,
    },
    /// An advisory is registered and waits for a second team member.
    RegisterAdvisory {
        /// Its row, as the snapshot promised.
        row: AdvisoryRow,
        /// Its number, if its Subject names one.
        number: Option<AdvisoryNumber>,
        /// Its version.
        revision: u32,
        /// Digest of the mail it came with.
        digest: Digest,
        /// Who gave it to us.
        submitted_by: PersonName,
        /// When the embargo ends.
        until: Option<Timestamp>,
    },
    /// An advisory was released to the members or cancelled.
    MoveAdvisory {
        /// Its row.
        row: AdvisoryRow,
        /// The version the decision was made for.
        version: i64,
        /// What was decided.
        to: super::snapshot::AdvisoryState,
        /// By whom.
        by: PersonName,
    },
    /// Answers to this id are about that advisory.
    Thread {
        /// The id.
        message_id: MessageId,
        /// The advisory.
        number: AdvisoryNumber,
    },
    /// An application arrived.
    RecordApplication {
        /// Whether it came by the public list or to the team.
        via: ApplicationWay,
        /// Ids of required items that are open.
        missing: Vec<String>,
    },
    /// Something happened to an application, to a member, or to what is told about them.
    Membership(Box<super::membership::Change>),
    /// A letter leaves: one delivery row for each recipient.
    Queue(Box<Outgoing>),
    /// The firewall has stopped a letter: it is kept.
    Block(Box<BlockedLetter>),
    /// Something happens to a stopped letter. Fails the transaction if it does not wait any more, or if another proposal stands by now.
    MoveBlocked {
        /// Which one.
        id: BlockedId,
        /// The proposal the decision was made for.
        proposed: Option<Proposal>,
        /// What happens.
        to: BlockedMove,
    },
    /// A capability is given out.
    Mint(TokenRecord),
    /// A capability is used up by this message.
    Spend(Digest),
    /// A delivery came back.
    BookBounce {
        /// Its row.
        delivery: i64,
        /// Enhanced status or `5.x.x`-like summary, never the server's words.
        status: String,
        /// Whether it is final.
        permanent: bool,
    },
    /// Something is to happen at a time unless settled before.
    Remind {
        /// What.
        kind: ReminderKind,
        /// Case number or held row.
        object: i64,
        /// When.
        due: Timestamp,
    },
    /// A reminder of a case is given with the letters beside it. Fails the transaction if it was given before.
    Reminded {
        /// The case.
        case: CaseId,
        /// The reminder.
        due: Box<Due>,
        /// Who gets it.
        whom: Vec<PersonName>,
    },
    /// No longer needed.
    Forget {
        /// What.
        kind: ReminderKind,
        /// Case number or held row.
        object: i64,
    },
    /// An entry for the record.
    Note(Note),
}

/// What happens to a stopped letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlockedMove {
    /// One person wants to let it out.
    Proposed(PersonName),
    /// A second one agreed: it goes.
    LetOut(PersonName),
    /// It will not go.
    Discarded(PersonName),
    /// It was scanned again, and this is what is in it by now; a proposal is void.
    Found(Vec<Found>),
}

/// A letter on its way to the store.
pub struct Outgoing {
    /// The letter, cleared for its recipients.
    pub letter: Cleared,
    /// The message it carries or speaks of.
    pub about: Option<InboxId>,
    /// The case it belongs to.
    pub case: Option<CaseId>,
    /// What its summary will speak of.
    pub label: Label,
    /// Secret return-path detail for each recipient, in the order of the letter's recipients; empty for a null reverse-path.
    pub return_tokens: Vec<String>,
    /// Secret key of the whole letter: the detail of a return path that several recipients share, and the id of its envelopes (RFC 3461 4.4). Empty for a
    /// null reverse-path.
    pub return_key: String,
}

/// What a letter carries to the members, as the team knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// An advisory in some version.
    Advisory(AdvisoryNumber, u32),
    /// A post.
    Post(InboxId),
    /// A fire drill, by its number.
    Drill(i64),
    /// Nothing of theirs: a notice or an answer.
    None,
}

impl Label {
    /// As stored: `advisory:484:2`, `post:17`, or empty.
    pub fn to_stored(self) -> String {
        match self {
            Label::Advisory(number, revision) => format!("advisory:{number}:{revision}"),
            Label::Post(id) => format!("post:{id}"),
            Label::Drill(id) => format!("drill:{id}"),
            Label::None => String::new(),
        }
    }

    /// Read back; anything unknown is [`Label::None`].
    pub fn from_stored(text: &str) -> Self {
        let mut words = text.split(':');
        match (words.next(), words.next().and_then(|word| word.parse::<i64>().ok()), words.next()) {
            (Some("drill"), Some(id), None) => Label::Drill(id),
            (Some("post"), Some(id), None) => Label::Post(InboxId::of_row(id)),
            (Some("advisory"), Some(number), Some(revision)) => {
                let number = u16::try_from(number).ok().and_then(|number| AdvisoryNumber::new(number).ok());
                match (number, revision.parse()) {
                    (Some(number), Ok(revision)) => Label::Advisory(number, revision),
                    _ => Label::None,
                }
            }
            _ => Label::None,
        }
    }
}

/// Something that happened to a case, for the record that the case is folded from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// The case.
    pub case: CaseId,
    /// The message it is about, when that is not the message at hand.
    pub about: Option<InboxId>,
    /// Who did it.
    pub by: Actor,
    /// What.
    pub event: CaseEvent,
    /// One sentence for people who read the record.
    pub text: String,
}

/// An entry for the record. Its text is ours, or what a team member typed for the record (`note`, `close`); nothing else of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// A short word: `opened`, `approved`, `forged-command`.
    pub kind: &'static str,
    /// The message it is about, when that is not the message at hand.
    pub about: Option<InboxId>,
    /// The case it is about.
    pub case: Option<CaseId>,
    /// Who acted.
    pub actor: String,
    /// One sentence.
    pub text: String,
}

/// How a mail belongs to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attachment {
    /// It opened the case.
    Report,
    /// It came to the case's secret address.
    Reply,
    /// It refers to a mail of the case: a person confirms.
    Suggested,
}

impl Attachment {
    /// The word stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Attachment::Report => "report",
            Attachment::Reply => "reply",
            Attachment::Suggested => "suggested",
        }
    }
}

/// How a held message was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ruling {
    /// Goes out to the list.
    Approved,
    /// Goes back to the poster with the reason.
    Rejected,
    /// Ends here; the bytes are kept.
    Discarded,
    /// Handled as mail to the team.
    Rerouted,
    /// Taken back by its poster.
    Withdrawn,
}

impl Ruling {
    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Ruling::Approved => "approved",
            Ruling::Rejected => "rejected",
            Ruling::Discarded => "discarded",
            Ruling::Rerouted => "rerouted",
            Ruling::Withdrawn => "withdrawn",
        }
    }
}

/// How an application reached us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplicationWay {
    /// By the public list, as the policy asks (P71).
    List,
    /// To the team's address.
    Security,
}

/// What is reminded of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReminderKind {
    /// A case for which no notices went out, because there were too many reports at once. What comes later is due by its record.
    Unclaimed,
    /// A held message nobody has ruled on.
    Held,
}

impl ReminderKind {
    /// The word stored.
    pub fn as_str(self) -> &'static str {
        match self {
            ReminderKind::Unclaimed => "unclaimed",
            ReminderKind::Held => "held",
        }
    }
}
