//! Rosters and histories read back; applications and members walk through their lives.

mod applying;
mod belonging;
mod queue;
mod roster;

use crate::{disclosure::PersonName, mail::Address, membership::Actor};

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn person(name: &str) -> PersonName {
    PersonName(name.to_owned())
}

fn by(name: &str) -> Actor {
    Actor::Person(person(name))
}

fn at(text: &str) -> jiff::Timestamp {
    text.parse().unwrap()
}
