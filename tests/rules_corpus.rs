//! The rules on the development corpus of real mail, where it lies beside the project; says so on stdout where it does not.
//!
//! Measured as the corpus asks: `List-*` and `Precedence` taken off, the mail readdressed to security@ (classification) or to the discussion
//! list (moderation).

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot read its input fails")]

mod rules_support;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use embargod::{
    classify::{self, Arrived, Class, OurMarks, Ownership},
    disclosure::Poster,
    mail::{HeaderEdit, Message, NewField, RawMessage},
    moderation::{self, Action, Circumstances, ModerationMode, Thread},
};

fn corpus() -> Option<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/dev");
    let dir = if dir.is_dir() { dir } else { PathBuf::from(std::env::var_os("EMBARGOD_CORPUS")?) };
    dir.is_dir().then_some(dir)
}

/// The mails of one class, readdressed: name and message.
fn mails(dir: &Path, class: &str, to: &str) -> Vec<(String, Message)> {
    let mut files: Vec<PathBuf> = fs::read_dir(dir.join(class)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
        .into_iter()
        .map(|file| (file.file_name().unwrap().to_string_lossy().into_owned(), readdressed(&fs::read(&file).unwrap(), to)))
        .collect()
}

fn readdressed(bytes: &[u8], to: &str) -> Message {
    let bytes = bytes.strip_prefix(b"From ").map_or(bytes, |rest| &rest[rest.iter().position(|b| *b == b'\n').unwrap() + 1..]);
    let crlf = String::from_utf8_lossy(&[]).is_empty() && bytes.windows(2).any(|pair| pair == b"\r\n");
    let mut text = Vec::new();
    for &byte in bytes {
        if byte == b'\n' && !crlf {
            text.push(b'\r');
        }
        text.push(byte);
    }
    let mut edit = HeaderEdit::of(&text);
    let lists = [
        "precedence",
        "mailing-list",
        "x-mailing-list",
        "x-beenthere",
        "to",
        "cc",
        "delivered-to",
        "x-original-to",
        "envelope-to",
    ];
    edit.remove_where(|field| {
        let name = field.name.to_ascii_lowercase();
        name.starts_with("list-") || lists.contains(&name.as_str())
    });
    edit.add(NewField::ascii("To", to).unwrap());
    Message::parse(&RawMessage::new(edit.emit())).unwrap()
}

fn wanted(class: &str) -> Option<Class> {
    Some(match class {
        "vulnerability-report" => Class::Report,
        "predisclosure-application" | "application-followup" => Class::Application,
        "advisory" => Class::Advisory,
        "bounce" => Class::Bounce,
        "auto-reply" => Class::AutoReply,
        "spam" => Class::Spam,
        "other-inbound" => Class::Other,
        _ => return None,
    })
}

#[test]
fn classification_of_the_corpus() {
    let Some(dir) = corpus() else {
        println!("no ../shared/corpus: classification not measured");
        return;
    };
    let project = rules_support::xen();
    let rules = classify::built_in_rules(&project).unwrap();
    let marks = OurMarks { own_message_id: Ownership::NotOurs, loop_field: "X-Embargod-Loop", loop_value: "" };
    let mut matrix: BTreeMap<(Class, Class), usize> = BTreeMap::new();
    let mut lost = Vec::new();
    let classes = [
        "vulnerability-report",
        "predisclosure-application",
        "application-followup",
        "advisory",
        "bounce",
        "auto-reply",
        "spam",
        "other-inbound",
    ];
    for class in classes {
        let want = wanted(class).unwrap();
        for (name, message) in mails(&dir, class, "security@xenproject.org") {
            let arrived = Arrived { message: &message, envelope_to: Vec::new(), mailbox_for: None };
            let got = classify::classify(&arrived, &project, &marks, &rules);
            *matrix.entry((want, got.class)).or_default() += 1;
            if got.class != want {
                println!(
                    "{class}/{name}: {} by {} {:?}",
                    got.class.as_str(),
                    got.rule,
                    got.reasons.first().map(|reason| &reason.text)
                );
            }
            if want == Class::Report && !matches!(got.class, Class::Report | Class::Other) {
                lost.push(name);
            }
        }
    }
    for ((want, got), count) in &matrix {
        println!("{:12} as {:12} {count}", want.as_str(), got.as_str());
    }
    assert_eq!(lost, Vec::<String>::new(), "reports taken for something that does not reach the team as one");
    let count = |want: Class, got: Class| matrix.get(&(want, got)).copied().unwrap_or(0);
    let reports: usize = matrix.iter().filter(|((want, _), _)| *want == Class::Report).map(|(_, count)| count).sum();
    assert!(count(Class::Report, Class::Report) * 100 >= reports * 93, "recall of reports");
}

#[test]
fn moderation_of_the_corpus() {
    let Some(dir) = corpus() else {
        println!("no ../shared/corpus: moderation not measured");
        return;
    };
    let project = rules_support::xen();
    let rules = moderation::built_in_rules(&project).unwrap();
    let team = rules_support::team();
    let poster = Poster::Member { organisation: "Example".to_owned() };
    let known = Circumstances {
        poster: &poster,
        live: &[],
        thread_is_live: Thread::AssumedLive,
        mode: ModerationMode::Automatic,
        team: &team,
    };
    let mut wrong = Vec::new();
    for class in ["discuss-technical", "discuss-policy", "discuss-ambiguous"] {
        let (mut approved, mut rejected, mut all) = (0, 0, 0);
        let mut suggested: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, message) in mails(&dir, class, "xen-security-issues-discuss@lists.xenproject.org") {
            let verdict = moderation::judge(&message, &known, &project, &rules);
            all += 1;
            match verdict.action {
                Action::Approve => approved += 1,
                Action::Reject => rejected += 1,
                Action::Hold => *suggested.entry(verdict.suggests.as_str()).or_default() += 1,
            }
            let gate = &verdict.gate;
            let texts: Vec<&str> = verdict.reasons.iter().map(|reason| reason.text.as_str()).collect();
            println!(
                "{class}/{name}: {} ({}) by {:?} gate {gate:?} {texts:?}",
                verdict.action.as_str(),
                verdict.suggests.as_str(),
                verdict.rule
            );
            let allowed = match class {
                "discuss-technical" => verdict.action != Action::Reject,
                "discuss-policy" => verdict.action != Action::Approve,
                _ => verdict.action == Action::Hold,
            };
            if !allowed {
                wrong.push(name);
            }
        }
        println!("{class}: {all} mails, {approved} approved, {rejected} rejected, held with suggestion {suggested:?}");
    }
    assert_eq!(wrong, Vec::<String>::new(), "decided without a person, and wrongly");
}
