//! Any bytes as a mail: taken apart, classified, moderated, read as an application, edited.

#![no_main]

use std::sync::LazyLock;

use embargod::{
    application::{self, ApplicationRules},
    classify::{self, Arrived, InboxRules, OurMarks, Ownership},
    disclosure::{Poster, Project},
    mail::{self, HeaderEdit, Message, RawMessage},
    moderation::{self, Circumstances, DiscussRules, ModerationMode, Thread},
};
use libfuzzer_sys::fuzz_target;

mod panics;
#[path = "../../tests/rules_support/mod.rs"]
mod rules_support;

struct Known {
    project: Project,
    inbox: InboxRules,
    discuss: DiscussRules,
    applications: ApplicationRules,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let project = rules_support::xen();
    Known {
        inbox: classify::built_in_rules(&project).unwrap(),
        discuss: moderation::built_in_rules(&project).unwrap(),
        applications: ApplicationRules::built_in().unwrap(),
        project,
    }
});

fuzz_target!(init: panics::of_the_library_are_caught(), |bytes: &[u8]| {
    // What is not edited comes back byte for byte.
    assert_eq!(HeaderEdit::of(bytes).emit(), bytes);
    let Ok(message) = Message::parse(&RawMessage::new(bytes)) else { return };
    let arrived = Arrived { message: &message, envelope_to: Vec::new(), mailbox_for: None };
    let marks = OurMarks { own_message_id: Ownership::NotOurs, loop_field: "X-Embargod-Loop", loop_value: "" };
    classify::classify(&arrived, &KNOWN.project, &marks, &KNOWN.inbox);
    let poster = Poster::Member { organisation: "Example".to_owned() };
    let team = rules_support::team();
    let known = Circumstances {
        poster: &poster,
        live: &[],
        thread_is_live: Thread::AssumedLive,
        mode: ModerationMode::Automatic,
        team: &team,
    };
    moderation::judge(&message, &known, &KNOWN.project, &KNOWN.discuss);
    application::checklist(&message, &KNOWN.applications);
    let trust = mail::AuthenticationTrust { authserv_id: "mx.example".to_owned(), received_by: "mx.example".to_owned() };
    let _ = mail::authenticate(&message, &trust);
});
