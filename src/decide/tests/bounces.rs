//! Bounces are booked by a secret of ours, to whom they name, and by nothing else.

use super::*;
use crate::decide::snapshot::{Returned, ReturnedLetter};

fn returned() -> Returned {
    Returned {
        delivery: 12,
        recipient: address("psirt@beta.example"),
        kind: "redistribution".to_owned(),
        label: Label::Post(InboxId::of_row(5)),
        about: Some(InboxId::of_row(5)),
        total: 75,
        fine: 75,
        booked: None,
    }
}

fn dsn(action: &str, status: &str) -> String {
    format!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@beta.example\nTo: exo-issues-discuss-bounces+{TOKEN}@lists.example.org\nSubject: Undelivered\n\
         MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\nno\n\
         --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.beta.example\n\nFinal-Recipient: rfc822; psirt@beta.example\n\
         Action: {action}\nStatus: {status}\n\n--b--\n"
    )
}

#[test]
fn bounces_are_booked_by_their_return_path() {
    // Booked.
    let scene = Scene::new().with(|known| known.returned = Some(returned()));
    assert_eq!(
        scene.told(&dsn("failed", "5.1.1")),
        [
            "decided: bounce by bounce",
            "note unproven: no Received field of our receiving server",
            "bounce 12 5.1.1 permanent=true",
            "note bounced about 5: delivery 12 came back: 5.1.1",
            "confidential delivery-summary to mona@team.example.org nils@team.example.org about 5",
        ]
    );
    // A second time.
    let scene = Scene::new()
        .with(|known| known.returned = Some(returned()))
        .with(|known| known.returned.as_mut().unwrap().booked = Some(at(NOW)));
    assert_eq!(
        scene.told(&dsn("failed", "5.1.1")),
        [
            "decided: bounce by bounce",
            "note unproven: no Received field of our receiving server",
            "note bounced-again about 5: delivery 12 has come back before",
        ]
    );
    // Only late.
    let scene = Scene::new().with(|known| known.returned = Some(returned()));
    assert_eq!(
        scene.told(&dsn("delayed", "4.4.7")),
        [
            "decided: bounce by bounce",
            "note unproven: no Received field of our receiving server",
            "note bounce-no-failure: a notice about a delivery that has not failed",
        ]
    );
    // For a mail we never sent.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&dsn("failed", "5.1.1")),
        [
            "decided: bounce by bounce",
            "note unproven: no Received field of our receiving server",
            "note bounce-unknown: it came to no return path of ours; recorded and not acted on",
        ]
    );
}

/// The letter went to these; the bounce came to the letter's key.
fn letter(named: &[&str]) -> ReturnedLetter {
    let copy = |(delivery, recipient): (i64, &str)| Returned {
        delivery,
        recipient: address(recipient),
        total: 3,
        fine: 3,
        ..returned()
    };
    ReturnedLetter {
        copies: [(12, "psirt@beta.example"), (13, "security@alpha.example"), (14, "soc@gamma.example")]
            .into_iter()
            .map(copy)
            .collect(),
        members: Vec::new(),
        named: named.iter().map(|name| address(name)).collect(),
    }
}

/// A report about several recipients.
fn report(recipients: &[(&str, &str)]) -> String {
    let groups: String = recipients
        .iter()
        .map(|(recipient, status)| {
            format!("\nFinal-Recipient: rfc822; inner@elsewhere.example\nOriginal-Recipient: rfc822;{recipient}\nAction: failed\nStatus: {status}\n")
        })
        .collect();
    dsn("failed", "5.1.1").replace("\nFinal-Recipient: rfc822; psirt@beta.example\nAction: failed\nStatus: 5.1.1\n", &groups)
}

const UNPROVEN: &str = "note unproven: no Received field of our receiving server";

#[test]
fn a_letters_key_names_no_recipient_the_report_does() {
    let scene = Scene::new().with(|known| known.returned_letter = Some(letter(&[])));
    assert_eq!(
        scene.told(&report(&[("psirt@beta.example", "5.1.1"), ("SOC@gamma.example", "5.7.1"), ("psirt@beta.example", "5.1.1")])),
        [
            "decided: bounce by bounce",
            UNPROVEN,
            "bounce 12 5.1.1 permanent=true",
            "note bounced about 5: delivery 12 came back: 5.1.1",
            "bounce 14 5.7.1 permanent=true",
            "note bounced about 5: delivery 14 came back: 5.7.1",
            "confidential delivery-summary to mona@team.example.org nils@team.example.org about 5",
        ]
    );
    // Somebody who did not get the letter: for a person, who sees it beside what could be booked.
    assert_eq!(
        scene.told(&report(&[("else@where.example", "5.1.1"), ("security@alpha.example", "4.4.7")])),
        [
            "held: bounce by bounce",
            UNPROVEN,
            "note bounce-nobody about 5: it came back to a letter of ours and names nobody who got it",
            "hold in other suggests hold - normal poster nobody",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "bounce 13 4.4.7 permanent=false",
            "note bounced about 5: delivery 13 came back: 4.4.7",
            "confidential delivery-summary to mona@team.example.org nils@team.example.org about 5",
        ]
    );
}

#[test]
fn the_relays_word_in_the_return_path_comes_before_the_reports() {
    let scene = Scene::new().with(|known| known.returned_letter = Some(letter(&["security@alpha.example"])));
    assert_eq!(
        scene.told(&dsn("failed", "5.1.1")),
        [
            "decided: bounce by bounce",
            UNPROVEN,
            "bounce 13 5.1.1 permanent=true",
            "note bounced about 5: delivery 13 came back: 5.1.1",
            "confidential delivery-summary to mona@team.example.org nils@team.example.org about 5",
        ]
    );
    let scene = Scene::new().with(|known| known.returned_letter = Some(letter(&["else@where.example"])));
    assert_eq!(
        scene.told(&dsn("failed", "5.1.1")),
        [
            "held: bounce by bounce",
            UNPROVEN,
            "note bounce-nobody about 5: it came back to a letter of ours and names nobody who got it",
            "hold in other suggests hold - normal poster nobody",
            "remind held 7 at 2026-11-24T14:02:00Z",
        ]
    );
}

#[test]
fn keys_read_what_relays_make_of_a_return_path_and_of_an_envelope_id() {
    let keys = |mail: &str| {
        let raw = RawMessage::new(mail.replace('\n', "\r\n").into_bytes());
        let body = IncomingBody::Readable(Box::new(Message::parse(&raw).unwrap()));
        let incoming = Incoming { id: InboxId::of_row(ID), mailbox_for: None, arrived: at(NOW), body };
        crate::decide::keys::Keys::of(&incoming, &project())
    };
    let mut secret = vec![crate::decide::keys::return_key(TOKEN), Digest::of(TOKEN.as_bytes())];
    secret.sort();
    let to = |detail: &str| dsn("failed", "5.1.1").replace(TOKEN, detail);
    let own = keys(&to(TOKEN));
    assert_eq!((own.returned, own.returned_for), (secret.clone(), vec![]));
    let made = keys(&to(&format!("{}+Psirt=beta.example", TOKEN.to_uppercase())));
    assert_eq!((made.returned, made.returned_for), (secret.clone(), vec![address("psirt@beta.example")]));
    let signs = keys(&to(&format!("{TOKEN}+a+b=c=beta.example")));
    assert_eq!(signs.returned_for, [address("a+b=c@beta.example")]);
    for wrong in [
        "short+psirt=beta.example".to_owned(),
        format!("{TOKEN}+psirt"),
        format!("{TOKEN}="),
        format!("x+{TOKEN}+psirt=beta.example"),
    ] {
        let none = keys(&to(&wrong));
        assert_eq!((none.returned.len(), none.returned_for.len()), (0, 0), "{wrong}");
    }
    for id in
        [TOKEN.to_owned(), format!("list-bounces+{TOKEN}@lists.example.org"), format!("list-bounces+2B{TOKEN}@lists.example.org")]
    {
        let mail = to("x").replace("Reporting-MTA:", &format!("Original-Envelope-Id: {id}\nReporting-MTA:"));
        assert_eq!(keys(&mail).returned, secret, "{id}");
    }
    let many = (0..20_000).map(|nth| format!("list-bounces+{TOKEN}+a{nth}=b.example@lists.example.org,\n ")).collect::<String>();
    assert_eq!(keys(&format!("X-Original-To: {many}x\n{}", to("x"))).returned_for.len(), 100, "who writes more is not read");
    let made_up = to("x").replace("Reporting-MTA:", "Original-Envelope-Id: QQ31\nReporting-MTA:");
    assert_eq!(keys(&made_up).returned, []);
}
