//! A folder that is replaced as a whole.
//!
//! Promises: whoever looks, and whatever crashes, there is the old folder or the new one, never a mix: the new one is made beside it, is on disk,
//! and then changes places with the old one in one system call (`renameat2` with `RENAME_EXCHANGE`). A file whose bytes are the same stays the
//! same file, with its time. What is in the folder and not from here stays there: only files that an earlier run listed are taken away.
//! Everything is readable for all, whatever the process's umask: it is public. Two runs at a time wait for each other.
//! Fails with [`FolderError`], which names a path and never content; then the old folder is as it was.

use std::{
    collections::BTreeSet,
    fs, io,
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _, symlink},
    path::{Component, Path, PathBuf},
};

use rustix::fs::{CWD, RenameFlags, renameat_with, syncfs};

use crate::site::File;

/// The list of the files that a run wrote.
pub const LIST: &str = ".embargod-pages";

const FILE_MODE: u32 = 0o644;
const FOLDER_MODE: u32 = 0o755;

/// Why the folder was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file or folder.
    #[error("{}: {kind}", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        kind: io::ErrorKind,
    },
    /// It has no name, or is the root: nothing can be made beside it.
    #[error("{}: name a folder that can be replaced, such as /srv/www/advisories", .0.display())]
    Nameless(PathBuf),
    /// A file's name would leave the folder.
    #[error("a page cannot be called {0}")]
    Name(String),
    /// It is a file system of its own.
    #[error("{}: is a mount point, which cannot be replaced in one step; use a folder inside it", .0.display())]
    MountPoint(PathBuf),
    /// The file system cannot do it.
    #[error("{}: this file system cannot replace a folder in one step (RENAME_EXCHANGE); use ext4, XFS, Btrfs or tmpfs", .0.display())]
    NoExchange(PathBuf),
}

fn at(path: &Path) -> impl Fn(io::Error) -> FolderError + '_ {
    |error| FolderError::Io { path: path.to_owned(), kind: error.kind() }
}

/// Makes the folder hold these files, and of what it held only what was not written by an earlier run. How many files there are.
///
/// # Errors
/// [`FolderError`].
pub fn replace(folder: &Path, files: &[File]) -> Result<usize, FolderError> {
    let folder = settled(folder)?;
    let (Some(parent), Some(name)) = (folder.parent(), folder.file_name()) else { return Err(FolderError::Nameless(folder)) };
    fs::create_dir_all(parent).map_err(at(parent))?;
    // The lock is on the folder above, and gone with this process: nothing is left to be cleaned up.
    let beside = fs::File::open(parent).map_err(at(parent))?;
    beside.lock().map_err(at(parent))?;
    let mut aside = std::ffi::OsString::from(".");
    aside.push(name);
    aside.push(".new");
    let aside = parent.join(aside);
    // A run that ended before its time leaves its half, or the old pages.
    remove(&aside)?;
    make_folder(&aside)?;
    let names: BTreeSet<&str> = files.iter().map(|file| file.name.as_str()).collect();
    for file in files {
        if !Path::new(&file.name).components().all(|component| matches!(component, Component::Normal(_))) {
            return Err(FolderError::Name(file.name.clone()));
        }
        put(&folder, &aside, &file.name, &file.bytes)?;
    }
    let list: String = names.iter().map(|name| format!("{name}\n")).collect();
    put(&folder, &aside, LIST, list.as_bytes())?;
    let earlier = fs::read_to_string(folder.join(LIST)).unwrap_or_default();
    let ours: BTreeSet<&str> = earlier.lines().chain(names).chain([LIST]).collect();
    if folder.is_dir() {
        carry_over(&folder, &aside, Path::new(""), &ours)?;
    }
    // One wait for all files and folders together: thousands of fsyncs take ten times as long.
    let made = fs::File::open(&aside).map_err(at(&aside))?;
    syncfs(&made).map_err(|error| at(&aside)(error.into()))?;
    crate::daemon::failpoint::reach("pages-made");
    if folder.is_dir() {
        renameat_with(CWD, &aside, CWD, &folder, RenameFlags::EXCHANGE).map_err(|error| match error {
            rustix::io::Errno::BUSY | rustix::io::Errno::XDEV => FolderError::MountPoint(folder.clone()),
            rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::OPNOTSUPP => {
                FolderError::NoExchange(folder.clone())
            }
            other => FolderError::Io { path: folder.clone(), kind: io::Error::from(other).kind() },
        })?;
    } else {
        fs::rename(&aside, &folder).map_err(at(&folder))?;
    }
    beside.sync_all().map_err(at(parent))?;
    crate::daemon::failpoint::reach("pages-exchanged");
    remove(&aside)?;
    Ok(files.len())
}

/// The folder without symbolic links: the folder changes, not the link to it.
fn settled(folder: &Path) -> Result<PathBuf, FolderError> {
    match folder.canonicalize() {
        Ok(path) => Ok(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => std::path::absolute(folder).map_err(at(folder)),
        Err(error) => Err(at(folder)(error)),
    }
}

fn remove(aside: &Path) -> Result<(), FolderError> {
    match fs::remove_dir_all(aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(aside)(error)),
        _ => Ok(()),
    }
}

fn make_folder(path: &Path) -> Result<(), FolderError> {
    match fs::DirBuilder::new().mode(FOLDER_MODE).create(path) {
        // The umask takes bits away: nobody but us could read what is public.
        Ok(()) => fs::set_permissions(path, fs::Permissions::from_mode(FOLDER_MODE)).map_err(at(path)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(at(path)(error)),
    }
}

/// The folders above `name`, below `root`.
fn make_above(root: &Path, name: &Path) -> Result<(), FolderError> {
    let mut path = root.to_owned();
    let Some(above) = name.parent() else { return Ok(()) };
    for component in above.components() {
        path.push(component);
        make_folder(&path)?;
    }
    Ok(())
}

/// One file: the one that is there when it is the same.
fn put(folder: &Path, aside: &Path, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
    make_above(aside, Path::new(name))?;
    let (there, path) = (folder.join(name), aside.join(name));
    let is_same = fs::symlink_metadata(&there).is_ok_and(|known| {
        known.is_file() && known.len() == bytes.len() as u64 && known.permissions().mode() & 0o777 == FILE_MODE
    }) && fs::read(&there).is_ok_and(|known| known == bytes);
    if is_same && fs::hard_link(&there, &path).is_ok() {
        return Ok(());
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(&path).map_err(at(&path))?;
    file.set_permissions(fs::Permissions::from_mode(FILE_MODE)).map_err(at(&path))?;
    file.write_all(bytes).map_err(at(&path))
}

/// What others put there.
fn carry_over(folder: &Path, aside: &Path, inside: &Path, ours: &BTreeSet<&str>) -> Result<(), FolderError> {
    let here = folder.join(inside);
    for entry in fs::read_dir(&here).map_err(at(&here))? {
        let entry = entry.map_err(at(&here))?;
        let name = inside.join(entry.file_name());
        let (from, to) = (folder.join(&name), aside.join(&name));
        let kind = entry.file_type().map_err(at(&from))?;
        if kind.is_dir() {
            let is_new = !to.is_dir();
            let before = if is_new { files_below(&from)? } else { 0 };
            // A folder that only held files of an earlier run goes with them; an empty one of others stays.
            if is_new && before > 0 && only_ours(&from, &name, ours)? {
                continue;
            }
            make_above(aside, &name.join("-"))?;
            carry_over(folder, aside, &name, ours)?;
        } else if !name.to_str().is_some_and(|name| ours.contains(name)) {
            make_above(aside, &name)?;
            if kind.is_symlink() {
                symlink(fs::read_link(&from).map_err(at(&from))?, &to).map_err(at(&to))?;
            // A file of another owner may not be linked (fs.protected_hardlinks).
            } else if kind.is_file() && fs::hard_link(&from, &to).is_err() {
                fs::copy(&from, &to).map_err(at(&to))?;
            }
        }
    }
    Ok(())
}

fn files_below(folder: &Path) -> Result<usize, FolderError> {
    let mut count = 0;
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let entry = entry.map_err(at(folder))?;
        let kind = entry.file_type().map_err(at(folder))?;
        count += if kind.is_dir() { files_below(&entry.path())? } else { 1 };
    }
    Ok(count)
}

fn only_ours(folder: &Path, name: &Path, ours: &BTreeSet<&str>) -> Result<bool, FolderError> {
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let entry = entry.map_err(at(folder))?;
        let name = name.join(entry.file_name());
        let kind = entry.file_type().map_err(at(folder))?;
        let is_ours = if kind.is_dir() {
            only_ours(&entry.path(), &name, ours)?
        } else {
            name.to_str().is_some_and(|name| ours.contains(name))
        };
        if !is_ours {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
