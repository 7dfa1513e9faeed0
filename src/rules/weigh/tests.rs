//! The sum that is not added up to its end.

use proptest::prelude::*;

use super::{super::set::Condition, Evidence, Weighing};

proptest! {
    #[test]
    fn stopping_early_says_the_same_as_the_sum(found in prop::collection::vec((-9_i32..9, any::<bool>(), any::<bool>()), 0..9), reaches in -5_i32..20) {
        // Each piece of evidence is told by its number.
        let evidence = |(at, (weight, ..)): (usize, &(i32, bool, bool))| {
            (Evidence { weight: *weight, sought: Condition::BodyUnder(at) }, String::new())
        };
        let weighing = Weighing { evidence: found.iter().enumerate().map(evidence).collect(), reaches };
        let is_found = |sought: &Condition| matches!(sought, Condition::BodyUnder(at) if found[*at].1);
        let settled = |sought: &Condition| match sought {
            Condition::BodyUnder(at) if found[*at].2 => Some(found[*at].1),
            _ => None,
        };
        let (sum, _) = weighing.weigh(|sought| is_found(sought).then(Vec::new));
        prop_assert_eq!(weighing.is_reached(settled, is_found), sum >= i64::from(reaches));
        prop_assert!(weighing.settled(settled).is_none_or(|reached| reached == (sum >= i64::from(reaches))));
    }
}

#[test]
fn what_cannot_change_the_answer_is_not_looked_for() {
    let evidence = [3, 3, -1, 3].map(|weight| (Evidence { weight, sought: Condition::BodyUnder(0) }, String::new()));
    let weighing = Weighing { evidence: evidence.into(), reaches: 5 };
    let mut asked = 0;
    let mut all = |_: &Condition| {
        asked += 1;
        true
    };
    // Six, and five at the least whatever the third says.
    assert!(weighing.is_reached(|_| None, &mut all));
    assert_eq!(asked, 2);
    let mut asked = 0;
    let mut none = |_: &Condition| {
        asked += 1;
        false
    };
    // Nine at the most at first, six, three.
    assert!(!weighing.is_reached(|_| None, &mut none));
    assert_eq!(asked, 2);
}
