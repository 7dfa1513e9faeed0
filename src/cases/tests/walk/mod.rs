//! A random walk: many requests by many actors at many instants, some sensible and some not, to several cases that share their numbers.
//!
//! After each accepted request: every event reads back from its JSON, the record folds to the file, and the laws of `laws.rs` hold. They are
//! written against the events and the states, and use nothing of the judgement. `CASES` is the number of requests: 20,000 in an ordinary run,
//! 1,000,000 for the release (`CASES=1000000 cargo test --release cases::tests::walk -- --nocapture`).

mod chance;
mod laws;
mod wishes;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use self::chance::Chance;
use super::*;

/// In every text that is asked for; in no sentence that comes back.
const SECRET: &str = "xyzzy";

/// Cases that live at the same time.
const AT_ONCE: usize = 3;

/// Cases opened before the numbers begin anew.
const A_WORLD: u32 = 200;

struct World {
    chance: Chance,
    standards: Standards,
    numbers: Numbers,
    cases: Vec<Walked>,
    opened: u32,
    events: BTreeMap<&'static str, u64>,
    refusals: BTreeMap<String, u64>,
    accepted: u64,
}

/// A case with its record.
struct Walked {
    file: CaseFile,
    record: Vec<Recorded>,
    now: Timestamp,
    lives_for: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        let standards = Standards {
            branches: vec!["4.19".to_owned(), "4.20".to_owned()],
            destinations: set(&["announce", "devel", "members"]),
            ..Standards::default()
        };
        Self {
            chance: Chance::new(seed),
            standards,
            numbers: Numbers::new(),
            cases: Vec::new(),
            opened: 0,
            events: BTreeMap::new(),
            refusals: BTreeMap::new(),
            accepted: 0,
        }
    }

    fn open(&mut self) -> Walked {
        self.opened += 1;
        if self.opened.is_multiple_of(A_WORLD) {
            self.numbers.clear();
            self.cases.clear();
        }
        let now = at(ARRIVAL).saturating_add(SignedDuration::from_secs(self.chance.up_to(40 * 86400).cast_signed())).unwrap();
        let origin = self.chance.one_of(&[Origin::Report, Origin::Team, Origin::Changeset, Origin::Upstream]);
        let discoverer = (!self.opened.is_multiple_of(5)).then(|| address("dana@finder.example"));
        let event = CaseEvent::Opened { discoverer, origin, policy: None };
        let opened = Recorded { at: now, by: Actor::Discoverer, event };
        *self.events.entry("opened").or_default() += 1;
        let mut file = CaseFile::open(CaseId(i64::from(self.opened)), &opened).unwrap();
        let mut record = vec![opened];
        if self.opened.is_multiple_of(3) {
            let event = CaseEvent::PerhapsPublic { recipients: [address("devel@lists.example.org")].into() };
            *self.events.entry(event.kind()).or_default() += 1;
            let marked = Recorded { at: now, by: Actor::Daemon, event };
            file.apply(&marked).unwrap();
            record.push(marked);
        }
        let lives_for = 40 + self.chance.up_to(100);
        Walked { file, record, now, lives_for }
    }

    fn step(&mut self) {
        while self.cases.len() < AT_ONCE {
            let case = self.open();
            self.cases.push(case);
        }
        let which = self.chance.up_to(AT_ONCE as u64) as usize;
        let mut case = self.cases.remove(which);
        if case.lives_for == 0 {
            case = self.open();
        }
        case.lives_for -= 1;
        case.now = self.chance.moment(&case.file, case.now);
        let (by, request) = wishes::wish(&mut self.chance, &case.file, case.now);
        self.ask(&mut case, &by, &request);
        self.cases.push(case);
        laws::of_all(&self.cases);
    }

    fn ask(&mut self, case: &mut Walked, by: &Actor, request: &Request) {
        let circumstances = Circumstances { now: case.now, standards: &self.standards, numbers: &self.numbers };
        let events = match judge(&case.file, request, by, &circumstances) {
            Ok(events) => events,
            Err(refused) => return self.refused(&refused),
        };
        assert!(!events.is_empty(), "{request:?} was accepted and nothing came of it");
        self.accepted += 1;
        let before = case.file.clone();
        for event in &events {
            let json = serde_json::to_string(event).unwrap();
            assert!(serde_json::from_str::<CaseEvent>(&json).unwrap() == *event, "{event:?} does not read back");
            let recorded = Recorded { at: case.now, by: by.clone(), event: event.clone() };
            laws::of_event(&case.file, &recorded, &events, &self.numbers, &self.standards);
            case.file.apply(&recorded).unwrap_or_else(|unfit| panic!("{request:?} of {by:?}: {unfit}"));
            if let CaseEvent::NumberAllocated { number } = event {
                self.numbers.insert(*number, NumberUse::Taken);
            }
            case.record.push(recorded);
            *self.events.entry(event.kind()).or_default() += 1;
        }
        assert!(CaseFile::fold(case.file.id(), &case.record).unwrap() == case.file, "the record is not the file");
        laws::of_change(&before, &case.file);
        laws::of_state(&case.file, case.now, &self.standards);
    }

    fn refused(&mut self, refused: &Refused) {
        let sentence = refused.to_string();
        assert!(!sentence.contains(SECRET) && !sentence.contains('@'), "{refused:?} tells");
        assert!(sentence.ends_with('.'), "{sentence}");
        let name = format!("{refused:?}");
        let name = name.split(['(', ' ']).next().unwrap_or_default().to_owned();
        *self.refusals.entry(name).or_default() += 1;
    }
}

#[test]
fn no_sequence_of_requests_leads_to_an_illegal_state() {
    let requests: u64 = std::env::var("CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(20_000);
    let mut world = World::new(0x0e3b_a26d);
    for _ in 0..requests {
        world.step();
    }
    println!("{requests} requests to {} cases, {} accepted", world.opened, world.accepted);
    println!("events: {:?}", world.events);
    println!("refusals: {:?}", world.refusals);
    // The walk has to get everywhere, or the laws say nothing.
    if requests >= 20_000 {
        let never: Vec<_> = CaseEvent::KINDS.iter().filter(|kind| !world.events.contains_key(*kind)).collect();
        assert!(never.is_empty(), "never came to {never:?}");
        assert!(world.refusals.len() >= 60, "only {} kinds of refusal", world.refusals.len());
    }
}
