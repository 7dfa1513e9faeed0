//! Notices of mail systems (`tests/mail/bounces/NAME.eml`), and mail that only looks like one. The first line says what is expected:
//! `X-Expect: KIND RECIPIENT PERMANENCE` (`|` between two readings that are both right), or `X-Expect: none AUTOMATON` for what is no bounce.

use std::{fs, path::PathBuf};

use embargod::mail::{self, AutomaticKind, BounceKind, Message, Permanence, RawMessage};

fn kind(kind: BounceKind) -> &'static str {
    match kind {
        BounceKind::Failed => "failed",
        BounceKind::Delayed => "delayed",
        BounceKind::Delivered => "delivered",
        BounceKind::Complaint => "complaint",
    }
}

fn permanence(permanence: Permanence) -> &'static str {
    match permanence {
        Permanence::Permanent => "permanent",
        Permanence::Temporary => "temporary",
        Permanence::Unknown => "unknown",
    }
}

fn automaton(message: &Message) -> &'static str {
    match mail::automatic(message).map(|mark| mark.kind) {
        None => "none",
        Some(AutomaticKind::AutoReply) => "auto-reply",
        Some(AutomaticKind::Vacation) => "vacation",
        Some(AutomaticKind::ChallengeResponse) => "challenge-response",
        Some(AutomaticKind::Mailer) => "mailer",
        Some(AutomaticKind::Generated) => "generated",
        Some(AutomaticKind::Bulk) => "bulk",
        Some(AutomaticKind::ListMail) => "list",
    }
}

#[test]
fn notices_of_mail_systems() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/mail/bounces");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 55, "only {} fixtures", files.len());
    let mut wrong = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        let (expect, mail) = text.split_once('\n').unwrap();
        let expect = expect.strip_prefix("X-Expect: ").unwrap();
        let message = Message::parse(&RawMessage::new(mail.replace('\n', "\r\n").into_bytes())).unwrap();
        let got = match mail::bounce(&message) {
            None => format!("none {}", automaton(&message)),
            Some(found) => {
                let recipient = found.recipient.as_ref().map_or("-".to_owned(), ToString::to_string);
                format!("{} {recipient} {}", kind(found.kind), permanence(found.permanence))
            }
        };
        let right = expect.split(' ').zip(got.split(' ')).all(|(want, got)| want.split('|').any(|want| want == got))
            && expect.split(' ').count() == got.split(' ').count();
        if !right {
            wrong.push(format!("{}: {got}, expected {expect}", file.file_stem().unwrap().to_string_lossy()));
        }
    }
    assert!(wrong.is_empty(), "{} of {}: {wrong:#?}", wrong.len(), files.len());
}
