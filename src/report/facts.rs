//! What the status page tells, read at one moment. Numbers, dates, names of people and organisations; of a case its title only when it is asked for.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    os::unix::net::UnixStream,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use super::readiness;
use crate::{
    advisory::{self, AdvisoryRules},
    cases::{self, CaseFile, Confidentiality, Owner, Standards},
    config::{Config, ModerationMode},
    daemon::{
        act::{Read, Request, Response},
        assemble, fetch,
    },
    disclosure::CaseId,
    mail::Message,
    store::{
        StoreError, blocked, case,
        frozen::{self, Frozen},
        lineage::HighWater,
        read::{self, DeliveryRow, HeldRow, ReadOnly, Which},
        release,
    },
};

/// Who decides about posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Rules decide inside the gate.
    Automatic,
    /// `moderation.automatic = false`.
    HoldAll,
    /// The kill switch is there.
    KillSwitch,
}

/// Whether a daemon listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Daemon {
    /// It does.
    Running,
    /// It does not.
    Stopped,
    /// We may not ask.
    Unknown,
}

/// Who decides about posts just now.
pub fn mode(config: &Config) -> Mode {
    match config.moderation.mode {
        _ if config.moderation.kill_switch.exists() => Mode::KillSwitch,
        ModerationMode::Automatic => Mode::Automatic,
        ModerationMode::HoldAll => Mode::HoldAll,
    }
}

/// Whether a daemon listens just now.
pub fn daemon(config: &Config) -> Daemon {
    match UnixStream::connect(&config.control_socket).map_err(|error| error.kind()) {
        Ok(_) => Daemon::Running,
        Err(std::io::ErrorKind::NotFound | std::io::ErrorKind::ConnectionRefused) => Daemon::Stopped,
        Err(_) => Daemon::Unknown,
    }
}

/// A mailbox, and whether the daemon sees what comes into it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Mailbox {
    /// `source/folder`.
    pub mailbox: String,
    /// When it was read for the last time; `None`: not once since the daemon started.
    pub read: Option<Timestamp>,
    /// Whether that is as it should be.
    pub is_read: bool,
}

/// What the running daemon says of the mailboxes of the configuration. Nothing when none runs, or when it does not answer us.
pub fn mailboxes(config: &Config, now: Timestamp) -> Vec<Mailbox> {
    let Ok(read) = ask_for_mailboxes(config) else { return Vec::new() };
    let mailbox = |mailbox: fetch::Mailbox| {
        let label = mailbox.label();
        let at = read.iter().find(|read| read.mailbox == label).map(|read| read.at);
        let allowed = SignedDuration::try_from(fetch::patience(&config.sources)).unwrap_or_default();
        Mailbox { mailbox: label, read: at, is_read: at.is_some_and(|at| now.duration_since(at) < allowed) }
    };
    fetch::mailboxes(&config.sources).into_iter().map(mailbox).collect()
}

fn ask_for_mailboxes(config: &Config) -> io::Result<Vec<Read>> {
    let mut stream = UnixStream::connect(&config.control_socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = serde_json::to_vec(&Request::Mailboxes)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut answer = String::new();
    BufReader::new(stream).take(LONGEST).read_line(&mut answer)?;
    let answer: Response = serde_json::from_str(&answer)?;
    if answer.ok { Ok(answer.mailboxes) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}

/// How long a daemon may take to say so: figures are asked for every minute.
const PATIENCE: Duration = Duration::from_secs(5);

/// More than it has to say about any number of mailboxes.
const LONGEST: u64 = 1024 * 1024;

/// Everything on the page.
#[derive(Debug, Clone)]
pub struct Facts {
    /// When it was read.
    pub at: Timestamp,
    /// Who decides about posts.
    pub mode: Mode,
    /// Whether a daemon listens.
    pub daemon: Daemon,
    /// The mailboxes, as far as a daemon says.
    pub mailboxes: Vec<Mailbox>,
    /// Whether the database may not be the newest, so that nothing is done.
    pub frozen: Option<Frozen>,
    /// The counts.
    pub counts: read::Status,
    /// What came back.
    pub bounces: read::Bounces,
    /// The cases that are not at rest, the one with the nearest next action first.
    pub cases: Vec<CaseLine>,
    /// Held mail that waits, urgent first.
    pub held: Vec<HeldRow>,
    /// Letters that the firewall has stopped and nobody has decided about.
    pub stopped: Vec<i64>,
    /// The last advisory that went to the members.
    pub last: Option<Deliveries>,
    /// The members, the least ready first.
    pub readiness: Vec<Ready>,
}

/// A case.
#[derive(Debug, Clone)]
pub struct CaseLine {
    /// Which.
    pub case: CaseId,
    /// `XSA-501`.
    pub number: Option<String>,
    /// Its title, when it is asked for.
    pub title: Option<String>,
    /// What somebody should do next; `None` when its record cannot be read.
    pub next: Option<Next>,
    /// When it came to us.
    pub opened: Option<Timestamp>,
    /// When the members got an advisory.
    pub predisclosed: Option<Timestamp>,
    /// When it is to become public.
    pub until: Option<Timestamp>,
    /// Whether its content is under embargo.
    pub is_live: bool,
}

/// The next step of a case.
#[derive(Debug, Clone)]
pub struct Next {
    /// What, with the word to type.
    pub what: String,
    /// Who: a name, `the team`, `the daemon`.
    pub owner: String,
    /// By when.
    pub due: Timestamp,
}

/// What became of a letter to the members.
#[derive(Debug, Clone)]
pub struct Deliveries {
    /// `XSA-501 v2`.
    pub name: String,
    /// How many accepted it.
    pub accepted: usize,
    /// How many it is still on the way to.
    pub waiting: usize,
    /// Who did not get it, or bounced it.
    pub failed: Vec<Missed>,
}

/// A member that an advisory has not reached.
#[derive(Debug, Clone)]
pub struct Missed {
    /// The organisation.
    pub organisation: String,
    /// The state of the delivery.
    pub state: String,
}

/// How ready a member is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// The organisation.
    pub organisation: String,
    /// From 0 to 100.
    pub score: u32,
    /// What is missing, the worst first; nothing when all is well.
    pub faults: Vec<String>,
}

impl Facts {
    /// Reads them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn read(connection: &ReadOnly, config: &Config, now: Timestamp) -> Result<Self, StoreError> {
        let standards = assemble::standards(config).map_err(|error| StoreError::Judgement(error.to_string()))?;
        let rules = if config.status.titles { AdvisoryRules::built_in().ok() } else { None };
        let mut cases = Vec::new();
        for row in read::cases(connection, Which::All)? {
            cases.extend(line(connection, CaseId(row.id), row.state == "closed", config, &standards, rules.as_ref(), now)?);
        }
        cases.sort_by_key(|line| (line.next.as_ref().map(|next| next.due), line.case));
        let members = read::members(connection, Which::Open)?;
        let names: BTreeMap<String, String> =
            members.iter().map(|member| (member.address.clone(), member.organisation.clone())).collect();
        let deliveries = last(connection)?;
        let last = deliveries.as_deref().and_then(|rows| summary(rows, &names));
        let missed: BTreeSet<&str> =
            last.iter().flat_map(|last| &last.failed).map(|missed| missed.organisation.as_str()).collect();
        let readiness = readiness::members(connection, config, now)?
            .into_iter()
            .map(|(file, ready)| {
                let organisation = file.particulars().organisation.clone();
                let missed = missed.contains(organisation.as_str()).then(|| "did not get the last advisory".to_owned());
                let faults = missed.into_iter().chain(ready.faults.iter().map(ToString::to_string)).collect();
                Ready { organisation, score: ready.score, faults }
            })
            .collect();
        let waiting = blocked::list(connection)?.into_iter().filter(|row| row.state == "waiting");
        Ok(Self {
            at: now,
            mode: mode(config),
            daemon: daemon(config),
            mailboxes: mailboxes(config, now),
            frozen: frozen::would_be(connection, HighWater::read(&config.state)?, now)?,
            counts: read::status(connection)?,
            bounces: read::bounces(connection, now)?,
            cases,
            held: read::held(connection, Which::Open)?,
            stopped: waiting.map(|row| row.id).collect(),
            last,
            readiness,
        })
    }
}

/// A case that is not at rest.
fn line(
    connection: &ReadOnly,
    id: CaseId,
    is_closed: bool,
    config: &Config,
    standards: &Standards,
    rules: Option<&AdvisoryRules>,
    now: Timestamp,
) -> Result<Option<CaseLine>, StoreError> {
    let file = match case::fold(connection, id) {
        Ok(Some(file)) => file,
        Ok(None) => return Ok(None),
        // Nobody knows where it stands: that is worth a line.
        Err(StoreError::Unknown(_)) => return Ok(Some(CaseLine::unreadable(id))),
        Err(error) => return Err(error),
    };
    let next = cases::next_action(&file, now, standards);
    if is_closed && next.is_none() {
        return Ok(None);
    }
    let title = match rules {
        Some(rules) => title(connection, &file, config, rules)?,
        None => None,
    };
    Ok(Some(CaseLine {
        case: id,
        number: file.live_number().map(|number| number.with_prefix(&config.project.advisory_prefix)),
        title,
        next: next.map(|next| Next {
            what: next.what.to_string(),
            owner: match next.owner {
                Owner::Person(person) => person.to_string(),
                Owner::Team => "the team".to_owned(),
                Owner::Daemon => "the daemon".to_owned(),
            },
            due: next.due,
        }),
        opened: Some(file.opened()),
        predisclosed: file.predisclosed_at(),
        until: match file.confidentiality() {
            Confidentiality::Embargoed { until } => Some(until),
            _ => None,
        },
        is_live: file.is_embargoed(now) && !file.is_closed(),
    }))
}

impl CaseLine {
    fn unreadable(case: CaseId) -> Self {
        Self { case, number: None, title: None, next: None, opened: None, predisclosed: None, until: None, is_live: false }
    }
}

/// The title of the newest revision.
fn title(connection: &ReadOnly, file: &CaseFile, config: &Config, rules: &AdvisoryRules) -> Result<Option<String>, StoreError> {
    let Some(revision) = file.latest_revision() else { return Ok(None) };
    let mail = release::revision_on(connection, revision.digest)?.and_then(|raw| Message::parse(&raw).ok());
    let advisory = mail.and_then(|mail| advisory::parse(&mail, &config.project, rules).ok());
    Ok(advisory.map(|advisory| advisory.heading.title).filter(|title| !title.is_empty()))
}

/// The deliveries of the last advisory to the members.
fn last(connection: &ReadOnly) -> Result<Option<Vec<DeliveryRow>>, StoreError> {
    match read::last_advisory_letter(connection)? {
        Some(letter) => read::outbox(connection, Which::All, Some(letter)).map(Some),
        None => Ok(None),
    }
}

fn summary(rows: &[DeliveryRow], names: &BTreeMap<String, String>) -> Option<Deliveries> {
    let name = rows.first()?.label.clone();
    let is_missed = |row: &&DeliveryRow| matches!(row.state.as_str(), "failed" | "withheld") || !row.bounce.is_empty();
    let failed = rows.iter().filter(is_missed).map(|row| Missed {
        organisation: names.get(&row.recipient).cloned().unwrap_or_else(|| "a former member".to_owned()),
        state: if row.bounce.is_empty() { row.state.clone() } else { "bounced".to_owned() },
    });
    Some(Deliveries {
        name,
        accepted: rows.iter().filter(|row| row.state == "accepted" && row.bounce.is_empty()).count(),
        waiting: rows.iter().filter(|row| matches!(row.state.as_str(), "queued" | "sending" | "deferred" | "unknown")).count(),
        failed: failed.collect(),
    })
}
