//! Who else can read or change our files: secrets and state are for one user only.
//!
//! The rule: no bit for group or others, and the owner is us or root. Two exceptions, both of the world's making: systemd hands credentials to a
//! DynamicUser through an ACL, whose mask shows up as group bits (systemd issue 29435, since v254), so a read bit for the group is accepted below
//! `/run/credentials`, which only the service can enter; and root, who runs `check` for a service under another user, may find that user's files.

use std::{
    fmt,
    fs::Metadata,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// Where systemd keeps the credentials of running services.
const SYSTEMD_CREDENTIALS: &str = "/run/credentials";

/// The unix user that asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Us(pub u32);

impl Us {
    /// The effective user of this process.
    pub fn effective() -> Self {
        Self(rustix::process::geteuid().as_raw())
    }
}

/// How a file or directory is open to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposed {
    /// Its mode lets the group or others in.
    FileMode(u32),
    /// The same, for a directory.
    DirectoryMode(u32),
    /// It belongs to somebody else.
    Owner(u32),
}

impl fmt::Display for Exposed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exposed::FileMode(mode) | Exposed::DirectoryMode(mode) => {
                write!(f, "is open to other users of this machine (mode {mode:04o})")
            }
            Exposed::Owner(uid) => write!(f, "belongs to user {uid}, who is neither us nor root"),
        }
    }
}

impl Exposed {
    /// The command that closes it.
    pub fn remedy(&self, path: &Path) -> String {
        match self {
            Exposed::FileMode(_) => format!("run: chmod 600 {}", path.display()),
            Exposed::DirectoryMode(_) => format!("run: chmod 700 {}", path.display()),
            Exposed::Owner(_) => format!("run: chown root {} (or to the user that embargod runs as)", path.display()),
        }
    }
}

/// Whether only we (and root) can read or write this file.
pub fn private_file(path: &Path, metadata: &Metadata, us: Us) -> Result<(), Exposed> {
    let forbidden = if path.starts_with(SYSTEMD_CREDENTIALS) && metadata.uid() == 0 { 0o037 } else { 0o077 };
    let mode = metadata.mode() & 0o7777;
    if mode & forbidden != 0 {
        return Err(Exposed::FileMode(mode));
    }
    owner(metadata, us)
}

/// Whether only we (and root) can enter this directory.
pub fn private_directory(metadata: &Metadata, us: Us) -> Result<(), Exposed> {
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(Exposed::DirectoryMode(mode));
    }
    owner(metadata, us)
}

fn owner(metadata: &Metadata, us: Us) -> Result<(), Exposed> {
    let uid = metadata.uid();
    if uid == us.0 || uid == 0 || us.0 == 0 { Ok(()) } else { Err(Exposed::Owner(uid)) }
}

/// What is exposed of a state directory: itself, or one of the files in it. `except` (the kill switch, which people make with `touch`) does not count.
pub fn private_state(state: &Path, except: &Path, us: Us) -> Vec<(PathBuf, Exposed)> {
    let Ok(metadata) = std::fs::metadata(state) else { return Vec::new() };
    let mut exposed: Vec<_> = private_directory(&metadata, us).err().map(|found| (state.to_owned(), found)).into_iter().collect();
    let Ok(entries) = std::fs::read_dir(state) else { return exposed };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path != except).collect();
    files.sort();
    for path in files {
        let Ok(metadata) = std::fs::symlink_metadata(&path) else { continue };
        if metadata.is_file()
            && let Err(found) = private_file(&path, &metadata, us)
        {
            exposed.push((path, found));
        }
    }
    exposed
}

/// Whether anything of that name is there, a dangling link included.
pub(super) fn is_there(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}
