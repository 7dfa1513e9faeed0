//! Applications and members: what mail, commands and the clock bring about (P48-P54, P62-P66, P71-P83).
//!
//! The judgement is [`crate::membership`]; here its answers become records and letters. `arriving` takes mail of the public list, [`applying`] and
//! [`belonging`] the commands, [`alias`] the answers of role addresses, [`due`] what time brings about, [`drill`] the fire drill.
//!
//! Promises: nothing goes to the public list but a text that a person was shown and confirmed; no command is obeyed without token and person.

pub mod alias;
pub mod applying;
pub(super) mod arriving;
pub mod belonging;
pub mod drill;
pub mod due;

use super::{DecideError, Work, effect::Effect, incoming::InboxId};
pub use crate::membership::{
    Actor, ApplicationId, Looks, MemberId,
    applying::{ApplicationEvent, ApplicationFile, ApplicationRecorded, ApplicationState, Heard},
    belonging::{
        MemberCircumstances, MemberEvent, MemberFile, MemberRecorded, MemberRequest, Particulars, Probe, Standing, Terms,
        judge as judge_member,
    },
    history::{self, Change as RosterChange, HistoryLine, PolicyVersion, Verb},
    organisation::{self, Organisation},
    queue::Patience,
};
use crate::{
    application::{ApplicationRules, RoleFlag, role_score},
    mail::{Address, RawMessage},
};

/// How an application was found to a mail on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// The mail answers one of its mails, or one of ours about it.
    Reference,
    /// The same address, or one at the same domain, has an open one.
    Applicant,
}

/// What the store knows of the application or the member that a message is about.
#[derive(Clone, Default)]
pub struct MembershipFacts {
    /// The application of a token or of a thread.
    pub application: Option<ApplicationFile>,
    /// How it was found, where a mail on the list is at hand.
    pub found_by: Option<FoundBy>,
    /// The applicant's last mail, so that the public answer stands below it.
    pub last_mail: Option<RawMessage>,
    /// The member of a token, or whose mail came back.
    pub member: Option<MemberFile>,
    /// Who had the alias in question before: its row is used again.
    pub former: Option<MemberFile>,
    /// The number the next member gets.
    pub next_member: Option<MemberId>,
    /// Organisations and addresses of everybody who is or may become a member.
    pub known: Vec<(String, Address)>,
    /// The same of everybody who was one.
    pub gone: Vec<(String, Address)>,
    /// Mails on the applications list for which notices went out within ten minutes.
    pub recent_notices: u32,
}

/// Something that the store writes about applications and members.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Something happened to an application.
    Application {
        /// Which.
        id: ApplicationId,
        /// Who did it.
        by: Actor,
        /// What.
        event: ApplicationEvent,
    },
    /// Something happened to a member.
    Member {
        /// Which.
        id: MemberId,
        /// Who did it.
        by: Actor,
        /// What.
        event: MemberEvent,
    },
    /// A fire drill begins.
    Drill {
        /// Its number.
        id: i64,
        /// Who began it.
        by: String,
    },
    /// A digest was given. Fails the transaction if it was given before.
    Told {
        /// Which: `due:2026-11-23`.
        key: String,
    },
}

impl Effect {
    /// Something happened to an application.
    pub(super) fn application(id: ApplicationId, by: &Actor, event: ApplicationEvent) -> Self {
        Effect::Membership(Box::new(Change::Application { id, by: by.clone(), event }))
    }

    /// Something happened to a member.
    pub(super) fn member(id: MemberId, by: &Actor, event: MemberEvent) -> Self {
        Effect::Membership(Box::new(Change::Member { id, by: by.clone(), event }))
    }
}

/// What an address looks like.
pub fn looks(address: &Address, author: Option<&Address>, rules: &ApplicationRules) -> Looks {
    let found = role_score(address, author, rules);
    if found.flags.contains(&RoleFlag::PublicList) {
        return Looks::PublicList;
    }
    match found.score {
        _ if found.flags.contains(&RoleFlag::StrangeDomain) => Looks::Unclear,
        2.. => Looks::Role,
        ..=-2 => Looks::Personal,
        _ => Looks::Unclear,
    }
}

/// When things are brought up again.
pub fn patience(rules: &ApplicationRules) -> Patience {
    let days = |days: u16| jiff::SignedDuration::from_hours(i64::from(days) * 24);
    Patience {
        team: days(rules.days.team),
        applicant: days(rules.days.applicant),
        alias: days(rules.days.alias),
        probe_every: days(rules.days.probe_every),
    }
}

/// One sentence on where the application or the member of a token stands.
pub(super) fn standing(work: &Work<'_>) -> Option<String> {
    let facts = &work.snapshot.membership;
    if let Some(file) = &facts.application {
        let open: Vec<&str> = file.open_items().collect();
        let open = if open.is_empty() { "every item is there".to_owned() } else { format!("open: {}", open.join(", ")) };
        let since = work.instant(file.since());
        return Some(format!("{} is {} since {since}; {open}.", file.id(), file.state().as_str()));
    }
    let file = facts.member.as_ref()?;
    let mut text = format!("{} is {} since {}.", file.id(), file.standing().as_str(), work.instant(file.since()));
    for to_do in file.to_do() {
        text.push_str(&format!(" To do: {}.", to_do.as_str()));
    }
    Some(text)
}

/// The message at hand, for what the record says it is about.
fn at_hand(work: &Work<'_>) -> Option<InboxId> {
    work.message()
}

fn missing(what: &'static str) -> DecideError {
    DecideError::Missing(what)
}
