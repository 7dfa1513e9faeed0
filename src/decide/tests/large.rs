//! Mail over the size cap, of which there is the head only.

use super::*;
use crate::disclosure::CaseState;

/// The head of a mail of 30 MB.
fn over_the_cap(mail: &str) -> IncomingBody {
    let head = mail.split_once("\n\n").unwrap().0.replace('\n', "\r\n") + "\r\n\r\n";
    let message = Message::parse(&RawMessage::new(head.into_bytes())).unwrap();
    IncomingBody::Oversized { header: Some(Box::new(message)), size: 30_000_000 }
}

#[test]
fn a_report_over_the_size_cap_is_a_case_and_its_discoverer_is_answered() {
    let scene = Scene::new();
    let decision = scene
        .decide_body(over_the_cap(&mail(DORA, SECURITY, "Xen: see the attached core", "A guest can crash the host.")))
        .unwrap();
    assert_eq!(
        scene.written(&decision),
        [
            "decided: other by nothing-matched",
            "note oversized: 30000000 bytes: over the size cap, only the header was fetched; the mail is on the server",
            "mint discoverer 17 v1 for dora@finder.example",
            "open case-17 of dora@finder.example",
            "attach 7 to case-17 as report",
            "opened case-17 about 7: case-17 opened",
            "confidential acknowledgement to dora@finder.example about 7 case-17",
            "acknowledged case-17 about 7: the discoverer is told that it arrived",
            "mint case 17 v2 for mona",
            "embargoed triage-notice to mona@team.example.org about 7 case-17",
            "mint case 17 v2 for nils",
            "embargoed triage-notice to nils@team.example.org about 7 case-17",
        ]
    );
    assert!(letter(&decision, LetterKind::Acknowledgement).contains("could not read it, so a person will"));
    let notices = letters(&decision.effects).filter(|outgoing| outgoing.letter.draft().kind == LetterKind::TriageNotice);
    for notice in notices {
        let text = String::from_utf8_lossy(&notice.letter.draft().bytes).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("ONLY ITS HEAD IS HERE: it has 30000000 bytes"), "{text}");
    }
    // To the secret address of a case it belongs to that case.
    let scene = Scene::new().token(Purpose::Discoverer, DORA, 4, Digest::of(b"x")).with(|known| {
        known.cases.push(case(CaseState::Claimed, "mona"));
    });
    let told = scene.written(&scene.decide_body(over_the_cap(&mail(DORA, &desk(), "Re: [case-4]", "the core"))).unwrap());
    assert!(told.contains(&"attach 7 to case-4 as reply".to_owned()), "{told:?}");
    assert!(told.contains(&"embargoed case-mail to mona@team.example.org about 7 case-4".to_owned()), "{told:?}");
    // Passed on by one of the team: whose it is, a person says.
    let told = Scene::new().written(&Scene::new().decide_body(over_the_cap(&mail(MONA, SECURITY, "Fwd: core", ""))).unwrap());
    assert!(
        told.contains(&"open case-17 of nobody".to_owned()) && !told.iter().any(|line| line.contains("acknowledgement")),
        "{told:?}"
    );
    // A machine's, a list's, and what asks for something by a token of the team wait for a person, as before.
    let automatic = format!("Auto-Submitted: auto-replied\n{}", mail(DORA, SECURITY, "Automatic reply: x", ""));
    let commanding = Scene::new().token(Purpose::Case, "mona", 4, Digest::of(b"x"));
    for (scene, mail) in [
        (&Scene::new(), automatic),
        (&Scene::new(), mail(WRITER, DISCUSS, "XSA-999", "")),
        (&commanding, mail(MONA, &desk(), "Re: case", "close")),
    ] {
        let told = scene.written(&scene.decide_body(over_the_cap(&mail)).unwrap());
        assert_eq!(told[0], "held: other by oversized", "{told:?}");
    }
}
