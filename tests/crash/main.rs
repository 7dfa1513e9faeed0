//! kill -9 at every step of the main job, restart, and look: nothing lost, no decision twice, duplicates only where a 250 was cut off.
//!
//! The daemon kills itself where `EMBARGOD_FAILPOINT` says (`src/daemon/failpoint.rs`). Each test plays the same story, report, advisory, its
//! release, a technical post, a post a moderator approves, with one place and a list of lives: the nth life dies when it has reached the
//! place so many times, and the next one goes on from what is on disk.

#[cfg(test)]
#[path = "../rig/mod.rs"]
#[expect(dead_code, reason = "the rig's own proof uses all of it (tests/rig_proof.rs); the crashes need a part")]
mod rig;

#[cfg(test)]
#[path = "../flows/stage/mod.rs"]
#[expect(dead_code, reason = "the stories use all of it (tests/flows); the crashes need a part")]
mod stage;

#[cfg(test)]
mod lives;

#[cfg(test)]
mod places {
    use embargod::daemon::failpoint::PLACES;

    use crate::lives::play;

    /// Each place with the lives it takes. A place before a COMMIT is reached again by the next life, for the same message.
    const STORIES: [(&str, &[u32]); 10] = [
        ("fetched", &[2, 3, 3, 4]),
        ("taken-uncommitted", &[3, 3, 3, 4, 5]),
        ("taken", &[1; 6]),
        ("marked", &[1, 2, 2, 2, 2, 2]),
        ("decided-uncommitted", &[1, 2, 2, 2, 2, 2]),
        ("decided", &[1; 6]),
        ("claimed-uncommitted", &[3, 60, 120]),
        ("claimed", &[3, 50, 90]),
        ("sent", &[3, 50, 90]),
        ("settled", &[3, 50, 90]),
    ];

    fn story(place: &str) {
        let (place, lives) = STORIES.iter().find(|(name, _)| *name == place).expect("a story for the place");
        play(place, lives);
    }

    #[test]
    fn every_place_has_its_story() {
        assert_eq!(STORIES.map(|(place, _)| place), PLACES);
    }

    #[test]
    fn nothing_happens_without_a_kill() {
        play("nowhere", &[]);
    }

    #[test]
    fn fetched() {
        story("fetched");
    }

    #[test]
    fn taken_uncommitted() {
        story("taken-uncommitted");
    }

    #[test]
    fn taken() {
        story("taken");
    }

    #[test]
    fn marked() {
        story("marked");
    }

    #[test]
    fn decided_uncommitted() {
        story("decided-uncommitted");
    }

    #[test]
    fn decided() {
        story("decided");
    }

    #[test]
    fn claimed_uncommitted() {
        story("claimed-uncommitted");
    }

    #[test]
    fn claimed() {
        story("claimed");
    }

    #[test]
    fn sent() {
        story("sent");
    }

    #[test]
    fn settled() {
        story("settled");
    }
}
