use super::*;

fn until(story: &Story) -> Option<Timestamp> {
    story.file.public_at()
}

#[test]
fn t06_the_instant_is_still_to_come() {
    let mut story = Story::confirmed();
    story.mona(public(Publicity::No));
    for past in ["2026-03-02T09:00:00Z", "2025-03-23T12:00:00Z"] {
        assert_eq!(story.refused(&embargo(past, "")), Refused::Past(at(past)));
    }
    assert_eq!(
        story.refused(&embargo("2025-03-23T12:00:00Z", "")).to_string(),
        "Sunday 2025-03-23 12:00 UTC is past. Give an instant that is still to come, as 2026-03-17T12:00:00Z."
    );
}

#[test]
fn p40_another_day_than_the_default_needs_its_reason() {
    let mut story = Story::confirmed();
    story.mona(public(Publicity::No));
    assert_eq!(
        story.refused(&embargo("2026-03-24T12:00:00Z", " ")).to_string(),
        "The policy's targets give Monday 2026-03-23 12:00 UTC. For another day say why: `embargo INSTANT because ...`."
    );
    story.mona(embargo("2026-03-24T12:00:00Z", "Tuesday is the habit"));
    let CaseEvent::EmbargoSet { until, default, because } = story.last() else { panic!("{:?}", story.last()) };
    assert_eq!((*until, *default), (at("2026-03-24T12:00:00Z"), at(DEFAULT)), "the divergence is visible in the record");
    assert_eq!(because.as_deref(), Some("Tuesday is the habit"));
}

#[test]
fn p40_another_hour_of_the_default_day_needs_none() {
    let mut story = Story::confirmed();
    story.mona(public(Publicity::No));
    assert_eq!(story.mona(embargo("2026-03-23T17:00:00Z", "")), ["embargo-set"]);
}

#[test]
fn p43_the_default_counts_from_the_predisclosure_and_never_from_a_missed_target() {
    let mut story = Story::confirmed();
    assert_eq!(story.standards.default_instant(&story.file, story.now), at(DEFAULT));
    // A week late: the two working weeks of the members stay theirs.
    story.at("2026-03-16T09:00:00Z");
    assert_eq!(story.standards.default_instant(&story.file, story.now), at("2026-03-30T12:00:00Z"));
    // Predisclosed on Monday 2026-03-09.
    let story = Story::predisclosed();
    assert_eq!(story.standards.default_instant(&story.file, story.now), at("2026-03-23T12:00:00Z"));
}

#[test]
fn every_change_needs_its_reason() {
    let mut story = Story::embargoed();
    assert_eq!(story.refused(&embargo(DEFAULT, "again")), Refused::Already);
    for other in ["2026-03-17T12:00:00Z", "2026-03-31T12:00:00Z"] {
        assert_eq!(story.refused(&embargo(other, "")), Refused::ChangeWithoutReason);
    }
    assert_eq!(story.mona(embargo("2026-03-31T12:00:00Z", "vendors ask for it")), ["embargo-lengthened"]);
    assert_eq!(until(&story), Some(at("2026-03-31T12:00:00Z")));
    assert_eq!(story.mona(embargo("2026-03-17T12:00:00Z", "the discoverer asks for it")), ["embargo-shortened"]);
    assert_eq!(until(&story), Some(at("2026-03-17T12:00:00Z")));
}

#[test]
fn p44_after_the_predisclosure_a_longer_embargo_needs_two_people() {
    let mut story = Story::predisclosed();
    let longer = embargo("2026-03-31T12:00:00Z", "a backport is not ready");
    assert_eq!(story.mona(longer.clone()), ["proposed"]);
    assert_eq!(until(&story), Some(at(DEFAULT)));
    assert_eq!(story.refused(&longer), Refused::OwnProposal);
    assert_eq!(story.otto(SECOND), ["seconded", "embargo-lengthened"]);
    assert_eq!(until(&story), Some(at("2026-03-31T12:00:00Z")));
    let CaseEvent::EmbargoLengthened { because, proposed_by, .. } = story.last() else { panic!("{:?}", story.last()) };
    assert_eq!((because.as_str(), proposed_by), ("a backport is not ready", &Some(PersonName("mona".to_owned()))));
    // The members still hold the old instant.
    assert_eq!(story.file.members_lag(), Some((Lag::Instant, story.now)));
    assert_eq!(story.next().0, Next::Update);
}

#[test]
fn the_same_command_of_a_second_person_is_its_word() {
    let mut story = Story::predisclosed();
    story.mona(embargo("2026-03-31T12:00:00Z", "a backport is not ready"));
    let other = story.refused_to("otto", &embargo("2026-04-07T12:00:00Z", "later still"));
    assert_eq!(
        other.to_string(),
        "mona has proposed `embargo`, and that waits for a second person. `second` or `retract` it first."
    );
    assert_eq!(story.otto(embargo("2026-03-31T12:00:00Z", "yes")), ["seconded", "embargo-lengthened"]);
}

#[test]
fn p44_an_embargo_that_is_over_for_the_members_is_not_lengthened() {
    let mut story = Story::predisclosed();
    story.at("2026-03-22T12:00:00Z").mona(embargo("2026-03-31T12:00:00Z", "a backport is not ready"));
    // The second person comes too late.
    story.at(DEFAULT);
    assert_eq!(story.refused_to("otto", &SECOND), Refused::EmbargoOver(at(DEFAULT)));
    assert_eq!(story.refused(&embargo("2026-04-07T12:00:00Z", "later")), Refused::EmbargoOver(at(DEFAULT)));
    // What nobody outside knows can still move.
    let mut unknown = Story::embargoed();
    unknown.at("2026-03-23T13:00:00Z");
    assert_eq!(unknown.mona(embargo("2026-04-07T12:00:00Z", "we missed it")), ["embargo-lengthened"]);
}

#[test]
fn t91_shortening_to_less_than_a_day_away_needs_two_people() {
    let mut story = Story::predisclosed();
    // A day and a second away: one person. A second less: two.
    assert_eq!(story.mona(embargo("2026-03-10T12:00:00Z", "the discoverer asks")), ["embargo-shortened"]);
    let now = embargo("2026-03-10T11:59:59Z", "now");
    assert_eq!(story.mona(now), ["proposed"]);
    assert_eq!(until(&story), Some(at("2026-03-10T12:00:00Z")));
    assert_eq!(story.otto(SECOND), ["seconded", "embargo-shortened"]);
    assert_eq!(until(&story), Some(at("2026-03-10T11:59:59Z")));
}

#[test]
fn p45_the_discoverers_date_is_a_ceiling() {
    let mut story = Story::confirmed();
    story.mona(public(Publicity::No));
    let date = |text: &str| Request::DiscovererDate { date: at(text) };
    assert_eq!(story.refused(&date("2026-03-01T00:00:00Z")), Refused::Past(at("2026-03-01T00:00:00Z")));
    story.mona(date("2026-03-17T12:00:00Z"));
    assert_eq!(
        story.refused(&embargo("2026-03-17T12:00:01Z", "rounding")).to_string(),
        "The discoverer wants it public by Tuesday 2026-03-17 12:00 UTC. Take that or an earlier instant, or link the message that agrees to a \
         later one: `consent`."
    );
    story.mona(embargo("2026-03-17T12:00:00Z", "the discoverer's date"));
    // Consent names its evidence and its limit.
    let consent = |text: &str, evidence: &str| Request::Consent { until: at(text), evidence: evidence.to_owned() };
    assert_eq!(story.refused(&consent("2026-03-24T12:00:00Z", " ")), Refused::Empty);
    story.mona(consent("2026-03-24T12:00:00Z", "<1@finder.example>"));
    assert_eq!(story.refused(&embargo("2026-03-25T12:00:00Z", "x")), Refused::BeyondDiscoverer(at("2026-03-24T12:00:00Z")));
    story.mona(embargo("2026-03-24T12:00:00Z", "agreed"));
    // A new date takes the consent back.
    story.mona(date("2026-03-18T12:00:00Z"));
    assert_eq!(story.file.ceiling(), Some(at("2026-03-18T12:00:00Z")));
    assert!(story.file.is_beyond_discoverer());
    assert_eq!(Story::confirmed().refused(&consent("2026-03-24T12:00:00Z", "<1@x>")), Refused::NoDiscovererDate);
}

#[test]
fn p45_a_date_that_comes_later_stops_what_would_go_beyond_it() {
    let mut story = Story::predisclosed();
    story.at("2026-03-10T09:00:00Z").mona(Request::DiscovererDate { date: at("2026-03-17T12:00:00Z") });
    let told = at("2026-03-10T09:00:00Z");
    assert_eq!(story.next(), (Next::Item(OpenItem::BeyondDiscoverer), told));
    assert!(story.due().contains(&"beyond-discoverer:2026-03-10T09:00:00Z:1".to_owned()));
    let ceiling = Refused::BeyondDiscoverer(at("2026-03-17T12:00:00Z"));
    story.mona(Request::Register { revision: for_members(2, DEFAULT) });
    assert_eq!(story.refused(&Request::Predisclose { version: 2 }), ceiling);
    story.at("2026-03-23T09:00:00Z").mona(Request::Register { revision: for_public(2) });
    assert_eq!(story.refused(&Request::Arm), ceiling);
}

#[test]
fn an_instant_that_changes_disarms() {
    let mut story = Story::predisclosed();
    story.at("2026-03-23T09:00:00Z").mona(Request::Register { revision: for_public(2) });
    story.mona(Request::Arm);
    assert_eq!(story.otto(embargo("2026-03-23T11:00:00Z", "earlier")), ["proposed"]);
    assert_eq!(story.file.armed_by().len(), 1, "a proposal changes nothing");
    assert_eq!(story.mona(SECOND), ["seconded", "release-disarmed", "embargo-shortened"]);
    assert_eq!(story.file.armed_by(), []);
}

#[test]
fn a_proposal_lapses_after_a_day() {
    let mut story = Story::predisclosed();
    story.mona(embargo("2026-03-31T12:00:00Z", "a backport is not ready"));
    assert_eq!(story.ask(&Actor::Daemon, &Request::Lapse), Err(Refused::StillPending));
    story.at("2026-03-10T12:00:00Z");
    assert_eq!(story.next(), (Next::Second("embargo"), at("2026-03-10T12:00:00Z")));
    story.at("2026-03-10T12:00:01Z");
    assert_eq!(story.refused_to("otto", &SECOND), Refused::NothingPending);
    let mut swept = story.clone();
    assert_eq!(swept.daemon(Request::Lapse), ["lapsed"]);
    // Without the daemon's sweep a new proposal takes its place.
    assert_eq!(story.otto(embargo("2026-03-31T12:00:00Z", "still not")), ["lapsed", "proposed"]);
}

#[test]
fn a_person_seconds_the_proposal_that_the_person_has_seen() {
    let mut story = Story::predisclosed();
    story.mona(embargo("2026-03-31T12:00:00Z", "a backport is not ready"));
    let seen = story.file.pending(story.now).unwrap().serial;
    assert_eq!(story.mona(Request::Retract), ["retracted"]);
    assert_eq!(story.refused_to("otto", &Request::Second { serial: Some(seen) }), Refused::NothingPending);
    story.mona(embargo("2026-04-30T12:00:00Z", "much later"));
    assert_eq!(story.refused_to("otto", &Request::Second { serial: Some(seen) }), Refused::ProposalChanged);
    let serial = Some(story.file.pending(story.now).unwrap().serial);
    assert_eq!(story.otto(Request::Second { serial }), ["seconded", "embargo-lengthened"]);
}
