//! Decisions written down: all of one or nothing, each settled once.

use super::*;
use crate::{
    decide::{
        effect::{Decision, Effect},
        incoming::{Incoming, IncomingBody},
        keys::Keys,
        snapshot::HeldPlace,
        tests::{self as cast, Scene},
    },
    entropy::SeededEntropy,
    mail::Message,
    store::{StoreError, apply, snapshot, wall},
};

/// What the daemon does with a stored message: look it up, decide, write.
pub(super) fn handle(tx: &Tx<'_>, id: InboxId, at: Timestamp, seed: u64) -> Result<(), StoreError> {
    handle_by(&Scene::new(), tx, id, at, seed)
}

/// The same by the policy of a scene, whose rules take their time to compile.
pub(super) fn handle_by(scene: &Scene, tx: &Tx<'_>, id: InboxId, at: Timestamp, seed: u64) -> Result<(), StoreError> {
    let raw = inbox::raw(tx, id).unwrap();
    let body = IncomingBody::Readable(Box::new(Message::parse(&raw).unwrap()));
    let incoming = Incoming { id, mailbox_for: None, arrived: at, body };
    let keys = Keys::of(&incoming, &scene.policy.project);
    let mut known = snapshot::snapshot(tx, id, &keys, &scene.policy.team, at).unwrap();
    wall::look_up(tx, &mut known, &scene.policy, at).unwrap();
    let decision = crate::decide::decide(&incoming, &known, &scene.policy, at, &mut SeededEntropy::new(seed)).unwrap();
    apply::decision(tx, id, decision, &keys, at)
}

fn members(tx: &Tx<'_>) {
    for at in ["security@alpha.example", "psirt@beta.example"] {
        crate::store::member::add(tx, &member(at, at, &[]), "mona", now()).unwrap();
    }
}

#[test]
fn a_report_becomes_rows_and_is_decided_once() {
    let connection = memory();
    within(&connection, |tx| {
        let id = take(tx, 1, &cast::forged(cast::DORA, cast::SECURITY, "guest escape", "buffer overflow in the grant table"));
        handle(tx, id, now(), 1).unwrap();
        assert_eq!(
            text(&connection, "SELECT id || ' ' || discoverer || ' ' || state FROM case_file"),
            "1 dora@finder.example open"
        );
        assert_eq!(
            text(
                &connection,
                "SELECT group_concat(kind || ' ' || recipient || ' ' || priority, ', ' ORDER BY delivery.id) FROM delivery JOIN letter ON letter.id = letter_id"
            ),
            "acknowledgement dora@finder.example 1, triage-notice mona@team.example.org 1, triage-notice nils@team.example.org 1"
        );
        // The acknowledgement has the null reverse path; a notice has one whose secret part is kept as a digest only.
        assert_eq!(text(&connection, "SELECT return_path FROM delivery WHERE id = 1"), "");
        assert_eq!(
            count(&connection, "SELECT count(*) FROM delivery WHERE verp IS NOT NULL AND return_path LIKE 'security-desk+%'"),
            2
        );
        assert_eq!(text(&connection, "SELECT state || ' ' || class FROM inbox"), "decided report");
        assert_eq!(
            handle(tx, id, now(), 1).unwrap_err().to_string(),
            "the message has changed in the meantime; nothing was done"
        );
        // The discoverer writes again without a reference: a case of its own, numbered on.
        let id =
            take(tx, 2, &cast::forged(cast::DORA, cast::SECURITY, "another", "buffer overflow elsewhere").replace("m1@", "m2@"));
        handle(tx, id, later(1), 2).unwrap();
        assert_eq!(count(&connection, "SELECT max(id) FROM case_file"), 2);
    });
}

#[test]
fn a_ruling_goes_by_mail_through_the_whole_store_and_stands() {
    let connection = memory();
    within(&connection, |tx| {
        members(tx);
        let post = take(tx, 1, &cast::forged(cast::WRITER, cast::DISCUSS, "Re: XSA-999", "Hmm. What do you think?"));
        handle(tx, post, now(), 1).unwrap();
        assert_eq!(text(&connection, "SELECT state FROM inbox"), "held");
        // The token stands in the notice alone: the database has its digest.
        let notice: Vec<u8> = connection.query_row("SELECT bytes FROM letter WHERE id = 1", [], |row| row.get(0)).unwrap();
        let notice = String::from_utf8(notice).unwrap();
        let token = notice.split("security-desk+").nth(1).unwrap().split('@').next().unwrap();
        let desk = format!("security-desk+{token}@example.org");
        let command = |word| cast::mail(cast::MONA, &desk, "Re: held", word);
        let ruling = take(tx, 2, &command("approve"));
        handle(tx, ruling, later(1), 2).unwrap();
        assert_eq!(text(&connection, "SELECT state || ' ' || ruled_by FROM held"), "approved mona");
        assert_eq!(text(&connection, "SELECT group_concat(state, ' ' ORDER BY id) FROM inbox"), "ruled decided");
        let copies =
            "SELECT count(*) FROM delivery JOIN letter ON letter.id = letter_id WHERE kind = 'redistribution' AND about = 1";
        assert_eq!(count(&connection, copies), 2);
        // The same command in another mail: nothing but an answer.
        let again = take(tx, 3, &command("approve").replace("m1@", "m3@"));
        handle(tx, again, later(2), 3).unwrap();
        assert_eq!(count(&connection, copies), 2);
        assert_eq!(count(&connection, "SELECT count(*) FROM event WHERE kind = 'second-ruling'"), 1);
        assert_eq!(snapshot::held(tx, post).unwrap().unwrap().place, HeldPlace::Discuss);
    });
}

#[tokio::test]
async fn what_another_has_settled_meanwhile_fails_the_whole_decision() {
    let state = tempfile::tempdir().unwrap();
    let (_lock, store) = open_in(&state.path().join("state"));
    let writer = store.writer();
    let job = |tx: &Tx<'_>| {
        members(tx);
        let id = take(tx, 1, &cast::forged(cast::WRITER, cast::DISCUSS, "Re: XSA-999", "Hmm. What do you think?"));
        handle(tx, id, now(), 1)
    };
    writer.write(job).await.unwrap();
    let settle = |version| {
        move |tx: &Tx<'_>| {
            let settle = Effect::Settle {
                held: InboxId::of_row(1),
                version,
                how: crate::decide::effect::Ruling::Discarded,
                by: "mona".to_owned(),
            };
            apply::effects(tx, None, vec![Effect::note("before", "mona", "written before the failing one"), settle], now())
        }
    };
    assert_eq!(
        writer.write(settle(2)).await.unwrap_err().to_string(),
        "the held message has changed in the meantime; nothing was done"
    );
    writer.write(settle(1)).await.unwrap();
    assert!(writer.write(settle(2)).await.is_err(), "settled twice");
    let reader = store.reader().unwrap();
    assert_eq!(count(&reader, "SELECT count(*) FROM event WHERE kind = 'before'"), 1);
    assert_eq!(
        text(&reader, "SELECT held.state || ' ' || inbox.state FROM held JOIN inbox ON inbox.id = inbox_id"),
        "discarded ruled"
    );
    assert_eq!(count(&reader, "SELECT count(*) FROM reminder WHERE done_at IS NULL"), 0);
}

#[test]
fn a_token_works_once() {
    let connection = memory();
    within(&connection, |tx| {
        let hash = crate::mail::Digest::of(b"token");
        connection
            .execute(
                "INSERT INTO token (hash, purpose, object, digest, version, made_at) VALUES (?1, 'moderate', 1, x'', 1, 0)",
                [*hash.bytes()],
            )
            .unwrap();
        apply::effects(tx, None, vec![Effect::Spend(hash)], now()).unwrap();
        let again = apply::effects(tx, None, vec![Effect::Spend(hash)], now()).unwrap_err();
        assert_eq!(again.to_string(), "the token has changed in the meantime; nothing was done");
    });
}

/// A reminder is about no one mail: the alarm about it must not point at a row that there is not.
#[test]
fn an_undelivered_letter_about_no_mail_alarms() {
    let connection = memory();
    within(&connection, |tx| {
        apply::effects(tx, None, cast::undelivered(), now()).unwrap();
        assert_eq!(text(&connection, "SELECT kind FROM letter"), "alarm");
        assert!(claim(tx, now()).is_some());
    });
}

#[test]
fn an_empty_decision_is_a_decision() {
    let connection = memory();
    within(&connection, |tx| {
        let id = take(tx, 1, "Subject: a\n\na\n");
        let decision = Decision {
            class: crate::decide::effect::Class::Other,
            rule: "own-mail".to_owned(),
            reasons: Vec::new(),
            end: crate::decide::effect::End::Decided,
            effects: Vec::new(),
        };
        apply::decision(tx, id, decision, &Keys::default(), now()).unwrap();
        assert!(inbox::next_taken(tx, 1, 0).unwrap().is_empty());
    });
}
