//! The order of decisions, on a store of its own.

use std::{os::unix::fs::PermissionsExt as _, path::PathBuf};

use jiff::SignedDuration;
use tempfile::TempDir;

use super::*;
use crate::{
    clock::ManualClock,
    daemon::{DeliveryTimes, ReturnPathWay},
    decide::tests::policy,
    mail::RawMessage,
    schedule::Retry,
    store::{Lock, Store, inbox::Arrival, tests::beside::Beside},
    transport::{Recording, Transport},
};

struct Place {
    shared: Arc<Shared>,
    beside: Beside,
    _lock: Lock,
    _state: TempDir,
}

impl Place {
    fn new() -> Self {
        let state = tempfile::tempdir().unwrap();
        std::fs::set_permissions(state.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        let lock = Lock::take(state.path()).unwrap();
        let minute = SignedDuration::from_mins(1);
        let shared = Shared::new(
            Store::open(state.path(), &lock).unwrap(),
            Arc::new(ManualClock::at("2026-11-21T14:02:00Z".parse().unwrap())),
            Transport::Recording(Recording::default()),
            policy(),
            DeliveryTimes {
                retry: Retry { shortest: minute, longest: minute, give_up: minute },
                unknown_resend_after: minute,
                connections: 1,
                recipients: 100,
                return_paths: ReturnPathWay::OwnTransaction,
            },
            PathBuf::from("no-kill-switch"),
        );
        Self { shared: Arc::new(shared), beside: Beside::open(state.path()), _lock: lock, _state: state }
    }

    /// So many mails have come in.
    async fn with_mails(count: u32) -> Self {
        let place = Self::new();
        let arrived = place.shared.clock.now();
        let mail = |nth: u32| {
            let text = format!(
                "From: a@b.example\r\nTo: exo@example.org\r\nSubject: {nth}\r\nMessage-ID: <{nth}@b.example>\r\n\r\nhello\r\n"
            );
            let raw = RawMessage::new(text.into_bytes());
            Arrival {
                source: "s".to_owned(),
                mailbox: "INBOX".to_owned(),
                uid_validity: 1,
                uid: nth,
                unique_name: String::new(),
                came_for: String::new(),
                full_size: 100,
                extent: Extent::Whole,
                mark: inbox::Mark::None,
                look: inbox::Look::Later,
                arrived,
                raw,
            }
        };
        let batch = (1..=count).map(mail).collect();
        place.shared.store.writer().write(move |tx| inbox::take_in(tx, batch, None, arrived)).await.unwrap();
        place
    }

    fn undecided(&self) -> String {
        self.beside.text("SELECT COALESCE(GROUP_CONCAT(id), '') FROM (SELECT id FROM inbox WHERE state = 'taken' ORDER BY id)")
    }
}

#[tokio::test]
async fn no_message_is_decided_before_the_one_that_came_first() {
    let place = Place::with_mails(3).await;
    let taken = place.shared.store.writer().write(|tx| inbox::next_taken(tx, 3, OCTETS)).await.unwrap();
    let mut incoming: Vec<Incoming> = taken.into_iter().map(take_apart).collect();
    let last = incoming.pop().unwrap();
    let second = incoming.pop().unwrap();
    // The first one's decision met a full disk, and these were on their way already.
    for later in [second, last] {
        let decided = submit(&place.shared, later).await.unwrap().await;
        assert!(matches!(decided, Err(StoreError::OutOfTurn)), "{decided:?}");
    }
    assert_eq!(place.undecided(), "1,2,3");
    while next(&place.shared, || ()).await.unwrap() == Round::Handled {}
    assert_eq!(place.undecided(), "");
    assert_eq!(place.beside.text("SELECT COUNT(*) || '' FROM inbox WHERE state = 'quarantined'"), "0");
    let order = "SELECT GROUP_CONCAT(inbox_id) FROM (SELECT inbox_id FROM event WHERE inbox_id IS NOT NULL GROUP BY inbox_id ORDER BY MIN(id))";
    assert_eq!(place.beside.text(order), "1,2,3");
}

#[tokio::test]
async fn a_message_that_cannot_be_handled_lets_the_next_ones_go_on() {
    let place = Place::with_mails(3).await;
    place.beside.run(
        "CREATE TRIGGER poison BEFORE UPDATE OF state ON inbox WHEN OLD.id = 1 AND NEW.state = 'decided' \
         BEGIN SELECT RAISE(ABORT, 'poison'); END; \
         CREATE TRIGGER poison_held BEFORE UPDATE OF state ON inbox WHEN OLD.id = 1 AND NEW.state = 'held' \
         BEGIN SELECT RAISE(ABORT, 'poison'); END",
    );
    while next(&place.shared, || ()).await.unwrap() == Round::Handled {}
    assert_eq!(place.undecided(), "");
    assert_eq!(place.beside.text("SELECT GROUP_CONCAT(id) FROM inbox WHERE state = 'quarantined'"), "1");
}

#[tokio::test]
async fn the_state_folder_is_free_when_the_last_loop_has_ended() {
    let Place { shared, _lock: lock, _state: state, .. } = Place::new();
    let shared = Arc::new(Arc::try_unwrap(shared).ok().unwrap().locked(lock));
    let stop = tokio_util::sync::CancellationToken::new();
    let ended = crate::daemon::deliver::start(Arc::clone(&shared), stop.clone()).unwrap();
    // The house is left; the deliverer's thread still works.
    drop(shared);
    assert!(Lock::take(state.path()).is_err());
    stop.cancel();
    ended.await.unwrap_err();
    Lock::take(state.path()).unwrap();
}
