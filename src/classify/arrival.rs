//! Whose mail it is by its structure: our own coming back, answers with a token, and the address it came for.

use crate::{
    disclosure::{ListRole, Project, project::TokenPlace},
    entropy::is_token,
    mail::{Address, Message},
    rules::Reason,
};

use super::{Arrived, OurMarks, Ownership};

/// What an address of ours is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    List(ListRole),
    Applications,
    Request(Option<ListRole>),
    BounceAddress,
    Security,
    Nothing,
}

/// Our own mail coming back: only fields of its own header count, so that a report that quotes or attaches a letter of ours is none.
pub(super) fn own_mail(message: &Message, project: &Project, marks: &OurMarks<'_>) -> Option<Reason> {
    let headers = message.headers();
    let reason = |field: &str, text: &str| Some(Reason::new("own-mail", field, text));
    if marks.own_message_id == Ownership::Ours {
        return reason("Message-ID", "a Message-ID that we gave");
    }
    if !marks.loop_field.is_empty() {
        let ours = |value: &String| marks.loop_value.is_empty() || value == marks.loop_value;
        if headers.all(marks.loop_field).map(|field| field.unfolded()).any(|value| ours(&value)) {
            return reason(marks.loop_field, "the field that all our letters carry");
        }
    }
    for field in headers.all("X-BeenThere") {
        let list = field.unfolded().parse::<Address>().ok();
        if let Some(list) = list.and_then(|address| project.private_list(&address).map(|list| list.name.to_string())) {
            return reason("X-BeenThere", &list);
        }
    }
    None
}

/// The tokens in the reply addresses it was sent to, or in the Message-IDs it answers.
pub(super) fn tokens(arrived: &Arrived<'_>, project: &Project) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut take = |token: &str| {
        if !tokens.iter().any(|known| known.eq_ignore_ascii_case(token)) {
            tokens.push(token.to_owned());
        }
    };
    for address in arrived.envelope_to.iter().chain(arrived.message.recipients()) {
        if let Some((base, detail)) = address.split_detail()
            && project.same(&base, &project.desk)
        {
            take(detail);
        }
    }
    if project.tokens == TokenPlace::MessageId
        && let Some(token) = token_answered(arrived.message)
    {
        take(token);
    }
    tokens
}

/// The token in the Message-ID that a message answers (`TOKEN.RANDOM@desk`). Only the mail answered counts, In-Reply-To or else the last of the
/// References: the older ones carry the tokens of letters that were answered before.
pub fn token_answered(message: &Message) -> Option<&str> {
    let answered = message.in_reply_to.first().or(message.references.last())?;
    answered.local().split('.').next().filter(|word| is_token(word))
}

/// What it came for: by its delivery when that names an address of ours, by its header otherwise.
pub(super) fn target(arrived: &Arrived<'_>, project: &Project) -> (Target, Reason) {
    let message = arrived.message;
    let delivered: Vec<&Address> = arrived.envelope_to.iter().chain(arrived.mailbox_for.as_ref()).collect();
    let mut known = ours(&delivered, "envelope", project);
    if known.is_empty() {
        known = ours(&message.recipients().collect::<Vec<_>>(), "to", project);
        for list in project.private_lists() {
            if message.list_ids.contains(&list.list_id) {
                known.push((Target::List(list.role), "list", list.list_id.to_string()));
            }
        }
        if project.applications.list_id.as_ref().is_some_and(|id| message.list_ids.contains(id)) {
            known.push((Target::Applications, "list", project.applications.address.to_string()));
        }
    }
    // The address of smallest audience first: a mail to security@ and a list came for the list as well, and the list's rules are stricter.
    let order = [
        Target::BounceAddress,
        Target::List(ListRole::Discuss),
        Target::List(ListRole::Primary),
        Target::Request(Some(ListRole::Discuss)),
        Target::Request(Some(ListRole::Primary)),
        Target::Request(None),
        Target::Applications,
        Target::Security,
    ];
    let found = order.into_iter().find_map(|target| known.iter().find(|(this, ..)| *this == target));
    let Some((target, field, text)) = found else {
        return (Target::Nothing, Reason::new("nothing-matched", "to", ""));
    };
    let role = match target {
        Target::List(role) => Some(Some(*role)),
        Target::Applications => Some(None),
        _ => None,
    };
    if let Some(role) = role
        && wants_subscription(&message.subject)
    {
        return (Target::Request(role), Reason::new("subscription-request", "subject", &message.subject));
    }
    let rule = match target {
        Target::List(ListRole::Discuss) => "post",
        Target::List(ListRole::Primary) => "primary-list",
        Target::Applications => "applications-list",
        Target::Request(_) => "subscription-request",
        Target::BounceAddress => "bounce-address",
        Target::Security | Target::Nothing => "nothing-matched",
    };
    (*target, Reason::new(rule, field, text))
}

fn ours(addresses: &[&Address], field: &'static str, project: &Project) -> Vec<(Target, &'static str, String)> {
    addresses.iter().filter_map(|address| Some((kind(address, project)?, field, address.to_string()))).collect()
}

fn kind(address: &Address, project: &Project) -> Option<Target> {
    if let Some(list) = project.private_list(address) {
        return Some(Target::List(list.role));
    }
    for list in project.private_lists() {
        if project.same(address, &list.request()) {
            return Some(Target::Request(Some(list.role)));
        }
        let base = address.split_detail().map(|(base, _)| base);
        if project.same(address, &list.bounces()) || base.is_some_and(|base| project.same(&base, &list.bounces())) {
            return Some(Target::BounceAddress);
        }
    }
    let applications = &project.applications;
    if project.same(address, &applications.address) || applications.aliases.iter().any(|alias| project.same(alias, address)) {
        return Some(Target::Applications);
    }
    if project.same(address, &applications.address.with_suffix("-request")) {
        return Some(Target::Request(None));
    }
    let desk = project.same(address, &project.desk);
    let owner = project.private_lists().into_iter().any(|list| project.same(address, &list.address.with_suffix("-owner")));
    (desk || owner || project.is_security(address)).then_some(Target::Security)
}

/// `subscribe`, `Unsubscribe me please`, `join xen-security-issues`: the first word says it (P81).
fn wants_subscription(subject: &str) -> bool {
    let mut words = subject.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase());
    let mut first = words.next();
    while first.as_deref().is_some_and(|word| ["re", "please", "pls", "fwd"].contains(&word)) {
        first = words.next();
    }
    let asks = first.is_some_and(|word| ["subscribe", "unsubscribe", "signoff"].contains(&word.as_str()));
    asks && words.count() <= 4
}
