//! How fast mail is judged: parse, classify and moderate, against a bare pass of the MIME library over the same bytes.
//!
//! ```text
//! cargo bench --bench judgement
//! ```
//!
//! The two passes alternate in one process on one thread, so that a busy machine slows both: the ratio is the figure to quote, the messages a
//! second belong to the machine. The mails are the project's own samples and replies, and the corpus beside the project where it lies there
//! (`../shared/corpus`, or the folder that `EMBARGOD_CORPUS` names). `ROUNDS=n` sets the number of rounds.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a benchmark that cannot read its input stops")]

use std::{
    env, fs,
    hint::black_box,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use embargod::{
    classify::{self, Arrived, OurMarks, Ownership},
    disclosure::Poster,
    mail::{Message, RawMessage},
    moderation::{self, Circumstances, ModerationMode, Thread},
};

#[path = "../tests/rules_support/mod.rs"]
mod rules_support;

const ROUNDS: usize = 31;

fn main() {
    let mails = mails();
    let bytes: usize = mails.iter().map(RawMessage::len).sum();
    println!("{} mails, {bytes} bytes, {} a mail", mails.len(), bytes / mails.len().max(1));
    let project = rules_support::xen();
    let inbox = classify::built_in_rules(&project).expect("the rules are good");
    let discuss = moderation::built_in_rules(&project).expect("the rules are good");
    let marks = OurMarks { own_message_id: Ownership::NotOurs, loop_field: "X-Embargod-Loop", loop_value: "" };
    let team = rules_support::team();
    let poster = Poster::Member { organisation: "Example".to_owned() };
    let known = Circumstances {
        poster: &poster,
        live: &[],
        thread_is_live: Thread::AssumedLive,
        mode: ModerationMode::Automatic,
        team: &team,
    };
    let judge = |message: &Message| {
        let arrived = Arrived { message, envelope_to: Vec::new(), mailbox_for: None };
        black_box(classify::classify(&arrived, &project, &marks, &inbox));
        black_box(moderation::judge(message, &known, &project, &discuss));
    };
    let bare = || {
        for raw in &mails {
            black_box(mail_parser::MessageParser::default().parse(raw.bytes()));
        }
    };
    let parse = || {
        for raw in &mails {
            let _ = black_box(Message::parse(raw));
        }
    };
    let all = || {
        for raw in &mails {
            if let Ok(message) = Message::parse(raw) {
                judge(&message);
            }
        }
    };
    let rounds = env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
    // Patterns compile and their automata fill at first use; a daemon pays for that once.
    all();
    let mut bare_times = Vec::new();
    let mut parse_times = Vec::new();
    let mut all_times = Vec::new();
    for _ in 0..rounds {
        bare_times.push(timed(bare));
        parse_times.push(timed(parse));
        all_times.push(timed(all));
    }
    let base = Figures::of(bare_times);
    base.print("bare mail-parser", &base, mails.len());
    Figures::of(parse_times).print("parse", &base, mails.len());
    Figures::of(all_times).print("parse, classify, moderate", &base, mails.len());
}

fn timed(pass: impl Fn()) -> Duration {
    let started = Instant::now();
    pass();
    started.elapsed()
}

struct Figures {
    min: Duration,
    median: Duration,
}

impl Figures {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort();
        let at = |index: usize| times.get(index).copied().unwrap_or_default();
        Self { min: at(0), median: at(times.len() / 2) }
    }

    fn print(&self, what: &str, base: &Figures, mails: usize) {
        let rate = |time: Duration| mails as f64 / time.as_secs_f64();
        let ratio = |time: Duration, base: Duration| time.as_secs_f64() / base.as_secs_f64();
        println!(
            "{what:26} best {:9.3?} ({:7.0} mails/s, ratio {:.2})  median {:9.3?} ({:7.0} mails/s, ratio {:.2})",
            self.min,
            rate(self.min),
            ratio(self.min, base.min),
            self.median,
            rate(self.median),
            ratio(self.median, base.median),
        );
    }
}

/// The project's samples, and the corpus where there is one.
fn mails() -> Vec<RawMessage> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in
        ["rules/inbox/samples", "rules/discuss/samples", "rules/application/samples", "rules/advisory/samples", "tests/mail"]
    {
        gather(&root.join(folder), &mut files);
    }
    let corpus = env::var_os("EMBARGOD_CORPUS").map_or_else(|| root.join("../shared/corpus/dev"), PathBuf::from);
    let own = files.len();
    gather(&corpus, &mut files);
    println!("{own} mails of the project, {} of the corpus beside it", files.len() - own);
    files.sort();
    files.iter().map(|file| RawMessage::new(crlf(&fs::read(file).expect("a sample can be read")))).collect()
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            gather(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "eml") {
            files.push(path);
        }
    }
}

/// As a server hands mail over: CRLF throughout, unless the file already has one.
fn crlf(bytes: &[u8]) -> Vec<u8> {
    if bytes.windows(2).any(|pair| pair == b"\r\n") {
        return bytes.to_vec();
    }
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 40);
    for &byte in bytes {
        if byte == b'\n' {
            out.push(b'\r');
        }
        out.push(byte);
    }
    out
}
