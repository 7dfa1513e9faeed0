//! What a mail, a letter and a new case cost in the firewall.

use std::{hint::black_box, sync::Arc};

use criterion::{BatchSize, BenchmarkId, Criterion};
use embargod::{
    disclosure::CaseId,
    firewall::{CaseMaterial, Fingerprints, Firewall, Letter, Public, Reader, TextKind},
};

use super::words::{lines, mail, word};

/// A letter of 8 KiB against the live cases, and one case more: what each report of a flood costs.
pub(super) fn firewall(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("firewall");
    group.sample_size(10);
    let bytes = mail(7_000_001, 1_000);
    let letter = Letter::of_bytes(&bytes);
    group.bench_function("reading of a letter", |bencher| bencher.iter(|| black_box(Letter::of_bytes(&bytes))));
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
