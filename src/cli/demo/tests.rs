//! The played parts must be as good as the real ones: what the played server says is believed and disbelieved by the house's own check.

use std::os::unix::fs::PermissionsExt as _;

use super::{
    ground::{Ground, GroundError, fitted},
    mails::{self, Heading, Mail, Writer},
    receiver::{Signature, received},
    stage::Trouble,
    tell,
};
use crate::{
    entropy::SeededEntropy,
    mail::{Address, AuthenticationTrust, Message, RawMessage, Unproven, authenticate},
};

fn trust() -> AuthenticationTrust {
    AuthenticationTrust { authserv_id: "mx.demo.example".to_owned(), received_by: "mx.demo.example".to_owned() }
}

fn pat() -> Writer {
    Writer { name: "Pat".to_owned(), address: "pat@bitfolk.example".parse().unwrap() }
}

fn post() -> Mail {
    let to: Address = "list@lists.example".parse().unwrap();
    let at = "2026-11-21T10:00:00Z".parse().unwrap();
    mails::policy(&Heading { from: &pat(), to: &to, subject: "A question", id: "post-1", at })
}

fn arrived(signature: Signature) -> Message {
    let bytes = received(&post(), signature, &trust(), 7, "2026-11-21T10:00:01Z".parse().unwrap());
    Message::parse(&RawMessage::new(bytes)).unwrap()
}

#[test]
fn a_genuine_mail_is_proven() {
    let message = arrived(Signature::Good);
    assert_eq!(authenticate(&message, &trust()).map(|proven| proven.address().to_string()), Ok("pat@bitfolk.example".to_owned()));
    assert_eq!(message.doubts, []);
}

#[test]
fn a_forged_mail_brings_its_own_proof_and_is_not_believed() {
    let message = arrived(Signature::Forged);
    let text = String::from_utf8(message.raw.bytes().to_vec()).unwrap();
    assert!(text.contains("dkim=pass"), "the forger claims it");
    assert_eq!(authenticate(&message, &trust()), Err(Unproven::NotPassed));
}

#[test]
fn what_the_server_writes_is_what_postfix_and_opendkim_write() {
    let bytes = received(&post(), Signature::Missing, &trust(), 7, "2026-11-21T10:00:01Z".parse().unwrap());
    let text = String::from_utf8(bytes).unwrap();
    let (top, _) = text.split_once("From: Pat").unwrap();
    assert_eq!(
        top.replace("\r\n", "\n"),
        "Return-Path: <pat@bitfolk.example>
X-Original-To: list@lists.example
Delivered-To: list@lists.example
Authentication-Results: mx.demo.example; dkim=none; dkim-atps=neutral
Received: from out.bitfolk.example (out.bitfolk.example [192.0.2.25])
\tby mx.demo.example (Postfix) with ESMTPS id DEMO0007
\tfor <list@lists.example>; Sat, 21 Nov 2026 10:00:01 +0000 (UTC)
"
    );
}

#[test]
fn a_reply_goes_where_the_notice_says_with_the_words_on_top() {
    let notice = "From: Desk <desk@x.example>\r\nReply-To: <desk+abc@x.example>\r\nMessage-ID: <n1@x.example>\r\nSubject: Waits\r\n\
                  Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n\r\nAnswer me.\r\n";
    let notice = Message::parse(&RawMessage::new(notice.as_bytes().to_vec())).unwrap();
    let reply = mails::reply(&pat(), &notice, "approve", "r1", "2026-11-21T11:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(
        (reply.recipient.to_string(), format!("{}\r\n{}", reply.header, reply.body).replace("\r\n", "\n")),
        (
            "desk+abc@x.example".to_owned(),
            "From: Pat <pat@bitfolk.example>
To: desk+abc@x.example
Subject: Re: Waits
Date: Sat, 21 Nov 2026 11:00:00 +0000
Message-ID: <r1@bitfolk.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
In-Reply-To: <n1@x.example>
References: <n1@x.example>

approve

On Sat, 21 Nov 2026 10:00:00 +0000, desk@x.example wrote:
> Answer me.
"
            .to_owned()
        )
    );
}

#[test]
fn a_notice_without_reply_to_cannot_be_answered() {
    let notice = Message::parse(&RawMessage::new(b"From: a@x.example\r\nSubject: s\r\n\r\nt\r\n".to_vec())).unwrap();
    assert!(mails::reply(&pat(), &notice, "approve", "r1", "2026-11-21T11:00:00Z".parse().unwrap()).is_none());
}

#[test]
fn what_is_not_so_stops_the_story() {
    let Err(Trouble::Untrue(claim)) = tell::so(false, "74 of 75 members have it") else { panic!("it was told all the same") };
    assert_eq!(Trouble::Untrue(claim).to_string(), "NOT AS TOLD: 74 of 75 members have it");
}

#[test]
fn the_ground_is_private_and_taken_once() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("a/b");
    let ground = Ground::prepare(Some(dir.clone()), 0, &mut SeededEntropy::new(1)).unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(ground.root()), mode(&ground.config()), mode(&ground.out())), (0o700, 0o600, 0o700));
    let again = Ground::prepare(Some(dir), 0, &mut SeededEntropy::new(1));
    assert!(matches!(again, Err(GroundError::EarlierDemo(_))), "{again:?}");
}

#[test]
fn who_plays_is_mona_unless_it_is_root() {
    let shipped = include_str!("../../../config/demo.toml");
    assert_eq!(fitted(0), shipped);
    let ours = fitted(1001);
    let added: Vec<&str> = ours.lines().filter(|line| !shipped.lines().any(|known| known == *line)).collect();
    assert_eq!(added, ["# You, on this machine.", "uid = 1001"]);
    let (_, mona) = ours.split_once("name = \"mona\"").unwrap();
    assert!(mona.find("uid = 1001") < mona.find("[[team]]"), "it stands in Mona's table");
}
