//! The engine on a store of its own, with a relay that only keeps what it is handed.

use std::{os::unix::fs::PermissionsExt as _, path::PathBuf, sync::Mutex};

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::{
    clock::ManualClock,
    daemon::{DeliveryTimes, ReturnPathWay},
    decide::tests::policy,
    schedule::Retry,
    store::{Lock, Store, tests::beside::Beside},
    transport::{Recording, Relay, RelayTls, Timeouts, Transport},
};

struct Place {
    shared: Arc<Shared>,
    clock: Arc<ManualClock>,
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
        let relay = Recording::default();
        Self { relay: relay.clone(), ..Self::with(Transport::Recording(relay)) }
    }

    fn with(transport: Transport) -> Self {
        let state = tempfile::tempdir().unwrap();
        std::fs::set_permissions(state.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        let lock = Lock::take(state.path()).unwrap();
        let store = Store::open(state.path(), &lock).unwrap();
        let clock = Arc::new(ManualClock::at(now()));
        let minute = SignedDuration::from_mins(1);
        let shared = Arc::new(Shared::new(
            store,
            clock.clone(),
            transport,
            policy(),
            DeliveryTimes {
                retry: Retry { shortest: minute, longest: minute, give_up: SignedDuration::from_hours(1) },
                unknown_resend_after: minute,
                connections: 8,
                recipients: 100,
                return_paths: ReturnPathWay::OwnTransaction,
            },
            PathBuf::from("no-kill-switch"),
        ));
        let beside = Beside::open(state.path());
        Self { shared, clock, relay: Recording::default(), beside, _lock: lock, _state: state }
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
    // The third was claimed, waited behind the second for too long, and was put back before its time came.
    let ends = place.beside.text("SELECT group_concat(DISTINCT state) FROM delivery");
    assert_eq!(ends, "accepted");
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

const REFUSES: &str = "m2@org2.example";
const BUSY: &str = "m3@org3.example";
const STALLS: &str = "m4@org4.example";

/// What a relay took: when, for whom, and the message. Of a message to [`STALLS`] it says nothing.
type Taken = Arc<Mutex<Vec<(Instant, String, String)>>>;

async fn session(socket: TcpStream, taken: Taken) -> io::Result<()> {
    let (reading, mut writing) = socket.into_split();
    let mut lines = BufReader::new(reading).lines();
    let mut recipient = None;
    writing.write_all(b"220 relay\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => "250-relay\r\n250 PIPELINING\r\n",
            "RCPT" => {
                let named = line.split(['<', '>']).nth(1).unwrap_or_default();
                recipient = None;
                match named {
                    REFUSES => "550 5.1.1 no such user\r\n",
                    BUSY => "451 4.3.0 later\r\n",
                    _ => {
                        recipient = Some(named.to_owned());
                        "250 ok\r\n"
                    }
                }
            }
            "DATA" => match recipient.take() {
                None => "554 5.5.1 nobody\r\n",
                Some(recipient) => {
                    writing.write_all(b"354 go\r\n").await?;
                    let mut message = String::new();
                    while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                        message += &(line + "\n");
                    }
                    let stalls = recipient == STALLS;
                    taken.lock().unwrap().push((Instant::now(), recipient, message));
                    if stalls {
                        std::future::pending::<()>().await;
                    }
                    "250 2.0.0 taken\r\n"
                }
            },
            "QUIT" => return writing.write_all(b"221 bye\r\n").await,
            _ => "250 ok\r\n",
        };
        writing.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

/// A relay on loopback that says nothing for so long, and what it took.
async fn relay(patience: Duration) -> (Transport, Taken) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = Taken::default();
    let relay = Relay {
        host: "127.0.0.1".to_owned(),
        port,
        server_name: None,
        tls: RelayTls::None,
        ca_file: None,
        hello: "lists.example.org".to_owned(),
        credentials: None,
        timeouts: Timeouts { data_done: patience, ..Timeouts::default() },
    };
    let ours = Arc::clone(&taken);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(session(socket, Arc::clone(&ours)));
        }
    });
    (Transport::Smtp(relay), taken)
}

/// Of 75 one is silent after the final dot for as long as anybody waits, one is busy for an hour and one does not exist.
#[tokio::test]
async fn seventy_two_wait_for_nobody_and_the_three_are_told_apart() {
    const PATIENCE: Duration = Duration::from_secs(2);
    let (transport, taken) = relay(PATIENCE).await;
    let place = Place::with(transport);
    let members: Vec<String> = (0..75).map(|number| format!("m{number}@org{number}.example")).collect();
    for member in &members {
        place.beside.run(&format!(
            "INSERT INTO member (organisation, address, state, added_at, changed_at) VALUES ('{member}', '{member}', 'active', 0, 0)"
        ));
    }
    place.letter(&members.iter().map(String::as_str).collect::<Vec<_>>());
    place.beside.run("UPDATE letter SET kind = 'redistribution', class = 'embargoed', label = 'advisory:999:1'");
    assert_eq!(drain(&place.shared).await.unwrap(), 75);
    let states = "SELECT group_concat(number || ' ' || state, ', ' ORDER BY state) FROM (SELECT COUNT(*) AS number, state FROM delivery GROUP BY state)";
    assert_eq!(place.beside.text(states), "72 accepted, 1 deferred, 1 failed, 1 unknown");
    let silent = taken.lock().unwrap().iter().find(|(_, to, _)| to == STALLS).unwrap().0;
    assert_eq!(taken.lock().unwrap().iter().filter(|(at, to, _)| to != STALLS && *at < silent + PATIENCE).count(), 72);

    place.clock.advance(SignedDuration::from_hours(1));
    drain(&place.shared).await.unwrap();
    let sentence = "XSA-999 v1: 72 of 75 delivered, 1 bounced (org2.example: 5.1.1), 1 given up (org3.example: 4.3.0), 1 unknown (org4.example)";
    let taken = taken.lock().unwrap();
    let told: Vec<&String> = taken.iter().map(|(_, _, message)| message).filter(|message| message.contains("of 75")).collect();
    assert!(!told.is_empty() && told.iter().all(|message| message.replace('\n', " ").contains(sentence)), "{told:?}");
    assert_eq!(taken.iter().filter(|(_, to, _)| to == STALLS).count(), 2, "an unknown outcome is sent once more");
}
