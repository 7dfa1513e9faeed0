//! Ten thousand schedules with faults of all clocks, against a true time that only the simulation knows.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};

use super::super::*;

const SCHEDULES: u64 = 10_000;
/// How often the daemon looks.
const POLL: i64 = 5_000;
/// A server's date is in whole seconds, and this long on its way at the most.
const LATENCY: i64 = 1_500;

const ZONES: [&str; 20] = [
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Lisbon",
    "America/New_York",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Santiago",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Tokyo",
    "Asia/Tehran",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Africa/Cairo",
];
/// Days on which some of them change their clocks.
const CHANGES: [(i16, i8, i8); 6] = [(2026, 3, 8), (2026, 3, 29), (2026, 4, 5), (2026, 10, 4), (2026, 10, 25), (2026, 11, 1)];

struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, limit: i64) -> i64 {
        i64::try_from(self.next() % u64::try_from(limit).unwrap()).unwrap()
    }

    fn one_in(&mut self, times: i64) -> bool {
        self.below(times) == 0
    }

    /// From a second to three years, both ways; short ones as often as long ones.
    fn jump(&mut self) -> i64 {
        const SIZES: [i64; 8] = [1_000, 3_000, 30_000, 600_000, 3_600_000, 86_400_000, 30 * 86_400_000, 3 * 365 * 86_400_000];
        let size = SIZES[usize::try_from(self.below(8)).unwrap()];
        (1 + self.below(size)) * if self.one_in(2) { 1 } else { -1 }
    }
}

/// All in milliseconds; the clocks as what they show beyond the true time.
struct World {
    dice: Dice,
    now: i64,
    wall: i64,
    counted: i64,
    frozen: bool,
    servers: Vec<i64>,
    recorded: i64,
    checkpoint: Checkpoint,
    tolerance: Tolerance,
}

fn stamp(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap()
}

impl World {
    fn new(mut dice: Dice, now: i64) -> Self {
        // The first server is right, whatever happens.
        let servers = vec![0; usize::try_from(1 + dice.below(3)).unwrap()];
        let checkpoint = Checkpoint { wall: stamp(now), monotonic: Duration::ZERO };
        Self {
            dice,
            now,
            wall: 0,
            counted: 0,
            frozen: false,
            servers,
            recorded: now,
            checkpoint,
            tolerance: Tolerance::default(),
        }
    }

    fn pass(&mut self, millis: i64) {
        self.now += millis;
        self.counted += if self.frozen { 0 } else { millis };
    }

    fn fault(&mut self) {
        match self.dice.below(7) {
            0 => self.wall += self.dice.jump(),
            1 => self.frozen = !self.frozen,
            // A restart: the monotonic clock begins anew, and so does the checkpoint, whatever the wall clock shows.
            2 => {
                self.counted = 0;
                self.frozen = false;
                self.checkpoint = Checkpoint { wall: stamp(self.now + self.wall), monotonic: Duration::ZERO };
            }
            3 if self.servers.len() > 1 => {
                let which = usize::try_from(1 + self.dice.below(i64::try_from(self.servers.len()).unwrap() - 1)).unwrap();
                self.servers[which] = self.dice.jump();
            }
            // A wrong time server for the machine and for all servers but one, and a restart on top: nothing else would show it.
            4 => {
                let jump = self.dice.jump();
                self.wall += jump;
                self.servers.iter_mut().skip(1).for_each(|server| *server += jump);
                self.checkpoint = Checkpoint { wall: stamp(self.now + self.wall), monotonic: self.monotonic() };
            }
            // Somebody sets it right.
            5 => self.wall = 0,
            _ => {
                self.servers.iter_mut().for_each(|server| *server = 0);
                self.frozen = false;
            }
        }
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.counted).unwrap())
    }

    /// Asks all servers, or only some, and judges.
    fn look(&mut self, until: Timestamp) -> Gate {
        let mut servers = Vec::new();
        for (number, off) in self.servers.iter().enumerate() {
            let age = self.dice.below(LATENCY);
            let said = (self.now - age + off).div_euclid(1000) * 1000;
            servers.push(ServerDate {
                name: format!("server {number}"),
                origin: Origin::Remote,
                says: stamp(said),
                age: Duration::from_millis(u64::try_from(if self.frozen { 0 } else { age }).unwrap()),
            });
        }
        let clocks = Clocks {
            wall: stamp(self.now + self.wall),
            monotonic: self.monotonic(),
            checkpoint: self.checkpoint,
            remotes: servers.len(),
            servers,
            recorded: Some(stamp(self.recorded)),
        };
        let gate = judge(until, &clocks, &self.tolerance);
        if let Some(checkpoint) = renewed(&clocks, &self.tolerance) {
            self.checkpoint = checkpoint;
            self.recorded = self.recorded.max(self.now + self.wall);
        }
        gate
    }
}

/// An instant as a team plans it: a time of day in some zone, often on a day on which clocks change; written for people and read back.
fn planned(dice: &mut Dice) -> Timestamp {
    let (year, month, day) = CHANGES[usize::try_from(dice.below(6)).unwrap()];
    let zone = TimeZone::get(ZONES[usize::try_from(dice.below(20)).unwrap()]).unwrap();
    let time =
        civil::date(year, month, day).at(i8::try_from(dice.below(24)).unwrap(), i8::try_from(dice.below(60)).unwrap(), 0, 0);
    let until = time.to_zoned(zone).unwrap().timestamp();
    for name in ZONES {
        let shown = until.to_zoned(TimeZone::get(name).unwrap()).strftime("%A %-d %B %Y %H:%M:%S %:z").to_string();
        let read = jiff::fmt::strtime::parse("%A %-d %B %Y %H:%M:%S %:z", &shown).unwrap().to_timestamp().unwrap();
        assert_eq!(read, until, "{name}: {shown}");
    }
    until
}

#[test]
fn never_before_the_instant() {
    let (mut opened, mut late, mut worst) = (0, 0, 0);
    for seed in 1..=SCHEDULES {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let until = planned(&mut dice);
        let instant = until.as_millisecond();
        let mut world = World::new(dice, instant - 1_800_000);
        let faults = world.dice.below(12);
        let mut left = faults;
        while world.now < instant + 1_800_000 {
            // Many looks close to the instant, few elsewhere.
            let near = (world.now - instant).abs() < 60_000;
            let step = if near { 1 + world.dice.below(POLL) } else { 1 + world.dice.below(120_000) };
            world.pass(step);
            if left > 0 && world.dice.one_in(6) {
                left -= 1;
                world.fault();
            }
            if let Gate::Open(passed) = world.look(until) {
                assert!(world.now >= instant, "seed {seed}: {} ms early", instant - world.now);
                assert_eq!(passed.until(), until);
                opened += 1;
                late += i64::from(world.now - instant > POLL + LATENCY + 1000);
                worst = worst.max(world.now - instant);
                break;
            }
        }
    }
    println!("{SCHEDULES} schedules: {opened} opened, 0 early, {late} held up by a fault, latest after {} s", worst / 1000);
    assert!(opened * 2 > SCHEDULES, "only {opened} opened: a gate that is always closed is never early");
}

#[test]
fn with_all_clocks_right_it_opens_within_the_polling_interval() {
    for seed in 1..=1_000_u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let until = planned(&mut dice);
        let instant = until.as_millisecond();
        let start = instant - 30_000 - dice.below(POLL);
        let mut world = World::new(dice, start);
        loop {
            let gate = world.look(until);
            match gate {
                Gate::Open(_) => break,
                Gate::NotYet { .. } => world.pass(POLL),
                Gate::Stopped(fault) => panic!("seed {seed}: {fault}"),
            }
        }
        let late = world.now - instant;
        // Before the polling interval ends once more, all servers must have been heard after the instant.
        assert!((0..POLL + LATENCY + 1000).contains(&late), "seed {seed}: {late} ms");
    }
}

#[test]
fn a_machine_that_slept_opens_at_its_second_look() {
    let until: Timestamp = "2026-11-17T12:00:00Z".parse().unwrap();
    let mut world = World::new(Dice(5), until.as_millisecond() - 600_000);
    world.frozen = true;
    world.pass(SignedDuration::from_hours(3).as_millis().try_into().unwrap());
    world.frozen = false;
    assert!(matches!(world.look(until), Gate::Stopped(Fault::StoodStill { .. })));
    assert!(matches!(world.look(until), Gate::Open(_)));
}
