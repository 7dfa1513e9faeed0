//! Any bytes as an advisory: taken apart and checked; any text as a subject, a `.meta` file and a clearsigned text.

#![no_main]

use std::sync::LazyLock;

use embargod::{
    advisory::{self, AdvisoryRules, Meta},
    disclosure::Project,
    mail::{Message, RawMessage},
};
use libfuzzer_sys::fuzz_target;

mod panics;
#[path = "../../tests/rules_support/mod.rs"]
mod rules_support;

static KNOWN: LazyLock<(Project, AdvisoryRules)> =
    LazyLock::new(|| (rules_support::xen(), AdvisoryRules::built_in().unwrap()));

fuzz_target!(init: panics::of_the_library_are_caught(), |bytes: &[u8]| {
    let (project, rules) = &*KNOWN;
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = advisory::subject::parse(text, project);
        advisory::cleartext::unframe(text);
    }
    let _ = Meta::parse(bytes, &project.advisory_prefix);
    let Ok(message) = Message::parse(&RawMessage::new(bytes)) else { return };
    let _ = advisory::parse(&message, project, rules);
    let circumstances = advisory::Circumstances { destination: None, now: None, last_version: None, until: None };
    advisory::lint(&message, project, rules, &circumstances);
});
