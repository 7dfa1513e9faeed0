use super::*;

#[test]
fn t02_the_discoverer_is_told_once() {
    let mut story = Story::begins();
    assert_eq!(story.daemon(Request::Acknowledge), ["acknowledged"]);
    assert_eq!(*story.file.handling(), Handling::Acknowledged);
    assert_eq!(story.ask(&Actor::Daemon, &Request::Acknowledge), Err(Refused::Already));
}

#[test]
fn t03_a_case_is_claimed_by_one_person_and_taken_over_by_name() {
    let mut story = Story::begins();
    story.mona(CLAIM);
    assert_eq!(*story.file.handling(), Handling::Triaging);
    assert_eq!(story.refused(&CLAIM), Refused::Already);
    assert_eq!(
        story.refused_to("otto", &CLAIM).to_string(),
        "mona has claimed it. Talk to mona, or take it over with `claim from mona`."
    );
    let from = |name: &str| Request::Claim { instead_of: Some(PersonName(name.to_owned())) };
    assert_eq!(story.refused_to("otto", &from("nina")).to_string(), "nina does not have this case.");
    assert_eq!(story.otto(from("mona")), ["claimed"]);
    assert_eq!(story.file.claimed_by(), Some(&PersonName("otto".to_owned())));
    // The acknowledgement may come after the claim and moves nothing back.
    story.daemon(Request::Acknowledge);
    assert_eq!(*story.file.handling(), Handling::Triaging);
}

#[test]
fn p5_nothing_is_confirmed_while_the_scope_is_unset() {
    let mut story = Story::begins();
    assert_eq!(story.refused(&Request::Confirm), Refused::Unclaimed);
    story.mona(CLAIM);
    assert_eq!(
        story.refused(&Request::Confirm).to_string(),
        "Say first whether it has security support: `scope supported|unsupported COMPONENT`."
    );
    story.mona(Request::Scope { support: Support::Unsupported, component: some("qdisk"), link: None });
    assert_eq!(story.refused(&Request::Confirm), Refused::ScopeUnsupported);
    assert_eq!(story.next().0, Next::CloseUnsupported);
    story.mona(SUPPORTED);
    assert_eq!(story.mona(Request::Confirm), ["confirmed"]);
    assert_eq!(*story.file.handling(), Handling::Confirmed);
    assert_eq!(story.refused(&Request::Confirm), Refused::Already);
}

#[test]
fn p12_no_embargo_while_nobody_knows_whether_it_is_public() {
    let mut story = Story::confirmed();
    let wish = embargo(DEFAULT, "");
    assert_eq!(story.refused(&wish).to_string(), "Say first whether it is public: `public yes|no|unknown`.");
    story.mona(public(Publicity::Unknown));
    assert_eq!(story.refused(&wish), Refused::PublicityUnknown);
    assert_eq!(story.refused(&public(Publicity::Unknown)), Refused::Already);
    story.mona(public(Publicity::No));
    assert_eq!(story.mona(wish), ["embargo-set"]);
}

/// The machine marks it; what it is, a person says.
#[test]
fn p12_perhaps_public_is_a_question_and_no_answer() {
    let mut story = Story::begins();
    let event = CaseEvent::PerhapsPublic { recipients: [address("devel@lists.example.org")].into() };
    let marked = Recorded { at: story.now, by: Actor::Daemon, event };
    story.file.apply(&marked).unwrap();
    story.record.push(marked);
    let open = |story: &Story, item: OpenItem| open_items(&story.file, &story.standards).contains(&item);
    assert!(story.file.is_perhaps_public() && story.file.is_embargoed(story.now));
    assert_eq!((story.file.publicity(), story.file.confidentiality()), (None, Confidentiality::Undetermined));
    assert!(open(&story, OpenItem::PerhapsPublic) && !open(&story, OpenItem::Publicity));
    story.mona(public(Publicity::Unknown));
    assert!(story.file.is_perhaps_public(), "nobody has found out");
    story.mona(public(Publicity::No));
    assert!(!story.file.is_perhaps_public() && !open(&story, OpenItem::PerhapsPublic));
}

#[test]
fn p10_whose_report_it_is_can_be_said_until_somebody_has_written_there() {
    let discoverer = |at: &str| Request::Discoverer { address: address(at) };
    let mut story = Story::begins();
    assert_eq!(story.refused(&discoverer("eve@x.example")), Refused::Already, "the mail said it");
    let event = CaseEvent::Opened { discoverer: None, origin: Origin::Team, policy: None };
    let opened = Recorded { at: story.now, by: Actor::Daemon, event };
    story.file = CaseFile::open(CaseId(17), &opened).unwrap();
    story.record = vec![opened];
    assert_eq!(story.ask(&Actor::Daemon, &discoverer("dana@finder.example")), Err(Refused::NotThisActor));
    assert_eq!(story.mona(discoverer("dane@finder.example")), ["discoverer-named"]);
    assert_eq!(story.refused(&discoverer("dane@finder.example")), Refused::Already);
    assert_eq!(story.mona(discoverer("dana@finder.example")), ["discoverer-named"], "a slip of the hand");
    assert_eq!(story.file.discoverer(), Some(&address("dana@finder.example")));
    assert!(story.file.aware().any(|aware| *aware == address("dana@finder.example")));
    assert_eq!(story.mona(Request::Tell { telling: Telling::Reply, words: true }), ["discoverer-told"]);
    assert_eq!(story.refused(&discoverer("eve@x.example")), Refused::Already);
}

#[test]
fn undetermined_counts_as_embargoed() {
    let mut story = Story::begins();
    let now = story.now;
    assert_eq!(story.file.confidentiality(), Confidentiality::Undetermined);
    assert!(story.file.is_embargoed(now));
    for answer in [Publicity::Unknown, Publicity::No] {
        story.mona(public(answer));
        assert!(story.file.is_embargoed(now), "{answer:?}");
    }
    story.mona(close(CloseReason::NotAVulnerability, "it works as documented"));
    assert!(story.file.is_embargoed(now), "closing tells nobody anything");
}

#[test]
fn t05_already_public_needs_a_source_and_ends_every_embargo_path() {
    let mut story = Story::confirmed();
    assert_eq!(story.refused(&public(Publicity::Yes)), Refused::NoSource);
    story.mona(Request::Public { answer: Publicity::Yes, source: some("https://bugs.example/1") });
    assert!(!story.file.is_embargoed(story.now));
    assert_eq!(story.file.public_cause(), Some(PublicCause::AlreadyPublic));
    assert_eq!(story.refused(&embargo(DEFAULT, "")), Refused::AlreadyPublic);
    story.mona(NEXT_NUMBER);
    let members = Request::Register { revision: for_members(1, DEFAULT) };
    assert_eq!(story.refused(&members), Refused::AlreadyPublic);
    assert_eq!(
        story.refused(&Request::Predisclose { version: 1 }).to_string(),
        "It is public already: there is no embargo to agree on and nothing to predisclose. Go on with `arm` and the public release."
    );
    // A clock that stands before the answer does not call it public.
    assert!(story.file.is_embargoed(at("2026-03-02T08:59:59Z")));
}

#[test]
fn a_yes_after_a_no_needs_a_second_person() {
    let mut story = Story::confirmed();
    story.mona(public(Publicity::No));
    let yes = Request::Public { answer: Publicity::Yes, source: some("https://bugs.example/1") };
    assert_eq!(story.mona(yes.clone()), ["proposed"]);
    assert!(story.file.is_embargoed(story.now));
    assert_eq!(story.refused(&SECOND), Refused::OwnProposal);
    assert_eq!(story.refused(&yes), Refused::OwnProposal);
    assert_eq!(story.otto(SECOND), ["seconded", "publicity-answered"]);
    assert!(!story.file.is_embargoed(story.now));
}

#[test]
fn a_yes_in_error_is_taken_back_while_nothing_is_out() {
    let mut story = Story::confirmed();
    story.mona(Request::Public { answer: Publicity::Yes, source: some("https://bugs.example/1") });
    story.mona(NEXT_NUMBER);
    story.mona(Request::Register { revision: for_public(1) });
    story.otto(Request::Arm);
    assert_eq!(story.mona(public(Publicity::No)), ["release-disarmed", "publicity-answered"]);
    assert!(story.file.is_embargoed(story.now));
    assert_eq!(story.file.armed_by(), []);
    assert_eq!(Story::released().refused(&public(Publicity::No)), Refused::AlreadyPublic);
}

#[test]
fn t22_an_answer_does_not_end_an_embargo() {
    let story = Story::embargoed();
    let yes = Request::Public { answer: Publicity::Yes, source: some("https://bugs.example/1") };
    assert_eq!(story.refused(&yes), Refused::UnderEmbargo);
    assert_eq!(story.refused(&public(Publicity::Unknown)), Refused::UnderEmbargo);
}

#[test]
fn p9_a_retrospective_case_is_public_and_predisclosure_is_disabled() {
    let mut story = Story::confirmed();
    assert_eq!(story.mona(Request::Retrospective { changeset: "abc123".to_owned() }), ["retrospective"]);
    assert!(story.file.is_retrospective());
    assert!(!story.file.is_embargoed(story.now));
    assert_eq!(story.refused(&public(Publicity::No)), Refused::Retrospective);
    assert_eq!(story.refused(&Request::Predisclose { version: 1 }), Refused::AlreadyPublic);
    // The advisory is still due (P9).
    assert_eq!(story.next().0, Next::Item(OpenItem::Number));
    assert_eq!(Story::embargoed().refused(&Request::Retrospective { changeset: "abc".to_owned() }), Refused::UnderEmbargo);
}

#[test]
fn p85_another_projects_advisory_has_its_date_and_is_never_ours_to_publish() {
    let mut story = Story::begins();
    let upstream = Request::Upstream { project: "Other".to_owned(), id: some("OSA-7"), until: at("2026-03-10T17:00:00Z") };
    assert_eq!(story.daemon(upstream.clone()), ["upstream"]);
    assert_eq!(story.file.public_at(), Some(at("2026-03-10T17:00:00Z")));
    assert_eq!(story.refused(&upstream), Refused::Already);
    for request in [NEXT_NUMBER, Request::Arm, Request::Register { revision: for_public(1) }, Request::Confirm] {
        assert_eq!(story.refused(&request), Refused::UpstreamTheirs, "{request:?}");
    }
    let yes = Request::Public { answer: Publicity::Yes, source: some("https://other.example/7") };
    assert_eq!(story.refused(&yes), Refused::UpstreamNotYet(at("2026-03-10T17:00:00Z")));
    // Their date passes, and nothing becomes public by itself: they may have moved it.
    story.at("2026-03-10T17:00:00Z");
    assert!(story.file.is_embargoed(story.now));
    story.mona(CLAIM);
    assert_eq!(story.next(), (Next::AskUpstream, at("2026-03-10T17:00:00Z")));
    assert_eq!(story.refused(&close(CloseReason::UpstreamPublished, "")), Refused::UpstreamNotPublished);
    assert_eq!(story.refused(&close(CloseReason::Released, "")), Refused::UpstreamNotPublished, "`close`, as people type it");
    story.mona(yes);
    assert_eq!(story.file.public_cause(), Some(PublicCause::Scheduled));
    assert_eq!(story.next().0, Next::Close);
    story.mona(close(CloseReason::Released, ""));
    assert_eq!(*story.file.handling(), Handling::Closed(CloseReason::UpstreamPublished));
}

#[test]
fn who_may_ask_for_what() {
    let story = Story::begins();
    let table = [
        (Actor::Daemon, Request::Confirm, Refused::NotThisActor),
        (Actor::Daemon, CLAIM, Refused::NotThisActor),
        (Actor::Daemon, Request::Arm, Refused::NotThisActor),
        (Actor::Daemon, SECOND, Refused::NotThisActor),
        (Actor::Daemon, end(EarlyEnd::Leaked), Refused::NotThisActor),
        (Actor::Daemon, Request::Predisclose { version: 1 }, Refused::NotThisActor),
        (Actor::Daemon, close(CloseReason::Withdrawn, ""), Refused::NotThisActor),
        (Actor::Discoverer, embargo(DEFAULT, ""), Refused::NotThisActor),
        (Actor::Discoverer, Request::Arm, Refused::NotThisActor),
        (Actor::Discoverer, Request::Note { text: "hello".to_owned() }, Refused::NotThisActor),
        (person("mona"), Request::Begin, Refused::DaemonOnly),
        (person("mona"), Request::Finish, Refused::DaemonOnly),
    ];
    for (by, request, refused) in table {
        assert_eq!(story.ask(&by, &request), Err(refused), "{by:?} {request:?}");
    }
}

#[test]
fn t93_no_other_word_of_one_person_undoes_a_no() {
    let mut story = Story::confirmed();
    story.mona(public(Publicity::No));
    let changeset = Request::Retrospective { changeset: "abc123".to_owned() };
    assert_eq!(
        story.refused(&changeset).to_string(),
        "It was said not to be public: `public yes SOURCE` first, with a second person."
    );
    let theirs = |until: &str| Request::Upstream { project: "Other".to_owned(), id: None, until: at(until) };
    assert!(matches!(story.refused(&theirs("2020-01-01T00:00:00Z")), Refused::Past(_)));
    assert!(story.file.is_embargoed(story.now));
}

#[test]
fn t93_what_was_closed_without_a_release_is_public_when_two_say_where() {
    let yes = || Request::Public { answer: Publicity::Yes, source: some("https://bugs.example/1") };
    for mut story in [Story::confirmed(), Story::embargoed()] {
        story.mona(close(CloseReason::NotAVulnerability, "works as designed"));
        assert!(story.file.is_closed() && story.file.is_embargoed(story.now));
        assert!(matches!(story.refused(&public(Publicity::No)), Refused::Closed(_)));
        assert_eq!(story.mona(yes()), ["proposed"]);
        assert!(story.file.is_embargoed(story.now), "one person is not enough");
        assert_eq!(story.refused(&yes()), Refused::OwnProposal);
        assert_eq!(story.otto(SECOND), ["seconded", "publicity-answered"]);
        assert!(!story.file.is_embargoed(story.now) && story.file.is_closed());
    }
}
