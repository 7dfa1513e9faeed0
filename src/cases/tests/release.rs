use super::*;

/// Version 2, for the public, is registered; it is 09:00 of the day.
fn morning() -> Story {
    let mut story = Story::predisclosed();
    story.at("2026-03-23T09:00:00Z").mona(Request::Register { revision: for_public(2) });
    story
}

fn armed() -> Story {
    let mut story = morning();
    story.mona(Request::Arm);
    story.otto(Request::Arm);
    story
}

fn begin(story: &Story) -> Result<Vec<CaseEvent>, Refused> {
    story.ask(&Actor::Daemon, &Request::Begin)
}

#[test]
fn p2_p30_the_missing_step_is_named() {
    assert_eq!(Story::begins().refused(&Request::Arm), Refused::NoEmbargo);
    assert_eq!(Story::embargoed().refused(&Request::Arm).to_string(), "It has no number yet: `xsa next`.");
    let mut story = Story::embargoed();
    story.mona(NEXT_NUMBER);
    assert_eq!(story.refused(&Request::Arm), Refused::NoRevision);
    let mut story = Story::predisclosed();
    story.at("2026-03-23T09:00:00Z");
    assert_eq!(story.refused(&Request::Arm), Refused::NotForPublic);
    let faulty = [
        (Revision { lint: LintResult::Errors(1), ..for_public(2) }, Refused::Lint(1)),
        (Revision { embargo: Some(at(DEFAULT)), ..for_public(2) }, Refused::NotForPublic),
    ];
    for (revision, refused) in faulty {
        let mut story = story.clone();
        story.mona(Request::Register { revision });
        assert_eq!(story.refused(&Request::Arm), refused);
    }
    let mut nowhere = morning();
    nowhere.standards.destinations.clear();
    assert_eq!(nowhere.refused(&Request::Arm), Refused::NoDestination);
}

#[test]
fn p30_two_different_people_within_a_day_of_the_instant() {
    let mut story = Story::predisclosed();
    story.mona(Request::Register { revision: for_public(2) });
    story.at("2026-03-22T11:59:59Z");
    assert_eq!(
        story.refused(&Request::Arm).to_string(),
        "The release can be armed from Sunday 2026-03-22 12:00 UTC on, not before."
    );
    story.at("2026-03-22T12:00:00Z");
    assert_eq!(story.mona(Request::Arm), ["release-armed"]);
    assert_eq!(story.refused(&Request::Arm), Refused::ArmedByYou);
    story.at(DEFAULT);
    assert_eq!(begin(&story), Err(Refused::ArmedByOne));
    assert_eq!(story.otto(Request::Arm), ["release-armed"]);
    assert_eq!(story.refused_to("nina", &Request::Arm), Refused::ArmedAlready);
    assert_eq!(story.daemon(Request::Begin), ["release-begun"]);
}

#[test]
fn nothing_is_public_before_the_instant() {
    let mut story = armed();
    story.at("2026-03-23T11:59:59.999999999Z");
    assert_eq!(begin(&story), Err(Refused::TooEarly(at(DEFAULT))));
    assert_eq!(story.next(), (Next::Begin, at(DEFAULT)));
    story.at(DEFAULT);
    assert!(story.file.is_embargoed(story.now), "the instant alone makes nothing public");
    story.daemon(Request::Begin);
    assert!(!story.file.is_embargoed(story.now));
    assert_eq!(story.file.public_cause(), Some(PublicCause::Scheduled));
    assert_eq!(story.file.numbering(), Numbering::Published(number(500)));
    assert_eq!(story.file.advisory(), AdvisoryStage::Public(2));
}

#[test]
fn what_changes_after_arming_disarms() {
    let mut story = armed();
    assert_eq!(
        story.mona(Request::Register { revision: Revision { digest: Digest::of(b"other"), ..for_public(2) } }),
        ["release-disarmed", "revision-registered"]
    );
    assert_eq!(begin(story.at(DEFAULT)), Err(Refused::NotArmed));
    let mut elsewhere = armed();
    elsewhere.standards.destinations.insert("users".to_owned());
    assert_eq!(begin(elsewhere.at(DEFAULT)), Err(Refused::OtherDestinations));
    assert_eq!(elsewhere.otto(Request::Arm), ["release-disarmed", "release-armed"]);
    let mut stopped = armed();
    assert_eq!(stopped.mona(Request::Disarm { cause: DisarmCause::Person }), ["release-disarmed"]);
    assert_eq!(begin(stopped.at(DEFAULT)), Err(Refused::NotArmed));
    assert_eq!(stopped.refused(&Request::Disarm { cause: DisarmCause::Person }), Refused::NotArmed);
    let mut restored = armed();
    assert_eq!(restored.daemon(Request::Disarm { cause: DisarmCause::Machine }), ["release-disarmed"]);
}

#[test]
fn more_than_an_hour_late_it_must_be_armed_again() {
    let mut story = armed();
    story.at("2026-03-23T13:00:00Z");
    assert!(begin(&story).is_ok());
    story.at("2026-03-23T13:00:01Z");
    assert_eq!(begin(&story), Err(Refused::TooLate));
    assert_eq!(story.mona(Request::Arm), ["release-disarmed", "release-armed"]);
    story.at("2026-03-23T18:00:00Z").otto(Request::Arm);
    // The hour counts from the second person now.
    story.at("2026-03-23T18:59:00Z").daemon(Request::Begin);
}

#[test]
fn the_two_people_are_no_more_than_a_day_apart() {
    let mut story = morning();
    story.mona(Request::Arm);
    story.at("2026-03-24T09:00:01Z");
    assert_eq!(story.otto(Request::Arm), ["release-disarmed", "release-armed"]);
    assert_eq!(story.file.armed_by(), [PersonName("otto".to_owned())]);
}

#[test]
fn p32_each_destination_is_tracked() {
    let mut story = armed();
    story.at(DEFAULT).daemon(Request::Begin);
    let done = |name: &str| Request::DestinationDone { destination: name.to_owned() };
    story.daemon(done("announce"));
    assert_eq!(story.ask(&Actor::Daemon, &done("announce")), Err(Refused::UnknownDestination));
    assert_eq!(story.ask(&Actor::Daemon, &done("elsewhere")), Err(Refused::UnknownDestination));
    assert_eq!(story.ask(&Actor::Daemon, &Request::Finish), Err(Refused::DestinationsOpen(2)));
    assert_eq!(story.next(), (Next::Item(OpenItem::Destinations(2)), at(DEFAULT)));
    assert_eq!(story.refused(&Request::Register { revision: for_public(3) }), Refused::Releasing);
    story.daemon(done("devel"));
    story.daemon(done("members"));
    assert_eq!(story.daemon(Request::Finish), ["release-finished"]);
    assert_eq!(story.ask(&Actor::Daemon, &Request::Finish), Err(Refused::NotReleasing));
}

#[test]
fn p31_p33_nothing_is_pushed_before_the_release() {
    let pushed = Request::Pushed { commits: vec!["0123abc".to_owned()] };
    let mut story = armed();
    assert_eq!(story.refused(&pushed).to_string(), "It is not public yet: the release comes first (`arm`).");
    assert_eq!(story.refused(&Request::PagePublished), Refused::NotReleased);
    story = Story::released();
    assert_eq!(story.next(), (Next::Item(OpenItem::Push), at("2026-03-24T12:00:00Z")));
    story.daemon(pushed);
    assert_eq!(story.mona(Request::PagePublished), ["page-published"]);
    assert_eq!(story.refused(&Request::PagePublished), Refused::Already);
}

#[test]
fn p46_in_the_wild_goes_out_with_the_second_persons_word() {
    let mut story = Story::predisclosed();
    story.at("2026-03-12T03:00:00Z").mona(Request::Register { revision: for_public(2) });
    assert_eq!(story.mona(end(EarlyEnd::ExploitedInTheWild)), ["proposed"]);
    assert!(story.file.is_embargoed(story.now));
    assert_eq!(story.refused(&SECOND).to_string(), "You have proposed it. Now somebody else of the team must `second` it.");
    assert_eq!(begin(&story), Err(Refused::NotArmed));
    assert_eq!(story.otto(SECOND), ["seconded", "embargo-ended"]);
    assert_eq!(story.file.public_cause(), Some(PublicCause::ExploitedInTheWild));
    assert!(!story.file.is_embargoed(story.now));
    // Both have armed it with that: no further step.
    assert_eq!(story.file.armed_by(), [PersonName("mona".to_owned()), PersonName("otto".to_owned())]);
    assert_eq!(story.daemon(Request::Begin), ["release-begun"]);
    assert_eq!(story.file.public_cause(), Some(PublicCause::ExploitedInTheWild), "the cause stays");
}

#[test]
fn t16_leaked_without_a_public_revision_asks_for_one() {
    let mut story = Story::predisclosed();
    story.at("2026-03-12T03:00:00Z").mona(end(EarlyEnd::Leaked));
    story.otto(SECOND);
    assert_eq!(story.file.public_cause(), Some(PublicCause::Leaked));
    assert_eq!(story.file.armed_by(), []);
    assert_eq!(story.next(), (Next::PublishNow(PublicCause::Leaked), story.now));
    story.at("2026-03-12T03:20:00Z").mona(Request::Register { revision: for_public(2) });
    story.mona(Request::Arm);
    story.otto(Request::Arm);
    story.daemon(Request::Begin);
    assert_eq!(Story::released().refused(&end(EarlyEnd::Leaked)), Refused::AlreadyPublic);
}

#[test]
fn the_second_person_arms_what_the_first_saw() {
    let mut story = Story::predisclosed();
    story.mona(end(EarlyEnd::DiscovererEarly));
    story.mona(Request::Register { revision: for_public(2) });
    story.otto(SECOND);
    assert_eq!(story.file.armed_by(), [], "the revision came after the proposal");
}

#[test]
fn the_second_person_arms_the_bytes_that_the_first_saw() {
    let mut story = Story::predisclosed();
    story.mona(Request::Register { revision: for_public(2) });
    story.mona(end(EarlyEnd::ExploitedInTheWild));
    story.otto(Request::Register { revision: Revision { digest: Digest::of(b"otto's own"), ..for_public(2) } });
    story.otto(SECOND);
    assert_eq!(story.file.armed_by(), [], "the same version, other bytes");
    assert_eq!(begin(&story), Err(Refused::NotArmed));
}

#[test]
fn what_cannot_wait_takes_the_place_of_what_can() {
    let mut story = Story::predisclosed();
    story.mona(embargo("2026-03-31T12:00:00Z", "a backport is not ready"));
    assert_eq!(story.otto(end(EarlyEnd::Leaked)), ["lapsed", "proposed"]);
    assert_eq!(story.mona(end(EarlyEnd::Leaked)), ["seconded", "embargo-ended"]);
}

#[test]
fn t05_what_is_public_already_is_released_at_once_by_two() {
    let mut story = Story::confirmed();
    story.mona(Request::Public { answer: Publicity::Yes, source: some("https://bugs.example/1") });
    story.mona(NEXT_NUMBER);
    story.mona(Request::Register { revision: for_public(1) });
    story.mona(Request::Arm);
    story.otto(Request::Arm);
    story.daemon(Request::Begin);
    assert_eq!(story.file.advisory(), AdvisoryStage::Public(1));
    assert_eq!(story.file.public_cause(), Some(PublicCause::AlreadyPublic));
}

#[test]
fn t17_an_amendment_is_a_new_revision_for_everyone() {
    let mut story = Story::released();
    assert_eq!(story.refused(&Request::Arm), Refused::Identical(2));
    story.at("2026-03-25T09:00:00Z").mona(Request::PagePublished);
    story.mona(Request::Register { revision: for_public(3) });
    story.mona(Request::Arm);
    story.otto(Request::Arm);
    story.daemon(Request::Begin);
    assert_eq!(story.file.advisory(), AdvisoryStage::Amended(3));
    story.deliver();
    // The page is older than the advisory again.
    assert!(open_items(&story.file, &story.standards).contains(&OpenItem::Page));
}
