//! Secrets: where they are, and reading them at the moment of use.
//!
//! A secret is a file of its own: a systemd credential (`$CREDENTIALS_DIRECTORY/NAME`) or a file named in the configuration. It is never in the
//! configuration's text and never on a command line. It is read each time it is needed, so that a renewed password or token needs no reload.
//!
//! It fails with a [`SecretFault`], which never contains a byte of the secret.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret, SecretString};

use super::permissions::{self, Exposed, Us};

/// Longer files are no passwords or tokens, but the wrong file.
const LONGEST: usize = 16 * 1024;

/// The file of one secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretPlace {
    file: PathBuf,
    us: Us,
}

/// Why a secret cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretFault {
    /// No such file, or not readable.
    #[error("the secret file {file} cannot be read: {kind}")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The kind of the I/O error.
        kind: std::io::ErrorKind,
    },
    /// Others can read or change it.
    #[error("the secret file {file} {exposed}")]
    Exposed {
        /// The file.
        file: PathBuf,
        /// To whom.
        exposed: Exposed,
    },
    /// Nothing in it.
    #[error("the secret file {0} is empty")]
    Empty(PathBuf),
    /// Several lines, control characters, not UTF-8, or far too long.
    #[error("the secret file {0} is not one line of text")]
    NotOneLine(PathBuf),
}

impl SecretFault {
    /// What to do about it, as a sentence part: a command where there is one.
    pub fn remedy(&self) -> String {
        match self {
            SecretFault::Unreadable { file, .. } => {
                format!("write the secret into {0} and run: chmod 600 {0}", file.display())
            }
            SecretFault::Exposed { file, exposed } => exposed.remedy(file),
            SecretFault::Empty(file) | SecretFault::NotOneLine(file) => {
                format!("write the secret into {} as a single line", file.display())
            }
        }
    }
}

impl SecretPlace {
    /// The secret in `file`, to be read by the user `us`.
    pub fn new(file: PathBuf, us: Us) -> Self {
        Self { file, us }
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The secret as it is now, without its final newline (one LF or CRLF).
    pub fn read(&self) -> Result<SecretString, SecretFault> {
        let text = self.read_text()?;
        let text = text.expose_secret();
        let line = text.strip_suffix('\n').unwrap_or(text);
        let secret = SecretString::from(line.strip_suffix('\r').unwrap_or(line));
        if secret.expose_secret().is_empty() {
            return Err(SecretFault::Empty(self.file.clone()));
        }
        if secret.expose_secret().contains(char::is_control) {
            return Err(SecretFault::NotOneLine(self.file.clone()));
        }
        Ok(secret)
    }

    /// The whole file: a key in PEM has many lines.
    pub fn read_text(&self) -> Result<SecretString, SecretFault> {
        let unreadable = |error: std::io::Error| SecretFault::Unreadable { file: self.file.clone(), kind: error.kind() };
        let mut open = File::open(&self.file).map_err(unreadable)?;
        let metadata = open.metadata().map_err(unreadable)?;
        permissions::private_file(&self.file, &metadata, self.us)
            .map_err(|exposed| SecretFault::Exposed { file: self.file.clone(), exposed })?;
        if metadata.len() > LONGEST as u64 {
            return Err(SecretFault::NotOneLine(self.file.clone()));
        }
        let mut bytes = Vec::new();
        open.read_to_end(&mut bytes).map_err(unreadable)?;
        let text = String::from_utf8(bytes).map_err(|_| SecretFault::NotOneLine(self.file.clone()))?;
        Ok(SecretString::from(text))
    }
}
