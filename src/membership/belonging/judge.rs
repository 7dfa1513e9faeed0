//! What comes of a request about a member: events, or the step that is missing.

use jiff::Timestamp;

use super::{
    event::{Act, MemberEvent, Particulars, Probe, Side, Terms},
    file::{MemberFile, Standing, ToDo},
    refused::Refused,
};
use crate::{
    disclosure::{PersonName, TlsRequirement},
    mail::Address,
    membership::{Actor, Category, Looks, organisation},
};

/// What the judgement must know besides the file.
#[derive(Debug, Clone, Copy)]
pub struct MemberCircumstances<'a> {
    /// The instant at which the events are recorded.
    pub now: Timestamp,
    /// Organisations and role addresses of the other members.
    pub members: &'a [(String, Address)],
    /// Organisations and role addresses of those that are no members any more: their record keeps the address.
    pub former: &'a [(String, Address)],
    /// The address in question is a list or one of our own.
    pub is_ours: bool,
    /// What the address in question looks like.
    pub looks: Looks,
}

/// What somebody wants with a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberRequest {
    /// Propose it.
    Enter {
        /// Who it is.
        particulars: Particulars,
    },
    /// Two people decided on its application: add it.
    Join {
        /// Who it is.
        particulars: Particulars,
        /// The first of them; the second asks.
        proposed_by: PersonName,
    },
    /// Agree to what is proposed.
    Second,
    /// Take the proposal back.
    Retract,
    /// Propose to remove it.
    Remove {
        /// Why.
        because: String,
    },
    /// A letter with a token goes to its alias.
    Probe {
        /// Why.
        why: Probe,
    },
    /// Its alias answered.
    Answer {
        /// Whether the answer came from the alias's own domain, proven.
        proven: bool,
    },
    /// A person knows that its alias is read.
    Confirm {
        /// How.
        because: String,
    },
    /// A delivery to it came back.
    Bounce {
        /// Enhanced status.
        status: String,
    },
    /// An automaton answered for it.
    Automatic,
    /// A person has dealt with what was to be done.
    Settle {
        /// How.
        because: String,
    },
    /// Nothing more goes there.
    Freeze {
        /// Why.
        because: String,
    },
    /// It gets mail again.
    Thaw {
        /// Why.
        because: Option<String>,
    },
    /// Another name.
    Rename {
        /// The name.
        organisation: String,
    },
    /// Its domains.
    Domains {
        /// All of them.
        domains: Vec<String>,
    },
    /// Its category.
    Category {
        /// Which.
        category: Category,
    },
    /// This person writes for it.
    AddPoster {
        /// The address.
        address: Address,
    },
    /// This person no longer does.
    DropPoster {
        /// The address.
        address: Address,
    },
    /// What the way to it must be.
    Tls {
        /// What.
        tls: TlsRequirement,
    },
    /// Which terms it accepted.
    Terms {
        /// Which, when.
        terms: Terms,
    },
    /// Another role address.
    Address {
        /// The new one.
        address: Address,
        /// Why.
        because: Option<String>,
    },
    /// An alias agrees to the new address.
    Agree {
        /// Which.
        side: Side,
        /// The new address that it was asked about.
        address: Address,
    },
    /// A person agrees to it, too.
    ApproveAddress,
    /// It keeps the address it has.
    KeepAddress,
    /// It was looked at again, and stays.
    Keep {
        /// Why.
        because: String,
    },
    /// A note for the record.
    Note {
        /// The note.
        text: String,
    },
}

type Ruling = Result<Vec<MemberEvent>, Refused>;

/// What comes of a request. `file` is `None` where there is no such member yet: then only [`MemberRequest::Enter`] and [`MemberRequest::Join`]
/// make sense. Every event fits the file, in order.
///
/// # Errors
/// [`Refused`], the step that is missing.
pub fn judge(file: Option<&MemberFile>, request: &MemberRequest, by: &Actor, circumstances: &MemberCircumstances<'_>) -> Ruling {
    admit(request, by)?;
    match request {
        MemberRequest::Enter { particulars } => {
            let mut events = enter(file, particulars, circumstances)?;
            events.push(MemberEvent::Proposed { act: Act::Add });
            Ok(events)
        }
        MemberRequest::Join { particulars, proposed_by } => {
            if by.person() == Some(proposed_by) {
                return Err(Refused::OwnProposal(proposed_by.clone()));
            }
            let mut events = enter(file, particulars, circumstances)?;
            events.extend([MemberEvent::Accepted { proposed_by: proposed_by.clone() }, MemberEvent::Probed { why: Probe::New }]);
            Ok(events)
        }
        _ => Bench { file: file.ok_or(Refused::NotAMember)?, by, circumstances }.judge(request),
    }
}

fn enter(file: Option<&MemberFile>, particulars: &Particulars, circumstances: &MemberCircumstances<'_>) -> Ruling {
    if file.is_some_and(|file| file.standing() != Standing::Removed) {
        return Err(Refused::MemberAlready(particulars.organisation.clone()));
    }
    if !organisation::is_showable(&particulars.organisation) {
        return Err(Refused::Nameless);
    }
    usable(&particulars.address, particulars.override_because.as_deref(), circumstances)?;
    if let Some((known, _)) =
        circumstances.members.iter().find(|(known, _)| organisation::is_same(known, &particulars.organisation))
    {
        return Err(Refused::MemberAlready(known.clone()));
    }
    Ok(vec![MemberEvent::Entered { particulars: particulars.clone() }])
}

/// A member moves to this address. One whose record has it can be added again under it; another cannot move there.
fn movable(address: &Address, because: Option<&str>, circumstances: &MemberCircumstances<'_>) -> Result<(), Refused> {
    match circumstances.former.iter().find(|(_, former)| former == address) {
        Some((former, _)) => Err(Refused::FormerAlias(former.clone())),
        None => usable(address, because, circumstances),
    }
}

fn usable(address: &Address, because: Option<&str>, circumstances: &MemberCircumstances<'_>) -> Result<(), Refused> {
    if circumstances.is_ours {
        return Err(Refused::OurOwn);
    }
    if let Some((known, _)) = circumstances.members.iter().find(|(_, known)| known == address) {
        return Err(Refused::MemberAlready(known.clone()));
    }
    match circumstances.looks {
        Looks::Role => Ok(()),
        Looks::PublicList => Err(Refused::AliasDoubtful(Looks::PublicList)),
        Looks::Unclear | Looks::Personal if because.is_some_and(|because| !because.trim().is_empty()) => Ok(()),
        looks => Err(Refused::AliasDoubtful(looks)),
    }
}

/// Who may ask for what.
fn admit(request: &MemberRequest, by: &Actor) -> Result<(), Refused> {
    let of_machines = matches!(
        request,
        MemberRequest::Probe { .. }
            | MemberRequest::Bounce { .. }
            | MemberRequest::Automatic
            | MemberRequest::Answer { proven: false }
    );
    let of_alias = matches!(request, MemberRequest::Answer { .. } | MemberRequest::Agree { .. });
    // Towards more secrecy, and for what two people must agree to anyway.
    let of_operator = matches!(
        request,
        MemberRequest::Enter { .. } | MemberRequest::Remove { .. } | MemberRequest::Freeze { .. } | MemberRequest::Note { .. }
    );
    let may = match by {
        Actor::Person(_) => !of_alias && (!of_machines || matches!(request, MemberRequest::Probe { .. })),
        Actor::Operator => of_operator,
        Actor::Alias => of_alias,
        Actor::Daemon => of_machines,
        Actor::Applicant => false,
    };
    if may { Ok(()) } else { Err(Refused::NotThisActor) }
}

struct Bench<'a> {
    file: &'a MemberFile,
    by: &'a Actor,
    circumstances: &'a MemberCircumstances<'a>,
}

impl Bench<'_> {
    fn judge(&self, request: &MemberRequest) -> Ruling {
        let file = self.file;
        let one = |event| Ok(vec![event]);
        let is_about_it = matches!(request, MemberRequest::Second | MemberRequest::Retract | MemberRequest::Note { .. });
        if !is_about_it && !file.is_member() {
            // What bounces after the end is no news.
            return if *self.by == Actor::Daemon { Ok(Vec::new()) } else { Err(Refused::NotAMember) };
        }
        match request {
            MemberRequest::Enter { .. } | MemberRequest::Join { .. } => Err(Refused::Already),
            MemberRequest::Second => self.second(),
            MemberRequest::Retract => {
                file.pending.as_ref().ok_or(Refused::NothingPending)?;
                one(MemberEvent::Retracted)
            }
            MemberRequest::Remove { because } => self.remove(because),
            MemberRequest::Probe { why } => one(MemberEvent::Probed { why: *why }),
            MemberRequest::Answer { proven: false } => one(MemberEvent::DoubtfulAnswer),
            MemberRequest::Answer { proven: true } => Ok(self.confirmed(None)),
            MemberRequest::Confirm { because } => Ok(self.confirmed(Some(said(because)?))),
            MemberRequest::Bounce { status } => one(MemberEvent::Bounced { status: status.clone() }),
            MemberRequest::Automatic => one(MemberEvent::Automatic),
            MemberRequest::Settle { because } => {
                let left = file.to_do().into_iter().any(|to_do| to_do != ToDo::AddressReady);
                if !left {
                    return Err(Refused::NothingToSettle);
                }
                one(MemberEvent::Settled { because: said(because)? })
            }
            MemberRequest::Freeze { because } => match file.standing() {
                Standing::Frozen => Err(Refused::Already),
                _ => one(MemberEvent::Frozen { because: said(because)? }),
            },
            MemberRequest::Thaw { because } => self.thaw(because.as_deref()),
            MemberRequest::Address { address, because } => {
                if *address == file.particulars.address {
                    return Err(Refused::Already);
                }
                movable(address, because.as_deref(), self.circumstances)?;
                let because = because.clone().unwrap_or_default();
                one(MemberEvent::AddressAsked { address: address.clone(), because })
            }
            MemberRequest::Agree { side, address } => match &file.change {
                Some(change) if change.address == *address => one(MemberEvent::AddressAgreed { side: *side }),
                _ => Err(Refused::NoChange),
            },
            MemberRequest::ApproveAddress => {
                let change = file.change.as_ref().ok_or(Refused::NoChange)?;
                if !change.old_agreed {
                    return Err(Refused::NotAgreed("old"));
                }
                if !change.new_agreed {
                    return Err(Refused::NotAgreed("new"));
                }
                movable(&change.address, Some("agreed"), self.circumstances)?;
                one(MemberEvent::AddressChanged { address: change.address.clone() })
            }
            MemberRequest::KeepAddress => {
                file.change.as_ref().ok_or(Refused::NoChange)?;
                one(MemberEvent::AddressDropped)
            }
            MemberRequest::Keep { because } => one(MemberEvent::Kept { because: said(because)? }),
            MemberRequest::Note { text } => one(MemberEvent::Noted { text: said(text)? }),
            other => self.describe(other),
        }
    }

    fn describe(&self, request: &MemberRequest) -> Ruling {
        let event = match request {
            MemberRequest::Rename { organisation } => {
                let organisation = said(organisation)?;
                if !organisation::is_showable(&organisation) {
                    return Err(Refused::Nameless);
                }
                MemberEvent::Renamed { organisation }
            }
            MemberRequest::Domains { domains } => MemberEvent::Domains { domains: domains.clone() },
            MemberRequest::Category { category } => MemberEvent::Category { category: *category },
            MemberRequest::AddPoster { address } => {
                if self.circumstances.is_ours {
                    return Err(Refused::OurOwn);
                }
                MemberEvent::PosterAdded { address: address.clone() }
            }
            MemberRequest::DropPoster { address } => MemberEvent::PosterDropped { address: address.clone() },
            MemberRequest::Tls { tls } => MemberEvent::Tls { tls: *tls },
            MemberRequest::Terms { terms } => MemberEvent::TermsAccepted { terms: terms.clone() },
            _ => return Err(Refused::NotThisActor),
        };
        Ok(vec![event])
    }

    fn second(&self) -> Ruling {
        let me = self.by.person().ok_or(Refused::NotThisActor)?;
        let pending = self.file.pending(self.circumstances.now).ok_or(Refused::NothingPending)?;
        if pending.by.contains(me) {
            return Err(Refused::OwnProposal(me.clone()));
        }
        let mut events = vec![MemberEvent::Seconded];
        if let Some(first) = pending.by.first() {
            events.extend(self.carried_out(&pending.act, first));
        }
        Ok(events)
    }

    fn carried_out(&self, act: &Act, first: &PersonName) -> Vec<MemberEvent> {
        match act {
            Act::Add => vec![MemberEvent::Accepted { proposed_by: first.clone() }, MemberEvent::Probed { why: Probe::New }],
            Act::Remove { because } => {
                let ended = MemberEvent::Ended { because: because.clone(), proposed_by: first.clone() };
                let unlisted = self.file.is_listed().then_some(MemberEvent::Unlisted);
                std::iter::once(ended).chain(unlisted).collect()
            }
        }
    }

    /// Nothing more goes there from now on, and a second person makes it final.
    fn remove(&self, because: &str) -> Ruling {
        let file = self.file;
        let because = said(because)?;
        match file.pending(self.circumstances.now) {
            Some(pending) if matches!(pending.act, Act::Remove { .. }) => match self.by.person() {
                Some(me) if pending.by.contains(me) => return Err(Refused::OwnProposal(me.clone())),
                Some(_) => return self.second(),
                None => return Err(Refused::OtherProposal("remove")),
            },
            Some(pending) => return Err(Refused::OtherProposal(pending.act.name())),
            None => {}
        }
        let frozen = (file.standing() != Standing::Frozen).then(|| MemberEvent::Frozen { because: because.clone() });
        Ok(frozen.into_iter().chain([MemberEvent::Proposed { act: Act::Remove { because } }]).collect())
    }

    fn confirmed(&self, because: Option<String>) -> Vec<MemberEvent> {
        let mut events = vec![MemberEvent::Confirmed { because }];
        if self.file.standing() == Standing::Unconfirmed {
            events.push(MemberEvent::Activated);
            if !self.file.is_listed() {
                events.push(MemberEvent::Listed);
            }
        }
        events
    }

    fn thaw(&self, because: Option<&str>) -> Ruling {
        if self.file.standing() != Standing::Frozen {
            return Err(Refused::NotFrozen);
        }
        let because = because.map(said).transpose()?;
        if !self.file.was_confirmed() && because.is_none() {
            return Err(Refused::NeverConfirmed);
        }
        let removal = self.file.pending.as_ref().is_some_and(|pending| matches!(pending.act, Act::Remove { .. }));
        let retracted = removal.then_some(MemberEvent::Retracted);
        let listed = (!self.file.is_listed()).then_some(MemberEvent::Listed);
        Ok(retracted.into_iter().chain([MemberEvent::Thawed { because }]).chain(listed).collect())
    }
}

fn said(text: &str) -> Result<String, Refused> {
    let text = text.trim();
    if text.is_empty() { Err(Refused::Empty) } else { Ok(text.to_owned()) }
}
