//! Mail to the team: the case, the acknowledgement, the notices.

use super::{passed_on::FORWARD, *};
use crate::{decide::snapshot::Answered, disclosure::CaseState};

pub(super) const REPORT: &str = "A guest can crash the host: buffer overflow in the grant table code, CVE-2026-12345, Xen 4.17.";

#[test]
fn a_report_gets_a_case_an_acknowledgement_and_a_notice_to_each() {
    // Proven.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&mail(DORA, SECURITY, "Vulnerability: guest escape", REPORT)),
        [
            "decided: report by memory-safety",
            "mint discoverer 17 v1 for dora@finder.example",
            "open case-17 of dora@finder.example",
            "attach 7 to case-17 as report",
            "opened case-17 about 7: case-17 opened",
            "confidential acknowledgement to dora@finder.example about 7 case-17",
            "acknowledged case-17 about 7: the discoverer is told that it arrived",
            "mint case 17 v2 for mona",
            "embargoed triage-notice to mona@team.example.org about 7 case-17",
            "mint case 17 v2 for nils",
            "embargoed triage-notice to nils@team.example.org about 7 case-17",
        ]
    );
    // Unproven, which makes no difference to a report.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&forged(DORA, SECURITY, "Vulnerability: guest escape", REPORT)),
        [
            "decided: report by memory-safety",
            "note unproven: no Received field of our receiving server",
            "mint discoverer 17 v1 for dora@finder.example",
            "open case-17 of dora@finder.example",
            "attach 7 to case-17 as report",
            "opened case-17 about 7: case-17 opened",
            "confidential acknowledgement to dora@finder.example about 7 case-17",
            "acknowledged case-17 about 7: the discoverer is told that it arrived",
            "mint case 17 v2 for mona",
            "embargoed triage-notice to mona@team.example.org about 7 case-17",
            "mint case 17 v2 for nils",
            "embargoed triage-notice to nils@team.example.org about 7 case-17",
        ]
    );
    // What nobody recognises is treated the same way.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&mail(DORA, SECURITY, "Hello", "I have a question about lunch.")),
        [
            "decided: other by nothing-matched",
            "mint discoverer 17 v1 for dora@finder.example",
            "open case-17 of dora@finder.example",
            "attach 7 to case-17 as report",
            "opened case-17 about 7: case-17 opened",
            "confidential acknowledgement to dora@finder.example about 7 case-17",
            "acknowledged case-17 about 7: the discoverer is told that it arrived",
            "mint case 17 v2 for mona",
            "embargoed triage-notice to mona@team.example.org about 7 case-17",
            "mint case 17 v2 for nils",
            "embargoed triage-notice to nils@team.example.org about 7 case-17",
        ]
    );
}

#[test]
fn what_a_machine_or_a_list_sent_is_not_acknowledged() {
    // List mail.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&format!(
            "List-Id: <other.lists.example.net>\nPrecedence: list\n{}",
            forged(DORA, SECURITY, "Vulnerability: guest escape", REPORT)
        )),
        [
            "decided: report by memory-safety",
            "note unproven: no Received field of our receiving server",
            "mint discoverer 17 v1 for dora@finder.example",
            "open case-17 of dora@finder.example",
            "attach 7 to case-17 as report",
            "opened case-17 about 7: case-17 opened",
            "note not-acknowledged: not a mail of one person to us (List-Id)",
            "mint case 17 v1 for mona",
            "embargoed triage-notice to mona@team.example.org about 7 case-17",
            "mint case 17 v1 for nils",
            "embargoed triage-notice to nils@team.example.org about 7 case-17",
        ]
    );
    // A tracker.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&format!("Auto-Submitted: auto-generated\n{}", forged(DORA, SECURITY, "Vulnerability: guest escape", REPORT))),
        [
            "decided: report by memory-safety",
            "note unproven: no Received field of our receiving server",
            "mint discoverer 17 v1 for dora@finder.example",
            "open case-17 of dora@finder.example",
            "attach 7 to case-17 as report",
            "opened case-17 about 7: case-17 opened",
            "note not-acknowledged: not a mail of one person to us (Auto-Submitted)",
            "mint case 17 v1 for mona",
            "embargoed triage-notice to mona@team.example.org about 7 case-17",
            "mint case 17 v1 for nils",
            "embargoed triage-notice to nils@team.example.org about 7 case-17",
        ]
    );
    // The cap of the sender.
    let scene = Scene::new().with(|known| known.answered_author = 3);
    assert_eq!(
        scene.told(&forged(DORA, SECURITY, "Vulnerability: guest escape", REPORT)),
        [
            "decided: report by memory-safety",
            "note unproven: no Received field of our receiving server",
            "mint discoverer 17 v1 for dora@finder.example",
            "open case-17 of dora@finder.example",
            "attach 7 to case-17 as report",
            "opened case-17 about 7: case-17 opened",
            "note not-answered: the cap on automatic answers is reached",
            "mint case 17 v1 for mona",
            "embargoed triage-notice to mona@team.example.org about 7 case-17",
            "mint case 17 v1 for nils",
            "embargoed triage-notice to nils@team.example.org about 7 case-17",
        ]
    );
    // The cap of everybody.
    let scene = Scene::new().with(|known| known.answered_anyone = 20);
    assert_eq!(
        scene.told(&forged(DORA, SECURITY, "Vulnerability: guest escape", REPORT)),
        [
            "decided: report by memory-safety",
            "note unproven: no Received field of our receiving server",
            "mint discoverer 17 v1 for dora@finder.example",
            "open case-17 of dora@finder.example",
            "attach 7 to case-17 as report",
            "opened case-17 about 7: case-17 opened",
            "note not-answered: the cap on automatic answers is reached",
            "mint case 17 v1 for mona",
            "embargoed triage-notice to mona@team.example.org about 7 case-17",
            "mint case 17 v1 for nils",
            "embargoed triage-notice to nils@team.example.org about 7 case-17",
        ]
    );
    // A robot.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&forged("no-reply@finder.example", SECURITY, "Vulnerability: guest escape", REPORT)),
        [
            "decided: report by memory-safety",
            "note unproven: no Received field of our receiving server",
            "mint discoverer 17 v1 for no-reply@finder.example",
            "open case-17 of no-reply@finder.example",
            "attach 7 to case-17 as report",
            "opened case-17 about 7: case-17 opened",
            "note not-answered: the sender's address is not one to answer automatically",
            "mint case 17 v1 for mona",
            "embargoed triage-notice to mona@team.example.org about 7 case-17",
            "mint case 17 v1 for nils",
            "embargoed triage-notice to nils@team.example.org about 7 case-17",
        ]
    );
    // A forged sender at one of our lists, with a detail.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&forged("exo-devel+x@lists.example.org", SECURITY, "Vulnerability: guest escape", REPORT)),
        [
            "decided: report by memory-safety",
            "note unproven: no Received field of our receiving server",
            "mint discoverer 17 v1 for exo-devel+x@lists.example.org",
            "open case-17 of exo-devel+x@lists.example.org",
            "attach 7 to case-17 as report",
            "opened case-17 about 7: case-17 opened",
            "note not-answered: the sender's address is not one to answer automatically",
            "mint case 17 v1 for mona",
            "embargoed triage-notice to mona@team.example.org about 7 case-17",
            "mint case 17 v1 for nils",
            "embargoed triage-notice to nils@team.example.org about 7 case-17",
        ]
    );
    // A forged sender at our own desk.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&forged("security-desk+abc@example.org", SECURITY, "Vulnerability: guest escape", REPORT)),
        [
            "decided: report by memory-safety",
            "note unproven: no Received field of our receiving server",
            "mint discoverer 17 v1 for security-desk+abc@example.org",
            "open case-17 of security-desk+abc@example.org",
            "attach 7 to case-17 as report",
            "opened case-17 about 7: case-17 opened",
            "note not-answered: the sender's address is not one to answer automatically",
            "mint case 17 v1 for mona",
            "embargoed triage-notice to mona@team.example.org about 7 case-17",
            "mint case 17 v1 for nils",
            "embargoed triage-notice to nils@team.example.org about 7 case-17",
        ]
    );
    // A sender's address that leads to a list: our own relay would take the letter there.
    for (from, is_answered) in [
        ("exo-devel%lists.example.org@relay.example", false),
        ("\"exo-devel@lists.example.org\"@relay.example", false),
        ("lists.example.org!exo-devel@relay.example", false),
        ("\"security-desk%example.org@lists.example.org\"@relay.example", false),
        ("dora%finder.example@relay.example", true),
    ] {
        let told = Scene::new().told(&forged(from, SECURITY, "Vulnerability: guest escape", REPORT));
        assert_eq!(told.iter().any(|line| line.contains("confidential acknowledgement")), is_answered, "{told:#?}");
        assert!(told.iter().any(|line| line.starts_with("open case-17")), "{told:#?}");
    }
    // A sender no mail of ours can name.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&forged("dörte@finder.example", SECURITY, "Vulnerability: guest escape", REPORT)),
        [
            "decided: report by memory-safety",
            "note unproven: no Received field of our receiving server",
            "mint discoverer 17 v1 for dörte@finder.example",
            "open case-17 of dörte@finder.example",
            "attach 7 to case-17 as report",
            "opened case-17 about 7: case-17 opened",
            "note not-answered: the sender's address is not one to answer automatically",
            "mint case 17 v1 for mona",
            "embargoed triage-notice to mona@team.example.org about 7 case-17",
            "mint case 17 v1 for nils",
            "embargoed triage-notice to nils@team.example.org about 7 case-17",
        ]
    );
}

/// A list the project knows stands in Cc: the case is marked, the notice says so before anything else, and nothing is decided.
#[test]
fn a_report_to_a_public_list_too_is_perhaps_public() {
    let scene = Scene::new();
    let to_both = forged(DORA, SECURITY, "Vulnerability: guest escape", REPORT).replacen(
        "Subject:",
        "Cc: \"The developers\" <EXO-devel@lists.example.org>\nSubject:",
        1,
    );
    let decision = scene.decide(&to_both).unwrap();
    assert_eq!(
        scene.written(&decision),
        [
            "decided: report by memory-safety",
            "note unproven: no Received field of our receiving server",
            "mint discoverer 17 v1 for dora@finder.example",
            "open case-17 of dora@finder.example",
            "attach 7 to case-17 as report",
            "opened case-17 about 7: case-17 opened",
            "perhaps-public case-17 about 7: perhaps public: it was sent to a public list too",
            "confidential acknowledgement to dora@finder.example about 7 case-17",
            "acknowledged case-17 about 7: the discoverer is told that it arrived",
            "mint case 17 v3 for mona",
            "embargoed triage-notice to mona@team.example.org about 7 case-17",
            "mint case 17 v3 for nils",
            "embargoed triage-notice to nils@team.example.org about 7 case-17",
        ]
    );
    let notices = notices(&decision);
    assert_eq!(notices.len(), 2);
    for notice in notices {
        let first = notice.lines().next().unwrap();
        assert_eq!(first, "THIS WAS SENT TO A PUBLIC LIST TOO: exo-devel@lists.example.org".replace("exo", "EXO"), "{notice}");
    }
    // A list that stands only in what a person of the team passes on counts as well.
    let scene = Scene::new();
    let passed_on = FORWARD.replace("{proven}", &proven("team.example.org"));
    let passed_on = passed_on.replacen("\nSubject: guest escape", "\nCc: exo-devel@lists.example.org\nSubject: guest escape", 1);
    let told = scene.told(&passed_on);
    assert!(
        told.contains(&"perhaps-public case-17 about 7: perhaps public: it was sent to a public list too".to_owned()),
        "{told:?}"
    );
    // An address of somebody else is no public one.
    let told = Scene::new().told(&to_both.replace("lists.example.org", "friends.example.org"));
    assert!(!told.iter().any(|line| line.contains("perhaps")), "{told:?}");
}

/// The words of the notices to the team.
pub(super) fn notices(decision: &Decision) -> Vec<String> {
    let drafts = letters(&decision.effects).map(|outgoing| outgoing.letter.draft());
    let texts = drafts.filter(|draft| draft.kind == LetterKind::TriageNotice).map(|draft| {
        let text = String::from_utf8(draft.bytes.clone()).unwrap().replace("\r\n", "\n");
        text.split_once("Content-Transfer-Encoding: 7bit\n\n").unwrap().1.to_owned()
    });
    texts.collect()
}

#[test]
fn spam_waits_quietly_and_an_application_gets_the_pointer() {
    // Spam.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&mail(
            "x@spam.example",
            SECURITY,
            "SEO backlinks",
            "We are a leading SEO company. Buy guest posts and backlinks now! unsubscribe"
        )),
        [
            "held: spam by marketing",
            "hold in other suggests discard - normal poster nobody",
            "remind held 7 at 2026-11-24T14:02:00Z",
        ]
    );
    // An application.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&mail("x@cloud.example", SECURITY, "Application for the predisclosure list", "We are Foo Cloud and would like to apply for membership of the Xen predisclosure list. Please add security@foo.example.")),
        [
            "decided: application by application",
            "application Security missing A01-ORG-NAME,A02-DOMAINS,A03-WHY-CRITERIA,A04-WHICH-PRODUCTS,A05-EVIDENCE-PROVIDER,A06-EVIDENCE-XEN,A07-SECURITY-INVITATION,A08-SECURITY-CONTACT,A10-POLICY-STATEMENT",
            "note application: recorded; decisions are people's",
            "confidential application-notice to mona@team.example.org nils@team.example.org about 7",
            "confidential application-pointer to x@cloud.example about 7",
        ]
    );
    // A flood of such rings for nobody; they wait.
    let scene = scene.with(|known| known.membership.recent_notices = 60);
    let application = mail(
        "x@cloud.example",
        SECURITY,
        "Application for the predisclosure list",
        "We would like to apply for membership of the predisclosure list.",
    );
    let told = scene.told(&application);
    assert!(!told.iter().any(|line| line.contains("application-notice")), "{told:?}");
    assert!(told.iter().any(|line| line.starts_with("hold in other suggests hold")), "{told:?}");
}

#[test]
fn an_answer_is_attached_to_its_case() {
    // At the secret address, by the discoverer.
    let scene = Scene::new()
        .token(Purpose::Discoverer, DORA, 4, Digest::of(b"x"))
        .with(|known| known.cases.push(case(CaseState::Open, "")));
    assert_eq!(
        scene.told(&forged(DORA, &desk(), "Re: case", "more details")),
        [
            "decided: command by token",
            "note unproven: no Received field of our receiving server",
            "attach 7 to case-4 as reply",
            "note case-mail case-4: a mail for case-4",
            "mint case 4 v1 for mona",
            "embargoed case-mail to mona@team.example.org about 7 case-4",
            "mint case 4 v1 for nils",
            "embargoed case-mail to nils@team.example.org about 7 case-4",
        ]
    );
    // At the secret address, by somebody else.
    let scene = Scene::new()
        .token(Purpose::Discoverer, DORA, 4, Digest::of(b"x"))
        .with(|known| known.cases.push(case(CaseState::Open, "")));
    assert_eq!(
        scene.told(&forged("eve@x.example", &desk(), "Re: case", "more details")),
        [
            "decided: command by token",
            "note unproven: no Received field of our receiving server",
            "attach 7 to case-4 as suggested",
            "note case-mail case-4: a mail for case-4",
            "mint case 4 v1 for mona",
            "embargoed case-mail to mona@team.example.org about 7 case-4",
            "mint case 4 v1 for nils",
            "embargoed case-mail to nils@team.example.org about 7 case-4",
        ]
    );
    // Whatever strangers have used up: who holds the secret address has a budget of his own.
    let scene = Scene::new()
        .token(Purpose::Discoverer, DORA, 4, Digest::of(b"x"))
        .with(|known| known.cases.push(case(CaseState::Open, "")))
        .with(|known| known.recent_notices = 60);
    assert_eq!(
        scene.told(&forged(DORA, &desk(), "Re: case", "more details")),
        [
            "decided: command by token",
            "note unproven: no Received field of our receiving server",
            "attach 7 to case-4 as reply",
            "note case-mail case-4: a mail for case-4",
            "mint case 4 v1 for mona",
            "embargoed case-mail to mona@team.example.org about 7 case-4",
            "mint case 4 v1 for nils",
            "embargoed case-mail to nils@team.example.org about 7 case-4",
        ]
    );
    // But not without end: a stranger has it as soon as he has reported something. It is held and attached all the same.
    let scene = Scene::new()
        .token(Purpose::Discoverer, DORA, 4, Digest::of(b"x"))
        .with(|known| known.cases.push(case(CaseState::Open, "")))
        .with(|known| known.recent_case_mails = 20);
    assert_eq!(
        scene.told(&forged(DORA, &desk(), "Re: case", "more details")),
        [
            "held: command by token",
            "note unproven: no Received field of our receiving server",
            "attach 7 to case-4 as reply",
            "note case-mail case-4: a mail for case-4",
            "note notice-saved: too many mails on one case in ten minutes: the reminder lists what waits",
            "hold in other suggests hold - normal poster nobody",
            "remind held 7 at 2026-11-24T14:02:00Z",
        ]
    );
    // Out of the discoverer's ticket system: a person wrote it there.
    let scene = Scene::new()
        .token(Purpose::Discoverer, DORA, 4, Digest::of(b"x"))
        .with(|known| known.cases.push(case(CaseState::Open, "")));
    let ticket =
        format!("Auto-Submitted: auto-generated\n{}", forged(DORA, &desk(), "[PSIRT-12] case-4", "We publish on Monday."));
    assert_eq!(
        scene.told(&ticket)[2..],
        [
            "attach 7 to case-4 as reply",
            "note case-mail case-4: a mail for case-4",
            "mint case 4 v1 for mona",
            "embargoed case-mail to mona@team.example.org about 7 case-4",
            "mint case 4 v1 for nils",
            "embargoed case-mail to nils@team.example.org about 7 case-4",
        ]
    );
    // An answer that nobody wrote says nothing.
    let told = scene.told(&ticket.replace("auto-generated", "auto-replied"));
    assert!(told.iter().any(|line| line.starts_with("note automatic-with-token")), "{told:?}");
    // By its references only.
    let scene = Scene::new().with(|known| {
        known.cases.push(case(CaseState::Open, ""));
        known.answers.push(Answered { message_id: "ours@example.org".parse().unwrap(), case: Some(CaseId(4)), advisory: None });
    });
    assert_eq!(
        scene.told(
            &forged(DORA, SECURITY, "Vulnerability: guest escape", REPORT)
                .replace("Subject:", "In-Reply-To: <ours@example.org>\nSubject:")
        ),
        [
            "decided: report by memory-safety",
            "note unproven: no Received field of our receiving server",
            "attach 7 to case-4 as suggested",
            "note suggested case-4: it answers a mail of this case and its sender is the discoverer by name",
            "mint case 4 v1 for mona",
            "embargoed case-mail to mona@team.example.org about 7 case-4",
            "mint case 4 v1 for nils",
            "embargoed case-mail to nils@team.example.org about 7 case-4",
        ]
    );
}

#[test]
fn a_flood_of_reports_is_reminded_of_within_the_hour_and_each_is_acknowledged() {
    let scene = Scene::new().with(|known| known.recent_cases = 60);
    assert_eq!(
        scene.told(&forged(DORA, SECURITY, "Vulnerability: guest escape", REPORT)),
        [
            "decided: report by memory-safety",
            "note unproven: no Received field of our receiving server",
            "mint discoverer 17 v1 for dora@finder.example",
            "open case-17 of dora@finder.example",
            "attach 7 to case-17 as report",
            "opened case-17 about 7: case-17 opened",
            "confidential acknowledgement to dora@finder.example about 7 case-17",
            "acknowledged case-17 about 7: the discoverer is told that it arrived",
            "note notice-saved: too many reports in ten minutes: the reminder lists what nobody has claimed",
            "remind unclaimed 17 at 2026-11-21T15:02:00Z",
        ]
    );
}

#[test]
fn a_notice_says_whether_its_sender_had_an_answer() {
    let first = |decision: &Decision| {
        let mut notices = letters(&decision.effects).filter(|outgoing| outgoing.letter.draft().kind == LetterKind::TriageNotice);
        String::from_utf8_lossy(&notices.next().unwrap().letter.draft().bytes).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let answered = first(&Scene::new().decide(&mail(DORA, SECURITY, "Vulnerability: guest escape", REPORT)).unwrap());
    assert!(answered.contains("The sender was promised that a person looks by "), "{answered}");
    for from in ["noreply@finder.example", "mailer-daemon@finder.example"] {
        let mail = mail(from, SECURITY, "Vulnerability: guest escape", REPORT);
        let alone = first(&Scene::new().decide(&mail).unwrap());
        assert!(alone.contains("Its sender has had NO answer from here."), "{from}: {alone}");
        assert!(!alone.contains("promised"), "{from}: {alone}");
    }
    // A tracker writes for a person who says where.
    let tracker = mail("noreply@finder.example", SECURITY, "Vulnerability: guest escape", REPORT);
    let tracker = tracker.replace("From: ", "Reply-To: dora@finder.example\nFrom: ");
    let notice = first(&Scene::new().decide(&tracker).unwrap());
    assert!(
        notice.contains("It asks for answers at dora@finder.example; `discoverer dora@finder.example` has them go there"),
        "{notice}"
    );
    assert!(!answered.contains("asks for answers"), "{answered}");
}
