//! What a copy costs in the database and on the wire.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    thread,
    time::Instant,
};

use criterion::{Criterion, Throughput};
use embargod::{
    disclosure::{Assurance, Member, Membership, TlsRequirement},
    mail::Address,
    store::{
        Lock, Store,
        delivery::{self, DeliveryState, Place, Settled},
        member,
        open::{FILE_NAME, prepare_folder},
    },
    transport::{Content, Handover, Outcome, Relay, RelayTls, SmtpConnection, Timeouts, Wishes},
};
use jiff::Timestamp;

use super::words;

/// Members of a list.
const MEMBERS: u32 = 75;
/// Copies that are under way at once, and so share a commit ([`embargod::config`], `delivery.connections`).
const CONNECTIONS: usize = 16;

fn alias(number: u32) -> Address {
    format!("pre{number:03}@org{number:03}.example").parse().unwrap()
}

/// A letter to all members, from queued to accepted as the deliverer does it: what the last group was answered and what goes next in one commit on the disk.
pub(super) fn store(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("store");
    group.sample_size(20).throughput(Throughput::Elements(MEMBERS.into()));
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    prepare_folder(&state).unwrap();
    let lock = Lock::take(&state).unwrap();
    let store = Store::open(&state, &lock).unwrap();
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    let join = move |number| Member {
        organisation: format!("Organisation {number}"),
        address: alias(number),
        posters: Vec::new(),
        membership: Membership::Active,
        tls: TlsRequirement::default(),
    };
    store
        .writer()
        .write_blocking(move |tx| (0..MEMBERS).try_for_each(|number| member::add(tx, &join(number), "mona", now).map(drop)))
        .unwrap();
    let letters = rusqlite::Connection::open(state.join(FILE_NAME)).unwrap();
    group.bench_function("claim and settle the copies of a letter", |bencher| {
        bencher.iter_custom(|letters_to_send| {
            for _ in 0..letters_to_send {
                queue(&letters, now);
            }
            let begun = Instant::now();
            for _ in 0..letters_to_send {
                send(&store, now);
            }
            begun.elapsed()
        });
    });
    group.finish();
}

/// How a letter's rows come there is measured with the decision that makes them.
fn queue(letters: &rusqlite::Connection, now: Timestamp) {
    let at = now.as_millisecond();
    letters.execute_batch("BEGIN IMMEDIATE").unwrap();
    let letter = "INSERT INTO letter (kind, class, message_id, bytes, created_at) VALUES ('redistribution', 'embargoed', 'l@example.org', zeroblob(8192), ?1)";
    letters.execute(letter, [at]).unwrap();
    let letter = letters.last_insert_rowid();
    let copy = "INSERT INTO delivery (letter_id, recipient, return_path, priority, state, queued_at, next_at) VALUES (?1, ?2, ?3, 5, 'queued', ?4, ?4)";
    let mut copies = letters.prepare_cached(copy).unwrap();
    for number in 0..MEMBERS {
        let path = format!("bounces+{letter}.{number}.0123456789abcdef@lists.example.org");
        copies.execute(rusqlite::params![letter, alias(number).to_string(), path, at]).unwrap();
    }
    letters.execute_batch("COMMIT").unwrap();
}

fn send(store: &Store, now: Timestamp) {
    let mut answered: Vec<Settled> = Vec::new();
    let mut place = Place::START;
    loop {
        let settled = std::mem::take(&mut answered);
        let (claimed, next) = store
            .writer()
            .write_blocking(move |tx| {
                delivery::settle(tx, &settled, now)?;
                let due = delivery::due(tx, 5, &mut place, CONNECTIONS, now)?;
                let nothing = |_: &Address| Assurance::Lacking;
                let claimed =
                    due.iter().map(|due| delivery::claim(tx, due, &[], &nothing, now)).collect::<Result<Vec<_>, _>>()?;
                Ok((claimed, place))
            })
            .unwrap();
        place = next;
        let accepted = |claimed: delivery::Claimed| Settled {
            attempt: claimed.attempt,
            delivery: claimed.due.delivery,
            letter: claimed.due.letter,
            recipient: claimed.due.recipient,
            state: DeliveryState::Accepted,
            reply: "250 2.0.0".to_owned(),
            again: None,
        };
        answered.extend(claimed.into_iter().flatten().map(accepted));
        if answered.is_empty() {
            return;
        }
    }
}

/// A letter of 8 KiB handed over again and again on one connection, each envelope with the final dot before it, to a peer in this process that keeps nothing.
pub(super) fn smtp(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("smtp");
    group.throughput(Throughput::Elements(1));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let relay = Relay {
        host: "127.0.0.1".to_owned(),
        port: peer(),
        server_name: None,
        tls: RelayTls::None,
        ca_file: None,
        hello: "bench.example.org".to_owned(),
        credentials: None,
        timeouts: Timeouts::default(),
    };
    let content = Content::new(words::mail(7_000_001, 1_000));
    let mut connection = runtime.block_on(SmtpConnection::connect(&relay)).unwrap();
    let handover = |key: i64| Handover {
        key,
        delivery: key,
        reverse_path: Some(format!("bounces+1.{key}.0123456789abcdef@lists.example.org").parse().unwrap()),
        envelope_id: None,
        recipients: vec![alias(1)],
        content: content.clone(),
        wishes: Wishes::default(),
    };
    let mut this = handover(1);
    group.bench_function("hand over a copy", |bencher| {
        bencher.iter(|| {
            let next = handover(this.key + 1);
            let sent = runtime.block_on(connection.hand_over(&this, Some(&next)));
            assert!(matches!(sent.outcomes[0].1, Outcome::Accepted(_)), "{:?}", sent.outcomes);
            this = next;
        });
    });
    group.finish();
}

/// A server that pipelines (RFC 2920) and says yes to everything; its port. It ends with the process.
fn peer() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        socket.set_nodelay(true).unwrap();
        let (mut answers, mut lines) = (socket.try_clone().unwrap(), BufReader::with_capacity(1 << 16, socket));
        let (mut line, mut waiting) = (Vec::new(), b"220 peer ESMTP\r\n".to_vec());
        let mut in_message = false;
        loop {
            if lines.buffer().is_empty() && !waiting.is_empty() {
                answers.write_all(&waiting).unwrap();
                waiting.clear();
            }
            line.clear();
            if lines.read_until(b'\n', &mut line).unwrap_or(0) == 0 {
                return;
            }
            let answer: &[u8] = match line.get(..4) {
                _ if in_message && line != b".\r\n" => continue,
                _ if in_message => b"250 2.0.0 kept\r\n",
                Some(b"EHLO") => b"250-peer\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 PIPELINING\r\n",
                Some(b"DATA") => b"354 go on\r\n",
                _ => b"250 2.1.0 ok\r\n",
            };
            in_message = line.starts_with(b"DATA") && !in_message;
            waiting.extend_from_slice(answer);
        }
    });
    port
}
