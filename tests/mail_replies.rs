//! Replies as mail programs write them (`tests/mail/replies/NAME.eml`), each with the own words expected (`NAME.own.txt`).
//!
//! The files have LF line ends, as git likes them; on the wire there is CRLF.

#![expect(clippy::unwrap_used, reason = "tests panic when something is missing")]

use std::{fs, path::PathBuf};

use embargod::mail::{self, CommandText, Message, Quoting, RawMessage, RemovedKind, WordSource};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/mail/replies")
}

fn reply(name: &str) -> Message {
    let bytes = fs::read(folder().join(name).with_extension("eml")).unwrap();
    let mut wire = Vec::with_capacity(bytes.len() + 100);
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        wire.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
        wire.extend_from_slice(b"\r\n");
    }
    Message::parse(&RawMessage::new(wire)).unwrap()
}

#[test]
fn own_words_of_every_mail_program() {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().unwrap().strip_suffix(".eml").map(str::to_owned))
        .collect();
    names.sort();
    assert!(names.len() >= 80, "only {} fixtures", names.len());
    for name in names {
        let message = reply(&name);
        let expected = fs::read_to_string(folder().join(format!("{name}.own.txt"))).unwrap();
        assert_eq!(mail::own_words(&message).text, expected.trim_end(), "{name}");
        assert!(message.doubts.is_empty(), "{name}: {:?}", message.doubts);
        assert!(!mail::html_says_otherwise(&message), "{name}");
        let command = match mail::command_words(&message) {
            CommandText::Words(words) => words,
            CommandText::HtmlOnly => {
                assert!(name.starts_with("html-"), "{name}");
                continue;
            }
            CommandText::Empty => String::new(),
        };
        assert_eq!(command, expected.trim_end(), "{name}");
    }
}

#[test]
fn html_and_nothing_hold_no_command() {
    assert_eq!(mail::command_words(&reply("html-only")), CommandText::HtmlOnly);
    assert_eq!(mail::command_words(&reply("empty")), CommandText::Empty);
    assert_eq!(mail::command_words(&reply("only-a-quote")), CommandText::Empty);
    assert_eq!(mail::own_words(&reply("html-only")).source, WordSource::Html);
    assert_eq!(mail::own_words(&reply("empty")).source, WordSource::Nothing);
}

#[test]
fn what_was_taken_out_is_listed() {
    let kinds =
        |name: &str| -> Vec<RemovedKind> { mail::own_words(&reply(name)).removed.iter().map(|removed| removed.kind).collect() };
    assert_eq!(kinds("gmail-top"), [RemovedKind::Attribution, RemovedKind::Quote]);
    assert_eq!(kinds("outlook-web"), [RemovedKind::Appended]);
    assert_eq!(kinds("apple-ios"), [RemovedKind::Signature, RemovedKind::Quote]);
    assert_eq!(kinds("exchange-banner"), [RemovedKind::Banner, RemovedKind::Banner, RemovedKind::Disclaimer]);
    assert_eq!(kinds("patch-after-signature"), [RemovedKind::Signature, RemovedKind::Patch]);
    assert_eq!(kinds("console-log"), [RemovedKind::Log]);
    assert_eq!(kinds("list-footer"), [RemovedKind::ListFooter]);
    assert_eq!(mail::own_words(&reply("console-log")).quoting, Quoting::None);
    assert_eq!(mail::own_words(&reply("gmail-top")).quoting, Quoting::Some);
    let words = mail::own_words(&reply("thunderbird-bottom"));
    let signature = words.removed.iter().find(|removed| removed.kind == RemovedKind::Signature).unwrap();
    assert_eq!(signature.text, "-- \nDana Roe\nreject nothing");
}
