//! What a checked configuration holds. Every value here has passed the checks of [`super::load()`]; nothing in it is a secret, only the places
//! where secrets are ([`SecretPlace`]).

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Duration,
};

use jiff::{
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};

use super::{Warning, secret::SecretPlace};
use crate::{
    disclosure::{Member, Person, PersonName, Project},
    mail::{Address, AuthenticationTrust, Dmarc},
};

/// A checked configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it came from, as given to [`super::load()`].
    pub file: PathBuf,
    /// Names, addresses and lists.
    pub project: Project,
    /// Which policy the project works by (P1).
    pub policy: Policy,
    /// The security team, never empty, in the file's order.
    pub team: Vec<Person>,
    /// Whom a unix user id on the control socket stands for. Never contains root: root is the operator and no team member.
    pub uids: BTreeMap<u32, PersonName>,
    /// What fills the membership table at the first start. Empty only for [`super::Access::Visitor`].
    pub members: Vec<Member>,
    /// Whose Authentication-Results are believed.
    pub trust: AuthenticationTrust,
    /// Where mail comes from, never empty, each with its own name.
    pub sources: Vec<Source>,
    /// Where our letters go.
    pub transport: Transport,
    /// The state directory: database, lock, control socket. An absolute path, or one relative to the working directory.
    pub state: PathBuf,
    /// The unix socket for `status`, `held`, `case` and the others.
    pub control_socket: PathBuf,
    /// Where and how much is logged.
    pub log: Log,
    /// How the discussion list is moderated.
    pub moderation: Moderation,
    /// Working days and the promises counted in them.
    pub schedule: Schedule,
    /// How often an acknowledgement may go out.
    pub acknowledgement: AcknowledgementCaps,
    /// When a letter is tried again.
    pub delivery: Delivery,
    /// The files that a release writes; `None`: it writes none.
    pub publication: Option<super::publication::Publication>,
    /// What is known of authors' domains, and what is done for posts that receivers would refuse.
    pub dmarc: Dmarc,
    /// The key that signs our letters.
    pub dkim: Option<Dkim>,
    /// What the team's status page shows.
    pub status: StatusPage,
    /// A directory whose rule files stand in place of the embedded ones of the same name.
    pub rules: Option<PathBuf>,
    /// A directory whose letters stand in place of the embedded ones of the same name.
    pub letters: Option<PathBuf>,
    /// What is allowed and still worth a look.
    pub warnings: Vec<Warning>,
}

/// The policy in force (P1). Its address is [`Project::policy_url`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its version, stamped on cases and applications: `v3.23`.
    pub version: String,
    /// The branches with security support (P19): each needs its patch. Empty: not asked.
    pub branches: Vec<String>,
    /// When it was last reviewed: a year later the team is reminded (P1).
    pub reviewed: Date,
}

/// A place mail is fetched from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Folders of an IMAP account.
    Imap(ImapSource),
    /// A Maildir on this machine.
    Maildir(MaildirSource),
}

impl Source {
    /// Its name in logs and in the mailbox cursor. Unique in a configuration.
    pub fn name(&self) -> &str {
        match self {
            Source::Imap(source) => &source.name,
            Source::Maildir(source) => &source.name,
        }
    }

    /// The address that mail found there was sent to, when the mailbox serves only one.
    pub fn address(&self) -> Option<&Address> {
        match self {
            Source::Imap(source) => source.address.as_ref(),
            Source::Maildir(source) => source.address.as_ref(),
        }
    }
}

/// An IMAP account over implicit TLS (RFC 9051, RFC 8314 3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImapSource {
    /// Its name.
    pub name: String,
    /// The server: a name or an address literal.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The name its certificate must carry, when that is not `host`.
    pub server_name: Option<String>,
    /// A PEM file of the only authorities believed. Without it: the system's.
    pub ca_file: Option<PathBuf>,
    /// The account.
    pub user: String,
    /// How it is proven to be ours.
    pub auth: ImapAuth,
    /// Where the password (or the OAuth token) is.
    pub password: SecretPlace,
    /// The folders that are read, never empty.
    pub folders: Vec<String>,
    /// The address that mail found there was sent to, when the account serves only one.
    pub address: Option<Address>,
    /// What happens to a message on the server once it is on our disk.
    pub mark: Mark,
    /// Messages above this size (bytes) are taken with their headers only, and held.
    pub size_cap: u64,
    /// The longest time between two looks, whatever IDLE says.
    pub poll_interval: Duration,
    /// When an IDLE is ended and begun anew: at most 5 minutes, because of middleboxes that forget silent connections (RFC 2177 allows 29).
    pub idle_renew: Duration,
    /// How long an answer of the server may take.
    pub timeout: Duration,
}

/// How an IMAP account is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImapAuth {
    /// AUTHENTICATE PLAIN (RFC 4616).
    Plain,
    /// AUTHENTICATE XOAUTH2; the secret is the access token.
    XOAuth2,
}

/// What happens to a message on the server once its bytes are on our disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// Nothing.
    Leave,
    /// It gets this keyword (RFC 9051 2.3.2).
    Keyword(String),
    /// It moves to this folder (RFC 6851).
    Move(String),
}

/// A Maildir.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaildirSource {
    /// Its name.
    pub name: String,
    /// The folder that holds `new`, `cur` and `tmp`.
    pub path: PathBuf,
    /// The address that mail found there was sent to, when the Maildir serves only one.
    pub address: Option<Address>,
    /// Messages above this size (bytes) are taken with their headers only, and held.
    pub size_cap: u64,
    /// The time between two looks.
    pub poll_interval: Duration,
}

/// Where our letters go.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one of it in a program")]
pub enum Transport {
    /// An SMTP relay.
    Relay(Relay),
    /// A folder that gets one `.eml` file per letter and recipient: for the demo and for dry runs.
    Directory(PathBuf),
}

/// The key that signs our own letters (RFC 6376).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dkim {
    /// The signing domain.
    pub domain: String,
    /// Under which name below `_domainkey` its public key stands in the DNS.
    pub selector: String,
    /// Where the private key is.
    pub key: SecretPlace,
}

/// An SMTP relay (RFC 5321, RFC 6409).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relay {
    /// The server: a name or an address literal.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The name its certificate must carry, when that is not `host`.
    pub server_name: Option<String>,
    /// How the connection is protected.
    pub tls: RelayTls,
    /// A PEM file of the only authorities believed. Without it: the system's.
    pub ca_file: Option<PathBuf>,
    /// What we call ourselves in EHLO.
    pub hello: String,
    /// Account and place of its password, when the relay asks for one.
    pub login: Option<RelayLogin>,
    /// How long to wait for what.
    pub timeouts: RelayTimeouts,
    /// What assures verified TLS behind it for members who want it.
    pub verified_tls: Option<VerifiedTls>,
}

/// What assures verified TLS behind the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VerifiedTls {
    /// A table of domains that the relay reads (Postfix `smtp_tls_policy_maps`).
    PolicyTable(PathBuf),
    /// `REQUIRETLS` in the transaction (RFC 8689).
    RequireTls,
}

/// An account at the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayLogin {
    /// The account.
    pub user: String,
    /// Where its password is.
    pub password: SecretPlace,
}

/// How the connection to the relay is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelayTls {
    /// TLS from the first byte (RFC 8314 3.3).
    Implicit,
    /// STARTTLS (RFC 3207), required: a relay that does not offer it gets nothing.
    StartTls,
    /// None: only towards this machine itself.
    None,
}

/// How long to wait for the relay (RFC 5321 4.5.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelayTimeouts {
    /// For the connection, the TLS handshake and the greeting, each.
    pub connect: Duration,
    /// For the reply to a command.
    pub command: Duration,
    /// For the reply to the final dot: RFC 5321 4.5.3.2.6 asks for 10 minutes.
    pub data_done: Duration,
}

/// Logging. No log line ever carries a word of a mail, whatever the level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// Where to and in which shape.
    pub format: LogFormat,
    /// How much.
    pub level: LogLevel,
}

/// Where the log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// The journal, with fields.
    Journald,
    /// Lines for people on stderr.
    Stderr,
    /// One JSON object a line on stderr.
    Json,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What needs a person.
    Error,
    /// And what may soon.
    Warn,
    /// And what was done.
    Info,
    /// And how.
    Debug,
}

impl LogLevel {
    /// The word `tracing` knows it by.
    pub fn as_str(self) -> &'static str {
        match self {
            LogLevel::Error => "error",
            LogLevel::Warn => "warn",
            LogLevel::Info => "info",
            LogLevel::Debug => "debug",
        }
    }
}

/// How the discussion list is moderated (P68-P70).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moderation {
    /// Whether rules decide inside the gate, or everything waits for a person.
    pub mode: ModerationMode,
    /// What the team's notice of a held post shows.
    pub notice: NoticeDetail,
    /// While a file of this name exists, everything is held, from the next post on and without a reload.
    pub kill_switch: PathBuf,
}

/// Who decides about posts that a rule is sure of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModerationMode {
    /// The rules, inside the gate.
    Automatic,
    /// A person, always.
    HoldAll,
}

/// What the team's notice of a held post shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoticeDetail {
    /// The post, attached as message/rfc822.
    Full,
    /// Its sender, subject, date and list of parts.
    Headers,
}

/// Working days, and the promises counted in them.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// The zone in which days begin and end.
    pub zone: TimeZone,
    /// The days of the week on which people work, never empty, each once.
    pub working_days: Vec<Weekday>,
    /// Days that are no working days whatever their weekday.
    pub holidays: BTreeSet<Date>,
    /// When on a working day people are there; reminders wait for it.
    pub hours: OfficeHours,
    /// Working days from a report to its predisclosure (P41: one working week).
    pub predisclosure_after: u32,
    /// Working days from predisclosure to public release (P43: two working weeks).
    pub public_after: u32,
    /// Working days within which the acknowledgement promises a person's answer.
    pub answer_within: u32,
    /// Working days after which a case that nobody claimed is brought up again.
    pub unclaimed_after: u32,
    /// Who is told a working day later, outside the team's mailboxes.
    pub backup_contact: Option<Address>,
}

/// The part of a working day in which people are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfficeHours {
    /// Its beginning, in the schedule's zone.
    pub from: Time,
    /// Its end, after the beginning.
    pub until: Time,
}

/// How often an acknowledgement may go out (RFC 3834 2): two machines that answer each other come to rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcknowledgementCaps {
    /// To one address within 24 hours.
    pub per_sender_per_day: u32,
    /// To everybody within an hour.
    pub per_hour: u32,
}

/// What the team's status page shows (`status --serve`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusPage {
    /// Whether the titles of live cases are on it: they are embargoed.
    pub titles: bool,
}

/// When a letter is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// The wait after the first temporary failure; later waits are as long as the letter has waited already.
    pub retry_first: Duration,
    /// The longest wait.
    pub retry_most: Duration,
    /// The age at which a letter is given up and the team is told (RFC 5321 4.5.4.1: at least 4 to 5 days).
    pub give_up_after: Duration,
    /// When a letter of unknown outcome is sent once more, with the same Message-ID.
    pub unknown_resend_after: Duration,
    /// Connections to the relay at most.
    pub connections: usize,
    /// How a bounce is to name its recipient.
    pub return_paths: ReturnPaths,
    /// Recipients of one transaction at most, where it has several.
    pub recipients: usize,
}

/// How a bounce is to name its recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReturnPaths {
    /// A transaction and a return path for each recipient (VERP).
    Own,
    /// One transaction; the relay makes the return paths, where it offers `XVERP`.
    Xverp,
    /// One transaction, one return path.
    Shared,
}
