//! Who is who: the team, the members, and the proof of being one of them.
//!
//! [`TeamMember`] and [`Poster::Member`] come only from [`Roster::recognise`], which asks for an [`Authenticated`]: a From line alone makes
//! nobody anybody (invariant 4).

use std::{collections::BTreeSet, fmt};

use crate::mail::{Address, Authenticated};

/// The short name under which a team member is known in the configuration and shown to others: `mona`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct PersonName(pub String);

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One person of the security team, from the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Short name.
    pub name: PersonName,
    /// The address notices go to.
    pub address: Address,
    /// Further addresses this person writes from.
    pub also: Vec<Address>,
}

impl Person {
    /// Whether the person writes from this address.
    pub fn writes_from(&self, address: &Address) -> bool {
        self.address == *address || self.also.contains(address)
    }
}

impl Person {
    /// The proof for somebody who acts on the machine itself: the kernel vouches for the user id at the other end of the control socket
    /// (`SO_PEERCRED`), the configuration says whose it is.
    pub fn vouched_for_by_the_kernel(&self) -> TeamMember {
        TeamMember { name: self.name.clone(), address: self.address.clone() }
    }
}

/// Proof that an authenticated sender is this member of the team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamMember {
    name: PersonName,
    address: Address,
}

impl TeamMember {
    /// Short name.
    pub fn name(&self) -> &PersonName {
        &self.name
    }

    /// Where notices to this person go.
    pub fn address(&self) -> &Address {
        &self.address
    }
}

/// Whether a member gets mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Membership {
    /// Gets everything.
    Active,
    /// Gets nothing until a person thaws it.
    Frozen,
}

/// What the way to a member's alias must be (P63).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TlsRequirement {
    /// TLS where the other side offers it.
    #[default]
    Opportunistic,
    /// TLS with a certificate that is checked, or nothing.
    Verify,
}

impl TlsRequirement {
    /// The word stored and typed.
    pub fn as_str(self) -> &'static str {
        match self {
            TlsRequirement::Opportunistic => "opportunistic",
            TlsRequirement::Verify => "verify",
        }
    }

    /// The requirement of that stored word; anything unknown is the stricter one.
    pub fn from_stored(word: &str) -> Self {
        if word == "opportunistic" { TlsRequirement::Opportunistic } else { TlsRequirement::Verify }
    }
}

/// What assures that a letter to a member travels over verified TLS behind our relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assurance {
    /// The relay is told so for that domain, or there is no way behind it.
    Given,
    /// The transaction asks for it (RFC 8689), and a relay that cannot do it refuses.
    ToBeAsked,
    /// Nothing.
    Lacking,
}

/// An organisation on the predisclosure list (P48): the unit of membership, with exactly one role address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The organisation, as the public list names it (P52).
    pub organisation: String,
    /// The role address, known to the team only.
    pub address: Address,
    /// People confirmed to write for it (`ConfirmedPoster`).
    pub posters: Vec<Address>,
    /// Whether it gets mail.
    pub membership: Membership,
    /// What the way to its alias must be.
    pub tls: TlsRequirement,
}

/// The one membership table: both private lists have exactly these recipients (P65).
#[derive(Debug, Clone, Default)]
pub struct Roster {
    /// The team, in the configuration's order.
    pub team: Vec<Person>,
    /// The members.
    pub members: Vec<Member>,
}

/// Who wrote a mail, as far as it is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Poster {
    /// A person of the team.
    Team(TeamMember),
    /// A confirmed poster or the role address of this organisation.
    Member {
        /// The organisation.
        organisation: String,
    },
    /// Authenticated, at the domain of a member's role address, but not a confirmed poster.
    MembersDomain {
        /// The organisation.
        organisation: String,
    },
    /// Authenticated, and nobody we know.
    Stranger,
    /// Not authenticated: the From line may be forged.
    Unproven,
}

impl Roster {
    /// Who the authenticated sender is. `None` stands for a sender without proof.
    pub fn recognise(&self, sender: Option<&Authenticated>) -> Poster {
        let Some(sender) = sender else { return Poster::Unproven };
        let address = sender.address();
        if let Some(person) = self.team.iter().find(|person| person.writes_from(address)) {
            return Poster::Team(TeamMember { name: person.name.clone(), address: person.address.clone() });
        }
        let writes = |member: &&Member| member.address == *address || member.posters.contains(address);
        // Who is frozen is known, and no rule acts on what he writes.
        if let Some(member) = self.members.iter().find(|member| writes(member) && member.membership == Membership::Active) {
            return Poster::Member { organisation: member.organisation.clone() };
        }
        if let Some(member) = self.members.iter().find(|member| member.address.domain() == address.domain()) {
            return Poster::MembersDomain { organisation: member.organisation.clone() };
        }
        Poster::Stranger
    }

    /// Everyone who gets a mail of the private lists: the active members' role addresses, each once.
    pub fn recipients(&self) -> Option<Recipients> {
        let active = self.members.iter().filter(|member| member.membership == Membership::Active);
        Recipients::new(active.map(|member| member.address.clone()))
    }

    /// The team, for notices.
    pub fn team_recipients(&self) -> Option<Recipients> {
        Recipients::new(self.team.iter().map(|person| person.address.clone()))
    }
}

/// Addresses a letter goes to: never empty, never from To or Cc of a mail, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipients(Vec<Address>);

impl Recipients {
    /// The addresses without repetitions, in their order; `None` when there are none.
    pub fn new(addresses: impl IntoIterator<Item = Address>) -> Option<Self> {
        let mut seen = BTreeSet::new();
        let list: Vec<Address> = addresses.into_iter().filter(|address| seen.insert(address.clone())).collect();
        (!list.is_empty()).then_some(Self(list))
    }

    /// The one recipient of a personal letter.
    pub fn one(address: Address) -> Self {
        Self(vec![address])
    }

    /// The addresses.
    pub fn as_slice(&self) -> &[Address] {
        &self.0
    }
}
