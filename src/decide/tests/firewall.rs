//! The firewall at the door: what is stopped and kept, who lets it out, and what is told of a mail that carries a live case into public.

use std::sync::Arc;

use super::*;
use crate::{
    clearance::{LiveCase, Proposal},
    decide::{
        blocked::{BlockedLetter, BlockedState, Found, on_blocked, shown},
        effect::BlockedMove,
        snapshot::{AdvisoryState, HeldPlace, HeldPost, HeldState, WaitingAdvisory},
    },
    disclosure::CaseState,
    firewall::{CaseMaterial, Fingerprints, Firewall, Public, Rule, TextKind},
};

/// Two lines of Eve's report, case 9.
pub(super) const SECRET: &str = "The doorbell page of a dying guest stays mapped while teardown races with unmask,\n\
                      so that a second vcpu reads stale event words out of the freed frame.";

/// Case 9 is Eve's and nobody else's; the members do not know of it, unless it was predisclosed.
pub(super) fn wall(predisclosed: Option<Timestamp>) -> Wall {
    let mut material = CaseMaterial::new(CaseId(9));
    material.titles.push("doorbell page stays mapped during teardown".to_owned());
    material.text(TextKind::Report, 3, format!("Hello,\n\n{SECRET}\n\nRegards, Eve\n"));
    material.message_ids.push("secret-thread@other.example".parse().unwrap());
    let prints = Arc::new(Fingerprints::compile(&material, &Public::default()));
    let live = LiveCase { case: CaseId(9), discoverer: Some(address("eve@other.example")), predisclosed, number: None };
    Wall::new(Arc::new(Firewall::new([prints])), [live])
}

fn handler() -> Scene {
    Scene::new().token(Purpose::Case, "mona", 4, Digest::of(b"x")).with(|known| {
        known.cases.push(case(CaseState::Claimed, "mona"));
        known.files.push(file(CaseState::Claimed, "mona"));
        known.wall = wall(None);
    })
}

fn reply() -> String {
    mail(MONA, &desk(), "Re: [case-4]", &format!("reply: Thank you. It is like this one:\n\n{SECRET}"))
}

#[test]
fn an_answer_with_two_lines_of_another_case_is_kept_and_everybody_hears_of_it() {
    let scene = handler();
    let decision = scene.decide(&reply()).unwrap();
    assert_eq!(
        scene.written(&decision),
        [
            "decided: command by token",
            "spend the token",
            "stop blocked-1 case-reply to dora@finder.example about 7 case-4: case-9: shingle in text, lines 3-5",
            "note blocked about 7 case-4: blocked-1: the firewall stopped a letter (case-reply); case-9: shingle in text, lines 3-5",
            "mint let-out 1 v1 for mona",
            "embargoed block-notice to mona@team.example.org about 7 case-4",
            "mint let-out 1 v1 for nils",
            "embargoed block-notice to nils@team.example.org about 7 case-4",
            "mint case 4 v1 for mona",
            "confidential command-answer to mona@team.example.org about 7 case-4",
        ]
    );
    let answer = letter(&decision, LetterKind::CommandAnswer).replace('\n', " ");
    assert!(
        answer.contains("stopped the letter: blocked-1 (case-9: shingle in text, lines 3-5). Nothing has gone out."),
        "{answer}"
    );
    // Nothing of it is lost: what is kept is the letter, byte for byte.
    let kept = decision.effects.iter().find_map(|effect| match effect {
        Effect::Block(blocked) => Some(String::from_utf8_lossy(&blocked.draft.bytes).into_owned()),
        _ => None,
    });
    assert!(kept.unwrap().contains("reads stale event words"));
}

#[test]
fn the_notice_shows_the_words_only_where_notices_may() {
    for (mode, shown) in [(NoticeMode::Full, true), (NoticeMode::HeadersOnly, false)] {
        let mut scene = handler();
        scene.policy.notice = mode;
        let decision = scene.decide(&reply()).unwrap();
        let notice = letters(&decision.effects).find(|one| one.letter.draft().kind == LetterKind::BlockNotice).unwrap();
        let text = String::from_utf8_lossy(&notice.letter.draft().bytes).replace("\r\n", " ");
        assert!(text.contains("case-9: shingle in text, lines 3-5"), "{text}");
        assert_eq!(text.contains("doorbell"), shown, "{text}");
        assert_eq!(text.contains("dora@finder.example"), shown, "{text}");
    }
}

#[test]
fn the_discoverer_of_that_case_and_the_team_get_what_others_do_not() {
    let scene = handler().with(|known| {
        known.cases[0].discoverer = Some(address("eve@other.example"));
    });
    assert!(scene.told(&reply()).iter().any(|line| line.starts_with("confidential case-reply to eve@other.example")));
}

#[test]
fn an_acknowledgement_passes_although_its_thread_is_that_of_another_case() {
    let scene = Scene::new().with(|known| known.wall = wall(None));
    let report =
        mail("friend@elsewhere.example", SECURITY, "buffer overflow", &format!("I heard:\n> {}", SECRET.replace('\n', "\n> ")))
            .replace("Date:", "References: <secret-thread@other.example>\nDate:");
    let told = scene.told(&report);
    assert!(told.contains(&"confidential acknowledgement to friend@elsewhere.example about 7 case-17".to_owned()), "{told:#?}");
    assert!(!told.iter().any(|line| line.starts_with("stop")), "{told:#?}");
}

/// A technical post about the live advisory that quotes case 9.
fn post() -> String {
    technical_post().replace("> the fix", &format!("> {}", SECRET.replace('\n', "\n> ")))
}

#[test]
fn a_post_that_gives_another_case_away_is_held_although_a_rule_would_approve_it() {
    let open = Scene::new().with(|known| known.wall = wall(Some(at("2026-11-20T12:00:00Z"))));
    assert!(open.told(&post()).contains(&"note approved: by rule technical".to_owned()), "{:#?}", open.told(&post()));
    let closed = Scene::new().with(|known| known.wall = wall(None));
    let decision = closed.decide(&post()).unwrap();
    let told = closed.written(&decision);
    assert_eq!(told[0], "held: post by technical");
    assert!(!told.iter().any(|line| line.contains("redistribution")), "{told:#?}");
    let notice = letters(&decision.effects).find(|one| one.letter.draft().kind == LetterKind::HeldNotice).unwrap();
    let text = String::from_utf8_lossy(&notice.letter.draft().bytes).replace("\r\n", " ");
    assert!(text.contains("the embargo firewall would stop it: case-9: shingle in text"), "{text}");
}

fn held() -> HeldPost {
    HeldPost {
        inbox: InboxId::of_row(5),
        raw: RawMessage::new(post().replace('\n', "\r\n").into_bytes()),
        place: HeldPlace::Discuss,
        poster: Some(address(WRITER)),
        state: HeldState::Waiting,
        version: 1,
        reason_class: None,
        reasons: Vec::new(),
    }
}

#[test]
fn a_moderators_approval_of_it_stops_at_the_door_and_the_answer_says_so() {
    let scene = Scene::new().token(Purpose::Moderate, "mona", 5, held().raw.digest()).with(|known| {
        known.held = Some(held());
        known.wall = wall(None);
    });
    let decision = scene.decide(&mail(MONA, &desk(), "Re: held", "approve")).unwrap();
    let told = scene.written(&decision);
    assert!(told.contains(&"settle 5 v1 approved by mona".to_owned()), "{told:#?}");
    assert!(
        told.iter()
            .any(|line| line.starts_with("stop blocked-1 redistribution to security@alpha.example psirt@beta.example about 5"))
    );
    assert!(!told.iter().any(|line| line.starts_with("embargoed redistribution")), "{told:#?}");
    assert!(!told.iter().any(|line| line.contains("ruled")), "the team is not told that it went: {told:#?}");
    let answer = letter(&decision, LetterKind::CommandAnswer).replace('\n', " ");
    assert!(answer.contains("You have approved it. The embargo firewall has stopped the letter: blocked-1"), "{answer}");
}

/// What the reply above left behind, as the store gives it back.
fn stopped() -> BlockedLetter {
    let decision = handler().decide(&reply()).unwrap();
    decision
        .effects
        .into_iter()
        .find_map(|effect| match effect {
            Effect::Block(blocked) => Some(*blocked),
            _ => None,
        })
        .unwrap()
}

fn asked(name: &str, change: impl FnOnce(&mut BlockedLetter)) -> Scene {
    let mut blocked = stopped();
    change(&mut blocked);
    let digest = shown(&blocked);
    Scene::new().token(Purpose::LetOut, name, 1, digest).with(|known| {
        known.blocked = Some(blocked);
        known.wall = wall(None);
    })
}

fn by(name: &str, when: &str) -> impl FnOnce(&mut BlockedLetter) {
    let proposal = Proposal { by: PersonName(name.to_owned()), at: at(when) };
    move |blocked| blocked.proposed = Some(proposal)
}

#[test]
fn one_person_proposes_and_a_second_one_lets_it_out() {
    let first = asked("mona", |_| {});
    assert_eq!(
        first.told(&mail(MONA, &desk(), "Re: [blocked-1]", "let-out")),
        [
            "decided: command by token",
            "spend the token",
            "blocked-1 proposed by mona",
            "note let-out-proposed about 7 case-4 by mona: mona wants to let blocked-1 out (case-9: shingle in text, lines 3-5)",
            "mint let-out 1 v1 for nils",
            "confidential command-answer to nils@team.example.org about 7",
            "mint let-out 1 v1 for mona",
            "confidential command-answer to mona@team.example.org about 7",
        ]
    );
    let second = asked("nils", by("mona", "2026-11-21T09:00:00Z"));
    assert_eq!(
        second.lines_of_outsider(&mail(NILS, &desk(), "Re: [blocked-1]", "let-out")),
        [
            "decided: command by token",
            "spend the token",
            "blocked-1 let out by nils after mona",
            "note let-out about 7 case-4 by nils: blocked-1 was let out by mona and nils.",
            "discoverer-told case-4 by nils: answered: blocked-1",
            "confidential case-reply to dora@finder.example about 7 case-4",
            "confidential command-answer to mona@team.example.org about 7",
            "confidential command-answer to nils@team.example.org about 7",
        ]
    );
}

impl Scene {
    /// The lines without the oracle of who may be written to: the reader was cleared when the letter was stopped.
    fn lines_of_outsider(&self, mail: &str) -> Vec<String> {
        let decision = self.decide(mail).unwrap();
        let mut lines = vec![format!("decided: {} by {}", decision.class.as_str(), decision.rule)];
        lines.extend(decision.effects.iter().map(line));
        lines
    }
}

#[test]
fn the_same_person_twice_or_a_day_later_lets_nothing_out() {
    let twice = asked("mona", by("mona", "2026-11-21T09:00:00Z"));
    let decision = twice.decide(&mail(MONA, &desk(), "Re: [blocked-1]", "let-out")).unwrap();
    assert!(twice.written(&decision).iter().all(|line| !line.starts_with("blocked-1") && !line.contains("case-reply")));
    assert!(letter(&decision, LetterKind::CommandAnswer).contains("needs a second person"));
    // A day and a second later it is a proposal of its own.
    let late = asked("nils", by("mona", "2026-11-20T14:01:59Z"));
    let told = late.told(&mail(NILS, &desk(), "Re: [blocked-1]", "let-out"));
    assert!(told.contains(&"blocked-1 proposed by nils after mona".to_owned()), "{told:#?}");
}

#[test]
fn one_person_discards_and_what_is_settled_stays_so() {
    let told = asked("nils", by("mona", "2026-11-21T09:00:00Z")).told(&mail(NILS, &desk(), "Re: [blocked-1]", "discard"));
    assert!(told.contains(&"blocked-1 discarded by nils after mona".to_owned()), "{told:#?}");
    let gone = BlockedState::LetOut { by: PersonName("nils".to_owned()), at: at("2026-11-21T13:00:00Z") };
    for word in ["let-out", "discard"] {
        let scene = asked("mona", |blocked| blocked.state = gone.clone());
        let decision = scene.decide(&mail(MONA, &desk(), "Re: [blocked-1]", word)).unwrap();
        assert!(scene.written(&decision).iter().all(|line| !line.starts_with("blocked-1")), "{word}");
        let answer = letter(&decision, LetterKind::CommandAnswer).replace('\n', " ");
        assert!(answer.contains("blocked-1 was let out by nils at"), "{answer}");
    }
}

#[test]
fn what_the_two_were_not_shown_stops_it_again() {
    let scene = asked("nils", |blocked| {
        by("mona", "2026-11-21T09:00:00Z")(blocked);
        blocked.found = vec![Found { case: CaseId(9), rule: Rule::Title, spot: "text, line 9".to_owned() }];
    });
    let decision = scene.decide(&mail(NILS, &desk(), "Re: [blocked-1]", "let-out")).unwrap();
    let told = scene.written(&decision);
    assert!(told.contains(&"blocked-1 found case-9: shingle in text, lines 3-5 after mona".to_owned()), "{told:#?}");
    assert!(!told.iter().any(|line| line.contains("case-reply to")), "{told:#?}");
    assert!(told.contains(&"embargoed block-notice to mona@team.example.org about 7 case-4".to_owned()), "{told:#?}");
}

#[test]
fn the_answer_to_an_earlier_notice_counts_for_what_that_one_showed() {
    let earlier = shown(&stopped());
    let more = |blocked: &mut BlockedLetter| {
        by("mona", "2026-11-21T09:00:00Z")(blocked);
        blocked.found.push(Found { case: CaseId(9), rule: Rule::Title, spot: "text, line 9".to_owned() });
    };
    let scene = asked("nils", more).with(|known| known.tokens[0].digest = earlier);
    let decision = scene.decide(&mail(NILS, &desk(), "Re: [blocked-1]", "let-out")).unwrap();
    assert_eq!(
        scene.written(&decision),
        [
            "decided: command by token",
            "mint let-out 1 v1 for nils",
            "note state-changed about 7 case-4 by nils: more was found since the notice; asked again",
            "confidential command-answer to nils@team.example.org about 7",
        ]
    );
    // To stop it for good is right whatever was found.
    let told = scene.told(&mail(NILS, &desk(), "Re: [blocked-1]", "discard"));
    assert!(told.contains(&"blocked-1 discarded by nils after mona".to_owned()), "{told:?}");
}

#[test]
fn two_people_do_not_overrule_the_other_rules_of_the_door() {
    // The reader was never cleared as the discoverer of anything.
    let scene = asked("nils", |blocked| {
        by("mona", "2026-11-21T09:00:00Z")(blocked);
        blocked.outsider = None;
    });
    let decision = scene.decide(&mail(NILS, &desk(), "Re: [blocked-1]", "let-out")).unwrap();
    let told = scene.written(&decision);
    assert!(told.iter().all(|line| !line.starts_with("blocked-1") && !line.contains("case-reply to")), "{told:#?}");
    let answer = letter(&decision, LetterKind::CommandAnswer).replace('\n', " ");
    assert!(answer.contains("recipient 0 is not cleared for case-4"), "{answer}");
}

#[test]
fn a_command_typed_on_the_machine_hears_what_it_did() {
    let scene = asked("mona", |_| {});
    let Poster::Team(person) = known_person(&scene, MONA) else { panic!("mona is of the team") };
    let mut entropy = SeededEntropy::new(1);
    let mut work = crate::decide::Work::new(InboxId::of_row(0), &scene.snapshot, &scene.policy, at(NOW), &mut entropy);
    let thread = crate::compose::Thread::new();
    let by = crate::decide::ruling::By { person: &person, thread: &thread, token: None };
    on_blocked(&mut work, crate::command::BlockedCommand::LetOut, &by).unwrap();
    assert_eq!(
        work.remark().unwrap(),
        "blocked-1 waits for a second person, who answers `let-out` within a day. Nothing has gone out yet."
    );
    let moved =
        work.into_effects().into_iter().any(|effect| matches!(effect, Effect::MoveBlocked { to: BlockedMove::Proposed(_), .. }));
    assert!(moved);
}

use crate::disclosure::Poster;

fn known_person(scene: &Scene, who: &str) -> Poster {
    let person = scene.snapshot.roster.team.iter().find(|person| person.address == address(who)).unwrap();
    Poster::Team(person.vouched_for_by_the_kernel())
}

const PUBLIC_LIST: &str = "exo-devel@lists.example.org";

#[test]
fn embargoed_text_with_a_public_address_in_it_alarms_at_once_and_waits() {
    let scene = Scene::new().with(|known| known.wall = wall(None));
    let leak = mail("eve@other.example", SECURITY, "more about it", SECRET);
    let alarm = "confidential alarm to mona@team.example.org nils@team.example.org about 7".to_owned();
    for public in [
        leak.replace("Subject:", &format!("Cc: {PUBLIC_LIST}\nSubject:")),
        leak.replace("Subject:", &format!("Reply-To: Exo <{}>\nSubject:", PUBLIC_LIST.to_uppercase())),
        leak.replace("Subject:", &format!("Mail-Followup-To: {PUBLIC_LIST}\nSubject:")),
    ] {
        let decision = scene.decide(&public).unwrap();
        let told = scene.written(&decision);
        assert!(told[0].starts_with("held: "), "{told:#?}");
        assert!(told.contains(&alarm), "{told:#?}");
        assert_eq!(told.iter().filter(|line| line.starts_with("hold in")).count(), 1, "{told:#?}");
        assert!(told.contains(&"note leak-suspected: public, and case-9: shingle in text, lines 1-2".to_owned()), "{told:#?}");
        assert!(letter(&decision, LetterKind::Alarm).contains("case-9: shingle in text, lines 1-2"));
    }
    assert!(!scene.told(&leak).contains(&alarm), "no public address is in it");
    let harmless = mail("eve@other.example", SECURITY, "a question", "Is there a date for the next release?");
    assert!(!scene.told(&harmless.replace("Subject:", &format!("Cc: {PUBLIC_LIST}\nSubject:"))).contains(&alarm));
}

#[test]
fn a_post_and_an_application_are_looked_at_as_well() {
    let scene = Scene::new().with(|known| known.wall = wall(Some(at("2026-11-20T12:00:00Z"))));
    for to in ["applications@lists.example.org".to_owned(), format!("{DISCUSS}, {PUBLIC_LIST}")] {
        let told = scene.told(&mail(WRITER, &to, "Re: XSA-999: backport", SECRET));
        assert_eq!(told.iter().filter(|line| line.contains("alarm to ")).count(), 1, "{to}: {told:#?}");
        assert!(told[0].starts_with("held: "), "{to}: {told:#?}");
    }
}

/// Advisory 999 as mona submitted it, with two lines of case 9.
fn advisory() -> WaitingAdvisory {
    let mail = mail(MONA, PRIMARY, "Exo Security Advisory 999 v1 - x", SECRET);
    WaitingAdvisory {
        row: AdvisoryRow(2),
        number: Some(number(999)),
        revision: 1,
        inbox: InboxId::of_row(6),
        raw: RawMessage::new(mail.replace('\n', "\r\n").into_bytes()),
        submitted_by: PersonName("mona".to_owned()),
        state: AdvisoryState::Waiting,
        decided_by: None,
        until: None,
        version: 1,
    }
}

#[test]
fn an_advisory_that_gives_another_case_away_waits_as_before_and_two_let_it_out() {
    let scene = Scene::new().token(Purpose::Send, "nils", 2, advisory().raw.digest()).with(|known| {
        known.advisory = Some(advisory());
        known.wall = wall(None);
    });
    let decision = scene.decide(&mail(NILS, &desk(), "Re: [held-6]", "send")).unwrap();
    let told = scene.written(&decision);
    assert!(told.iter().any(|line| line.starts_with("stop blocked-1 redistribution to security@alpha.example")), "{told:#?}");
    let done = ["advisory", "settle", "spend", "embargoed redistribution"];
    assert!(told.iter().all(|line| !done.iter().any(|word| line.starts_with(word))), "it waits as before: {told:#?}");
    let blocked = decision.effects.into_iter().find_map(|effect| match effect {
        Effect::Block(blocked) => Some(*blocked),
        _ => None,
    });
    let mut blocked = blocked.unwrap();
    // Nils has proposed it; Mona, who submitted it, agrees: Nils is the one who releases it.
    by("nils", "2026-11-21T09:00:00Z")(&mut blocked);
    let out = |state: AdvisoryState| {
        let scene = Scene::new().token(Purpose::LetOut, "mona", 1, shown(&blocked)).with(|known| {
            known.blocked = Some(blocked.clone());
            known.advisory = Some(WaitingAdvisory { state, ..advisory() });
            known.wall = wall(None);
        });
        scene.told(&mail(MONA, &desk(), "Re: [blocked-1]", "let-out"))
    };
    let told = out(AdvisoryState::Waiting);
    for wanted in [
        "blocked-1 let out by mona after nils",
        "advisory 2 v1 sent by nils",
        "settle 6 v1 approved by nils",
        "embargoed redistribution to security@alpha.example psirt@beta.example about 6 [advisory:999:1]",
        "thread <m1@team.example.org> 999",
    ] {
        assert!(told.contains(&wanted.to_owned()), "{wanted}: {told:#?}");
    }
    let told = out(AdvisoryState::Sent);
    assert!(told.iter().all(|line| !line.starts_with("blocked-1") && !line.contains("redistribution")), "not twice: {told:#?}");
}

#[test]
fn an_advisory_tells_the_members_of_its_own_case() {
    let scene = Scene::new().token(Purpose::Send, "nils", 2, advisory().raw.digest()).with(|known| {
        known.advisory = Some(advisory());
        let mut live = wall(None).cases()[0].clone();
        live.number = Some(number(999));
        let mut material = CaseMaterial::new(CaseId(9));
        material.text(TextKind::Report, 3, SECRET);
        let prints = Arc::new(Fingerprints::compile(&material, &Public::default()));
        known.wall = Wall::new(Arc::new(Firewall::new([prints])), [live]);
    });
    let told = scene.told(&mail(NILS, &desk(), "Re: [held-6]", "send"));
    assert!(told.iter().any(|line| line.starts_with("embargoed redistribution")), "{told:#?}");
}
