//! Mail that lies in files: `.eml`, mbox, Maildir, folders of `.eml`.
//!
//! Hands over each message with the name to show for it, in the order of the paths and of the files' names. Promises: changes nothing; a file that
//! cannot be read is handed over as such, and the rest goes on. Line ends are made CRLF as for mail from a Maildir. An mbox is told by its first
//! line; its messages begin where a `From ` line with a time stands after an empty line (RFC 4155), and `>From ` loses one `>` (mboxrd).

use std::{
    fs::{self, File},
    io::{self, Read as _},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use crate::{
    mail::{Message, RawMessage, Unreadable},
    source::maildir,
};

#[cfg(test)]
mod tests;

/// The largest file that is read: a gigabyte. A larger mbox is to be split.
const LARGEST: u64 = 1 << 30;

/// One message, or the reason why there is none.
pub(super) struct Saved {
    /// The path, with `#3` for the third message of an mbox with several.
    pub(super) name: String,
    /// The message.
    pub(super) mail: Result<Message, Fault>,
}

/// Why a path gave no message.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("cannot be read: {0}")]
    Io(io::ErrorKind),
    #[error("is over {LARGEST} bytes; split it")]
    Large,
    #[error("holds no mail; a Maildir, or files that end in .eml or .mbox, are looked for")]
    Empty,
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// Visits every message under the paths. `-` is standard input.
pub(super) fn each(paths: &[PathBuf], mut visit: impl FnMut(Saved)) {
    for path in paths {
        match path.as_os_str() == "-" {
            true => messages("-", read(io::stdin().lock()), &mut visit),
            false => walk(path, &mut visit),
        }
    }
}

fn walk(path: &Path, visit: &mut impl FnMut(Saved)) {
    if !path.is_dir() {
        return file(path, visit);
    }
    let found = if path.join("new").is_dir() && path.join("cur").is_dir() { of_maildir(path) } else { of_folder(path) };
    match found {
        Ok(paths) if paths.is_empty() => visit(Saved { name: shown(path), mail: Err(Fault::Empty) }),
        Ok(paths) => paths.iter().for_each(|path| if path.is_dir() { walk(path, visit) } else { file(path, visit) }),
        Err(error) => visit(Saved { name: shown(path), mail: Err(Fault::Io(error.kind())) }),
    }
}

/// The files of a Maildir, by their unique names.
fn of_maildir(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in ["new", "cur"] {
        found.extend(entries(&path.join(folder))?.into_iter().filter(|path| path.is_file()));
    }
    found.sort_by(|one, other| one.file_name().cmp(&other.file_name()));
    Ok(found)
}

/// The mails of a folder and the folders in it that hold some. A linked folder is not followed: it could lead round in a circle.
fn of_folder(path: &Path) -> io::Result<Vec<PathBuf>> {
    let wanted = |path: &PathBuf| {
        let name = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("eml") || end.eq_ignore_ascii_case("mbox"));
        if path.is_dir() { !path.is_symlink() && holds_mail(path) } else { name }
    };
    Ok(entries(path)?.into_iter().filter(wanted).collect())
}

fn holds_mail(folder: &Path) -> bool {
    (folder.join("new").is_dir() && folder.join("cur").is_dir()) || of_folder(folder).map_or(true, |found| !found.is_empty())
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    found.retain(|path| path.file_name().is_some_and(|name| !name.as_encoded_bytes().starts_with(b".")));
    found.sort();
    Ok(found)
}

fn file(path: &Path, visit: &mut impl FnMut(Saved)) {
    let bytes = File::open(path).map_err(|error| Fault::Io(error.kind())).and_then(read);
    messages(&shown(path), bytes, visit);
}

fn read(from: impl io::Read) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    from.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| Fault::Io(error.kind()))?;
    if bytes.len() as u64 > LARGEST { Err(Fault::Large) } else { Ok(bytes) }
}

fn messages(name: &str, bytes: Result<Vec<u8>, Fault>, visit: &mut impl FnMut(Saved)) {
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(fault) => return visit(Saved { name: name.to_owned(), mail: Err(fault) }),
    };
    if !bytes.starts_with(b"From ") {
        return visit(Saved { name: name.to_owned(), mail: parse(bytes) });
    }
    let mails = split(&bytes);
    let several = mails.len() > 1;
    for (index, mail) in mails.into_iter().enumerate() {
        let name = if several { format!("{name}#{}", index + 1) } else { name.to_owned() };
        visit(Saved { name, mail: parse(mail) });
    }
}

/// Takes saved bytes apart. A panic of the MIME library is an answer, too, as in the daemon.
pub(super) fn parse(bytes: Vec<u8>) -> Result<Message, Fault> {
    let raw = RawMessage::new(maildir::with_crlf(bytes));
    let parsed = catch_unwind(AssertUnwindSafe(|| Message::parse(&raw))).unwrap_or(Err(Unreadable::Structure));
    Ok(parsed?)
}

/// The messages of an mbox, without their `From ` lines and the empty line that ends each.
fn split(mbox: &[u8]) -> Vec<Vec<u8>> {
    let mut mails: Vec<Vec<u8>> = Vec::new();
    let mut after_empty = true;
    for line in mbox.split_inclusive(|byte| *byte == b'\n') {
        if after_empty && begins_mail(line) {
            mails.iter_mut().last().map(without_last_empty_line);
            mails.push(Vec::new());
            after_empty = false;
            continue;
        }
        after_empty = matches!(line, b"\n" | b"\r\n");
        let quoted = line.iter().take_while(|byte| **byte == b'>').count();
        let unquoted = line.get(usize::from(quoted > 0)..).filter(|_| is_from(line.get(quoted..).unwrap_or_default()));
        if let Some(mail) = mails.last_mut() {
            mail.extend_from_slice(unquoted.unwrap_or(line));
        }
    }
    mails.iter_mut().last().map(without_last_empty_line);
    mails
}

fn is_from(line: &[u8]) -> bool {
    line.starts_with(b"From ")
}

/// `From a@b.example Mon Jan  4 10:00:00 2021`, also with ` at ` for the @ as pipermail writes it. A sentence that begins with "From" has no time.
fn begins_mail(line: &[u8]) -> bool {
    let time = |word: &[u8]| {
        let mut parts = word.split(|byte| *byte == b':').map(|part| part.len() <= 2 && !part.is_empty() && digits(part));
        word.len() >= 4 && word.contains(&b':') && parts.all(|part| part)
    };
    let year = |word: &[u8]| word.len() == 4 && digits(word);
    let words: Vec<&[u8]> = line.trim_ascii().split(|byte| *byte == b' ').collect();
    is_from(line) && words.iter().any(|word| time(word)) && words.iter().any(|word| year(word))
}

fn digits(word: &[u8]) -> bool {
    word.iter().all(u8::is_ascii_digit)
}

fn without_last_empty_line(mail: &mut Vec<u8>) {
    for end in [b"\r\n\r\n".as_slice(), b"\n\n"] {
        if mail.ends_with(end) {
            mail.truncate(mail.len() - end.len() / 2);
            return;
        }
    }
}

/// A path as it is shown: whole, also when it is no UTF-8.
fn shown(path: &Path) -> String {
    path.display().to_string()
}
