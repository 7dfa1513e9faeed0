//! Any bytes as a notice of a mail system: the first byte says how it presents itself.

#![no_main]

use embargod::mail::{self, Message, RawMessage};
use libfuzzer_sys::fuzz_target;

const HEADS: [&str; 5] = [
    "",
    "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.member.example\r\nSubject: Undelivered Mail Returned to Sender\r\n\r\n",
    "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.member.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nsee below\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n",
    "From: fbl@isp.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\n",
    "From: postmaster@member.example\r\nSubject: Undeliverable: x\r\n",
];

mod panics;

fuzz_target!(init: panics::of_the_library_are_caught(), |bytes: &[u8]| {
    let Some((choice, rest)) = bytes.split_first() else { return };
    let mut raw = HEADS[usize::from(*choice) % HEADS.len()].as_bytes().to_vec();
    raw.extend_from_slice(rest);
    let Ok(message) = Message::parse(&RawMessage::new(raw)) else { return };
    mail::automatic(&message);
    if let Some(bounce) = mail::bounce(&message) {
        assert!(bounce.diagnostic.is_none_or(|said| said.chars().count() <= 500 && !said.chars().any(char::is_control)));
        assert!(bounce.status.is_none_or(|status| status.len() <= 9));
    }
});
