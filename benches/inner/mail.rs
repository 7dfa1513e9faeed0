//! What is read of a post of 8 KiB before a rule is asked.

use std::hint::black_box;

use criterion::Criterion;
use embargod::mail::{self, Headers, Message, RawMessage};

use super::words;

pub(super) fn mail(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mail");
    let bytes = words::mail(7_000_001, 1_000);
    let raw = RawMessage::new(bytes.as_slice());
    let message = Message::parse(&raw).unwrap();
    group.bench_function("header fields", |bencher| bencher.iter(|| black_box(Headers::of(&bytes).fields().count())));
    group.bench_function("parse", |bencher| bencher.iter(|| black_box(Message::parse(&raw))));
    group.bench_function("own words", |bencher| bencher.iter(|| black_box(mail::own_words(&message))));
    group.finish();
}
