//! Looks for words that must not be somewhere, in every dress that mail software gives to text.
//!
//! As they are (any case), in base64 at its three alignments and across line ends, in quoted-printable with soft line breaks, in
//! hexadecimal, in UTF-16. A word hidden otherwise (compressed, encrypted) is not found.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use data_encoding::BASE64_NOPAD;
use regex::bytes::{Regex, RegexBuilder};

/// A word was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Where: a file, or `/proc/PID/cmdline` and the like.
    pub path: PathBuf,
    /// Which word.
    pub word: String,
    /// In which dress: `text`, `base64`, `quoted-printable`, `hex`, `utf-16le` or `utf-16be`.
    pub form: &'static str,
}

/// Every hit in a file, or in all regular files below a directory (links are not followed; what cannot be read panics).
pub fn hits(place: &Path, words: &[&str]) -> Vec<Hit> {
    let searches: Vec<Search> = words.iter().map(|word| Search::new(word)).collect();
    let mut found = BTreeSet::new();
    let mut open = vec![place.to_owned()];
    while let Some(path) = open.pop() {
        // A file that vanishes while we look (another test's) holds nothing any more.
        let Ok(kind) = fs::symlink_metadata(&path) else { continue };
        if kind.is_dir() {
            let Ok(entries) = fs::read_dir(&path) else { continue };
            open.extend(entries.map(|entry| entry.unwrap().path()));
        } else if kind.is_file() {
            match fs::read(&path) {
                Ok(bytes) => look(&path, &bytes, &searches, &mut found),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => panic!("cannot look into {}: {error}", path.display()),
            }
        }
    }
    found.into_iter().collect()
}

/// Every hit in the command lines and environments of the processes of this machine (what `ps` shows), our own excepted.
pub fn hits_in_processes(words: &[&str]) -> Vec<Hit> {
    let searches: Vec<Search> = words.iter().map(|word| Search::new(word)).collect();
    let mut found = BTreeSet::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        if pid == std::process::id() {
            continue;
        }
        for file in ["cmdline", "environ"] {
            let path = entry.path().join(file);
            // A process that ended meanwhile shows nothing.
            if let Ok(bytes) = fs::read(&path) {
                look(&path, &bytes, &searches, &mut found);
            }
        }
    }
    found.into_iter().collect()
}

fn look(path: &Path, bytes: &[u8], searches: &[Search], found: &mut BTreeSet<Hit>) {
    let joined: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let printed = from_quoted_printable(bytes);
    for search in searches {
        for (form, pattern) in &search.forms {
            let view = match *form {
                "base64" | "hex" => &joined,
                "quoted-printable" => &printed,
                _ => bytes,
            };
            if pattern.is_match(view) {
                found.insert(Hit { path: path.to_owned(), word: search.word.clone(), form });
            }
        }
    }
}

struct Search {
    word: String,
    forms: Vec<(&'static str, Regex)>,
}

impl Search {
    fn new(word: &str) -> Self {
        assert!(word.len() >= 8 && word.is_ascii(), "a canary is a unique ASCII word of eight letters or more: {word}");
        let text = exact(word.as_bytes());
        let wide = |unit: fn(u16) -> [u8; 2]| exact(&word.encode_utf16().flat_map(unit).collect::<Vec<u8>>());
        let hex: String = word.bytes().map(|byte| format!("{byte:02x}")).collect();
        let base64 = (0..3).map(|lead| exact(core_of_base64(word.as_bytes(), lead).as_bytes())).collect::<Vec<_>>().join("|");
        let forms = vec![
            ("text", any_case(&text)),
            ("base64", Regex::new(&format!("(?-u){base64}")).unwrap()),
            ("quoted-printable", any_case(&text)),
            ("hex", any_case(&hex)),
            ("utf-16le", any_case(&wide(u16::to_le_bytes))),
            ("utf-16be", any_case(&wide(u16::to_be_bytes))),
        ];
        Self { word: word.to_owned(), forms }
    }
}

fn any_case(pattern: &str) -> Regex {
    RegexBuilder::new(pattern).unicode(false).case_insensitive(true).build().unwrap()
}

/// The bytes as a pattern: letters and digits as they are, the rest escaped.
fn exact(bytes: &[u8]) -> String {
    let one = |byte: &u8| if byte.is_ascii_alphanumeric() { char::from(*byte).to_string() } else { format!("\\x{byte:02x}") };
    bytes.iter().map(one).collect()
}

/// The characters of the base64 of the word, `lead` bytes into a group of three, that do not depend on its neighbours (a word
/// that differs only in its last letter may be found as well).
fn core_of_base64(word: &[u8], lead: usize) -> String {
    let padded = [&vec![0; lead], word].concat();
    let encoded = BASE64_NOPAD.encode(&padded);
    let first = (lead * 8).div_ceil(6);
    let whole = padded.len() * 8 / 6;
    encoded.chars().take(whole).skip(first).collect()
}

/// Soft line breaks removed and `=XX` decoded; anything else stays.
fn from_quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let (byte, next) = match (first, after) {
            (b'=', [b'\r', b'\n', after @ ..] | [b'\n', after @ ..]) => (None, after),
            (b'=', [high, low, deeper @ ..]) => match (hex_digit(*high), hex_digit(*low)) {
                (Some(high), Some(low)) => (Some(high * 16 + low), deeper),
                _ => (Some(b'='), after),
            },
            (other, after) => (Some(*other), after),
        };
        plain.extend(byte);
        rest = next;
    }
    plain
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
