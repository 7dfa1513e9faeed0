//! Real mail, where it is at hand: a corpus beside the project that is no part of it. Without it these tests say so and pass; what they
//! guard is then guarded by the fixtures of `tests/mail/` and the module tests alone.

#![expect(clippy::unwrap_used, reason = "tests panic when something is missing")]

use std::{fs, path::PathBuf};

use embargod::mail::{self, AutomaticKind, Doubt, Message, Quoting, RawMessage};

struct Stored {
    name: String,
    message: Message,
}

/// The readable messages of one class; `None` where there is no corpus.
fn class(name: &str) -> Option<Vec<Stored>> {
    let folder = [".", "..", "../.."]
        .iter()
        .map(|up| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(up).join("../shared/corpus/dev"))
        .find(|path| path.is_dir());
    let Some(folder) = folder else {
        println!("no corpus beside the project: {name} not checked");
        return None;
    };
    let mut stored: Vec<Stored> = fs::read_dir(folder.join(name))
        .unwrap()
        .filter_map(|entry| {
            let entry = entry.unwrap();
            let raw = RawMessage::new(on_the_wire(&fs::read(entry.path()).unwrap()));
            Some(Stored { name: entry.file_name().into_string().unwrap(), message: Message::parse(&raw).ok()? })
        })
        .collect();
    stored.sort_by(|a, b| a.name.cmp(&b.name));
    Some(stored)
}

/// The corpus stores some messages with LF; servers hand out CRLF.
fn on_the_wire(bytes: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(bytes.len() + 1000);
    let mut previous = 0;
    for &byte in bytes {
        if byte == b'\n' && previous != b'\r' {
            wire.push(b'\r');
        }
        wire.push(byte);
        previous = byte;
    }
    wire
}

const NO_BOUNCE: [&str; 11] = [
    "advisory",
    "application-followup",
    "auto-reply",
    "discuss-ambiguous",
    "discuss-policy",
    "discuss-technical",
    "other-inbound",
    "predisclosure-application",
    "reply-formats",
    "spam",
    "vulnerability-report",
];

#[test]
fn every_bounce_is_one_and_nothing_else_is() {
    let Some(bounces) = class("bounce") else { return };
    let found: Vec<_> = bounces.iter().filter_map(|stored| mail::bounce(&stored.message)).collect();
    let recipients = found.iter().filter(|bounce| bounce.recipient.is_some()).count();
    println!("bounces recognised: {} of {}, {recipients} with a recipient", found.len(), bounces.len());
    assert_eq!(found.len(), bounces.len());
    // The ARF report in there names none.
    assert!(recipients + 1 >= bounces.len());
    for name in NO_BOUNCE {
        for stored in class(name).unwrap() {
            assert_eq!(mail::bounce(&stored.message), None, "{name}/{}", stored.name);
        }
    }
}

#[test]
fn auto_replies_are_found_and_no_person_is_taken_for_one() {
    let Some(replies) = class("auto-reply") else { return };
    for stored in &replies {
        let kind = mail::automatic(&stored.message).map(|mark| mark.kind);
        assert!(matches!(kind, Some(AutomaticKind::AutoReply | AutomaticKind::Vacation)), "{}: {kind:?}", stored.name);
    }
    println!("auto-replies recognised: {0} of {0}", replies.len());
    for name in NO_BOUNCE.into_iter().filter(|name| !["auto-reply", "spam"].contains(name)) {
        for stored in class(name).unwrap() {
            let kind = mail::automatic(&stored.message).map(|mark| mark.kind);
            assert!(
                matches!(kind, None | Some(AutomaticKind::ListMail | AutomaticKind::Bulk)),
                "{name}/{}: {kind:?}",
                stored.name
            );
        }
    }
}

#[test]
fn ordinary_mail_is_not_doubted() {
    for name in ["discuss-technical", "discuss-policy", "discuss-ambiguous", "vulnerability-report", "advisory"] {
        let Some(stored) = class(name) else { return };
        for stored in stored {
            // Archives without addresses: "security@....org".
            let doubts: Vec<&Doubt> = stored.message.doubts.iter().filter(|doubt| **doubt != Doubt::NoAuthor).collect();
            assert!(doubts.is_empty(), "{name}/{}: {doubts:?}", stored.name);
            assert!(!mail::html_says_otherwise(&stored.message), "{name}/{}", stored.name);
        }
    }
}

#[test]
fn quotes_of_every_mail_program_are_seen() {
    let Some(stored) = class("reply-formats") else { return };
    let own_only =
        ["ghreply-correct_sig.eml", "ghreply-email_iPhone.eml", "ghreply-email_multi_word_sent_from_my_mobile_device.eml"];
    for stored in stored {
        let words = mail::own_words(&stored.message);
        assert_eq!(words.quoting == Quoting::None, own_only.contains(&stored.name.as_str()), "{}", stored.name);
        assert!(!words.text.is_empty(), "{}", stored.name);
        for gone in ["wrote:", "schreef", "napisał", "skrev", "> "] {
            // One of them says "Something wrote:" itself.
            assert!(
                !words.text.contains(gone) || stored.name == "wdreply-email_23_1.eml",
                "{}: {gone:?} in\n{}",
                stored.name,
                words.text
            );
        }
    }
}

#[test]
fn own_words_remain_of_every_post() {
    for name in ["discuss-technical", "discuss-policy", "discuss-ambiguous", "vulnerability-report"] {
        let Some(stored) = class(name) else { return };
        for stored in stored {
            assert!(!mail::own_words(&stored.message).text.is_empty(), "{name}/{}", stored.name);
        }
    }
}

#[test]
fn malformed_mail_is_read_or_refused() {
    let Some(stored) = class("parser-torture") else { return };
    println!("parser-torture: {} readable", stored.len());
    let mut doubted = 0;
    for stored in &stored {
        mail::own_words(&stored.message);
        mail::command_words(&stored.message);
        mail::bounce(&stored.message);
        mail::automatic(&stored.message);
        doubted += usize::from(!stored.message.doubts.is_empty());
    }
    println!("parser-torture: {doubted} doubted");
    assert!(doubted > 0);
}
