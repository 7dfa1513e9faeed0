//! What the store knows of a message: copies, ids, tokens, threads, embargoes, members.

use super::*;
use crate::{
    decide::{keys::Keys, snapshot::AdvisoryRow},
    disclosure::{AdvisoryNumber, CaseId},
    mail::Digest,
    store::{member, reminder, snapshot},
};

fn keys(message_id: &str, identity: &str, place: &str) -> Keys {
    Keys {
        message_id: Some(message_id.parse().unwrap()),
        identity: Some(Digest::of(identity.as_bytes())),
        place: place.to_owned(),
        ..Keys::default()
    }
}

/// Notes an arrival as decided with these keys.
fn decided(tx: &Tx<'_>, id: InboxId, keys: &Keys, state: &str) {
    let identity = *keys.identity.unwrap().bytes();
    tx.sql()
        .execute(
            "UPDATE inbox SET state = ?2, identity = ?3, place = ?4, message_id = ?5 WHERE id = ?1",
            params![id.row(), state, identity, keys.place, keys.message_id.as_ref().unwrap().as_str()],
        )
        .unwrap();
}

fn look(tx: &Tx<'_>, id: InboxId, keys: &Keys) -> crate::decide::snapshot::Snapshot {
    snapshot::snapshot(tx, id, keys, &[], now()).unwrap()
}

#[test]
fn a_copy_has_the_same_content_and_the_same_place() {
    let connection = memory();
    within(&connection, |tx| {
        let (one, two) = (take(tx, 1, "Subject: a\n\na\n"), take(tx, 2, "Subject: a\n\na\n"));
        decided(tx, one, &keys("m@x", "content", "list"), "decided");
        let found = |identity, place| {
            let known = look(tx, two, &keys("m@x", identity, place));
            (known.copy_of.map(InboxId::row), known.same_id_as.map(InboxId::row))
        };
        assert_eq!(found("content", "list"), (Some(1), None));
        assert_eq!(found("content", "security"), (None, None), "the same mail for another place is no copy");
        assert_eq!(found("another", "list"), (None, Some(1)), "the same id with other content is told");
        assert_eq!(found("another", "security"), (None, None));
    });
}

#[test]
fn a_mail_that_lay_in_quarantine_while_its_copy_was_handled_is_the_copy() {
    let connection = memory();
    within(&connection, |tx| {
        let (one, two) = (take(tx, 1, "Subject: a\n\na\n"), take(tx, 2, "Subject: a\n\na\n"));
        inbox::quarantine(tx, one, "a bug", now()).unwrap();
        assert_eq!(look(tx, two, &keys("m@x", "content", "list")).copy_of, None);
        decided(tx, two, &keys("m@x", "content", "list"), "decided");
        inbox::replay(tx, one, inbox::Again::AsNew, "mona", now()).unwrap();
        assert_eq!(look(tx, one, &keys("m@x", "content", "list")).copy_of, Some(two));
    });
}

#[test]
fn a_thread_is_found_by_our_letters_and_by_mails_of_the_case() {
    let connection = memory();
    within(&connection, |tx| {
        let id = take(tx, 1, "From: dora@finder.example\nSubject: a\n\na\n");
        decided(tx, id, &keys("report@finder.example", "r", ""), "decided");
        letter(tx, "acknowledgement", &["dora@finder.example"]);
        connection
            .execute_batch(
                "INSERT INTO case_file (id, discoverer, token, state, opened_at) VALUES (4, 'dora@finder.example', 't', 'open', 0);
                 INSERT INTO case_mail VALUES (4, 1, 'report'); UPDATE letter SET case_id = 4;
                 INSERT INTO advisory_thread VALUES ('post@alpha.example', 999);",
            )
            .unwrap();
        let answering = |answered: &str| {
            let known = look(tx, id, &Keys { answers: vec![answered.parse().unwrap()], ..Keys::default() });
            let answer = known.answers.first().map(|answer| (answer.case, answer.advisory.map(AdvisoryNumber::get)));
            (answer, known.cases.len(), known.last_mail.is_some())
        };
        let case = Some(CaseId(4));
        assert_eq!(answering("l@example.org"), (Some((case, None)), 1, true));
        assert_eq!(answering("report@finder.example"), (Some((case, None)), 1, true));
        assert_eq!(answering("post@alpha.example"), (Some((None, Some(999))), 0, false));
        assert_eq!(answering("other@alpha.example"), (None, 0, false));
        let ours = |id: &str| {
            look(tx, InboxId::of_row(1), &Keys { message_id: Some(id.parse().unwrap()), ..Keys::default() }).own_letter
        };
        assert!(ours("l@example.org") && !ours("report@finder.example"));
    });
}

#[test]
fn a_return_path_leads_to_its_delivery_and_says_whether_it_came_back_before() {
    let connection = memory();
    within(&connection, |tx| {
        letter(tx, "redistribution", &["a@a.example", "b@b.example"]);
        let hash = Digest::of(b"secret");
        connection.execute("UPDATE delivery SET verp = ?1, state = 'accepted' WHERE id = 2", [*hash.bytes()]).unwrap();
        let returned = || look(tx, InboxId::of_row(1), &Keys { returned: vec![hash], ..Keys::default() }).returned.unwrap();
        let found = returned();
        assert_eq!(
            (found.delivery, found.recipient, found.total, found.fine, found.booked),
            (2, address("b@b.example"), 2, 2, None)
        );
        connection.execute("UPDATE delivery SET bounced_at = 5, bounce = '5.1.1 permanent' WHERE id = 2", []).unwrap();
        let found = returned();
        assert_eq!((found.fine, found.booked.map(Timestamp::as_millisecond)), (1, Some(5)));
    });
}

#[test]
fn a_letters_key_leads_to_all_its_copies() {
    let connection = memory();
    within(&connection, |tx| {
        letter(tx, "redistribution", &["a@a.example", "b@b.example"]);
        letter(tx, "redistribution", &["c@c.example"]);
        let hash = Digest::of(b"secret");
        connection.execute("UPDATE letter SET return_hash = ?1 WHERE id = 1", [*hash.bytes()]).unwrap();
        connection.execute("UPDATE delivery SET bounced_at = 5, bounce = '5.1.1 permanent' WHERE id = 2", []).unwrap();
        let keys = Keys { returned: vec![hash], returned_for: vec![address("b@b.example")], ..Keys::default() };
        let found = look(tx, InboxId::of_row(1), &keys);
        assert!(found.returned.is_none());
        let found = found.returned_letter.unwrap();
        let copies: Vec<_> =
            found.copies.iter().map(|copy| (copy.delivery, copy.recipient.to_string(), copy.total, copy.fine)).collect();
        assert_eq!(copies, [(1, "a@a.example".to_owned(), 2, 1), (2, "b@b.example".to_owned(), 2, 1)]);
        assert_eq!(found.named, [address("b@b.example")]);
    });
}

#[test]
fn an_advisory_is_live_until_its_newest_date_or_a_persons_word() {
    let connection = memory();
    within(&connection, |tx| {
        let number = AdvisoryNumber::new(999).unwrap();
        let revision = |revision: u32, until: Option<Timestamp>| {
            connection
                .execute(
                    "INSERT INTO advisory (number, revision, digest, submitted_by, state, until, created_at) VALUES (999, ?1, x'', 'm', 'sent', ?2, 0)",
                    params![revision, until.map(super::super::stored)],
                )
                .unwrap();
        };
        let live = |at| snapshot::live(tx, at).unwrap().iter().map(|live| live.until).collect::<Vec<_>>();
        revision(1, Some(later(60)));
        assert_eq!(live(now()), [Some(later(60))]);
        assert_eq!(live(later(60)), []);
        // The embargo is shortened; a revision without a date leaves it as it was.
        revision(2, Some(later(30)));
        revision(3, None);
        assert_eq!(live(now()), [Some(later(30))]);
        assert_eq!(snapshot::end_embargoes(tx, later(29)).unwrap(), 0);
        assert_eq!(snapshot::end_embargoes(tx, later(30)).unwrap(), 1);
        assert_eq!(snapshot::end_embargoes(tx, later(31)).unwrap(), 0);
        assert_eq!(live(now()), []);
        snapshot::add_live(tx, number, None, "mona", now()).unwrap();
        connection.execute("DELETE FROM advisory WHERE revision > 0", []).unwrap();
        assert_eq!(live(now()), [None], "a person's word brings it back");
        snapshot::end_embargo(tx, number, "mona", now()).unwrap();
        assert_eq!(live(now()), []);
        assert!(snapshot::advisory(tx, AdvisoryRow(4)).unwrap().is_none(), "no mail belongs to it");
    });
}

#[test]
fn the_end_of_an_embargo_makes_moderators_look_again() {
    let connection = memory();
    within(&connection, |tx| {
        let id = take(tx, 1, "Subject: a\n\na\n");
        connection
            .execute(
                "INSERT INTO held (inbox_id, place, suggests, urgent, state, held_at) VALUES (1, 'discuss', 'hold', 0, 'waiting', 0)",
                [],
            )
            .unwrap();
        assert_eq!(snapshot::held(tx, id).unwrap().unwrap().version, 1);
        snapshot::end_embargo(tx, AdvisoryNumber::new(7).unwrap(), "mona", now()).unwrap();
        assert_eq!(snapshot::held(tx, id).unwrap().unwrap().version, 2);
    });
}

#[test]
fn the_table_is_filled_once_and_then_follows_events() {
    let connection = memory();
    within(&connection, |tx| {
        let alpha = super::member("Alpha", "security@alpha.example", &["old@alpha.example"]);
        member::add(tx, &alpha, "first start", now()).unwrap();
        assert!(member::add(tx, &super::member("Other", "SECURITY@alpha.example", &[]), "first start", now()).is_err());
        let frozen = Member { membership: Membership::Frozen, ..super::member("Beta", "b@b.example", &[]) };
        member::add(tx, &frozen, "first start", now()).unwrap();
        assert_eq!(member::all(tx).unwrap(), [alpha, frozen]);
    });
}

#[test]
fn a_reminder_comes_when_it_is_due_until_it_is_settled() {
    let connection = memory();
    within(&connection, |tx| {
        take(tx, 1, "Subject: a\n\na\n");
        connection
            .execute_batch(&format!(
                "INSERT INTO held (inbox_id, place, suggests, urgent, state, held_at) VALUES (1, 'other', 'hold', 0, 'waiting', 7);
                 INSERT INTO reminder (kind, object, due_at) VALUES ('held', 1, {});",
                super::super::stored(later(10))
            ))
            .unwrap();
        assert_eq!(reminder::next_time(tx).unwrap(), Some(later(10)));
        assert_eq!(reminder::next_due(tx, later(9)).unwrap(), None);
        let due = reminder::next_due(tx, later(10)).unwrap().unwrap();
        let about = reminder::DueAbout::Held { inbox: 1, since: Timestamp::from_millisecond(7).unwrap() };
        assert_eq!((due.about.clone(), due.due), (about, later(10)));
        reminder::given(tx, due.id, Some(later(70)), later(10)).unwrap();
        assert_eq!(reminder::next_due(tx, later(69)).unwrap(), None);
        connection.execute("UPDATE held SET state = 'discarded'", []).unwrap();
        let due = reminder::next_due(tx, later(70)).unwrap().unwrap();
        assert_eq!(due.about, reminder::DueAbout::Nothing);
        reminder::given(tx, due.id, None, later(70)).unwrap();
        assert_eq!(reminder::next_time(tx).unwrap(), None);
    });
}

/// A mail that made five notices, one for each of the team, is one mail.
#[test]
fn notices_are_counted_by_the_mails_that_caused_them() {
    let connection = memory();
    within(&connection, |tx| {
        for uid in 1..=2 {
            take(tx, uid, &format!("Subject: {uid}\n\nx\n"));
        }
        let notice = |kind: &str, cause: i64, at: Timestamp| {
            let letter = letter(tx, kind, &["mona@team.example.org"]);
            let created = super::super::stored(at);
            connection.execute("UPDATE letter SET cause = ?2, created_at = ?3 WHERE id = ?1", [letter, cause, created]).unwrap();
        };
        for (kind, cause, at) in [
            ("held-notice", 1, now()),
            ("held-notice", 1, now()),
            ("alarm", 2, later(-9)),
            ("case-mail", 2, later(-11)),
            ("ruled", 2, now()),
        ] {
            notice(kind, cause, at);
        }
        assert_eq!(look(tx, InboxId::of_row(1), &Keys::default()).recent_notices, 2);
        connection.execute("UPDATE letter SET created_at = 0 WHERE kind = 'alarm'", []).unwrap();
        assert_eq!(look(tx, InboxId::of_row(1), &Keys::default()).recent_notices, 1);
    });
}

/// A report opens a case; what comes to its secret address is counted for that case alone.
#[test]
fn the_mails_on_a_case_are_counted_for_it() {
    let connection = memory();
    within(&connection, |tx| {
        let mails: Vec<i64> = (1..=4).map(|uid| take(tx, uid, &format!("Subject: {uid}\n\nx\n")).row()).collect();
        for case in 1..=2 {
            let sql =
                "INSERT INTO case_file (id, discoverer, token, state, opened_at) VALUES (?1, '', 'token ' || ?1, 'open', 0)";
            connection.execute(sql, [case]).unwrap();
        }
        for (mail, case, at) in [(0, 1, now()), (0, 1, now()), (1, 1, later(-9)), (2, 1, later(-11)), (3, 2, now())] {
            let letter = letter(tx, "case-mail", &["mona@team.example.org"]);
            let values = [letter, mails[mail], super::super::stored(at), case];
            connection.execute("UPDATE letter SET cause = ?2, created_at = ?3, case_id = ?4 WHERE id = ?1", values).unwrap();
        }
        assert_eq!(snapshot::recent_case_mails(tx, CaseId(1), now()).unwrap(), 2);
        assert_eq!(snapshot::recent_case_mails(tx, CaseId(2), now()).unwrap(), 1);
    });
}

#[test]
fn answers_are_counted_by_whom_and_when() {
    let connection = memory();
    within(&connection, |tx| {
        for (kind, to) in [
            ("acknowledgement", "dora@finder.example"),
            ("rejection", "writer@alpha.example"),
            ("subscription-answer", "x@y.example"),
            ("command-answer", "mona@team.example.org"),
            ("held-notice", "mona@team.example.org"),
        ] {
            letter(tx, kind, &[to]);
        }
        let known = |author: &str, at| {
            let keys = Keys { author: Some(address(author)), ..Keys::default() };
            let known = snapshot::snapshot(tx, InboxId::of_row(1), &keys, &[], at).unwrap();
            (known.answered_author, known.answered_anyone, known.answered_commands, known.subscription_answered)
        };
        assert_eq!(known("Dora@finder.example", later(1)), (1, 3, 0, false));
        assert_eq!(known("mona@team.example.org", later(1)), (0, 3, 1, false));
        assert_eq!(known("x@y.example", later(1)), (1, 3, 0, true));
        assert_eq!(known("mona@team.example.org", later(61)), (0, 0, 0, false));
        assert_eq!(known("x@y.example", later(25 * 60)), (0, 0, 0, true));
        assert_eq!(known("x@y.example", later(7 * 24 * 60)), (0, 0, 0, false));
    });
}

#[test]
fn bounces_are_counted_for_thirty_days_and_forged_ones_for_ever() {
    use crate::store::{read, record};
    let connection = memory();
    let day = 24 * 60;
    within(&connection, |tx| {
        for (minute, kind) in [(0, "bounce-unknown"), (1, "bounce-nobody"), (day, "bounce-unknown"), (30 * day, "bounce-unknown")]
        {
            record::append(tx, later(minute), &record::Entry { kind, ..record::Entry::default() }).unwrap();
        }
    });
    let counted = |minute| read::bounces(&connection, later(minute)).unwrap();
    assert_eq!(counted(30 * day), read::Bounces { booked_30_days: 0, forged_30_days: 3, forged: 3 });
    assert_eq!(counted(30 * day + 1).forged_30_days, 2, "the first is 30 days and a minute old");
    assert_eq!(counted(90 * day), read::Bounces { booked_30_days: 0, forged_30_days: 0, forged: 3 });
}
