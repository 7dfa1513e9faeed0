//! Reminders of cases: kept with their letters, given once; and what the report of a case learns of its letters.

use super::*;
use crate::{
    decide::{
        digest,
        effect::{Due, Effect, Happened, RemindWhen, RemindWhom, Reminder},
        report_draft::DeliveryCount,
        snapshot::{Actor, CaseEvent, CloseReason, Origin},
        tests::policy,
        tick::team_only,
    },
    disclosure::{AdvisoryNumber, CaseId},
    entropy::SeededEntropy,
    store::{StoreError, apply, case, reminder, sent},
};

fn row(connection: &Connection, id: i64) {
    let sql =
        "INSERT INTO case_file (id, discoverer, token, state, opened_at) VALUES (?1, 'dora@finder.example', ?1, 'open', ?2)";
    connection.execute(sql, params![id, super::super::stored(now())]).unwrap();
}

fn happens(tx: &Tx<'_>, id: i64, event: CaseEvent, at: Timestamp) {
    let by = if matches!(event, CaseEvent::Opened { .. }) { Actor::Daemon } else { Actor::Person(PersonName("mona".to_owned())) };
    case::happened(tx, None, Happened { case: CaseId(id), about: None, by, event, text: "told".to_owned() }, at).unwrap();
}

fn opened(connection: &Connection, id: i64) {
    row(connection, id);
    let event = CaseEvent::Opened { discoverer: Some(address("dora@finder.example")), origin: Origin::Report, policy: None };
    within(connection, |tx| happens(tx, id, event, now()));
}

fn due(key: &str) -> Due {
    let (to, hours) = (RemindWhom::Team, RemindWhen::OfficeHours);
    Due { key: key.to_owned(), what: Reminder::Unclaimed(1), at: now(), to, hours }
}

/// One tick of the daemon, in a transaction of its own.
async fn tick(store: &Store, at: Timestamp) -> Result<usize, StoreError> {
    store
        .writer()
        .write(move |tx| {
            let watched = reminder::watched(tx)?;
            let effects = digest::due(
                &watched,
                &[],
                (&team_only(&policy()), &policy()),
                at,
                &mut SeededEntropy::new(u64::try_from(at.as_second()).unwrap()),
            )
            .unwrap();
            let letters = effects.iter().filter(|effect| matches!(effect, Effect::Queue(_))).count();
            apply::effects(tx, None, effects, at)?;
            Ok(letters)
        })
        .await
}

/// A Monday and the day after: what nobody claimed is told once, across a restart, and again the next day.
#[tokio::test]
async fn a_reminder_is_given_once_also_when_the_daemon_comes_back() {
    let state = tempfile::tempdir().unwrap();
    std::fs::set_permissions(state.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let monday = at("2026-11-23T10:00:00Z");
    {
        let (_lock, store) = open_in(state.path());
        store
            .writer()
            .write(|tx| {
                row(tx.sql(), 1);
                let event = CaseEvent::Opened { discoverer: None, origin: Origin::Report, policy: None };
                happens(tx, 1, event, at("2026-11-19T10:00:00Z"));
                Ok(())
            })
            .await
            .unwrap();
        assert_eq!(tick(&store, monday).await.unwrap(), 2, "a letter to each of the two");
        assert_eq!(tick(&store, monday).await.unwrap(), 0);
    }
    let (_lock, store) = open_in(state.path());
    assert_eq!(tick(&store, monday).await.unwrap(), 0, "after the restart it is known");
    assert_eq!(tick(&store, at("2026-11-24T10:00:00Z")).await.unwrap(), 2);
    let rows = store.writer().write(|tx| reminder::of_case(tx.sql(), CaseId(1))).await.unwrap();
    let told: Vec<_> = rows.iter().map(|row| format!("{} {} {}", row.kind, row.whom, row.given_at)).collect();
    assert_eq!(
        told,
        [
            "unclaimed mona, nils 2026-11-23T10:00:00Z",
            "mid-week mona, nils 2026-11-24T10:00:00Z",
            "predisclosure-soon mona, nils 2026-11-24T10:00:00Z",
            "unclaimed mona, nils 2026-11-24T10:00:00Z"
        ]
    );
}

/// The letters of a reminder that was given already are not queued: all of the transaction or nothing.
#[tokio::test]
async fn a_reminder_that_was_given_takes_its_letters_back() {
    let state = tempfile::tempdir().unwrap();
    std::fs::set_permissions(state.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let (_lock, store) = open_in(state.path());
    let given = |store: &Store| {
        let writer = store.writer().clone();
        async move {
            writer
                .write(|tx| {
                    let effects = vec![
                        Effect::note("reminded", "", "before it"),
                        Effect::Reminded {
                            case: CaseId(1),
                            due: Box::new(due("a:1")),
                            whom: vec![PersonName("mona".to_owned())],
                        },
                    ];
                    apply::effects(tx, None, effects, now())
                })
                .await
        }
    };
    let made = store.writer().write(|tx| {
        row(tx.sql(), 1);
        Ok(())
    });
    made.await.unwrap();
    given(&store).await.unwrap();
    assert!(matches!(given(&store).await, Err(StoreError::Changed("the reminder"))));
    let notes =
        store.writer().write(|tx| Ok(count(tx.sql(), "SELECT count(*) FROM event WHERE kind = 'reminded'"))).await.unwrap();
    assert_eq!(notes, 1);
}

#[test]
fn closed_cases_are_left_alone_unless_a_report_is_open() {
    let connection = memory();
    for id in 1..=2 {
        opened(&connection, id);
    }
    let watched = || within(&connection, |tx| reminder::watched(tx).unwrap().iter().map(|one| one.case.id.0).collect::<Vec<_>>());
    assert_eq!(watched(), [1, 2]);
    let closed = CaseEvent::Closed { reason: CloseReason::Withdrawn, because: None, proposed_by: None };
    within(&connection, |tx| happens(tx, 2, closed, later(1)));
    assert_eq!(watched(), [1]);
    // A record that does not fold is passed over, so that the others are not silent.
    connection.execute_batch("INSERT INTO event (at, kind, case_id, data) VALUES (1, 'noted', 1, '{broken')").unwrap();
    opened(&connection, 3);
    assert_eq!(watched(), [3]);
}

#[test]
fn the_report_learns_how_the_letters_to_outsiders_went() {
    let connection = memory();
    opened(&connection, 1);
    let number = AdvisoryNumber::new(484).unwrap();
    within(&connection, |tx| {
        happens(tx, 1, CaseEvent::NumberAllocated { number }, later(1));
        let of_case = letter(tx, "acknowledgement", &["dora@finder.example"]);
        let advisory = letter(tx, "redistribution", &["a@x.example", "b@x.example", "c@x.example"]);
        let other = letter(tx, "redistribution", &["d@x.example"]);
        let team = letter(tx, "reminder", &["mona@team.example.org"]);
        let sql = "UPDATE letter SET case_id = ?2, label = ?3, created_at = ?4 WHERE id = ?1";
        let at = super::super::stored(later(3));
        for (letter, case, label) in
            [(of_case, Some(1), ""), (advisory, None, "advisory:484:2"), (other, None, "advisory:4840:1"), (team, Some(1), "")]
        {
            connection.execute(sql, params![letter, case, label, at]).unwrap();
        }
        let ends = "UPDATE delivery SET state = ?2, bounce = ?3 WHERE recipient = ?1";
        for (who, state, bounce) in [
            ("dora@finder.example", "accepted", ""),
            ("a@x.example", "accepted", ""),
            ("b@x.example", "accepted", "5.1.1 permanent"),
            ("c@x.example", "failed", ""),
        ] {
            connection.execute(ends, [who, state, bounce]).unwrap();
        }
        let sent = sent::of_case(tx, CaseId(1), "XSA").unwrap();
        let count =
            |what: &str, recipients, accepted, failed| DeliveryCount { what: what.to_owned(), recipients, accepted, failed };
        assert_eq!(sent.deliveries, [count("acknowledgement", 1, 1, 0), count("XSA-484 v2 (redistribution)", 3, 1, 2)]);
        assert_eq!(sent.acknowledged, Some(later(3)));
    });
}
