//! Words that applications and members share.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::disclosure::PersonName;

/// The number of an application: that of the mail that began it. Shown as `application-17`; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApplicationId(pub i64);

/// The number of a member, shown as `member-3`. Never reused. Says nothing about the organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MemberId(pub i64);

impl fmt::Display for ApplicationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "application-{}", self.0)
    }
}

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "member-{}", self.0)
    }
}

impl FromStr for ApplicationId {
    type Err = std::num::ParseIntError;

    /// Accepts `17` and `application-17`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim().trim_start_matches("application-").parse().map(ApplicationId)
    }
}

impl FromStr for MemberId {
    type Err = std::num::ParseIntError;

    /// Accepts `3` and `member-3`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim().trim_start_matches("member-").parse().map(MemberId)
    }
}

/// Who brought something about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// A proven person of the team.
    Person(PersonName),
    /// Root or the daemon's user on the machine: may propose, may stop, decides nothing.
    Operator,
    /// Who applies, as far as a public mail shows.
    Applicant,
    /// Somebody who reads the role address: a token that went there alone came back.
    Alias,
    /// A timer, a delivery, a bounce.
    Daemon,
}

impl Actor {
    /// The person, where it is one.
    pub fn person(&self) -> Option<&PersonName> {
        match self {
            Actor::Person(name) => Some(name),
            _ => None,
        }
    }

    /// The word for the record; empty for the daemon.
    pub fn name(&self) -> &str {
        match self {
            Actor::Person(name) => &name.0,
            Actor::Operator => "operator",
            Actor::Applicant => "applicant",
            Actor::Alias => "alias",
            Actor::Daemon => "",
        }
    }
}

/// What makes an organisation eligible (P49, P51).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// Sells hosting on it to the public.
    PublicHostingProvider,
    /// Runs very many guests itself.
    LargeScaleUser,
    /// Sells a system built on it.
    Vendor,
    /// Distributes an operating system with it.
    OsDistributor,
}

impl Category {
    /// All of them, as the policy names them.
    pub const ALL: [Category; 4] =
        [Category::PublicHostingProvider, Category::LargeScaleUser, Category::Vendor, Category::OsDistributor];

    /// The word stored and typed.
    pub fn as_str(self) -> &'static str {
        match self {
            Category::PublicHostingProvider => "public-hosting-provider",
            Category::LargeScaleUser => "large-scale-user",
            Category::Vendor => "vendor",
            Category::OsDistributor => "os-distributor",
        }
    }
}

impl FromStr for Category {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|category| category.as_str() == text).ok_or(())
    }
}

/// What an address looks like (P48, P82).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Looks {
    /// A role's.
    Role,
    /// One cannot tell.
    Unclear,
    /// A person's, or one at a provider where anybody can have an address.
    Personal,
    /// A mailing list's: its archive may be public.
    PublicList,
}

impl Looks {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Looks::Role => "a role's address",
            Looks::Unclear => "perhaps a role's, perhaps a person's address",
            Looks::Personal => "a person's address, or one at a free-mail provider",
            Looks::PublicList => "a mailing list's address, whose archive may be public",
        }
    }
}
