use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{super::*, at};

const UNTIL: &str = "2026-11-17T12:00:00Z";

/// Clocks that agree that it is `now`; two servers, checkpoint ten minutes ago.
fn agreeing(now: &str) -> Clocks {
    let now = at(now);
    let server = |name: &str| ServerDate { name: name.to_owned(), origin: Origin::Remote, says: now, age: Duration::ZERO };
    Clocks {
        wall: now,
        monotonic: Duration::from_secs(1600),
        checkpoint: Checkpoint { wall: now - SignedDuration::from_secs(600), monotonic: Duration::from_secs(1000) },
        servers: vec![server("imap"), server("smtp")],
        remotes: 2,
        recorded: Some(now - SignedDuration::from_secs(60)),
    }
}

fn verdict(clocks: &Clocks) -> String {
    match judge(at(UNTIL), clocks, &Tolerance::default()) {
        Gate::NotYet { wait } => format!("wait {} ms", wait.as_millis()),
        Gate::Open(passed) => format!("open {}", passed.until()),
        Gate::Stopped(fault) => fault.to_string(),
    }
}

#[test]
fn it_opens_at_the_instant_and_not_a_millisecond_before() {
    assert_eq!(verdict(&agreeing("2026-11-17T11:59:59.999Z")), "wait 1 ms");
    assert_eq!(verdict(&agreeing("2026-11-17T12:00:00Z")), "open 2026-11-17T12:00:00Z");
}

#[test]
fn long_before_nothing_is_needed_but_patience() {
    let mut clocks = agreeing("2026-11-15T12:00:00Z");
    clocks.servers.clear();
    assert_eq!(verdict(&clocks), format!("wait {} ms", 47 * 3600 * 1000));
}

#[test]
fn every_server_must_have_said_that_it_is_time() {
    let mut clocks = agreeing("2026-11-17T12:00:01Z");
    clocks.servers[1].says = at("2026-11-17T11:59:59Z");
    assert_eq!(verdict(&clocks), "wait 1000 ms");
    // That it would say so by now does not count.
    clocks.servers[1].age = Duration::from_secs(2);
    assert_eq!(verdict(&clocks), "wait 1000 ms");
}

#[test]
fn without_a_server_it_stays_closed() {
    let mut clocks = agreeing("2026-11-17T12:00:30Z");
    clocks.servers.clear();
    assert_eq!(verdict(&clocks), "no server has told its date");
    let mut clocks = agreeing("2026-11-17T12:00:30Z");
    clocks.servers[0].age = Duration::from_secs(61);
    assert_eq!(verdict(&clocks), "the date of imap is 1m 1s old");
}

#[test]
fn a_maildir_shows_no_clock_of_its_own() {
    let local = |clocks: &mut Clocks| clocks.servers.iter_mut().for_each(|server| server.origin = Origin::Local);
    // Where there are servers, one of them must have answered.
    let mut clocks = agreeing("2026-11-17T12:00:30Z");
    local(&mut clocks);
    assert_eq!(verdict(&clocks), "no server has told its date");
    // Where there is none, the clock must not have jumped, and what jumped stays stopped: our own file system cannot say that it was right to.
    clocks.remotes = 0;
    assert_eq!(verdict(&clocks), format!("open {UNTIL}"));
    assert!(renewed(&clocks, &Tolerance::default()).is_some());
    clocks.checkpoint.wall = at("2026-11-16T12:00:00Z");
    assert!(matches!(judge(at(UNTIL), &clocks, &Tolerance::default()), Gate::Stopped(Fault::JumpedForward { .. })));
    assert_eq!(renewed(&clocks, &Tolerance::default()), None);
}

#[test]
fn faults_are_named() {
    let mut clocks = agreeing("2026-11-17T12:00:30Z");
    clocks.servers[0].says = at("2026-11-17T11:30:30Z");
    assert_eq!(verdict(&clocks), "imap and the wall clock are 30m apart");

    // Forward by a year; the servers do not follow.
    let mut clocks = agreeing("2026-11-17T11:00:00Z");
    clocks.wall = at("2027-11-17T11:00:00Z");
    assert!(matches!(judge(at(UNTIL), &clocks, &Tolerance::default()), Gate::Stopped(Fault::JumpedForward { .. })));

    let mut clocks = agreeing("2026-11-17T12:00:30Z");
    clocks.checkpoint.wall = at("2026-11-17T12:00:30Z");
    assert_eq!(verdict(&clocks), "the wall clock jumped back by 10m");

    // The machine slept over the instant: the servers agree with the wall clock.
    let mut clocks = agreeing("2026-11-17T13:00:00Z");
    clocks.checkpoint.wall = at("2026-11-17T11:00:00Z");
    assert_eq!(verdict(&clocks), "the monotonic clock stood still for 1h 50m");

    let mut clocks = agreeing("2026-11-17T12:00:30Z");
    clocks.monotonic = Duration::from_secs(10);
    assert_eq!(verdict(&clocks), "the checkpoint is not of this process");

    let mut clocks = agreeing("2026-11-17T12:00:30Z");
    clocks.recorded = Some(at("2026-11-17T12:00:31Z"));
    assert_eq!(verdict(&clocks), "the wall clock is 1s behind the newest event on record");
}

#[test]
fn a_checkpoint_is_renewed_when_all_agree_and_only_then() {
    let mut slept = agreeing("2026-11-17T13:00:00Z");
    slept.checkpoint.wall = at("2026-11-17T11:00:00Z");
    let fresh = renewed(&slept, &Tolerance::default()).unwrap();
    assert_eq!(fresh, Checkpoint { wall: slept.wall, monotonic: slept.monotonic });
    slept.checkpoint = fresh;
    assert_eq!(verdict(&slept), "open 2026-11-17T12:00:00Z");

    let mut alone = agreeing("2026-11-17T13:00:00Z");
    alone.servers.clear();
    assert_eq!(renewed(&alone, &Tolerance::default()), None);
    let mut wrong = agreeing("2026-11-17T13:00:00Z");
    wrong.servers[1].says = at("2026-11-17T13:00:09Z");
    assert_eq!(renewed(&wrong, &Tolerance::default()), None);
    let mut behind = agreeing("2026-11-17T13:00:00Z");
    behind.recorded = Some(at("2026-11-18T13:00:00Z"));
    assert_eq!(renewed(&behind, &Tolerance::default()), None);
}

#[test]
fn the_ends_of_time_do_not_panic() {
    for now in [Timestamp::MIN, Timestamp::MAX] {
        for until in [Timestamp::MIN, Timestamp::MAX] {
            let server = ServerDate { name: String::new(), origin: Origin::Remote, says: until, age: Duration::MAX };
            let checkpoint = Checkpoint { wall: until, monotonic: Duration::ZERO };
            let clocks = Clocks {
                wall: now,
                monotonic: Duration::MAX,
                checkpoint,
                servers: vec![server],
                remotes: 1,
                recorded: Some(until),
            };
            assert!(!matches!(judge(until, &clocks, &Tolerance::default()), Gate::Open(_)));
        }
    }
}
