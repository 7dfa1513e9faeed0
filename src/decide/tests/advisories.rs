//! The predisclosure list: two people of the team.

use super::*;
use crate::{
    cases::{self, NumberWish, Publicity, Request, Support},
    decide::{
        Work,
        catch_up::catch_up,
        snapshot::{AdvisoryState, WaitingAdvisory},
    },
};

fn waiting(submitter: &str) -> Scene {
    let mail = mail(MONA, PRIMARY, "Exo Security Advisory 999 v1 - x", "text");
    let raw = RawMessage::new(mail.replace('\n', "\r\n").into_bytes());
    let digest = raw.digest();
    let advisory = WaitingAdvisory {
        row: AdvisoryRow(2),
        number: Some(number(999)),
        revision: 1,
        inbox: InboxId::of_row(6),
        raw,
        submitted_by: PersonName(submitter.to_owned()),
        state: AdvisoryState::Waiting,
        decided_by: None,
        until: None,
        version: 1,
    };
    Scene::new().token(Purpose::Send, "nils", 2, digest).with(|known| known.advisory = Some(advisory))
}

/// What the second person's `send` brings about with these members.
pub(super) fn sent_by_two(members: &Scene) -> Vec<Effect> {
    let scene = waiting("mona").with(|known| known.roster.clone_from(&members.snapshot.roster));
    scene.decide(&mail(NILS, &desk(), "Re: send", "send")).unwrap().effects
}

fn decided(known: &mut Snapshot) {
    let advisory = known.advisory.as_mut().unwrap();
    advisory.state = AdvisoryState::Sent;
    advisory.decided_by = Some((PersonName("nils".to_owned()), at(NOW)));
}

#[test]
fn an_advisory_waits_for_a_second_person() {
    // Submitted.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&mail(MONA, PRIMARY, "Exo Security Advisory 999 v2 - x", "text")),
        [
            "held: advisory by primary-list",
            "register 3 999 v2 of mona until -",
            "hold in primary suggests hold - normal poster mona@team.example.org",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "note advisory-registered by mona: it waits for a second team member's `send`",
            "mint send 3 v1 for nils",
            "embargoed send-request to nils@team.example.org about 7",
        ]
    );
    // By a member.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&mail(WRITER, PRIMARY, "Exo Security Advisory 999 v2 - x", "text")),
        [
            "held: advisory by primary-list",
            "note primary-post-refused: mail to the predisclosure list from somebody who is not a proven team member",
            "hold in other suggests discard - normal poster nobody",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "confidential rejection to writer@alpha.example about 7",
            "note alarm: primary-post-refused",
            "confidential alarm to mona@team.example.org nils@team.example.org about 7",
        ]
    );
    // Forged.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&forged(MONA, PRIMARY, "Exo Security Advisory 999 v2 - x", "text")),
        [
            "held: advisory by primary-list",
            "note unproven: no Received field of our receiving server",
            "note primary-post-refused: mail to the predisclosure list from somebody who is not a proven team member",
            "hold in other suggests discard - normal poster nobody",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "note alarm: primary-post-refused",
            "confidential alarm to mona@team.example.org nils@team.example.org about 7",
        ]
    );
    // With a public copy.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&mail(
            MONA,
            &format!("{PRIMARY}, exo-announce@lists.example.org"),
            "Exo Security Advisory 999 v2 - x",
            "text"
        )),
        [
            "held: advisory by primary-list",
            "note alarm: leak-suspected",
            "confidential alarm to mona@team.example.org nils@team.example.org about 7",
            "register 3 999 v2 of mona until -",
            "hold in primary suggests hold - normal poster mona@team.example.org",
            "remind held 7 at 2026-11-24T14:02:00Z",
            "note advisory-registered by mona: it waits for a second team member's `send`",
            "mint send 3 v1 for nils",
            "embargoed send-request to nils@team.example.org about 7",
        ]
    );
}

#[test]
fn the_second_person_decides() {
    // Send.
    let scene = waiting("mona");
    assert_eq!(
        scene.told(&mail(NILS, &desk(), "Re: held", "send")),
        [
            "decided: command by token",
            "spend the token",
            "advisory 2 v1 sent by nils",
            "settle 6 v1 approved by nils",
            "note advisory-sent about 6 by nils: released to the members by nils",
            "embargoed redistribution to security@alpha.example psirt@beta.example about 6 [advisory:999:1]",
            "thread <m1@team.example.org> 999",
            "confidential ruled to mona@team.example.org nils@team.example.org about 6",
        ]
    );
    // The own advisory.
    let scene = waiting("nils");
    assert_eq!(
        scene.told(&mail(NILS, &desk(), "Re: held", "send")),
        ["decided: command by token", "confidential command-answer to nils@team.example.org about 7"]
    );
    // Cancel.
    let scene = waiting("mona");
    assert_eq!(
        scene.told(&mail(NILS, &desk(), "Re: held", "cancel")),
        [
            "decided: command by token",
            "spend the token",
            "advisory 2 v1 cancelled by nils",
            "settle 6 v1 discarded by nils",
            "note advisory-cancelled about 6 by nils: it will not be sent",
            "confidential ruled to mona@team.example.org nils@team.example.org about 6",
        ]
    );
    // Twice.
    let scene = waiting("mona").with(decided);
    assert_eq!(
        scene.told(&mail(NILS, &desk(), "Re: held", "send")),
        [
            "decided: command by token",
            "note second-ruling about 6 by nils: it was decided before; nothing was done",
            "confidential command-answer to nils@team.example.org about 7",
        ]
    );
    // Another state.
    let scene = waiting("mona").with(|known| known.advisory.as_mut().unwrap().version = 2);
    assert_eq!(
        scene.told(&mail(NILS, &desk(), "Re: held", "send")),
        [
            "decided: command by token",
            "mint send 2 v2 for nils",
            "note state-changed about 6 by nils: the state changed since the notice; asked again",
            "confidential command-answer to nils@team.example.org about 7",
        ]
    );
    // HTML only.
    let scene = waiting("mona");
    assert_eq!(
        scene.told(
            &mail(NILS, &desk(), "Re: send", "<p>send</p>")
                .replace("Subject:", "MIME-Version: 1.0\nContent-Type: text/html\nSubject:")
        ),
        ["decided: command by token", "confidential command-answer to nils@team.example.org about 7"]
    );
}

/// A case that has the number 999, as far as the given requests lead it.
fn case_of_999(requests: &[Request]) -> CaseFile {
    let mut known = file(CaseState::Claimed, "mona");
    let standards = policy().standards();
    let mona = Actor::Person(PersonName("mona".to_owned()));
    let mut numbers = cases::Numbers::new();
    for request in requests {
        let circumstances = cases::Circumstances { now: at(NOW), standards: &standards, numbers: &numbers };
        for event in cases::judge(&known, request, &mona, &circumstances).unwrap() {
            known.apply(&Recorded { at: at(NOW), by: mona.clone(), event }).unwrap();
        }
        numbers.extend(known.numbers().map(|number| (number, cases::NumberUse::Taken)));
    }
    known
}

fn told_of(file: CaseFile) -> (Vec<String>, String) {
    let scene = waiting("mona").with(|known| known.files.push(file));
    let decision = scene.decide(&mail(NILS, &desk(), "Re: send", "send")).unwrap();
    let answer = letters(&decision.effects).find(|outgoing| outgoing.letter.draft().kind == LetterKind::CommandAnswer);
    let text = answer.map(|_| letter(&decision, LetterKind::CommandAnswer)).unwrap_or_default();
    (scene.written(&decision), text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// What the case lacks is named, and nothing goes out (P12, P25, P26, P29).
#[test]
fn the_case_of_an_advisory_must_allow_it() {
    let number = Request::Number { wish: NumberWish::This(number(999)) };
    let confirmed = [
        Request::Scope { support: Support::Supported, component: None, link: None },
        Request::Confirm,
        Request::Public { answer: Publicity::No, source: None },
        number.clone(),
    ];
    let (effects, text) = told_of(case_of_999(&[number]));
    assert_eq!(
        effects,
        [
            "decided: command by token",
            "note advisory-refused about 6 by nils: its case does not allow it; nothing was sent",
            "confidential command-answer to nils@team.example.org about 7",
        ]
    );
    assert!(text.contains("Nothing has happened: Confirm first that it is a vulnerability: `confirm`."), "{text}");
    let (_, text) = told_of(case_of_999(&confirmed));
    assert!(text.contains("Nothing has happened: "), "{text}");
    assert!(text.contains("embargo"), "{text}");
}

/// A case with another number, or one that is closed, says nothing about it.
#[test]
fn an_advisory_without_a_case_goes_as_two_people_want_it() {
    let (effects, _) = told_of(case_of_999(&[Request::Number { wish: NumberWish::This(number(1000)) }]));
    assert!(effects.iter().any(|effect| effect.starts_with("embargoed redistribution ")), "{effects:?}");
}

#[test]
fn who_joined_since_gets_the_revision_that_the_others_have() {
    let scene = waiting("mona").with(|known| known.advisory.as_mut().unwrap().state = AdvisoryState::Sent);
    let advisory = scene.snapshot.advisory.clone().unwrap();
    let nils = PersonName("nils".to_owned());
    let run = |scene: &Scene, advisory: &WaitingAdvisory, holding: &[&str]| {
        let holding: Vec<Address> = holding.iter().map(|holder| address(holder)).collect();
        let mut entropy = SeededEntropy::new(5);
        let mut work = Work::new(advisory.inbox, &scene.snapshot, &scene.policy, at(NOW), &mut entropy);
        catch_up(&mut work, advisory, &holding, &nils).unwrap();
        let said = work.refusal().or(work.remark()).unwrap_or_default().to_owned();
        (said, work.into_effects().iter().map(super::line).collect::<Vec<_>>())
    };
    let (said, lines) = run(&scene, &advisory, &["security@alpha.example"]);
    assert_eq!(said, "XSA-999 v1 goes to 1 of the members, who did not have it");
    assert_eq!(
        lines,
        [
            "embargoed redistribution to psirt@beta.example about 6 [advisory:999:1]",
            "note advisory-caught-up about 6 by nils: XSA-999 v1 goes to 1 of the members, who did not have it",
        ]
    );
    let nothing = |(said, lines): (String, Vec<String>)| {
        assert_eq!(lines, [""; 0], "{said}");
        said
    };
    let all = ["psirt@beta.example", "security@alpha.example"];
    assert_eq!(nothing(run(&scene, &advisory, &all)), "every member has XSA-999 v1");
    let public = waiting("mona").with(|known| known.live.clear());
    let why = "XSA-999 is not under embargo with the members; nothing was sent";
    assert_eq!(nothing(run(&public, &advisory, &[])), why);
    assert_eq!(nothing(run(&scene, &WaitingAdvisory { state: AdvisoryState::Waiting, ..advisory }, &[])), why);
}
