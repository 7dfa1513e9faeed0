//! The samples of the rule files: every one answered as it demands, every rule decided by at least one, every condition hit and missed.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its input fails")]

mod rules_support;

use std::{fs, path::Path};

use embargod::{
    classify, moderation,
    rules::samples::{self, Gap, SampleResult},
};

fn files(rules: &str) -> Vec<(String, Vec<u8>)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules").join(rules).join("samples");
    let mut files: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| (file.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&file).unwrap())).collect()
}

fn wrong(results: &[SampleResult]) -> Vec<String> {
    let mut lines = samples::report_lines(results);
    println!("{}", lines.pop().unwrap());
    lines
}

fn untried(gaps: Vec<Gap>) -> Vec<String> {
    gaps.iter().map(ToString::to_string).collect()
}

#[test]
fn samples_of_the_discussion_list() {
    let (project, team) = (rules_support::xen(), rules_support::team());
    let rules = moderation::built_in_rules(&project).unwrap_or_else(|errors| panic!("{errors}"));
    let files = files("discuss");
    let results =
        moderation::samples::run(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())), &rules, &project, &team);
    assert_eq!(wrong(&results), Vec::<String>::new());
    assert_eq!(untried(samples::gaps(&rules, &results)), Vec::<String>::new());
}

#[test]
fn samples_of_the_inbox() {
    let project = rules_support::xen();
    let rules = classify::built_in_rules(&project).unwrap_or_else(|errors| panic!("{errors}"));
    let files = files("inbox");
    let results = classify::samples::run(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())), &rules, &project);
    assert_eq!(wrong(&results), Vec::<String>::new());
    assert_eq!(untried(samples::gaps(&rules, &results)), Vec::<String>::new());
}
