//! `embargod tls-policy`: the table by which the relay sends to members who want it over verified TLS only (P63), and whether it is in force.
//!
//! The table holds domains of members, who are public, and nothing else. `check` asks Postfix itself (`postconf`, `postmap`) after a reload: what a file says
//! is one thing, what the relay looks at is another. The daemon believes a table only as `check` has found it.

use std::{collections::BTreeSet, fs, io, path::PathBuf, process::Command};

use clap::Subcommand;

use super::{Status, client, stateful::Target};
use crate::{
    config::{self, Config, VerifiedTls},
    disclosure::TlsRequirement,
    store::{StoreError, member, read},
    transport::{PolicyTable, demands_verified_tls, forget_in_force, note_in_force, write_table},
};

/// Verified TLS behind the relay: write the table that Postfix reads, check that it does
#[derive(Debug, clap::Args)]
pub(super) struct TlsPolicyCommand {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Writes the table of transport.relay.tls-policy-file, in one step
    Write,
    /// Reloads Postfix, looks for each member who wants verified TLS in the table, and asks Postfix what it would do: from then on the table counts
    Check {
        /// The directory of Postfix's main.cf
        #[arg(long, value_name = "DIR")]
        postfix: Option<PathBuf>,
    },
}

impl TlsPolicyCommand {
    pub(super) fn run(self) -> Status {
        match self.verb {
            Verb::Write => self.target.look(|config, connection, _| write(config, connection)),
            Verb::Check { postfix } => self.target.look(|config, connection, _| check(config, connection, postfix.as_ref())),
        }
    }
}

/// The file of the configuration, or the answer that there is none.
fn table(config: &Config) -> Result<&PathBuf, Status> {
    match &config.transport {
        config::Transport::Relay(config::Relay { verified_tls: Some(VerifiedTls::PolicyTable(path)), .. }) => Ok(path),
        _ => Err(client::refuse(
            &"no table is configured: add verified-tls = \"policy-table\" and tls-policy-file = \"FILE\" to [transport.relay]",
        )),
    }
}

/// The domains of members who want verified TLS.
pub(super) fn domains(connection: &read::ReadOnly) -> Result<BTreeSet<String>, StoreError> {
    let files = member::files(connection)?;
    let wants = files.iter().filter(|file| file.is_member() && file.particulars().tls == TlsRequirement::Verify);
    Ok(wants.map(|file| file.particulars().address.domain().to_ascii_lowercase()).collect())
}

fn write(config: &Config, connection: &read::ReadOnly) -> Result<Status, StoreError> {
    let path = match table(config) {
        Ok(path) => path,
        Err(status) => return Ok(status),
    };
    let domains = domains(connection)?;
    if let Err(error) = write_table(path, &PolicyTable::text_for(&domains)) {
        return Ok(client::refuse(&format!("{} cannot be written: {}", path.display(), error.kind())));
    }
    client::say(&format!("{}: {} domains demand verified TLS", path.display(), domains.len()));
    client::say(&format!("main.cf of the Postfix that delivers to them: smtp_tls_policy_maps = texthash:{}", path.display()));
    client::say(&"then `embargod tls-policy check`: it reloads Postfix, and copies wait until it has found the table in force");
    Ok(Status::Done)
}

fn check(config: &Config, connection: &read::ReadOnly, postfix: Option<&PathBuf>) -> Result<Status, StoreError> {
    let path = match table(config) {
        Ok(path) => path,
        Err(status) => return Ok(status),
    };
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Ok(client::refuse(&format!("{} cannot be read: {}", path.display(), error.kind()))),
    };
    let written = PolicyTable::parse(&text);
    let domains = domains(connection)?;
    if domains.is_empty() {
        client::say(&"no member wants verified TLS");
        return Ok(Status::Done);
    }
    let found = look(&written, &domains, postfix);
    let noted = if found == Found::NotInForce { forget_in_force(path) } else { note_in_force(path, &text) };
    if let Err(error) = noted {
        return Ok(client::refuse(&format!("what was found cannot be noted beside {}: {}", path.display(), error.kind())));
    }
    Ok(if found == Found::InForce { Status::Done } else { Status::No })
}

/// What a check has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// Postfix does what the table says, and every domain stands in it.
    InForce,
    /// Postfix does what the table says, and a domain is missing.
    NotAll,
    /// Postfix does not.
    NotInForce,
}

/// Settings by which mail to a domain has another next hop than the domain: Postfix looks the table up by that.
const OTHER_HOPS: [&str; 5] = [
    "relayhost",
    "transport_maps",
    "sender_dependent_relayhost_maps",
    "sender_dependent_default_transport_maps",
    DEFAULT_TRANSPORT,
];

/// It may name a next hop (`smtp:[host]`), or a service with settings of its own in master.cf.
const DEFAULT_TRANSPORT: &str = "default_transport";

fn look(written: &PolicyTable, domains: &BTreeSet<String>, postfix: Option<&PathBuf>) -> Found {
    for setting in OTHER_HOPS {
        let value = ask(postfix, "postconf", &["-h", setting]);
        if let Some(value) = value.filter(|value| (setting, value.as_str()) != (DEFAULT_TRANSPORT, "smtp")) {
            client::complain(&format!(
                "main.cf has {setting} = {value}: Postfix looks the table up by that next hop, not by the member's domain. Have the table in the Postfix that delivers to the members"
            ));
            return Found::NotInForce;
        }
    }
    if run(postfix, "postfix", &["reload"]).is_none() {
        client::complain(
            &"`postfix reload` failed, so that Postfix may work by an older table: run this as root, where Postfix runs",
        );
        return Found::NotInForce;
    }
    let maps = ask(postfix, "postconf", &["-h", "smtp_tls_policy_maps"]).unwrap_or_default();
    let maps: Vec<&str> = maps.split([',', ' ', '\n']).filter(|map| !map.is_empty()).collect();
    let mut found = Found::InForce;
    for domain in domains {
        let asked = maps.iter().find_map(|map| ask(postfix, "postmap", &["-q", domain, map])).unwrap_or_default();
        let said = match (written.demands(domain), demands_verified_tls(&asked)) {
            (true, true) => {
                client::say(&format!("{domain}: in force"));
                continue;
            }
            (true, false) => {
                found = Found::NotInForce;
                "in the table, and Postfix does not look at it (smtp_tls_policy_maps in main.cf)"
            }
            (false, true) => "Postfix would do it, but not by this table: `embargod tls-policy write`",
            (false, false) => "not in the table: `embargod tls-policy write`",
        };
        client::complain(&format!("{domain}: {said}"));
        if found == Found::InForce {
            found = Found::NotAll;
        }
    }
    found
}

/// What a program of Postfix says; `None` when there is no such program or no answer.
fn ask(postfix: Option<&PathBuf>, program: &str, words: &[&str]) -> Option<String> {
    run(postfix, program, words).filter(|said| !said.is_empty())
}

fn run(postfix: Option<&PathBuf>, program: &str, words: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    if let Some(folder) = postfix {
        command.arg("-c").arg(folder);
    }
    let output = command.args(words).output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| said.trim().to_owned())
}
