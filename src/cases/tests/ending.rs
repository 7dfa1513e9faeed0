use super::*;

fn waive() -> Request {
    Request::WaiveReport { because: "nothing was decided in private".to_owned() }
}

/// Everything done but the report.
fn almost() -> Story {
    let mut story = Story::released();
    story.mona(Request::Pushed { commits: Vec::new() });
    story.mona(Request::PagePublished);
    story.mona(Request::CveNone);
    story
}

#[test]
fn what_stands_open_keeps_a_released_case_from_closing() {
    assert_eq!(
        Story::predisclosed().refused(&close(CloseReason::Released, "done")).to_string(),
        Refused::NotReleased.to_string()
    );
    let story = Story::released();
    assert_eq!(
        story.refused(&close(CloseReason::Released, "")).to_string(),
        "Before it can be closed as released: the CVE number is open (`cve requested|assigned|none`); the changesets are not pushed \
         (`pushed`); the page is not published (`page-published`); the transparency report is neither sent nor waived (`report-sent`, \
         `waive-report`)."
    );
    let mut story = almost();
    assert_eq!(story.refused(&close(CloseReason::Released, "")), Refused::StillOpen(vec![OpenItem::Report]));
    assert_eq!(story.next().0, Next::Item(OpenItem::Report));
    story.mona(Request::ReportSent);
    assert_eq!(story.next().0, Next::Close);
    assert_eq!(story.mona(close(CloseReason::Released, "")), ["closed"]);
    assert_eq!(next_action(&story.file, story.now, &story.standards), None);
}

#[test]
fn p38_one_person_cannot_waive_the_report() {
    let mut story = almost();
    assert_eq!(Story::predisclosed().refused(&waive()), Refused::NotReleased);
    assert_eq!(story.mona(waive()), ["proposed"]);
    assert_eq!(story.refused(&waive()), Refused::OwnProposal);
    assert_eq!(story.refused(&close(CloseReason::Released, "")), Refused::StillOpen(vec![OpenItem::Report]));
    assert_eq!(story.otto(waive()), ["seconded", "report-waived"]);
    assert_eq!(story.file.report(), ReportState::Waived);
    assert_eq!(story.refused(&Request::ReportSent), Refused::Already);
    story.mona(close(CloseReason::Released, ""));
}

#[test]
fn p38_the_report_is_sealed_until_the_release() {
    let drafted = Request::ReportDrafted { digest: Digest::of(b"report") };
    assert_eq!(Story::predisclosed().ask(&Actor::Daemon, &drafted), Err(Refused::NotReleased));
    let mut story = Story::released();
    story.daemon(drafted);
    assert_eq!(story.file.report(), ReportState::Drafted);
}

#[test]
fn t04_people_close_what_is_none_of_ours() {
    let table = [
        (CloseReason::Duplicate { of: CaseId(3) }, "", "a duplicate of case-3"),
        (CloseReason::NotAVulnerability, "it works as documented", "not a vulnerability"),
        (CloseReason::OtherProject { project: "QEMU".to_owned() }, "", "a matter of QEMU"),
        (CloseReason::Unsupported, "", "not security-supported"),
        (CloseReason::Withdrawn, "", "withdrawn"),
    ];
    for (reason, because, text) in table {
        let mut story = Story::begins();
        assert_eq!(story.mona(close(reason.clone(), because)), ["closed"]);
        assert_eq!(*story.file.handling(), Handling::Closed(reason.clone()));
        assert_eq!(reason.to_string(), text);
    }
    let story = Story::begins();
    let own = close(CloseReason::Duplicate { of: CaseId(17) }, "");
    assert_eq!(story.refused(&own), Refused::OwnDuplicate);
    assert_eq!(
        story.refused(&close(CloseReason::NotAVulnerability, "")).to_string(),
        "Say why: `not-a-vulnerability because ...`."
    );
}

#[test]
fn closing_under_an_embargo_says_why_and_burns_the_number() {
    let mut story = Story::embargoed();
    story.mona(NEXT_NUMBER);
    let withdrawn = |because: &str| close(CloseReason::Withdrawn, because);
    assert_eq!(story.refused(&withdrawn("")), Refused::BecauseMissing("withdrawn"));
    assert_eq!(story.mona(withdrawn("the discoverer was wrong")), ["number-burnt", "closed"]);
    assert_eq!(story.file.numbering(), Numbering::Burnt(number(500)));
    assert!(story.file.is_embargoed(story.now));
}

#[test]
fn what_members_hold_is_given_up_by_two_people() {
    let mut story = Story::predisclosed();
    let not = close(CloseReason::NotAVulnerability, "the hardware never does that");
    assert_eq!(story.mona(not.clone()), ["proposed"]);
    assert!(!story.file.is_closed());
    assert_eq!(story.otto(not), ["seconded", "number-burnt", "closed"]);
}

#[test]
fn what_is_released_is_closed_as_released() {
    assert_eq!(Story::released().refused(&close(CloseReason::Withdrawn, "oops")), Refused::IsReleased);
}

#[test]
fn t19_a_closed_case_stays_closed_and_a_released_one_can_be_amended() {
    let mut dropped = Story::begins();
    dropped.mona(close(CloseReason::Withdrawn, ""));
    for request in [CLAIM, Request::Confirm, public(Publicity::No), Request::Arm, close(CloseReason::Unsupported, "")] {
        assert_eq!(
            dropped.refused(&request).to_string(),
            "The case is closed (withdrawn). What comes up now is a new case; only an amendment of a released advisory belongs here."
        );
    }
    dropped.mona(Request::Note { text: "filed under curiosities".to_owned() });

    let mut story = almost();
    story.mona(Request::ReportSent);
    story.mona(close(CloseReason::Released, ""));
    assert_eq!(story.refused(&CLAIM), Refused::Closed("released".to_owned()));
    story.at("2026-06-01T09:00:00Z").mona(Request::Register { revision: for_public(3) });
    story.mona(Request::Arm);
    story.otto(Request::Arm);
    story.daemon(Request::Begin);
    story.deliver();
    assert_eq!(story.next(), (Next::Item(OpenItem::Page), at("2026-06-02T09:00:00Z")));
    story.mona(Request::PagePublished);
    assert_eq!(next_action(&story.file, story.now, &story.standards), None);
    assert!(story.file.is_closed());
}
