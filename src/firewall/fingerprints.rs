//! One case compiled: what gives it away.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{
    Rule, diff,
    fold::Folded,
    identifier::{self, Strength},
    material::{CaseMaterial, Source, TextKind},
    public::Public,
    stream::{Stream, Token},
    vocabulary::{self, Ground},
};
use crate::{
    disclosure::CaseId,
    mail::{Address, Digest},
};

/// A title, name or phrase that weighs less is too common to count alone.
const PHRASE_WEIGHT: u32 = 8;
/// Most of a title must weigh more than the whole.
const PART_WEIGHT: u32 = 11;
/// So is a file name that weighs less.
const FILE_WEIGHT: u32 = 6;
/// A subject is a title of its own with so many words that are rare.
const TELLING_WORDS: usize = 3;
/// A title of so many words is also known by seven tenths of them in a row.
const LONG_TITLE: usize = 5;
/// Letters and digits of a name or title that can be told from other words.
const SHORTEST: usize = 8;
/// More words of a title are text: parts of it would be many and long, and a subject may be as long as a field. The automaton's work for one phrase grows with the
/// square of its length where it repeats itself.
const MOST_OF_TITLE: usize = 60;
/// So are letters and digits.
const LONGEST_TITLE: usize = 600;
/// Letters and digits of a phrase that is looked for, to the end of a word. Whoever reports something chooses its names, and a thousand long ones are more than
/// fits into memory.
const LONGEST: usize = 300;
/// Of a digest, so many hexadecimal digits are looked for: it may be broken over two lines, or cut.
const DIGEST_DIGITS: usize = 24;

/// A phrase to be found in the stream of a letter.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Phrase {
    pub(super) words: Vec<u8>,
    pub(super) meaning: Meaning,
    pub(super) counts: Counts,
}

/// What a phrase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meaning {
    /// The advisory's public number: no hit, but what stands beside it is about this case.
    Number,
    /// Something of the case.
    Secret(Rule),
}

/// Whether a find is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Counts {
    /// Only in a letter that names the case's number.
    WithNumber,
    /// Alone.
    Alone,
}

/// A text of the case, or the code of a patch before or after the change.
#[derive(Clone)]
pub(super) struct Compiled {
    pub(super) source: Source,
    pub(super) stream: Stream,
}

/// A case compiled. Holds what it was made from, in the clear; `Debug` shows counts.
#[derive(Clone)]
pub struct Fingerprints {
    pub(super) case: CaseId,
    pub(super) texts: Vec<Compiled>,
    pub(super) names: BTreeMap<String, (Strength, Counts)>,
    pub(super) phrases: BTreeSet<Phrase>,
    pub(super) digests: BTreeSet<Digest>,
    pub(super) reporters: Vec<Address>,
    /// The words of each title, in lower case.
    pub(super) titles: Vec<BTreeSet<String>>,
}

impl Fingerprints {
    /// Compiles the material of one case. Costs some milliseconds for each 100 KiB of text: keep the result until the material changes.
    pub fn compile(material: &CaseMaterial, public: &Public) -> Self {
        let mut compiled = Self {
            case: material.case,
            texts: Vec::new(),
            names: BTreeMap::new(),
            phrases: BTreeSet::new(),
            digests: BTreeSet::new(),
            reporters: material.reporters.iter().map(|reporter| reporter.address.clone()).collect(),
            titles: material.titles.iter().map(|title| words(title)).collect(),
        };
        for text in &material.texts {
            compiled.text(text.source, &text.text, public);
        }
        compiled.phrases(material, public);
        compiled.files(material);
        compiled
    }

    /// The case.
    pub fn case(&self) -> CaseId {
        self.case
    }

    fn text(&mut self, source: Source, text: &str, public: &Public) {
        let folded = Folded::of(text);
        let written = match source.kind {
            TextKind::Advisory => Strength::Strong,
            TextKind::Report | TextKind::Patch | TextKind::Note => Strength::Weak,
        };
        for (name, strength) in identifier::of(&folded, written) {
            let counts = if public.knows(&name) { Counts::WithNumber } else { Counts::Alone };
            let known = self.names.entry(name).or_insert((strength, counts));
            known.0 = known.0.max(strength);
        }
        // An advisory lists the digests of its files, whether they are at hand or not.
        let digests = identifier::words(folded.text()).filter_map(|(_, word)| word.parse::<Digest>().ok());
        for digest in digests.collect::<Vec<_>>() {
            self.digest(digest);
        }
        self.stream(source, &folded, public);
        for image in diff::images(text).into_iter().flatten() {
            self.stream(source, &Folded::of(&image), public);
        }
    }

    fn stream(&mut self, source: Source, folded: &Folded, public: &Public) {
        let mut stream = Stream::of(folded);
        public.mark(&mut stream);
        if !stream.bytes.is_empty() {
            self.texts.push(Compiled { source, stream });
        }
    }

    fn phrases(&mut self, material: &CaseMaterial, public: &Public) {
        if let Some(name) = &material.advisory {
            self.phrase(&format!("{}-{}", name.prefix, name.number), Meaning::Number, Counts::Alone);
            self.phrase(&format!("{} {}", name.title, name.number), Meaning::Number, Counts::Alone);
        }
        for cve in &material.cves {
            let cve = cve.as_str();
            self.phrase(cve, Meaning::Secret(Rule::Cve), Counts::Alone);
            // Four digits after a year may be a date.
            if let Some(bare) = cve.strip_prefix("CVE-").filter(|bare| bare.len() >= "2026-12345".len()) {
                self.phrase(bare, Meaning::Secret(Rule::Cve), Counts::Alone);
            }
        }
        for title in &material.titles {
            self.title(title, public);
        }
        for reporter in &material.reporters {
            let address = reporter.address.to_string();
            let spelled = address.replace('@', " at ").replace('.', " dot ");
            let known = public.knows(&address.to_ascii_lowercase());
            let counts = if known { Counts::WithNumber } else { Counts::Alone };
            self.phrase(&address, Meaning::Secret(Rule::Reporter), counts);
            self.phrase(&spelled, Meaning::Secret(Rule::Reporter), counts);
            if let Some(name) = &reporter.name {
                // Who finds vulnerabilities is named in public mail for many other reasons.
                let words = Stream::phrase(name);
                if words.tokens.len() >= 2 && words.bytes.len() >= SHORTEST {
                    self.add(beginning(words), Meaning::Secret(Rule::Reporter), Counts::WithNumber);
                }
            }
        }
        for id in &material.message_ids {
            self.phrase(id.as_str(), Meaning::Secret(Rule::Thread), Counts::Alone);
        }
    }

    fn title(&mut self, title: &str, public: &Public) {
        let mut words = Stream::phrase(title);
        if words.bytes.len() < SHORTEST {
            return;
        }
        let fits = |token: &&Token| token.end as usize <= LONGEST_TITLE;
        words.tokens.truncate(words.tokens.iter().take(MOST_OF_TITLE).take_while(fits).count());
        let part = if words.tokens.len() < LONG_TITLE { words.tokens.len() } else { (words.tokens.len() * 7).div_ceil(10) };
        let parts = words.tokens.windows(part.max(1)).chain([words.tokens.as_slice()]);
        for tokens in parts {
            let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { continue };
            let weight: u32 = tokens.iter().map(|token| u32::from(token.weight)).sum();
            let Some(bytes) = words.bytes.get(first.start as usize..last.end as usize) else { continue };
            let whole = tokens.len() == words.tokens.len();
            let counts =
                if weight >= if whole { PHRASE_WEIGHT } else { PART_WEIGHT } { Counts::Alone } else { Counts::WithNumber };
            self.add(bytes.to_vec(), Meaning::Secret(Rule::Title), counts);
        }
        for (name, strength) in identifier::of(&Folded::of(title), Strength::Strong) {
            let counts = if public.knows(&name) { Counts::WithNumber } else { Counts::Alone };
            self.names.insert(name, (strength, counts));
        }
    }

    fn files(&mut self, material: &CaseMaterial) {
        let number = material.advisory.as_ref().map(|name| format!("{}{}", name.prefix, name.number).to_ascii_lowercase());
        for file in &material.files {
            if let Some(digest) = file.digest.filter(|digest| *digest != Digest::of(b"")) {
                self.digest(digest);
            }
            for name in file.name.iter().flat_map(|name| [name.as_str(), stem(name)]) {
                // `xsa484-4.17.patch` tells the number, which is public (P56), and that there is a patch.
                let telling = without_number(name, number.as_deref());
                let words = Stream::phrase(&telling);
                let weight: u32 = words.tokens.iter().map(|token| u32::from(token.weight)).sum();
                if weight >= FILE_WEIGHT && words.bytes.len() >= SHORTEST {
                    self.phrase(name, Meaning::Secret(Rule::FileName), Counts::Alone);
                }
            }
        }
    }

    fn digest(&mut self, digest: Digest) {
        self.digests.insert(digest);
        let digits: Vec<u8> = digest.to_string().bytes().take(DIGEST_DIGITS).collect();
        self.add(digits, Meaning::Secret(Rule::Digest), Counts::Alone);
    }

    fn phrase(&mut self, text: &str, meaning: Meaning, counts: Counts) {
        self.add(beginning(Stream::phrase(text)), meaning, counts);
    }

    fn add(&mut self, words: Vec<u8>, meaning: Meaning, counts: Counts) {
        if !words.is_empty() {
            self.phrases.insert(Phrase { words, meaning, counts });
        }
    }
}

/// The words of a phrase, those that fit.
fn beginning(mut words: Stream) -> Vec<u8> {
    let fitting = words.tokens.iter().map(|token| token.end as usize).take_while(|end| *end <= LONGEST).last();
    words.bytes.truncate(fitting.unwrap_or(0));
    words.bytes
}

/// Whether a report's subject tells enough of its bug to be a title: "security vulnerability report" stands above hundreds.
pub fn is_distinctive(title: &str) -> bool {
    let telling = words(title);
    telling.len() >= TELLING_WORDS || telling.iter().any(|word| word.contains('_'))
}

/// The words of a title that tell something, names in one piece.
fn words(title: &str) -> BTreeSet<String> {
    let folded = Folded::of(title);
    let words = folded.text().split(|c: char| !(c.is_alphanumeric() || c == '_')).map(str::to_lowercase);
    words.filter(|word| vocabulary::weight(word, Ground::Prose) > 2).collect()
}

/// A file name without what `git format-patch` numbers and what follows the last dot: often the title of the change.
fn stem(name: &str) -> &str {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let title = name.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-' || c == '_');
    if Stream::phrase(title).tokens.len() >= 3 { title } else { name }
}

/// The words of a file name that tell more than number, version and kind.
fn without_number(name: &str, number: Option<&str>) -> String {
    const KINDS: [&str; 30] = [
        "patch",
        "diff",
        "meta",
        "txt",
        "log",
        "config",
        "gz",
        "xz",
        "zip",
        "tar",
        "png",
        "jpg",
        "pdf",
        "asc",
        "sig",
        "eml",
        "html",
        "unstable",
        "repro",
        "reproducer",
        "poc",
        "dmesg",
        "noname",
        "untitled",
        "image",
        "unnamed",
        "smime",
        "p7s",
        "signature",
        "xen",
    ];
    let words = name.split(|c: char| !c.is_alphanumeric());
    let telling = words.filter(|word| {
        let word = word.to_ascii_lowercase();
        !(word.starts_with(|c: char| c.is_ascii_digit())
            || Some(word.as_str()) == number
            || KINDS.contains(&word.as_str())
            || word.len() < 2)
    });
    telling.collect::<Vec<_>>().join(" ")
}

impl fmt::Debug for Fingerprints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Fingerprints({}, {} texts, {} names, {} phrases)",
            self.case,
            self.texts.len(),
            self.names.len(),
            self.phrases.len()
        )
    }
}
