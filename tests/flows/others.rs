//! Applications and subscription requests.

use crate::stage::{
    APPLICATIONS, SECURITY, Stage,
    mail::{self, signed},
    read::{field, subject, text},
};

#[test]
fn an_application_gets_its_record_and_never_a_case() {
    let stage = Stage::open();
    let cast = &stage.rig.cast;
    let sam = &cast.stranger;
    let on_list = stage.deliver(sam, APPLICATIONS, &mail::application_on_list(cast));
    assert_eq!(stage.state_of(on_list), ("decided".to_owned(), "application".to_owned()));
    for notice in stage.notices() {
        assert_eq!(subject(&notice), format!("[application-{on_list}] New application"));
        assert!(text(&notice).contains("No link was followed."), "{}", text(&notice));
    }
    // In public, nothing is answered by a machine.
    stage.silence();

    let to_the_team = stage.deliver(sam, SECURITY, &mail::application(cast, SECURITY, "app2"));
    assert_eq!(stage.state_of(to_the_team), ("decided".to_owned(), "application".to_owned()));
    let pointer = stage.letter(&sam.address);
    assert_eq!(pointer.reverse_path, "");
    assert_eq!(field(&pointer.bytes, "Auto-Submitted"), "auto-replied");
    let said = text(&pointer);
    assert!(said.contains("Please send yours to predisclosure-applications@lists.xenproject.org yourself"), "{said}");
    stage.both_hear("It came to security@xenproject.org; the applicant was pointed to the public list.");
    assert_eq!(
        stage.texts("SELECT inbox_id || ' ' || via FROM application ORDER BY inbox_id"),
        [format!("{on_list} list"), format!("{to_the_team} security")]
    );
    assert_eq!(stage.count("SELECT COUNT(*) FROM case_file"), 0);
    stage.close();
}

#[test]
fn a_subscription_request_gets_one_fixed_answer_a_week_and_changes_nothing() {
    let stage = Stage::open();
    let cast = &stage.rig.cast;
    let sam = &cast.stranger;
    let ask = |to: &str, subject: &str, id: &str| {
        stage.deliver(sam, to, &signed(cast, sam, to, subject, id, "", "subscribe address=sam@elsewhere.example\n"))
    };
    let first = ask("xen-security-issues-request@lists.xenproject.org", "subscribe", "s1");
    let answer = stage.letter(&sam.address);
    assert!(text(&answer).contains("such requests have no effect"), "{}", text(&answer));
    assert_eq!(answer.reverse_path, "");
    let second = ask("xen-security-issues@lists.xenproject.org", "Subscribe", "s2");
    let third = ask("xen-security-issues-discuss-request@lists.xen.org", "unsubscribe", "s3");
    for id in [first, second, third] {
        assert!(stage.events(id).contains(&"subscription-request".to_owned()), "{:?}", stage.events(id));
        assert_eq!(stage.state_of(id).0, "decided");
    }
    stage.silence();
    assert_eq!(stage.count("SELECT COUNT(*) FROM member"), 75);
    stage.close();
}
