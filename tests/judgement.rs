//! The judgement of real mail, measured: classification, bounces, moderation and own words on the development corpus, where it lies beside the
//! project (or at `EMBARGOD_CORPUS`); says so on stdout where it does not. Figures and the confusion matrices go to stdout.
//!
//! Measured as the corpus asks: `List-*` and `Precedence` taken off, the mail readdressed to security@ (classification) or to the discussion
//! list (moderation); each figure by message and by thread, originals and rebuilt mails apart. A third of the corpus, by thread (the first
//! byte of the thread's SHA-256 divides by three), is not tuned to: its mails are counted and never shown, unless they were decided wrongly.
//! The finer labels are in `tests/judgement/gold.tsv`.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot read its input fails")]

mod rules_support;

#[path = "judgement/corpus.rs"]
mod corpus;
#[path = "judgement/figures.rs"]
mod figures;
#[path = "judgement/moderation.rs"]
mod moderating;

use std::collections::BTreeMap;

use embargod::{
    classify::{self, Arrived, Class, InboxRules, OurMarks, Ownership},
    mail::{self, BounceKind, Permanence},
};

use corpus::{Corpus, Part, gold, rule_text};
use figures::{Confusion, Share, per_cent};

const CLASSES: [(&str, Class); 8] = [
    ("vulnerability-report", Class::Report),
    ("predisclosure-application", Class::Application),
    ("application-followup", Class::Application),
    ("advisory", Class::Advisory),
    ("bounce", Class::Bounce),
    ("auto-reply", Class::AutoReply),
    ("spam", Class::Spam),
    ("other-inbound", Class::Other),
];

/// F1 of one class in per cent.
fn f1(matrix: &Confusion, class: Class) -> f64 {
    let name = class.as_str();
    let right = matrix.messages(|is| is == name, |taken_for| taken_for == name);
    let are = matrix.messages(|is| is == name, |_| true);
    // A mail of nobody's class is no error of precision for `report`: the team looks at it either way.
    let counts = |is: &str| !(class == Class::Report && is == Class::Other.as_str());
    per_cent(2 * right, are + matrix.messages(counts, |taken_for| taken_for == name))
}

#[test]
fn classification() {
    let Some(corpus) = Corpus::open() else { return };
    let project = rules_support::xen();
    let rules = InboxRules::parse("rules/inbox.toml", &rule_text("inbox.toml"), &project).unwrap();
    let marks = OurMarks { own_message_id: Ownership::NotOurs, loop_field: "X-Embargod-Loop", loop_value: "" };
    let (mut matrix, mut third) = (Confusion::default(), Confusion::default());
    let (mut found, mut sure, mut right) = (Share::default(), Share::default(), BTreeMap::new());
    let (mut lost, mut booked) = (Vec::new(), Vec::new());
    for (class, want) in CLASSES {
        for mail in corpus.mails(class, "security@xenproject.org") {
            let arrived = Arrived { message: &mail.message, envelope_to: Vec::new(), mailbox_for: None };
            let got = classify::classify(&arrived, &project, &marks, &rules);
            matrix.count(want.as_str(), got.class.as_str(), &mail);
            right.entry(want.as_str()).or_insert_with(Share::default).count(&mail, got.class == want);
            if mail.part == Part::Third {
                third.count(want.as_str(), got.class.as_str(), &mail);
            } else if got.class != want {
                let texts: Vec<&str> = got.reasons.iter().map(|reason| reason.text.as_str()).collect();
                println!("{}: {} by {} {texts:?}", mail.name, got.class.as_str(), got.rule);
            }
            if want == Class::Report {
                found.count(&mail, got.class == Class::Report);
                if mail.sure {
                    sure.count(&mail, got.class == Class::Report);
                }
                if !matches!(got.class, Class::Report | Class::Other) {
                    lost.push(mail.name.clone());
                }
            }
            if want == Class::AutoReply && got.class == Class::Bounce {
                booked.push(mail.name.clone());
            }
        }
    }
    let rows: Vec<&str> = [0, 1, 3, 4, 5, 6, 7].map(|at| CLASSES[at].1.as_str()).to_vec();
    matrix.print("classification, all", &rows, &rows);
    third.print("classification, the third not tuned to", &rows, &rows);
    for (class, share) in &right {
        println!("{class:14} {share}");
    }
    let six = [Class::Report, Class::Application, Class::Advisory, Class::Bounce, Class::AutoReply, Class::Spam];
    let macro_f1 = six.iter().map(|class| f1(&matrix, *class)).sum::<f64>() / 6.0;
    let third_f1 = six.iter().map(|class| f1(&third, *class)).sum::<f64>() / 6.0;
    println!("recall of reports          {found}\nrecall of reports for sure {sure}");
    println!("macro-F1 {macro_f1:.1} %, on the third not tuned to {third_f1:.1} %");
    assert_eq!(lost, Vec::<String>::new(), "reports taken for something that does not reach the team as one");
    assert_eq!(booked, Vec::<String>::new(), "automatic answers taken for bounces");
    assert!(sure.per_cent() >= 97.0 && found.per_cent() >= 93.0 && macro_f1 >= 92.0);
}

#[test]
fn bounces() {
    let Some(corpus) = Corpus::open() else { return };
    let gold = gold("bounce");
    let mut shares: BTreeMap<Part, Share> = BTreeMap::new();
    let mut matrix = Confusion::default();
    for mail in corpus.mails("bounce", "xen-security-issues-bounces@lists.xenproject.org") {
        let want = &gold[&mail.name];
        let bounce = mail::bounce(&mail.message);
        let recipient = bounce.as_ref().and_then(|b| b.recipient.as_ref()).map_or("-".to_owned(), ToString::to_string);
        let permanence = bounce.as_ref().map_or("none", |b| match (b.kind, b.permanence) {
            (BounceKind::Complaint, _) => "complaint",
            (_, Permanence::Permanent) => "permanent",
            (_, Permanence::Temporary) => "temporary",
            (_, Permanence::Unknown) => "unknown",
        });
        let is = |gold: &str, got: &str| gold.split('|').any(|one| one.eq_ignore_ascii_case(got));
        let right = is(&want[0], &recipient) && is(&want[1], permanence);
        shares.entry(mail.part).or_default().count(&mail, right);
        let first = want[1].split('|').next().unwrap();
        let gold = ["permanent", "temporary", "complaint"].into_iter().find(|name| *name == first).unwrap();
        matrix.count(gold, if is(&want[1], permanence) { gold } else { permanence }, &mail);
        if !right {
            println!("{}: {recipient} {permanence}, expected {want:?}", mail.name);
        }
    }
    let columns = ["permanent", "temporary", "complaint", "unknown", "none"];
    matrix.print("bounces", &columns[..3], &columns);
    for (part, share) in &shares {
        println!("recipient and permanence right, {part:?} {share}");
    }
    let all = shares.values().fold(Share::default(), Share::and);
    println!("recipient and permanence right {all}");
    assert!(all.per_cent() >= 90.0);
}

#[test]
fn own_words_of_replies() {
    let Some(corpus) = Corpus::open() else { return };
    let gold = gold("own");
    let mut share = Share::default();
    for mail in corpus.mails("reply-formats", "security@xenproject.org") {
        let want = &gold[&mail.name];
        let own = mail::own_words(&mail.message).text;
        let words: Vec<&str> = own.split_whitespace().collect();
        let ends = |from: usize, to: usize| words[from..to].join(" ");
        let got = [words.len().to_string(), ends(0, words.len().min(2)), ends(words.len().saturating_sub(2), words.len())];
        let right = want.iter().eq(got.iter());
        share.count(&mail, right);
        if !right {
            let short = got.each_ref().map(|text| text.chars().take(60).collect::<String>());
            println!("{}: {short:?}, expected {want:?}", mail.name);
        }
    }
    println!("own words right {share}");
    assert!(share.per_cent() >= 95.0);
}
