//! Copies, requests, and mail for nobody.

use super::*;
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
        scene.told(&forged(SECURITY, SECURITY, "Exo Security Advisory 998 v1 - x", "text"))[1..],
        [
            "note unproven: no Received field of our receiving server",
            "note advisory-copy: a copy of an advisory that is registered"
        ]
    );
    // Who sends it back to us says something with it, however short: the fix may not be one.
    for subject in ["Exo Security Advisory 998 v1 - x", "Fwd: Exo Security Advisory 998 v1 - x"] {
        let scene = Scene::new().with(|known| known.registered.push((number(998), 1)));
        assert_eq!(
            scene.told(&mail("x@y.example", SECURITY, subject, "It does not help.")),
            [
                "held: advisory by advisory",
                "hold in other suggests hold - normal poster nobody",
                "remind held 7 at 2026-11-24T14:02:00Z",
                "note held: an advisory that is registered, from somebody else",
                "mint moderate 7 v1 for mona",
                "embargoed held-notice to mona@team.example.org about 7",
                "mint moderate 7 v1 for nils",
                "embargoed held-notice to nils@team.example.org about 7",
            ]
        );
    }
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
