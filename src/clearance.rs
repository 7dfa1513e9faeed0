//! The one door out: who may get a letter (invariant 3).
//!
//! Does: compares a [`Draft`] (its kind, class, the cases it reveals) with an [`Audience`] (who is who right now), then its bytes with what the
//! live cases hold ([`Wall`]): what a letter says counts, not only what it says about itself.
//! Promises: [`Cleared`] is made here and nowhere else, and holds the draft it was made for; whatever no rule allows is refused; a person cleared
//! for case A is not cleared for case B; a member is cleared for a case only from its predisclosure on; nothing reaches a public address; no
//! letter passes unscanned, and what the scan finds passes only [`Accepted`] by two, and by no other rule the less.
//! Fails: with a [`Refused`] that names the rule, the kind and the position of the recipient, never content and never an address; with a
//! [`Blocked`] letter, which is handed back whole, so that it can be kept.
//!
//! | kinds ([`LetterKind::readers`]) | who |
//! |---|---|
//! | notices, reminders, alarms, summaries | the team alone, whatever the class |
//! | redistribution, embargo ended | exactly the active members (who do not have it yet), and only what has been predisclosed |
//! | acknowledgement, case reply, case news | the discoverer of every case it reveals |
//! | held receipt, rejection | the proven poster of that post |
//! | command answer | the team; the proven poster of that post if nothing in it is embargoed |
//! | application pointer | the applicant |
//! | subscription answer, escalation | anyone who is no list, if it is public and reveals nothing |
//! | application answer | the applications list alone, in the very words that a person confirmed ([`Spoken`]) |
//! | alias probe | the alias it asks, and nobody else |
//! | drill | one active member |
//! | public release | the public lists alone, of a case with a [`Licence`] |

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::Timestamp;

use crate::{
    compose::{Draft, HeldId, LetterKind, Readers},
    disclosure::{CaseId, ContentClass, Membership, Project, Roster, TeamMember},
    firewall::{Hit, Letter},
    mail::{Address, Digest},
    release::Licence,
};

mod refused;
#[cfg(test)]
mod scanned_tests;
#[cfg(test)]
mod tests;
mod wall;

pub use refused::{Blocked, Refused, Stopped};
pub use wall::{Accepted, LiveCase, NotAccepted, PROPOSAL_LIFE, Proposal, Wall};

/// Who is who at the moment of the question. Addresses are compared by their main domain ([`Project::canonical`]).
#[derive(Clone)]
pub struct Audience {
    project: Project,
    team: BTreeSet<Address>,
    members: BTreeSet<Address>,
    /// People who write for an active member: they get its mail.
    writers: BTreeSet<Address>,
    discoverers: BTreeMap<CaseId, BTreeSet<Address>>,
    posters: BTreeMap<HeldId, BTreeSet<Address>>,
    applicants: BTreeSet<Address>,
    predisclosed: BTreeMap<CaseId, Timestamp>,
    licensed: BTreeSet<CaseId>,
    together: BTreeSet<CaseId>,
    holding: BTreeSet<Address>,
    aliases: BTreeSet<Address>,
    spoken: Option<Digest>,
}

/// Proof that a person of the team confirmed a letter to the public applications list, byte for byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spoken {
    letter: Digest,
}

impl Spoken {
    /// The word of a proven person (invariant 4) about these bytes.
    pub fn by(_person: &TeamMember, draft: &Draft) -> Self {
        Self { letter: Digest::of(&draft.bytes) }
    }
}

impl Audience {
    /// The team and the active members; nobody is cleared for any case yet.
    pub fn new(project: &Project, roster: &Roster) -> Self {
        let canonical =
            |addresses: &[Address]| addresses.iter().map(|address| project.canonical(address)).collect::<BTreeSet<_>>();
        Self {
            project: project.clone(),
            // Where notices go; a further address somebody writes from may be anybody's mailbox provider.
            team: roster.team.iter().map(|person| project.canonical(&person.address)).collect(),
            members: roster.recipients().map(|members| canonical(members.as_slice())).unwrap_or_default(),
            writers: roster
                .members
                .iter()
                .filter(|member| member.membership == Membership::Active)
                .flat_map(|member| canonical(&member.posters))
                .collect(),
            discoverers: BTreeMap::new(),
            posters: BTreeMap::new(),
            applicants: BTreeSet::new(),
            predisclosed: BTreeMap::new(),
            licensed: BTreeSet::new(),
            together: BTreeSet::new(),
            holding: BTreeSet::new(),
            aliases: BTreeSet::new(),
            spoken: None,
        }
    }

    /// `address` is the alias of a member, or is to become it: it may be asked whether it is read.
    pub fn alias(mut self, address: &Address) -> Self {
        self.aliases.insert(self.project.canonical(address));
        self
    }

    /// A person confirmed this letter to the public applications list.
    pub fn spoken(mut self, spoken: Spoken) -> Self {
        self.spoken = Some(spoken.letter);
        self
    }

    /// `address` reported `case`.
    pub fn discoverer(mut self, case: CaseId, address: &Address) -> Self {
        self.discoverers.entry(case).or_default().insert(self.project.canonical(address));
        self
    }

    /// `address` posted `held`, and that is proven ([`crate::mail::Authenticated`]); nobody else may be named here.
    pub fn poster(mut self, held: HeldId, address: &Address) -> Self {
        self.posters.entry(held).or_default().insert(self.project.canonical(address));
        self
    }

    /// `address` sent an application to the security contact.
    pub fn applicant(mut self, address: &Address) -> Self {
        self.applicants.insert(self.project.canonical(address));
        self
    }

    /// The members hear of `case` from `since` on. To send the first advisory, that instant is the one of the second person's `send`.
    pub fn predisclosed(mut self, case: CaseId, since: Timestamp) -> Self {
        self.predisclosed.entry(case).and_modify(|known| *known = since.min(*known)).or_insert(since);
        self
    }

    /// The advisory of `case` may be published: its embargo has passed or was ended, and two people armed it.
    pub fn licensed(mut self, case: CaseId, _licence: &Licence) -> Self {
        self.licensed.insert(case);
        self
    }

    /// These have the advisory already: what goes to the members goes to all others and to nobody else.
    pub fn holding(mut self, addresses: &[Address]) -> Self {
        self.holding.extend(addresses.iter().map(|address| self.project.canonical(address)));
        self
    }

    /// These become public at the same instant as what is licensed, armed by two as well: what they have in common with it may be said.
    pub fn at_the_same_instant(mut self, cases: impl IntoIterator<Item = CaseId>) -> Self {
        self.together.extend(cases);
        self
    }

    /// The live cases that this person (by the main address) is cleared for: a discoverer for the own ones, a member for those predisclosed.
    /// Whoever posts or applies is cleared for none by that.
    fn cleared(&self, wall: &Wall, address: &Address, now: Timestamp) -> BTreeSet<CaseId> {
        let member = self.members.contains(address) || self.writers.contains(address);
        let is_cleared = |live: &&LiveCase| {
            let said = self.discoverers.get(&live.case).is_some_and(|people| people.contains(address));
            let known = live.discoverer.as_ref().is_some_and(|discoverer| self.project.canonical(discoverer) == *address);
            let since = live.predisclosed.into_iter().chain(self.predisclosed.get(&live.case).copied()).min();
            said || known || self.licensed.contains(&live.case) || (member && since.is_some_and(|since| since <= now))
        };
        wall.cases().iter().filter(is_cleared).map(|live| live.case).collect()
    }

    /// Whether the address is a list, where a letter would reach people nobody counted.
    fn place(&self, address: &Address) -> Place {
        if let Some(place) = address.routed().map(|inner| self.place(&inner)).filter(|place| *place != Place::Person) {
            return place;
        }
        let base = address.split_detail().map_or_else(|| address.clone(), |(base, _)| base);
        let project = &self.project;
        if project.is_public(address) || project.is_public(&base) {
            return Place::Public;
        }
        if project.private_list(&base).is_some() {
            return Place::PrivateList;
        }
        let service = |service: Address| project.same(&service, &base);
        let own = service(project.desk.clone())
            || project.is_security(&base)
            || project.private_lists().into_iter().any(|list| service(list.request()) || service(list.bounces()));
        if own { Place::Own } else { Place::Person }
    }
}

impl fmt::Debug for Audience {
    /// Counts only: the members' addresses are confidential (P52).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Audience({} team addresses, {} members)", self.team.len(), self.members.len())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Person,
    Public,
    PrivateList,
    Own,
}

/// The letter may go to everyone it is addressed to. Made by [`may_send`] alone; only this can become delivery rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleared {
    draft: Draft,
}

impl Cleared {
    /// The same with a signature's field on top: it says nothing, and whom the letter may go to does not depend on it.
    #[must_use]
    pub fn signed(mut self, field: &[u8]) -> Self {
        self.draft.bytes.splice(..0, field.iter().copied());
        self
    }

    /// The letter.
    pub fn draft(&self) -> &Draft {
        &self.draft
    }
}

/// Whether `draft` may go to all its recipients at `now`: by the rules of its kind, and by what it says.
pub fn may_send(draft: Draft, audience: &Audience, wall: &Wall, now: Timestamp) -> Result<Cleared, Stopped> {
    match found(&draft, audience, wall, now)? {
        hits if hits.is_empty() => Ok(Cleared { draft }),
        hits => Err(Stopped::Blocked(Box::new(Blocked { draft, hits }))),
    }
}

/// The same for a letter that was blocked and that two people let out: every rule but the scan holds again, and the scan may find what they
/// accepted and nothing more.
pub fn let_out(draft: Draft, audience: &Audience, wall: &Wall, accepted: &Accepted, now: Timestamp) -> Result<Cleared, Stopped> {
    match found(&draft, audience, wall, now)? {
        hits if accepted.covers(&draft, &hits) => Ok(Cleared { draft }),
        hits => Err(Stopped::Blocked(Box::new(Blocked { draft, hits }))),
    }
}

/// What the scan finds in a letter that its kind's rules allow.
fn found(draft: &Draft, audience: &Audience, wall: &Wall, now: Timestamp) -> Result<Vec<Hit>, Refused> {
    allowed(draft, audience, now)?;
    let outside = draft.to.as_slice().iter().map(|address| audience.project.canonical(address));
    let outside: Vec<Address> = outside.filter(|address| !audience.team.contains(address)).collect();
    if outside.is_empty() {
        return Ok(Vec::new());
    }
    if wall.firewall().is_none() {
        return Err(Refused::CasesUnknown { kind: draft.kind });
    }
    if draft.kind == LetterKind::ApplicationAnswer {
        // What the whole world reads is looked at as what the whole world reads.
        return Ok(wall.told_to_everybody(&Letter::of_bytes(&draft.bytes)));
    }
    let mut readers: BTreeSet<_> = outside.iter().map(|address| audience.cleared(wall, address, now)).collect();
    if draft.kind == LetterKind::PublicRelease {
        readers = BTreeSet::from([audience.licensed.union(&audience.together).copied().collect()]);
    }
    Ok(wall.scan(draft, &readers))
}

fn allowed(draft: &Draft, audience: &Audience, now: Timestamp) -> Result<(), Refused> {
    let kind = draft.kind;
    let readers = kind.readers();
    if !matches!(readers, Readers::PublicLists | Readers::ApplicationsList) {
        places(draft, audience)?;
    }
    match readers {
        Readers::PublicLists => published(draft, audience),
        Readers::ApplicationsList => answered_in_public(draft, audience),
        Readers::Members => members(draft, audience, now),
        Readers::Team => each(draft, audience, |index, _| Err(Refused::NotTeam { kind, index })),
        Readers::Discoverer => each(draft, audience, |index, address| discoverer(draft, audience, index, address)),
        Readers::Poster => each(draft, audience, |index, address| poster(draft, audience, index, address)),
        Readers::Applicant => each(draft, audience, |index, address| {
            reveals_nothing(draft)?;
            if audience.applicants.contains(address) { Ok(()) } else { Err(Refused::NotAnApplicant { kind, index }) }
        }),
        Readers::Anybody => each(draft, audience, |_, _| {
            reveals_nothing(draft)?;
            if draft.class == ContentClass::Public { Ok(()) } else { Err(Refused::NotPublic { kind }) }
        }),
        Readers::Alias => each(draft, audience, |index, address| {
            reveals_nothing(draft)?;
            if audience.aliases.contains(address) { Ok(()) } else { Err(Refused::NotAnAlias { kind, index }) }
        }),
        Readers::EachMember => each(draft, audience, |index, address| {
            reveals_nothing(draft)?;
            if audience.members.contains(address) { Ok(()) } else { Err(Refused::NotAnAlias { kind, index }) }
        }),
    }
}

/// No letter of any kind goes to a list or back to us. A team that reads its notices in one of our own mailboxes may.
fn places(draft: &Draft, audience: &Audience) -> Result<(), Refused> {
    let kind = draft.kind;
    for (index, address) in draft.to.as_slice().iter().enumerate() {
        match audience.place(address) {
            Place::Public => return Err(Refused::PublicAddress { kind, index }),
            Place::PrivateList => return Err(Refused::PrivateList { kind, index }),
            Place::Own if !audience.team.contains(&audience.project.canonical(address)) => {
                return Err(Refused::OwnAddress { kind, index });
            }
            Place::Own | Place::Person => {}
        }
    }
    Ok(())
}

/// Asks `rule` about every recipient who is not of the team; the team is cleared for everything. Embargoed content stops here for others.
fn each(draft: &Draft, audience: &Audience, mut rule: impl FnMut(usize, &Address) -> Result<(), Refused>) -> Result<(), Refused> {
    for (index, address) in draft.to.as_slice().iter().enumerate() {
        let address = audience.project.canonical(address);
        if audience.team.contains(&address) {
            continue;
        }
        rule(index, &address)?;
        if draft.class == ContentClass::Embargoed {
            return Err(Refused::Embargoed { kind: draft.kind, index });
        }
    }
    Ok(())
}

fn members(draft: &Draft, audience: &Audience, now: Timestamp) -> Result<(), Refused> {
    let kind = draft.kind;
    let to: BTreeSet<Address> = draft.to.as_slice().iter().map(|address| audience.project.canonical(address)).collect();
    let wanted: BTreeSet<Address> = audience.members.difference(&audience.holding).cloned().collect();
    if to != wanted {
        let missing = wanted.difference(&to).count();
        let extra = to.difference(&wanted).count();
        return Err(Refused::NotTheMembers { kind, missing, extra });
    }
    for &case in &draft.reveals {
        if audience.predisclosed.get(&case).is_none_or(|since| *since > now) {
            return Err(Refused::NotPredisclosed { kind, case });
        }
    }
    Ok(())
}

/// The only letter that goes to public lists, and it goes nowhere else.
fn published(draft: &Draft, audience: &Audience) -> Result<(), Refused> {
    let kind = draft.kind;
    let licensed = !draft.reveals.is_empty() && draft.reveals.iter().all(|case| audience.licensed.contains(case));
    if !licensed || draft.held.is_some() {
        return Err(Refused::NotLicensed { kind });
    }
    if draft.class != ContentClass::Public {
        return Err(Refused::NotPublic { kind });
    }
    let is_list = |address: &Address| audience.project.public.iter().any(|list| list.address == *address);
    match draft.to.as_slice().iter().position(|address| !is_list(address)) {
        Some(index) => Err(Refused::NotAPublicList { kind, index }),
        None => Ok(()),
    }
}

/// An answer to the applications list and to nothing else: public, about no case, and confirmed by a person as it stands.
fn answered_in_public(draft: &Draft, audience: &Audience) -> Result<(), Refused> {
    let kind = draft.kind;
    reveals_nothing(draft)?;
    if draft.class != ContentClass::Public {
        return Err(Refused::NotPublic { kind });
    }
    if audience.spoken != Some(Digest::of(&draft.bytes)) {
        return Err(Refused::NotConfirmed { kind });
    }
    match draft.to.as_slice() {
        [only] if *only == audience.project.applications.address => Ok(()),
        _ => Err(Refused::NotAPublicList { kind, index: 0 }),
    }
}

fn discoverer(draft: &Draft, audience: &Audience, index: usize, address: &Address) -> Result<(), Refused> {
    let kind = draft.kind;
    if draft.reveals.is_empty() || draft.held.is_some() {
        return Err(Refused::AboutNothing { kind });
    }
    let reported = |case: &CaseId| audience.discoverers.get(case).is_some_and(|people| people.contains(address));
    match draft.reveals.iter().find(|case| !reported(case)) {
        Some(&case) => Err(Refused::NotCleared { kind, index, case }),
        None => Ok(()),
    }
}

fn poster(draft: &Draft, audience: &Audience, index: usize, address: &Address) -> Result<(), Refused> {
    let kind = draft.kind;
    if let Some(&case) = draft.reveals.first() {
        return Err(Refused::NotCleared { kind, index, case });
    }
    let held = draft.held.ok_or(Refused::AboutNothing { kind })?;
    let posted = audience.posters.get(&held).is_some_and(|people| people.contains(address));
    if posted { Ok(()) } else { Err(Refused::NotThePoster { kind, index }) }
}

fn reveals_nothing(draft: &Draft) -> Result<(), Refused> {
    let nothing = draft.reveals.is_empty() && draft.held.is_none();
    if nothing { Ok(()) } else { Err(Refused::NotPublic { kind: draft.kind }) }
}
