//! The inner loops, one by one: what a mail, a letter and a new case cost in the firewall.
//!
//! ```text
//! cargo bench --bench inner [-- NAME]
//! ```

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark that cannot make its input stops")]

use std::{hint::black_box, sync::Arc};

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use embargod::{
    disclosure::CaseId,
    firewall::{CaseMaterial, Fingerprints, Firewall, Letter, Public, Reader, TextKind},
};

criterion_group!(loops, firewall);
criterion_main!(loops);

/// A letter of 8 KiB against the live cases, and one case more: what each report of a flood costs.
fn firewall(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("firewall");
    group.sample_size(10);
    let letter = Letter::of_bytes(&mail(7_000_001, 1_000));
    for count in [10, 100, 1_000] {
        let prints: Vec<Arc<Fingerprints>> = (1..=count).map(report).collect();
        let wall = Firewall::new(prints.iter().cloned());
        group.bench_function(BenchmarkId::new("scan of a letter", count), |bencher| {
            bencher.iter(|| black_box(wall.scan(&letter, &Reader::person([]))));
        });
        let more: Vec<Arc<Fingerprints>> = prints.iter().cloned().chain([report(count + 1)]).collect();
        group.bench_function(BenchmarkId::new("one case more", count), |bencher| {
            bencher.iter_batched(|| more.clone(), |cases| black_box(wall.followed_by(cases)), BatchSize::LargeInput);
        });
        group.bench_function(BenchmarkId::new("from no case, one by one, to", count), |bencher| {
            bencher.iter(|| {
                let grown =
                    (1..=prints.len()).fold(Firewall::default(), |wall, live| wall.followed_by(prints[..live].iter().cloned()));
                black_box(grown)
            });
        });
    }
    group.finish();
}

/// A report of half a page of prose, and a log.
fn report(case: i64) -> Arc<Fingerprints> {
    let mut material = CaseMaterial::new(CaseId(case));
    let seed = u32::try_from(case).unwrap().wrapping_mul(31_337);
    let words: Vec<String> = (0..300_u32).map(|at| word(seed.wrapping_add(at.wrapping_mul(15_485_863)))).collect();
    material.titles.push(words[..6].join(" "));
    let log = "(XEN) Xen call trace:\n(XEN)    [<ffff82d040200000>] R panic+0x14e/0x14e\n(XEN)    [<ffff82d040201111>] F do_IRQ+0x21/0x42\n";
    material.text(TextKind::Report, 1, format!("{}\n\n{log}", lines(&words)));
    Arc::new(Fingerprints::compile(&material, &Public::default()))
}

fn mail(seed: u32, length: u32) -> Vec<u8> {
    let words: Vec<String> = (0..length).map(|at| word(seed.wrapping_add(at.wrapping_mul(15_485_863)))).collect();
    format!("From: a@example.org\r\nTo: b@example.org\r\nSubject: {}\r\n\r\n{}\r\n", words[..4].join(" "), lines(&words))
        .into_bytes()
}

fn lines(words: &[String]) -> String {
    words.chunks(11).map(|line| line.join(" ")).collect::<Vec<_>>().join("\r\n")
}

fn word(seed: u32) -> String {
    const PARTS: [&str; 16] =
        ["ba", "ke", "li", "mo", "nu", "pa", "re", "si", "to", "vu", "xa", "ze", "gri", "sta", "dre", "flo"];
    let part = |shift: u32| PARTS[((seed.wrapping_mul(2_654_435_761) >> shift) & 15) as usize];
    format!("{}{}{}", part(4), part(13), part(23))
}
