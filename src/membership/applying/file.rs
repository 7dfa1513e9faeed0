//! An application as its events make it.
//!
//! Promises: folding what [`super::judge`] answered never fails; folding a record that was changed by hand does, where it shows one person doing
//! what takes two, or an answer that nobody drafted.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::event::{Answer, ApplicationEvent, ApplicationRecorded, FoundItem, FoundState, Heard};
use crate::{
    disclosure::PersonName,
    mail::{Address, Digest},
    membership::{Actor, ApplicationId, Category, Looks},
};

/// Where an application stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApplicationState {
    /// It came, and nobody has looked.
    Received,
    /// The public list says what is missing.
    Incomplete,
    /// It came again.
    Resubmitted,
    /// A person looks at it.
    UnderReview,
    /// The public list says that it is accepted.
    Accepted,
    /// The alias gets both lists.
    Subscribed,
    /// The organisation stands on the public list.
    Listed,
    /// The public list says that it is not accepted.
    Rejected,
    /// The applicant appeals.
    Appealed,
    /// Taken back.
    Withdrawn,
    /// Nobody answered.
    Expired,
}

impl ApplicationState {
    /// Whether the team has something to decide, or the applicant something to send.
    pub fn is_open(self) -> bool {
        matches!(
            self,
            ApplicationState::Received
                | ApplicationState::Incomplete
                | ApplicationState::Resubmitted
                | ApplicationState::UnderReview
                | ApplicationState::Appealed
        )
    }

    /// The word shown and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            ApplicationState::Received => "received",
            ApplicationState::Incomplete => "incomplete",
            ApplicationState::Resubmitted => "resubmitted",
            ApplicationState::UnderReview => "under-review",
            ApplicationState::Accepted => "accepted",
            ApplicationState::Subscribed => "subscribed",
            ApplicationState::Listed => "listed",
            ApplicationState::Rejected => "rejected",
            ApplicationState::Appealed => "appealed",
            ApplicationState::Withdrawn => "withdrawn",
            ApplicationState::Expired => "expired",
        }
    }
}

/// An answer that waits for a person's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Which.
    pub answer: Answer,
    /// The text.
    pub text: String,
    /// Its SHA-256.
    pub digest: Digest,
    /// Who drafted it.
    pub by: PersonName,
}

/// An application as its events make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicationFile {
    pub(super) id: ApplicationId,
    pub(super) version: u64,
    pub(super) state: ApplicationState,
    /// Since when it is in that state.
    pub(super) since: Timestamp,
    pub(super) arrived: Timestamp,
    pub(super) embargo: bool,
    pub(super) applicant: Option<Address>,
    pub(super) organisation: Option<String>,
    pub(super) named: bool,
    pub(super) domains: Vec<String>,
    pub(super) aliases: Vec<Address>,
    pub(super) chosen: Option<(Address, Looks, Option<String>)>,
    pub(super) category: Option<Category>,
    pub(super) items: Vec<FoundItem>,
    pub(super) settled: BTreeMap<String, (FoundState, String)>,
    pub(super) changed: BTreeSet<String>,
    pub(super) mails: Vec<i64>,
    pub(super) comments: usize,
    pub(super) reviewer: Option<PersonName>,
    pub(super) draft: Option<Draft>,
    pub(super) answered: Option<Answer>,
    pub(super) member: Option<i64>,
}

/// An event that cannot stand where it stands: its place, counted from 1, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("event {0} of the application's record cannot stand there: {1}")]
pub struct Unfit(pub u64, pub &'static str);

impl ApplicationFile {
    /// The whole record, from its beginning.
    ///
    /// # Errors
    /// [`Unfit`] with the first event that does not fit.
    pub fn fold(id: ApplicationId, record: &[ApplicationRecorded]) -> Result<Self, Unfit> {
        let (first, rest) = record.split_first().ok_or(Unfit(1, "there is none"))?;
        let ApplicationEvent::Received { mail, applicant, organisation, domains, aliases, category, items, embargo } =
            &first.event
        else {
            return Err(Unfit(1, "it does not begin with the arrival"));
        };
        let mut file = Self {
            id,
            version: 1,
            state: ApplicationState::Received,
            since: first.at,
            arrived: first.at,
            embargo: *embargo,
            applicant: applicant.clone(),
            organisation: organisation.clone(),
            named: false,
            domains: domains.clone(),
            aliases: aliases.clone(),
            chosen: None,
            category: *category,
            items: items.clone(),
            settled: BTreeMap::new(),
            changed: BTreeSet::new(),
            mails: vec![*mail],
            comments: 0,
            reviewer: None,
            draft: None,
            answered: None,
            member: None,
        };
        for recorded in rest {
            file.apply(recorded)?;
        }
        Ok(file)
    }

    /// Takes one more event in.
    ///
    /// # Errors
    /// [`Unfit`]; the file is as it was then.
    pub fn apply(&mut self, recorded: &ApplicationRecorded) -> Result<(), Unfit> {
        let place = self.version + 1;
        let mut next = self.clone();
        next.take_in(recorded).map_err(|why| Unfit(place, why))?;
        next.version = place;
        *self = next;
        Ok(())
    }

    fn take_in(&mut self, recorded: &ApplicationRecorded) -> Result<(), &'static str> {
        let ApplicationRecorded { at, by, event } = recorded;
        let open = |file: &Self| if file.state.is_open() { Ok(()) } else { Err("it is decided") };
        match event {
            ApplicationEvent::Received { .. } => return Err("it arrived before"),
            ApplicationEvent::Resubmitted { mail, organisation, domains, aliases, category, items } => {
                open(self)?;
                self.resubmitted(organisation.as_ref(), domains, aliases, *category, items);
                self.mails.push(*mail);
                self.draft = None;
                self.moves(ApplicationState::Resubmitted, *at);
            }
            ApplicationEvent::Heard { mail, what } => {
                self.comments += usize::from(*what == Heard::Comment);
                self.mails.push(*mail);
            }
            ApplicationEvent::Item { item, state, because } => {
                open(self)?;
                person(by)?;
                if !self.items.iter().any(|known| known.id == *item) {
                    return Err("there is no such item");
                }
                self.settled.insert(item.clone(), (*state, because.clone()));
                self.draft = None;
            }
            ApplicationEvent::Named { organisation } => {
                open(self)?;
                person(by)?;
                (self.organisation, self.named, self.draft) = (Some(organisation.clone()), true, None);
            }
            ApplicationEvent::Alias { alias, looks, because } => {
                open(self)?;
                person(by)?;
                if *looks != Looks::Role && because.is_none() {
                    return Err("an alias that is no role's needs a reason");
                }
                (self.chosen, self.draft) = (Some((alias.clone(), *looks, because.clone())), None);
            }
            ApplicationEvent::Categorised { category } => {
                open(self)?;
                person(by)?;
                (self.category, self.draft) = (Some(*category), None);
            }
            ApplicationEvent::ReviewBegun => {
                open(self)?;
                self.reviewer = Some(person(by)?.clone());
                self.moves(ApplicationState::UnderReview, *at);
            }
            ApplicationEvent::Drafted { answer, text, digest } => {
                open(self)?;
                if Digest::of(text.as_bytes()) != *digest {
                    return Err("the text is not the one of its digest");
                }
                let by = person(by)?.clone();
                self.draft = Some(Draft { answer: *answer, text: text.clone(), digest: *digest, by });
            }
            ApplicationEvent::DraftDropped => self.draft = None,
            ApplicationEvent::Answered { answer, digest, drafted_by } => {
                open(self)?;
                let draft = self.draft.take().ok_or("nobody drafted it")?;
                if draft.digest != *digest || draft.answer != *answer || draft.by != *drafted_by {
                    return Err("another text was drafted");
                }
                let confirmed_by = person(by)?;
                if *answer == Answer::Accepted && (confirmed_by == drafted_by || self.open_items().next().is_some()) {
                    return Err("accepting takes two people and every item");
                }
                self.answered = Some(*answer);
                self.moves(
                    match answer {
                        Answer::Incomplete => ApplicationState::Incomplete,
                        Answer::Accepted => ApplicationState::Accepted,
                        Answer::Rejected => ApplicationState::Rejected,
                    },
                    *at,
                );
            }
            ApplicationEvent::Withdrawn { .. } => {
                open(self)?;
                person(by)?;
                self.end(ApplicationState::Withdrawn, *at);
            }
            ApplicationEvent::Expired { .. } => {
                open(self)?;
                person(by)?;
                self.end(ApplicationState::Expired, *at);
            }
            ApplicationEvent::Appealed { .. } => {
                person(by)?;
                if self.state != ApplicationState::Rejected {
                    return Err("it was not rejected");
                }
                self.moves(ApplicationState::Appealed, *at);
            }
            ApplicationEvent::Subscribed { member } => {
                if self.state != ApplicationState::Accepted {
                    return Err("it is not accepted");
                }
                self.member = Some(*member);
                self.moves(ApplicationState::Subscribed, *at);
            }
            ApplicationEvent::Listed => {
                if self.state != ApplicationState::Subscribed {
                    return Err("it is not subscribed");
                }
                self.moves(ApplicationState::Listed, *at);
            }
            ApplicationEvent::Noted { .. } => {}
        }
        Ok(())
    }

    fn moves(&mut self, to: ApplicationState, at: Timestamp) {
        if self.state != to {
            (self.state, self.since) = (to, at);
        }
    }

    fn end(&mut self, to: ApplicationState, at: Timestamp) {
        self.draft = None;
        self.moves(to, at);
    }

    /// What came later adds to what was there: an item that the new mail does not repeat stays as it was.
    fn resubmitted(
        &mut self,
        organisation: Option<&String>,
        domains: &[String],
        aliases: &[Address],
        category: Option<Category>,
        items: &[FoundItem],
    ) {
        self.changed.clear();
        for item in items.iter().filter(|item| matches!(item.state, FoundState::Present | FoundState::Suspicious)) {
            if let Some(known) = self.items.iter_mut().find(|known| known.id == item.id)
                && (known.state, &known.quote) != (item.state, &item.quote)
            {
                *known = item.clone();
                self.changed.insert(item.id.clone());
                // A person spoke about what stood there before.
                self.settled.remove(&item.id);
            }
        }
        if !self.named && organisation.is_some() {
            self.organisation = organisation.cloned();
        }
        if !domains.is_empty() {
            self.domains = domains.to_vec();
        }
        if !aliases.is_empty() && self.aliases != aliases {
            self.aliases = aliases.to_vec();
            self.chosen = None;
        }
        self.category = category.or(self.category);
    }

    /// Its number.
    pub fn id(&self) -> ApplicationId {
        self.id
    }

    /// Counts the events.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Where it stands.
    pub fn state(&self) -> ApplicationState {
        self.state
    }

    /// Since when it stands there.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// When it came.
    pub fn arrived(&self) -> Timestamp {
        self.arrived
    }

    /// Whether an embargo ran when it came.
    pub fn embargo_active_at_arrival(&self) -> bool {
        self.embargo
    }

    /// Who sent it, as the mail says.
    pub fn applicant(&self) -> Option<&Address> {
        self.applicant.as_ref()
    }

    /// The organisation: as a person named it, else as it names itself.
    pub fn organisation(&self) -> Option<&str> {
        self.organisation.as_deref()
    }

    /// Its domains.
    pub fn domains(&self) -> &[String] {
        &self.domains
    }

    /// Its category.
    pub fn category(&self) -> Option<Category> {
        self.category
    }

    /// The addresses it offers.
    pub fn aliases(&self) -> &[Address] {
        &self.aliases
    }

    /// The alias: the one a person chose, else the only one offered.
    pub fn alias(&self) -> Option<&Address> {
        match (&self.chosen, self.aliases.as_slice()) {
            (Some((chosen, ..)), _) => Some(chosen),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }

    /// Why an alias is taken that does not look like a role's.
    pub fn alias_because(&self) -> Option<&str> {
        self.chosen.as_ref().and_then(|(_, _, because)| because.as_deref())
    }

    /// The checklist: what the machine found, and above it what people said.
    pub fn items(&self) -> impl Iterator<Item = (&FoundItem, FoundState, Option<&str>)> {
        self.items.iter().map(|item| match self.settled.get(&item.id) {
            Some((state, because)) => (item, *state, Some(because.as_str())),
            None => (item, item.state, None),
        })
    }

    /// Ids of the items for which acceptance must wait (P79).
    pub fn open_items(&self) -> impl Iterator<Item = &str> {
        self.items().filter(|(_, state, _)| state.is_open()).map(|(item, ..)| item.id.as_str())
    }

    /// What the last mail changed.
    pub fn changed(&self) -> &BTreeSet<String> {
        &self.changed
    }

    /// How many mails of others stand in its thread.
    pub fn comments(&self) -> usize {
        self.comments
    }

    /// Who looks at it.
    pub fn reviewer(&self) -> Option<&PersonName> {
        self.reviewer.as_ref()
    }

    /// The answer that waits for a person's word.
    pub fn draft(&self) -> Option<&Draft> {
        self.draft.as_ref()
    }
}

fn person(by: &Actor) -> Result<&PersonName, &'static str> {
    by.person().ok_or("only a person does this")
}
