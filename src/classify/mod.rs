//! What kind of mail arrived, and which way it goes.
//!
//! The order is fixed: our own mail coming back, bounces, automatic mail, answers with a token of ours, then the address it came for, then its
//! content. What tells one class from another by its words is data (`rules/inbox.toml`); what tells it by structure is here.
//!
//! Promises: pure, never panics, drops nothing. A report is never lost to another class: in doubt `report` or `other`, both reach the team.
//! Fails never; a mail that nothing recognises is [`Class::Other`] by the rule `nothing-matched`.

pub mod arrival;
mod passed_on;
pub mod samples;

pub use passed_on::is_forward;

use std::str::FromStr;

use crate::{
    disclosure::{ListRole, Project},
    mail::{self, Address, AutomaticKind, AutomaticMark, Bounce, Encryption, Message},
    rules::{Author, MailView, PosterKind, Reason, RuleFileErrors, RuleSet, Ruling},
};

use arrival::Target;

/// What kind of mail it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A (suspected) vulnerability.
    Report,
    /// An application for membership, or what follows one (P71).
    Application,
    /// A post to the discussion list (P62-P70).
    Post,
    /// An advisory: the team's own for the primary list, or a copy of one.
    Advisory,
    /// An answer to a mail of ours, by its token.
    Command,
    /// A non-delivery or delay report.
    Bounce,
    /// A mail that an automaton wrote.
    AutoReply,
    /// Spam, sales, begging for bounties.
    Spam,
    /// Something else: a person looks at it.
    Other,
}

impl Class {
    /// The word stored and shown.
    pub fn as_str(self) -> &'static str {
        <Self as Ruling>::as_str(self)
    }
}

impl FromStr for Class {
    type Err = UnknownClass;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::NAMES.iter().find(|(name, _)| *name == word).map(|(_, class)| *class).ok_or(UnknownClass)
    }
}

/// The word names no [`Class`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a class is one of report, application, post, advisory, command, bounce, auto-reply, spam, other")]
pub struct UnknownClass;

impl Ruling for Class {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("report", Class::Report),
        ("application", Class::Application),
        ("post", Class::Post),
        ("advisory", Class::Advisory),
        ("command", Class::Command),
        ("bounce", Class::Bounce),
        ("auto-reply", Class::AutoReply),
        ("spam", Class::Spam),
        ("other", Class::Other),
    ];
    const SUGGESTIONS: &'static [&'static str] = &[];
    const REASON_CLASSES: &'static [&'static str] = &[];

    fn author(self) -> Author {
        Author::Anyone
    }
}

/// Which way the mail goes.
#[derive(Clone)]
pub enum Route {
    /// Our own mail has come back: nothing is done with it.
    OwnMail,
    /// A bounce, taken apart.
    Bounce(Box<Bounce>),
    /// An automaton wrote it: recorded, never answered.
    Automatic,
    /// An answer to a mail of ours, with the tokens it carries, as written.
    Token(Vec<String>),
    /// A post to the discussion list.
    Post,
    /// For the primary list's address.
    Advisory,
    /// For the applications list's address.
    Applications,
    /// Somebody wants on or off a list by mail (P81).
    SubscriptionRequest(Option<ListRole>),
    /// For the team's address.
    Security,
    /// For none of our addresses that we can see.
    Elsewhere,
}

/// The answer.
#[derive(Clone)]
pub struct Classified {
    /// What it is.
    pub class: Class,
    /// The rule that said so: one of `rules/inbox.toml` or of [`BUILT_IN`].
    pub rule: String,
    /// The texts that made it so.
    pub reasons: Vec<Reason>,
    /// Which way it goes.
    pub route: Route,
}

/// The names of the rules that are structure and therefore code.
pub const BUILT_IN: [&str; 11] = [
    "own-mail",
    "bounce",
    "bounce-address",
    "automatic",
    "token",
    "post",
    "primary-list",
    "applications-list",
    "subscription-request",
    "encrypted",
    "nothing-matched",
];

/// A message with what its delivery tells.
#[derive(Clone)]
pub struct Arrived<'a> {
    /// The message.
    pub message: &'a Message,
    /// The addresses of the topmost delivery block: Delivered-To, X-Original-To, Envelope-To.
    pub envelope_to: Vec<Address>,
    /// The address whose mail the mailbox holds, as configured.
    pub mailbox_for: Option<Address>,
}

/// Whether we sent a message with this Message-ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// We did.
    Ours,
    /// We did not.
    NotOurs,
}

/// What recognising our own mail needs to know.
#[derive(Debug, Clone, Copy)]
pub struct OurMarks<'a> {
    /// Whether this message's Message-ID is one we sent.
    pub own_message_id: Ownership,
    /// The name of the field that all our letters carry.
    pub loop_field: &'a str,
    /// Its value in our letters; empty: any value is ours.
    pub loop_value: &'a str,
}

/// The rules of `rules/inbox.toml`.
pub type InboxRules = RuleSet<Class>;

/// The rule file that is part of the program.
pub const INBOX_RULES: &str = include_str!("../../rules/inbox.toml");

/// The rules that are part of the program, for this project.
pub fn built_in_rules(project: &Project) -> Result<InboxRules, RuleFileErrors> {
    InboxRules::parse("rules/inbox.toml", INBOX_RULES, project)
}

/// Recognises a message.
pub fn classify(arrived: &Arrived<'_>, project: &Project, marks: &OurMarks<'_>, rules: &InboxRules) -> Classified {
    let message = arrived.message;
    if let Some(reason) = arrival::own_mail(message, project, marks) {
        return structural(Class::Other, reason, Route::OwnMail);
    }
    if let Some(bounce) = mail::bounce(message) {
        let text = bounce.diagnostic.as_deref().or(bounce.status.as_deref()).unwrap_or(&message.subject);
        let reason = Reason::new("bounce", "delivery-status", text);
        return structural(Class::Bounce, reason, Route::Bounce(Box::new(bounce)));
    }
    if let Some(mark) = mail::automatic(message).filter(|mark| counts(mark, message)) {
        return automatic(&mark, arrived, rules);
    }
    let tokens = arrival::tokens(arrived, project);
    if let Some(first) = tokens.first() {
        // The token is a secret: the reason names the way, not the word.
        let reason = Reason::new("token", "to", &format!("a reply address with {} characters of token", first.len()));
        return structural(Class::Command, reason, Route::Token(tokens));
    }
    match arrival::target(arrived, project) {
        (Target::Request(role), reason) => structural(Class::Other, reason, Route::SubscriptionRequest(role)),
        (Target::List(ListRole::Discuss), reason) => structural(Class::Post, reason, Route::Post),
        (Target::List(ListRole::Primary), reason) => structural(Class::Advisory, reason, Route::Advisory),
        (Target::BounceAddress, reason) => structural(Class::Other, reason, Route::Elsewhere),
        (Target::Applications, reason) => at_applications(reason, arrived, rules),
        (Target::Security, _) => by_content(arrived, rules, Route::Security),
        (Target::Nothing, _) => by_content(arrived, rules, Route::Elsewhere),
    }
}

/// Every rule of `rules/inbox.toml` asked about a message, for `rules explain`.
pub fn explain(arrived: &Arrived<'_>, rules: &InboxRules) -> Vec<crate::rules::RuleTrace> {
    rules.explain(&view_of(arrived))
}

fn view_of(arrived: &Arrived<'_>) -> MailView {
    MailView::of(arrived.message, PosterKind::Unproven, &arrived.envelope_to)
}

fn structural(class: Class, reason: Reason, route: Route) -> Classified {
    Classified { class, rule: reason.rule.clone(), reasons: vec![reason], route }
}

/// Whether the sign says that no person wrote it. Bulk and list mail is written by people; a null return path under a person's name is a sign
/// only on an answer: some gateways put it on everything, and a report must not be lost to it.
fn counts(mark: &AutomaticMark, message: &Message) -> bool {
    match mark.kind {
        AutomaticKind::AutoReply | AutomaticKind::Vacation | AutomaticKind::ChallengeResponse | AutomaticKind::Generated => true,
        AutomaticKind::Mailer => mark.field != "Return-Path" || message.answers().next().is_some(),
        AutomaticKind::Bulk | AutomaticKind::ListMail => false,
    }
}

/// An answering automaton repeats what it answers: its words count for nothing. A tracker or scanner that writes on its own account may well
/// be reporting (RFC 3834 2: `auto-generated` is not `auto-replied`).
///
/// What nothing recognises and what answers nothing is no auto-reply either: the output of a cron job, a notice of a scanner. A person may look.
fn automatic(mark: &AutomaticMark, arrived: &Arrived<'_>, rules: &InboxRules) -> Classified {
    let own_account = matches!(mark.kind, AutomaticKind::Generated | AutomaticKind::Mailer);
    if own_account
        && let found = by_content(arrived, rules, Route::Security)
        && matches!(found.class, Class::Report | Class::Application | Class::Advisory | Class::Spam)
    {
        let route = if found.class == Class::Spam { Route::Automatic } else { found.route };
        return Classified { route, ..found };
    }
    let message = arrived.message;
    let null_path = message.headers().first("Return-Path").is_some_and(|path| path.unfolded() == "<>");
    if mark.kind == AutomaticKind::Generated
        && !null_path
        && message.answers().next().is_none()
        && rules.first(&view_of(arrived)).is_none_or(|hit| hit.rule.action != Class::AutoReply)
    {
        return structural(Class::Other, Reason::new("nothing-matched", &mark.field, &mark.text), Route::Automatic);
    }
    structural(Class::AutoReply, Reason::new("automatic", &mark.field, &mark.text), Route::Automatic)
}

/// Everything there is an application or talk about one, unless it is plainly something else: a report sent to a public list by mistake must
/// reach the team at once.
fn at_applications(reason: Reason, arrived: &Arrived<'_>, rules: &InboxRules) -> Classified {
    match rules.first(&view_of(arrived)) {
        Some(hit) if matches!(hit.rule.action, Class::Report | Class::Spam) => {
            Classified { class: hit.rule.action, rule: hit.rule.name.clone(), reasons: hit.reasons, route: Route::Applications }
        }
        _ => structural(Class::Application, reason, Route::Applications),
    }
}

fn by_content(arrived: &Arrived<'_>, rules: &InboxRules, route: Route) -> Classified {
    if arrived.message.encryption != Encryption::None {
        // Who encrypts to the team's key has something to hide from others: a report, until somebody has read it.
        return structural(Class::Report, Reason::new("encrypted", "body", "the message is encrypted"), route);
    }
    let view = view_of(arrived);
    let own = rules.first(&view).map(|hit| (hit.rule.action, hit.rule.name.clone(), hit.reasons));
    let found = match own {
        Some((Class::Report | Class::Advisory | Class::Application, ..)) => own,
        own => in_what_it_passes_on(arrived.message, rules, own.as_ref()).or(own),
    };
    match found {
        // Words alone say that an automaton answered: nobody is told, but it waits for a person (RFC 3834 2).
        Some((Class::AutoReply, rule, reasons)) => Classified { class: Class::AutoReply, rule, reasons, route: Route::Automatic },
        Some((class, rule, reasons)) => Classified { class, rule, reasons, route },
        None => Classified { class: Class::Other, rule: "nothing-matched".to_owned(), reasons: Vec::new(), route },
    }
}

/// What a rule says of it, its name and why.
type Verdict = (Class, String, Vec<Reason>);

/// A report that somebody passes on is one whatever he says himself; an advisory or an application only when he says nothing.
fn in_what_it_passes_on(message: &Message, rules: &InboxRules, own: Option<&Verdict>) -> Option<Verdict> {
    let mut report = None;
    let mut other = None;
    for inner in passed_on::messages(message) {
        if inner.encryption != Encryption::None {
            let reason = Reason::new("encrypted", "body", "an attached message is encrypted");
            return Some((Class::Report, "encrypted".to_owned(), vec![reason]));
        }
        if report.is_some() {
            continue;
        }
        let hit = rules.first(&MailView::of(&inner, PosterKind::Unproven, &[]));
        let found = match hit.as_ref().map(|hit| hit.rule.action) {
            Some(Class::Report) => &mut report,
            Some(Class::Advisory | Class::Application) if other.is_none() => &mut other,
            _ => continue,
        };
        *found = hit.map(|hit| (hit.rule.action, hit.rule.name.clone(), hit.reasons));
    }
    report.or(other.filter(|_| own.is_none()))
}

#[cfg(test)]
mod tests;
