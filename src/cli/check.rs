//! `embargod check`: would the daemon run, and with what?
//!
//! Everything the daemon reads at its start is read and checked here, and nothing is changed. With `--connect` every server is asked as the daemon
//! would ask it: login, each mailbox, the relay's greeting, TLS and login; no mail is read, no letter sent.

use std::path::PathBuf;

use super::{
    Status, client,
    columns::{Cell, Tone},
};
use crate::{
    config::{self, Config, ImapSource, Mark, Source},
    daemon::{assemble, convert},
    disclosure::{Assurance, TlsRequirement},
    source::{
        imap::{Access, ImapSession},
        maildir::MaildirSource,
    },
    store::{
        member,
        read::{self, ReadError},
    },
    transport::{Remedy, Transport},
};

/// Checks configuration, rules, letters and permissions
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// The configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Also connect to the mail servers and open each mailbox
    #[arg(long)]
    connect: bool,
}

impl Check {
    pub(super) fn run(self) -> Status {
        let config = match config::load(&self.config) {
            Ok(config) => config,
            Err(errors) => return client::refuse(&errors),
        };
        for line in config::check::report(&config) {
            client::say(&line);
        }
        tls(&config).iter().for_each(|line| client::say(line));
        match rules(&config).and_then(|rules| Ok([rules, state(&config).map_err(|error| error.to_string())?])) {
            Ok(lines) => lines.iter().for_each(|line| client::say(line)),
            Err(why) => return client::refuse(&why),
        }
        if self.connect { connect(&config) } else { Status::Done }
    }
}

fn rules(config: &Config) -> Result<String, String> {
    let policy = assemble::service_policy(config).map_err(|error| error.to_string())?;
    // Which files are there says whether the one that was meant is among them.
    let origin = |folder: &Option<PathBuf>, ending: &str| match folder {
        Some(folder) => {
            let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
            let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned()).filter(|name| name.ends_with(ending));
            let names = names.collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>();
            match names.is_empty() {
                true => format!("built in; there is none in {}", folder.display()),
                false => format!("{} of {}, the others built in", names.join(", "), folder.display()),
            }
        }
        None => "built in".to_owned(),
    };
    Ok(format!(
        "rules: {} for the inbox, {} for the discussion list ({}); letters: {}",
        policy.inbox_rules.rules().len(),
        policy.discuss_rules.rules().len(),
        origin(&config.rules, ".toml"),
        origin(&config.letters, ".txt"),
    ))
}

/// The permissions were checked with the configuration; the database must also be of this version.
fn state(config: &Config) -> Result<String, ReadError> {
    match read::open(&config.state) {
        Ok(_) => Ok("database: readable by its owner only, of this version".to_owned()),
        // Who checks before the daemon of a new version is started finds nothing wrong.
        Err(ReadError::Older { found, known, .. }) => Ok(format!(
            "database: of schema {found}; the next start makes it {known}, after a copy (upgrade-from-schema-{found}.sqlite)"
        )),
        Err(ReadError::Missing(_)) => Ok("database: made at the first start".to_owned()),
        Err(error) => Err(error),
    }
}

/// Members whose wish for verified TLS nothing assures: they would not be sent to.
fn tls(config: &Config) -> Vec<String> {
    let Ok(connection) = read::open(&config.state) else { return Vec::new() };
    let onward = convert::onward(&config.transport).read_or_nothing();
    let files = member::files(&connection).unwrap_or_default();
    let wants = files.iter().filter(|file| file.is_member() && file.particulars().tls == TlsRequirement::Verify);
    let lacking = wants.filter(|file| onward.to(&file.particulars().address) == Assurance::Lacking);
    lacking
        .map(|file| {
            let name = &file.particulars().organisation;
            format!("warning: {} ({name}) wants verified TLS, and nothing assures that: embargoed mail to it waits (`embargod tls-policy`)", file.id())
        })
        .collect()
}

fn connect(config: &Config) -> Status {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return client::refuse(&error.kind()),
    };
    let mut status = Status::Done;
    let mut say = |what: &str, result: Result<String, String>| match result {
        Ok(found) => client::say(&format!("{} {what}: {found}", Cell::new("ok", Tone::Good).painted())),
        Err(why) => {
            client::complain(&format!("{what}: {why}"));
            status = Status::No;
        }
    };
    runtime.block_on(async {
        for source in &config.sources {
            match source {
                Source::Imap(imap) => mailboxes(imap, &mut say).await,
                Source::Maildir(maildir) => {
                    let found = MaildirSource::open(&maildir.path).and_then(|source| source.list());
                    let found = found.map(|mails| format!("{} messages", mails.len())).map_err(|error| error.to_string());
                    say(&format!("source {}", maildir.name), found);
                }
            }
        }
        say("transport", transport(config).await);
    });
    status
}

async fn mailboxes(imap: &ImapSource, say: &mut impl FnMut(&str, Result<String, String>)) {
    let server = format!("source {}", imap.name);
    let session = match imap.password.read() {
        Ok(secret) => {
            ImapSession::connect(&convert::imap_account(imap, secret), imap.timeout).await.map_err(|error| error.to_string())
        }
        Err(fault) => Err(format!("the secret cannot be read: {fault}")),
    };
    let mut session = match session {
        Ok(session) => session,
        Err(why) => return say(&server, Err(why)),
    };
    say(&server, Ok(format!("logged in to {}:{} over TLS", imap.host, imap.port)));
    for folder in &imap.folders {
        let opened = session.open(folder).await.map_err(|error| error.to_string());
        let result = opened.and_then(|opened| match (&imap.mark, opened.access) {
            (Mark::Keyword(_) | Mark::Move(_), Access::ReadOnly) => {
                Err("it is read-only for this user; give it write access or set mark = \"leave\"".to_owned())
            }
            _ => Ok(format!("open, UIDVALIDITY {}", opened.uid_validity)),
        });
        say(&format!("{server}, mailbox {folder}"), result);
    }
    // Last: a server that has no such mailbox ends the session.
    if let Mark::Move(folder) = &imap.mark {
        let opened = session.open(folder).await;
        let result = opened.map(|_| "open, mail is moved there".to_owned()).map_err(|error| error.to_string());
        say(&format!("{server}, mailbox {folder}"), result);
    }
    session.logout().await;
}

async fn transport(config: &Config) -> Result<String, String> {
    let transport = convert::transport(&config.transport).map_err(|fault| format!("the secret cannot be read: {fault}"))?;
    match transport.open().await {
        Ok(connection) => {
            connection.close().await;
            Ok(match transport {
                Transport::Smtp(relay) => format!("{}:{} takes letters", relay.host, relay.port),
                Transport::Directory(_) => "the folder can be written".to_owned(),
                Transport::Recording(_) => "letters go nowhere".to_owned(),
            })
        }
        Err(error) => Err(match error.remedy() {
            Remedy::Wait => format!("{error}; check host, port, the firewall and that the relay runs, or wait"),
            Remedy::Operator => {
                format!("{error}; correct [transport.relay] in the configuration, or the relay's certificate or account")
            }
        }),
    }
}
