//! How the mail of a member who wants verified TLS is made to travel so behind the relay, and whether anything assures it.
//!
//! Two ways: a table of domains that the relay reads (Postfix `smtp_tls_policy_maps`), written here and looked up before each attempt; or `REQUIRETLS`
//! (RFC 8689), asked for in the transaction and refused by a relay that does not offer it. A table assures nothing before a check has found the relay to read
//! it as it stands: the check notes its SHA-256 beside it, and one that was changed since, or cannot be read, is none.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    io::Write as _,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::{disclosure::Assurance, mail::Address};

/// The way in use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum OnwardWay {
    /// Letters become files or stay in memory: there is no way behind.
    Unneeded,
    /// None is configured.
    #[default]
    Nothing,
    /// `REQUIRETLS` is asked for.
    Asked,
    /// The relay reads this table.
    Table(PathBuf),
}

/// The way with its table read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Onward(Way);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    Unneeded,
    Nothing,
    Asked,
    Table(PolicyTable),
}

impl OnwardWay {
    /// Reads the table, if there is one.
    ///
    /// # Errors
    /// It is there and cannot be read. One that is not there is empty.
    pub fn read(&self) -> io::Result<Onward> {
        Ok(Onward(match self {
            Self::Unneeded => Way::Unneeded,
            Self::Nothing => Way::Nothing,
            Self::Asked => Way::Asked,
            Self::Table(path) => Way::Table(PolicyTable::read_in_force(path)?),
        }))
    }

    /// The same; a table that cannot be read demands nothing, and the log says so.
    pub fn read_or_nothing(&self) -> Onward {
        self.read().unwrap_or_else(|error| {
            tracing::error!(kind = %error.kind(), "the table of TLS policies cannot be read: no member who wants verified TLS is sent to");
            Onward(Way::Nothing)
        })
    }
}

impl Onward {
    /// What assures verified TLS to this recipient.
    pub fn to(&self, recipient: &Address) -> Assurance {
        match &self.0 {
            Way::Unneeded => Assurance::Given,
            Way::Nothing => Assurance::Lacking,
            Way::Asked => Assurance::ToBeAsked,
            Way::Table(table) if table.demands(recipient.domain()) => Assurance::Given,
            Way::Table(_) => Assurance::Lacking,
        }
    }
}

/// The levels of `smtp_tls_policy_maps` at which Postfix sends to a server with a verified certificate only (TLS_README).
const VERIFIED: [&str; 4] = ["verify", "secure", "dane-only", "fingerprint"];

/// A table in Postfix's text form: a domain and its level a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyTable(BTreeMap<String, String>);

impl PolicyTable {
    /// Reads its lines: `#` begins a comment, a line that begins with a blank goes on with the one before; of two lines for a domain the first counts, as
    /// in `texthash`.
    pub fn parse(text: &str) -> Self {
        let mut domains = BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with(['#', ' ', '\t'])) {
            let mut words = line.split_ascii_whitespace();
            if let (Some(domain), Some(level)) = (words.next(), words.next()) {
                domains.entry(domain.to_ascii_lowercase()).or_insert_with(|| level.to_ascii_lowercase());
            }
        }
        Self(domains)
    }

    /// The same, of a table that was noted to be in force ([`note_in_force`]) and has not changed since; any other is empty.
    ///
    /// # Errors
    /// The table or the note is there and cannot be read.
    pub fn read_in_force(path: &Path) -> io::Result<Self> {
        let read = |path: &Path| match fs::read_to_string(path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        let (Some(text), Some(noted)) = (read(path)?, read(&beside(path, ".in-force"))?) else { return Ok(Self::default()) };
        Ok(if noted == note(&text) { Self::parse(&text) } else { Self::default() })
    }

    /// Whether mail to this domain goes over verified TLS or not at all. Postfix looks for the domain, then for its parents with a dot before.
    pub fn demands(&self, domain: &str) -> bool {
        let domain = domain.to_ascii_lowercase();
        let parents = domain.match_indices('.').filter_map(|(at, _)| domain.get(at..));
        let level = std::iter::once(domain.as_str()).chain(parents).find_map(|name| self.0.get(name));
        level.is_some_and(|level| demands(level))
    }

    /// A table that demands verified TLS for these domains, and leaves all others as they are.
    pub fn text_for(domains: &BTreeSet<String>) -> String {
        let mut text = "# Written by `embargod tls-policy write`: what stands here is written anew.\n".to_owned();
        for domain in domains {
            text.push_str(domain);
            text.push_str("\tverify\n");
        }
        text
    }
}

/// Whether an answer of Postfix (`postmap -q`) demands a verified certificate; attributes may follow the level.
pub fn demands(answer: &str) -> bool {
    answer.split_ascii_whitespace().next().is_some_and(|level| VERIFIED.contains(&level.to_ascii_lowercase().as_str()))
}

/// Puts the table in its place in one step, readable by all: the relay's processes are other users, and who is a member is public (P52). A table that
/// stands so already is left alone.
///
/// # Errors
/// The folder or the file cannot be written.
pub fn write_table(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    let aside = beside(path, ".new");
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o644).open(&aside)?;
    file.set_permissions(fs::Permissions::from_mode(0o644))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&aside, path)?;
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => fs::File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

/// Notes beside a table (`FILE.in-force`) that the relay reads it as this text.
///
/// # Errors
/// The folder or the file cannot be written.
pub fn note_in_force(path: &Path, text: &str) -> io::Result<()> {
    write_table(&beside(path, ".in-force"), &note(text))
}

/// Takes that note away: the table assures nothing.
///
/// # Errors
/// It is there and cannot be removed.
pub fn forget_in_force(path: &Path) -> io::Result<()> {
    match fs::remove_file(beside(path, ".in-force")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn note(text: &str) -> String {
    format!("{}\n", HEXLOWER.encode(&Sha256::digest(text)))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests;
