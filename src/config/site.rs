//! The machine around a configuration file: its directory, the credentials, and who we are.

use std::path::{Path, PathBuf};

use super::{finding::Findings, permissions::Us, raw::Text};

/// What the reader of a configuration is going to do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Run the service: secrets, members and the state directory are read and checked.
    Service,
    /// Only look: a command that talks to the daemon, or judges saved mail. Secrets, members and state are left alone, for they may be out of
    /// reach.
    Visitor,
}

/// Where relative paths and credentials are.
pub(super) struct Site<'a> {
    /// The directory of the configuration file.
    pub directory: &'a Path,
    /// `$CREDENTIALS_DIRECTORY`.
    pub credentials: Option<&'a Path>,
    /// Who reads.
    pub us: Us,
    /// What for.
    pub access: Access,
}

impl Site<'_> {
    pub(super) fn reads_secrets(&self) -> bool {
        self.access == Access::Service
    }

    /// A path of the file, relative ones from its directory.
    pub(super) fn path(&self, text: &Text) -> PathBuf {
        self.directory.join(text.get_ref())
    }

    /// A file that must be there and readable.
    pub(super) fn existing_file(&self, text: &Text, what: &str, findings: &mut Findings<'_>) -> PathBuf {
        let path = self.path(text);
        if self.reads_secrets()
            && let Err(error) = std::fs::File::open(&path)
        {
            let problem = format!("the file of {what} {} cannot be read: {}", path.display(), error.kind());
            findings.refuse(&text.span(), problem, "make that file readable, or delete the line");
        }
        path
    }

    /// A directory that must be there.
    pub(super) fn existing_directory(&self, text: &Text, what: &str, findings: &mut Findings<'_>) -> PathBuf {
        let path = self.path(text);
        if self.reads_secrets() && !path.is_dir() {
            let problem = format!("the {what} directory {} does not exist", path.display());
            findings.refuse(
                &text.span(),
                problem,
                format!("create it (mkdir -p {}), or write the directory that is meant", path.display()),
            );
        }
        path
    }

    /// The file of a systemd credential.
    pub(super) fn credential(&self, name: &Text, findings: &mut Findings<'_>) -> Option<PathBuf> {
        let word = name.get_ref();
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if word.is_empty() || word.starts_with('.') || !word.chars().all(allowed) {
            let remedy = "write the name that stands in LoadCredential=NAME:FILE of the systemd unit; never the secret itself";
            findings.refuse(&name.span(), "this is no name of a credential", remedy);
            return None;
        }
        match (self.credentials, self.access) {
            (Some(directory), _) => Some(directory.join(word)),
            (None, Access::Visitor) => Some(PathBuf::from(word)),
            (None, Access::Service) => {
                let problem = format!("the credential {word} is missing: there is no $CREDENTIALS_DIRECTORY");
                let remedy =
                    "start embargod through its systemd unit, or set CREDENTIALS_DIRECTORY to the folder that holds the secrets";
                findings.refuse(&name.span(), problem, remedy);
                None
            }
        }
    }
}
