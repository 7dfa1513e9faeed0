//! Over any interleaving of claims, outcomes, crashes and retries: every delivery is in exactly one state that its attempts explain, nothing that
//! was accepted is sent again, and each letter is closed when nothing of it is open.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::store::delivery::{self, Claimed, DeliveryState, Settled};

#[derive(Debug, Clone, Copy)]
enum Step {
    Claim,
    Outcome(usize, u8),
    Crash,
    Wait(i64),
    Retry(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Claim),
        4 => (0_usize..4, 0_u8..4).prop_map(|(which, how)| Step::Outcome(which, how)),
        1 => Just(Step::Crash),
        2 => (1_i64..30).prop_map(Step::Wait),
        1 => (1_i64..6).prop_map(Step::Retry),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_nothing_accepted_is_sent_again(steps in prop::collection::vec(step(), 0..60)) {
        let connection = memory();
        let tx = &Tx::of(&connection);
        letter(tx, "held-notice", &["a@x.example", "b@x.example", "c@x.example"]);
        letter(tx, "held-notice", &["d@x.example", "e@x.example"]);
        let mut clock = 0;
        let mut flying: Vec<Claimed> = Vec::new();
        let mut accepted = BTreeSet::new();
        let mut open_again = BTreeSet::new();
        let mut closed: Vec<i64> = Vec::new();
        for step in steps {
            let at = later(clock);
            match step {
                Step::Claim => {
                    if let Some(claimed) = claim(tx, at) {
                        prop_assert!(!accepted.contains(&claimed.due.delivery), "accepted and sent again");
                        prop_assert!(flying.iter().all(|other| other.due.delivery != claimed.due.delivery), "sent twice at once");
                        flying.push(claimed);
                    }
                }
                Step::Outcome(which, how) if which < flying.len() => {
                    let claimed = flying.remove(which);
                    let (state, again) = match how {
                        0 => (DeliveryState::Accepted, None),
                        1 => (DeliveryState::Failed, None),
                        2 => (DeliveryState::Deferred, Some(later(clock + 5))),
                        _ if claimed.is_resent() => (DeliveryState::Failed, None),
                        _ => (DeliveryState::Unknown, Some(later(clock + 15))),
                    };
                    let (delivery, letter) = (claimed.due.delivery, claimed.due.letter);
                    let recipient = claimed.due.recipient.clone();
                    let settled = Settled { attempt: claimed.attempt, delivery, letter, recipient, state, reply: String::new(), again };
                    closed.extend(delivery::settle(tx, &[settled], at).unwrap());
                    if state == DeliveryState::Accepted {
                        accepted.insert(delivery);
                    }
                }
                Step::Outcome(..) => {}
                Step::Crash => {
                    flying.clear();
                    delivery::recover(tx, SignedDuration::from_mins(15), at).unwrap();
                    prop_assert_eq!(count(&connection, "SELECT count(*) FROM delivery WHERE state = 'sending'"), 0);
                }
                Step::Wait(minutes) => clock += minutes,
                Step::Retry(id) => {
                    if delivery::retry(tx, id, "mona", at).is_ok() {
                        prop_assert!(!accepted.contains(&id));
                        open_again.insert(id);
                    }
                }
            }
            closed.extend(delivery::close_letters(tx, at).unwrap());
            prop_assert_eq!(count(&connection, "SELECT count(*) FROM delivery"), 5);
            let sending = i64::try_from(flying.len()).unwrap();
            prop_assert_eq!(count(&connection, "SELECT count(*) FROM delivery WHERE state = 'sending'"), sending);
            prop_assert_eq!(count(&connection, "SELECT count(*) FROM every_attempt WHERE outcome = 'sending'"), sending);
            // Each delivery's attempts are all written down, and at most one of them was accepted.
            prop_assert_eq!(count(&connection, "SELECT count(*) FROM delivery WHERE attempts <> (SELECT count(*) FROM every_attempt WHERE delivery_id = delivery.id)"), 0);
            prop_assert_eq!(
                count(&connection, "SELECT count(*) FROM delivery WHERE (state = 'accepted') <> (SELECT count(*) FROM every_attempt WHERE delivery_id = delivery.id AND outcome = 'accepted')"),
                0
            );
            let settled = "(state IN ('accepted', 'failed', 'withheld'))";
            prop_assert_eq!(count(&connection, &format!("SELECT count(*) FROM delivery WHERE (settled_at IS NOT NULL) <> {settled}")), 0);
            prop_assert_eq!(
                count(&connection, "SELECT count(*) FROM letter WHERE (settled_at IS NULL) <> EXISTS (SELECT 1 FROM delivery WHERE letter_id = letter.id AND settled_at IS NULL)"),
                0
            );
        }
        let mut once = closed.clone();
        once.sort_unstable();
        once.dedup();
        prop_assert!(closed.len() == once.len() || !open_again.is_empty(), "a letter was closed twice");
    }
}
