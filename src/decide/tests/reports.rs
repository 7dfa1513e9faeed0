//! Mail to the team: the case, the acknowledgement, the notices.

use super::*;
use crate::{decide::snapshot::Answered, disclosure::CaseState};

const REPORT: &str = "A guest can crash the host: buffer overflow in the grant table code, CVE-2026-12345, Xen 4.17.";

const FORWARD: &str = "{proven}From: mona@team.example.org\nTo: security@example.org\nSubject: Fwd: guest escape\nMessage-ID: <f@team.example.org>\n\
    Date: Sat, 21 Nov 2026 14:00:00 +0000\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n\
    fyi\n--b\nContent-Type: message/rfc822\n\nFrom: dora@finder.example\nTo: mona@team.example.org\nSubject: guest escape\n\
    Message-ID: <r@finder.example>\n\nA guest can crash the host: buffer overflow.\n--b--\n";

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

#[test]
fn the_team_forwards_and_the_writer_of_the_forwarded_mail_is_the_discoverer() {
    // Attached.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&FORWARD.replace("{proven}", &proven("team.example.org"))),
        [
            "decided: report by impact",
            "mint discoverer 17 v1 for dora@finder.example",
            "open case-17 of dora@finder.example",
            "attach 7 to case-17 as report",
            "opened case-17 about 7: case-17 opened",
            "mint case 17 v1 for mona",
            "embargoed triage-notice to mona@team.example.org about 7 case-17",
            "mint case 17 v1 for nils",
            "embargoed triage-notice to nils@team.example.org about 7 case-17",
        ]
    );
    // A report of her own is one; she is not answered by the machine.
    let scene = Scene::new();
    assert_eq!(
        scene.told(&mail(MONA, SECURITY, "Vulnerability: guest escape", REPORT)),
        [
            "decided: report by memory-safety",
            "mint discoverer 17 v1 for mona@team.example.org",
            "open case-17 of mona@team.example.org",
            "attach 7 to case-17 as report",
            "opened case-17 about 7: case-17 opened",
            "mint case 17 v1 for mona",
            "embargoed triage-notice to mona@team.example.org about 7 case-17",
            "mint case 17 v1 for nils",
            "embargoed triage-notice to nils@team.example.org about 7 case-17",
        ]
    );
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
