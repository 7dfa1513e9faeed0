use jiff::Timestamp;

use super::*;
use crate::decide::effect::LetterKind;

fn due(delivery: i64, letter: i64, size: u64) -> Due {
    Due {
        delivery,
        letter,
        kind: LetterKind::Redistribution,
        size,
        recipient: format!("m{delivery}@d{}.example", delivery % 10).parse().unwrap(),
        return_path: None,
        return_key: String::new(),
        queued: Timestamp::UNIX_EPOCH,
        attempts: 0,
        unknown: false,
        resent: false,
    }
}

const URGENT: usize = 0;
const BULK: usize = 1;

fn all(_: &Due) -> bool {
    true
}

fn letters(backlog: &mut Backlog, count: usize) -> Vec<i64> {
    (0..count).flat_map(|_| backlog.take(1, &all)).map(|due| due.letter).collect()
}

#[test]
fn an_urgent_letter_overtakes_everything() {
    let mut backlog = Backlog::default();
    backlog.add(BULK, vec![due(1, 1, 100), due(2, 1, 100)]);
    assert_eq!(letters(&mut backlog, 1), [1]);
    backlog.add(URGENT, vec![due(3, 2, 100)]);
    assert_eq!(letters(&mut backlog, 3), [2, 1]);
}

#[test]
fn a_small_letter_does_not_wait_for_a_large_one_and_small_ones_go_in_runs() {
    let mut backlog = Backlog::default();
    backlog.add(BULK, (1..=5).map(|delivery| due(delivery, 1, 20_000_000)).collect());
    backlog.add(BULK, (11..=13).map(|delivery| due(delivery, 2, 8_000)).collect());
    assert_eq!(letters(&mut backlog, 9), [1, 2, 2, 2, 1, 1, 1, 1]);
    backlog.add(BULK, (101..=200).map(|delivery| due(delivery, 3, 8_000)).collect());
    backlog.add(BULK, (201..=300).map(|delivery| due(delivery, 4, 8_000)).collect());
    let order = letters(&mut backlog, 200);
    let turns: Vec<usize> = order.chunk_by(|a, b| a == b).map(<[i64]>::len).collect();
    assert_eq!(turns, [53, 53, 47, 47], "half a megabyte a turn");
}

#[test]
fn what_may_not_go_is_passed_over_and_stays() {
    let mut backlog = Backlog::default();
    backlog.add(BULK, vec![due(1, 1, 100), due(2, 1, 100), due(3, 2, 100)]);
    let only = |wanted: i64| move |due: &Due| due.delivery == wanted;
    assert_eq!(backlog.take(1, &only(3)).first().map(|due| due.delivery), Some(3));
    assert!(backlog.take(1, &only(4)).is_empty());
    assert_eq!(backlog.take(1, &only(2)).first().map(|due| due.delivery), Some(2));
    assert_eq!((backlog.waiting(BULK), backlog.letters()), (1, 1));
    assert_eq!(letters(&mut backlog, 2), [1]);
}

#[test]
fn a_transaction_with_several_recipients_is_of_one_letter() {
    let mut backlog = Backlog::default();
    backlog.add(BULK, vec![due(1, 1, 100), due(2, 2, 100), due(3, 1, 100), due(4, 1, 100)]);
    let taken: Vec<i64> = backlog.take(2, &all).iter().map(|due| due.delivery).collect();
    assert_eq!(taken, [1, 3]);
    let rest: Vec<Vec<i64>> = (0..3).map(|_| backlog.take(9, &all).iter().map(|due| due.delivery).collect()).collect();
    assert_eq!(rest, [vec![4], vec![2], vec![]]);
}
