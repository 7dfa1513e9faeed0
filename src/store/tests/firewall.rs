//! The live cases as the record makes them, and letters that were stopped.

use super::{decisions::handle_by, *};
use crate::{
    decide::{
        Outsider,
        blocked::{BlockedLetter, BlockedState, Found},
        effect::{BlockedMove, Draft, Effect, Label, LetterKind, ReversePath},
        snapshot::{BlockedId, Letter, Proposal, Rule, Snapshot, Wall},
        tests::{self as cast, Scene},
    },
    disclosure::{AdvisoryNumber, CaseId, ContentClass, PersonName, Recipients},
    store::{StoreError, apply, blocked, snapshot, wall},
};

const ONE: &str = "The doorbell page of a dying guest stays mapped while teardown races with unmask,\n\
                   so that a second vcpu reads stale event words out of the freed frame.";
const OTHER: &str = "Ballooning below the reservation makes the allocator hand out superpages twice,\n\
                     which lets an attacker overwrite descriptors belonging to its neighbour.";

fn look(scene: &Scene, tx: &Tx<'_>) -> Wall {
    let mut known = Snapshot::default();
    wall::look_up(tx, &mut known, &scene.policy, now()).unwrap();
    known.wall
}

fn report(scene: &Scene, tx: &Tx<'_>, uid: u32, from: &str, text: &str) {
    let id =
        take(tx, uid, &cast::forged(from, cast::SECURITY, "a security vulnerability", &format!("buffer overflow\n\n{text}")));
    handle_by(scene, tx, id, now(), u64::from(uid)).unwrap();
}

/// The cases that a text gives away to everybody.
fn told(wall: &Wall, text: &str) -> Vec<String> {
    let mut cases: Vec<String> = wall.told_to_everybody(&Letter::of_text(text)).iter().map(|hit| hit.case.to_string()).collect();
    cases.dedup();
    cases
}

/// Whether both are one compilation.
fn same(one: &Wall, other: &Wall) -> bool {
    std::ptr::eq(one.firewall().unwrap(), other.firewall().unwrap())
}

#[test]
fn a_case_is_protected_from_the_next_decision_on_and_compiled_once() {
    let (connection, scene) = (memory(), Scene::new());
    within(&connection, |tx| {
        assert_eq!(look(&scene, tx).cases(), []);
        report(&scene, tx, 1, cast::DORA, ONE);
        let wall = look(&scene, tx);
        assert_eq!(told(&wall, ONE), ["case-1"]);
        assert_eq!(told(&wall, OTHER), [""; 0]);
        assert_eq!(wall.cases()[0].discoverer, Some(address(cast::DORA)));
        assert!(same(&wall, &look(&scene, tx)), "nothing has changed");
        // What has nothing to do with a case compiles nothing.
        let id = take(tx, 2, &cast::forged("x@any.example", cast::DISCUSS, "hello", "what is this list about?"));
        handle_by(&scene, tx, id, now(), 2).unwrap();
        assert!(same(&wall, &look(&scene, tx)));
        report(&scene, tx, 3, "eve@other.example", OTHER);
        assert!(!same(&wall, &look(&scene, tx)));
        assert_eq!(told(&look(&scene, tx), &format!("{ONE}\n\n{OTHER}")), ["case-1", "case-2"]);
    });
}

#[test]
fn a_transaction_that_was_rolled_back_leaves_nothing_behind() {
    let (connection, scene) = (memory(), Scene::new());
    within(&connection, |tx| {
        connection.execute_batch("SAVEPOINT lost").unwrap();
        report(&scene, tx, 1, cast::DORA, ONE);
        assert_eq!(told(&look(&scene, tx), ONE), ["case-1"]);
        connection.execute_batch("ROLLBACK TO lost; RELEASE lost").unwrap();
        // The numbers of the lost entries are given again.
        report(&scene, tx, 1, "eve@other.example", OTHER);
        let wall = look(&scene, tx);
        assert_eq!((told(&wall, ONE), told(&wall, OTHER)), (vec![], vec!["case-1".to_owned()]));
    });
}

#[test]
fn an_advisory_without_a_case_is_live_until_it_ends() {
    let (connection, scene) = (memory(), Scene::new());
    within(&connection, |tx| {
        let text =
            format!("Exo Security Advisory XSA-777\n\n   doorbell page teardown race\n\nISSUE DESCRIPTION\n====\n\n{ONE}\n");
        let id = take(
            tx,
            1,
            &cast::mail(cast::MONA, cast::PRIMARY, "Exo Security Advisory 777 v1 - doorbell page teardown race", &text),
        );
        handle_by(&scene, tx, id, now(), 1).unwrap();
        let number = AdvisoryNumber::new(777).unwrap();
        let case = CaseId::of_advisory(number);
        assert_eq!(case.to_string(), "advisory-777");
        assert_eq!(look(&scene, tx).case_of(number), Some(case));
        assert_eq!(told(&look(&scene, tx), ONE), ["advisory-777"]);
        snapshot::end_embargo(tx, number, "mona", now()).unwrap();
        assert_eq!(told(&look(&scene, tx), ONE), [""; 0], "it is public");
        // Whoever looks where a leak came from looks at what was.
        let all = wall::everything(&connection, &scene.policy, now()).unwrap();
        assert_eq!(all.firewall().unwrap().which(&Letter::of_text(ONE))[0].source.case, case);
    });
}

fn stopped(id: i64) -> BlockedLetter {
    BlockedLetter {
        id: BlockedId(id),
        draft: Draft {
            kind: LetterKind::CaseReply,
            class: ContentClass::Confidential,
            reveals: [CaseId(1), CaseId(2)].into(),
            held: None,
            message_id: "b@example.org".parse().unwrap(),
            bytes: b"Subject: x\r\n\r\ntext\r\n".to_vec(),
            to: Recipients::new([address(cast::DORA), address("eve@other.example")]).unwrap(),
            reverse_path: ReversePath::Verp(address("security-desk@example.org")),
        },
        about: None,
        case: None,
        label: Label::None,
        outsider: Some(Outsider::Discoverer(CaseId(1), address(cast::DORA))),
        found: vec![
            Found { case: CaseId(2), rule: Rule::Shingle, spot: "text, line 3".to_owned() },
            Found { case: CaseId(-999), rule: Rule::Cve, spot: "header, line 1".to_owned() },
        ],
        state: BlockedState::Waiting,
        proposed: None,
    }
}

fn name(name: &str) -> PersonName {
    PersonName(name.to_owned())
}

#[test]
fn a_stopped_letter_comes_back_as_it_was_and_moves_once() {
    let (connection, scene) = (memory(), Scene::new());
    within(&connection, |tx| {
        let write = |effect| apply::effects(tx, None, vec![effect], now());
        write(Effect::Block(Box::new(stopped(1)))).unwrap();
        write(Effect::Block(Box::new(stopped(2)))).unwrap();
        let back = blocked::letter(tx, BlockedId(1)).unwrap().unwrap();
        let first = stopped(1);
        assert_eq!(
            (&back.draft, &back.outsider, &back.found, &back.state, &back.proposed),
            (&first.draft, &first.outsider, &first.found, &BlockedState::Waiting, &None)
        );
        let step = |id: i64, proposed: Option<&Proposal>, to| {
            write(Effect::MoveBlocked { id: BlockedId(id), proposed: proposed.cloned(), to })
        };
        let changed = |result: Result<(), StoreError>| matches!(result, Err(StoreError::Changed(_)));
        step(1, None, BlockedMove::Proposed(name("mona"))).unwrap();
        let proposal = Proposal { by: name("mona"), at: now() };
        assert_eq!(blocked::letter(tx, BlockedId(1)).unwrap().unwrap().proposed, Some(proposal.clone()));
        assert!(changed(step(1, None, BlockedMove::LetOut(name("nils")))), "the decision was made for another state");
        step(1, Some(&proposal), BlockedMove::LetOut(name("nils"))).unwrap();
        let state = blocked::letter(tx, BlockedId(1)).unwrap().unwrap().state;
        assert_eq!(state, BlockedState::LetOut { by: name("nils"), at: now() });
        assert!(changed(step(1, Some(&proposal), BlockedMove::LetOut(name("nils")))), "once");
        assert!(changed(step(1, Some(&proposal), BlockedMove::Discarded(name("nils")))));
        let more = Found { case: CaseId(3), rule: Rule::Title, spot: "text, line 1".to_owned() };
        step(2, None, BlockedMove::Found(vec![more.clone()])).unwrap();
        assert_eq!(blocked::letter(tx, BlockedId(2)).unwrap().unwrap().found, [more]);
        step(2, None, BlockedMove::Discarded(name("mona"))).unwrap();
        let listed: Vec<_> =
            blocked::list(&connection).unwrap().into_iter().map(|row| (row.id, row.state, row.found.len())).collect();
        assert_eq!(listed, [(2, "discarded".to_owned(), 1), (1, "let-out".to_owned(), 2)]);
        let mut known = Snapshot::default();
        wall::look_up(tx, &mut known, &scene.policy, now()).unwrap();
        assert_eq!(known.next_blocked, Some(BlockedId(3)));
        assert!(blocked::letter(tx, BlockedId(9)).unwrap().is_none());
    });
}

/// A decision at which nothing has changed must not pay for the cases there are. Prints what it costs; asserts it where the compiler optimises.
#[test]
fn looking_up_fifty_unchanged_cases_costs_next_to_nothing() {
    let (connection, scene) = (memory(), Scene::new());
    within(&connection, |tx| {
        for uid in 1..=50_u32 {
            let text = format!("{ONE}\n\nregister_{uid}_overflow in probe_{uid}_table is number {}", uid * 7919);
            report(&scene, tx, uid, &format!("finder{uid}@any.example"), &text);
        }
        let mut known = Snapshot::default();
        let mut timed = |what: &str, rounds: u32| {
            let start = std::time::Instant::now();
            for _ in 0..rounds {
                wall::look_up(tx, &mut known, &scene.policy, now()).unwrap();
            }
            let each = start.elapsed() / rounds;
            println!("{what}: {each:?} for 50 cases");
            each
        };
        timed("compiled", 1);
        let each = timed("unchanged", 200);
        assert!(cfg!(debug_assertions) || each.as_micros() < 500, "{each:?}");
        assert_eq!(known.wall.cases().len(), 50);
    });
}
