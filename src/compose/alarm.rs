//! To the team: something is wrong and a person must look. Constant words for each kind, and ids: an alarm never carries a mail.

use std::collections::BTreeSet;

use super::{
    Desk, Draft, LetterError, LetterKind, Thread,
    desk::{Author, Page},
    values::{Blueprint, Values, Variable},
};
use crate::disclosure::{ContentClass, Recipients};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "alarm",
    text: include_str!("../../rules/letters/alarm.txt"),
    variables: &[Variable::Id("id"), Variable::Line("kind"), Variable::List("ids")],
};

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlarmKind {
    /// A mail could not be handled and is kept aside.
    Quarantined,
    /// A mail over the size limit: only its headers were fetched.
    Oversized,
    /// A public address among the recipients of private mail.
    LeakSuspected,
    /// Mail to the primary list from somebody who is not a proven team member.
    PrimaryPostRefused,
    /// Mail that no rule knows is held.
    UnknownHeld,
    /// A Message-ID seen before came with other content.
    MessageIdReused,
    /// A recipient's server did not take a letter for days; given up.
    GivenUp,
    /// A command with a valid token from somebody it was not made for, or without proof.
    CommandRefused,
    /// The instant of a release has come and two people have not armed it: nothing is published (P30).
    ReleaseNotArmed,
    /// The clocks disagree, so that nobody can say whether the instant of a release has come: nothing is published.
    ClocksDisagree,
    /// A destination of a public release does not have it, and trying again would not help or might send it twice.
    ReleaseStuck,
    /// A member wants verified TLS, and nothing assures it behind the relay: its copies wait (P63).
    TlsLacking,
    /// The database was restored from a copy, and work goes on: what may have happened since the copy was made is for people.
    Restored,
    /// Mails came that another database may have handled: they are set aside, and everything else goes on.
    PerhapsHandled,
    /// The public pages would withdraw what is published already: they are not written (P33).
    PagesWithdraw,
}

impl AlarmKind {
    /// Every kind.
    pub const ALL: [AlarmKind; 15] = [
        AlarmKind::Quarantined,
        AlarmKind::Oversized,
        AlarmKind::LeakSuspected,
        AlarmKind::PrimaryPostRefused,
        AlarmKind::UnknownHeld,
        AlarmKind::MessageIdReused,
        AlarmKind::GivenUp,
        AlarmKind::CommandRefused,
        AlarmKind::ReleaseNotArmed,
        AlarmKind::ClocksDisagree,
        AlarmKind::ReleaseStuck,
        AlarmKind::TlsLacking,
        AlarmKind::Restored,
        AlarmKind::PerhapsHandled,
        AlarmKind::PagesWithdraw,
    ];

    /// The word stored and used in the text.
    pub fn as_str(self) -> &'static str {
        match self {
            AlarmKind::Quarantined => "quarantined",
            AlarmKind::Oversized => "oversized",
            AlarmKind::LeakSuspected => "leak-suspected",
            AlarmKind::PrimaryPostRefused => "primary-post-refused",
            AlarmKind::UnknownHeld => "unknown-held",
            AlarmKind::MessageIdReused => "message-id-reused",
            AlarmKind::GivenUp => "given-up",
            AlarmKind::CommandRefused => "command-refused",
            AlarmKind::ReleaseNotArmed => "release-not-armed",
            AlarmKind::ClocksDisagree => "clocks-disagree",
            AlarmKind::ReleaseStuck => "release-stuck",
            AlarmKind::TlsLacking => "tls-lacking",
            AlarmKind::Restored => "restored",
            AlarmKind::PerhapsHandled => "perhaps-handled",
            AlarmKind::PagesWithdraw => "pages-withdraw",
        }
    }
}

/// The alarm.
#[derive(Debug, Clone)]
pub struct Alarm {
    /// The team.
    pub to: Recipients,
    /// Usually [`Thread::new`].
    pub thread: Thread,
    /// What is wrong.
    pub kind: AlarmKind,
    /// What it is about: `in-412`, `held-31`, `case-17`. The first one stands in the Subject.
    pub ids: Vec<String>,
}

impl Alarm {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let values = Values::default()
            .line("id", self.ids.first().map_or("alarm", String::as_str))
            .line("kind", self.kind.as_str())
            .list("ids", &self.ids);
        desk.finish(Page {
            kind: LetterKind::Alarm,
            text: BLUEPRINT.name,
            values,
            class: ContentClass::Confidential,
            reveals: BTreeSet::new(),
            held: None,
            to: self.to,
            author: Author::Notice,
            thread: &self.thread,
            token: None,
            enclosure: None,
        })
    }
}
