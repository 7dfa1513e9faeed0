//! The embargo firewall on real mail: what quotes an advisory, a patch or a report is stopped, what has nothing to do with it passes. Reads
//! `../shared/corpus` where that is present and says so where it is not; our own advisories (`tests/firewall/`) are always read.

#![expect(clippy::unwrap_used, reason = "a test program: its helpers may fail loudly")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use embargod::{
    advisory::CveId,
    disclosure::{AdvisoryNumber, CaseId},
    firewall::{AdvisoryName, CaseMaterial, Fingerprints, Firewall, Letter, Public, Reader, Rule, TextKind},
    mail::{Mailbox, Message, RawMessage},
};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The corpus beside the project; a git worktree stands one folder deeper.
fn corpus() -> Option<PathBuf> {
    let found = ["../shared/corpus", "../../shared/corpus"].map(here).into_iter().find(|path| path.is_dir());
    if found.is_none() {
        println!("no corpus beside the project: only our own advisories are read");
    }
    found
}

fn read(path: &Path) -> Option<Message> {
    Message::parse(&RawMessage::new(fs::read(path).unwrap())).ok()
}

/// A small generator (xorshift64*): the same quotes in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let limit = u64::try_from(limit.max(1)).unwrap();
        usize::try_from((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit).unwrap()
    }
}

/// `Xen Security Advisory 491 v2 (CVE-2026-42487) - title`.
fn facts(subject: &str) -> Option<(u16, Vec<CveId>, String)> {
    let rest = &subject[subject.find("Security Advisory ")? + "Security Advisory ".len()..];
    let number = rest.split_whitespace().next()?.parse().ok()?;
    let cves = rest.split(['(', ')', ',']).filter_map(|part| part.trim().parse().ok()).collect();
    Some((number, cves, rest.split_once(" - ")?.1.to_owned()))
}

fn advisory_case(case: i64, message: &Message) -> CaseMaterial {
    let mut material = CaseMaterial::new(CaseId(case));
    let (number, cves, title) = facts(&message.subject).unwrap();
    material.advisory = Some(AdvisoryName {
        prefix: "XSA".to_owned(),
        title: "Xen Security Advisory".to_owned(),
        number: AdvisoryNumber::new(number).unwrap(),
    });
    (material.cves, material.titles) = (cves, vec![title]);
    material.message(TextKind::Advisory, 1, message);
    material
}

fn report_case(case: i64, message: &Message) -> CaseMaterial {
    let mut material = CaseMaterial::new(CaseId(case));
    material.titles = vec![message.subject.clone()];
    material.reporters = message.from.clone();
    material.message(TextKind::Report, 1, message);
    material
}

fn wall(materials: &[CaseMaterial], public: &Public) -> Firewall {
    Firewall::new(materials.iter().map(|material| Arc::new(Fingerprints::compile(material, public))))
}

fn stranger() -> Reader {
    Reader::person([])
}

/// How mail programs quote.
fn quoted(lines: &[&str], way: usize) -> String {
    let body = match way % 6 {
        0 => lines.iter().map(|line| format!("> {line}\n")).collect::<String>(),
        1 => lines.iter().map(|line| format!("> > {line}\n")).collect(),
        2 => lines.iter().map(|line| format!("JB> {}\n", line.trim())).collect(),
        3 => lines.iter().map(|line| format!("{line}\n")).collect::<String>().to_uppercase(),
        // Wrapped anew, narrower.
        4 => lines
            .join(" ")
            .split_whitespace()
            .collect::<Vec<_>>()
            .chunks(6)
            .map(|words| format!("| {}\n", words.join(" ")))
            .collect(),
        _ => lines.iter().map(|line| format!("&gt; {}\n", line.replace('<', "&lt;").replace('-', "\u{2011}"))).collect(),
    };
    format!("Hello,\n\nthanks for your application. Below is what I had in mind.\n\n{body}\nBest regards,\nthe team\n")
}

/// What an advisory's own text tells: not its frame, and not the paragraphs all advisories have.
fn own_lines(text: &str) -> Vec<&str> {
    let inside = text.split("Hash: ").nth(1).unwrap_or(text).split("-----BEGIN PGP SIGNATURE").next().unwrap();
    let lines: Vec<&str> = inside.lines().skip(1).collect();
    let end = lines.iter().position(|line| line.starts_with("DEPLOYMENT DURING")).unwrap_or(lines.len());
    let words = |line: &str| line.split_whitespace().count();
    lines[..end].iter().copied().filter(|line| words(line) >= 1 && !line.starts_with("===")).collect()
}

#[derive(Default)]
struct Rate {
    stopped: usize,
    all: usize,
    missed: Vec<String>,
}

impl Rate {
    fn count(&mut self, stopped: bool, what: impl FnOnce() -> String) {
        self.all += 1;
        self.stopped += usize::from(stopped);
        if !stopped {
            self.missed.push(what());
        }
    }

    fn at_least(&self, what: &str, percent: usize) {
        println!("{what}: {} of {} stopped", self.stopped, self.all);
        assert!(self.all > 0 && self.stopped * 100 >= self.all * percent, "{what}: missed {:#?}", self.missed);
    }
}

/// What many advisories say; a quote of nothing else tells nothing.
const STANDING: [&str; 17] = [
    "public release.",
    "this issue was discovered by",
    "research, intel security",
    "applying the a",
    "note that patches for released",
    "apply to the stable branches",
    "recent release tarball",
    "tip of the stable branch",
    "all xen versions",
    "versions have not been inspected",
    "only x86 systems are",
    "there is no mitigation",
    "a malicious guest administrator can crash",
    "rivilege escalation",
    "information leaks",
    "are not vulnerable.",
    "guests will avoid the vulnerability.",
];

/// How many words of the lines are this advisory's own.
fn own_words(lines: &[&str]) -> usize {
    let is_heading = |line: &str| !line.bytes().any(|byte| byte.is_ascii_lowercase());
    let own = lines.iter().filter(|line| {
        let lower = line.trim().to_lowercase();
        !is_heading(line) && !STANDING.iter().any(|phrase| lower.contains(phrase))
    });
    own.map(|line| line.split_whitespace().count()).sum()
}

/// Every two lines in a row that have six words of their own, each quoted in one of the ways.
fn pairs(message: &Message, wall: &Firewall, dice: &mut Dice, rate: &mut Rate, label: &str) {
    let lines = own_lines(&message.text);
    for pair in lines.windows(2).filter(|pair| own_words(pair) >= 6) {
        for way in 0..6 {
            let hits = wall.scan(&Letter::of_text(&quoted(pair, way)), &stranger());
            rate.count(!hits.is_empty(), || format!("{label} {way}: {pair:?}"));
        }
    }
}

#[test]
fn show() {
    let Some(corpus) = corpus() else { return };
    let public = Public::default();
    let mut rate = Rate::default();
    let mut dice = Dice(7);
    for name in ["xsa188", "xsa214", "xsa491"] {
        let message = read(&corpus.join(format!("dev/advisory/{name}.eml"))).unwrap();
        let wall = wall(&[advisory_case(1, &message)], &public);
        pairs(&message, &wall, &mut dice, &mut rate, name);
    }
    println!("{} of {} {:#?}", rate.stopped, rate.all, rate.missed);
}

#[test]
fn cross() {
    let Some(corpus) = corpus() else { return };
    let public = Public::default();
    let index = fs::read_to_string(corpus.join("index.tsv")).unwrap();
    let mut cases = Vec::new();
    let mut mails = Vec::new();
    for line in index.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        if fields[1] == "parser-torture" || fields[5] != "dev" {
            continue;
        }
        let path = corpus.join(fields[0]);
        let Some(message) = path.is_file().then(|| read(&path)).flatten() else { continue };
        let number = i64::try_from(cases.len()).unwrap() + 1;
        match fields[1] {
            "advisory" => cases.push((fields[6].to_owned(), advisory_case(number, &message))),
            "vulnerability-report" => cases.push((fields[6].to_owned(), report_case(number, &message))),
            _ => {}
        }
        mails.push((fields[0].to_owned(), fields[6].to_owned(), message));
    }
    let before = Instant::now();
    let compiled: Vec<_> = cases.iter().map(|(_, material)| Arc::new(Fingerprints::compile(material, &public))).collect();
    println!("{} cases compiled in {:?}", compiled.len(), before.elapsed());
    let all = Firewall::new(compiled.clone());
    let mut false_blocks = Vec::new();
    let mut pairs = 0;
    let mut self_miss = Vec::new();
    for (path, thread, message) in &mails {
        let same: Vec<CaseId> = cases.iter().filter(|(t, _)| t == thread).map(|(_, m)| m.case).collect();
        let letter = Letter::of(message);
        // own thread not live at all
        let others = Firewall::new(compiled.iter().filter(|f| !same.contains(&f.case())).cloned());
        let hits = others.scan(&letter, &stranger());
        pairs += cases.len() - same.len();
        if !hits.is_empty() {
            false_blocks.push(path.clone());
            println!("FALSE {path}");
            for hit in hits.iter().take(6) {
                println!("    {hit} {:?} <- {}", hit.excerpt(), cases[usize::try_from(hit.case.0).unwrap() - 1].1.titles[0]);
            }
        }
        if !same.is_empty() && all.scan(&letter, &stranger()).is_empty() {
            self_miss.push(path.clone());
        }
    }
    println!("{} mails, {pairs} pairs, {} false; self miss {:?}", mails.len(), false_blocks.len(), self_miss);
}
