//! How fast mail is judged: parse, classify and moderate, against a bare pass of the MIME library over the same bytes.
//!
//! ```text
//! cargo bench --bench judgement
//! ```
//!
//! The passes alternate in one process on one thread, so that a busy machine slows all of them: the ratio is the figure to quote, the messages a
//! second belong to the machine. The corpus beside the project (`../shared/corpus/dev`, or the folder that `EMBARGOD_CORPUS` names) and the
//! project's own samples and replies are measured apart: those are mostly a few lines long, so that what a message costs whatever its length
//! tells there. `ROUNDS=n` sets the number of rounds; `OF=corpus` leaves the other out; `ONLY="parse, classify"` runs that pass alone, for a
//! profiler.
//!
//! ```text
//! cargo bench --bench judgement -- --torture
//! ```
//!
//! Hostile mails of 25 MB through everything that looks at words: parse, classify, moderate, application, advisory lint; seconds, and the most
//! memory held at once as a multiple of the mail's size. At most 2 s and 10 times are allowed.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a benchmark that cannot read its input stops")]

use std::{
    env, fs,
    hint::black_box,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use embargod::{
    classify::{self, Arrived, InboxRules, OurMarks, Ownership},
    disclosure::{Person, Poster, Project},
    mail::{Message, RawMessage},
    moderation::{self, Circumstances, DiscussRules, ModerationMode, Thread},
};

#[path = "../tests/rules_support/mod.rs"]
mod rules_support;
#[path = "judgement/torture.rs"]
mod torture;

const ROUNDS: usize = 31;

fn main() {
    let project = rules_support::xen();
    let inbox = classify::built_in_rules(&project).expect("the rules are good");
    let discuss = moderation::built_in_rules(&project).expect("the rules are good");
    let team = rules_support::team();
    let judges = Judges { project, inbox, discuss, team };
    if env::args().any(|argument| argument == "--torture") {
        torture::run(&judges);
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own =
        ["rules/inbox/samples", "rules/discuss/samples", "rules/application/samples", "rules/advisory/samples", "tests/mail"];
    let own: Vec<PathBuf> = own.iter().map(|folder| root.join(folder)).collect();
    let corpus = env::var_os("EMBARGOD_CORPUS").map_or_else(|| root.join("../shared/corpus/dev"), PathBuf::from);
    let wanted = env::var("OF").ok();
    for (name, folders) in [("corpus", vec![corpus]), ("project", own)] {
        if wanted.as_deref().is_some_and(|wanted| wanted != name) {
            continue;
        }
        let mails = mails(&folders);
        if mails.is_empty() {
            println!("{name}: no mails there");
            continue;
        }
        judges.measure(name, &mails);
    }
}

struct Judges {
    project: Project,
    inbox: InboxRules,
    discuss: DiscussRules,
    team: Vec<Person>,
}

impl Judges {
    fn classify(&self, message: &Message) {
        let marks = OurMarks { own_message_id: Ownership::NotOurs, loop_field: "X-Embargod-Loop", loop_value: "" };
        let arrived = Arrived { message, envelope_to: Vec::new(), mailbox_for: None };
        black_box(classify::classify(&arrived, &self.project, &marks, &self.inbox));
    }

    fn moderate(&self, message: &Message) {
        let poster = Poster::Member { organisation: "Example".to_owned() };
        let known = Circumstances {
            poster: &poster,
            live: &[],
            thread_is_live: Thread::AssumedLive,
            mode: ModerationMode::Automatic,
            team: &self.team,
        };
        black_box(moderation::judge(message, &known, &self.project, &self.discuss));
    }

    /// Each pass does what the one before it does, and more.
    fn measure(&self, name: &str, mails: &[RawMessage]) {
        let bytes: usize = mails.iter().map(RawMessage::len).sum();
        println!("{name}: {} mails, {bytes} bytes, {} a mail", mails.len(), bytes / mails.len());
        let bare = || {
            for raw in mails {
                black_box(mail_parser::MessageParser::default().parse(raw.bytes()));
            }
        };
        let each = |then: &dyn Fn(&Message)| {
            for raw in mails {
                if let Ok(message) = black_box(Message::parse(raw)) {
                    then(&message);
                }
            }
        };
        let classify = |message: &Message| self.classify(message);
        let all = |message: &Message| {
            self.classify(message);
            self.moderate(message);
        };
        let words = |message: &Message| {
            black_box(message.own_words());
        };
        // Patterns compile and their automata fill at first use; a daemon pays for that once.
        each(&all);
        let passes: [(&str, &dyn Fn()); 5] = [
            ("bare mail-parser", &bare),
            ("parse", &|| each(&|_| ())),
            ("parse, own words", &|| each(&words)),
            ("parse, classify", &|| each(&classify)),
            ("parse, classify, moderate", &|| each(&all)),
        ];
        let rounds = env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
        if let Some((_, pass)) = env::var("ONLY").ok().and_then(|only| passes.into_iter().find(|(name, _)| *name == only)) {
            return profiled(pass, rounds);
        }
        let mut times = passes.map(|_| Vec::new());
        for _ in 0..rounds {
            for ((_, pass), times) in passes.iter().zip(&mut times) {
                times.push(timed(pass));
            }
        }
        let figures = times.map(Figures::of);
        for ((what, _), figure) in passes.iter().zip(&figures) {
            figure.print(what, &figures[0], mails.len());
        }
    }
}

/// Nothing but one pass, under a name that profilers find (`callgrind --toggle-collect='*profiled*'`).
#[inline(never)]
fn profiled(pass: &dyn Fn(), rounds: usize) {
    (0..rounds).for_each(|_| pass());
}

fn timed(pass: &dyn Fn()) -> Duration {
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
            "  {what:26} best {:9.3?} ({:7.0} mails/s, ratio {:.2})  median {:9.3?} ({:7.0} mails/s, ratio {:.2})",
            self.min,
            rate(self.min),
            ratio(self.min, base.min),
            self.median,
            rate(self.median),
            ratio(self.median, base.median),
        );
    }
}

/// The mails in these folders.
fn mails(folders: &[PathBuf]) -> Vec<RawMessage> {
    let mut files = Vec::new();
    folders.iter().for_each(|folder| gather(folder, &mut files));
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
