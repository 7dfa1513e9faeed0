//! Bounces, copies, requests, and mail for nobody.

use super::*;
use crate::decide::snapshot::Returned;

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

#[test]
fn a_subscription_request_is_answered_once_a_week() {
    let scene = Scene::new();
    assert_eq!(
        scene.told(&mail("x@y.example", "exo-issues-request@lists.example.org", "subscribe", "")),
        [
            "decided: other by subscription-request",
            "note subscription-request: it changes nothing (P81)",
            "public subscription-answer to x@y.example about 7",
        ]
    );
    // Again.
    let scene = Scene::new().with(|known| known.subscription_answered = true);
    assert_eq!(
        scene.told(&mail("x@y.example", "exo-issues-request@lists.example.org", "subscribe", "")),
        ["decided: other by subscription-request", "note subscription-request: it changes nothing (P81)"]
    );
}

#[test]
fn copies_and_reused_ids() {
    // A copy.
    let scene = Scene::new().with(|known| known.copy_of = Some(InboxId::of_row(5)));
    assert_eq!(
        scene.told(&technical_post()),
        ["decided: post by post", "note copy: a copy of message 5 for the same place; nothing more is done with it"]
    );
    // Another mail of the same id.
    let scene = Scene::new().with(|known| known.same_id_as = Some(InboxId::of_row(5)));
    assert_eq!(
        scene.told(&mail("x@y.example", "nobody@example.org", "hi", "lunch?")),
        [
            "held: other by nothing-matched",
            "note message-id-reused: message 5 had the same Message-ID and another content",
            "note alarm: message-id-reused",
            "confidential alarm to mona@team.example.org nils@team.example.org about 7",
            "hold in other suggests hold - normal poster nobody",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "note held: mail for none of our addresses",
            "mint moderate 7 v1 for mona",
            "embargoed held-notice to mona@team.example.org about 7",
            "mint moderate 7 v1 for nils",
            "embargoed held-notice to nils@team.example.org about 7",
        ]
    );
    // Our own letter.
    let scene = Scene::new().with(|known| known.own_letter = true);
    assert_eq!(
        scene.told(&technical_post()),
        ["decided: other by own-mail", "note own-mail: our own mail came back; nothing is done with it"]
    );
}

#[test]
fn mail_for_nobody_and_machines_on_the_list() {
    // Elsewhere.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&mail("x@y.example", "nobody@example.org", "hi", "lunch?")),
        [
            "held: other by nothing-matched",
            "hold in other suggests hold - normal poster nobody",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "note held: mail for none of our addresses",
            "mint moderate 7 v1 for mona",
            "embargoed held-notice to mona@team.example.org about 7",
            "mint moderate 7 v1 for nils",
            "embargoed held-notice to nils@team.example.org about 7",
        ]
    );
    // An out-of-office to the list.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&format!("Auto-Submitted: auto-replied\n{}", forged(WRITER, DISCUSS, "Out of office", "back on Monday"))),
        [
            "held: auto-reply by automatic",
            "note unproven: no Received field of our receiving server",
            "hold in discuss suggests discard auto-generated normal poster nobody",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "note automatic: written by a machine; recorded",
        ]
    );
    // An unknown advisory.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&mail("x@y.example", SECURITY, "Exo Security Advisory 998 v1 - x", "text")),
        [
            "held: advisory by advisory",
            "hold in other suggests hold - normal poster nobody",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "note held: a copy of an advisory that was not sent through here",
            "mint moderate 7 v1 for mona",
            "embargoed held-notice to mona@team.example.org about 7",
            "mint moderate 7 v1 for nils",
            "embargoed held-notice to nils@team.example.org about 7",
        ]
    );
    // A known advisory.
    let scene = Scene::new().with(|known| known.registered.push((number(998), 1)));
    assert_eq!(
        scene.told(&mail("x@y.example", SECURITY, "Exo Security Advisory 998 v1 - x", "text")),
        ["decided: advisory by advisory", "note advisory-copy: a copy of an advisory that is registered"]
    );
}

#[test]
fn what_cannot_be_read_or_is_too_large_is_held_and_told() {
    let scene = Scene::new();
    let oversized = scene.decide_body(IncomingBody::Oversized { header: None, size: 90_000_000 }).unwrap();
    let told = [
        "held: other by oversized",
        "note oversized: 90000000 bytes: over the size cap, only the header was fetched; the mail is on the server",
        "hold in other suggests hold - normal poster nobody",
        "remind held 7 at 2026-11-24T14:02:00Z",
        "note alarm: oversized",
        "confidential alarm to mona@team.example.org nils@team.example.org about 7",
    ];
    assert_eq!(scene.written(&oversized), told);
    let known = scene.with(|known| known.copy_of = Some(InboxId::of_row(5)));
    let again = known.decide_body(IncomingBody::Oversized { header: None, size: 90_000_000 }).unwrap();
    assert_eq!(
        known.written(&again),
        ["decided: other by copy", "note copy: a copy of message 5 for the same place; nothing more is done with it"]
    );
}
