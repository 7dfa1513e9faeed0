//! Reading a configuration: file -> text -> tables -> [`Config`], or everything that is wrong with it.

use std::{
    ffi::OsString,
    ops::Range,
    path::{Path, PathBuf},
};

use super::{
    claims::Claims,
    conduct, dkim,
    finding::{ConfigErrors, Findings},
    members,
    permissions::{self, Us},
    project, publication,
    raw::{Raw, Section, Text},
    schedule,
    settings::{Config, Log, LogFormat, LogLevel, StatusPage},
    site::{Access, Site},
    sources,
    syntax::{self, beginning},
    team, transport, upstream,
};
use crate::disclosure::{Member, Project};

/// Where the state is when the file does not say.
const STATE: &str = "/var/lib/embargod";

/// How a configuration is read: by whom, what for, with which credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// What for.
    pub access: Access,
    /// The directory of the systemd credentials.
    pub credentials: Option<PathBuf>,
    /// Who reads: decides whose files are private enough.
    pub us: Us,
}

impl Reader {
    /// This process: its user and its `$CREDENTIALS_DIRECTORY`.
    pub fn this_process(access: Access) -> Self {
        let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").filter(|path: &OsString| !path.is_empty());
        Self { access, credentials: credentials.map(PathBuf::from), us: Us::effective() }
    }

    /// Reads and checks the configuration in `path`. Relative paths in it are relative to its directory.
    pub fn load(&self, path: &Path) -> Result<Config, ConfigErrors> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                let mut findings = Findings::new(path, "");
                let problem = format!("the configuration cannot be read: {}", error.kind());
                findings.refuse(&beginning(), problem, "write the path of a readable TOML file; config/xen.toml is one to copy");
                return Err(findings.errors());
            }
        };
        self.parse(path, &text)
    }

    /// Checks the text of a configuration as if it stood in `path`: for one that is part of the program.
    pub fn parse(&self, path: &Path, text: &str) -> Result<Config, ConfigErrors> {
        let directory = path.parent().unwrap_or(Path::new(""));
        let site = Site { directory, credentials: self.credentials.as_deref(), us: self.us, access: self.access };
        read(path, text, &site)
    }
}

/// Reads and checks the configuration in `path`, for the service.
pub fn load(path: &Path) -> Result<Config, ConfigErrors> {
    Reader::this_process(Access::Service).load(path)
}

fn read(file: &Path, text: &str, site: &Site<'_>) -> Result<Config, ConfigErrors> {
    let mut findings = Findings::new(file, text);
    let Some(mut raw) = syntax::read(text, &mut findings) else { return Err(findings.errors()) };
    let f = &mut findings;

    let (state, state_at) = match raw.state.take() {
        Some(text) => (site.path(&text), text.span()),
        None => (PathBuf::from(STATE), beginning()),
    };
    let log = raw.log.take().unwrap_or_default();
    let moderation = conduct::moderation(&raw.moderation.take().unwrap_or_default(), &state, site);
    check_state(&state, &moderation.kill_switch, &state_at, site, f);
    let control_socket = raw.control_socket.take().map_or_else(|| state.join("control.sock"), |text| site.path(&text));
    let override_of = |section: &mut Section<Text>, what: &str, f: &mut Findings<'_>| {
        section.take().map(|text| site.existing_directory(&text, what, f))
    };
    let rules = override_of(&mut raw.rules, "rules", f);
    let letters = override_of(&mut raw.letters, "letters", f);

    let parts = (
        raw.project.needed("[project]", "names and addresses of the project", f),
        raw.policy.needed("[policy]", "the policy in force", f),
        raw.lists.needed("[lists.primary]", "the lists", f),
    );
    let (project, claims) = match parts {
        (Some(project), Some(policy), Some(lists)) => project::check(project, policy, lists, f),
        _ => (None, Claims::default()),
    };
    let upstreams = upstream::check(&raw.upstream.take().unwrap_or_default(), &claims, f);
    let people = raw.team.needed("[[team]]", "at least one person of the team", f);
    let team = people.map(|people| {
        if people.is_empty() {
            f.refuse(&beginning(), "the team has nobody", "add a table [[team]] with name and address");
        }
        team::check(&people, &claims, f)
    });
    let members = self::members(&mut raw, &claims, site, f);
    let trust = raw.trust.needed("[trust]", "whose Authentication-Results are believed", f).map(|trust| {
        let word = |text: &Text, f: &mut Findings<'_>| sources::host(text, f);
        (word(&trust.authserv_id, f), word(&trust.received_by, f))
    });
    let sources = match raw.source.take_or_refused() {
        Ok(Some(sources)) => sources::check(sources, site, f),
        Ok(None) => {
            sources::nowhere(f);
            Vec::new()
        }
        Err(()) => Vec::new(),
    };
    let hello = project.as_ref().map(|(project, _)| project.desk.domain());
    let transport = match raw.transport.take_or_refused() {
        Ok(Some(raw)) => transport::check(raw, hello, site, f),
        Ok(None) => transport::nowhere(f),
        Err(()) => None,
    };
    let schedule = schedule::check(raw.schedule.take().unwrap_or_default(), &claims, site, f);
    let acknowledgement = conduct::acknowledgement(&raw.acknowledgement.take().unwrap_or_default(), f);
    let delivery = conduct::delivery(&raw.delivery.take().unwrap_or_default(), f);
    let publication = match (raw.publication.take(), &project) {
        (Some(raw), Some((project, _))) => publication::check(raw, project, site, f),
        _ => None,
    };

    let dkim = match (raw.dkim.take(), &project) {
        (Some(raw), Some((project, _))) => dkim::check(&raw, project, site, f),
        _ => None,
    };
    let dmarc = conduct::dmarc(raw.dmarc.take().unwrap_or_default(), f);
    let status = raw.status.take().unwrap_or_default();
    let status = StatusPage { titles: status.titles.unwrap_or(false) };

    let warnings = findings.settle()?;
    let complete = (|| {
        let ((project, policy), (team, uids), (authserv_id, received_by)) = (project?, team?, trust?);
        let project = Project { upstreams, ..project };
        Some(Config {
            file: file.to_owned(),
            project,
            policy,
            team,
            uids,
            members,
            trust: crate::mail::AuthenticationTrust { authserv_id: authserv_id?, received_by: received_by? },
            sources,
            transport: transport?,
            state,
            control_socket,
            log: Log { format: log.format.unwrap_or(LogFormat::Stderr), level: log.level.unwrap_or(LogLevel::Info) },
            moderation,
            schedule,
            acknowledgement,
            delivery,
            publication,
            dkim,
            dmarc,
            status,
            rules,
            letters,
            warnings,
        })
    })();
    // Every `None` above has an error in the findings; should one ever not, the configuration is refused all the same.
    complete.ok_or_else(|| {
        let mut findings = Findings::new(file, text);
        findings.refuse(&beginning(), "the configuration is incomplete", "compare it with config/xen.toml");
        findings.errors()
    })
}

fn check_state(state: &Path, kill_switch: &Path, at: &Range<usize>, site: &Site<'_>, findings: &mut Findings<'_>) {
    if site.access == Access::Visitor {
        return;
    }
    if state.exists() && !state.is_dir() {
        findings.refuse(
            at,
            format!("the state {} is no directory", state.display()),
            "name a directory: state = \"/var/lib/embargod\"",
        );
        return;
    }
    if !state.exists() && !state.parent().is_some_and(|parent| parent.as_os_str().is_empty() || parent.is_dir()) {
        let problem = format!("the state directory {} cannot be made: its parent does not exist", state.display());
        findings.refuse(at, problem, format!("run: install -d -m 700 {}", state.display()));
    }
    for (path, exposed) in permissions::private_state(state, kill_switch, site.us) {
        findings.refuse(at, format!("the state {} {exposed}", path.display()), exposed.remedy(&path));
    }
}

fn members(raw: &mut Raw, claims: &Claims, site: &Site<'_>, findings: &mut Findings<'_>) -> Vec<Member> {
    let tables = raw.member.take_or_refused();
    let file = raw.members_file.take();
    let credential = raw.members_credential.take();
    let (at, rows) = match (tables, file, credential) {
        (Err(()), _, _) => return Vec::new(),
        (Ok(Some(tables)), None, None) => (beginning(), Some(members::rows_of_tables(&tables, findings))),
        (Ok(None), Some(file), None) => {
            let path = site.path(&file);
            (file.span(), members_file(&path, &file, site, findings))
        }
        (Ok(None), None, Some(name)) => {
            let Some(path) = site.credential(&name, findings) else { return Vec::new() };
            (name.span(), members_file(&path, &name, site, findings))
        }
        (Ok(None), None, None) => {
            let remedy = "add members-file = \"members.csv\" (or members-credential, or [[member]] tables)";
            findings.refuse(&beginning(), "the lists have no members", remedy);
            return Vec::new();
        }
        (_, file, credential) => {
            let at = file.or(credential).map_or(beginning(), |text| text.span());
            let remedy = "keep one of members-file, members-credential and [[member]]";
            findings.refuse(&at, "the members stand in two places", remedy);
            return Vec::new();
        }
    };
    match rows {
        Some(rows) if rows.is_empty() => {
            let remedy = "add at least one organisation: a list without members reaches nobody";
            findings.refuse(&at, "the lists have no members", remedy);
            Vec::new()
        }
        Some(rows) => members::check(rows, claims, findings),
        None => Vec::new(),
    }
}

/// The rows of a members file; `None` when it is not read or refused as a whole.
fn members_file(path: &Path, named: &Text, site: &Site<'_>, findings: &mut Findings<'_>) -> Option<Vec<members::Row>> {
    if site.access == Access::Visitor {
        return None;
    }
    match std::fs::read_to_string(path) {
        Ok(text) => {
            members_are_private(path, named, site, findings);
            members::rows_of_file(path, &text, findings)
        }
        Err(error) => {
            let problem = format!("the members file {} cannot be read: {}", path.display(), error.kind());
            findings.refuse(&named.span(), problem, "write it (config/members.example.csv shows the form) and make it readable");
            None
        }
    }
}

/// Warns when others can read the members' addresses. Only a warning: the addresses are confidential, not secret as a password is.
fn members_are_private(path: &Path, named: &Text, site: &Site<'_>, findings: &mut Findings<'_>) {
    let Ok(metadata) = std::fs::metadata(path) else { return };
    if let Err(exposed) = permissions::private_file(path, &metadata, site.us) {
        let place = findings.place(&named.span());
        let file = path.display();
        findings
            .warn_at(place, format!("the members file {file} {exposed}; its addresses are for the team only: chmod 600 {file}"));
    }
}

impl<T> Section<T> {
    /// What the file says, `None` when it says nothing, `Err` when that was refused already.
    fn take_or_refused(&mut self) -> Result<Option<T>, ()> {
        match std::mem::take(self) {
            Section::Absent => Ok(None),
            Section::Refused => Err(()),
            Section::Present(value) => Ok(Some(value)),
        }
    }

    /// What the file says, if it says something usable.
    fn take(&mut self) -> Option<T> {
        self.take_or_refused().ok().flatten()
    }

    /// What the file must say.
    fn needed(&mut self, table: &str, what: &str, findings: &mut Findings<'_>) -> Option<T> {
        let found = self.take_or_refused();
        if let Ok(None) = found {
            findings.refuse(
                &beginning(),
                format!("there is no table {table}: {what}"),
                format!("add {table} (config/xen.toml explains every key)"),
            );
        }
        found.ok().flatten()
    }
}
