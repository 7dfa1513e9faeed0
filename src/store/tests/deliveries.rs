//! Deliveries: the attempt before the network, the outcome once, the letter closed once.

use super::*;
use crate::{
    disclosure::{Assurance, TlsRequirement},
    store::{
        delivery::{
            self, Claimed, DeliveryState, Settled,
            tls::{Untold, WAITS},
        },
        member,
    },
};

fn outcome(claimed: &Claimed, state: DeliveryState, again: Option<Timestamp>) -> Settled {
    let (delivery, letter) = (claimed.due.delivery, claimed.due.letter);
    let recipient = claimed.due.recipient.clone();
    Settled { attempt: claimed.attempt, delivery, letter, recipient, state, reply: "250 2.0.0".to_owned(), again }
}

/// The outcome of one attempt; the letter it closed.
fn settle(tx: &Tx<'_>, outcome: Settled, at: Timestamp) -> Option<i64> {
    let closed = delivery::settle(tx, &[outcome], at).unwrap();
    assert!(closed.len() < 2);
    closed.first().copied()
}

fn states(connection: &Connection) -> String {
    text(connection, "SELECT group_concat(recipient || ' ' || state, ', ' ORDER BY id) FROM delivery")
}

#[test]
fn the_attempt_stands_in_the_database_when_the_claim_returns() {
    let connection = memory();
    within(&connection, |tx| {
        letter(tx, "held-notice", &["mona@team.example.org"]);
        let claimed = claim(tx, now()).unwrap();
        assert_eq!(
            (claimed.due.recipient.to_string().as_str(), claimed.due.attempts, claimed.is_resent()),
            ("mona@team.example.org", 0, false)
        );
        assert_eq!((claimed.due.return_path, claimed.due.size, claimed.due.queued), (None, 1, now()));
        assert_eq!(delivery::content(tx, claimed.due.letter).unwrap(), b"A");
        assert_eq!(text(&connection, "SELECT outcome || ' ' || delivery_id FROM every_attempt"), "sending 1");
        assert_eq!(states(&connection), "mona@team.example.org sending");
        assert!(claim(tx, now()).is_none(), "claimed twice");
    });
}

#[test]
fn a_person_who_waits_comes_before_the_members_and_what_is_not_due_waits() {
    let connection = memory();
    within(&connection, |tx| {
        member::add(tx, &super::member("A", "a@a.example", &[]), "mona", now()).unwrap();
        letter(tx, "redistribution", &["a@a.example"]);
        letter(tx, "acknowledgement", &["dora@finder.example"]);
        assert!(claim(tx, later(-1)).is_none());
        let order: Vec<String> =
            std::iter::from_fn(|| claim(tx, now())).map(|claimed| claimed.due.recipient.to_string()).collect();
        assert_eq!(order, ["dora@finder.example", "a@a.example"]);
    });
}

#[test]
fn a_member_who_has_left_gets_nothing_more_and_the_letter_still_ends() {
    let connection = memory();
    within(&connection, |tx| {
        for at in ["a@a.example", "b@b.example"] {
            member::add(tx, &super::member(at, at, &[]), "mona", now()).unwrap();
        }
        let letter = letter(tx, "redistribution", &["a@a.example", "B@b.example"]);
        let first = claim(tx, now()).unwrap();
        super::leaves(tx, "b@b.example");
        assert_eq!(settle(tx, outcome(&first, DeliveryState::Accepted, None), now()), None);
        assert!(claim(tx, now()).is_none());
        assert_eq!(states(&connection), "a@a.example accepted, B@b.example withheld");
        assert_eq!(delivery::close_letters(tx, now()).unwrap(), [letter]);
        assert_eq!(delivery::close_letters(tx, now()).unwrap(), [0_i64; 0]);
        let result = delivery::result(tx, letter).unwrap();
        assert_eq!((result.total, result.accepted), (2, 1));
        assert_eq!(result.failed, [("b.example".to_owned(), "no longer a member".to_owned())]);
    });
}

#[test]
fn a_letter_is_closed_once_when_its_last_delivery_is_settled() {
    let connection = memory();
    within(&connection, |tx| {
        let letter = letter(tx, "held-notice", &["a@x.example", "b@x.example"]);
        let (a, b) = (claim(tx, now()).unwrap(), claim(tx, now()).unwrap());
        assert_eq!(settle(tx, outcome(&a, DeliveryState::Failed, None), now()), None);
        assert_eq!(settle(tx, outcome(&b, DeliveryState::Deferred, Some(later(5))), now()), None);
        assert!(claim(tx, later(4)).is_none());
        let b = claim(tx, later(5)).unwrap();
        assert_eq!(b.due.attempts, 1);
        assert_eq!(settle(tx, outcome(&b, DeliveryState::Accepted, None), later(5)), Some(letter));
        assert_eq!(settle(tx, outcome(&b, DeliveryState::Failed, None), later(6)), None, "settled twice");
        assert_eq!(states(&connection), "a@x.example failed, b@x.example accepted");
        assert_eq!(delivery::close_letters(tx, later(6)).unwrap(), [0_i64; 0]);
    });
}

#[test]
fn an_interrupted_attempt_is_unknown_and_sent_once_more_and_then_a_persons_to_look_at() {
    let connection = memory();
    within(&connection, |tx| {
        let letter = letter(tx, "held-notice", &["a@x.example"]);
        let first = claim(tx, now()).unwrap();
        let wait = SignedDuration::from_mins(15);
        assert_eq!(delivery::recover(tx, wait, now()).unwrap(), 1);
        assert_eq!(states(&connection), "a@x.example unknown");
        assert_eq!(text(&connection, "SELECT outcome || ' ' || reply FROM every_attempt"), "unknown interrupted");
        assert!(claim(tx, later(14)).is_none());
        let second = claim(tx, later(15)).unwrap();
        assert!(second.is_resent());
        // An outcome of the first attempt that comes late says nothing about the second.
        assert_eq!(settle(tx, outcome(&first, DeliveryState::Accepted, None), later(15)), None);
        assert_eq!(states(&connection), "a@x.example sending");
        assert_eq!(delivery::recover(tx, wait, later(16)).unwrap(), 0);
        assert_eq!(text(&connection, "SELECT state || ' ' || reply FROM delivery"), "failed unknown twice");
        assert_eq!(delivery::close_letters(tx, later(16)).unwrap(), [letter]);
        assert_eq!(delivery::result(tx, letter).unwrap().resent, 1);
    });
}

#[test]
fn a_person_tries_again_what_was_not_accepted() {
    let connection = memory();
    within(&connection, |tx| {
        let letter = letter(tx, "held-notice", &["a@x.example", "b@x.example"]);
        for state in [DeliveryState::Failed, DeliveryState::Accepted] {
            let claimed = claim(tx, now()).unwrap();
            settle(tx, outcome(&claimed, state, None), now());
        }
        assert_eq!(
            delivery::retry(tx, 2, "mona", now()).unwrap_err().to_string(),
            "there is no failed or waiting delivery with that number"
        );
        delivery::retry(tx, 1, "mona", later(1)).unwrap();
        assert_eq!(delivery::next_due(tx).unwrap(), Some(later(1)));
        let claimed = claim(tx, later(1)).unwrap();
        assert_eq!((claimed.due.delivery, claimed.due.attempts, claimed.due.queued), (1, 1, later(1)));
        assert_eq!(settle(tx, outcome(&claimed, DeliveryState::Accepted, None), later(1)), Some(letter));
        assert_eq!(
            text(&connection, "SELECT kind || ' ' || actor || ': ' || text FROM event"),
            "retry mona: delivery 1 is tried again"
        );
    });
}

#[test]
fn who_has_left_the_team_gets_no_waiting_notice_and_the_poster_of_a_letter_still_does() {
    let connection = memory();
    within(&connection, |tx| {
        letter(tx, "held-notice", &["mona@team.example.org", "gone@team.example.org"]);
        letter(tx, "rejection", &["poster@member.example"]);
        let sent: Vec<String> =
            std::iter::from_fn(|| claim(tx, now())).map(|claimed| claimed.due.recipient.to_string()).collect();
        assert_eq!(sent, ["mona@team.example.org", "poster@member.example"]);
        assert!(states(&connection).contains("gone@team.example.org withheld"));
    });
}

#[test]
fn a_row_that_cannot_be_sent_fails_by_itself_and_the_others_go_on() {
    let connection = memory();
    within(&connection, |tx| {
        letter(tx, "acknowledgement", &["dora@finder.example"]);
        letter(tx, "acknowledgement", &["dan@finder.example"]);
        let long = format!("{}+token@lists.example.org", "x".repeat(64));
        connection.execute("UPDATE delivery SET return_path = ?1 WHERE id = 1", [long]).unwrap();
        assert_eq!(claim(tx, now()).unwrap().due.recipient, address("dan@finder.example"));
        assert!(states(&connection).starts_with("dora@finder.example failed"));
    });
}

#[test]
fn a_copy_that_nothing_assures_tls_for_waits_and_is_told_once_a_letter() {
    let connection = memory();
    within(&connection, |tx| {
        let strict = Member { tls: TlsRequirement::Verify, ..super::member("Strict", "strict@a.example", &[]) };
        member::add(tx, &strict, "first start", now()).unwrap();
        let number: i64 = count(&connection, "SELECT id FROM member WHERE address = 'strict@a.example'");
        letter(tx, "redistribution", &["strict@a.example"]);
        assert!(claim(tx, now()).is_none());
        let row = || {
            text(
                &connection,
                "SELECT state || ' ' || reply || ' ' || attempts || ' ' || (settled_at IS NULL) FROM delivery WHERE id = 1",
            )
        };
        assert_eq!(row(), format!("deferred {WAITS} 0 1"));
        let untold = delivery::tls::untold(tx, now()).unwrap();
        assert_eq!(untold.about, [format!("member-{number}"), "delivery-1".to_owned()]);
        assert_eq!(delivery::tls::untold(tx, now()).unwrap(), untold, "until it is told");
        delivery::tls::told(tx, &untold.keys, now()).unwrap();
        assert_eq!(delivery::tls::untold(tx, now()).unwrap(), Untold::default(), "once");
        let week = now() + jiff::SignedDuration::from_hours(7 * 24);
        assert_eq!(delivery::tls::untold(tx, week).unwrap().about, untold.about, "and once a week");
        assert!(claim(tx, now()).is_none(), "not before a minute");
        letter(tx, "redistribution", &["strict@a.example"]);
        assert!(claim(tx, later(1)).is_none());
        assert_eq!(delivery::tls::untold(tx, later(1)).unwrap().about.len(), 2, "another letter, told by itself");
        // What everybody may read goes as it can.
        letter(tx, "redistribution", &["strict@a.example"]);
        connection.execute("UPDATE letter SET class = 'public' WHERE id = 3", []).unwrap();
        assert_eq!(claim(tx, later(1)).unwrap().due.letter, 3);
        // Assured: the first goes, with its wish.
        let mut place = delivery::Place::START;
        let due = delivery::due(tx, 5, &mut place, 10, later(10)).unwrap();
        let claimed = delivery::claim(tx, &due[0], &team(), &|_| Assurance::Given, later(10)).unwrap().unwrap();
        assert_eq!((claimed.due.letter, claimed.tls), (1, TlsRequirement::Verify));
    });
}

#[test]
fn what_became_of_the_others_does_not_wait_for_the_copy_that_waits() {
    let connection = memory();
    within(&connection, |tx| {
        for (name, tls) in [("strict", TlsRequirement::Verify), ("other", TlsRequirement::Opportunistic)] {
            let member = Member { tls, ..super::member(name, &format!("{name}@a.example"), &[]) };
            member::add(tx, &member, "first start", now()).unwrap();
        }
        letter(tx, "redistribution", &["other@a.example", "strict@a.example"]);
        let waits = || delivery::tls::only_waits(tx, 1).unwrap();
        assert_eq!(waits(), None);
        let other = claim(tx, now()).unwrap();
        assert!(claim(tx, now()).is_none());
        assert_eq!(waits(), None, "the other is being sent");
        assert_eq!(settle(tx, outcome(&other, DeliveryState::Failed, None), now()), None);
        assert_eq!(waits().as_deref(), Some("waits:1"));
        delivery::tls::told(tx, &["waits:1".to_owned()], now()).unwrap();
        assert_eq!(waits(), None, "once");
        // The relay does not offer it: its age begins anew, so that the days of waiting do not count.
        let due = |at| {
            let mut place = delivery::Place::START;
            delivery::due(tx, 5, &mut place, 10, at).unwrap()
        };
        let strict = delivery::claim(tx, &due(later(10))[0], &team(), &|_| Assurance::ToBeAsked, later(10)).unwrap().unwrap();
        let put_off = Settled { reply: WAITS.to_owned(), ..outcome(&strict, DeliveryState::Deferred, Some(later(11))) };
        assert_eq!(settle(tx, put_off, later(10)), None);
        assert_eq!(due(later(12))[0].queued, later(10));
    });
}

#[test]
fn the_report_of_a_drill_says_who_wants_verified_tls() {
    let connection = memory();
    within(&connection, |tx| {
        for (name, tls) in
            [("one", TlsRequirement::Verify), ("two", TlsRequirement::Verify), ("three", TlsRequirement::Opportunistic)]
        {
            let member = Member { tls, ..super::member(name, &format!("security@{name}.example"), &[]) };
            member::add(tx, &member, "first start", now()).unwrap();
        }
        connection.execute("INSERT INTO drill (id, at, by) VALUES (1, 0, 'mona')", []).unwrap();
        letter(tx, "drill", &["security@one.example", "security@two.example", "security@three.example"]);
        connection.execute("UPDATE letter SET label = 'drill:1'", []).unwrap();
        connection
            .execute("UPDATE delivery SET state = 'accepted', settled_at = queued_at WHERE recipient NOT LIKE '%two%'", [])
            .unwrap();
        let due = delivery::due(tx, 1, &mut { delivery::Place::START }, 10, now()).unwrap();
        assert!(delivery::claim(tx, &due[0], &team(), &|_| Assurance::Lacking, now()).unwrap().is_none());
        let (_, _, rows) = crate::store::roster::drill_report(&connection, None).unwrap().unwrap();
        let said: Vec<_> = rows.iter().map(|row| (row.organisation.as_str(), row.state.as_str(), row.tls.as_deref())).collect();
        assert_eq!(
            said,
            [
                ("one", "accepted", Some("wants verified TLS today")),
                ("three", "accepted", None),
                ("two", "deferred", Some(WAITS))
            ]
        );
    });
}

#[test]
fn an_address_refuses_from_a_refusal_for_good_until_it_takes_a_letter() {
    let connection = memory();
    within(&connection, |tx| {
        let refuses = || crate::store::roster::is_refusing(&connection, "A@x.example").unwrap();
        let mut minutes = 0;
        let mut tried = |state, reply: &str, again: Option<Timestamp>| {
            minutes += 10;
            letter(tx, "held-notice", &["a@x.example"]);
            let claimed = claim(tx, later(minutes)).unwrap();
            settle(tx, Settled { reply: reply.to_owned(), ..outcome(&claimed, state, again) }, later(minutes));
            refuses()
        };
        assert!(!tried(DeliveryState::Accepted, "accepted: 250", None));
        assert!(!tried(DeliveryState::Failed, "unknown twice", None), "nobody knows");
        assert!(tried(DeliveryState::Failed, "failed: 550 5.1.1", None));
        assert!(tried(DeliveryState::Failed, "failed: 550 5.1.1", None));
        assert!(tried(DeliveryState::Deferred, "deferred: 451", Some(later(1000))));
        assert!(!tried(DeliveryState::Accepted, "accepted: 250", None));
    });
}

#[test]
fn every_attempt_is_kept_also_when_a_person_tries_again() {
    let connection = memory();
    within(&connection, |tx| {
        letter(tx, "held-notice", &["a@x.example"]);
        let attempts = "SELECT group_concat(((started_at - created_at) / 60000) || '-' || ((ended_at - created_at) / 60000) || ' ' || outcome || ' ' \
                        || every_attempt.reply, ', ' ORDER BY started_at) FROM every_attempt, letter";
        let ends = |begun: i64, ended: i64, state, reply: &str, again| {
            let claimed = claim(tx, later(begun)).unwrap();
            settle(tx, Settled { reply: reply.to_owned(), ..outcome(&claimed, state, again) }, later(ended));
        };
        ends(0, 1, DeliveryState::Deferred, "451", Some(later(5)));
        ends(5, 6, DeliveryState::Failed, "550", None);
        assert_eq!(text(&connection, attempts), "0-1 deferred 451, 5-6 failed 550");
        assert_eq!(count(&connection, "SELECT count(*) FROM attempt"), 1, "the last one stands in the delivery's own row");
        delivery::retry(tx, 1, "mona", later(10)).unwrap();
        assert_eq!(text(&connection, attempts), "0-1 deferred 451, 5-6 failed 550");
        ends(10, 11, DeliveryState::Accepted, "250", None);
        assert_eq!(text(&connection, attempts), "0-1 deferred 451, 5-6 failed 550, 10-11 accepted 250");
    });
}
