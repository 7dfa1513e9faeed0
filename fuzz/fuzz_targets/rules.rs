//! Any text as a rule file; what is accepted is asked about a mail, all its patterns tried and only those that may match.

#![no_main]

use std::sync::LazyLock;

use embargod::{
    classify::Class,
    disclosure::Project,
    mail::{Message, RawMessage},
    moderation::Action,
    rules::{MailView, PosterKind, RuleSet},
};
use libfuzzer_sys::fuzz_target;

#[path = "../../tests/rules_support/mod.rs"]
mod rules_support;

static PROJECT: LazyLock<Project> = LazyLock::new(rules_support::xen);

static VIEWS: LazyLock<Vec<MailView>> = LazyLock::new(|| {
    let mails = [
        "From: Dana <dana@finder.example>\r\nTo: security@xenproject.org\r\nSubject: out of bounds read in xenstored\r\n\r\nHello,\r\n\r\na guest can crash the host. See below.\r\n\r\n-- \r\nDana\r\n",
        "From: =?utf-8?q?K=C3=B6nig?= <k@member.example>\r\nSubject: Re: XSA-484 \u{212a} \u{17f}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSchöne Grüße \u{212a}elvin and \u{17f}un, XSA-484 v3 aa\r\n",
    ];
    mails
        .iter()
        .filter_map(|mail| Message::parse(&RawMessage::new(mail.as_bytes())).ok())
        .map(|message| MailView::of(&message, PosterKind::Member, &[]))
        .collect()
});

fuzz_target!(|text: &str| {
    // Large repetitions are allowed up to a megabyte each; a file of many is slow to compile and finds nothing new.
    if text.len() > 2000 {
        return;
    }
    if let Ok(rules) = RuleSet::<Class>::parse("fuzz", text, &PROJECT) {
        for view in VIEWS.iter() {
            let anyway = rules.rules().iter().find_map(|rule| rule.matches(view));
            assert_eq!(rules.first(view).map(|hit| &hit.rule.name), anyway.map(|hit| &hit.rule.name));
            rules.explain(view);
        }
    }
    let _ = RuleSet::<Action>::parse("fuzz", text, &PROJECT);
});
