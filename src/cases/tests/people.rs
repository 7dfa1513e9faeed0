use super::*;

fn involve(text: &str, role: InvolvedRole) -> Request {
    Request::Involve { address: address(text), role }
}

fn agreed(text: &str) -> Request {
    Request::Agreed { address: address(text), evidence: some("<2@vendor.example>") }
}

#[test]
fn p15_p16_only_who_agreed_to_the_embargo_is_aware() {
    let mut story = Story::confirmed();
    assert_eq!(story.refused(&agreed("psirt@vendor.example")), Refused::NotInvolved);
    story.mona(involve("psirt@vendor.example", InvolvedRole::Vendor));
    story.mona(involve("ellen@expert.example", InvolvedRole::Expert));
    assert_eq!(story.refused(&involve("PSIRT@vendor.example", InvolvedRole::Expert)), Refused::Already);
    let aware = |story: &Story| story.file.aware().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(aware(&story), ["dana@finder.example"]);
    story.mona(agreed("psirt@vendor.example"));
    assert_eq!(aware(&story), ["dana@finder.example", "psirt@vendor.example"]);
    assert_eq!(story.refused(&agreed("psirt@vendor.example")), Refused::Already);
    assert!(open_items(&story.file, &story.standards).contains(&OpenItem::Agreements(1)));
    story.mona(Request::Uninvolve { address: address("psirt@vendor.example") });
    assert_eq!(aware(&story), ["dana@finder.example"]);
}

#[test]
fn p21_experts_leave_when_the_case_closes() {
    let mut story = Story::confirmed();
    story.mona(involve("ellen@expert.example", InvolvedRole::Expert));
    story.mona(involve("psirt@vendor.example", InvolvedRole::Vendor));
    story.mona(close(CloseReason::Withdrawn, ""));
    assert_eq!(story.file.involved().keys().map(ToString::to_string).collect::<Vec<_>>(), ["psirt@vendor.example"]);
}

#[test]
fn p55_a_members_question_has_an_owner_a_deadline_and_an_answer() {
    let mut story = Story::predisclosed();
    let ask = |deadline: &str| Request::Consult {
        member: "Example Cloud".to_owned(),
        question: "May we reboot hosts with notice?".to_owned(),
        owner: Some(PersonName("otto".to_owned())),
        deadline: at(deadline),
    };
    assert_eq!(story.refused(&ask("2026-03-09T12:00:00Z")), Refused::Past(at("2026-03-09T12:00:00Z")));
    story.mona(ask("2026-03-11T12:00:00Z"));
    let answer = |consultation: u32| Request::Answer { consultation, answer: "You may.".to_owned() };
    for wrong in [0, 2, u32::MAX] {
        assert_eq!(story.refused(&answer(wrong)), Refused::NoSuchQuestion);
    }
    assert!(open_items(&story.file, &story.standards).contains(&OpenItem::Consultations(1)));
    story.otto(answer(1));
    assert_eq!(story.file.consultations()[0].answer.as_deref(), Some("You may."));
    assert_eq!(story.refused(&answer(1)), Refused::NoSuchQuestion);
}

#[test]
fn p84_a_handover_needs_the_discoverers_consent() {
    let mut story = Story::begins();
    let hand = |consent: Option<&str>| Request::Handover {
        project: "XCP-ng".to_owned(),
        contact: address("security@other.example"),
        consent: consent.map(str::to_owned),
    };
    assert_eq!(story.refused(&hand(None)).to_string(), "The discoverer must have agreed: name the message that says so.");
    assert_eq!(story.refused(&hand(Some(" "))), Refused::NoConsent);
    assert_eq!(story.mona(hand(Some("<3@finder.example>"))), ["handed-over"]);
    assert_eq!(story.refused(&hand(Some("<3@finder.example>"))), Refused::Already);
}

#[test]
fn p4_the_discoverers_wishes_stand_open_until_they_are_answered() {
    let mut story = Story::begins();
    let wish = Request::Wish { wish: WishKind::Anonymity, text: "please do not name me".to_owned() };
    assert_eq!(story.by(&Actor::Discoverer, wish), ["wished"]);
    assert!(open_items(&story.file, &story.standards).contains(&OpenItem::Wishes(1)));
    story.mona(Request::AnswerWish { wish: 1, answer: "of course".to_owned() });
    assert!(!open_items(&story.file, &story.standards).contains(&OpenItem::Wishes(1)));
    assert_eq!(story.refused(&Request::AnswerWish { wish: 1, answer: "again".to_owned() }), Refused::NoSuchQuestion);
}

#[test]
fn p37_decisions_and_notes_say_something() {
    let mut story = Story::begins();
    for text in ["", "  \n"] {
        assert_eq!(story.refused(&Request::Decide { text: text.to_owned() }), Refused::Empty);
        assert_eq!(story.refused(&Request::Note { text: text.to_owned() }), Refused::Empty);
    }
    story.mona(Request::Decide { text: "no embargo beyond two weeks; three to one".to_owned() });
    assert_eq!(story.file.decisions(), 1);
}

#[test]
fn reminders_wait_ten_working_days_at_most() {
    let mut story = Story::begins();
    let snooze = |until: &str| Request::Snooze { until: at(until) };
    assert_eq!(story.refused(&snooze("2026-03-02T09:00:00Z")), Refused::Past(at("2026-03-02T09:00:00Z")));
    assert_eq!(story.refused(&snooze("2026-03-16T09:00:01Z")), Refused::SnoozeTooLong(at("2026-03-16T09:00:00Z")));
    assert_eq!(story.mona(snooze("2026-03-16T09:00:00Z")), ["snoozed"]);
}

#[test]
fn the_discoverer_is_told_each_thing_once_and_only_where_we_are_in_touch() {
    let tell = |telling| Request::Tell { telling, words: false };
    let date = |until| tell(Telling::Date { until: at(until) });
    let mut story = Story::begins();
    story.mona(date(DEFAULT));
    assert_eq!(story.refused(&date(DEFAULT)), Refused::Already);
    story.mona(date("2026-03-30T12:00:00Z"));
    story.mona(date(DEFAULT));
    story.mona(tell(Telling::Over));
    assert_eq!(story.ask(&Actor::Daemon, &tell(Telling::Over)), Err(Refused::Already));
    // What the team opened by itself tells nobody, until a person has written.
    let mut of_the_team = Story::of(Origin::Team, ARRIVAL);
    assert_eq!(of_the_team.refused(&date(DEFAULT)), Refused::NotInTouch);
    of_the_team.mona(tell(Telling::Reply));
    of_the_team.mona(date(DEFAULT));
    // A closed case has no date, unless its matter goes on as another case.
    for (reason, told) in [(CloseReason::Unsupported, false), (CloseReason::Duplicate { of: CaseId(3) }, true)] {
        let mut closed = Story::begins();
        closed.mona(Request::Close { reason, because: None });
        closed.mona(tell(Telling::Closed));
        if told {
            closed.mona(date(DEFAULT));
        } else {
            assert!(matches!(closed.refused(&date(DEFAULT)), Refused::Closed(_)));
        }
    }
}
