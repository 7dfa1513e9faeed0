//! Cases in the store: folded from the record, repeated in their rows, and read though they are older than the record.

use super::*;
use crate::{
    decide::{
        effect::Happened,
        snapshot::{Actor, CaseEvent, NumberUse, Origin},
    },
    disclosure::{AdvisoryNumber, CaseId, PersonName},
    store::{StoreError, case},
};

const CASE: CaseId = CaseId(1);

fn person(name: &str) -> Actor {
    Actor::Person(PersonName(name.to_owned()))
}

fn opened() -> CaseEvent {
    CaseEvent::Opened {
        discoverer: Some(address("dora@finder.example")),
        origin: Origin::Report,
        policy: Some("v3.23".to_owned()),
    }
}

fn row(connection: &Connection) {
    connection
        .execute(
            "INSERT INTO case_file (id, discoverer, token, state, opened_at) VALUES (1, 'dora@finder.example', 'a', 'open', ?1)",
            [super::super::stored(now())],
        )
        .unwrap();
}

fn happens(tx: &Tx<'_>, by: Actor, event: CaseEvent, at: Timestamp) -> Result<(), StoreError> {
    case::happened(tx, None, Happened { case: CASE, about: None, by, event, text: "told".to_owned() }, at)
}

#[test]
fn the_row_of_a_case_says_what_its_events_add_up_to() {
    let connection = memory();
    row(&connection);
    let number = AdvisoryNumber::new(484).unwrap();
    within(&connection, |tx| {
        happens(tx, Actor::Daemon, opened(), now()).unwrap();
        happens(tx, person("mona"), CaseEvent::Claimed { instead_of: None }, later(1)).unwrap();
        happens(tx, person("mona"), CaseEvent::NumberAllocated { number }, later(2)).unwrap();
        let file = case::file(tx, CASE).unwrap().unwrap();
        assert_eq!((file.version(), file.live_number(), file.opened()), (3, Some(number), now()));
        assert_eq!(case::numbers(tx).unwrap(), [(number, NumberUse::Taken)].into());
        // An advisory that was never sent has no case of its own yet; one that was sent is somebody's for good.
        let row = "INSERT INTO advisory (id, number, revision, digest, submitted_by, state, created_at) VALUES (?1, ?2, 1, zeroblob(32), 'mona', ?3, 1)";
        for (id, number, state) in
            [(1, 484, "waiting"), (2, 490, "waiting"), (3, 491, "sent"), (4, 491, "cancelled"), (5, 492, "cancelled")]
        {
            tx.sql().execute(row, params![id, number, state]).unwrap();
        }
        let uses: Vec<(u16, NumberUse)> =
            case::numbers(tx).unwrap().into_iter().map(|(number, used)| (number.get(), used)).collect();
        let (taken, submitted) = (NumberUse::Taken, NumberUse::Submitted);
        assert_eq!(uses, [(484, taken), (490, submitted), (491, taken), (492, submitted)]);
    });
    let told = "SELECT state || ' ' || claimed_by || ' ' || version FROM case_file";
    assert_eq!(text(&connection, told), "claimed mona 3");
    let record = "SELECT group_concat(kind || ':' || actor || ':' || text, '; ' ORDER BY id) FROM event";
    assert_eq!(text(&connection, record), "opened::told; claimed:mona:told; number-allocated:mona:told");
    assert!(crate::store::record::verify(&connection, None).unwrap().faults.is_empty());
}

/// What does not fit is no event: the whole transaction fails, and with it the command.
#[test]
fn an_event_that_does_not_fit_is_not_kept() {
    let connection = memory();
    row(&connection);
    within(&connection, |tx| {
        happens(tx, Actor::Daemon, opened(), now()).unwrap();
        let twice = happens(tx, Actor::Daemon, opened(), later(1)).unwrap_err();
        assert_eq!(twice.to_string(), "the database holds an unknown value in the record of a case");
    });
}

#[test]
fn a_case_from_before_the_events_is_what_its_row_says() {
    let connection = memory();
    row(&connection);
    within(&connection, |tx| {
        let open = case::file(tx, CASE).unwrap().unwrap();
        assert_eq!((open.opened(), open.is_closed(), open.claimed_by()), (now(), false, None));
    });
    connection.execute("UPDATE case_file SET state = 'claimed', claimed_by = 'mona'", []).unwrap();
    within(&connection, |tx| {
        assert_eq!(case::file(tx, CASE).unwrap().unwrap().claimed_by(), Some(&PersonName("mona".to_owned())));
        happens(tx, person("nils"), CaseEvent::Noted { text: "a note".to_owned() }, later(1)).unwrap();
        assert_eq!(
            case::file(tx, CASE).unwrap().unwrap().claimed_by(),
            Some(&PersonName("mona".to_owned())),
            "still after the first event"
        );
    });
    connection.execute("UPDATE case_file SET state = 'closed', closed_at = opened_at, reason = 'old'", []).unwrap();
    connection.execute_batch("DROP TRIGGER event_remains; DELETE FROM event").unwrap();
    within(&connection, |tx| assert!(case::file(tx, CASE).unwrap().unwrap().is_closed()));
    within(&connection, |tx| assert!(case::file(tx, CaseId(9)).unwrap().is_none()));
}

#[test]
fn an_old_case_whose_discoverer_is_named_later_is_read_ever_after() {
    let connection = memory();
    row(&connection);
    connection.execute("UPDATE case_file SET discoverer = ''", []).unwrap();
    let eve = || "eve@finder.example".parse().unwrap();
    within(&connection, |tx| happens(tx, person("nils"), CaseEvent::DiscovererNamed { address: eve() }, later(1)).unwrap());
    within(&connection, |tx| assert_eq!(case::file(tx, CASE).unwrap().unwrap().discoverer(), Some(&eve())));
}
