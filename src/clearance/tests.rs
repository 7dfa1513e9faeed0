//! Who may get what: the table of the module's head, case by case, and the promises over random drafts and audiences.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{Audience, Cleared, LiveCase, Refused, Stopped, Wall};
use crate::{
    compose::{
        Draft, HeldId, LetterKind, ReversePath,
        tests::{NOW, address, at, project, roster},
    },
    disclosure::{CaseId, ContentClass, PersonName, Recipients},
    firewall::{CaseMaterial, Fingerprints, Firewall, Public as Known, TextKind},
    mail::Digest,
    release::Licence,
};

fn draft(kind: LetterKind, class: ContentClass, cases: &[i64], held: Option<i64>, to: &[&str]) -> Draft {
    Draft {
        kind,
        class,
        reveals: cases.iter().copied().map(CaseId).collect(),
        held: held.map(HeldId),
        message_id: "m@example.org".parse().unwrap(),
        bytes: Vec::new(),
        to: Recipients::new(to.iter().map(|to| address(to))).unwrap(),
        reverse_path: ReversePath::Null,
    }
}

const MONA: &str = "mona@team.example.org";
const DORA: &str = "dora@finder.example";
const EVE: &str = "eve@other.example";
const WRITER: &str = "writer@alpha.example";
const ALPHA: &str = "security@alpha.example";
const BETA: &str = "psirt@beta.example";
const GAMMA: &str = "security@gamma.example";
const PUBLIC: &str = "exo-devel@lists.example.org";

/// Dora reported case 1, Eve case 2; the writer posted 31; case 1 was predisclosed an hour ago, case 3 will be in an hour.
fn audience() -> Audience {
    Audience::new(&project(), &roster())
        .discoverer(CaseId(1), &address(DORA))
        .discoverer(CaseId(2), &address(EVE))
        .poster(HeldId(31), &address(WRITER))
        .applicant(&address("apply@delta.example"))
        .predisclosed(CaseId(1), at("2026-11-21T13:02:00Z"))
        .predisclosed(CaseId(3), at("2026-11-21T15:02:00Z"))
}

/// The rules of the kinds alone: nothing is under embargo.
fn may_send(draft: Draft, audience: &Audience, now: jiff::Timestamp) -> Result<Cleared, Refused> {
    super::may_send(draft, audience, &Wall::of_no_case(), now).map_err(|stopped| match stopped {
        Stopped::Refused(refused) => refused,
        Stopped::Blocked(blocked) => panic!("stopped although no case is live: {blocked:?}"),
    })
}

fn ask(draft: Draft) -> Result<Cleared, Refused> {
    may_send(draft, &audience(), at(NOW))
}

use ContentClass::{Confidential, Embargoed, Public};
use LetterKind as K;

#[test]
fn the_team_gets_its_notices_and_nobody_else_does() {
    for kind in [
        K::TriageNotice,
        K::CaseMail,
        K::HeldNotice,
        K::Ruled,
        K::SendRequest,
        K::DeliverySummary,
        K::ApplicationNotice,
        K::ApplicationDraft,
        K::MembershipDue,
        K::Reminder,
        K::Alarm,
        K::BlockNotice,
    ] {
        assert!(ask(draft(kind, Embargoed, &[1, 2], Some(31), &[MONA])).is_ok(), "{kind}");
        assert_eq!(ask(draft(kind, Public, &[], None, &[MONA, ALPHA])), Err(Refused::NotTeam { kind, index: 1 }));
        assert_eq!(ask(draft(kind, Confidential, &[1], None, &[DORA])), Err(Refused::NotTeam { kind, index: 0 }));
    }
}

#[test]
fn a_further_address_of_a_team_member_is_not_cleared() {
    let kind = K::HeldNotice;
    assert_eq!(ask(draft(kind, Embargoed, &[], None, &["mona@home.example.net"])), Err(Refused::NotTeam { kind, index: 0 }));
}

#[test]
fn a_discoverer_hears_of_the_own_case_alone() {
    for kind in [K::Acknowledgement, K::CaseReply, K::CaseNews] {
        assert!(ask(draft(kind, Confidential, &[1], None, &[DORA])).is_ok());
        let refused = Refused::NotCleared { kind, index: 0, case: CaseId(2) };
        assert_eq!(ask(draft(kind, Confidential, &[2], None, &[DORA])), Err(refused));
        assert_eq!(ask(draft(kind, Confidential, &[1, 2], None, &[DORA])), Err(refused));
        assert_eq!(ask(draft(kind, Embargoed, &[1], None, &[DORA])), Err(Refused::Embargoed { kind, index: 0 }));
        assert_eq!(ask(draft(kind, Confidential, &[], None, &[DORA])), Err(Refused::AboutNothing { kind }));
        let refused = Refused::NotCleared { kind, index: 1, case: CaseId(1) };
        assert_eq!(ask(draft(kind, Confidential, &[1], None, &[DORA, EVE])), Err(refused));
        assert_eq!(ask(draft(kind, Confidential, &[1], None, &[MONA, ALPHA])), Err(refused));
    }
}

#[test]
fn a_poster_hears_of_the_own_post_alone() {
    for kind in [K::HeldReceipt, K::Rejection, K::CommandAnswer] {
        assert!(ask(draft(kind, Confidential, &[], Some(31), &[WRITER])).is_ok());
        assert_eq!(ask(draft(kind, Confidential, &[], Some(32), &[WRITER])), Err(Refused::NotThePoster { kind, index: 0 }));
        assert_eq!(ask(draft(kind, Confidential, &[], Some(31), &[ALPHA])), Err(Refused::NotThePoster { kind, index: 0 }));
        assert_eq!(ask(draft(kind, Embargoed, &[], Some(31), &[WRITER])), Err(Refused::Embargoed { kind, index: 0 }));
        assert_eq!(ask(draft(kind, Confidential, &[], None, &[WRITER])), Err(Refused::AboutNothing { kind }));
        let refused = Refused::NotCleared { kind, index: 0, case: CaseId(1) };
        assert_eq!(ask(draft(kind, Confidential, &[1], Some(31), &[WRITER])), Err(refused));
    }
    assert!(ask(draft(K::CommandAnswer, Embargoed, &[1], None, &[MONA])).is_ok());
}

#[test]
fn a_redistribution_goes_to_exactly_the_active_members() {
    let kind = K::Redistribution;
    assert!(ask(draft(kind, Embargoed, &[], None, &[BETA, ALPHA])).is_ok());
    let refused = |missing, extra| Err(Refused::NotTheMembers { kind, missing, extra });
    assert_eq!(ask(draft(kind, Embargoed, &[], None, &[ALPHA])), refused(1, 0));
    assert_eq!(ask(draft(kind, Embargoed, &[], None, &[ALPHA, BETA, GAMMA])), refused(0, 1));
    assert_eq!(ask(draft(kind, Embargoed, &[], None, &[ALPHA, BETA, MONA])), refused(0, 1));
    assert_eq!(ask(draft(kind, Public, &[], None, &[ALPHA, DORA])), refused(1, 1));
}

#[test]
fn members_hear_of_a_case_from_its_predisclosure_on() {
    let kind = K::Redistribution;
    let about = |case: i64| draft(kind, Embargoed, &[case], None, &[ALPHA, BETA]);
    assert!(ask(about(1)).is_ok());
    assert_eq!(ask(about(2)), Err(Refused::NotPredisclosed { kind, case: CaseId(2) }));
    assert_eq!(ask(about(3)), Err(Refused::NotPredisclosed { kind, case: CaseId(3) }));
    assert!(may_send(about(3), &audience(), at("2026-11-21T15:02:00Z")).is_ok());
    assert!(may_send(about(1), &audience(), at("2026-11-21T13:01:59Z")).is_err());
}

#[test]
fn pointers_and_subscription_answers_reveal_nothing() {
    let pointer = |to: &str, cases: &[i64]| ask(draft(K::ApplicationPointer, Confidential, cases, None, &[to]));
    assert!(pointer("apply@delta.example", &[]).is_ok());
    assert_eq!(pointer(DORA, &[]), Err(Refused::NotAnApplicant { kind: K::ApplicationPointer, index: 0 }));
    assert_eq!(pointer("apply@delta.example", &[1]), Err(Refused::NotPublic { kind: K::ApplicationPointer }));
    let kind = K::SubscriptionAnswer;
    assert!(ask(draft(kind, Public, &[], None, &["anybody@any.example"])).is_ok());
    assert_eq!(ask(draft(kind, Confidential, &[], None, &[EVE])), Err(Refused::NotPublic { kind }));
    assert_eq!(ask(draft(kind, Public, &[1], None, &[EVE])), Err(Refused::NotPublic { kind }));
    assert_eq!(ask(draft(kind, Public, &[], Some(31), &[EVE])), Err(Refused::NotPublic { kind }));
}

#[test]
fn an_answer_goes_to_the_applications_list_in_the_words_a_person_confirmed() {
    let kind = K::ApplicationAnswer;
    let list = "applications@lists.example.org";
    let letter = draft(kind, Public, &[], None, &[list]);
    let person = roster().team[0].vouched_for_by_the_kernel();
    let confirmed = |draft: &Draft| audience().spoken(super::Spoken::by(&person, draft));
    assert_eq!(ask(letter.clone()), Err(Refused::NotConfirmed { kind }));
    assert!(may_send(letter.clone(), &confirmed(&letter), at(NOW)).is_ok());
    let mut other = letter.clone();
    other.bytes.push(b'!');
    assert_eq!(may_send(other, &confirmed(&letter), at(NOW)), Err(Refused::NotConfirmed { kind }));
    for (wrong, refused) in [
        (draft(kind, Confidential, &[], None, &[list]), Refused::NotPublic { kind }),
        (draft(kind, Public, &[1], None, &[list]), Refused::NotPublic { kind }),
        (draft(kind, Public, &[], None, &["exo-devel@lists.example.org"]), Refused::NotAPublicList { kind, index: 0 }),
        (draft(kind, Public, &[], None, &[list, MONA]), Refused::NotAPublicList { kind, index: 0 }),
    ] {
        assert_eq!(may_send(wrong.clone(), &confirmed(&wrong), at(NOW)), Err(refused));
    }
}

#[test]
fn aliases_are_asked_and_active_members_drilled_and_nobody_else() {
    let probe = |to: &str| draft(K::AliasProbe, Confidential, &[], None, &[to]);
    let alias = audience().alias(&address("security@delta.example"));
    assert!(may_send(probe("security@delta.example"), &alias, at(NOW)).is_ok());
    assert_eq!(may_send(probe(ALPHA), &alias, at(NOW)), Err(Refused::NotAnAlias { kind: K::AliasProbe, index: 0 }));
    assert_eq!(
        ask(draft(K::AliasProbe, Embargoed, &[], None, &[EVE])),
        Err(Refused::NotAnAlias { kind: K::AliasProbe, index: 0 })
    );
    assert!(ask(draft(K::Drill, Confidential, &[], None, &[ALPHA])).is_ok());
    let kind = K::Drill;
    assert_eq!(ask(draft(kind, Confidential, &[], None, &[GAMMA])), Err(Refused::NotAnAlias { kind, index: 0 }));
    assert_eq!(ask(draft(kind, Embargoed, &[], None, &[ALPHA])), Err(Refused::Embargoed { kind, index: 0 }));
    assert_eq!(ask(draft(kind, Confidential, &[1], None, &[ALPHA])), Err(Refused::NotPublic { kind }));
}

#[test]
fn lists_and_our_own_addresses_get_no_letters_whoever_they_claim_to_be() {
    let kind = K::Acknowledgement;
    for (to, refused) in [
        (PUBLIC, Refused::PublicAddress { kind, index: 0 }),
        ("exo-devel@lists.example.org", Refused::PublicAddress { kind, index: 0 }),
        ("applications@lists.example.org", Refused::PublicAddress { kind, index: 0 }),
        ("exo-devel+x@lists.example.org", Refused::PublicAddress { kind, index: 0 }),
        ("exo-devel%lists.example.org@relay.example", Refused::PublicAddress { kind, index: 0 }),
        ("\"exo-devel@lists.example.org\"@relay.example", Refused::PublicAddress { kind, index: 0 }),
        ("exo-issues@lists.example.org", Refused::PrivateList { kind, index: 0 }),
        ("security@example.org", Refused::OwnAddress { kind, index: 0 }),
        ("SECURITY@EXAMPLE.COM", Refused::OwnAddress { kind, index: 0 }),
        ("security-desk+abc@example.org", Refused::OwnAddress { kind, index: 0 }),
        ("exo-issues-discuss-request@lists.example.org", Refused::OwnAddress { kind, index: 0 }),
        ("exo-issues-bounces+abc@lists.example.org", Refused::OwnAddress { kind, index: 0 }),
    ] {
        // A report may claim to come from anywhere: that makes the address its discoverer, and no person.
        let audience = audience().discoverer(CaseId(1), &address(to));
        assert_eq!(may_send(draft(kind, Confidential, &[1], None, &[to]), &audience, at(NOW)), Err(refused), "{to}");
    }
}

#[test]
fn a_refusal_names_the_rule_and_never_an_address() {
    let refused = ask(draft(K::HeldNotice, Embargoed, &[1], None, &[MONA, EVE])).unwrap_err();
    assert_eq!(refused.to_string(), "held-notice: recipient 1 is not of the team");
    assert_eq!(format!("{refused:?}"), "NotTeam { kind: HeldNotice, index: 1 }");
    assert_eq!(format!("{:?}", audience()), "Audience(2 team addresses, 2 members)");
}

#[test]
fn what_is_cleared_is_the_letter_that_was_asked_about() {
    let letter = draft(K::Acknowledgement, Confidential, &[1], None, &[DORA]);
    let cleared = ask(letter.clone()).unwrap();
    assert_eq!(cleared.draft(), &letter);
}

#[test]
fn a_wall_that_nobody_has_built_lets_letters_to_the_team_pass_and_no_other() {
    let unknown = Wall::default();
    let ask = |draft: Draft| super::may_send(draft, &audience(), &unknown, at(NOW)).map(drop);
    assert_eq!(ask(draft(K::Alarm, Embargoed, &[], None, &[MONA])), Ok(()));
    for (kind, to, case) in [(K::Acknowledgement, vec![DORA], Some(1)), (K::Redistribution, vec![ALPHA, BETA], None)] {
        let cases: Vec<i64> = case.into_iter().collect();
        let refused = Err(Stopped::Refused(Refused::CasesUnknown { kind }));
        assert_eq!(ask(draft(kind, Confidential, &cases, None, &to)), refused);
    }
}

const POOL: [&str; 10] =
    [MONA, DORA, EVE, WRITER, ALPHA, BETA, GAMMA, PUBLIC, "security-desk@example.org", "exo-issues@lists.example.org"];

fn any_draft() -> impl Strategy<Value = Draft> {
    let to = prop_oneof![
        proptest::sample::subsequence(POOL.to_vec(), 1..4),
        Just(vec![ALPHA, BETA]),
        Just(vec![MONA]),
        Just(vec![DORA])
    ];
    let class = prop_oneof![Just(Public), Just(Confidential), Just(Embargoed)];
    let held = proptest::option::of(31..33_i64);
    let cases = proptest::collection::vec(1..4_i64, 0..3);
    (proptest::sample::select(K::ALL.to_vec()), class, cases, held, to)
        .prop_map(|(kind, class, cases, held, to)| draft(kind, class, &cases, held, &to))
}

fn any_audience() -> impl Strategy<Value = Audience> {
    let discoverers = proptest::collection::vec((1..4_i64, proptest::sample::select(POOL.to_vec())), 0..4);
    let posters = proptest::collection::vec((31..33_i64, proptest::sample::select(POOL.to_vec())), 0..3);
    let predisclosed = proptest::collection::vec(1..4_i64, 0..3);
    (discoverers, posters, predisclosed).prop_map(|(discoverers, posters, predisclosed)| {
        let mut audience = Audience::new(&project(), &roster());
        for (case, who) in discoverers {
            audience = audience.discoverer(CaseId(case), &address(who));
        }
        for (held, who) in posters {
            audience = audience.poster(HeldId(held), &address(who));
        }
        for case in predisclosed {
            audience = audience.predisclosed(CaseId(case), at(NOW));
        }
        audience
    })
}

fn people(draft: &Draft) -> BTreeSet<String> {
    draft.to.as_slice().iter().map(ToString::to_string).collect()
}

/// Team members of the shared set-up, told apart without the code under test.
fn is_team(who: &str) -> bool {
    who.ends_with("@team.example.org")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn embargoed_content_reaches_team_and_active_members_only(draft in any_draft(), audience in any_audience()) {
        if let Ok(cleared) = may_send(draft, &audience, at(NOW)) {
            let draft = cleared.draft();
            if draft.class == Embargoed {
                let members = people(draft) == BTreeSet::from([ALPHA.to_owned(), BETA.to_owned()]) && matches!(draft.kind, K::Redistribution | K::EmbargoEnded);
                prop_assert!(members || people(draft).iter().all(|who| is_team(who)));
            }
        }
    }

    #[test]
    fn nothing_reaches_a_public_address(draft in any_draft(), audience in any_audience()) {
        if let Ok(cleared) = may_send(draft, &audience, at(NOW)) {
            prop_assert!(!people(cleared.draft()).contains(PUBLIC));
        }
    }

    #[test]
    fn who_is_cleared_for_one_case_is_not_for_another(draft in any_draft(), other in 10..20_i64) {
        let mut more = draft.clone();
        more.reveals.insert(CaseId(other));
        let audience = audience();
        if may_send(more, &audience, at(NOW)).is_ok() {
            prop_assert!(people(&draft).iter().all(|who| is_team(who)));
        }
    }

    #[test]
    fn more_secret_or_more_revealing_is_never_easier_to_send(draft in any_draft(), audience in any_audience()) {
        let (mut more_secret, mut more_revealing) = (draft.clone(), draft.clone());
        more_secret.class = Embargoed;
        more_revealing.reveals.insert(CaseId(99));
        let base = may_send(draft.clone(), &audience, at(NOW)).is_ok();
        prop_assert!(base || may_send(more_secret, &audience, at(NOW)).is_err());
        // A letter that must name its case and names none may become right by naming one, but never by naming a case nobody reported.
        prop_assert!(base || may_send(more_revealing, &audience, at(NOW)).is_err());
    }

    #[test]
    fn one_recipient_who_may_not_get_it_stops_it_for_all(draft in any_draft(), audience in any_audience()) {
        if !matches!(draft.kind, K::Redistribution | K::EmbargoEnded) {
            let single = |to| { let mut one = draft.clone(); one.to = Recipients::one(to); may_send(one, &audience, at(NOW)).is_ok() };
            let each = draft.to.as_slice().iter().cloned().map(single).collect::<Vec<_>>();
            prop_assert_eq!(may_send(draft.clone(), &audience, at(NOW)).is_ok(), each.into_iter().all(|ok| ok));
        }
    }
}

/// Two lines that cases 1 and 2 both have.
const SHARED: &str = "The doorbell page of a dying guest stays mapped while teardown races with unmask,\n\
                      so that a second vcpu reads stale event words out of the freed frame.";

#[test]
fn a_public_release_does_not_tell_of_another_case_that_says_the_same() {
    let prints = |case: i64| {
        let mut material = CaseMaterial::new(CaseId(case));
        material.text(TextKind::Report, 3, format!("Hello,\n\n{SHARED}\n\nRegards\n"));
        std::sync::Arc::new(Fingerprints::compile(&material, &Known::default()))
    };
    let live = |case: i64| LiveCase { case: CaseId(case), discoverer: None, predisclosed: None, number: None };
    let wall = Wall::new(std::sync::Arc::new(Firewall::new([prints(1), prints(2)])), [live(1), live(2)]);
    let names = ["mona", "nils"].map(|name| PersonName(name.to_owned()));
    let licence = Licence::of_public(&names, &names.clone().into(), Digest::of(b"v2")).unwrap();
    let release = || Draft {
        bytes: format!("Subject: advisory\r\n\r\n{}\r\n", SHARED.replace('\n', "\r\n")).into_bytes(),
        ..draft(LetterKind::PublicRelease, ContentClass::Public, &[1], None, &[PUBLIC])
    };
    let alone = super::may_send(release(), &audience().licensed(CaseId(1), &licence), &wall, at(NOW));
    let Err(Stopped::Blocked(blocked)) = alone else { panic!("{alone:?}") };
    assert!(blocked.hits.iter().all(|hit| hit.case == CaseId(2)) && !blocked.hits.is_empty(), "{:?}", blocked.hits);
    // What becomes public at the same instant may be said.
    let both = audience().licensed(CaseId(1), &licence).at_the_same_instant([CaseId(2)]);
    assert!(super::may_send(release(), &both, &wall, at(NOW)).is_ok());
}
