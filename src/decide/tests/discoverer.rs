//! What the discoverer hears of the own case, and who does not.

use super::{commands::handler, *};
use crate::{cases::Publicity, disclosure::CaseState};

/// A case with an open date: said not to be public.
fn undated(change: impl FnOnce(&mut Case)) -> Scene {
    handler(CaseState::Claimed, "mona").with(|known| {
        let said = CaseEvent::PublicityAnswered { answer: Publicity::No, source: None, proposed_by: None };
        let by = Actor::Person(PersonName("mona".to_owned()));
        known.files[0].apply(&Recorded { at: at(NOW), by, event: said }).unwrap();
        known.cases[0].version = 3;
        known.tokens[0].version = 3;
        change(&mut known.cases[0]);
    })
}

const DATE: &str = "embargo 2026-12-15T12:00:00Z because the vendor asks";

#[test]
fn the_date_reaches_a_discoverer_who_never_had_an_acknowledgement() {
    // The caps of automatic answers are used up, as they were when the report came: this letter is a person's doing.
    let scene = undated(|_| {}).with(|known| {
        known.answered_author = 99;
        known.answered_anyone = 99;
    });
    let told = scene.told(&mail(MONA, &desk(), "Re: case", DATE));
    assert_eq!(
        told.iter().filter(|line| line.contains("case-news") || line.contains("discoverer-told")).collect::<Vec<_>>(),
        [
            "confidential case-news to dora@finder.example about 7 case-4",
            "discoverer-told case-4 by mona: the discoverer is told the date, Tuesday 2026-12-15 12:00 UTC",
        ]
    );
}

#[test]
fn the_date_goes_to_no_list_and_to_no_address_that_mail_cannot_name() {
    for to in [Some("exo-devel@lists.example.org"), Some("d\u{f6}ra@finder.example"), None] {
        let scene = undated(|case| case.discoverer = to.map(address));
        let decision = scene.decide(&mail(MONA, &desk(), "Re: case", DATE)).unwrap();
        assert!(letters(&decision.effects).all(|outgoing| outgoing.letter.draft().kind != LetterKind::CaseNews), "{to:?}");
        let told = letters(&decision.effects).filter(|outgoing| outgoing.letter.draft().kind == LetterKind::CommandAnswer);
        let texts: Vec<String> =
            told.map(|outgoing| String::from_utf8_lossy(&outgoing.letter.draft().bytes).replace("\r\n", " ")).collect();
        assert!(texts.len() == 2 && texts.iter().all(|text| text.contains("The discoverer is NOT told.")), "{texts:?}");
        // The date itself stands.
        assert!(scene.written(&decision).iter().any(|line| line.starts_with("embargo-set case-4")));
    }
}
