//! The nouns of coordinated disclosure, after the policy (P1-P85) and the glossary of the field.

pub mod advisory;
pub mod case;
pub mod class;
pub mod cve;
pub mod project;
pub mod roster;

pub use advisory::{AdvisoryNumber, AdvisoryNumberError, DeploymentPermission, Embargo, EmbargoPassed, LiveAdvisory};
pub use case::{Case, CaseId, CaseState};
pub use class::ContentClass;
pub use cve::{CveId, NotACve};
pub use project::{ListName, ListRole, PrivateList, Project, PublicList, Upstream};
pub use roster::{Assurance, Member, Membership, Person, PersonName, Poster, Recipients, Roster, TeamMember, TlsRequirement};
