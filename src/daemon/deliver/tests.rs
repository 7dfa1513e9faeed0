//! The engine on a store of its own, with a relay that only keeps what it is handed.

use std::{os::unix::fs::PermissionsExt as _, path::PathBuf};

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::*;
use crate::{
    clock::ManualClock,
    daemon::{DeliveryTimes, ReturnPathWay},
    decide::tests::policy,
    schedule::Retry,
    store::{Lock, Store, tests::beside::Beside},
    transport::{Recording, Transport},
};

struct Place {
    shared: Arc<Shared>,
    relay: Recording,
    beside: Beside,
    _lock: Lock,
    _state: TempDir,
}

fn now() -> Timestamp {
    "2026-11-21T14:02:00Z".parse().unwrap()
}

impl Place {
    fn new() -> Self {
        let state = tempfile::tempdir().unwrap();
        std::fs::set_permissions(state.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        let lock = Lock::take(state.path()).unwrap();
        let store = Store::open(state.path(), &lock).unwrap();
        let relay = Recording::default();
        let minute = SignedDuration::from_mins(1);
        let shared = Arc::new(Shared::new(
            store,
            Arc::new(ManualClock::at(now())),
            Transport::Recording(relay.clone()),
            policy(),
            DeliveryTimes {
                retry: Retry { shortest: minute, longest: minute, give_up: minute },
                unknown_resend_after: minute,
                connections: 8,
                recipients: 100,
                return_paths: ReturnPathWay::OwnTransaction,
            },
            PathBuf::from("no-kill-switch"),
        ));
        let beside = Beside::open(state.path());
        Self { shared, relay, beside, _lock: lock, _state: state }
    }

    /// A letter that is due, with these recipients.
    fn letter(&self, recipients: &[&str]) {
        let at = now().as_millisecond();
        self.beside.run(&format!(
            "INSERT INTO letter (kind, class, message_id, bytes, created_at) VALUES ('acknowledgement', 'confidential', 'l@example.org', \
             CAST('Subject: x' || char(13, 10) AS BLOB), {at})"
        ));
        for recipient in recipients {
            self.beside.run(&format!(
                "INSERT INTO delivery (letter_id, recipient, priority, state, queued_at, next_at) \
                 VALUES ((SELECT MAX(id) FROM letter), '{recipient}', 1, 'queued', {at}, {at})"
            ));
        }
    }

    fn states(&self) -> String {
        self.beside.text("SELECT group_concat(recipient || ' ' || state || ' ' || attempts, ', ' ORDER BY id) FROM delivery")
    }

    fn handed(&self) -> Vec<String> {
        self.relay.take().iter().flat_map(|handed| &handed.to).map(ToString::to_string).collect()
    }
}

#[tokio::test]
async fn an_outcome_that_cannot_be_recorded_is_kept_until_it_can_and_nothing_is_sent_twice() {
    let place = Place::new();
    place.letter(&["a@x.example", "b@x.example"]);
    place.letter(&["c@x.example"]);
    let trap = "CREATE TRIGGER trap BEFORE UPDATE ON delivery WHEN NEW.recipient = 'b@x.example' AND NEW.state = 'accepted' \
                BEGIN SELECT RAISE(ABORT, 'a test'); END";
    place.beside.run(trap);
    let shared = Arc::clone(&place.shared);
    let draining = tokio::spawn(async move { drain(&shared).await });
    // The commit that fails tells that the relay has it.
    while place.states() != "a@x.example accepted 1, b@x.example sending 1, c@x.example queued 0" {
        tokio::task::yield_now().await;
    }
    assert!(!draining.is_finished(), "it has a 250 in hand");
    place.beside.run("DROP TRIGGER trap");
    assert_eq!(draining.await.unwrap().unwrap(), 3);
    assert_eq!(place.states(), "a@x.example accepted 1, b@x.example accepted 1, c@x.example accepted 1");
    assert_eq!(place.handed(), ["a@x.example", "b@x.example", "c@x.example"], "nothing was sent twice");
}

#[tokio::test]
async fn a_summary_that_cannot_be_written_costs_no_outcome() {
    let place = Place::new();
    place.letter(&["a@x.example"]);
    place.beside.run("UPDATE letter SET kind = 'redistribution', label = 'post:1'");
    place.beside.run(
        "INSERT INTO member (organisation, address, state, added_at, changed_at) VALUES ('A', 'a@x.example', 'active', 0, 0)",
    );
    let trap = "CREATE TRIGGER trap BEFORE INSERT ON letter BEGIN SELECT RAISE(ABORT, 'a test'); END";
    place.beside.run(trap);
    assert_eq!(drain(&place.shared).await.unwrap(), 1);
    assert_eq!(place.states(), "a@x.example accepted 1");
    assert_eq!(place.handed(), ["a@x.example"]);
}
