//! The development corpus and its finer labels.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use embargod::mail::{HeaderEdit, Message, NewField, RawMessage};
use sha2::{Digest as _, Sha256};

/// Which part of the corpus a mail is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Tune,
    Third,
}

/// Whether the bytes are as found, or the text was typed again from what an archive shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fidelity {
    Original,
    Rebuilt,
}

pub struct Mail {
    pub name: String,
    pub thread: String,
    pub part: Part,
    pub sure: bool,
    pub fidelity: Fidelity,
    pub message: Message,
}

pub struct Corpus {
    dir: PathBuf,
    rows: Vec<BTreeMap<String, String>>,
}

impl Corpus {
    /// The corpus, when it is here.
    pub fn open() -> Option<Self> {
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
        let dir = std::env::var_os("EMBARGOD_CORPUS").map_or(beside, PathBuf::from);
        let Ok(index) = fs::read_to_string(dir.join("index.tsv")) else {
            println!("no ../shared/corpus: not measured");
            return None;
        };
        let mut lines = index.lines();
        let names: Vec<&str> = lines.next()?.split('\t').collect();
        let row = |line: &str| names.iter().zip(line.split('\t')).map(|(n, v)| ((*n).to_owned(), v.to_owned())).collect();
        Some(Self { rows: lines.map(row).collect(), dir })
    }

    /// The mails of one class that can be read.
    pub fn mails(&self, class: &str, to: &str) -> Vec<Mail> {
        let of_class = self.rows.iter().filter(|row| row["class"] == class);
        let read = of_class.filter_map(|row| {
            let bytes = fs::read(self.dir.join(&row["path"])).ok()?;
            let part = if Sha256::digest(&row["thread"])[0].is_multiple_of(3) { Part::Third } else { Part::Tune };
            Some(Mail {
                name: row["path"].trim_start_matches("dev/").to_owned(),
                thread: row["thread"].clone(),
                part,
                sure: row["label_confidence"] == "high",
                fidelity: if row["fidelity"] == "rebuilt" { Fidelity::Rebuilt } else { Fidelity::Original },
                message: readdressed(&bytes, to),
            })
        });
        read.collect()
    }
}

/// What lists put on a mail. `Reply-To`, `Mail-Followup-To` and `Mail-Reply-To` name the public list that it was posted to: as much list furniture as
/// `List-Post`. Left in, they are answers going outside, and every post of such a list is held for that, whatever it says.
const LIST_FIELDS: [&str; 12] = [
    "precedence",
    "mailing-list",
    "x-mailing-list",
    "x-beenthere",
    "reply-to",
    "mail-followup-to",
    "mail-reply-to",
    "to",
    "cc",
    "delivered-to",
    "x-original-to",
    "envelope-to",
];

fn readdressed(bytes: &[u8], to: &str) -> Message {
    let bytes = with_crlf(bytes);
    let mut edit = HeaderEdit::of(&bytes);
    edit.remove_where(|field| {
        let name = field.name.to_ascii_lowercase();
        name.starts_with("list-") || LIST_FIELDS.contains(&name.as_str())
    });
    edit.add(NewField::ascii("To", to).unwrap());
    Message::parse(&RawMessage::new(edit.emit())).unwrap()
}

/// As it was on the wire: no mbox line, CRLF.
fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    let bytes = bytes.strip_prefix(b"From ").map_or(bytes, |rest| &rest[rest.iter().position(|b| *b == b'\n').unwrap() + 1..]);
    let crlf = bytes.windows(2).any(|pair| pair == b"\r\n");
    let mut text = Vec::new();
    for &byte in bytes {
        if byte == b'\n' && !crlf {
            text.push(b'\r');
        }
        text.push(byte);
    }
    text
}

/// The lines of the gold file of one kind, by path.
pub fn gold(kind: &str) -> BTreeMap<String, Vec<String>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judgement/gold.tsv");
    let text = fs::read_to_string(file).unwrap();
    let rows = text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').map(str::to_owned).collect());
    let of_kind = rows.filter(|row: &Vec<String>| row[0] == kind);
    of_kind.map(|row| (row[1].clone(), row[2..].to_vec())).collect()
}

/// From the files, so that a changed rule is measured without a build.
pub fn rule_text(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules").join(name)).unwrap()
}
