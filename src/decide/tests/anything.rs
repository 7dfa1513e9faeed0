//! Promises over arbitrary mail: a decision is always made, and no letter of it reaches anyone it is not for.

use proptest::prelude::*;

use super::*;
use crate::{
    decide::snapshot::{HeldPlace, HeldPost, HeldState},
    disclosure::CaseState,
};

/// Everything known at once, so that whatever a mail says finds something to act on.
fn crowded(purpose: Option<Purpose>) -> Scene {
    let raw = RawMessage::new(technical_post().replace('\n', "\r\n").into_bytes());
    let held = HeldPost {
        inbox: InboxId::of_row(5),
        raw: raw.clone(),
        place: HeldPlace::Discuss,
        poster: Some(address(WRITER)),
        state: HeldState::Waiting,
        version: 1,
        reason_class: None,
        reasons: Vec::new(),
    };
    let scene = Scene::new().with(|known| {
        known.held = Some(held);
        known.cases.push(case(CaseState::Open, ""));
    });
    match purpose {
        Some(Purpose::Withdraw) => scene.token(Purpose::Withdraw, WRITER, 5, raw.digest()),
        Some(Purpose::Discoverer) => scene.token(Purpose::Discoverer, DORA, 4, raw.digest()),
        Some(purpose @ Purpose::Case) => scene.token(purpose, "mona", 4, raw.digest()),
        // A waiting advisory is another scene's.
        Some(purpose) if purpose != Purpose::Send => scene.token(purpose, "mona", 5, raw.digest()),
        _ => scene,
    }
}

fn author() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        MONA,
        NILS,
        DORA,
        WRITER,
        "psirt@beta.example",
        "security@gamma.example",
        "mona@home.example.net",
        "exo-devel@lists.example.org",
        "exo-devel+a@lists.example.org",
        DISCUSS,
        "security@example.com",
        "security-desk+x@example.org",
        "mailer-daemon@finder.example",
        "d\u{f6}rte@finder.example",
        "dora@finder.\u{e9}xample",
        "\"do ra\"@finder.example",
        "dora(comment)@finder.example",
    ])
}

fn recipient() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        SECURITY.to_owned(),
        DISCUSS.to_owned(),
        PRIMARY.to_owned(),
        desk(),
        "security-desk@example.org".to_owned(),
        "applications@lists.example.org".to_owned(),
        "exo-issues-request@lists.example.org".to_owned(),
        format!("exo-issues-bounces+{TOKEN}@lists.example.org"),
        format!("{DISCUSS}, exo-devel@lists.example.org, {WRITER}"),
        format!("{SECURITY}, {DISCUSS}"),
        "undisclosed-recipients:;".to_owned(),
    ])
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "approve",
            "reject policy",
            "withdraw",
            "claim",
            "reply\n\nthank you",
            "close done",
            "send",
            "explain",
            "help",
            "The XSA-999 patch does not apply: the hunk in mm.c fails.",
            "A guest can crash the host: buffer overflow, CVE-2026-12345.",
            "We would like to apply for membership of the predisclosure list.",
            "Could the embargo be extended by one week?",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,80}",
    ]
}

fn purpose() -> impl Strategy<Value = Option<Purpose>> {
    prop::option::of(prop::sample::select(vec![Purpose::Moderate, Purpose::Withdraw, Purpose::Case, Purpose::Discoverer]))
}

fn proof() -> impl Strategy<Value = Option<()>> {
    prop::option::of(Just(()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// [`Scene::written`] holds every letter against the oracle.
    #[test]
    fn whoever_writes_what_to_whom(
        from in author(), to in recipient(), subject in "\\PC{0,30}", body in words(), purpose in purpose(), proven in proof(),
    ) {
        let text = if proven.is_some() { mail(from, &to, &subject, &body) } else { forged(from, &to, &subject, &body) };
        let scene = crowded(purpose);
        match scene.decide(&text) {
            Ok(decision) => prop_assert!(!scene.written(&decision).is_empty()),
            Err(error) => prop_assert!(false, "no decision: {error}"),
        }
    }

    #[test]
    fn a_few_bytes_of_a_mail_are_other_ones(
        purpose in purpose(), to in recipient(), changes in prop::collection::vec((0_usize..900, any::<u8>()), 0..12),
    ) {
        let mut bytes = mail(WRITER, &to, "Re: XSA-999", "approve\n\nThe patch does not apply.").replace('\n', "\r\n").into_bytes();
        for (at, byte) in changes {
            let length = bytes.len();
            bytes[at % length] = byte;
        }
        let scene = crowded(purpose);
        match scene.decide_bytes(&bytes) {
            Ok(decision) => prop_assert!(!scene.written(&decision).is_empty()),
            Err(error) => prop_assert!(false, "no decision: {error}"),
        }
    }

    #[test]
    fn bytes_without_sense(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let scene = crowded(None);
        let decision = scene.decide_bytes(&bytes).unwrap();
        prop_assert!(!scene.written(&decision).is_empty());
    }
}
