//! The embargo firewall on real mail: what quotes an advisory, a patch or a report is stopped, what has nothing to do with it passes. Reads
//! `../shared/corpus` where that is present and says so where it is not; our own advisories (`tests/firewall/`) are always read.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test program: its helpers may fail loudly"
)]

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
    mail::{Message, RawMessage},
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
    "privilege escalation",
    "information leaks",
    "are not vulnerable.",
    "guests will avoid the vulnerability.",
];

/// How many words of the lines are this advisory's own.
fn own_words(lines: &[&str]) -> usize {
    let own = lines.iter().filter(|line| {
        let lower = line.trim().to_lowercase();
        !STANDING.iter().any(|phrase| lower.contains(phrase))
    });
    own.map(|line| line.split_whitespace().count()).sum()
}

/// Every two lines in a row, neither of them a heading, that have six words of their own together; quoted in each of the ways.
fn pairs(message: &Message, wall: &Firewall, rate: &mut Rate, label: &str) {
    let lines = own_lines(&message.text);
    let is_heading = |line: &&str| !line.bytes().any(|byte| byte.is_ascii_lowercase());
    for pair in lines.windows(2).filter(|pair| !pair.iter().any(is_heading) && own_words(pair) >= 6) {
        for way in 0..6 {
            let hits = wall.scan(&Letter::of_text(&quoted(pair, way)), &stranger());
            rate.count(!hits.is_empty(), || format!("{label} {way}: {pair:?}"));
        }
    }
}

/// The hunks of all patches in a mail.
fn hunks(message: &Message) -> Vec<Vec<String>> {
    let mut hunks: Vec<Vec<String>> = Vec::new();
    let mut texts = vec![message.text.clone()];
    texts.extend(message.attachments().map(|part| String::from_utf8_lossy(&part.bytes).into_owned()));
    for text in texts {
        let mut open = false;
        for line in text.lines() {
            if line.starts_with("@@ ") {
                hunks.push(Vec::new());
                open = true;
            } else if open && !line.starts_with(['+', '-', ' ', '\t']) && !line.is_empty() || line == "-- " {
                open = false;
            }
            if let Some(hunk) = hunks.last_mut().filter(|_| open) {
                hunk.push(line.to_owned());
            }
        }
    }
    hunks
}

/// Each hunk as quoted, and what of it a reader of the patched file sees.
fn quote_hunks(message: &Message, wall: &Firewall, rate: &mut Rate, label: &str) {
    for hunk in hunks(message) {
        let lines: Vec<&str> = hunk.iter().map(String::as_str).collect();
        let after: Vec<&str> =
            lines[1..].iter().filter(|line| !line.starts_with('-')).map(|line| line.get(1..).unwrap_or("")).collect();
        for way in 0..6 {
            for shown in [&lines, &after] {
                let hits = wall.scan(&Letter::of_text(&quoted(shown, way)), &stranger());
                rate.count(!hits.is_empty(), || format!("{label} {way}: {shown:?}"));
            }
        }
    }
}

/// The title and the CVE identifiers, as people write them.
fn name_it(material: &CaseMaterial, wall: &Firewall, titles: &mut Rate, cves: &mut Rate) {
    for title in &material.titles {
        let words: Vec<&str> = title.split_whitespace().collect();
        for way in 0..6 {
            let hits = wall.scan(&Letter::of_text(&quoted(&[title], way)), &stranger());
            titles.count(hits.iter().any(|hit| hit.rule == Rule::Title), || format!("{way}: {title}"));
        }
        let folded = format!("Subject: Re: {}\n {}\n\nSee above.\n", words[..2].join(" "), words[2..].join(" "));
        let hits = wall.scan(&Letter::of_bytes(folded.as_bytes()), &stranger());
        titles.count(hits.iter().any(|hit| hit.rule == Rule::Title), || folded.clone());
    }
    for cve in &material.cves {
        let id = cve.as_str();
        let spellings = [
            id.to_owned(),
            id.to_lowercase(),
            id.replace('-', " "),
            id.replace('-', "\u{2011}"),
            id.replace('-', "&#45;"),
            id.replace("CVE-", "https://cve.example.org/?id=CVE-"),
            id.replace("CVE-2", "CVE-\n2"),
            id.replace("CVE", "С\u{200b}VЕ"),
        ];
        for spelling in spellings {
            let hits = wall.scan(&Letter::of_text(&format!("You asked about ({spelling}), we cannot say more.")), &stranger());
            cves.count(hits.iter().any(|hit| hit.rule == Rule::Cve), || spelling.clone());
        }
    }
}

/// Whole mails, forwarded in the ways there are.
fn forward(message: &Message, wall: &Firewall, rate: &mut Rate, label: &str) {
    let raw = message.raw.bytes();
    let head = "From: desk@example.org\r\nTo: somebody@example.com\r\nSubject: Fwd: see below\r\nMIME-Version: 1.0\r\n";
    let base64: String = data_encoding::BASE64
        .encode(raw)
        .as_bytes()
        .chunks(76)
        .map(|line| format!("{}\r\n", String::from_utf8_lossy(line)))
        .collect();
    let text = String::from_utf8_lossy(raw);
    let escaped = text.replace('=', "=3D").replace(" the ", "=20the=\r\n ");
    let page = message.text.replace('&', "&amp;").replace('<', "&lt;").replace(' ', "&nbsp;<wbr>").replace('\n', "<br>\n");
    let wide: Vec<u8> = message.text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wide = data_encoding::BASE64.encode(&wide);
    let letters = [
        format!(
            "{head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n{text}\r\n--b--\r\n"
        ),
        format!(
            "{head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n{base64}\r\n--b--\r\n"
        ),
        format!("{head}Content-Type: text/plain\r\n\r\nThis came back:\r\n\r\n{base64}"),
        format!("{head}Content-Type: text/plain\r\n\r\nThis came back:\r\n\r\n{escaped}=20=20"),
        format!("{head}Content-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>{page}</p></body></html>"),
        format!(
            "{head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/octet-stream; name=notes.txt\r\nContent-Transfer-Encoding: base64\r\n\r\n{wide}\r\n--b--\r\n"
        ),
    ];
    for (way, letter) in letters.iter().enumerate() {
        let hits = wall.scan(&Letter::of_bytes(letter.as_bytes()), &stranger());
        rate.count(!hits.is_empty(), || format!("{label} {way}"));
    }
}

#[derive(Default)]
struct Rates {
    pairs: Rate,
    hunks: Rate,
    titles: Rate,
    cves: Rate,
    forwards: Rate,
}

impl Rates {
    fn measure(&mut self, label: &str, message: &Message, public: &Public) {
        let material = advisory_case(1, message);
        let wall = wall(std::slice::from_ref(&material), public);
        pairs(message, &wall, &mut self.pairs, label);
        quote_hunks(message, &wall, &mut self.hunks, label);
        name_it(&material, &wall, &mut self.titles, &mut self.cves);
        forward(message, &wall, &mut self.forwards, label);
    }

    fn at_least_99_percent(&self) {
        for (what, rate) in [
            ("two lines", &self.pairs),
            ("hunks", &self.hunks),
            ("titles", &self.titles),
            ("CVE ids", &self.cves),
            ("forwards", &self.forwards),
        ] {
            rate.at_least(what, 99);
        }
    }
}

fn own() -> Vec<(String, Message)> {
    let folders = [here("tests/firewall"), here("rules/advisory/samples")];
    let mut found: Vec<(String, Message)> = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), read(&path).unwrap()))
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    // The samples are one advisory with one mistake each.
    found.retain(|(name, _)| !name.starts_with(|c: char| c.is_ascii_digit()) || name.starts_with("01"));
    found
}

#[test]
fn whoever_quotes_our_own_advisories_is_stopped() {
    let public = Public::default();
    let mut rates = Rates::default();
    let own = own();
    assert_eq!(own.len(), 4);
    for (name, message) in &own {
        rates.measure(name, message, &public);
    }
    rates.at_least_99_percent();
}

#[test]
fn our_own_unrelated_letters_pass() {
    let public = Public::default();
    let own = own();
    let cases: Vec<CaseMaterial> = (1..).zip(&own).map(|(number, (_, message))| advisory_case(number, message)).collect();
    let all = wall(&cases, &public);
    let letters = fs::read_to_string(here("tests/firewall/unrelated.txt")).unwrap();
    for letter in letters.split("----\n") {
        assert_eq!(all.scan(&Letter::of_text(letter), &stranger()), [], "{letter}");
        assert_eq!(all.scan(&Letter::of_text(letter), &Reader::public([])), [], "{letter}");
    }
    // Each goes out while the others are embargoed.
    for (case, (name, message)) in cases.iter().zip(&own) {
        assert_eq!(all.scan(&Letter::of(message), &Reader::public([case.case])), [], "{name}");
        assert!(!all.scan(&Letter::of(message), &stranger()).is_empty(), "{name}");
    }
}

#[test]
fn whoever_quotes_a_real_advisory_is_stopped() {
    let Some(corpus) = corpus() else { return };
    let public = Public::default();
    let mut rates = Rates::default();
    for name in ["xsa188.eml", "xsa214.eml", "xsa491.eml"] {
        rates.measure(name, &read(&corpus.join("dev/advisory").join(name)).unwrap(), &public);
    }
    rates.at_least_99_percent();
}

struct Stored {
    path: String,
    class: String,
    thread: String,
    message: Message,
}

/// The readable mails of the corpus, without those made to break parsers.
fn stored() -> Option<Vec<Stored>> {
    let corpus = corpus()?;
    let index = fs::read_to_string(corpus.join("index.tsv")).unwrap();
    let rows = index.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    let rows = rows.filter(|fields| fields[1] != "parser-torture" && corpus.join(fields[0]).is_file());
    let read = |fields: Vec<&str>| {
        let message = read(&corpus.join(fields[0]))?;
        Some(Stored { path: fields[0].to_owned(), class: fields[1].to_owned(), thread: fields[6].to_owned(), message })
    };
    Some(rows.filter_map(read).collect())
}

/// The cases of the corpus with their threads: all advisories and reports.
fn cases(stored: &[Stored]) -> Vec<(&str, CaseMaterial)> {
    let mut cases = Vec::new();
    for mail in stored {
        let number = i64::try_from(cases.len()).unwrap() + 1;
        match mail.class.as_str() {
            "advisory" => cases.push((mail.thread.as_str(), advisory_case(number, &mail.message))),
            "vulnerability-report" => cases.push((mail.thread.as_str(), report_case(number, &mail.message))),
            _ => {}
        }
    }
    cases
}

#[test]
fn unrelated_mail_passes() {
    let Some(stored) = stored() else { return };
    let cases = cases(&stored);
    let public = Public::default();
    let compiled: Vec<Arc<Fingerprints>> =
        cases.iter().map(|(_, material)| Arc::new(Fingerprints::compile(material, &public))).collect();
    let all = Firewall::new(compiled.clone());
    let mut without: BTreeMap<&str, Firewall> = BTreeMap::new();
    let (mut wrong, mut own) = (Vec::new(), Rate::default());
    for mail in &stored {
        let letter = Letter::of(&mail.message);
        let same: Vec<CaseId> =
            cases.iter().filter(|(thread, _)| *thread == mail.thread).map(|(_, material)| material.case).collect();
        let others = if same.is_empty() {
            &all
        } else {
            own.count(!all.scan(&letter, &stranger()).is_empty(), || mail.path.clone());
            without
                .entry(&mail.thread)
                .or_insert_with(|| Firewall::new(compiled.iter().filter(|one| !same.contains(&one.case())).cloned()))
        };
        let hits = others.scan(&letter, &stranger());
        if !hits.is_empty() {
            wrong.push(format!("{}: {hits:?}", mail.path));
        }
    }
    println!("{} mails against {} cases of other threads: {} stopped", stored.len(), cases.len(), wrong.len());
    own.at_least("mails of the case itself", 100);
    assert!(wrong.len() * 1000 <= stored.len() * 5, "{wrong:#?}");
}

/// Long lines of real reports, two at a time. Those missed are the sentences of crash logs and tools, which are anybody's.
#[test]
fn how_many_quotes_of_reports_are_stopped() {
    let Some(stored) = stored() else { return };
    let cases = cases(&stored);
    let materials: Vec<CaseMaterial> = cases.into_iter().map(|(_, material)| material).collect();
    let wall = wall(&materials, &Public::default());
    let mut rate = Rate::default();
    for mail in stored.iter().filter(|mail| mail.class == "vulnerability-report") {
        let prose = embargod::mail::own_words(&mail.message).text;
        let is_word = |word: &&str| {
            word.len() >= 2 && word.trim_matches([',', '.', '(', ')']).bytes().all(|byte| byte.is_ascii_alphabetic())
        };
        let lines: Vec<&str> = prose.lines().filter(|line| line.split_whitespace().filter(is_word).count() >= 7).collect();
        for (way, pair) in lines.windows(2).enumerate() {
            rate.count(!wall.scan(&Letter::of_text(&quoted(pair, way)), &stranger()).is_empty(), || format!("{pair:?}"));
        }
    }
    rate.at_least("two lines of a report", 80);
}

/// 5 ms for a letter of 8 KiB against 50 live cases, in the release build.
#[test]
fn a_scan_is_quick() {
    let own = own();
    let mut mails: Vec<Message> = own.into_iter().map(|(_, message)| message).collect();
    mails.extend(stored().into_iter().flatten().filter(|mail| mail.class == "vulnerability-report").map(|mail| mail.message));
    let public = Public::default();
    let materials: Vec<CaseMaterial> =
        (1..=50).zip(mails.iter().cycle()).map(|(number, message)| report_case(number, message)).collect();
    let before = Instant::now();
    let compiled: Vec<Arc<Fingerprints>> =
        materials.iter().map(|material| Arc::new(Fingerprints::compile(material, &public))).collect();
    let each = before.elapsed();
    let before = Instant::now();
    let wall = Firewall::new(compiled);
    let together = before.elapsed();
    let unrelated = fs::read_to_string(here("tests/firewall/unrelated.txt")).unwrap().repeat(4);
    let quoting = mails[0].text.repeat(4);
    let mut dice = Dice(3);
    let noise: String = (0..8192).map(|_| char::from(b'a' + u8::try_from(dice.below(26)).unwrap())).collect();
    for (what, text) in [("unrelated", &unrelated), ("quoting", &quoting), ("noise", &noise)] {
        let bytes = format!("Subject: x\r\n\r\n{}", &text[..text.len().min(8192)]);
        let before = Instant::now();
        let rounds = 20;
        for _ in 0..rounds {
            wall.scan(&Letter::of_bytes(bytes.as_bytes()), &stranger());
        }
        let once = before.elapsed() / rounds;
        println!("{what}: {once:?} for {} bytes against 50 cases", bytes.len());
        assert!(cfg!(debug_assertions) || once.as_millis() < 5, "{what}: {once:?}");
    }
    println!("compiled in {each:?}, put together in {together:?}");
}
