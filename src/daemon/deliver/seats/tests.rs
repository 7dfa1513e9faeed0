use jiff::Timestamp;

use super::*;
use crate::{
    decide::effect::LetterKind,
    disclosure::TlsRequirement,
    store::delivery::{Claimed, DeliveryState, Due, Settled},
    transport::{Content, Handover, Wishes},
};

/// A transaction for one recipient of letter 1.
pub(in super::super) fn consignment(delivery: i64, recipient: &str) -> Arc<Consignment> {
    let due = Due {
        delivery,
        letter: 1,
        kind: LetterKind::Redistribution,
        size: 1,
        recipient: recipient.parse().unwrap(),
        return_path: None,
        return_key: String::new(),
        queued: Timestamp::UNIX_EPOCH,
        attempts: 0,
        unknown: false,
        resent: false,
    };
    let handover = Handover {
        key: delivery,
        delivery,
        reverse_path: None,
        envelope_id: None,
        recipients: vec![due.recipient.clone()],
        content: Content::new(b"A\r\n".to_vec()),
        wishes: Wishes::default(),
    };
    Arc::new(Consignment { claimed: vec![Claimed { attempt: 1, due, tls: TlsRequirement::Opportunistic }], handover })
}

fn accepted(delivery: i64) -> Settled {
    Settled {
        attempt: 1,
        delivery,
        letter: 1,
        recipient: "a@a.example".parse().unwrap(),
        state: DeliveryState::Accepted,
        reply: String::new(),
        again: None,
    }
}

#[test]
fn a_lane_goes_on_only_when_its_own_outcome_is_on_disk() {
    let mut seat = Seat::Empty;
    seat.open(Lane::new(0), consignment(1, "a@a.example"));
    seat.queue(consignment(2, "b@b.example"));
    let (lane, this, next) = seat.start().unwrap();
    assert_eq!((this.handover.key, next.unwrap().handover.key), (1, 2));
    assert!(seat.start().is_none(), "it flies already");
    seat.recorded(&Hand::default());
    assert!(seat.start().is_none(), "nothing has landed");
    seat.landed(lane);
    let mut hand = Hand::default();
    hand.extend([accepted(1)]);
    seat.recorded(&hand);
    assert!(seat.start().is_none(), "its outcome is in hand and not on disk");
    hand.take_together();
    // The outcome of another lane keeps this one waiting for nothing.
    hand.extend([accepted(7)]);
    seat.recorded(&hand);
    let (_, this, next) = seat.start().unwrap();
    assert_eq!((this.handover.key, next.is_none()), (2, true));
}

#[test]
fn a_lane_without_a_connection_and_without_work_is_a_free_seat() {
    let mut seat = Seat::Empty;
    seat.open(Lane::new(0), consignment(1, "a@a.example"));
    let (lane, ..) = seat.start().unwrap();
    assert!(!seat.is_empty() && !seat.is_open() && !seat.is_stalled());
    seat.landed(lane);
    seat.recorded(&Hand::default());
    assert!(seat.is_empty());
}

#[test]
fn a_slow_lane_gives_up_what_waits_behind_it_and_takes_nothing_more() {
    let mut seat = Seat::Empty;
    seat.open(Lane::new(0), consignment(1, "a@a.example"));
    seat.queue(consignment(2, "b@b.example"));
    seat.start().unwrap();
    assert!(seat.take_next_of_slow().is_none(), "it is not slow yet");
    let Seat::Busy(busy) = &mut seat else { panic!("it flies") };
    busy.since = Instant::now().checked_sub(SLOW).unwrap();
    assert_eq!(seat.take_next_of_slow().unwrap().handover.key, 2);
    assert!(!seat.can_take_next() && !seat.is_stalled());
    assert_eq!((seat.room(2), seat.consignments().map(|(_, slow)| slow).collect::<Vec<_>>()), (0, vec![true]));
    let Seat::Busy(busy) = &mut seat else { panic!("it flies") };
    busy.since = Instant::now().checked_sub(STALLED).unwrap();
    assert!(seat.is_stalled());
    assert!(seat.vacate().is_none() && seat.is_empty());
}

#[test]
fn an_outcome_that_cannot_be_recorded_keeps_nothing_waiting_behind_it() {
    let mut seat = Seat::Empty;
    seat.open(Lane::new(0), consignment(1, "a@a.example"));
    seat.queue(consignment(2, "b@b.example"));
    let (lane, ..) = seat.start().unwrap();
    seat.landed(lane);
    let Seat::Busy(busy) = &mut seat else { panic!("its outcome is in hand") };
    busy.since = Instant::now().checked_sub(STALLED).unwrap();
    assert_eq!(seat.take_next_of_slow().unwrap().handover.key, 2);
    assert!(!seat.can_take_next() && seat.is_stalled(), "another lane may take its place");
}
