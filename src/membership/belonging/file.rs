//! A member as its events make it.
//!
//! Promises: whatever the record says, a fold ends in a standing that two people, an alias or a person brought about; an event of the daemon never
//! takes a member off the lists. Fails with a sentence on an event that cannot stand where it stands.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{
    PROPOSAL_LIFE,
    event::{Act, MemberEvent, MemberRecorded, Particulars, Probe, Side},
};
use crate::{
    disclosure::PersonName,
    mail::Address,
    membership::{Actor, MemberId},
};

/// Whether a member gets mail, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Somebody proposes it.
    Proposed,
    /// Two people added it; its alias has not answered.
    Unconfirmed,
    /// It gets both lists.
    Active,
    /// A person stopped everything to it.
    Frozen,
    /// It is no member any more, or never became one.
    Removed,
}

impl Standing {
    /// The word shown and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Proposed => "proposed",
            Standing::Unconfirmed => "unconfirmed",
            Standing::Active => "active",
            Standing::Frozen => "frozen",
            Standing::Removed => "removed",
        }
    }
}

/// What waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// What.
    pub act: Act,
    /// The people who have agreed. None when root typed it: then it takes two more.
    pub by: Vec<PersonName>,
    /// When the last of them did.
    pub at: Timestamp,
    /// The version of the file with it: what was written before does not show it.
    pub serial: u64,
}

/// A change of the address on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressChange {
    /// The new one.
    pub address: Address,
    /// Whether the alias of now agreed.
    pub old_agreed: bool,
    /// Whether the new one did.
    pub new_agreed: bool,
    /// Since when it is asked for.
    pub since: Timestamp,
}

/// Something about a member that a person must deal with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToDo {
    /// Mail to it came back for good.
    Bounces,
    /// An automaton answers for it: it may keep what it gets.
    AnswersAutomatically,
    /// An answer to a probe proves nothing: it came from elsewhere.
    DoubtfulAnswer,
    /// Both aliases agreed to the new address.
    AddressReady,
}

impl ToDo {
    /// In words, with the remedy.
    pub fn as_str(self) -> &'static str {
        match self {
            ToDo::Bounces => {
                "mail to its alias came back for good: find out, then `settled because ...`, `freeze because ...` or `address ...`"
            }
            ToDo::AnswersAutomatically => {
                "an automaton answers for its alias, perhaps a ticket system that keeps what it gets: ask, then `settled because ...`"
            }
            ToDo::DoubtfulAnswer => {
                "an answer to the question whether its alias is read came from an address that proves nothing: ask, then `confirmed because ...`"
            }
            ToDo::AddressReady => "the old and the new alias agree to the new address: `approve-address`, or `keep-address`",
        }
    }
}

/// A member as its events make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberFile {
    pub(super) id: MemberId,
    pub(super) version: u64,
    pub(super) standing: Standing,
    pub(super) since: Timestamp,
    pub(super) particulars: Particulars,
    pub(super) pending: Option<Pending>,
    pub(super) added_by_two: bool,
    pub(super) confirmed: Option<Timestamp>,
    pub(super) probes: Vec<(Timestamp, Probe)>,
    pub(super) bounced: Option<(Timestamp, String)>,
    pub(super) automatic: Option<Timestamp>,
    pub(super) doubtful: Option<Timestamp>,
    pub(super) change: Option<AddressChange>,
    pub(super) listed: bool,
    pub(super) reviewed: Option<Timestamp>,
    pub(super) frozen_because: Option<String>,
}

impl MemberFile {
    /// The whole record, from its beginning: an adoption or an entry.
    ///
    /// # Errors
    /// The place of the first event that does not fit, from 1, and why.
    pub fn fold(id: MemberId, record: &[MemberRecorded]) -> Result<Self, (u64, &'static str)> {
        let (first, rest) = record.split_first().ok_or((1, "there is none"))?;
        let (particulars, standing, since) = match &first.event {
            MemberEvent::Adopted { particulars, standing, since } => (particulars, *standing, *since),
            MemberEvent::Entered { particulars } => (particulars, Standing::Proposed, first.at),
            _ => return Err((1, "it does not begin with the entry")),
        };
        let adopted = matches!(first.event, MemberEvent::Adopted { .. });
        let mut file = Self {
            id,
            version: 1,
            standing,
            since,
            particulars: particulars.clone(),
            pending: None,
            added_by_two: adopted,
            confirmed: None,
            probes: Vec::new(),
            bounced: None,
            automatic: None,
            doubtful: None,
            change: None,
            listed: adopted && standing != Standing::Removed,
            reviewed: None,
            frozen_because: None,
        };
        for recorded in rest {
            let place = file.version + 1;
            file.apply(recorded).map_err(|why| (place, why))?;
        }
        Ok(file)
    }

    /// Takes one more event in; leaves the file as it is when it does not fit.
    ///
    /// # Errors
    /// Why it does not fit.
    pub fn apply(&mut self, recorded: &MemberRecorded) -> Result<(), &'static str> {
        let mut next = self.clone();
        next.take_in(recorded)?;
        next.version += 1;
        *self = next;
        Ok(())
    }

    fn take_in(&mut self, recorded: &MemberRecorded) -> Result<(), &'static str> {
        let MemberRecorded { at, by, event } = recorded;
        match event {
            MemberEvent::Adopted { .. } => return Err("it was adopted before"),
            MemberEvent::Entered { particulars } => {
                fits(self.standing == Standing::Removed, "it is there")?;
                *self = Self {
                    version: self.version,
                    ..Self::fold(self.id, std::slice::from_ref(recorded)).map_err(|(_, why)| why)?
                };
                self.particulars = particulars.clone();
            }
            MemberEvent::Proposed { act } => {
                let of = if *act == Act::Add { self.standing == Standing::Proposed } else { self.is_member() };
                fits(of, "it cannot be proposed now")?;
                self.pending = Some(Pending {
                    act: act.clone(),
                    by: by.person().cloned().into_iter().collect(),
                    at: *at,
                    serial: self.version + 1,
                });
            }
            MemberEvent::Seconded => {
                let person = person(by)?.clone();
                let pending = self.pending.as_mut().ok_or("nothing is proposed")?;
                fits(!pending.by.contains(&person), "it takes two different people")?;
                fits(at.duration_since(pending.at) <= PROPOSAL_LIFE, "the proposal is too old")?;
                pending.by.push(person);
                pending.at = *at;
            }
            MemberEvent::Retracted => {
                let pending = self.pending.take().ok_or("nothing is proposed")?;
                if pending.act == Act::Add {
                    self.moves(Standing::Removed, *at);
                }
            }
            MemberEvent::Accepted { proposed_by } => {
                self.by_two(proposed_by, by, &Act::Add)?;
                self.added_by_two = true;
                self.moves(Standing::Unconfirmed, *at);
            }
            MemberEvent::Ended { because, proposed_by } => {
                fits(self.is_member(), "it is no member")?;
                self.by_two(proposed_by, by, &Act::Remove { because: because.clone() })?;
                self.change = None;
                self.moves(Standing::Removed, *at);
            }
            MemberEvent::Probed { why } => {
                fits(self.is_member(), "it is no member")?;
                self.probes.push((*at, *why));
            }
            MemberEvent::Confirmed { because } => {
                fits(
                    matches!(by, Actor::Alias) || (by.person().is_some() && because.is_some()),
                    "neither alias nor person with a reason",
                )?;
                self.confirmed = Some(*at);
                (self.bounced, self.doubtful) = (None, None);
                self.probes.clear();
            }
            MemberEvent::Activated => {
                fits(self.standing == Standing::Unconfirmed && self.added_by_two, "two people have not added it")?;
                fits(self.confirmed.is_some(), "its alias has not answered")?;
                self.moves(Standing::Active, *at);
            }
            MemberEvent::Listed => self.listed = true,
            MemberEvent::Unlisted => self.listed = false,
            MemberEvent::Bounced { status } => self.bounced = Some((*at, status.clone())),
            MemberEvent::Automatic => self.automatic = Some(*at),
            MemberEvent::DoubtfulAnswer => self.doubtful = Some(*at),
            MemberEvent::Settled { .. } => {
                person(by)?;
                (self.bounced, self.automatic, self.doubtful) = (None, None, None);
            }
            MemberEvent::Frozen { because } => {
                fits(by.person().is_some() || *by == Actor::Operator, "only people freeze")?;
                fits(matches!(self.standing, Standing::Active | Standing::Unconfirmed), "it gets nothing as it is")?;
                self.frozen_because = Some(because.clone());
                self.moves(Standing::Frozen, *at);
            }
            MemberEvent::Thawed { because } => {
                person(by)?;
                fits(self.standing == Standing::Frozen && self.added_by_two, "it is not frozen")?;
                fits(self.was_confirmed() || because.is_some(), "its alias was never confirmed")?;
                self.frozen_because = None;
                self.moves(Standing::Active, *at);
            }
            MemberEvent::AddressAsked { address, .. } => {
                person(by)?;
                fits(self.is_member() && *address != self.particulars.address, "there is nothing to change")?;
                self.change = Some(AddressChange { address: address.clone(), old_agreed: false, new_agreed: false, since: *at });
            }
            MemberEvent::AddressAgreed { side } => {
                fits(*by == Actor::Alias, "only the alias agrees")?;
                let change = self.change.as_mut().ok_or("no change is asked for")?;
                match side {
                    Side::Old => change.old_agreed = true,
                    Side::New => change.new_agreed = true,
                }
            }
            MemberEvent::AddressChanged { address } => {
                person(by)?;
                let change = self.change.take().ok_or("no change is asked for")?;
                fits(change.address == *address && change.old_agreed && change.new_agreed, "not everybody agreed")?;
                self.particulars.address = address.clone();
                self.confirmed = Some(*at);
                (self.bounced, self.automatic, self.doubtful) = (None, None, None);
                self.probes.clear();
            }
            MemberEvent::AddressDropped => {
                fits(self.change.take().is_some(), "no change is asked for")?;
            }
            MemberEvent::Kept { .. } => self.reviewed = Some(*at),
            other => self.described(other),
        }
        Ok(())
    }

    /// What is said of it, without any bearing on whether it gets mail.
    fn described(&mut self, event: &MemberEvent) {
        let of = &mut self.particulars;
        match event {
            MemberEvent::Renamed { organisation } => of.organisation.clone_from(organisation),
            MemberEvent::Domains { domains } => of.domains.clone_from(domains),
            MemberEvent::Category { category } => of.category = Some(*category),
            MemberEvent::PosterAdded { address } if of.posters.contains(address) => {}
            MemberEvent::PosterAdded { address } => of.posters.push(address.clone()),
            MemberEvent::PosterDropped { address } => of.posters.retain(|poster| poster != address),
            MemberEvent::Tls { tls } => of.tls = *tls,
            MemberEvent::TermsAccepted { terms } => of.terms = Some(terms.clone()),
            _ => {}
        }
    }

    fn by_two(&mut self, first: &PersonName, by: &Actor, act: &Act) -> Result<(), &'static str> {
        let second = person(by)?;
        let Some(pending) = self.pending.take() else {
            // Both stand in the record of the application.
            let decided = *act == Act::Add && self.standing == Standing::Proposed && self.particulars.application.is_some();
            return fits(decided && first != second, "nothing is proposed");
        };
        let both = pending.by.contains(first) && pending.by.contains(second) && first != second;
        fits(both && pending.act == *act, "it takes two different people")
    }

    fn moves(&mut self, to: Standing, at: Timestamp) {
        if self.standing != to {
            (self.standing, self.since) = (to, at);
        }
    }

    /// Its number.
    pub fn id(&self) -> MemberId {
        self.id
    }

    /// Counts the events.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether it gets mail.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// Since when it stands like that.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// Whether two people made it a member, and nobody has removed it.
    pub fn is_member(&self) -> bool {
        matches!(self.standing, Standing::Unconfirmed | Standing::Active | Standing::Frozen)
    }

    /// Who it is.
    pub fn particulars(&self) -> &Particulars {
        &self.particulars
    }

    /// What waits for a second person, while it is not too old.
    pub fn pending(&self, now: Timestamp) -> Option<&Pending> {
        self.pending.as_ref().filter(|pending| now.duration_since(pending.at) <= PROPOSAL_LIFE)
    }

    /// When its alias was last known to be read.
    pub fn confirmed(&self) -> Option<Timestamp> {
        self.confirmed
    }

    pub(super) fn was_confirmed(&self) -> bool {
        // Who was a member before there were confirmations was confirmed by whoever added it.
        self.confirmed.is_some() || self.listed
    }

    /// The questions that its alias has not answered, the oldest first.
    pub fn unanswered(&self) -> &[(Timestamp, Probe)] {
        &self.probes
    }

    /// When it was last asked, or confirmed.
    pub fn last_contact(&self) -> Option<Timestamp> {
        self.probes.iter().map(|(at, _)| *at).chain(self.confirmed).max()
    }

    /// A change of its address on its way.
    pub fn change(&self) -> Option<&AddressChange> {
        self.change.as_ref()
    }

    /// Whether the public list names it.
    pub fn is_listed(&self) -> bool {
        self.listed
    }

    /// The enhanced status of the last mail that came back, if nothing was heard of its alias since.
    pub fn bounce(&self) -> Option<&str> {
        self.bounced.as_ref().map(|(_, status)| status.as_str())
    }

    /// What a person must deal with.
    pub fn to_do(&self) -> Vec<ToDo> {
        let ready = self.change.as_ref().is_some_and(|change| change.old_agreed && change.new_agreed);
        [
            (self.bounced.is_some(), ToDo::Bounces),
            (self.automatic.is_some(), ToDo::AnswersAutomatically),
            (self.doubtful.is_some(), ToDo::DoubtfulAnswer),
            (ready, ToDo::AddressReady),
        ]
        .into_iter()
        .filter_map(|(is_so, what)| is_so.then_some(what))
        .collect()
    }
}

/// The day of an instant in UTC.
pub(super) fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn person(by: &Actor) -> Result<&PersonName, &'static str> {
    by.person().ok_or("only a person does this")
}

fn fits(is_so: bool, why: &'static str) -> Result<(), &'static str> {
    if is_so { Ok(()) } else { Err(why) }
}
