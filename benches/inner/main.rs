//! The inner loops, one by one: what a mail, a letter, a new case and a copy cost.
//!
//! ```text
//! cargo bench --bench inner [-- NAME]
//! ```
//!
//! What a mail costs in the whole is in `judgement`, what a letter to 75 members costs in `peers/bench.py`: here is where it goes.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark that cannot make its input stops")]

mod delivery;
mod firewall;
mod mail;
mod words;

use criterion::{criterion_group, criterion_main};

criterion_group!(loops, mail::mail, firewall::firewall, delivery::store, delivery::smtp);
criterion_main!(loops);
