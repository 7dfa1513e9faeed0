//! To each moderator: a post waits for a ruling; why, what is suggested, and the three words that rule (P67).

use std::collections::BTreeSet;

use super::{
    Desk, Draft, Enclosure, HeldId, LetterError, LetterKind, NoticeMode, Thread,
    desk::{Author, Page},
    values::{Blueprint, Values, Variable},
};
use crate::{
    disclosure::{ContentClass, ListName, Poster, Recipients},
    mail::Address,
    rules::Reason,
};

pub(super) const BLUEPRINT: Blueprint = Blueprint {
    name: "held-notice",
    text: include_str!("../../rules/letters/held-notice.txt"),
    variables: &[
        Variable::Id("held"),
        Variable::Line("list"),
        Variable::Flag("urgent"),
        Variable::Flag("other"),
        Variable::Flag("answerable"),
        Variable::Line("sender"),
        Variable::Line("poster"),
        Variable::Line("receivers"),
        Variable::Line("rule"),
        Variable::List("reasons"),
        Variable::List("gate"),
        Variable::Line("suggestion"),
        Variable::Line("subject"),
        Variable::Line("summary"),
        Variable::Flag("enclosed"),
        Variable::Flag("large"),
    ],
};

/// Whether a held post may wait for the next look at the mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Haste {
    /// It may.
    Normal,
    /// It speaks of exploitation or a leak.
    Urgent,
}

/// What is held: it decides which words rule on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldWhat {
    /// A post to the discussion list.
    Post,
    /// Mail that came for nothing of ours: it can never be distributed.
    Other,
}

/// The notice of a held post to one moderator.
#[derive(Clone)]
pub struct HeldNotice {
    /// The held post.
    pub held: HeldId,
    /// What it is.
    pub what: HeldWhat,
    /// This person's token for this post in this state.
    pub token: String,
    /// The moderator.
    pub to: Address,
    /// Usually [`Thread::new`].
    pub thread: Thread,
    /// The list it was posted to, or what it is instead (`mail nobody recognised`).
    pub list: ListName,
    /// The rule that matched.
    pub rule: Option<String>,
    /// Which fields and texts decided.
    pub reasons: Vec<Reason>,
    /// Why the rule may not act by itself, one line each, without words of the mail.
    pub gate: Vec<String>,
    /// `approve`, `reject policy`, `hold`, `discard`, `reroute security`.
    pub suggestion: String,
    /// Whether it is urgent.
    pub haste: Haste,
    /// Who posted it, as far as it is proven.
    pub poster: Poster,
    /// What awaits its copies at receivers that follow DMARC.
    pub receivers: String,
    /// The post.
    pub post: Enclosure,
    /// How much the notice may carry.
    pub mode: NoticeMode,
}

impl HeldNotice {
    /// Writes it.
    pub fn write(self, desk: &mut Desk<'_>) -> Result<Draft, LetterError> {
        let values = Values::default()
            .line("held", self.held.to_string())
            .line("list", &self.list.0)
            .flag("other", (self.what == HeldWhat::Other).into())
            .flag("answerable", is_answered(&self.poster).into())
            .flag("urgent", (self.haste == Haste::Urgent).into())
            .line("sender", self.post.sender(self.mode))
            .line("poster", poster(&self.poster))
            .line("receivers", &self.receivers)
            .line("rule", self.rule.as_deref().unwrap_or_default())
            .list("reasons", self.reasons.iter().map(|reason| spoken(reason, self.mode)))
            .list("gate", &self.gate)
            .line("suggestion", &self.suggestion)
            .line("subject", self.post.subject(self.mode))
            .line("summary", self.post.summary())
            .flag("enclosed", self.post.enclosed(self.mode).is_some().into())
            .flag("large", self.post.is_large().into());
        desk.finish(Page {
            kind: LetterKind::HeldNotice,
            text: BLUEPRINT.name,
            values,
            class: ContentClass::Embargoed,
            reveals: BTreeSet::new(),
            held: Some(self.held),
            to: Recipients::one(self.to),
            author: Author::Notice,
            thread: &self.thread,
            token: Some(&self.token),
            enclosure: self.post.enclosed(self.mode),
        })
    }
}

/// `subject: "who else is on the list" (rule list-membership)`; without the words where the notice may not carry any.
pub(super) fn spoken(reason: &Reason, mode: NoticeMode) -> String {
    match mode {
        NoticeMode::Full => format!("{}: \"{}\" (rule {})", reason.field, reason.text, reason.rule),
        NoticeMode::HeadersOnly => format!("{} (rule {})", reason.field, reason.rule),
    }
}

/// Whether a rejection goes to the poster.
fn is_answered(poster: &Poster) -> bool {
    matches!(poster, Poster::Team(_) | Poster::Member { .. } | Poster::MembersDomain { .. })
}

fn poster(poster: &Poster) -> String {
    match poster {
        Poster::Team(member) => format!("{} of the team, proven", member.name()),
        Poster::Member { organisation } => format!("member {organisation}, proven"),
        Poster::MembersDomain { organisation } => {
            format!("proven, at the domain of member {organisation}, but not a confirmed poster")
        }
        Poster::Stranger => "proven, but not a member".to_owned(),
        Poster::Unproven => "NOT PROVEN: the sender may be forged".to_owned(),
    }
}
