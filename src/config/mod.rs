//! The configuration: one TOML file, read whole, checked whole, or refused with every fault found in it.
//!
//! What it does: text -> raw tables (unknown keys and wrong types are refused) -> checked [`Config`]. What it promises: a [`Config`] names two
//! private lists that share nothing with a public one, at least one member and one person of the team, TLS wherever mail leaves the machine, and
//! secrets that nobody else can read. How it fails: with [`ConfigErrors`], each with file, line, column and remedy; a bad file never half-loads.
//!
//! Relative paths are relative to the directory of the configuration file.

pub mod check;
mod claims;
mod conduct;
mod dkim;
mod finding;
mod load;
mod members;
pub mod permissions;
mod project;
pub mod publication;
mod quantity;
mod raw;
mod schedule;
mod secret;
mod settings;
mod site;
mod sources;
mod syntax;
mod team;
mod transport;
mod upstream;

pub use finding::{ConfigError, ConfigErrors, Place, Warning};
pub use load::{Reader, load};
pub use permissions::Us;
pub use secret::{SecretFault, SecretPlace};
pub use settings::{
    AcknowledgementCaps, Config, Delivery, Dkim, ImapAuth, ImapSource, Log, LogFormat, LogLevel, MaildirSource, Mark, Moderation,
    ModerationMode, NoticeDetail, OfficeHours, Policy, Relay, RelayLogin, RelayTimeouts, RelayTls, ReturnPaths, Schedule, Source,
    StatusPage, Transport, VerifiedTls,
};
pub use site::Access;
use site::Site;
