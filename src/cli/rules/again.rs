//! Judging mail again by other rules than those that decided it.
//!
//! What the rules knew then besides the mail is not kept: who had proved to be whom, which advisories were live. So a post is judged as a member's
//! about a live advisory, with rules that may act by themselves; the same for both sides of a comparison.

use serde::Serialize;

use crate::{
    classify::{self, Arrived, OurMarks, Ownership},
    compose::field_names,
    decide::{Policy, keys},
    disclosure::Poster,
    mail::Message,
    moderation::{self, Action, Circumstances, ModerationMode, Suggestion, Thread},
    rules::Reason,
};

/// Said wherever such a judgement is shown.
pub(super) const ASSUMED: &str =
    "posts are judged as a member's about a live advisory: who had proved what, and what was live, is not kept";

/// Which of the two rule files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// What kind of mail it is.
    Inbox,
    /// What becomes of a post.
    Discuss,
}

/// What rules say of a mail.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Judgement {
    /// The verdict of a post, the class of other mail.
    pub(super) verdict: &'static str,
    /// What a moderator would read; none for a class.
    pub(super) suggests: Option<&'static str>,
    /// The rule that spoke.
    pub(super) rule: Option<String>,
    /// The texts that made it speak, and what the gate has against acting.
    pub(super) reasons: Vec<Reason>,
}

impl Judgement {
    /// Whether people would notice the difference: another rule that says the same makes none.
    pub(super) fn differs(&self, other: &Self) -> bool {
        (self.verdict, self.suggests) != (other.verdict, other.suggests)
    }

    /// `hold, suggests reject, by policy-matter`.
    pub(super) fn told(&self) -> String {
        let suggests = self.suggests.filter(|_| self.verdict == Action::Hold.as_str());
        let suggests = suggests.map(|word| format!(", suggests {word}")).unwrap_or_default();
        let rule = self.rule.as_ref().map_or_else(|| ", no rule matched".to_owned(), |rule| format!(" by {rule}"));
        format!("{}{suggests}{rule}", self.verdict)
    }
}

/// Judges a mail by the rules of a policy. `came_for`: the address of the mailbox it was in, if it had one.
pub(super) fn judge(kind: Kind, policy: &Policy, message: &Message, came_for: &str) -> Judgement {
    match kind {
        Kind::Discuss => post(policy, message),
        Kind::Inbox => class(policy, message, came_for),
    }
}

fn post(policy: &Policy, message: &Message) -> Judgement {
    let poster = Poster::Member { organisation: "a member".to_owned() };
    let known = Circumstances {
        poster: &poster,
        live: &[],
        thread_is_live: Thread::AssumedLive,
        mode: ModerationMode::Automatic,
        team: &policy.team,
    };
    let verdict = moderation::judge(message, &known, &policy.project, &policy.discuss_rules);
    let gate = verdict.gate.iter().map(|fault| Reason::new("gate", fault.name(), &fault.to_string()));
    Judgement {
        verdict: verdict.action.as_str(),
        suggests: Some(Suggestion::as_str(verdict.suggests)),
        rule: verdict.rule,
        reasons: verdict.reasons.into_iter().chain(gate).collect(),
    }
}

fn class(policy: &Policy, message: &Message, came_for: &str) -> Judgement {
    let arrived = Arrived { message, envelope_to: keys::envelope_recipients(message), mailbox_for: came_for.parse().ok() };
    let desk = policy.project.desk.to_string();
    let marks = OurMarks { own_message_id: Ownership::NotOurs, loop_field: field_names::LOOP, loop_value: &desk };
    let found = classify::classify(&arrived, &policy.project, &marks, &policy.inbox_rules);
    Judgement { verdict: found.class.as_str(), suggests: None, rule: Some(found.rule), reasons: found.reasons }
}
