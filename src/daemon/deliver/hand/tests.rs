use super::*;
use crate::store::delivery::DeliveryState;

fn outcome(delivery: i64) -> Settled {
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

fn numbers(outcomes: &[Settled]) -> Vec<i64> {
    outcomes.iter().map(|outcome| outcome.delivery).collect()
}

fn fault() -> StoreError {
    StoreError::Judgement("a test".to_owned())
}

#[test]
fn a_database_that_cannot_be_used_changes_nothing_and_the_oldest_stay_first() {
    let mut hand = Hand::default();
    hand.extend([outcome(1), outcome(2)]);
    let tried = hand.take_together();
    assert!(hand.is_empty());
    hand.extend([outcome(3)]);
    hand.put_back(&tried, &StoreError::Commit("disk full".to_owned()));
    assert!(hand.next_alone().is_none());
    assert_eq!(numbers(&hand.take_together()), [1, 2, 3]);
}

#[tokio::test]
async fn what_failed_together_is_recorded_alone_and_what_failed_alone_later_again() {
    let mut hand = Hand::default();
    hand.put_back(&[outcome(1), outcome(2)], &fault());
    hand.extend([outcome(3)]);
    let first = hand.next_alone().unwrap();
    assert_eq!((first.delivery, hand.has(1), hand.has(2), hand.has(3)), (1, false, true, true));
    hand.put_back(&[first], &fault());
    assert_eq!(hand.next_alone().map(|next| next.delivery), Some(2));
    // The one that failed waits for its time, and the newer one does not wait for it.
    assert!(hand.next_alone().is_none() && hand.again_at().is_some() && hand.has(1));
    assert_eq!(numbers(&hand.take_together()), [3]);
    assert!(!hand.is_empty());
    hand.refused_until = Some(Instant::now());
    assert_eq!(hand.next_alone().map(|next| next.delivery), Some(1));
    assert!(hand.is_empty() && hand.again_at().is_none());
}
