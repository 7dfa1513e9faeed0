//! The transport of the demo: what each recipient got, as one file per message.
//!
//! Promise: `DIR/RECIPIENT/DELIVERY.eml` holds the message byte for byte and is on disk (fsync of file and folder) when the outcome says
//! `Accepted`; a repeated delivery replaces its file. Files are 0600, folders 0700. It refuses what the SMTP transport refuses for the
//! message's own sake, so that the demo tells no lie.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::{Cause, Connection, Envelope, LocalCause, Outcome, Reply, Sent, TransportError, smtp};
use crate::mail::{Address, Digest};

/// A folder that stands for the outside world.
#[derive(Debug, Clone)]
pub struct Directory {
    path: PathBuf,
}

impl Directory {
    /// Letters will go under `path`, which is made when the transport is opened.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The folder of one recipient: its address in lower case. What is not one of `A-Za-z0-9.@_+-` becomes `_`, and then eight digits of
    /// a digest keep two such addresses apart.
    pub fn folder(&self, recipient: &Address) -> PathBuf {
        self.path.join(folder_name(recipient))
    }

    /// The file of one delivery to one recipient: `0000000042.eml`.
    pub fn file(&self, recipient: &Address, delivery_id: i64) -> PathBuf {
        self.folder(recipient).join(file_name(delivery_id))
    }

    /// Makes the directory.
    ///
    /// # Errors
    /// [`TransportError::Directory`] when it cannot be made.
    pub(super) async fn prepare(&self) -> Result<(), TransportError> {
        let path = self.path.clone();
        let made = tokio::task::spawn_blocking(move || make_folder(&path)).await;
        made.unwrap_or_else(|_| Err(io::ErrorKind::Other.into())).map_err(|error| TransportError::Directory(error.kind()))
    }

    /// Writes the message once for each recipient.
    pub async fn deliver(&self, delivery_id: i64, envelope: &Envelope<'_>, message: &[u8]) -> Sent {
        if smtp::has_bare_line_ending(message) {
            return Sent::alike(envelope, &Outcome::Failed(Cause::Local(LocalCause::BareLineEnding)), Connection::Good);
        }
        let folders: Vec<PathBuf> = envelope.recipients.iter().map(|recipient| self.folder(recipient)).collect();
        let name = file_name(delivery_id);
        let message = message.to_vec();
        let count = folders.len();
        let written = tokio::task::spawn_blocking(move || {
            folders.iter().map(|folder| write_file(folder, &name, &message).map_err(|error| error.kind())).collect::<Vec<_>>()
        })
        .await
        .unwrap_or_else(|_| vec![Err(io::ErrorKind::Other); count]);
        let outcomes = envelope.recipients.iter().cloned().zip(written.into_iter().map(|result| match result {
            Ok(()) => Outcome::Accepted(Reply { code: 250, enhanced: Some((2, 0, 0)), text: "written to a file".to_owned() }),
            Err(kind) => Outcome::Deferred(Cause::Local(LocalCause::NotWritten(kind))),
        }));
        Sent { outcomes: outcomes.collect(), connection: Connection::Good }
    }
}

fn file_name(delivery_id: i64) -> String {
    format!("{delivery_id:010}.eml")
}

fn folder_name(recipient: &Address) -> String {
    let address = recipient.to_string().to_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || ".@_+-".contains(c);
    // 255 bytes is the longest name of ext4, xfs and btrfs.
    if address.chars().all(plain) && address.len() <= 255 {
        return address;
    }
    let name: String = address.chars().map(|c| if plain(c) { c } else { '_' }).take(240).collect();
    let digest: String = Digest::of(address.as_bytes()).to_string().chars().take(8).collect();
    format!("{name}-{digest}")
}

fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync_folder(parent),
        _ => Ok(()),
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn write_file(folder: &Path, name: &str, message: &[u8]) -> io::Result<()> {
    make_folder(folder)?;
    let unfinished = folder.join(format!(".{name}.tmp"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(message)?;
    file.sync_all()?;
    fs::rename(&unfinished, folder.join(name))?;
    sync_folder(folder)
}

#[cfg(test)]
mod tests;
