use super::{super::*, at};
use crate::{disclosure::PersonName, mail::Digest, schedule::Retry};

fn announce() -> Destination {
    Destination::PublicList("announce@lists.example.org".parse().unwrap())
}

fn plan() -> Plan {
    let page = Destination::Page("advisory-901.txt".to_owned());
    Plan::new(Digest::of(b"v3"), [announce(), Destination::Members, page, Destination::Push, announce()])
}

fn next(plan: &Plan, now: &str) -> Vec<String> {
    plan.next(at(now), &Retry::default()).into_iter().map(ToString::to_string).collect()
}

#[test]
fn each_destination_once_and_the_rest_goes_on_after_a_crash() {
    let mut plan = plan();
    assert_eq!(
        next(&plan, "2026-11-17T12:00:00Z"),
        ["list announce@lists.example.org", "members", "page advisory-901.txt", "push"]
    );
    assert!(!plan.has_begun());
    plan.record(&announce(), Outcome::Done, at("2026-11-17T12:00:01Z")).unwrap();
    plan.record(&Destination::Members, Outcome::Failed, at("2026-11-17T12:00:02Z")).unwrap();
    assert!(plan.has_begun());

    let mut resumed = Plan::resumed(plan.revision(), plan.steps().to_vec());
    assert_eq!(resumed, plan);
    assert_eq!(next(&resumed, "2026-11-17T12:00:03Z"), ["page advisory-901.txt", "push"]);
    assert_eq!(next(&resumed, "2026-11-17T12:05:02Z"), ["members", "page advisory-901.txt", "push"]);

    let page = Destination::Page("advisory-901.txt".to_owned());
    resumed.record(&page, Outcome::Done, at("2026-11-17T12:05:03Z")).unwrap();
    resumed.record(&Destination::Members, Outcome::Done, at("2026-11-17T12:05:04Z")).unwrap();
    assert!(!resumed.is_complete());
    resumed.record(&Destination::Push, Outcome::Ticked(PersonName("mona".to_owned())), at("2026-11-17T12:06:00Z")).unwrap();
    assert!(resumed.is_complete());
    assert_eq!(next(&resumed, "2026-11-18T12:00:00Z"), [""; 0]);
}

#[test]
fn what_is_over_stays_over() {
    let mut plan = plan();
    plan.record(&announce(), Outcome::Done, at("2026-11-17T12:00:01Z")).unwrap();
    plan.record(&announce(), Outcome::Failed, at("2026-11-17T12:00:09Z")).unwrap();
    assert_eq!(plan.steps()[0].state, State::Done { at: at("2026-11-17T12:00:01Z") });
    // Two records of one step, as a damaged store might have them.
    let failed = Step {
        destination: announce(),
        state: State::Failed { first: at("2026-11-17T12:00:00Z"), last: at("2026-11-17T12:00:00Z") },
    };
    let done = Step { destination: announce(), state: State::Done { at: at("2026-11-17T12:00:01Z") } };
    for stored in [[failed.clone(), done.clone()], [done, failed]] {
        assert_eq!(next(&Plan::resumed(Digest::of(b"v3"), stored), "2026-11-18T12:00:00Z"), [""; 0]);
    }
    assert_eq!(plan.record(&Destination::Page("other".to_owned()), Outcome::Done, at("2026-11-17T12:00:01Z")), Err(NotInPlan));
}

#[test]
fn a_failed_step_is_never_given_up() {
    let mut plan = Plan::new(Digest::of(b"v3"), [Destination::Members]);
    for day in 17..=27 {
        plan.record(&Destination::Members, Outcome::Failed, at(&format!("2026-11-{day}T12:00:00Z"))).unwrap();
    }
    assert_eq!(next(&plan, "2026-11-27T15:59:59Z"), [""; 0]);
    assert_eq!(next(&plan, "2026-11-27T16:00:00Z"), ["members"]);
}
