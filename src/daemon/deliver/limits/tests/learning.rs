//! What a landing lets the limits know.

use jiff::SignedDuration;

use super::super::{super::seats::tests::consignment, *};
use crate::{
    daemon::deliver::lane::Lane,
    schedule::Retry,
    transport::{NetworkKind, Relay, RelayTls, Reply, Timeouts, TransportError},
};

fn limits(connections: usize, way: ReturnPathWay) -> Limits {
    let minute = SignedDuration::from_mins(1);
    let times = DeliveryTimes {
        retry: Retry { shortest: minute, longest: minute, give_up: minute },
        unknown_resend_after: minute,
        connections,
        recipients: 100,
        return_paths: way,
    };
    let relay = Relay {
        host: "127.0.0.1".to_owned(),
        port: 25,
        server_name: None,
        tls: RelayTls::None,
        ca_file: None,
        hello: "lists.example.org".to_owned(),
        credentials: None,
        timeouts: Timeouts::default(),
    };
    Limits::new(&times, &Transport::Smtp(relay), &OnwardWay::Nothing)
}

fn own(connections: usize) -> Limits {
    limits(connections, ReturnPathWay::OwnTransaction)
}

fn seats(limits: &Limits) -> Vec<Seat> {
    (0..limits.seats()).map(|_| Seat::Empty).collect()
}

fn flying(seats: &mut [Seat], number: usize, recipient: &str) {
    let seat = seats.get_mut(number).unwrap();
    seat.open(Lane::new(number), consignment(i64::try_from(number).unwrap(), recipient));
    seat.start().unwrap();
}

fn landed(outcomes: Vec<Outcome>) -> Landed {
    Landed {
        lane: Lane::new(0),
        consignment: consignment(1, "a@a.example"),
        outcomes,
        not_opened: false,
        closed_after: None,
        makes_return_paths: None,
    }
}

fn reply(code: u16) -> Reply {
    Reply { code, enhanced: None, text: String::new() }
}

#[test]
fn there_is_room_for_two_transactions_a_connection_and_no_more_connections_than_allowed() {
    let limits = own(3);
    let mut seats = seats(&limits);
    assert_eq!((seats.len(), limits.wanted(&seats)), (6, 6));
    flying(&mut seats, 0, "a@a.example");
    assert_eq!((limits.wanted(&seats), limits.may_open(&seats)), (5, true));
    flying(&mut seats, 1, "b@b.example");
    flying(&mut seats, 2, "c@c.example");
    assert_eq!((limits.wanted(&seats), limits.may_open(&seats)), (3, false));
}

#[test]
fn a_relay_that_is_busy_gets_half_of_the_connections() {
    let mut limits = own(8);
    limits.learn(&landed(vec![Outcome::Deferred(Cause::Reply(Phase::Mail, reply(421)))]), 7);
    assert_eq!(limits.wanted(&seats(&limits)), 8);
    limits.learn(&landed(vec![Outcome::Deferred(Cause::Reply(Phase::Mail, reply(452)))]), 3);
    assert_eq!(limits.wanted(&seats(&limits)), 4);
    // A mailbox that is full says nothing about the relay.
    let mut limits = own(8);
    limits.learn(&landed(vec![Outcome::Deferred(Cause::Reply(Phase::Recipient, reply(452)))]), 7);
    assert_eq!(limits.wanted(&seats(&limits)), 16);
}

#[test]
fn one_connection_too_many_is_tried_no_more_and_none_at_all_is_a_relay_that_is_away() {
    let error = TransportError::Network { phase: Phase::Connect, kind: NetworkKind::Refused };
    let not_opened = || Landed { not_opened: true, ..landed(vec![Outcome::Deferred(Cause::NotOpened(error.clone()))]) };
    let mut limits = own(8);
    limits.learn(&not_opened(), 5);
    assert_eq!((limits.wanted(&seats(&limits)), limits.relay_is_away()), (10, false));
    let mut limits = own(8);
    limits.learn(&not_opened(), 0);
    assert_eq!((limits.wanted(&seats(&limits)), limits.relay_is_away()), (16, true));
}

#[test]
fn fewer_recipients_and_fewer_messages_when_the_relay_wants_it_so() {
    let mut limits = limits(2, ReturnPathWay::Shared);
    assert_eq!((limits.recipients(), limits.messages_a_connection()), (100, u32::MAX));
    let taken = || Outcome::Accepted(reply(250));
    let crowded = || Outcome::Deferred(Cause::Reply(Phase::Recipient, reply(452)));
    limits.learn(&Landed { closed_after: Some(10), ..landed(vec![taken(), taken(), crowded()]) }, 1);
    assert_eq!((limits.recipients(), limits.messages_a_connection()), (2, 10));
    limits.learn(&Landed { closed_after: Some(20), ..landed(vec![taken()]) }, 1);
    assert_eq!((limits.recipients(), limits.messages_a_connection()), (2, 10), "the smaller one holds");
}

#[test]
fn recipients_share_a_transaction_only_where_the_relay_makes_the_return_paths() {
    let mut limits = limits(2, ReturnPathWay::Xverp);
    assert_eq!(limits.recipients(), 1);
    limits.learn(&Landed { makes_return_paths: Some(true), ..landed(Vec::new()) }, 0);
    assert_eq!(limits.recipients(), 100);
    assert_eq!(own(2).recipients(), 1);
}

#[test]
fn a_domain_takes_no_more_than_its_share() {
    let limits = own(3);
    let mut seats = seats(&limits);
    let next = consignment(9, "x@a.example");
    let due = &next.claimed.first().unwrap().due;
    flying(&mut seats, 0, "a@a.example");
    flying(&mut seats, 1, "b@a.example");
    assert!(limits.may_go(due, 1, &UnderWay::on(&seats), &[]));
    assert!(
        !limits.may_go(due, 1, &UnderWay::on(&seats), &[vec![due.clone()]]),
        "with the one that is chosen it would have all connections"
    );
    flying(&mut seats, 2, "c@a.example");
    assert!(!limits.may_go(due, 1, &UnderWay::on(&seats), &[]));
}
