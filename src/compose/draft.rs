//! What a letter is before it is cleared: bytes, recipients, return path, and how secret it is.

use std::{collections::BTreeSet, fmt, str::FromStr};

use crate::{
    disclosure::{CaseId, ContentClass, Recipients},
    mail::{Address, MessageId},
};

/// The number of a held post, shown as `held-31`. Never reused. Says nothing about the post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct HeldId(pub i64);

impl fmt::Display for HeldId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "held-{}", self.0)
    }
}

impl FromStr for HeldId {
    type Err = std::num::ParseIntError;

    /// Accepts `31` and `held-31`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim().trim_start_matches("held-").parse().map(HeldId)
    }
}

/// The number of a letter that the firewall has stopped, shown as `blocked-3`. Never reused. Says nothing about the letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct BlockedId(pub i64);

impl fmt::Display for BlockedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "blocked-{}", self.0)
    }
}

/// What a letter is for. Decides, with its class, who may get it ([`crate::clearance`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LetterKind {
    /// To the discoverer: we have your report (P3).
    Acknowledgement,
    /// To the team: a report arrived (P6, P11, P13).
    TriageNotice,
    /// To the team: another mail on a case.
    CaseMail,
    /// To the discoverer: a team member's own words.
    CaseReply,
    /// To the discoverer: the date of the embargo, its end, or the end of the case.
    CaseNews,
    /// To the team: a post waits for a ruling (P67).
    HeldNotice,
    /// To the poster: your post waits.
    HeldReceipt,
    /// To the poster: not distributed, and where it belongs (P70).
    Rejection,
    /// To the team: somebody ruled.
    Ruled,
    /// To whoever sent a command: what became of it.
    CommandAnswer,
    /// To the team: an advisory waits for a second person's `send`.
    SendRequest,
    /// To the team: the public revision of an advisory is registered, and two people must arm it (P30).
    ArmRequest,
    /// To the team: how many got it.
    DeliverySummary,
    /// To an applicant who wrote to the wrong address (P71).
    ApplicationPointer,
    /// To the team: an application's checklist (P72-P79).
    ApplicationNotice,
    /// To the team: an answer for the public applications list, to be confirmed (P79).
    ApplicationDraft,
    /// To the public applications list: what the team decided (P79, P80).
    ApplicationAnswer,
    /// To the alias of a member: is it read? (P82)
    AliasProbe,
    /// To the alias of a member: a test by the way that an advisory takes.
    Drill,
    /// To the team: what waits about applications and members.
    MembershipDue,
    /// To whoever asks for a subscription by mail (P81).
    SubscriptionAnswer,
    /// To the contact outside the team's mailboxes: reports wait, and nobody has taken them.
    Escalation,
    /// To the team: something waits for too long, or is due.
    Reminder,
    /// To the team: the transparency report, to be sent by a person (P38).
    ReportDraft,
    /// To the team: something is wrong.
    Alarm,
    /// To the team: the firewall has stopped a letter.
    BlockNotice,
    /// To the members: a list post or an advisory, byte for byte (P26, P62).
    Redistribution,
    /// To the members: the embargo of an advisory that they hold ended before its date (P47).
    EmbargoEnded,
    /// To the public lists: an advisory whose embargo is over (P32).
    PublicRelease,
}

/// Who may get the letters of a kind. The team may get all but those to lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Nobody else.
    Team,
    /// Who reported the case.
    Discoverer,
    /// Who posted the held message, proven.
    Poster,
    /// Who sent an application to the team's address.
    Applicant,
    /// The alias of a member, or the address that is to become it.
    Alias,
    /// Whoever asked: it says what everybody may know.
    Anybody,
    /// Any member, by itself, of no case.
    EachMember,
    /// All members that do not have it, and exactly those.
    Members,
    /// The public applications list.
    ApplicationsList,
    /// The public lists.
    PublicLists,
}

impl LetterKind {
    /// Every kind.
    pub const ALL: [LetterKind; 29] = [
        LetterKind::Acknowledgement,
        LetterKind::TriageNotice,
        LetterKind::CaseMail,
        LetterKind::CaseReply,
        LetterKind::CaseNews,
        LetterKind::HeldNotice,
        LetterKind::HeldReceipt,
        LetterKind::Rejection,
        LetterKind::Ruled,
        LetterKind::CommandAnswer,
        LetterKind::SendRequest,
        LetterKind::ArmRequest,
        LetterKind::DeliverySummary,
        LetterKind::ApplicationPointer,
        LetterKind::ApplicationNotice,
        LetterKind::ApplicationDraft,
        LetterKind::ApplicationAnswer,
        LetterKind::AliasProbe,
        LetterKind::Drill,
        LetterKind::MembershipDue,
        LetterKind::SubscriptionAnswer,
        LetterKind::Escalation,
        LetterKind::Reminder,
        LetterKind::ReportDraft,
        LetterKind::Alarm,
        LetterKind::BlockNotice,
        LetterKind::Redistribution,
        LetterKind::EmbargoEnded,
        LetterKind::PublicRelease,
    ];

    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            LetterKind::Acknowledgement => "acknowledgement",
            LetterKind::TriageNotice => "triage-notice",
            LetterKind::CaseMail => "case-mail",
            LetterKind::CaseReply => "case-reply",
            LetterKind::CaseNews => "case-news",
            LetterKind::HeldNotice => "held-notice",
            LetterKind::HeldReceipt => "held-receipt",
            LetterKind::Rejection => "rejection",
            LetterKind::Ruled => "ruled",
            LetterKind::CommandAnswer => "command-answer",
            LetterKind::SendRequest => "send-request",
            LetterKind::ArmRequest => "arm-request",
            LetterKind::DeliverySummary => "delivery-summary",
            LetterKind::ApplicationPointer => "application-pointer",
            LetterKind::ApplicationNotice => "application-notice",
            LetterKind::ApplicationDraft => "application-draft",
            LetterKind::ApplicationAnswer => "application-answer",
            LetterKind::AliasProbe => "alias-probe",
            LetterKind::Drill => "drill",
            LetterKind::MembershipDue => "membership-due",
            LetterKind::SubscriptionAnswer => "subscription-answer",
            LetterKind::Escalation => "escalation",
            LetterKind::Reminder => "reminder",
            LetterKind::ReportDraft => "report-draft",
            LetterKind::Alarm => "alarm",
            LetterKind::BlockNotice => "block-notice",
            LetterKind::Redistribution => "redistribution",
            LetterKind::EmbargoEnded => "embargo-ended",
            LetterKind::PublicRelease => "public-release",
        }
    }

    /// Who may get it, besides the team. Whether somebody is one of them, [`crate::clearance`] says.
    pub fn readers(self) -> Readers {
        match self {
            LetterKind::TriageNotice
            | LetterKind::CaseMail
            | LetterKind::HeldNotice
            | LetterKind::Ruled
            | LetterKind::SendRequest
            | LetterKind::ArmRequest
            | LetterKind::DeliverySummary
            | LetterKind::ApplicationNotice
            | LetterKind::ApplicationDraft
            | LetterKind::MembershipDue
            | LetterKind::Reminder
            | LetterKind::ReportDraft
            | LetterKind::Alarm
            | LetterKind::BlockNotice => Readers::Team,
            LetterKind::Acknowledgement | LetterKind::CaseReply | LetterKind::CaseNews => Readers::Discoverer,
            LetterKind::HeldReceipt | LetterKind::Rejection | LetterKind::CommandAnswer => Readers::Poster,
            LetterKind::ApplicationPointer => Readers::Applicant,
            LetterKind::AliasProbe => Readers::Alias,
            LetterKind::SubscriptionAnswer | LetterKind::Escalation => Readers::Anybody,
            LetterKind::Drill => Readers::EachMember,
            LetterKind::Redistribution | LetterKind::EmbargoEnded => Readers::Members,
            LetterKind::ApplicationAnswer => Readers::ApplicationsList,
            LetterKind::PublicRelease => Readers::PublicLists,
        }
    }

    /// Whether only people of the team ever get it: asked again at the moment of sending.
    pub fn is_for_the_team(self) -> bool {
        self.readers() == Readers::Team
    }

    /// Whether it goes to public lists: such a letter is not sent again by itself when its end is unknown (invariant 7).
    pub fn is_for_the_public(self) -> bool {
        matches!(self.readers(), Readers::PublicLists | Readers::ApplicationsList)
    }

    /// The kind of that stored name.
    pub fn from_stored(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for LetterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The envelope sender (RFC 5321 4.1.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReversePath {
    /// `<>`: no bounce comes back (RFC 3834 section 3.3, RFC 5321 4.5.5).
    Null,
    /// This address with a detail for each recipient (`base+TOKEN@`), made when the delivery row is made: a bounce names its recipient.
    Verp(Address),
}

/// A letter that nobody has cleared yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Draft {
    /// What it is for.
    pub kind: LetterKind,
    /// How secret it is.
    pub class: ContentClass,
    /// The cases it may tell something about: only people cleared for all of them may get it.
    pub reveals: BTreeSet<CaseId>,
    /// The held post it tells something about, if it goes to that post's poster.
    pub held: Option<HeldId>,
    /// Its Message-ID.
    pub message_id: MessageId,
    /// The complete message, CRLF line ends.
    pub bytes: Vec<u8>,
    /// Who is to get it.
    pub to: Recipients,
    /// Where bounces go.
    pub reverse_path: ReversePath,
}

impl fmt::Debug for Draft {
    /// Without a byte of the letter: it may be embargoed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Draft({}, {}, {} bytes, {} recipients)",
            self.kind,
            self.class.as_str(),
            self.bytes.len(),
            self.to.as_slice().len()
        )
    }
}
