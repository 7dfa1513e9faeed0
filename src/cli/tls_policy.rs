//! `embargod tls-policy`: the table by which the relay sends to members who want it over verified TLS only (P63), and whether it is in force.
//!
//! The table holds domains of members, who are public, and nothing else. `check` asks Postfix itself (`postconf`, `postmap`): what a file says is one
//! thing, what the relay looks at is another.

use std::{collections::BTreeSet, path::PathBuf, process::Command};

use clap::Subcommand;

use super::{Status, client, stateful::Target};
use crate::{
    config::{self, Config, VerifiedTls},
    disclosure::TlsRequirement,
    store::{StoreError, member, read},
    transport::{PolicyTable, demands_verified_tls, write_table},
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
    /// Looks for each member who wants verified TLS in the table, and asks Postfix what it would do
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
    client::say(&"then `postfix reload`, and `embargod tls-policy check`");
    Ok(Status::Done)
}

fn check(config: &Config, connection: &read::ReadOnly, postfix: Option<&PathBuf>) -> Result<Status, StoreError> {
    let path = match table(config) {
        Ok(path) => path,
        Err(status) => return Ok(status),
    };
    let written = match PolicyTable::read(path) {
        Ok(written) => written,
        Err(error) => return Ok(client::refuse(&format!("{} cannot be read: {}", path.display(), error.kind()))),
    };
    let domains = domains(connection)?;
    if domains.is_empty() {
        client::say(&"no member wants verified TLS");
        return Ok(Status::Done);
    }
    let maps = ask(postfix, "postconf", &["-h", "smtp_tls_policy_maps"]).unwrap_or_default();
    let maps: Vec<&str> = maps.split([',', ' ', '\n']).filter(|map| !map.is_empty()).collect();
    let mut status = Status::Done;
    for domain in &domains {
        let asked = maps.iter().find_map(|map| ask(postfix, "postmap", &["-q", domain, map])).unwrap_or_default();
        let said = match (written.demands(domain), demands_verified_tls(&asked)) {
            (true, true) => {
                client::say(&format!("{domain}: in force"));
                continue;
            }
            (true, false) => {
                "in the table, and Postfix does not look at it (smtp_tls_policy_maps in main.cf, then `postfix reload`)"
            }
            (false, true) => "Postfix would do it, but not by this table: `embargod tls-policy write`",
            (false, false) => "not in the table: `embargod tls-policy write`",
        };
        client::complain(&format!("{domain}: {said}"));
        status = Status::No;
    }
    Ok(status)
}

/// What a program of Postfix says; `None` when there is no such program or no answer.
fn ask(postfix: Option<&PathBuf>, program: &str, words: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    if let Some(folder) = postfix {
        command.arg("-c").arg(folder);
    }
    let output = command.args(words).output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| said.trim().to_owned()).filter(|said| !said.is_empty())
}
