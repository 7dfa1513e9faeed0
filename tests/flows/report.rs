//! A discoverer's report: one case, one acknowledgement, one notice to each of the team; later mails find their case.

use std::time::{Duration, Instant};

use crate::{
    rig::cast::letter,
    stage::{
        SECURITY, Stage,
        mail::{self, CANARIES},
        read::{address, field, fields, subject, text},
    },
};

#[test]
fn a_report_is_acknowledged_within_seconds_and_its_thread_finds_the_case() {
    let stage = Stage::open();
    let cast = &stage.rig.cast;
    let dana = &cast.discoverer;

    let begun = Instant::now();
    let id = stage.deliver(dana, SECURITY, &mail::report(cast, "report-1"));
    let acknowledgement = stage.letter(&dana.address);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(stage.state_of(id), ("decided".to_owned(), "report".to_owned()));
    assert_eq!(stage.texts("SELECT id || ' ' || discoverer || ' ' || state FROM case_file"), ["1 dana@finder.example open"]);

    // RFC 3834: a machine's answer, to which no machine answers.
    assert_eq!(acknowledgement.reverse_path, "");
    assert_eq!(field(&acknowledgement.bytes, "Auto-Submitted"), "auto-replied");
    assert_eq!(field(&acknowledgement.bytes, "In-Reply-To"), "<report-1@finder.example>");
    assert_eq!(subject(&acknowledgement), "[case-1] We have your report");
    assert!(text(&acknowledgement).contains("A person of the team looks at it by "), "{}", text(&acknowledgement));
    let whole = String::from_utf8_lossy(&acknowledgement.bytes).to_lowercase();
    for word in CANARIES.into_iter().chain(["out of bounds", "PV guest"]) {
        assert!(!whole.contains(&word.to_lowercase()), "{word} of the report is in the acknowledgement");
    }

    for notice in stage.notices() {
        assert_eq!(subject(&notice), "[case-1] New mail to the security address");
        assert_eq!(field(&notice.bytes, "Auto-Submitted"), "auto-generated");
        let said = text(&notice);
        assert!(said.contains("From: dana@finder.example (authenticated)"), "{said}");
        assert!(said.contains("4.17") && said.contains("4.18"), "the versions it names: {said}");
    }
    assert_eq!(stage.count("SELECT COUNT(*) FROM letter"), 3);

    // Her answer to the acknowledgement goes to the case's secret address.
    let secret = address(&acknowledgement, "Reply-To");
    assert!(secret.starts_with("security-desk+") && secret.ends_with("@xenproject.org"), "{secret}");
    let more =
        mail::signed(cast, dana, &secret, "Re: [case-1] We have your report", "report-2", "", "One more thing: 4.16 too.\n");
    let second = stage.deliver(dana, &secret, &more);
    for notice in stage.notices() {
        assert_eq!(subject(&notice), "[case-1] Another mail");
        assert!(text(&notice).contains("A mail came to the secret address of case-1."), "{}", text(&notice));
    }

    // Only References point to the case: a suggestion, because anybody can write them.
    let extra = "In-Reply-To: <report-1@finder.example>\nReferences: <report-1@finder.example>\n";
    let by_references = letter(dana, SECURITY, "Re: Security vulnerability", "report-3", extra, "And 4.15.\n");
    let third = stage.deliver(dana, SECURITY, &by_references);
    for notice in stage.notices() {
        assert_eq!(subject(&notice), "[case-1] Another mail");
        assert!(text(&notice).contains("this is only a suggestion"), "{}", text(&notice));
        assert!(text(&notice).contains("NOT authenticated"), "{}", text(&notice));
    }
    assert_eq!(
        stage.texts("SELECT case_id || ' ' || inbox_id || ' ' || how FROM case_mail ORDER BY inbox_id"),
        [format!("1 {id} report"), format!("1 {second} reply"), format!("1 {third} suggested")]
    );
    assert_eq!(stage.count("SELECT COUNT(*) FROM case_file"), 1, "one case");
    assert_eq!(stage.count("SELECT COUNT(*) FROM letter WHERE kind = 'acknowledgement'"), 1, "one acknowledgement");
    stage.close();
}

#[test]
fn a_case_is_claimed_answered_and_closed_by_mail() {
    let stage = Stage::open();
    let cast = &stage.rig.cast;
    let (dana, mona) = (&cast.discoverer, &cast.moderators[0]);
    let milo = &cast.moderators[1];
    stage.deliver(dana, SECURITY, &mail::report(cast, "report-1"));
    drop(stage.letter(&dana.address));
    let [for_mona, for_milo] = stage.notices();

    let say = |person: &crate::rig::cast::Person, notice: &crate::rig::relay::Letter, id: &str, words: &str| {
        let to = address(notice, "Reply-To");
        stage.deliver(person, &to, &mail::signed(cast, person, &to, "Re: [case-1]", id, "", words));
    };
    say(mona, &for_mona, "claim", "claim\n");
    let done = stage.letter(&mona.address);
    assert!(text(&done).contains("case-1 is yours. The others have been told."), "{}", text(&done));
    assert!(text(&stage.letter(&milo.address)).contains("mona has claimed case-1."));

    // Milo, who answers his own notice a moment later, is told who has it.
    say(milo, &for_milo, "claim-too", "claim\n");
    let late = stage.letter(&milo.address);
    assert!(
        text(&late).contains("mona has claimed it. Talk to mona, or take it over with `claim from mona`."),
        "{}",
        text(&late)
    );

    say(mona, &done, "reply", "reply\n\nDear Dana,\n\nwe could reproduce it.\n");
    let answer = stage.letter(&dana.address);
    assert_eq!(subject(&answer), "[case-1] Your report");
    assert!(text(&answer).contains("Dear Dana, we could reproduce it."), "{}", text(&answer));
    assert!(fields(&answer.bytes, "Auto-Submitted").is_empty(), "a person wrote it");
    let done = stage.letter(&mona.address);
    assert!(text(&stage.letter(&milo.address)).contains("we could reproduce it"));

    say(mona, &done, "close", "not-a-vulnerability because root can do it anyway\n");
    assert!(text(&stage.letter(&mona.address)).contains("case-1 is closed: not a vulnerability."));
    assert!(text(&stage.letter(&milo.address)).contains("mona has closed case-1: not a vulnerability: root can do it anyway"));
    assert_eq!(subject(&stage.letter(&dana.address)), "[case-1] Closed");
    assert_eq!(
        stage.texts("SELECT state || ' ' || claimed_by || ' ' || reason FROM case_file"),
        ["closed mona root can do it anyway"]
    );
    stage.close();
}
