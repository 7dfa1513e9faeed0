//! How long the public pages take: 500 advisories, each with two patches, against three live cases.
//!
//! ```text
//! cargo bench --bench pages
//! ```
//!
//! Generated, read by the firewall, written to a new folder; then the same again over the folder that is there. The allowed time is two seconds.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot make its input stops"
)]

#[path = "../tests/site/sample.rs"]
#[expect(dead_code, reason = "the tests use all of it; the benchmark needs a part")]
mod sample;

use std::{sync::Arc, time::Instant};

use embargod::{
    clearance::{LiveCase, Wall},
    daemon::pages::folder,
    disclosure::{AdvisoryNumber, CaseId},
    firewall::{AdvisoryName, CaseMaterial, Fingerprints, Firewall, Public, TextKind},
    site::{self, Released, Site},
};

const ADVISORIES: u16 = 500;

fn main() {
    let released = released();
    let wall = wall();
    let publisher = sample::publisher();
    let organisations = sample::organisations();
    let place = tempfile::tempdir().expect("a folder");
    for round in ["into a new folder", "again, nothing new"] {
        let begun = Instant::now();
        let files = site::generate(&Site {
            project: "Xen Project",
            advisory: "Xen Security Advisory",
            publisher: &publisher,
            released: &released,
            announced: &sample::announced(),
            organisations: Some(&organisations),
            at: sample::at(sample::NOW),
        })
        .expect("pages");
        let generated = begun.elapsed();
        let passed = site::pass(files, &released, &wall).expect("nothing is given away");
        let read = begun.elapsed();
        let count = folder::replace(&place.path().join("pages"), passed.files()).expect("a folder");
        let written = begun.elapsed();
        println!(
            "{ADVISORIES} advisories, {count} files, {round}: {written:.0?} (generated {generated:.0?}, read by the firewall {:.0?}, written {:.0?})",
            read - generated,
            written - read
        );
    }
}

/// Advisories of an ordinary length, no two with the same words.
fn released() -> Vec<Released> {
    (0..ADVISORIES)
        .map(|index| {
            let number = 1000 + index;
            let words: Vec<String> = (0..220u32).map(|at| word(u32::from(number) * 7919 + at * 104_729)).collect();
            let lines: Vec<String> = words.chunks(11).map(|line| line.join(" ")).collect();
            let patch = format!("--- a/file{number}.c\n+++ b/file{number}.c\n@@ -1,60 +1,60 @@\n {}\n", lines.join("\n+"));
            let (first, second) = (format!("xsa{number}-1.patch"), format!("xsa{number}-2.patch"));
            let cve = format!("CVE-2026-{}", 50_000 + u32::from(number));
            let made = sample::Made {
                number,
                title: &words[..6].join(" "),
                cves: &[&cve],
                description: &lines.join("\n"),
                patches: &[(&first, &patch), (&second, &patch)],
            };
            made.released(&format!("20{:02}-{:02}-{:02}T12:00:00Z", 10 + index / 32, index % 12 + 1, index % 28 + 1))
        })
        .collect()
}

fn word(seed: u32) -> String {
    const PARTS: [&str; 16] =
        ["ba", "ke", "li", "mo", "nu", "pa", "re", "si", "to", "vu", "xa", "ze", "gri", "sta", "dre", "flo"];
    let part = |shift: u32| PARTS[((seed.wrapping_mul(2_654_435_761) >> shift) & 15) as usize];
    format!("{}{}{}", part(4), part(13), part(23))
}

/// Three live cases with a page of text each.
fn wall() -> Wall {
    let (prints, live): (Vec<_>, Vec<_>) = (1..=3u16)
        .map(|index| {
            let case = CaseId(i64::from(index));
            let number = AdvisoryNumber::new(933 + index).unwrap();
            let mut material = CaseMaterial::new(case);
            let words: Vec<String> = (0..800u32)
                .map(|at| word((900_001 + u32::from(index) * 31_337).wrapping_add(at.wrapping_mul(15_485_863))))
                .collect();
            material.titles.push(words[..6].join(" "));
            material.text(TextKind::Report, 1, words.join(" "));
            material.advisory =
                Some(AdvisoryName { prefix: "XSA".to_owned(), title: "Xen Security Advisory".to_owned(), number });
            let prints = Arc::new(Fingerprints::compile(&material, &Public::default()));
            (prints, LiveCase { case, discoverer: None, predisclosed: None, number: Some(number) })
        })
        .unzip();
    Wall::new(Arc::new(Firewall::new(prints)), live)
}
