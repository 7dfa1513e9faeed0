//! What comes of a request about an application: events, or the step that is missing.

use super::{
    event::{Answer, ApplicationEvent, FoundItem, FoundState, Heard},
    file::{ApplicationFile, ApplicationState},
    refused::Refused,
};
use crate::{
    disclosure::PersonName,
    mail::{Address, Digest},
    membership::{Actor, Category, Looks, organisation},
};

/// What the judgement must know besides the file.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The policy's sentence about incomplete applications.
    pub policy_note: &'a str,
    /// The item that asks for the alias: a person who chooses one has found it.
    pub alias_item: Option<&'a str>,
    /// Organisations and role addresses of members.
    pub members: &'a [(String, Address)],
    /// The text of the answer asked for, as it would stand on the public list.
    pub text: &'a str,
}

/// What somebody wants with an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApplicationRequest {
    /// It came again.
    Resubmit {
        /// The mail.
        mail: i64,
        /// The organisation, as it names itself.
        organisation: Option<String>,
        /// Its domains.
        domains: Vec<String>,
        /// The addresses it offers.
        aliases: Vec<Address>,
        /// The category it names.
        category: Option<Category>,
        /// The checklist of that mail.
        items: Vec<FoundItem>,
    },
    /// Another mail in its thread.
    Hear {
        /// The mail.
        mail: i64,
        /// What it seems to be.
        what: Heard,
    },
    /// Look at it.
    Review,
    /// Correct what the machine found.
    Item {
        /// `A05` or the whole id.
        item: String,
        /// Whether it is there.
        state: FoundState,
        /// Why.
        because: String,
    },
    /// Under which name it would be listed.
    Name {
        /// The name.
        organisation: String,
    },
    /// Which alias is subscribed.
    Alias {
        /// The address.
        alias: Address,
        /// What it looks like.
        looks: Looks,
        /// Why it is taken nevertheless.
        because: Option<String>,
    },
    /// In which category it is.
    Category {
        /// The category.
        category: Category,
    },
    /// Draft an answer.
    Draft {
        /// Which.
        answer: Answer,
    },
    /// Send the drafted answer.
    Send {
        /// The text that the person was shown; `None`: typed on the machine, where the last one was shown.
        digest: Option<Digest>,
    },
    /// Drop the draft.
    Retract,
    /// The applicant took it back.
    Withdrawn {
        /// Where that stands.
        because: Option<String>,
    },
    /// Nobody answers.
    Expire {
        /// Why.
        because: String,
    },
    /// The applicant appeals.
    Appealed {
        /// Where that stands.
        because: Option<String>,
    },
    /// The alias gets both lists.
    Subscribed {
        /// The member.
        member: i64,
    },
    /// A note for the record.
    Note {
        /// The note.
        text: String,
    },
}

type Ruling = Result<Vec<ApplicationEvent>, Refused>;

/// What comes of a request; every event fits the file, in order.
///
/// # Errors
/// [`Refused`], the step that is missing.
pub fn judge(file: &ApplicationFile, request: &ApplicationRequest, by: &Actor, circumstances: &Circumstances<'_>) -> Ruling {
    admit(file, request, by)?;
    let one = |event| Ok(vec![event]);
    match request {
        ApplicationRequest::Resubmit { mail, organisation, domains, aliases, category, items } => {
            one(ApplicationEvent::Resubmitted {
                mail: *mail,
                organisation: organisation.clone(),
                domains: domains.clone(),
                aliases: aliases.clone(),
                category: *category,
                items: items.clone(),
            })
        }
        ApplicationRequest::Hear { mail, what } => one(ApplicationEvent::Heard { mail: *mail, what: *what }),
        ApplicationRequest::Review => match (file.state, file.reviewer.as_ref() == by.person()) {
            (ApplicationState::UnderReview, true) => Err(Refused::Already),
            _ => one(ApplicationEvent::ReviewBegun),
        },
        ApplicationRequest::Item { item, state, because } => {
            let item = known_item(file, item)?;
            one(ApplicationEvent::Item { item, state: *state, because: said(because)? })
        }
        ApplicationRequest::Name { organisation } => {
            let organisation = said(organisation)?;
            if !organisation::is_showable(&organisation) {
                return Err(Refused::Nameless);
            }
            one(ApplicationEvent::Named { organisation })
        }
        ApplicationRequest::Alias { alias, looks, because } => {
            let because = because.as_deref().map(said).transpose()?;
            match looks {
                Looks::PublicList => return Err(Refused::AliasPublic),
                Looks::Unclear | Looks::Personal if because.is_none() => return Err(Refused::AliasDoubtful(*looks)),
                _ => {}
            }
            free(alias, circumstances)?;
            let open = circumstances.alias_item.filter(|item| file.open_items().any(|open| open == *item));
            let found = open.map(|item| ApplicationEvent::Item {
                item: item.to_owned(),
                state: FoundState::Present,
                because: because.clone().unwrap_or_else(|| "the alias that was chosen".to_owned()),
            });
            let chosen = ApplicationEvent::Alias { alias: alias.clone(), looks: *looks, because };
            Ok(std::iter::once(chosen).chain(found).collect())
        }
        ApplicationRequest::Category { category } => one(ApplicationEvent::Categorised { category: *category }),
        ApplicationRequest::Draft { answer } => draft(file, *answer, circumstances),
        ApplicationRequest::Send { digest } => send(file, *digest, person(by)?, circumstances),
        ApplicationRequest::Retract => match &file.draft {
            Some(_) => one(ApplicationEvent::DraftDropped),
            None => Err(Refused::NoDraft),
        },
        ApplicationRequest::Withdrawn { because } => one(ApplicationEvent::Withdrawn { because: because.clone() }),
        ApplicationRequest::Expire { because } => one(ApplicationEvent::Expired { because: said(because)? }),
        ApplicationRequest::Appealed { because } => match file.state {
            ApplicationState::Rejected => one(ApplicationEvent::Appealed { because: because.clone() }),
            _ => Err(Refused::NotRejected),
        },
        ApplicationRequest::Subscribed { member } => match file.state {
            ApplicationState::Accepted => Ok(vec![ApplicationEvent::Subscribed { member: *member }, ApplicationEvent::Listed]),
            _ => Err(Refused::Already),
        },
        ApplicationRequest::Note { text } => one(ApplicationEvent::Noted { text: said(text)? }),
    }
}

fn admit(file: &ApplicationFile, request: &ApplicationRequest, by: &Actor) -> Result<(), Refused> {
    let of_mail = matches!(request, ApplicationRequest::Resubmit { .. } | ApplicationRequest::Hear { .. });
    let of_member = matches!(request, ApplicationRequest::Subscribed { .. });
    let may = match by {
        Actor::Person(_) => !of_mail,
        Actor::Applicant => of_mail,
        Actor::Alias | Actor::Daemon => of_member,
        Actor::Operator => false,
    };
    if !may {
        return Err(Refused::NotThisActor);
    }
    let always = matches!(
        request,
        ApplicationRequest::Hear { .. }
            | ApplicationRequest::Note { .. }
            | ApplicationRequest::Appealed { .. }
            | ApplicationRequest::Subscribed { .. }
    );
    if always || file.state.is_open() { Ok(()) } else { Err(Refused::Closed(file.state.as_str())) }
}

fn draft(file: &ApplicationFile, answer: Answer, circumstances: &Circumstances<'_>) -> Ruling {
    match answer {
        Answer::Accepted => acceptable(file, circumstances)?,
        Answer::Incomplete if file.open_items().next().is_none() => return Err(Refused::NothingMissing),
        Answer::Incomplete | Answer::Rejected => {}
    }
    let text = said(circumstances.text)?;
    let digest = Digest::of(text.as_bytes());
    let drafted = ApplicationEvent::Drafted { answer, text, digest };
    // Whoever answers has looked at it.
    let review = (file.state != ApplicationState::UnderReview).then_some(ApplicationEvent::ReviewBegun);
    Ok(review.into_iter().chain([drafted]).collect())
}

fn send(file: &ApplicationFile, shown: Option<Digest>, by: &PersonName, circumstances: &Circumstances<'_>) -> Ruling {
    let draft = file.draft.as_ref().ok_or(Refused::NoDraft)?;
    if shown.is_some_and(|shown| shown != draft.digest) {
        return Err(Refused::OtherDraft);
    }
    if draft.answer == Answer::Accepted {
        if draft.by == *by {
            return Err(Refused::OwnDraft(draft.by.clone()));
        }
        acceptable(file, circumstances)?;
    }
    Ok(vec![ApplicationEvent::Answered { answer: draft.answer, digest: draft.digest, drafted_by: draft.by.clone() }])
}

/// Whether nothing stands in the way of accepting it (P79: "no discretion").
fn acceptable(file: &ApplicationFile, circumstances: &Circumstances<'_>) -> Result<(), Refused> {
    let open: Vec<&str> = file.open_items().collect();
    if let Some(first) = open.first() {
        let items = open.join(", ");
        let first = first.split('-').next().unwrap_or_default().to_owned();
        return Err(Refused::Open { items, note: circumstances.policy_note.to_owned(), first });
    }
    let name = file.organisation().filter(|name| organisation::is_showable(name)).ok_or(Refused::Nameless)?;
    if let Some((member, _)) = circumstances.members.iter().find(|(member, _)| organisation::is_same(member, name)) {
        return Err(Refused::MemberAlready(member.clone()));
    }
    file.category().ok_or(Refused::NoCategory)?;
    let alias = file.alias().ok_or(Refused::NoAlias(file.aliases().len()))?;
    free(alias, circumstances)
}

fn free(alias: &Address, circumstances: &Circumstances<'_>) -> Result<(), Refused> {
    match circumstances.members.iter().find(|(_, address)| address == alias) {
        Some((organisation, _)) => Err(Refused::AliasTaken(organisation.clone())),
        None => Ok(()),
    }
}

fn known_item(file: &ApplicationFile, item: &str) -> Result<String, Refused> {
    let item = item.to_ascii_uppercase();
    let is_it = |id: &str| id == item || id.split('-').next() == Some(item.as_str());
    file.items.iter().map(|known| known.id.as_str()).find(|id| is_it(id)).map(str::to_owned).ok_or(Refused::NoSuchItem)
}

fn person(by: &Actor) -> Result<&PersonName, Refused> {
    by.person().ok_or(Refused::NotThisActor)
}

fn said(text: &str) -> Result<String, Refused> {
    let text = text.trim();
    if text.is_empty() { Err(Refused::Empty) } else { Ok(text.to_owned()) }
}
