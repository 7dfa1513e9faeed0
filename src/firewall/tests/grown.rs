//! A wall that follows its cases finds what one built anew finds, and builds little.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// Reports by four people about six things, many with the same log, some in the same words.
fn report(number: i64, kind: u32) -> Arc<Fingerprints> {
    let mut material = case_with(number, TextKind::Report, &said(kind));
    material.titles = vec![format!("crash of gizmo_{} in the conveyor", kind % 6)];
    let reporter = format!("reporter{}@example.org", kind % 4).parse().unwrap();
    material.reporters = vec![Mailbox { name: None, address: reporter }];
    Arc::new(Fingerprints::compile(&material, &Public::default()))
}

const LOG: &str = "[   12.345678] quux_scheduler frobnicated widget basket overflowed gadget conveyor halted\n";

fn said(kind: u32) -> String {
    format!("Turning gizmo_{} seventeen times empties pneumatic tube number {kind} of the ledger.\n\n{}", kind % 6, LOG.repeat(3))
}

/// What a flood of reports and a team that closes them do: a case comes, changes, goes.
#[derive(Debug, Clone)]
enum Step {
    Has(i64, u32),
    Ends(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..30_i64, 0..40_u32).prop_map(|(case, kind)| Step::Has(case, kind)),
        1 => (0..30_i64).prop_map(Step::Ends),
    ];
    prop::collection::vec(step, 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn it_finds_what_a_new_one_finds(steps in steps()) {
        let mut cases: BTreeMap<i64, Arc<Fingerprints>> = BTreeMap::new();
        let mut wall = Firewall::default();
        for step in steps {
            match step {
                Step::Has(case, kind) => drop(cases.insert(case, report(case, kind))),
                Step::Ends(case) => drop(cases.remove(&case)),
            }
            wall = wall.followed_by(cases.values().cloned());
        }
        let anew = Firewall::new(cases.values().cloned());
        for kind in [0, 1, 7, 22] {
            let text = format!("{}\nreporter{}@example.org\ncrash of gizmo_1 in the conveyor\n", said(kind), kind % 4);
            let letter = Letter::of_text(&text);
            for reader in [Reader::person([]), Reader::person([CaseId(3), CaseId(4)]), Reader::public([CaseId(5)])] {
                prop_assert_eq!(wall.scan(&letter, &reader), anew.scan(&letter, &reader));
            }
            prop_assert_eq!(wall.which(&letter), anew.which(&letter));
        }
    }
}

#[test]
fn each_part_is_half_of_the_one_before_it_at_most() {
    let mut cases = Vec::new();
    let mut wall = Firewall::default();
    let mut built = 0;
    for number in 0..64 {
        cases.push(report(number, 7));
        let next = wall.followed_by(cases.iter().cloned());
        let is_new = |part: &&Arc<part::Part>| !wall.parts.iter().any(|old| Arc::ptr_eq(old, part));
        built += next.parts.iter().filter(is_new).map(|part| part.cases.len()).sum::<usize>();
        wall = next;
    }
    assert_eq!(wall.cases.len(), 64);
    assert!(wall.parts.len() <= 7, "{} parts", wall.parts.len());
    // Each anew for each would be 2,080; a case is built into six parts in turn.
    assert!(built <= 64 * 7, "{built} cases were built");
}

#[test]
fn a_case_that_ended_is_found_no_more_and_what_it_said_alike_is_a_secret_again() {
    let both = [report(1, 0), report(2, 1)];
    let wall = Firewall::new(both.iter().cloned());
    let log = LOG.repeat(3);
    assert_eq!(found(&wall, &log), NOTHING);
    let one = wall.followed_by([Arc::clone(&both[0])]);
    assert_eq!(found(&one, &log), ["case-1: shingle in text, lines 1-3"]);
    assert_eq!(found(&one.followed_by([]), &log), NOTHING);
}
