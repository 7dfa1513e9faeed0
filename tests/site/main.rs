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
