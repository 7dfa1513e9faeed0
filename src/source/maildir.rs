//! Mail from a Maildir (<https://cr.yp.to/proto/maildir.html>), and delivery into one: for the demo, and for sites whose mail server delivers
//! locally.
//!
//! The identity of a message is its unique name: the file name up to the first `:`. Mail clients move files from `new/` to
//! `cur/` and change the flags after the colon; neither changes the unique name, so a person who reads along changes nothing here. The
//! caller keeps the set of names it has taken and polls.
//!
//! Promises: reading changes no file. Maildirs are usually stored with LF line ends, while all else here wants the CRLF of RFC 5322 2.3:
//! a file whose first line ends in LF alone gets a CR before every LF that has none, and is otherwise taken byte for byte; a file
//! whose first line ends in CRLF is taken exactly as it is, stray LFs included, so that the check for them still sees
//! them. [`deliver`] writes below `tmp/`, syncs, links into `new/`, syncs that: after `Ok` a power cut loses nothing.
//!
//! A program that writes a file straight into `new/`, against the protocol, has it taken in when it is closed: an empty file, and one that changes while it
//! is read, is [`MaildirError::Unfinished`] and looked at again. Of a writer who pauses in the middle nobody can know that it has not ended: what stands
//! there then is taken for the message.
//!
//! Fails: with [`MaildirError`], which names the step and the file or folder, never content. All of it blocks: call it off the runtime.

#[cfg(test)]
mod tests;

mod watch;

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    fmt::Write as _,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, ErrorKind, Read as _, Write as _},
    os::unix::{
        ffi::OsStrExt as _,
        fs::{DirBuilderExt as _, OpenOptionsExt as _},
    },
    path::{Path, PathBuf},
};

use jiff::Timestamp;

pub use self::watch::Watch;
use super::{FetchedBody, Limits, Mark, More, header_of};
use crate::mail::RawMessage;

/// Why a step in a Maildir failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MaildirError {
    /// There is no `new/` and `cur/` where a Maildir should be.
    #[error("{} is no Maildir: it has no folders new and cur; correct the path or create them", .0.display())]
    NotAMaildir(PathBuf),
    /// The system refused a file operation.
    #[error("cannot {step} {} ({kind}); check that it exists, its owner and permissions, and the free space", .path.display())]
    Io {
        /// What was tried.
        step: Step,
        /// On which file or folder.
        path: PathBuf,
        /// The kind of the I/O error.
        kind: ErrorKind,
    },
    /// A unique name that could leave the folder or be mistaken for flags.
    #[error("a unique name must not be empty, begin with a dot, or contain / or : or control characters")]
    UniqueName,
    /// A folder name that is no Maildir++ folder.
    #[error("a folder name must not be empty, contain / or control characters, or have empty parts; correct the configuration")]
    FolderName,
    /// Nothing is in it yet, or it changed while it was read.
    #[error("{} is empty or still being written; deliver into tmp and rename to new", .0.display())]
    Unfinished(PathBuf),
    /// Another message already has this unique name.
    #[error("{} exists with other content; choose another unique name", .0.display())]
    Exists(PathBuf),
    /// Maildir has no keywords.
    #[error("mail in a Maildir cannot be marked with a keyword; set the mark to \"leave\" or \"move\"")]
    NoKeywords,
}

/// A file operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Listing a folder.
    List,
    /// Reading a message.
    Read,
    /// Creating a folder or file.
    Create,
    /// Writing a message.
    Write,
    /// Moving a message.
    Move,
    /// Making it durable.
    Sync,
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::List => "list",
            Self::Read => "read",
            Self::Create => "create",
            Self::Write => "write",
            Self::Move => "move",
            Self::Sync => "sync",
        })
    }
}

/// Turns an I/O error into its kind, with the step and the path.
fn at(step: Step, path: &Path) -> impl FnOnce(io::Error) -> MaildirError {
    move |error| MaildirError::Io { step, path: path.to_owned(), kind: error.kind() }
}

/// One message in a Maildir.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaildirEntry {
    /// Its unique name; bytes that are not printable ASCII, and `%`, are written `%XX`.
    pub unique: String,
    /// When its file was last written: delivery time, as nobody writes a delivered file again.
    pub arrived: Option<Timestamp>,
    /// Size of the file in bytes.
    pub size: u64,
    path: PathBuf,
}

/// What [`MaildirSource::fetch_new`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaildirBatch {
    /// The messages, by arrival.
    pub messages: Vec<(MaildirEntry, FetchedBody)>,
    /// Messages whose files cannot be read, for a person to look at: the others go on, and these are tried again each time.
    pub unreadable: Vec<(MaildirEntry, MaildirError)>,
    /// Whether to ask again at once.
    pub more: More,
}

/// A Maildir that is read.
#[derive(Debug, Clone)]
pub struct MaildirSource {
    root: PathBuf,
}

impl MaildirSource {
    /// Opens the Maildir at `path`.
    ///
    /// # Errors
    /// `NotAMaildir`.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, MaildirError> {
        let root = path.into();
        if ["new", "cur"].iter().all(|folder| root.join(folder).is_dir()) {
            Ok(Self { root })
        } else {
            Err(MaildirError::NotAMaildir(root))
        }
    }

    /// All messages, by arrival and then by unique name.
    ///
    /// # Errors
    /// `Io` if a folder cannot be listed. Files that vanish meanwhile are left out.
    pub fn list(&self) -> Result<Vec<MaildirEntry>, MaildirError> {
        self.list_but(&BTreeSet::new())
    }

    /// The same without those in `known`, at whose files nobody looks.
    fn list_but(&self, known: &BTreeSet<String>) -> Result<Vec<MaildirEntry>, MaildirError> {
        let mut entries: BTreeMap<String, MaildirEntry> = BTreeMap::new();
        // In this order: a file that moves from new to cur meanwhile is then seen in one of them, or in both.
        for folder in ["new", "cur"] {
            let folder = self.root.join(folder);
            for file in fs::read_dir(&folder).map_err(at(Step::List, &folder))? {
                let file = file.map_err(at(Step::List, &folder))?;
                if let Some(entry) = entry(&file, known)? {
                    entries.insert(entry.unique.clone(), entry);
                }
            }
        }
        let mut entries: Vec<MaildirEntry> = entries.into_values().collect();
        entries.sort_by(|a, b| (a.arrived, &a.unique).cmp(&(b.arrived, &b.unique)));
        Ok(entries)
    }

    /// The message, wherever its file has moved to meanwhile; `None` when it is gone.
    ///
    /// # Errors
    /// `Io` if its file cannot be read.
    pub fn read(&self, entry: &MaildirEntry, limits: &Limits) -> Result<Option<FetchedBody>, MaildirError> {
        if let Some(body) = read_file(&entry.path, limits)? {
            return Ok(Some(body));
        }
        self.find(&entry.unique)?.map_or(Ok(None), |now| read_file(&now.path, limits))
    }

    /// The messages whose unique names are not in `known`, by arrival, as many as `limits` allow.
    ///
    /// # Errors
    /// `Io` if a folder cannot be listed.
    pub fn fetch_new(&self, known: &BTreeSet<String>, limits: &Limits) -> Result<MaildirBatch, MaildirError> {
        Ok(self.take(self.list_but(known)?, limits))
    }

    fn take(&self, entries: impl IntoIterator<Item = MaildirEntry>, limits: &Limits) -> MaildirBatch {
        let (mut messages, mut unreadable) = (Vec::new(), Vec::new());
        let mut bytes: u64 = 0;
        for entry in entries {
            let cost = if entry.size > limits.message_size { limits.header_size } else { entry.size };
            bytes = bytes.saturating_add(cost);
            let full = messages.len() >= limits.batch_messages || bytes > limits.batch_bytes;
            if full && !messages.is_empty() {
                return MaildirBatch { messages, unreadable, more: More::Yes };
            }
            match self.read(&entry, limits) {
                Ok(Some(body)) => messages.push((entry, body)),
                Ok(None) => {}
                Err(error) => unreadable.push((entry, error)),
            }
        }
        MaildirBatch { messages, unreadable, more: More::No }
    }

    /// Marks a message that has been taken over. `Move` puts it, flags and all, into a Maildir++ folder (`.Name`) below this Maildir, which is
    /// made if need be. A message that is gone is marked by nobody.
    ///
    /// # Errors
    /// `NoKeywords`, `FolderName`, `Exists`, or `Io`.
    pub fn mark(&self, entry: &MaildirEntry, mark: &Mark) -> Result<(), MaildirError> {
        let folder = match mark {
            Mark::Leave => return Ok(()),
            Mark::Keyword(_) => return Err(MaildirError::NoKeywords),
            Mark::Move(folder) => folder,
        };
        if folder.split('.').any(str::is_empty) || folder.contains(|c: char| c == '/' || c.is_control()) {
            return Err(MaildirError::FolderName);
        }
        let path = if entry.path.exists() { Some(entry.path.clone()) } else { self.find(&entry.unique)?.map(|now| now.path) };
        let Some(now) = path else { return Ok(()) };
        let target = self.root.join(format!(".{folder}"));
        create(&target)?;
        let (Some(name), Some(from)) = (now.file_name(), now.parent()) else { return Ok(()) };
        let kind = from.file_name().unwrap_or(OsStr::new("cur"));
        let to = target.join(kind);
        let path = to.join(name);
        // A link refuses to replace what is there; a rename would not.
        match fs::hard_link(&now, &path) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => same_file(&now, &path)?,
            Err(error) => return Err(at(Step::Move, &path)(error)),
        }
        sync_folder(&to)?;
        fs::remove_file(&now).map_err(at(Step::Move, &now))?;
        sync_folder(from)
    }

    fn find(&self, unique: &str) -> Result<Option<MaildirEntry>, MaildirError> {
        Ok(self.list()?.into_iter().find(|entry| entry.unique == unique))
    }
}

/// The message behind a directory entry; `None` for what is known, is none (dot files, folders, links) or has vanished.
fn entry(file: &fs::DirEntry, known: &BTreeSet<String>) -> Result<Option<MaildirEntry>, MaildirError> {
    let name = file.file_name();
    if name.as_bytes().first().is_none_or(|b| *b == b'.') {
        return Ok(None);
    }
    let unique = unique_of(&name);
    if known.contains(&unique) {
        return Ok(None);
    }
    let path = file.path();
    let about = match file.metadata() {
        Ok(about) => about,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(Step::List, &path)(error)),
    };
    if !about.is_file() {
        return Ok(None);
    }
    let arrived = about.modified().ok().and_then(|at| Timestamp::try_from(at).ok());
    Ok(Some(MaildirEntry { unique, arrived, size: about.len(), path }))
}

fn unique_of(name: &OsStr) -> String {
    let mut unique = String::new();
    for byte in name.as_bytes().split(|b| *b == b':').next().unwrap_or_default() {
        if byte.is_ascii_graphic() && *byte != b'%' {
            unique.push(char::from(*byte));
        } else {
            let _ = write!(unique, "%{byte:02X}");
        }
    }
    unique
}

/// Reads a message; `None` if there is no such file.
fn read_file(path: &Path, limits: &Limits) -> Result<Option<FetchedBody>, MaildirError> {
    read_while(path, limits, || ())
}

/// The same, while something else happens.
fn read_while(path: &Path, limits: &Limits, meanwhile: impl FnOnce()) -> Result<Option<FetchedBody>, MaildirError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(Step::Read, path)(error)),
    };
    let state = || file.metadata().and_then(|about| Ok((about.len(), about.modified()?))).map_err(at(Step::Read, path));
    let before = state()?;
    let mut bytes = Vec::new();
    let most = limits.message_size.saturating_add(1);
    (&file).take(most).read_to_end(&mut bytes).map_err(at(Step::Read, path))?;
    meanwhile();
    let after = state()?;
    if before != after || bytes.is_empty() {
        return Err(MaildirError::Unfinished(path.to_owned()));
    }
    if bytes.len() as u64 <= limits.message_size {
        return Ok(Some(FetchedBody::Whole(RawMessage::new(with_crlf(bytes)))));
    }
    let (size, _) = after;
    // The cut is made last: conversion makes a header longer.
    let header = with_crlf(header_of(&bytes, limits.header_size).to_vec());
    let header = RawMessage::new(header_of(&header, limits.header_size));
    Ok(Some(FetchedBody::HeadersOnly { header, size }))
}

/// Gives every LF its CR if the first line shows that the file is stored with LF line ends; saved mail is read the same way everywhere.
pub fn with_crlf(bytes: Vec<u8>) -> Vec<u8> {
    let first = bytes.split_inclusive(|b| *b == b'\n').next().unwrap_or_default();
    if !first.ends_with(b"\n") || first.ends_with(b"\r\n") {
        return bytes;
    }
    let mut converted = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(text) if !text.ends_with(b"\r") => {
                converted.extend_from_slice(text);
                converted.extend_from_slice(b"\r\n");
            }
            _ => converted.extend_from_slice(line),
        }
    }
    converted
}

/// Makes a Maildir at `maildir`, with its three folders, for its owner alone (0700). What is there stays as it is.
///
/// # Errors
/// `Io` if a folder cannot be made.
pub fn create(maildir: &Path) -> Result<(), MaildirError> {
    let mut made = false;
    for folder in ["tmp", "new", "cur"] {
        let folder = maildir.join(folder);
        if !folder.is_dir() {
            DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(at(Step::Create, &folder))?;
            made = true;
        }
    }
    if made {
        sync_folder(maildir)?;
        maildir.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), sync_folder)?;
    }
    Ok(())
}

/// What time the file system thinks it is, which may be a server's: the date it gives a file written now. The file is removed again.
///
/// # Errors
/// `Io` if the file cannot be written or has no date.
pub fn date(maildir: &Path) -> Result<Timestamp, MaildirError> {
    let probe = maildir.join("tmp").join(".embargod-clock");
    fs::write(&probe, b"\n").map_err(at(Step::Write, &probe))?;
    let written = fs::metadata(&probe).and_then(|file| file.modified()).map_err(at(Step::Read, &probe))?;
    fs::remove_file(&probe).map_err(at(Step::Write, &probe))?;
    Timestamp::try_from(written).map_err(|_| MaildirError::Io {
        step: Step::Read,
        path: probe.clone(),
        kind: ErrorKind::InvalidData,
    })
}

/// Delivers `bytes` as they are under the unique name `unique`, making the Maildir if need be. Delivering the same bytes under the same name
/// again changes nothing while the first are still in `new/`, so that a delivery can be repeated after a crash.
///
/// # Errors
/// `UniqueName`; `Exists` if other bytes lie there under that name; `Io`.
pub fn deliver(maildir: &Path, unique: &str, bytes: &[u8]) -> Result<(), MaildirError> {
    if unique.is_empty() || unique.starts_with('.') || unique.contains(|c: char| c == '/' || c == ':' || c.is_control()) {
        return Err(MaildirError::UniqueName);
    }
    create(maildir)?;
    let written = maildir.join("tmp").join(unique);
    let new = maildir.join("new");
    let delivered = new.join(unique);
    // What a crash left here under our name was never delivered.
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&written)
        .map_err(at(Step::Create, &written))?;
    file.write_all(bytes).map_err(at(Step::Write, &written))?;
    file.sync_all().map_err(at(Step::Sync, &written))?;
    let linked = match fs::hard_link(&written, &delivered) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => same_file(&written, &delivered),
        Err(error) => Err(at(Step::Move, &delivered)(error)),
    };
    fs::remove_file(&written).map_err(at(Step::Write, &written))?;
    linked?;
    sync_folder(&new)
}

/// `Ok` if both hold the same bytes: then an earlier attempt got this far.
fn same_file(ours: &Path, there: &Path) -> Result<(), MaildirError> {
    let ours = fs::read(ours).map_err(at(Step::Read, ours))?;
    if ours == fs::read(there).map_err(at(Step::Read, there))? { Ok(()) } else { Err(MaildirError::Exists(there.to_owned())) }
}

fn sync_folder(folder: &Path) -> Result<(), MaildirError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(Step::Sync, folder))
}
