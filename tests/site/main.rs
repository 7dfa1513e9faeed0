//! The public pages and the team's status page: what is in them, what is not, and that nobody gets at them who should not.
//!
//! The pages are made from the sample advisories of `tests/publication`; [`sample::write`] leaves them in the target folder, where `check.mjs`
//! opens them in a browser and holds them against the validators of others (`tests/all.sh`).

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test program: its helpers may fail loudly")]

#[path = "../cli_support/mod.rs"]
mod cli_support;
mod command;
mod contact;
mod content;
mod hostile;
mod provider;
mod sample;
mod status;
mod wall;

use std::path::{Path, PathBuf};

use embargod::{clearance::Wall, daemon::pages::folder, site};

/// Where `check.mjs` finds the site.
fn left_for_the_browser() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("site")
}

#[test]
fn the_site_is_written_where_the_browser_opens_it() {
    let (files, released) = sample::files_of(|_, _| {});
    let count = files.len();
    let passed = site::pass(files, &released, &Wall::of_no_case()).unwrap();
    assert_eq!(folder::replace(&left_for_the_browser().join("pages"), passed.files()).unwrap(), count);
}
