//! What the store knows that bears on one message, read in the transaction that will record the decision.

use jiff::Timestamp;

use super::incoming::InboxId;
/// What the door needs to know, for the store that looks it up.
pub use super::{
    blocked::{BlockedLetter, BlockedState, Found},
    material::{self, CaseFacts, Use},
};
/// What a case is made of, for the store that keeps it.
pub use crate::cases::{Actor, CaseEvent, CaseFile, CloseReason, DisarmCause, NumberUse, Numbers, Origin, Recorded};
/// The firewall, for the store that keeps the fingerprints.
pub use crate::{
    clearance::{LiveCase, Proposal, Wall},
    compose::BlockedId,
    firewall::{Fingerprints, Firewall, Letter, Public, Rule},
};
use crate::{
    disclosure::{AdvisoryNumber, Case, CaseId, LiveAdvisory, PersonName, Roster},
    mail::{Address, Digest, Mailbox, MessageId, RawMessage},
    rules::Reason,
};

/// Facts for one decision.
#[derive(Clone, Default)]
pub struct Snapshot {
    /// Team (from the configuration) and members (from the membership table).
    pub roster: Roster,
    /// Advisories members hold and the public does not.
    pub live: Vec<LiveAdvisory>,
    /// An earlier arrival of the same bytes for the same place: this one is a copy.
    pub copy_of: Option<InboxId>,
    /// An earlier message with the same Message-ID and other bytes.
    pub same_id_as: Option<InboxId>,
    /// This Message-ID is one of our own letters.
    pub own_letter: bool,
    /// A mail with this Message-ID was redistributed by us: a copy of it comes back marked.
    pub own_copy: bool,
    /// The tokens the message carries, as far as we made them.
    pub tokens: Vec<TokenRecord>,
    /// The delivery whose return path the message came to.
    pub returned: Option<Returned>,
    /// The letter whose return key the message came to, or repeats: it names the letter and no recipient.
    pub returned_letter: Option<ReturnedLetter>,
    /// Letters of ours or mails of cases that the message answers by its references.
    pub answers: Vec<Answered>,
    /// The case of a token or of an answer, if any.
    pub cases: Vec<Case>,
    /// The same cases as their events make them.
    pub files: Vec<CaseFile>,
    /// The cases that were closed as duplicates of one of these, or of such a duplicate: their discoverers wait for the same date.
    pub duplicates: Vec<(Case, CaseFile)>,
    /// Every advisory number that was ever used.
    pub numbers: Numbers,
    /// The last mail that certainly belongs to the first of these cases.
    pub last_mail: Option<RawMessage>,
    /// The held post a token is about.
    pub held: Option<HeldPost>,
    /// The advisory a token is about.
    pub advisory: Option<WaitingAdvisory>,
    /// The stopped letter a token is about.
    pub blocked: Option<BlockedLetter>,
    /// The live cases, and who is cleared for them; when nobody has looked them up, letters go to the team alone.
    pub wall: Wall,
    /// The number the next stopped letter gets.
    pub next_blocked: Option<BlockedId>,
    /// The number the next case gets.
    pub next_case: Option<CaseId>,
    /// The number the next advisory record gets.
    pub next_advisory: Option<AdvisoryRow>,
    /// Acknowledgements and other automatic answers sent to this author in the last 24 hours.
    pub answered_author: u32,
    /// Automatic answers sent to anyone in the last hour.
    pub answered_anyone: u32,
    /// Answers to commands sent to this author in the last hour.
    pub answered_commands: u32,
    /// A subscription request of this author was answered within a week (P81).
    pub subscription_answered: bool,
    /// Mails for which notices or alarms went to the team within ten minutes.
    pub recent_notices: u32,
    /// Mails on the case at hand for which notices went to the team within ten minutes.
    pub recent_case_mails: u32,
    /// Reports for which notices went to the team within ten minutes.
    pub recent_cases: u32,
    /// The kill switch stands: no rule acts by itself.
    pub hold_all: bool,
    /// What is known of the application or the member that the message is about.
    pub membership: super::membership::MembershipFacts,
    /// The end of the record, as `audit head` prints it.
    pub record: Option<String>,
    /// Active members without accepted terms on record (P54), where the mail is for the predisclosure list.
    pub without_terms: Vec<String>,
    /// The discoverers of the cases of an advisory, with the names that their mails have.
    pub discoverers: Vec<(CaseId, Mailbox)>,
    /// Revisions of advisories already registered: number and revision.
    pub registered: Vec<(AdvisoryNumber, u32)>,
}

/// The row of an advisory record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct AdvisoryRow(pub i64);

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A team member rules on a held post.
    Moderate,
    /// A poster withdraws an own held post.
    Withdraw,
    /// A team member releases an advisory to the members.
    Send,
    /// A team member acts on a case.
    Case,
    /// The discoverer writes to an own case.
    Discoverer,
    /// A team member lets a stopped letter out, or ends it.
    LetOut,
    /// A team member acts on an application for membership.
    Application,
    /// A team member acts on a member.
    Member,
    /// Whoever reads the alias of a member answers a question.
    Alias,
}

impl Purpose {
    /// The word stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::Moderate => "moderate",
            Purpose::Withdraw => "withdraw",
            Purpose::Send => "send",
            Purpose::Case => "case",
            Purpose::Discoverer => "discoverer",
            Purpose::LetOut => "let-out",
            Purpose::Application => "application",
            Purpose::Member => "member",
            Purpose::Alias => "alias",
        }
    }

    /// The purpose stored under that word.
    pub fn from_stored(word: &str) -> Option<Self> {
        [
            Purpose::Moderate,
            Purpose::Withdraw,
            Purpose::Send,
            Purpose::Case,
            Purpose::Discoverer,
            Purpose::LetOut,
            Purpose::Application,
            Purpose::Member,
            Purpose::Alias,
        ]
        .into_iter()
        .find(|purpose| purpose.as_str() == word)
    }
}

/// The object of the token that a letter about several cases carries: no case by itself ([`super::digest::narrowed`]).
pub const DIGEST: i64 = 0;

/// A capability we gave to one person for one object (invariant 4): worth something only together with a proven sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// SHA-256 of the token: the token itself is only in the letter.
    pub hash: Digest,
    /// What it is for.
    pub purpose: Purpose,
    /// The team member it was made for.
    pub person: Option<PersonName>,
    /// The outsider it was made for.
    pub address: Option<Address>,
    /// The held post (inbox row), advisory row, case, application or member it is about.
    pub object: i64,
    /// Digest of the content it was made for.
    pub digest: Digest,
    /// State version of the object it was made for.
    pub version: i64,
    /// When it was used, and by which mail.
    pub spent: Option<(Timestamp, Option<InboxId>)>,
}

/// The delivery that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// Its row.
    pub delivery: i64,
    /// To whom it went.
    pub recipient: Address,
    /// What the letter was for, as stored.
    pub kind: String,
    /// What the letter carried.
    pub label: super::effect::Label,
    /// The message the letter carried.
    pub about: Option<InboxId>,
    /// To how many the letter went.
    pub total: u32,
    /// For how many of them no bounce and no failure is booked.
    pub fine: u32,
    /// When a bounce was booked on it already.
    pub booked: Option<Timestamp>,
}

/// The letter that came back to some of its recipients.
#[derive(Debug, Clone, Default)]
pub struct ReturnedLetter {
    /// Every delivery of it.
    pub copies: Vec<Returned>,
    /// The members among its recipients.
    pub members: Vec<super::membership::MemberFile>,
    /// The recipients whom the relay wrote into the return path.
    pub named: Vec<Address>,
}

/// Something of ours that the message refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The id it refers to.
    pub message_id: MessageId,
    /// The case of that letter or mail.
    pub case: Option<CaseId>,
    /// The advisory whose thread it is in.
    pub advisory: Option<AdvisoryNumber>,
}

/// Where a ruling stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeldState {
    /// Nobody has ruled.
    Waiting,
    /// Somebody has.
    Ruled {
        /// How: approved, rejected, discarded, rerouted, withdrawn.
        how: String,
        /// By whom.
        by: String,
        /// When.
        at: Timestamp,
    },
}

/// A held post with everything a ruling needs.
#[derive(Clone)]
pub struct HeldPost {
    /// Its number.
    pub inbox: InboxId,
    /// Its bytes.
    pub raw: RawMessage,
    /// Whether it is a post to the discussion list or something else.
    pub place: HeldPlace,
    /// The proven poster, the only outsider who may be answered.
    pub poster: Option<Address>,
    /// Where the ruling stands.
    pub state: HeldState,
    /// Counts the changes.
    pub version: i64,
    /// The reason class a rule proposed.
    pub reason_class: Option<String>,
    /// Why it was held: rule, field, text.
    pub reasons: Vec<Reason>,
}

/// What kind of mail is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldPlace {
    /// A post to the discussion list.
    Discuss,
    /// An advisory of the team for the predisclosure list: a second person's `send` releases it.
    Primary,
    /// Anything else a person must look at; it can be discarded or rerouted, never distributed.
    Other,
}

impl HeldPlace {
    /// The word stored.
    pub fn as_str(self) -> &'static str {
        match self {
            HeldPlace::Discuss => "discuss",
            HeldPlace::Primary => "primary",
            HeldPlace::Other => "other",
        }
    }
}

/// An advisory registered for the predisclosure list.
#[derive(Clone)]
pub struct WaitingAdvisory {
    /// Its row.
    pub row: AdvisoryRow,
    /// Its number, if its Subject names one.
    pub number: Option<AdvisoryNumber>,
    /// Its version.
    pub revision: u32,
    /// The mail it came with.
    pub inbox: InboxId,
    /// The bytes of that mail.
    pub raw: RawMessage,
    /// Who gave it to us.
    pub submitted_by: PersonName,
    /// `waiting`, `sent` or `cancelled`.
    pub state: AdvisoryState,
    /// Who decided, when it is no longer waiting.
    pub decided_by: Option<(PersonName, Timestamp)>,
    /// When the embargo ends.
    pub until: Option<Timestamp>,
    /// Counts the changes.
    pub version: i64,
}

/// Where an advisory stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdvisoryState {
    /// Waits for a second team member.
    Waiting,
    /// Sent to the members.
    Sent,
    /// Withdrawn by the team.
    Cancelled,
}

impl AdvisoryState {
    /// The word stored.
    pub fn as_str(self) -> &'static str {
        match self {
            AdvisoryState::Waiting => "waiting",
            AdvisoryState::Sent => "sent",
            AdvisoryState::Cancelled => "cancelled",
        }
    }
}
